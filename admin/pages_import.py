"""The organiser's pages that read a file: chosen, seen row by row, then stored or not.

Never reads a format itself: that is `contest.formats`.
"""

import csv
import io
import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Request, UploadFile
from starlette.responses import HTMLResponse, Response

from admin.api_quizzes import bank_format
from admin.language import language_of
from admin.quiz_editing import LARGE_FIELD, CanWrite, note, see_other
from admin.quiz_import import read_upload
from admin.services import Services, services_of
from admin.templating import page
from contest import drawing, question_bank
from contest.catalogue import text
from contest.drawing import Wanted
from contest.errors import Invalid, Refused
from contest.formats.report import sentence
from contest.model import Question
from contest.question_bank import QuizSummary
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)


@router.get("/import")
async def import_page(request: Request, caller: CanWrite) -> HTMLResponse:
    """Where a file is chosen."""
    return page(request, "import.html", code=None, params={})


@router.post("/import")
async def import_preview(request: Request, caller: CanWrite, file: Annotated[UploadFile, File()]) -> HTMLResponse:
    """What the file holds, row by row; nothing is stored yet."""
    try:
        report = await read_upload(file)
    except Refused as refusal:
        return page(request, "import.html", status=status_of(refusal), code=refusal.code, params=refusal.params)
    lang = language_of(request)
    known = await _known(services_of(request), [item.question for item in report.questions])
    rows: list[dict[str, Any]] = [
        {
            "row": item.row,
            "status": "imported",
            "text": item.question.stem_vi,
            "type": item.question.type.value,
            "notes": [sentence(lang, remark) for remark in item.notes],
        }
        for item in report.questions
    ] + [
        {"row": one.row, "status": "skipped", "text": one.excerpt, "type": "", "notes": [sentence(lang, one)]}
        for one in report.skipped
    ]
    rows.sort(key=lambda row: row["row"])
    bank = [bank_format(item.question) for item in report.questions]
    return page(
        request,
        "import_report.html",
        report=report,
        known=known,
        rows=rows,
        notes=[sentence(lang, remark) for remark in report.notes],
        bank=json.dumps(bank, ensure_ascii=False),
        table=json.dumps(rows, ensure_ascii=False),
        title=report.title or "",
    )


@router.post("/import/confirm")
async def import_confirm(request: Request, caller: CanWrite) -> Response:
    """Makes the quiz of what the preview showed."""
    services = services_of(request)
    form = await request.form(max_part_size=LARGE_FIELD)
    items = question_bank.parse(_json_list(form.get("questions")))
    if not items:
        raise Invalid("import_nothing")
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        quiz_id = await question_bank.create(
            writer, title=str(form.get("title", "")), items=items, owner_id=caller.account_id, now_ms=now_ms
        )
        await note(writer, caller, "quiz.import", quiz_id, now_ms, {"questions": len(items)})
    return see_other(f"/quizzes/{quiz_id}")


@router.post("/import/report")
async def import_report(request: Request, caller: CanWrite) -> Response:
    """The preview's table as a CSV file, to be mended and kept."""
    form = await request.form(max_part_size=LARGE_FIELD)
    lang = language_of(request)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([text(lang, f"import.column_{name}") for name in ("row", "status", "question", "reason")])
    for row in _json_list(form.get("table")):
        if isinstance(row, dict):
            status = text(lang, "import.imported" if row.get("status") == "imported" else "import.skipped")
            reasons = " ".join(str(remark) for remark in row.get("notes", []))
            writer.writerow([_no_formula(str(cell)) for cell in (row.get("row"), status, row.get("text"), reasons)])
    name = text(lang, "import.report_file")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


async def _known(services: Services, items: list[Question]) -> tuple[QuizSummary, int] | None:
    """The latest quiz that has the first of these questions already, and how many of all it has.

    The same file twice makes two quizzes: that is allowed, but told.
    """
    if not items:
        return None
    async with services.db.read() as reader:
        for quiz in await question_bank.listing(reader, query=items[0].stem_vi, limit=5):
            # The search finds the words anywhere in a quiz; this looks for the questions.
            found = sum(one.present for one in await drawing.find(reader, quiz.id, Wanted(), present=items))
            if found:
                return quiz, found
    return None


def _json_list(value: object) -> list[Any]:
    try:
        content = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, list):
        raise Invalid("request_invalid")
    return content


def _no_formula(cell: str) -> str:
    """A spreadsheet must show the cell, not run it."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠") else cell
