"""Contests read from SQL: their state, their drafts, the rules in force and every earlier version.

Never changes anything but a row's lock: the acts are in `contest.provincial.contests`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from contest.database import Reader, Writer
from contest.errors import NotFound
from contest.ids import ContestId
from contest.provincial.drafts import parsed
from contest.provincial.rules import ContestRules
from contest.provincial.tables import contest_versions, contests


@dataclass(frozen=True, slots=True)
class ContestRecord:
    """A contest. `rules` and `rules_version` are those in force, None before the opening.

    `state` is draft, open (from the opening of the rules; rounds open by their own times), closed or archived.
    """

    id: ContestId
    slug: str
    title: str
    state: str
    draft: Mapping[str, Any]
    draft_version: int
    rules: ContestRules | None
    rules_version: int | None
    created_by: str
    created_at: int
    updated_at: int
    archived_at: int | None


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """One frozen version; `digest` is the SHA-256 of its canonical text."""

    version: int
    rules: ContestRules
    digest: str
    reason: str
    created_by: str
    created_at: int


async def load(reader: Reader, contest_id: int) -> ContestRecord:
    """Raises NotFound("contest_unknown")."""
    return await _one(reader, _records().where(contests.c.id == contest_id))


async def by_slug(reader: Reader, slug: str) -> ContestRecord:
    """Raises NotFound("contest_unknown")."""
    return await _one(reader, _records().where(contests.c.slug == slug))


async def listing(reader: Reader, *, archived: bool = False, drafts: bool = True) -> list[ContestRecord]:
    """Contests, the newest first. The public sees them without `drafts`."""
    wanted = _records().order_by(contests.c.created_at.desc(), contests.c.id.desc())
    wanted = wanted.where(contests.c.archived_at.is_not(None) if archived else contests.c.archived_at.is_(None))
    if not drafts:
        wanted = wanted.where(contests.c.rules_version.is_not(None))
    return [_record(row) for row in await reader.execute(wanted)]


async def rules_of(reader: Reader, contest_id: int, version: int | None = None) -> ContestRules:
    """The rules of a version, without one those in force. Raises NotFound("rules_unknown")."""
    wanted = (
        select(contest_versions.c.rules)
        .join(contests, contests.c.id == contest_versions.c.contest_id)
        .where(contests.c.id == contest_id)
        .where(contest_versions.c.version == (contests.c.rules_version if version is None else version))
    )
    text = (await reader.execute(wanted)).scalar_one_or_none()
    if text is None:
        raise NotFound("rules_unknown")
    return parsed(text)


async def versions(reader: Reader, contest_id: int) -> list[RulesVersion]:
    """Every version that was in force, the first one first."""
    columns = contest_versions.c
    rows = await reader.execute(
        select(contest_versions).where(columns.contest_id == contest_id).order_by(columns.version)
    )
    return [
        RulesVersion(row.version, parsed(row.rules), row.digest, row.reason, row.created_by, row.created_at)
        for row in rows
    ]


async def lock(writer: Writer, contest_id: int) -> ContestRecord:
    """The contest with its row locked until the transaction ends, so that acts of organisers queue.

    Raises NotFound("contest_unknown").
    """
    await writer.execute(select(contests.c.id).where(contests.c.id == contest_id).with_for_update())
    return await load(Reader(writer), contest_id)


def _records() -> Select[Any]:
    return select(contests, contest_versions.c.rules.label("rules_text")).outerjoin(
        contest_versions,
        (contest_versions.c.contest_id == contests.c.id) & (contest_versions.c.version == contests.c.rules_version),
    )


async def _one(reader: Reader, wanted: Select[Any]) -> ContestRecord:
    row = (await reader.execute(wanted)).one_or_none()
    if row is None:
        raise NotFound("contest_unknown")
    return _record(row)


def _record(row: Any) -> ContestRecord:
    return ContestRecord(
        id=ContestId(row.id),
        slug=row.slug,
        title=row.title,
        state=row.state,
        draft=row.draft,
        draft_version=row.draft_version,
        rules=None if row.rules_text is None else parsed(row.rules_text),
        rules_version=row.rules_version,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        archived_at=row.archived_at,
    )
