"""The phone's side of RFC 6455 for synthetic phones: the handshake and frames, as bytes.

Pure but for the random keys handed in. Knows no sockets and nothing of what the frames mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from websockets.speedups import apply_mask
from websockets.utils import accept_key

FIN = 0x80
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
MOST_BYTES = 4 * 1024 * 1024
"""A frame longer than this is taken for garbage."""


class Received(NamedTuple):
    """One frame as it came; `final` is false for all but the last part of a fragmented message."""

    opcode: int
    payload: bytes
    final: bool


class BadFrame(ValueError):
    """What came is no frame a server may send."""


def masked(opcode: int, payload: bytes, key: bytes) -> bytes:
    """One whole frame from a phone; `key` is the four random bytes of its mask."""
    size = len(payload)
    if size < 126:
        head = bytes((FIN | opcode, 0x80 | size))
    elif size < 65_536:
        head = bytes((FIN | opcode, 0x80 | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((FIN | opcode, 0x80 | 127)) + size.to_bytes(8, "big")
    return head + key + apply_mask(payload, key)


def split(data: bytes) -> tuple[list[Received], bytes]:
    """The whole frames at the beginning of `data`, and the rest. Raises BadFrame."""
    frames: list[Received] = []
    at, end = 0, len(data)
    while end - at >= 2:
        first, size = data[at], data[at + 1]
        start = at + 2
        if first & 0x70 or size & 0x80:
            raise BadFrame("reserved bits or a mask from the server")
        if size == 126:
            if end - at < 4:
                break
            size, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
        elif size == 127:
            if end - at < 10:
                break
            size, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
        if size > MOST_BYTES:
            raise BadFrame("too long")
        if end - start < size:
            break
        at = start + size
        frames.append(Received(first & 0x0F, data[start:at], bool(first & FIN)))
    return frames, data[at:]


def close_code(payload: bytes) -> int:
    """The code of a close frame; 1005 when it has none."""
    return int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005


def handshake(host: str, path: str, key: str) -> bytes:
    """The upgrade request. `host` as it belongs into the Host header, `key` from `websockets.utils.generate_key`."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        "",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")


@dataclass(frozen=True, slots=True)
class Response:
    """The head of an HTTP response, header names in lower case."""

    status: int
    headers: Mapping[str, str]

    def accepts(self, key: str) -> bool:
        """Whether this is the upgrade that was asked for with `key`."""
        return self.status == 101 and self.headers.get("sec-websocket-accept") == accept_key(key)


def response(data: bytes) -> tuple[Response, bytes] | None:
    """The response at the beginning of `data` and what follows it; None while it is not whole. Raises BadFrame."""
    head, found, rest = data.partition(b"\r\n\r\n")
    if not found:
        if len(data) > 16 * 1024:
            raise BadFrame("endless headers")
        return None
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ", 2)
    if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not parts[1].isdigit():
        raise BadFrame("no HTTP response")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Response(int(parts[1]), headers), rest
