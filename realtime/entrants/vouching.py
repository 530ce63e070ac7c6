"""What is remembered between two requests of a browser, in sealed cookies that live for minutes.

Never believes a cookie that another key sealed, that was meant for something else, or that is too old.
"""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from contest.provincial.secrets_box import Unreadable
from realtime.entrants.oidc import Word
from realtime.entrants.services import entrants_of

VOUCHED = "hoithi_vouched"
VOUCHED_S = 1800


def vouched(request: Request) -> Word | None:
    """Whom the provider vouched for on this device a moment ago, not known here yet."""
    kept = kept_of(request, VOUCHED)
    return Word(kept["issuer"], kept["subject"], kept["values"]) if kept else None


def forget_vouched(response: Response) -> None:
    """They are known now."""
    response.delete_cookie(VOUCHED, path="/api", httponly=True, samesite="lax")


def keep(request: Request, response: Response, name: str, value: dict[str, Any], seconds: int) -> None:
    services = entrants_of(request)
    until = services.clock.wall_ms() + seconds * 1000
    sealed = services.field_box.seal(msgspec.json.encode({"for": name, "until": until, "value": value}).decode())
    response.set_cookie(
        name, sealed, max_age=seconds, path="/api", secure=request.url.scheme == "https", httponly=True, samesite="lax"
    )


def kept_of(request: Request, name: str) -> dict[str, Any]:
    services = entrants_of(request)
    try:
        content = msgspec.json.decode(services.field_box.open(request.cookies.get(name, "")))
    except (Unreadable, msgspec.DecodeError):
        return {}
    if content.get("for") != name or content.get("until", 0) < services.clock.wall_ms():
        return {}
    value: dict[str, Any] = content["value"]
    return value
