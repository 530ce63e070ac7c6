"""The entrant's cookie: who is calling, signing in and out.

Never decides what a caller may do.
"""

from typing import ClassVar

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from contest.errors import Refused
from contest.provincial import sessions
from contest.provincial.sessions import ABSOLUTE_MS, EntrantSession
from realtime.entrants.services import entrants_of

COOKIE, SECURE_COOKIE = "hoithi_entrant", "__Host-hoithi_entrant"


class NotSignedIn(Refused):
    """There is no valid session; told as 401."""

    http_status: ClassVar = 401

    def __init__(self) -> None:
        super().__init__("not_signed_in")


def cookie_name(connection: HTTPConnection) -> str:
    """`__Host-` binds the cookie to this very host, but browsers take it over HTTPS only."""
    return SECURE_COOKIE if connection.url.scheme in ("https", "wss") else COOKIE


async def caller_of(request: Request) -> EntrantSession | None:
    """Whose session came with the request; None without a valid one. Asked once per request."""
    known = request.scope.get("hoithi.entrant")
    if isinstance(known, EntrantSession):
        return known
    secret = request.cookies.get(cookie_name(request))
    if not secret:
        return None
    services = entrants_of(request)
    now_ms = services.clock.wall_ms()
    async with services.db.read() as reader:
        session = await sessions.find(reader, secret, now_ms)
    if session is not None:
        request.scope["hoithi.entrant"] = session
        await sessions.refresh(services.db, session, now_ms)
    return session


async def required(request: Request) -> EntrantSession:
    """Whose session came with the request. Raises NotSignedIn."""
    session = await caller_of(request)
    if session is None:
        raise NotSignedIn
    return session


def remember(request: Request, response: Response, secret: str) -> None:
    """Hands the session to the browser: no script reads it, no other site sends it."""
    response.set_cookie(
        cookie_name(request),
        secret,
        max_age=ABSOLUTE_MS // 1000,
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
