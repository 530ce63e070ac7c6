"""The host console's socket over a real server."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from admin import tokens
from admin.app import create_app
from admin.roles import Role
from contest.clock import SystemClock
from contest.database import Database
from contest.joining import Hello, join
from contest.migrations.run import upgrade_async
from contest.settings import Settings
from realtime import presence
from scoring.redis_client import connect as connect_redis
from tests.admin.test_api import QUESTIONS


class Server:
    """A running admin server with an administrator's token."""

    def __init__(self, port: int, token: str, database: Database, redis_url: str) -> None:
        self.url, self.port, self.database, self.redis_url = f"http://localhost:{port}", port, database, redis_url
        self.headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.AsyncClient(base_url=self.url, headers=self.headers)

    def console(self) -> connect:
        return connect(f"ws://localhost:{self.port}/ws/host", additional_headers=self.headers)

    async def round(self) -> dict[str, Any]:
        quiz = (await self.http.post("/api/quizzes", json={"title": "x", "questions": QUESTIONS})).json()
        made: dict[str, Any] = (await self.http.post("/api/rounds", json={"quiz_id": quiz["id"]})).json()
        return made


@pytest.fixture
async def server(tmp_path: Path, admin_redis: str) -> AsyncIterator[Server]:
    settings = Settings(data_dir=tmp_path, redis_url=admin_redis, public_url="https://thi.example.vn")
    await upgrade_async(settings.sql_url)
    database = Database(settings.sql_url)
    _, token = await tokens.create(database, name="máy", role=Role.ADMINISTRATOR, actor="system", now_ms=0)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(create_app(settings), log_config=None, ws="websockets-sansio")
        running = uvicorn.Server(config)
        task = asyncio.create_task(running.serve([listening]))
        while not running.started:  # noqa: ASYNC110 - uvicorn has nothing to wait on
            await asyncio.sleep(0.01)
        made = Server(listening.getsockname()[1], token, database, admin_redis)
        yield made
        await made.http.aclose()
        running.should_exit = True
        await task
    await database.close()


async def until(link: ClientConnection, kind: str, within_s: float = 3, **fields: object) -> dict[str, Any]:
    """The next frame of `kind` with these fields."""
    async with asyncio.timeout(within_s):
        while True:
            frame: dict[str, Any] = json.loads(await link.recv())
            if frame["t"] == kind and all(frame.get(key) == value for key, value in fields.items()):
                return frame


async def test_picture_counts_and_news(server: Server) -> None:
    made = await server.round()
    async with server.console() as link:
        await link.send(json.dumps({"t": "host", "round": made["id"]}))
        state = await until(link, "state")
        assert (state["phase"], state["id"], state["code"]) == ("lobby", made["id"], made["code"])
        assert state["next"]["right"] == ["b"]
        assert (await until(link, "counts"))["joined"] == 0
        await join(server.database, [Hello(str(made["code"]), "Lan")], SystemClock().wall_ms())
        counts = await until(link, "counts", joined=1)
        assert [person["name"] for person in counts["names"]] == ["Lan"]
        redis = connect_redis(server.redis_url)
        entry = presence.Entry(at=SystemClock().wall_ms(), v=1, online=7, answered=3, unanswered=4, slow=1)
        await presence.write(redis, "players-1", {made["id"]: entry})
        assert (await until(link, "counts", online=7))["slow"] == 1
        await redis.aclose()
        await server.http.post(f"/api/rounds/{made['id']}/commands", json={"command": "next"})
        assert (await until(link, "state", within_s=1.5, phase="get_ready"))["q"]["n"] == 1


async def test_two_consoles_see_the_same(server: Server) -> None:
    made = await server.round()
    async with server.console() as one, server.console() as two:
        for link in (one, two):
            await link.send(json.dumps({"t": "host", "round": made["id"]}))
            await until(link, "state", phase="lobby")
        await server.http.post(f"/api/rounds/{made['id']}/commands", json={"command": "lock"})
        for link in (one, two):
            await until(link, "state", locked=True)


async def test_beat_is_at_most_twice_a_second(server: Server) -> None:
    made = await server.round()
    async with server.console() as link:
        await link.send(json.dumps({"t": "host", "round": made["id"]}))
        await until(link, "state")
        count = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                for number in range(40):
                    hello = Hello(str(made["code"]), f"Người {number}")
                    await join(server.database, [hello], SystemClock().wall_ms())
                    with contextlib.suppress(TimeoutError):
                        frame = json.loads(await asyncio.wait_for(link.recv(), 0.02))
                        count += frame["t"] == "counts"
        assert count <= 5


async def test_revoked_token_closes_the_socket_within_two_seconds(server: Server) -> None:
    made = await server.round()
    other = (await server.http.post("/api/tokens", json={"name": "khác", "role": "organiser"})).json()
    headers = {"Authorization": f"Bearer {other['token']}"}
    async with connect(f"ws://localhost:{server.port}/ws/host", additional_headers=headers) as link:
        await link.send(json.dumps({"t": "host", "round": made["id"]}))
        await until(link, "state")
        await server.http.delete(f"/api/tokens/{other['id']}")
        with pytest.raises(ConnectionClosed):
            await until(link, "never", within_s=2)
        assert link.close_code == 4506


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("not json", 4503),
        ('{"t":"host"}', 4503),
        ('{"t":"host","round":true}', 4503),
        ('{"t":"host","round":"1"}', 4503),
        ("[" * 3000, 4503),
        ('{"t":"host","round":987654}', 4506),
    ],
)
async def test_bad_first_frames(server: Server, first: str, code: int) -> None:
    async with server.console() as link:
        await link.send(first)
        with pytest.raises(ConnectionClosed):
            await until(link, "never")
        assert link.close_code == code


async def test_nobody_gets_in_without_a_token(server: Server) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://localhost:{server.port}/ws/host"):
            pass
    assert refused.value.response.status_code == 403
