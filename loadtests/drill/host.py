"""The host of a drill: commands and reads over the admin interface, each an operation of the history.

A command that got no answer may have been carried out; the version it was given for makes asking again harmless.
"""

import asyncio
import json
import time
from typing import Any

from loadtests.drill.asking import NoAnswer, ask
from loadtests.drill.history import FAIL, INFO, INVOKE, OK, Event, Recorder
from loadtests.drill.parts import now_ms


class Host:
    """One host with a token."""

    def __init__(self, recorder: Recorder, port: int, token: str) -> None:
        self._recorder = recorder
        self._port = port
        self._token = token
        self._n = 0

    def _note(self, e: str, n: int, op: str, **more: Any) -> None:
        self._recorder.add(Event(e, op, n, now_ms(), time.time_ns() // 1_000_000, "host", **more))

    async def ask(self, method: str, path: str, body: Any = None, *, within_s: float = 4.0) -> tuple[int, bytes]:
        """Status and body. Raises NoAnswer."""
        headers = {"Authorization": f"Bearer {self._token}"}
        return await ask(self._port, method, path, body, headers=headers, within_s=within_s)

    async def read(self, path: str, *, within_s: float = 60.0, each_s: float = 20.0) -> bytes:
        """A GET, asked again until it is answered. Raises NoAnswer when it never is."""
        until = time.monotonic() + within_s
        while True:
            try:
                status, body = await self.ask("GET", path, within_s=each_s)
            except NoAnswer:
                status, body = 0, b""
            if status == 200:
                return body
            if time.monotonic() > until:
                raise NoAnswer(f"GET {path}: {status} {body[:200]!r}")
            await asyncio.sleep(0.1)

    async def make(self, path: str, body: Any, *, within_s: float = 30.0) -> dict[str, Any]:
        """A POST that makes something. Raises NoAnswer."""
        until = time.monotonic() + within_s
        while True:
            try:
                status, raw = await self.ask("POST", path, body, within_s=10)
            except NoAnswer as problem:
                status, raw = 0, str(problem).encode()
            if status in (200, 201):
                made: dict[str, Any] = json.loads(raw)
                return made
            if status in (400, 404, 422) or time.monotonic() > until:
                raise NoAnswer(f"POST {path}: {status} {raw[:400]!r}")
            await asyncio.sleep(0.2)

    async def look(self, round_id: int, *, within_s: float = 60.0) -> dict[str, Any]:
        """The round as the host sees it."""
        found: dict[str, Any] = json.loads(await self.read(f"/api/rounds/{round_id}", within_s=within_s, each_s=4))
        return found

    async def command(self, round_id: int, name: str, *, version: int | None = None, **more: Any) -> bool | None:
        """One command: true when it was done, false when it was refused, None when nobody knows."""
        self._n += 1
        n = self._n
        self._note(INVOKE, n, "host", round=round_id, told=name)
        body = {"command": name, **more} | ({} if version is None else {"version": version})
        try:
            status, raw = await self.ask("POST", f"/api/rounds/{round_id}/commands", body)
        except NoAnswer as problem:
            self._note(INFO, n, "host", round=round_id, told=str(problem))
            return None
        outcome = OK if status == 200 else FAIL if status in (404, 409, 422) else INFO
        self._note(outcome, n, "host", round=round_id, status=str(status), told=raw[:120].decode("utf-8", "replace"))
        return {OK: True, FAIL: False, INFO: None}[outcome]

    async def drive(self, round_id: int, question: int, phase: str, *, within_s: float = 60.0) -> dict[str, Any]:
        """Presses the big button until the round has reached this phase of this question. Raises NoAnswer."""
        until = time.monotonic() + within_s
        order = ("get_ready", "open", "closing", "revealed", "standings", "podium", "finished")
        while True:
            seen = await self.look(round_id, within_s=within_s)
            at = seen["phase"]
            if at == "finished" or (seen["question"] or 0) > question:
                return seen
            if seen["question"] == question and at in order and order.index(at) >= order.index(phase):
                return seen
            if time.monotonic() > until:
                raise NoAnswer(f"round {round_id} is {at} of question {seen['question']}, not {phase} of {question}")
            if at in ("lobby", "revealed", "standings", "podium"):
                await self.command(round_id, "next", version=seen["version"])
            else:
                await asyncio.sleep(0.15)
