"""Sockets are ours before any server starts, and a question to a server always ends."""

import asyncio
import socket

import pytest

from admin.listening import get_status, listen, port_of
from admin.trouble import Trouble


async def test_connections_wait_while_nobody_serves() -> None:
    with listen("127.0.0.1", 0) as door:
        waiting = [socket.create_connection(("127.0.0.1", port_of(door)), timeout=2) for _ in range(300)]
        assert len(waiting) == 300
        for one in waiting:
            one.close()


def test_a_port_has_one_owner_and_can_be_had_again() -> None:
    with listen("127.0.0.1", 0) as door:
        port = port_of(door)
        with pytest.raises(Trouble, match="port_taken"):
            listen("127.0.0.1", port)
        with pytest.raises(Trouble, match="port_taken"):
            listen("0.0.0.0", port)
    listen("127.0.0.1", port).close()


def test_an_ipv6_address_gets_an_ipv6_socket_or_a_clear_no() -> None:
    try:
        door = listen("::1", 0)
    except Trouble:
        with pytest.raises(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):  # noqa: PT011
            pass
        return
    with door:
        assert door.family is socket.AF_INET6


async def reply(raw: bytes | None) -> tuple[int, str]:
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if raw is None:
            await reader.read()  # says nothing until the other side has gone
        else:
            writer.write(raw)
            await writer.drain()
        writer.close()
        await writer.wait_closed()
        done.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        status = await get_status(f"http://127.0.0.1:{port}", "/readyz", timeout_s=0.3)
        await done.wait()
        return status


async def test_a_status_and_its_reason() -> None:
    assert await reply(b"HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nslow") == (503, "slow")


@pytest.mark.parametrize("raw", [b"", b"SSH-2.0\r\n", b"\x00\xff\r\n\r\n", None])
async def test_what_is_no_answer_is_status_0(raw: bytes | None) -> None:
    assert await reply(raw) == (0, "")


async def test_nobody_there_is_status_0() -> None:
    with listen("127.0.0.1", 0) as door:
        port = port_of(door)
    assert await get_status(f"http://127.0.0.1:{port}", "/readyz") == (0, "")
