"""The desks from which a host runs what the hall does together: polls, words, pledges, the launch.

Never holds a rule: the use cases say what may happen. Each desk works without a script; keys come on top.
"""

import asyncio
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, Response

from admin.caller import Caller
from admin.contests.export_files import CSV, XLSX
from admin.festivals import acts_export, acts_views
from admin.festivals.desks import DESKS, LINKS, FestivalLink
from admin.language import language_of
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.quiz_editing import see_other
from admin.services import services_of
from admin.templating import is_htmx, page
from contest.audit import record
from contest.database import Reader
from contest.errors import Invalid, NotFound
from contest.festival import acts, festivals, launches, pledges, words
from contest.festival.model import LiveEventKind
from realtime.festival import launch_desk

router = APIRouter(include_in_schema=False)
CanRun = Annotated[Caller, requires(Permission.FESTIVALS_RUN)]
CanWrite = Annotated[Caller, requires(Permission.FESTIVALS_WRITE)]
Short = Annotated[str, Form(max_length=400)]
BASE = "/festivals/{festival_id}/acts/{item_id}"

for _kind in acts.HALL:
    DESKS[_kind] = "/festivals/{festival}/acts/{item}"
LINKS.append(FestivalLink("acts.title", "/festivals/{festival}/acts", Permission.FESTIVALS_RUN))


@router.get("/festivals/{festival_id}/acts")
async def acts_page(request: Request, caller: CanRun, festival_id: RowId) -> HTMLResponse:
    """Every item the hall takes part in."""
    async with services_of(request).db.read() as reader:
        festival = await festivals.load(reader, festival_id)
        lines = await acts_views.lines(reader, festival_id)
    return page(request, "festival_acts.html", festival=festival, lines=lines)


@router.get(BASE)
async def desk_page(
    request: Request, caller: CanRun, festival_id: RowId, item_id: RowId, merge: Annotated[int, Query(ge=0)] = 0
) -> HTMLResponse:
    """One item's desk; asked for by htmx, only what changes."""
    services = services_of(request)
    desk = await acts_views.desk(services, festival_id, item_id)
    # What the page says anew of itself keeps the address of the desk.
    template = "_festival_act_now.html" if is_htmx(request) else "festival_act.html"
    every = [one for found in (desk.words or {}).values() for one in found]
    return page(
        request,
        template,
        desk=desk,
        here=f"/festivals/{festival_id}/acts/{item_id}",
        merging=next((one for one in every if one.id == merge), None),
        units=acts_views.unit_names(),
        send_id=uuid4().hex,
    )


def _back(request: Request, festival_id: int, item_id: int) -> Response:
    return see_other(f"/festivals/{festival_id}/acts/{item_id}")


@router.post(BASE + "/open")
async def open_act(request: Request, caller: CanRun, festival_id: RowId, item_id: RowId) -> Response:
    """People may vote, send words or sign."""
    services = services_of(request)
    async with services.db.write() as writer:
        now_ms = services.clock.wall_ms()
        await acts.open_act(writer, festival_id, item_id, actor=caller.actor, now_ms=now_ms)
    return _back(request, festival_id, item_id)


@router.post(BASE + "/close")
async def close_act(request: Request, caller: CanRun, festival_id: RowId, item_id: RowId) -> Response:
    """No more of it."""
    services = services_of(request)
    async with services.db.write() as writer:
        now_ms = services.clock.wall_ms()
        await acts.close_act(writer, festival_id, item_id, actor=caller.actor, now_ms=now_ms)
    return _back(request, festival_id, item_id)


# Words.


@router.post(BASE + "/words/show-all")
async def show_all(request: Request, caller: CanRun, festival_id: RowId, item_id: RowId) -> Response:
    """Lets all waiting words through but for those the filter holds back."""
    services = services_of(request)
    async with services.db.write() as writer:
        found = await words.listing(Reader(writer), item_id, "waiting")
        ids = [one.id for one in found if not one.held]
        now_ms = services.clock.wall_ms()
        await words.decide(writer, festival_id, item_id, ids, "shown", actor=caller.actor, now_ms=now_ms)
    return _back(request, festival_id, item_id)


@router.post(BASE + "/words/{word_id}")
async def decide_word(
    request: Request, caller: CanRun, festival_id: RowId, item_id: RowId, word_id: RowId, state: Short = ""
) -> Response:
    """Shows or hides a word."""
    services = services_of(request)
    async with services.db.write() as writer:
        now_ms = services.clock.wall_ms()
        await words.decide(writer, festival_id, item_id, [word_id], state, actor=caller.actor, now_ms=now_ms)
    return _back(request, festival_id, item_id)


@router.post(BASE + "/words/{word_id}/merge")
async def merge_word(
    request: Request,
    caller: CanRun,
    festival_id: RowId,
    item_id: RowId,
    word_id: RowId,
    into: Annotated[int, Form(ge=0, le=2**31 - 1)],
) -> Response:
    """Counts a word with another."""
    services = services_of(request)
    async with services.db.write() as writer:
        now_ms = services.clock.wall_ms()
        await words.merge(writer, festival_id, item_id, word_id, into, actor=caller.actor, now_ms=now_ms)
    return _back(request, festival_id, item_id)


# Pledges.


@router.post(BASE + "/units")
async def sign_unit(
    request: Request,
    caller: CanRun,
    festival_id: RowId,
    item_id: RowId,
    send_id: Short = "",
    unit_name: Short = "",
    representative: Short = "",
    office: Short = "",
    unit_code: Annotated[str, Form(max_length=5)] = "",
    text: Annotated[int, Form(ge=0, le=5)] = 0,
) -> Response:
    """Takes the signature of a unit down that is signed at the desk."""
    if unit_code and unit_code not in acts_views.unit_names():
        raise Invalid("unit_unknown")
    services = services_of(request)
    async with services.db.write() as writer:
        await pledges.sign_unit(
            writer,
            festival_id,
            item_id,
            unit_name=unit_name,
            representative=representative,
            office=office,
            unit_code=unit_code or None,
            text=text,
            send_id=send_id[:40] or uuid4().hex,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    return _back(request, festival_id, item_id)


@router.post(BASE + "/pledges/{pledge_id}/name")
async def name_pledge(
    request: Request, caller: CanRun, festival_id: RowId, item_id: RowId, pledge_id: RowId, hidden: Short = ""
) -> Response:
    """Takes a name off the stage, or puts it back."""
    services = services_of(request)
    async with services.db.write() as writer:
        common: dict[str, Any] = {"actor": caller.actor, "now_ms": services.clock.wall_ms()}
        await pledges.hide(writer, festival_id, item_id, pledge_id, hidden == "yes", **common)
    return _back(request, festival_id, item_id)


@router.post(BASE + "/pledges/{pledge_id}/void")
async def void_pledge(
    request: Request, caller: CanRun, festival_id: RowId, item_id: RowId, pledge_id: RowId, reason: Short = ""
) -> Response:
    """Takes a signature out of the count, with a reason."""
    services = services_of(request)
    async with services.db.write() as writer:
        common: dict[str, Any] = {"actor": caller.actor, "now_ms": services.clock.wall_ms()}
        await pledges.void(writer, festival_id, item_id, pledge_id, reason=reason, **common)
    return _back(request, festival_id, item_id)


@router.get(BASE + "/pledges.{fmt}")
async def pledges_file(request: Request, caller: CanWrite, festival_id: RowId, item_id: RowId, fmt: str) -> Response:
    """The printable list of all signatures."""
    if fmt not in ("xlsx", "csv"):
        raise NotFound("not_found")
    services = services_of(request)
    lang = language_of(request)
    async with services.db.read() as reader:
        item = await acts.item_of(reader, festival_id, item_id, LiveEventKind.PLEDGE)
        signed = await pledges.listing(reader, item.id, ended=True)
    table = acts_export.table(lang, signed, acts_views.unit_names())
    content = await asyncio.to_thread(acts_export.made, lang, item.title, fmt, table)
    async with services.db.write() as writer:
        subject = f"live_event:{item.id}"
        await record(
            writer, actor=caller.actor, action="pledges.export", subject=subject, now_ms=services.clock.wall_ms()
        )
    name = f"{'cam-ket' if lang == 'vi' else 'pledges'}-{item.id}.{fmt}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, headers=headers, media_type=XLSX if fmt == "xlsx" else CSV)


# The launch.


@router.post(BASE + "/arm")
async def arm(
    request: Request,
    caller: CanRun,
    festival_id: RowId,
    item_id: RowId,
    needed: Annotated[str, Form(max_length=2)] = "",
) -> Response:
    """From now on the buttons count."""
    services = services_of(request)
    async with services.db.read() as reader:
        item = await acts.item_of(reader, festival_id, item_id, LiveEventKind.LAUNCH)
    present = (await launch_desk.look(services.db, services.redis, item)).standing.present
    async with services.db.write() as writer:
        wanted = int(needed) if needed.isdigit() else None
        common: dict[str, Any] = {"actor": caller.actor, "now_ms": services.clock.wall_ms()}
        await launches.arm(writer, festival_id, item_id, present, needed=wanted, **common)
    return _back(request, festival_id, item_id)


@router.post(BASE + "/disarm")
async def disarm(request: Request, caller: CanRun, festival_id: RowId, item_id: RowId) -> Response:
    """The buttons count no more."""
    services = services_of(request)
    async with services.db.write() as writer:
        now_ms = services.clock.wall_ms()
        await launches.disarm(writer, festival_id, item_id, actor=caller.actor, now_ms=now_ms)
    return _back(request, festival_id, item_id)


@router.post(BASE + "/fire")
async def fire(request: Request, caller: CanRun, festival_id: RowId, item_id: RowId) -> Response:
    """Launches by hand."""
    services = services_of(request)
    async with services.db.read() as reader:
        item = await acts.item_of(reader, festival_id, item_id, LiveEventKind.LAUNCH)
    common: dict[str, Any] = {"actor": caller.actor, "now_ms": services.clock.wall_ms()}
    await launch_desk.fire_by_hand(services.db, services.redis, item, **common)
    return _back(request, festival_id, item_id)


@router.post(BASE + "/delegates/{delegate_id}/part")
async def excuse(
    request: Request, caller: CanRun, festival_id: RowId, item_id: RowId, delegate_id: RowId, excused: Short = ""
) -> Response:
    """The host waits for a delegate no more, or again."""
    services = services_of(request)
    async with services.db.write() as writer:
        common: dict[str, Any] = {"actor": caller.actor, "now_ms": services.clock.wall_ms()}
        await launches.excuse(writer, festival_id, item_id, delegate_id, excused=excused == "yes", **common)
    return _back(request, festival_id, item_id)
