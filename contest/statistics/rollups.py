"""Reading counts: what stands in the cells, from the one table in which they stand.

Never counts; `counting` does. Every function answers within some ms at any size of the ledger.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import String, bindparam, text
from sqlalchemy.dialects import postgresql

from contest.database import Reader
from contest.statistics import cells
from contest.statistics.contributions import Cell, Counts

ZERO = Counts()
_GENERATION = "generation = (SELECT generation FROM rollup_state WHERE id = 1)"
_SELECT = f"SELECT period, place, facet, facts, visits, people, anonymous FROM rollups WHERE {_GENERATION} AND "


class Cells(dict[Cell, Counts]):
    """Counts by cell; what is missing is nothing. Cells may be asked for as plain tuples."""

    def __missing__(self, cell: Cell) -> Counts:
        return ZERO


async def read(reader: Reader, periods: Iterable[str], places: Iterable[str], facets: Iterable[str]) -> Cells:
    """The counts of every combination that is not empty."""
    wanted = [("period", sorted(set(periods))), ("place", sorted(set(places))), ("facet", sorted(set(facets)))]
    return await _cells(reader, " AND ".join(_one_of(reader, name) for name, _ in wanted), dict(wanted))


async def every_facet(reader: Reader, period: str, place: str) -> dict[str, Counts]:
    """Everything that is known of a place in a period, by facet."""
    found = await _cells(reader, "period = :period AND place = :place", {"period": period, "place": place})
    return {cell.facet: counts for cell, counts in found.items()}


async def communes(reader: Reader, period: str, facet: str | None = None) -> Cells:
    """All communes in a period, with one facet or with all: "c:-" among them, for facts that name none."""
    # The names of communes stand together in the key: those that begin with "c:".
    where = "period = :period AND place >= 'c:' AND place < 'c;'"
    given = {"period": period}
    if facet is not None:
        where += " AND facet = :facet"
        given["facet"] = facet
    return await _cells(reader, where, given)


async def villages(reader: Reader, period: str, ids: Iterable[int], facets: Iterable[str]) -> Cells:
    """The villages of a list, each with some facets."""
    return await read(reader, [period], [cells.village(one) for one in ids], facets)


async def days(reader: Reader, days: Sequence[str], place: str, facet: str) -> list[Counts]:
    """A series: one value for each of the days ("2026-09-20"), in their order."""
    periods = [cells.day(one) for one in days]
    found = await read(reader, periods, [place], [facet])
    return [found[Cell(period, place, facet)] for period in periods]


async def counted_until(reader: Reader) -> tuple[int, int]:
    """The last number of the stream that is in the counts, and when that was reckoned; zeros before the first."""
    row = (await reader.execute(text("SELECT seq, updated_at FROM rollup_state WHERE id = 1"))).one_or_none()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def _one_of(reader: Reader, name: str) -> str:
    if reader.dialect.name == "sqlite":
        return f"{name} IN (SELECT value FROM json_each(:{name}))"
    return f"{name} = ANY(:{name})"


async def _cells(reader: Reader, where: str, given: dict[str, Any]) -> Cells:
    statement = text(_SELECT + where)
    if reader.dialect.name == "sqlite":
        given = {name: json.dumps(value) if isinstance(value, list) else value for name, value in given.items()}
    else:
        lists = [name for name, value in given.items() if isinstance(value, list)]
        statement = statement.bindparams(*(_array(name) for name in lists))
    found = Cells()
    for row in await reader.execute(statement, given):
        found[Cell(row[0], row[1], row[2])] = Counts(row[3], row[4], row[5], row[6])
    return found


def _array(name: str) -> Any:
    return bindparam(name, type_=postgresql.ARRAY(String))
