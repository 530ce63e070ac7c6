"""A players' process that is killed while people take attempts: nothing acknowledged is lost."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from admin.contest_crowd import crowd
from contest.database import Database
from contest.migrations.run import upgrade_async
from contest.provincial import log_check
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import attempts, contests
from contest.settings import Settings, load_field_key
from tests.support import processes
from tests.support.redis_server import running_redis, server_programs

PEOPLE, SAVES, ATTEMPT_S = 30, 10, 4


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True


@pytest.fixture
def redis_url() -> Iterator[str]:
    """One kind of server is enough: Redis keeps nothing of an attempt."""
    with running_redis(next(iter(server_programs().values()))) as url:
        yield url


@pytest.fixture
async def seen_db(tmp_path: Path) -> AsyncIterator[Database]:
    """The platform's own database, looked at from outside."""
    settings = Settings(data_dir=tmp_path)
    await upgrade_async(settings.sql_url)
    db = Database(settings.sql_url)
    yield db
    await db.close()


@pytest.mark.flow
async def test_a_killed_process_loses_nothing_acknowledged(
    tmp_path: Path, redis_url: str, seen_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = _free_port()
    monkeypatch.setenv("HOITHI_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HOITHI_REDIS_URL", redis_url)
    monkeypatch.setenv("HOITHI_PLAYERS_PORT", str(port))
    monkeypatch.setenv("HOITHI_HOST", "127.0.0.1")
    box = FieldBox(load_field_key(Settings()))
    slug, secrets = await crowd(seen_db, box, PEOPLE, time.time_ns() // 1_000_000)
    (tmp_path / "sessions").write_text("\n".join(secrets), "utf-8")

    async def players() -> "subprocess.Popen[bytes]":
        started = processes.start(
            [Path(sys.executable).with_name("hoithi"), "players"], tmp_path / f"players{time.monotonic_ns()}.log"
        )
        async with asyncio.timeout(30):
            while not _answers(port):
                assert started.poll() is None
                await asyncio.sleep(0.05)
        return started

    server = await players()
    try:
        swarm = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "loadtests.contest_swarm", "--url", f"http://127.0.0.1:{port}", "--json"],
            *["--slug", slug, "--sessions", str(tmp_path / "sessions"), "--rate", str(PEOPLE), "--seconds", "1"],
            *["--attempt", str(ATTEMPT_S), "--saves", str(SAVES)],
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        await asyncio.sleep(2.5)
        server.send_signal(signal.SIGKILL)
        server.wait()
        server = await players()
        out, _ = await asyncio.wait_for(swarm.communicate(), 60)
    finally:
        processes.stop(server)
    figures = json.loads(out)
    assert figures["sent_again"] + figures["errors"].get("ConnectionRefusedError", 0) > 0, "nobody noticed the kill"
    assert (figures["started"], figures["submitted"], figures["lost"]) == (PEOPLE, PEOPLE, 0), figures
    async with seen_db.read() as reader:
        contest = await reader.scalar(select(contests.c.id).where(contests.c.slug == slug))
        states = list(await reader.scalars(select(attempts.c.state)))
        verdict = await log_check.verify(reader, int(contest or 0))
    assert states == ["submitted"] * PEOPLE
    assert verdict.ok
