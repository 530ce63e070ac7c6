"""The parts of the platform, each in a place of its own (`loadtests.namespaces`), as on several machines.

Uses the published commands only. Never judges what happens.
"""

import base64
import contextlib
import ipaddress
import os
import secrets
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loadtests.namespaces import Place, Site
from loadtests.postgres_server import running_postgres
from loadtests.redis_nodes import Cluster, dies_with, find_program, free_ports, running_cluster
from loadtests.trial import Platform, TrialFailed, program

PLAYERS_PORT, ADMIN_PORT, REDIS_PORT, DATABASE_PORT = 8000, 8001, 7000, 5432
"""In namespaces, where all ports are free."""
READY_S, STOP_S = 60.0, 30.0
WORKERS = 2


@dataclass
class Machines:
    """What runs, and how to drive it."""

    site: Site
    redis: Cluster
    platform: Platform
    gateways: list[Place]
    players_port: int
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def socket_url(self, gateway: Place) -> str:
        """Where phones connect at this gateway."""
        return f"ws://{gateway.address}:{self.players_port}/ws"


@contextlib.contextmanager
def running(site: Site, gateways: int, folder: Path) -> Iterator[Machines]:
    """PostgreSQL, a Redis Cluster, the admin server and workers in `services`, a players' server in each gateway."""
    services = site["services"]
    neighbours = str(ipaddress.ip_network(f"{services.address}/{24 if site.real else 8}", strict=False))
    password = secrets.token_urlsafe(9)
    players_port, admin_port, database_port = PLAYERS_PORT, ADMIN_PORT, DATABASE_PORT
    if not site.real:
        players_port, admin_port, database_port = free_ports(3)
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(
            running_cluster(
                find_program(),
                host=services.address,
                password=password,
                node_timeout_ms=1500,
                prefix=services.prefix,
                first_port=REDIS_PORT if site.real else None,
            )
        )
        database, postmaster = stack.enter_context(
            running_postgres(services.address, neighbours, port=database_port, prefix=services.prefix)
        )
        settings = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HOITHI_")},
            "HOITHI_DATABASE_URL": database,
            "HOITHI_REDIS_URL": cluster.url,
            "HOITHI_FIELD_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "HOITHI_ADMIN_HOST": services.address,
            "HOITHI_ADMIN_PORT": str(admin_port),
            "HOITHI_ADMIN_URL": f"http://{services.address}:{admin_port}",
            "HOITHI_PLAYERS_PORT": str(players_port),
            "HOITHI_PUBLIC_URL": f"http://{site['gateway1'].address}:{players_port}",
            "HOITHI_LANG": "en",
        }
        _once(services, folder, settings, "migrate")
        started = _Started(folder, settings, stack)
        admin = started.run(services, "admin", "admin")
        for number in range(1, WORKERS + 1):
            started.run(services, f"worker{number}", "worker")
        places = [site[f"gateway{number}"] for number in range(1, gateways + 1)]
        for place in places:
            started.run(place, place.name, "players", HOITHI_HOST=place.address)
        for name, url in {
            "admin": f"http://{services.address}:{admin_port}",
            **{place.name: f"http://{place.address}:{players_port}" for place in places},
        }.items():
            _wait_ready(name, url, started.processes[name], folder)
        words = ("token", "create", "loadtests", "--role", "administrator")
        token = _once(services, folder, settings, *words).split()[-1]
        platform = Platform(
            admin, folder, settings["HOITHI_PUBLIC_URL"], f"http://{services.address}:{admin_port}", token
        )
        processes = started.processes | {"postgres": postmaster}
        yield Machines(site, cluster, platform, places, players_port, processes)


def _once(place: Place, folder: Path, settings: Mapping[str, str], *words: str) -> str:
    done = subprocess.run(
        [*place.prefix, str(program()), *words, "--data-dir", str(folder / "once")],
        capture_output=True,
        text=True,
        env=dict(settings),
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise TrialFailed(f"hoithi {words[0]}: {done.stderr.strip()[-800:]}")
    return done.stdout


class _Started:
    """Long-running parts, ended in reverse order with the stack."""

    def __init__(self, folder: Path, settings: Mapping[str, str], stack: contextlib.ExitStack) -> None:
        self._folder, self._settings, self._stack = folder, settings, stack
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, place: Place, name: str, part: str, **more: str) -> "subprocess.Popen[bytes]":
        home = self._folder / name
        home.mkdir()
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*place.prefix, str(program()), part, "--data-dir", str(home)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**self._settings, **more},
                start_new_session=True,
                preexec_fn=dies_with(os.getpid()),
            )
        self.processes[name] = process
        self._stack.callback(_end, process)
        return process


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_ready(name: str, url: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    until = time.monotonic() + READY_S
    reason = ""
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=3) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError) as problem:
            reason = str(problem)
        time.sleep(0.1)
    log = (folder / f"{name}.log").read_text("utf-8", "replace")[-2000:]
    raise TrialFailed(f"{name} is not ready ({reason}):\n{log}")
