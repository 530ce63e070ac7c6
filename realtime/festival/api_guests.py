"""Guests over HTTP: taking a card, who I am, cards found and lost, and the seat I took in a live round.

Never asks for an account. What a guest may do about their data is `api_guest_data`.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy.exc import IntegrityError
from starlette.responses import JSONResponse, Response

from contest.catalogue import text
from contest.database import Reader
from contest.errors import Conflict
from contest.festival import festivals, guests, identity, live_seats
from contest.festival.identity import STATISTICS, Said
from contest.festival.model import Festival, FestivalState, Guest
from contest.statistics import villages
from contest.tickets import digest
from realtime.entrants import people_limits
from realtime.entrants.api_people import NO_STORE, Body
from realtime.entrants.services import Entrants, entrants_of
from realtime.festival import guest_limits
from realtime.festival.guest_session import forget, guest_of, remember, required_guest, secret_of
from realtime.festival.guest_views import MeOut, card_of, me_now, me_view

router = APIRouter(prefix="/api/festivals", tags=["festivals"])
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Lang = Literal["vi", "en"]


class SaidIn(Body):
    """What somebody says of themselves; everything but the name may be left out, and needs `statistics` ticked."""

    name: str = Field(max_length=200)
    commune: str | None = Field(default=None, max_length=5)
    village_id: int | None = Field(default=None, ge=1, le=2**53)
    target_group: str | None = Field(default=None, max_length=24)
    age_band: str | None = Field(default=None, max_length=8)
    statistics: bool = Field(default=False, description="Agrees to be counted by place, group and age.")
    lang: Lang = "vi"

    def said(self) -> Said:
        """The same as the domain takes it, with the words of the consent."""
        consents = {STATISTICS: text(self.lang, f"guest.consent.{STATISTICS}")} if self.statistics else {}
        return Said(self.name, self.commune, self.village_id, self.target_group, self.age_band, self.lang, consents)


class Hello(SaidIn):
    """Taking a card; `card`: a printed one that nobody holds yet. `id`: the phone's own random one of this wish; asked
    again with it, the answer that was lost comes again."""

    card: str | None = Field(default=None, max_length=120)
    id: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$")


class CardIn(Body):
    """A printed card, as scanned or typed."""

    card: str = Field(max_length=120)


class Seat(Body):
    """The ticket of a seat in a live round."""

    ticket: str = Field(min_length=8, max_length=64)


class VillageOut(BaseModel):
    """A village, hamlet or neighbourhood."""

    id: int
    name: str


class VillagesOut(BaseModel):
    """Those of one commune."""

    villages: list[VillageOut]


class Tied(MeOut):
    """Whether the seat was noted now; false when it was known, or another is."""

    tied: bool


async def open_festival(reader: Reader, slug: str) -> Festival:
    """The festival while things can be done at it. Raises NotFound("festival_unknown"), Conflict("festival_over")."""
    festival = await festivals.by_slug(reader, slug)
    if festival.state is not FestivalState.OPEN:
        raise Conflict("festival_over")
    return festival


@router.post("/{slug}/hello", status_code=201, response_model=MeOut, summary="Take a card")
async def hello(request: Request, slug: Slug, body: Hello) -> Response:
    """Makes this phone's guest and sets the cookie. A phone that has a guest already gets another one: families share
    phones, and the newest is the one the phone shows."""
    services, now_ms = entrants_of(request), entrants_of(request).clock.wall_ms()
    own = await guest_of(request)
    limits: list[tuple[Any, str | None]] = [(guest_limits.HELLO_BY_ADDRESS, None)]
    if own is not None:
        limits.append((guest_limits.HELLO_BY_GUEST, own.card))
    await people_limits.count(request, *limits)
    card = card_of(body.card) if body.card else None
    secret = None if body.id is None else digest("hello:" + body.id)
    guest = None if secret is None else await _known(services, secret, now_ms)
    if guest is None:
        try:
            async with services.db.write() as writer:
                festival = await open_festival(Reader(writer), slug)
                guest = await identity.register(writer, festival.id, body.said(), card=card, now_ms=now_ms)
                secret = await identity.open_session(writer, guest.id, now_ms, secret=secret)
        except (IntegrityError, Conflict):
            # The same wish at the same moment, on its second way.
            guest = None if secret is None else await _known(services, secret, now_ms)
            if guest is None:
                raise
    assert secret is not None
    async with services.db.read() as reader:
        festival = await festivals.by_slug(reader, slug)
        view = await me_view(reader, services.box, festival, guest, now_ms)
    response = JSONResponse(view, 201, NO_STORE)
    remember(request, response, secret)
    return response


async def _known(services: Entrants, secret: str, now_ms: int) -> Guest | None:
    async with services.db.read() as reader:
        return await guests.by_session(reader, secret, now_ms)


@router.get("/{slug}/me", response_model=MeOut, summary="This phone's guest")
async def me(request: Request, slug: Slug) -> Response:
    """Always 200; `guest` is null without a card. The first look at a festival notes that the guest has come."""
    services, now_ms = entrants_of(request), entrants_of(request).clock.wall_ms()
    guest = await guest_of(request)
    async with services.db.read() as reader:
        festival = await festivals.by_slug(reader, slug)
        if guest is None:
            return JSONResponse({"guest": None}, headers=NO_STORE)
        view = await me_view(reader, services.box, festival, guest, now_ms)
        new = festival.state is FestivalState.OPEN and not await guests.has_come(reader, festival.id, guest.id)
    if new:
        async with services.db.write() as writer:
            await guests.come(writer, festival.id, guest.id, now_ms)
    return JSONResponse(view, headers=NO_STORE)


@router.post("/{slug}/card", response_model=MeOut, summary="Take up a printed card as mine")
async def take_card(request: Request, slug: Slug, body: CardIn) -> Response:
    """A blank printed card leads to me from now on, beside the one on my phone."""
    services, guest = entrants_of(request), await required_guest(request)
    now_ms = services.clock.wall_ms()
    await people_limits.count(request, (guest_limits.CARDS_BY_GUEST, guest.card))
    async with services.db.write() as writer:
        await identity.add_card(writer, guest, card_of(body.card), now_ms=now_ms)
    return JSONResponse(await me_now(services.db, services.box, slug, guest.id, now_ms), headers=NO_STORE)


@router.post("/{slug}/card/replace", response_model=MeOut, summary="My card is lost: a new code")
async def replace_card(request: Request, slug: Slug) -> Response:
    """A new code; what was collected stays mine, and the old card keeps leading to me."""
    services, guest = entrants_of(request), await required_guest(request)
    now_ms = services.clock.wall_ms()
    await people_limits.count(request, (guest_limits.CARDS_BY_GUEST, guest.card))
    async with services.db.write() as writer:
        await identity.replace_card(writer, guest, now_ms=now_ms)
    return JSONResponse(await me_now(services.db, services.box, slug, guest.id, now_ms), headers=NO_STORE)


@router.post("/{slug}/seat", response_model=Tied, summary="The seat I took in a live round")
async def seat(request: Request, slug: Slug, body: Seat) -> Response:
    """Ties a seat to this phone's guest, so that the round counts for them. Harmless to repeat."""
    services, guest = entrants_of(request), await required_guest(request)
    now_ms = services.clock.wall_ms()
    await people_limits.count(request, (guest_limits.SEATS_BY_GUEST, guest.card))
    async with services.db.write() as writer:
        await festivals.by_slug(Reader(writer), slug)
        tied = await live_seats.tie(writer, body.ticket, guest.person)
    content = await me_now(services.db, services.box, slug, guest.id, now_ms)
    return JSONResponse(content | {"tied": tied}, headers=NO_STORE)


@router.get("/{slug}/villages", response_model=VillagesOut, summary="The villages of a commune")
async def commune_villages(request: Request, slug: Slug, commune: Annotated[str, Query(max_length=5)]) -> Response:
    """In Vietnamese order; empty for a commune whose villages nobody has listed."""
    async with entrants_of(request).db.read() as reader:
        found = await villages.of_commune(reader, commune)
    rows = [{"id": one.id, "name": one.name} for one in found]
    return JSONResponse({"villages": rows}, headers={"Cache-Control": "public, max-age=60"})


@router.post("/{slug}/sign-out", status_code=204, summary="This phone forgets its guest")
async def sign_out(request: Request, slug: Slug) -> Response:
    """The card stays good on paper and in the books; harmless to repeat."""
    secret = secret_of(request)
    if secret is not None:
        async with entrants_of(request).db.write() as writer:
            await identity.end_session(writer, secret)
    response = Response(status_code=204, headers=NO_STORE)
    forget(request, response)
    return response
