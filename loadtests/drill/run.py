"""One drill: starts the platform and its stores, and ends them. How a round is played is `playing`'s, what is left
of it `final`'s. Never judges.
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

from loadtests.drill import quiz
from loadtests.drill.attempts import ALLOWED, Contest
from loadtests.drill.final import gather
from loadtests.drill.hall import Habits, Hall
from loadtests.drill.history import History, Question, Recorder
from loadtests.drill.host import Host
from loadtests.drill.nemesis import Field
from loadtests.drill.parts import Part, PartFailed, answers_http
from loadtests.drill.plan import AT_END, AT_JOIN
from loadtests.drill.playing import SECONDS, Playing
from loadtests.drill.sabotage import BUG
from loadtests.drill.servers import Disk, Postgres, RedisCluster, SingleRedis
from loadtests.drill.skew import Skew
from loadtests.drill.stage import Stage


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
        self._field: Field | None = None
        self.contest: Contest | None = None
        self._last_code = 0
        self.host: Host
        self._parts: list[Part] = []
        self._postgres: Postgres | None = None
        self._disk: Disk | None = None
        self._redis: SingleRedis | RedisCluster
        self._env: dict[str, str] = {}
        self._doors: list[tuple[str, int]] = []
        self._rounds: list[tuple[int, list[Question]]] = []
        self.has_clock = False
        self.has_disk = os.geteuid() == 0
        self.started = time.monotonic()

    @property
    def field(self) -> Field:
        """What faults strike at; there once the drill has started."""
        assert self._field is not None
        return self._field

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
        skew: Skew | None = None
        if given.clock:
            skew = Skew(self.folder)
            self.has_clock = skew.works
            self._env |= skew.environment
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
        self._field = Field(
            self.recorder,
            self.rng,
            players=players,
            admin=admin,
            worker=worker,
            redis=self._redis,
            sql=sql,
            database_file=None if sql else data / "hoithi.sqlite3",
            disk=self._disk,
            skew=skew,
            # With this bug a step of counting is two transactions, and only between them something can break.
            passings_at_end=2 if given.bug == "cursor_not_atomic" else 1,
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
            died=self._died,
        )
        return part

    def _died(self, part: Part, code: int) -> None:
        if self._field is not None:
            self._field.died(part, code)

    async def _hoithi(self, *arguments: str) -> str:
        """One command of the platform to its end. Raises PartFailed unless it is one that only looks."""
        text = await self._python("admin.cli", *arguments)
        if self._last_code and not (self._last_code == 1 and arguments[1:2] in (("verify",), ("verify-log",))):
            raise PartFailed(f"hoithi {' '.join(arguments)}: {self._last_code}\n{text[-2000:]}")
        return text

    async def _python(self, module: str, *arguments: str) -> str:
        """What a program of the platform says; its exit code is in `_last_code`."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", module, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={key: value for key, value in self._env.items() if key not in (BUG, "LD_PRELOAD")},
        )
        said, _ = await process.communicate()
        self._last_code = process.returncode or 0
        return said.decode("utf-8", "replace")

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
        """One round: a question for each fault, or pair of faults with a plus, that belongs to one."""
        ending = [name for name in faults if name in AT_END]
        joining = [name for name in faults if name in AT_JOIN]
        main = [name for name in faults if name not in AT_JOIN and name not in AT_END] or ["none"]
        taken, known = quiz.make(len(main), SECONDS, self.rng.getrandbits(32))
        made = await self.host.make("/api/quizzes", {"title": "Diễn tập", "questions": taken})
        opened = await self.host.make("/api/rounds", {"quiz_id": made["id"], "reading_seconds": 0, "shuffle": False})
        round_id = int(opened["id"])
        self._rounds.append((round_id, known))
        hall = self.field.hall = Hall(
            self.recorder,
            round_id=round_id,
            code=opened["code"],
            doors=self._doors,
            phones=self.options.phones,
            seed=self.rng.getrandbits(32),
            secret=quiz.SECRET,
            habits=self.options.habits,
            choices=lambda number, rng: quiz.choose(known[number - 1], rng),
        )
        token = (await self.host.make(f"/api/rounds/{round_id}/stage-token", None))["token"]
        looking_on = asyncio.create_task(Stage(self.recorder, round_id, token, self._doors).watch())
        try:
            await Playing(round_id, hall, self.host, self.field, self.rng, self.options.say).play(joining, main, ending)
        finally:
            looking_on.cancel()

    async def hold_contest(self, people: int = 30) -> None:
        """People take attempts of a contest, twice at once where they can, while players' processes are killed."""
        sessions = self.folder / "sessions"
        made = await self._python("admin.contest_crowd", "--people", str(people), "--sessions", str(sessions))
        secrets = sessions.read_text("ascii").split()
        self.contest = Contest(made.split()[-1], [port for _, port in self._doors], secrets, self.rng)
        self.options.say(f"contest: {people} people")
        await self.contest.take(self.field.strike_at_requests)
        await self.field.healed()

    async def finish(self) -> History:
        """The history with the final state, gathered while everything runs."""
        await self.field.healed()
        final = await gather(self.host, self._rounds, self._hoithi)
        if self.contest is not None:
            final.attempts, final.attempts_allowed = await self.contest.counted(), ALLOWED
            said = await self._hoithi("contest", "verify-log", self.contest.slug)
            final.contests_ok, final.contests_said = self._last_code == 0, said.strip()[-500:]
        return await asyncio.to_thread(self.recorder.save, final)


def landed(recorder: Recorder) -> Counter[str]:
    """How often each class has landed so far."""
    return Counter(fault.cls for fault in recorder.faults if fault.landed)


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            # Below what the system gives to clients; the second port of a cluster's node is 10,000 higher.
            for _ in range(100):
                port = random.randrange(12_000, 20_000)
                try:
                    one.bind(("127.0.0.1", port))
                    break
                except OSError:
                    continue
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()
