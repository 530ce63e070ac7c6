"""One child process of the supervisor: started, started again, stopped.

Never knows what the child does or in which order several stop.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence

import structlog

from admin.redis_child import die_with_parent
from contest.settings import Settings

log = structlog.get_logger(__name__)

LONGEST_DELAY_S = 5.0
SETTLED_S = 30.0
"""A child that lived this long had started well: its next death is a first one again."""


class Delays:
    """How long to wait before each new start: not at all the first time, then longer up to a limit."""

    def __init__(self) -> None:
        self._last = 0.0
        self._tries = 0

    def next(self) -> float:
        """Seconds to wait now."""
        now = time.monotonic()
        self._tries = self._tries + 1 if now - self._last < SETTLED_S else 0
        delay = 0.0 if self._tries == 0 else min(LONGEST_DELAY_S, 0.125 * 2.0**self._tries)
        self._last = now + delay
        return delay


class Child:
    """`hoithi PART …` as a process of this machine, sharing the listening sockets given in `doors`."""

    def __init__(
        self, name: str, arguments: Sequence[str], environment: dict[str, str], doors: Sequence[int] = ()
    ) -> None:
        self.name = name
        self._arguments = list(arguments)
        self._environment = {**environment, "HOITHI_PROCESS": name}
        self._doors = tuple(doors)
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def keep_running(self, started: Callable[[], None], ended: Callable[[int], None]) -> None:
        """Starts it again whenever it ends, until `stop`; calls `started` and `ended` (with its id) as it happens."""
        delays = Delays()
        while not self._stopping:
            try:
                self._process = await self._start()
            except OSError as problem:  # no memory or no process to be had just now
                log.error("a process cannot be started", child=self.name, reason=problem.strerror)
                await asyncio.sleep(LONGEST_DELAY_S)
                continue
            if self._stopping:
                self._signal(signal.SIGKILL)
            started()
            code = await self._process.wait()
            ended(self._process.pid)
            if self._stopping:
                return
            delay = delays.next()
            log.warning("a process ended, starting it again", child=self.name, exit_code=code, after_s=delay)
            await asyncio.sleep(delay)

    async def stop(self, seconds: float) -> None:
        """Asks it to end, and kills it when it has not within `seconds`."""
        self._stopping = True
        if self._process is None or self.pid is None:
            return
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), seconds)
        except TimeoutError:
            log.warning("a process did not stop in time and is killed", child=self.name, after_s=seconds)
            self._signal(signal.SIGKILL)
            await self._process.wait()

    def kill(self) -> None:
        """Ends it now; `stop` must have been called or must follow, or it is started again."""
        self._signal(signal.SIGKILL)

    async def _start(self) -> asyncio.subprocess.Process:
        # -P: a folder called admin where the operator happens to stand is not ours.
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "admin.cli",
            *self._arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),  # standard output is for the link and the ready line only
            env=self._environment,
            pass_fds=self._doors,
            start_new_session=True,
            preexec_fn=die_with_parent(os.getpid()),
        )

    def _signal(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


def environment_of(settings: Settings) -> dict[str, str]:
    """This process's environment with every setting in it, so that a child reads exactly these values."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HOITHI_")}
    if language := os.environ.get("HOITHI_LANG"):
        environment["HOITHI_LANG"] = language
    for name, value in settings.model_dump(mode="json").items():
        if value is not None:
            environment[f"HOITHI_{name.upper()}"] = value if isinstance(value, str) else json.dumps(value)
    return environment
