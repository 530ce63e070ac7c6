"""The processes of a drill: started, killed, stopped for a while, and started again as an init system would.

Knows nothing of what they do but how to see that one is ready.
"""

import asyncio
import contextlib
import ctypes
import os
import pwd
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from loadtests.drill.sabotage import LIFE, SPEC_FILE

_PRCTL = ctypes.CDLL(None, use_errno=True).prctl if sys.platform.startswith("linux") else None
RESTART_S = 0.2
READY_POLL_S = 0.03
Ready = Callable[[], Awaitable[bool]]


class PartFailed(RuntimeError):
    """A process did not come up; the message has its last words."""


def _before_exec(user: str | None) -> Callable[[], None]:
    """Ties a child to this process's life, and gives up root for servers that refuse it."""
    entry = pwd.getpwnam(user) if user else None

    def act() -> None:
        if entry is not None:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
        if _PRCTL is not None:
            _PRCTL(1, int(signal.SIGKILL), 0, 0, 0)

    return act


def children_of(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found: list[int] = []
    for task in Path("/proc").glob(f"{pid}/task/*/children"):
        with contextlib.suppress(OSError):
            found += [int(word) for word in task.read_text().split()]
    return found


class Part:
    """One process. `keep()` runs it until `end()`; whatever ends it otherwise, it is started again."""

    def __init__(
        self,
        name: str,
        kind: str,
        command: Sequence[str | Path],
        *,
        folder: Path,
        ready: Ready,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        start_s: float = 40.0,
        stop: signal.Signals = signal.SIGTERM,
        died: Callable[["Part", int], None] | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.lives = 0
        self.restarts = 0
        self.pause_s = RESTART_S
        """How long it stays down after its next death."""
        self.up = asyncio.Event()
        self._command = [str(word) for word in command]
        self._folder = folder
        self._ready = ready
        self._env = dict(env or {})
        self._user = user
        self._start_s = start_s
        self._stop = stop
        self._died = died
        self._process: asyncio.subprocess.Process | None = None
        self._ending = False
        self._task: asyncio.Task[None] | None = None
        self._copying: set[asyncio.Task[None]] = set()
        self.log = folder / f"{name}.log"
        self.spec = folder / f"{name}.spec"

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Begins to keep it running; returns when it is ready. Raises PartFailed."""
        self.spec.write_text("", "utf-8")
        self._task = asyncio.get_running_loop().create_task(self._keep())
        await self.wait_ready(self._start_s)

    async def wait_ready(self, within_s: float) -> None:
        """Raises PartFailed when it is not ready in time."""
        try:
            await asyncio.wait_for(self.up.wait(), within_s)
        except TimeoutError:
            tail = self.log.read_text("utf-8", "replace")[-3000:] if self.log.exists() else ""
            raise PartFailed(f"{self.name} is not ready after {within_s:.0f} s:\n{tail}") from None

    async def _keep(self) -> None:
        while not self._ending:
            self.lives += 1
            env = {**self._env, LIFE: str(self.lives), SPEC_FILE: str(self.spec)}
            process = self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=env,
                start_new_session=True,
                preexec_fn=_before_exec(self._user),
                cwd=self._folder,
            )
            assert process.stdout is not None
            copying = asyncio.get_running_loop().create_task(self._copy(process.stdout))
            self._copying.add(copying)
            copying.add_done_callback(self._copying.discard)
            watching = asyncio.get_running_loop().create_task(self._watch(process))
            code = await process.wait()
            watching.cancel()
            self.up.clear()
            if self._ending:
                return
            self.restarts += 1
            if self._died is not None:
                self._died(self, code)
            pause, self.pause_s = self.pause_s, RESTART_S
            await asyncio.sleep(pause)

    async def _copy(self, stream: asyncio.StreamReader) -> None:
        with self.log.open("ab") as file:
            while block := await stream.read(65_536):
                file.write(block)
                file.flush()

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        while process.returncode is None:
            if await self._ready():
                self.up.set()
                return
            await asyncio.sleep(READY_POLL_S)

    # What is done to it.

    def signal(self, number: signal.Signals, *, family: bool = False) -> bool:
        """Sends a signal, to its children too with `family`; whether it ran."""
        pid = self.pid
        if pid is None:
            return False
        children = children_of(pid) if family else []
        for one in (pid, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, number)
        return True

    def kill(self, *, down_s: float = RESTART_S) -> bool:
        """kill -9, and it stays down so long; whether it ran."""
        self.pause_s = down_s
        self.up.clear()
        return self.signal(signal.SIGKILL, family=self.kind == "sql")

    async def freeze(self, seconds: float) -> None:
        """SIGSTOP for a while."""
        self.signal(signal.SIGSTOP, family=self.kind == "sql")
        await asyncio.sleep(seconds)
        self.signal(signal.SIGCONT, family=self.kind == "sql")

    def arm(self, spec: str) -> None:
        """Sets its crash points."""
        self.spec.write_text(spec, "utf-8")
        self.signal(signal.SIGUSR1)

    async def end(self, within_s: float = 12.0) -> None:
        """Stops it for good."""
        self._ending = True
        self.signal(signal.SIGCONT, family=self.kind == "sql")
        self.signal(self._stop)
        if self._task is not None:
            try:
                await asyncio.wait_for(asyncio.shield(self._task), within_s)
            except TimeoutError:
                self.signal(signal.SIGKILL, family=True)
                await self._task
        for task in list(self._copying):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(task, 2)


def now_ms() -> float:
    """The monotonic clock of the machine."""
    return round(time.monotonic() * 1000, 2)


async def answers_http(host: str, port: int, path: str = "/healthz") -> bool:
    """Whether a server says 200."""
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
                return (await reader.readline()).split(b" ")[1:2] == [b"200"]
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
