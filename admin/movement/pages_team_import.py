"""The organiser's page that takes lists of teams and members in, and the empty list to fill in.

Never reads a format and never shows a stored phone number.
"""

import asyncio
import csv
import io
import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import HTMLResponse, Response

from admin.contests import editing
from admin.contests.export_files import XLSX
from admin.export_tables import Column, Kind, Table
from admin.export_text import safe
from admin.language import language_of
from admin.movement import team_views
from admin.movement.desk import CanWrite
from admin.quiz_editing import LARGE_FIELD
from admin.services import services_of
from contest.catalogue import text
from contest.errors import Invalid, Refused, TooLarge
from contest.formats.limits import MAX_FILE_BYTES
from contest.provincial.import_rows import ADDED, LEFT_OUT, SAME, ImportResult, RowResult
from contest.teams.team_import import CHANGED, import_teams
from contest.teams.team_rows import COLUMNS

router = APIRouter(include_in_schema=False)

MOST_SHOWN = 500
_WIDTHS = {"commune": 26, "team": 34, "kind": 16, "villages": 34, "full_name": 28, "phone": 16, "role": 14}


@router.get("/teams/import")
async def import_page(request: Request, caller: CanWrite) -> HTMLResponse:
    """Where a file is brought."""
    return _show(request)


@router.post("/teams/import")
async def take_in(
    request: Request,
    caller: CanWrite,
    file: Annotated[UploadFile, File()],
    restore_zero: Annotated[bool, Form()] = False,
    make_villages: Annotated[bool, Form()] = False,
) -> HTMLResponse:
    """Takes the file in and answers for every row."""
    services = services_of(request)
    try:
        data = await file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise TooLarge("file_too_large", limit=MAX_FILE_BYTES // 1_000_000)
        box = await editing.box_of(services)
        result = await import_teams(
            services.db, box, file.filename or "", data, actor=caller.actor, now_ms=services.clock.wall_ms(),
            restore_zero=restore_zero, make_villages=make_villages,
        )  # fmt: skip
    except Refused as refusal:
        return _show(request, refusal=refusal)
    return _show(request, result=result)


@router.get("/teams/import/template.xlsx")
async def template(request: Request, caller: CanWrite) -> Response:
    """The list's headings with two rows to show how it is meant."""
    lang = language_of(request)
    data = await asyncio.to_thread(_template, lang)
    name = quote(f"{text(lang, 'teams.template.file')}.xlsx")
    return Response(data, media_type=XLSX, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"})


@router.post("/teams/import/report")
async def report_file(request: Request, caller: CanWrite) -> Response:
    """The report that the page shows as a CSV file: the page itself has kept it."""
    form = await request.form(max_part_size=LARGE_FIELD)
    lang = language_of(request)
    try:
        lines = [[str(cell) for cell in row] for row in json.loads(str(form.get("table", "")))]
    except (ValueError, TypeError):
        raise Invalid("request_invalid") from None
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([text(lang, f"lists.column_{name}") for name in ("row", "name", "status", "reason")])
    writer.writerows([safe(cell) for cell in line] for line in lines)
    name = quote(f"{text(lang, 'teams.import.report_file')}.csv")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _template(lang: str) -> bytes:
    columns = tuple(Column(key, text(lang, f"teams.heading.{key}"), Kind.TEXT, _WIDTHS[key]) for key in COLUMNS)
    rows = [tuple(text(lang, f"teams.example{n}.{key}") for key in COLUMNS) for n in (1, 2)]
    title = text(lang, "teams.template.file")
    return team_views.workbook(title, text(lang, "exports.page"), Table("teams", title, columns, lambda: rows))


def _show(request: Request, *, result: ImportResult | None = None, refusal: Refused | None = None) -> HTMLResponse:
    lang = language_of(request)
    rows = [] if result is None else _rows(result, lang)
    return team_views.show(
        request, "team_import.html", refusal=refusal, result=result, rows=rows[:MOST_SHOWN],
        more=max(0, len(rows) - MOST_SHOWN), table=json.dumps(rows, ensure_ascii=False),
        tally=[] if result is None else [(one, result.count(one)) for one in (ADDED, CHANGED, SAME, LEFT_OUT)],
    )  # fmt: skip


def _rows(result: ImportResult, lang: str) -> list[list[Any]]:
    """Rows left out first, because something is to be done about them."""
    words = {status: text(lang, f"teams.status_{status}") for status in (ADDED, CHANGED, SAME, LEFT_OUT)}
    ordered = sorted(result.rows, key=lambda row: (row.status != LEFT_OUT, row.number))
    return [[row.number, row.name, words[row.status], _reason(row, lang)] for row in ordered]


def _reason(row: RowResult, lang: str) -> str:
    if not row.code:
        return ""
    said = text(lang, f"entry.{row.code}", **row.params)
    return f"{said} {text(lang, 'lists.suggestion', value=row.suggestion)}" if row.suggestion else said
