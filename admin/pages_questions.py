"""The organiser's pages of single questions: written, edited, moved, taken out and put back.

Every change is a plain form that works without JavaScript; htmx only makes it smoother.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from admin import forms
from admin.params import MOST, RowId
from admin.quiz_editing import LARGE_FIELD, CanWrite, note, questions_again, quiz_of, see_other
from admin.services import services_of
from admin.templating import is_htmx, page
from contest import question_bank, quiz_questions
from contest.errors import Invalid, NotFound, Refused
from contest.ids import QuizId
from contest.model import Question
from contest.question_bank import QuestionId, Quiz
from scoring.answer_key import QuestionType

router = APIRouter(include_in_schema=False)


@router.get("/quizzes/{quiz_id}/questions/new")
async def new_question_page(
    request: Request, caller: CanWrite, quiz_id: RowId, type: QuestionType = QuestionType.SINGLE
) -> HTMLResponse:
    """An empty form; the first save makes the question."""
    quiz = await quiz_of(services_of(request), quiz_id)
    return _question_form(request, quiz, None, forms.empty_fields(type))


@router.post("/quizzes/{quiz_id}/questions")
async def create_question(request: Request, caller: CanWrite, quiz_id: RowId) -> Response:
    """Adds a question at the end."""
    services = services_of(request)
    quiz = await quiz_of(services, quiz_id)
    question, fields, problems = forms.read(await request.form())
    if question is None:
        return _question_form(request, quiz, None, fields, problems=problems)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        stored = await quiz_questions.add_question(writer, quiz.summary.id, question, now_ms=now_ms)
        await note(writer, caller, "quiz.question.add", quiz_id, now_ms, {"position": stored.position})
    return see_other(f"/quizzes/{quiz_id}/questions/{stored.id}?saved=1")


@router.post("/quizzes/{quiz_id}/questions/restore")
async def restore_question(request: Request, caller: CanWrite, quiz_id: RowId) -> Response:
    """Puts back a question that was just deleted: the page itself has kept it."""
    services = services_of(request)
    form = await request.form(max_part_size=LARGE_FIELD)
    try:
        question = Question.model_validate_json(str(form.get("body", "")))
        position = int(str(form.get("position", "")))
    except ValueError:
        raise Invalid("request_invalid") from None
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        await quiz_questions.add_question(writer, QuizId(quiz_id), question, position=position, now_ms=now_ms)
        await note(writer, caller, "quiz.question.restore", quiz_id, now_ms, {"position": position})
    return await questions_again(request, quiz_id)


@router.get("/quizzes/{quiz_id}/questions/{question_id}")
async def question_page(
    request: Request, caller: CanWrite, quiz_id: RowId, question_id: RowId, saved: bool = False
) -> HTMLResponse:
    """The form of one question."""
    quiz = await quiz_of(services_of(request), quiz_id)
    stored = _stored(quiz, question_id)
    return _question_form(request, quiz, stored, forms.fields_of(stored.question), saved=saved)


@router.post("/quizzes/{quiz_id}/questions/{question_id}")
async def save_question(request: Request, caller: CanWrite, quiz_id: RowId, question_id: RowId) -> Response:
    """Saves the form; htmx gets the mark that says so, or says why not."""
    services = services_of(request)
    quiz = await quiz_of(services, quiz_id)
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
            saved = await quiz_questions.edit_question(
                writer, quiz.summary.id, stored.id, question, tag=str(form.get("tag", "")), now_ms=now_ms
            )
            if saved.tag != stored.tag:
                await note(writer, caller, "quiz.question.save", quiz_id, now_ms, {"position": saved.position})
    except Refused as refusal:
        if is_htmx(request):
            return page(request, "_save_state.html", state="stale", code=refusal.code, params=refusal.params, tag=None)
        raise
    if is_htmx(request):
        return page(request, "_save_state.html", state="saved", code=None, params={}, tag=saved.tag)
    return see_other(f"/quizzes/{quiz_id}/questions/{question_id}?saved=1")


@router.post("/quizzes/{quiz_id}/questions/{question_id}/duplicate")
async def duplicate_question(request: Request, caller: CanWrite, quiz_id: RowId, question_id: RowId) -> Response:
    """A copy right behind it."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        copy = await quiz_questions.duplicate_question(writer, QuizId(quiz_id), QuestionId(question_id), now_ms=now_ms)
        await note(writer, caller, "quiz.question.add", quiz_id, now_ms, {"position": copy.position})
    return await questions_again(request, quiz_id)


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
        await quiz_questions.move_question(
            writer, QuizId(quiz_id), QuestionId(question_id), position=position, now_ms=now_ms
        )
        await note(writer, caller, "quiz.question.move", quiz_id, now_ms, {"position": position})
    return await questions_again(request, quiz_id)


@router.post("/quizzes/{quiz_id}/questions/{question_id}/delete")
async def delete_question(request: Request, caller: CanWrite, quiz_id: RowId, question_id: RowId) -> Response:
    """Out of the quiz, with a way back on the page."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        gone = await quiz_questions.delete_question(writer, QuizId(quiz_id), QuestionId(question_id), now_ms=now_ms)
        await note(writer, caller, "quiz.question.delete", quiz_id, now_ms, {"position": gone.position})
    quiz = await quiz_of(services, quiz_id)
    template = "_questions.html" if is_htmx(request) else "quiz.html"
    undo = {"position": gone.position, "body": gone.question.model_dump_json(), "stem": gone.question.stem_vi}
    return page(request, template, quiz=quiz, types=list(QuestionType), undo=undo, added=0)


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


def _stored(quiz: Quiz, question_id: RowId) -> question_bank.StoredQuestion:
    for stored in quiz.questions:
        if stored.id == question_id:
            return stored
    raise NotFound("question_unknown")
