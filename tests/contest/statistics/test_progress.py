"""Where an indicator stands is arithmetic, whatever the numbers."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.statistics.progress import Goal, Progress, Status, progress

DAY = date(2025, 7, 15)
days = st.integers(0, 1_500).map(lambda n: (DAY + timedelta(days=n)).isoformat())
counts = st.integers(0, 5_000_000)


@st.composite
def goals(draw: st.DrawFn) -> Goal:
    first, last = sorted((draw(days), draw(days)))
    is_rate = draw(st.booleans())
    return Goal(is_rate, draw(st.integers(1, 10_000 if is_rate else 3_000_000)), first, last)


@given(goals(), counts, st.none() | st.integers(0, 4_000_000), days)
def test_what_is_told_agrees_with_itself(goal: Goal, count: int, size: int | None, today: str) -> None:
    told = progress(goal, count=count, denominator=size, today=today)
    assert told.count == count
    if not size:
        assert told.rate is None
        assert (told.status is Status.NO_DENOMINATOR) is goal.is_rate
        return
    assert told.rate == pytest.approx(100 * count / size)
    assert told.goal is not None
    if goal.is_rate:
        # The least number of people that makes the rate true.
        assert told.goal * 10_000 >= goal.value * size > (told.goal - 1) * 10_000
    assert (told.status is Status.REACHED) is (count >= told.goal)
    assert told.expected is not None
    assert 0 <= told.expected <= told.goal
    if today < goal.start_day:
        assert told.expected == 0
    if today >= goal.deadline_day:
        assert told.expected == told.goal
        assert told.status in (Status.REACHED, Status.LATE) or today == goal.deadline_day
    if told.needed_per_day is not None:
        assert count + told.needed_per_day * max(1, told.days_left or 0) >= told.goal - 0.001
    else:
        assert today > goal.deadline_day


@given(goals(), counts, counts, st.integers(1, 4_000_000), days)
def test_more_people_are_never_a_worse_standing(goal: Goal, few: int, more: int, size: int, today: str) -> None:
    order = [Status.LATE, Status.BEHIND, Status.ON_TRACK, Status.AHEAD, Status.REACHED]
    low, high = (progress(goal, count=count, denominator=size, today=today) for count in sorted((few, more)))
    assert order.index(low.status) <= order.index(high.status)
    assert low.of_goal is not None
    assert high.of_goal is not None
    assert low.of_goal <= high.of_goal


@given(goals(), st.integers(0, 10_000), st.integers(1, 4_000_000), days)
def test_a_reported_rate_is_held_against_the_rate_asked_for(goal: Goal, rate: int, size: int, today: str) -> None:
    told = progress(goal, count=None, denominator=size, today=today, reported_bp=rate)
    assert told.implied
    assert told.count == pytest.approx(rate * size / 10_000, abs=0.5)
    if goal.is_rate:
        assert (told.status is Status.REACHED) is (rate >= goal.value)
        alone = progress(goal, count=None, denominator=None, today=today, reported_bp=rate)
        assert (alone.status, alone.of_goal, alone.count) == (told.status, told.of_goal, None)


@pytest.mark.parametrize(
    ("count", "today", "status", "expected"),
    [
        (0, "2025-07-14", Status.ON_TRACK, 0),
        (1, "2025-07-15", Status.ON_TRACK, 1),
        (50, "2025-09-02", Status.ON_TRACK, 49),
        (40, "2025-09-02", Status.BEHIND, 49),
        (56, "2025-09-02", Status.AHEAD, 49),
        (99, "2025-10-25", Status.ON_TRACK, 100),
        (99, "2025-10-26", Status.LATE, 100),
        (100, "2026-10-26", Status.REACHED, 100),
    ],
)
def test_the_hundred_peak_days(count: int, today: str, status: Status, expected: int) -> None:
    # 15/7 to 25/10 are 103 days, both included.
    goal = Goal(False, 100, "2025-07-15", "2025-10-25")
    told = progress(goal, count=count, denominator=None, today=today)
    assert (told.status, told.expected) == (status, expected)


def test_what_nobody_knows_is_not_zero() -> None:
    goal = Goal(True, 4_000, "2025-07-15", "2025-10-25")
    assert progress(None, count=None, denominator=None, today="2025-08-01") == Progress(Status.NO_DATA)
    told = progress(goal, count=None, denominator=1000, today="2025-08-01")
    assert (told.status, told.count, told.goal, told.needed_per_day) == (Status.NO_DATA, None, 400, None)
    assert progress(None, count=5, denominator=10, today="2025-08-01") == Progress(Status.NO_TARGET, 5, 50.0)
    # Both as reported: 12.800 people "reaching 62 %" with nobody's denominator.
    both = progress(goal, count=12_800, denominator=None, today="2025-08-01", reported_bp=6_200)
    assert (both.count, both.rate, both.status) == (12_800, 62.0, Status.REACHED)
