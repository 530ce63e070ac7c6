"""What gives way first."""

import pytest

from realtime.shedding import TABLE, Measure, Priority, measure

SEVERITY = [Measure.SERVE, Measure.HALVE, Measure.HOLD, Measure.OFF, Measure.REFUSE]


@pytest.mark.parametrize("lag_ms", [0, 49, 50, 99, 100, 249, 250, 499, 500, 60_000])
def test_the_less_important_gives_way_first_and_answers_never(lag_ms: float) -> None:
    measures = [SEVERITY.index(measure(priority, lag_ms)) for priority in Priority]
    assert measures == sorted(measures)
    assert measure(Priority.ANSWERS, lag_ms) is Measure.SERVE


@pytest.mark.parametrize("priority", list(Priority))
def test_the_later_the_loop_the_harder_the_measure(priority: Priority) -> None:
    measures = [SEVERITY.index(measure(priority, from_ms)) for from_ms, _ in reversed(TABLE)]
    assert measures == sorted(measures)
    assert measure(priority, TABLE[-1][0] - 1) is Measure.SERVE


def test_the_published_rule() -> None:
    assert measure(Priority.COUNTS, 50) is Measure.HALVE
    assert measure(Priority.COUNTS, 100) is Measure.OFF
    assert measure(Priority.JOINS, 249) is Measure.SERVE
    assert measure(Priority.JOINS, 250) is Measure.HOLD
    assert measure(Priority.RETURNS, 499) is Measure.SERVE
    assert measure(Priority.RETURNS, 500) is Measure.REFUSE
