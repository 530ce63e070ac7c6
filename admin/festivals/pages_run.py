"""The day itself: what is on, the one next step, announcements, and the way into every desk.

Never does what a live item does: that is its kind's desk.
"""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from admin import api_rounds
from admin.api_models import RoundIn
from admin.caller import Caller
from admin.festivals import desks
from admin.festivals.forms import Short
from admin.festivals.pages_festivals import CanRun, make_stage_link
from admin.festivals.pages_programme import item_of, set_item_state
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.quiz_editing import see_other
from admin.services import services_of
from admin.templating import page
from contest import question_bank
from contest.database import Reader
from contest.errors import Invalid, Refused
from contest.festival import announcements, festivals, guests, programme
from contest.festival.kinds import ALL_DAY
from contest.festival.live_seats import codes_of_rounds
from contest.festival.model import FestivalState, LiveEvent, LiveEventKind, LiveEventState
from contest.model import Mode
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)
CanCreate = Annotated[Caller, requires(Permission.ROUNDS_CREATE)]


def next_step(items: Sequence[LiveEvent]) -> tuple[LiveEvent, LiveEventState] | None:
    """What the one big button does: end what is on, else begin what comes. Gates and booths have buttons of their
    own: they open in the morning and stay."""
    course = [item for item in items if item.kind not in ALL_DAY]
    live = [item for item in course if item.state is LiveEventState.LIVE]
    if live:
        return live[0], LiveEventState.DONE
    coming = [item for item in course if item.state is LiveEventState.PLANNED]
    return (coming[0], LiveEventState.LIVE) if coming else None


@router.get("/festivals/{festival_id}/run")
async def run_page(request: Request, caller: CanRun, festival_id: RowId) -> HTMLResponse:
    """The page of the day."""
    return await _run(request, festival_id)


@router.post("/festivals/{festival_id}/items/{item_id}/state")
async def change_item_state(
    request: Request,
    caller: CanRun,
    festival_id: RowId,
    item_id: RowId,
    state: Annotated[LiveEventState, Form()],
    follow: Annotated[bool, Form()] = False,
) -> Response:
    """Leads an item on, or back; `follow`: what comes next begins in the same moment."""
    services = services_of(request)
    try:
        await set_item_state(services, festival_id, item_id, state, caller.actor)
        if follow:
            async with services.db.read() as reader:
                step = next_step(await festivals.programme(reader, festival_id))
            if step is not None and step[1] is LiveEventState.LIVE:
                await set_item_state(services, festival_id, step[0].id, step[1], caller.actor)
    except Refused as refusal:
        return await _run(request, festival_id, refusal)
    return see_other(f"/festivals/{festival_id}/run")


@router.post("/festivals/{festival_id}/open-all")
async def open_all_day(
    request: Request, caller: CanRun, festival_id: RowId, kind: Annotated[LiveEventKind, Form()]
) -> Response:
    """All gates, or all booths, of the day open at once."""
    services = services_of(request)
    try:
        async with services.db.read() as reader:
            items = await festivals.programme(reader, festival_id, kinds=[kind])
        for item in items:
            if kind in ALL_DAY and item.state is LiveEventState.PLANNED:
                await set_item_state(services, festival_id, item.id, LiveEventState.LIVE, caller.actor)
    except Refused as refusal:
        return await _run(request, festival_id, refusal)
    return see_other(f"/festivals/{festival_id}/run")


@router.post("/festivals/{festival_id}/announcements")
async def announce(
    request: Request,
    caller: CanRun,
    festival_id: RowId,
    text_vi: Short = "",
    text_en: Short = "",
    minutes: Annotated[int, Form(ge=0, le=3 * 24 * 60)] = 30,
) -> Response:
    """Tells all phones and the stage; 0 minutes: until somebody ends it."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    try:
        async with services.db.write() as writer:
            await announcements.announce(
                writer, festival_id, text_vi=text_vi, text_en=text_en,
                until=now_ms + minutes * 60_000 if minutes else None, actor=caller.actor, now_ms=now_ms,
            )  # fmt: skip
    except Invalid as refusal:
        return await _run(request, festival_id, refusal)
    return see_other(f"/festivals/{festival_id}/run")


@router.post("/festivals/{festival_id}/announcements/{number}/end")
async def end_announcement(request: Request, caller: CanRun, festival_id: RowId, number: RowId) -> Response:
    """Takes a text away."""
    services = services_of(request)
    async with services.db.write() as writer:
        await announcements.end(writer, festival_id, number, actor=caller.actor, now_ms=services.clock.wall_ms())
    return see_other(f"/festivals/{festival_id}/run")


@router.post("/festivals/{festival_id}/run/stage")
async def stage_from_run(request: Request, caller: CanRun, festival_id: RowId) -> HTMLResponse:
    """A fresh link for the projector, shown once."""
    return await _run(request, festival_id, stage_url=await make_stage_link(request, caller, festival_id))


@router.post("/festivals/{festival_id}/items/{item_id}/round")
async def make_item_round(
    request: Request, caller: CanCreate, festival_id: RowId, item_id: RowId, quiz_id: Annotated[int, Form()]
) -> Response:
    """Opens the lobby of a live round of this quiz, ties it to the item, and goes to its console."""
    services = services_of(request)
    async with services.db.read() as reader:
        item = await item_of(reader, festival_id, item_id)
    if item.kind is not LiveEventKind.LIVE_ROUND:
        raise Invalid("item_not_a_round")
    made = await api_rounds.make_round(services, caller, RoundIn(quiz_id=quiz_id, mode=Mode.POINTS))
    async with services.db.write() as writer:
        await programme.link_round(writer, item_id, made.id, actor=caller.actor, now_ms=services.clock.wall_ms())
    return see_other(f"/host/{made.id}")


async def _run(
    request: Request, festival_id: int, refusal: Refused | None = None, *, stage_url: str | None = None
) -> HTMLResponse:
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.read() as reader:
        festival = await festivals.load(reader, festival_id)
        items = await festivals.programme(reader, festival_id)
        told = await announcements.current(reader, festival_id, now_ms)
        count = await guests.seen(reader, festival_id)
        codes = await codes_of_rounds(Reader(reader), items)
        quizzes = [one for one in await question_bank.listing(reader) if one.questions]
    course = [item for item in items if item.kind not in ALL_DAY]
    beside = [item for item in items if item.kind in ALL_DAY]
    return page(
        request,
        "festival_run.html",
        status=200 if refusal is None else status_of(refusal),
        festival=festival,
        is_open=festival.state is FestivalState.OPEN,
        step=next_step(items),
        live=[item for item in course if item.state is LiveEventState.LIVE],
        coming=[item for item in course if item.state is LiveEventState.PLANNED],
        course=course,
        beside=beside,
        closed_kinds=[
            kind for kind in (LiveEventKind.GATE, LiveEventKind.BOOTH)
            if any(item.kind is kind and item.state is LiveEventState.PLANNED for item in beside)
        ],
        codes=codes,
        quizzes=quizzes,
        announcements=told,
        guests=count,
        desk=desks.desk_of,
        links=desks.links_of(festival_id),
        stage_url=stage_url,
        public_url=f"{services.public_url}/f/{festival.slug}",
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )  # fmt: skip
