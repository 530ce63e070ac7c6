"""The single definition of how answers become awards and totals, for the close of a question and for a recount.

Never keeps state between calls; live totals must equal what it computes from the stored answers.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from scoring.answer_key import AnswerKey, Choice, Judgement, Verdict, judge
from scoring.points import Award, Scoring, award
from scoring.standings import Total

_CREDITED = frozenset({Verdict.RIGHT, Verdict.PARTIAL})
_NO_JUDGEMENT = Judgement(Verdict.NONE, 0, 0)


@dataclass(frozen=True, slots=True)
class ReplayQuestion:
    number: int
    key: AnswerKey
    limit_ms: int
    weight: int = 1
    voided: bool = False


class ReplayAnswer(msgspec.Struct, frozen=True, gc=False):
    question: int
    seat: int
    choice: Choice
    fair_ms: int
    net_ms: int | None = None
    """Elapsed less credit, neither raised to half a second nor rounded: what a duel compares."""

    @property
    def exact_ms(self) -> int:
        """`net_ms`, or the fair time where it is not known."""
        return self.fair_ms if self.net_ms is None else self.net_ms


class Scored(NamedTuple):
    """One seat on one question: the judgement, the award, and what goes into the total's `correct` and `time_ms`.

    `out_at` is what the total says from then on; always None where nobody is put out.
    """

    judgement: Judgement
    award: Award
    correct: int
    time_ms: int
    out_at: int | None = None


class Replayed(NamedTuple):
    """Totals by seat, every seat's score by (question, seat), and the streaks after the last question."""

    totals: dict[int, Total]
    scored: dict[tuple[int, int], Scored]
    streaks: dict[int, int]


def score_question(
    scoring: Scoring,
    streak_bonus: bool,
    question: ReplayQuestion,
    answers: Iterable[ReplayAnswer],
    streaks: Mapping[int, int],
) -> dict[int, Scored]:
    """Score one question for every seat of `streaks` (the seats in play and their streaks before it).

    A seat without an answer loses its streak. Answers of other seats or questions are ignored; of two answers of
    a seat the first counts. A voided question scores nothing and leaves the streaks alone. A question of
    weight 0 and a poll count neither as right nor in the time.
    """
    if question.voided:
        return {seat: Scored(_NO_JUDGEMENT, Award(0, streak), 0, 0) for seat, streak in streaks.items()}
    given: dict[int, ReplayAnswer] = {}
    for answer in answers:
        if answer.question == question.number:
            given.setdefault(answer.seat, answer)
    counts = question.weight > 0
    unanswered = judge(question.key, None)
    # A room of thousands gives a handful of different answers: judge each of them once.
    judged: dict[object, Judgement] = {}
    scored: dict[int, Scored] = {}
    for seat, streak in streaks.items():
        found = given.get(seat)
        if found is None:
            judgement, fair_ms = unanswered, question.limit_ms
        else:
            fair_ms = found.fair_ms
            memo = tuple(found.choice) if isinstance(found.choice, list) else found.choice
            if (known := judged.get(memo)) is None:
                known = judged[memo] = judge(question.key, found.choice)
            judgement = known
        given_award = award(scoring, judgement, fair_ms, question.limit_ms, question.weight, streak, streak_bonus)
        correct = int(counts and judgement.verdict is Verdict.RIGHT)
        time_ms = fair_ms if counts and judgement.verdict in _CREDITED else 0
        scored[seat] = Scored(judgement, given_award, correct, time_ms)
    return scored


def add(total: Total, scored: Scored) -> Total:
    """A seat's total after one more question."""
    return Total(
        total.seat,
        total.points + scored.award.points,
        total.correct + scored.correct,
        total.time_ms + scored.time_ms,
        scored.out_at,
    )


Score = Callable[[ReplayQuestion, Iterable[ReplayAnswer], Mapping[int, Total], Mapping[int, int]], Mapping[int, Scored]]
"""How a game scores one question: with its answers, and the totals and streaks of the seats in play before it."""


def plain_score(scoring: Scoring, streak_bonus: bool) -> Score:
    """`score_question` for games in which the totals decide nothing."""

    def score(
        question: ReplayQuestion,
        answers: Iterable[ReplayAnswer],
        totals: Mapping[int, Total],
        streaks: Mapping[int, int],
    ) -> Mapping[int, Scored]:
        return score_question(scoring, streak_bonus, question, answers, streaks)

    return score


def replay(
    scoring: Scoring,
    streak_bonus: bool,
    questions: Iterable[ReplayQuestion],
    answers: Iterable[ReplayAnswer],
    seats: Iterable[int],
    *,
    score: Score | None = None,
) -> Replayed:
    """Score all the questions from the beginning, in ascending number, for the seats given.

    By the rules of `score`, else as `score_question` does. Equals scoring each question at its close and adding up. A
    seat that joined late is unanswered before, a seat left out (kicked) vanishes with its answers.
    """
    by_question: dict[int, list[ReplayAnswer]] = {}
    for answer in answers:
        by_question.setdefault(answer.question, []).append(answer)
    score = score or plain_score(scoring, streak_bonus)
    streaks = dict.fromkeys(seats, 0)
    totals = {seat: Total(seat, 0, 0, 0) for seat in streaks}
    everything: dict[tuple[int, int], Scored] = {}
    for question in sorted(questions, key=lambda question: question.number):
        given = by_question.get(question.number, [])
        for seat, scored in score(question, given, totals, streaks).items():
            everything[question.number, seat] = scored
            streaks[seat] = scored.award.streak
            totals[seat] = add(totals[seat], scored)
    return Replayed(totals, everything, streaks)
