"""How far the counting has come, and writing one step of it: all of it, or nothing when somebody else was quicker.

Never reckons: `counting` and `rebuild` do.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import text

from contest.database import Database, Reader
from contest.statistics.contributions import Tally

_AT_ONCE = 20_000
"""Rows in one statement on PostgreSQL."""


@dataclass(frozen=True, slots=True)
class State:
    """The row of `rollup_state`, see there."""

    version: int
    xid: int
    fact_id: int
    seq: int
    generation: int
    definition: str
    next_generation: int | None = None
    next_definition: str | None = None
    next_person: int = 0
    next_seq: int = 0
    next_until: int = 0
    paused_until: int = 0


_FIELDS = tuple(State.__dataclass_fields__)
_READ = f"SELECT {', '.join(_FIELDS)} FROM rollup_state WHERE id = 1"
_MOVED = tuple(name for name in _FIELDS if name not in ("version", "paused_until"))
_SET = ", ".join(f"{name} = {{{name}}}" for name in (*_MOVED, "updated_at"))
_MOVE = f"UPDATE rollup_state SET version = version + 1, {_SET} WHERE id = 1 AND version = {{version}} RETURNING 1"


class Statement(NamedTuple):
    """One statement for many rows: on SQLite for each row, on PostgreSQL with an array for each column."""

    sqlite: str
    postgresql: str


class Write(NamedTuple):
    statement: Statement
    rows: Sequence[tuple[Any, ...]]


STREAM = Statement(
    "INSERT INTO fact_stream (seq, fact_id, streamed_at) VALUES (?, ?, ?)",
    "INSERT INTO fact_stream (seq, fact_id, streamed_at) "
    "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])",
)
HOLD = Statement(
    "INSERT INTO facts_held (fact_id, release_at) VALUES (?, ?)",
    "INSERT INTO facts_held (fact_id, release_at) SELECT * FROM unnest($1::bigint[], $2::bigint[])",
)
RELEASE = Statement(
    "DELETE FROM facts_held WHERE fact_id = ?", "DELETE FROM facts_held WHERE fact_id = ANY($1::bigint[])"
)
ALIAS = Statement(
    "INSERT INTO counted_people (person, root) VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET root = excluded.root",
    "INSERT INTO counted_people (person, root) SELECT * FROM unnest($1::bigint[], $2::bigint[]) "
    "ON CONFLICT (person) DO UPDATE SET root = excluded.root",
)
_ADD = "facts = rollups.facts + excluded.facts, visits = rollups.visits + excluded.visits, "
_ADD += "people = rollups.people + excluded.people, anonymous = rollups.anonymous + excluded.anonymous"
_INTO = "INSERT INTO rollups (period, place, facet, facts, visits, people, anonymous, generation)"
_MERGE = f"ON CONFLICT (generation, period, place, facet) DO UPDATE SET {_ADD}"
COUNT = Statement(
    f"{_INTO} VALUES (?, ?, ?, ?, ?, ?, ?, ?) {_MERGE}",
    f"{_INTO} SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], "
    f"$7::bigint[], $8::int[]) {_MERGE}",
)


def count_write(tally: Tally, generation: int) -> Write:
    """The changes of a tally, for one generation."""
    return Write(COUNT, tally.changes(generation))


async def load(reader: Reader) -> State | None:
    """The state; None before the first step."""
    row = (await reader.execute(text(_READ))).one_or_none()
    return None if row is None else State(*row)


async def begin(db: Database, definition: str, now_ms: int) -> None:
    """Makes the row when there is none."""
    statement = text(
        "INSERT INTO rollup_state (id, version, xid, fact_id, seq, generation, definition, updated_at) "
        "VALUES (1, 1, -1, 0, 0, 1, :definition, :now) ON CONFLICT (id) DO NOTHING"
    )
    async with db.write() as writer:
        await writer.execute(statement, {"definition": definition, "now": now_ms})


async def pause(db: Database, until: int) -> None:
    """Lets nobody begin to count until then; what stands in the state stays the same, so a step may go on beside it."""
    async with db.write() as writer:
        await writer.execute(text("UPDATE rollup_state SET paused_until = :until WHERE id = 1"), {"until": until})


async def move(db: Database, was: State, becomes: State, writes: Sequence[Write], now_ms: int) -> bool:
    """One transaction: the state and all that goes with it. False, and nothing is written, when the state is no longer
    as it `was`."""
    values = {name: getattr(becomes, name) for name in _MOVED} | {"version": was.version, "updated_at": now_ms}
    if db.sqlite_writer is not None:
        return await db.sqlite_writer.run(lambda connection: _on_sqlite(connection, values, writes))
    if db.is_sqlite:
        raise RuntimeError("counting needs a SQLite file")
    async with db.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        async with driver.transaction():
            return await _on_postgresql(driver, values, writes)


def _on_sqlite(connection: sqlite3.Connection, values: dict[str, Any], writes: Sequence[Write]) -> bool:
    statement = _MOVE.format(**{name: f":{name}" for name in values})
    if not connection.execute(statement, values).fetchall():
        return False
    for write in writes:
        connection.executemany(write.statement.sqlite, write.rows)
    return True


async def _on_postgresql(driver: Any, values: dict[str, Any], writes: Sequence[Write]) -> bool:
    names = list(values)
    statement = _MOVE.format(**{name: f"${at}" for at, name in enumerate(names, 1)})
    if not await driver.fetch(statement, *values.values()):
        return False
    for write in writes:
        for first in range(0, len(write.rows), _AT_ONCE):
            columns = zip(*write.rows[first : first + _AT_ONCE], strict=True)
            await driver.execute(write.statement.postgresql, *(list(column) for column in columns))
    return True
