"""Connections to SQL, with reading and writing as different types.

SQLite runs in WAL with synchronous=FULL: a commit that returned survives a power cut. PostgreSQL keeps its defaults
(synchronous_commit=on). Never knows the tables' meaning.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NewType

from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from contest.sqlite_writer import SqliteWriter

Reader = NewType("Reader", AsyncConnection)
"""A connection on which nothing may be written."""
Writer = NewType("Writer", AsyncConnection)
"""A connection inside a transaction that commits at the end of its block."""

BUSY_TIMEOUT_MS = 15_000
_PRAGMAS = (
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-16000",
)

_POSTGRESQL = {
    # A server that is there no more says nothing: without an end to the wait nothing would ever be tried again.
    "timeout": 10,
    "command_timeout": 30,
    # A process that was stopped in a transaction holds locks; a round must not wait for it.
    "server_settings": {"idle_in_transaction_session_timeout": "20s"},
}


class Database:
    """One engine. `read()` and `write()` give connections; `close()` when done."""

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        # hide_parameters: the text of an exception goes to the log, and what people told of themselves must not.
        self.sqlite_writer: SqliteWriter | None = None
        """For transactions that must be cheap, on SQLite only."""
        if self.is_sqlite:
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
                if parsed.database != ":memory:" and not parsed.query:
                    self.sqlite_writer = SqliteWriter(
                        parsed.database, timeout_s=BUSY_TIMEOUT_MS / 1000, pragmas=_PRAGMAS
                    )
            self.engine: AsyncEngine = create_async_engine(
                url,
                pool_size=pool_size,
                max_overflow=5,
                connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
                hide_parameters=True,
            )
            _prepare_sqlite(self.engine)
        else:
            self.engine = create_async_engine(
                url,
                pool_size=pool_size,
                max_overflow=10,
                pool_pre_ping=True,
                connect_args=_POSTGRESQL,
                hide_parameters=True,
            )
        snapshot = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reading = self.engine.execution_options(**snapshot)
        self._writing = self.engine.execution_options(hoithi_write=True)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        """A connection for queries that all see one consistent snapshot."""
        async with self._reading.connect() as connection:
            yield Reader(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writer]:
        """One transaction: durable when the block has ended, nothing when it raised.

        On SQLite the write lock is taken at the start (BEGIN IMMEDIATE), so two writers queue and never deadlock.
        """
        async with self._writing.begin() as connection:
            yield Writer(connection)

    async def close(self) -> None:
        """Closes every pooled connection."""
        if self.sqlite_writer is not None:
            await self.sqlite_writer.close()
        await self.engine.dispose()


def _prepare_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(dbapi_connection: Any, record: Any) -> None:
        # The driver's own transaction handling would begin late and without IMMEDIATE; ours is in on_begin.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        immediate = connection.get_execution_options().get("hoithi_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
