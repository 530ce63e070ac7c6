"""The guest's cookie: who of a festival's guests is calling.

Never decides what a guest may do, and never reads the cookie of contests: a guest needs no account.
"""

from typing import ClassVar

from starlette.requests import Request

from contest.errors import Refused
from contest.festival import guests
from contest.festival.identity import SESSION_MS
from contest.festival.model import Guest
from realtime.entrants.services import entrants_of
from realtime.session_cookie import SessionCookie

_cookie = SessionCookie("hoithi_guest", lasts_ms=SESSION_MS)
COOKIE, SECURE_COOKIE = _cookie.name, _cookie.secure_name
remember, forget, secret_of = _cookie.remember, _cookie.forget, _cookie.secret_of


class NoGuest(Refused):
    """The phone holds no card yet; told as 401."""

    http_status: ClassVar = 401

    def __init__(self) -> None:
        super().__init__("guest_needed")


async def guest_of(request: Request) -> Guest | None:
    """The guest whose phone asks; None without a valid cookie. Asked once per request."""
    known = request.scope.get("hoithi.guest")
    if isinstance(known, Guest):
        return known
    secret = _cookie.secret_of(request)
    if secret is None:
        return None
    services = entrants_of(request)
    async with services.db.read() as reader:
        guest = await guests.by_session(reader, secret, services.clock.wall_ms())
    if guest is not None:
        request.scope["hoithi.guest"] = guest
    return guest


async def required_guest(request: Request) -> Guest:
    """The guest whose phone asks. Raises NoGuest (401 `guest_needed`)."""
    guest = await guest_of(request)
    if guest is None:
        raise NoGuest
    return guest
