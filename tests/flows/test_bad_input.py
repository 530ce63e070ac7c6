"""Whatever is sent to it, the platform answers clearly, and ten honest phones play on as if nothing were."""

import asyncio
import contextlib
import io
import json
import os
import re
import secrets
import socket
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.flows.commands import Up, hoithi, running_up
from tests.flows.hall import NAME, Hall
from tests.flows.playing import QUESTIONS, Host

pytestmark = [pytest.mark.flow, pytest.mark.timeout(60)]

PASSWORD = "mật khẩu chim sơn ca 88"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    with running_up(tmp_path_factory.mktemp("bad") / "data") as up:
        up.wait_ready()
        with Hall(up) as hall:
            yield hall


@contextlib.asynccontextmanager
async def opening(hall: Hall) -> AsyncIterator[Host]:
    """A round of its own, its first question open for minutes."""
    host = Host(hall.up, hall.token)
    async with host.http:
        await host.new_round([{**question, "seconds": 600} for question in QUESTIONS], shuffle=False)
        await host.command("next")
        await host.phase("open")
        yield host


@pytest.fixture
async def arena(hall: Hall) -> AsyncIterator[Host]:
    """The round that the attackers play in."""
    async with opening(hall) as host:
        yield host


# What attackers have: a socket, a seat, plain TCP.


def socket_url(host: Host, path: str = "/ws") -> str:
    return host.players.replace("http", "ws", 1) + path


def opened(host: Host, **given: Any) -> connect:
    return connect(socket_url(host), compression=None, ping_interval=None, close_timeout=1, **given)


async def told(ws: ClientConnection, within_s: float = 8) -> tuple[list[dict[str, Any]], int]:
    """All that is still said, and the code it ends with."""
    frames = []
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(within_s):
            while True:
                frames.append(json.loads(await ws.recv()))
    assert ws.close_code is not None
    return frames, ws.close_code


async def answer_to(ws: ClientConnection, *kinds: str) -> dict[str, Any]:
    """The next frame of one of these kinds."""
    async with asyncio.timeout(8):
        while True:
            frame: dict[str, Any] = json.loads(await ws.recv())
            if frame["t"] in kinds:
                return frame


def hello(host: Host, name: str = "Kẻ phá", **given: Any) -> str:
    return json.dumps({"t": "hello", "code": host.code, "name": name, "lang": "vi", **given})


async def seated(host: Host, ws: ClientConnection, name: str = "Kẻ phá") -> str:
    await ws.send(hello(host, name))
    return str((await answer_to(ws, "welcome"))["ticket"])


def plain(url: str) -> socket.socket:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    raw = socket.create_connection((parts.hostname, parts.port))
    raw.settimeout(9)
    return raw


def upgraded(host: Host) -> socket.socket:
    """A WebSocket without a library in the way of bad frames."""
    raw = plain(host.players)
    raw.sendall(
        b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    said = raw.recv(4096)
    if b" 101 " not in said:
        raw.close()
    assert b" 101 " in said, said
    return raw


def masked(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """A frame of a client; the mask is zero."""
    assert len(payload) < 126
    return bytes([opcode | (0x80 if fin else 0), 0x80 | len(payload)]) + bytes(4) + payload


def until_closed(raw: socket.socket, flood: bytes = b"", most: int = 40_000_000) -> tuple[bytes, int]:
    """Sends until the other side ends it: what it said last, and how much it took."""
    sent, said = 0, b""
    try:
        while flood and sent < most:
            raw.sendall(flood)
            sent += len(flood)
        while piece := raw.recv(65536):
            said += piece
    except (ConnectionError, BrokenPipeError):
        with contextlib.suppress(OSError):
            said += raw.recv(65536)
    finally:
        raw.close()
    return said, sent


# The phone's socket.

NOT_FRAMES = [
    "", "không phải JSON", "{", "[]", "null", "5", '"hello"', "NaN", "\0", "[" * 4000, '{"t":' * 700,
    '{"t":"hello"}', '{"t":"stage","token":"x"}', '{"t":"hello","code":123456,"name":"A"}', '{"t":["hello"]}',
    '{"t":"hello","code":"123456","name":null}', '{"t":"hello","code":"123456","name":"A","admin":true}',
    '{"t":"hello","code":"１２３４５６","name":"A"}', '{"t":"hello","code":"123456\\n","name":"A"}',
    '{"t":"hello","code":"123456","name":"\\ud800"}', '{"t":"hello","code":"123456","name":"' + "x" * 3000 + '"}',
    '{"t":"resume","ticket":5}', '{"t":"resume","ticket":"x","v":-1}', '{"t":"resume","ticket":"x","v":1e400}',
]  # fmt: skip


async def test_what_is_no_frame_ends_the_conversation(hall: Hall, arena: Host) -> None:
    async def say(text: str | bytes) -> tuple[list[dict[str, Any]], int]:
        async with opened(arena) as ws:
            await ws.send(text)
            return await told(ws)

    with hall.undisturbed():
        for text, (frames, code) in zip(
            NOT_FRAMES, await asyncio.gather(*(say(text) for text in NOT_FRAMES)), strict=True
        ):
            assert (code, frames[-1]["t"], frames[-1]["code"]) == (4503, "error", "bad_frame"), text[:60]
        assert (await say(b"\x00binary"))[1] == 1003
        before = '{"t":"answer","id":"12345678","q":1,"choice":["a"]}'
        assert (await say(before))[1] == 4504
        for ticket in ("", "x" * 64, secrets.token_urlsafe(24)):
            assert (await say(json.dumps({"t": "resume", "ticket": ticket, "v": 0})))[1] == 4502


async def test_too_large_is_told_so_and_costs_nothing(hall: Hall, arena: Host) -> None:
    async def too_large(size: int) -> int:
        async with opened(arena) as ws:
            with contextlib.suppress(ConnectionClosed):
                await ws.send(hello(arena, "x" * size))
            return (await told(ws))[1]

    with hall.undisturbed(grows_mb=15):
        assert await asyncio.gather(*(too_large(size) for size in (4097, 1_000_000, 10_000_000))) == [1009] * 3
        async with httpx.AsyncClient(base_url=arena.players) as http:
            huge = hello(arena, "x" * 10_000_000).encode()
            declared = await http.post("/api/hello", content=huge)

            async def pieces() -> AsyncIterator[bytes]:
                for start in range(0, len(huge), 65536):
                    yield huge[start : start + 65536]

            undeclared = await http.post("/api/hello", content=pieces())
        for reply in (declared, undeclared):
            assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")


IMPOSSIBLE: list[Any] = [
    [], ["T"], ["z"], ["a", "b"], ["a"] * 2, [str(n) for n in range(300)], "a", 1, -1.5, 10**300, "", "x" * 3000,
    ["\0"],
]  # fmt: skip
WRONGLY_TYPED = [
    '"q":"1"', '"q":1.5', '"q":0', '"q":-1', '"q":null', '"q":[1]', '"q":true', '"q":NaN',
    '"choice":null', '"choice":{"a":1}', '"choice":[1]', '"choice":[["a"]]', '"choice":1e400', '"choice":Infinity',
    '"choice":["\\ud800"]', '"id":5', '"id":""', '"id":"' + "x" * 65 + '"', '"think":"1"', '"right":true',
]  # fmt: skip


async def test_an_impossible_answer_is_refused_and_nothing_is_stored(hall: Hall, arena: Host) -> None:
    with hall.undisturbed():
        async with opened(arena) as ws:
            await seated(arena, ws)
            for choice in IMPOSSIBLE:
                frame = {"t": "answer", "id": secrets.token_hex(8), "q": 1, "choice": choice}
                await ws.send(json.dumps(frame))
                receipt = await answer_to(ws, "receipt", "error")
                assert (receipt["t"], receipt["status"], receipt["kept"]) == ("receipt", "refused", None), choice
                await asyncio.sleep(0.1)
            for number in (2, 7, 8, 10**9, 10**30):
                await ws.send(json.dumps({"t": "answer", "id": "future-one", "q": number, "choice": ["a"]}))
                assert (await answer_to(ws, "receipt"))["status"] == "refused"
                await asyncio.sleep(0.1)

        async def wrongly_typed(field: str, number: int) -> None:
            async with opened(arena) as ws:
                await seated(arena, ws, f"Kiểu {number}")
                fields = {"t": '"answer"', "id": '"12345678"', "q": "1", "choice": '["a"]'}
                name = field.split('"')[1]
                fields.pop(name, None)
                text = "{" + ",".join([f'"{key}":{value}' for key, value in fields.items()] + [field]) + "}"
                await ws.send(text)
                assert (await answer_to(ws, "receipt", "error"))["t"] == "error", field
                for _ in range(4):
                    await ws.send(text)
                assert (await told(ws))[1] == 4503

        await asyncio.gather(*(wrongly_typed(field, number) for number, field in enumerate(WRONGLY_TYPED)))
        assert await arena.answers() == []


async def test_replays_and_stolen_tickets_change_nothing(hall: Hall, arena: Host) -> None:
    async with opening(hall) as other:
        await replays(hall, arena, other)


async def replays(hall: Hall, arena: Host, other: Host) -> None:
    with hall.undisturbed():
        captured = '{"t":"answer","id":"captured-1","q":1,"choice":["a"]}'
        async with opened(arena) as first:
            ticket = await seated(arena, first)
            await first.send(captured)
            assert (await answer_to(first, "receipt"))["status"] == "accepted"
            # The ticket on two sockets, again and again: the newest one has the seat, and one answer is kept.
            resume = json.dumps({"t": "resume", "ticket": ticket, "v": 0})
            for n in range(50):
                async with opened(arena) as again:
                    await again.send(resume)
                    assert (await answer_to(again, "you"))["kept"] == ["a"]
                    await again.send(captured.replace('"a"', '"b"') if n % 2 else captured)
                    assert (await answer_to(again, "receipt"))["status"] == ("kept_other" if n % 2 else "same")
            assert (await told(first))[1] == 4500
        async with opened(other) as elsewhere:
            await seated(other, elsewhere)
            await elsewhere.send(captured)
            assert (await answer_to(elsewhere, "receipt"))["status"] == "accepted"
        # A ticket is good for its own round and nothing else, wherever it is shown.
        async with httpx.AsyncClient(base_url=other.players, headers={"Authorization": f"Bearer {ticket}"}) as http:
            shown = (await http.get("/api/state")).json()
            assert shown["state"]["code"] == arena.code
        seats = (await arena.get("/seats"))["seats"]
        await arena.command("kick", seat=seats[0]["seat"])
        async with opened(arena) as kicked:
            await kicked.send(resume)
            assert (await told(kicked))[1] == 4501
        await arena.command("close")
        await arena.phase("revealed")
        async with opened(arena) as late:
            await seated(arena, late, "Đến muộn")
            await late.send(captured)
            assert (await answer_to(late, "receipt"))["status"] in ("late", "refused")
        assert len(await arena.answers()) <= 1
        assert len(await other.answers()) == 1


async def test_floods_are_cut(hall: Hall, arena: Host) -> None:
    floods = {
        "tiny frames": (masked(1, b"{}") * 5000, 4503),
        "pings": (masked(9, b"x") * 5000, 1008),
        "pongs nobody asked for": (masked(10, b"12345678") * 5000, 1008),
        "fragments never ended": (masked(1, b"{", fin=False) + masked(0, b"", fin=False) * 5000, 1008),
        "unmasked": (b"\x81\x02{}", 1002),
        "reserved bits": (b"\xf1\x80" + bytes(4), 1002),
    }

    def pour(flood: bytes) -> tuple[bytes, int]:
        raw = upgraded(arena)
        return until_closed(raw, flood, 10_000_000 if len(flood) > 100 else 1)

    with hall.undisturbed(), ThreadPoolExecutor(6) as threads:
        poured = await asyncio.gather(
            *(asyncio.get_running_loop().run_in_executor(threads, pour, flood) for flood, _ in floods.values())
        )
        for (name, (_, code)), (said, sent) in zip(floods.items(), poured, strict=True):
            # Whoever pours on after the close finds the connection reset, and then may not have read the code.
            said = said.replace(b"\x8a\x01x", b"")  # Pongs that went out before the close.
            assert not said or code.to_bytes(2, "big") in said, (name, said[-80:])
            assert sent < 10_000_000, name


async def test_the_silent_are_sent_away_in_five_seconds(hall: Hall, arena: Host) -> None:
    body = (
        b"POST /api/hello HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"
    )
    with hall.undisturbed():
        began = time.monotonic()
        idle = [plain(arena.players) for _ in range(150)]
        silent = [upgraded(arena) for _ in range(150)]
        slow = [plain(url) for url in (arena.players, str(arena.http.base_url)) for _ in range(20)]
        slow_body = plain(arena.players)
        slow_body.sendall(body)
        for raw in slow:
            raw.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        for _ in range(4):
            await asyncio.sleep(1)
            for raw in slow:
                raw.sendall(b"a")
        said = await asyncio.to_thread(lambda: [until_closed(raw)[0] for raw in [*idle, *silent, *slow]])
        assert time.monotonic() - began < 9
        assert all((4504).to_bytes(2, "big") in one for one in said[150:300])
        slow_body.close()


@pytest.mark.parametrize("server", ["players", "admin"])
async def test_endless_headers_are_cut_before_they_cost_memory(hall: Hall, arena: Host, server: str) -> None:
    url = arena.players if server == "players" else str(arena.http.base_url)
    whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
    chunked = b"POST /api/hello HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    with hall.undisturbed(grows_mb=15):
        for start, flood in (
            (whole, b"X-A: b\r\n" * 8000),
            (whole + b"\r\n" + whole + b"X-A: ", b"a" * 65536),
            (chunked, b"X-A: b\r\n" * 8000),
        ):
            raw = plain(url)
            raw.sendall(start)
            _, sent = await asyncio.to_thread(until_closed, raw, flood)
            assert sent < 20_000_000, start


async def test_pages_of_others_open_no_socket_and_post_nothing(hall: Hall, arena: Host) -> None:
    own = arena.players
    port = urlsplit(own).port
    evil = [
        "https://evil.example", "null", f"{own}.evil.example", f"http://evil.example:{port}", "http://127.0.0.1:1",
        f"{own}@evil.example", f"http://evil@127.0.0.1:{port}", "file://", "", f"{own}/evil",
    ]  # fmt: skip
    token = arena.http.headers["authorization"]
    admin = str(arena.http.base_url).rstrip("/").replace("http", "ws", 1)
    with hall.undisturbed():
        for origin in evil:
            for url in (socket_url(arena), socket_url(arena, "/ws/stage"), f"{admin}/ws/host"):
                headers = {"Origin": origin, "Authorization": token}
                with pytest.raises(InvalidStatus) as refused:
                    async with connect(url, additional_headers=headers, compression=None):
                        pass
                assert refused.value.response.status_code == 403, (origin, url)
            async with httpx.AsyncClient(base_url=own, headers={"Origin": origin}) as http:
                reply = await http.post("/api/hello", content=hello(arena))
                assert (reply.status_code, reply.json()["code"]) == (403, "cross_site")
        async with httpx.AsyncClient(base_url=own, headers={"Host": "evil.example"}) as http:
            poisoned = (await http.get(f"/qr/{arena.code}.svg")).content
        async with httpx.AsyncClient(base_url=own) as http:
            assert (await http.get(f"/qr/{arena.code}.svg")).content == poisoned
        reply = await arena.http.get("/login", headers={"Host": "evil.example"})
        assert (reply.status_code, reply.json()["code"]) == (400, "host_not_allowed")


async def test_a_crowd_at_the_door_and_a_guesser_keep_nobody_waiting(hall: Hall, arena: Host) -> None:
    async with opening(hall) as crowd:
        await crowding(hall, crowd)


async def crowding(hall: Hall, crowd: Host) -> None:
    async def join(number: int) -> str:
        async with opened(crowd, open_timeout=20) as ws:
            await ws.send(hello(crowd, f"Đông {number}"))
            return str((await answer_to(ws, "welcome", "error"))["t"])

    async def guess(number: int) -> str:
        async with opened(crowd, open_timeout=20) as ws:
            await ws.send(json.dumps({"t": "hello", "code": f"{number:06}", "name": "Mò", "lang": "vi"}))
            return str((await answer_to(ws, "welcome", "error")).get("code"))

    with hall.undisturbed(slower_s=1.0, grows_mb=60):
        assert await join(0) == "welcome"
        guessed = await asyncio.gather(*(guess(number) for number in range(120)))
        assert 1 <= guessed.count("code_unknown") <= 40
        assert guessed.count("slow_down") >= 80
        # Behind the same address as the guesser, by a code that has been used from there.
        joined = []
        for start in range(1, 501, 50):
            joined += await asyncio.gather(*(join(number) for number in range(start, start + 50)))
        assert joined == ["welcome"] * 500
        assert (await crowd.get())["seats"] == 501


# The stage's and the staff's side.


async def test_what_phones_and_projectors_hold_opens_nothing_else(hall: Hall, arena: Host) -> None:
    async with opened(arena) as ws:
        ticket = await seated(arena, ws)
    stage_path = f"/api/rounds/{arena.round_id}/stage-token"
    old, token = [(await arena.http.post(stage_path)).json()["token"] for _ in range(2)]
    bearer = arena.http.headers["authorization"].removeprefix("Bearer ")
    with hall.undisturbed():
        document = (await arena.http.get("/api/openapi.json")).json()
        calls = [(method, path) for path, methods in document["paths"].items() for method in methods]
        assert len(calls) > 15
        async with httpx.AsyncClient(base_url=arena.http.base_url) as http:
            for secret in (ticket, token):
                for method, path in calls:
                    url = re.sub(r"\{round_id\}", str(arena.round_id), path)
                    url = re.sub(r"\{fmt\}", "xlsx", re.sub(r"\{\w+_id\}", "1", url))
                    reply = await http.request(method, url, headers={"Authorization": f"Bearer {secret}"}, json={})
                    assert reply.status_code == 401, (method, url)
        for wrong in (old, ticket, bearer, ""):
            async with connect(socket_url(arena, "/ws/stage"), compression=None) as stage:
                await stage.send(json.dumps({"t": "stage", "token": wrong}))
                frames, code = await told(stage)
                assert code in (4502, 4503)
                assert {frame["t"] for frame in frames} <= {"error", "bye"}
        async with connect(socket_url(arena, "/ws/stage"), compression=None) as stage:
            await stage.send(json.dumps({"t": "stage", "token": token}))
            shown = await answer_to(stage, "state")
            assert shown["phase"] == "open"
            assert shown.keys().isdisjoint({"right", "why", "counts", "next"}) or not (shown["right"] or shown["why"])
            await stage.send(b"\x00")
            assert (await told(stage))[1] == 4503


async def test_numbers_and_texts_that_no_database_holds_are_refused(hall: Hall, arena: Host) -> None:
    one = {"type": "single", "stem_vi": "x?", "answer": ["a"]}
    options = [{"id": "a", "text_vi": "A"}, {"id": "b", "text_vi": "B"}]
    with hall.undisturbed():
        for number in (2**31, 2**63, -(2**63) - 1, 10**30):
            for path in ("/api/rounds/{}", "/api/quizzes/{}", "/api/audit?before={}", "/api/audit?since_ms={}"):
                reply = await arena.http.get(path.format(number))
                assert reply.status_code in (200, 403, 404, 422), (path, number, reply.text)
                assert reply.status_code != 200 or number == 2**31
            for body in (
                {"command": "kick", "seat": number},
                {"command": "void", "question": number},
                {"command": "next", "version": number},
            ):
                reply = await arena.http.post(f"/api/rounds/{arena.round_id}/commands", json=body)
                assert reply.status_code in (404, 409, 422), (body, reply.text)
        for text in ("\0", "a\0b", "\ud800", "\u202eabc", "x" * 100_000):
            for field in ("stem_vi", "source", "explanation_vi", "id", "title"):
                question = {**one, "options": options}
                title = text if field == "title" else "Bài"
                if field != "title":
                    question[field] = text
                # httpx refuses to encode a lone surrogate; JSON has an escape for it.
                raw = json.dumps({"title": title, "questions": [question]})
                reply = await arena.http.post("/api/quizzes", content=raw, headers={"Content-Type": "application/json"})
                assert reply.status_code in (201, 422), (text[:5], field, reply.text)
                if reply.status_code == 201:
                    stored = (await arena.http.get(f"/api/quizzes/{reply.json()['id']}")).text
                    assert not re.search(r"\\u0000|\\ud800|\u202e", stored)
        deep = b'{"title":"x","questions":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        for raw_body in (
            deep,
            b'{"title":"x","title":5,"questions":NaN}',
            b"\xff\xfe",
            b'{"title":' + b"9" * 5000 + b"}",
        ):
            reply = await arena.http.post(
                "/api/quizzes", content=raw_body, headers={"Content-Type": "application/json"}
            )
            assert 400 <= reply.status_code < 500, reply.text


def workbook(**entries: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, content in entries.items():
            archive.writestr(f"xl/{name}.xml", content)
    return file.getvalue()


async def test_files_made_to_hurt_get_their_refusal_in_two_seconds(hall: Hall, arena: Host) -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
    files = [
        ("bom.xlsx", workbook(zeros=bytes(200_000_000)), "unpacks_too_large"),
        ("cười.xlsx", workbook(workbook=laughs), "xlsx_unsafe"),
        ("chữ.xlsx", "Đây chỉ là chữ".encode(), "not_xlsx"),
        ("hỏng.xlsx", workbook(workbook=b"<x/>")[:-40], "xlsx_damaged"),
        ("sâu.json", b"[" * 1_000_000, "json_broken"),
        ("rộng.csv", b"a," * 1_000_000, "csv_broken"),
        ("dài.csv", "Câu hỏi,Đáp án\n".encode() + b"a,b\n" * 1_000_000, "too_many_rows"),
        ("rỗng.xlsx", b"", "file_empty"),
        ("ảnh.png", b"\x89PNG\r\n\x1a\n" + os.urandom(5000), None),
    ]
    with hall.undisturbed(grows_mb=60):
        for name, content, code in files:
            began = time.monotonic()
            reply = await arena.http.post("/api/quizzes/import", files={"file": (name, content)})
            assert time.monotonic() - began < 2.5, name
            assert 400 <= reply.status_code < 500, (name, reply.text)
            assert code is None or reply.json()["code"] == code, (name, reply.text)
        refused: httpx.Response | None = None

        async def endless() -> AsyncIterator[bytes]:
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
            for _ in range(300):
                yield bytes(1_000_000)

        with contextlib.suppress(httpx.TransportError):
            refused = await arena.http.post(
                "/api/quizzes/import", content=endless(), headers={"Content-Type": "multipart/form-data; boundary=x"}
            )
        assert refused is None or refused.status_code in (400, 413)


async def test_staff_are_kept_apart_and_their_doors_hold(hall: Hall, arena: Host) -> None:
    base = str(arena.http.base_url)
    link = re.search(r"/setup#(\S+)", hall.up.output)
    assert link
    form = {"secret": link[1], "password": PASSWORD}

    async def sign_in(name: str, password: str = PASSWORD) -> httpx.AsyncClient:
        client = httpx.AsyncClient(base_url=base, headers={"Origin": base.rstrip("/")}, timeout=30)
        reply = await client.post("/login", data={"name": name, "password": password})
        assert reply.status_code == 303, reply.text
        return client

    with hall.undisturbed(slower_s=1.5, grows_mb=160):  # Argon2 takes 64 MiB a time, twice at once.
        async with httpx.AsyncClient(base_url=base, timeout=60) as nobody:
            made = await asyncio.gather(*(nobody.post("/setup", data={**form, "name": f"Sếp {n}"}) for n in range(10)))
            assert sorted(reply.status_code for reply in made) == [303] + [403] * 9
            name = f"Sếp {next(n for n, reply in enumerate(made) if reply.status_code == 303)}"
            nobody.cookies.clear()
            # The padding is cut off at the look-up; it must not make a fresh name of each guess.
            padded = [f"{name}{'.' * 60}{n}" for n in range(14)]
            codes = [
                (await nobody.post("/login", data={"name": one, "password": "sai sai sai sai"})).status_code
                for one in padded
            ]
            assert codes == [403] * 10 + [429] * 4
            nobody.cookies.set("hoithi", "fixed-by-an-attacker")
        bosses = httpx.AsyncClient(base_url=base, headers={"Origin": base.rstrip("/")}, timeout=30)
        bosses.cookies.set("hoithi", next(r.cookies["hoithi"] for r in made if r.status_code == 303))
        for other in ("An", "Bình"):
            account = {"name": other, "role": "host", "password": PASSWORD}
            assert (await bosses.post("/api/accounts", json=account)).status_code == 201
        an, binh = await sign_in("An"), await sign_in("Bình")
        quiz = (await an.get("/api/quizzes")).json()[0]["id"]
        theirs = (await an.post("/api/rounds", json={"quiz_id": quiz})).json()["id"]
        for method, path in (
            ("GET", ""), ("GET", "/seats"), ("GET", "/standings"), ("GET", "/answers"), ("GET", "/questions"),
            ("GET", "/export.xlsx"), ("POST", "/stage-token"), ("POST", "/commands"),
        ):  # fmt: skip
            given: dict[str, Any] = {"json": {"command": "next"}} if method == "POST" else {}
            reply = await binh.request(method, f"/api/rounds/{theirs}{path}", **given)
            assert (reply.status_code, reply.json()["code"]) == (404, "round_unknown"), path
        assert (await binh.post("/api/accounts", json=account)).status_code == 403
        for headers in (
            {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site", "Origin": "x"},
            {"Sec-Fetch-Site": "same-site", "Origin": hall.up.wait_ready()[0]},
        ):  # fmt: skip
            for path, text in ((f"/api/rounds/{theirs}/commands", '{"command":"next"}'), ("/logout", "")):
                reply = await an.post(path, content=text, headers={**headers, "Content-Type": "text/plain"})
                assert reply.status_code == 403, (headers, path)
        assert (await an.get(f"/api/rounds/{theirs}")).json()["phase"] == "lobby"
        cookie = {"Cookie": f"hoithi={an.cookies['hoithi']}", "Origin": base.rstrip("/")}
        async with connect(
            base.rstrip("/").replace("http", "ws", 1) + "/ws/host", additional_headers=cookie, compression=None
        ) as console:
            await console.send(json.dumps({"t": "host", "round": theirs}))
            assert (await answer_to(console, "state"))["phase"] == "lobby"
            people = (await bosses.get("/api/accounts")).json()
            account_id = next(one["id"] for one in people if one["name"] == "An")
            assert (await bosses.patch(f"/api/accounts/{account_id}", json={"active": False})).status_code == 200
            began = time.monotonic()
            assert (await told(console))[1] == 4506
            assert time.monotonic() - began < 3
        assert (await an.get("/api/me")).status_code == 401
        for client in (an, binh, bosses):
            await client.aclose()


async def test_nothing_personal_or_secret_is_left_lying_about(hall: Hall, arena: Host) -> None:
    bearer = arena.http.headers["authorization"].removeprefix("Bearer ")
    hall_tickets = [phone.ticket or "" for phone in hall.phones]
    assert all(len(ticket) >= 22 for ticket in hall_tickets)
    up: Up = hall.up
    made = hoithi("token", "create", "xem", "--role", "administrator", "--data-dir", up.data_dir)
    async with httpx.AsyncClient(
        base_url=arena.http.base_url, headers={"Authorization": f"Bearer {made.stdout.strip()}"}
    ) as http:
        audit = (await http.get("/api/audit?limit=500")).text
        metrics = (await http.get("/metrics")).text
    written = [line for line in up.output.splitlines() if not line.startswith("http")]
    places = {"log": "\n".join(written), "audit": audit, "metrics": metrics}
    places["run.json"] = (up.data_dir / "run.json").read_text()
    with redis.from_url(up.state["redis_url"]) as store:
        keys = list(store.scan_iter())
        assert keys
        places["redis"] = b"\n".join([*keys, *(store.dump(key) or b"" for key in keys)]).decode("utf-8", "replace")
    for place, text in places.items():
        assert len(text) > 50, place
        for secret in (NAME, NAME.split()[-1], "Kẻ phá", PASSWORD, bearer, *hall_tickets):
            assert secret not in text, (place, secret[:12])
    for path in up.data_dir.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
