"""Every cell of one period, for those who want all of it: a province's whole table of counts.

Never more than one period at a time.
"""

from collections.abc import AsyncIterator

from sqlalchemy import select

from contest.database import Reader
from contest.festival.tables import festivals
from contest.statistics.contributions import Counts
from contest.statistics.tables import rollup_state, rollups, villages
from contest.teams.tables import teams

Line = tuple[str, str, Counts]
"""Place, facet, counts."""


async def every(reader: Reader, period: str) -> AsyncIterator[Line]:
    """All cells of the period (a cell's name) that are not empty, by place and facet."""
    c = rollups.c
    generation = select(rollup_state.c.generation).where(rollup_state.c.id == 1).scalar_subquery()
    query = (
        select(c.place, c.facet, c.facts, c.visits, c.people, c.anonymous)
        .where(c.generation == generation, c.period == period)
        .order_by(c.place, c.facet)
    )
    for row in (await reader.execute(query)).all():
        yield row[0], row[1], Counts(*row[2:])


async def names(reader: Reader) -> dict[str, str]:
    """What the places other than communes are called."""
    found = {}
    for letter, table, column in (
        ("v", villages, villages.c.name),
        ("f", festivals, festivals.c.title),
        ("t", teams, teams.c.name),
    ):
        for row in await reader.execute(select(table.c.id, column)):
            found[f"{letter}:{row[0]}"] = row[1]
    return found
