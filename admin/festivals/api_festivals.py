"""The JSON API of festivals: enough to lead a festival day from another program.

Never holds a rule; the domain does. Guests and staff phones talk to the players' server.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from admin.festivals.pages_festivals import CanRun, CanWrite, make_stage_link
from admin.festivals.pages_programme import item_of, set_item_state
from admin.language import language_of
from admin.params import Moment, RowId
from admin.services import services_of
from contest.database import Reader
from contest.festival import announcements, day_templates, festivals, guests, organising, programme
from contest.festival.live_seats import codes_of_rounds
from contest.festival.model import Festival, FestivalState, LiveEvent, LiveEventKind, LiveEventState
from contest.festival.organising import Outline
from contest.festival.programme import ItemDraft
from contest.skills import Skill

router = APIRouter(prefix="/api/festivals", tags=["festivals"])


class Body(BaseModel):
    """A body of the API: no unknown keys."""

    model_config = ConfigDict(extra="forbid")


class FestivalIn(Body):
    """What is said of a festival; days are local, as 2026-11-22. `plan` (day, evening, week) fills a new programme."""

    title: str = Field(max_length=400)
    first_day: str = Field(max_length=10)
    last_day: str | None = Field(default=None, max_length=10)
    place: str = Field(default="", max_length=400)
    commune: str | None = Field(default=None, max_length=5)
    intro: str = Field(default="", max_length=8_000)
    plan: str | None = Field(default=None, max_length=16)

    def outline(self) -> Outline:
        """The same for the domain."""
        last = self.last_day or self.first_day
        return Outline(self.title, self.first_day, last, self.place, self.commune, self.intro)


class ItemIn(Body):
    """An item; times in UTC ms, `settings` as the kind's part wants them; left out when editing: as they are."""

    kind: LiveEventKind
    title: str = Field(max_length=400)
    starts_at: Moment
    ends_at: Moment | None = None
    place: str = Field(default="", max_length=400)
    responsible: str = Field(default="", max_length=400)
    note: str = Field(default="", max_length=4_000)
    skill: Skill | None = None
    settings: dict[str, Any] | None = None

    def draft(self) -> ItemDraft:
        """The same for the domain."""
        return ItemDraft(**{name: getattr(self, name) for name in ItemDraft.__dataclass_fields__})


class StateIn(Body):
    """Where the festival is to be: draft, open, over, archived."""

    state: FestivalState


class ItemStateIn(Body):
    """Where the item is to be: planned, live, done."""

    state: LiveEventState


class RoundIn(Body):
    """The live round that is the item's content; null takes it away."""

    round_id: RowId | None


class AnnouncementIn(Body):
    """A text to all phones; `until` (UTC ms) null: until it is ended."""

    text_vi: str = Field(max_length=400)
    text_en: str = Field(default="", max_length=400)
    until: Moment | None = None


class ItemOut(BaseModel):
    """An item of the programme."""

    id: int
    kind: str
    title: str
    place: str
    starts_at: int
    ends_at: int | None
    state: str
    responsible: str
    note: str
    skill: str | None
    round_id: int | None
    code: str | None = Field(description="Of its live round, while people may enter it.")
    settings: dict[str, Any]


class FestivalLine(BaseModel):
    """A festival in the list."""

    id: int
    slug: str
    title: str
    place: str
    commune: str | None
    first_day: str
    last_day: str
    state: str
    version: int


class FestivalOut(FestivalLine):
    """A festival with its programme."""

    intro: str
    guests: int
    url: str = Field(description="The public page.")
    items: list[ItemOut]


class StageLink(BaseModel):
    """A fresh link of the stage; shown once."""

    url: str


class AnnouncementMade(BaseModel):
    """The number of the text."""

    id: int


class GuestsOut(BaseModel):
    """How many guests have come."""

    guests: int


@router.get("")
async def list_festivals(
    request: Request, caller: CanRun, q: Annotated[str, Query(max_length=100)] = ""
) -> list[FestivalLine]:
    """The latest first."""
    async with services_of(request).db.read() as reader:
        return [FestivalLine(**_line(one)) for one in await organising.listing(reader, query=q)]


@router.post("", status_code=201)
async def create_festival(request: Request, caller: CanWrite, body: FestivalIn) -> FestivalOut:
    """A draft; with `plan` its programme is filled with a typical one."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        made = await organising.create(writer, body.outline(), actor=caller.actor, now_ms=now_ms)
        for draft in day_templates.drafts(body.plan or "", made.first_day, language_of(request)):
            await programme.add(writer, made.id, draft, actor=caller.actor, now_ms=now_ms)
    return await _whole(request, made.id)


@router.get("/{festival_id}")
async def read_festival(request: Request, caller: CanRun, festival_id: RowId) -> FestivalOut:
    """The festival and its programme."""
    return await _whole(request, festival_id)


@router.put("/{festival_id}")
async def edit_festival(request: Request, caller: CanWrite, festival_id: RowId, body: FestivalIn) -> FestivalOut:
    """Changes what is said of it; `plan` is of no matter then."""
    services = services_of(request)
    async with services.db.write() as writer:
        await organising.edit(writer, festival_id, body.outline(), actor=caller.actor, now_ms=services.clock.wall_ms())
    return await _whole(request, festival_id)


@router.post("/{festival_id}/state")
async def change_state(request: Request, caller: CanWrite, festival_id: RowId, body: StateIn) -> FestivalOut:
    """Opens, ends, reopens or archives. 409 `festival_state`, `festival_empty`."""
    services = services_of(request)
    async with services.db.write() as writer:
        await organising.set_state(writer, festival_id, body.state, actor=caller.actor, now_ms=services.clock.wall_ms())
    return await _whole(request, festival_id)


@router.post("/{festival_id}/items", status_code=201)
async def add_item(request: Request, caller: CanWrite, festival_id: RowId, body: ItemIn) -> ItemOut:
    """A new item, planned."""
    services = services_of(request)
    async with services.db.write() as writer:
        made = await programme.add(
            writer, festival_id, body.draft(), actor=caller.actor, now_ms=services.clock.wall_ms()
        )
    return ItemOut(**_item(made))


@router.put("/{festival_id}/items/{item_id}")
async def edit_item(request: Request, caller: CanWrite, festival_id: RowId, item_id: RowId, body: ItemIn) -> ItemOut:
    """Changes an item. 409 `item_kind_used`."""
    services = services_of(request)
    async with services.db.write() as writer:
        await item_of(Reader(writer), festival_id, item_id)
        made = await programme.edit(writer, item_id, body.draft(), actor=caller.actor, now_ms=services.clock.wall_ms())
    return ItemOut(**_item(made))


@router.delete("/{festival_id}/items/{item_id}", status_code=204)
async def remove_item(request: Request, caller: CanWrite, festival_id: RowId, item_id: RowId) -> None:
    """Deletes what was only planned. 409 `item_used`."""
    services = services_of(request)
    async with services.db.write() as writer:
        await item_of(Reader(writer), festival_id, item_id)
        await programme.remove(writer, item_id, actor=caller.actor, now_ms=services.clock.wall_ms())


@router.post("/{festival_id}/items/{item_id}/state")
async def change_item_state(
    request: Request, caller: CanRun, festival_id: RowId, item_id: RowId, body: ItemStateIn
) -> ItemOut:
    """Leads an item on, or back. 409 `festival_not_open`."""
    made = await set_item_state(services_of(request), festival_id, item_id, body.state, caller.actor)
    return ItemOut(**_item(made))


@router.post("/{festival_id}/items/{item_id}/round")
async def link_round(
    request: Request, caller: CanRun, festival_id: RowId, item_id: RowId, body: RoundIn
) -> FestivalOut:
    """Makes a live round the content of a live quiz item."""
    services = services_of(request)
    async with services.db.write() as writer:
        await item_of(Reader(writer), festival_id, item_id)
        await programme.link_round(writer, item_id, body.round_id, actor=caller.actor, now_ms=services.clock.wall_ms())
    return await _whole(request, festival_id)


@router.post("/{festival_id}/announcements", status_code=201)
async def announce(request: Request, caller: CanRun, festival_id: RowId, body: AnnouncementIn) -> AnnouncementMade:
    """Tells all phones and the stage."""
    services = services_of(request)
    async with services.db.write() as writer:
        made = await announcements.announce(
            writer, festival_id, text_vi=body.text_vi, text_en=body.text_en, until=body.until,
            actor=caller.actor, now_ms=services.clock.wall_ms(),
        )  # fmt: skip
    return AnnouncementMade(id=made)


@router.post("/{festival_id}/stage-token")
async def stage_token(request: Request, caller: CanRun, festival_id: RowId) -> StageLink:
    """A fresh link for the projector; the one before stops working."""
    return StageLink(url=await make_stage_link(request, caller, festival_id))


@router.get("/{festival_id}/guests")
async def count_guests(request: Request, caller: CanRun, festival_id: RowId) -> GuestsOut:
    """How many guests have come, by the page or by the staff."""
    async with services_of(request).db.read() as reader:
        await festivals.load(reader, festival_id)
        return GuestsOut(guests=await guests.seen(reader, festival_id))


def _line(festival: Festival) -> dict[str, Any]:
    return {name: getattr(festival, name) for name in FestivalLine.model_fields}


def _item(item: LiveEvent, code: str | None = None) -> dict[str, Any]:
    return {name: getattr(item, name) for name in ItemOut.model_fields if name != "code"} | {"code": code}


async def _whole(request: Request, festival_id: int) -> FestivalOut:
    services = services_of(request)
    async with services.db.read() as reader:
        festival = await festivals.load(reader, festival_id)
        items = await festivals.programme(reader, festival_id)
        codes = await codes_of_rounds(reader, items)
        count = await guests.seen(reader, festival_id)
    return FestivalOut(
        **_line(festival),
        intro=festival.intro,
        guests=count,
        url=f"{services.public_url}/f/{festival.slug}",
        items=[ItemOut(**_item(item, codes.get(item.id))) for item in items],
    )
