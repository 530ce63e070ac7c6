"""What every request to the admin server must pass: host, origin, size; and the headers every answer carries.

Pure ASGI, so that WebSocket handshakes pass through it too. Never knows who the caller is.
"""

import ipaddress
import time
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admin.addresses import allowed_host_names, trusted_origins
from admin.caller import COOKIE, SECURE_COOKIE
from admin.metrics import Metrics
from admin.problem_pages import refuse
from contest.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
BODY_LIMIT = 4 * 1024 * 1024
UPLOAD_LIMIT = 6 * 1024 * 1024
"""A file of 5 MB in its multipart envelope."""
UPLOAD_PATHS = ("/api/quizzes/import", "/import", "/contests/", "/movement/import/")

CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)
_HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


class Guard:
    """The outermost middleware."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._hosts = allowed_host_names(settings)
        self._origins = trusted_origins(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = _Answer(scope, send, self._metrics)
        if (problem := self._refusal(scope, headers)) is not None:
            status, code = problem
            await refuse(scope, receive, answer, status, code)
            return
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            limit = UPLOAD_LIMIT if scope["path"].startswith(UPLOAD_PATHS) else BODY_LIMIT
            length = headers.get("content-length", "")
            if length.isdigit() and int(length) > limit:
                await refuse(scope, receive, answer, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large")
                return
            receive = _limited(receive, limit)
        await self._app(scope, receive, answer)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[HTTPStatus, str] | None:
        if not host_allowed(headers.get("host", ""), self._hosts):
            return HTTPStatus.BAD_REQUEST, "host_not_allowed"
        if scope["type"] == "websocket":
            allowed = socket_origin_allowed(scope, headers, self._origins)
        else:
            allowed = scope["method"] in SAFE_METHODS or origin_allowed(scope, headers, self._origins)
        return None if allowed else (HTTPStatus.FORBIDDEN, "cross_site")


def host_allowed(host: str, names: frozenset[str]) -> bool:
    """Whether the Host header names this server: a configured name, localhost, or any plain IP address."""
    name = host.strip().lower()
    if name.startswith("["):
        name, closed, port = name[1:].partition("]")
        if not closed or (port and not port.startswith(":")):
            return False
        port = port.removeprefix(":")
    else:
        name, _, port = name.partition(":")
    if port and not port.isdigit():
        return False
    if name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def origin_allowed(scope: Scope, headers: Headers, trusted: frozenset[str]) -> bool:
    """Whether a state-changing request may come from where it says it comes from.

    Sec-Fetch-Site cannot be forged by a page, so it decides where it is sent; else Origin must be ours. A request with
    neither passes only without a session: browsers too old to send either do send cookies, to whomever a page tells
    them to. A bearer token without a cookie is exempt: no page can make a browser send one.
    """
    if _bearer_alone(headers):
        return True
    origin = headers.get("origin")
    if origin is not None and origin.lower() in trusted:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return not _has_session(headers) if origin is None else _same_origin(scope, headers, origin)


def socket_origin_allowed(scope: Scope, headers: Headers, trusted: frozenset[str]) -> bool:
    """Whether a WebSocket handshake may go on: browsers always send Origin, so without one only a bearer passes."""
    origin = headers.get("origin")
    if origin is None:
        return _bearer_alone(headers)
    return origin.lower() in trusted or _same_origin(scope, headers, origin)


def _bearer_alone(headers: Headers) -> bool:
    return not _has_session(headers) and headers.get("authorization", "").lower().startswith("bearer ")


def _has_session(headers: Headers) -> bool:
    cookies = ";".join(headers.getlist("cookie"))  # HTTP/2 proxies may split the header.
    return any(part.strip().partition("=")[0] in (COOKIE, SECURE_COOKIE) for part in cookies.split(";"))


def _same_origin(scope: Scope, headers: Headers, origin: str) -> bool:
    scheme = "https" if scope.get("scheme") in ("https", "wss") else "http"
    return origin.lower() == f"{scheme}://{headers.get('host', '').lower()}"


def _limited(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            # A body without a true Content-Length has grown past its limit; the app's handler tells it.
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return counted


class _Answer:
    """Adds the headers to the answer and counts it."""

    def __init__(self, scope: Scope, send: Send, metrics: Metrics) -> None:
        self._scope, self._send, self._metrics = scope, send, metrics
        self._began = time.perf_counter()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            static = self._scope["path"].startswith(("/static/", "/qr/"))
            headers.setdefault("cache-control", "no-cache" if static else "no-store")
            if self._scope.get("scheme") == "https":
                # Browsers complain about it on an origin they do not trust.
                headers.setdefault("cross-origin-opener-policy", "same-origin")
                headers.setdefault("strict-transport-security", "max-age=31536000")
            self._metrics.requests.labels(self._scope["method"], str(message["status"])).inc()
            self._metrics.seconds.observe(time.perf_counter() - self._began)
        await self._send(message)
