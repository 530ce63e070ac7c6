"""Sessions of staff: opaque tokens, stored as hashes, revocable at once.

Never knows passwords or cookies' transport; `admin.security` writes the headers.
"""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from admin.roles import Role
from contest.database import Database, Reader, Writer
from contest.ids import AccountId
from contest.tables import accounts, staff_sessions
from contest.tickets import digest, new_secret

IDLE_MS = 12 * 3600 * 1000
ABSOLUTE_MS = 7 * 24 * 3600 * 1000
_REFRESH_MS = 5 * 60 * 1000
"""How often using a session is written down: reading a page must not mean a write each time."""


@dataclass(frozen=True, slots=True)
class Session:
    """A valid session and whose it is."""

    token_hash: str
    account_id: AccountId
    name: str
    role: Role
    seen_at: int


async def start(writer: Writer, account_id: AccountId, now_ms: int) -> str:
    """A fresh session; returns its secret, which only the cookie holds. Always a new one: no session fixation."""
    secret = new_secret()
    await writer.execute(delete(staff_sessions).where(staff_sessions.c.expires_at < now_ms))
    await writer.execute(
        insert(staff_sessions).values(
            token_hash=digest(secret),
            account_id=account_id,
            created_at=now_ms,
            seen_at=now_ms,
            expires_at=now_ms + IDLE_MS,
        )
    )
    return secret


async def find(reader: Reader, secret: str, now_ms: int) -> Session | None:
    """The session of a cookie, None when unknown, expired, revoked or its account is closed."""
    row = (
        await reader.execute(
            select(staff_sessions, accounts.c.name, accounts.c.role)
            .join(accounts, accounts.c.id == staff_sessions.c.account_id)
            .where(
                staff_sessions.c.token_hash == digest(secret),
                staff_sessions.c.expires_at > now_ms,
                staff_sessions.c.created_at > now_ms - ABSOLUTE_MS,
                accounts.c.active,
            )
        )
    ).one_or_none()
    if row is None:
        return None
    return Session(row.token_hash, AccountId(row.account_id), row.name, Role(row.role), row.seen_at)


async def refresh(db: Database, session: Session, now_ms: int) -> None:
    """Slides the expiry forward, at most once in five minutes."""
    if now_ms - session.seen_at < _REFRESH_MS:
        return
    async with db.write() as writer:
        await writer.execute(
            update(staff_sessions)
            .where(staff_sessions.c.token_hash == session.token_hash)
            .values(seen_at=now_ms, expires_at=now_ms + IDLE_MS)
        )


async def end(writer: Writer, token_hash: str) -> None:
    """Signs out one session."""
    await writer.execute(delete(staff_sessions).where(staff_sessions.c.token_hash == token_hash))


async def end_all(writer: Writer, account_id: AccountId) -> None:
    """Signs out everywhere."""
    await writer.execute(delete(staff_sessions).where(staff_sessions.c.account_id == account_id))
