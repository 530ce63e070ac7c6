"""All cells of a period as a file: what every dashboard shows is in it.

Never lets a text become a formula: the writers see to it.
"""

import asyncio
from typing import Literal

from admin.export_tables import Column, Kind, Table
from admin.movement import report_files
from contest.database import Database
from contest.statistics import cells, dashboard_cells, dashboards
from contest.statistics.dashboard_period import Period
from realtime.entrants.wording import Wording
from realtime.figures import views

_DEFINED = (
    ("place", Kind.TEXT, 12),
    ("place_name", Kind.TEXT, 34),
    ("facet", Kind.TEXT, 30),
    ("facet_name", Kind.TEXT, 44),
    ("facts", Kind.WHOLE, 12),
    ("visits", Kind.WHOLE, 12),
    ("people", Kind.WHOLE, 12),
    ("anonymous", Kind.WHOLE, 12),
)
_turns = asyncio.Semaphore(2)


async def made(
    db: Database, period: str, fmt: Literal["xlsx", "csv"], words: Wording, *, now_ms: int
) -> tuple[str, bytes, int]:
    """The file's name, its bytes, and how many cells. Raises Invalid("period_unknown")."""
    async with _turns:
        async with db.read() as reader:
            known = await dashboards.period_of(reader, period, now_ms)
            lines = [line async for line in dashboard_cells.every(reader, known.cell)]
            names = await dashboard_cells.names(reader)
        body = await asyncio.to_thread(_write, lines, names, known, fmt, words)
    stretch = known.query.replace(":", "-")
    return f"{words.t('dash.cells.file')}-{stretch}.{fmt}", body, len(lines)


def _write(lines: list[dashboard_cells.Line], names: dict[str, str], period: Period, fmt: str, words: Wording) -> bytes:
    columns = tuple(Column(key, words.t(f"dash.cells.{key}"), kind, width) for key, kind, width in _DEFINED)
    communes = views.commune_names()

    def place_name(place: str) -> str:
        if place == cells.PROVINCE:
            return words.t("dash.province")
        if place == cells.NO_COMMUNE:
            return words.t("dash.no_commune")
        return names.get(place) or communes.get(place.removeprefix("c:"), place)

    rows = [
        (place, place_name(place), facet, views.facet_name(words, facet), *counts) for place, facet, counts in lines
    ]
    table = Table("cells", words.t("dash.cells.table"), columns, lambda: rows, fixed=2)
    if fmt == "csv":
        return report_files.csv(table)
    return report_files.workbook(f"{words.t('dash.title')} {period.query}", words.t("report.page"), [table])
