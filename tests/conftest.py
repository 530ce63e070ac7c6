"""Fixtures every package's tests share: real Redis servers and empty databases, one set for each xdist worker."""

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from contest import units
from contest.database import Database
from contest.migrations.run import upgrade_async
from tests.support.postgres import Cluster, running_postgres
from tests.support.redis_server import running_redis, server_programs

_numbers = itertools.count(1)

# What else the machine does in that moment is no property of the code: no example has a time of its own.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

# The default renders every local variable of every frame, which takes seconds for each failure that a test provokes.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that start whole platforms and browsers get a second chance, and say so in the summary.

    Their waits are bounded, and what else the machine does in that moment is not theirs to know; a fault fails twice.
    They come first and are dealt out evenly: at the end the short ones fill whatever gap there is between workers.
    """
    long: list[pytest.Item] = []
    short: list[pytest.Item] = []
    for item in items:
        whole = bool(item.get_closest_marker("browser") or item.get_closest_marker("flow"))
        # A server in this process that is short of time turns phones away, as it should.
        if whole or "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1))
        (long if whole or item.path.parent.name == "flows" else short).append(item)
    items[:] = dealt(long, short, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def dealt(long: list[pytest.Item], short: list[pytest.Item], hands: int) -> list[pytest.Item]:
    """All of them in the order in which xdist cuts them into one stretch for each worker: modules of long tests are
    dealt in turn, and each stretch is filled up with short ones."""
    modules = list(dict.fromkeys(item.path for item in long))
    turn = {path: number % hands for number, path in enumerate(modules)}
    left = list(short)
    order: list[pytest.Item] = []
    for hand in range(hands):
        own = [item for item in long if turn[item.path] == hand]
        size = (len(long) + len(short) - len(order)) // (hands - hand)
        fill, left = left[: max(0, size - len(own))], left[max(0, size - len(own)) :]
        order += [*own, *fill]
    return [*order, *left]


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


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the whole schema and the 102 units, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    asyncio.run(_prepare(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: Cluster) -> str:
    """The name of a PostgreSQL database with the whole schema and the 102 units, to be copied."""
    name = f"template_{os.getpid()}"
    asyncio.run(_prepare(postgres_cluster.create_database(name)))
    return name


async def _prepare(url: str) -> None:
    await upgrade_async(url)
    database = Database(url)
    async with database.write() as writer:
        await units.seed(writer)
    await database.close()


@pytest.fixture(params=("sqlite", "postgresql"))
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of this test's own with the whole schema and the 102 units."""
    if request.param == "sqlite":
        path = tmp_path / "test.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    name = f"test_{os.getpid()}_{next(_numbers)}"
    yield cluster.create_database(name, template=request.getfixturevalue("postgres_template"))
    cluster.drop_database(name)


@pytest.fixture
async def db(migrated_url: str) -> AsyncIterator[Database]:
    """A database of this test's own, ready to use; a test that takes it runs on SQLite and on PostgreSQL."""
    database = Database(migrated_url)
    yield database
    await database.close()
