"""Who a guest is: sessions of their phone, and how sure the platform may be.

Never asks for more than was said, and never shows anything of a person to somebody else.
"""

from sqlalchemy import delete, insert, update

from contest.database import Writer
from contest.festival.model import GuestLevel
from contest.festival.tables import guest_sessions, guests
from contest.ids import GuestId
from contest.tickets import digest, new_secret

SESSION_MS = 400 * 24 * 3600 * 1000
"""A card is kept from one festival to the next year's; browsers keep no cookie longer."""


async def open_session(writer: Writer, guest_id: GuestId, now_ms: int) -> str:
    """A fresh session of this guest; returns its secret, which only the cookie holds."""
    secret = new_secret()
    await writer.execute(
        insert(guest_sessions).values(
            token_hash=digest(secret),
            guest_id=guest_id,
            created_at=now_ms,
            seen_at=now_ms,
            expires_at=now_ms + SESSION_MS,
        )
    )
    return secret


async def end_session(writer: Writer, secret: str) -> None:
    """The phone forgets its guest; harmless to repeat."""
    await writer.execute(delete(guest_sessions).where(guest_sessions.c.token_hash == digest(secret)))


async def mark_checked(writer: Writer, guest_id: GuestId, *, by: str, now_ms: int) -> None:
    """Staff saw the person and a paper of theirs; harmless to repeat. `by`: a staff phone or an account."""
    await writer.execute(
        update(guests)
        .where(guests.c.id == guest_id, guests.c.level != GuestLevel.BLANK, guests.c.erased_at.is_(None))
        .values(level=GuestLevel.CHECKED, checked_by=by, checked_at=now_ms, updated_at=now_ms)
    )
