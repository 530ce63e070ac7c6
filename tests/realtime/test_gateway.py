"""The gateway against phones that misbehave, on raw sockets and through the websockets client."""

import asyncio
import base64
import json
import os
import random
import struct
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from contest.answering import kept
from contest.ids import QuestionNumber
from realtime import gateway, players
from realtime.protocol import CloseCode
from tests.realtime.conftest import Server, Stack


class Raw:
    """A WebSocket spoken by hand, so that every byte is the test's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, server: Server, *headers: str, path: str = "/ws") -> "Raw":
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        raw = cls(reader, writer)
        server.phones.append(writer)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *headers, "", "",
        ]  # fmt: skip
        writer.write("\r\n".join(lines).encode())
        raw.status = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode()
        return raw

    status = ""

    def send(self, opcode: int, payload: bytes, *, fin: bool = True) -> None:
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([(0x80 if fin else 0) | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + size.to_bytes(2, "big")
        else:
            head += bytes([0x80 | 127]) + size.to_bytes(8, "big")
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self.writer.write(head + mask + masked)

    def say(self, **frame: Any) -> None:
        self.send(1, json.dumps(frame).encode())

    async def frame(self) -> tuple[int, bytes]:
        first, size = await self.reader.readexactly(2)
        if size == 126:
            size = int.from_bytes(await self.reader.readexactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await self.reader.readexactly(8), "big")
        return first & 15, await self.reader.readexactly(size)

    async def until(self, opcode: int, kind: str | None = None, within_s: float = 8) -> bytes:
        async with asyncio.timeout(within_s):
            while True:
                found, payload = await self.frame()
                if found == opcode and (kind is None or json.loads(payload)["t"] == kind):
                    return payload

    async def close_code(self, within_s: float = 8) -> int:
        payload = await self.until(8, within_s=within_s)
        return int(struct.unpack("!H", payload[:2])[0])


@pytest.fixture
async def server(stack: Stack) -> Server:
    return await stack.start()


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"not json", CloseCode.BAD_FRAME),
        (b'{"t":"dance"}', CloseCode.BAD_FRAME),
        (b'{"t":"hello","code":123456,"name":"x"}', CloseCode.BAD_FRAME),
        (b'{"t":"hello","code":"123456","name":["x"]}', CloseCode.BAD_FRAME),
        (b'{"t":"hello","code":"123456","name":"x","extra":1}', CloseCode.BAD_FRAME),
        (b"[" * 4000, CloseCode.BAD_FRAME),
        (b'{"t":"leave"}', 1000),
        (b'{"t":"answer","id":"12345678","q":1,"choice":["a"]}', CloseCode.NO_HELLO),
        (b'{"t":"resume","ticket":"nobody"}', CloseCode.BAD_TICKET),
        (b'{"t":"hello","code":"1\xff"}', 1007),
        (b'{"t":"hello","name":"' + b"x" * 5000 + b'"}', 1009),
    ],
)
async def test_first_frames_that_end_the_conversation(server: Server, payload: bytes, code: int) -> None:
    raw = await Raw.open(server)
    raw.send(1, payload)
    assert await raw.close_code() == code


async def test_binary_huge_and_unmasked_frames_close(server: Server) -> None:
    raw = await Raw.open(server)
    raw.send(2, b"\x00\x01")
    assert await raw.close_code() == 1003
    raw = await Raw.open(server)
    # Ten megabytes announced: refused at the header, before any of it is read.
    raw.writer.write(b"\x81\xff" + (10_000_000).to_bytes(8, "big") + b"mask" + b"x" * 4000)
    assert await raw.close_code() == 1009
    raw = await Raw.open(server)
    raw.writer.write(b"\x81\x02{}")
    assert await raw.close_code() == 1002


async def test_a_frame_in_pieces_and_split_over_packets_is_whole(stack: Stack, server: Server) -> None:
    record = await stack.round()
    raw = await Raw.open(server)
    text = json.dumps({"t": "hello", "code": record.code, "name": "Hường"}, ensure_ascii=False).encode()
    raw.send(1, text[:9], fin=False)
    await raw.writer.drain()
    raw.send(9, b"ping!")
    raw.send(0, text[9:20], fin=False)
    await asyncio.sleep(0.02)
    raw.send(0, text[20:])
    assert json.loads(await raw.until(1, "welcome"))["name"] == "Hường"
    # After that, a frame byte by byte, and then again one in a single packet.
    for fragment in (b"\x81", b"\x8d\x00\x00\x00", b"\x00", b'{"t":"leave"}'):
        raw.writer.write(fragment)
        await asyncio.sleep(0.01)
    assert await raw.close_code() == 1000


async def test_fragments_that_never_end_are_cut(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = await Raw.open(server)
    raw.send(1, b"{", fin=False)
    for _ in range(60):
        raw.send(0, b"", fin=False)
    assert await raw.close_code() == 1008


async def test_a_flood_is_cut(stack: Stack, server: Server) -> None:
    record = await stack.round()
    raw = await Raw.open(server)
    raw.say(t="hello", code=record.code, name="Lan")
    await raw.until(1, "you")
    for number in range(60):
        raw.say(t="answer", id=f"flood-{number:06}", q=1, choice=["a"])
    assert await raw.close_code() == 1008


async def test_unexpected_frames_are_answered_a_few_times(stack: Stack, server: Server) -> None:
    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    for _ in range(4):
        await phone.link.send("{}")
        assert (await phone.expect("error"))["code"] == "bad_frame"
    await phone.link.send("{}")
    assert await phone.closed() == CloseCode.BAD_FRAME


async def test_silence_is_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "FIRST_FRAME_SECONDS", 0.2)
    raw = await Raw.open(server)
    assert await raw.close_code(within_s=2) == CloseCode.NO_HELLO


async def test_a_handshake_that_never_ends_is_cut(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    server.phones.append(writer)
    writer.write(b"GET /ws HTTP/1.1\r\nHost: x\r\n")
    async with asyncio.timeout(8):
        assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://thi.example.vn.evil.example", "x"])
async def test_foreign_pages_get_no_socket(server: Server, origin: str) -> None:
    for path in ("/ws", "/ws/stage"):
        raw = await Raw.open(server, f"Origin: {origin}", path=path)
        assert raw.status == "403"


async def test_own_pages_get_one(server: Server) -> None:
    for origin in (f"http://127.0.0.1:{server.port}", f"https://127.0.0.1:{server.port}", "http://thi.example.vn"):
        assert (await Raw.open(server, f"Origin: {origin}")).status == "101"


async def test_a_full_process_says_when_to_come_back(stack: Stack) -> None:
    server = await stack.start(max_connections=10)
    raws = [await Raw.open(server) for _ in range(10)]
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{server.port}/ws")
    assert refused.value.response.status_code == 503
    assert 1 <= int(refused.value.response.headers["Retry-After"]) <= 10
    raws[0].writer.close()
    await asyncio.sleep(0.1)
    assert (await Raw.open(server)).status == "101"


async def test_wrong_codes_are_throttled_and_named(stack: Stack, server: Server) -> None:
    record = await stack.round()
    codes = []
    for number in range(4):
        phone = await server.phone()
        for _ in range(9):
            await phone.send(t="hello", code="000000", name="x", lang="en" if number else "vi")
            error = await phone.expect("error")
            codes.append(error["code"])
    assert codes[:30] == ["code_unknown"] * 30
    assert codes[-1] == "slow_down"
    assert "code" in error["message"].lower()
    await phone.send(t="hello", code=record.code, name="Lan")
    assert (await phone.expect("error"))["code"] == "slow_down"


async def test_a_second_connection_replaces_the_first(stack: Stack, server: Server) -> None:
    record = await stack.round()
    first, second = await server.phone(), await server.phone()
    await first.join(record.code)
    await second.resume(first.ticket)
    assert await first.closed() == CloseCode.REPLACED
    assert first.frames[-1]["t"] == "bye"
    assert (await second.answer(["a"]))["status"] == "refused"  # Seated, though nothing is asked yet.


async def test_a_resumed_phone_knows_what_it_answered(stack: Stack, server: Server) -> None:
    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    await stack.do(record, "next", "next")
    await phone.expect("state", phase="open")
    assert (await phone.answer(["b"]))["status"] == "accepted"
    phone.link.transport.abort()
    again = await server.phone()
    you = await again.resume(phone.ticket)
    assert (you["kept"], you["q"]) == (["b"], 1)
    assert (await again.answer(["c"]))["status"] == "kept_other"


async def test_a_slow_reader_is_cut_and_nobody_else_feels_it(
    stack: Stack, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "STALLED_S", 0.5)
    monkeypatch.setattr(gateway, "CLOSE_S", 0.3)
    record = await stack.round()
    slow = await Raw.open(server)
    slow.say(t="hello", code=record.code, name="Lan")
    await slow.until(1, "you")
    slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
    other = await server.phone()
    await other.join(record.code, "Hùng")
    room = next(iter(server.players.hub.rooms.values()))
    socket_of = room.phones[1]
    # Nothing the protocol sends is big enough to fill the kernel's buffers in a test: this does.
    for _ in range(4000):
        socket_of.write(b"\x81\x7e\x20\x00" + b" " * 8192)
    await asyncio.sleep(0.5)
    assert 1 not in room.phones
    assert socket_of.transport.is_closing()  # type: ignore[attr-defined]
    await stack.do(record, "lock")
    assert (await other.expect("state", locked=True))["v"] == 2


async def test_bits_at_random_never_break_the_process(stack: Stack, server: Server) -> None:
    rng = random.Random(7)
    for _ in range(60):
        raw = await Raw.open(server)
        raw.writer.write(rng.randbytes(rng.randint(1, 300)))
        raw.writer.write_eof()
        await raw.reader.read(4096)
        raw.writer.close()
    record = await stack.round()
    phone = await server.phone()
    assert (await phone.join(record.code))["seat"] == 1


async def test_a_ticket_of_another_round_opens_only_its_own(stack: Stack, server: Server) -> None:
    one, two = await stack.round(), await stack.round()
    first, second = await server.phone(), await server.phone()
    await first.join(one.code, "Một")
    await second.join(two.code, "Hai")
    await stack.do(two, "next", "next")
    await second.expect("state", phase="open")
    again = await server.phone()
    await again.resume(first.ticket)
    assert (await again.answer(["a"]))["status"] == "refused"
    async with stack.db.read() as reader:
        assert await kept(reader, two.id, QuestionNumber(1)) == {}


async def test_the_drain_says_goodbye_with_a_spread(stack: Stack, server: Server) -> None:
    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    closed: list[bool] = []
    await server.players.drain(lambda: closed.append(True))
    assert closed == [True]
    assert await phone.closed() == CloseCode.DRAIN
    assert phone.frames[-1]["t"] == "bye"
    assert phone.frames[-1]["spread"] >= players.LEAST_SPREAD_MS
    with pytest.raises(InvalidStatus):
        await connect(f"ws://127.0.0.1:{server.port}/ws")


async def test_kick_and_rename_reach_the_phone(stack: Stack, server: Server) -> None:
    from contest.ids import Seat
    from contest.phases import CommandName

    record = await stack.round()
    phone = await server.phone()
    await phone.join(record.code)
    await stack.runner.change_seat(record.id, CommandName.RENAME, Seat(1), actor="system", new_name="Bạn Lan")
    assert (await phone.expect("welcome"))["name"] == "Bạn Lan"
    await stack.runner.change_seat(record.id, CommandName.KICK, Seat(1), actor="system")
    assert await phone.closed() == CloseCode.KICKED
    again = await server.phone()
    with pytest.raises(ConnectionClosed):
        await again.resume(phone.ticket)
    assert again.link.close_code == CloseCode.KICKED
    other = await server.phone()
    await other.join(record.code)
    you = next(frame for frame in other.frames if frame["t"] == "you")
    assert you["of"] == 1, "who was sent away is not counted"
