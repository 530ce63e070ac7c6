"""The migrations make the schema that the code's tables are, from an older database with something in it too."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, insert, select

from contest.database import Database
from contest.migrations.run import config, upgrade_async
from contest.tables import metadata, rounds, seats


async def test_nothing_is_missing_and_nothing_is_left_over(db: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
        # What a table says of itself may be put better without a migration.
        return [one for one in found if one[0] != "add_table_comment"]

    async with db.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


@pytest.mark.parametrize("revision", ["0002"])
async def test_an_older_database_keeps_what_is_in_it(database_url: str, revision: str) -> None:
    db = Database(database_url)

    def older(connection: Connection) -> None:
        command.upgrade(config(connection), revision)
        columns = {"code": "482913", "title": "Vòng cũ", "settings": {}, "questions": [], "state": {}, "version": 1}
        connection.execute(
            insert(rounds).values(id=1, phase="lobby", seat_count=1, created_by="system", created_at=1, **columns)
        )
        seat = {"round_id": 1, "seat": 1, "ticket_hash": "x", "name": "Lan", "name_key": "lan", "joined_at": 1}
        connection.execute(insert(seats).values(**seat))

    async with db.engine.begin() as connection:
        await connection.run_sync(older)
    await upgrade_async(database_url)
    async with db.read() as reader:
        row = (await reader.execute(select(seats.c.name, seats.c.person))).one()
    await db.close()
    assert tuple(row) == ("Lan", None)
