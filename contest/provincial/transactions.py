"""Transactions written once and run two ways: whole in SQLite's writer thread, or awaited on PostgreSQL's own driver.

A flow is a generator that yields queries and is sent their rows; it decides everything and does no I/O itself. For the
few transactions that run hundreds of times a second; everything else goes through `contest.database`. Never knows what
a statement means.
"""

import contextlib
import json
import sqlite3
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from contest.database import Database

T = TypeVar("T")
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in both dialects; an empty text is skipped there and gives no rows.

    The table of parameters comes first: on SQLite as ?1, a JSON array of rows; on PostgreSQL as one array for each
    column, $1 to $width. Then follow the single values.
    """

    sqlite: str
    postgresql: str
    width: int = 1


class Query(NamedTuple):
    """A statement with its parameters. A table of one column may be given as plain values."""

    statement: Statement
    table: Sequence[Any] = ()
    values: tuple[Any, ...] = ()


Flow = Generator[Query, Rows, T]


class Lane:
    """A connection of one's own on PostgreSQL, for transactions that follow each other closely but one at a time.

    Taking one from the pool, which asks whether it still lives, costs four times what a transaction itself does. When
    anything fails the connection is dropped, and the next transaction has a new one.
    """

    def __init__(self, db: Database) -> None:
        self.db = db
        self._held: AsyncConnection | None = None

    async def driver(self) -> Any:
        """The driver's own connection."""
        if self._held is None:
            self._held = await self.db.engine.connect()
        return (await self._held.get_raw_connection()).driver_connection

    async def drop(self) -> None:
        """Gives the connection up."""
        held, self._held = self._held, None
        if held is not None:
            with contextlib.suppress(Exception):
                await held.invalidate()
            with contextlib.suppress(Exception):
                await held.close()

    async def close(self) -> None:
        """Gives the connection back."""
        held, self._held = self._held, None
        if held is not None:
            await held.close()


async def run(db: Database | Lane, flow: Callable[[], Flow[T]], *, one_statement: bool = False) -> T:
    """The result of the flow once its transaction has committed durably; nothing is stored when it raises.

    With `one_statement` PostgreSQL is spared the transaction around it: for flows in which at most one statement writes
    and what the others read may be older or newer. Cancelled, the transaction may still commit. Raises what the flow
    raises and the driver's errors.
    """
    lane, db = (db, db.db) if isinstance(db, Lane) else (None, db)
    if db.sqlite_writer is not None:
        return await db.sqlite_writer.run(lambda connection: _on_sqlite(connection, flow()))
    if db.is_sqlite:
        raise RuntimeError("flows need a SQLite file")
    if lane is not None:
        try:
            return await _transaction(await lane.driver(), flow, one_statement)
        except BaseException:
            await lane.drop()
            raise
    async with db.engine.connect() as connection:
        return await _transaction((await connection.get_raw_connection()).driver_connection, flow, one_statement)


async def _transaction(driver: Any, flow: Callable[[], Flow[T]], one_statement: bool) -> T:
    if one_statement:
        return await _on_postgresql(driver, flow())
    async with driver.transaction():
        return await _on_postgresql(driver, flow())


def _on_sqlite(connection: sqlite3.Connection, flow: Flow[T]) -> T:
    rows: Rows = []
    try:
        query = next(flow)
        while True:
            statement, table, values = query
            if statement.sqlite:
                parameters = (json.dumps(table, ensure_ascii=False), *values) if statement.width else values
                rows = connection.execute(statement.sqlite, parameters).fetchall()
            else:
                rows = []
            query = flow.send(rows)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


async def _on_postgresql(driver: Any, flow: Flow[T]) -> T:
    try:
        query = next(flow)
        while True:
            statement, table, values = query
            rows: Rows = []
            if statement.postgresql:
                columns = _columns(table, statement.width)
                rows = await driver.fetch(statement.postgresql, *columns, *values)
            query = flow.send(rows)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def _columns(table: Sequence[Any], width: int) -> list[list[Any]]:
    if width == 1:
        return [list(table)]
    if not table:
        return [[] for _ in range(width)]
    return [list(column) for column in zip(*table, strict=True)][:width]
