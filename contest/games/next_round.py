"""A hall goes on: the next round with the people who are there, in one transaction.

The hall is made when it is first needed. Seats of its rounds with the same number are one person: the next round's are
copied by one statement, and with them the tickets, so that a phone that resumes lands in the newest round. The old
round keeps its rows, answers and facts as they are. Never talks to a phone: whoever calls tells the hall.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import String, case, cast, func, insert, literal, null, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import ColumnElement

from contest import audit, rounds
from contest.database import Database, Reader, Writer
from contest.errors import Conflict
from contest.festival import live_seats
from contest.ids import QuizId, RoundId
from contest.model import Mode, ModeSettings, Question, RoundSettings, TeamSource
from contest.phases import FINAL, CommandName, Phase
from contest.round_state import Command, Refusal, RoundState, advance, go_on
from contest.rounds import RoundRecord
from contest.statistics import live_facts
from contest.tables import halls, seats
from contest.tables import rounds as rounds_table
from contest.tickets import new_room_code

Scores = Literal["fresh", "carried"]
_TRIES = 20
_BETWEEN = frozenset({Phase.LOBBY, Phase.REVEALED, Phase.STANDINGS, Phase.PODIUM, *FINAL})
"""Phases a hall may go on from: in the others somebody is reading or answering."""
_TEAM_FIELDS = ("team_source", "team_names", "team_count")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The round to come."""

    title: str
    quiz_id: QuizId | None
    questions: tuple[Question, ...]
    settings: RoundSettings
    scores: Scores = "fresh"


@dataclass(frozen=True, slots=True)
class Moved:
    """A hall that has gone on: the round that is over now, and the one everybody is in."""

    old: RoundRecord
    new: RoundRecord


async def move_on(db: Database, round_id: RoundId, wanted: Wanted, *, actor: str, now_ms: int) -> Moved:
    """Ends the round if it is not over and opens the lobby of the next one, with the same people, code and stage.

    Those who were thrown out stay out. With scores "carried" the seats begin with what they have, else with nothing;
    in a duel always with nothing, for its points are few.
    Raises Conflict("hall_moved_on") when the hall has gone on already, Conflict("not_now") inside a question,
    NotFound("round_unknown"), and what `rounds.new_values` raises; then nothing has changed.
    """
    for _ in range(_TRIES):
        try:
            async with db.write() as writer:
                return await _move_on(writer, round_id, wanted, actor=actor, now_ms=now_ms)
        except IntegrityError:
            continue  # Another round has taken the code meanwhile: draw again.
    raise Conflict("rounds_full")


async def _move_on(writer: Writer, round_id: RoundId, wanted: Wanted, *, actor: str, now_ms: int) -> Moved:
    # Held to the end: nobody joins, answers or presses "next" while the hall moves.
    record = await rounds.load(Reader(writer), round_id, lock=True)
    if record.state.next_round is not None:
        raise Conflict("hall_moved_on")
    if (record.state.paused_from or record.state.phase) not in _BETWEEN:
        raise Conflict("not_now")
    over = await _ended(writer, record, now_ms)
    hall_id = record.hall_id or await _make_hall(writer, record, now_ms)
    settings = _with_teams_kept(wanted.settings, record.settings)
    seated = await _count_seated(writer, round_id)
    state = RoundState(
        # Phones, stage and host know one line of versions, whatever round it is that they show.
        version=over.version + 2,
        auto=settings.auto,
        locked=over.locked,
        reactions=over.reactions,
        sound=over.sound,
        left_out=record.seat_count - seated,
    )
    values = rounds.new_values(
        wanted.title, wanted.quiz_id, wanted.questions, settings, state, created_by=record.created_by, now_ms=now_ms
    )
    old = rounds_table.c
    # The code and the stage's token are unique among the rounds that live: the old one lets them go first.
    kept = (await writer.execute(select(old.code, old.stage_token_hash, old.rehearsal).where(old.id == round_id))).one()
    await writer.execute(
        update(rounds_table).where(old.id == round_id).values(code_active=False, stage_token_hash=None, hall_id=hall_id)
    )
    taken = await rounds.by_code(Reader(writer), kept.code) is not None
    new_id = await writer.scalar(
        insert(rounds_table)
        .values(
            code=new_room_code() if taken else kept.code,
            stage_token_hash=kept.stage_token_hash,
            rehearsal=kept.rehearsal,
            hall_id=hall_id,
            seat_count=record.seat_count,
            people_version=record.people_version + 1,
            **values,
        )
        .returning(old.id)
    )
    gone = go_on(over, int(new_id))
    assert not isinstance(gone, Refusal)
    ended = replace(record, state=over, finished_at=record.finished_at or now_ms)
    if not await rounds.save_state(writer, ended, gone, now_ms):
        raise Conflict("stale")
    carried = wanted.scores == "carried" and settings.mode is not Mode.DUEL
    await _seat_all(writer, record, RoundId(new_id), settings, carried, record.people_version + 1)
    await live_seats.follow(writer, round_id, int(new_id))
    await audit.record(
        writer,
        actor=actor,
        action="round.next_round",
        subject=f"round:{round_id}",
        now_ms=now_ms,
        detail={"to": int(new_id), "hall": hall_id, "seats": seated, "scores": wanted.scores},
    )
    new = await rounds.load(Reader(writer), RoundId(new_id))
    return Moved(await rounds.load(Reader(writer), round_id), new)


async def _ended(writer: Writer, record: RoundRecord, now_ms: int) -> RoundState:
    """The state of the round once it is over; it is brought to its end when it is not."""
    if record.state.phase in FINAL:
        return record.state
    ended = advance(record.plan, record.state, Command(CommandName.FINISH), now_ms)
    if isinstance(ended, Refusal):
        raise Conflict(ended.code)
    if not await rounds.save_state(writer, record, ended, now_ms):
        raise Conflict("stale")
    if ended.phase is Phase.FINISHED:
        await live_facts.record_round(writer, record.id, now_ms=now_ms)
    return ended


async def _make_hall(writer: Writer, record: RoundRecord, now_ms: int) -> int:
    made = insert(halls).values(title=record.title, created_by=record.created_by, created_at=now_ms)
    return int(await writer.scalar(made.returning(halls.c.id)))


def _with_teams_kept(wanted: RoundSettings, before: RoundSettings) -> RoundSettings:
    """A round without teams hands on what teams there are, for the round after it."""
    if wanted.mode is Mode.TEAMS:
        return wanted
    return wanted.model_copy(update={field: getattr(before, field) for field in _TEAM_FIELDS})


async def _count_seated(writer: Writer, round_id: RoundId) -> int:
    query = select(func.count()).where(seats.c.round_id == round_id, ~seats.c.kicked)
    return int(await writer.scalar(query) or 0)


async def _seat_all(
    writer: Writer, old: RoundRecord, new_id: RoundId, settings: RoundSettings, carried: bool, people_version: int
) -> None:
    """Copies everybody who was not thrown out. The tickets go along; the old rows get a value that opens nothing."""
    c = seats.c
    length = func.length(c.ticket_hash)
    here = (c.round_id == old.id, ~c.kicked)
    # A ticket's hash may stand in one row only, and the copy needs it: turned by a letter it is nobody's meanwhile.
    await writer.execute(update(seats).where(*here).values(ticket_hash=_part(2, length - 1) + _part(1, 1)))
    zero = literal(0)
    points, correct, time_ms = (c.points, c.correct, c.time_ms) if carried else (zero, zero, zero)
    copied: dict[str, Any] = {
        "round_id": literal(int(new_id)),
        "ticket_hash": _part(length, 1) + _part(1, length - 1),
        "points": points,
        "correct": correct,
        "time_ms": time_ms,
        "base_points": points,
        "base_correct": correct,
        "base_time_ms": time_ms,
        "people_version": literal(people_version),
        "team": _team(old.settings, settings),
    }
    as_they_are = ("seat", "name", "name_key", "name_hidden", "unit", "target_group", "lang", "joined_at", "person")
    copied |= {name: c[name] for name in as_they_are}
    await writer.execute(insert(seats).from_select(list(copied), select(*copied.values()).where(*here)))
    await writer.execute(
        update(seats)
        .where(*here)
        .values(ticket_hash=literal("moved:") + cast(c.round_id, String) + literal(":") + cast(c.seat, String))
    )


def _part(start: Any, length: Any) -> ColumnElement[str]:
    return func.substr(seats.c.ticket_hash, start, length, type_=String)


def _team(before: ModeSettings, after: ModeSettings) -> ColumnElement[Any]:
    """The team of a seat in the next round, as SQL over its row in the old one."""
    c = seats.c
    if after.mode is not Mode.TEAMS:
        return c.team
    if after.team_source is TeamSource.UNITS:
        return c.unit
    if after.team_source is TeamSource.DRAWN:
        # In the order of arrival: those who came together are in different teams. Who has a drawn team keeps it.
        place = func.row_number().over(order_by=c.seat) - 1
        dealt = cast(place % after.team_count + 1, String)
        same = before.team_source is TeamSource.DRAWN and before.team_count == after.team_count
        return func.coalesce(c.team, dealt) if same else dealt
    if before.team_source is not TeamSource.LIST:
        return cast(null(), String)
    numbers = {name.casefold(): str(n) for n, name in enumerate(after.team_names, 1)}
    now = {
        str(n): numbers[name.casefold()] for n, name in enumerate(before.team_names, 1) if name.casefold() in numbers
    }
    return case(now, value=c.team, else_=None) if now else cast(null(), String)
