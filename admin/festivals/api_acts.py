"""The JSON API of what the hall does together, for programs that run a stage: open, close, arm, fire, list.

Never gives a guest's name that the hall may not read.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from admin.festivals import acts_views
from admin.festivals.acts_views import Desk
from admin.festivals.pages_acts import CanRun, CanWrite
from admin.festivals.pages_acts_settings import delegate_url
from admin.params import RowId
from admin.services import services_of
from contest.database import Reader
from contest.festival import acts, festivals, launches, pledges, words
from contest.festival.model import LiveEventKind
from contest.festival.pledges import Pledge
from realtime.festival import launch_desk

router = APIRouter(prefix="/api/festivals/{festival_id}/items/{item_id}", tags=["festivals"])


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SettingsIn(_In):
    """The settings of the item's kind: a poll's question and options, a cloud's words, a pledge's texts, a launch's
    seconds and slogan."""

    settings: dict[str, Any]


class DelegateIn(_In):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    place: Annotated[str, Field(max_length=120)] = ""


class DelegatesIn(_In):
    """All of them, in order."""

    delegates: Annotated[list[DelegateIn], Field(max_length=12)]


class ArmIn(_In):
    """`needed`: how many of those who are there must hold; left out: all."""

    needed: Annotated[int, Field(ge=1, le=12)] | None = None


class WordsIn(_In):
    """What to do with words: shown, hidden or waiting."""

    words: Annotated[list[int], Field(min_length=1, max_length=400)]
    state: str


class MergeIn(_In):
    """Counts `word` with `into`; both the same: parts them again."""

    word: int
    into: int


class VoidPledgeIn(_In):
    reason: Annotated[str, Field(min_length=1, max_length=400)]


class UnitPledgeIn(_In):
    """A unit's signature; `id` is the sender's own, so that sending again adds nothing."""

    id: Annotated[str, Field(min_length=8, max_length=40)]
    unit_name: Annotated[str, Field(min_length=1, max_length=160)]
    representative: Annotated[str, Field(min_length=1, max_length=120)]
    office: Annotated[str, Field(max_length=120)] = ""
    unit_code: Annotated[str, Field(pattern=r"^[0-9]{5}$")] | None = None
    text: Annotated[int, Field(ge=0, le=5)] = 0


class WordOut(BaseModel):
    id: int
    text: str
    state: str
    held: bool
    people: int


class ActOut(BaseModel):
    """How an item stands. What does not belong to its kind is left empty."""

    id: int
    kind: str
    state: str
    people: int = 0
    units: int = 0
    counts: dict[str, int] = {}
    words: list[WordOut] = []
    launch: dict[str, Any] | None = None


class PledgeOut(BaseModel):
    """A signature; `name` is null for people who are not named."""

    id: int
    signer: str
    name: str | None
    representative: str | None
    office: str | None
    unit_code: str | None
    text: str
    state: str
    signed_at: int

    @classmethod
    def of(cls, one: Pledge) -> "PledgeOut":
        return cls(
            id=one.id,
            signer=one.signer,
            name=one.shown_name,
            representative=one.representative,
            office=one.office,
            unit_code=one.unit_code,
            text=one.text,
            state=one.state,
            signed_at=one.signed_at,
        )


class LinkOut(BaseModel):
    """A delegate's link, told this once."""

    url: str


def _out(desk: Desk) -> ActOut:
    counted = desk.counted
    return ActOut(
        id=desk.item.id,
        kind=desk.kind,
        state=desk.act.state,
        people=desk.people if counted is None else counted.people,
        units=0 if counted is None else counted.units,
        counts={bar.letter.lower(): bar.votes for bar in desk.bars},
        words=[
            WordOut(id=one.id, text=one.text, state=one.state, held=one.held, people=one.people)
            for found in (desk.words or {}).values()
            for one in found
        ],
        launch=None if desk.launch is None else desk.launch.view(),
    )


async def _now(request: Request, festival_id: int, item_id: int) -> ActOut:
    return _out(await acts_views.desk(services_of(request), festival_id, item_id))


def _common(request: Request, actor: str) -> dict[str, Any]:
    return {"actor": actor, "now_ms": services_of(request).clock.wall_ms()}


@router.get("/act")
async def get_act(request: Request, caller: CanRun, festival_id: RowId, item_id: RowId) -> ActOut:
    """How the item stands now: totals, words, signatures or the launch."""
    return await _now(request, festival_id, item_id)


@router.put("/act/settings")
async def put_settings(
    request: Request, caller: CanWrite, festival_id: RowId, item_id: RowId, body: SettingsIn
) -> ActOut:
    """Sets the item up."""
    async with services_of(request).db.write() as writer:
        await acts.save_settings(writer, festival_id, item_id, body.settings, **_common(request, caller.actor))
    return await _now(request, festival_id, item_id)


@router.post("/open")
async def open_item(request: Request, caller: CanRun, festival_id: RowId, item_id: RowId) -> ActOut:
    """Opens a poll, a word cloud or a pledge."""
    async with services_of(request).db.write() as writer:
        await acts.open_act(writer, festival_id, item_id, **_common(request, caller.actor))
    return await _now(request, festival_id, item_id)


@router.post("/close")
async def close_item(request: Request, caller: CanRun, festival_id: RowId, item_id: RowId) -> ActOut:
    """Closes it; phones see the totals from now on."""
    async with services_of(request).db.write() as writer:
        await acts.close_act(writer, festival_id, item_id, **_common(request, caller.actor))
    return await _now(request, festival_id, item_id)


@router.post("/words")
async def decide_words(request: Request, caller: CanRun, festival_id: RowId, item_id: RowId, body: WordsIn) -> ActOut:
    """Shows or hides words of the cloud."""
    async with services_of(request).db.write() as writer:
        common = _common(request, caller.actor)
        await words.decide(writer, festival_id, item_id, body.words, body.state, **common)
    return await _now(request, festival_id, item_id)


@router.post("/words/merge")
async def merge_words(request: Request, caller: CanRun, festival_id: RowId, item_id: RowId, body: MergeIn) -> ActOut:
    """Counts one word with another."""
    async with services_of(request).db.write() as writer:
        common = _common(request, caller.actor)
        await words.merge(writer, festival_id, item_id, body.word, body.into, **common)
    return await _now(request, festival_id, item_id)


@router.get("/pledges")
async def list_pledges(
    request: Request,
    caller: CanRun,
    festival_id: RowId,
    item_id: RowId,
    signer: Annotated[str, Query(pattern="^(person|unit)?$")] = "",
    ended: bool = False,
) -> list[PledgeOut]:
    """The signatures, units first, then the newest first; `ended`: those taken back too."""
    async with services_of(request).db.read() as reader:
        item = await acts.item_of(reader, festival_id, item_id, LiveEventKind.PLEDGE)
        found = await pledges.listing(reader, item.id, signer=signer, ended=ended, limit=10_000)
    return [PledgeOut.of(one) for one in found]


@router.post("/pledges", status_code=201)
async def sign_unit(
    request: Request, caller: CanRun, festival_id: RowId, item_id: RowId, body: UnitPledgeIn
) -> PledgeOut:
    """Takes a unit's signature down."""
    async with services_of(request).db.write() as writer:
        made = await pledges.sign_unit(
            writer,
            festival_id,
            item_id,
            unit_name=body.unit_name,
            representative=body.representative,
            office=body.office,
            unit_code=body.unit_code,
            text=body.text,
            send_id=body.id,
            **_common(request, caller.actor),
        )
    return PledgeOut.of(made)


@router.post("/pledges/{pledge_id}/void")
async def void_pledge(
    request: Request, caller: CanRun, festival_id: RowId, item_id: RowId, pledge_id: RowId, body: VoidPledgeIn
) -> PledgeOut:
    """Takes a signature out of the count."""
    async with services_of(request).db.write() as writer:
        common = _common(request, caller.actor)
        made = await pledges.void(writer, festival_id, item_id, pledge_id, reason=body.reason, **common)
    return PledgeOut.of(made)


@router.put("/delegates")
async def put_delegates(
    request: Request, caller: CanWrite, festival_id: RowId, item_id: RowId, body: DelegatesIn
) -> ActOut:
    """Who presses the button."""
    rows = [(one.name, one.place) for one in body.delegates]
    async with services_of(request).db.write() as writer:
        await launches.set_delegates(writer, festival_id, item_id, rows, **_common(request, caller.actor))
    return await _now(request, festival_id, item_id)


@router.post("/delegates/{delegate_id}/link", status_code=201)
async def make_link(
    request: Request, caller: CanWrite, festival_id: RowId, item_id: RowId, delegate_id: RowId
) -> LinkOut:
    """A delegate's link; the one before works no more."""
    services = services_of(request)
    async with services.db.write() as writer:
        festival = await festivals.load(Reader(writer), festival_id)
        token = await launches.pair(writer, festival_id, item_id, delegate_id, **_common(request, caller.actor))
    return LinkOut(url=delegate_url(services.public_url, festival.slug, token))


@router.post("/arm")
async def arm(request: Request, caller: CanRun, festival_id: RowId, item_id: RowId, body: ArmIn) -> ActOut:
    """From now on the buttons count, for the delegates who are there."""
    services = services_of(request)
    async with services.db.read() as reader:
        item = await acts.item_of(reader, festival_id, item_id, LiveEventKind.LAUNCH)
    present = (await launch_desk.look(services.db, services.redis, item)).standing.present
    async with services.db.write() as writer:
        common = _common(request, caller.actor)
        await launches.arm(writer, festival_id, item_id, present, needed=body.needed, **common)
    return await _now(request, festival_id, item_id)


@router.post("/disarm")
async def disarm(request: Request, caller: CanRun, festival_id: RowId, item_id: RowId) -> ActOut:
    """The buttons count no more."""
    async with services_of(request).db.write() as writer:
        await launches.disarm(writer, festival_id, item_id, **_common(request, caller.actor))
    return await _now(request, festival_id, item_id)


@router.post("/fire")
async def fire(request: Request, caller: CanRun, festival_id: RowId, item_id: RowId) -> ActOut:
    """Launches by hand; noted in the audit log. Firing again changes nothing."""
    services = services_of(request)
    async with services.db.read() as reader:
        item = await acts.item_of(reader, festival_id, item_id, LiveEventKind.LAUNCH)
    await launch_desk.fire_by_hand(services.db, services.redis, item, **_common(request, caller.actor))
    return await _now(request, festival_id, item_id)
