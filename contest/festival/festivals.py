"""Festivals and their programmes in SQL.

Every change that phones or the stage show makes the festival's version grow, in the same transaction. Never draws,
counts or checks anybody in.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from contest.database import Reader, Writer
from contest.errors import NotFound
from contest.festival.model import Festival, FestivalState, LiveEvent, LiveEventKind, LiveEventState
from contest.festival.tables import festivals, live_events
from contest.ids import FestivalId, LiveEventId
from contest.skills import Skill

SLUG = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")


def festival_record(row: Any) -> Festival:
    """A row of `festivals` as a value."""
    return Festival(
        id=FestivalId(row.id),
        slug=row.slug,
        title=row.title,
        place=row.place,
        commune=row.commune,
        intro=row.intro,
        first_day=row.first_day,
        last_day=row.last_day,
        state=FestivalState(row.state),
        settings=row.settings,
        version=row.version,
        stage_token_hash=row.stage_token_hash,
        created_by=row.created_by,
        created_at=row.created_at,
    )


def live_event_record(row: Any) -> LiveEvent:
    """A row of `live_events` as a value."""
    return LiveEvent(
        id=LiveEventId(row.id),
        festival_id=FestivalId(row.festival_id),
        kind=LiveEventKind(row.kind),
        title=row.title,
        place=row.place,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=LiveEventState(row.state),
        responsible=row.responsible,
        note=row.note,
        skill=None if row.skill is None else Skill(row.skill),
        round_id=row.round_id,
        settings=row.settings,
    )


async def load(reader: Reader, festival_id: int, *, lock: bool = False) -> Festival:
    """The festival, or NotFound("festival_unknown"). With `lock`, in a write transaction, nobody else changes it.

    Whoever locks items of the programme too locks them first. Scans and votes that refer to it do not wait.
    """
    query = select(festivals).where(festivals.c.id == festival_id)
    row = (await reader.execute(query.with_for_update(key_share=True) if lock else query)).one_or_none()
    if row is None:
        raise NotFound("festival_unknown")
    return festival_record(row)


async def by_slug(reader: Reader, slug: str, *, public: bool = True) -> Festival:
    """The festival at this address; `public`: only one that is open or over. Raises NotFound("festival_unknown")."""
    row = (await reader.execute(select(festivals).where(festivals.c.slug == slug))).one_or_none()
    if row is None or (public and row.state not in (FestivalState.OPEN, FestivalState.OVER)):
        raise NotFound("festival_unknown")
    return festival_record(row)


async def by_stage_token(reader: Reader, token_hash: str) -> Festival | None:
    """The festival whose stage this token opens."""
    row = (await reader.execute(select(festivals).where(festivals.c.stage_token_hash == token_hash))).one_or_none()
    return None if row is None else festival_record(row)


async def programme(reader: Reader, festival_id: int, *, kinds: Sequence[LiveEventKind] = ()) -> list[LiveEvent]:
    """The items in the order of their time; `kinds` empty: all."""
    c = live_events.c
    query = select(live_events).where(c.festival_id == festival_id).order_by(c.starts_at, c.id)
    if kinds:
        query = query.where(c.kind.in_([str(kind) for kind in kinds]))
    return [live_event_record(row) for row in await reader.execute(query)]


async def live_event(reader: Reader, live_event_id: int, *, lock: bool = False) -> LiveEvent:
    """One item, or NotFound("live_event_unknown"). With `lock`, in a write transaction, nobody else changes it."""
    query = select(live_events).where(live_events.c.id == live_event_id)
    row = (await reader.execute(query.with_for_update(key_share=True) if lock else query)).one_or_none()
    if row is None:
        raise NotFound("live_event_unknown")
    return live_event_record(row)


async def lock_items(writer: Writer, festival_id: int) -> None:
    """Nobody else changes an item of the programme until the end of the transaction."""
    c = live_events.c
    query = select(c.id).where(c.festival_id == festival_id).order_by(c.id)
    await writer.execute(query.with_for_update(key_share=True))


async def touch(writer: Writer, festival_id: int, now_ms: int) -> int:
    """Something that phones or stage show has changed: the new version. Raises NotFound("festival_unknown")."""
    version = await writer.scalar(
        update(festivals)
        .where(festivals.c.id == festival_id)
        .values(version=festivals.c.version + 1, updated_at=now_ms)
        .returning(festivals.c.version)
    )
    if version is None:
        raise NotFound("festival_unknown")
    return int(version)
