"""The standings over all rounds of a hall as stage and phones are shown them. Never reckons them (`contest.games`)."""

from typing import Any

import msgspec

from contest.database import Database, Reader
from contest.games.overall import overall
from contest.ids import RoundId
from contest.rounds import RoundRecord, load
from realtime import team_rows
from scoring.team_mean import TeamStanding, shown

TOP = 10


class OwnOverall(msgspec.Struct, frozen=True):
    """One seat's place over all rounds of its hall."""

    rank: int
    points: int
    of: int


async def stage_view(reader: Reader, record: RoundRecord) -> dict[str, Any] | None:
    """What the stage shows while the host wants it; None otherwise, and in a hall with one round only."""
    if not record.state.overall or record.hall_id is None:
        return None
    found = await overall(reader, record.hall_id)
    top = [
        {
            "rank": one.rank,
            "seat": one.total.seat,
            "name": found.people[one.total.seat].shown_name,
            "unit": found.people[one.total.seat].unit,
            "points": one.total.points,
            "correct": one.total.correct,
            "time_ms": one.total.time_ms,
            "gain": 0,
            "before": None,
        }
        for one in found.standings[:TOP]
    ]
    ranked = [team_row(one) for one in found.teams if one.rank is not None]
    return {"rounds": len(found.hall.played), "people": len(found.people), "top": top, "teams": ranked[:TOP]}


def team_row(one: TeamStanding) -> dict[str, Any]:
    """A team of several rounds: a commune or one of a list by what it is called, a drawn one by its number."""
    key = one.team.key
    name = team_rows.unit_name(key) or (None if key.isdigit() else key)
    mean = shown(one.mean)
    return {
        "rank": one.rank,
        "team": key[:24],
        "name": name,
        "size": one.team.size,
        "mean": mean,
        "gain": 0,
        "before": None,
    }


async def places(db: Database, round_id: RoundId) -> dict[int, OwnOverall]:
    """Everybody's place over all rounds of the hall of this round; nothing where there is no hall."""
    async with db.read() as reader:
        record = await load(reader, round_id)
        if record.hall_id is None:
            return {}
        found = await overall(reader, record.hall_id)
    of = len(found.standings)
    return {one.total.seat: OwnOverall(one.rank, one.total.points, of) for one in found.standings}
