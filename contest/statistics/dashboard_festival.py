"""A festival as it stands this moment: who came in, at which post, which skills, what the hall does.

Totals are the rollups'; posts and acts are counted from the festival's own tables, which are as large as the festival
is. Never looks at a fact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from contest.database import Reader
from contest.festival import festivals
from contest.festival.model import Festival, LiveEvent, LiveEventKind
from contest.festival.tables import acts, cloud_entries, guests, pledges, poll_votes, presences, scans
from contest.provincial.local_time import local_day
from contest.statistics import cells, rollups
from contest.statistics.contributions import Cell, Counts
from contest.statistics.facts import FactKind
from contest.tables import seats

POSTS = (LiveEventKind.GATE, LiveEventKind.BOOTH, LiveEventKind.TRAINING)
ACTS = (LiveEventKind.LIVE_ROUND, LiveEventKind.POLL, LiveEventKind.PLEDGE, LiveEventKind.LAUNCH)


@dataclass(frozen=True, slots=True)
class Post:
    """A gate, booth or training: guests confirmed there, and heads counted without names."""

    item: LiveEvent
    guests: int
    heads: int


@dataclass(frozen=True, slots=True)
class Act:
    """Something the hall does together. `people` took part; `units` signed; `fired`: a launch that was pressed."""

    item: LiveEvent
    people: int
    units: int = 0
    words: int = 0
    fired: bool = False


@dataclass(frozen=True, slots=True)
class FestivalNow:
    """`facets`: everything at the festival by facet; `today`: the same of this day; `communes`: guests checked in by
    where they come from, "-" for nowhere known, the most first."""

    festival: Festival
    counted_at: int
    seq: int
    facets: Mapping[str, Counts]
    today: Counts
    posts: Sequence[Post]
    acts: Sequence[Act]
    communes: Sequence[tuple[str, int]]

    def of(self, facet: str) -> Counts:
        """One facet; nothing where there is none."""
        return self.facets.get(facet, rollups.ZERO)


async def now(reader: Reader, festival_id: int, now_ms: int) -> FestivalNow:
    """Raises NotFound("festival_unknown")."""
    festival = await festivals.load(reader, festival_id)
    items = await festivals.programme(reader, festival.id)
    seq, counted_at = await rollups.counted_until(reader)
    place = cells.festival(festival_id)
    today = cells.day(local_day(now_ms))
    this_day = await rollups.read(reader, [today], [place], [cells.kind(FactKind.CHECKIN)])
    return FestivalNow(
        festival=festival,
        counted_at=counted_at,
        seq=seq,
        facets=await rollups.every_facet(reader, cells.ALL_TIME, place),
        today=this_day[Cell(today, place, cells.kind(FactKind.CHECKIN))],
        posts=await _posts(reader, festival_id, items),
        acts=await _acts(reader, festival_id, items),
        communes=await _communes(reader, festival_id),
    )


async def _posts(reader: Reader, festival_id: int, items: Sequence[LiveEvent]) -> list[Post]:
    c = presences.c
    query = select(c.live_event_id, func.count(c.guest_id.distinct())).where(
        c.festival_id == festival_id, c.support > 0
    )
    came = await _by_number(reader, query.group_by(c.live_event_id))
    s = scans.c
    counted = select(s.live_event_id, func.sum(s.heads)).where(
        s.festival_id == festival_id, s.counts == "heads", s.undone_at.is_(None)
    )
    heads = await _by_number(reader, counted.group_by(s.live_event_id))
    return [Post(one, came.get(one.id, 0), heads.get(one.id, 0)) for one in items if one.kind in POSTS]


async def _acts(reader: Reader, festival_id: int, items: Sequence[LiveEvent]) -> list[Act]:
    listed = [one for one in items if one.kind in ACTS]
    ids = [one.id for one in listed]
    if not ids:
        return []
    rounds = [one.round_id for one in listed if one.round_id is not None]
    seated: dict[int, int] = {}
    if rounds:
        taken = select(seats.c.round_id, func.count()).where(seats.c.round_id.in_(rounds)).group_by(seats.c.round_id)
        seated = await _by_number(reader, taken)
    p = pledges.c
    signing = select(p.live_event_id, p.signer, func.count()).where(p.festival_id == festival_id, p.state == "signed")
    signed = {(row[0], row[1]): row[2] for row in await reader.execute(signing.group_by(p.live_event_id, p.signer))}
    v = poll_votes.c
    voting = select(v.live_event_id, func.count()).where(v.live_event_id.in_(ids)).group_by(v.live_event_id)
    votes = await _by_number(reader, voting)
    e = cloud_entries.c
    sending = select(e.live_event_id, func.count(e.guest_id.distinct())).where(e.live_event_id.in_(ids))
    words = await _by_number(reader, sending.group_by(e.live_event_id))
    fired = set(
        (
            await reader.execute(
                select(acts.c.live_event_id).where(acts.c.festival_id == festival_id, acts.c.launched_at.is_not(None))
            )
        ).scalars()
    )
    made = []
    for one in listed:
        people = {
            LiveEventKind.LIVE_ROUND: seated.get(one.round_id or 0, 0),
            LiveEventKind.POLL: votes.get(one.id, 0),
            LiveEventKind.PLEDGE: signed.get((one.id, "person"), 0),
        }.get(one.kind, 0)
        units = signed.get((one.id, "unit"), 0)
        made.append(Act(one, people, units, words.get(one.id, 0), one.id in fired))
    return made


async def _by_number(reader: Reader, query: Select[Any]) -> dict[int, int]:
    """What a query of a number and a count gives; rows that name none are left out."""
    return {int(row[0]): int(row[1]) for row in await reader.execute(query) if row[0] is not None}


async def _communes(reader: Reader, festival_id: int) -> list[tuple[str, int]]:
    c, g = presences.c, guests.c
    query = (
        select(g.commune, func.count(c.guest_id.distinct()))
        .select_from(presences.join(guests, c.guest_id == g.id))
        .where(c.festival_id == festival_id, c.support > 0, c.kind == "checkin")
        .group_by(g.commune)
    )
    found = [(row[0] or "-", int(row[1])) for row in await reader.execute(query)]
    return sorted(found, key=lambda one: (-one[1], one[0]))
