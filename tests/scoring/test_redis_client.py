"""The connection: works on every kind of URL, and gives up on a dead server in about a second."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from scoring.redis_client import connect


async def test_a_live_server_answers_in_bytes(redis: Redis) -> None:
    await redis.set("hoithi:test:client", "é", ex=5)
    assert await redis.get("hoithi:test:client") == "é".encode()


@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/0", "rediss://127.0.0.1:6379/0", "unix:///tmp/x.sock"])
async def test_nothing_is_opened_until_the_first_command(url: str) -> None:
    await connect(url).aclose()


def test_another_kind_of_url_is_refused() -> None:
    with pytest.raises(ValueError, match="URL"):
        connect("http://127.0.0.1")


async def _cost_of_failing(url: str, use: Callable[[Redis], Awaitable[object]]) -> float:
    client = connect(url)
    start = time.monotonic()
    with pytest.raises(RedisError):
        await use(client)
    spent = time.monotonic() - start
    await client.aclose()
    return spent


async def test_a_refused_connection_fails_at_once(tmp_path: Path) -> None:
    assert await _cost_of_failing(f"unix://{tmp_path}/none.sock", lambda client: client.ping()) < 1
    with socket.socket() as reserved:  # bound but not listening: connections are refused
        reserved.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{reserved.getsockname()[1]}"
        assert await _cost_of_failing(url, lambda client: client.set("a", "b")) < 1


async def test_a_server_that_hangs_costs_about_a_second() -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await _cost_of_failing(f"redis://127.0.0.1:{port}", lambda client: client.ping()) < 1.6
    server.close()
    await server.wait_closed()


async def test_a_subscriber_may_wait_longer_than_a_commands_time_out(redis: Redis) -> None:
    async with redis.pubsub() as listener:
        await listener.subscribe("hoithi:test:slow")

        async def speak_late() -> None:
            await asyncio.sleep(0.8)
            await redis.publish("hoithi:test:slow", b"late")

        async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
            tasks.create_task(speak_late())
            messages = [await listener.get_message(timeout=None) for _ in range(2)]
    assert messages[-1] is not None
    assert messages[-1]["data"] == b"late"
