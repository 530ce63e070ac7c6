"""Runs the real `hoithi` in processes of their own, each on a data directory of the test's own."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.processes import start, stop

HOITHI = (sys.executable, "-P", "-m", "admin.cli")
READY = re.compile(r"^ready players=(\S+) admin=(\S+)$", re.MULTILINE)
START_S = 40.0


def environment(**given: str) -> dict[str, str]:
    """This process's environment without any setting of the platform, in English."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HOITHI_")}
    return {**kept, "HOITHI_LANG": "en", **given}


def hoithi(
    *arguments: str | Path, stdin: str = "", timeout_s: float = 30, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """One command to its end."""
    return subprocess.run(
        [*HOITHI, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env=environment(**(env or {})),
        check=False,
    )


@dataclass
class Up:
    """A platform that runs."""

    process: subprocess.Popen[bytes]
    data_dir: Path
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")

    @property
    def urls(self) -> tuple[str, str] | None:
        found = READY.search(self.output)
        return (found[1], found[2]) if found else None

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.data_dir / "run.json").read_text())
        return state

    def wait_ready(self, within_s: float = START_S) -> tuple[str, str]:
        """The URLs of players and admin."""
        deadline = time.monotonic() + within_s
        while (urls := self.urls) is None:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"not ready:\n{self.output[-6000:]}")
            time.sleep(0.05)
        return urls


@contextlib.contextmanager
def running_up(data_dir: Path, *arguments: str, players_port: int = 0, **env: str) -> Iterator[Up]:
    """`hoithi up` on free ports of the loopback, stopped at the end whatever happened."""
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir.parent / f"{data_dir.name}.log"
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment(**env))
    try:
        command = [*HOITHI, "up", "--data-dir", str(data_dir), "--host", "127.0.0.1", *arguments]
        command += ["--players-port", str(players_port), "--admin-port", "0"]
        process = start(command, log, on_death=signal.SIGKILL)
    finally:
        os.environ.clear()
        os.environ.update(before)
    up = Up(process, data_dir, log)
    try:
        yield up
    finally:
        stop(process)


def alive(pid: int) -> bool:
    """Whether a process runs; one that waits only to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
