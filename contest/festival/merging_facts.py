"""A fact that turns out to be another guest's: taken back under the one name and told again under the other.

So whoever did the same thing with both of their cards has done it once. Never decides whose a fact is.
"""

from sqlalchemy import ColumnElement, exists, select

from contest.database import Writer
from contest.statistics import ledger
from contest.statistics.facts import Channel, Fact, FactKind, skills_of
from contest.statistics.tables import participation_facts

REASON = "two cards of one person"
ACTOR = "system"
_voiding = participation_facts.alias("voiding")


async def take_back(writer: Writer, kind: FactKind, source: str, now_ms: int) -> None:
    """The fact counts no more."""
    await ledger.void(writer, kind, source, reason=REASON, actor=ACTOR, now_ms=now_ms)


async def move(writer: Writer, kind: FactKind, source: str, to: str | None, *, person: int, now_ms: int) -> None:
    """The fact that stands under `source` stands under `to` instead, as it was but for its person.

    Where there is one under `to` already, or `to` is None, it is only taken back. Without such a fact nothing happens.
    """
    await move_many(writer, [kind], participation_facts.c.source == source, {source: to}, person=person, now_ms=now_ms)


async def move_many(
    writer: Writer,
    kinds: list[FactKind],
    which: ColumnElement[bool],
    to: dict[str, str | None],
    *,
    person: int,
    now_ms: int,
) -> None:
    """The same for every standing fact of these kinds that `which` finds; sources that `to` does not name are left."""
    c = participation_facts.c
    query = (
        select(participation_facts)
        .where(c.kind.in_([str(kind) for kind in kinds]), which, ~exists().where(_voiding.c.voids == c.id))
        .order_by(c.id)
    )
    for row in (await writer.execute(query)).all():
        if row.source not in to:
            continue
        await take_back(writer, FactKind(row.kind), row.source, now_ms)
        target = to[row.source]
        if target is None:
            continue
        same = {
            name: getattr(row, name)
            for name in (
                "occurred_at", "commune", "village_id", "target_group", "sub_group", "unit_code", "age_band", "passed",
                "score", "recorded_by", "festival_id", "live_event_id", "round_id", "contest_id", "team_id",
                "release_at",
            )
        }  # fmt: skip
        fact = Fact(
            FactKind(row.kind),
            target,
            person=person,
            skills=skills_of(row.skills),
            channel=Channel(row.channel),
            **same,
        )
        await ledger.record(writer, [fact], now_ms=now_ms)
