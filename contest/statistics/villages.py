"""The villages (thôn, buôn, tổ dân phố) of the communes, in SQL.

A village is never deleted: facts name it. Never decides who lives where.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from contest import audit
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.statistics.movement_checks import line
from contest.statistics.tables import villages
from scoring.folding import fold, sort_key_vi

MAX_NAME = 120
_DIGITS = re.compile(r"[0-9]+")
MAX_OF_COMMUNE = 200


@dataclass(frozen=True, slots=True)
class Village:
    """One village of a commune. Archived ones keep their facts and are offered to nobody."""

    id: int
    commune: str
    name: str
    fold: str
    archived_at: int | None


def village_record(row: Any) -> Village:
    """A row as a value."""
    return Village(row.id, row.commune, row.name, row.fold, row.archived_at)


async def of_commune(reader: Reader, commune: str, *, archived: bool = False) -> list[Village]:
    """The villages of one commune in Vietnamese order; `archived`: also those that were put away."""
    return await listing(reader, [commune], archived=archived)


async def listing(reader: Reader, communes: Iterable[str] | None = None, *, archived: bool = False) -> list[Village]:
    """The villages of some communes, or of all, by commune and in Vietnamese order."""
    c = villages.c
    query = select(villages).order_by(c.commune, c.sort_key, c.id)
    if communes is not None:
        query = query.where(c.commune.in_(sorted(set(communes))))
    if not archived:
        query = query.where(c.archived_at.is_(None))
    return [village_record(row) for row in await reader.execute(query)]


async def load(reader: Reader, village_id: int) -> Village:
    """Raises NotFound("village_unknown")."""
    row = (await reader.execute(select(villages).where(villages.c.id == village_id))).one_or_none()
    if row is None:
        raise NotFound("village_unknown")
    return village_record(row)


async def checked(reader: Reader, commune: str | None, village_id: int | None) -> int | None:
    """The village somebody chose, when it is one of that commune and in use. Raises Invalid("village_unknown")."""
    if village_id is None:
        return None
    c = villages.c
    found = await reader.scalar(
        select(c.id).where(c.id == village_id, c.commune == (commune or ""), c.archived_at.is_(None))
    )
    if found is None:
        raise Invalid("village_unknown")
    return int(found)


def clean_name(text: str) -> tuple[str, str]:
    """A name as it is stored and its folded key. Raises Invalid("village_name")."""
    name = line(text, MAX_NAME, "village_name")
    key = fold(name)
    if not key:
        raise Invalid("village_name", limit=MAX_NAME)
    return name, key[:MAX_NAME]


async def add(writer: Writer, commune: str, name: str, *, actor: str, now_ms: int) -> Village:
    """A new village, or the archived one of that name back in use. Raises Conflict("village_exists")."""
    _, key = clean_name(name)
    c = villages.c
    old = (await writer.execute(select(villages).where(c.commune == commune, c.fold == key))).one_or_none()
    if old is not None and old.archived_at is None:
        raise Conflict("village_exists")
    await add_many(writer, [(commune, name)], actor=actor, now_ms=now_ms)
    row = (await writer.execute(select(villages).where(c.commune == commune, c.fold == key))).one()
    return village_record(row)


async def add_many(writer: Writer, wanted: Sequence[tuple[str, str]], *, actor: str, now_ms: int) -> int:
    """Adds those (commune, name) that are not there, archived ones come back; how many changed."""
    found = await listing(Reader(writer), [commune for commune, _ in wanted], archived=True)
    known = {(one.commune, one.fold): one for one in found}
    fresh: dict[tuple[str, str], dict[str, Any]] = {}
    back: list[int] = []
    sizes: dict[str, int] = {}
    for commune, _ in known:
        sizes[commune] = sizes.get(commune, 0) + 1
    for commune, text in wanted:
        name, key = clean_name(text)
        old = known.get((commune, key))
        if old is not None and old.archived_at is not None:
            back.append(old.id)
        elif old is None and (commune, key) not in fresh:
            sizes[commune] = sizes.get(commune, 0) + 1
            if sizes[commune] > MAX_OF_COMMUNE:
                raise Invalid("villages_many", limit=MAX_OF_COMMUNE)
            fresh[commune, key] = _row(commune, name, key)
    if fresh:
        try:
            await writer.execute(insert(villages), list(fresh.values()))
        except IntegrityError:
            raise Conflict("changed_meanwhile") from None
    if back:
        await writer.execute(update(villages).where(villages.c.id.in_(back)).values(archived_at=None))
    if fresh or back:
        detail = {"added": len(fresh), "back": len(back)}
        subject = f"commune:{wanted[0][0]}" if len({commune for commune, _ in wanted}) == 1 else "villages"
        await audit.record(
            writer, actor=actor, action="movement.villages.added", subject=subject, now_ms=now_ms, detail=detail
        )
    return len(fresh) + len(back)


async def rename(writer: Writer, village_id: int, name: str, *, actor: str, now_ms: int) -> Village:
    """Another name for the same village; its facts stay its own. Raises Conflict("village_exists")."""
    old = await load(Reader(writer), village_id)
    clean, key = clean_name(name)
    c = villages.c
    taken = await writer.scalar(select(c.id).where(c.commune == old.commune, c.fold == key, c.id != village_id))
    if taken is not None:
        raise Conflict("village_exists")
    values = {name: value for name, value in _row(old.commune, clean, key).items() if name != "commune"}
    await writer.execute(update(villages).where(c.id == village_id).values(**values))
    await audit.record(
        writer,
        actor=actor,
        action="movement.village.renamed",
        subject=f"village:{village_id}",
        now_ms=now_ms,
        detail={"from": old.name, "to": clean},
    )
    return await load(Reader(writer), village_id)


async def archive(writer: Writer, village_id: int, archived: bool, *, actor: str, now_ms: int) -> Village:
    """Puts a village away, or takes it back. Raises NotFound("village_unknown")."""
    await load(Reader(writer), village_id)
    await writer.execute(
        update(villages).where(villages.c.id == village_id).values(archived_at=now_ms if archived else None)
    )
    await audit.record(
        writer,
        actor=actor,
        action=f"movement.village.{'archived' if archived else 'restored'}",
        subject=f"village:{village_id}",
        now_ms=now_ms,
    )
    return await load(Reader(writer), village_id)


def order_of(name: str) -> str:
    """What places are sorted by: as Vietnamese do, and Thôn 2 before Thôn 10."""
    return sort_key_vi(_DIGITS.sub(lambda found: found[0].zfill(6), name)).hex()[:400]


def _row(commune: str, name: str, key: str) -> dict[str, Any]:
    return {"commune": commune, "name": name, "fold": key, "sort_key": order_of(name)}
