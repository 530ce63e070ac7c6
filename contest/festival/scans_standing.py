"""What scans stand for, kept in step with the ledger: each fact stands while at least one scan supports it.

The result does not depend on the order in which scans arrive: a fact is there exactly when its support is above none.
Which scan was merged first decides only the moment and the helper the fact names. Callers hold the lock of the guest's
row. Never reads what a phone sent.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from contest.database import Writer
from contest.festival.model import Guest
from contest.festival.scans_model import Assertion, asserted, fact_source, heads_source
from contest.festival.tables import presences, scans
from contest.statistics import ledger
from contest.statistics.facts import Channel, Fact, FactKind, skills_of

GUEST, HEADS, NOT = "guest", "heads", ""
"""What `scans.counts` says."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether this scan was the one that made something true, and since when it has been."""

    fresh: bool
    since_at: int


def assertions_of(row: Any, guest_id: int) -> list[Assertion]:
    """What a row of `scans` stands for when it counts for this guest."""
    return asserted(
        FactKind(row.kind),
        festival_id=row.festival_id,
        guest_id=guest_id,
        live_event_id=row.live_event_id,
        skills=skills_of(row.skills),
        at=row.occurred_at,
    )


async def support(writer: Writer, row: Any, guest: Guest, *, actor: str, now_ms: int) -> Standing:
    """This scan counts for the guest from now on. Call once for a scan."""
    facts, since = [], []
    for one in assertions_of(row, guest.id):
        generation, first, since_at = await _raise(writer, row, guest.id, one)
        since.append(since_at)
        if first:
            facts.append(_fact(row, guest, one, fact_source(one.source, generation), actor))
    await ledger.record(writer, facts, now_ms=now_ms)
    return Standing(bool(facts), min(since, default=row.occurred_at))


async def drop(writer: Writer, row: Any, *, reason: str, actor: str, now_ms: int) -> None:
    """A scan or headcount that counted does not any more. Call once, with its row as it was."""
    if row.counts == HEADS:
        source = heads_source(row.id)
        await ledger.void(writer, FactKind(row.kind), source, reason=reason, actor=actor, now_ms=now_ms)
    if row.counts != GUEST:
        return
    c = presences.c
    for one in assertions_of(row, row.guest_id):
        left = (
            await writer.execute(
                update(presences)
                .where(c.kind == str(one.kind), c.source == one.source)
                .values(support=c.support - 1, generation=c.generation + case((c.support == 1, 1), else_=0))
                .returning(c.support, c.generation)
            )
        ).one()
        if left.support == 0:
            source = fact_source(one.source, left.generation - 1)
            await ledger.void(writer, one.kind, source, reason=reason, actor=actor, now_ms=now_ms)


async def count_heads(writer: Writer, row: Any, *, actor: str, now_ms: int) -> None:
    """This row counts heads without names from now on. Call once for a row."""
    fact = Fact(
        FactKind(row.kind),
        heads_source(row.id),
        row.occurred_at,
        headcount=row.heads,
        target_group=row.target_group,
        channel=Channel.STAFF,
        recorded_by=actor,
        festival_id=row.festival_id,
        live_event_id=row.live_event_id,
        skills=skills_of(row.skills) if row.kind == FactKind.SKILL else (),
    )
    await ledger.record(writer, [fact], now_ms=now_ms)


async def store(writer: Writer, values: dict[str, Any]) -> Any:
    """A new row of `scans`, as it is now."""
    return (await writer.execute(insert(scans).values(**values).returning(scans))).one()


async def change(writer: Writer, scan_id: int, **values: Any) -> Any:
    """The row with these values."""
    return (await writer.execute(update(scans).where(scans.c.id == scan_id).values(**values).returning(scans))).one()


async def _raise(writer: Writer, row: Any, guest_id: int, one: Assertion) -> tuple[int, bool, int]:
    dialect = postgresql if writer.dialect.name == "postgresql" else sqlite
    c = presences.c
    made = dialect.insert(presences).values(
        festival_id=row.festival_id,
        kind=str(one.kind),
        source=one.source,
        guest_id=guest_id,
        live_event_id=one.live_event_id,
        skill=one.skill,
        support=1,
        since_at=row.occurred_at,
    )
    was_none = c.support == 0
    now = (
        await writer.execute(
            made.on_conflict_do_update(
                index_elements=["kind", "source"],
                set_={
                    "support": c.support + 1,
                    "since_at": case((was_none, made.excluded.since_at), else_=c.since_at),
                    "live_event_id": case((was_none, made.excluded.live_event_id), else_=c.live_event_id),
                },
            ).returning(c.support, c.generation, c.since_at)
        )
    ).one()
    return now.generation, now.support == 1, now.since_at


def _fact(row: Any, guest: Guest, one: Assertion, source: str, actor: str) -> Fact:
    return Fact(
        one.kind,
        source,
        row.occurred_at,
        person=guest.person,
        commune=guest.commune,
        village_id=guest.village_id,
        target_group=guest.target_group,
        age_band=guest.age_band,
        skills=() if one.skill is None else (one.skill,),
        channel=Channel.STAFF if row.typed else Channel.QR,
        recorded_by=actor,
        festival_id=row.festival_id,
        live_event_id=one.live_event_id,
    )
