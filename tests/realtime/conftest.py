"""A players' server in this process with real sockets, SQL and Redis, and phones to talk to it."""

import asyncio
import contextlib
import json
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from contest import rounds, units
from contest.clock import SystemClock
from contest.database import Database
from contest.ids import RoundId
from contest.migrations.run import upgrade_async
from contest.model import Question, RoundSettings
from contest.phases import CommandName
from contest.round_state import Command
from contest.rounds import RoundRecord
from contest.settings import Settings
from realtime.app import create_app
from realtime.entrants.short_way import ShortHttp
from realtime.gateway import Gateway
from realtime.players import Players
from realtime.round_runner import RoundRunner
from scoring.redis_client import connect as connect_redis
from tests.support.redis_server import running_redis, server_programs


def question(**changes: Any) -> Question:
    """A question with three options, of which `b` is right."""
    given = {
        "type": "single",
        "stem_vi": "Tỉnh lỵ ở đâu?",
        "options": [{"id": letter, "text_vi": letter.upper()} for letter in "abc"],
        "answer": ["b"],
        "seconds": 20,
    }
    return Question.model_validate(given | changes)


class Phone:
    """One socket of a phone; `frames` keeps everything it was told."""

    def __init__(self, link: ClientConnection) -> None:
        self.link = link
        self.frames: list[dict[str, Any]] = []
        self.ticket = ""

    async def send(self, **frame: Any) -> None:
        await self.link.send(json.dumps(frame))

    async def next(self, within_s: float = 5) -> dict[str, Any]:
        async with asyncio.timeout(within_s):
            frame: dict[str, Any] = json.loads(await self.link.recv())
        self.frames.append(frame)
        return frame

    async def expect(self, kind: str, within_s: float = 5, **fields: Any) -> dict[str, Any]:
        """The next frame of this kind with these fields; others on the way are kept in `frames`."""
        async with asyncio.timeout(within_s):
            while True:
                frame = await self.next(within_s)
                if frame["t"] == kind and all(frame.get(name) == value for name, value in fields.items()):
                    return frame

    async def join(self, code: str, name: str = "Lan", **more: Any) -> dict[str, Any]:
        await self.send(t="hello", code=code, name=name, **more)
        welcome = await self.expect("welcome")
        self.ticket = welcome["ticket"]
        await self.expect("you")
        return welcome

    async def resume(self, ticket: str) -> dict[str, Any]:
        self.ticket = ticket
        await self.send(t="resume", ticket=ticket, v=0)
        return await self.expect("you")

    async def answer(self, choice: Any, q: int = 1, **more: Any) -> dict[str, Any]:
        """Sends an answer and waits for its receipt."""
        answer_id = more.pop("id", None) or uuid.uuid4().hex
        await self.send(t="answer", id=answer_id, q=q, choice=choice, **more)
        return await self.expect("receipt", id=answer_id)

    async def closed(self, within_s: float = 8) -> int:
        """The close code, when it comes."""
        try:
            while True:
                await self.next(within_s)
        except ConnectionClosed:
            return self.link.close_code or 0


@dataclass
class Server:
    """One players' process's worth, in this loop."""

    port: int
    players: Players
    uvicorn: uvicorn.Server
    phones: list[ClientConnection | asyncio.StreamWriter] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def phone(self, **options: Any) -> Phone:
        while True:
            try:
                link = await connect(
                    f"ws://127.0.0.1:{self.port}/ws", compression=None, ping_interval=None, max_queue=None, **options
                )
            except InvalidStatus as refused:
                # On a machine that stalls for half a second the server sheds newcomers; phones come again.
                if refused.response.status_code != 503 or self.players.hub.lag_ms < 100:
                    raise
                await asyncio.sleep(0.2)
                continue
            self.phones.append(link)
            return Phone(link)


@dataclass
class Stack:
    """A database, a Redis, and as many servers as a test starts."""

    settings: Settings
    db: Database
    redis: Redis
    runner: RoundRunner
    start: Callable[..., Awaitable[Server]]

    async def round(self, *questions: Question, **settings: Any) -> RoundRecord:
        given = {"reading_seconds": 0, "shuffle": False, **settings}
        return await rounds.create(
            self.db,
            title="Vòng thử",
            quiz_id=None,
            questions=questions or (question(),),
            settings=RoundSettings.model_validate(given),
            created_by="test",
            now_ms=SystemClock().wall_ms(),
        )

    async def do(self, record: RoundRecord, *names: str, **more: Any) -> RoundRecord:
        """Commands one after the other; `settle` waits until it is due."""
        for name in names:
            if name == "settle":
                async with self.db.read() as reader:
                    state = (await rounds.load(reader, record.id)).state
                wait_ms = (state.deadline_ms or 0) - SystemClock().wall_ms()
                await asyncio.sleep(max(0, wait_ms) / 1000 + 0.01)
            record = await self.runner.apply(RoundId(record.id), Command(CommandName(name), **more), actor="system")
        return record


async def make_stack(sql_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    await upgrade_async(sql_url)
    settings = Settings(
        data_dir=tmp_path, database_url=sql_url.replace("+aiosqlite", "").replace("+asyncpg", ""), redis_url=redis_url,
        host="127.0.0.1", public_url="http://thi.example.vn",
    )  # fmt: skip
    db = Database(settings.sql_url)
    async with db.write() as writer:
        await units.seed(writer)
    redis = connect_redis(redis_url)
    runner = RoundRunner(db, redis, SystemClock(), "http://thi.example.vn")
    async with contextlib.AsyncExitStack() as ends:

        async def start(**changes: Any) -> Server:
            return await ends.enter_async_context(running_server(settings.model_copy(update=changes)))

        yield Stack(settings, db, redis, runner, start)
    await redis.aclose()
    await db.close()


@contextlib.asynccontextmanager
async def running_server(settings: Settings) -> AsyncIterator[Server]:
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    app = create_app(settings)
    config = uvicorn.Config(
        app, http=ShortHttp, ws=Gateway, ws_per_message_deflate=False, log_config=None, access_log=False,
        timeout_graceful_shutdown=3,
    )  # fmt: skip
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([listener]))
    while not server.started:
        await asyncio.sleep(0.01)
        if task.done():
            task.result()
    running = Server(listener.getsockname()[1], app.state.players, server)
    try:
        yield running
    finally:
        for link in running.phones:
            link.transport.abort()
        server.should_exit = True
        await task


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """Valkey only: commands and scripts are tried on both servers in tests/scoring, and the few modules here that look
    at what the server does for a round say so themselves."""
    with running_redis(server_programs()["valkey"]) as url:
        yield url


@pytest.fixture
async def stack(tmp_path: Path, redis_server: str) -> AsyncIterator[Stack]:
    """On SQLite: what these tests look at is above SQL."""
    async for made in make_stack(f"sqlite+aiosqlite:///{tmp_path / 'live.sqlite3'}", redis_server, tmp_path):
        yield made


@pytest.fixture
async def any_stack(tmp_path: Path, redis_server: str, database_url: str) -> AsyncIterator[Stack]:
    """On both databases."""
    async for made in make_stack(database_url, redis_server, tmp_path):
        yield made
