"""The organiser's pages of contests as wholes: found, made, seen at a glance, closed, put away.

Never changes a setting.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy import select
from starlette.responses import HTMLResponse, Response

from admin.contests import editing
from admin.contests.editing import CanRead, CanWrite
from admin.contests.problem_places import problems_of
from admin.language import language_of
from admin.params import RowId
from admin.quiz_editing import see_other
from admin.services import Services, services_of
from admin.templating import page
from contest.database import Reader
from contest.errors import Conflict, Invalid
from contest.provincial import contests, local_time, templates
from contest.provincial.contests import ContestRecord
from contest.provincial.tables import contest_rounds
from contest.provincial.windows import next_round, phase, round_at
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)

Field = Annotated[str, Form(max_length=400)]
_DESKS = ("participation", "results", "review", "complaints", "keys", "documents")
"""What comes after the opening, each on pages of its own."""


@router.get("/contests")
async def contests_page(request: Request, caller: CanRead, archived: bool = False) -> HTMLResponse:
    """All contests, the newest first."""
    services = services_of(request)
    async with services.db.read() as reader:
        found = await contests.listing(reader, archived=archived)
    now_ms = services.clock.wall_ms()
    lines = [(one, one.rules and phase(one.rules, now_ms)) for one in found]
    return page(request, "contests.html", lines=lines, archived=archived)


@router.get("/contests/new")
async def new_contest_page(request: Request, caller: CanWrite) -> HTMLResponse:
    """An empty contest or one after the rules of a real one."""
    return _new(request)


@router.post("/contests")
async def create_contest(
    request: Request, caller: CanWrite, title: Field = "", template: Field = "", first_day: Field = ""
) -> Response:
    """Makes the draft and opens its first page."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    try:
        async with services.db.write() as writer:
            made = await contests.create(
                writer,
                title=title,
                template=template or None,
                first_day=first_day or local_time.local_day(now_ms + 7 * local_time.DAY_MS),
                actor=caller.actor,
                now_ms=now_ms,
            )
            await _choose_bank(writer, made, caller.actor, now_ms)
    except Invalid as refusal:
        return _new(request, {"title": title, "template": template, "first_day": first_day}, refusal)
    return see_other(f"/contests/{made.id}/setup/general")


@router.get("/contests/{contest_id}")
async def contest_page(request: Request, caller: CanRead, contest_id: RowId, opened: bool = False) -> HTMLResponse:
    """What the contest is, where it stands and what comes next; `opened` just now."""
    return await _hub(request, await editing.contest_of(services_of(request), contest_id), opened=opened)


@router.post("/contests/{contest_id}/close")
async def close_contest(request: Request, caller: CanWrite, contest_id: RowId) -> Response:
    """After the last attempt has ended: the contest takes nobody any more."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            now_ms = services.clock.wall_ms()
            await contests.close_contest(writer, contest_id, actor=caller.actor, now_ms=now_ms)
    except Conflict as refusal:
        return await _hub(request, await editing.contest_of(services, contest_id), refusal)
    return see_other(f"/contests/{contest_id}")


@router.post("/contests/{contest_id}/archive")
async def archive_contest(request: Request, caller: CanWrite, contest_id: RowId) -> Response:
    """Out of the list; nothing is deleted."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            await contests.archive(writer, contest_id, actor=caller.actor, now_ms=services.clock.wall_ms())
    except Conflict as refusal:
        return await _hub(request, await editing.contest_of(services, contest_id), refusal)
    return see_other("/contests")


async def _hub(
    request: Request, contest: ContestRecord, refusal: Conflict | None = None, *, opened: bool = False
) -> HTMLResponse:
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.read() as reader:
        published = await _published_keys(reader, contest.id)
    known = {route.path for route in request.app.routes if hasattr(route, "path")}
    return page(
        request,
        "contest.html",
        status=200 if refusal is None else status_of(refusal),
        contest=contest,
        opened=opened and contest.rules is not None,
        problems=problems_of(contest.draft) if contest.rules is None else (),
        phase=contest.rules and phase(contest.rules, now_ms),
        open_round=contest.rules and round_at(contest.rules, now_ms),
        coming=contest.rules and next_round(contest.rules, now_ms),
        now_ms=now_ms,
        published=published,
        public_url=_public(services, contest),
        links=[name for name in _DESKS if contest.rules and f"/contests/{{contest_id}}/{name}" in known],
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )


async def _published_keys(reader: Reader, contest_id: int) -> dict[str, int]:
    rows = await reader.execute(
        select(contest_rounds.c.key, contest_rounds.c.key_published_at).where(
            contest_rounds.c.contest_id == contest_id, contest_rounds.c.key_published_at.is_not(None)
        )
    )
    return {row.key: row.key_published_at for row in rows}


def _public(services: Services, contest: ContestRecord) -> str:
    return f"{services.public_url}/c/{contest.slug}"


async def _choose_bank(writer: Any, made: ContestRecord, actor: str, now_ms: int) -> None:
    """The only bank there is needs no choosing."""
    banks = [one for one in await editing.banks_of(Reader(writer)) if one.is_bank]
    if made.draft.get("bank_id") is None and len(banks) == 1:
        draft = {**made.draft, "bank_id": int(banks[0].id)}
        await contests.save_draft(writer, made.id, draft, expected=made.draft_version, actor=actor, now_ms=now_ms)


def _new(request: Request, given: dict[str, str] | None = None, refusal: Invalid | None = None) -> HTMLResponse:
    now_ms = services_of(request).clock.wall_ms()
    return page(
        request,
        "contest_new.html",
        status=200 if refusal is None else status_of(refusal),
        templates=templates.templates(language_of(request)),
        given=given or {"title": "", "template": "", "first_day": local_time.local_day(now_ms + 7 * local_time.DAY_MS)},
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )
