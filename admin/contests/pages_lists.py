"""The organiser's page of lists: units, sizes of units, the roster, people who may not win; brought as files.

Never reads a format and never shows a stored phone or identity number: what was imported cannot be listed here.
"""

import csv
import io
import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Request, UploadFile
from sqlalchemy import func, select
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin.caller import Caller
from admin.contests import editing
from admin.contests.editing import CanRead, CanWrite
from admin.export_text import safe
from admin.language import language_of
from admin.params import RowId
from admin.quiz_editing import LARGE_FIELD
from admin.services import Services, services_of
from admin.templating import page
from contest.catalogue import text
from contest.errors import Invalid, NotFound, Refused, TooLarge
from contest.formats.limits import MAX_FILE_BYTES
from contest.ids import ContestId
from contest.provincial import corrections, list_import, people_import
from contest.provincial.contests import ContestRecord
from contest.provincial.import_rows import ADDED, LEFT_OUT, SAME, ImportResult
from contest.provincial.tables import contest_denominators, contest_exclusions, contest_units, entries
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)

KINDS = ("units", "denominators", "roster", "exclusions")
MOST_SHOWN = 500
"""Rows shown at once; the file holds all."""


@router.get("/contests/{contest_id}/lists")
async def lists_page(request: Request, caller: CanRead, contest_id: RowId) -> HTMLResponse:
    """What there is of each list, and where another file is brought."""
    return await _show(request, await editing.contest_of(services_of(request), contest_id))


@router.post("/contests/{contest_id}/lists/{kind}")
async def import_list(
    request: Request,
    caller: CanWrite,
    contest_id: RowId,
    kind: str,
    file: Annotated[UploadFile, File()],
    by: Annotated[str, Form(max_length=8)] = "commune",
    restore_zero: Annotated[bool, Form()] = False,
) -> HTMLResponse:
    """Takes the file in and answers for every row. Codes to print are shown this once."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    try:
        result = await _import(services, caller, contest, kind, file, by=by, restore_zero=restore_zero)
    except Refused as refusal:
        return await _show(request, contest, kind=kind, refusal=refusal)
    return await _show(request, contest, kind=kind, result=result)


@router.post("/contests/{contest_id}/lists/exclusions/clear")
async def clear_exclusions(
    request: Request, caller: CanWrite, contest_id: RowId, sure: Annotated[bool, Form()] = False
) -> Response:
    """Empties the list of people who may not win: what was imported cannot be listed, so it is brought anew, whole."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    if not sure:
        return await _show(request, contest, kind="exclusions", refusal=Invalid("lists_sure"))
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        await list_import.clear_exclusions(writer, ContestId(contest.id), actor=caller.actor, now_ms=now_ms)
    await _send_back(services, contest, "exclusions", caller.actor, now_ms)
    return RedirectResponse(f"/contests/{contest.id}/lists", 303)


@router.post("/contests/{contest_id}/lists/{kind}/file")
async def list_file(request: Request, caller: CanWrite, contest_id: RowId, kind: str) -> Response:
    """The report that the page shows as a CSV file, codes included: the page itself has kept it."""
    form = await request.form(max_part_size=LARGE_FIELD)
    lang = language_of(request)
    try:
        rows = json.loads(str(form.get("table", "")))
        lines = [[str(cell) for cell in row] for row in rows]
    except (ValueError, TypeError):
        raise Invalid("request_invalid") from None
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([text(lang, f"lists.column_{name}") for name in ("row", "name", "status", "reason", "code")])
    writer.writerows([safe(cell) for cell in line] for line in lines)
    name = quote(f"{text(lang, f'lists.{kind}')}.csv")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


async def _import(
    services: Services,
    caller: Caller,
    contest: ContestRecord,
    kind: str,
    file: UploadFile,
    *,
    by: str,
    restore_zero: bool,
) -> ImportResult:
    if kind not in KINDS:
        raise NotFound("not_found")
    data = await file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise TooLarge("file_too_large", limit=MAX_FILE_BYTES // 1_000_000)
    name, contest_id = file.filename or "", ContestId(contest.id)
    actor, now_ms = caller.actor, services.clock.wall_ms()
    if kind == "units":
        return await list_import.import_units(services.db, contest_id, name, data, actor=actor, now_ms=now_ms)
    if kind == "denominators":
        counted_by = "unit" if by == "unit" else "commune"
        told = await list_import.import_denominators(
            services.db, contest_id, counted_by, name, data, actor=actor, now_ms=now_ms
        )
        await _send_back(services, contest, kind, actor, now_ms)
        return told
    box = await editing.box_of(services)
    if kind == "exclusions":
        told = await list_import.import_exclusions(services.db, box, contest_id, name, data, actor=actor, now_ms=now_ms)
        await _send_back(services, contest, kind, actor, now_ms)
        return told
    return await people_import.import_roster(
        services.db, box, contest_id, name, data, actor=actor, now_ms=now_ms, restore_zero=restore_zero
    )


async def _send_back(services: Services, contest: ContestRecord, kind: str, actor: str, now_ms: int) -> None:
    """Results that a list changes are reckoned, verified and published anew."""
    if contest.rules is not None:
        await corrections.send_back_outdated(services.db, contest.id, cause=f"{kind}_list", actor=actor, now_ms=now_ms)


async def _show(
    request: Request,
    contest: ContestRecord,
    *,
    kind: str = "",
    result: ImportResult | None = None,
    refusal: Refused | None = None,
) -> HTMLResponse:
    services, lang = services_of(request), language_of(request)
    rows = [] if result is None else _rows(result, lang)
    collective = contest.draft.get("collective")
    return page(
        request,
        "contest_lists.html",
        status=200 if refusal is None else status_of(refusal),
        headers={"Cache-Control": "no-store"},
        contest=contest,
        kinds=KINDS,
        counts=await _counts(services, contest.id),
        kind=kind,
        result=result,
        tally=[] if result is None else [(status, result.count(status)) for status in (ADDED, SAME, LEFT_OUT)],
        rows=rows[:MOST_SHOWN],
        more=max(0, len(rows) - MOST_SHOWN),
        codes=result is not None and any(row.code_to_print for row in result.rows),
        table=json.dumps(rows, ensure_ascii=False),
        by=collective.get("by", "commune") if isinstance(collective, dict) else "commune",
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )


def _rows(result: ImportResult, lang: str) -> list[list[Any]]:
    """Rows left out first, because something is to be done about them."""
    ordered = sorted(result.rows, key=lambda row: (row.status != LEFT_OUT, row.number))
    return [
        [
            row.number,
            row.name,
            text(lang, f"lists.status_{row.status if result.saved or row.status == LEFT_OUT else 'fine'}"),
            _reason(row.code, row.params, row.suggestion, lang),
            row.code_to_print or "",
        ]
        for row in ordered
    ]


def _reason(code: str, params: Any, suggestion: str | None, lang: str) -> str:
    if not code:
        return ""
    # The entrant's form says it at the field; here the row is all there is.
    said = text(lang, "lists.required" if code == "required" else f"entry.{code}", **params)
    return f"{said} {text(lang, 'lists.suggestion', value=suggestion)}" if suggestion else said


async def _counts(services: Services, contest_id: int) -> dict[str, int]:
    async with services.db.read() as reader:
        newest = (
            select(func.max(contest_denominators.c.version))
            .where(contest_denominators.c.contest_id == contest_id)
            .scalar_subquery()
        )
        wanted = {
            "units": select(func.count()).where(contest_units.c.contest_id == contest_id),
            "denominators": select(func.count()).where(
                contest_denominators.c.contest_id == contest_id, contest_denominators.c.version == newest
            ),
            "roster": select(func.count()).where(entries.c.contest_id == contest_id, entries.c.channel == "roster"),
            "exclusions": select(func.count()).where(contest_exclusions.c.contest_id == contest_id),
        }
        return {kind: int(await reader.scalar(count) or 0) for kind, count in wanted.items()}
