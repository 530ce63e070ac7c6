"""Phones that remember every word they are told: `python -m loadtests.witness` plays a round and prints it as JSON.

For tens or hundreds of phones; thousands are the swarm's. Plays by the published protocol only.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from loadtests.crew import backoff_s

OVER = frozenset({"finished", "cancelled"})
RESEND_S = 3.0


class Witness:
    """One phone. `run()` until the round is over; then `told()`."""

    def __init__(self, url: str, code: str, name: str, spread_s: float, rng: random.Random) -> None:
        self._url, self._code, self._name, self._spread_s, self._rng = url, code, name, spread_s, rng
        self._ticket: str | None = None
        self._seat = 0
        self._phase = ""
        self._shown: tuple[int, int] | None = None
        self._pending: dict[int, dict[str, Any]] = {}
        self._tapped: dict[int, Any] = {}
        self._receipts: dict[int, dict[str, Any]] = {}
        self._you: dict[str, Any] = {}
        self._results: dict[int, dict[str, Any]] = {}
        self._opened: dict[int, float] = {}
        self._reconnects = 0
        self._taps: set[asyncio.Task[None]] = set()

    def told(self) -> dict[str, Any]:
        """All that counts: what was tapped, what was confirmed, and what the results said."""
        return {
            "seat": self._seat,
            "tapped": self._tapped,
            "receipts": self._receipts,
            "results": self._results,
            "you": {name: self._you.get(name) for name in ("points", "rank", "of")},
            "opened": self._opened,
            "reconnects": self._reconnects,
            "over": self._phase in OVER,
        }

    async def run(self) -> None:
        """Plays, and comes back whenever the link breaks."""
        attempts = 0
        while self._phase not in OVER:
            try:
                async with connect(self._url, compression=None, ping_interval=5, ping_timeout=10) as link:
                    await self._hello(link)
                    await self._hear(link)
            except (WebSocketException, OSError, TimeoutError):
                pass  # As a phone does: the seat is kept.
            if self._phase in OVER:
                return
            attempts += 1
            self._reconnects += self._ticket is not None
            await asyncio.sleep(backoff_s(min(attempts, 3), self._rng))

    async def _hello(self, link: ClientConnection) -> None:
        greeting: dict[str, Any] = {"t": "hello", "code": self._code, "name": self._name, "lang": "vi"}
        if self._ticket is not None:
            greeting = {"t": "resume", "ticket": self._ticket, "v": 0}
        await link.send(json.dumps(greeting))

    async def _hear(self, link: ClientConnection) -> None:
        resent = time.monotonic()
        while self._phase not in OVER:
            try:
                async with asyncio.timeout(0.5):
                    frame: dict[str, Any] = json.loads(await link.recv())
            except TimeoutError:
                frame = {"t": ""}
            match frame["t"]:
                case "welcome":
                    self._ticket, self._seat = frame["ticket"], frame["seat"]
                case "state":
                    self._state(link, frame)
                case "you":
                    self._heard_you(frame)
                case "receipt":
                    self._receipts[frame["q"]] = {"status": frame["status"], "kept": frame["kept"]}
                    self._pending.pop(frame["q"], None)
            if time.monotonic() - resent > RESEND_S:
                resent = time.monotonic()
                for answer in self._pending.values():
                    await link.send(json.dumps(answer))

    def _heard_you(self, frame: dict[str, Any]) -> None:
        self._you = frame
        if frame.get("verdict") is not None:
            self._results[frame["q"]] = {name: frame.get(name) for name in ("kept", "verdict", "points", "rank")}

    def _state(self, link: ClientConnection, frame: dict[str, Any]) -> None:
        self._phase = frame["phase"]
        question = frame["q"]
        if self._phase != "open" or question is None or question["n"] in self._tapped:
            return
        number = question["n"]
        self._opened.setdefault(number, time.monotonic())
        choice = _pick(question, self._rng)
        self._tapped[number] = choice
        tap = asyncio.get_running_loop().create_task(self._tap(link, number, choice))
        self._taps.add(tap)
        tap.add_done_callback(self._taps.discard)

    async def _tap(self, link: ClientConnection, number: int, choice: Any) -> None:
        await asyncio.sleep(self._rng.random() * self._spread_s)
        answer = {"t": "answer", "id": f"{self._rng.getrandbits(64):016x}", "q": number, "choice": choice}
        self._pending[number] = answer
        try:
            await link.send(json.dumps(answer))
        except WebSocketException:
            return  # It is sent again on the next link.


def _pick(question: dict[str, Any], rng: random.Random) -> Any:
    ids = [option["id"] for option in question["options"]]
    if question["type"] == "numeric":
        return rng.randrange(0, 101)
    if question["type"] == "ordering":
        return rng.sample(ids, len(ids))
    return [rng.choice(ids)]


async def play(url: str, code: str, phones: int, spread_s: float, timeout_s: float, seed: int) -> list[dict[str, Any]]:
    """What each of so many phones was told."""
    rng = random.Random(seed)
    crowd = [
        Witness(url, code, f"Nhân chứng {number + 1}", spread_s, random.Random(rng.getrandbits(32)))
        for number in range(phones)
    ]
    try:
        async with asyncio.timeout(timeout_s), asyncio.TaskGroup() as group:
            for one in crowd:
                group.create_task(one.run())
                await asyncio.sleep(0.01)
    except TimeoutError:
        sys.stderr.write("the round was not over in time\n")
    return [one.told() for one in crowd]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 when every phone saw the end."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.witness", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--code", required=True)
    parser.add_argument("--phones", type=int, default=50)
    parser.add_argument("--spread", type=float, default=3.0)
    parser.add_argument("--timeout", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    told = asyncio.run(play(given.url, given.code, given.phones, given.spread, given.timeout, given.seed))
    sys.stdout.write(json.dumps(told) + "\n")
    return 0 if all(one["over"] for one in told) else 1


if __name__ == "__main__":
    sys.exit(main())
