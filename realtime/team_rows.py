"""Teams as stage, host and phones are shown them: rows with means, and what one seat hears of its own team.

Never reckons a mean or a rank (`scoring.team_mean`), and never asks SQL: everything comes from the seats at hand.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from contest import units
from contest.closing import Judged
from contest.games import teams
from contest.model import ModeSettings
from contest.rounds import RoundRecord
from contest.seats import SeatRecord
from scoring.team_mean import Team, TeamStanding, gather, rank_teams, shown

TOP, SMALL = 10, 12


class OwnTeam(msgspec.Struct, frozen=True, array_like=True):
    """A team as its members are told of it after a reveal; `of` counts the teams that have a rank."""

    name: str | None
    rank: int | None
    mean: float
    size: int
    of: int


@cache
def _unit_names() -> Mapping[str, str]:
    return {str(unit.code): unit.short_name for unit in units.shipped()}


def unit_name(code: str) -> str | None:
    """A commune's short name."""
    return _unit_names().get(code)


def name_of(settings: ModeSettings, key: str) -> str | None:
    """What a team is called; None for a drawn one, which is told by its number."""
    return teams.team_name(settings, key) or _unit_names().get(key)


def names(settings: ModeSettings) -> dict[str, str | None]:
    """The teams that are there whoever comes, by key."""
    return {key: name_of(settings, key) for key in teams.fixed_teams(settings)}


def stage_rows(
    record: RoundRecord, people: Mapping[int, SeatRecord], answered: Mapping[int, Judged]
) -> list[dict[str, Any]]:
    """The best ten teams and some of those too small to have a rank, each with its gain in the last question."""
    standings = teams.standings(record.settings, people.values())
    gains = {seat: one.points for seat, one in answered.items()}
    members = ((one.team, one.points - gains.get(seat, 0), 0) for seat, one in people.items())
    least = record.settings.min_team_size
    before = {one.team.key: one for one in rank_teams(gather(members, (s.team.key for s in standings)), least)}
    ranked = [one for one in standings if one.rank is not None][:TOP]
    small = [one for one in standings if one.rank is None and one.team.size][:SMALL]
    rows = []
    for one in (*ranked, *small):
        key, earlier = one.team.key, before[one.team.key]
        mean = shown(one.mean)
        rows.append(
            {
                "rank": one.rank,
                "team": key,
                "name": name_of(record.settings, key),
                "size": one.team.size,
                "mean": mean,
                "gain": round(mean - shown(earlier.mean), 2),
                "before": earlier.rank,
            }
        )
    return rows


def own_teams(record: RoundRecord, people: Mapping[int, SeatRecord]) -> dict[str, OwnTeam]:
    """What members hear of their team, by key; nothing in other modes."""
    standings = teams.standings(record.settings, people.values())
    of = sum(1 for one in standings if one.rank is not None)
    return {
        one.team.key: OwnTeam(name_of(record.settings, one.team.key), one.rank, shown(one.mean), one.team.size, of)
        for one in standings
    }


def own(key: str, known: Mapping[str, OwnTeam], names: Mapping[str, str | None]) -> dict[str, Any]:
    """The `team` of a `you` frame; before the first reveal only what the team is called."""
    team = known.get(key)
    if team is None:
        return {"key": key, "name": names.get(key) or _unit_names().get(key)}
    return {"key": key, "name": team.name, "rank": team.rank, "mean": team.mean, "size": team.size, "of": team.of}


def table_row(settings: ModeSettings, one: TeamStanding) -> dict[str, Any]:
    """A row of the full table of teams, for the host's and organisers' eyes."""
    team: Team = one.team
    return {
        "rank": one.rank,
        "team": team.key,
        "name": name_of(settings, team.key),
        "size": team.size,
        "points": team.points,
        "correct": team.correct,
        "mean": shown(one.mean),
    }
