"""What guests send from their phones: votes, words, signatures; and units on a staff phone.

Acknowledges after the commit, with the phone's own id of what it sent; sending again is harmless.
"""

from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from redis.exceptions import RedisError

from contest.database import Database
from contest.errors import Conflict, NotFound, Refused
from contest.festival import act_settings, acts, festivals, pledges, polls, words
from contest.festival.act_settings import LaunchSettings, PledgeSettings
from contest.festival.acts import Act, ActState
from contest.festival.model import LiveEventKind, LiveEventState
from contest.festival.pledges import Pledge
from contest.festival.polls import Vote, Voted
from realtime.entrants.recent import Recent
from realtime.entrants.services import Entrants, entrants_of
from realtime.festival import acts_state, holds
from realtime.festival.acts_access import SENDING, ItemId, Slug, festival_of, phone_of
from realtime.festival.guest_session import required_guest
from realtime.festival.together import Together

router = APIRouter(prefix="/api/festivals/{slug}", tags=["acts"])
assert acts_state  # its sections are registered when it is imported

AT_ONCE = 300
SendId = Annotated[str, Field(min_length=8, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
Press = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_-]*$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class VoteIn(_Body):
    """A vote; a later one takes its place until the poll is closed."""

    id: SendId
    choices: Annotated[list[Annotated[str, Field(max_length=1)]], Field(min_length=1, max_length=6)]


class WordsIn(_Body):
    """Words; later ones take their place."""

    id: SendId
    words: Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=3)]


class PledgeIn(_Body):
    """A guest's signature under text number `text`; `agreed`: the name may be shown."""

    id: SendId
    text: Annotated[int, Field(ge=0, le=5)] = 0
    agreed: bool = False


class UnitPledgeIn(_Body):
    """A unit's signature."""

    id: SendId
    text: Annotated[int, Field(ge=0, le=5)] = 0
    unit_name: Annotated[str, Field(min_length=1, max_length=200)]
    unit_code: Annotated[str, Field(pattern=r"^[0-9]{5}$")] | None = None
    representative: Annotated[str, Field(min_length=1, max_length=200)]
    office: Annotated[str, Field(max_length=200)] = ""


class WithdrawIn(_Body):
    pledge: Annotated[int, Field(ge=1, le=2**31 - 1)]


class HoldIn(_Body):
    down: bool


class Receipt(BaseModel):
    """What stands now, under the phone's id."""

    id: str
    kept: Any = None


class PledgeOut(BaseModel):
    id: int
    text: str
    state: str

    @classmethod
    def of(cls, pledge: Pledge) -> "PledgeOut":
        return cls(id=pledge.id, text=pledge.text, state=pledge.state)


_desks: WeakKeyDictionary[Database, Together[Vote, Voted]] = WeakKeyDictionary()
_crowds: WeakKeyDictionary[Database, Recent[tuple[Act, bool]]] = WeakKeyDictionary()


def _desk(services: Entrants) -> Together[Vote, Voted]:
    desk = _desks.get(services.db)
    if desk is None:
        db, clock = services.db, services.clock
        desk = _desks[db] = Together(lambda wishes: polls.vote(db, wishes, clock.wall_ms()), most=AT_ONCE)
    return desk


@router.post("/acts/{item_id}/vote")
async def vote(request: Request, slug: Slug, item_id: ItemId, body: VoteIn) -> Receipt:
    """Votes; the receipt comes when it is stored."""
    festival = await festival_of(request, slug)
    guest = await required_guest(request)
    services = entrants_of(request)
    await services.throttle.attempt([(SENDING, str(guest.id))])
    wish = Vote(festival.id, item_id, guest, body.id, tuple(body.choices))
    voted = await _desk(services).ask(wish)
    if voted.code == "act_unknown":
        raise NotFound("live_event_unknown")
    if voted.code is not None:
        raise Conflict(voted.code) if voted.code == "act_not_open" else Refused(voted.code)
    return Receipt(id=body.id, kept=list(voted.choices))


@router.post("/acts/{item_id}/words")
async def send_words(request: Request, slug: Slug, item_id: ItemId, body: WordsIn) -> Receipt:
    """Sends one to three words for the cloud."""
    festival = await festival_of(request, slug)
    guest = await required_guest(request)
    services = entrants_of(request)
    await services.throttle.attempt([(SENDING, str(guest.id))])
    async with services.db.write() as writer:
        now_ms = services.clock.wall_ms()
        kept = await words.send(writer, festival.id, item_id, guest, body.words, send_id=body.id, now_ms=now_ms)
    return Receipt(id=body.id, kept=kept)


@router.post("/acts/{item_id}/pledge")
async def sign(request: Request, slug: Slug, item_id: ItemId, body: PledgeIn) -> Receipt:
    """Signs the pledge."""
    festival = await festival_of(request, slug)
    guest = await required_guest(request)
    services = entrants_of(request)
    await services.throttle.attempt([(SENDING, str(guest.id))])
    async with services.db.write() as writer:
        made = await pledges.sign(
            writer,
            festival.id,
            item_id,
            guest,
            text=body.text,
            agreed=body.agreed,
            send_id=body.id,
            now_ms=services.clock.wall_ms(),
        )
    return Receipt(id=body.id, kept=PledgeOut.of(made))


@router.post("/acts/{item_id}/pledge/withdraw")
async def withdraw(request: Request, slug: Slug, item_id: ItemId, body: WithdrawIn) -> PledgeOut:
    """Takes one's signature back."""
    festival = await festival_of(request, slug)
    guest = await required_guest(request)
    services = entrants_of(request)
    async with services.db.write() as writer:
        made = await pledges.withdraw(
            writer,
            festival.id,
            item_id,
            guest_id=guest.id,
            pledge_id=body.pledge,
            actor=f"guest:{guest.id}",
            now_ms=services.clock.wall_ms(),
        )
    return PledgeOut.of(made)


@router.get("/unit-pledges")
async def unit_pledges(request: Request, slug: Slug) -> dict[str, Any]:
    """What units may sign now, for a staff phone (Bearer token)."""
    festival = await festival_of(request, slug)
    await phone_of(request, festival)
    async with entrants_of(request).db.read() as reader:
        items = await festivals.programme(reader, festival.id, kinds=[LiveEventKind.PLEDGE])
        rows = await acts.load_many(reader, [item.id for item in items])
        counted = await pledges.counted(reader, [item.id for item in items])
    found = []
    for item in items:
        settings = act_settings.settings_of(item)
        is_open = item.id in rows and rows[item.id].state is ActState.OPEN and item.state is not LiveEventState.DONE
        if is_open and isinstance(settings, PledgeSettings):
            told = {"id": item.id, "title": item.title, "texts": list(settings.texts)}
            found.append(told | {"units": counted[item.id].units})
    return {"festival": festival.title, "items": found}


@router.post("/acts/{item_id}/unit-pledge")
async def sign_unit(request: Request, slug: Slug, item_id: ItemId, body: UnitPledgeIn) -> Receipt:
    """A unit signs on a staff phone (Bearer token)."""
    festival = await festival_of(request, slug)
    phone = await phone_of(request, festival)
    services = entrants_of(request)
    async with services.db.write() as writer:
        made = await pledges.sign_unit(
            writer,
            festival.id,
            item_id,
            unit_name=body.unit_name,
            representative=body.representative,
            office=body.office,
            unit_code=body.unit_code,
            text=body.text,
            send_id=body.id,
            actor=phone.actor,
            now_ms=services.clock.wall_ms(),
        )
    return Receipt(id=body.id, kept=PledgeOut.of(made))


@router.post("/acts/{item_id}/unit-pledge/withdraw")
async def withdraw_unit(request: Request, slug: Slug, item_id: ItemId, body: WithdrawIn) -> PledgeOut:
    """A unit takes its signature back, on the phone where it signed."""
    festival = await festival_of(request, slug)
    phone = await phone_of(request, festival)
    services = entrants_of(request)
    async with services.db.write() as writer:
        made = await pledges.withdraw(
            writer,
            festival.id,
            item_id,
            guest_id=None,
            pledge_id=body.pledge,
            actor=phone.actor,
            now_ms=services.clock.wall_ms(),
        )
    return PledgeOut.of(made)


@router.post("/acts/{item_id}/hold")
async def hold_along(request: Request, slug: Slug, item_id: ItemId, body: HoldIn) -> dict[str, bool]:
    """A guest holds along with the delegates: counted, never deciding. `held` false: nobody counts now."""
    festival = await festival_of(request, slug)
    guest = await required_guest(request)
    services = entrants_of(request)

    async def make() -> tuple[Act, bool]:
        async with services.db.read() as reader:
            item = await acts.item_of(reader, festival.id, item_id, LiveEventKind.LAUNCH)
            act = await acts.load(reader, item.id)
        settings = act_settings.settings_of(item)
        return act, isinstance(settings, LaunchSettings) and settings.crowd

    # Thousands hold; how the launch stands is asked once for all of them.
    act, crowd = await _crowds.setdefault(services.db, Recent(0.5)).get((festival.id, item_id), make)
    if not crowd or act.state is not ActState.ARMED:
        return {"held": False}
    try:
        await holds.crowd_beat(services.redis, item_id, act.run, guest.id, down=body.down)
    except RedisError:
        return {"held": False}
    return {"held": body.down}
