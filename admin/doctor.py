"""`hoithi doctor`: is this machine fit to carry a hall, and if not, what is to be done.

Never mends anything itself and never needs the platform to run.
"""

import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import delete, insert, select

from admin import addresses, state_file
from admin.doctor_redis import examine_redis
from admin.listening import get_status, listen
from admin.opening import opened, reason_of
from admin.redis_child import find_server
from admin.trouble import Trouble, answer, words
from contest.provincial.secrets_box import CHECK, FieldBox
from contest.settings import KEY_FILE, Settings, load_field_key
from contest.tables import installation

OLDEST_PYTHON = (3, 11)
LEAST_SPACE_MB, GOOD_SPACE_MB = 200, 1_000
GOOD_MEMORY_MB = 500
SLOW_COMMIT_MS, UNFIT_COMMIT_MS = 50, 500
FEWEST_FILES = 1_024
FILES_BESIDE_PHONES = 200
SILENT_WORKER_S = 15
HOME_ZONE = "Asia/Ho_Chi_Minh"
BUILT = datetime(2026, 1, 1)  # noqa: DTZ001 — only to notice a clock that starts in 1970
COMMITS = 5


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


MARKS = {Level.OK: "✓", Level.WARN: "!", Level.BAD: "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: `cli.doctor.<check>` is its title, `cli.doctor.<level>.<code>` its sentence."""

    check: str
    level: Level
    code: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """In the operator's language."""
        return words(f"doctor.{self.level.value}.{self.code}", **self.params)


def ok(check: str, code: str, **params: Any) -> Finding:
    return Finding(check, Level.OK, code, params)


def warn(check: str, code: str, **params: Any) -> Finding:
    return Finding(check, Level.WARN, code, params)


def bad(check: str, code: str, **params: Any) -> Finding:
    return Finding(check, Level.BAD, code, params)


async def run_doctor(settings: Settings, *, as_json: bool = False) -> int:
    """Prints the report; the exit code: 1 when something must be mended."""
    findings = await examine(settings)
    failures = sum(finding.level is Level.BAD for finding in findings)
    if as_json:
        rows = [
            {"check": one.check, "level": one.level.value, "code": one.code, "sentence": one.sentence, **one.params}
            for one in findings
        ]
        answer(json.dumps({"ok": not failures, "findings": rows}, ensure_ascii=False, indent=2, default=str))
    else:
        for one in findings:
            answer(f"{MARKS[one.level]} {words('doctor.' + one.check)}: {one.sentence}")
        answer(words("doctor.mend", count=failures) if failures else words("doctor.well"))
    return 1 if failures else 0


async def examine(settings: Settings) -> list[Finding]:
    """Every finding, in the order in which they are best mended."""
    running = state_file.read(settings.data_dir)
    if running is not None and not settings.redis_url:
        settings = settings.model_copy(update={"redis_url": running.redis_url})
    findings = [check_python(), *check_disk(settings.data_dir), check_memory()]
    parts: list[Callable[[], Awaitable[list[Finding]]]] = [
        lambda: check_database(settings),
        lambda: check_field_key(settings),
        lambda: check_redis(settings),
        check_clock,
        lambda: check_ports(settings, running),
    ]
    for part in parts:
        findings += await part()
    findings += [check_files(settings), check_fonts(), check_join(settings, running)]
    if running is not None:
        findings.append(check_worker(settings.data_dir))
    return findings


def check_python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return (ok if sys.version_info >= OLDEST_PYTHON else bad)(
        "python", "version" if sys.version_info >= OLDEST_PYTHON else "python", version=version
    )


def check_disk(data_dir: Path) -> list[Finding]:
    """Whether the data directory (or the first parent that exists) takes a file, and the space there."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=data_dir) as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        return [bad("data_dir", "not_writable", path=data_dir, reason=problem.strerror)]
    free = shutil.disk_usage(data_dir).free // 1_000_000
    writable = ok("data_dir", "writable", path=data_dir)
    if free < LEAST_SPACE_MB:
        return [writable, bad("disk", "space", free=free, wanted=LEAST_SPACE_MB)]
    if free < GOOD_SPACE_MB:
        return [writable, warn("disk", "space", free=free, wanted=GOOD_SPACE_MB)]
    return [writable, ok("disk", "space", free=free)]


def check_memory() -> Finding:
    """What the kernel says programs may still take."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) // 1_000
    except (OSError, StopIteration, ValueError):
        free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1_000_000
    return (ok if free >= GOOD_MEMORY_MB else warn)("memory", "memory", free=free)


async def check_database(settings: Settings) -> list[Finding]:
    """Opens it, looks at the schema, and times durable commits (a row that is written and removed again)."""
    kind = "SQLite" if "sqlite" in settings.sql_url.split(":", 1)[0] else "PostgreSQL"
    if settings.database_url is None and not (settings.data_dir / "hoithi.sqlite3").exists():
        return [warn("database", "database_new")]
    try:
        async with opened(settings) as database:
            key = f"doctor-{os.getpid()}"
            taken: list[float] = []
            for _ in range(COMMITS):
                started = time.monotonic()
                async with database.write() as writer:
                    await writer.execute(insert(installation).values(key=key, value=""))
                taken.append((time.monotonic() - started) * 1000)
                async with database.write() as writer:
                    await writer.execute(delete(installation).where(installation.c.key == key))
    except Trouble as trouble:
        if trouble.code == "not_migrated":
            return [ok("database", "database", kind=kind), bad("schema", "schema")]
        return [bad("database", "database", reason=words(f"trouble.{trouble.code}", **trouble.params))]
    except Exception as problem:
        return [bad("database", "database", reason=reason_of(problem))]
    ms = round(sorted(taken)[len(taken) // 2], 1)
    judge = bad if ms > UNFIT_COMMIT_MS else warn if ms > SLOW_COMMIT_MS else ok
    return [ok("database", "database", kind=kind), ok("schema", "schema"), judge("commit", "commit", ms=ms)]


async def check_field_key(settings: Settings) -> list[Finding]:
    """Whether the key of personal data is there, is the one that sealed the database, and is read by its owner only."""
    if settings.database_url is None and not (settings.data_dir / "hoithi.sqlite3").exists():
        return [ok("field_key", "field_key_new")]
    path = settings.data_dir / KEY_FILE
    there = bool(settings.field_key) or path.exists()
    try:
        async with opened(settings) as database, database.read() as reader:
            stored = await reader.scalar(select(installation.c.value).where(installation.c.key == CHECK))
    except Exception:
        # What is wrong with the database is told by its own check.
        stored = None
    if stored is None:
        return [ok("field_key", "field_key_new")]
    if not there:
        return [bad("field_key", "field_key_lost", path=path)]
    try:
        right = stored == FieldBox(load_field_key(settings)).check_value
    except (OSError, ValueError) as problem:
        return [bad("field_key", "field_key_unusable", reason=str(problem))]
    if not right:
        return [bad("field_key", "field_key_wrong")]
    if not settings.field_key and path.stat().st_mode & 0o077:
        return [warn("field_key", "field_key_open", path=path)]
    return [ok("field_key", "field_key", place="HOITHI_FIELD_KEY" if settings.field_key else path)]


async def check_redis(settings: Settings) -> list[Finding]:
    """The one by URL or of the running platform; else whether there is a program to start."""
    if not settings.redis_url:
        program = await asyncio.to_thread(find_server)
        return [ok("redis", "redis_idle", server=program.name) if program else bad("redis", "redis_missing")]
    lines = await examine_redis(settings.redis_url)
    return [Finding("redis", Level(level), code, params) for level, code, params in lines]


async def check_clock() -> list[Finding]:
    """Zone data, a sane date, and whether somebody keeps the clock right."""
    try:
        at_home = datetime.now(ZoneInfo(HOME_ZONE))
    except ZoneInfoNotFoundError:
        return [bad("clock", "clock_zone_missing")]
    here = datetime.now().astimezone()
    shown = {"time": f"{here:%Y-%m-%d %H:%M:%S}", "zone": here.tzname() or "?"}
    if here.replace(tzinfo=None) < BUILT:
        return [bad("clock", "clock_insane", **shown)]
    same = here.utcoffset() == at_home.utcoffset()
    return [(ok if same else warn)("clock", "clock" if same else "clock_zone", **shown), await asyncio.to_thread(_ntp)]


def _ntp() -> Finding:
    try:
        said = subprocess.run(
            ["timedatectl", "show", "--property=NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=3,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return warn("ntp", "ntp_unknown")
    return ok("ntp", "ntp") if said == "yes" else warn("ntp", "ntp")


async def check_ports(settings: Settings, running: state_file.RunState | None) -> list[Finding]:
    """Free while nothing runs; ready while the platform does."""
    return [
        await _port("players_port", settings.host, settings.players_port, running.players if running else None),
        await _port("admin_port", settings.admin_host, settings.admin_port, running.admin if running else None),
    ]


async def _port(check: str, host: str, port: int, running_at: str | None) -> Finding:
    if running_at is None:
        try:
            listen(host, port).close()
        except Trouble as trouble:
            if trouble.code == "port_taken":
                status, _ = await get_status(url := addresses.local_url(host, port), "/readyz")
                return ok(check, "port_ready", url=url) if status == 200 else bad(check, "port_taken", port=port)
            return bad(check, "database", reason=words(f"trouble.{trouble.code}", **trouble.params))
        return ok(check, "port_free", port=port)
    status, body = await get_status(running_at, "/readyz")
    if status == 200:
        return ok(check, "port_ready", url=running_at)
    return bad(check, "port_not_ready", url=running_at, reason=body[:200] or "–")


def check_files(settings: Settings) -> Finding:
    """The hard limit: the servers raise themselves to it."""
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    shown = "∞" if limit == resource.RLIM_INFINITY else limit
    if limit != resource.RLIM_INFINITY and limit < FEWEST_FILES:
        return bad("files", "files", limit=shown, wanted=FEWEST_FILES)
    enough = limit == resource.RLIM_INFINITY or limit >= settings.max_connections + FILES_BESIDE_PHONES
    return (ok if enough else warn)("files", "files", limit=shown, wanted=settings.max_connections)


def check_fonts() -> Finding:
    """The stage draws with fonts of its own; a wheel built without them falls back to whatever is there."""
    web = Path(str(files("realtime"))) / "web"
    found = [
        path for folder in ("dist", "static") for path in (web / folder).rglob("*.woff2") if path.stat().st_size > 1_000
    ]
    vietnamese = any("vietnamese" in path.name.lower() for path in found) or len(found) > 1
    return ok("fonts", "fonts", count=len(found)) if found and vietnamese else warn("fonts", "fonts")


def check_join(settings: Settings, running: state_file.RunState | None) -> Finding:
    if running is not None and (port := urlsplit(running.players).port):
        settings = settings.model_copy(update={"players_port": port})
    url = addresses.public_url(settings)
    alone = settings.public_url is None and settings.host in addresses.WILDCARDS and "//127.0.0.1:" in url
    return (warn if alone else ok)("join", "join", url=url)


def check_worker(data_dir: Path) -> Finding:
    from admin.worker import HEARTBEAT_FILE

    try:
        at = json.loads((data_dir / HEARTBEAT_FILE).read_text("utf-8"))["at"]
        seconds = round(time.time() - at / 1000, 1)
    except (OSError, ValueError, KeyError, TypeError):
        return bad("worker", "worker", seconds="∞")
    return (ok if seconds < SILENT_WORKER_S else bad)("worker", "worker", seconds=max(0.0, seconds))
