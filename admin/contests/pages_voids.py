"""The dossier of an entry, and taking an attempt, an entry or a wrong key out: the effect first, then the act.

Never voids without a ground and a note, and never shows a person to who may not see people.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, Response

from admin.caller import Caller
from admin.contests import editing, result_views
from admin.contests.editing import CanPublish, CanWrite
from admin.language import language_of
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.services import services_of
from admin.templating import page
from contest.errors import Conflict, Invalid, Refused
from contest.model import Question
from contest.provincial import counts, key_correction, voiding
from contest.provincial.dossiers import dossier
from contest.provincial.voiding import Ground
from realtime.problems import status_of
from scoring.answer_key import QuestionType

router = APIRouter(include_in_schema=False)

CanSeePeople = Annotated[Caller, requires(Permission.PEOPLE_READ)]
Short = Annotated[str, Form(max_length=160)]
Note = Annotated[str, Form(max_length=4000)]


@router.get("/contests/{contest_id}/entries/{public_id}")
async def entry_page(request: Request, caller: CanSeePeople, contest_id: RowId, public_id: str) -> HTMLResponse:
    """Everything known about an entry that bears on its prizes."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    if contest.rules is None:
        raise Conflict("contest_not_open")
    async with services.db.read() as reader:
        found = await dossier(reader, contest_id, public_id)
        names = await result_views.names_for(reader, caller, contest, contest.rules, language_of(request), ())
    return page(
        request,
        "contest_entry.html",
        contest=contest,
        dossier=found,
        said=result_views.said,
        names=names,
        # A running number counts people.
        hidden=counts.hidden(contest.rules, services.clock.wall_ms()),
    )


@router.get("/contests/{contest_id}/void/{kind}/{public_id}")
async def void_page(request: Request, caller: CanWrite, contest_id: RowId, kind: str, public_id: str) -> HTMLResponse:
    """What voiding it would change, and the form to do it; for what is void already the way back."""
    return await _show(request, caller, contest_id, kind, public_id)


async def _show(
    request: Request,
    caller: Caller,
    contest_id: int,
    kind: str,
    public_id: str,
    refusal: Refused | None = None,
    ground: str = "",
    note: str = "",
) -> HTMLResponse:
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    if contest.rules is None:
        raise Conflict("contest_not_open")
    async with services.db.read() as reader:
        subject = await voiding.subject_of(reader, contest_id, kind, public_id)
    effect = None
    if subject.void_at is None:
        effect = await voiding.void_preview(services.db, contest_id, subject, now_ms=services.clock.wall_ms())
    numbers = {subject.entry} | (result_views.entries_in(effect) if effect else set())
    async with services.db.read() as reader:
        names = await result_views.names_for(reader, caller, contest, contest.rules, language_of(request), numbers)
    return page(
        request,
        "contest_void.html",
        status=200 if refusal is None else status_of(refusal),
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
        ground=ground,
        note=note,
        contest=contest,
        subject=subject,
        effect=effect,
        names=names,
        grounds=list(Ground),
        fraction=result_views.fraction,
        hidden=counts.hidden(contest.rules, services.clock.wall_ms()),
    )


@router.post("/contests/{contest_id}/void/{kind}/{public_id}")
async def void(
    request: Request,
    caller: CanWrite,
    contest_id: RowId,
    kind: str,
    public_id: str,
    ground: Short = "",
    note: Note = "",
    back: Annotated[bool, Form()] = False,
) -> Response:
    """Voids it, or with `back` makes it count again."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    try:
        if back:
            await voiding.restore(
                services.db, contest_id, kind, public_id, note=note, actor=caller.actor, now_ms=now_ms
            )
        else:
            await voiding.void(
                services.db, contest_id, kind, public_id, ground=ground, note=note, actor=caller.actor, now_ms=now_ms
            )
    except (Conflict, Invalid) as refusal:
        return await _show(request, caller, contest_id, kind, public_id, refusal, ground, note)
    return result_views.done(request, f"/contests/{contest_id}/void/{kind}/{public_id}")


@router.get("/contests/{contest_id}/keys")
async def keys_page(request: Request, caller: CanPublish, contest_id: RowId) -> HTMLResponse:
    """The frozen questions with their keys, to find the one that is wrong."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    async with services.db.read() as reader:
        questions = await key_correction.questions(reader, contest_id)
    return page(request, "contest_keys.html", contest=contest, questions=questions, answer_text=answer_text)


@router.get("/contests/{contest_id}/keys/{number}")
async def key_page(
    request: Request,
    caller: CanPublish,
    contest_id: RowId,
    number: RowId,
    pool: Annotated[str, Query(max_length=32)] = "",
    answer: Annotated[list[str], Query()] = [],  # noqa: B006
) -> HTMLResponse:
    """One question; with an `answer` what that key would change."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    if contest.rules is None:
        raise Conflict("contest_not_open")
    async with services.db.read() as reader:
        held = await key_correction.question_at(reader, contest_id, pool, number)
    effect, count, raw = None, 0, None
    given = [one for one in answer if one.strip()]
    if given:
        raw = typed(held.question.type, given)
        effect, count = await key_correction.preview_correction(
            services.db, contest_id, pool, number, raw, now_ms=services.clock.wall_ms()
        )
    numbers = result_views.entries_in(effect) if effect else set()
    async with services.db.read() as reader:
        names = await result_views.names_for(reader, caller, contest, contest.rules, language_of(request), numbers)
    return page(
        request,
        "contest_key.html",
        contest=contest,
        held=held,
        pool=pool,
        given=given,
        effect=effect,
        count=count,
        names=names,
        answer_text=answer_text,
        fraction=result_views.fraction,
        # How many papers are marked anew tells how many were handed in.
        hidden=counts.hidden(contest.rules, services.clock.wall_ms()),
    )


@router.post("/contests/{contest_id}/keys/{number}")
async def correct_key(
    request: Request,
    caller: CanPublish,
    contest_id: RowId,
    number: RowId,
    pool: Short = "",
    answer: Annotated[list[str], Form()] = [],  # noqa: B006
    reason: Note = "",
) -> Response:
    """Puts the key right and marks every paper anew."""
    services = services_of(request)
    async with services.db.read() as reader:
        held = await key_correction.question_at(reader, contest_id, pool, number)
    raw = typed(held.question.type, [one for one in answer if one.strip()])
    await key_correction.correct_key(
        services.db,
        contest_id,
        pool,
        number,
        raw,
        reason=reason,
        actor=caller.actor,
        now_ms=services.clock.wall_ms(),
    )
    return result_views.done(request, f"/contests/{contest_id}/keys/{number}?pool={pool}")


def typed(kind: QuestionType, given: list[str]) -> Any:
    """The answer as the bank format has it, from the fields of a form: ids, spellings line by line, or a number."""
    if kind is QuestionType.NUMERIC:
        return given[0].strip().replace(",", ".") if given else ""
    if kind in (QuestionType.TEXT, QuestionType.ORDERING):
        return [line.strip() for one in given for line in one.splitlines() if line.strip()]
    return given


def answer_text(question: Question) -> str:
    """The key in words: the options' texts, the number, or the spellings."""
    if not isinstance(question.answer, tuple):
        return f"{question.answer:f}".replace(".", ",")
    texts = {option.id: option.text_vi for option in question.options}
    return " · ".join(texts.get(one, one) for one in question.answer)
