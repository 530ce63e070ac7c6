"""Ten honest phones that play on in a thread of their own while a test does its worst to the platform around them."""

import asyncio
import contextlib
import json
import math
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection

from tests.flows.commands import Up, alive
from tests.flows.playing import Host, Phone, any_choice, questions

PHONES = 10
CALM_S = 1.5
NAME = "Nguyễn Thị Hoài Chi"
"""A name that must never be found outside the seats."""


@dataclass
class HonestPhone(Phone):
    """A phone that measures how long its answers take to be acknowledged."""

    sent_at: dict[str, float] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)
    took: list[float] = field(default_factory=list)
    connections: int = 0

    async def _talk(self, socket: ClientConnection) -> None:
        self.connections += 1
        await super()._talk(socket)

    async def _send(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        if frame["t"] == "answer":
            if frame["q"] not in self.begun:
                self.begun.add(frame["q"])
                self.sent_at[frame["id"]] = time.monotonic()
        await super()._send(socket, frame)

    async def _hear(self, socket: ClientConnection, raw: str, group: asyncio.TaskGroup) -> None:
        await super()._hear(socket, raw, group)
        if '"t":"receipt"' in raw:
            receipt = json.loads(raw)
            # What was sent again after a second may be told "same"; only the first receipt counts.
            if (began := self.sent_at.pop(receipt["id"], None)) is not None:
                assert receipt["status"] in ("accepted", "same"), receipt
                self.took.append(time.monotonic() - began)


class Hall:
    """A round that goes on and on; `undisturbed()` asserts that its phones feel nothing of what happens meanwhile."""

    def __init__(self, up: Up) -> None:
        self.up = up
        self.phones: list[HonestPhone] = []
        self.calm_p99_s = 0.0
        self.token = ""
        self._ready, self._stop = threading.Event(), threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="hall", daemon=True)

    def __enter__(self) -> "Hall":
        self._thread.start()
        assert self._ready.wait(30), "the hall did not begin"
        time.sleep(CALM_S)
        self.calm_p99_s = p99(self._took())
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)
        assert self._failure is None, self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._play())
        except BaseException as failure:
            self._failure = failure
            traceback.print_exception(failure)
            self._ready.set()

    async def _play(self) -> None:
        host = Host.of(self.up)
        await host.new_round(questions(500, seconds=20), scoring="gentle")
        self.token = host.http.headers["authorization"].removeprefix("Bearer ")
        url = host.players.replace("http", "ws", 1) + "/ws"
        self.phones = [HonestPhone(url, host.code, f"{NAME} {n}", any_choice, think_s=0.03) for n in range(PHONES)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(phone.play()) for phone in self.phones]
            async with asyncio.timeout(20):
                await asyncio.gather(*(phone.seated.wait() for phone in self.phones))
            self._ready.set()
            while not self._stop.is_set():
                if (await host.phase("lobby", "revealed", "standings", "open", "closing"))["phase"] in (
                    "lobby",
                    "revealed",
                    "standings",
                ):
                    await host.command("next")
                await asyncio.sleep(0.05)
            for task in tasks:
                task.cancel()
        await host.http.aclose()

    def _took(self, since: int = 0) -> list[float]:
        return [one for phone in self.phones for one in phone.took[since:]]

    @contextlib.contextmanager
    def undisturbed(self, *, slower_s: float = 0.75, grows_mb: float = 40, within_s: float = 15) -> Iterator[None]:
        """What happens inside may cost the honest phones at most `slower_s` and each process `grows_mb`.

        Each phone has at least one more answer acknowledged; nobody is disconnected; no process dies; nothing is logged
        as an error.
        """
        marks = [len(phone.took) for phone in self.phones]
        connections = [phone.connections for phone in self.phones]
        pids, memory, logged = self.up.state["pids"], self.memory(), len(self.up.output)
        yield
        deadline = time.monotonic() + within_s
        while not all(len(phone.took) > mark for phone, mark in zip(self.phones, marks, strict=True)):
            assert self._failure is None, self._failure
            assert time.monotonic() < deadline, "honest answers are no longer acknowledged"
            time.sleep(0.05)
        took = [one for phone, mark in zip(self.phones, marks, strict=True) for one in phone.took[mark:]]
        assert p99(took) < self.calm_p99_s + slower_s, (p99(took), self.calm_p99_s)
        assert [phone.connections for phone in self.phones] == connections
        assert self.up.state["pids"] == pids
        assert all(alive(pid) for pid in pids.values())
        grown = {name: mb - memory[name] for name, mb in self.memory().items()}
        assert max(grown.values()) < grows_mb, grown
        assert complaints(self.up.output[logged:]) == []

    def memory(self) -> dict[str, float]:
        """Resident MB of each process."""
        sizes = {}
        for name, pid in self.up.state["pids"].items():
            status = Path(f"/proc/{pid}/status").read_text()
            sizes[name] = int(status.split("VmRSS:")[1].split()[0]) / 1024
        return sizes


def p99(took: list[float]) -> float:
    """The time within which 99 of 100 were done."""
    assert took, "nothing was acknowledged"
    return sorted(took)[math.ceil(len(took) * 0.99) - 1]


def complaints(output: str) -> list[str]:
    """Lines of a log that tell of an error or show a traceback."""
    return [line for line in output.splitlines() if "Traceback" in line or '"exception"' in line or '"error"' in line]
