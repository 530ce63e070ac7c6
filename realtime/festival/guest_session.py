"""The guest's cookie: who of a festival's guests is calling.

Never decides what a guest may do, and never reads the cookie of contests: a guest needs no account.
"""

from typing import ClassVar

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from contest.errors import Refused
from contest.festival import guests
from contest.festival.identity import SESSION_MS
from contest.festival.model import Guest
from realtime.entrants.services import entrants_of

COOKIE, SECURE_COOKIE = "hoithi_guest", "__Host-hoithi_guest"


class NoGuest(Refused):
    """The phone holds no card yet; told as 401."""

    http_status: ClassVar = 401

    def __init__(self) -> None:
        super().__init__("guest_needed")


def cookie_name(connection: HTTPConnection) -> str:
    """`__Host-` binds the cookie to this very host, but browsers take it over HTTPS only."""
    return SECURE_COOKIE if connection.url.scheme == "https" else COOKIE


def secret_of(request: Request) -> str | None:
    """The secret that came with the request, whatever it is worth."""
    return request.cookies.get(cookie_name(request)) or None


async def guest_of(request: Request) -> Guest | None:
    """The guest whose phone asks; None without a valid cookie. Asked once per request."""
    known = request.scope.get("hoithi.guest")
    if isinstance(known, Guest):
        return known
    secret = secret_of(request)
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


def remember(request: Request, response: Response, secret: str) -> None:
    """Hands the session to the browser: no script reads it, no other site sends it."""
    response.set_cookie(
        cookie_name(request),
        secret,
        max_age=SESSION_MS // 1000,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def forget(request: Request, response: Response) -> None:
    """Takes the cookie away."""
    response.delete_cookie(
        cookie_name(request), path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax"
    )
