"""A festival with items for the hall, and guests."""

from typing import Any

from sqlalchemy import insert

from contest.database import Database, Reader
from contest.festival import festivals, guests
from contest.festival.model import Guest, LiveEvent, LiveEventKind
from contest.festival.tables import festivals as festivals_table
from contest.festival.tables import live_events

T0 = 1_790_000_000_000
POLL = {
    "mode": "options",
    "question": "Bạn đã dùng dịch vụ công chưa?",
    "options": [{"id": "a", "text": "Rồi"}, {"id": "b", "text": "Chưa"}, {"id": "c", "text": "Sắp"}],
}
WORDS = {"mode": "words", "question": "Chuyển đổi số là gì?"}
PLEDGE = {"texts": ["Giúp một người thân dùng dịch vụ công.", "Không chia sẻ mã OTP."]}
LAUNCH = {"hold_s": 3, "slogan": "Bình dân học vụ số", "crowd": True}


async def make_festival(db: Database, slug: str = "ngay-hoi", now_ms: int = T0) -> int:
    """An open festival's id."""
    values = {
        "slug": slug,
        "title": "Ngày hội chuyển đổi số",
        "title_fold": "ngay hoi",
        "commune": "24133",
        "first_day": "2026-09-21",
        "last_day": "2026-09-21",
        "state": "open",
        "settings": {},
        "created_by": "test",
        "created_at": now_ms,
        "updated_at": now_ms,
    }
    async with db.write() as writer:
        made = await writer.execute(insert(festivals_table).values(**values).returning(festivals_table.c.id))
        return int(made.scalar_one())


async def make_item(
    db: Database, festival_id: int, kind: LiveEventKind, settings: dict[str, Any], now_ms: int = T0
) -> LiveEvent:
    values = {
        "festival_id": festival_id,
        "kind": str(kind),
        "title": "Mục " + kind,
        "starts_at": now_ms,
        "settings": settings,
        "created_at": now_ms,
        "updated_at": now_ms,
    }
    async with db.write() as writer:
        made = await writer.execute(insert(live_events).values(**values).returning(live_events.c.id))
        return await festivals.live_event(Reader(writer), made.scalar_one())


async def make_guest(db: Database, festival_id: int, name: str = "H’Thi Rya", **more: Any) -> Guest:
    async with db.write() as writer:
        return await guests.make(writer, festival_id=festival_id, now_ms=T0, name=name, commune="24133", **more)
