"""The tests' own servers are real, private to one worker, empty for each test, and gone afterwards."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.postgres import Cluster, running_postgres


@pytest.mark.parametrize("_round", [1, 2])
async def test_each_test_gets_an_empty_database(database_url: str, _round: int) -> None:
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        # Fails in the second round if the first one's table were still there.
        await connection.execute(text("CREATE TABLE names (name TEXT)"))
        await connection.execute(text("INSERT INTO names VALUES ('Y Sưng Niê ô̆')"))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT name FROM names"))).scalar_one() == "Y Sưng Niê ô̆"
    await engine.dispose()


def test_postgres_has_no_tcp_port(postgres_cluster: Cluster) -> None:
    assert postgres_cluster.execute("SHOW listen_addresses") == ""
    assert postgres_cluster.execute("SHOW fsync") == "off"


def test_a_database_can_be_a_copy_of_another(postgres_cluster: Cluster) -> None:
    postgres_cluster.create_database("model")
    postgres_cluster.create_database("copied", template="model")
    names = postgres_cluster.execute("SELECT datname FROM pg_database").split()
    assert {"model", "copied"} <= set(names)
    for name in ("model", "copied"):
        postgres_cluster.drop_database(name)


def test_fsync_can_be_had() -> None:
    with running_postgres(fsync=True) as cluster:
        assert cluster.execute("SHOW fsync") == "on"
        folder = cluster.folder
        postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    assert not folder.exists()
    assert not Path(f"/proc/{postmaster}").exists()


async def test_redis_answers_and_keeps_nothing(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as client:
        assert await client.ping()
        assert await client.config_get("port") == {"port": "0"}
        assert await client.config_get("save") == {"save": ""}


async def test_both_kinds_of_redis_are_tested(redis_url: str, request: pytest.FixtureRequest) -> None:
    async with Redis.from_url(redis_url) as client:
        said = await client.info("server")
    kind = "valkey" if "valkey_version" in said else "redis"
    assert kind in request.node.callspec.id


KILLED = """
import sys, time
from tests.support.postgres import running_postgres
from tests.support.redis_server import running_redis, server_programs

with running_postgres() as cluster, running_redis(server_programs()["valkey"]) as url:
    pid = (cluster.folder / "data" / "postmaster.pid").read_text().split()[0]
    sys.stdout.write(f"{pid} {cluster.folder} {url}\\n")
    sys.stdout.flush()
    time.sleep(60)
"""


async def test_servers_end_with_a_killed_test_run() -> None:
    root = Path(__file__).parents[2]
    run = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, stdout=asyncio.subprocess.PIPE, cwd=root)
    assert run.stdout is not None
    postmaster, folder, url = (await asyncio.wait_for(run.stdout.readline(), 60)).decode().split()
    run.kill()
    await run.wait()
    async with asyncio.timeout(10):
        while _runs(int(postmaster)):  # noqa: ASYNC110  (somebody else's process: nothing to await)
            await asyncio.sleep(0.05)
    socket = url.removeprefix("unix://")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_unix_connection(socket)
    # A killed run cannot tidy up, so this one does it.
    shutil.rmtree(folder)
    shutil.rmtree(os.path.dirname(socket))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
