"""The one table of who may do what: roles, permissions and the dependency that routes declare them with.

Deny by default: a route with neither a permission nor a place in PUBLIC stops the server from starting. Never looks at
a path to decide.
"""

from collections.abc import Callable, Coroutine, Iterator
from enum import StrEnum
from typing import Any, Final

from fastapi import Depends, FastAPI, WebSocketException
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Mount

from admin.caller import Caller, caller_of
from admin.roles import Role
from contest.errors import Forbidden, Refused


class Permission(StrEnum):
    """One thing that may be allowed. Each route names exactly one."""

    PROFILE = "profile"
    """See one's own name and role, change one's own password, sign out."""
    QUIZZES_READ = "quizzes.read"
    ROUNDS_CREATE = "rounds.create"
    ROUNDS_RUN = "rounds.run"
    """See, run and export one's own live rounds."""
    ROUNDS_ALL = "rounds.all"
    """The same for everybody's."""
    QUIZZES_WRITE = "quizzes.write"
    CONTESTS_READ = "contests.read"
    CONTESTS_WRITE = "contests.write"
    """Set contests up, open and amend them, look into signals and complaints, void with a reason."""
    CONTESTS_PUBLISH = "contests.publish"
    """Verify results, publish them (two people), publish keys, settle ties, award and revoke."""
    PEOPLE_READ = "people.read"
    """See who takes part: names, phones, requests about their data."""
    FESTIVALS_RUN = "festivals.run"
    """See festivals, run their stage: advance the programme, moderate, open polls, count a launch down."""
    FESTIVALS_WRITE = "festivals.write"
    """Prepare festivals, pair staff phones, freeze and hold draws, see conflicts of check-ins."""
    MOVEMENT_READ = "movement.read"
    """The movement's dashboards, reports and exports."""
    MOVEMENT_WRITE = "movement.write"
    """Indicators, targets, denominators, external figures, villages, teams; void a fact with a reason."""
    FEED_READ = "feed.read"
    """The feed of participation facts, for programs of an operations centre."""
    FEED_MANAGE = "feed.manage"
    """Who is sent the feed, and what could not be delivered."""
    AUDIT_READ = "audit.read"
    METRICS_READ = "metrics.read"
    ACCOUNTS_MANAGE = "accounts.manage"
    TOKENS_MANAGE = "tokens.manage"


_HOST = frozenset(
    {
        Permission.PROFILE,
        Permission.QUIZZES_READ,
        Permission.ROUNDS_CREATE,
        Permission.ROUNDS_RUN,
        Permission.FESTIVALS_RUN,
    }
)
_ORGANISER = _HOST | {
    Permission.ROUNDS_ALL,
    Permission.QUIZZES_WRITE,
    Permission.CONTESTS_READ,
    Permission.CONTESTS_WRITE,
    Permission.CONTESTS_PUBLISH,
    Permission.PEOPLE_READ,
    Permission.FESTIVALS_WRITE,
    Permission.MOVEMENT_READ,
    Permission.MOVEMENT_WRITE,
    Permission.FEED_READ,
    Permission.AUDIT_READ,
    Permission.METRICS_READ,
}
TABLE: Final[dict[Role, frozenset[Permission]]] = {
    Role.HOST: _HOST,
    Role.ORGANISER: _ORGANISER,
    Role.ADMINISTRATOR: frozenset(Permission),
}

PUBLIC: Final[frozenset[tuple[str, str]]] = frozenset(
    {
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        # Open to loopback only; from elsewhere the handler itself asks for metrics.read.
        ("GET", "/metrics"),
        ("GET", "/api/openapi.json"),
        ("GET", "/api/docs"),
        ("GET", "/qr/{code}.svg"),
        ("GET", "/login"),
        ("POST", "/login"),
        ("GET", "/setup"),
        ("POST", "/setup"),
        ("POST", "/language"),
    }
)
"""What anybody who reaches the admin port may ask for, with no session. Static files are the only mount."""


class NotSignedIn(Refused):
    """There is no valid session or token; the two kinds of clients are told differently."""

    def __init__(self) -> None:
        super().__init__("not_signed_in")


def allows(role: Role, permission: Permission) -> bool:
    """Whether the table grants `permission` to `role`."""
    return permission in TABLE[role]


async def authorise(connection: HTTPConnection, permission: Permission) -> Caller:
    """The caller, when they have `permission`. Raises NotSignedIn or Forbidden("not_allowed")."""
    caller = await caller_of(connection)
    if caller is None:
        raise NotSignedIn
    if not allows(caller.role, permission):
        raise Forbidden("not_allowed")
    return caller


def requires(permission: Permission) -> Any:
    """The dependency a route declares its permission with; gives the Caller.

    On a WebSocket the refusal is an HTTP 403 before the handshake is accepted.
    """

    async def check(connection: HTTPConnection) -> Caller:
        try:
            return await authorise(connection, permission)
        except Refused as refusal:
            if connection.scope["type"] == "websocket":
                raise WebSocketException(code=1008, reason=refusal.code) from None
            raise

    check.permission = permission  # type: ignore[attr-defined]
    return Depends(check)


def declared(route: BaseRoute) -> list[Permission]:
    """The permissions a route names."""
    if isinstance(route, APIRoute | APIWebSocketRoute):
        return [call.permission for call in _calls(route.dependant) if hasattr(call, "permission")]
    return []


def routes_of(app: FastAPI) -> Iterator[tuple[str, str, BaseRoute]]:
    """Every (method, path, route) of the app; WebSocket routes have the method "WS"."""
    for route in app.routes:
        if isinstance(route, APIWebSocketRoute):
            yield "WS", route.path, route
        elif isinstance(route, APIRoute):
            for method in sorted(set(route.methods or ()) - {"HEAD"}):
                yield method, route.path, route


def check_routes(app: FastAPI) -> None:
    """Raises RuntimeError for a route that names no permission, several, or one although it is public."""
    for route in app.routes:
        if not isinstance(route, APIRoute | APIWebSocketRoute) and not _is_static(route):
            raise RuntimeError(f"{route} is outside the table of permissions")
    for method, path, route in routes_of(app):
        expected = 0 if (method, path) in PUBLIC else 1
        if len(declared(route)) != expected:
            raise RuntimeError(f"{method} {path} must name {expected} permissions, has {declared(route)}")


def _is_static(route: BaseRoute) -> bool:
    return isinstance(route, Mount) and route.name == "static"


def _calls(dependant: Dependant) -> Iterator[Callable[..., Coroutine[Any, Any, Any]]]:
    for child in dependant.dependencies:
        if child.call is not None:
            yield child.call
        yield from _calls(child)
