"""The stream of facts as everybody outside is told it, in its one order, and how far each relay has passed it on.

Facts that are held are not in the stream, so nothing here can tell that they exist. Never writes facts and never sends
anything.
"""

from typing import Any

from sqlalchemy import Select, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from contest.database import Reader, Writer
from contest.festival.tables import festivals
from contest.provincial.tables import contests
from contest.statistics.cloudevents import StreamedFact
from contest.statistics.facts import FactKind
from contest.statistics.tables import fact_stream, feed_relays, participation_facts, villages
from contest.tables import rounds
from contest.teams.tables import teams

MOST = 1_000
"""Facts in one answer."""

_told = participation_facts.alias("told")
"""The fact that the event tells of: the one itself, or the one it takes back."""


async def after(reader: Reader, seq: int, limit: int) -> list[StreamedFact]:
    """The facts of the stream behind `seq`, at most so many."""
    return await _read(reader, _facts().where(fact_stream.c.seq > seq).limit(min(limit, MOST)))


async def between(reader: Reader, first: int, last: int) -> list[StreamedFact]:
    """The facts of the stream from `first` to `last`, both included."""
    return await _read(reader, _facts().where(fact_stream.c.seq.between(first, last)).limit(MOST))


async def end(reader: Reader) -> int:
    """The last place of the stream; 0 while it is empty."""
    return int(await reader.scalar(select(func.max(fact_stream.c.seq))) or 0)


def _facts() -> Select[Any]:
    itself = participation_facts
    is_void = itself.c.kind == str(FactKind.VOID)
    return (
        select(
            fact_stream.c.seq, fact_stream.c.streamed_at, itself.c.id.label("fact_id"), itself.c.voids,
            _told.c.kind, _told.c.occurred_at, _told.c.day, _told.c.person.is_not(None).label("individual"),
            _told.c.headcount, _told.c.commune, villages.c.name.label("village"), _told.c.target_group,
            _told.c.age_band, _told.c.skills, _told.c.passed, _told.c.channel, festivals.c.slug.label("festival"),
            contests.c.slug.label("contest"), rounds.c.code.label("round"), teams.c.name.label("team"),
        )
        .join(itself, itself.c.id == fact_stream.c.fact_id)
        .join(_told, _told.c.id == case((is_void, itself.c.voids), else_=itself.c.id))
        .outerjoin(villages, villages.c.id == _told.c.village_id)
        .outerjoin(festivals, festivals.c.id == _told.c.festival_id)
        .outerjoin(contests, contests.c.id == _told.c.contest_id)
        .outerjoin(rounds, rounds.c.id == _told.c.round_id)
        .outerjoin(teams, teams.c.id == _told.c.team_id)
        .order_by(fact_stream.c.seq)
    )  # fmt: skip


async def _read(reader: Reader, query: Select[Any]) -> list[StreamedFact]:
    return [
        StreamedFact(
            seq=row.seq, fact_id=row.fact_id, voided=row.voids, kind=row.kind, occurred_at=row.occurred_at,
            day=row.day, streamed_at=row.streamed_at, individual=bool(row.individual), headcount=row.headcount,
            commune=row.commune, village=row.village, target_group=row.target_group, age_band=row.age_band,
            skills=row.skills, passed=None if row.passed is None else bool(row.passed), channel=row.channel,
            festival=row.festival, contest=row.contest, round=row.round, team=row.team,
        )
        for row in await reader.execute(query)
    ]  # fmt: skip


async def relay_behind(reader: Reader, name: str) -> bool:
    """Whether there is anything that this relay has not passed on."""
    seq = await reader.scalar(select(feed_relays.c.seq).where(feed_relays.c.name == name))
    return await end(reader) > (seq or 0)


async def take_relay(writer: Writer, name: str, owner: str, now_ms: int, lease_ms: int) -> int | None:
    """Up to where this relay has come, and the right to go on for so long; None while somebody else has it."""
    dialect: Any = postgresql if writer.dialect.name == "postgresql" else sqlite
    await writer.execute(
        dialect.insert(feed_relays).values(name=name, seq=0, updated_at=now_ms).on_conflict_do_nothing()
    )
    c = feed_relays.c
    seq: int | None = await writer.scalar(
        update(feed_relays)
        .where(c.name == name, or_(c.lease_until <= now_ms, c.lease_owner == owner))
        .values(lease_owner=owner, lease_until=now_ms + lease_ms, updated_at=now_ms)
        .returning(c.seq)
    )
    return seq


async def move_relay(writer: Writer, name: str, owner: str, seq: int, now_ms: int) -> bool:
    """The relay has come so far; False when the lease was lost."""
    c = feed_relays.c
    done = await writer.execute(
        update(feed_relays).where(c.name == name, c.lease_owner == owner).values(seq=seq, updated_at=now_ms)
    )
    return done.rowcount == 1
