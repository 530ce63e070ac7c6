"""The organiser's pages of lucky draws: made, set up, frozen, announced, withdrawn; their minutes and lists.

Running one on the stage is `pages_draw_host`. Never draws.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, Response

from admin.audit import actor_names
from admin.caller import Caller
from admin.contests.export_files import PDF, XLSX
from admin.documents.typesetting import typeset
from admin.festivals import draw_desk, draw_documents, draw_forms
from admin.festivals.desks import DESKS, LINKS, FestivalLink
from admin.language import language_of
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.quiz_editing import see_other
from admin.services import Services, services_of
from admin.templating import page
from contest.audit import record
from contest.errors import Invalid, Refused
from contest.festival import draw_log, draw_model, draws, festivals
from contest.festival.draw_rules import LEVELS, point_words
from contest.festival.draw_sources import SourceKind
from contest.festival.model import LiveEventKind
from contest.skills import Skill
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)
CanRun = Annotated[Caller, requires(Permission.FESTIVALS_RUN)]
CanWrite = Annotated[Caller, requires(Permission.FESTIVALS_WRITE)]
Short = Annotated[str, Form(max_length=400)]
Version = Annotated[int, Form(ge=0, le=2**31 - 1)]
BASE = "/festivals/{festival_id}/draws/{draw_id}"

DESKS[LiveEventKind.DRAW] = "/festivals/{festival}/draws"
LINKS.append(FestivalLink("draws.admin.title", "/festivals/{festival}/draws", Permission.FESTIVALS_RUN))


@router.get("/festivals/{festival_id}/draws")
async def draws_page(request: Request, caller: CanRun, festival_id: RowId) -> HTMLResponse:
    """Every draw of the festival, and the way to a new one."""
    return await _list(request, festival_id)


@router.post("/festivals/{festival_id}/draws")
async def create_draw(
    request: Request, caller: CanWrite, festival_id: RowId, title: Short = "", live_event_id: Short = ""
) -> Response:
    """A new draft."""
    services = services_of(request)
    item = int(live_event_id) if live_event_id.isascii() and live_event_id.isdigit() else None
    try:
        made = await draws.create(
            services.db,
            festival_id,
            title,
            live_event_id=item,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    except Invalid as refusal:
        return await _list(request, festival_id, refusal, title)
    return see_other(f"/festivals/{festival_id}/draws/{made}")


@router.get(BASE)
async def draw_page(
    request: Request,
    caller: CanRun,
    festival_id: RowId,
    draw_id: RowId,
    card: Annotated[str, Query(max_length=60)] = "",
) -> HTMLResponse:
    """One draw: set up while it is a draft, shown afterwards. `card`: why its holder is in the pool or not."""
    return await show(request, festival_id, draw_id, card=card)


@router.post(BASE + "/save")
async def save_draw(request: Request, caller: CanWrite, festival_id: RowId, draw_id: RowId) -> Response:
    """Stores the draft."""
    form = await request.form()
    version = str(form.get("version", ""))

    async def act(services: Services) -> None:
        plan = draw_forms.plan_of(form)
        number = int(version) if version.isascii() and version.isdigit() else 0
        now_ms = services.clock.wall_ms()
        await draws.save(services.db, draw_id, number, plan, actor=caller.actor, now_ms=now_ms)

    return await _done(request, festival_id, draw_id, act, "#preview")


@router.post(BASE + "/freeze")
async def freeze_draw(
    request: Request,
    caller: CanWrite,
    festival_id: RowId,
    draw_id: RowId,
    version: Version,
    count: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    """Fixes the pool for ever; who freezes types how many are in it. The source may be named in the same act."""
    form = await request.form()

    async def act(services: Services) -> None:
        plain = count.strip().replace(".", "")
        typed = int(plain) if plain.isascii() and plain.isdigit() else -1
        await draws.freeze(
            services.db,
            draw_id,
            version,
            typed,
            source=draw_forms.source_of(form),
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )

    return await _done(request, festival_id, draw_id, act)


@router.post(BASE + "/announce")
async def announce_draw(
    request: Request, caller: CanWrite, festival_id: RowId, draw_id: RowId, version: Version
) -> Response:
    """Names where the digits will come from."""
    form = await request.form()

    async def act(services: Services) -> None:
        source = draw_forms.source_of(form)
        if source is None:
            raise Invalid("draw_source_name", limit=160)
        now_ms = services.clock.wall_ms()
        await draws.announce(services.db, draw_id, version, source, actor=caller.actor, now_ms=now_ms)

    return await _done(request, festival_id, draw_id, act)


@router.post(BASE + "/withdraw")
async def withdraw_draw(
    request: Request, caller: CanWrite, festival_id: RowId, draw_id: RowId, version: Version, reason: Short = ""
) -> Response:
    """Gives a draw up in public, before anybody can know a digit."""

    async def act(services: Services) -> None:
        now_ms = services.clock.wall_ms()
        await draws.withdraw(services.db, draw_id, version, reason, actor=caller.actor, now_ms=now_ms)

    return await _done(request, festival_id, draw_id, act)


@router.post(BASE + "/witnesses")
async def save_witnesses(
    request: Request,
    caller: CanWrite,
    festival_id: RowId,
    draw_id: RowId,
    version: Version,
    witnesses: Annotated[str, Form(max_length=6000)] = "",
) -> Response:
    """Who watches and signs."""

    async def act(services: Services) -> None:
        lines, now_ms = witnesses.splitlines(), services.clock.wall_ms()
        await draws.set_witnesses(services.db, draw_id, version, lines, actor=caller.actor, now_ms=now_ms)

    return await _done(request, festival_id, draw_id, act, "#papers")


@router.get(BASE + "/minutes.pdf", response_class=Response)
async def minutes_file(request: Request, caller: CanWrite, festival_id: RowId, draw_id: RowId) -> Response:
    """The minutes of the draw, for signing."""
    services, lang = services_of(request), "vi"
    async with services.db.read() as reader:
        desk = await draw_desk.look(reader, festival_id, draw_id, lang)
        log = await draw_log.lines(reader, draw_id)
        actors = await actor_names(reader)
    address = f"{services.public_url}/f/{desk.festival.slug}/draws/{desk.draw.public_id}"
    data = draw_documents.minutes(desk, log, actors, address, lang)
    pdf = await asyncio.to_thread(typeset, "minutes", data)
    return await _sent(services, caller, draw_id, "minutes", f"bien-ban-boc-tham-{draw_id}.pdf", PDF, pdf)


@router.get(BASE + "/winners.xlsx", response_class=Response)
async def winners_file(request: Request, caller: CanWrite, festival_id: RowId, draw_id: RowId) -> Response:
    """Everybody drawn, for handing the prizes over."""
    services, lang = services_of(request), language_of(request)
    async with services.db.read() as reader:
        desk = await draw_desk.look(reader, festival_id, draw_id, lang)
        actors = await actor_names(reader)
    made = await asyncio.to_thread(draw_documents.workbook, desk, actors, lang)
    return await _sent(services, caller, draw_id, "winners", f"boc-tham-{draw_id}.xlsx", XLSX, made)


async def _sent(
    services: Services, caller: Caller, draw_id: int, what: str, name: str, media_type: str, body: bytes
) -> Response:
    async with services.db.write() as writer:
        await record(
            writer,
            actor=caller.actor,
            action="draw.document",
            subject=f"draw:{draw_id}",
            now_ms=services.clock.wall_ms(),
            detail={"what": what},
        )
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=media_type, headers=headers)


async def show(
    request: Request, festival_id: int, draw_id: int, refusal: Refused | None = None, *, card: str = ""
) -> HTMLResponse:
    """The page of one draw."""
    lang = language_of(request)
    async with services_of(request).db.read() as reader:
        desk = await draw_desk.look(reader, festival_id, draw_id, lang)
        answer = await draw_desk.explain(reader, desk.draw, card) if card.strip() else None
    return page(
        request,
        "festival_draw.html",
        status=200 if refusal is None else status_of(refusal),
        desk=desk,
        draw=desk.draw,
        here=desk.here,
        refusal=refusal,
        answer=answer,
        say=lambda point: point_words(point, lang),
        levels=LEVELS,
        most_skills=len(Skill),
        sources=list(SourceKind),
        public_url=services_of(request).public_url,
    )


async def _done(
    request: Request,
    festival_id: int,
    draw_id: int,
    act: Callable[[Services], Awaitable[None]],
    anchor: str = "",
) -> Response:
    """The act, then the page again; a refusal is told on it."""
    async with services_of(request).db.read() as reader:
        await draw_desk.belongs(reader, festival_id, draw_id)
    try:
        await act(services_of(request))
    except Refused as refusal:
        return await show(request, festival_id, draw_id, refusal)
    return see_other(f"/festivals/{festival_id}/draws/{draw_id}{anchor}")


async def _list(request: Request, festival_id: int, refusal: Refused | None = None, title: str = "") -> HTMLResponse:
    async with services_of(request).db.read() as reader:
        festival = await festivals.load(reader, festival_id)
        items = await festivals.programme(reader, festival_id, kinds=[LiveEventKind.DRAW])
        found = await draw_model.of_festival(reader, festival_id)
    return page(
        request,
        "festival_draws.html",
        status=200 if refusal is None else status_of(refusal),
        festival=festival,
        items=items,
        draws=found,
        refusal=refusal,
        title=title,
    )
