"""Staff phones and the skills' quizzes over HTTP: batches told once, tokens in headers only, keys after answers."""

import itertools
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from contest.clock import SystemClock
from contest.database import Database
from contest.festival import guests, identity, staff_phones
from contest.festival.model import PhoneRole
from contest.festival.tables import festivals, skill_quizzes
from contest.provincial.local_time import local_day
from contest.skills import Skill
from contest.statistics.facts import FactKind
from realtime.security import BODY_LIMIT
from tests.contest.festival.gate_support import Grounds, grounds
from tests.realtime.conftest import Stack, make_stack
from tests.support.redis_server import running_redis, server_programs

_numbers = itertools.count(1)
HOUR, DAY = 3_600_000, 86_400_000
API = "/api/festivals/ngay-hoi"


@pytest.fixture(scope="module")
def own_redis() -> Iterator[str]:
    with running_redis(next(iter(server_programs().values()))) as url:
        yield url


@pytest.fixture
async def hall(tmp_path: Path, own_redis: str) -> AsyncIterator[Stack]:
    """On SQLite; what depends on the database is tested on both elsewhere."""
    async for made in make_stack(f"sqlite+aiosqlite:///{tmp_path / 'live.sqlite3'}", own_redis, tmp_path):
        yield made


async def today(db: Database) -> tuple[Grounds, int]:
    """The festival runs today and tomorrow."""
    place, now = await grounds(db), SystemClock().wall_ms()
    async with db.write() as writer:
        days = {"first_day": local_day(now), "last_day": local_day(now + DAY)}
        await writer.execute(update(festivals).where(festivals.c.id == place.festival.id).values(days))
    return place, now


async def paired(place: Grounds, role: PhoneRole, post: str, at: int) -> tuple[int, dict[str, str]]:
    async with place.db.write() as writer:
        phone, token = await staff_phones.pair(
            writer, place.festival.id, label="Máy", role=role, live_event_id=place.posts[post], actor="account:1",
            now_ms=at,
        )  # fmt: skip
    return phone.id, {"Authorization": f"Bearer {token}"}


def scan(card: str, at: int, **more: Any) -> dict[str, Any]:
    return {"do": "scan", "nonce": f"{next(_numbers):032x}", "at": at, "card": card, **more}


async def test_batches_are_told_once_and_for_all(hall: Stack) -> None:
    server = await hall.start()
    place, now = await today(hall.db)
    phone_id, bearer = await paired(place, PhoneRole.GATE, "north", now - HOUR)
    lan = await place.guest("Lan")
    async with httpx.AsyncClient(base_url=server.url, headers={"Origin": server.url}) as client:
        page = await client.get("/f/ngay-hoi/staff")
        assert page.headers["permissions-policy"].startswith("camera=(self)")
        assert (await client.get("/f/ngay-hoi/app")).headers["permissions-policy"].startswith("camera=()")
        worker = await client.get("/f/ngay-hoi/staff-worker.js")
        assert "javascript" in worker.headers["content-type"]
        assert worker.headers["cache-control"] == "no-cache"
        for headers in ({}, {"Authorization": "Bearer " + "x" * 32}):
            assert (await client.get(f"{API}/staff", headers=headers)).status_code == 401
        told = (await client.get(f"{API}/staff", headers=bearer)).json()
        assert [post["title"] for post in told["posts"]] == ["north", "south", "class"]
        assert told["phone"]["post"] == place.posts["north"]

        # A phone whose clock is an hour slow; fifty at once fit into one request.
        body: dict[str, Any] = {"now": now - HOUR, "waiting": 3, "oldest_at": now - 2 * HOUR}
        entries = [scan(lan.card, now - HOUR, post=place.posts["north"], offline=True) for _ in range(50)]
        assert len(json.dumps(body | {"entries": entries[:40]})) < BODY_LIMIT
        answers = []
        for part in (entries[:25], entries[25:], entries[:25]):
            reply = await client.post(f"{API}/staff/batch", json=body | {"entries": part}, headers=bearer)
            assert reply.status_code == 200, reply.text
            answers.append(reply.json()["answers"])
        assert answers[0] == answers[2]
        assert [one["result"] for one in answers[0][:2]] == ["admitted", "repeat"]
        assert answers[0][0]["name"] == "Lan"
        assert reply.json()["came"]["people"] == 1
        assert len(await place.standing()) == 1
        async with hall.db.read() as reader:
            known = await staff_phones.by_id(reader, place.festival.id, phone_id)
        assert (known.waiting, abs((known.offset_ms or 0) - HOUR) < 60_000) == (3, True)

        for wrong in (
            scan("ABC", now), scan(lan.card, now, extra=1), scan(lan.card, -1), scan(lan.card, now, heads=501),
        ):  # fmt: skip
            reply = await client.post(f"{API}/staff/batch", json=body | {"entries": [wrong]}, headers=bearer)
            assert reply.status_code == 422
        many = body | {"entries": [scan(lan.card, now)] * 51}
        assert (await client.post(f"{API}/staff/batch", json=many, headers=bearer)).status_code in (413, 422)
        strange = {"Origin": "https://elsewhere.example", **bearer}
        assert (await client.post(f"{API}/staff/batch", json=body, headers=strange)).status_code == 403
        async with hall.db.write() as writer:
            await staff_phones.revoke(writer, place.festival.id, phone_id, now_ms=now)
        late = body | {"entries": [scan(lan.card, now), entries[0]]}
        reply = await client.post(f"{API}/staff/batch", json=late, headers=bearer)
        assert (reply.json()["revoked"], [one["result"] for one in reply.json()["answers"]]) == (
            True, ["revoked_phone", "admitted"],
        )  # fmt: skip


async def test_a_passport_fills_up_and_a_quiz_confirms_it(hall: Stack) -> None:
    server = await hall.start()
    place, now = await today(hall.db)
    _, bearer = await paired(place, PhoneRole.BOOTH, "pay", now - HOUR)
    guest = await place.guest("Lan")
    async with hall.db.write() as writer:
        secret = await identity.open_session(writer, guest.id, now)
        await guests.come(writer, place.festival.id, guest.id, now)
    async with httpx.AsyncClient(base_url=server.url, headers={"Origin": server.url}) as client:
        booth = {"now": now, "entries": [scan(guest.card, now, post=place.posts["pay"], skills=["online_payment"])]}
        assert (await client.post(f"{API}/staff/batch", json=booth, headers=bearer)).status_code == 200
        quiz = f"{API}/skills/online_payment/quiz"
        assert (await client.post(quiz, json={})).status_code == 401
        client.cookies.set("hoithi_guest", secret)
        me = (await client.get(f"{API}/me")).json()
        (stamp,) = [one for one in me["skills"] if one["practised_at"]]
        assert (stamp["skill"], stamp["where"], me["checked_in"]) == ("online_payment", "pay", False)

        assert (await client.post(f"{API}/skills/nothing/quiz", json={})).status_code == 422
        begun = (await client.post(quiz, json={})).json()
        question = begun["question"]
        for number in range(1, 4):
            assert not {"answer", "key", "explanation_vi", "why"} & question.keys()
            key = await key_of(hall.db, number)
            body = {"n": number, "choice": key}
            replies = [await client.post(f"{API}/quizzes/{begun['quiz']}/answers", json=body) for _ in range(2)]
            assert replies[0].json() == replies[1].json()
            told = replies[0].json()
            assert (told["told"]["right"], told["told"]["key"]) == (True, key)
            question = told["question"]
        assert told["result"] == {"score": 3, "of": 3, "passed": True}
        assert (await client.post(quiz, json={})).json()["code"] == "quiz_passed"
    facts = await place.standing()
    assert (FactKind.SKILL_QUIZ, f"{place.festival.id}:{guest.id}:{Skill.PAYMENT}") in facts


async def key_of(db: Database, number: int) -> list[str]:
    async with db.read() as reader:
        body = (await reader.execute(select(skill_quizzes.c.questions))).scalar_one()[number - 1]
    return list(body["answer"])
