"""Bringing targets, denominators, reported figures and villages as a file: every row is answered for.

First a preview that writes nothing, then the same rows are judged again and stored in one transaction. A repeat of the
same file changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select

from contest import audit, units
from contest.database import Database, Reader, Writer
from contest.errors import Invalid
from contest.provincial.sheet_reading import Line
from contest.statistics import (
    denominators,
    external_figures,
    indicators,
    movement_rows,
    targets,
    versioned,
    villages,
)
from contest.statistics.movement_rows import Context, Row
from contest.statistics.movement_sheet import Kind
from contest.statistics.movement_values import Note
from contest.statistics.tables import denominators as denominators_table
from contest.statistics.tables import external_figures as figures_table
from contest.statistics.tables import movement_targets
from contest.statistics.versioned import Put

LEFT_OUT, BLANK = "left_out", "blank"
TABLES = {
    Kind.TARGETS: (movement_targets, targets.KEY),
    Kind.DENOMINATORS: (denominators_table, denominators.KEY),
    Kind.FIGURES: (figures_table, external_figures.KEY),
}


@dataclass(frozen=True, slots=True)
class RowReport:
    """What becomes of one row. `status`: added, replaced, same, left_out (why: `error.<code>`) or blank.

    `values` are those understood, `before` the row in force that they replace; `shown` is the place as it was written.
    """

    number: int
    status: str
    shown: str
    values: Mapping[str, Any] | None = None
    before: Any = None
    code: str = ""
    params: Mapping[str, Any] | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """All rows of a file. `saved` is True when the good ones are stored."""

    kind: Kind
    rows: tuple[RowReport, ...]
    saved: bool = False

    def count(self, status: str) -> int:
        """How many rows ended so."""
        return sum(row.status == status for row in self.rows)

    @property
    def changes(self) -> int:
        """How many values applying would write."""
        return self.count(Put.ADDED) + self.count(Put.REPLACED)


async def newest(reader: Reader, kind: Kind) -> int:
    """The last value entered in a list: what a page knows of when it is shown; `seen` of `apply`."""
    if kind is Kind.VILLAGES:
        return 0
    return int(await reader.scalar(select(func.max(TABLES[kind][0].c.id))) or 0)


async def preview(db: Database, kind: Kind, lines: Sequence[Line], *, today: str) -> ImportReport:
    """What `apply` would do now. Writes nothing."""
    async with db.read() as reader:
        return await _judge(reader, kind, lines, today)


async def apply(
    db: Database,
    kind: Kind,
    lines: Sequence[Line],
    *,
    whole: bool,
    today: str,
    actor: str,
    now_ms: int,
    act: str = "import",
    seen: int | None = None,
) -> ImportReport:
    """Stores the good rows, or none when `whole` is asked for and a single one is bad. `act` is what the audit says:
    a form of a page is a table of few rows. A value that came after `seen` is not replaced: who asks has not seen it.
    """
    async with db.write() as writer:
        report = await _judge(Reader(writer), kind, lines, today, seen)
        if not report.changes or (whole and report.count(LEFT_OUT)):
            return report
        await _store(writer, report, actor, now_ms)
        detail = {status: report.count(status) for status in (Put.ADDED, Put.REPLACED, Put.SAME, LEFT_OUT)}
        await audit.record(
            writer, actor=actor, action=f"movement.{kind}.{act}", subject=str(kind), now_ms=now_ms, detail=detail
        )
    return replace(report, saved=True)


async def _judge(
    reader: Reader, kind: Kind, lines: Sequence[Line], today: str, seen: int | None = None
) -> ImportReport:
    known = Context(units=await units.all_units(reader), indicators=await indicators.listing(reader), today=today)
    told: list[RowReport] = []
    good: list[tuple[Line, Row]] = []
    first: dict[tuple[Any, ...], int] = {}
    for line in lines:
        shown = line.get("place")[:80]
        try:
            row = movement_rows.READERS[kind](line, known)
            if row is None:
                told.append(RowReport(line.number, BLANK, shown))
                continue
            if (earlier := first.setdefault(row.key, line.number)) != line.number:
                raise Invalid("row_repeats", row=earlier)
        except Invalid as wrong:
            told.append(RowReport(line.number, LEFT_OUT, shown, code=wrong.code, params=wrong.params))
            continue
        good.append((line, row))
    if kind is Kind.VILLAGES:
        told += await _against_villages(reader, good)
    else:
        told += await _against_stored(reader, kind, good, seen)
    return ImportReport(kind, tuple(sorted(told, key=lambda row: row.number)))


async def _against_stored(
    reader: Reader, kind: Kind, good: Sequence[tuple[Line, Row]], seen: int | None
) -> list[RowReport]:
    rows = [row.values for _, row in good]
    hits = await external_figures.overlaps(reader, rows) if kind is Kind.FIGURES else [False] * len(rows)
    told: list[RowReport] = []
    kept: list[tuple[Line, Row]] = []
    for (line, row), hit in zip(good, hits, strict=True):
        if hit:
            told.append(RowReport(line.number, LEFT_OUT, line.get("place")[:80], code="figure_overlaps", params={}))
        else:
            kept.append((line, row))
    table, key = TABLES[kind]
    compared = await versioned.compare(reader, table, key, [row.values for _, row in kept])
    for (line, row), (what, before) in zip(kept, compared, strict=True):
        shown = line.get("place")[:80]
        if what is Put.REPLACED and seen is not None and before.id > seen:
            told.append(RowReport(line.number, LEFT_OUT, shown, code="value_changed", params={}))
            continue
        told.append(RowReport(line.number, str(what), shown, row.values, before, notes=row.notes))
    return told


async def _against_villages(reader: Reader, good: Sequence[tuple[Line, Row]]) -> list[RowReport]:
    known = {
        (one.commune, one.fold): one
        for one in await villages.listing(reader, {row.values["commune"] for _, row in good}, archived=True)
    }
    sizes: dict[str, int] = {}
    for commune, _ in known:
        sizes[commune] = sizes.get(commune, 0) + 1
    told: list[RowReport] = []
    for line, row in good:
        shown, commune = line.get("place")[:80], row.values["commune"]
        old = known.get((commune, row.values["fold"]))
        status = Put.ADDED if old is None else Put.SAME if old.archived_at is None else Put.REPLACED
        if old is None:
            sizes[commune] = sizes.get(commune, 0) + 1
            if sizes[commune] > villages.MAX_OF_COMMUNE:
                params = {"limit": villages.MAX_OF_COMMUNE}
                told.append(RowReport(line.number, LEFT_OUT, shown, code="villages_many", params=params))
                continue
        told.append(RowReport(line.number, str(status), shown, row.values, notes=row.notes))
    return told


async def _store(writer: Writer, report: ImportReport, actor: str, now_ms: int) -> None:
    rows = [row.values for row in report.rows if row.status in (Put.ADDED, Put.REPLACED) and row.values is not None]
    if report.kind is Kind.VILLAGES:
        await villages.add_many(writer, [(row["commune"], row["name"]) for row in rows], actor=actor, now_ms=now_ms)
        return
    table, key = TABLES[report.kind]
    await versioned.put(writer, table, key, rows, actor=actor, now_ms=now_ms)
