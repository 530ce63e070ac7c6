"""The players' server as a process of its own: it stops cleanly and loses nothing that was acknowledged."""

import asyncio
import os
import signal
import socket
import sys

from websockets.asyncio.client import connect

from contest.answering import kept
from contest.ids import QuestionNumber
from tests.realtime.conftest import Phone, Stack

PROGRAM = """
import sys, uvloop
from contest.settings import Settings
from realtime.server import serve_players
uvloop.run(serve_players(Settings(), int(sys.argv[1])))
"""


async def started(stack: Stack, listener: socket.socket) -> asyncio.subprocess.Process:
    environment = os.environ | {
        "HOITHI_DATA_DIR": str(stack.settings.data_dir),
        "HOITHI_DATABASE_URL": str(stack.settings.database_url),
        "HOITHI_REDIS_URL": str(stack.settings.redis_url),
        "HOITHI_PUBLIC_URL": "http://thi.example.vn",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(listener.fileno()), env=environment, pass_fds=(listener.fileno(),)
    )


async def test_stop_says_goodbye_and_exits_cleanly_and_the_next_one_takes_over(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}/ws"
        first = await started(stack, listener)
        record = await stack.round()
        async with connect(url, compression=None) as link:
            phone = Phone(link)
            await phone.join(record.code)
            await stack.do(record, "next", "next")
            await phone.expect("state", phase="open")
            await phone.answer(["b"])
            first.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.5)
            # Not inside an open question: that ends first.
            assert first.returncode is None
            await stack.do(record, "close", "settle")
            assert (await phone.expect("you", within_s=10))["verdict"] == "right"
            assert await phone.closed() == 4001
            assert phone.frames[-1] == {"t": "bye", "code": 4001, "spread": 500}
        assert await asyncio.wait_for(first.wait(), 20) == 0
        second = await started(stack, listener)
        try:
            async with connect(url, compression=None) as link:
                again = Phone(link)
                assert (await again.resume(phone.ticket))["kept"] == ["b"]
        finally:
            second.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(second.wait(), 20) == 0


async def test_killed_in_the_middle_nothing_acknowledged_is_lost(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}/ws"
        process = await started(stack, listener)
        record = await stack.round()
        links = [await connect(url, compression=None) for _ in range(20)]
        phones = [Phone(link) for link in links]
        for phone in phones:
            await phone.join(record.code)
        await stack.do(record, "next", "next")
        for phone in phones:
            await phone.expect("state", phase="open")
            await phone.send(t="answer", id="kill-drill", q=1, choice=["b"])
        await phones[0].expect("receipt")
        process.kill()
        await process.wait()
        acknowledged = set()
        for number, phone in enumerate(phones, 1):
            await phone.closed()
            if any(frame["t"] == "receipt" and frame["status"] == "accepted" for frame in phone.frames):
                acknowledged.add(number)
        assert acknowledged
        async with stack.db.read() as reader:
            stored = await kept(reader, record.id, QuestionNumber(1))
        assert acknowledged <= set(stored)
