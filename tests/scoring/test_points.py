"""Points: the published formulas, and properties that hold for all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.answer_key import Judgement, Verdict
from scoring.points import FULL, Award, Scoring, award, maximum

RIGHT = Judgement(Verdict.RIGHT, 1, 1)
WRONG = Judgement(Verdict.WRONG, 0, 1)
NONE = Judgement(Verdict.NONE, 0, 1)
POLL = Judgement(Verdict.NONE, 0, 0)
HALF = Judgement(Verdict.PARTIAL, 1, 2)
THIRD = Judgement(Verdict.PARTIAL, 1, 3)


@pytest.mark.parametrize(
    ("scoring", "fair_ms", "weight", "points"),
    [
        (Scoring.EXACT, 500, 1, 1000),
        (Scoring.EXACT, 30_000, 1, 1000),
        (Scoring.EXACT, 30_000, 2, 2000),
        (Scoring.KAHOOT, 2_000, 1, 967),  # Kahoot's own example: 2 s of 30
        (Scoring.KAHOOT, 0, 1, 1000),
        (Scoring.KAHOOT, 500, 1, 1000),
        (Scoring.KAHOOT, 510, 1, 992),  # 991.5 rounds up
        (Scoring.KAHOOT, 15_000, 1, 750),
        (Scoring.KAHOOT, 30_000, 1, 500),
        (Scoring.KAHOOT, 30_800, 1, 500),
        (Scoring.KAHOOT, 30_000, 2, 1000),
        (Scoring.KAHOOT, 2_000, 0, 0),
        (Scoring.GENTLE, 500, 1, 1000),
        (Scoring.GENTLE, 15_000, 1, 900),
        (Scoring.GENTLE, 30_000, 1, 800),
        (Scoring.GENTLE, 30_000, 2, 1600),
        (Scoring.GENTLE, 10_000, 1, 933),
    ],
)
def test_right_answers_earn_by_the_formula(scoring: Scoring, fair_ms: int, weight: int, points: int) -> None:
    assert award(scoring, RIGHT, fair_ms, 30_000, weight, 0, False).points == points


def test_a_partial_answer_gets_its_share_rounded_down() -> None:
    assert award(Scoring.EXACT, THIRD, 5_000, 30_000, 1, 3, False) == Award(333, 0)
    assert award(Scoring.KAHOOT, HALF, 2_000, 30_000, 1, 3, True) == Award(483, 0)


@pytest.mark.parametrize(
    ("streak", "bonus"), [(0, 0), (1, 100), (2, 200), (3, 300), (4, 400), (5, 500), (6, 500), (99, 500)]
)
def test_the_streak_bonus_grows_to_five_hundred(streak: int, bonus: int) -> None:
    assert award(Scoring.KAHOOT, RIGHT, 500, 30_000, 1, streak, True) == Award(1000 + bonus, streak + 1)
    assert award(Scoring.KAHOOT, RIGHT, 500, 30_000, 1, streak, False) == Award(1000, streak + 1)
    assert award(Scoring.GENTLE, RIGHT, 500, 30_000, 1, streak, True) == Award(1000, streak + 1)


@pytest.mark.parametrize(
    ("judgement", "weight", "streak_after"),
    [(RIGHT, 0, 5), (WRONG, 1, 0), (NONE, 1, 0), (WRONG, 0, 0), (POLL, 1, 4), (POLL, 0, 4)],
)
def test_what_each_answer_does_to_a_streak_of_four(judgement: Judgement, weight: int, streak_after: int) -> None:
    assert award(Scoring.KAHOOT, judgement, 500, 30_000, weight, 4, True) == Award(0, streak_after)


@pytest.mark.parametrize("limit_ms", [0, -1])
def test_a_limit_must_be_positive(limit_ms: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        award(Scoring.EXACT, RIGHT, 500, limit_ms, 1, 0, False)


JUDGEMENTS = st.integers(1, 9).flatmap(
    lambda possible: st.builds(
        lambda earned: Judgement(
            Verdict.RIGHT if earned == possible else Verdict.PARTIAL if earned else Verdict.WRONG, earned, possible
        ),
        st.integers(0, possible),
    )
)


@given(
    scoring=st.sampled_from(Scoring),
    judgement=JUDGEMENTS,
    times=st.tuples(st.integers(0, 300_000), st.integers(0, 300_000)),
    limit_ms=st.integers(1, 240_000),
    weight=st.sampled_from((0, 1, 2)),
    streak=st.integers(0, 100),
    bonus=st.booleans(),
)
def test_points_stay_in_bounds_and_slower_is_never_better(
    scoring: Scoring,
    judgement: Judgement,
    times: tuple[int, int],
    limit_ms: int,
    weight: int,
    streak: int,
    bonus: bool,
) -> None:
    fast, slow = (award(scoring, judgement, t, limit_ms, weight, streak, bonus) for t in sorted(times))
    assert 0 <= slow.points <= fast.points <= maximum(scoring, weight, bonus)
    assert fast.streak == slow.streak
    right = award(scoring, Judgement(Verdict.RIGHT, 1, 1), max(times), limit_ms, weight, streak, bonus)
    assert slow.points <= right.points
    if judgement.verdict is Verdict.RIGHT and weight:
        floor = {Scoring.EXACT: 100, Scoring.GENTLE: 80, Scoring.KAHOOT: 50}[scoring]
        assert slow.points >= FULL * weight * floor // 100
