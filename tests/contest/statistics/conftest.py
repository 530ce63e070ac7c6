"""Fixtures of the movement's statistics."""

import itertools
import os
from collections.abc import AsyncIterator

import pytest

from contest.database import Database
from contest.statistics import rebuild
from contest.statistics.contributions import Definition
from tests.contest.statistics.world import World
from tests.support.postgres import Cluster

_numbers = itertools.count(1)


@pytest.fixture
def world(db: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(db)

    async def wanted(reader: object) -> Definition:
        return Definition(made.measures, made.spans)

    monkeypatch.setattr(rebuild, "wanted_definition", wanted)
    return made


@pytest.fixture
async def postgres_db(postgres_cluster: Cluster, postgres_template: str) -> AsyncIterator[Database]:
    """A database on PostgreSQL, for what SQLite's one writer cannot do."""
    name = f"statistics_{os.getpid()}_{next(_numbers)}"
    database = Database(postgres_cluster.create_database(name, template=postgres_template))
    yield database
    await database.close()
    postgres_cluster.drop_database(name)
