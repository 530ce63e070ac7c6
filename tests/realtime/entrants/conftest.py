"""A players' server with a contest on it, and browsers (cookie jars) that talk to it over real sockets."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from contest.clock import SystemClock
from contest.database import Database
from contest.ids import ContestId
from contest.provincial.drafts import canonical, digest
from contest.provincial.rules import ContestRound, ContestRules, EntryForm
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import contest_versions, contests
from contest.settings import Settings, load_field_key
from tests.realtime.conftest import Stack, make_stack, running_server
from tests.support.redis_server import running_redis, server_programs

HOUR = 3_600_000


@pytest.fixture(scope="session")
def one_redis() -> Iterator[str]:
    """One server is enough for what only counts tries in it."""
    with running_redis(next(iter(server_programs().values()))) as url:
        yield url


@pytest.fixture
async def people_stack(tmp_path: Path, one_redis: str) -> AsyncIterator[Stack]:
    """On SQLite."""
    async for made in make_stack(f"sqlite+aiosqlite:///{tmp_path / 'live.sqlite3'}", one_redis, tmp_path):
        yield made


@dataclass
class Site:
    """A running server, its database and its key."""

    url: str
    db: Database
    settings: Settings

    @property
    def box(self) -> FieldBox:
        return FieldBox(load_field_key(self.settings))

    @contextlib.asynccontextmanager
    async def browser(self, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of its own address: limits by address must not meet between tests."""
        headers = {"Accept-Language": "vi", "Origin": self.url, **options.pop("headers", {})}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, **options) as client:
            yield client

    async def contest(self, slug: str = "cds", **form: Any) -> ContestId:
        """An open contest whose only round runs now."""
        now = SystemClock().wall_ms()
        rules = ContestRules(
            title="Tìm hiểu chuyển đổi số",
            rounds=(ContestRound(key="r1", name="Đợt 1", opens_at=now - HOUR, closes_at=now + HOUR),),
            entry=EntryForm(**form),
        )
        async with self.db.write() as writer:
            made = await writer.execute(
                insert(contests)
                .values(
                    slug=slug, title=rules.title, title_fold="tim hieu", state="open", draft={}, rules_version=1,
                    created_by="system", created_at=now, updated_at=now,
                )
                .returning(contests.c.id)
            )  # fmt: skip
            contest_id = ContestId(made.scalar_one())
            await writer.execute(
                insert(contest_versions).values(
                    contest_id=contest_id, version=1, rules=canonical(rules), reason="",
                    digest=digest(canonical(rules)),
                    created_by="system", created_at=now,
                )
            )  # fmt: skip
        return contest_id


@pytest.fixture
async def site(people_stack: Stack) -> AsyncIterator[Site]:
    """A server that writes its messages into a file."""
    settings = people_stack.settings.model_copy(update={"sender": "file"})
    async with running_server(settings) as server:
        yield Site(server.url, people_stack.db, settings)


def form(**changes: Any) -> dict[str, Any]:
    """A filled-in entry form."""
    consents = changes.pop("consents", {"contest": True, "publish_name": True})
    top = {name: changes.pop(name) for name in ("guardian_consent", "lang") if name in changes}
    values = {
        "full_name": "Y Mek Ê Nuôl",
        "phone": "0912 345 678",
        "birth_date": "28/02/1990",
        "commune": "24133",
        "target_group": "citizen",
    }
    return {"values": values | changes, "consents": consents, **top}
