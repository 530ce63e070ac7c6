"""The facts of the minutes (biên bản): what the committee signs besides the names of the winners.

Never formats and never names entrants. Exact numbers of people stand here: ask only once results may be reckoned.
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from contest.database import Reader
from contest.provincial import complaints, contests, key_publication, log, results, ties
from contest.provincial.contests import ContestRecord, RulesVersion
from contest.provincial.log import Head
from contest.provincial.results import Revision, Standing
from contest.provincial.tables import attempts, entries
from contest.provincial.ties import TieLine


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """One round: accepted attempts and the people behind them, without void ones, which are counted apart."""

    key: str
    name: str
    people: int
    attempts: int
    void_attempts: int
    key_published_at: int | None


@dataclass(frozen=True, slots=True)
class MinutesFacts:
    """All of it. `void_grounds` counts voided attempts and entries by ground; `complaints` complaints by state."""

    contest: ContestRecord
    versions: tuple[RulesVersion, ...]
    rounds: tuple[RoundFacts, ...]
    people: int
    standings: tuple[Standing, ...]
    revisions: tuple[Revision, ...]
    decisions: tuple[TieLine, ...]
    void_grounds: dict[str, int]
    complaints: dict[str, int]
    heads: tuple[Head, ...]


async def facts(reader: Reader, contest_id: int, now_ms: int) -> MinutesFacts:
    """Raises NotFound("contest_unknown"), Conflict("contest_not_open")."""
    held = await contests.load(reader, contest_id)
    standings = await results.listing(reader, contest_id, now_ms)
    counted: dict[str, int] = {}
    for one in await complaints.listing(reader, contest_id):
        counted[one.state.value] = counted.get(one.state.value, 0) + 1
    c = attempts.c
    people = await reader.scalar(
        select(func.count(c.entry_id.distinct()))
        .join(entries, entries.c.id == c.entry_id)
        .where(c.contest_id == contest_id, c.state == "submitted", c.void_at.is_(None), entries.c.void_at.is_(None))
    )
    return MinutesFacts(
        contest=held,
        versions=tuple(await contests.versions(reader, contest_id)),
        rounds=tuple(await _rounds(reader, held)),
        people=int(people or 0),
        standings=tuple(standings),
        revisions=tuple(await results.revisions(reader, contest_id)),
        decisions=tuple(await ties.recorded(reader, contest_id)),
        void_grounds=await _grounds(reader, contest_id),
        complaints=counted,
        heads=tuple(await log.heads(reader, contest_id)),
    )


async def _rounds(reader: Reader, held: ContestRecord) -> list[RoundFacts]:
    assert held.rules is not None
    c = attempts.c
    standing = (c.void_at.is_(None)) & (entries.c.void_at.is_(None))
    rows = await reader.execute(
        select(c.round_key, standing, func.count(), func.count(c.entry_id.distinct()))
        .join(entries, entries.c.id == c.entry_id)
        .where(c.contest_id == held.id, c.state == "submitted")
        .group_by(c.round_key, standing)
    )
    counted = {(key, bool(counts)): (many, people) for key, counts, many, people in rows.all()}
    keys = await key_publication.published(reader, held.id)
    return [
        RoundFacts(
            one.key,
            one.name,
            people=counted.get((one.key, True), (0, 0))[1],
            attempts=counted.get((one.key, True), (0, 0))[0],
            void_attempts=counted.get((one.key, False), (0, 0))[0],
            key_published_at=keys[one.key][0] if one.key in keys else None,
        )
        for one in held.rules.rounds
    ]


async def _grounds(reader: Reader, contest_id: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for table in (attempts, entries):
        rows = await reader.execute(
            select(table.c.void_reason).where(table.c.contest_id == contest_id, table.c.void_at.is_not(None))
        )
        for reason in rows.scalars():
            ground = (reason or "").partition("\n")[0]
            found[ground] = found.get(ground, 0) + 1
    return found
