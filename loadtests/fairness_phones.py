"""Phones with scripted thinking times behind one link: `python -m loadtests.fairness_phones`, run by
`loadtests.fairness` inside the link's namespace. Prints what each really thought as JSON when the round is over.

Kinds: `honest` says what it thought; `page` is the page with its script altered, which can claim (that it thought
nothing) but neither send nor delay a pong; `holder` is a client of one's own that returns every pong late, the
question's only with its answer, and claims the same.
"""

import argparse
import asyncio
import json
import math
import os
import random
import sys
import time
from typing import Any, cast

from websockets.utils import generate_key

from loadtests import frames

HOLD_S = 0.6
THINK_MEDIAN_S, THINK_SPREAD, THINK_LEAST_S, THINK_MOST_S = 2.6, 0.3, 0.8, 6.0
KINDS = ("honest", "page", "holder")


class Phone(asyncio.Protocol):
    """One socket and the person at it."""

    def __init__(self, host: str, code: str, name: str, kind: str, chance: random.Random) -> None:
        self.name, self.kind = name, kind
        self.seat = 0
        self.thought_ms: dict[int, float] = {}
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._host, self._code, self._chance = host, code, chance
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._rest, self._upgraded, self._asked = b"", False, 0
        self._held: bytes | None = None
        self._awaits_ping = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(frames.handshake(self._host, "/ws", generate_key()))

    def data_received(self, data: bytes) -> None:
        at = time.monotonic()
        data = self._rest + data
        if not self._upgraded:
            found = frames.response(data)
            if found is None:
                self._rest = data
                return
            head, data = found
            if head.status != 101:
                self._end(f"refused with {head.status}")
                return
            self._upgraded = True
            self._say({"t": "hello", "code": self._code, "name": self.name, "lang": "vi"})
        received, self._rest = frames.split(data)
        for frame in received:
            if frame.opcode == frames.PING:
                self._ping(frame.payload)
            elif frame.opcode == frames.TEXT:
                self._hear(json.loads(frame.payload), at)
            elif frame.opcode == frames.CLOSE:
                self._end(f"closed with {frames.close_code(frame.payload)}")

    def _ping(self, nonce: bytes) -> None:
        if self.kind != "holder":
            self._write(frames.PONG, nonce)
        elif self._awaits_ping:
            self._awaits_ping, self._held = False, nonce
        else:
            asyncio.get_running_loop().call_later(HOLD_S, self._write, frames.PONG, nonce)

    def _hear(self, frame: dict[str, Any], at: float) -> None:
        match frame["t"]:
            case "welcome":
                self.seat = frame["seat"]
            case "state":
                question = frame["q"]
                if frame["phase"] == "open" and question["n"] > self._asked:
                    self._asked = question["n"]
                    self._awaits_ping = True
                    think_s = self._chance.lognormvariate(math.log(THINK_MEDIAN_S), THINK_SPREAD)
                    think_s = min(THINK_MOST_S, max(THINK_LEAST_S, think_s))
                    option = self._chance.choice(question["options"])["id"]
                    asyncio.get_running_loop().call_later(think_s, self._tap, question["n"], option, at)
                elif frame["phase"] in ("finished", "cancelled"):
                    self._end("")
            case "error":
                self._end(frame["code"])

    def _tap(self, number: int, option: str, painted: float) -> None:
        think_ms = (time.monotonic() - painted) * 1000
        self.thought_ms[number] = think_ms
        if self._held is not None:
            self._write(frames.PONG, self._held)
            self._held = None
        claim = think_ms if self.kind == "honest" else 0.0
        answer_id = f"{self.seat}-{number}-{self._chance.getrandbits(32):08x}"
        self._say({"t": "answer", "id": answer_id, "q": number, "choice": [option], "think": round(claim, 1)})

    def _say(self, frame: dict[str, Any]) -> None:
        self._write(frames.TEXT, json.dumps(frame, ensure_ascii=False).encode())

    def _write(self, opcode: int, payload: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(frames.masked(opcode, payload, self._chance.getrandbits(32).to_bytes(4, "big")))

    def _end(self, why: str) -> None:
        if why:
            sys.stderr.write(f"{self.name}: {why}\n")
        if not self.over.done():
            self.over.set_result(None)
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end("" if self.over.done() else f"lost the link: {exc}")


async def play(host: str, port: int, code: str, counts: dict[str, int], label: str, seed: int) -> list[dict[str, Any]]:
    """Plays a round to its end; what each phone was and thought."""
    loop = asyncio.get_running_loop()
    phones = []
    for kind in KINDS:
        for number in range(counts.get(kind, 0)):
            chance = random.Random(f"{seed}-{label}-{kind}-{number}")
            phone = Phone(f"{host}:{port}", code, f"{label} {kind} {number}", kind, chance)
            await loop.create_connection(lambda phone=phone: phone, host, port)  # type: ignore[misc]
            phones.append(phone)
            await asyncio.sleep(0.02)
    await asyncio.gather(*(phone.over for phone in phones))
    return [{"seat": phone.seat, "kind": phone.kind, "thought_ms": phone.thought_ms} for phone in phones]


def main() -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.fairness_phones", description=__doc__)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--code", required=True)
    parser.add_argument("--label", default="")
    parser.add_argument("--seed", type=int, default=1)
    for kind in KINDS:
        parser.add_argument(f"--{kind}", type=int, default=0)
    given = parser.parse_args()
    counts = {kind: getattr(given, kind) for kind in KINDS}
    played = asyncio.run(play(given.host, given.port, given.code, counts, given.label, given.seed))
    sys.stdout.write(json.dumps(played) + "\n")
    sys.stdout.flush()
    os._exit(0)  # Nothing of the loop's end matters any more.


if __name__ == "__main__":
    sys.exit(main())
