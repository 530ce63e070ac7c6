"""People who take attempts of a contest while processes are killed: each starts twice at once, saves every answer until
it is acknowledged, hands in twice at once, and then tries what is over.

Speaks the published HTTP only, and never judges.
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from loadtests.drill.asking import NoAnswer, ask
from loadtests.drill.history import Attempt, Choice

ALLOWED = 1
"""Attempts in the one round of the contest, by its rules."""
TRIES = 80
KEPT = ("saved", "same")
Strike = Callable[[str, int], Awaitable[None]]


class Contest:
    """`take` once, then `counted`."""

    def __init__(self, slug: str, ports: Sequence[int], sessions: Sequence[str], rng: random.Random) -> None:
        self.slug = slug
        self.ports = list(ports)
        self.rng = rng
        self.in_flight = 0
        self._entrants = [Entrant(self, f"e{number:03}", secret) for number, secret in enumerate(sessions)]

    async def take(self, strike: Strike) -> None:
        """Everybody at once; each stage loses a players' process to `kill -9` with requests on their way."""
        for stage, cls in (("start", "kill_players"), ("save", "kill_players"), ("submit", "kill_players")):
            work = [asyncio.create_task(getattr(entrant, stage)()) for entrant in self._entrants]
            for _ in range(200):
                await asyncio.sleep(0.005)
                if self.in_flight >= 20:
                    break
            await strike(cls, self.in_flight)
            await asyncio.gather(*work)

    async def counted(self) -> list[Attempt]:
        """What everybody was told and has in the end; whoever is asked for too long is left with what is known."""
        return [await entrant.counted() for entrant in self._entrants]

    async def request(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Asks any of the doors until one answers with anything but "come again". Raises NoAnswer."""
        for tried in range(TRIES):
            self.in_flight += 1
            try:
                status, raw = await ask(self.rng.choice(self.ports), method, path, body, headers=headers)
            except NoAnswer:
                status, raw = 0, b""
            finally:
                self.in_flight -= 1
            if status not in (0, 429, 502, 503, 504):
                return status, json.loads(raw)
            await asyncio.sleep(self.rng.random() * min(1.0, 0.1 * 2**tried))
        raise NoAnswer(f"{method} {path}: gave up")


class Entrant:
    """One person with one session."""

    def __init__(self, contest: Contest, who: str, secret: str) -> None:
        self._contest = contest
        self._cookie = {"Cookie": f"hoithi_entrant={secret}"}
        self._paper: dict[str, Any] = {}
        self._acked: dict[str, Choice] = {}
        self._kept: dict[str, Choice] = {}
        self._granted: set[str] = set()
        self._answered: set[int] = set()
        self._late = 0
        self._seq = 0
        self.who = who

    @property
    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._paper['ticket']}"}

    async def _begin(self) -> None:
        path = f"/api/contests/{self._contest.slug}/attempts"
        status, told = await self._contest.request("POST", path, {"device": self.who}, self._cookie)
        if status == 200:
            self._granted.add(told["attempt"])
            self._paper = told

    async def start(self) -> None:
        """Twice at once, and once more for the ticket that holds."""
        await asyncio.gather(self._begin(), self._begin())
        await self._begin()

    async def save(self) -> None:
        """Every question until it is acknowledged, some again with another choice."""
        for position, question in enumerate(self._paper["questions"], 1):
            for _ in range(2 if self._contest.rng.random() < 0.3 else 1):
                choice = _choice(question, self._contest.rng)
                status, told = await self._save(position, choice)
                if status == 200 and told["status"] in KEPT:
                    self._acked[str(position)] = told["kept"]["choice"]

    async def _save(self, position: int, choice: Choice) -> tuple[int, dict[str, Any]]:
        self._seq += 1
        path = f"/api/attempts/{self._paper['attempt']}/answers/{position}"
        return await self._contest.request("PUT", path, {"choice": choice, "seq": self._seq}, self._bearer)

    async def submit(self) -> None:
        """Looks at what is kept, hands in twice at once, then saves and starts once more: both are over."""
        path = f"/api/attempts/{self._paper['attempt']}"
        _, paper = await self._contest.request("GET", path, None, self._bearer)
        self._kept = {name: kept["choice"] for name, kept in paper["kept"].items() if kept is not None}
        await asyncio.gather(self._submit(path), self._submit(path))
        status, told = await self._save(1, _choice(self._paper["questions"][0], self._contest.rng))
        self._late += status == 200 and told["status"] in KEPT
        await self._begin()

    async def _submit(self, path: str) -> None:
        status, told = await self._contest.request("POST", f"{path}/submit", {"answers": []}, self._bearer)
        if status == 200:
            self._answered.add(told["result"]["answered"])

    async def counted(self) -> Attempt:
        """Its own list of attempts says how many there were; the result says how many answers count."""
        path = f"/api/contests/{self._contest.slug}/attempts"
        _, mine = await self._contest.request("GET", path, None, self._cookie)
        states = [one["state"] for one in mine["attempts"]]
        counted = self._kept if self._answered == {len(self._acked)} else {}
        return Attempt(
            self.who,
            acked=self._acked,
            counted=counted,
            submitted=states.count("submitted"),
            granted=max(len(states), len(self._granted)),
            late_accepted=self._late,
        )


def _choice(question: dict[str, Any], rng: random.Random) -> Choice:
    options = [option["id"] for option in question.get("options", ())]
    if question["type"] == "ordering":
        return rng.sample(options, len(options))
    if options:
        return [rng.choice(options)]
    return rng.randrange(100) if question["type"] == "numeric" else "Đắk Lắk"
