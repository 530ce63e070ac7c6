"""The hall's acts over HTTP: what guests send, and a launch whose delegates talk to two processes."""

import asyncio
import contextlib
import itertools
import random
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy import select, update

from contest.clock import SystemClock
from contest.database import Database
from contest.festival import acts, launches, words
from contest.festival.launching import GRACE_MS, Hold, beaten
from contest.festival.model import LiveEventKind
from contest.festival.tables import festivals as festivals_table
from contest.statistics.tables import participation_facts
from contest.tickets import digest
from realtime.festival import holds, launch_desk
from realtime.festival.together import Together
from tests.contest.festival.acts_support import LAUNCH, PLEDGE, POLL, WORDS, make_festival, make_item
from tests.realtime.conftest import Stack, make_stack
from tests.support.redis_server import running_redis, server_programs

STAGE = "stage-token-of-the-test-0001"
_ids = itertools.count(1)


@pytest.fixture(scope="module")
def own_redis() -> Iterator[str]:
    """A server of this module's own, for it is emptied."""
    with running_redis(next(iter(server_programs().values()))) as url:
        yield url


@pytest.fixture
async def hall(tmp_path: Path, own_redis: str) -> AsyncIterator[Stack]:
    """On SQLite; what depends on the database is tested on both elsewhere."""
    async for made in make_stack(f"sqlite+aiosqlite:///{tmp_path / 'live.sqlite3'}", own_redis, tmp_path):
        yield made


@contextlib.asynccontextmanager
async def browser(url: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Accept-Language": "vi", "Origin": url}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=10) as client:
        yield client


def send_id() -> str:
    return f"send-{next(_ids):08}"


async def facts(db: Database, kind: str) -> list[str]:
    async with db.read() as reader:
        c = participation_facts.c
        return [row.source for row in await reader.execute(select(c.source).where(c.kind == kind).order_by(c.id))]


async def opened(db: Database, festival: int, kind: LiveEventKind, settings: dict[str, Any]) -> int:
    item = await make_item(db, festival, kind, settings)
    async with db.write() as writer:
        await acts.open_act(writer, festival, item.id, actor="account:1", now_ms=SystemClock().wall_ms())
    return item.id


async def test_guests_vote_write_and_sign(hall: Stack) -> None:
    server = await hall.start()
    db = hall.db
    festival = await make_festival(db, now_ms=SystemClock().wall_ms())
    poll = await opened(db, festival, LiveEventKind.POLL, POLL)
    cloud = await opened(db, festival, LiveEventKind.POLL, WORDS)
    pledge = await opened(db, festival, LiveEventKind.PLEDGE, PLEDGE)
    async with db.write() as writer:
        await writer.execute(update(festivals_table).values(stage_token_hash=digest(STAGE)))
    base = "/api/festivals/ngay-hoi"
    async with browser(server.url) as guest, browser(server.url) as other:
        refused = await guest.post(f"{base}/acts/{poll}/vote", json={"id": send_id(), "choices": ["a"]})
        assert (refused.status_code, refused.json()["code"]) == (401, "guest_needed")
        for one, name in ((guest, "Lan"), (other, "Y Mek")):
            assert (await one.post(f"{base}/hello", json={"name": name})).status_code == 201
        votes = [
            client.post(f"{base}/acts/{poll}/vote", json={"id": send_id(), "choices": [choice]})
            for client, choice in ((guest, "a"), (other, "b"))
        ]
        told = await asyncio.gather(*votes)
        assert [reply.json()["kept"] for reply in told] == [["a"], ["b"]]
        bad = await guest.post(f"{base}/acts/{poll}/vote", json={"id": send_id(), "choices": ["a", "b"]})
        assert bad.json()["code"] == "vote_choices"
        sent = await guest.post(f"{base}/acts/{cloud}/words", json={"id": send_id(), "words": [" Nhanh ", "dễ"]})
        assert sent.json()["kept"] == ["Nhanh", "dễ"]
        body = {"id": send_id(), "text": 1, "agreed": True}
        signed = [(await guest.post(f"{base}/acts/{pledge}/pledge", json=body)).json() for _ in range(2)]
        assert signed[0] == signed[1]
        # Phones are told no totals before closing, nobody what another chose; the guest their own.
        state = (await other.get(f"{base}/state")).json()["live"]
        assert "counts" not in state[str(poll)]
        assert "words" not in state[str(cloud)]
        mine = (await guest.get(f"{base}/me")).json()["acts"]
        assert mine["votes"] == {str(poll): ["a"]}
        assert mine["words"] == {str(cloud): ["Nhanh", "dễ"]}
        assert mine["pledges"][str(pledge)]["id"] == signed[0]["kept"]["id"]
        async with db.write() as writer:
            now = {"actor": "account:1", "now_ms": SystemClock().wall_ms()}
            await acts.close_act(writer, festival, poll, **now)  # type: ignore[arg-type]
        late = await other.post(f"{base}/acts/{poll}/vote", json={"id": send_id(), "choices": ["a"]})
        assert (late.status_code, late.json()["code"]) == (409, "act_not_open")
        async with db.read() as reader:
            waiting = [one.id for one in await words.listing(reader, cloud, "waiting")]
        async with db.write() as writer:
            await words.decide(writer, festival, cloud, waiting[:1], "shown", **now)  # type: ignore[arg-type]
        stage = (await other.get(f"{base}/stage", headers={"Authorization": f"Bearer {STAGE}"})).json()["live"]
        assert stage[str(poll)]["counts"] == {"a": 1, "b": 1}
        assert [word["people"] for word in stage[str(cloud)]["words"]] == [1]
        assert [one["name"] for one in stage[str(pledge)]["signed"]] == ["Lan"]
        gone = await guest.post(f"{base}/acts/{pledge}/pledge/withdraw", json={"pledge": signed[0]["kept"]["id"]})
        assert gone.json()["state"] == "withdrawn"
        assert (await other.get("/f/ngay-hoi/launch")).status_code == 200
    assert len(await facts(db, "poll")) == 3


async def test_delegates_on_two_processes_launch_once(hall: Stack) -> None:
    one, two = await hall.start(), await hall.start()
    db, clock = hall.db, SystemClock()
    festival = await make_festival(db, now_ms=clock.wall_ms())
    item = await make_item(db, festival, LiveEventKind.LAUNCH, LAUNCH | {"hold_s": 1})
    common: dict[str, Any] = {"actor": "account:1", "now_ms": clock.wall_ms()}
    async with db.write() as writer:
        await writer.execute(update(festivals_table).values(stage_token_hash=digest(STAGE)))
        rows = [("Bà H’Lan", "Bàn 1"), ("Ông Nam", "Bàn 2"), ("Cô Mai", "")]
        people = await launches.set_delegates(writer, festival, item.id, rows, **common)
        tokens = [await launches.pair(writer, festival, item.id, each.id, **common) for each in people]
    path = "/api/festivals/ngay-hoi/launch/beat"
    async with browser(one.url) as first, browser(two.url) as second:
        homes = [first, second, second]

        async def beat(who: int, press: str = "", down: bool = False) -> dict[str, Any]:
            headers = {"Authorization": f"Bearer {tokens[who]}"}
            reply = await homes[who].post(path, json={"press": press, "down": down}, headers=headers)
            assert reply.status_code == 200, reply.text
            return dict(reply.json())

        stranger = await first.post(path, json={}, headers={"Authorization": "Bearer " + "x" * 32})
        assert stranger.json()["code"] == "act_link"
        # Before it is armed a press is nothing.
        told = [await beat(who, f"p{who}", True) for who in (0, 1)]
        assert {each["state"] for each in told} == {"ready"}
        present = (await launch_desk.look(db, hall.redis, item)).standing.present
        assert present == {people[0].id, people[1].id}
        async with db.write() as writer:
            await launches.arm(writer, festival, item.id, present, needed=None, **common)

        # The third came late and is waited for, until the host does so no more.
        assert (await beat(2))["missing"] == 3
        began = time.monotonic()
        while time.monotonic() - began < 1.3:
            told = await asyncio.gather(*(beat(who, f"p{who}", True) for who in (0, 1)))
            assert {each["state"] for each in told} == {"armed"}
            await asyncio.sleep(0.15)
        # Somebody lets go in the very moment the host excuses the third: nothing fires.
        await beat(1, "p1", False)
        async with db.write() as writer:
            await launches.excuse(writer, festival, item.id, people[2].id, excused=True, **common)
        assert (await beat(0, "p0", True))["state"] == "armed"

        # Redis forgets everything in mid-hold: the time runs anew, and then it fires once.
        await asyncio.gather(*(beat(who, f"q{who}", True) for who in (0, 1)))
        await asyncio.sleep(0.2)
        await asyncio.gather(*(beat(who, f"q{who}", True) for who in (0, 1)))
        await hall.redis.flushall()
        flushed, fired = time.monotonic(), None
        while fired is None and time.monotonic() - flushed < 8:
            told = await asyncio.gather(*(beat(who, f"q{who}", True) for who in (0, 1, 0, 1)))
            if any(each["state"] == "fired" for each in told):
                fired = time.monotonic()
            await asyncio.sleep(0.1)
        assert fired is not None
        assert fired - flushed >= 0.95
        # A reloaded page, a double tap, the host's own hand: it was fired.
        assert {(await beat(who, "again", True))["state"] for who in (0, 1, 2)} == {"fired"}
        assert not await launch_desk.fire_by_hand(db, hall.redis, item, **common)
        look = await second.get(
            f"/api/festivals/ngay-hoi/stage/launch/{item.id}", headers={"Authorization": f"Bearer {STAGE}"}
        )
        assert (look.json()["state"], look.json()["slogan"]) == ("fired", LAUNCH["slogan"])
        assert (await first.get(f"/api/festivals/ngay-hoi/stage/launch/{item.id}")).status_code == 401
    async with db.read() as reader:
        phones = [each.staff_phone_id for each in await launches.delegates(reader, item.id)]
        assert (await acts.load(reader, item.id)).launched_by == launches.BUTTON
    assert sorted(await facts(db, "launch")) == sorted(f"{item.id}:phone:{phone}" for phone in phones[:2])


async def test_redis_keeps_holds_by_the_same_rule(own_redis: str) -> None:
    """The script against `launching.beaten`, on a clock of the test's own."""
    redis = Redis.from_url(own_redis)
    rng = random.Random(5)
    known: dict[int, Hold] = {}
    now = 1_790_000_000_000
    for _ in range(200):
        now += rng.choice((0, 300, 900, GRACE_MS, GRACE_MS + 1))
        who, press, down = rng.randint(1, 3), rng.choice(("p", "q")), rng.random() < 0.7
        before = known.get(who)
        fresh = before is not None and before.press is not None and now - before.last <= GRACE_MS
        if down:
            known[who] = beaten(before, press, now)
        elif not fresh or (before is not None and before.press == press):
            known[who] = beaten(before, None, now)
        found = await holds.beat(redis, 77, 1, who, press, down=down, now=now)
        assert found == holds.Holds(now, known)
    await redis.aclose()


async def test_who_waits_is_worked_for_together() -> None:
    batches: list[int] = []

    async def work(values: Any) -> list[int]:
        batches.append(len(values))
        await asyncio.sleep(0)
        if -1 in values:
            raise ValueError("bad")
        return [value * 2 for value in values]

    desk: Together[int, int] = Together(work, most=4)
    assert await asyncio.gather(*(desk.ask(value) for value in range(9))) == [value * 2 for value in range(9)]
    assert (sum(batches), max(batches)) == (9, 4)
    failed = await asyncio.gather(desk.ask(-1), desk.ask(5), return_exceptions=True)
    assert any(isinstance(each, ValueError) for each in failed)
    assert await desk.ask(3) == 6


async def test_units_sign_on_a_staff_phone_and_guests_hold_along(hall: Stack) -> None:
    server = await hall.start()
    db, clock = hall.db, SystemClock()
    festival = await make_festival(db, now_ms=clock.wall_ms())
    pledge = await opened(db, festival, LiveEventKind.PLEDGE, PLEDGE)
    item = await make_item(db, festival, LiveEventKind.LAUNCH, LAUNCH)
    common: dict[str, Any] = {"actor": "account:1", "now_ms": clock.wall_ms()}
    async with db.write() as writer:
        people = await launches.set_delegates(writer, festival, item.id, [("Bà H’Lan", "")], **common)
        token = await launches.pair(writer, festival, item.id, people[0].id, **common)
    base, headers = "/api/festivals/ngay-hoi", {"Authorization": f"Bearer {token}"}
    async with browser(server.url) as phone, browser(server.url) as guest:
        assert (await phone.get(f"{base}/unit-pledges")).json()["code"] == "act_link"
        shown = (await phone.get(f"{base}/unit-pledges", headers=headers)).json()["items"]
        assert [(one["id"], one["units"]) for one in shown] == [(pledge, 0)]
        body = {"id": send_id(), "text": 1, "unit_name": "Công an xã Ea Kao", "representative": "Y Mek"}
        path = f"{base}/acts/{pledge}/unit-pledge"
        signed = [(await phone.post(path, json=body, headers=headers)).json()["kept"]["id"] for _ in range(2)]
        assert signed[0] == signed[1]
        gone = await phone.post(f"{path}/withdraw", json={"pledge": signed[0]}, headers=headers)
        assert gone.json()["state"] == "withdrawn"

        me = (await guest.post(f"{base}/hello", json={"name": "Lan"})).json()
        assert me["guest"]["name"] == "Lan"
        hold = f"{base}/acts/{item.id}/hold"
        assert (await guest.post(hold, json={"down": True})).json() == {"held": False}
        await phone.post(f"{base}/launch/beat", json={}, headers=headers)
        async with db.write() as writer:
            await launches.arm(writer, festival, item.id, [people[0].id], needed=None, **common)
        await asyncio.sleep(0.6)
        assert (await guest.post(hold, json={"down": True})).json() == {"held": True}
        assert (await launch_desk.look(db, hall.redis, item)).crowd == 1
        # The crowd alone fires nothing; when it is fired, they held along.
        assert not (await launch_desk.look(db, hall.redis, item)).standing.fires
        assert await launch_desk.fire_by_hand(db, hall.redis, item, **common)
    found = await facts(db, "launch")
    assert [source.split(":")[1] for source in found] == ["guest"]
