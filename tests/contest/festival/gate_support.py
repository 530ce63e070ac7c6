"""A festival with gates, booths and staff phones, for the tests of check-in."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from contest.database import Database, Reader
from contest.festival import festivals, guests, scans, staff_phones
from contest.festival.model import Festival, Guest, GuestLevel, LiveEventKind, PhoneRole, StaffPhone
from contest.festival.scans import Answer
from contest.festival.scans_desk import Sender
from contest.festival.scans_model import Entry
from contest.festival.scans_recount import base_of
from contest.festival.tables import festivals as festival_table
from contest.festival.tables import live_events
from contest.provincial.local_time import day_bounds
from contest.skills import Skill
from contest.statistics.facts import FactKind
from contest.statistics.tables import participation_facts

FIRST, LAST = "2026-10-09", "2026-10-10"
MORNING = day_bounds(FIRST)[0] + 8 * 3_600_000
HOUR, DAY = 3_600_000, 86_400_000


@dataclass
class Grounds:
    """A festival: its items by name, and phones that talk to it."""

    db: Database
    festival: Festival
    posts: dict[str, int]

    async def phone(
        self, role: PhoneRole = PhoneRole.GATE, post: str | None = None, *, at: int = MORNING
    ) -> StaffPhone:
        async with self.db.write() as writer:
            phone, _ = await staff_phones.pair(
                writer, self.festival.id, label=f"Máy {post}", role=role,
                live_event_id=None if post is None else self.posts[post], actor="account:1", now_ms=at,
            )  # fmt: skip
        return phone

    async def guest(self, name: str = "Y Mek Ê Nuôl", level: GuestLevel = GuestLevel.NICKNAME, **said: Any) -> Guest:
        async with self.db.write() as writer:
            named = None if level is GuestLevel.BLANK else name
            return await guests.make(
                writer, festival_id=self.festival.id, now_ms=MORNING, name=named, level=level, **said
            )

    async def send(
        self, phone: StaffPhone, *entries: Entry, now: int = MORNING + HOUR, offset: int = 0, paired: int = MORNING
    ) -> list[Answer]:
        async with self.db.write() as writer:
            current = await staff_phones.heard(
                writer, phone.id, waiting=0, oldest_at=None, offset_ms=offset, now_ms=now
            )
            return await scans.merge(writer, Sender(current, paired, offset), self.festival, entries, now_ms=now)

    async def standing(self) -> dict[tuple[FactKind, str], int]:
        """What the ledger says of this festival: facts that are not void, by kind and source."""
        c = participation_facts.c
        async with self.db.read() as reader:
            return await standing_facts(reader, c.festival_id == self.festival.id)


async def standing_facts(reader: Reader, *which: Any) -> dict[tuple[FactKind, str], int]:
    c = participation_facts.c
    voided = set((await reader.execute(select(c.voids).where(c.voids.is_not(None)))).scalars())
    rows = await reader.execute(select(c.id, c.kind, c.source, c.headcount).where(*which, c.kind != "void"))
    found: dict[tuple[FactKind, str], int] = {}
    for row in rows:
        if row.id not in voided:
            key = (FactKind(row.kind), base_of(row.source))
            assert key not in found, f"twice: {key}"
            found[key] = row.headcount
    return found


ITEMS: dict[str, tuple[LiveEventKind, Skill | None]] = {
    "north": (LiveEventKind.GATE, None),
    "south": (LiveEventKind.GATE, None),
    "class": (LiveEventKind.TRAINING, None),
    "pay": (LiveEventKind.BOOTH, Skill.PAYMENT),
    "shop": (LiveEventKind.BOOTH, Skill.SHOPPING),
}


async def grounds(db: Database, slug: str = "ngay-hoi") -> Grounds:
    """Two days, two gates, a training and two booths."""
    async with db.write() as writer:
        made = await writer.execute(
            insert(festival_table)
            .values(
                slug=slug, title="Ngày hội chuyển đổi số", title_fold="ngay hoi", state="open", first_day=FIRST,
                last_day=LAST, settings={}, created_by="account:1", created_at=MORNING, updated_at=MORNING,
            )
            .returning(festival_table.c.id)
        )  # fmt: skip
        festival_id = made.scalar_one()
        posts = {}
        for name, (kind, skill) in ITEMS.items():
            item = await writer.execute(
                insert(live_events)
                .values(
                    festival_id=festival_id, kind=str(kind), title=name, starts_at=MORNING, settings={},
                    skill=skill, created_at=MORNING, updated_at=MORNING,
                )
                .returning(live_events.c.id)
            )  # fmt: skip
            posts[name] = int(item.scalar_one())
        festival = await festivals.load(Reader(writer), festival_id)
    return Grounds(db, festival, posts)
