"""What a team has: the mean of its members' points, so that a big team gains nothing by its size.

Theory. A team's points are the sum of its members' points over how many members it has: an exact fraction, compared as
one, so that no rounding ever decides a rank. The rules of this file:

1. Everybody seated for the team and not thrown out is a member. Whoever never answered counts with 0 points. Left out,
   the weak would be told to sit still: a team would gain by answering less.
2. A team smaller than the least size has no rank; it is shown apart. One quick head alone is no team.
3. Equal means share a rank (1, 2, 2, 4). Right answers and times break no tie: a sum of times punishes a team for
   every member who answers at all, and under `exact` the right answers say the same as the points.
4. Over several rounds a team has the sum of its means in the rounds in which it was large enough.

Never knows what a team is called nor where its members are stored.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Team:
    """A team after some questions: `points` and `correct` are sums over its `size` members."""

    key: str
    size: int
    points: int
    correct: int = 0

    @property
    def mean(self) -> Fraction:
        return Fraction(self.points, self.size) if self.size else Fraction(0)


@dataclass(frozen=True, slots=True)
class TeamStanding:
    """A team and its place; `rank` None: too small to have one. `mean` is the exact value the rank comes from."""

    rank: int | None
    team: Team
    mean: Fraction


def gather(members: Iterable[tuple[str | None, int, int]], keys: Iterable[str] = ()) -> list[Team]:
    """The teams of members given as (team, points, correct); members without a team belong to none.

    `keys` names teams that are there even while nobody is in them. The order of the members does not matter.
    """
    found: dict[str, list[int]] = {key: [0, 0, 0] for key in keys}
    for key, points, correct in members:
        if key is None:
            continue
        sums = found.setdefault(key, [0, 0, 0])
        sums[0] += 1
        sums[1] += points
        sums[2] += correct
    return [Team(key, *sums) for key, sums in found.items()]


def rank_teams(teams: Iterable[Team], least: int) -> list[TeamStanding]:
    """The teams of at least `least` members, best mean first, ties sharing a rank; then the smaller ones, unranked.

    Within a tie, and among the small, the order of the keys decides, which only makes the list the same everywhere.
    """
    return _ranked((team, team.mean, team.size >= max(least, 1)) for team in teams)


def combine(rounds: Sequence[Sequence[TeamStanding]]) -> list[TeamStanding]:
    """The teams of several rounds, by key: the sum of the means of the rounds in which each had a rank.

    A team that never had one stays unranked. `size` is that of the latest round it was in, points and correct are sums.
    """
    latest: dict[str, Team] = {}
    sums: dict[str, Fraction] = {}
    for standings in rounds:
        for rank, team, mean in ((one.rank, one.team, one.mean) for one in standings):
            before = latest.get(team.key, Team(team.key, 0, 0))
            latest[team.key] = Team(team.key, team.size, before.points + team.points, before.correct + team.correct)
            if rank is not None:
                sums[team.key] = sums.get(team.key, Fraction(0)) + mean
    return _ranked((team, sums.get(key, Fraction(0)), key in sums) for key, team in latest.items())


def _ranked(teams: Iterable[tuple[Team, Fraction, bool]]) -> list[TeamStanding]:
    ordered = sorted(teams, key=lambda one: (not one[2], -one[1], _by_number(one[0].key)))
    standings: list[TeamStanding] = []
    shared, last = 0, None
    for place, (team, mean, large) in enumerate(ordered, start=1):
        if large and mean != last:
            shared, last = place, mean
        standings.append(TeamStanding(shared if large else None, team, mean))
    return standings


def _by_number(key: str) -> tuple[int, str]:
    """Team 2 stands before team 10."""
    return (len(key), key) if key.isascii() and key.isdigit() else (99, key)


def shown(mean: Fraction) -> float:
    """A mean as people read it: rounded half up, exactly, to hundredths."""
    return math.floor(mean * 100 + Fraction(1, 2)) / 100


def deal(sizes: Mapping[str, int], count: int) -> list[str]:
    """Teams for the next `count` people: always the smallest, of equal ones the first in the order of `sizes`.

    The same sizes give the same teams; dealing in two goes gives what dealing in one gives.
    """
    now = dict(sizes)
    dealt: list[str] = []
    for _ in range(count):
        key = min(now, key=lambda one: now[one])
        now[key] += 1
        dealt.append(key)
    return dealt
