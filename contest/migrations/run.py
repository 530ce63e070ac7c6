"""Brings a database to the newest schema, once, however many processes ask at the same time."""

import asyncio
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text

from contest.database import Database

_ADVISORY_LOCK = 0x484F4954  # "HOIT"


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for the migrations of this package."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["connection"] = connection
    return made


def upgrade(sql_url: str) -> None:
    """Runs every migration that is missing. A repeat does nothing; parallel calls wait for each other.

    Must be called outside an event loop; `upgrade_async` is for inside.
    """
    asyncio.run(upgrade_async(sql_url))


async def upgrade_async(sql_url: str) -> None:
    """As `upgrade`, from async code."""
    url = make_url(sql_url)
    database = Database(sql_url)
    try:
        path = Path(url.database) if database.is_sqlite and url.database else None
        with _file_lock(path):
            async with database.engine.begin() as connection:
                await connection.run_sync(_upgrade)
    finally:
        await database.close()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    command.upgrade(config(connection), "head")


async def is_current(database: Database) -> bool:
    """Whether the schema is the one this version needs."""

    def check(connection: Connection) -> bool:
        heads = set(ScriptDirectory.from_config(config()).get_heads())
        return set(MigrationContext.configure(connection).get_current_heads()) == heads

    async with database.engine.connect() as connection:
        return await connection.run_sync(check)


@contextmanager
def _file_lock(database_file: Path | None) -> Iterator[None]:
    if database_file is None:
        yield
        return
    database_file.parent.mkdir(parents=True, exist_ok=True)
    with open(database_file.with_name(database_file.name + ".migrating"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
