"""`run.json` in the data directory: where a running `hoithi up` can be reached, and which processes are its own.

Readable by its owner only: the Redis URL may hold a password. Never proof that the platform still runs; `read` asks
the lock.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from admin import addresses
from contest.settings import Settings

STATE_FILE = "run.json"
LOCK_FILE = "up.lock"


@dataclass(frozen=True, slots=True)
class RunState:
    """What other commands need to know of a running platform."""

    pid: int
    players: str
    admin: str
    redis_url: str | None
    pids: dict[str, int] = field(default_factory=dict)


def write(settings: Settings, pids: dict[str, int]) -> None:
    """Replaces the file as a whole. Raises OSError."""
    state = RunState(
        pid=os.getpid(),
        players=addresses.local_url(settings.host, settings.players_port),
        admin=addresses.local_url(settings.admin_host, settings.admin_port),
        redis_url=settings.redis_url,
        pids=pids,
    )
    fresh = settings.data_dir / f"{STATE_FILE}.{os.getpid()}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(state), file)
    fresh.replace(settings.data_dir / STATE_FILE)


def read(data_dir: Path) -> RunState | None:
    """The platform running on this data directory, None when there is none."""
    if not _held(data_dir / LOCK_FILE):
        return None
    try:
        return RunState(**json.loads((data_dir / STATE_FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def remove(data_dir: Path) -> None:
    """Forgets the platform; harmless when it is forgotten already."""
    (data_dir / STATE_FILE).unlink(missing_ok=True)


def _held(lock: Path) -> bool:
    """Whether a living supervisor holds the lock; one that was killed has let go of it."""
    try:
        opened = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(opened)
