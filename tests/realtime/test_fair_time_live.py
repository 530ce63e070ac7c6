"""Fair time over real sockets: the ping behind the question, its pong, and what is stored of them."""

import asyncio
import json
import socket

import pytest
from sqlalchemy import select
from websockets.datastructures import Headers
from websockets.http11 import Request

from contest.rounds import RoundRecord
from contest.tables import answers
from loadtests import fairness_phones
from loadtests.delay_line import WAYS, forwarded, proxy
from realtime.handshake import Policy, review
from scoring.fairtime import CreditFlag
from tests.realtime.conftest import Stack
from tests.realtime.test_gateway import Raw


async def evidence(stack: Stack, record: RoundRecord, seat: int = 1) -> tuple[dict[str, float], int, int]:
    """The stored evidence, elapsed and credit of a seat's answer."""
    async with stack.db.read() as reader:
        row = (await reader.execute(select(answers).where(answers.c.seat == seat))).one()
    return json.loads(row.evidence), row.elapsed_ms, row.credit_ms


async def opened(stack: Stack) -> tuple[RoundRecord, Raw, bytes]:
    """A phone that was just shown the question, and the nonce that came right behind it."""
    server = await stack.start()
    record = await stack.round()
    raw = await Raw.open(server)
    raw.say(t="hello", code=record.code, name="Lan")
    await raw.until(1, "you")
    await stack.do(record, "next", "next")
    while json.loads(await raw.until(1, "state"))["phase"] != "open":
        pass
    return record, raw, await raw.until(9)


def answer(raw: Raw, **more: object) -> None:
    raw.say(t="answer", id="answer-01", q=1, choice=["b"], **more)


async def test_an_honest_pong_is_measured(stack: Stack) -> None:
    record, raw, nonce = await opened(stack)
    await asyncio.sleep(0.15)
    raw.send(10, nonce)
    await asyncio.sleep(0.25)
    answer(raw)
    await raw.until(1, "receipt")
    facts, elapsed, credit = await evidence(stack, record)
    assert facts["via"] == "ws"
    assert 150 <= facts["rtt"] < 400 <= elapsed < 2_000
    # The pong was held back for 150 ms, but the kernel knows that the way was short.
    assert facts["kernel"] < 50
    assert credit <= facts["kernel"]
    assert facts["flags"] & CreditFlag.PONG_HELD


@pytest.mark.parametrize(
    ("believed", "headers", "kernel"),
    [
        (True, ["20000 5000"], 50.0),
        (True, ["20000,5000"], 50.0),
        (True, ["0 0"], None),
        (True, ["-1 5"], None),
        (True, ["1e9 5"], None),
        (True, ["800000 100000", "20000 5000"], None),  # the phone's own and the proxy's
        (True, [], None),
        (False, ["20000 5000"], None),
    ],
)
def test_what_a_proxys_kernel_measured_is_believed_when_it_is_said_to(
    believed: bool, headers: list[str], kernel: float | None
) -> None:
    policy = Policy(frozenset(), frozenset({"10.0.0.1"}), rtt_told=believed)
    told = [("X-Client-RTT", value) for value in headers]
    request = Request("/ws", Headers([("X-Forwarded-For", "203.0.113.9"), *told]))
    assert review(request, ("10.0.0.1", 1), policy).kernel_ms == kernel
    assert review(request, ("203.0.113.9", 1), policy).kernel_ms is None
    # Whose TCP ends here needs nobody's word.
    assert review(Request("/ws", Headers(told)), ("10.0.0.1", 1), policy).direct


async def test_behind_such_a_proxy_the_bound_is_the_proxys(stack: Stack) -> None:
    server = await stack.start(proxy_tells_rtt=True)
    record = await stack.round(fairness="prize")
    through = {"X-Forwarded-For": "203.0.113.9", "X-Client-RTT": "20000 5000"}
    phone = await server.phone(additional_headers=through)
    await phone.join(record.code)
    await stack.do(record, "next", "next")
    await phone.expect("state", phase="open")
    await asyncio.sleep(0.05)
    await phone.answer(["b"])
    facts, _, _ = await evidence(stack, record)
    assert facts["kernel"] == 50


async def test_without_a_pong_there_is_no_credit(stack: Stack) -> None:
    record, raw, _ = await opened(stack)
    await asyncio.sleep(0.1)
    answer(raw, think=1.0)
    await raw.until(1, "receipt")
    facts, _, credit = await evidence(stack, record)
    assert "rtt" not in facts
    assert (credit, facts["flags"]) == (0, CreditFlag.NO_PONG)


async def test_forged_and_repeated_pongs_change_nothing(stack: Stack) -> None:
    record, raw, nonce = await opened(stack)
    raw.send(10, b"forged!!")
    raw.send(10, b"")
    raw.send(10, nonce)
    await asyncio.sleep(0.2)
    raw.send(10, nonce)
    answer(raw)
    await raw.until(1, "receipt")
    facts, _, _ = await evidence(stack, record)
    assert facts["rtt"] < 150


async def test_who_comes_after_the_opening_has_had_the_question_since_then(stack: Stack) -> None:
    server = await stack.start()
    record = await stack.round()
    first, late = await server.phone(), await server.phone()
    await first.join(record.code)
    await stack.do(record, "next", "next")
    await first.expect("state", phase="open")
    await asyncio.sleep(0.4)
    await late.join(record.code, "Muộn")
    await late.answer(["b"], think=1.0)
    facts, elapsed, credit = await evidence(stack, record, seat=2)
    assert facts["via"] == "late"
    assert elapsed >= 400
    assert credit == 0


async def test_a_reconnect_does_not_restart_the_time(stack: Stack) -> None:
    server = await stack.start()
    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    await stack.do(record, "next", "next")
    await phone.expect("state", phase="open")
    await asyncio.sleep(0.3)
    again = await server.phone()
    await again.resume(phone.ticket)
    await again.answer(["b"])
    _, elapsed, _ = await evidence(stack, record)
    assert elapsed >= 300


async def test_the_clock_stands_still_in_a_pause(stack: Stack) -> None:
    server = await stack.start()
    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    await stack.do(record, "next", "next", "pause")
    await phone.expect("state", phase="paused")
    await asyncio.sleep(0.6)
    assert (await phone.answer(["b"]))["status"] == "refused"
    await stack.do(record, "resume")
    await phone.expect("state", phase="open")
    assert (await phone.answer(["b"]))["status"] == "accepted"
    _, elapsed, _ = await evidence(stack, record)
    assert elapsed < 500


async def test_honest_phones_altered_pages_and_held_pongs_behind_a_slow_link(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`loadtests.fairness` in small: one question behind 250 ms, the proxy telling what its kernel measured."""
    monkeypatch.setattr(fairness_phones, "THINK_MEDIAN_S", 1.0)
    server = await stack.start(proxy_tells_rtt=True)
    record = await stack.round(fairness="prize")
    way = WAYS[2]

    def told(peer: socket.socket) -> tuple[str, ...]:
        return (*forwarded(peer), "X-Client-RTT: 300000 25000")

    async with proxy("127.0.0.1", server.port, way, 1, headers=told) as near:
        counts = {"honest": 3, "page": 1, "holder": 1}
        playing = asyncio.create_task(fairness_phones.play("127.0.0.1", near.port, record.code, counts, "x", 1))
        async with asyncio.timeout(8):
            while not (room := server.players.hub.rooms.get(record.id)) or len(room.phones) < 5:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        for phone in room.phones.values():
            # As if they had waited for a while; who holds pongs looks slower than the proxy's kernel says.
            phone.talk.samples.extend([900.0 if "holder" in phone.seat.name else 310.0] * 8)
        await stack.do(record, "next", "next")
        async with asyncio.timeout(10):
            while len(room.kept) < 5:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await stack.do(record, "finish")
        played = {one["seat"]: one for one in await playing}
    async with stack.db.read() as reader:
        rows = (await reader.execute(select(answers))).all()
    for row in rows:
        who, facts = played[row.seat], json.loads(row.evidence)
        gained = who["thought_ms"][1] - row.fair_ms
        assert facts["kernel"] == 650
        if who["kind"] == "honest":
            assert abs(gained) <= 150, facts
        else:
            assert row.credit_ms - min(facts["rtt"], facts["base"], facts["kernel"]) <= 150, "no more than its bucket"
        if who["kind"] == "holder":
            assert facts["rtt"] > 650
            assert facts["flags"] & CreditFlag.BUCKET_EMPTY
    assert len(rows) == 5
