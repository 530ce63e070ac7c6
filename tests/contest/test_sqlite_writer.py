"""Whole transactions in the writer's own thread: all or nothing, one after another, well again after a failure."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from contest.sqlite_writer import SqliteWriter

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[SqliteWriter]:
    writer = SqliteWriter(str(tmp_path / "w.sqlite3"), timeout_s=5, pragmas=PRAGMAS)
    await writer.run(lambda connection: connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)").close())
    yield writer
    await writer.close()


def seen(folder: Path) -> list[int]:
    """What another connection sees."""
    connection = sqlite3.connect(folder / "w.sqlite3")
    try:
        return [row[0] for row in connection.execute("SELECT n FROM t ORDER BY n")]
    finally:
        connection.close()


def insert(number: int) -> Callable[[sqlite3.Connection], int]:
    def work(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO t VALUES (?)", (number,))
        return number

    return work


async def test_what_returned_is_seen_by_others(writer: SqliteWriter, tmp_path: Path) -> None:
    assert await writer.run(insert(1)) == 1
    assert seen(tmp_path) == [1]


async def test_a_failure_keeps_nothing_and_the_next_transaction_works(writer: SqliteWriter, tmp_path: Path) -> None:
    def fails_late(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO t VALUES (1)")
        raise LookupError

    with pytest.raises(LookupError):
        await writer.run(fails_late)
    with pytest.raises(sqlite3.IntegrityError):
        await writer.run(lambda connection: connection.executemany("INSERT INTO t VALUES (?)", [(2,), (2,)]))
    assert seen(tmp_path) == []
    await writer.run(insert(3))
    assert seen(tmp_path) == [3]


async def test_many_at_once_run_one_after_the_other_in_one_thread(writer: SqliteWriter, tmp_path: Path) -> None:
    threads: set[int] = set()

    def noting(number: int) -> Callable[[sqlite3.Connection], int]:
        def work(connection: sqlite3.Connection) -> int:
            threads.add(threading.get_ident())
            return insert(number)(connection)

        return work

    assert await asyncio.gather(*(writer.run(noting(number)) for number in range(50))) == list(range(50))
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    assert seen(tmp_path) == list(range(50))


async def test_it_waits_for_another_writer(writer: SqliteWriter, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "w.sqlite3", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(writer.run(insert(1)))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        other.execute("COMMIT")
        assert await waiting == 1
    finally:
        other.close()


async def test_commits_are_as_durable_as_everywhere_else(writer: SqliteWriter) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys")

    def modes(connection: sqlite3.Connection) -> list[str | int]:
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await writer.run(modes) == ["wal", 2, 1]
