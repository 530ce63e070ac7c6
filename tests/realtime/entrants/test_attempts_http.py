"""Taking an attempt over HTTP, against a real players' server on both databases."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from contest.database import Database
from contest.provincial.rules import ContestRound, Quota
from tests.contest.provincial.contest_fixture import DAY, SECRET, enter, open_contest, publish_key, rules
from tests.realtime.conftest import Stack
from tests.support.redis_server import running_redis, server_programs

MINUTE = 60_000


@pytest.fixture(scope="module")
def redis_server() -> Iterator[str]:
    """One kind of server is enough: Redis keeps nothing of an attempt."""
    with running_redis(next(iter(server_programs().values()))) as url:
        yield url


def _now() -> int:
    return time.time_ns() // 1_000_000


async def _contest(db: Database, **changes: Any) -> int:
    now = _now()
    given = {
        "rounds": (ContestRound(key="r1", name="Đợt 1", opens_at=now - MINUTE, closes_at=now + DAY),),
        "quota": Quota(per_day=None, total=2),
    }
    return await open_contest(db, rules(**(given | changes)))


def _phone(url: str, entry: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, cookies={"hoithi_entrant": f"token-{entry}"})


def _bearer(ticket: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {ticket}"}


async def test_an_attempt_over_http(any_stack: Stack) -> None:
    contest = await _contest(any_stack.db)
    entry, stranger = await enter(any_stack.db, contest, 2, at=_now())
    server = await any_stack.start()
    seen: list[httpx.Response] = []

    async def keep(response: httpx.Response) -> None:
        await response.aread()
        seen.append(response)

    async with _phone(server.url, entry) as phone, _phone(server.url, stranger) as other:
        phone.event_hooks = {"response": [keep]}
        listed = (await phone.get("/api/contests/thu/attempts")).json()
        assert (listed["phase"], listed["left"], listed["refusal"], listed["attempts"]) == ("open", 2, None, [])
        begun = await phone.post("/api/contests/thu/attempts", json={"device": "phone-1"})
        assert begun.status_code == 200
        paper = begun.json()
        assert (paper["of"], paper["ordinal"], paper["resumed"], len(paper["questions"])) == (10, 1, False, 10)
        assert 599_000 < paper["left_ms"] <= 600_000
        assert "bao nhiêu người dự thi" in paper["prediction"]["text"]
        where = f"/api/attempts/{paper['attempt']}"
        first = paper["questions"][0]
        choice = [first["options"][0]["id"]] if first["options"] else 5
        stored = await phone.put(
            f"{where}/answers/1", json={"choice": choice, "seq": 1}, headers=_bearer(paper["ticket"])
        )
        assert stored.json() == {"status": "saved", "kept": {"choice": choice, "seq": 1}}
        assert (await phone.put(f"{where}/answers/1", json={"choice": choice, "seq": 1})).status_code == 401
        broken = await phone.put(f"{where}/answers/1", content=b'{"seq": "1"', headers=_bearer(paper["ticket"]))
        assert (broken.status_code, broken.json()["code"]) == (422, "request_invalid")
        # A second device goes on; the first is told so, and loses nothing.
        moved = (await phone.post("/api/contests/thu/attempts", json={"device": "tablet"})).json()
        assert (moved["attempt"], moved["resumed"]) == (paper["attempt"], True)
        assert moved["kept"] == {"1": {"choice": choice, "seq": 1}}
        assert moved["questions"] == paper["questions"]
        late = await phone.put(f"{where}/answers/2", json={"choice": 1, "seq": 2}, headers=_bearer(paper["ticket"]))
        assert late.json()["status"] in ("moved", "refused")
        assert (await phone.get(where, headers=_bearer(paper["ticket"]))).json()["code"] == "attempt_moved"
        state = (await phone.get(where, headers=_bearer(moved["ticket"]))).json()
        assert (state["state"], state["kept"]) == ("open", moved["kept"])
        body = {"answers": [{"n": 0, "seq": 3, "choice": "1.234"}]}
        done = await phone.post(f"{where}/submit", json=body, headers=_bearer(moved["ticket"]))
        assert (done.status_code, done.json()["state"], done.json()["again"]) == (200, "submitted", False)
        result = done.json()["result"]
        assert (result["answered"], result["of"], result["prediction"]) == (1, 10, 1234)
        assert "score" not in result
        again = await phone.post(f"{where}/submit", headers=_bearer(moved["ticket"]))
        assert again.json() == {"state": "submitted", "again": True, "result": result}
        over = await phone.put(f"{where}/answers/3", json={"choice": 1, "seq": 9}, headers=_bearer(moved["ticket"]))
        assert over.json()["status"] in ("over", "refused")
        assert (await phone.get(f"/api/contests/thu{where[4:]}")).json()["review"] is None
        # Nobody else's, and nothing of the key so far in any byte that was sent.
        assert (await other.get(f"/api/contests/thu{where[4:]}")).status_code == 404
        everything = b"".join(response.content for response in seen).decode()
        assert SECRET not in everything
        assert not {"answer", "right", "why", "tolerance", "explanation_vi"} & _keys([one.json() for one in seen])
        await publish_key(any_stack.db, contest, "r1", _now())
        review = (await phone.get(f"/api/contests/thu{where[4:]}")).json()
        assert len(review["review"]) == 10
        assert SECRET in review["review"][0]["why"]
        assert review["score"] == int(review["review"][0]["correct"])


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for one in value.values() for key in _keys(one)}
    return {key for one in value for key in _keys(one)} if isinstance(value, list) else set()


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_who_may_not_start_is_told_why(stack: Stack, lang: str) -> None:
    contest = await _contest(stack.db, quota=Quota(per_day=1))
    (entry,) = await enter(stack.db, contest, at=_now())
    (waiting,) = await enter(stack.db, contest, state="unconfirmed", at=_now())
    server = await stack.start()
    headers = {"Accept-Language": lang}
    async with httpx.AsyncClient(base_url=server.url, headers=headers) as nobody:
        refused = await nobody.post("/api/contests/thu/attempts")
        assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")
        refused = await nobody.post("/api/contests/thu/attempts", headers={"Cookie": "hoithi_entrant=nothing"})
        assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")
        there = await nobody.get("/api/attempts/" + "x" * 22, headers=_bearer("t"))
        assert (there.status_code, there.json()["code"]) == (404, "attempt_unknown")
    async with _phone(server.url, waiting) as phone:
        refused = await phone.post("/api/contests/thu/attempts", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_confirmed")
    async with _phone(server.url, entry) as phone:
        assert (await phone.post("/api/contests/không/attempts")).status_code in (404, 422)
        assert (await phone.post("/api/contests/khong/attempts")).status_code == 404
        paper = (await phone.post("/api/contests/thu/attempts")).json()
        await phone.post(f"/api/attempts/{paper['attempt']}/submit", headers=_bearer(paper["ticket"]))
        refused = await phone.post("/api/contests/thu/attempts", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "quota_day")
        assert refused.json()["detail"] != refused.json()["code"]
        listed = (await phone.get("/api/contests/thu/attempts")).json()
        assert (listed["left"], listed["refusal"]) == (0, "quota_day")


async def _raw(port: int, *segments: bytes) -> bytes:
    """What the server says to these bytes until it is silent for a moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = b""
    for segment in segments:
        writer.write(segment)
        await writer.drain()
        await asyncio.sleep(0.02)
    try:
        async with asyncio.timeout(1.5):
            while chunk := await reader.read(65536):
                heard += chunk
    except TimeoutError:
        pass
    writer.close()
    return heard


async def test_odd_requests_are_answered_like_plain_ones(stack: Stack) -> None:
    contest = await _contest(stack.db)
    (entry,) = await enter(stack.db, contest, at=_now())
    server = await stack.start()
    async with _phone(server.url, entry) as phone:
        paper = (await phone.post("/api/contests/thu/attempts", headers={"Accept-Language": "fr, en;q=0.8"})).json()
        where, bearer = f"/api/attempts/{paper['attempt']}", _bearer(paper["ticket"])
        foreign = await phone.put(
            f"{where}/answers/0", json={"choice": 5, "seq": 1}, headers=bearer | {"Origin": "http://evil.example"}
        )
        assert (foreign.status_code, foreign.json()["code"]) == (403, "cross_site")
        huge = await phone.put(f"{where}/answers/0", json={"choice": "9" * 9_000, "seq": 1}, headers=bearer)
        assert huge.status_code == 413
        nobody = await phone.post(f"{where}/submit", headers={"Authorization": "Basic x", "Accept-Language": "fr, en"})
        assert (nobody.status_code, nobody.json()["code"]) == (401, "attempt_ticket_missing")
        assert nobody.json()["detail"].startswith("The request")
        assert nobody.headers["x-content-type-options"] == "nosniff"

    def request(seq: int, more: str = "", body: str = "") -> bytes:
        sent = body or json.dumps({"choice": seq, "seq": seq})
        head = f"PUT {where}/answers/0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {paper['ticket']}\r\n{more}"
        return (head + ("" if body else f"Content-Length: {len(sent)}\r\n") + f"\r\n{sent}").encode()

    # Two in one segment, one cut in the middle, one in chunks, and one that wants the connection closed.
    heard = await _raw(server.port, request(2) + request(3))
    assert heard.count(b"HTTP/1.1 200") == 2
    assert heard.index(b'"seq":2') < heard.index(b'"seq":3')
    whole = request(4)
    assert b'"seq":4' in await _raw(server.port, whole[:40], whole[40:120], whole[120:])
    chunked = request(5, "Transfer-Encoding: chunked\r\n", '16\r\n{"choice": 5, "seq":5}\r\n0\r\n\r\n')
    assert b'"seq":5' in await _raw(server.port, chunked)
    closing = await _raw(server.port, request(6, "Connection: close\r\n"))
    assert b'"seq":6' in closing
    assert b"connection: close" in closing.lower()
    # Whoever hangs up before the receipt finds the answer kept.
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request(7))
    await writer.drain()
    writer.transport.abort()
    async with httpx.AsyncClient(base_url=server.url) as phone:
        async with asyncio.timeout(5):
            while (await phone.get(where, headers=bearer)).json()["kept"]["0"]["seq"] != 7:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
