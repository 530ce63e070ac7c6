"""What every HTTP request to the players server must pass, and the headers every answer carries.

Pure ASGI, so that streaming and WebSocket handshakes cost nothing. Never knows who asks.
"""

import re
from collections.abc import Collection
from http import HTTPStatus
from typing import cast

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from realtime.origins import origin_allowed
from realtime.problems import problem

BODY_LIMIT = 8 * 1024
_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]{1,255}")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


def content_security_policy(host: str) -> str:
    """Own files and own sockets only. Older Safari does not take 'self' for ws:, so the host is named."""
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return (
        f"default-src 'self'; connect-src 'self'{sockets}; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


class Guard:
    """The outermost middleware of the players server."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                out["content-security-policy"] = content_security_policy(host)
                for name, value in HEADERS.items():
                    out.setdefault(name, value)
                if scope.get("scheme") == "https":
                    # Browsers complain about it on an origin they do not trust.
                    out.setdefault("cross-origin-opener-policy", "same-origin")
            await send(message)

        if scope["method"] not in _SAFE and not origin_allowed(headers.get("origin"), host, self._origins):
            await problem(403, "cross_site", "vi")(scope, receive, answer)
            return
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > BODY_LIMIT:
            await problem(413, "body_too_large", "vi")(scope, receive, answer)
            return
        await self._app(scope, _limited(receive), answer)


def _limited(receive: Receive) -> Receive:
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(cast(bytes, message.get("body", b"")))
            if taken > BODY_LIMIT:
                # Any other exception would be told as a body that cannot be read; the app's handler tells this one.
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return limited
