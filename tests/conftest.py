"""Fixtures every package's tests share: real Redis servers and empty databases, one set for each xdist worker."""

import itertools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from contest import units
from contest.database import Database
from contest.migrations.run import upgrade_async
from tests.support.postgres import Cluster, running_postgres
from tests.support.redis_server import running_redis, server_programs

_numbers = itertools.count(1)


@pytest.fixture(scope="session", params=("valkey", "redis"))
def redis_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The `unix://` URL of a server of this worker's own; tests of Redis run once for each kind of server."""
    program = server_programs().get(request.param)
    if program is None:
        pytest.fail(f"no {request.param} server here: run make setup-test")
    with running_redis(program) as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The server's URL; tests share the server, so each uses keys of its own and none flushes it."""
    return redis_server


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """This worker's own PostgreSQL."""
    with running_postgres() as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test's own."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    yield postgres_cluster.create_database(name)
    postgres_cluster.drop_database(name)


@pytest.fixture(params=("sqlite", "postgresql"))
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of this test's own; a test that takes it runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'test.sqlite3'}"
    url = request.getfixturevalue("postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """A database of this test's own with the whole schema and the 102 units; on SQLite and on PostgreSQL."""
    await upgrade_async(database_url)
    database = Database(database_url)
    async with database.write() as writer:
        await units.seed(writer)
    yield database
    await database.close()
