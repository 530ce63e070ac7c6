"""`hoithi up`: the whole platform on one machine; what dies is started again.

It owns the listening sockets, so a connection that arrives while a server is being restarted waits instead of failing.
Never serves a request itself.
"""

import asyncio
import contextlib
import fcntl
import os
import resource
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from admin import addresses, state_file
from admin.children import Child, Delays, environment_of
from admin.listening import get_status, listen, port_of
from admin.opening import check_redis_answers, opened, start_redis
from admin.redis_child import RedisChild, RedisFailed
from admin.trouble import Trouble, answer, say
from contest.clock import SystemClock
from contest.settings import Settings
from realtime import metric_files

log = structlog.get_logger(__name__)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
READY_POLL_S = 0.1
STILL_WAITING_S = 15.0
# Together with Redis under the 30 s that a stop may take, even when everything has to be killed. The players wait for
# an open question and send the phones away; the worker and the admin server serve them until then, and end together.
STOP_PLAYERS_S, STOP_OTHERS_S = 20.0, 4.0
DRAIN_S = 15.0


@dataclass(frozen=True, slots=True)
class Sockets:
    """The two doors of the platform."""

    players: socket.socket
    admin: socket.socket


async def run_up(settings: Settings, *, demo: bool) -> None:
    """Runs the platform until SIGTERM, SIGINT or SIGHUP. Raises Trouble when it cannot start."""
    raise_file_limit()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    with only_one(settings.data_dir), contextlib.ExitStack() as doors:
        sockets = Sockets(
            doors.enter_context(listen(settings.host, settings.players_port)),
            doors.enter_context(listen(settings.admin_host, settings.admin_port)),
        )
        settings = settings.model_copy(
            update={"players_port": port_of(sockets.players), "admin_port": port_of(sockets.admin)}
        )
        # Found out once, so that every process prints and draws the same address.
        settings = settings.model_copy(update={"public_url": addresses.public_url(settings)})
        redis = None if settings.redis_url else RedisChild(settings.data_dir)
        try:
            if settings.redis_url:
                await check_redis_answers(settings.redis_url)
            elif redis is not None:
                settings = settings.model_copy(update={"redis_url": await start_redis(redis)})
            # Counters of processes of an earlier life.
            shutil.rmtree(settings.data_dir / metric_files.FOLDER, ignore_errors=True)
            link = await prepare_data(settings, demo=demo)
            if not stop.is_set():
                await Supervisor(settings, sockets, redis, link, stop).run()
        finally:
            state_file.remove(settings.data_dir)
            if redis is not None:
                await redis.stop()


@contextlib.contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Holds the data directory for this process; the kernel lets go of it however the process ends.

    Raises Trouble (`already_running`, `data_dir`).
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        held = os.open(data_dir / state_file.LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise Trouble("data_dir", path=data_dir, reason=problem.strerror) from problem
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as problem:
        raise Trouble("already_running", path=data_dir) from problem
    finally:
        os.close(held)


def raise_file_limit() -> None:
    """Lets this process and its children hold as many sockets as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS calls unlimited what it does not grant
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def prepare_data(settings: Settings, *, demo: bool) -> str | None:
    """Brings the schema up to date and seeds it; the one-time set-up link when there is no account yet."""
    from admin import setup
    from admin.demo import seed_demo
    from admin.demo_festival import seed_demo_festival
    from contest import units
    from contest.statistics import indicators

    now_ms = SystemClock().wall_ms()
    async with opened(settings, migrate=True) as database:
        async with database.write() as writer:
            await units.seed(writer)
            await indicators.seed(writer, now_ms)
        if demo:
            await seed_demo(database, now_ms)
            await seed_demo_festival(database, now_ms)
        return await setup.ensure_setup_link(database, addresses.admin_url(settings))


class Supervisor:
    """Keeps the children running and stops them in order."""

    def __init__(
        self, settings: Settings, sockets: Sockets, redis: RedisChild | None, link: str | None, stop: asyncio.Event
    ) -> None:
        self._settings = settings
        self._redis = redis
        self._link = link
        self._stop = stop
        environment = environment_of(
            settings.model_copy(update={"drain_seconds": min(DRAIN_S, settings.drain_seconds)})
        )
        door = sockets.players.fileno()
        several = settings.players_processes > 1
        self._players = [
            Child(f"players-{n}" if several else "players", ["players", "--fd", str(door)], environment, (door,))
            for n in range(1, settings.players_processes + 1)
        ]
        door = sockets.admin.fileno()
        self._admin = Child("admin", ["admin", "--fd", str(door)], environment, (door,))
        self._worker = Child("worker", ["worker"], environment)

    @property
    def _children(self) -> list[Child]:
        return [*self._players, self._admin, self._worker]

    async def run(self) -> None:
        """Returns when a stop was asked for and every child has ended."""
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._stop_asked)
        async with asyncio.TaskGroup() as group:
            kept = [
                group.create_task(child.keep_running(self._note_state, self._forget_gauges)) for child in self._children
            ]
            others = [group.create_task(self._announce())]
            if self._redis is not None:
                others.append(group.create_task(self._keep_redis(self._redis)))
            await self._stop.wait()
            say("up.stopping")
            others[0].cancel()
            for stage, seconds in (
                (self._players, STOP_PLAYERS_S),
                ([self._worker, self._admin], STOP_OTHERS_S),
            ):
                await asyncio.gather(*(child.stop(seconds) for child in stage))
            for task in [*kept, *others]:
                task.cancel()
        say("up.stopped")

    def _stop_asked(self) -> None:
        if self._stop.is_set():
            # Asked twice: somebody at the keyboard does not want to wait for the phones.
            for child in self._children:
                child.kill()
        self._stop.set()

    async def _announce(self) -> None:
        players = addresses.local_url(self._settings.host, self._settings.players_port)
        admin = addresses.local_url(self._settings.admin_host, self._settings.admin_port)
        asked = time.monotonic()
        warned = asked
        while True:
            states = {url: await get_status(url, "/readyz") for url in (players, admin)}
            if all(status == 200 for status, _ in states.values()):
                break
            if time.monotonic() - warned > STILL_WAITING_S:
                warned = time.monotonic()
                for url, (status, body) in states.items():
                    if status != 200:
                        say("up.still_waiting", url=url, seconds=int(warned - asked), reason=body[:300] or "–")
            await asyncio.sleep(READY_POLL_S)
        say("up.join", url=addresses.public_url(self._settings))
        if self._link:
            say("up.setup")
            answer(self._link)
        answer(f"ready players={players} admin={admin}")

    async def _keep_redis(self, redis: RedisChild) -> None:
        delays = Delays()
        while True:
            code = await redis.wait()
            log.warning("redis ended, starting it again", child="redis", exit_code=code)
            await asyncio.sleep(delays.next())
            while True:
                try:
                    await redis.start()
                    break
                except RedisFailed as problem:
                    log.error("redis does not start", child="redis", reason=str(problem))
                    await asyncio.sleep(delays.next())
            self._note_state()

    def _forget_gauges(self, pid: int) -> None:
        """A process that is gone holds no sockets and no rooms any more."""
        with contextlib.suppress(OSError):
            metric_files.forget(self._settings.data_dir / metric_files.FOLDER, pid)

    def _note_state(self) -> None:
        pids = {child.name: child.pid for child in self._children if child.pid is not None}
        if self._redis is not None and self._redis.pid is not None:
            pids["redis"] = self._redis.pid
        try:
            state_file.write(self._settings, pids)
        except OSError as problem:
            log.warning("the state file cannot be written", reason=problem.strerror)
