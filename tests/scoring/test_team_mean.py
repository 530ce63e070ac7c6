"""The mean of a team: exact, blind to size and order, and never kind to a team that hides its weak members."""

import random
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from scoring.team_mean import Team, combine, deal, gather, rank_teams, shown

Hall = list[tuple[str, int, int]]
points = st.integers(-5_000, 200_000)
members = st.lists(points, min_size=1, max_size=40)
halls = st.lists(st.tuples(st.sampled_from("abcde"), points, st.integers(0, 30)), max_size=60)


def one(*scores: int, key: str = "a") -> Team:
    return gather((key, score, 0) for score in scores)[0]


@given(halls, st.randoms(use_true_random=False))
def test_the_order_of_members_does_not_matter(hall: Hall, rng: random.Random) -> None:
    mixed = hall[:]
    rng.shuffle(mixed)
    assert rank_teams(gather(hall), 2) == rank_teams(gather(mixed), 2)


@given(members)
def test_a_member_who_has_the_mean_changes_nothing(scores: list[int]) -> None:
    # Times the size, so that the mean is a whole number of points.
    team = one(*[score * len(scores) for score in scores])
    more = one(*[score * len(scores) for score in scores], int(team.mean))
    assert more.mean == team.mean


@given(members, members, st.integers(2, 50))
def test_a_big_team_gains_nothing(ours: list[int], theirs: list[int], times: int) -> None:
    before = rank_teams([one(*ours), one(*theirs, key="b")], 1)
    after = rank_teams([one(*ours * times), one(*theirs, key="b")], 1)
    assert [(s.rank, s.team.key, s.mean) for s in before] == [(s.rank, s.team.key, s.mean) for s in after]


@given(members)
def test_who_never_answered_lowers_the_mean_of_a_team_with_points(scores: list[int]) -> None:
    team, with_silent = one(*scores), one(*scores, 0)
    assert (with_silent.mean < team.mean) == (team.points > 0)


@given(halls, st.integers(1, 12))
def test_ranks_follow_means_and_small_teams_have_none(hall: Hall, least: int) -> None:
    standings = rank_teams(gather(hall), least)
    ranked = [s for s in standings if s.rank is not None]
    assert standings[: len(ranked)] == ranked
    assert all(s.team.size < least for s in standings[len(ranked) :])
    for place, standing in enumerate(ranked):
        better = sum(1 for other in ranked if other.mean > standing.mean)
        assert standing.rank == better + 1
        assert standing.team.size >= least
        assert place == 0 or ranked[place - 1].mean >= standing.mean


def test_thirds_are_compared_exactly() -> None:
    standings = rank_teams([one(1, 0, 0, key="a"), one(2, 0, 0, 0, 0, 0, key="b"), one(33, 33, 34, key="c")], 3)
    assert [(s.rank, s.team.key) for s in standings] == [(1, "c"), (2, "a"), (2, "b")]
    assert shown(Fraction(100, 3)) == 33.33
    assert shown(Fraction(1, 200)) == 0.01
    assert shown(Fraction(5, 2)) == 2.5


def test_a_team_with_no_members_is_there_and_unranked() -> None:
    standings = rank_teams(gather([("2", 7, 1), (None, 99, 1)], keys=["1", "2", "10"]), 1)
    assert [(s.rank, s.team.key, s.team.size) for s in standings] == [(1, "2", 1), (None, "1", 0), (None, "10", 0)]


def test_over_several_rounds_means_are_added_where_a_team_was_large_enough() -> None:
    first = rank_teams([one(900, 900, 900), one(300, 300, 300, key="b"), one(5_000, key="c")], 3)
    second = rank_teams([one(0, 0, 3), one(1_000, 1_000, 1_000, key="b")], 3)
    combined = combine([first, second])
    assert [(s.rank, s.team.key, s.mean) for s in combined] == [(1, "b", 1_300), (2, "a", 901), (None, "c", 0)]
    assert (combined[1].team.points, combined[1].team.size) == (2_703, 3)


@given(st.integers(1, 12), st.integers(0, 80), st.integers(0, 80))
def test_the_draw_keeps_teams_even_and_has_no_memory(teams: int, first: int, second: int) -> None:
    sizes = dict.fromkeys((str(n) for n in range(1, teams + 1)), 0)
    at_once = deal(sizes, first + second)
    now = dict(sizes)
    for key in deal(sizes, first):
        now[key] += 1
    assert at_once == [*deal(sizes, first), *deal(now, second)]
    counts = [at_once.count(key) for key in sizes]
    assert max(counts) - min(counts) <= 1


def test_the_draw_fills_up_whom_others_left() -> None:
    assert deal({"1": 3, "2": 1, "3": 3}, 4) == ["2", "2", "1", "2"]
