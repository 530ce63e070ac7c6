"""WebSocket bytes built once and written many times: the server's side of RFC 6455 for short frames.

Pure. Everything about a protocol's state stays with the `websockets` package (`realtime.gateway`).
"""

from typing import Any

import msgspec
from websockets.speedups import apply_mask

TEXT = 0x81
PONG = 0x8A
_MASKED = 0x80
_PING_8 = b"\x89\x08"

_encoder = msgspec.json.Encoder()


def text_frame(payload: bytes) -> bytes:
    """One unmasked, unfragmented text frame."""
    size = len(payload)
    if size < 126:
        return bytes((TEXT, size)) + payload
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def json_frame(value: Any) -> bytes:
    """A value as JSON in one text frame."""
    return text_frame(_encoder.encode(value))


def ping_frame(nonce: bytes) -> bytes:
    """A ping with eight bytes of payload."""
    return _PING_8 + nonce


def ping_nonce(frame: bytes) -> bytes:
    """What a ping of `ping_frame` carries."""
    return frame[2:]


def short_text(data: bytes) -> bytes | None:
    """The payload when `data` is exactly one final masked text frame under 126 bytes, else None."""
    size = len(data) - 6
    if 0 <= size < 126 and data[0] == TEXT and data[1] == _MASKED | size:
        return apply_mask(data[6:], data[2:6])
    return None


def short_pong(data: bytes) -> bytes | None:
    """The payload when `data` is exactly one masked pong of eight bytes, else None."""
    if len(data) == 14 and data[0] == PONG and data[1] == 0x88:
        return apply_mask(data[6:], data[2:6])
    return None


def masked_size(payload: int) -> int:
    """The shortest length on the wire of a masked frame with this much payload."""
    return 6 + payload + (0 if payload < 126 else 2 if payload < 65_536 else 8)
