"""A festival made the way organisers make one."""

from contest.database import Database, Reader
from contest.festival import day_templates, festivals, organising, programme
from contest.festival.model import Festival, FestivalState, LiveEvent
from contest.festival.organising import Outline
from contest.provincial.local_time import day_bounds

DAY = "2026-10-10"
MORNING = day_bounds(DAY)[0] + 8 * 3_600_000
WHO = "account:1"


async def festival(
    db: Database, title: str = "Ngày hội chuyển đổi số", *, plan: str = "day", open_it: bool = True, now: int = MORNING
) -> tuple[Festival, list[LiveEvent]]:
    """A festival of one day with the programme of a template."""
    async with db.write() as writer:
        made = await organising.create(
            writer, Outline(title, DAY, DAY, "Nhà văn hóa", "24133", "Mời bà con."), actor=WHO, now_ms=now
        )
        for draft in day_templates.drafts(plan, DAY, "vi"):
            await programme.add(writer, made.id, draft, actor=WHO, now_ms=now)
        if open_it:
            await organising.set_state(writer, made.id, FestivalState.OPEN, actor=WHO, now_ms=now)
    async with db.read() as reader:
        return await festivals.load(reader, made.id), await festivals.programme(reader, made.id)


async def read(db: Database, festival_id: int) -> Festival:
    async with db.read() as reader:
        return await festivals.load(Reader(reader), festival_id)
