"""A real PostgreSQL of one's own, that other places can reach, for as long as a block lasts."""

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from loadtests.redis_nodes import dies_with, wait_for

USER = DATABASE = "hoithi"


def find_programs() -> Path:
    """The folder with initdb and postgres: the newest version where Debian puts them, else PATH."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    versions = {folder: [int(number) for number in re.findall(r"\d+", folder.parent.name)] for folder in found}
    if versions:
        return max(versions, key=versions.__getitem__)
    initdb = shutil.which("initdb")
    if initdb is None:
        raise FileNotFoundError("there is no PostgreSQL server here")
    return Path(initdb).resolve().parent


@contextlib.contextmanager
def running_postgres(
    address: str, neighbours: str, *, port: int = 5432, prefix: Sequence[str] = ()
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Its URL and its first process. `neighbours` is the network that may come in; commits are durable."""
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="hoithi-pg-"))
    # It refuses to run as root, and only root may enter a namespace.
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=SIGQUIT"]
    data = folder / "data"
    password = secrets.token_urlsafe(12)
    given = folder / "password"
    given.write_text(password)
    if as_user:
        shutil.chown(given, "postgres", "postgres")
    given.chmod(0o600)
    process: subprocess.Popen[bytes] | None = None
    try:
        initdb = [str(programs / "initdb"), "-D", str(data), "-U", USER, f"--pwfile={given}", "--encoding=UTF8"]
        initdb += ["--auth-host=scram-sha-256", "--auth-local=scram-sha-256", "--locale=C", "--no-instructions"]
        subprocess.run([*as_user, *initdb], check=True, capture_output=True, cwd=folder)
        with (data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {neighbours} scram-sha-256\n")
        settings = {
            "listen_addresses": address,
            "port": str(port),
            "unix_socket_directories": str(folder),
            "max_connections": "200",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*prefix, *as_user, str(programs / "postgres"), "-D", str(data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=folder,
                preexec_fn=dies_with(os.getpid(), signal.SIGQUIT),
            )
        environment = {**os.environ, "PGPASSWORD": password}
        psql = [str(programs / "psql"), "-XqAt", "-h", str(folder), "-p", str(port), "-U", USER, "-d", "postgres"]

        def ask(statement: str) -> bool:
            done = subprocess.run([*psql, "-c", statement], env=environment, capture_output=True, check=False)
            return done.returncode == 0

        wait_for("PostgreSQL", lambda: ask("SELECT 1"), 30)
        if not ask(f"CREATE DATABASE {DATABASE} TEMPLATE template0"):
            raise RuntimeError("the database was not made")
        yield f"postgresql://{USER}:{password}@{address}:{port}/{DATABASE}", process
    finally:
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGQUIT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)
