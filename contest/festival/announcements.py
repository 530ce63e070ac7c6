"""What a festival tells all its phones at once: short texts that end by themselves.

Never reaches anybody who is not looking at the festival: phones and the stage ask for what is current.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, or_, select, update

from contest import audit
from contest.database import Reader, Writer
from contest.errors import Invalid, NotFound
from contest.festival import festivals
from contest.festival.tables import festival_announcements

MAX_TEXT = 280
SHOWN = 3
"""More than this at once nobody reads."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """One text; `until` None: until somebody ends it."""

    id: int
    text_vi: str
    text_en: str
    until: int | None
    ended_at: int | None
    created_at: int


_FIELDS = tuple(Announcement.__dataclass_fields__)
_COLUMNS = tuple(festival_announcements.c[name] for name in _FIELDS)


async def current(reader: Reader, festival_id: int, now_ms: int) -> list[Announcement]:
    """What is to be read now, the newest first."""
    c = festival_announcements.c
    query = (
        select(*_COLUMNS)
        .where(c.festival_id == festival_id, c.ended_at.is_(None), or_(c.until.is_(None), c.until > now_ms))
        .order_by(c.id.desc())
        .limit(SHOWN)
    )
    return [Announcement(*row) for row in await reader.execute(query)]


async def listing(reader: Reader, festival_id: int) -> Sequence[Announcement]:
    """Every text there ever was, the newest first."""
    c = festival_announcements.c
    query = select(*_COLUMNS).where(c.festival_id == festival_id).order_by(c.id.desc()).limit(200)
    return [Announcement(*row) for row in await reader.execute(query)]


async def announce(
    writer: Writer, festival_id: int, *, text_vi: str, text_en: str, until: int | None, actor: str, now_ms: int
) -> int:
    """Tells everybody from the next moment on; the number of the text. Raises Invalid("announcement_text" or
    "announcement_until"). Each call makes another one."""
    text_vi, text_en = " ".join(text_vi.split()), " ".join(text_en.split())
    if not 1 <= len(text_vi) <= MAX_TEXT or len(text_en) > MAX_TEXT:
        raise Invalid("announcement_text", most=MAX_TEXT)
    if until is not None and until <= now_ms:
        raise Invalid("announcement_until")
    await festivals.touch(writer, festival_id, now_ms)
    made = await writer.scalar(
        insert(festival_announcements)
        .values(
            festival_id=festival_id,
            text_vi=text_vi,
            text_en=text_en,
            until=until,
            created_by=actor,
            created_at=now_ms,
        )
        .returning(festival_announcements.c.id)
    )
    assert made is not None
    await audit.record(
        writer, actor=actor, action="festival.announce", subject=f"festival:{festival_id}", now_ms=now_ms,
        detail={"announcement": made},
    )  # fmt: skip
    return int(made)


async def end(writer: Writer, festival_id: int, announcement_id: int, *, actor: str, now_ms: int) -> None:
    """Takes a text away; harmless to repeat. Raises NotFound("announcement_unknown")."""
    c = festival_announcements.c
    known = await writer.scalar(select(c.id).where(c.id == announcement_id, c.festival_id == festival_id))
    if known is None:
        raise NotFound("announcement_unknown")
    changed = await writer.execute(
        update(festival_announcements).where(c.id == announcement_id, c.ended_at.is_(None)).values(ended_at=now_ms)
    )
    if changed.rowcount:
        await festivals.touch(writer, festival_id, now_ms)
        await audit.record(
            writer, actor=actor, action="festival.announcement_end", subject=f"festival:{festival_id}", now_ms=now_ms,
            detail={"announcement": announcement_id},
        )  # fmt: skip
