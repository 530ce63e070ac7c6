"""A throw-away PostgreSQL cluster for tests, on a unix socket of its own; the system's own cluster is never used."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support import processes

SUPERUSER = "hoithi"
START_TIMEOUT_S = 30


def find_programs() -> Path | None:
    """The folder with initdb and postgres: PATH first, else the newest version where Debian puts them."""
    initdb = shutil.which("initdb")
    if initdb is not None:
        return Path(initdb).resolve().parent
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    versions = {folder: [int(number) for number in re.findall(r"\d+", folder.parent.name)] for folder in found}
    return max(found, key=versions.__getitem__, default=None)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster; its databases are made and dropped through psql, which needs no event loop."""

    programs: Path
    folder: Path

    def url(self, database: str) -> str:
        """What SQLAlchemy's create_async_engine takes."""
        return f"postgresql+asyncpg://{SUPERUSER}@/{database}?host={self.folder}"

    def execute(self, statement: str) -> str:
        """Run one statement outside any transaction and return its rows as text."""
        command = [self.programs / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", SUPERUSER]
        done = subprocess.run(
            [*map(str, command), "-d", "postgres", "-c", statement], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{statement}: {done.stderr.strip()}")
        return done.stdout.strip()

    def create_database(self, name: str, *, template: str = "template0") -> str:
        """Make a database as a copy of `template` (nobody may be connected to it) and return its URL."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop it, throwing out whoever is still connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _memory(folder: str = "/dev/shm", least: int = 2 << 30) -> str | None:
    """A folder in memory with room for a few hundred databases, if there is one."""
    roomy = os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= least
    return folder if roomy else None


@contextlib.contextmanager
def running_postgres(*, fsync: bool = False) -> Iterator[Cluster]:
    """Run a new cluster until the block ends. Without `fsync` it is fast and would not survive a power cut."""
    programs = find_programs()
    if programs is None:
        raise RuntimeError("There is no PostgreSQL server here: run make setup-test.")
    # PostgreSQL refuses to run as root; Debian's package brings the user postgres.
    user = "postgres" if os.geteuid() == 0 else None
    # In a folder of its own, since pytest's tmp_path is closed to that user and too long for a socket.
    # In memory where there is such a folder: copying a template for each test is most of what tests of SQL cost.
    folder = Path(tempfile.mkdtemp(prefix="hoithi-pg-", dir=None if fsync else _memory()))
    try:
        if user:
            shutil.chown(folder, user, user)
        data = folder / "data"
        _initdb(programs, data, user)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "fsync": "on" if fsync else "off",
            "full_page_writes": "on" if fsync else "off",
            "max_connections": "200",
            # Two cores and several clusters at once: small is enough.
            "shared_buffers": "32MB",
            "autovacuum": "off",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        # QUIT is PostgreSQL's "immediate" stop: the postmaster takes its children along.
        process = processes.start(
            [programs / "postgres", "-D", data, *options], folder / "log", user=user, on_death=signal.SIGQUIT
        )
        try:
            is_ready = lambda: _is_ready(data)  # noqa: E731
            processes.wait_until(is_ready, process, folder / "log", within_s=START_TIMEOUT_S)
            yield Cluster(programs, folder)
        finally:
            processes.stop(process, signal.SIGQUIT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initdb(programs: Path, data: Path, user: str | None) -> None:
    command = [programs / "initdb", "-D", data, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C"]
    done = subprocess.run(
        [*map(str, command), "--no-sync", "--no-instructions"],
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd=data.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")


def _is_ready(data: Path) -> bool:
    """The postmaster writes its state into the eighth line of its pid file."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"
