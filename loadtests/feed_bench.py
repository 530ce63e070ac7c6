"""Measures the feed: `python -m loadtests.feed_bench --facts 20000`, on an empty database of its own.

Facts are pulled over HTTP from the organisers' server and pushed to a receiver, both on this machine. Never part of the
platform; like the bench of counts it calls the library itself.
"""

import argparse
import asyncio
import itertools
import json
import socket
import sys
import tempfile
import time
from pathlib import Path

import httpx
import uvicorn

from admin import tokens
from admin.app import create_app
from admin.movement.feed_sending import FeedSender
from admin.roles import Role
from contest.clock import SystemClock
from contest.database import Database, Reader
from contest.migrations.run import upgrade_async
from contest.provincial.secrets_box import FieldBox, recognises
from contest.settings import Settings, load_field_key
from contest.statistics import counting, feed, ledger, webhooks
from contest.statistics.cloudevents import TYPES
from contest.statistics.facts import Fact, FactKind
from loadtests.results import write
from loadtests.scenario import _described

HERE = Path(__file__).resolve().parent
NAME = "python -m loadtests.feed_bench"
SINGLE = 2_000
"""Events that are sent one by one."""
BATCH = 100


async def _fill(db: Database, facts: int, now_ms: int) -> None:
    made = (
        Fact(FactKind.GUIDANCE, f"bench:{n}", now_ms - n, headcount=1 + n % 5, commune=f"{22_000 + n % 102:05}")
        for n in range(facts)
    )
    for some in iter(lambda: list(itertools.islice(made, 1_000)), []):
        async with db.write() as writer:
            await ledger.record(writer, some, now_ms=now_ms)
    await counting.run(db, now_ms)


async def _pulled(url: str, token: str) -> tuple[int, float]:
    began, many, after = time.perf_counter(), 0, ""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False) as client:
        while True:
            reply = await client.get(f"{url}/api/feed/facts", params={"limit": 1_000, "after": after})
            events = reply.raise_for_status().json()
            if not events:
                return many, time.perf_counter() - began
            many, after = many + len(events), reply.headers["feed-cursor"]


async def _receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r")[0])
            json.loads(await reader.readexactly(length))
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _pushed(db: Database, box: FieldBox, url: str, *, batch: int, events: int) -> tuple[int, float]:
    """Pushes the last so many events."""
    clock = SystemClock()
    async with db.write() as writer:
        values = webhooks.checked(f"bench {batch}", url, TYPES, batch, private=True)
        number, _ = await webhooks.create(writer, box, values, from_start=True, actor="system", now_ms=clock.wall_ms())
        await webhooks.take(writer, number, "bench", clock.wall_ms())
        behind = await feed.end(Reader(writer)) - events
        await webhooks.passed(writer, number, "bench", behind, events=0, done=True, now_ms=clock.wall_ms())
    sender = FeedSender(db, box, clock)
    began, many = time.perf_counter(), 0
    while sent := await sender.tend():
        many += sent
    took = time.perf_counter() - began
    async with db.write() as writer:
        await webhooks.remove(writer, number, actor="system", now_ms=clock.wall_ms())
    return many, took


async def measure(url: str, facts: int, redis_url: str, folder: Path) -> list[tuple[str, str]]:
    """What one database gives."""
    settings = Settings(data_dir=folder, database_url=url or None, redis_url=redis_url)
    await upgrade_async(settings.sql_url)
    app = create_app(settings)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error"))
    async with app.router.lifespan_context(app):
        db, clock = app.state.services.db, SystemClock()
        box = FieldBox(load_field_key(settings))
        assert await recognises(db, box)
        _, token = await tokens.create(db, name="bench", role=Role.ORGANISER, actor="system", now_ms=clock.wall_ms())
        await _fill(db, facts, clock.wall_ms())
        task = asyncio.create_task(server.serve(sockets=[listener]))
        receiver = await asyncio.start_server(_receive, "127.0.0.1", 0)
        hook = f"http://127.0.0.1:{receiver.sockets[0].getsockname()[1]}/"
        try:
            pulled, pulling_s = await _pulled(f"http://127.0.0.1:{listener.getsockname()[1]}", token)
            batched, batching_s = await _pushed(db, box, hook, batch=BATCH, events=facts)
            single, single_s = await _pushed(db, box, hook, batch=1, events=min(SINGLE, facts))
        finally:
            receiver.close()
            server.should_exit = True
            await task
    assert (pulled, batched, single) == (facts, facts, min(SINGLE, facts))
    return [
        ("**pulled, 1,000 in an answer, events/s**", f"**{pulled / pulling_s:,.0f}**"),
        (f"**pushed by webhook, {BATCH} in a message, events/s**", f"**{batched / batching_s:,.0f}**"),
        ("pushed by webhook, one in a message, events/s", f"{single / single_s:,.0f}"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__)
    parser.add_argument("--facts", type=int, default=20_000)
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database; else SQLite")
    parser.add_argument("--redis-url", required=True)
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--record", action="store_true", help="writes the figures into the results")
    given = parser.parse_args()
    about = _described([])
    command = f"{NAME} --redis-url $REDIS --facts {given.facts}{' --database-url $URL' if given.database_url else ''}"
    with tempfile.TemporaryDirectory(prefix="hoithi-bench-") as folder:
        rows = asyncio.run(measure(given.database_url, given.facts, given.redis_url, Path(folder)))
    server = "PostgreSQL" if given.database_url else "SQLite"
    entry = "\n".join(
        [
            f"## {about['when']}, commit {about['commit']}",
            "",
            f"{about['machine']}, Python {about['python']}, load before {about['load']}. The feed of {given.facts:,} "
            f"facts in {server}; sender, server and receiver in one process.",
            "",
            f"    {command}",
            "",
            "| figure | value |",
            "|---|---:|",
            *(f"| {name} | {value} |" for name, value in rows),
            "",
            "Not measured here: a network between sender and receiver, TLS, receivers that take their time.",
            "",
        ]
    )
    sys.stdout.write(entry)
    if given.record:
        write(given.results, entry)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
