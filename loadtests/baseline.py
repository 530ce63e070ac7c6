"""What a fan-out costs at least: a small C server (`epoll_baseline.c`) writes one frame to as many phones.

The phones read frames, answer pings and send an answer to every frame as those of the swarm do, in as many processes.
Never touches the platform.
"""

import asyncio
import multiprocessing
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import cast

import uvloop

from loadtests import frames

SOURCE = Path(__file__).with_name("epoll_baseline.c")
ROUNDS = 5
ANSWERS_S = 1.2
ANSWER = b'{"t":"answer","id":"0123456789abcdef","q":1,"choice":["a"],"think":1234}'
CONNECTING = 200


class _Phone(asyncio.Protocol):
    def __init__(self) -> None:
        self._rest = b""
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        received, self._rest = frames.split(self._rest + data)
        for frame in received:
            if frame.opcode == frames.PING:
                self._send(frames.PONG, frame.payload)
            elif len(frame.payload) > len(ANSWER) * 2:
                asyncio.get_running_loop().call_later(random.random() * ANSWERS_S, self._send, frames.TEXT, ANSWER)

    def _send(self, opcode: int, payload: bytes) -> None:
        self._transport.write(frames.masked(opcode, payload, random.getrandbits(32).to_bytes(4, "big")))


async def _listen(port: int, phones: int, sources: tuple[str, ...]) -> None:
    loop = asyncio.get_running_loop()

    async def connect(number: int) -> asyncio.BaseTransport:
        local = (sources[number % len(sources)], 0) if sources else None
        transport, _ = await loop.create_connection(_Phone, "127.0.0.1", port, local_addr=local)
        return transport

    kept = []
    for start in range(0, phones, CONNECTING):
        numbers = range(start, min(phones, start + CONNECTING))
        kept += await asyncio.gather(*(connect(number) for number in numbers))
    await asyncio.sleep(3_600)  # The server's end is ours.


def listen(port: int, phones: int, sources: tuple[str, ...]) -> None:
    """Connects so many phones from this process and keeps them until it is ended."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_listen(port, phones, sources))


def compiler() -> str | None:
    """The C compiler of this machine."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def measure(
    phones: int,
    size: int,
    *,
    processes: int,
    sources: tuple[str, ...] = (),
    rounds: int = ROUNDS,
    within_s: float = 60,
) -> float | None:
    """Processor µs for each phone of writing `size` bytes to `phones` phones; None, loudly, without a C compiler."""
    cc = compiler()
    if cc is None:
        sys.stderr.write("NO C COMPILER: the C baseline is left out.\n")
        return None
    with tempfile.TemporaryDirectory(prefix="hoithi-epoll-") as folder:
        program = Path(folder) / "epoll_baseline"
        subprocess.run([cc, "-O2", "-Wall", "-o", str(program), str(SOURCE)], check=True)
        server = subprocess.Popen([program, str(phones), str(size), str(rounds)], stdout=subprocess.PIPE, text=True)
        crowd: list[multiprocessing.process.BaseProcess] = []
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            spawn = multiprocessing.get_context("spawn")
            for index in range(processes):
                share = phones // processes + (index < phones % processes)
                crowd.append(spawn.Process(target=listen, args=(port, share, sources), daemon=True))
                crowd[-1].start()
            said, _ = server.communicate(timeout=within_s)
        finally:
            if server.poll() is None:
                server.kill()
                server.wait()
            for one in crowd:
                one.kill()
                one.join()
    lines = said.split("\n")[1:]
    # The first round finds everything cold.
    costs = [int(line.split()[0]) / 1000 for line in lines if line][1:]
    return median(costs) if costs else None
