"""A phone that does exactly what a test says, and a stretch of slow network to put it behind."""

import asyncio
import contextlib
import json
import os
import random
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.flows.commands import Up


class Tab:
    """One page of one phone. `frames` keeps what it was told, `state` and `you` the newest of each."""

    def __init__(self, link: ClientConnection) -> None:
        self.link = link
        self.frames: list[dict[str, Any]] = []
        self.state: dict[str, Any] = {}
        self.you: dict[str, Any] = {}
        self.ticket = ""
        self.seat = 0
        self.news = asyncio.Condition()
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, players_url: str, **options: Any) -> AsyncIterator["Tab"]:
        url = players_url.replace("http", "ws", 1) + "/ws"
        async with connect(url, compression=None, ping_interval=None, **options) as link:
            tab = cls(link)
            try:
                yield tab
            finally:
                tab._listening.cancel()

    async def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for raw in self.link:
                frame = json.loads(raw)
                self.frames.append(frame)
                if frame["t"] == "state":
                    self.state = frame
                elif frame["t"] == "you":
                    self.you = frame
                elif frame["t"] == "welcome":
                    self.ticket, self.seat = frame["ticket"], frame["seat"]
                async with self.news:
                    self.news.notify_all()

    async def send(self, **frame: Any) -> None:
        await self.link.send(json.dumps(frame))

    async def hears(self, kind: str, *, within_s: float = 8, since: int = 0, **fields: Any) -> dict[str, Any]:
        """The first frame of this kind with these fields, after the first `since` frames."""

        def found() -> dict[str, Any] | None:
            for frame in self.frames[since:]:
                if frame["t"] == kind and all(frame.get(name) == value for name, value in fields.items()):
                    return frame
            return None

        try:
            async with asyncio.timeout(within_s), self.news:
                while (frame := found()) is None:
                    await self.news.wait()
                return frame
        except TimeoutError:
            raise AssertionError(f"no {kind} {fields} among {self.frames[-6:]}") from None

    async def join(self, code: str, name: str) -> None:
        await self.send(t="hello", code=code, name=name, unit=None, group=None, lang="vi")
        await self.hears("you")

    async def resume(self, ticket: str) -> dict[str, Any]:
        self.ticket = ticket
        await self.send(t="resume", ticket=ticket, v=0)
        return await self.hears("you")

    async def shown(self, phase: str, number: int | None = None, within_s: float = 10) -> dict[str, Any]:
        """The picture once it is this."""
        try:
            async with asyncio.timeout(within_s), self.news:
                while True:
                    asked = (self.state.get("q") or {}).get("n")
                    if self.state.get("phase") == phase and number in (None, asked):
                        return self.state
                    await self.news.wait()
        except TimeoutError:
            raise AssertionError(f"no {phase} {number}, but {self.state}") from None

    async def answer(self, q: int, choice: Any, *, id: str | None = None, think: float | None = None) -> str:
        """Sends an answer; the status of its receipt."""
        name, since = id or secrets.token_hex(8), len(self.frames)
        await self.send(t="answer", id=name, q=q, choice=choice, think=think)
        return str((await self.hears("receipt", since=since, id=name))["status"])

    async def closed(self, within_s: float = 8) -> int | None:
        """The code the server closed with."""
        async with asyncio.timeout(within_s):
            await self.link.wait_closed()
        return self.link.close_code


def server_of(up: Up, tab: Tab) -> str:
    """Which players' process holds the other end, from the kernel's tables."""
    port = tab.link.local_address[1]
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[2].endswith(f":{port:04X}"):
            wanted = f"socket:[{fields[9]}]"
            for name, pid in up.state["pids"].items():
                if not name.startswith("players"):
                    continue
                for entry in Path(f"/proc/{pid}/fd").iterdir():
                    with contextlib.suppress(FileNotFoundError):
                        if re.fullmatch(re.escape(wanted), os.readlink(entry)):
                            return str(name)
    raise AssertionError("nobody holds this socket")


@contextlib.asynccontextmanager
async def slow_network(players_url: str, round_trip_ms: float, jitter: float = 0.1) -> AsyncIterator[str]:
    """A TCP proxy that keeps the order of bytes and delays each piece by half a round trip, more or less `jitter`."""
    host, port = players_url.removeprefix("http://").split(":")
    loop = asyncio.get_running_loop()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def hand_over() -> None:
            last = 0.0
            while True:
                due, piece = await pieces.get()
                last = max(last, due)
                await asyncio.sleep(max(0.0, last - loop.time()))
                if not piece:
                    break
                writer.write(piece)
            writer.close()

        async with asyncio.TaskGroup() as group:
            group.create_task(hand_over())
            piece = b"-"
            while piece:
                try:
                    piece = await reader.read(65_536)
                except OSError:
                    piece = b""
                delay_ms = round_trip_ms / 2 * random.uniform(1 - jitter, 1 + jitter)
                pieces.put_nowait((loop.time() + delay_ms / 1000, piece))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(host, int(port))
        writers.update((writer, there_writer))
        with contextlib.suppress(ExceptionGroup):
            async with asyncio.TaskGroup() as group:
                group.create_task(carry(reader, there_writer))
                group.create_task(carry(there_reader, writer))

    writers: set[asyncio.StreamWriter] = set()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()
        for writer in writers:
            writer.transport.abort()
        # An aborted connection is closed at the next turn of the loop, and its carriers end after that.
        await asyncio.sleep(0.1)
