"""The admin server in this process with real SQL and Redis, and people of every role signed in to it."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from admin import accounts, sessions
from admin.accounts import Account
from admin.app import create_app
from admin.roles import Role
from admin.services import Services
from contest import units
from contest.clock import ManualClock
from contest.database import Database
from contest.migrations.run import upgrade_async
from contest.settings import Settings
from scoring.redis_client import connect
from tests.support.redis_server import running_redis, server_programs

PASSWORD = "một câu dễ nhớ"
ORIGIN = "http://localhost"
# Weak on purpose, so that tests are quick; the first sign-in replaces it by one of full strength.
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Staff:
    """The server and the ways into it."""

    app: FastAPI
    services: Services
    clock: ManualClock

    def client(self, **headers: str) -> httpx.AsyncClient:
        """A client with no session."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers)

    async def account(self, role: Role, name: str | None = None) -> Account:
        """An account with PASSWORD."""
        async with self.services.db.write() as writer:
            return await accounts.insert_account(
                writer,
                name=name or f"Người {role.value}",
                role=role,
                password_hash=_QUICK.hash(PASSWORD),
                actor="system",
                now_ms=self.clock.wall_ms(),
            )

    async def signed_in(self, role: Role, name: str | None = None) -> httpx.AsyncClient:
        """A browser's client with a session, sending what browsers send."""
        account = await self.account(role, name)
        return await self.session_of(account)

    async def session_of(self, account: Account) -> httpx.AsyncClient:
        """One more session of the account."""
        async with self.services.db.write() as writer:
            secret = await sessions.start(writer, account.id, self.clock.wall_ms())
        client = self.client(Origin=ORIGIN)
        client.cookies.set("hoithi", secret, domain="localhost.local")
        client.headers["Cookie"] = f"hoithi={secret}"
        return client


@pytest.fixture(scope="session")
def admin_redis() -> Iterator[str]:
    """One server of this worker's own: what the admin server asks of Redis is the same for both kinds."""
    program = server_programs().get("valkey") or server_programs().get("redis")
    assert program is not None, "no Redis here: run make setup-test"
    with running_redis(program) as url:
        yield url


@pytest.fixture
async def staff(tmp_path: Path, admin_redis: str) -> AsyncIterator[Staff]:
    """A fresh admin server on SQLite with the units and an empty Redis."""
    settings = Settings(data_dir=tmp_path, redis_url=admin_redis, public_url="https://thi.example.vn")
    await upgrade_async(settings.sql_url)
    database = Database(settings.sql_url)
    async with database.write() as writer:
        await units.seed(writer)
    await database.close()
    redis = connect(admin_redis)
    await redis.flushall()
    await redis.aclose()
    clock = ManualClock()
    app = create_app(settings, clock=clock)
    async with app.router.lifespan_context(app):
        yield Staff(app, app.state.services, clock)


async def handshake(app: FastAPI, path: str, headers: Sequence[tuple[str, str]]) -> int:
    """The HTTP status a WebSocket handshake gets: 101 when it is accepted."""
    sent: list[dict[str, Any]] = []
    incoming = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1005}])

    async def receive() -> dict[str, Any]:
        return next(incoming)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), *((k.lower().encode(), v.encode()) for k, v in headers)],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
        "state": {},
    }
    with contextlib.suppress(StopIteration, RuntimeError):
        await app(scope, receive, send)
    first = sent[0]
    if first["type"] == "websocket.accept":
        return 101
    return int(first.get("status", 403))
