"""A process that is short of time, of room, of storage or of life: what gives way, over real sockets."""

import asyncio
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import event
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from contest.phases import Phase
from realtime import gateway, http_shedding, intake
from realtime.gateway import RETURNING
from realtime.http_shedding import players_rank
from realtime.hub import Hub
from realtime.limits import TokenBucket
from realtime.protocol import CloseCode
from realtime.shedding import Priority
from tests.realtime.conftest import Phone, Server, Stack
from tests.realtime.test_gateway import Raw


@pytest.fixture
async def server(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server whose lateness is what the test says."""

    async def unmeasured(_: Hub) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Hub, "_measure_lag", unmeasured)
    return await stack.start()


async def knock(server: Server, path: str = "/ws") -> ClientConnection:
    link = await connect(f"ws://127.0.0.1:{server.port}{path}", compression=None, ping_interval=None, max_queue=None)
    server.phones.append(link)
    return link


async def turned_away(server: Server, path: str = "/ws") -> int:
    """The seconds after which a phone that is refused may come again."""
    with pytest.raises(InvalidStatus) as refused:
        await knock(server, path)
    assert refused.value.response.status_code == 503
    return int(refused.value.response.headers["Retry-After"])


def shed(reason: str) -> float:
    return REGISTRY.get_sample_value("hoithi_shed_total", {"reason": reason}) or 0.0


async def test_a_late_process_takes_no_new_sockets_and_serves_those_it_has(stack: Stack, server: Server) -> None:
    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    before = shed("sockets_overloaded")
    server.players.hub.lag_ms = 600
    waits = {await turned_away(server, path) for path in ("/ws", RETURNING) * 8}
    assert len(waits) > 1, "at random, or all come again together"
    assert all(1 <= wait <= 10 for wait in waits)
    assert shed("sockets_overloaded") == before + 16
    await stack.do(record, "next", "next")
    await phone.expect("state", phase="open")
    assert (await phone.answer(["b"]))["status"] == "accepted"


async def test_joins_wait_in_line_while_a_seat_is_taken_again_at_once(stack: Stack, server: Server) -> None:
    record = await stack.round()
    phone, newcomer = await server.phone(), await server.phone()
    await phone.join(record.code)
    server.players.hub.lag_ms = 300
    await newcomer.send(t="hello", code=record.code, name="Hùng")
    back = Phone(await knock(server, RETURNING))
    await back.resume(phone.ticket)
    with pytest.raises(TimeoutError):
        await newcomer.expect("welcome", within_s=0.4)
    server.players.hub.lag_ms = 0
    await newcomer.expect("welcome")


async def test_a_crowd_of_newcomers_keeps_nobody_out_who_comes_back(stack: Stack, server: Server) -> None:
    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    server.players.admission.newcomers = TokenBucket(0.0, 600.0, 0.0, 0.0)
    assert await turned_away(server)
    back = Phone(await knock(server, RETURNING))
    await back.resume(phone.ticket)
    # Knocking there is no way round the door.
    liar = Phone(await knock(server, RETURNING))
    await liar.send(t="hello", code=record.code, name="Hùng")
    assert await liar.closed() == CloseCode.TRY_LATER
    assert liar.frames[-1]["spread"] > 0


async def test_nor_is_http(stack: Stack, server: Server) -> None:
    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    headers = {"Authorization": f"Bearer {phone.ticket}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers) as client:
        assert (await client.get("/api/state")).status_code == 200
        server.players.admission.returning = TokenBucket(0.0, 600.0, 0.0, 0.0)
        assert (await client.get("/api/state")).status_code == 200, "who polls already goes on"
        other = await server.phone()
        await other.join(record.code, "Hùng")
        new = await client.get("/api/state", headers={"Authorization": f"Bearer {other.ticket}"})
        assert (new.status_code, new.json()["code"]) == (503, "busy")
        assert 1 <= int(new.headers["retry-after"]) <= 10


async def test_requests_give_way_by_their_importance(
    stack: Stack, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_shedding, "HOLD_S", 0.15)
    async with httpx.AsyncClient(base_url=server.url, timeout=10) as client:

        async def status(path: str) -> int:
            return (await client.get(path)).status_code

        server.players.hub.lag_ms = 120
        assert [await status(path) for path in ("/m", "/f", "/api/units", "/")] == [503, 200, 200, 200]
        server.players.hub.lag_ms = 300
        assert [await status(path) for path in ("/m", "/f", "/api/state", "/healthz")] == [503, 503, 401, 200]
        server.players.hub.lag_ms = 600
        refused = await client.get("/api/units", headers={"Accept-Language": "en"})
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert 1 <= int(refused.headers["retry-after"]) <= 10
        assert await status("/api/state") == 503
        assert await status("/readyz") == 200
        # A stall of a moment turns nobody away.
        monkeypatch.setattr(http_shedding, "HOLD_S", 5)
        waiting = asyncio.create_task(client.get("/f"))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        server.players.hub.lag_ms = 40
        assert (await waiting).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "priority"),
    [
        ("POST", "/api/answer", Priority.ANSWERS),
        ("PUT", "/api/attempts/x/answers/3", Priority.ANSWERS),
        ("GET", "/static/play.js", Priority.ANSWERS),
        ("GET", "/123456", Priority.ANSWERS),
        ("GET", "/api/state", Priority.RETURNS),
        ("GET", "/api/festivals/x/state", Priority.RETURNS),
        ("POST", "/api/hello", Priority.JOINS),
        ("POST", "/api/festivals/x/staff/batch", Priority.JOINS),
        ("POST", "/api/contests/x/entries", Priority.JOINS),
        ("GET", "/api/contests/x/me/rank", Priority.RANKS),
        ("GET", "/api/contests/x/standings", Priority.COUNTS),
        ("GET", "/m/24091", Priority.COUNTS),
    ],
)
def test_how_important_a_request_is(method: str, path: str, priority: Priority) -> None:
    assert players_rank(method, path) is priority


async def test_a_slow_reader_sees_the_newest_picture_only_or_comes_back(
    stack: Stack, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "CLOSE_S", 0.2)
    record = await stack.round()
    slow = await Raw.open(server)
    slow.say(t="hello", code=record.code, name="Lan")
    ticket = (await slow.until(1, "welcome")).split(b'"ticket":"')[1].split(b'"')[0].decode()
    await slow.until(1, "you")
    room = next(iter(server.players.hub.rooms.values()))
    phone: Any = room.phones[1]
    slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
    filler = b"\x81\x7e\x10\x00" + b'{"t":"x"}' + b" " * (4096 - 9)
    while phone._stalled is None:
        phone.transport.write(filler)
        await asyncio.sleep(0)
    waiting = phone.transport.get_write_buffer_size()
    for _ in range(3):
        await stack.do(record, "lock", "unlock")
    async with asyncio.timeout(8):
        while room.shown_version != 7:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert phone.transport.get_write_buffer_size() <= waiting, "what is superseded is not queued"
    slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
    versions = []
    while not versions or versions[-1] < 7:
        versions.append(int((await slow.until(1, "state")).split(b'"v":')[1].split(b",")[0]))
    assert versions == [7]
    # Now it reads no more at all.
    slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
    monkeypatch.setattr(gateway, "STALLED_S", 0.2)
    while phone._stalled is None:
        phone.transport.write(filler)
        await asyncio.sleep(0)
    async with asyncio.timeout(8):
        while 1 in room.phones:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    back = Phone(await knock(server, RETURNING))
    assert (await back.resume(ticket))["v"] == 7


async def test_a_hall_that_comes_back_asks_sql_no_more_often_than_a_few_phones(stack: Stack) -> None:
    async def statements(phones: int) -> int:
        """What one restarted process asks while so many phones come back to an open question."""
        first = await stack.start()
        record = await stack.round(fairness="show")
        joined = [await first.phone() for _ in range(phones)]
        await asyncio.gather(*(phone.join(record.code, f"Máy {n}") for n, phone in enumerate(joined)))
        await stack.do(record, "next", "next")
        await joined[0].expect("state", phase="open")
        await joined[0].answer(["b"])
        second = await stack.start()
        asked: list[str] = []

        def note(*arguments: Any) -> None:
            asked.append(str(arguments[2]))

        engine = second.players.hub.db.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        back = [Phone(await knock(second, RETURNING)) for _ in joined]
        yours = await asyncio.gather(*(b.resume(a.ticket) for a, b in zip(joined, back, strict=True)))
        event.remove(engine, "before_cursor_execute", note)
        assert [you["kept"] for you in yours] == [["b"]] + [None] * (phones - 1)
        return len([one for one in asked if "people_version" not in one or "ticket" in one])

    few, many = await statements(3), await statements(90)
    assert many <= few + 6, "the beat may fall into it, but nothing grows with the phones"


async def test_storage_that_does_not_answer_is_told_as_busy_and_not_as_a_receipt(
    stack: Stack, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await stack.round()
    phone, other = await server.phone(), await server.phone()
    await phone.join(record.code)
    await other.join(record.code, "Hùng")
    await stack.do(record, "next", "next")
    for one in (phone, other):
        await one.expect("state", phase="open")
    gate = asyncio.Event()
    accept = intake.accept

    async def slow(*arguments: Any) -> Any:
        await gate.wait()
        return await accept(*arguments)

    monkeypatch.setattr(intake, "accept", slow)
    server.players.intake._answers._limit = 1
    monkeypatch.setattr(intake, "STORED_LATE_MS", 50.0)  # A phone asks again after seconds; the test need not wait.
    await phone.send(t="answer", id="first-of-it", q=1, choice=["b"])
    await asyncio.sleep(0.1)
    await phone.send(t="answer", id="first-of-it", q=1, choice=["b"])
    assert (await phone.expect("error"))["code"] == "busy", "the link is alive, the answer waits"
    third = await server.phone()
    await third.join(record.code, "Mai")
    await other.send(t="answer", id="takes-the-room", q=1, choice=["b"])
    async with asyncio.timeout(3):
        while not len(server.players.intake._answers):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await third.send(t="answer", id="queue-is-full", q=1, choice=["b"])
    assert (await third.expect("error"))["code"] == "busy"
    assert not [frame for one in (phone, other, third) for frame in one.frames if frame["t"] == "receipt"]
    gate.set()
    assert (await phone.expect("receipt"))["status"] == "accepted"
    assert (await third.answer(["b"], id="queue-is-full"))["status"] == "accepted"


async def test_a_process_is_busy_until_everybody_has_the_results(
    stack: Stack, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    await stack.do(record, "next", "next")
    await phone.expect("state", phase="open")
    hub = server.players.hub
    with monkeypatch.context() as patched:
        patched.setattr(hub, "spawn", lambda work: work.close())  # The news comes and nobody has been told yet.
        await stack.do(record, "close", "settle")
        async with asyncio.timeout(5):
            while hub.rooms[record.id].phase is not Phase.REVEALED:  # noqa: ASYNC110 (rooms have no signal)
                await asyncio.sleep(0.01)
        assert server.players.busy_with_question
    await phone.expect("you", verdict="none")
    async with asyncio.timeout(5):
        while server.players.busy_with_question:  # noqa: ASYNC110 (rooms have no signal)
            await asyncio.sleep(0.01)


async def test_while_a_question_is_open_a_stopping_process_lets_back_in_who_lost_its_link(
    stack: Stack, server: Server
) -> None:
    record = await stack.round()
    phone, other = await server.phone(), await server.phone()
    await phone.join(record.code)
    await other.join(record.code, "Hùng")
    await stack.do(record, "next", "next")
    await phone.expect("state", phase="open")
    doors = asyncio.Event()
    stopping = asyncio.create_task(server.players.drain(doors.set))
    await asyncio.sleep(0.05)
    phone.link.transport.abort()
    back = Phone(await knock(server, RETURNING))
    await back.resume(phone.ticket)
    assert (await back.answer(["b"]))["status"] == "accepted"
    assert await turned_away(server)
    async with httpx.AsyncClient(base_url=server.url) as client:
        ready = await client.get("/readyz")
        assert (ready.status_code, "draining" in ready.json()["cannot"]) == (503, True)
    assert not doors.is_set()
    await stack.do(record, "close", "settle")
    await stopping
    assert doors.is_set()
    for one in (back, other):
        assert await one.closed() == CloseCode.DRAIN
        assert [frame["verdict"] for frame in one.frames if frame.get("verdict")], "the results came first"
