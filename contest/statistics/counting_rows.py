"""Reading the ledger for the counting: what is new, whose facts it touches, and what is counted of them already.

Never reckons and never writes.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.dialects import postgresql

from contest.database import Reader
from contest.statistics.contributions import FactRow, Traits
from contest.statistics.counting_state import State

_FACT = (
    "f.id, f.person, f.headcount, f.day, f.commune, f.village_id, f.festival_id, f.team_id, f.kind, f.target_group, "
    "f.age_band, f.skills, f.passed"
)
_WIDTH = 13
_LEDGER = "f.voids, f.same_as, f.release_at, f.xid, f.contest_id"
COUNTS = "f.kind NOT IN ('void', 'same_person')"
NOT_VOID = (
    "NOT EXISTS (SELECT 1 FROM participation_facts v JOIN fact_stream t ON t.fact_id = v.id WHERE v.voids = f.id)"
)


class LedgerRow(NamedTuple):
    """A row of the ledger on its way into the stream. `known`: it is there already, or held. That people are one may
    be read again: the second time it changes nothing."""

    fact: FactRow
    voids: int | None
    same_as: int | None
    release_at: int
    xid: int
    contest_id: int | None
    known: bool

    @property
    def id(self) -> int:
        return self.fact.id


class Target(NamedTuple):
    """A fact that a void names; `seq` None: not streamed."""

    fact: FactRow
    seq: int | None


class Horizon(NamedTuple):
    """How far the ledger may be read on PostgreSQL: every transaction before `end` is over.

    `foreign`: rows carry transactions that this cluster has not had yet: the database was copied from another one.
    """

    end: int
    first_unknown: int
    foreign: bool


async def horizon(reader: Reader, state: State) -> Horizon | None:
    """None on SQLite, where rows appear in their order."""
    if reader.dialect.name == "sqlite":
        return None
    row = (
        await reader.execute(
            text(
                "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, "
                "pg_snapshot_xmax(pg_current_snapshot())::text::bigint, "
                "(SELECT max(xid) FROM participation_facts)"
            )
        )
    ).one()
    return Horizon(row[0], row[1], max(row[2] or 0, state.xid) >= row[1])


def fact_row(row: Any) -> FactRow:
    """A row that begins with the columns of `_FACT`."""
    return FactRow(row[0], row[1], row[2], Traits(*row[3:_WIDTH]))


async def new_rows(reader: Reader, state: State, end: Horizon | None, limit: int) -> list[LedgerRow]:
    """The next rows of the ledger after the state's cursor, in order."""
    below = "" if end is None else "AND f.xid < :end"
    given: dict[str, Any] = {"xid": state.xid, "id": state.fact_id, "limit": limit}
    given |= {} if end is None else {"end": end.end}
    after, order = "(f.xid, f.id) > (:xid, :id)", "f.xid, f.id"
    if reader.dialect.name == "sqlite":
        # xid is 0 in every row there, and SQLite would walk all of them for the pair.
        after, order = "f.id > :id", "f.id"
        given.pop("xid")
    query = (
        f"SELECT {_FACT}, {_LEDGER}, s.seq IS NOT NULL OR h.fact_id IS NOT NULL "
        "FROM participation_facts f LEFT JOIN fact_stream s ON s.fact_id = f.id "
        "LEFT JOIN facts_held h ON h.fact_id = f.id "
        f"WHERE {after} {below} ORDER BY {order} LIMIT :limit"
    )
    return [_ledger_row(row) for row in await reader.execute(text(query), given)]


async def due_rows(reader: Reader, now_ms: int, limit: int) -> list[LedgerRow]:
    """Held rows that may go now: what takes a fact back only after the fact itself."""
    query = (
        f"SELECT {_FACT}, {_LEDGER}, false "
        "FROM facts_held h JOIN participation_facts f ON f.id = h.fact_id "
        "WHERE h.release_at <= :now AND (f.voids IS NULL OR EXISTS "
        "(SELECT 1 FROM fact_stream s WHERE s.fact_id = f.voids)) ORDER BY h.release_at, h.fact_id LIMIT :limit"
    )
    return [_ledger_row(row) for row in await reader.execute(text(query), {"now": now_ms, "limit": limit})]


def _ledger_row(row: Any) -> LedgerRow:
    voids, same_as, release_at, xid, contest_id, known = row[_WIDTH:]
    return LedgerRow(fact_row(row), voids, same_as, release_at, xid, contest_id, bool(known))


async def targets(reader: Reader, ids: Collection[int]) -> dict[int, Target]:
    """The facts that voids name."""
    if not ids:
        return {}
    query = (
        f"SELECT {_FACT}, s.seq FROM participation_facts f LEFT JOIN fact_stream s ON s.fact_id = f.id WHERE "
        f"{one_of(reader, 'f.id')}"
    )
    return {row[0]: Target(fact_row(row), row[_WIDTH]) for row in await _many(reader, query, ids)}


async def roots(reader: Reader, people: Collection[int]) -> dict[int, int]:
    """Person → root, of everybody who is one with one of these people. Who is alone is missing."""
    if not people:
        return {}
    query = f"SELECT person, root FROM counted_people WHERE {one_of(reader, 'person')}"
    known = dict(people_of(await _many(reader, query, people)))
    query = f"SELECT person, root FROM counted_people WHERE {one_of(reader, 'root')}"
    return dict(people_of(await _many(reader, query, {*people, *known.values()})))


def people_of(rows: Iterable[Any]) -> list[tuple[int, int]]:
    return [(row[0], row[1]) for row in rows]


async def counted_facts(reader: Reader, people: Collection[int]) -> list[FactRow]:
    """Everything of these people that is in the counts now."""
    if not people:
        return []
    query = (
        f"SELECT {_FACT} FROM participation_facts f JOIN fact_stream s ON s.fact_id = f.id "
        f"WHERE {one_of(reader, 'f.person')} AND {COUNTS} AND {NOT_VOID}"
    )
    return [fact_row(row) for row in await _many(reader, query, people)]


async def counted_range(reader: Reader, after: int, until: int) -> dict[int, list[FactRow]]:
    """The counted facts of all roots in (after, until], by root."""
    query = (
        f"SELECT {_FACT}, f.person FROM participation_facts f JOIN fact_stream s ON s.fact_id = f.id "
        f"WHERE f.person > :after AND f.person <= :until AND {COUNTS} AND {NOT_VOID} "
        "AND NOT EXISTS (SELECT 1 FROM counted_people c WHERE c.person = f.person) "
        f"UNION ALL SELECT {_FACT}, c.root FROM counted_people c JOIN participation_facts f ON f.person = c.person "
        f"JOIN fact_stream s ON s.fact_id = f.id WHERE c.root > :after AND c.root <= :until AND {COUNTS} AND {NOT_VOID}"
    )
    found: dict[int, list[FactRow]] = {}
    for row in await reader.execute(text(query), {"after": after, "until": until}):
        found.setdefault(row[_WIDTH], []).append(fact_row(row))
    return found


async def counted_heads(reader: Reader, after: int, until: int) -> list[FactRow]:
    """The counted facts without a person whose number in the stream is in (after, until]."""
    query = (
        f"SELECT {_FACT} FROM fact_stream s JOIN participation_facts f ON f.id = s.fact_id "
        f"WHERE s.seq > :after AND s.seq <= :until AND f.person IS NULL AND {COUNTS} AND {NOT_VOID}"
    )
    return [fact_row(row) for row in await reader.execute(text(query), {"after": after, "until": until})]


async def person_after(reader: Reader, after: int, facts: int) -> int | None:
    """Up to which person about so many facts go; None: to the end."""
    query = text("SELECT person FROM participation_facts WHERE person > :after ORDER BY person LIMIT 1 OFFSET :facts")
    found: int | None = await reader.scalar(query, {"after": after, "facts": facts})
    return found


def one_of(reader: Reader, column: str) -> str:
    """The condition that a column is one of the numbers in the parameter `many`."""
    if reader.dialect.name == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(:many))"
    return f"{column} = ANY(:many)"


async def _many(reader: Reader, query: str, many: Collection[int]) -> Any:
    if reader.dialect.name == "sqlite":
        return await reader.execute(text(query), {"many": json.dumps(sorted(many))})
    statement = text(query).bindparams(bindparam("many", type_=postgresql.ARRAY(BigInteger)))
    return await reader.execute(statement, {"many": sorted(many)})
