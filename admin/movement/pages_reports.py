"""The reports that were made, as pages and files, and making one more.

Never reckons: a report says what it said when it was made.
"""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin.audit import actor_names
from admin.caller import Caller
from admin.contests.export_files import CSV, PDF, XLSX
from admin.language import language_of
from admin.movement import export_cells, report_files, report_parts
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.services import services_of
from admin.templating import page
from contest import audit
from contest.errors import NotFound, Refused
from contest.statistics import report_desk, reports
from contest.statistics.reports import ReportKind
from realtime.entrants.wording import Wording
from realtime.figures import svg
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)

CanRead = Annotated[Caller, requires(Permission.MOVEMENT_READ)]
Lang = Annotated[Literal["vi", "en"] | None, Query()]


@router.get("/movement/reports")
async def reports_page(request: Request, caller: CanRead, made: str = "") -> HTMLResponse:
    """The list, the latest first."""
    return await _list(request, made=made == "1")


@router.post("/movement/reports")
async def make_report(request: Request, caller: CanRead, kind: Annotated[ReportKind, Form()]) -> Response:
    """One more version of the report of yesterday or of last week, with the numbers of now."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    try:
        made = await report_desk.make(
            services.db, kind, reports.asked_for(kind, now_ms), actor=caller.actor, now_ms=now_ms
        )
    except Refused as refusal:
        return await _list(request, refusal=refusal)
    assert made is not None
    return RedirectResponse(f"/movement/reports/{made.id}", 303)


# Before the page: a number with an ending is no number.
@router.get("/movement/reports/{report_id}.{fmt}")
async def report_file(
    request: Request,
    caller: CanRead,
    report_id: RowId,
    fmt: Literal["xlsx", "csv", "pdf"],
    part: Annotated[str, Query(max_length=16)] = "communes",
    lang: Lang = None,
) -> Response:
    """The report as a workbook, one of its tables as CSV, or the printed form. Raises NotFound("report_unknown" |
    "not_found")."""
    services = services_of(request)
    words = Wording(lang or language_of(request))
    async with services.db.read() as reader:
        stored, document = await report_desk.load(reader, report_id)
    name = f"{words.t('report.file')}-{stored.day}-{stored.kind}-v{stored.version}"
    if fmt == "xlsx":
        body = await asyncio.to_thread(report_files.xlsx, words, document, stored.version)
    elif fmt == "pdf":
        body = await asyncio.to_thread(report_files.pdf, words, document, stored.version)
    else:
        wanted = {one.key: one for one in report_parts.parts(words, document)}.get(part)
        if wanted is None:
            raise NotFound("not_found")
        name += f"-{part}"
        body = await asyncio.to_thread(report_files.csv, wanted.table)
    return _file(f"{name}.{fmt}", body)


@router.get("/movement/reports/{report_id}")
async def report_page(request: Request, caller: CanRead, report_id: RowId) -> HTMLResponse:
    """One report. Raises NotFound("report_unknown")."""
    services = services_of(request)
    words = Wording(language_of(request))
    async with services.db.read() as reader:
        stored, document = await report_desk.load(reader, report_id)
    found = report_parts.parts(words, document)
    return page(
        request,
        "movement_report.html",
        stored=stored,
        w=words,
        title=report_files.title(words, document),
        made=report_files.made_when(words, document, stored.version),
        sentences=report_parts.summary(words, document),
        parts=[
            (
                one,
                svg.table(
                    one.title,
                    [(column.heading, column.kind.name in ("WHOLE", "SHARE")) for column in one.columns],
                    report_parts.cells_of(words, one),
                ),
            )
            for one in found
        ],
    )


@router.get("/movement/export.{fmt}", response_class=Response, include_in_schema=True, tags=["movement"])
async def export(
    request: Request,
    caller: CanRead,
    fmt: Literal["xlsx", "csv"],
    period: Annotated[str, Query(max_length=32)] = "all",
) -> Response:
    """Every cell of a period as a file; `period` as in GET /api/movement/summary."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    name, body, count = await export_cells.made(services.db, period, fmt, Wording(language_of(request)), now_ms=now_ms)
    async with services.db.write() as writer:
        await audit.record(
            writer,
            actor=caller.actor,
            action="movement.exported",
            subject="movement",
            now_ms=now_ms,
            detail={"period": period, "format": fmt, "cells": count},
        )
    return _file(name, body)


def _file(name: str, body: bytes) -> Response:
    kind = {"xlsx": XLSX, "csv": CSV, "pdf": PDF}[name.rpartition(".")[2]]
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, headers=headers, media_type=kind)


async def _list(request: Request, *, made: bool = False, refusal: Refused | None = None) -> HTMLResponse:
    services = services_of(request)
    words = Wording(language_of(request))
    async with services.db.read() as reader:
        found = await report_desk.listing(reader)
        names = await actor_names(reader)
    return page(
        request,
        "movement_reports.html",
        status=200 if refusal is None else status_of(refusal),
        refusal=refusal,
        made=made,
        w=words,
        names=names,
        found=[(one, _about(words, one.kind, one.day)) for one in found],
    )


def _about(words: Wording, kind: ReportKind, day: str) -> str:
    period = reports.period_of(kind, day)
    first, last = period.first_day or day, period.last_day or day
    if kind is ReportKind.DAILY:
        return words.t("report.day", day=words.day(first))
    return words.t("report.week", first=words.day(first), last=words.day(last))
