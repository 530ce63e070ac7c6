"""One drill: starts the platform and its stores, plays rounds with a fault in every question, and gathers what is
left for the checker. Never judges.
"""

import asyncio
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from loadtests.drill import quiz
from loadtests.drill.history import Answer, Final, History, Question, Recorder, Round, Standing
from loadtests.drill.host import Host
from loadtests.drill.nemesis import Field, set_clock
from loadtests.drill.parts import Part, PartFailed, answers_http
from loadtests.drill.phones import Habits, Hall
from loadtests.drill.plan import AT_CLOSE, AT_END, AT_JOIN
from loadtests.drill.sabotage import BUG
from loadtests.drill.servers import Disk, Postgres, RedisCluster, SingleRedis

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
SETTLE_S = 25.0
SECONDS = 8


@dataclass(frozen=True, slots=True)
class Options:
    """What a drill is run with."""

    database: str = "sqlite"
    cluster: bool = False
    phones: int = 60
    players: int = 2
    seed: int = 1
    bug: str = ""
    clock: bool = True
    template: Path | None = None
    """A SQLite file with the schema in it, to spare the migration."""
    say: Callable[[str], None] = lambda line: None
    habits: Habits = field(default_factory=Habits)


class Drill:
    """Use as an async context manager; `play` rounds, then `finish`."""

    def __init__(self, folder: Path, options: Options) -> None:
        self.folder = folder
        self.options = options
        self.rng = random.Random(options.seed)
        self.recorder = Recorder(folder / "history")
        self._short = Path(tempfile.mkdtemp(prefix="hoithi-drill-"))
        """For what has sockets: their paths must be short, and another user must reach PostgreSQL's."""
        self.field: Field
        self.host: Host
        self._parts: list[Part] = []
        self._postgres: Postgres | None = None
        self._disk: Disk | None = None
        self._redis: SingleRedis | RedisCluster
        self._env: dict[str, str] = {}
        self._doors: list[tuple[str, int]] = []
        self._rounds: list[tuple[int, list[Question]]] = []
        self.has_clock = options.clock and FAKETIME.exists()
        self.has_disk = os.geteuid() == 0
        self.started = time.monotonic()

    # Starting and ending.

    async def __aenter__(self) -> "Drill":
        try:
            await self._start()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._end()

    async def _start(self) -> None:
        given = self.options
        data = self.folder / "data"
        ports = _free_ports(given.players + 1 + (6 if given.cluster else 0))
        sql: Part | None = None
        self._env = {key: value for key, value in os.environ.items() if not key.startswith("HOITHI_")}
        self._env |= {
            "HOITHI_LANG": "en",
            "HOITHI_DATA_DIR": str(data),
            "HOITHI_HOST": "127.0.0.1",
            "HOITHI_PUBLIC_URL": "http://hall.test",
            "HOITHI_ADMIN_PORT": str(ports[0]),
            "HOITHI_LOG_LEVEL": "WARNING",
        }
        if given.database == "postgresql":
            data.mkdir()
            self._postgres = Postgres(self._short, small_disk=True)
            await self._postgres.start()
            self._env["HOITHI_DATABASE_URL"] = self._postgres.url
            sql, self._disk = self._postgres.part, self._postgres.disk
        else:
            self._disk = Disk(data, 400)
            if given.template is not None:
                shutil.copyfile(given.template, data / "hoithi.sqlite3")
        self.has_disk = self._disk is not None and self._disk.real
        self._redis = (
            RedisCluster(self._short, ports[1 + given.players :]) if given.cluster else SingleRedis(self._short)
        )
        await self._redis.start()
        self._env["HOITHI_REDIS_URL"] = self._redis.url
        if given.template is None:
            await self._hoithi("migrate")
        token = (await self._hoithi("token", "create", "drill", "--role", "administrator")).split()[-1]
        if self.has_clock:
            clock = self.folder / "clock"
            set_clock(clock, 0)
            self._env |= {
                "LD_PRELOAD": str(FAKETIME),
                "FAKETIME_TIMESTAMP_FILE": str(clock),
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_XRESET": "1",
            }
        if given.bug:
            self._env[BUG] = given.bug
        players = [
            self._part(f"players-{number}", "players", port, HOITHI_PLAYERS_PORT=str(port))
            for number, port in enumerate(ports[1 : 1 + given.players], 1)
        ]
        self._doors = [("127.0.0.1", port) for port in ports[1 : 1 + given.players]]
        admin = self._part("admin", "admin", ports[0])
        worker = self._part("worker", "worker", None)
        self._parts = [*players, admin, worker]
        await asyncio.gather(*(part.start() for part in self._parts))
        self.host = Host(self.recorder, ports[0], token)
        self.field = Field(
            self.recorder,
            self.rng,
            players=players,
            admin=admin,
            worker=worker,
            redis=self._redis,
            sql=sql,
            database_file=None if sql else data / "hoithi.sqlite3",
            disk=self._disk,
            clock_file=self.folder / "clock" if self.has_clock else None,
        )

    def _part(self, name: str, kind: str, port: int | None, **env: str) -> Part:
        home = self.folder / name
        home.mkdir()
        beat = self.folder / "data" / "worker.heartbeat"

        async def ready() -> bool:
            if port is not None:
                return await answers_http("127.0.0.1", port)
            pid = part.pid
            try:
                return bool(json.loads(beat.read_text())["pid"] == pid)
            except (OSError, ValueError, KeyError):
                return False

        part = Part(
            name,
            kind,
            [sys.executable, "-m", "loadtests.drill.sabotage", "--", kind],
            folder=home,
            ready=ready,
            env={**self._env, "HOITHI_PROCESS": name, **env},
            died=lambda part, code: self.field.died(part, code),
        )
        return part

    async def _hoithi(self, *arguments: str) -> str:
        """One command of the platform to its end. Raises PartFailed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "admin.cli",
            *arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={key: value for key, value in self._env.items() if key not in (BUG, "LD_PRELOAD")},
        )
        said, _ = await process.communicate()
        text = said.decode("utf-8", "replace")
        if process.returncode not in (0, 1) or (process.returncode and arguments[0] != "stats"):
            raise PartFailed(f"hoithi {' '.join(arguments)}: {process.returncode}\n{text[-2000:]}")
        return text

    async def _end(self) -> None:
        await asyncio.gather(*(part.end() for part in self._parts))
        if hasattr(self, "_redis"):
            await asyncio.gather(*(part.end() for part in self._redis.parts))
        if self._postgres is not None:
            await self._postgres.part.end()
        if self._disk is not None:
            self._disk.unmount()
        await asyncio.to_thread(shutil.rmtree, self._short, ignore_errors=True)

    # Playing.

    async def play(self, faults: Sequence[str]) -> None:
        """One round: a question for each fault that belongs to one."""
        given = self.options
        joining = [name for name in faults if name in AT_JOIN]
        ending = [name for name in faults if name in AT_END]
        main = [name for name in faults if name not in AT_JOIN and name not in AT_END]
        if not main:
            main = ["none"]
        taken, known = quiz.make(len(main), SECONDS, self.rng.getrandbits(32))
        made = await self.host.make("/api/quizzes", {"title": "Diễn tập", "questions": taken})
        body = {"quiz_id": made["id"], "reading_seconds": 0, "shuffle": False}
        opened = await self.host.make("/api/rounds", body)
        round_id = int(opened["id"])
        self._rounds.append((round_id, known))
        hall = self.field.hall = Hall(
            self.recorder,
            round_id=round_id,
            code=opened["code"],
            doors=self._doors,
            phones=given.phones,
            seed=self.rng.getrandbits(32),
            secret=quiz.SECRET,
            habits=given.habits,
            choices=lambda number, rng: quiz.choose(known[number - 1], rng),
        )
        try:
            for name in joining:
                self.field.arm(name.partition(":")[2], 2)
            await hall.come(rate=400.0)
            await self.field.healed()
            self.field.disarm()
            for number, name in enumerate(main, 1):
                await self._question(hall, round_id, number, name)
            await self._finish_round(hall, round_id, len(main), ending)
        finally:
            await hall.leave()
            self.field.disarm()

    async def _question(self, hall: Hall, round_id: int, number: int, fault: str) -> None:
        began = time.monotonic()
        field_ = self.field
        if fault == "disk_full" and self._disk is not None:
            await asyncio.to_thread(self._disk.prepare)
        crash = fault.partition(":")[2] if fault.startswith("crash:") else ""
        armed = bool(crash) and fault != "crash:during_snapshot"
        if armed:
            # The first batch of a volley holds its first answer; the second one whatever came meanwhile.
            field_.arm(crash, 1 if fault in AT_CLOSE else 2)
        await self.host.drive(round_id, number, "open")
        await hall.until_phase(number, {"open"}, 20)
        want = self.rng.randrange(20, max(21, hall.joined // 2))
        striking: asyncio.Task[None] | None = None
        if await hall.until_in_flight(want, 5.0) and not armed and fault not in AT_CLOSE:
            striking = asyncio.get_running_loop().create_task(field_.strike(fault))
        await hall.until_phase(number, {"open"}, 5)
        if fault == "kill_admin" and striking:
            await striking
        await self._answered(hall, number, striking)
        if fault in AT_CLOSE and not armed:
            striking = asyncio.get_running_loop().create_task(self._at_close(hall, number, fault))
        for _ in range(40):
            if await self.host.command(round_id, "close") is not None or hall.phase != "open":
                break
            await asyncio.sleep(0.2)
        if striking is not None:
            await striking
        await self.host.drive(round_id, number, "revealed", within_s=90)
        await hall.until_phase(number, {"revealed"}, 30)
        await field_.healed()
        field_.disarm()
        await hall.settled(SETTLE_S)
        if self.rng.random() < 0.1:
            await self.host.command(round_id, "void", question=self.rng.randrange(1, number + 1))
        self.options.say(
            f"round {round_id} question {number}: {fault} ({time.monotonic() - began:.1f} s, "
            f"{sum(one.landed for one in self.recorder.faults)} faults landed)"
        )

    async def _answered(self, hall: Hall, number: int, striking: "asyncio.Task[None] | None") -> None:
        """Returns when the answers are in, or the question has moved on."""
        until = time.monotonic() + SECONDS + 2
        least = time.monotonic() + 0.8
        while time.monotonic() < until and hall.question == number and hall.phase == "open":
            busy = striking is not None and not striking.done()
            if not busy and hall.in_flight == 0 and time.monotonic() > least:
                return
            await asyncio.sleep(0.05)

    async def _at_close(self, hall: Hall, number: int, fault: str) -> None:
        await hall.until_phase(number, {"closing"}, 10)
        await asyncio.sleep(self.rng.random())
        await self.field.strike(fault)

    async def _finish_round(self, hall: Hall, round_id: int, last: int, ending: Sequence[str]) -> None:
        await self.host.drive(round_id, last, "podium")
        for name in ending:
            self.field.arm(name.partition(":")[2], 2 if self.options.bug == "cursor_not_atomic" else 1)
        await self.host.drive(round_id, last, "finished", within_s=90)
        await hall.until_phase(last, {"finished"}, 20)
        for _ in range(60):
            if not self.field.armed:
                break
            await asyncio.sleep(0.1)
        await self.field.healed()
        await hall.settled(5)

    # What is left.

    async def finish(self) -> History:
        """Gathers the final state through the public exports, while everything runs."""
        await self.field.healed()
        rounds = [await self._round(number, known) for number, known in self._rounds]
        facts = None
        said = ""
        for _ in range(20):
            # The worker counts on its own beat.
            said = await self._hoithi("stats", "verify")
            if "wait" not in said:
                break
            await asyncio.sleep(0.5)
        counted = json.loads(await self.host.read("/api/movement/summary"))
        facts = _live_rounds(counted)
        final = Final(rounds, facts=facts, stats_ok="All agree" in said, stats_said=said.strip()[-1500:])
        return await asyncio.to_thread(self.recorder.save, final)

    async def _round(self, round_id: int, known: list[Question]) -> Round:
        look = await self.host.look(round_id)
        lines = (await self.host.read(f"/api/rounds/{round_id}/answers")).splitlines()
        standings = await self.host.read(f"/api/rounds/{round_id}/standings?limit=100000")
        exported = json.loads(await self.host.read(f"/api/rounds/{round_id}/export.json"))
        return Round(
            id=round_id,
            phase=look["phase"],
            questions=known,
            asked=look["question"] or 0,
            voids=look["voids"],
            seats=look["seats"],
            cap_ms=800,
            answers=[msgspec.json.decode(line, type=Answer) for line in lines if line],
            standings=msgspec.json.decode(standings, type=list[Standing]),
            winners=_winners(exported),
        )


def _winners(exported: dict[str, Any]) -> list[list[Any]]:
    """Rank, seat and points of the first rows of the exported standings."""
    rows = exported["standings"][:10]
    return [[row["rank"], row["seat"], row["points"]] for row in rows]


def _live_rounds(counted: dict[str, Any]) -> int:
    """Participations in live rounds, as the movement's summary counts them."""
    return int(counted["kinds"].get("live_round", {"facts": 0})["facts"])


def landed(recorder: Recorder) -> Counter[str]:
    """How often each class has landed so far."""
    return Counter(fault.cls for fault in recorder.faults if fault.landed)


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            # A cluster's second port is 10,000 higher, and must be one too.
            for _ in range(100):
                port = random.randrange(20_000, 32_000)
                try:
                    one.bind(("127.0.0.1", port))
                    break
                except OSError:
                    continue
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()
