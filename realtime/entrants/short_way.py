"""The short way of the three requests that come by the thousand: start, save an answer, hand in.

The same calls as the routes of `api_attempts`, without the framework around them, which costs several times what the
work itself does. What is not plainly one of these requests goes the long way, and so does every doubt.
"""

from collections.abc import Collection

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from contest.errors import Refused
from contest.provincial.attempt_model import StartWish
from contest.tickets import digest
from realtime.entrants import attempt_calls
from realtime.entrants.services import Entrants, address_of
from realtime.entrants.session import cookie_name
from realtime.origins import origin_allowed
from realtime.problems import accepted_language, problem, status_of
from realtime.security import BODY_LIMIT, HEADERS

_ATTEMPTS, _CONTESTS = "/api/attempts/", "/api/contests/"
_ID_LENGTH = 22
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_ALWAYS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    _POLICY,
    *((name.encode(), value.encode()) for name, value in HEADERS.items()),
]


class ShortWay:
    """The outermost middleware of the players' server."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("PUT", "POST"):
            path: str = scope["path"]
            if path.startswith((_ATTEMPTS, _CONTESTS)):
                words = path.split("/")
                headers = dict(scope["headers"])
                kind = _kind(scope["method"], words)
                if kind and self._plain(headers, kind):
                    await _answer(kind, words, headers, scope, receive, send)
                    return
        await self._app(scope, receive, send)

    def _plain(self, headers: dict[bytes, bytes], kind: str) -> bool:
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > BODY_LIMIT or b"transfer-encoding" in headers:
            return False
        needed = b"cookie" if kind == "start" else b"authorization"
        if needed not in headers:
            return False
        origin = headers.get(b"origin")
        if origin is None:
            return True
        host = headers.get(b"host", b"").decode("latin-1")
        return origin_allowed(origin.decode("latin-1"), host, self._origins)


def _kind(method: str, words: list[str]) -> str:
    """start, save, submit or "" by method and path; /api/attempts/ID/… has its id in the fourth place."""
    match words:
        case ["", "api", "attempts", attempt, "answers", position] if method == "PUT":
            known = len(attempt) == _ID_LENGTH and position.isascii() and position.isdigit() and len(position) < 4
            return "save" if known else ""
        case ["", "api", "attempts", attempt, "submit"] if method == "POST":
            return "submit" if len(attempt) == _ID_LENGTH else ""
        case ["", "api", "contests", _, "attempts"] if method == "POST":
            return "start"
        case _:
            return ""


async def _answer(
    kind: str, words: list[str], headers: dict[bytes, bytes], scope: Scope, receive: Receive, send: Send
) -> None:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    entrants: Entrants = scope["state"]["entrants"]
    now_ms = entrants.clock.wall_ms()
    try:
        if kind == "start":
            content = await _start(entrants, words[3], body, scope, now_ms)
        else:
            scheme, _, secret = headers[b"authorization"].decode("latin-1").partition(" ")
            ticket = secret.strip()[:64] if scheme.lower() == "bearer" else ""
            if not ticket:
                raise attempt_calls.NoTicket
            desk = entrants.attempts
            if kind == "save":
                content = await attempt_calls.save(desk, words[3], ticket, int(words[5]), body, now_ms)
            else:
                content = await attempt_calls.submit(desk, words[3], ticket, body, now_ms)
    except Refused as refusal:
        await _refuse(refusal, scope, receive, send)
        return
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length, *_ALWAYS]})
    await send({"type": "http.response.body", "body": content})


async def start_wish(entrants: Entrants, slug: str, body: bytes, request: Request, now_ms: int) -> StartWish:
    """Who wants to start what. Raises SignedOut, Invalid("request_invalid"), NotFound, Conflict("field_key_wrong")."""
    secret = request.cookies.get(cookie_name(request))
    if not secret:
        raise attempt_calls.SignedOut
    device = attempt_calls.start_body(body).device
    contest = await entrants.attempts.contest(slug)
    box = entrants.field_box
    return StartWish(
        contest=contest.id,
        session=digest(secret),
        device=box.digest("device", device[:64]) if device else "",
        address=box.digest("address", address_of(request)),
        at=now_ms,
    )


async def _start(entrants: Entrants, slug: str, body: bytes, scope: Scope, now_ms: int) -> bytes:
    request = Request(scope)
    wish = await start_wish(entrants, slug, body, request, now_ms)
    return await attempt_calls.start(entrants.attempts, wish, accepted_language(request), now_ms)


async def _refuse(refusal: Refused, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {"Cache-Control": "no-store", **HEADERS, _POLICY[0].decode(): _POLICY[1].decode()}
    if (retry_after := getattr(refusal, "retry_after_s", None)) is not None:
        headers["Retry-After"] = str(retry_after)
    lang = accepted_language(Request(scope))
    await problem(status_of(refusal), refusal.code, lang, refusal.params, headers)(scope, receive, send)
