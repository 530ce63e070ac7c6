"""What the admin side shows of halls and of teams: combined standings, tables of teams, who may see them.

Never changes anything: a hall goes on through the round runner.
"""

from typing import Any

from sqlalchemy import func, select

from admin.caller import Caller
from admin.permissions import Permission, allows
from contest.database import Reader
from contest.errors import NotFound
from contest.games import overall, teams
from contest.games.overall import Hall, Overall
from contest.rounds import RoundRecord
from contest.seats import of_round
from contest.tables import seats
from realtime import hall_rows, team_rows


async def visible_hall(reader: Reader, caller: Caller, hall_id: int) -> Hall:
    """The hall, when one of its rounds is the caller's or they may see all. Raises NotFound("hall_unknown") if not."""
    hall = await overall.hall_of(reader, hall_id)
    mine = caller.actor in {hall.created_by, *(one.created_by for one in hall.rounds)}
    if not mine and not allows(caller.role, Permission.ROUNDS_ALL):
        raise NotFound("hall_unknown")
    return hall


async def count_seated(reader: Reader, record: RoundRecord) -> int:
    """How many people the next round would have: those who were not thrown out."""
    query = select(func.count()).where(seats.c.round_id == record.id, ~seats.c.kicked)
    return int((await reader.execute(query)).scalar_one())


def standing_rows(found: Overall, limit: int) -> list[dict[str, Any]]:
    """The ranked list over all rounds; real names."""
    rows = []
    for one in found.standings[:limit]:
        person = found.people[one.total.seat]
        rows.append(
            {
                "rank": one.rank,
                "seat": one.total.seat,
                "name": person.name,
                "unit": person.unit,
                "points": one.total.points,
                "correct": one.total.correct,
                "time_ms": one.total.time_ms,
            }
        )
    return rows


def hall_team_rows(found: Overall) -> list[dict[str, Any]]:
    """The teams over all rounds played in teams; nothing when there was none."""
    rows = []
    for one in found.teams:
        shown = hall_rows.team_row(one)
        rows.append(
            {
                "rank": one.rank,
                "team": one.team.key,
                "name": shown["name"],
                "size": one.team.size,
                "points": one.team.points,
                "correct": one.team.correct,
                "mean": shown["mean"],
            }
        )
    return rows


async def round_team_rows(reader: Reader, record: RoundRecord) -> list[dict[str, Any]]:
    """The teams of one round, the unranked last; nothing in other modes."""
    in_play = [seat for seat in await of_round(reader, record.id) if not seat.kicked]
    return [team_rows.table_row(record.settings, one) for one in teams.standings(record.settings, in_play)]
