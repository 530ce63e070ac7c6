"""Staff phones: paired by a link that is shown once, listed, stopped, and printed as a sheet of QR codes.

Never stores or logs a token; it leaves in the page that made it and nowhere else.
"""

import io
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Form, Request
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, JSONResponse, Response

from admin.caller import Caller
from admin.festivals.desks import LINKS, FestivalLink
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.quiz_editing import see_other
from admin.services import Services, services_of
from admin.templating import page
from contest.audit import record
from contest.database import Reader, Writer
from contest.errors import Invalid
from contest.festival import festivals, staff_phones
from contest.festival.model import Festival, PhoneRole, StaffPhone
from contest.festival.scans_model import CLOCK_FAR_MS, posts_of
from realtime.problems import status_of

router = APIRouter()
CanWrite = Annotated[Caller, requires(Permission.FESTIVALS_WRITE)]
NO_STORE = {"Cache-Control": "no-store"}
ROLES = (PhoneRole.GATE, PhoneRole.BOOTH)
"""Those paired here; delegates' buttons belong to the launch."""
BASE = "/festivals/{festival_id}/staff"
LINKS.append(FestivalLink("gate.staff.tabs", "/festivals/{festival}/staff", Permission.FESTIVALS_WRITE))


class PhoneIn(BaseModel):
    """A phone to be paired; `post` is an item of the programme that goes with the role."""

    model_config = ConfigDict(extra="forbid")

    label: str = Field(max_length=200)
    role: PhoneRole
    post: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class PhoneMade(BaseModel):
    """The phone and its token, which is told this once. Put it into the fragment of `url` only."""

    id: int
    label: str
    role: PhoneRole
    token: str
    url: str


def link_of(services: Services, festival: Festival, token: str) -> str:
    """What the helper's phone opens; the token is in the fragment, which no server sees."""
    return f"{services.public_url}/f/{festival.slug}/staff#{token}"


def qr(url: str) -> Markup:
    """The link as inline SVG."""
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=True)
    return Markup(out.getvalue().decode())


@router.get(BASE, include_in_schema=False)
async def staff_page(request: Request, caller: CanWrite, festival_id: RowId) -> HTMLResponse:
    """The phones, and the form that pairs one."""
    return await _show(request, festival_id)


async def _show(request: Request, festival_id: int, refusal: Invalid | None = None, **typed: Any) -> HTMLResponse:
    async with services_of(request).db.read() as reader:
        festival = await festivals.load(reader, festival_id)
        phones = await staff_phones.listing(reader, festival_id)
        items = await festivals.programme(reader, festival_id)
    posts = {role: [item for item in items if item.kind in posts_of(role)] for role in ROLES}
    return page(
        request,
        "festival_staff.html",
        status=200 if refusal is None else status_of(refusal),
        headers=NO_STORE,
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
        festival=festival,
        phones=phones,
        posts=posts,
        roles=ROLES,
        titles={item.id: item.title for item in items},
        clock_far_ms=CLOCK_FAR_MS,
        typed={"label": "", "role": str(PhoneRole.GATE), "post": ""} | typed,
    )


async def _paired(
    writer: Writer, services: Services, caller: Caller, festival_id: int, label: str, role: PhoneRole, post: int | None
) -> tuple[Festival, StaffPhone, str]:
    now_ms = services.clock.wall_ms()
    festival = await festivals.load(Reader(writer), festival_id)
    phone, token = await staff_phones.pair(
        writer, festival_id, label=label, role=role, live_event_id=post, actor=caller.actor, now_ms=now_ms
    )
    await _note(writer, caller, "pair", phone, now_ms)
    return festival, phone, token


async def _note(writer: Writer, caller: Caller, act: str, phone: StaffPhone, now_ms: int) -> None:
    await record(
        writer,
        actor=caller.actor,
        action=f"staff_phone.{act}",
        subject=f"staff_phone:{phone.id}",
        now_ms=now_ms,
        detail={"label": phone.label, "role": str(phone.role)},
    )


@router.post(BASE, include_in_schema=False)
async def pair(
    request: Request,
    caller: CanWrite,
    festival_id: RowId,
    role: Annotated[PhoneRole, Form()],
    label: Annotated[str, Form(max_length=200)] = "",
    post: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    """The page with the phone's link: the only time it can be seen."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            at = int(post) if post.isdigit() else None
            festival, phone, token = await _paired(writer, services, caller, festival_id, label, role, at)
    except Invalid as refusal:
        return await _show(request, festival_id, refusal, label=label, role=str(role), post=post)
    link = link_of(services, festival, token)
    return page(
        request, "festival_staff_paired.html", headers=NO_STORE, festival=festival, phone=phone, link=link, qr=qr(link)
    )


@router.post(BASE + "/sheet", include_in_schema=False)
async def sheet(request: Request, caller: CanWrite, festival_id: RowId) -> HTMLResponse:
    """A phone for every post that has none, on one sheet to print."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        festival = await festivals.load(Reader(writer), festival_id)
        made = await staff_phones.pair_posts(writer, festival_id, actor=caller.actor, now_ms=now_ms)
        for phone, _, _ in made:
            await _note(writer, caller, "pair", phone, now_ms)
    lines = [(phone, post, qr(link_of(services, festival, token))) for phone, post, token in made]
    return page(request, "festival_staff_sheet.html", headers=NO_STORE, festival=festival, lines=lines)


@router.post(BASE + "/{phone_id}/revoke", include_in_schema=False)
async def revoke(request: Request, caller: CanWrite, festival_id: RowId, phone_id: RowId) -> Response:
    """Stops a phone."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        phone = await staff_phones.revoke(writer, festival_id, phone_id, now_ms=now_ms)
        await _note(writer, caller, "revoke", phone, now_ms)
    return see_other(f"/festivals/{festival_id}/staff")


@router.post(
    "/api/festivals/{festival_id}/staff-phones",
    status_code=201,
    response_model=PhoneMade,
    tags=["festivals"],
    summary="Pair a staff phone",
)
async def pair_by_api(request: Request, caller: CanWrite, festival_id: RowId, body: PhoneIn) -> Response:
    """The token is told this once."""
    services = services_of(request)
    async with services.db.write() as writer:
        festival, phone, token = await _paired(writer, services, caller, festival_id, body.label, body.role, body.post)
    made = PhoneMade(
        id=phone.id, label=phone.label, role=phone.role, token=token, url=link_of(services, festival, token)
    )
    return JSONResponse(made.model_dump(mode="json"), 201, NO_STORE)
