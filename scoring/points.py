"""What one judged answer is worth, in whole points, and what it does to the streak.

Never knows who answered, and never sees a clock: the fair time is an argument.
"""

from enum import StrEnum

import msgspec

from scoring.answer_key import Judgement, Verdict

FULL = 1000
FLAT_TOP_MS = 500
"""Up to here speed makes no difference (Kahoot's half second). Fair times are never shorter, so it is `<=`."""
STREAK_BONUS = (0, 100, 200, 300, 400, 500)


class Scoring(StrEnum):
    EXACT = "exact"
    GENTLE = "gentle"
    KAHOOT = "kahoot"


class Award(msgspec.Struct, frozen=True, gc=False):
    """Points of one answer, and the seat's streak after it."""

    points: int
    streak: int


def maximum(scoring: Scoring, weight: int, streak_bonus: bool) -> int:
    """The most one answer can earn."""
    bonus = STREAK_BONUS[-1] if streak_bonus and scoring is Scoring.KAHOOT and weight else 0
    return FULL * weight + bonus


def award(
    scoring: Scoring,
    judgement: Judgement,
    fair_ms: int,
    limit_ms: int,
    weight: int,
    streak: int,
    streak_bonus: bool,
) -> Award:
    """Points and new streak for one answer of a seat whose streak was `streak`.

    `weight` is 0 (no points), 1 or 2 (double). With t the fair time, T the limit and P = 1000 x weight, a right
    answer is worth, rounded half up:

    * exact: P;
    * gentle: P x (1 - t/T / 5), so 100 % down to 80 %;
    * kahoot: P x (1 - t/T / 2), as Kahoot publishes it, so 100 % down to 50 %.

    Within the first half second it is P. A partial answer gets its share of that, rounded down. The bonus for a
    streak of 1, 2, … 6 and more right answers is 0, 100, … 500 and only goes with kahoot.

    A right answer makes the streak longer (without a bonus when the weight is 0); a partial, wrong or missing one
    ends it; a poll, which has no right answer, leaves it alone. Raises ValueError for a limit that is not positive.
    """
    if limit_ms <= 0:
        raise ValueError("a time limit must be positive")
    if judgement.possible == 0:
        return Award(0, streak)
    if judgement.verdict is Verdict.RIGHT:
        points = _time_scaled(scoring, fair_ms, limit_ms, weight)
        if streak_bonus and weight and scoring is Scoring.KAHOOT:
            points += STREAK_BONUS[min(streak, len(STREAK_BONUS) - 1)]
        return Award(points, streak + 1)
    if judgement.verdict is Verdict.PARTIAL:
        share = _time_scaled(scoring, fair_ms, limit_ms, weight) * judgement.earned // judgement.possible
        return Award(share, 0)
    return Award(0, 0)


def _time_scaled(scoring: Scoring, fair_ms: int, limit_ms: int, weight: int) -> int:
    full = FULL * weight
    if scoring is Scoring.EXACT or fair_ms <= FLAT_TOP_MS:
        return full
    parts = 2 if scoring is Scoring.KAHOOT else 5
    scale = parts * limit_ms
    # P x (scale - t) / scale, half up, in integers.
    return (2 * full * (scale - min(fair_ms, limit_ms)) + scale) // (2 * scale)
