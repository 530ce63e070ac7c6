"""What the admin side shows of live rounds: counts, standings, answers, people.

Never changes a round: commands go through the round runner.
"""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from redis.exceptions import RedisError
from sqlalchemy import func, select

from admin.caller import Caller
from admin.permissions import Permission, allows
from admin.services import Services
from contest import rounds, seats
from contest.database import Reader
from contest.errors import NotFound
from contest.games import duel
from contest.ids import RoundId
from contest.phases import Phase
from contest.rounds import RoundRecord
from contest.seats import SeatRecord
from contest.tables import answers, units
from realtime import presence
from scoring.folding import fold
from scoring.standings import order_key, rank

_ANSWERS_AT_ONCE = 2_000


async def visible(reader: Reader, caller: Caller, round_id: int) -> RoundRecord:
    """The round, when it is the caller's own or they may see all. Raises NotFound("round_unknown") either way."""
    record = await rounds.load(reader, RoundId(round_id))
    if record.created_by != caller.actor and not allows(caller.role, Permission.ROUNDS_ALL):
        raise NotFound("round_unknown")
    return record


async def present(services: Services, round_id: int) -> presence.Summary:
    """How many phones are there now; zeros when Redis cannot say."""
    try:
        reports = await presence.read(services.redis, round_id, services.clock.wall_ms())
    except (RedisError, OSError):
        return presence.Summary()
    return presence.summary(reports)


async def online(services: Services, round_id: int) -> set[int] | None:
    """The seats whose phones are there now; None when that is not known."""
    try:
        return await presence.online_seats(services.redis, round_id, services.clock.wall_ms())
    except (RedisError, OSError):
        return None


async def answered(reader: Reader, record: RoundRecord) -> int:
    """How many answers to the current question are stored."""
    if record.state.question is None:
        return 0
    query = select(func.count()).where(answers.c.round_id == record.id, answers.c.question == record.state.question)
    return int((await reader.execute(query)).scalar_one())


async def standings(reader: Reader, record: RoundRecord, limit: int) -> list[dict[str, Any]]:
    """The ranked list from SQL, ties sharing a rank; without who was sent out or watches a duel. Real names."""
    people = {int(seat.seat): seat for seat in await seats.of_round(reader, record.id) if not seat.kicked}
    return [
        {
            "rank": standing.rank,
            "seat": standing.total.seat,
            "name": people[standing.total.seat].name,
            "unit": people[standing.total.seat].unit,
            "team": people[standing.total.seat].team,
            "points": standing.total.points,
            "correct": standing.total.correct,
            "time_ms": standing.total.time_ms,
            "out_at": standing.total.out_at,
        }
        for standing in rank(seat.total for seat in duel.ranked(record, people.values()))[:limit]
    ]


async def answer_lines(services: Services, record: RoundRecord) -> AsyncIterator[bytes]:
    """Every accepted answer as NDJSON, by question and seat.

    Read in pages, so that a slow reader holds no connection to the database. `verdict` and `points` stay null until the
    question is revealed.
    """
    after = (0, 0)
    while True:
        async with services.db.read() as reader:
            rows = (await reader.execute(_answers_after(record.id, after))).all()
        if not rows:
            return
        lines = [
            msgspec.json.encode(
                {
                    "question": row.question,
                    "seat": row.seat,
                    "choice": msgspec.Raw(row.choice.encode()),
                    "accepted_at": row.accepted_at,
                    "elapsed_ms": row.elapsed_ms,
                    "credit_ms": row.credit_ms,
                    "fair_ms": row.fair_ms,
                    "verdict": row.verdict,
                    "points": row.points,
                }
            )
            for row in rows
        ]
        yield b"\n".join(lines) + b"\n"
        after = (rows[-1].question, rows[-1].seat)
        if len(rows) < _ANSWERS_AT_ONCE:
            return


def _answers_after(round_id: int, after: tuple[int, int]) -> Any:
    question, seat = after
    return (
        select(answers)
        .where(
            answers.c.round_id == round_id,
            (answers.c.question > question) | ((answers.c.question == question) & (answers.c.seat > seat)),
        )
        .order_by(answers.c.question, answers.c.seat)
        .limit(_ANSWERS_AT_ONCE)
    )


async def people(
    reader: Reader, record: RoundRecord, *, query: str, offset: int, limit: int, out: bool = False
) -> tuple[int, list[tuple[SeatRecord, str | None]]]:
    """How many seats fit `query` by name, number or commune, and a page of them with their communes' names.

    With `out` only those who can be brought back into the golden bell, in the order of the standings.
    """
    unit_names = await names_of_units(reader)
    wanted = fold(query)
    listed = await seats.of_round(reader, record.id)
    if out:
        gone = (seat for seat in listed if seat.out_at is not None and not seat.kicked)
        listed = sorted(gone, key=lambda seat: order_key(seat.total))
    found = [
        (seat, unit_names.get(seat.unit) if seat.unit else None)
        for seat in listed
        if _fits(seat, unit_names.get(seat.unit or ""), wanted)
    ]
    return len(found), found[offset : offset + limit]


def _fits(seat: SeatRecord, unit_name: str | None, wanted: str) -> bool:
    return not wanted or wanted == str(seat.seat) or wanted in fold(f"{seat.name} {unit_name or ''}")


async def names_of_units(reader: Reader) -> dict[str, str]:
    """Short names by code."""
    return {row.code: row.short_name for row in await reader.execute(select(units.c.code, units.c.short_name))}


def question_state(record: RoundRecord, number: int) -> str:
    """asked, now, ahead, void or withdrawn: what the run of questions shows."""
    if number in record.state.withdrawn:
        return "withdrawn"
    if number in record.state.voided:
        return "void"
    current = record.state.question or 0
    if number > current:
        return "ahead"
    over = record.state.phase in (Phase.PODIUM, Phase.FINISHED, Phase.CANCELLED)
    return "now" if number == current and not over else "asked"
