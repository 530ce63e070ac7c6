"""Sessions of entrants: opaque tokens, stored as hashes, revocable at once.

Never knows cookies: `realtime.entrants.session` does.
"""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from contest.database import Database, Reader, Writer
from contest.ids import ParticipantId
from contest.provincial.tables import entrant_sessions, participants
from contest.tickets import digest, new_secret

_DAY_MS = 24 * 3600 * 1000
IDLE_MS = 60 * _DAY_MS
"""A contest lasts weeks, and people come back to their own phone."""
ABSOLUTE_MS = 180 * _DAY_MS
_REFRESH_MS = _DAY_MS


@dataclass(frozen=True, slots=True)
class EntrantSession:
    """A valid session and whose it is."""

    token_hash: str
    participant_id: ParticipantId
    public_id: str
    lang: str
    created_at: int
    seen_at: int


async def start(writer: Writer, participant_id: ParticipantId, now_ms: int) -> str:
    """A fresh session; returns its secret, which only the cookie holds."""
    secret = new_secret()
    await writer.execute(insert(entrant_sessions).values(row(secret, participant_id, now_ms)))
    return secret


def row(secret: str, participant_id: ParticipantId, now_ms: int) -> dict[str, object]:
    """What is stored of a session."""
    return {
        "token_hash": digest(secret),
        "participant_id": participant_id,
        "created_at": now_ms,
        "seen_at": now_ms,
        "expires_at": now_ms + IDLE_MS,
    }


async def find(reader: Reader, secret: str, now_ms: int) -> EntrantSession | None:
    """The session of a cookie, None when unknown, expired, ended or its person erased."""
    row = (
        await reader.execute(
            select(entrant_sessions, participants.c.public_id, participants.c.lang)
            .join(participants, participants.c.id == entrant_sessions.c.participant_id)
            .where(
                entrant_sessions.c.token_hash == digest(secret),
                entrant_sessions.c.expires_at > now_ms,
                entrant_sessions.c.created_at > now_ms - ABSOLUTE_MS,
                participants.c.erased_at.is_(None),
            )
        )
    ).one_or_none()
    if row is None:
        return None
    return EntrantSession(
        row.token_hash, ParticipantId(row.participant_id), row.public_id, row.lang, row.created_at, row.seen_at
    )


async def refresh(db: Database, session: EntrantSession, now_ms: int) -> None:
    """Slides the expiry forward, at most once a day."""
    if now_ms - session.seen_at < _REFRESH_MS:
        return
    async with db.write() as writer:
        await writer.execute(
            update(entrant_sessions)
            .where(entrant_sessions.c.token_hash == session.token_hash)
            .values(seen_at=now_ms, expires_at=now_ms + IDLE_MS)
        )


async def end(writer: Writer, token_hash: str) -> None:
    """Signs out one device."""
    await writer.execute(delete(entrant_sessions).where(entrant_sessions.c.token_hash == token_hash))


async def end_all(writer: Writer, participant_id: ParticipantId) -> int:
    """Signs out everywhere; how many devices."""
    statement = delete(entrant_sessions).where(entrant_sessions.c.participant_id == participant_id)
    return (await writer.execute(statement)).rowcount


async def forget_expired(writer: Writer, now_ms: int) -> int:
    """Removes what nobody can use any more; how many."""
    return (await writer.execute(delete(entrant_sessions).where(entrant_sessions.c.expires_at <= now_ms))).rowcount
