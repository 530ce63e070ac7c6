"""One HTTP request on a connection of its own, for whoever in the drill is no phone. Never retries."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any


class NoAnswer(RuntimeError):
    """The server did not answer this request; what became of it nobody knows."""


async def ask(
    port: int,
    method: str,
    path: str,
    body: Any = None,
    *,
    headers: Mapping[str, str] | None = None,
    within_s: float = 4.0,
) -> tuple[int, bytes]:
    """Status and body of a request to this machine. Raises NoAnswer."""
    data = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += ["Content-Type: application/json", f"Content-Length: {len(data)}", "", ""]
    try:
        async with asyncio.timeout(within_s):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write("\r\n".join(lines).encode() + data)
                raw = await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError) as problem:
        raise NoAnswer(f"{method} {path}: {type(problem).__name__}") from problem
    top, found, rest = raw.partition(b"\r\n\r\n")
    if not found:
        raise NoAnswer(f"{method} {path}: cut off")
    head = top.lower()
    if b"transfer-encoding: chunked" in head:
        rest = _unchunked(rest)
    elif (at := head.find(b"content-length:")) >= 0 and len(rest) < int(head[at + 15 :].split(b"\r\n", 1)[0]):
        raise NoAnswer(f"{method} {path}: cut off")
    return int(top.split(b" ", 2)[1]), rest


def _unchunked(data: bytes) -> bytes:
    whole = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if not length:
            return whole
        whole += data[:length]
        data = data[length + 2 :]
    raise NoAnswer("cut off in the middle")
