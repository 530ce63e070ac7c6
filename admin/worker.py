"""The worker: closes what is due, forgets what has expired, shows that it lives.

Several may run at once and any may be killed: everything it does is guarded in SQL. Never talks to phones.
"""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from sqlalchemy import and_, delete, or_, update

from admin.addresses import public_url
from contest.clock import Clock, SystemClock
from contest.database import Database, Writer
from contest.provincial import attempts, daily, retention
from contest.provincial.attempts import Shelf
from contest.settings import Settings
from contest.statistics import counting, report_desk
from contest.tables import rounds, staff_sessions
from contest.teams import members as team_members

log = structlog.get_logger(__name__)

HEARTBEAT_FILE = "worker.heartbeat"
HEARTBEAT_S = 2.0
FEED_S = 2.0
SWEEP_S = 60.0
RETENTION_S = 3600.0
RETENTION_TURNS = 200
PAPERS_S = 2.0
PAPERS_AT_ONCE = 200
COUNT_S = 2.0
STOP_S = 10.0
_HOUR_MS = 3_600_000
ABANDONED_MS = 24 * _HOUR_MS
"""A round that was started and left alone this long gives its code back."""
NEVER_STARTED_MS = 30 * 24 * _HOUR_MS
"""A prepared round may wait this long with its code printed on the invitations."""


async def run_worker(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT; raises when a part of it fails, so that whoever started it starts it again."""
    from admin.movement.feed_work import FeedWork
    from realtime.collector import tune_collector
    from realtime.entrants.board_keeper import BEAT_S, BoardKeeper
    from realtime.round_runner import RoundRunner
    from realtime.timekeeper import Timekeeper
    from scoring.redis_client import connect

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    clock = SystemClock()
    database = Database(settings.sql_url)
    redis = connect(settings.redis_url or "redis://localhost:6379/0")
    try:
        runner = RoundRunner(database, redis, clock, public_url(settings))
        timekeeper = Timekeeper(database, redis, runner, clock)
        shelf = Shelf()
        boards = BoardKeeper(database, redis, clock)
        feed = FeedWork(settings, database, redis, clock)
        tune_collector()
        log.info("worker started")
        async with asyncio.TaskGroup() as group:
            group.create_task(timekeeper.run(stop))
            group.create_task(every(BEAT_S, stop, boards.beat))
            group.create_task(every(PAPERS_S, stop, lambda: end_overdue(database, clock, shelf)))
            group.create_task(every(COUNT_S, stop, lambda: count(database, clock, stop)))
            group.create_task(every(FEED_S, stop, feed.send))
            group.create_task(every(FEED_S, stop, feed.relay))
            group.create_task(every(SWEEP_S, stop, lambda: sweep(database, clock)))
            group.create_task(every(RETENTION_S, stop, lambda: retain(database, clock)))
            group.create_task(every(HEARTBEAT_S, stop, lambda: beat(settings.data_dir / HEARTBEAT_FILE, clock)))
        log.info("worker stopped")
    finally:
        await redis.aclose()
        await database.close()


async def every(seconds: float, stop: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
    """Does `work` at once and then every `seconds` until `stop`; a failed turn is logged and the next one comes."""
    while not stop.is_set():
        try:
            await work()
        except Exception:
            log.exception("a turn of the worker failed")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)


async def end_overdue(database: Database, clock: Clock, shelf: Shelf) -> None:
    """Hands in the attempts whose time is over, as they are stored. Any number of workers may do it."""
    ended = 0
    while found := await attempts.expire(database, clock.wall_ms(), limit=PAPERS_AT_ONCE, shelf=shelf):
        ended += found
    if ended:
        log.info("papers handed in at their limit", papers=ended)


async def count(database: Database, clock: Clock, stop: asyncio.Event) -> None:
    """Counts what is new in the ledger, step by step. Any number of workers may do it."""
    # When everything is counted anew there is one step in a turn: phones must not wait for the lock of SQLite.
    while not stop.is_set() and (await counting.turn(database, clock.wall_ms())).streamed:
        pass


async def sweep(database: Database, clock: Clock) -> None:
    """One turn of forgetting; any number of workers may do it at once."""
    now_ms = clock.wall_ms()
    async with database.write() as writer:
        sessions = await forget_sessions(writer, now_ms)
        codes = await retire_codes(writer, now_ms)
    if sessions or codes:
        log.info("swept", sessions=sessions, codes=codes)
    if published := await daily.tend(database, now_ms):
        log.info("contest log heads published", contests=published)
    if made := await report_desk.tend(database, now_ms):
        log.info("movement reports made", reports=len(made))


async def retain(database: Database, clock: Clock) -> None:
    """Takes away what the data map's rules say has had its time."""
    async with database.write() as writer:
        if gone := await team_members.forget(writer, clock.wall_ms()):
            log.info("members of teams forgotten", people=gone)
    # A large contest is taken in pieces, so that nobody waits long for a lock.
    for _ in range(RETENTION_TURNS):
        swept = await retention.sweep(database, clock.wall_ms())
        if not swept:
            return
        log.info("retention", people=swept.people, traces=swept.traces, texts=swept.texts, sessions=swept.sessions)


async def forget_sessions(writer: Writer, now_ms: int) -> int:
    """Removes staff sessions that have expired; how many."""
    return (await writer.execute(delete(staff_sessions).where(staff_sessions.c.expires_at <= now_ms))).rowcount


async def retire_codes(writer: Writer, now_ms: int) -> int:
    """Frees the join codes of rounds that are over or left alone; how many. The rounds themselves stay."""
    over = rounds.c.finished_at <= now_ms - ABANDONED_MS
    abandoned = and_(rounds.c.started_at <= now_ms - ABANDONED_MS, rounds.c.deadline_ms.is_(None))
    never_started = and_(rounds.c.started_at.is_(None), rounds.c.created_at <= now_ms - NEVER_STARTED_MS)
    statement = (
        update(rounds).where(rounds.c.code_active, or_(over, abandoned, never_started)).values(code_active=False)
    )
    return (await writer.execute(statement)).rowcount


async def beat(path: Path, clock: Clock) -> None:
    """Writes the time and this process's id, whole or not at all: what a watchdog or `hoithi doctor` reads."""
    await asyncio.to_thread(_replace, path, json.dumps({"at": clock.wall_ms(), "pid": os.getpid()}))


def _replace(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(content, "utf-8")
    fresh.replace(path)
