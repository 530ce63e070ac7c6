"""The standings over all rounds of a hall: by seat number, which is one person in all of them.

A seat has the sum of what it earned in each round; what it carried from one round into the next is not counted again.
Whoever was thrown out of a round is in none after it, and so not in here. Never writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from contest.database import Reader
from contest.errors import NotFound
from contest.games import teams
from contest.ids import RoundId
from contest.model import Mode, TeamSource
from contest.phases import Phase
from contest.rounds import RoundRecord, load
from contest.seats import SeatRecord, of_round
from contest.tables import halls, rounds, seats
from scoring.standings import Standing, Total, rank
from scoring.team_mean import Team, TeamStanding, combine


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall and its rounds, the first one first."""

    id: int
    title: str
    created_by: str
    created_at: int
    rounds: tuple[RoundRecord, ...]

    @property
    def played(self) -> tuple[RoundRecord, ...]:
        """Those that count: in which something was asked, or is about to be."""
        return tuple(one for one in self.rounds if one.state.phase is not Phase.CANCELLED)


@dataclass(frozen=True, slots=True)
class Overall:
    """`people` are the seats of the newest round; `teams` are keyed by what they are called, or by commune code."""

    hall: Hall
    people: dict[int, SeatRecord]
    standings: list[Standing]
    teams: list[TeamStanding]


async def hall_of(reader: Reader, hall_id: int) -> Hall:
    """The hall, or NotFound("hall_unknown")."""
    row = (await reader.execute(select(halls).where(halls.c.id == hall_id))).one_or_none()
    if row is None:
        raise NotFound("hall_unknown")
    ids = await reader.scalars(select(rounds.c.id).where(rounds.c.hall_id == hall_id).order_by(rounds.c.id))
    records = [await load(reader, RoundId(number)) for number in ids]
    return Hall(row.id, row.title, row.created_by, row.created_at, tuple(records))


async def earned(reader: Reader, round_ids: Sequence[int]) -> dict[int, Total]:
    """What each seat number earned in these rounds together, by one query."""
    c = seats.c
    query = (
        select(
            c.seat,
            func.sum(c.points - c.base_points),
            func.sum(c.correct - c.base_correct),
            func.sum(c.time_ms - c.base_time_ms),
        )
        .where(c.round_id.in_(list(round_ids)))
        .group_by(c.seat)
    )
    return {row[0]: Total(row[0], int(row[1]), int(row[2]), int(row[3])) for row in await reader.execute(query)}


async def overall(reader: Reader, hall_id: int) -> Overall:
    """Everything the combined standings say. Raises NotFound("hall_unknown")."""
    hall = await hall_of(reader, hall_id)
    latest = hall.rounds[-1]
    people = {int(seat.seat): seat for seat in await of_round(reader, latest.id) if not seat.kicked}
    totals = await earned(reader, [one.id for one in hall.played])
    standings = rank(totals.get(seat, Total(seat, 0, 0, 0)) for seat in people)
    by_team: list[list[TeamStanding]] = []
    for one in hall.played:
        if one.settings.mode is Mode.TEAMS:
            members = [seat for seat in await of_round(reader, one.id) if not seat.kicked]
            by_team.append([_named(one, standing) for standing in teams.own_points(one.settings, members)])
    return Overall(hall, people, standings, combine(by_team))


def _named(record: RoundRecord, one: TeamStanding) -> TeamStanding:
    """A team of a list under its name: its number may be another in the next round's list."""
    if record.settings.team_source is not TeamSource.LIST:
        return one
    name = teams.team_name(record.settings, one.team.key) or one.team.key
    return TeamStanding(one.rank, Team(name, one.team.size, one.team.points, one.team.correct), one.mean)
