"""The whole platform in this process: the organisers' and the players' server, one database, one clock that is moved.

Requests go through the real apps from the outermost middleware inwards; only the sockets are left out.
"""

import contextlib
from collections.abc import AsyncIterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher

from admin import accounts
from admin.app import create_app as create_admin
from admin.roles import Role
from contest.clock import ManualClock
from contest.database import Database
from contest.provincial.attempts import Shelf
from contest.provincial.secrets_box import FieldBox
from contest.settings import Settings, load_field_key
from realtime.app import create_app as create_players
from tests.flows.contests.pages import PASSWORD, Browser

STAFF, PUBLIC = "http://127.0.0.1:21900", "http://127.0.0.1:21901"
# Weak on purpose, so that tests are quick; the first sign-in replaces it by one of full strength.
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Platform:
    """Both servers and what stands behind them. `first` and `second` are organisers at the pages."""

    settings: Settings
    db: Database
    clock: ManualClock
    first: Browser
    second: Browser
    players: Any
    shelf: Shelf
    box: FieldBox

    def phone(self) -> httpx.AsyncClient:
        """A phone of its own: with cookies, in Vietnamese."""
        headers = {"Accept-Language": "vi", "Origin": PUBLIC}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.players), base_url=PUBLIC, headers=headers)

    def at(self, moment_ms: int) -> None:
        """Moves the clock there; it never goes back."""
        left = moment_ms - self.clock.wall_ms()
        assert left >= 0, f"{-left} ms back"
        self.clock.advance(left)


@contextlib.asynccontextmanager
async def running(sql_url: str, redis_url: str, folder: Path, now_ms: int) -> AsyncIterator[Platform]:
    """Both servers at `now_ms`; the database must hold the schema and the communes."""
    plain = sql_url.replace("+aiosqlite", "").replace("+asyncpg", "")
    settings = Settings(data_dir=folder, database_url=plain, redis_url=redis_url, public_url=PUBLIC, host="127.0.0.1")
    clock = ManualClock(now_ms)
    staff, players = create_admin(settings, clock=clock), create_players(settings, clock=clock)
    async with contextlib.AsyncExitStack() as ends:
        await ends.enter_async_context(staff.router.lifespan_context(staff))
        state = await ends.enter_async_context(players.router.lifespan_context(players))

        async def with_state(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
            await players({**scope, "state": dict(state or {})}, receive, send)

        db = Database(settings.sql_url)
        ends.push_async_callback(db.close)
        browsers = []
        for name in ("Chị Hạnh", "Anh Y Thịnh"):
            async with db.write() as writer:
                await accounts.insert_account(
                    writer, name=name, role=Role.ORGANISER, password_hash=_QUICK.hash(PASSWORD), actor="system",
                    now_ms=now_ms,
                )  # fmt: skip
            http = httpx.AsyncClient(
                transport=httpx.ASGITransport(staff), base_url=STAFF, headers={"Origin": STAFF, "Accept": "text/html"}
            )
            browsers.append(Browser(await ends.enter_async_context(http), name))
        yield Platform(settings, db, clock, *browsers, with_state, Shelf(), FieldBox(load_field_key(settings)))
