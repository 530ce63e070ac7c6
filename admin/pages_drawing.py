"""The organiser's page that fills a quiz from a bank: at random, or question by question.

Never edits a question.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, Response

from admin.language import language_of
from admin.params import RowId
from admin.quiz_drawing import draw_into, pick_into
from admin.quiz_editing import CanWrite, quiz_of, see_other
from admin.services import services_of
from admin.templating import is_htmx, page
from contest import catalogue, drawing, question_bank
from contest.drawing import Found, Wanted
from contest.errors import Invalid, Refused
from contest.ids import QuizId
from contest.model import MAX_QUESTIONS
from contest.question_bank import QuestionId, QuizSummary
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)

Words = Annotated[str, Form(max_length=200)]
_LEVELS = (1, 2, 3)


@router.get("/quizzes/{quiz_id}/draw")
async def draw_page(
    request: Request,
    caller: CanWrite,
    quiz_id: RowId,
    bank: RowId | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
    category: Annotated[str, Query(max_length=64)] = "",
    level: Annotated[str, Query(max_length=1)] = "",
) -> HTMLResponse:
    """What a bank holds that fits; what is looked for is in the address."""
    return await _page(request, quiz_id, bank, q, category, level)


@router.post("/quizzes/{quiz_id}/draw")
async def draw(
    request: Request,
    caller: CanWrite,
    quiz_id: RowId,
    bank: Annotated[RowId, Form()],
    count: Annotated[str, Form(max_length=4)] = "",
    q: Words = "",
    category: Words = "",
    level: Words = "",
) -> Response:
    """Adds as many as asked for, at random among those that fit and are not there yet."""
    services = services_of(request)
    try:
        if not count.isdecimal() or not 1 <= int(count) <= MAX_QUESTIONS:
            raise Invalid("draw_count", limit=MAX_QUESTIONS)
        wanted = _wanted(q, category, level)
        await draw_into(services, caller, QuizId(quiz_id), QuizId(bank), wanted, int(count), repeats=False)
    except Invalid as refusal:
        return await _page(request, quiz_id, bank, q, category, level, refusal=refusal, count=count)
    return see_other(f"/quizzes/{quiz_id}?added={int(count)}")


@router.post("/quizzes/{quiz_id}/pick")
async def pick(
    request: Request,
    caller: CanWrite,
    quiz_id: RowId,
    bank: Annotated[RowId, Form()],
    question: Annotated[list[RowId] | None, Form()] = None,
) -> Response:
    """Adds the questions that were ticked."""
    if not question:
        return await _page(request, quiz_id, bank, refusal=Invalid("pick_nothing"))
    try:
        ids = [QuestionId(one) for one in question]
        await pick_into(services_of(request), caller, QuizId(quiz_id), QuizId(bank), ids)
    except Invalid as refusal:
        return await _page(request, quiz_id, bank, refusal=refusal)
    return see_other(f"/quizzes/{quiz_id}?added={len(set(ids))}")


def _wanted(words: str, category: str, level: str) -> Wanted:
    return Wanted(
        categories=frozenset({category} if category else ()),
        difficulties=frozenset({int(level)} if level in map(str, _LEVELS) else ()),
        words=words,
    )


async def _page(
    request: Request,
    quiz_id: int,
    bank_id: int | None,
    words: str = "",
    category: str = "",
    level: str = "",
    *,
    refusal: Refused | None = None,
    count: str = "",
) -> HTMLResponse:
    services = services_of(request)
    quiz = await quiz_of(services, quiz_id)
    found: list[Found] = []
    categories: dict[str, int] = {}
    async with services.db.read() as reader:
        banks = [one for one in await question_bank.listing(reader) if one.id != quiz_id and one.questions]
        banks.sort(key=lambda one: not one.is_bank)
        bank = _chosen(banks, bank_id)
        if bank is not None:
            categories = await drawing.categories(reader, bank.id)
            if category not in categories:
                category = ""  # of the bank that was chosen before
            found = await drawing.find(reader, bank.id, _wanted(words, category, level), present=quiz.plain)
    known = catalogue.load(language_of(request))
    fresh = sum(not one.present for one in found)
    return page(
        request,
        "_draw_found.html" if is_htmx(request) else "draw.html",
        status=200 if refusal is None else status_of(refusal),
        quiz=quiz,
        banks=banks,
        bank=bank,
        categories=[(name, known.get(f"category.{name}", name), many) for name, many in categories.items()],
        found=found,
        fresh=fresh,
        count=count or str(max(1, min(fresh, 10))),
        q=words,
        category=category,
        level=level,
        levels=_LEVELS,
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )


def _chosen(banks: list[QuizSummary], bank_id: int | None) -> QuizSummary | None:
    for one in banks:
        if one.id == bank_id:
            return one
    return banks[0] if banks else None
