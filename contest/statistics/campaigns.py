"""Campaigns: stretches of days that the movement counts by, such as 100 peak days. Counting follows by itself."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, insert, select

from contest.audit import record
from contest.database import Reader, Writer
from contest.errors import Invalid, NotFound
from contest.statistics.contributions import Span
from contest.statistics.tables import campaigns

MAX_NAME = 160
MAX_DAYS = 1_100
"""Three years: a movement's whole plan."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """Days as "2026-09-20", both included."""

    id: int
    name: str
    first_day: str
    last_day: str

    @property
    def span(self) -> Span:
        return Span(self.id, self.first_day, self.last_day)


async def listing(reader: Reader) -> list[Campaign]:
    """All campaigns, the latest first."""
    c = campaigns.c
    query = select(c.id, c.name, c.first_day, c.last_day).order_by(c.first_day.desc(), c.id.desc())
    return [Campaign(*row) for row in await reader.execute(query)]


async def add(writer: Writer, name: str, first_day: str, last_day: str, *, actor: str, now_ms: int) -> int:
    """A new campaign; its counts appear once everything was counted by it. Raises Invalid("campaign_name" |
    "campaign_days")."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME:
        raise Invalid("campaign_name", limit=MAX_NAME)
    try:
        length = (date.fromisoformat(last_day) - date.fromisoformat(first_day)).days
    except ValueError as problem:
        raise Invalid("campaign_days", limit=MAX_DAYS) from problem
    if not 0 <= length < MAX_DAYS or len(first_day) != 10 or len(last_day) != 10:
        raise Invalid("campaign_days", limit=MAX_DAYS)
    values = {
        "name": name,
        "first_day": first_day,
        "last_day": last_day,
        "created_by": actor,
        "created_at": now_ms,
    }
    made = await writer.scalar(insert(campaigns).values(**values).returning(campaigns.c.id))
    assert made is not None
    detail = {"name": name, "first_day": first_day, "last_day": last_day}
    await record(writer, actor=actor, action="campaign.add", subject=f"campaign:{made}", now_ms=now_ms, detail=detail)
    return int(made)


async def remove(writer: Writer, campaign_id: int, *, actor: str, now_ms: int) -> None:
    """Stops counting by it; no fact is touched. Raises NotFound("campaign_unknown")."""
    c = campaigns.c
    row = (
        await writer.execute(delete(campaigns).where(c.id == campaign_id).returning(c.name, c.first_day, c.last_day))
    ).one_or_none()
    if row is None:
        raise NotFound("campaign_unknown")
    detail = {"name": row.name, "first_day": row.first_day, "last_day": row.last_day}
    await record(
        writer, actor=actor, action="campaign.remove", subject=f"campaign:{campaign_id}", now_ms=now_ms, detail=detail
    )
