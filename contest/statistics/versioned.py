"""Values that are corrected by a further row: one of each key in force, the earlier ones kept with who replaced them.

Never decides what a value may be.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from contest.database import Reader, Writer
from contest.errors import Conflict, NotFound
from contest.statistics.target_model import Version

_AT_ONCE = 200
"""Keys asked for in one statement."""
_KEPT_BY_US = frozenset({"id", "created_by", "created_at", "replaced_at", "replaced_by"})


class Put(StrEnum):
    """What became of a value."""

    ADDED = "added"
    REPLACED = "replaced"
    SAME = "same"
    """It was there already, word for word: nothing was written."""


def version_of(row: Any) -> Version:
    """Who entered the row, and who replaced it."""
    return Version(row.id, row.created_by, row.created_at, row.replaced_at, row.replaced_by)


async def compare(
    reader: Reader, table: Table, key: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> list[tuple[Put, Any]]:
    """What `put` would do with each row, and the row in force that it would meet, if any. Writes nothing."""
    found = await _in_force(reader, table, key, rows)
    told: list[tuple[Put, Any]] = []
    for row in rows:
        old = found.get(_key(row, key))
        if old is None:
            told.append((Put.ADDED, None))
        else:
            told.append((Put.SAME if _same(table, row, old) else Put.REPLACED, old))
    return told


async def put(
    writer: Writer, table: Table, key: Sequence[str], rows: Sequence[Mapping[str, Any]], *, actor: str, now_ms: int
) -> list[Put]:
    """Puts the values in force; no key may come twice in `rows`.

    Raises Conflict("changed_meanwhile") when somebody else replaced one in the same moment.
    """
    told = await compare(Reader(writer), table, key, rows)
    gone = [old.id for what, old in told if what is Put.REPLACED]
    fresh = [
        {**row, "created_by": actor, "created_at": now_ms}
        for row, (what, _) in zip(rows, told, strict=True)
        if what is not Put.SAME
    ]
    await _end(writer, table, gone, actor, now_ms)
    if fresh:
        try:
            await writer.execute(insert(table), fresh)
        except IntegrityError:
            raise Conflict("changed_meanwhile") from None
    return [what for what, _ in told]


async def withdraw(writer: Writer, table: Table, row_id: int, *, actor: str, now_ms: int) -> Any:
    """Takes the value out of force without another; gives the row. Raises NotFound("value_unknown")."""
    c = table.c
    row = (await writer.execute(select(table).where(c.id == row_id, c.replaced_at.is_(None)))).one_or_none()
    if row is None:
        raise NotFound("value_unknown")
    await _end(writer, table, [row_id], actor, now_ms)
    return row


async def history(reader: Reader, table: Table, where: Mapping[str, Any]) -> list[Any]:
    """Every row of the key, the newest first."""
    query = select(table).where(*(table.c[name] == value for name, value in where.items()))
    return list((await reader.execute(query.order_by(table.c.id.desc()))).all())


async def in_force(reader: Reader, table: Table, *where: Any) -> list[Any]:
    """The rows in force that meet the conditions."""
    return list((await reader.execute(select(table).where(table.c.replaced_at.is_(None), *where))).all())


async def _end(writer: Writer, table: Table, ids: Sequence[int], actor: str, now_ms: int) -> None:
    c = table.c
    for first in range(0, len(ids), _AT_ONCE):
        part = ids[first : first + _AT_ONCE]
        statement = update(table).where(c.id.in_(part), c.replaced_at.is_(None))
        done = await writer.execute(statement.values(replaced_at=now_ms, replaced_by=actor))
        if done.rowcount != len(part):
            raise Conflict("changed_meanwhile")


async def _in_force(
    reader: Reader, table: Table, key: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> dict[tuple[Any, ...], Any]:
    wanted = [_key(row, key) for row in rows]
    columns = [table.c[name] for name in key]
    found: dict[tuple[Any, ...], Any] = {}
    for first in range(0, len(wanted), _AT_ONCE):
        which = tuple_(*columns).in_(wanted[first : first + _AT_ONCE])
        for row in await in_force(reader, table, which):
            found[tuple(getattr(row, name) for name in key)] = row
    return found


def _key(row: Mapping[str, Any], key: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in key)


def _same(table: Table, row: Mapping[str, Any], old: Any) -> bool:
    names = [column.name for column in table.columns if column.name not in _KEPT_BY_US and column.name in row]
    return all(row[name] == getattr(old, name) for name in names)
