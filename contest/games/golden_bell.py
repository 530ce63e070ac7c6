"""The golden bell between its rules and SQL: who is out, who was let back in, and what latecomers find.

Never decides who is out (`scoring.golden_bell`), nor when somebody may be let back in (`contest.round_state`).
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from msgspec import structs
from sqlalchemy import func, insert, select, text, update

from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid
from contest.ids import RoundId
from contest.model import Mode
from contest.phases import Phase
from contest.round_state import Command, RoundPlan
from contest.rounds import RoundRecord
from contest.seats import SeatRecord, of_round
from contest.tables import rescues, seats
from scoring import golden_bell
from scoring.answer_key import Verdict
from scoring.golden_bell import BellQuestion
from scoring.replay import Score

_DECIDING = frozenset({Phase.REVEALED, Phase.STANDINGS, Phase.PAUSED, Phase.PODIUM})
_CHUNK = 1_000


def score_of(record: RoundRecord, rescued: Mapping[int, Collection[int]]) -> Score:
    """How this round's questions are scored; `rescued` is what `rescued` read."""
    settings = record.settings
    return golden_bell.score_of(settings.scoring, settings.streak_bonus, record.state.rescue_questions, rescued)


async def rescued(reader: Reader | Writer, record: RoundRecord) -> dict[int, frozenset[int]]:
    """The seats the host let back in after each question."""
    if not record.state.rescued_after:
        return {}
    found: dict[int, set[int]] = defaultdict(set)
    query = select(rescues.c.question, rescues.c.seat).where(rescues.c.round_id == record.id)
    for row in await reader.execute(query):
        found[row.question].add(row.seat)
    return {number: frozenset(back) for number, back in found.items()}


class Standing(NamedTuple):
    """How many are in, and how many are out."""

    left: int
    out: int


async def standing(reader: Reader | Writer, round_id: RoundId) -> Standing:
    """Counted by SQL; without those who were thrown out."""
    query = select(func.count(), func.count(seats.c.out_at)).where(seats.c.round_id == round_id, ~seats.c.kicked)
    everybody, out = (await reader.execute(query)).one()
    return Standing(everybody - out, out)


async def plan_of(reader: Reader, record: RoundRecord) -> RoundPlan:
    """The round's plan, with what only SQL can tell: whether the game is decided, and whether anybody is out."""
    plan = record.plan
    if plan.bell is None or record.state.phase not in _DECIDING:
        return plan
    left, out = await standing(reader, record.id)
    return replace(plan, decided=golden_bell.is_decided(left, out), bell=replace(plan.bell, out=out))


def latecomer(record: RoundRecord, judged: int) -> int | None:
    """Which of the first `judged` questions put out somebody who comes now: they watch. None: they are in time."""
    if record.settings.mode is not Mode.GOLDEN_BELL:
        return None
    state = record.state
    return golden_bell.missed(
        BellQuestion(
            number,
            number not in state.voided and golden_bell.decides(question.type, question.weight),
            number in state.rescue_questions,
        )
        for number, question in enumerate(record.questions[:judged], 1)
    )


async def store_out(writer: Writer, record: RoundRecord, out: Iterable[tuple[int, int | None]]) -> None:
    """Writes the question that put each of these seats out: one statement for each question, however many seats."""
    groups: dict[int | None, list[int]] = defaultdict(list)
    for seat, question in out:
        groups[question].append(seat)
    each = (
        "json_each(:listed)" if writer.dialect.name == "sqlite" else "json_array_elements_text(CAST(:listed AS json))"
    )
    among = text(f"seats.seat IN (SELECT CAST(value AS INTEGER) FROM {each})")
    for question, members in groups.items():
        change = update(seats).where(seats.c.round_id == record.id, among).values(out_at=question)
        await writer.execute(change, {"listed": json.dumps(members)})


async def rescue(
    writer: Writer, record: RoundRecord, command: Command, now_ms: int
) -> tuple[list[SeatRecord], list[int]]:
    """Lets back in whom the command names, after the question asked last: the seats in play then, and who it is.

    `seats` are exactly those; `count` the best of those out, with whoever ties with the last of them; `all` everybody
    who is out. Raises Invalid("rescue_whom") unless it names one of the three, Conflict("rescue_not_out") when one of
    the seats is not out or not there, and Conflict("rescue_nobody") when nobody is.
    """
    number = record.state.question
    assert number is not None
    if sum((command.seats is not None, command.count is not None, bool(command.all))) != 1:
        raise Invalid("rescue_whom")
    in_play = [seat for seat in await of_round(Reader(writer), record.id) if not seat.kicked]
    out = {int(seat.seat) for seat in in_play if seat.out_at is not None}
    if not out:
        raise Conflict("rescue_nobody")
    if command.all:
        back = sorted(out)
    elif command.seats is not None:
        back = sorted(set(command.seats))
        if not back or not out.issuperset(back):
            raise Conflict("rescue_not_out")
    else:
        back = golden_bell.best((seat.total for seat in in_play), command.count or 0)
        if not back:
            raise Invalid("rescue_whom")
    for start in range(0, len(back), _CHUNK):
        rows = [
            {"round_id": record.id, "question": number, "seat": seat, "at": now_ms}
            for seat in back[start : start + _CHUNK]
        ]
        await writer.execute(insert(rescues), rows)
    await store_out(writer, record, ((seat, None) for seat in back))
    chosen = set(back)
    return [structs.replace(seat, out_at=None) if seat.seat in chosen else seat for seat in in_play], back


class Floor(NamedTuple):
    """Who stands where after the question judged last. `went` left by it, `back` came back with it or after it."""

    left: int
    out: int
    went: tuple[int, ...]
    back: frozenset[int]
    last: int | None
    """When nobody is left: the question that put out those who ring the bell together."""
    winners: int
    """How many would ring it if the game ended now."""


def floor(people: Sequence[SeatRecord], last: int, back: frozenset[int]) -> Floor:
    """The floor after question `last`, of the seats in play."""
    out = [seat for seat in people if seat.out_at is not None]
    went = tuple(int(seat.seat) for seat in out if seat.out_at == last)
    left = len(people) - len(out)
    latest = max((seat.out_at or 0 for seat in out), default=None) if not left else None
    winners = left or sum(seat.out_at == latest for seat in out)
    return Floor(left, len(out), went, back, latest, winners)


async def came_back(
    reader: Reader | Writer, record: RoundRecord, last: int, verdicts: Mapping[int, Verdict]
) -> frozenset[int]:
    """Who was let back in with or after question `last`; `verdicts` are those of its answers."""
    back: set[int] = set()
    if last in record.state.rescue_questions and last not in record.state.voided:
        back |= {seat for seat, verdict in verdicts.items() if verdict is Verdict.RIGHT}
    if last in record.state.rescued_after:
        query = select(rescues.c.seat).where(rescues.c.round_id == record.id, rescues.c.question == last)
        back |= set(await reader.scalars(query))
    return frozenset(back)
