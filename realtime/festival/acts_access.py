"""Who may call what of the hall's acts: the festival of an address, and the holder of a link's token.

Tokens come in a header only. Never remembers a token.
"""

from typing import Annotated
from weakref import WeakKeyDictionary

from fastapi import Path
from starlette.requests import Request

from contest.database import Database
from contest.errors import Refused
from contest.festival import festivals, guests, launches
from contest.festival.launches import Delegate
from contest.festival.model import Festival, StaffPhone
from contest.tickets import digest
from realtime.entrants.recent import Recent
from realtime.entrants.services import entrants_of
from realtime.throttle import Limit

Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
ItemId = Annotated[int, Path(ge=1, le=2**31 - 1)]
SENDING = Limit("acts-guest", 90, 60_000)
"""Votes, words and signatures of one guest."""

_kept: WeakKeyDictionary[Database, Recent[Festival]] = WeakKeyDictionary()


class LinkUnknown(Refused):
    """The token opens nothing; told as 401."""

    http_status = 401

    def __init__(self) -> None:
        super().__init__("act_link")


async def festival_of(request: Request, slug: str) -> Festival:
    """The festival at this address, as it was at most a second ago. Raises NotFound("festival_unknown")."""
    services = entrants_of(request)

    async def make() -> Festival:
        async with services.db.read() as reader:
            return await festivals.by_slug(reader, slug)

    return await _kept.setdefault(services.db, Recent(1.0)).get(slug, make)


def bearer_of(request: Request) -> str:
    """The token of the request. Raises LinkUnknown."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not 16 <= len(token) <= 80:
        raise LinkUnknown
    return token


async def delegate_of(request: Request, festival: Festival) -> Delegate:
    """Whose button asks. Raises LinkUnknown."""
    services = entrants_of(request)
    token = bearer_of(request)
    async with services.db.read() as reader:
        found = await launches.by_token(reader, token)
        item = None if found is None else await festivals.live_event(reader, found.live_event_id)
    if found is None or item is None or item.festival_id != festival.id:
        raise LinkUnknown
    return found


async def phone_of(request: Request, festival: Festival) -> StaffPhone:
    """The staff phone that asks, whatever its role. Raises LinkUnknown."""
    services = entrants_of(request)
    token = bearer_of(request)
    async with services.db.read() as reader:
        phone = await guests.phone_by_token(reader, token)
    if phone is None or phone.festival_id != festival.id:
        raise LinkUnknown
    return phone


async def check_stage(request: Request, festival: Festival) -> None:
    """Raises LinkUnknown unless the token is this festival's stage's."""
    services = entrants_of(request)
    token = bearer_of(request)
    async with services.db.read() as reader:
        found = await festivals.by_stage_token(reader, digest(token))
    if found is None or found.id != festival.id:
        raise LinkUnknown
