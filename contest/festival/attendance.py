"""How many are here: cheap counts for stage, console and pages, from what staff confirmed.

Never the movement's statistics: those are counted from the ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from contest.database import Reader
from contest.festival.scans_model import Action
from contest.festival.scans_standing import GUEST, HEADS
from contest.festival.tables import presences, scans
from contest.skills import Skill
from contest.statistics.facts import FactKind


@dataclass(frozen=True, slots=True)
class Attendance:
    """`people`: different guests who came, by card; `heads`: counted without names. `posts`: item id → how many it
    checked in, taught or showed something, both kinds together."""

    people: int
    heads: int
    posts: Mapping[int, int]
    skills: Mapping[Skill, int]

    @property
    def came(self) -> int:
        """Both together: somebody counted twice in different ways cannot be known."""
        return self.people + self.heads


async def counts_now(reader: Reader, festival_id: int, *, day: str | None = None) -> Attendance:
    """What is known by now; `day`: check-ins of one local day only."""
    p, s = presences.c, scans.c
    came = select(func.count(p.guest_id.distinct())).where(
        p.festival_id == festival_id, p.kind == FactKind.CHECKIN, p.support > 0
    )
    if day is not None:
        came = came.where(p.source.like(f"%:{day}"))
    people = int(await reader.scalar(came) or 0)
    posts: dict[int, int] = {}
    # Gates by scans, so that each gate shows what went through it, whoever was first to record the day's fact.
    through = (
        select(s.live_event_id, func.count(s.guest_id.distinct()))
        .where(
            s.festival_id == festival_id, s.action == Action.SCAN, s.counts == GUEST, s.undone_at.is_(None),
            s.live_event_id.is_not(None),
        )
        .group_by(s.live_event_id)
    )  # fmt: skip
    for post, count in await reader.execute(through):
        posts[post] = posts.get(post, 0) + int(count)
    heads = 0
    nameless = (
        select(s.live_event_id, s.kind, func.sum(s.heads))
        .where(s.festival_id == festival_id, s.counts == HEADS, s.undone_at.is_(None))
        .group_by(s.live_event_id, s.kind)
    )
    for post, kind, count in await reader.execute(nameless):
        heads += int(count) if kind == FactKind.CHECKIN else 0
        if post is not None:
            posts[post] = posts.get(post, 0) + int(count)
    practised = (
        select(p.skill, func.count())
        .where(p.festival_id == festival_id, p.kind == FactKind.SKILL, p.support > 0)
        .group_by(p.skill)
    )
    skills = {Skill(skill): int(count) for skill, count in await reader.execute(practised)}
    return Attendance(people, heads, posts, skills)


async def checked_in(reader: Reader, festival_id: int, guest_ids: list[int]) -> set[int]:
    """Which of these guests have checked in on any day."""
    p = presences.c
    query = select(p.guest_id).where(
        p.festival_id == festival_id, p.kind == FactKind.CHECKIN, p.support > 0, p.guest_id.in_(guest_ids)
    )
    return set((await reader.execute(query)).scalars())
