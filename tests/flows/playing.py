"""A host by HTTP and phones by WebSocket, as the tests of whole rounds need them; they keep every byte they saw."""

import asyncio
import contextlib
import json
import random
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.flows.commands import Up, hoithi

Choose = Callable[["Phone", dict[str, Any]], Any]

QUESTIONS: list[dict[str, Any]] = [
    {
        "type": "single",
        "stem_vi": "Một đáp án?",
        "options": [{"id": name, "text_vi": f"Phương án {name}"} for name in "abcd"],
        "answer": ["b"],
    },
    {
        "type": "multi",
        "stem_vi": "Nhiều đáp án?",
        "options": [{"id": name, "text_vi": f"Phương án {name}"} for name in "abcd"],
        "answer": ["a", "c"],
    },
    {"type": "true_false", "stem_vi": "Đúng hay sai?", "answer": ["F"]},
    {
        "type": "ordering",
        "stem_vi": "Sắp xếp?",
        "options": [{"id": name, "text_vi": f"Việc {name}"} for name in "abc"],
        "answer": ["c", "a", "b"],
    },
    {"type": "numeric", "stem_vi": "Bao nhiêu?", "answer": 7777, "tolerance": 1, "unit_vi": "người"},
    {"type": "text", "stem_vi": "Tên gì?", "answer": ["Buôn Ma Thuột"]},
    {
        "type": "poll",
        "stem_vi": "Thích gì?",
        "options": [{"id": name, "text_vi": f"Ý kiến {name}"} for name in "ab"],
        "answer": [],
    },
]
"""One question of every type; explanations are secrets that only a reveal may show."""


def questions(count: int, seconds: int) -> list[dict[str, Any]]:
    """`count` questions that go through every type, each with a secret explanation."""
    return [
        {**QUESTIONS[n % len(QUESTIONS)], "seconds": seconds, "explanation_vi": f"BIMAT-{n + 1}-{secrets.token_hex(6)}"}
        for n in range(count)
    ]


class Host:
    """The admin API with a bearer token."""

    def __init__(self, up: Up, token: str) -> None:
        self.players, admin = up.wait_ready()
        self.http = httpx.AsyncClient(base_url=admin, headers={"Authorization": f"Bearer {token}"}, timeout=30)
        self.round_id = 0
        self.code = ""

    @classmethod
    def of(cls, up: Up) -> "Host":
        """A host of this platform, with a token of its own."""
        up.wait_ready()
        made = hoithi("token", "create", f"test-{secrets.token_hex(4)}", "--data-dir", up.data_dir)
        assert made.returncode == 0, made.stderr
        return cls(up, made.stdout.strip().splitlines()[-1])

    async def __aenter__(self) -> "Host":
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.http.aclose()

    async def new_round(self, asked: list[dict[str, Any]], **settings: Any) -> None:
        reply = await self.http.post("/api/quizzes", json={"title": "Bài thử", "questions": asked})
        assert reply.status_code == 201, reply.text
        body = {"quiz_id": reply.json()["id"], "mode": "points", "scoring": "exact", "reading_seconds": 0, **settings}
        reply = await self.http.post("/api/rounds", json=body)
        assert reply.status_code == 201, reply.text
        self.round_id, self.code = reply.json()["id"], reply.json()["code"]

    async def command(self, name: str, **given: Any) -> dict[str, Any]:
        """A command that must succeed; an admin that is being restarted is waited for."""
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    reply = await self.http.post(
                        f"/api/rounds/{self.round_id}/commands", json={"command": name, **given}
                    )
                    if reply.status_code < 500:
                        assert reply.status_code == 200, (name, reply.text)
                        return dict(reply.json())
                await asyncio.sleep(0.1)

    async def get(self, path: str = "") -> Any:
        reply = await self.http.get(f"/api/rounds/{self.round_id}{path}")
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def phase(self, *wanted: str, within_s: float = 30) -> dict[str, Any]:
        """The round once it is in one of these phases."""
        async with asyncio.timeout(within_s):
            while True:
                with contextlib.suppress(httpx.TransportError, AssertionError):
                    now = await self.get()
                    if now["phase"] in wanted:
                        return dict(now)
                await asyncio.sleep(0.1)

    async def answers(self) -> list[dict[str, Any]]:
        reply = await self.http.get(f"/api/rounds/{self.round_id}/answers")
        assert reply.status_code == 200
        return [json.loads(line) for line in reply.text.splitlines() if line]


@dataclass
class Phone:
    """One phone: stays connected, resumes, and sends each answer again until its receipt."""

    url: str
    code: str
    name: str
    choose: Choose
    think_s: float = 0.05
    unit: str | None = None
    seen: list[tuple[int, str]] = field(default_factory=list)
    """Every text frame with the version of the picture it came under."""
    ticket: str | None = None
    seat: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    you: dict[str, Any] = field(default_factory=dict)
    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: dict[int, Any] = field(default_factory=dict)
    receipts: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    seated: asyncio.Event = field(default_factory=asyncio.Event)
    answered: dict[int, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))

    async def play(self) -> None:
        """Until the round is over; reconnects for ever with a little jitter."""
        while self.state.get("phase") not in ("finished", "cancelled"):
            with contextlib.suppress(OSError, websockets.WebSocketException, TimeoutError):
                async with connect(self.url, compression=None, open_timeout=5) as socket:
                    await self._talk(socket)
            await asyncio.sleep(random.uniform(0.05, 0.3))

    async def _talk(self, socket: ClientConnection) -> None:
        if self.ticket is None:
            await self._send(
                socket,
                {"t": "hello", "code": self.code, "name": self.name, "unit": self.unit, "group": None, "lang": "vi"},
            )
        else:
            await self._send(socket, {"t": "resume", "ticket": self.ticket, "v": self.state.get("v", 0)})
        async with asyncio.TaskGroup() as group:
            resending = group.create_task(self._resend(socket))
            with contextlib.suppress(websockets.ConnectionClosed):
                async for raw in socket:
                    assert isinstance(raw, str)
                    await self._hear(socket, raw, group)
                    if self.state.get("phase") in ("finished", "cancelled"):
                        break
            resending.cancel()

    async def _resend(self, socket: ClientConnection) -> None:
        await asyncio.sleep(0.2)
        while True:
            for frame in list(self.waiting.values()):
                await self._send(socket, frame)
            await asyncio.sleep(1)

    async def _send(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            await socket.send(json.dumps(frame))

    async def _hear(self, socket: ClientConnection, raw: str, group: asyncio.TaskGroup) -> None:
        frame = json.loads(raw)
        kind = frame["t"]
        if kind == "state":
            self.state = frame
        self.seen.append((self.state.get("v", 0), raw))
        if kind == "welcome":
            self.ticket, self.seat = frame["ticket"], frame["seat"]
        elif kind == "you":
            self.you = frame
            self.seated.set()
        elif kind == "receipt":
            self.waiting.pop(frame["id"], None)
            self.receipts.setdefault(frame["q"], []).append(frame)
            self.answered[frame["q"]].set()
        elif kind == "error":
            self.errors.append(frame)
        if kind == "state" and frame["phase"] == "open" and frame["q"]["n"] not in self.sent:
            question = frame["q"]
            choice = self.choose(self, question)
            if choice is not None:
                self.sent[question["n"]] = choice
                group.create_task(self._answer(socket, question["n"], choice))

    async def _answer(self, socket: ClientConnection, number: int, choice: Any) -> None:
        await asyncio.sleep(random.uniform(0, 2 * self.think_s))
        frame = {"t": "answer", "id": secrets.token_hex(8), "q": number, "choice": choice, "think": None}
        self.waiting[frame["id"]] = frame
        await self._send(socket, frame)


def any_choice(phone: Phone, question: dict[str, Any]) -> Any:
    """Something possible for any type, without knowing what is right."""
    ids = [option["id"] for option in question["options"]]
    match question["type"]:
        case "numeric":
            return random.choice([7777, 7778, 12])
        case "text":
            return random.choice(["buon ma thuot", "Đà Lạt"])
        case "ordering":
            return random.sample(ids, len(ids))
        case "multi":
            return random.sample(ids, random.randint(1, len(ids)))
    return [random.choice(ids)]


@contextlib.asynccontextmanager
async def playing(host: Host, count: int, choose: Choose = any_choice, **given: Any) -> AsyncIterator[list[Phone]]:
    """`count` phones that have taken their seats and play on in the background until the block ends."""
    url = host.players.replace("http", "ws", 1) + "/ws"
    phones = [Phone(url, host.code, f"Người chơi {n}", choose, **given) for n in range(1, count + 1)]
    async with asyncio.TaskGroup() as group:
        tasks = []
        for phone in phones:
            tasks.append(group.create_task(phone.play()))
            await asyncio.sleep(0.004)
        async with asyncio.timeout(60):
            await asyncio.gather(*(phone.seated.wait() for phone in phones))
        try:
            yield phones
            async with asyncio.timeout(30):
                await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
