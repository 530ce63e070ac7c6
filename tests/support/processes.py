"""Starts servers for tests so that none outlives the test run, whichever way that ends."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1


def _tied_to_this_process(on_death: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, int(on_death), 0, 0, 0)


def start(
    command: Sequence[str | Path], log: Path, *, user: str | None = None, on_death: signal.Signals = signal.SIGKILL
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, all it says going to `log`; the kernel ends it with this process."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            preexec_fn=_tied_to_this_process(on_death),
            cwd=log.parent,
        )


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, *, within_s: float) -> None:
    """Wait for `ready`; raises RuntimeError with the server's own words when it ends or takes too long."""
    deadline = time.monotonic() + within_s
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text('utf-8', 'replace')[-4000:]}")
        time.sleep(0.01)


def stop(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """End a server that `start` started, by force after 10 s."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
