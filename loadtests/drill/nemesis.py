"""The faults of a drill: each is one strike at the platform or its network at a chosen moment, written down with what
was in flight then.

Never decides which fault comes when (`plan`), and never touches a process the drill did not start.
"""

import asyncio
import contextlib
import random
import resource
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from loadtests.drill.checker import IN_FLIGHT
from loadtests.drill.hall import Hall
from loadtests.drill.history import Fault, Recorder
from loadtests.drill.parts import Part, now_ms
from loadtests.drill.servers import Disk, RedisCluster, SingleRedis
from loadtests.drill.skew import Skew

STOP_S = 3.0
CUT_S = 5.0
FILE_LIMIT = 4_096
"""No commit fits under it: SQLite's smallest one writes a whole page behind a header."""
SNAPSHOT = "crash:during_snapshot"
WORKER_POINTS = frozenset({"during_close", "during_award"})
LATER_POINTS = frozenset({"mid_projection", "after_projection_before_cursor", "during_finish"})


class Field:
    """What a nemesis may strike at."""

    def __init__(
        self,
        recorder: Recorder,
        rng: random.Random,
        *,
        players: list[Part],
        admin: Part,
        worker: Part,
        redis: "SingleRedis | RedisCluster",
        sql: Part | None,
        database_file: Path | None,
        disk: Disk | None,
        skew: Skew | None,
        passings_at_end: int,
    ) -> None:
        self.passings_at_end = passings_at_end
        self.recorder = recorder
        self.rng = rng
        self.players = players
        self.admin = admin
        self.worker = worker
        self.redis = redis
        self.sql = sql
        self.database_file = database_file
        self.disk = disk
        self.skew = skew
        self.hall: Hall | None = None
        self.armed: dict[str, str] = {}
        """The crash point each part waits for."""
        self.armed_next: dict[str, str] = {}
        """The crash point a part will wait for in its next life."""
        self._healing: set[asyncio.Task[None]] = set()

    @property
    def everybody(self) -> list[Part]:
        """All processes of the platform and its stores."""
        stores = [*self.redis.parts, *([self.sql] if self.sql else [])]
        return [*self.players, self.admin, self.worker, *stores]

    # Writing down.

    def note(self, cls: str, target: str, in_flight: int, landed: bool, **more: object) -> Fault:
        """A fault that happens now."""
        landed = landed and in_flight >= IN_FLIGHT
        fault = Fault(cls, target, now_ms(), time.time_ns() // 1_000_000, in_flight, landed, **more)  # type: ignore[arg-type]
        self.recorder.faults.append(fault)
        return fault

    def died(self, part: Part, code: int) -> None:
        """A part has ended by itself or by a strike: one that waited for a crash point has reached it."""
        point = self.armed.pop(part.name, None)
        if later := self.armed_next.pop(part.name, None):
            self.armed[part.name] = later
            return
        part.spec.write_text("", "utf-8")
        if point is None or code != -9:
            return
        hall = self.hall
        stake = self._at_stake(point)
        landed = hall is not None and (
            point in LATER_POINTS or hall.phase in ("lobby", "", "open", "closing", "revealed")
        )
        fault = self.note(f"crash:{point}", part.name, stake, landed, kill=True)
        self._heal(fault, part)

    def _at_stake(self, point: str) -> int:
        hall = self.hall
        if hall is None:
            return 0
        if point in LATER_POINTS:
            return hall.joined
        if point in WORKER_POINTS:
            return max(len(hall.unjudged), hall.in_flight, len(hall.tapped) if hall.phase == "revealed" else 0)
        return hall.just_now()

    def _heal(self, fault: Fault, part: Part) -> None:
        async def whole() -> None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(part.up.wait(), 60)
            fault.until = now_ms()

        task = asyncio.get_running_loop().create_task(whole())
        self._healing.add(task)
        task.add_done_callback(self._healing.discard)

    async def healed(self, within_s: float = 60.0) -> None:
        """Returns when everything runs again."""
        for part in self.everybody:
            await part.wait_ready(within_s)
        while self._healing:
            await asyncio.wait(self._healing, timeout=within_s)

    @property
    def landed_count(self) -> int:
        """How many faults have landed so far."""
        return sum(fault.landed for fault in self.recorder.faults)

    # Strikes.

    async def prepare(self, names: Iterable[str]) -> None:
        """What has to be done before the moment of a strike."""
        if "disk_full" in names and self.disk is not None:
            await asyncio.to_thread(self.disk.prepare)

    @staticmethod
    def is_armed_before(name: str) -> bool:
        """Whether this fault is a crash point that waits to be passed."""
        return name.startswith("crash:") and name != SNAPSHOT

    async def all_reached(self) -> None:
        """Returns when no crash point waits any more."""
        while self.armed:  # noqa: ASYNC110 (callers have a deadline)
            await asyncio.sleep(0.1)

    def arm(self, name: str, times: int) -> None:
        """Sets a crash point (`crash:POINT`) where it can be reached."""
        point = name.removeprefix("crash:")
        if point in WORKER_POINTS or point in LATER_POINTS - {"during_finish"}:
            parts = [self.worker]
        elif point == "during_finish":
            parts = [self.admin]
        else:
            parts = [self.rng.choice(self.players)]
        for part in parts:
            self.armed[part.name] = point
            part.arm(f"{point}:{times}")

    def disarm(self) -> None:
        """No crash point is left armed."""
        for part in (*self.players, self.admin, self.worker):
            if self.armed.pop(part.name, None):
                part.arm("")

    async def strike(self, cls: str) -> None:
        """One fault of a class, now. Raises KeyError for an unknown one."""
        hall = self.hall
        assert hall is not None
        kind, _, what = cls.partition("_")
        if cls == SNAPSHOT:
            self._kill_while_coming_back(hall)
        elif cls in _OTHERS:
            await _OTHERS[cls](self, hall)
        elif kind == "kill":
            part = self._pick(what)
            stake = self._stake_of(what, hall)
            landed = part.kill(down_s=1.5 if what == "sql" else 0.2)
            fault = self.note(cls, part.name, stake, landed, kill=True, refuses=what == "sql")
            if what == "sql":
                await asyncio.sleep(1.4)
                fault.until = now_ms()
            else:
                self._heal(fault, part)
        elif kind == "stop":
            await self._stop(cls, what, hall)
        else:
            raise KeyError(cls)

    async def strike_at_requests(self, cls: str, in_flight: int) -> None:
        """Kills a part while so many requests are on their way to it; nobody is in a hall."""
        part = self._pick(cls.partition("_")[2])
        fault = self.note(f"contest:{cls}", part.name, in_flight, part.kill(), kill=True)
        self._heal(fault, part)

    def _kill_while_coming_back(self, hall: Hall) -> None:
        """All players' processes die, and one again when it has read the room for the phones that come back."""
        again = self._pick("players")
        again.spec.write_text("during_snapshot:1", "utf-8")
        self.armed_next[again.name] = "during_snapshot"
        stake = hall.in_flight
        for part in self.players:
            fault = self.note("kill_players", part.name, stake, part.kill(), kill=True)
            self._heal(fault, part)

    def _pick(self, kind: str) -> Part:
        match kind:
            case "players":
                return self.rng.choice([part for part in self.players if part.pid] or self.players)
            case "redis":
                return self.rng.choice(self.redis.masters())
            case "sql":
                assert self.sql is not None
                return self.sql
        return self.admin if kind == "admin" else self.worker

    def _stake_of(self, kind: str, hall: Hall) -> int:
        return max(hall.in_flight, len(hall.unjudged)) if kind == "worker" else hall.in_flight

    async def _stop(self, cls: str, what: str, hall: Hall) -> None:
        if what == "sql" and self.sql is None:
            return await self._hold_sqlite(cls, hall)
        part = self._pick(what)
        fault = self.note(cls, part.name, self._stake_of(what, hall), part.pid is not None, refuses=what == "sql")
        freezing = asyncio.get_running_loop().create_task(part.freeze(STOP_S))
        await freezing
        fault.until = fault.t + STOP_S * 1000 if what == "sql" else now_ms()
        return None

    async def _hold_sqlite(self, cls: str, hall: Hall) -> None:
        """SQLite has no process to stop: somebody else holds its write lock as long."""
        in_flight = hall.in_flight

        def hold() -> tuple[float, float]:
            connection = sqlite3.connect(str(self.database_file), timeout=5, isolation_level=None)
            try:
                connection.execute("BEGIN IMMEDIATE")
                began = now_ms()
                time.sleep(STOP_S)
                held = began, now_ms()
                connection.execute("ROLLBACK")
                return held
            finally:
                connection.close()

        fault = self.note(cls, "sqlite", in_flight, True)
        with contextlib.suppress(sqlite3.Error):
            fault.t, fault.until = await asyncio.to_thread(hold)
            fault.refuses = True

    async def _flush(self, hall: Hall) -> None:
        fault = self.note("flushall", "redis", hall.in_flight, True)
        await self.redis.flush()
        fault.until = now_ms()

    async def _failover(self, hall: Hall) -> None:
        """A replica is cut off, its master goes on for a second and dies: what it took then is lost to Redis."""
        if not isinstance(self.redis, RedisCluster):
            return
        pair = await self.redis.pair()
        if pair is None:
            return
        master, replica = pair
        fault = self.note("failover", master.name, hall.in_flight, True, kill=True)
        landed, fault.landed = fault.landed, False
        await replica.freeze(1.0)
        master.kill(down_s=8.0)
        self._heal(fault, master)
        began = now_ms()
        while now_ms() - began < 8_000:
            await asyncio.sleep(0.1)
            if (await self.redis.roles()).get(replica.name) == "master":
                fault.landed, fault.note = landed, f"{replica.name}, cut off, led after {now_ms() - began:.0f} ms"
                return

    async def _refuse_sql(self, hall: Hall) -> None:
        """Storage takes nothing for 2.5 s and says so at once: PostgreSQL is away, SQLite may not write its files."""
        if self.sql is not None:
            fault = self.note("refuse_sql", self.sql.name, hall.in_flight, True, refuses=True, kill=True)
            self.sql.kill(down_s=2.5)
            await asyncio.sleep(2.4)
            fault.until = now_ms()
            return
        pids = [part.pid for part in (*self.players, self.admin, self.worker) if part.pid]
        fault = self.note("refuse_sql", "sqlite", hall.in_flight, True, refuses=True)
        _limit_files(pids, FILE_LIMIT)
        await asyncio.sleep(2.5)
        fault.until = now_ms()
        _limit_files(pids, resource.RLIM_INFINITY)

    async def _disk_full(self, hall: Hall) -> None:
        """The disk of the database is full for 3 s."""
        if self.disk is None or not self.disk.real:
            return
        self.disk.fill()  # At once: the greater part was taken before.
        fault = self.note("disk_full", "disk", hall.in_flight, True)
        await asyncio.sleep(3.0)
        await asyncio.to_thread(self.disk.free)
        fault.until = now_ms()

    async def _clock(self, hall: Hall) -> None:
        """The wall clock of the whole platform jumps a minute, forwards and back in turn."""
        if self.skew is None or not self.skew.works:
            return
        self.skew.jump(-60 if self.skew.offset_s > 0 else 60)
        fault = self.note("clock", "everybody", hall.in_flight, True, note=f"{self.skew.offset_s:+d} s")
        fault.until = now_ms()

    async def _cut(self, hall: Hall) -> None:
        """No packet passes between two thirds of the phones and the platform for 5 s."""
        fault = self.note("cut", "network", hall.in_flight, True)
        cut = await hall.cut_off(CUT_S, 0.67)
        fault.note = f"{cut} phones"
        fault.until = now_ms()

    async def _none(self, hall: Hall) -> None:
        """Nothing happens."""


_OTHERS: dict[str, Callable[[Field, Hall], Awaitable[None]]] = {
    "flushall": Field._flush,
    "failover": Field._failover,
    "refuse_sql": Field._refuse_sql,
    "disk_full": Field._disk_full,
    "clock": Field._clock,
    "cut": Field._cut,
    "none": Field._none,
}


def _limit_files(pids: list[int], limit: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
