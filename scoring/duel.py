"""Who takes a question of a duel between a handful of seats: by speed, or by the buzzer and the host's word.

Never sees a clock or a database: times, rulings and finalists are arguments. The rule, as people read it:

1. A time is what the gateway measured less the credited delay, to the millisecond: fair on weak networks, and without
   the half second below which points do not fall.
2. Photo finish: whoever is less than 50 ms behind the first of a group shares the place with them. A group is measured
   from its first, so a long row of small gaps is no tie.
3. Speed: the fastest right answer takes the question's points; those in the photo finish with it take them too.
4. Buzzer: the host asks down the order and rules; within a photo finish the host chooses whom to ask first. The first
   right one takes the points, a wrong one loses the turn, and `penalty` points if it has them.
5. Seats that do not duel may answer, and it never counts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from scoring.answer_key import Judgement, Verdict, judge
from scoring.points import Award
from scoring.replay import ReplayAnswer, ReplayQuestion, Scored
from scoring.standings import Total

PHOTO_FINISH_MS = 50
FEWEST, MOST = 2, 8
"""How many duel: more plates cannot be read from the last row."""


class Way(StrEnum):
    SPEED = "speed"
    BUZZER = "buzzer"


class Press(NamedTuple):
    """A press of the buzzer, or a right answer; `ms` after the question opened for that seat."""

    seat: int
    ms: int


class Place(NamedTuple):
    """One seat in the order. `place` is shared in a photo finish; `behind_ms` is the way to the very first."""

    place: int
    seat: int
    ms: int
    behind_ms: int


class Ruling(NamedTuple):
    """The host's word about one seat's spoken answer."""

    seat: int
    right: bool


@dataclass(frozen=True, slots=True)
class Duel:
    """What decides the questions of one duel. `rulings` are by question, in the order in which they were given."""

    way: Way
    finalists: tuple[int, ...]
    rulings: Mapping[int, Sequence[Ruling]]
    penalty: int = 0


def order(presses: Iterable[Press]) -> list[Place]:
    """Who was when: by time, places shared within the photo finish (1, 1, 3)."""
    placed: list[Place] = []
    head = place = 0
    for number, press in enumerate(sorted(presses, key=lambda press: (press.ms, press.seat)), 1):
        if not placed or press.ms - head >= PHOTO_FINISH_MS:
            head, place = press.ms, number
        placed.append(Place(place, press.seat, press.ms, press.ms - (placed[0].ms if placed else press.ms)))
    return placed


def turn(places: Sequence[Place], rulings: Sequence[Ruling]) -> tuple[int, ...]:
    """The seats the host may ask now; none when the question is decided or nobody is left."""
    ruled = {ruling.seat: ruling.right for ruling in rulings}
    if any(ruled.get(place.seat) for place in places):
        return ()
    left = [place for place in places if place.seat not in ruled]
    return tuple(place.seat for place in left if place.place == left[0].place)


def rule(
    places: Sequence[Place], rulings: Sequence[Ruling], seat: int, right: bool | None
) -> tuple[Ruling, ...] | None:
    """The rulings after one more; None when it is not that seat's turn.

    A seat that has been ruled on may be ruled on again, and `right` None takes its ruling back: either way what came
    after it is gone, for it would not have been asked.
    """
    before = [ruling.seat for ruling in rulings]
    kept = tuple(rulings[: before.index(seat)] if seat in before else rulings)
    if right is None:
        return kept if seat in before else None
    return (*kept, Ruling(seat, right)) if seat in turn(places, kept) else None


def presses(duel: Duel, answers: Iterable[ReplayAnswer], seats: Collection[int]) -> list[Press]:
    """The finalists' presses among the answers to one question; `seats` are those still in play."""
    found: dict[int, Press] = {}
    for answer in answers:
        if answer.seat in duel.finalists and answer.seat in seats:
            found.setdefault(answer.seat, Press(answer.seat, answer.exact_ms))
    return list(found.values())


def right_presses(
    duel: Duel, question: ReplayQuestion, answers: Iterable[ReplayAnswer], seats: Collection[int]
) -> list[Press]:
    """The finalists' right answers: what speed compares. A partly right one is none."""
    right = (answer for answer in answers if judge(question.key, answer.choice).verdict is Verdict.RIGHT)
    return presses(duel, right, seats)


def score_question(
    duel: Duel,
    question: ReplayQuestion,
    answers: Iterable[ReplayAnswer],
    totals: Mapping[int, Total],
    streaks: Mapping[int, int],
) -> dict[int, Scored]:
    """Scores one question for every seat of `streaks` (those in play), whose totals before it are `totals`.

    Points are the question's weight: one, two, or none in practice. `correct` counts a finalist's right answers (with
    the buzzer: the questions taken), `time_ms` their fair times, as the tie-breaks want them.
    """
    if question.voided:
        none = Judgement(Verdict.NONE, 0, 0)
        return {seat: Scored(none, Award(0, streak), 0, 0) for seat, streak in streaks.items()}
    given: dict[int, ReplayAnswer] = {}
    for answer in answers:
        if answer.question == question.number:
            given.setdefault(answer.seat, answer)
    if duel.way is Way.BUZZER:
        judged = _ruled(duel, question, given, streaks)
        winners = {seat for seat, judgement in judged.items() if judgement.verdict is Verdict.RIGHT}
    else:
        judged = {seat: judge(question.key, given[seat].choice if seat in given else None) for seat in streaks}
        first = order(right_presses(duel, question, given.values(), streaks))
        winners = {place.seat for place in first if place.place == 1}
    scored: dict[int, Scored] = {}
    for seat, streak in streaks.items():
        judgement = judged[seat]
        if seat not in duel.finalists:
            scored[seat] = Scored(judgement, Award(0, streak), 0, 0)
            continue
        counts = judgement.verdict is Verdict.RIGHT and question.weight > 0
        points = question.weight if seat in winners else 0
        if duel.way is Way.BUZZER and judgement.verdict is Verdict.WRONG and question.weight:
            points = -min(duel.penalty, max(0, totals[seat].points))
        award = Award(points, streak + 1 if seat in winners else 0)
        scored[seat] = Scored(judgement, award, int(counts), given[seat].fair_ms if counts else 0)
    return scored


def _ruled(
    duel: Duel, question: ReplayQuestion, given: Mapping[int, ReplayAnswer], seats: Collection[int]
) -> dict[int, Judgement]:
    """What the host's word makes of each press; a press nobody asked about is judged by nobody."""
    places = order(presses(duel, given.values(), seats))
    pressed = {place.seat for place in places}
    word: dict[int, bool] = {}
    for ruling in duel.rulings.get(question.number, ()):
        # Who was sent out is heard no more; whoever comes behind a right answer is not asked.
        if ruling.seat in pressed and not any(word.values()):
            word[ruling.seat] = ruling.right
    verdicts = {True: Judgement(Verdict.RIGHT, 1, 1), False: Judgement(Verdict.WRONG, 0, 1)}
    return {seat: verdicts[word[seat]] if seat in word else Judgement(Verdict.NONE, 0, 1) for seat in seats}


def decided(points: Mapping[int, int], to: int | None) -> int | None:
    """The finalist who has reached `to` points ahead of everybody else; None: the duel goes on.

    Two who reach it together, level, play on until one leads.
    """
    if to is None or not points:
        return None
    best = max(points.values())
    leaders = [seat for seat, has in points.items() if has == best]
    return leaders[0] if best >= to and len(leaders) == 1 else None
