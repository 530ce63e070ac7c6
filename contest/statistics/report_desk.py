"""Reports in SQL: made by the worker when they are due or by somebody who asks, and kept as they were made.

Never changes a report: asked for again, it becomes a further version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from contest import audit, units
from contest.database import Database, Reader
from contest.errors import Conflict, NotFound
from contest.provincial.local_time import local_day
from contest.statistics import (
    campaigns,
    cells,
    counting,
    dashboard_communes,
    dashboard_period,
    dashboards,
    reports,
    rollups,
    standing,
)
from contest.statistics.contributions import Cell, Counts
from contest.statistics.report_tables import report_snapshots
from contest.statistics.reports import Gathered, Held, ReportKind

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Stored:
    """A report by what its list shows."""

    id: int
    kind: ReportKind
    day: str
    version: int
    cut_at: int
    taken_at: int
    made_by: str


async def tend(db: Database, now_ms: int) -> list[Stored]:
    """Makes the reports that are due and not there; any number of processes may call it. Two small queries otherwise.

    A report that was missed altogether is not made up for: its moment is over.
    """
    due = [(kind, reports.latest_due(kind, now_ms)) for kind in ReportKind]
    c = report_snapshots.c
    async with db.read() as reader:
        ours = (c.made_by == audit.SYSTEM, c.day.in_([day for _, day in due]))
        rows = await reader.execute(select(c.kind, c.day).where(*ours))
        known = {(row.kind, row.day) for row in rows}
        waiting = [(kind, day) for kind, day in due if (str(kind), day) not in known]
        # Before anybody took part there is nothing to report.
        if not waiting or not (await rollups.counted_until(reader))[0]:
            return []
    made = []
    for kind, day in waiting:
        one = await make(db, kind, day, actor=audit.SYSTEM, now_ms=now_ms)
        if one is not None:
            made.append(one)
    return made


async def make(db: Database, kind: ReportKind, day: str, *, actor: str, now_ms: int) -> Stored | None:
    """Makes the report of a day from what is counted now, after counting everything recorded until now.

    The worker's own is made once: None when another worker made it. Somebody's is the next version, and may be made
    before the cut, for its day or week is over. Raises Conflict("report_future") for a day to come, and
    Conflict("changed_meanwhile") when two ask at once.
    """
    if day > local_day(now_ms):
        raise Conflict("report_future")
    await counting.run(db, now_ms)
    async with db.read() as reader:
        document = reports.compose(await gather(reader, kind, day, now_ms))
    async with db.write() as writer:
        c = report_snapshots.c
        same = (c.kind == str(kind), c.day == day)
        # One statement: between two of them another worker's report may come in.
        known = (await writer.execute(select(c.version, c.made_by).where(*same))).all()
        if actor == audit.SYSTEM and any(row.made_by == actor for row in known):
            return None
        number = max((row.version for row in known), default=0) + 1
        dialect: Any = postgresql if writer.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(report_snapshots).values(
            kind=str(kind),
            day=day,
            version=number,
            cut_at=document["cut_at"],
            taken_at=now_ms,
            seq=document["seq"],
            document=document,
            sha256=reports.digest(document),
            made_by=actor,
        )
        made = await writer.scalar(statement.on_conflict_do_nothing().returning(c.id))
        if made is None:
            if actor == audit.SYSTEM:
                return None
            raise Conflict("changed_meanwhile")
        await audit.record(
            writer,
            actor=actor,
            action="movement.report.made",
            subject=f"report:{made}",
            now_ms=now_ms,
            detail={"kind": str(kind), "day": day, "version": number},
        )
    return Stored(int(made), kind, day, number, document["cut_at"], now_ms, actor)


async def listing(reader: Reader) -> list[Stored]:
    """The reports, the latest first."""
    c = report_snapshots.c
    query = select(c.id, c.kind, c.day, c.version, c.cut_at, c.taken_at, c.made_by)
    rows = await reader.execute(query.order_by(c.day.desc(), c.kind, c.version.desc()).limit(MOST_LISTED))
    return [_stored(row) for row in rows]


async def load(reader: Reader, report_id: int) -> tuple[Stored, dict[str, Any]]:
    """The report and its document. Raises NotFound("report_unknown")."""
    row = (await reader.execute(select(report_snapshots).where(report_snapshots.c.id == report_id))).one_or_none()
    if row is None:
        raise NotFound("report_unknown")
    return _stored(row), dict(row.document)


async def gather(reader: Reader, kind: ReportKind, day: str, now_ms: int) -> Gathered:
    """Everything the report of a day says, as it is counted now."""
    period = reports.period_of(kind, day)
    campaign = dashboard_period.running(await campaigns.listing(reader), day)
    today = cells.day(local_day(now_ms))
    named = None if campaign is None else cells.campaign(campaign.id)
    sums = await rollups.read(reader, [today, *([named] if named else [])], [cells.PROVINCE], [cells.EVERYTHING])
    standings = await standing.indicators_of(reader, cells.PROVINCE, local_day(now_ms))
    chosen = dashboards.default_indicator(standings)
    names = {str(unit.code): unit.name for unit in units.shipped()}
    ranked = []
    for one in standings:
        if one.indicator.key == chosen:
            ranked = await dashboard_communes.in_every(reader, one.indicator, names, local_day(now_ms))
    seq, _ = await rollups.counted_until(reader)
    return Gathered(
        kind=kind,
        day=day,
        taken_at=now_ms,
        seq=seq,
        period=period,
        facets=await rollups.every_facet(reader, period.cell, cells.PROVINCE),
        facets_ever=await rollups.every_facet(reader, cells.ALL_TIME, cells.PROVINCE),
        campaign=None if campaign is None else dashboard_period.names(dashboard_period.of_campaign(campaign)),
        in_campaign=None if named is None else sums[Cell(named, cells.PROVINCE, cells.EVERYTHING)],
        this_morning=sums[Cell(today, cells.PROVINCE, cells.EVERYTHING)],
        communes=await dashboards.by_commune(reader, period),
        communes_ever=await dashboards.by_commune(reader, dashboard_period.EVER),
        names=names,
        standings=standings,
        ranked=ranked,
        held=await _held(reader, local_day(now_ms)),
    )


async def _held(reader: Reader, today: str) -> list[Held]:
    begun = [one for one in await dashboards.held(reader) if one.first_day <= today]
    places = [cells.festival(one.id) for one in begun]
    counts: Mapping[Cell, Counts] = await rollups.read(reader, [cells.ALL_TIME], places, [cells.EVERYTHING])
    return [
        Held(
            one.title,
            one.commune,
            one.first_day,
            one.last_day,
            counts[Cell(cells.ALL_TIME, cells.festival(one.id), cells.EVERYTHING)],
        )
        for one in begun
    ]


def _stored(row: Any) -> Stored:
    return Stored(row.id, ReportKind(row.kind), row.day, row.version, row.cut_at, row.taken_at, row.made_by)
