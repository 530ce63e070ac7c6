"""The entrant's cookie: who is calling, signing in and out.

Never decides what a caller may do.
"""

from typing import ClassVar

from starlette.requests import Request

from contest.errors import Refused
from contest.provincial import sessions
from contest.provincial.sessions import ABSOLUTE_MS, EntrantSession
from realtime.entrants.services import entrants_of
from realtime.session_cookie import SessionCookie

_cookie = SessionCookie("hoithi_entrant", lasts_ms=ABSOLUTE_MS)
COOKIE, SECURE_COOKIE = _cookie.name, _cookie.secure_name
remember, forget, secret_of = _cookie.remember, _cookie.forget, _cookie.secret_of


class NotSignedIn(Refused):
    """There is no valid session; told as 401."""

    http_status: ClassVar = 401

    def __init__(self) -> None:
        super().__init__("not_signed_in")


async def caller_of(request: Request) -> EntrantSession | None:
    """Whose session came with the request; None without a valid one. Asked once per request."""
    known = request.scope.get("hoithi.entrant")
    if isinstance(known, EntrantSession):
        return known
    secret = _cookie.secret_of(request)
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
