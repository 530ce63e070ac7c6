"""Which festival guests take seats in a live round: the link by which a round counts for a person.

Never seats anybody; `contest.joining` does.
"""

from collections.abc import Collection

from sqlalchemy import bindparam, select

from contest.database import Writer
from contest.festival.tables import guest_sessions, guests


async def people_of_sessions(writer: Writer, hashes: Collection[str], now_ms: int) -> dict[str, int]:
    """Token hash → person, of the sessions that last, in one query; none when nobody has one."""
    if not hashes:
        return {}
    s = guest_sessions.c
    query = (
        select(s.token_hash, guests.c.person)
        .join(guests, guests.c.id == s.guest_id)
        .where(
            s.token_hash.in_(bindparam("hashes", expanding=True)),
            s.expires_at > now_ms,
            guests.c.erased_at.is_(None),
            guests.c.person.is_not(None),
        )
    )
    return {row.token_hash: row.person for row in await writer.execute(query, {"hashes": sorted(hashes)})}
