"""What organisers see of what phones sent: the latest, and that every scan is accounted for.

Only reads.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select

from contest.database import Reader
from contest.festival.scans_model import Action
from contest.festival.scans_standing import NOT
from contest.festival.tables import guests as guest_table
from contest.festival.tables import live_events, scans, staff_phones

RECENT = 50


@dataclass(frozen=True, slots=True)
class Balance:
    """Every scan and headcount in one of three heaps."""

    scans: int
    counted: int
    open: int
    """Not counted, and somebody has to decide."""

    @property
    def out(self) -> int:
        return self.scans - self.counted - self.open


async def balance(reader: Reader, festival_id: int) -> Balance:
    """Scans and headcounts of a festival."""
    c = scans.c
    counted = (c.counts != NOT) & c.undone_at.is_(None)
    waits = (c.counts == NOT) & c.conflict.is_not(None) & c.resolved_at.is_(None)
    query = select(
        func.count(),
        func.coalesce(func.sum(case((counted, 1), else_=0)), 0),
        func.coalesce(func.sum(case((waits, 1), else_=0)), 0),
    ).where(c.festival_id == festival_id, c.action.in_([Action.SCAN, Action.COUNT]))
    total, counts, waiting = (await reader.execute(query)).one()
    return Balance(int(total), int(counts), int(waiting))


async def recent(reader: Reader, festival_id: int) -> list[Any]:
    """The latest scans and headcounts, with the names of phone, post and guest (personal data: shown, never logged)."""
    c = scans.c
    query = (
        select(scans, staff_phones.c.label, live_events.c.title, guest_table.c.name)
        .select_from(
            scans.join(staff_phones, staff_phones.c.id == c.phone_id)
            .outerjoin(live_events, live_events.c.id == c.live_event_id)
            .outerjoin(guest_table, guest_table.c.id == c.guest_id)
        )
        .where(c.festival_id == festival_id, c.action.in_([Action.SCAN, Action.COUNT]))
        .order_by(c.received_at.desc(), c.id.desc())
        .limit(RECENT)
    )
    return list(await reader.execute(query))
