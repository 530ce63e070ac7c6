"""The figures of the swarm: what is counted, added up and judged."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.figures import Tally, close_to_results, quantile, report, spread, table
from loadtests.swarm import passed


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_quantile_is_a_value_that_was_seen_and_enough_do_not_exceed(values: list[float], share: float) -> None:
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)


def test_known_quantiles() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [quantile(values, share) for share in (0.5, 0.9, 0.99, 1.0)] == [50.0, 90.0, 99.0, 100.0]
    assert quantile([], 0.5) is None
    assert quantile([3.0, 1.0, 2.0], 0.5) == statistics.median([1, 2, 3])


def test_the_spread_is_counted_from_each_showing_s_own_first_phone() -> None:
    assert spread([[10.0, 10.010, 10.020], [50.0, 50.004]]) == {"p50": 4.0, "p99": 20.0, "max": 20.0}
    assert spread([]) == {"p50": None, "p99": None, "max": None}


def tally_of(offset: float) -> Tally:
    tally = Tally(phones=2, joined=2, tapped=2, answered=2, frames=8, bytes=800)
    tally.ack_ms.extend([1.0 + offset, 3.0 + offset])
    tally.receipts["accepted"] = 2
    for version, phase, at in ((3, "open", 10.0), (4, "closing", 13.0), (5, "revealed", 13.4)):
        tally.see(version, phase, 1, at + offset)
        tally.see(version, phase, 1, at + offset + 0.1)
    tally.results[1] = type(tally.ack_ms)("d", [13.5 + offset])
    return tally


def test_tallies_of_two_processes_add_up() -> None:
    total = Tally()
    for offset in (0.0, 0.2):
        total.add(tally_of(offset))
    figures = report(total, finished=True, seconds=20.0)
    assert figures["phones"] == figures["joined"] == figures["answered"] == 4
    assert figures["receipts"] == {"accepted": 4}
    assert figures["ack_p50_ms"] == 1.2
    assert figures["ack_max_ms"] == 3.2
    assert figures["fanout_max_ms"] == 300.0
    assert figures["close_to_results_ms"] == [700.0]
    assert figures["frames_per_phone_and_question"] == 4.0
    assert {"joined", "answered", "lost", "ack_p50_ms", "ack_p99_ms", "fanout_p99_ms"} <= figures.keys()
    assert "700.0" in table(figures)


def test_without_a_closing_seen_there_is_no_time_to_the_results() -> None:
    tally = tally_of(0.0)
    del tally.shown[4]
    assert close_to_results(tally) == []


@pytest.mark.parametrize(("name", "value"), [("joined", 1), ("lost", 1), ("double", 1), ("altered", 1)])
def test_one_fault_fails_the_run(name: str, value: int) -> None:
    tally = tally_of(0.0)
    assert passed(tally)
    setattr(tally, name, value)
    assert not passed(tally)
