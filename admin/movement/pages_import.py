"""Bringing the movement's lists as files: templates, a preview that answers for every row, and then the change.

Never stores anything at the preview: the page itself carries the rows until they are applied.
"""

from asyncio import to_thread
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Request, UploadFile
from starlette.responses import HTMLResponse, Response

from admin.language import language_of
from admin.movement import desk, import_templates
from admin.movement.desk import CanRead, CanWrite
from admin.quiz_editing import LARGE_FIELD
from admin.services import services_of
from contest.catalogue import error_text, text
from contest.errors import NotFound, Refused, TooLarge
from contest.formats.limits import MAX_FILE_BYTES
from contest.provincial.sheet_reading import Line
from contest.statistics import indicators, movement_import, movement_sheet, movement_values
from contest.statistics.movement_import import BLANK, LEFT_OUT, ImportReport, RowReport
from contest.statistics.movement_sheet import Kind
from contest.statistics.target_model import place_of

router = APIRouter(include_in_schema=False)

MOST_SHOWN = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ORDER = (LEFT_OUT, "replaced", "added", "same", BLANK)


@router.get("/movement/import")
async def import_page(request: Request, caller: CanWrite, kind: str = "targets") -> HTMLResponse:
    """Where a file of one of the lists is brought."""
    return await _show(request, _kind(kind))


@router.get("/movement/import/targets/sample.xlsx")
async def sample(request: Request, caller: CanRead) -> Response:
    """The targets of the published plans, ready to be brought."""
    made = await to_thread(import_templates.sample_targets, language_of(request))
    return _workbook(made, text(language_of(request), "movement.template.sample_name"))


@router.get("/movement/import/{kind}/template.xlsx")
async def template(request: Request, caller: CanRead, kind: str) -> Response:
    """The table to fill in, with an example."""
    services, today = desk.services_and_day(request)
    chosen, lang = _kind(kind), language_of(request)
    async with services.db.read() as reader:
        places = await desk.places_of(request, reader)
        used = await indicators.listing(reader)
    made = await to_thread(import_templates.template, chosen, lang, places.units, used, today)
    return _workbook(made, text(lang, f"movement.nav.{chosen}"))


@router.post("/movement/import/{kind}")
async def preview(request: Request, caller: CanWrite, kind: str, file: Annotated[UploadFile, File()]) -> HTMLResponse:
    """Answers for every row of the file; nothing is stored yet."""
    services, today = desk.services_and_day(request)
    chosen = _kind(kind)
    try:
        data = await file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise TooLarge("file_too_large", limit=MAX_FILE_BYTES // 1_000_000)
        lines = await movement_sheet.read(chosen, file.filename or "", data)
        report = await movement_import.preview(services.db, chosen, lines, today=today)
    except Refused as refusal:
        return await _show(request, chosen, refusal=refusal)
    return await _show(request, chosen, report=report, lines=lines)


@router.post("/movement/import/{kind}/apply")
async def apply(request: Request, caller: CanWrite, kind: str) -> HTMLResponse:
    """Judges the rows of the preview again and stores the good ones, or none when all are asked for."""
    services = services_of(request)
    chosen = _kind(kind)
    form = await request.form(max_part_size=LARGE_FIELD)
    try:
        lines = movement_sheet.unpacked(chosen, str(form.get("lines", "")))
        report = await movement_import.apply(
            services.db,
            chosen,
            lines,
            whole=form.get("whole") == "true",
            today=desk.today_of(services),
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
            seen=desk.seen_of(form.get("seen")),
        )
    except Refused as refusal:
        return await _show(request, chosen, refusal=refusal)
    return await _show(request, chosen, report=report, done=True, lines=None if report.saved else lines)


async def _show(
    request: Request,
    kind: Kind,
    *,
    refusal: Refused | None = None,
    report: ImportReport | None = None,
    lines: list[Line] | None = None,
    done: bool = False,
) -> HTMLResponse:
    services, lang = services_of(request), language_of(request)
    rows: list[RowReport] = []
    tell = None
    seen = 0
    if report is not None:
        async with services.db.read() as reader:
            seen = await movement_import.newest(reader, kind)
            places = await desk.places_of(request, reader)
            by_key = {one.key: one for one in await indicators.listing(reader, archived=True)}
        tell = _Teller(request, kind, places, by_key)
        rows = sorted(report.rows, key=lambda row: (_ORDER.index(row.status), row.number))
    return desk.show(
        request,
        "movement_import.html",
        refusal=refusal,
        kind=kind,
        kinds=tuple(Kind),
        columns=[text(lang, f"movement.column.{name}") for name, _ in import_templates.COLUMNS[kind]],
        report=report,
        rows=rows[:MOST_SHOWN],
        more=max(0, len(rows) - MOST_SHOWN),
        tally=[] if report is None else [(status, report.count(status)) for status in _ORDER],
        tell=tell,
        lines=None if lines is None else movement_sheet.packed(lines),
        done=done,
        seen=seen,
    )


class _Teller:
    """Says in words what a row is about."""

    def __init__(self, request: Request, kind: Kind, places: desk.Places, by_key: dict[str, Any]) -> None:
        self._request, self._kind, self._places, self._by_key = request, kind, places, by_key
        self._lang = language_of(request)

    def place(self, row: RowReport) -> str:
        """The place as it was understood, else as it was written."""
        if row.values is None:
            return row.shown
        place = row.values.get("place") or place_of(row.values["commune"])
        return self._places.name(place)

    def what(self, row: RowReport) -> str:
        """The indicator, the population or the village."""
        if row.values is None:
            return ""
        if self._kind is Kind.VILLAGES:
            return str(row.values["name"])
        if self._kind is Kind.DENOMINATORS:
            return text(self._lang, f"population.{row.values['population']}")
        about = self._by_key.get(row.values["indicator"])
        return str(row.values["indicator"] if about is None else about.wording(self._lang))

    def value(self, row: RowReport) -> str:
        """What would stand there, after what stands there now."""
        if row.values is None or self._kind is Kind.VILLAGES:
            return ""
        new = self._value(row.values)
        if row.before is None or row.status != "replaced":
            return new
        old = self._value(row.before._mapping)
        return f"{old} → {new}" if old != new else new

    def reason(self, row: RowReport) -> str:
        """Why a row was left out, or what is worth saying of it."""
        if row.code:
            return error_text(self._lang, row.code, **dict(row.params or {}))
        said = (text(self._lang, f"movement.note.{note.code}", **dict(note.params)) for note in row.notes)
        return "; ".join(said)

    def _value(self, values: Any) -> str:
        if self._kind is Kind.DENOMINATORS:
            return desk.value_text(self._request, None, is_rate=False, value=values["value"])
        about = self._by_key.get(values["indicator"])
        if self._kind is Kind.TARGETS:
            return desk.value_text(self._request, about, is_rate=values["is_rate"], value=values["value"])
        parts = []
        if values["count"] is not None:
            parts.append(desk.value_text(self._request, about, is_rate=False, value=values["count"]))
        if values["rate_bp"] is not None:
            parts.append(movement_values.percent_text(values["rate_bp"]))
        return " · ".join(parts)


def _kind(text_given: str) -> Kind:
    try:
        return Kind(text_given)
    except ValueError:
        raise NotFound("not_found") from None


def _workbook(made: bytes, name: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.xlsx')}",
        "Cache-Control": "no-store",
    }
    return Response(made, media_type=XLSX, headers=headers)
