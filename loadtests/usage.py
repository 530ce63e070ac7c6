"""What processes cost, read from /proc: processor time and memory of a whole tree of them.

Linux only. Never touches the processes it reads.
"""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Cost:
    """One process at one moment. Times in seconds since it began, with those of its ended children."""

    pid: int
    parent: int
    name: str
    user_s: float
    system_s: float
    rss_kib: int

    @property
    def cpu_s(self) -> float:
        """User and system time together."""
        return self.user_s + self.system_s


def parse_stat(line: str) -> tuple[int, float, float]:
    """Parent, user and system seconds of a line of /proc/PID/stat; a name with brackets in it does not confuse it."""
    fields = line.rpartition(")")[2].split()
    user, system, dead_user, dead_system = (int(field) for field in fields[11:15])
    return int(fields[1]), (user + dead_user) / _TICKS, (system + dead_system) / _TICKS


def _read(pid: int) -> Cost | None:
    folder = _PROC / str(pid)
    try:
        parent, user, system = parse_stat((folder / "stat").read_text("utf-8", "replace"))
        words = (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        pages = int((folder / "statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None  # It has ended meanwhile.
    return Cost(pid, parent, part_of(words), user, system, pages * os.sysconf("SC_PAGE_SIZE") // 1024)


def part_of(words: list[str]) -> str:
    """Which part of the platform a command line is."""
    program = Path(words[0]).name
    for part in ("players", "admin", "worker", "up"):
        if part in words[1:]:
            return part
    for part in ("valkey", "redis", "postgres"):
        if part in program:
            return part
    return program


def tree(*roots: int) -> list[Cost]:
    """The processes of these and of everything they started."""
    everybody = [cost for name in os.listdir(_PROC) if name.isdigit() and (cost := _read(int(name)))]
    by_parent: dict[int, list[Cost]] = {}
    for cost in everybody:
        by_parent.setdefault(cost.parent, []).append(cost)
    found = [cost for cost in everybody if cost.pid in roots]
    for cost in found:
        found.extend(child for child in by_parent.get(cost.pid, []) if child.pid not in roots)
    return found


def cpu_by_part(costs: list[Cost]) -> dict[str, float]:
    """Processor seconds by part."""
    sums: dict[str, float] = {}
    for cost in costs:
        sums[cost.name] = sums.get(cost.name, 0.0) + cost.cpu_s
    return sums


def spent(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """What each part spent between two readings; a part that was started again counts from nothing."""
    return {name: max(0.0, cpu - before.get(name, 0.0)) for name, cpu in after.items()}


def rss_kib(costs: list[Cost], part: str) -> int:
    """Resident memory of all processes of a part."""
    return sum(cost.rss_kib for cost in costs if cost.name == part)
