"""The organiser's pages of festivals as wholes: found, made, opened, ended; the stage's link.

Never changes an item of a programme: `pages_programme` does.
"""

import asyncio
import io
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import HTMLResponse, Response

from admin.caller import Caller
from admin.festivals import desks
from admin.festivals.forms import FestivalForm, Short
from admin.language import language_of
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.quiz_editing import see_other
from admin.services import services_of
from admin.templating import page
from contest import units
from contest.database import Reader
from contest.errors import Invalid, Refused
from contest.festival import announcements, day_templates, festivals, guests, organising, programme
from contest.festival.kinds import ALL_DAY
from contest.festival.model import Festival, FestivalState, LiveEventKind
from contest.provincial import local_time
from contest.tickets import digest, new_secret
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)

CanRun = Annotated[Caller, requires(Permission.FESTIVALS_RUN)]
CanWrite = Annotated[Caller, requires(Permission.FESTIVALS_WRITE)]


@router.get("/festivals")
async def festivals_page(request: Request, caller: CanRun, q: str = "", archived: bool = False) -> HTMLResponse:
    """All festivals, the latest first."""
    states = (FestivalState.ARCHIVED,) if archived else tuple(set(FestivalState) - {FestivalState.ARCHIVED})
    async with services_of(request).db.read() as reader:
        found = await organising.listing(reader, states=states, query=q[:100])
    return page(request, "festivals.html", festivals=found, archived=archived, q=q)


@router.get("/festivals/new")
async def new_festival_page(request: Request, caller: CanWrite) -> HTMLResponse:
    """An empty festival or one after a typical day."""
    today = local_time.local_day(services_of(request).clock.wall_ms() + 7 * local_time.DAY_MS)
    return _new(request, FestivalForm(first_day=today), "day")


@router.post("/festivals")
async def create_festival(
    request: Request, caller: CanWrite, form: Annotated[FestivalForm, Depends()], plan: Short = ""
) -> Response:
    """Makes the draft with the programme of the chosen plan, and opens its page."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    try:
        async with services.db.write() as writer:
            made = await organising.create(writer, planned(form, plan).outline(), actor=caller.actor, now_ms=now_ms)
            for draft in day_templates.drafts(plan, made.first_day, language_of(request)):
                await programme.add(writer, made.id, draft, actor=caller.actor, now_ms=now_ms)
    except Invalid as refusal:
        return _new(request, form, plan, refusal)
    return see_other(f"/festivals/{made.id}")


def planned(form: FestivalForm, plan: str) -> FestivalForm:
    """A plan of several days decides on the last one, unless a later one is given."""
    try:
        days = day_templates.days_of(plan) - 1
        last = local_time.local_day(local_time.day_bounds(form.first_day)[0] + days * local_time.DAY_MS)
    except ValueError:
        return form
    form.last_day = max(last, form.last_day or last)
    return form


@router.get("/festivals/{festival_id}")
async def festival_page(request: Request, caller: CanRun, festival_id: RowId) -> HTMLResponse:
    """The programme, what stands around it, and what comes next."""
    return await hub(request, festival_id)


@router.get("/festivals/{festival_id}/qr.svg")
async def festival_qr(request: Request, caller: CanRun, festival_id: RowId) -> Response:
    """The address of the guests' page as a QR code, for posters and slides."""
    services = services_of(request)
    async with services.db.read() as reader:
        festival = await festivals.load(reader, festival_id)
    content = await asyncio.to_thread(poster_qr, f"{services.public_url}/f/{festival.slug}/app")
    return Response(content, media_type="image/svg+xml")


def poster_qr(url: str) -> bytes:
    """A QR code with its quiet border."""
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=True)
    return out.getvalue()


@router.get("/festivals/{festival_id}/edit")
async def edit_page(request: Request, caller: CanWrite, festival_id: RowId) -> HTMLResponse:
    """What is said of the festival."""
    async with services_of(request).db.read() as reader:
        festival = await festivals.load(reader, festival_id)
    form = FestivalForm(
        festival.title, festival.first_day, festival.last_day, festival.place, festival.commune or "", festival.intro
    )
    return _edit(request, festival, form)


@router.post("/festivals/{festival_id}/edit")
async def edit_festival(
    request: Request, caller: CanWrite, festival_id: RowId, form: Annotated[FestivalForm, Depends()]
) -> Response:
    """Changes it; the address stays."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            await organising.edit(
                writer, festival_id, form.outline(), actor=caller.actor, now_ms=services.clock.wall_ms()
            )
    except Invalid as refusal:
        async with services.db.read() as reader:
            festival = await festivals.load(reader, festival_id)
        return _edit(request, festival, form, refusal)
    return see_other(f"/festivals/{festival_id}")


@router.post("/festivals/{festival_id}/state")
async def change_state(
    request: Request, caller: CanWrite, festival_id: RowId, state: Annotated[FestivalState, Form()]
) -> Response:
    """Opens, ends, reopens or archives."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            await organising.set_state(writer, festival_id, state, actor=caller.actor, now_ms=services.clock.wall_ms())
    except Refused as refusal:
        return await hub(request, festival_id, refusal)
    return see_other(f"/festivals/{festival_id}")


@router.post("/festivals/{festival_id}/stage")
async def stage_link(request: Request, caller: CanRun, festival_id: RowId) -> HTMLResponse:
    """A fresh link for the projector; the one before stops working. Shown once."""
    return await hub(request, festival_id, stage_url=await make_stage_link(request, caller, festival_id))


async def make_stage_link(request: Request, caller: Caller, festival_id: int) -> str:
    """The address with the token in its fragment, which no server sees."""
    services = services_of(request)
    token = new_secret()
    async with services.db.write() as writer:
        festival = await festivals.load(Reader(writer), festival_id, lock=True)
        await organising.set_stage_token(
            writer, festival_id, digest(token), actor=caller.actor, now_ms=services.clock.wall_ms()
        )
    return f"{services.public_url}/f/{festival.slug}/stage#{token}"


async def hub(
    request: Request, festival_id: int, refusal: Refused | None = None, *, stage_url: str | None = None
) -> HTMLResponse:
    """The festival's page."""
    services = services_of(request)
    async with services.db.read() as reader:
        festival = await festivals.load(reader, festival_id)
        items = await festivals.programme(reader, festival_id)
        count = await guests.seen(reader, festival_id)
        told = await announcements.current(reader, festival_id, services.clock.wall_ms())
    days: dict[str, list[object]] = {}
    for item in items:
        days.setdefault(local_time.local_day(item.starts_at), []).append(item)
    return page(
        request,
        "festival.html",
        status=200 if refusal is None else status_of(refusal),
        festival=festival,
        commune=communes().get(festival.commune or "", ""),
        days=sorted(days.items()),
        many_days=festival.first_day != festival.last_day,
        guests=count,
        announcements=told,
        kinds=list(LiveEventKind),
        beside=ALL_DAY,
        desk=desks.desk_of,
        links=desks.links_of(festival_id),
        public_url=f"{services.public_url}/f/{festival.slug}",
        stage_url=stage_url,
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )


def communes() -> dict[str, str]:
    """Code → name, in Vietnamese order."""
    return {str(unit.code): unit.name for unit in units.in_order(units.shipped())}


def _new(request: Request, form: FestivalForm, plan: str, refusal: Invalid | None = None) -> HTMLResponse:
    return page(
        request,
        "festival_new.html",
        status=200 if refusal is None else status_of(refusal),
        form=form,
        plan=plan,
        plans=["day", "evening", "week", "empty"],
        communes=communes(),
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )


def _edit(request: Request, festival: Festival, form: FestivalForm, refusal: Invalid | None = None) -> HTMLResponse:
    return page(
        request,
        "festival_edit.html",
        status=200 if refusal is None else status_of(refusal),
        festival=festival,
        form=form,
        communes=communes(),
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )
