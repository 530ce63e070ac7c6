"""Ranks and gaps: stated order, shared ranks, no dependence on the order of input."""

import random

from hypothesis import given
from hypothesis import strategies as st

from scoring.standings import Standing, Total, gap_ahead, order_key, rank

# Few distinct values, so that ties are common.
TOTALS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)), max_size=12).map(
    lambda rows: [Total(seat, p * 100, c, t * 10) for seat, (p, c, t) in enumerate(rows, start=1)]
)


def test_points_then_right_answers_then_less_time() -> None:
    totals = [Total(1, 900, 9, 10), Total(2, 1000, 1, 99), Total(3, 1000, 2, 50), Total(4, 1000, 2, 40)]
    assert [row.total.seat for row in rank(totals)] == [4, 3, 2, 1]


def test_real_ties_share_a_rank_and_the_next_is_skipped() -> None:
    tie = [Total(seat, 500, 1, 70) for seat in (9, 3)]
    rows = rank([Total(5, 900, 2, 10), *tie, Total(1, 100, 1, 10)])
    assert [(row.rank, row.total.seat) for row in rows] == [(1, 5), (2, 3), (2, 9), (4, 1)]


def test_gaps_lead_to_the_next_better_rank() -> None:
    rows = rank(
        [Total(1, 900, 2, 10), Total(2, 900, 2, 10), Total(3, 700, 1, 5), Total(4, 700, 1, 6), Total(5, 1, 0, 0)]
    )
    assert gap_ahead(rows) == {1: 0, 2: 0, 3: 200, 4: 0, 5: 699}
    assert gap_ahead([]) == {}


@given(TOTALS, st.randoms(use_true_random=False))
def test_the_order_of_input_is_irrelevant(totals: list[Total], chance: random.Random) -> None:
    shuffled = totals[:]
    chance.shuffle(shuffled)
    assert rank(shuffled) == rank(totals)


@given(TOTALS)
def test_a_rank_counts_those_strictly_better(totals: list[Total]) -> None:
    for row in rank(totals):
        assert row.rank == 1 + sum(order_key(other) < order_key(row.total) for other in totals)


@given(TOTALS, st.integers(1, 500), st.data())
def test_more_points_never_lower_a_rank(totals: list[Total], more: int, data: st.DataObject) -> None:
    if not totals:
        return
    lucky = data.draw(st.sampled_from(totals))
    before = _rank_of(rank(totals), lucky.seat)
    raised = Total(lucky.seat, lucky.points + more, lucky.correct, lucky.time_ms)
    after = _rank_of(rank([raised if total is lucky else total for total in totals]), lucky.seat)
    assert after <= before


@given(TOTALS)
def test_gaps_are_what_is_missing_to_the_points_of_the_rank_ahead(totals: list[Total]) -> None:
    rows = rank(totals)
    gaps = gap_ahead(rows)
    assert set(gaps) == {total.seat for total in totals}
    for row in rows:
        better = [other.total.points for other in rows if other.rank < row.rank]
        assert gaps[row.total.seat] == (min(better) - row.total.points if better else 0)


def _rank_of(rows: list[Standing], seat: int) -> int:
    return next(row.rank for row in rows if row.total.seat == seat)
