"""Listening sockets, bound before any server starts, and the smallest question one can put to a server.

Never serves anything itself.
"""

import asyncio
import contextlib
import errno
import socket
from urllib.parse import urlsplit

from admin.trouble import Trouble

BACKLOG = 4096
"""A hall that scans one QR code at the same second queues here while a killed server comes back."""


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes a free one.

    Raises Trouble (`port_taken`, `port_forbidden`, `address_unknown`).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)
        bound.setblocking(False)
    except OSError as problem:
        bound.close()
        if problem.errno == errno.EADDRINUSE:
            raise Trouble("port_taken", host=host, port=port) from problem
        if problem.errno == errno.EACCES:
            raise Trouble("port_forbidden", host=host, port=port) from problem
        raise Trouble("address_unknown", host=host, port=port) from problem
    return bound


def port_of(bound: socket.socket) -> int:
    """The port a socket really got."""
    return int(bound.getsockname()[1])


async def get_status(url: str, path: str, *, timeout_s: float = 2.0) -> tuple[int, str]:
    """Status and body (at most 8 KiB) of a plain GET; status 0 when nobody answers in time."""
    try:
        parts = urlsplit(url)
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
            try:
                writer.write(f"GET {path} HTTP/1.0\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
                head, _, body = (await reader.read(8192)).partition(b"\r\n\r\n")
                if not body:
                    body = await reader.read(8192)
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
        return int(head.split(b" ", 2)[1]), body.decode("utf-8", "replace")
    except (OSError, TimeoutError, ValueError, IndexError):
        return 0, ""
