"""The players' web server over HTTP: pages, fallback, documents, and the stage's socket."""

import json

import httpx
import jsonschema
import pytest
from websockets.asyncio.client import connect

from contest.rounds import set_stage_token
from contest.tickets import digest
from realtime.protocol import CloseCode
from tests.realtime.conftest import Phone, Server, Stack


@pytest.fixture
async def server(stack: Stack) -> Server:
    return await stack.start()


async def test_pages_carry_their_headers_and_are_not_fetched_twice(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        for path in ("/", "/123456", "/stage"):
            page = await client.get(path)
            assert page.status_code == 200
            assert page.headers["content-type"].startswith("text/html")
            policy = page.headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert page.headers["x-content-type-options"] == "nosniff"
            assert (await client.get(path, headers={"If-None-Match": page.headers["etag"]})).status_code == 304
        script = await client.get("/static/play.js")
        assert (script.status_code, script.headers["content-encoding"]) == (200, "gzip")
        for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/nothing.js", "/abc", "/12345"):
            missing = await client.get(path, headers={"Accept-Language": "en"})
            assert missing.status_code == 404
            assert missing.headers["content-type"] == "application/problem+json"
            assert missing.json()["code"] == "not_found"


async def test_qr_and_units(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        code = await client.get("/qr/123456.svg")
        assert (code.status_code, code.headers["content-type"]) == (200, "image/svg+xml")
        assert (await client.get("/qr/12345.svg")).status_code == 422
        listed = await client.get("/api/units")
        assert len(listed.json()) == 102
        assert set(listed.json()[0]) == {"code", "name", "fold", "old"}


async def test_health(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "ready", "cannot": {}})


async def test_playing_by_http(stack: Stack, server: Server) -> None:
    record = await stack.round()
    async with httpx.AsyncClient(base_url=server.url) as client:
        unknown = await client.post("/api/hello", json={"code": "000000", "name": "Lan", "lang": "en"})
        assert (unknown.status_code, unknown.json()["code"]) == (409, "code_unknown")
        joined = (await client.post("/api/hello", json={"t": "hello", "code": record.code, "name": "Lan"})).json()
        assert joined["welcome"]["seat"] == 1
        assert joined["state"]["phase"] == "lobby"
        client.headers["Authorization"] = f"Bearer {joined['welcome']['ticket']}"
        state = await client.get("/api/state")
        assert state.json()["state"]["phase"] == "lobby"
        same = await client.get("/api/state", headers={"If-None-Match": state.headers["etag"]})
        assert same.status_code == 304
        await stack.do(record, "next", "next")
        while (await client.get("/api/state")).json()["state"]["phase"] != "open":
            pass
        answer = {"t": "answer", "id": "by-http-01", "q": 1, "choice": ["b"], "think": 1.0}
        receipt = (await client.post("/api/answer", json=answer)).json()
        assert receipt == {"t": "receipt", "id": "by-http-01", "q": 1, "status": "accepted", "kept": ["b"]}
        assert (await client.post("/api/answer", json=answer)).json()["status"] == "same"
        bad = await client.post("/api/answer", json=answer, headers={"Authorization": "Bearer nobody"})
        assert (bad.status_code, bad.json()["code"]) == (401, "bad_ticket")
        huge = await client.post("/api/answer", json=answer | {"choice": "x" * 20_000})
        assert huge.status_code == 413
        foreign = await client.post("/api/answer", json=answer, headers={"Origin": "http://evil.example"})
        assert foreign.status_code == 403
        entry = next(iter(server.players.hub.rooms.values())).entry(server.players.clock.monotonic_ms(), 0)
        assert (entry.online, entry.answered) == (1, 1)


async def test_documents(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        openapi = (await client.get("/api/openapi.json")).json()
        assert openapi["openapi"].startswith("3.1")
        assert {"/api/hello", "/api/state", "/api/answer", "/api/units"} <= set(openapi["paths"])
        document = (await client.get("/asyncapi.json")).json()
    assert document["asyncapi"] == "3.0.0"

    def resolve(reference: str) -> object:
        found: object = document
        for part in reference.removeprefix("#/").split("/"):
            assert isinstance(found, dict)
            found = found[part]
        return found

    references = [part.split('"')[0] for part in json.dumps(document, ensure_ascii=False).split('"$ref": "')[1:]]
    assert len(references) > 30
    for reference in references:
        assert resolve(reference)
    schemas = document["components"]["schemas"]
    for name in ("Hello", "State", "StageState", "Counts", "Receipt"):
        jsonschema.Draft202012Validator.check_schema(schemas[name])
    assert document["channels"]["phone"]["address"] == "/ws"


async def stage(server: Server, token: str) -> Phone:
    link = await connect(f"ws://127.0.0.1:{server.port}/ws/stage", compression=None, ping_interval=None)
    server.phones.append(link)
    phone = Phone(link)
    await phone.send(t="stage", token=token)
    return phone


async def test_the_stage_sees_the_hall_and_no_key(stack: Stack, server: Server) -> None:
    record = await stack.round()
    async with stack.db.write() as writer:
        await set_stage_token(writer, record.id, digest("stage-secret"))
    screen = await stage(server, "stage-secret")
    assert (await screen.expect("state"))["join_url"] == f"http://thi.example.vn/{record.code}"
    phone = await server.phone()
    await phone.join(record.code, "Lan")
    counts = await screen.expect("counts", joined=1, online=1)
    assert counts["names"] == [{"seat": 1, "name": "Lan", "unit": None}]
    await stack.do(record, "next", "next")
    assert "right" not in await screen.expect("state", phase="open")
    await phone.expect("state", phase="open")
    await phone.answer(["b"])
    await screen.expect("counts", answered=1)
    await stack.do(record, "close", "settle", "next")
    await screen.expect("state", phase="revealed")
    top = (await screen.expect("state", phase="standings"))["top"]
    assert [(row["rank"], row["name"]) for row in top] == [(1, "Lan")]


async def test_a_wrong_stage_token_opens_nothing(stack: Stack, server: Server) -> None:
    await stack.round()
    screen = await stage(server, "guess")
    assert await screen.closed() == CloseCode.BAD_TICKET
    assert [frame["t"] for frame in screen.frames] == ["error", "bye"]
