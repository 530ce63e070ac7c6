"""What the organiser's pages of quizzes have in common: the quiz asked for, the audit line, the way on.

Holds no route.
"""

from http import HTTPStatus
from typing import Annotated, Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from admin.caller import Caller
from admin.permissions import Permission, requires
from admin.services import Services, services_of
from admin.templating import is_htmx, page
from contest import question_bank
from contest.audit import record
from contest.database import Writer
from contest.ids import QuizId
from contest.question_bank import Quiz
from scoring.answer_key import QuestionType

CanRead = Annotated[Caller, requires(Permission.QUIZZES_READ)]
CanWrite = Annotated[Caller, requires(Permission.QUIZZES_WRITE)]

LARGE_FIELD = 6 * 1024 * 1024
"""A form's field that carries a whole quiz."""


async def quiz_of(services: Services, quiz_id: int) -> Quiz:
    async with services.db.read() as reader:
        return await question_bank.get(reader, QuizId(quiz_id))


async def questions_again(request: Request, quiz_id: int) -> Response:
    if not is_htmx(request):
        return see_other(f"/quizzes/{quiz_id}")
    quiz = await quiz_of(services_of(request), quiz_id)
    return page(request, "_questions.html", quiz=quiz, types=list(QuestionType), undo=None, added=0)


async def note(
    writer: Writer, caller: Caller, action: str, quiz_id: int, now_ms: int, detail: dict[str, Any] | None = None
) -> None:
    await record(writer, actor=caller.actor, action=action, subject=f"quiz:{quiz_id}", now_ms=now_ms, detail=detail)


def see_other(path: str) -> Response:
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)
