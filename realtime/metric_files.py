"""The files in which the players' processes leave their counters for the admin server to add up.

Never counts anything and never imports the counters: where the files lie must be settled before they exist.
"""

import os
import time
from pathlib import Path

FOLDER = "metrics"
_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_KEPT_S = 24 * 3600
"""A dead process's counters go on being added up this long, so that a restart does not look like a fall."""


def prepare(data_dir: Path) -> Path:
    """Settles where this process counts, and clears up after those that are gone; comes before the first
    import of `prometheus_client`."""
    if (given := os.environ.get(_VARIABLE)) is not None:
        return Path(given)
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    clear(folder)
    os.environ[_VARIABLE] = str(folder)
    return folder


def clear(folder: Path) -> None:
    """Removes what processes left that are gone: at once what they held (sockets, rooms), after a day what they
    counted."""
    for path in folder.glob("*.db"):
        pid = path.stem.rpartition("_")[2]
        if not pid.isdigit() or _lives(int(pid)):
            continue
        old = time.time() - path.stat().st_mtime > _KEPT_S
        if old or path.name.startswith("gauge_live"):
            path.unlink(missing_ok=True)


def forget(folder: Path, pid: int) -> None:
    """A process that ends holds no sockets and no rooms any more."""
    for path in folder.glob(f"gauge_live*_{pid}.db"):
        path.unlink(missing_ok=True)


def text(folder: Path) -> bytes:
    """Everything the processes counted, added up, in Prometheus's format; empty before the first process counts."""
    if not folder.is_dir():
        return b""
    # Not above: importing it decides for good whether this process counts into files.
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
