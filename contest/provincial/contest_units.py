"""A contest's own list of units (schools, agencies) and the people they are counted against.

Never reads files: `contest.provincial.people_import` does. Unit codes are the organiser's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, func, insert, or_, select

from contest.database import Reader, Writer
from contest.ids import ContestId
from contest.provincial.tables import contest_denominators, contest_units
from scoring.folding import fold, sort_key_vi

MAX_FOUND = 8
_CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class ContestUnit:
    """One unit of the list; `commune` where it lies, when known."""

    code: str
    name: str
    commune: str | None = None


async def replace_all(writer: Writer, contest_id: ContestId, units: Sequence[ContestUnit]) -> int:
    """The list becomes this; entries keep the codes they have. Returns how many units there are."""
    await writer.execute(delete(contest_units).where(contest_units.c.contest_id == contest_id))
    rows = [
        {
            "contest_id": contest_id,
            "code": unit.code,
            "name": unit.name,
            "fold": fold(unit.name)[:160],
            "commune": unit.commune,
            "sort_key": sort_key_vi(unit.name).hex()[:400],
        }
        for unit in units
    ]
    if rows:
        await writer.execute(insert(contest_units), rows)
    return len(rows)


async def listing(reader: Reader, contest_id: ContestId) -> list[ContestUnit]:
    """The whole list in Vietnamese order."""
    rows = await reader.execute(
        select(contest_units)
        .where(contest_units.c.contest_id == contest_id)
        .order_by(contest_units.c.sort_key, contest_units.c.code)
    )
    return [ContestUnit(row.code, row.name, row.commune) for row in rows]


async def count(reader: Reader, contest_id: ContestId) -> int:
    """How many units the list has."""
    wanted = select(func.count()).select_from(contest_units).where(contest_units.c.contest_id == contest_id)
    return int(await reader.scalar(wanted) or 0)


async def get(reader: Reader, contest_id: ContestId, code: str) -> ContestUnit | None:
    """The unit of a code."""
    row = (
        await reader.execute(
            select(contest_units).where(contest_units.c.contest_id == contest_id, contest_units.c.code == code)
        )
    ).one_or_none()
    return None if row is None else ContestUnit(row.code, row.name, row.commune)


async def search(reader: Reader, contest_id: ContestId, query: str, limit: int = MAX_FOUND) -> list[ContestUnit]:
    """The units a person may mean, best first: the whole name, its beginning, a word's, any part. Tones, case and
    signs make no difference; every word must be there, in any order. An empty query finds nothing."""
    key = fold(query[:80])
    if not key:
        return []
    columns = contest_units.c
    words = [columns.fold.contains(word, autoescape=True) for word in key.split()[:8]]
    rows = await reader.execute(
        select(contest_units)
        .where(columns.contest_id == contest_id, or_(columns.code == query.strip(), and_(*words)))
        .order_by(columns.sort_key, columns.code)
        .limit(_CANDIDATES)
    )
    found = sorted(rows, key=lambda row: _rank(row.fold, key))
    return [ContestUnit(row.code, row.name, row.commune) for row in found[:limit]]


async def set_denominators(
    writer: Writer, contest_id: ContestId, values: Sequence[tuple[str, int, str]], *, actor: str, now_ms: int
) -> int:
    """A new version of the people per unit or commune: (code, value, source). The version's number."""
    columns = contest_denominators.c
    last = await writer.scalar(select(func.max(columns.version)).where(columns.contest_id == contest_id))
    version = int(last or 0) + 1
    rows = [
        {
            "contest_id": contest_id,
            "version": version,
            "code": code,
            "value": value,
            "source": source,
            "recorded_by": actor,
            "recorded_at": now_ms,
        }
        for code, value, source in values
    ]
    if rows:
        await writer.execute(insert(contest_denominators), rows)
    return version


async def denominators(reader: Reader, contest_id: int) -> dict[str, int]:
    """People per code, by the newest version."""
    return {code: value for code, value, _ in await sized(reader, contest_id)}


async def sized(reader: Reader, contest_id: int) -> list[tuple[str, int, str]]:
    """The newest version as it was set: (code, value, source)."""
    columns = contest_denominators.c
    newest = select(func.max(columns.version)).where(columns.contest_id == contest_id).scalar_subquery()
    rows = await reader.execute(
        select(columns.code, columns.value, columns.source).where(
            columns.contest_id == contest_id, columns.version == newest
        )
    )
    return [(row.code, row.value, row.source) for row in rows]


def _rank(name: str, key: str) -> int:
    if name == key:
        return 0
    if name.startswith(key):
        return 1
    if f" {key}" in name:
        return 2
    return 3 if key in name else 4
