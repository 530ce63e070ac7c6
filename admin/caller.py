"""Who is calling: the session cookie or the bearer token of a request, looked up once.

Never decides what the caller may do: that is `admin.permissions`.
"""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from admin import sessions, tokens
from admin.roles import Role
from admin.services import services_of
from contest.ids import AccountId

COOKIE, SECURE_COOKIE = "hoithi", "__Host-hoithi"


@dataclass(frozen=True, slots=True)
class Caller:
    """A member of staff or a program. `actor` is what audit and ownership record."""

    actor: str
    name: str
    role: Role
    account_id: AccountId | None = None
    session_hash: str | None = None


def cookie_name(connection: HTTPConnection) -> str:
    """`__Host-` binds the cookie to this very host, but browsers take it over HTTPS only."""
    return SECURE_COOKIE if connection.url.scheme in ("https", "wss") else COOKIE


def bearer_of(connection: HTTPConnection) -> str | None:
    """The secret of an `Authorization: Bearer` header."""
    scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret.strip() else None


async def caller_of(connection: HTTPConnection) -> Caller | None:
    """The caller, None when neither a valid token nor a valid session came along.

    A bearer token is looked at first, and alone: a wrong one is not rescued by a cookie.
    """
    known = connection.scope.get("hoithi.caller")
    if isinstance(known, Caller):
        return known
    caller = await look_up(connection)
    if caller is not None:
        connection.scope["hoithi.caller"] = caller
    return caller


async def look_up(connection: HTTPConnection) -> Caller | None:
    """`caller_of` without the memory, for sockets that ask again whether they are still welcome."""
    services = services_of(connection)
    now_ms = services.clock.wall_ms()
    if (bearer := bearer_of(connection)) is not None:
        async with services.db.read() as reader:
            token = await tokens.find(reader, bearer)
        return None if token is None else Caller(f"token:{token.id}", token.name, token.role)
    secret = connection.cookies.get(cookie_name(connection))
    if not secret:
        return None
    async with services.db.read() as reader:
        session = await sessions.find(reader, secret, now_ms)
    if session is None:
        return None
    await sessions.refresh(services.db, session, now_ms)
    return Caller(f"account:{session.account_id}", session.name, session.role, session.account_id, session.token_hash)
