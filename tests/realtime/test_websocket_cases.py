"""RFC 6455 against the gateway over raw sockets, in the families that Autobahn's suite numbers its cases by.

The gateway echoes nothing, but a receipt repeats the id of its answer: that is how these cases see that a message
arrived whole. `python -m loadtests.autobahn` runs the suite itself against an echo.
"""

import asyncio
import json
import struct

import pytest

from realtime.connection import MOST_UNEXPECTED
from realtime.protocol import MAX_PHONE_FRAME
from tests.realtime.conftest import Server, Stack
from tests.realtime.test_gateway import Raw

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Seat:
    """A server and a round to sit down in."""

    def __init__(self, server: Server, code: str) -> None:
        self.server, self.code = server, code

    async def raw(self) -> Raw:
        """A fresh socket that has a seat."""
        while (raw := await Raw.open(self.server)).status != "101":  # noqa: ASYNC110 (nothing here tells when it is over)
            # On a machine that stalls for half a second the server sheds newcomers.
            await asyncio.sleep(0.3)
        raw.say(t="hello", code=self.code, name="Lan")
        await raw.until(TEXT, "you")
        return raw


@pytest.fixture
async def seat(stack: Stack) -> Seat:
    server = await stack.start()
    return Seat(server, (await stack.round()).code)


def answer(answer_id: str, size: int = 0) -> bytes:
    """An answer of exactly `size` bytes, if that is more than it needs."""
    text = json.dumps({"t": "answer", "id": answer_id, "q": 99, "choice": ["a"]}, ensure_ascii=False).encode()
    return text[:-1] + b" " * (size - len(text)) + text[-1:]


def sent(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True) -> bytes:
    """A frame as a client writes it, right or wrong."""
    size = len(payload)
    length = (
        bytes([size])
        if size < 126
        else b"\x7e" + size.to_bytes(2, "big")
        if size < 65536
        else b"\x7f" + size.to_bytes(8, "big")
    )
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if not masked:
        return head + length + payload
    mask = b"\x37\xfa\x21\x3d"
    return head + bytes([length[0] | 0x80]) + length[1:] + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


async def echoed(raw: Raw, answer_id: str) -> None:
    receipt = json.loads(await raw.until(TEXT, "receipt"))
    assert receipt["id"] == answer_id


async def ends(seat: Seat, what: bytes, code: int) -> None:
    """What is wrong is answered with this code, and then with the end of the connection without waiting for anybody."""
    raw = await seat.raw()
    raw.writer.write(what)
    assert await raw.close_code() == code, what[:40]
    async with asyncio.timeout(2):
        assert await raw.reader.read() == b""


async def test_1_framing(seat: Seat) -> None:
    raw = await seat.raw()
    for number, size in enumerate((0, 125, 126, 127, 128, 1000, MAX_PHONE_FRAME)):
        raw.writer.write(sent(TEXT, answer(f"framing-{number}", size)))
        await echoed(raw, f"framing-{number}")
    # Byte by byte, and two messages in one packet.
    for byte in sent(TEXT, answer("chopped-1")):
        raw.writer.write(bytes([byte]))
        await asyncio.sleep(0)
    await echoed(raw, "chopped-1")
    raw.writer.write(sent(TEXT, answer("double-1")) + sent(TEXT, answer("double-2")))
    await echoed(raw, "double-1")
    await echoed(raw, "double-2")
    raw.writer.write(sent(TEXT, b""))
    assert json.loads(await raw.until(TEXT, "error"))["code"] == "bad_frame"
    await ends(seat, sent(TEXT, answer("bare"), masked=False), 1002)
    await ends(seat, sent(BINARY, b"\x00"), 1003)


async def test_2_pings_and_pongs(seat: Seat) -> None:
    raw = await seat.raw()
    for payload in (b"", b"Hello", bytes(range(125)), b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"):
        raw.writer.write(sent(PING, payload))
        assert await raw.until(PONG) == payload
    for byte in sent(PING, b"slowly"):
        raw.writer.write(bytes([byte]))
        await asyncio.sleep(0)
    assert await raw.until(PONG) == b"slowly"
    # Pongs nobody asked for are nothing, and a pong comes before what the frames behind its ping bring about.
    raw.writer.write(sent(PONG, b"unasked") + sent(PING, b"first") + sent(TEXT, b"no frame of ours"))
    kinds = []
    while len(kinds) < 2:
        opcode, payload = await raw.frame()
        if opcode == PONG or b'"error"' in payload:
            kinds.append(opcode)
    assert kinds == [PONG, TEXT]
    raw.writer.write(b"".join(sent(PING, b"%d" % number) for number in range(8)))
    assert [await raw.until(PONG) for _ in range(8)] == [b"%d" % number for number in range(8)]
    await ends(seat, sent(PING, b"x" * 126), 1002)


async def test_3_and_4_reserved_bits_and_opcodes(seat: Seat) -> None:
    for rsv in (1, 2, 4, 7):
        await ends(seat, sent(TEXT, answer("reserved"), rsv=rsv), 1002)
    await ends(seat, sent(PING, b"x", rsv=4), 1002)
    await ends(seat, sent(CLOSE, b"\x03\xe8", rsv=2), 1002)
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        await ends(seat, sent(opcode, b"" if opcode % 2 else b"x"), 1002)
    # What came whole before it in the same packet is still taken.
    raw = await seat.raw()
    raw.writer.write(sent(TEXT, b"no frame of ours") + sent(5, b"x"))
    assert json.loads(await raw.until(TEXT, "error"))["code"] == "bad_frame"
    assert await raw.close_code() == 1002


async def test_5_fragments(seat: Seat) -> None:
    raw = await seat.raw()
    text = answer("Phần-một-hai-ba")
    cut = text.index("ầ".encode()) + 1  # In the middle of a character.
    for wait_s in (0.0, 0.01):
        for piece in (
            sent(TEXT, text[:cut], fin=False), sent(PING, b"between"), sent(CONT, b"", fin=False),
            sent(PONG, b"unasked"), sent(CONT, text[cut:]),
        ):  # fmt: skip
            raw.writer.write(piece)
            if wait_s:
                await asyncio.sleep(wait_s)
        assert await raw.until(PONG) == b"between"
        await echoed(raw, "Phần-một-hai-ba")
    for wrong in (
        sent(PING, b"x", fin=False),
        sent(PONG, b"x", fin=False),
        sent(CLOSE, b"\x03\xe8", fin=False),
        sent(CONT, b"x"),
        sent(CONT, b"x", fin=False),
        sent(TEXT, b"{", fin=False) + sent(TEXT, b"}"),
        sent(TEXT, text[:cut], fin=False) + sent(CONT, text[cut:]) + sent(CONT, b"x"),
    ):
        await ends(seat, wrong, 1002)


WRONG_TEXTS = {
    "a lone continuation byte": b"\x80",
    "overlong slash": b"\xc0\xaf",
    "overlong in three": b"\xe0\x80\xaf",
    "overlong in four": b"\xf0\x80\x80\xaf",
    "overlong NUL": b"\xc0\x80",
    "a high surrogate": b"\xed\xa0\x80",
    "a pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "beyond U+10FFFF": b"\xf4\x90\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "cut short": b"\xe1\xba",
    "never a byte": b"\xfe\xff",
}


async def test_6_text_is_utf_8(seat: Seat) -> None:
    raw = await seat.raw()
    for number, name in enumerate(
        ("κόσμε", "Đặng Thị Ươm", "\U0010ffff\ufffe\ud7ff\ue000", "\U00010000", "\u0001\u007f")
    ):
        answer_id = f"{number}{name}"
        text = answer(answer_id)
        raw.writer.write(sent(TEXT, text) if number % 2 else sent(TEXT, text[:40], fin=False) + sent(CONT, text[40:]))
        await echoed(raw, answer_id)
    for wrong in WRONG_TEXTS.values():
        await ends(seat, sent(TEXT, b'{"t":"answer","id":"' + wrong + b'","q":1,"choice":["a"]}'), 1007)
        await ends(seat, sent(TEXT, wrong), 1007)
    await ends(seat, sent(TEXT, b"\xe1", fin=False) + sent(CONT, b"\xba\xff"), 1007)


async def test_7_closing(seat: Seat) -> None:
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        await ends(seat, sent(CLOSE, struct.pack("!H", code)), code)
    await ends(seat, sent(CLOSE, struct.pack("!H", 1000) + "Hẹn gặp lại".encode()), 1000)
    await ends(seat, sent(CLOSE, struct.pack("!H", 1000) + b"x" * 123), 1000)
    for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535):
        await ends(seat, sent(CLOSE, struct.pack("!H", code)), 1002)
    await ends(seat, sent(CLOSE, b"\x03"), 1002)
    await ends(seat, sent(CLOSE, struct.pack("!H", 1000) + b"x" * 124), 1002)
    await ends(seat, sent(CLOSE, struct.pack("!H", 1000) + b"\xce\xba\xff"), 1007)
    # Without a code; and what comes behind a close is not heard.
    raw = await seat.raw()
    raw.writer.write(sent(CLOSE) + sent(TEXT, answer("too-late")) + sent(PING, b"too late"))
    assert await raw.until(CLOSE) == b""
    assert await raw.reader.read() == b""


async def test_9_and_10_limits(seat: Seat) -> None:
    await ends(seat, sent(TEXT, answer("large", MAX_PHONE_FRAME + 1)), 1009)
    half = b" " * (MAX_PHONE_FRAME // 2)
    await ends(seat, sent(TEXT, half, fin=False) + sent(CONT, half, fin=False) + sent(CONT, b" "), 1009)
    # Announced only: refused before any of it has come.
    await ends(seat, b"\x81\xff" + (1 << 40).to_bytes(8, "big"), 1009)
    raw = await seat.raw()
    text = answer("in-many-pieces", 1300)
    pieces = [text[at : at + 130] for at in range(0, 1300, 130)]
    for index, piece in enumerate(pieces):
        raw.writer.write(sent(TEXT if not index else CONT, piece, fin=index == len(pieces) - 1))
    await echoed(raw, "in-many-pieces")
    for _ in range(MOST_UNEXPECTED):
        raw.writer.write(sent(TEXT, b"no frame of ours"))
    assert await raw.close_code() == 4503
