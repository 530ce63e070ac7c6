"""The organiser's pages of quizzes: found, made, previewed, taken away as files.

Every change is a plain form that works without JavaScript; htmx only makes it smoother.
"""

import json
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from admin import previews
from admin.language import language_of
from admin.params import RowId
from admin.quiz_editing import CanRead, CanWrite, note, quiz_of, see_other
from admin.services import services_of
from admin.templating import is_htmx, page
from contest import question_bank
from contest.catalogue import text
from contest.errors import Invalid, NotFound
from contest.formats.exporting import export_json, export_xlsx
from contest.ids import QuizId
from scoring.answer_key import QuestionType

router = APIRouter(include_in_schema=False)

Field = Annotated[str, Form(max_length=400)]


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
        await note(writer, caller, "quiz.create", quiz_id, now_ms)
    return see_other(f"/quizzes/{quiz_id}")


@router.get("/quizzes/{quiz_id}")
async def quiz_page(request: Request, caller: CanRead, quiz_id: RowId, added: RowId = 0) -> HTMLResponse:
    """The quiz with its questions in order; `added` is how many just came from a bank."""
    quiz = await quiz_of(services_of(request), quiz_id)
    return page(request, "quiz.html", quiz=quiz, types=list(QuestionType), undo=None, added=added)


@router.post("/quizzes/{quiz_id}/title")
async def rename_quiz(request: Request, caller: CanWrite, quiz_id: RowId, title: Field = "") -> Response:
    """Saves the title as it is typed."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    try:
        async with services.db.write() as writer:
            await question_bank.rename(writer, QuizId(quiz_id), title, now_ms=now_ms)
            await note(writer, caller, "quiz.rename", quiz_id, now_ms)
    except Invalid as refusal:
        if not is_htmx(request):
            raise
        return page(request, "_save_state.html", state="invalid", code=refusal.code, params=refusal.params, tag=None)
    if is_htmx(request):
        return page(request, "_save_state.html", state="saved", code=None, params={}, tag=None)
    return see_other(f"/quizzes/{quiz_id}")


@router.post("/quizzes/{quiz_id}/duplicate")
async def duplicate_quiz(request: Request, caller: CanWrite, quiz_id: RowId) -> Response:
    """A copy to change freely."""
    services = services_of(request)
    quiz = await quiz_of(services, quiz_id)
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
        await note(writer, caller, "quiz.duplicate", copy, now_ms, {"from": quiz_id})
    return see_other(f"/quizzes/{copy}")


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
        await note(writer, caller, "quiz.restore" if restore else "quiz.archive", quiz_id, now_ms)
    return see_other("/quizzes" if not restore else f"/quizzes/{quiz_id}")


@router.get("/quizzes/{quiz_id}/preview/{number}")
async def preview_page(request: Request, caller: CanRead, quiz_id: RowId, number: RowId) -> HTMLResponse:
    """The question as a phone and the stage will show it, side by side."""
    quiz = await quiz_of(services_of(request), quiz_id)
    if not 1 <= number <= len(quiz.questions):
        raise NotFound("question_unknown")
    return page(request, "preview.html", quiz=quiz, number=number)


@router.get("/quizzes/{quiz_id}/preview/{number}/{surface}")
async def preview_frame(
    request: Request, caller: CanRead, quiz_id: RowId, number: RowId, surface: str, revealed: bool = False
) -> HTMLResponse:
    """One of the two frames: the players' real components, given the frame they would get."""
    services = services_of(request)
    quiz = await quiz_of(services, quiz_id)
    if not 1 <= number <= len(quiz.questions) or surface not in ("phone", "stage"):
        raise NotFound("question_unknown")
    shown = previews.frame(quiz, number, surface=surface, revealed=revealed, join_url=services.public_url)
    return page(request, "preview_frame.html", shown=json.dumps(shown, ensure_ascii=False), surface=surface)


@router.get("/quizzes/{quiz_id}/export.{fmt}")
async def export_quiz(request: Request, caller: CanRead, quiz_id: RowId, fmt: str) -> Response:
    """The quiz as a file that can be imported again."""
    quiz = await quiz_of(services_of(request), quiz_id)
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
