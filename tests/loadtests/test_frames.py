"""The synthetic phones' side of RFC 6455 agrees with the `websockets` package."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol
from websockets.utils import generate_key

from loadtests import frames
from loadtests.frames import BadFrame, Received


def upgraded() -> tuple[ServerProtocol, bytes, str]:
    """A server's core that has accepted our handshake, what it answered, and our key."""
    core, key = ServerProtocol(), generate_key()
    core.receive_data(frames.handshake("localhost:8000", "/ws", key))
    (request,) = core.events_received()
    core.send_response(core.accept(request))
    return core, b"".join(core.data_to_send()), key


def test_the_library_accepts_the_handshake() -> None:
    _, answer, key = upgraded()
    found = frames.response(answer)
    assert found is not None
    head, rest = found
    assert head.accepts(key)
    assert not head.accepts(generate_key())
    assert rest == b""


def test_a_response_in_pieces_is_waited_for() -> None:
    _, answer, key = upgraded()
    assert all(frames.response(answer[:cut]) is None for cut in range(len(answer)))
    found = frames.response(answer + b"\x81\x01x")
    assert found is not None
    assert found[1] == b"\x81\x01x"
    assert found[0].accepts(key)


def test_a_busy_server_accepts_nobody() -> None:
    found = frames.response(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\n\r\n")
    assert found is not None
    assert (found[0].status, found[0].accepts("key")) == (503, False)


@pytest.mark.parametrize("data", [b"hello\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 abc no\r\n\r\n", b"x" * 20_000])
def test_what_is_no_response_is_refused(data: bytes) -> None:
    with pytest.raises(BadFrame):
        frames.response(data)


@given(st.binary(max_size=70_000), st.binary(min_size=4, max_size=4))
def test_the_library_reads_what_phones_write(payload: bytes, key: bytes) -> None:
    core, _, _ = upgraded()
    core.receive_data(frames.masked(frames.BINARY, payload, key))
    (frame,) = core.events_received()
    assert isinstance(frame, Frame)
    assert (frame.opcode, bytes(frame.data), frame.fin) == (Opcode.BINARY, payload, True)


ITEMS = st.lists(
    st.tuples(st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.PING, Opcode.PONG]), st.binary(max_size=125))
    | st.tuples(st.just(Opcode.BINARY), st.binary(min_size=126, max_size=300)),
    max_size=6,
)


@given(ITEMS, st.data())
def test_phones_read_what_the_library_writes_however_it_is_cut(
    items: list[tuple[Opcode, bytes]], data: st.DataObject
) -> None:
    wire = b"".join(Frame(opcode, payload).serialize(mask=False) for opcode, payload in items)
    cut = data.draw(st.integers(0, len(wire)))
    first, rest = frames.split(wire[:cut])
    second, rest = frames.split(rest + wire[cut:])
    assert rest == b""
    assert first + second == [Received(int(opcode), payload, True) for opcode, payload in items]


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_every_form_of_length_is_read(size: int) -> None:
    wire = Frame(Opcode.TEXT, b"x" * size).serialize(mask=False)
    assert frames.split(wire) == ([Received(frames.TEXT, b"x" * size, True)], b"")
    assert frames.split(wire[:-1])[0] == []


@pytest.mark.parametrize("wire", [b"\x91\x00", b"\x81\x80", b"\x81\x7f" + (1 << 40).to_bytes(8, "big")])
def test_what_a_server_may_not_send_is_refused(wire: bytes) -> None:
    with pytest.raises(BadFrame):
        frames.split(wire)


def test_close_codes() -> None:
    assert frames.close_code(b"\x0f\xa1bye") == 4001
    assert frames.close_code(b"") == 1005
