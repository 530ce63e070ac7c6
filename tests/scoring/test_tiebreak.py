"""The packed number: exact in a double, and in the stated order."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.standings import Total, order_key
from scoring.tiebreak import CORRECT_LIMIT, OUT_LIMIT, POINTS_LIMIT, TIME_LIMIT_MS, pack, score, total_of, unpack

TOTALS = st.builds(
    Total,
    seat=st.integers(1, 10**9),
    points=st.integers(0, POINTS_LIMIT) | st.integers(0, 2),
    correct=st.integers(0, CORRECT_LIMIT) | st.integers(0, 2),
    time_ms=(st.integers(0, TIME_LIMIT_MS // 10) | st.integers(0, 2)).map(lambda units: units * 10),
    out_at=st.none() | st.integers(0, OUT_LIMIT) | st.integers(0, 2),
)
CORNERS = [
    Total(1, points, correct, time_ms, out_at)
    for out_at in (None, 0, OUT_LIMIT)
    for points in (0, POINTS_LIMIT)
    for correct in (0, CORRECT_LIMIT)
    for time_ms in (0, TIME_LIMIT_MS)
]


@given(TOTALS, TOTALS)
def test_the_packed_order_is_the_stated_order(one: Total, other: Total) -> None:
    assert (pack(one) > pack(other)) == (order_key(one) < order_key(other))
    assert (pack(one) == pack(other)) == (order_key(one) == order_key(other))
    assert (score(one) < score(other)) == (order_key(one) < order_key(other))


@given(TOTALS)
def test_a_double_keeps_every_packed_total(total: Total) -> None:
    written = repr(score(total))
    assert total_of(float(written), total.seat) == total
    assert total_of(float(f"{score(total):.17g}"), total.seat) == total, "as older servers write it"


@pytest.mark.parametrize("total", CORNERS)
def test_the_corners_fit_in_62_bits(total: Total) -> None:
    assert 0 <= pack(total) < 2**62
    assert 0 < -score(total) < 4, "an ordinary number: neither subnormal nor infinite"
    assert -score(total) >= sys.float_info.min
    assert unpack(pack(total), 1) == total


def test_a_time_between_units_is_rounded_down() -> None:
    assert unpack(pack(Total(1, 5, 1, 1239)), 1) == Total(1, 5, 1, 1230)


@pytest.mark.parametrize(
    "total",
    [
        Total(1, POINTS_LIMIT + 1, 0, 0),
        Total(1, -1, 0, 0),
        Total(1, 0, CORRECT_LIMIT + 1, 0),
        Total(1, 0, -1, 0),
        Total(1, 0, 0, TIME_LIMIT_MS + 10),
        Total(1, 0, 0, -10),
    ],
)
def test_what_does_not_fit_is_refused(total: Total) -> None:
    with pytest.raises(OverflowError):
        pack(total)
