"""A whole festival day by program: `python -m loadtests.festival_day` starts a platform, lives the day, and recounts.

Three gates, five booths, six staff phones of which two have no network for an hour, visitors with cards, a live round,
a poll, pledges, a launch and a lucky draw. What must come out is reckoned here from what was sent, and compared with
the ledger's own check, the dashboards and the export, to the unit. Uses published commands and interfaces only.
"""

import argparse
import asyncio
import contextlib
import csv
import io
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx

from loadtests import festival_gates, festival_hall
from loadtests.festival_draw import Draw, hold_draw
from loadtests.festival_expected import GROUPS, KINDS, NOTHING, SKILLS, Expected
from loadtests.results import write
from loadtests.trial import Platform, TrialFailed, program, running

HERE = Path(__file__).resolve().parent
AGES = ("u16", "16-17", "18-59", "60+")
DAY_MS = 86_400_000
BEHIND_ONE_ADDRESS = 500
"""Visitors whose phones share a mobile network's address."""


@dataclass
class Visitor:
    """Somebody at the festival."""

    number: int
    card: str
    cookie: str
    commune: str | None
    group: str | None


@dataclass
class StaffPhone:
    """A paired phone and what waits on it."""

    token: str
    role: str
    offline: bool
    waiting: list[dict[str, Any]] = field(default_factory=list)


class Day:
    """One festival on one platform."""

    def __init__(self, server: Platform, visitors: int, players: int, seed: int) -> None:
        self.server = server
        self.count = visitors
        self.players = players
        self.rng = random.Random(seed)
        self.expected = Expected()
        self.visitors: list[Visitor] = []
        self.phones: list[StaffPhone] = []
        self.items: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.festival: dict[str, Any] = {}
        # Every visitor sends a cookie of their own; the client must not keep any.
        jar = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        self.http = httpx.AsyncClient(
            base_url=server.players.rstrip("/"), cookies=jar, timeout=60, limits=httpx.Limits(max_connections=40)
        )

    async def admin(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the admin server."""
        content = await asyncio.to_thread(self.server.call, method, path, body)
        return json.loads(content) if content else None

    # The morning: the programme, the staff's phones.

    async def prepare(self) -> None:
        """The festival with its programme, open; six staff phones, paired the day before."""
        now_ms = int(time.time() * 1000)
        day = [time.strftime("%Y-%m-%d", time.gmtime(now_ms / 1000 + 7 * 3600 + n * 86400)) for n in (-1, 1)]
        outline = {"title": "Ngày hội chuyển đổi số", "first_day": day[0], "last_day": day[1], "place": "Nhà văn hóa"}
        self.festival = await self.admin("POST", "/api/festivals", outline)
        wanted: list[tuple[str, str, str | None]] = [("gate", f"Cổng {n}", None) for n in (1, 2, 3)]
        wanted += [("booth", f"Gian {n + 1}", skill) for n, skill in enumerate(SKILLS)]
        wanted += [(kind, kind.title(), None) for kind in ("live_round", "poll", "pledge", "launch", "draw")]
        for number, (kind, title, skill) in enumerate(wanted):
            item = {"kind": kind, "title": title, "starts_at": now_ms + number * 60_000, "skill": skill}
            self.items[kind].append(await self.admin("POST", f"{self.base}/items", item))
        await self.admin("POST", f"{self.base}/state", {"state": "open"})
        for kind in ("gate", "booth"):
            for item in self.items[kind]:
                await self.lead(item, "live")
        for number in range(6):
            role = "gate" if number < 3 else "booth"
            body = {"label": f"Máy {number + 1}", "role": role, "post": self.items[role][number % 3]["id"]}
            made = await self.admin("POST", f"{self.base}/staff-phones", body)
            self.phones.append(StaffPhone(made["token"], role, offline=number in (2, 5)))

    @property
    def base(self) -> str:
        return f"/api/festivals/{self.festival['id']}"

    @property
    def public(self) -> str:
        return f"/api/festivals/{self.festival['slug']}"

    async def lead(self, item: dict[str, Any], state: str) -> None:
        await self.admin("POST", f"{self.base}/items/{item['id']}/state", {"state": state})

    # Visitors.

    async def welcome(self) -> None:
        """Everybody takes a card on their own phone; some say where they come from, some do not."""
        listed = (await self.http.get("/api/units")).json()
        communes = [one["code"] for one in listed]

        async def one(number: int) -> None:
            told = self.rng.random() < 0.9
            commune, group = (self.rng.choice(communes), self.rng.choice(GROUPS)) if told else (None, None)
            body: dict[str, Any] = {"name": f"Khách {number}", "lang": "vi"}
            if told:
                body |= {
                    "commune": commune,
                    "target_group": group,
                    "statistics": True,
                    "age_band": self.rng.choice(AGES),
                }
            answer = await self.player("POST", f"{self.public}/hello", body, number)
            cookie = answer.headers["set-cookie"].split(";", 1)[0]
            card = answer.json()["guest"]["card"]
            self.visitors.append(Visitor(number, card, cookie, commune, group))

        await self.crowd(one, range(self.count), at_once=24)
        self.visitors.sort(key=lambda visitor: visitor.number)

    async def player(
        self, method: str, path: str, body: Any, number: int, cookie: str = "", token: str = ""
    ) -> httpx.Response:
        """One call of a phone. Raises TrialFailed with the server's words."""
        headers = {"x-forwarded-for": f"10.9.{number // BEHIND_ONE_ADDRESS % 250}.7"}
        headers |= {"cookie": cookie} if cookie else {}
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        answer = await self.http.request(method, path, json=body, headers=headers)
        if answer.status_code >= 400:
            raise TrialFailed(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer

    async def crowd(self, do: Callable[[int], Awaitable[None]], numbers: Iterable[int], at_once: int) -> None:
        waiting = iter(numbers)

        async def worker() -> None:
            for number in waiting:
                await do(number)

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(worker())

    # The evening: what it came to.

    async def recount(self) -> list[str]:
        """Every number that is not what was sent, in words; empty when all agree."""
        wrong: list[str] = []
        total = sum(self.expected.of(kind)["facts"] for kind in KINDS)
        until = time.monotonic() + 90
        while True:
            seen = await self.admin("GET", f"/api/movement/festivals/{self.festival['id']}")
            if seen["total"]["facts"] >= total or time.monotonic() > until:
                break
            await asyncio.sleep(0.5)
        for kind in KINDS:
            shown, wanted = seen["kinds"].get(kind, NOTHING), self.expected.of(kind)
            if shown != wanted:
                wrong.append(f"dashboard {kind}: {shown}, sent {wanted}")
        for skill in SKILLS:
            shown = seen["skills"].get(skill, NOTHING)["people"]
            if shown != len(self.expected.skills[skill]):
                wrong.append(f"dashboard {skill}: {shown}, sent {len(self.expected.skills[skill])}")
        everybody = set().union(*(self.expected.people[kind] for kind in KINDS))
        if seen["total"]["people"] != len(everybody):
            wrong.append(f"dashboard people: {seen['total']['people']}, sent {len(everybody)}")
        summary = await self.admin("GET", "/api/movement/summary")
        if summary["total"] != seen["total"]:
            wrong.append(f"province {summary['total']}, festival {seen['total']}")
        by_commune = await self.admin("GET", "/api/movement/communes")
        visits = sum(line["counts"]["visits"] for line in by_commune["communes"])
        if visits != summary["total"]["visits"]:
            wrong.append(f"communes add up to {visits}, province {summary['total']['visits']}")
        wrong += await self._export(summary)
        return wrong

    async def _export(self, summary: dict[str, Any]) -> list[str]:
        content = await asyncio.to_thread(self.server.call, "GET", "/movement/export.csv?period=all")
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        found = [row for row in rows if len(row) == 8 and row[0] == "p" and row[2] == "all"]
        if len(found) != 1:
            return [f"the export has {len(found)} rows of the province"]
        row = {name: int(text) for name, text in zip(NOTHING, found[0][4:], strict=True)}
        return [] if row == summary["total"] else [f"export {row}, dashboard {summary['total']}"]

    async def timed(self, name: str, work: Awaitable[Any]) -> Any:
        """Does a part of the day and notes how long it took."""
        began = time.monotonic()
        result = await work
        self.expected.seconds[name] = time.monotonic() - began
        return result

    async def live(self) -> tuple[list[str], Draw]:
        """The whole day. What is wrong, and the draw. Raises TrialFailed."""
        await self.timed("preparing", self.prepare())
        await asyncio.to_thread(_pair_earlier, self.server)
        await self.timed("cards", self.welcome())
        festival_gates.scan_everybody(self)
        online = [phone for phone in self.phones if not phone.offline]
        offline = [phone for phone in self.phones if phone.offline]
        await self.timed("scans", asyncio.wait_for(_all(festival_gates.send(self, phone) for phone in online), 600))
        await self.timed("live round", festival_hall.play(self))
        await self.timed("poll", festival_hall.vote(self))
        await self.timed("pledges", festival_hall.sign(self))
        await self.timed("launch", festival_hall.launch(self))
        await self.timed(
            "scans of an hour without a network", _all(festival_gates.send(self, phone) for phone in offline)
        )
        draw = await self.timed("draw", hold_draw(self.server, self._get, self.festival, self.items["draw"][0]))
        wrong = await self.timed("recount", self.recount())
        await self.http.aclose()
        return wrong + draw.wrong, draw

    async def _get(self, path: str) -> bytes:
        answer = await self.http.get(path)
        answer.raise_for_status()
        return answer.content


async def _all(work: Iterable[Awaitable[None]]) -> None:
    await asyncio.gather(*work)


def _pair_earlier(server: Platform) -> None:
    """The staff's phones were paired the day before: nothing may be older than the pairing of its phone."""
    with contextlib.closing(sqlite3.connect(server.data_dir / "hoithi.sqlite3", timeout=20)) as database:
        database.execute("UPDATE staff_phones SET created_at = created_at - ?", (DAY_MS,))
        database.commit()


def verify(server: Platform) -> str:
    """What `hoithi stats verify` says of sources, ledger, stream and rollups. Raises TrialFailed when they differ."""
    command = [str(program()), "stats", "verify", "--data-dir", str(server.data_dir)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=dict(os.environ))
    if done.returncode:
        raise TrialFailed(f"stats verify: {done.stdout[-1500:]}{done.stderr[-1500:]}")
    return done.stdout.strip()


async def live_through(
    server: Platform, visitors: int, players: int, seed: int = 1
) -> tuple[Expected, list[str], Draw]:
    """One festival day on this platform: what was sent, what came out otherwise, and the draw."""
    day = Day(server, visitors, players, seed)
    wrong, draw = await day.live()
    return day.expected, wrong, draw


def entry(expected: Expected, wrong: Sequence[str], draw: Draw, given: argparse.Namespace, command: str) -> str:
    """The day as Markdown."""
    commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, cwd=HERE)
    lines = [
        f"## {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}, commit {commit.stdout.strip() or 'unknown'}",
        "",
        f"{os.cpu_count()} cores, SQLite. A festival day: 3 gates, 5 booths, 6 staff phones of which 2 had no network "
        f"for an hour, {given.visitors:,} visitors, a live round of {given.players}, a poll, pledges, a launch, "
        "a draw. Recounted from what was sent, by `hoithi stats verify`, on the dashboards and in the export.",
        "",
        f"    {command}",
        "",
        "| kind | facts | visits | people |",
        "|---|---:|---:|---:|",
    ]
    for kind in KINDS:
        cell = expected.of(kind)
        lines.append(f"| {kind} | {cell['facts']:,} | {cell['visits']:,} | {cell['people']:,} |")
    lines += [
        "",
        f"Scans acknowledged: {expected.acknowledged:,}. Differences between what was sent and any recount: "
        f"{len(wrong)}. Draw: {draw.count:,} tickets, {len(draw.winners)} winners, the same by the standalone "
        "verifier; a changed pool was refused.",
        "",
        "Seconds: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in expected.seconds.items()) + ".",
        "",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code is 0 when every count agrees to the unit."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.festival_day", description=__doc__)
    parser.add_argument("--visitors", type=int, default=5_000)
    parser.add_argument("--players", type=int, default=500, help="phones in the live round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--no-record", action="store_true", help="print only")
    typed = list(sys.argv[1:] if arguments is None else arguments)
    given = parser.parse_args(typed)
    try:
        with tempfile.TemporaryDirectory(prefix="hoithi-day-") as folder, running(Path(folder)) as server:
            expected, wrong, draw = asyncio.run(live_through(server, given.visitors, given.players, given.seed))
            sys.stderr.write(verify(server) + "\n")
    except TrialFailed as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    text = entry(expected, wrong, draw, given, "python -m loadtests.festival_day " + " ".join(typed))
    sys.stdout.write(text + "\n".join(wrong) + "\n")
    if not given.no_record and not wrong:
        write(given.results, text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
