"""From SQL to what the winners are reckoned from: one consistent snapshot, with nothing void in it.

Never reckons and never writes. Nothing here is personal: people are entry numbers, and exclusions match keyed hashes.
"""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, or_, select

from contest.database import Reader
from contest.errors import Conflict
from contest.provincial import contest_units
from contest.provincial.contests import rules_of
from contest.provincial.frozen import Attempt, Decision, Entry, Frozen
from contest.provincial.tables import (
    attempts,
    contest_denominators,
    contest_exclusions,
    contest_questions,
    contests,
    entries,
    participants,
    struck_units,
    tie_decisions,
)

_CHUNK = 2000
SETTLED = ("committee", "draw")
"""Decisions that order people; a draw's announced pool is another kind of line and orders nobody."""


async def freeze(
    reader: Reader, contest_id: int, version: int | None = None, *, restored: tuple[str, int] | None = None
) -> Frozen:
    """Everything the winners depend on, by the rules of `version` (None: the version in force).

    `restored` names an attempt or an entry ("attempt" | "entry", its row) that is taken as if it were not void.

    Raises Conflict("contest_not_open") before the opening. Entries without an accepted attempt are left out: they
    stand in no ranking and count for no unit.
    """
    if version is None:
        version = await version_in_force(reader, contest_id)
    rules = await rules_of(reader, contest_id, version)
    accepted = await _attempts(reader, contest_id, restored)
    took_part = {attempt.entry for attempt in accepted}
    return Frozen(
        rules=rules,
        rules_version=version,
        entries=await _entries(reader, contest_id, took_part, restored),
        attempts=accepted,
        decisions=await decisions(reader, contest_id),
        denominators=await contest_units.denominators(reader, contest_id),
        struck=frozenset(
            (await reader.execute(select(struck_units.c.code).where(struck_units.c.contest_id == contest_id))).scalars()
        ),
    )


async def version_in_force(reader: Reader, contest_id: int) -> int:
    """The number of the rules in force. Raises Conflict("contest_not_open")."""
    version = await reader.scalar(select(contests.c.rules_version).where(contests.c.id == contest_id))
    if version is None:
        raise Conflict("contest_not_open")
    return int(version)


async def attempts_mark(reader: Reader, contest_id: int) -> str:
    """A cheap sum of the submitted attempts: with `acts_mark`, while it stands, a kept snapshot is the newest.

    The key of a memory, never a proof: the proof is the digest.
    """
    c = attempts.c
    counted = await reader.execute(
        select(func.count(), func.sum(c.score), func.sum(c.duration_ms), func.sum(c.submitted_at)).where(
            c.contest_id == contest_id, c.state == "submitted"
        )
    )
    return ":".join("-" if part is None else str(int(part)) for part in counted.one())


async def acts_mark(reader: Reader, contest_id: int) -> str:
    """The same for what organisers do: voids, decisions, struck units, imports, corrected keys, versions.

    Attempts that come in do not move it, so that it can guard a step while later rounds go on.
    """
    parts: list[object] = [await version_in_force(reader, contest_id)]
    for table, column in (
        (attempts, func.count(attempts.c.void_at)),
        (attempts, func.sum(attempts.c.void_at)),
        (entries, func.count(entries.c.void_at)),
        (entries, func.sum(entries.c.void_at)),
        (tie_decisions, func.max(tie_decisions.c.id)),
        (struck_units, func.count()),
        (contest_exclusions, func.count()),
        (contest_exclusions, func.max(contest_exclusions.c.id)),
        (contest_denominators, func.max(contest_denominators.c.version)),
        (contest_questions, func.sum(contest_questions.c.revision)),
    ):
        parts.append(await reader.scalar(select(column).where(table.c.contest_id == contest_id)))
    return ":".join("-" if part is None else str(part) for part in parts)


async def decisions(reader: Reader, contest_id: int) -> tuple[Decision, ...]:
    """The settled ties, in the order they were recorded."""
    c = tie_decisions.c
    rows = await reader.execute(
        select(c.ranking, c.audience, c.order).where(c.contest_id == contest_id, c.kind.in_(SETTLED)).order_by(c.id)
    )
    return tuple(Decision(ranking, audience, tuple(map(str, order))) for ranking, audience, order in rows)


def prediction_of(stored: str | None) -> Decimal | None:
    """The number somebody foresaw; None for none, and for what is no number."""
    if stored is None:
        return None
    try:
        number = Decimal(stored.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


async def _attempts(reader: Reader, contest_id: int, restored: tuple[str, int] | None) -> tuple[Attempt, ...]:
    c = attempts.c
    wanted = (
        select(
            c.public_id,
            c.entry_id,
            c.round_key,
            c.started_at,
            c.submitted_at,
            c.duration_ms,
            c.score,
            c.correct,
            c.of,
            c.answered,
            c.prediction,
        )
        .join(entries, entries.c.id == c.entry_id)
        .where(
            c.contest_id == contest_id,
            c.state == "submitted",
            _counts(attempts, "attempt", restored),
            _counts(entries, "entry", restored),
        )
        .order_by(c.id)
    )
    found = []
    async for row in _rows(reader, wanted):
        values: tuple[Any, ...] = (*row[:10], prediction_of(row[10]))
        found.append(Attempt(*values))
    return tuple(found)


async def _entries(
    reader: Reader, contest_id: int, took_part: set[int], restored: tuple[str, int] | None
) -> tuple[Entry, ...]:
    excluded = await _exclusions(reader, contest_id)
    e, p = entries.c, participants.c
    wanted = (
        # The entry's own hashes outlive an erasure: whoever may not win does not win by being erased.
        select(e.id, e.target_group, e.commune, e.unit_code, e.phone_hash, e.id_hash, p.phone_hash, p.id_hash)
        .join(participants, p.id == e.participant_id)
        .where(e.contest_id == contest_id, _counts(entries, "entry", restored))
        .order_by(e.id)
    )
    found = []
    async for number, group, commune, unit, *hashes in _rows(reader, wanted):
        if number in took_part:
            reason = next((excluded[one] for one in hashes if one is not None and one in excluded), "")
            found.append(Entry(number, group or "", commune or "", unit or "", reason))
    return tuple(found)


async def _rows(reader: Reader, wanted: Select[Any]) -> AsyncIterator[Any]:
    """Row by row, giving others their turn: a hundred thousand rows at once would hold up the whole process."""
    async with reader.stream(wanted) as result:
        async for part in result.partitions(_CHUNK):
            for row in part:
                yield row
            await asyncio.sleep(0)


def _counts(table: Table, kind: str, restored: tuple[str, int] | None) -> ColumnElement[bool]:
    standing: ColumnElement[bool] = table.c.void_at.is_(None)
    return standing if restored is None or restored[0] != kind else or_(standing, table.c.id == restored[1])


async def _exclusions(reader: Reader, contest_id: int) -> dict[str, str]:
    c = contest_exclusions.c
    rows = await reader.execute(
        select(c.phone_hash, c.id_hash, c.reason).where(c.contest_id == contest_id).order_by(c.id)
    )
    reasons: dict[str, str] = {}
    for phone, identity, reason in rows:
        for one in (phone, identity):
            if one is not None and one not in reasons:
                reasons[one] = reason or "excluded"
    return reasons
