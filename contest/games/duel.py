"""A duel between its rules and SQL: who plays, what the host rules, and what everybody may see of it.

Never decides who takes a question (`scoring.duel`), nor what a host may ask now (`contest.round_state`). The finalists
and the host's rulings are a handful of entries of the round's state, so that everything can be reckoned again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid
from contest.ids import RoundId
from contest.model import Mode
from contest.phases import Phase
from contest.round_state import AUTO_REVEALED_MS, Command, RoundState
from contest.rounds import RoundRecord, load
from contest.seats import SeatRecord, of_round
from contest.tables import answers, rounds, seats
from scoring.answer_key import OPINIONS
from scoring.duel import FEWEST, MOST, Duel, Place, Press, Ruling, Way, decided, order, rule, score_question, turn
from scoring.points import Scoring
from scoring.replay import ReplayAnswer, ReplayQuestion, Score, Scored, plain_score
from scoring.standings import Standing, Total, rank

_SHOWN = frozenset({Phase.REVEALED, Phase.STANDINGS, Phase.PODIUM, Phase.FINISHED})


def is_duel(record: RoundRecord) -> bool:
    return record.settings.mode is Mode.DUEL


def is_contested(record: RoundRecord, number: int | None) -> bool:
    """Whether question `number` is one the finalists fight for: polls and word clouds between are everybody's."""
    return is_duel(record) and number is not None and record.question(number).type not in OPINIONS


def with_buzzer(record: RoundRecord, number: int | None) -> bool:
    """Whether an answer to question `number` is a press of the buzzer, whatever its type."""
    return is_contested(record, number) and record.settings.duel is Way.BUZZER


def rulings_of(record: RoundRecord, number: int) -> tuple[Ruling, ...]:
    """The host's rulings on one question, in the order given."""
    return tuple(Ruling(seat, right) for question, seat, right in record.state.rulings if question == number)


def score_of(record: RoundRecord) -> Score:
    """How this duel scores a question."""
    state, settings = record.state, record.settings
    asked = {question for question, _, _ in state.rulings}
    duel = Duel(
        settings.duel, state.finalists, {number: rulings_of(record, number) for number in asked}, settings.duel_penalty
    )
    opinion = plain_score(Scoring.EXACT, False)

    def score(
        question: ReplayQuestion,
        given: Iterable[ReplayAnswer],
        totals: Mapping[int, Total],
        streaks: Mapping[int, int],
    ) -> Mapping[int, Scored]:
        if question.key.type in OPINIONS:
            return opinion(question, given, totals, streaks)
        return score_question(duel, question, given, totals, streaks)

    return score


def ranked(record: RoundRecord, people: Iterable[SeatRecord]) -> list[SeatRecord]:
    """Those of `people` who have a place in the standings: all of them, in a duel the finalists."""
    if not is_duel(record):
        return list(people)
    return [seat for seat in people if seat.seat in record.state.finalists]


# Who plays.


async def chosen(reader: Reader, record: RoundRecord, command: Command) -> Command:
    """The command `finalists` with the seats it names, whether by number or as the best of the round before.

    Raises Invalid("finalists_whom"), Conflict("finalists_unknown" | "finalists_too_many" | "no_round_before" |
    "finalists_tie").
    """
    if (command.seats is None) == (command.count is None):
        raise Invalid("finalists_whom")
    here = {int(seat.seat) for seat in await of_round(reader, record.id) if not seat.kicked}
    if command.count is not None:
        return replace(command, seats=await _best(reader, record, command.count, here), count=None)
    listed = tuple(dict.fromkeys(command.seats or ()))
    if not here.issuperset(listed):
        raise Conflict("finalists_unknown")
    if len(listed) > MOST:
        raise Conflict("finalists_too_many")
    return replace(command, seats=listed)


async def _best(reader: Reader, record: RoundRecord, count: int, here: set[int]) -> tuple[int, ...]:
    if not FEWEST <= count <= MOST:
        raise Conflict("finalists_too_many" if count > MOST else "finalists_needed")
    standings = [one for one in await round_before(reader, record) if one.total.seat in here]
    if not standings:
        raise Conflict("no_round_before")
    last = standings[min(count, len(standings)) - 1].rank
    # Whoever is level with the last one in comes along: the draw between them is not ours to make.
    best = tuple(one.total.seat for one in standings if one.rank <= last)
    if len(best) > MOST:
        raise Conflict("finalists_tie")
    return best


async def round_before(reader: Reader, record: RoundRecord) -> list[Standing]:
    """The standings of the round before in the same hall; seats keep their numbers there. Empty without one."""
    if record.hall_id is None:
        return []
    query = select(rounds.c.id).where(rounds.c.hall_id == record.hall_id, rounds.c.id < record.id)
    number = await reader.scalar(query.order_by(rounds.c.id.desc()).limit(1))
    if number is None:
        return []
    before = await load(reader, RoundId(number))
    people = [seat for seat in await of_round(reader, before.id) if not seat.kicked]
    return rank(seat.total for seat in ranked(before, people))


# What was pressed, and what the host rules.


async def _presses(reader: Reader | Writer, record: RoundRecord, number: int) -> list[tuple[Press, str | None]]:
    """The finalists' answers to a question with their verdicts; those in play only."""
    query = (
        select(answers.c.seat, answers.c.elapsed_ms, answers.c.credit_ms, answers.c.verdict)
        .join(seats, (seats.c.round_id == answers.c.round_id) & (seats.c.seat == answers.c.seat))
        .where(
            answers.c.round_id == record.id,
            answers.c.question == number,
            answers.c.seat.in_(record.state.finalists),
            ~seats.c.kicked,
        )
    )
    rows = await reader.execute(query)
    return [(Press(row.seat, row.elapsed_ms - row.credit_ms), row.verdict) for row in rows]


async def pressed(reader: Reader, round_id: RoundId, number: int, finalists: Sequence[int]) -> bool:
    """Whether any of the finalists has pressed."""
    query = select(answers.c.seat).where(
        answers.c.round_id == round_id, answers.c.question == number, answers.c.seat.in_(finalists)
    )
    return await reader.scalar(query.limit(1)) is not None


async def judged(reader: Reader, record: RoundRecord, command: Command) -> RoundState:
    """The state with one ruling more, another, or taken back. Raises Invalid, Conflict("judge_nothing" |
    "judge_not_turn")."""
    number = record.state.question
    if command.seat is None:
        raise Invalid("judge_whom")
    if number is None or number in record.state.voided or not with_buzzer(record, number):
        raise Conflict("judge_nothing")
    places = order(press for press, _ in await _presses(reader, record, number))
    after = rule(places, rulings_of(record, number), command.seat, command.right)
    if after is None:
        raise Conflict("judge_not_turn")
    others = tuple(one for one in record.state.rulings if one[0] != number)
    return replace(record.state, rulings=(*others, *((number, one.seat, one.right) for one in after)))


async def settled(reader: Reader, record: RoundRecord, in_play: Sequence[SeatRecord], now_ms: int) -> RoundState:
    """The state once the totals have been reckoned anew: whether somebody has won, whether the host has to rule.

    Runs in the transaction that stores the totals. A key stays secret until the host has ruled, and the autopilot
    waits for that.
    """
    state, number = record.state, record.state.question
    if not is_duel(record) or number is None:
        return state
    points = {int(seat.seat): seat.earned.points for seat in ranked(record, in_play)}
    waiting = False
    phase = state.paused_from if state.phase is Phase.PAUSED else state.phase
    if phase is Phase.REVEALED and number not in state.voided and with_buzzer(record, number):
        places = order(press for press, _ in await _presses(reader, record, number))
        waiting = bool(turn(places, rulings_of(record, number)))
    deadline = state.deadline_ms
    if state.phase is Phase.REVEALED and state.auto and waiting != (deadline is None):
        deadline = None if waiting else now_ms + AUTO_REVEALED_MS
    won_by = decided(points, record.settings.duel_points)
    return replace(state, judging=waiting, won_by=won_by, deadline_ms=deadline)


# What is shown.


@dataclass(frozen=True, slots=True)
class Face:
    """A finalist on a name plate. `name` is None while the host has not allowed it."""

    seat: int
    name: str | None
    unit: str | None
    points: int


@dataclass(frozen=True, slots=True)
class Shot:
    """One finalist in the order of the question that was closed last. `place` is None for a wrong answer in a race of
    speed; `right` is None while nobody has ruled."""

    seat: int
    place: int | None
    ms: int
    behind_ms: int
    right: bool | None


@dataclass(frozen=True, slots=True)
class View:
    """A duel as everybody may see it. `took` are those who got the points, `turn` those the host may ask now,
    `ruled` those already asked."""

    faces: tuple[Face, ...]
    shots: tuple[Shot, ...] = ()
    turn: tuple[int, ...] = ()
    took: tuple[int, ...] = ()
    ruled: tuple[int, ...] = ()


async def view(reader: Reader, record: RoundRecord) -> View:
    """At most eight rows by key: cheap enough for every picture."""
    state = record.state
    found = {int(seat.seat): seat for seat in await _finalists(reader, record)}
    faces = tuple(
        Face(seat, found[seat].shown_name, found[seat].unit, found[seat].earned.points)
        for seat in state.finalists
        if seat in found
    )
    number = state.question
    phase = state.paused_from if state.phase is Phase.PAUSED else state.phase
    if number is None or phase not in _SHOWN or number in state.voided or not is_contested(record, number):
        return View(faces)
    given = await _presses(reader, record, number)
    if record.settings.duel is Way.BUZZER:
        places, rulings = order(press for press, _ in given), rulings_of(record, number)
        word = {one.seat: one.right for one in rulings}
        shots = tuple(_shot(place, word.get(place.seat)) for place in places)
        took = tuple(seat for seat, right in word.items() if right)
        return View(faces, shots, turn(places, rulings), took, tuple(word))
    places = order(press for press, verdict in given if verdict == "right")
    wrong = sorted((press for press, verdict in given if verdict != "right"), key=lambda press: press.ms)
    first = places[0].ms if places else 0
    missed = tuple(Shot(press.seat, None, press.ms, press.ms - first, False) for press in wrong)
    took = tuple(place.seat for place in places if place.place == 1)
    return View(faces, (*(_shot(place, True) for place in places), *missed), (), took)


def _shot(place: Place, right: bool | None) -> Shot:
    return Shot(place.seat, place.place, place.ms, place.behind_ms, right)


async def _finalists(reader: Reader, record: RoundRecord) -> list[SeatRecord]:
    return [seat for seat in await of_round(reader, record.id, only=record.state.finalists) if not seat.kicked]
