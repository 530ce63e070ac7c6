"""A festival with guests who did things, for tests of lucky draws."""

from dataclasses import dataclass, field

from sqlalchemy import insert, update

from contest.database import Database, Reader
from contest.festival import draw_model, draw_running, draws, guests
from contest.festival.draw_model import Draw
from contest.festival.draw_rules import Rule
from contest.festival.draw_sources import Source, SourceKind
from contest.festival.draw_states import Prize
from contest.festival.draws import Plan
from contest.festival.model import Guest, GuestLevel
from contest.festival.tables import festivals, live_events
from contest.festival.tables import guests as guest_table
from contest.skills import Skill
from contest.statistics import ledger
from contest.statistics.facts import Fact, FactKind

T0 = 1_795_312_800_000
"""22/11/2026 09:00 in Viet Nam."""
DAY = "2026-11-22"
HOUR = 3_600_000
STAGE = Source(SourceKind.STAGE, "10 quả bóng, khách mời bốc")
DIGITS = "3141592653 5897932384 6264338327 9502884197"
PRIZES = (Prize("Khuyến khích", 3, 200_000, "Viettel", together=True), Prize("Nhất", 1, 5_000_000))
ACTOR = "account:1"


@dataclass
class Day:
    """A festival in a database."""

    db: Database
    festival_id: int
    item_id: int
    slug: str = "ngay-hoi"
    guests: list[Guest] = field(default_factory=list)

    async def guest(self, name: str | None, *, skills: int = 0, checkin: bool = True, **more: object) -> Guest:
        async with self.db.write() as writer:
            made = await guests.make(
                writer,
                festival_id=self.festival_id,
                now_ms=T0,
                name=name,
                commune="24133",
                age_band="18-59",
                consent="v1" if name else None,
                level=GuestLevel(str(more.pop("level", "nickname"))),
                staff=bool(more.pop("staff", False)),
            )
            if more:
                await writer.execute(update(guest_table).where(guest_table.c.id == made.id).values(**more))
            at = {"occurred_at": T0, "person": made.person, "festival_id": self.festival_id}
            facts = [
                Fact(FactKind.SKILL, f"{self.festival_id}:{made.id}:{skill}", **at, skills=(skill,))
                for skill in list(Skill)[:skills]
            ]
            if checkin:
                facts.append(Fact(FactKind.CHECKIN, f"{self.festival_id}:{made.id}:{DAY}", **at))
            await ledger.record(writer, facts, now_ms=T0)
        self.guests.append(made)
        return made

    async def draw(self, rule: Rule | None = None, title: str = "Bốc thăm may mắn", **plan: object) -> Draw:
        """A draft with prizes."""
        made = await draws.create(self.db, self.festival_id, title, live_event_id=self.item_id, actor=ACTOR, now_ms=T0)
        given = Plan(title, self.item_id, True, rule or Rule(), PRIZES)
        for name, value in plan.items():
            given = Plan(**{**{one: getattr(given, one) for one in Plan.__dataclass_fields__}, name: value})
        await draws.save(self.db, made, 1, given, actor=ACTOR, now_ms=T0)
        return await self.load(made)

    async def load(self, draw: Draw | int) -> Draw:
        async with self.db.read() as reader:
            return await draw_model.load(reader, draw if isinstance(draw, int) else draw.id)

    async def frozen(self, draw: Draw, source: Source | None = STAGE) -> Draw:
        async with self.db.read() as reader:
            count = await draws.preview(reader, draw.id)
        await draws.freeze(self.db, draw.id, draw.version, count, source=source, actor=ACTOR, now_ms=T0)
        return await self.load(draw)

    async def drawn(self, draw: Draw, digits: str = DIGITS) -> Draw:
        for group in digits.split():
            draw = await self.load(draw)
            await draw_running.type_digits(self.db, draw.id, draw.version, group, "Lan", actor=ACTOR, now_ms=T0)
        draw = await self.load(draw)
        await draw_running.confirm_digits(self.db, draw.id, draw.version, digits, "Y Mek", actor="account:2", now_ms=T0)
        return await self.load(draw)

    async def show(self, draw: Draw) -> list[str]:
        draw = await self.load(draw)
        return await draw_running.show_next(self.db, draw.id, draw.version, actor=ACTOR, now_ms=T0)

    async def settle(self, draw: Draw, position: int | None, reason: str = "") -> None:
        draw = await self.load(draw)
        await draw_running.settle(
            self.db, draw.id, draw.version, position, present=not reason, reason=reason, actor=ACTOR, now_ms=T0
        )


async def festival_day(db: Database, slug: str = "ngay-hoi") -> Day:
    """An open festival with an item for the draw."""
    async with db.write() as writer:
        festival_id = await writer.scalar(
            insert(festivals)
            .values(
                slug=slug,
                title="Ngày hội chuyển đổi số",
                title_fold="ngay hoi chuyen doi so",
                place="Quảng trường 10/3",
                first_day=DAY,
                last_day=DAY,
                state="open",
                settings={},
                created_by="system",
                created_at=T0,
                updated_at=T0,
            )
            .returning(festivals.c.id)
        )
        item_id = await writer.scalar(
            insert(live_events)
            .values(
                festival_id=festival_id,
                kind="draw",
                title="Bốc thăm may mắn",
                starts_at=T0,
                state="live",
                settings={},
                created_at=T0,
                updated_at=T0,
            )
            .returning(live_events.c.id)
        )
    assert festival_id is not None
    assert item_id is not None
    return Day(db, int(festival_id), int(item_id), slug)


async def whole_pool(reader: Reader, draw: Draw) -> tuple[str, ...]:
    return await draw_running.checked_pool(reader, draw)
