"""Opening what a command needs, with one clear sentence for each way in which it can fail.

Never hides a failure that is ours: what is not named here keeps its traceback.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from asyncpg import InterfaceError, PostgresError
from pydantic import ValidationError
from redis.exceptions import RedisError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from admin import state_file
from admin.redis_child import RedisBusy, RedisChild, RedisFailed
from admin.trouble import Trouble
from contest.database import Database
from contest.settings import Settings

DATABASE_TIMEOUT_S = 20.0
DRIVERS = frozenset({"sqlite+aiosqlite", "postgresql+asyncpg"})


def settings_from(data_dir: Path | None = None, **given: Any) -> Settings:
    """The settings, with what the command line says before the environment; None means not said. Raises Trouble."""
    overrides = {name: value for name, value in {"data_dir": data_dir, **given}.items() if value is not None}
    try:
        settings = Settings(**overrides)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False, include_context=False)[0]
        name = "HOITHI_" + "_".join(str(part) for part in first["loc"][:1]).upper()
        raise Trouble("setting", name=name, reason=first["msg"]) from problem
    except Exception as problem:
        # pydantic-settings raises its own error for a JSON list that is none.
        if type(problem).__name__ != "SettingsError":
            raise
        raise Trouble("setting", name="HOITHI_ALLOWED_ORIGINS", reason="JSON") from problem
    return settings.model_copy(update={"data_dir": settings.data_dir.expanduser().absolute()})


@contextlib.asynccontextmanager
async def opened(settings: Settings, *, migrate: bool = False) -> AsyncIterator[Database]:
    """A database that answers and has this version's schema. Raises Trouble."""
    from contest.migrations.run import is_current, upgrade_async

    shown = await _checked_url(settings)
    try:
        async with asyncio.timeout(DATABASE_TIMEOUT_S):
            if migrate:
                await upgrade_async(settings.sql_url)
            database = Database(settings.sql_url)
            try:
                current = await is_current(database)
            except BaseException:
                await database.close()
                raise
    except TimeoutError as problem:
        raise Trouble("database", url=shown, reason="timeout") from problem
    except (DBAPIError, PostgresError, InterfaceError, OSError) as problem:
        raise Trouble("database", url=shown, reason=reason_of(problem)) from problem
    try:
        if not current:
            raise Trouble("not_migrated")
        yield database
    finally:
        await database.close()


def reason_of(problem: BaseException) -> str:
    """The driver's own words on one line, without the statement and its values."""
    original = getattr(problem, "orig", None) or problem
    return (str(original).strip().splitlines() or [type(original).__name__])[0][:200]


async def _checked_url(settings: Settings) -> str:
    try:
        url = make_url(settings.sql_url)
    except ArgumentError as problem:
        raise Trouble("database_url") from problem
    if url.drivername not in DRIVERS:
        raise Trouble("database_url")
    if settings.database_url is None:
        try:
            await asyncio.to_thread(settings.data_dir.mkdir, parents=True, exist_ok=True)
        except OSError as problem:
            raise Trouble("data_dir", path=settings.data_dir, reason=problem.strerror) from problem
    return url.render_as_string(hide_password=True)


@contextlib.asynccontextmanager
async def with_redis(settings: Settings) -> AsyncIterator[Settings]:
    """The settings with a Redis URL: the one given, that of a running `hoithi up`, or a private server of our own.

    Raises Trouble.
    """
    if settings.redis_url:
        check_redis_url(settings.redis_url)
        yield settings
        return
    running = state_file.read(settings.data_dir)
    if running is not None and running.redis_url:
        yield settings.model_copy(update={"redis_url": running.redis_url})
        return
    child = RedisChild(settings.data_dir)
    try:
        yield settings.model_copy(update={"redis_url": await start_redis(child)})
    finally:
        await child.stop()


async def start_redis(child: RedisChild) -> str:
    """The private server's URL. Raises Trouble."""
    try:
        return await child.start()
    except RedisBusy as problem:
        raise Trouble("redis_busy") from problem
    except (RedisFailed, OSError) as problem:
        raise Trouble("redis_failed", reason=reason_of(problem)) from problem


def check_redis_url(url: str) -> None:
    """Raises Trouble for a URL that names no Redis; asks nobody."""
    from scoring.redis_client import connect
    from scoring.redis_url import BadRedisUrl

    try:
        connect(url)
    except BadRedisUrl as problem:
        raise Trouble(f"redis_url_{problem.code}") from problem


async def check_redis_answers(url: str) -> None:
    """Raises Trouble when the Redis of this URL does not answer."""
    from scoring.redis_client import connect

    check_redis_url(url)
    client = connect(url)
    try:
        await client.ping()
    except (RedisError, OSError) as problem:
        raise Trouble("redis_down", reason=reason_of(problem)) from problem
    finally:
        await client.aclose()
