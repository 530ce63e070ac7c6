"""The organiser's pages of quizzes: found, edited, previewed, imported, taken away.

Every change is a plain form that works without JavaScript; htmx only makes it smoother.
"""

import csv
import io
import json
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin import forms, previews
from admin.api_quizzes import bank_format
from admin.caller import Caller
from admin.language import language_of
from admin.params import MOST, RowId
from admin.permissions import Permission, requires
from admin.quiz_import import read_upload
from admin.services import Services, services_of
from admin.templating import is_htmx, page
from contest import question_bank
from contest.audit import record
from contest.catalogue import text
from contest.database import Writer
from contest.errors import Invalid, NotFound, Refused
from contest.formats.exporting import export_json, export_xlsx
from contest.formats.report import sentence
from contest.ids import QuizId
from contest.model import Question
from contest.question_bank import QuestionId, Quiz
from realtime.problems import status_of
from scoring.answer_key import QuestionType

router = APIRouter(include_in_schema=False)

CanRead = Annotated[Caller, requires(Permission.QUIZZES_READ)]
CanWrite = Annotated[Caller, requires(Permission.QUIZZES_WRITE)]
Field = Annotated[str, Form(max_length=400)]

_LARGE_FIELD = 6 * 1024 * 1024


@router.get("/quizzes")
async def quizzes_page(
    request: Request, caller: CanRead, q: str = "", archived: bool = False, kind: str = ""
) -> HTMLResponse:
    """The list, searched without diacritics; what is searched for is in the address."""
    banks = {"bank": True, "quiz": False}.get(kind)
    async with services_of(request).db.read() as reader:
        found = await question_bank.listing(reader, query=q, archived=archived, banks=banks)
    template = "_quiz_rows.html" if is_htmx(request) else "quizzes.html"
    return page(request, template, quizzes=found, q=q, archived=archived, kind=kind)


@router.post("/quizzes")
async def create_quiz(request: Request, caller: CanWrite, title: Field = "") -> Response:
    """An empty quiz, opened in the editor."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        quiz_id = await question_bank.create(writer, title=title, items=(), owner_id=caller.account_id, now_ms=now_ms)
        await _note(writer, caller, "quiz.create", quiz_id, now_ms)
    return _to(f"/quizzes/{quiz_id}")


@router.get("/quizzes/{quiz_id}")
async def quiz_page(request: Request, caller: CanRead, quiz_id: RowId) -> HTMLResponse:
    """The quiz with its questions in order."""
    quiz = await _quiz(services_of(request), quiz_id)
    return page(request, "quiz.html", quiz=quiz, types=list(QuestionType), undo=None)


@router.post("/quizzes/{quiz_id}/title")
async def rename_quiz(request: Request, caller: CanWrite, quiz_id: RowId, title: Field = "") -> Response:
    """Saves the title as it is typed."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    try:
        async with services.db.write() as writer:
            await question_bank.rename(writer, QuizId(quiz_id), title, now_ms=now_ms)
            await _note(writer, caller, "quiz.rename", quiz_id, now_ms)
    except Invalid as refusal:
        if not is_htmx(request):
            raise
        return page(request, "_save_state.html", state="invalid", code=refusal.code, params=refusal.params, tag=None)
    if is_htmx(request):
        return page(request, "_save_state.html", state="saved", code=None, params={}, tag=None)
    return _to(f"/quizzes/{quiz_id}")


@router.post("/quizzes/{quiz_id}/duplicate")
async def duplicate_quiz(request: Request, caller: CanWrite, quiz_id: RowId) -> Response:
    """A copy to change freely."""
    services = services_of(request)
    quiz = await _quiz(services, quiz_id)
    now_ms = services.clock.wall_ms()
    title = text(language_of(request), "quiz.copy_title", title=quiz.summary.title)
    async with services.db.write() as writer:
        copy = await question_bank.duplicate(
            writer,
            quiz.summary.id,
            title=title[: question_bank.MAX_TITLE],
            owner_id=caller.account_id,
            now_ms=now_ms,
        )
        await _note(writer, caller, "quiz.duplicate", copy, now_ms, {"from": quiz_id})
    return _to(f"/quizzes/{copy}")


@router.post("/quizzes/{quiz_id}/archive")
async def archive_quiz(
    request: Request, caller: CanWrite, quiz_id: RowId, restore: Annotated[bool, Form()] = False
) -> Response:
    """Out of the list, or back into it."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        change = question_bank.restore if restore else question_bank.archive
        await change(writer, QuizId(quiz_id), now_ms=now_ms)
        await _note(writer, caller, "quiz.restore" if restore else "quiz.archive", quiz_id, now_ms)
    return _to("/quizzes" if not restore else f"/quizzes/{quiz_id}")


# Questions


@router.get("/quizzes/{quiz_id}/questions/new")
async def new_question_page(
    request: Request, caller: CanWrite, quiz_id: RowId, type: QuestionType = QuestionType.SINGLE
) -> HTMLResponse:
    """An empty form; the first save makes the question."""
    quiz = await _quiz(services_of(request), quiz_id)
    return _question_form(request, quiz, None, forms.empty_fields(type))


@router.post("/quizzes/{quiz_id}/questions")
async def create_question(request: Request, caller: CanWrite, quiz_id: RowId) -> Response:
    """Adds a question at the end."""
    services = services_of(request)
    quiz = await _quiz(services, quiz_id)
    question, fields, problems = forms.read(await request.form())
    if question is None:
        return _question_form(request, quiz, None, fields, problems=problems)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        stored = await question_bank.add_question(writer, quiz.summary.id, question, now_ms=now_ms)
        await _note(writer, caller, "quiz.question.add", quiz_id, now_ms, {"position": stored.position})
    return _to(f"/quizzes/{quiz_id}/questions/{stored.id}?saved=1")


@router.post("/quizzes/{quiz_id}/questions/restore")
async def restore_question(request: Request, caller: CanWrite, quiz_id: RowId) -> Response:
    """Puts back a question that was just deleted: the page itself has kept it."""
    services = services_of(request)
    form = await request.form(max_part_size=_LARGE_FIELD)
    try:
        question = Question.model_validate_json(str(form.get("body", "")))
        position = int(str(form.get("position", "")))
    except ValueError:
        raise Invalid("request_invalid") from None
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        await question_bank.add_question(writer, QuizId(quiz_id), question, position=position, now_ms=now_ms)
        await _note(writer, caller, "quiz.question.restore", quiz_id, now_ms, {"position": position})
    return await _questions_again(request, quiz_id)


@router.get("/quizzes/{quiz_id}/questions/{question_id}")
async def question_page(
    request: Request, caller: CanWrite, quiz_id: RowId, question_id: RowId, saved: bool = False
) -> HTMLResponse:
    """The form of one question."""
    quiz = await _quiz(services_of(request), quiz_id)
    stored = _stored(quiz, question_id)
    return _question_form(request, quiz, stored, forms.fields_of(stored.question), saved=saved)


@router.post("/quizzes/{quiz_id}/questions/{question_id}")
async def save_question(request: Request, caller: CanWrite, quiz_id: RowId, question_id: RowId) -> Response:
    """Saves the form; htmx gets the mark that says so, or says why not."""
    services = services_of(request)
    quiz = await _quiz(services, quiz_id)
    stored = _stored(quiz, question_id)
    form = await request.form()
    question, fields, problems = forms.read(form, stored.question)
    if question is None:
        if is_htmx(request):
            return page(request, "_save_state.html", state="problems", problems=problems, tag=None)
        return _question_form(request, quiz, stored, fields, problems=problems)
    now_ms = services.clock.wall_ms()
    try:
        async with services.db.write() as writer:
            saved = await question_bank.edit_question(
                writer, quiz.summary.id, stored.id, question, tag=str(form.get("tag", "")), now_ms=now_ms
            )
            if saved.tag != stored.tag:
                await _note(writer, caller, "quiz.question.save", quiz_id, now_ms, {"position": saved.position})
    except Refused as refusal:
        if is_htmx(request):
            return page(request, "_save_state.html", state="stale", code=refusal.code, params=refusal.params, tag=None)
        raise
    if is_htmx(request):
        return page(request, "_save_state.html", state="saved", code=None, params={}, tag=saved.tag)
    return _to(f"/quizzes/{quiz_id}/questions/{question_id}?saved=1")


@router.post("/quizzes/{quiz_id}/questions/{question_id}/duplicate")
async def duplicate_question(request: Request, caller: CanWrite, quiz_id: RowId, question_id: RowId) -> Response:
    """A copy right behind it."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        copy = await question_bank.duplicate_question(writer, QuizId(quiz_id), QuestionId(question_id), now_ms=now_ms)
        await _note(writer, caller, "quiz.question.add", quiz_id, now_ms, {"position": copy.position})
    return await _questions_again(request, quiz_id)


@router.post("/quizzes/{quiz_id}/questions/{question_id}/move")
async def move_question(
    request: Request,
    caller: CanWrite,
    quiz_id: RowId,
    question_id: RowId,
    position: Annotated[int, Form(ge=-MOST, le=MOST)],
) -> Response:
    """To another place."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        await question_bank.move_question(
            writer, QuizId(quiz_id), QuestionId(question_id), position=position, now_ms=now_ms
        )
        await _note(writer, caller, "quiz.question.move", quiz_id, now_ms, {"position": position})
    return await _questions_again(request, quiz_id)


@router.post("/quizzes/{quiz_id}/questions/{question_id}/delete")
async def delete_question(request: Request, caller: CanWrite, quiz_id: RowId, question_id: RowId) -> Response:
    """Out of the quiz, with a way back on the page."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        gone = await question_bank.delete_question(writer, QuizId(quiz_id), QuestionId(question_id), now_ms=now_ms)
        await _note(writer, caller, "quiz.question.delete", quiz_id, now_ms, {"position": gone.position})
    quiz = await _quiz(services, quiz_id)
    template = "_questions.html" if is_htmx(request) else "quiz.html"
    undo = {"position": gone.position, "body": gone.question.model_dump_json(), "stem": gone.question.stem_vi}
    return page(request, template, quiz=quiz, types=list(QuestionType), undo=undo)


# Previews


@router.get("/quizzes/{quiz_id}/preview/{number}")
async def preview_page(request: Request, caller: CanRead, quiz_id: RowId, number: RowId) -> HTMLResponse:
    """The question as a phone and the stage will show it, side by side."""
    quiz = await _quiz(services_of(request), quiz_id)
    if not 1 <= number <= len(quiz.questions):
        raise NotFound("question_unknown")
    return page(request, "preview.html", quiz=quiz, number=number)


@router.get("/quizzes/{quiz_id}/preview/{number}/{surface}")
async def preview_frame(
    request: Request, caller: CanRead, quiz_id: RowId, number: RowId, surface: str, revealed: bool = False
) -> HTMLResponse:
    """One of the two frames: the players' real components, given the frame they would get."""
    services = services_of(request)
    quiz = await _quiz(services, quiz_id)
    if not 1 <= number <= len(quiz.questions) or surface not in ("phone", "stage"):
        raise NotFound("question_unknown")
    shown = previews.frame(quiz, number, surface=surface, revealed=revealed, join_url=services.public_url)
    return page(request, "preview_frame.html", shown=json.dumps(shown, ensure_ascii=False), surface=surface)


# Import and export


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
    rows: list[dict[str, Any]] = [
        {
            "row": item.row,
            "status": "imported",
            "text": item.question.stem_vi,
            "type": item.question.type.value,
            "notes": [sentence(lang, note) for note in item.notes],
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
        rows=rows,
        notes=[sentence(lang, note) for note in report.notes],
        bank=json.dumps(bank, ensure_ascii=False),
        table=json.dumps(rows, ensure_ascii=False),
        title=report.title or "",
    )


@router.post("/import/confirm")
async def import_confirm(request: Request, caller: CanWrite) -> Response:
    """Makes the quiz of what the preview showed."""
    services = services_of(request)
    form = await request.form(max_part_size=_LARGE_FIELD)
    items = question_bank.parse(_json_list(form.get("questions")))
    if not items:
        raise Invalid("import_nothing")
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        quiz_id = await question_bank.create(
            writer, title=str(form.get("title", "")), items=items, owner_id=caller.account_id, now_ms=now_ms
        )
        await _note(writer, caller, "quiz.import", quiz_id, now_ms, {"questions": len(items)})
    return _to(f"/quizzes/{quiz_id}")


@router.post("/import/report")
async def import_report(request: Request, caller: CanWrite) -> Response:
    """The preview's table as a CSV file, to be mended and kept."""
    form = await request.form(max_part_size=_LARGE_FIELD)
    lang = language_of(request)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([text(lang, f"import.column_{name}") for name in ("row", "status", "question", "reason")])
    for row in _json_list(form.get("table")):
        if isinstance(row, dict):
            status = text(lang, "import.imported" if row.get("status") == "imported" else "import.skipped")
            reasons = " ".join(str(note) for note in row.get("notes", []))
            writer.writerow([_no_formula(str(cell)) for cell in (row.get("row"), status, row.get("text"), reasons)])
    name = text(lang, "import.report_file")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/quizzes/{quiz_id}/export.{fmt}")
async def export_quiz(request: Request, caller: CanRead, quiz_id: RowId, fmt: str) -> Response:
    """The quiz as a file that can be imported again."""
    quiz = await _quiz(services_of(request), quiz_id)
    if fmt == "json":
        content, media_type = export_json(quiz.summary.title, quiz.plain), "application/json"
    elif fmt == "xlsx":
        content = export_xlsx(quiz.summary.title, quiz.plain, lang=language_of(request))
        media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    else:
        raise NotFound("not_found")
    safe = "".join(c if c.isalnum() or c in " -_" else "_" for c in quiz.summary.title).strip() or "quiz"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(safe)}.{fmt}"}
    return Response(content, media_type=media_type, headers=headers)


# Helpers


def _question_form(
    request: Request,
    quiz: Quiz,
    stored: question_bank.StoredQuestion | None,
    fields: dict[str, Any],
    *,
    problems: list[question_bank.RowProblem] | None = None,
    saved: bool = False,
) -> HTMLResponse:
    return page(
        request,
        "question.html",
        status=422 if problems else 200,
        quiz=quiz,
        stored=stored,
        fields=fields,
        problems=problems or [],
        saved=saved,
        types=list(QuestionType),
    )


async def _questions_again(request: Request, quiz_id: int) -> Response:
    if not is_htmx(request):
        return _to(f"/quizzes/{quiz_id}")
    quiz = await _quiz(services_of(request), quiz_id)
    return page(request, "_questions.html", quiz=quiz, types=list(QuestionType), undo=None)


async def _quiz(services: Services, quiz_id: int) -> Quiz:
    async with services.db.read() as reader:
        return await question_bank.get(reader, QuizId(quiz_id))


def _stored(quiz: Quiz, question_id: RowId) -> question_bank.StoredQuestion:
    for stored in quiz.questions:
        if stored.id == question_id:
            return stored
    raise NotFound("question_unknown")


async def _note(
    writer: Writer, caller: Caller, action: str, quiz_id: int, now_ms: int, detail: dict[str, Any] | None = None
) -> None:
    await record(writer, actor=caller.actor, action=action, subject=f"quiz:{quiz_id}", now_ms=now_ms, detail=detail)


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


def _to(path: str) -> Response:
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)
