"""Who is still on the floor of the golden bell ("Rung chuông vàng"), and who rings it.

Never sees a clock or a database: verdicts, voids and rescues are arguments. The rule, as people read it:

1. A wrong, partly right or missing answer puts a seat out, for good unless it is let back in or the question is voided.
   Somebody who comes after a question has missed it: a latecomer watches, plays for fun, and may be let back in.
2. Polls, word clouds, warm-ups (weight 0) and voided questions put nobody out.
3. What a seat answers while it is out is kept and never counts.
4. A rescue question is for those who are out: who is right is back in. Those who are in rest, and are safe.
5. After a question the host may let back in whom they choose, or the best of those out: who lasted longest, then
   points, right answers and time. Who ties with the last of the best comes along.
6. Whoever is in when the game ends rings the bell, all of them. When one question put everybody out who was left, they
   ring it together. Among winners points, right answers and time give the order of the list, nothing else.

One seat's way never depends on another's: that is why a void or a kick years later gives the right picture.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from scoring.answer_key import OPINIONS, QuestionType, Verdict
from scoring.points import Award, Scoring
from scoring.replay import ReplayAnswer, ReplayQuestion, Score, Scored, score_question
from scoring.standings import Total, order_key

SECONDS = 10
"""The answering time of the televised game."""


@dataclass(frozen=True, slots=True)
class BellQuestion:
    """One question as the floor sees it. `decides`: a wrong answer to it can have a consequence."""

    number: int
    decides: bool
    rescue: bool = False


def decides(kind: QuestionType, weight: int) -> bool:
    """Whether a question of this type and weight has a right answer that counts."""
    return weight > 0 and kind not in OPINIONS


_NOBODY: Mapping[int, Collection[int]] = {}


def bell_question(question: ReplayQuestion, rescues: Collection[int]) -> BellQuestion:
    """The question with its void, and whether it is one of the rescue questions."""
    counts = not question.voided and decides(question.key.type, question.weight)
    return BellQuestion(question.number, counts, question.number in rescues)


def plays(question: BellQuestion, out_at: int | None) -> bool:
    """Whether what this seat answers to the question counts for points."""
    return out_at is None and not question.rescue


def after(question: BellQuestion, out_at: int | None, verdict: Verdict) -> int | None:
    """The question that put the seat out, None while it is in, once `question` has been judged."""
    if not question.decides:
        return out_at
    if question.rescue:
        return None if verdict is Verdict.RIGHT else out_at
    return out_at if out_at is not None or verdict is Verdict.RIGHT else question.number


def missed(questions: Iterable[BellQuestion]) -> int | None:
    """Where somebody stands who answered none of these questions, all that have been judged."""
    out_at: int | None = None
    for question in questions:
        out_at = after(question, out_at, Verdict.NONE)
    return out_at


def score_of(
    scoring: Scoring,
    streak_bonus: bool,
    rescue_questions: Collection[int] = (),
    rescued: Mapping[int, Collection[int]] = _NOBODY,
) -> Score:
    """How this game scores a question; `rescued` are the seats the host let back in after each question.

    Whoever does not play for points gets a verdict and nothing else, and keeps the streak.
    """

    def score(
        question: ReplayQuestion,
        answers: Iterable[ReplayAnswer],
        totals: Mapping[int, Total],
        streaks: Mapping[int, int],
    ) -> dict[int, Scored]:
        asked = bell_question(question, rescue_questions)
        back = rescued.get(question.number, ())
        scored = score_question(scoring, streak_bonus, question, answers, streaks)
        for seat, one in scored.items():
            before = totals[seat].out_at
            now = None if seat in back else after(asked, before, one.judgement.verdict)
            if plays(asked, before):
                scored[seat] = one._replace(out_at=now)
            else:
                scored[seat] = Scored(one.judgement, Award(0, streaks[seat]), 0, 0, now)
        return scored

    return score


def best(totals: Iterable[Total], count: int) -> list[int]:
    """The seats of the `count` best of those who are out, and of whoever ties with the last of them."""
    out = sorted((total for total in totals if total.out_at is not None), key=order_key)
    if count < 1 or not out:
        return []
    last = order_key(out[min(count, len(out)) - 1])
    return [total.seat for total in out if order_key(total) <= last]


def is_decided(left: int, out: int) -> bool:
    """Whether nothing can change any more: one is left, or nobody. With nobody out yet there was no game."""
    return left <= 1 and out > 0


def winners(totals: Iterable[Total]) -> list[int]:
    """Who rings the bell if the game ends now, best first: all who are in, else all whom the last question put out."""
    ordered = sorted(totals, key=lambda total: (order_key(total), total.seat))
    if not ordered:
        return []
    return [total.seat for total in ordered if total.out_at == ordered[0].out_at]
