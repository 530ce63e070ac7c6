"""The table of capacity, and the C server beside it."""

from collections.abc import Mapping
from typing import Any

import pytest

from loadtests import baseline
from loadtests.capacity import impossible, options, sources
from loadtests.capacity_run import Case, Measured
from loadtests.capacity_table import entry, fit

DESCRIBED = {
    "when": "2026-01-02 03:04 UTC",
    "commit": "abc",
    "machine": "2 cores",
    "python": "3.11",
    "load": "0.1",
    "command": "python -m loadtests.capacity",
}


def measured(phones: int, cpu_s: float, database: str = "sqlite", gateways: int = 1, **more: Any) -> Measured:
    figures: Mapping[str, Any] = {"joined": phones, "answered": 3, "lost": 0, "double": 0, "altered": 0} | more
    return Measured(
        case=Case(phones, database, gateways),
        figures=figures,
        stored=3,
        cpu_s={"players": cpu_s * 0.75, "worker": cpu_s * 0.25},
        idle_cpu=0.01,
        questions=2,
        seconds=10.0,
        joins_cpu_s=0.001 * phones,
        rss_kib=12 * phones,
        sent={"open": 6.5},
    )


def test_an_entry_has_a_table_for_each_database_and_number_of_gateways() -> None:
    runs = [measured(1_000, 0.3), measured(2_000, 0.5), measured(1_000, 0.4, "postgresql", 2)]
    text = entry(DESCRIBED, runs, {1_000: 5.0}, 2, 4.0, ["9 phones: left out"], "A note.")
    assert text.index("### SQLite, 1 gateway\n") < text.index("### PostgreSQL, 2 gateways\n")
    assert "| phones | 1,000 | 2,000 |" in text
    assert "| **CPU µs a phone and question, whole tree** | **150** | **125** |" in text
    assert "| – of it players | 112 | 94 |" in text
    assert "| – of it with nobody there, too | 50 | 25 |" in text
    assert "| 6.5 / 5.0 = 1.30 | 6.5 / – |" in text
    assert "| **memory a phone, gateways, KiB** | 12.0 | 12.0 |" in text
    assert "Fitted: 50 ms a question, and 100 µs a phone and question." in text
    assert "- 9 phones: left out" in text
    assert "A note." in text


def test_a_case_holds_only_when_sql_has_what_was_confirmed() -> None:
    assert measured(10, 1.0).held
    assert not measured(10, 1.0, lost=1).held
    assert not measured(10, 1.0, answered=2).held
    assert not measured(10, 1.0, joined=9).held


def test_a_line_is_fitted_through_sizes_of_every_order() -> None:
    found = fit([(200, 50_000 + 200 * 120.0), (5_000, 50_000 + 5_000 * 120.0), (18_328, 50_000 + 18_328 * 120.0)])
    assert found == pytest.approx((50_000, 120))
    assert fit([(200, 1.0), (200, 2.0)]) is None


def test_more_phones_than_ports_come_from_more_addresses() -> None:
    assert sources(28_000) == ()
    assert sources(40_000) == ("127.0.0.1", "127.0.0.2")
    assert len(sources(60_000)) == 3


def test_what_cannot_be_measured_is_left_out_with_a_reason() -> None:
    given = options().parse_args([])
    assert impossible(Case(200, "sqlite", 1), given) is None
    assert "too many" in str(impossible(Case(5_000_000, "sqlite", 2), given))


@pytest.mark.skipif(baseline.compiler() is None, reason="no C compiler")
def test_the_c_server_serves_real_phones() -> None:
    cost = baseline.measure(20, 400, processes=2, rounds=2)
    assert cost is not None
    assert 0 < cost < 10_000
