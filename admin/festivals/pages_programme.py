"""The programme editor: one form for an item, its place in time, and what goes live.

Works without a script. Never does what a live item does: that is its kind's desk.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import HTMLResponse, Response

from admin.festivals.forms import ItemForm, form_of
from admin.festivals.pages_festivals import CanRun, CanWrite, hub
from admin.params import RowId
from admin.quiz_editing import see_other
from admin.services import Services, services_of
from admin.templating import page
from contest.database import Reader
from contest.errors import Conflict, Invalid, NotFound, Refused
from contest.festival import festivals, programme
from contest.festival.kinds import WITH_SKILL
from contest.festival.model import LiveEvent, LiveEventKind, LiveEventState
from contest.festival.programme import ItemDraft
from contest.provincial.local_time import DAY_MS, local_day
from contest.skills import Skill
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)


async def item_of(reader: Reader, festival_id: int, item_id: int) -> LiveEvent:
    """The item of this festival. Raises NotFound("live_event_unknown")."""
    item = await festivals.live_event(reader, item_id)
    if item.festival_id != festival_id:
        raise NotFound("live_event_unknown")
    return item


@router.get("/festivals/{festival_id}/items/new")
async def new_item_page(
    request: Request, caller: CanWrite, festival_id: RowId, kind: LiveEventKind = LiveEventKind.CEREMONY
) -> HTMLResponse:
    """The form of a new item."""
    services = services_of(request)
    async with services.db.read() as reader:
        festival = await festivals.load(reader, festival_id)
        items = await festivals.programme(reader, festival_id)
    today = local_day(services.clock.wall_ms())
    day = today if festival.first_day <= today <= festival.last_day else festival.first_day
    timed = [item for item in items if item.ends_at and local_day(item.starts_at) == day and item.kind == kind]
    form = ItemForm(kind=kind.value, day=day, starts=form_of(timed[-1]).ends if timed else "08:00")
    return await _form(request, festival_id, None, form)


@router.post("/festivals/{festival_id}/items")
async def add_item(
    request: Request, caller: CanWrite, festival_id: RowId, form: Annotated[ItemForm, Depends()]
) -> Response:
    """Adds it and goes back to the programme."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            made = await programme.add(
                writer, festival_id, form.draft(), actor=caller.actor, now_ms=services.clock.wall_ms()
            )
    except Refused as refusal:
        return await _form(request, festival_id, None, form, refusal)
    return see_other(f"/festivals/{festival_id}#item-{made.id}")


@router.get("/festivals/{festival_id}/items/{item_id}")
async def item_page(request: Request, caller: CanWrite, festival_id: RowId, item_id: RowId) -> HTMLResponse:
    """The form of an item there is."""
    async with services_of(request).db.read() as reader:
        item = await item_of(reader, festival_id, item_id)
    return await _form(request, festival_id, item, form_of(item))


@router.post("/festivals/{festival_id}/items/{item_id}")
async def edit_item(
    request: Request, caller: CanWrite, festival_id: RowId, item_id: RowId, form: Annotated[ItemForm, Depends()]
) -> Response:
    """Changes it. An item that goes past midnight keeps its end. What somebody else saved in the meantime is not lost
    unseen: the form comes back, and saves when it is sent again."""
    services = services_of(request)
    async with services.db.read() as reader:
        item = await item_of(reader, festival_id, item_id)
    try:
        draft = form.draft()
        async with services.db.write() as writer:
            item = await festivals.live_event(Reader(writer), item_id, lock=True)
            if form.was and form.was != form_of(item).said():
                raise Conflict("item_changed")
            await programme.edit(
                writer, item_id, _over_days(item, draft), actor=caller.actor, now_ms=services.clock.wall_ms()
            )
    except Refused as refusal:
        return await _form(request, festival_id, item, form, refusal)
    return see_other(f"/festivals/{festival_id}#item-{item_id}")


def _over_days(item: LiveEvent, draft: ItemDraft) -> ItemDraft:
    """The form knows one day: a booth that stands for three keeps its last one."""
    if item.ends_at is None or draft.ends_at is None or local_day(item.ends_at) == local_day(item.starts_at):
        return draft
    days = (item.ends_at - item.starts_at) // DAY_MS
    return replace(draft, ends_at=draft.ends_at + days * DAY_MS)


@router.post("/festivals/{festival_id}/items/{item_id}/remove")
async def remove_item(request: Request, caller: CanWrite, festival_id: RowId, item_id: RowId) -> Response:
    """Deletes what was only planned."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            await item_of(Reader(writer), festival_id, item_id)
            await programme.remove(writer, item_id, actor=caller.actor, now_ms=services.clock.wall_ms())
    except Refused as refusal:
        return await hub(request, festival_id, refusal)
    return see_other(f"/festivals/{festival_id}")


@router.post("/festivals/{festival_id}/items/{item_id}/shift")
async def shift_items(
    request: Request, caller: CanRun, festival_id: RowId, item_id: RowId, minutes: Annotated[int, Form()]
) -> Response:
    """The programme is late, or early: this and everything after it on the day moves."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            await item_of(Reader(writer), festival_id, item_id)
            await programme.shift(writer, item_id, minutes, actor=caller.actor, now_ms=services.clock.wall_ms())
    except Refused as refusal:
        return await hub(request, festival_id, refusal)
    return see_other(f"/festivals/{festival_id}#item-{item_id}")


async def set_item_state(
    services: Services, festival_id: int, item_id: int, state: LiveEventState, actor: str
) -> LiveEvent:
    """One step of an item, audited."""
    async with services.db.write() as writer:
        await item_of(Reader(writer), festival_id, item_id)
        return await programme.set_state(writer, item_id, state, actor=actor, now_ms=services.clock.wall_ms())


async def _form(
    request: Request, festival_id: int, item: LiveEvent | None, form: ItemForm, refusal: Refused | None = None
) -> HTMLResponse:
    if refusal is not None and not isinstance(refusal, Invalid) and item is None:
        return await hub(request, festival_id, refusal)
    async with services_of(request).db.read() as reader:
        festival = await festivals.load(reader, festival_id)
    return page(
        request,
        "festival_item.html",
        status=200 if refusal is None else status_of(refusal),
        festival=festival,
        item=item,
        form=form,
        was="" if item is None else form_of(item).said(),
        kinds=list(LiveEventKind),
        with_skill=WITH_SKILL,
        skills=list(Skill),
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )
