"""The lucky draw of a festival day by program: rule, freeze, digits, winners, and both ways to check it.

Drives the organiser's pages as a browser does. Never computes a winner itself: the standalone verifier, as anybody may
download it, does.
"""

import asyncio
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtests.trial import Platform, TrialFailed

Get = Callable[[str], Awaitable[bytes]]
PRIZES = (("Giải Khuyến khích", 5, 200_000), ("Giải Nhất", 1, 5_000_000))


@dataclass
class Draw:
    """What the draw came to."""

    count: int = 0
    winners: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


async def hold_draw(server: Platform, get: Get, festival: dict[str, Any], item: dict[str, Any]) -> Draw:
    """Whoever checked in and practised a skill is in it; one of the winners is absent. Raises TrialFailed."""
    draw = Draw()
    base = f"/festivals/{festival['id']}/draws"

    async def form(path: str, **fields: Any) -> str:
        sent = {name: str(value) for name, value in fields.items()}
        return (await asyncio.to_thread(server.form, path, sent)).decode()

    async def page(path: str) -> str:
        return (await asyncio.to_thread(server.call, "GET", path)).decode()

    made = await form(base, title="Bốc thăm cuối ngày", live_event_id=item["id"])
    numbers = re.findall(rf"{base}/(\d+)", made) or re.findall(rf"{base}/(\d+)", await page(base))
    own = f"{base}/{numbers[0]}"

    async def act(path: str, **fields: Any) -> str:
        return await form(own + path, version=_version(await page(own)), **fields)

    fields: dict[str, Any] = {"title": "Bốc thăm cuối ngày", "live_event_id": item["id"], "checkin": "any", "skills": 1}
    fields |= {"listed": "on", "order": "rising"}
    await _save(server, own, _version(await page(own)), fields)
    preview = await page(own)
    draw.count = _count(preview)
    await act(
        "/freeze", count=draw.count, source="stage", source_name="Ba vị đại biểu lần lượt bốc bóng trong lồng cầu"
    )
    digits = "".join(random.Random(7).choice("0123456789") for _ in range(44))
    await act("/type", digits=digits[:20], typist="Thư ký thứ nhất")
    await act("/type", digits=digits[20:], typist="Thư ký thứ nhất")
    await act("/confirm", digits=digits, typist="Thư ký thứ hai")
    absent = False
    for _ in range(3 * sum(count for _, count, _ in PRIZES)):
        host = await page(own + "/host")
        if "/spin" in host:
            await act("/spin")
            await act("/show")
        elif "/show" in host:
            await act("/show")
        elif "/absent" in host and not absent:
            absent = True
            position = re.search(r'name="position" value="(\d+)"', host)
            await act("/absent", position=position[1] if position else 0, reason="no_show")
        elif "/present" in host:
            await act("/present")
        else:
            break
    await act("/close")
    public = re.search(rf"/f/{festival['slug']}/draws/([A-Za-z0-9_-]+)", await page(own))
    if public is None:
        raise TrialFailed("the draw has no public page")
    await _check(get, f"/f/{festival['slug']}/draws/{public[1]}", public[1], digits, draw)
    return draw


async def _save(server: Platform, own: str, version: int, fields: dict[str, Any]) -> None:
    pairs = [(name, str(value)) for name, value in fields.items()] + [("version", str(version))]
    for name, count, value in PRIZES:
        columns = {"name": name, "count": count, "value": value, "sponsor": "", "note": "", "together": ""}
        pairs += [(f"prize_{key}", str(text)) for key, text in columns.items()]
    await asyncio.to_thread(server.form, own + "/save", pairs)


def _version(html: str) -> int:
    found = re.search(r'name="version" value="(\d+)"', html)
    return int(found[1]) if found else 0


def _count(html: str) -> int:
    """How many would be in the pool, as the page says before the freeze."""
    found = re.search(r'class="draw-big">\D*([\d.]+)', html)
    if found is None:
        raise TrialFailed("the page does not say how many are in the pool")
    return int(found[1].replace(".", ""))


async def _check(get: Get, page: str, draw_id: str, digits: str, draw: Draw) -> None:
    """The published files against the standalone verifier; then with one ticket taken out, which it must refuse."""
    pool, result = await get(f"{page}/pool.txt"), await get(f"{page}/result.txt")
    draw.winners = result.decode().split()
    tickets = pool.decode().splitlines()
    if len(tickets) != draw.count:
        draw.wrong.append(f"the pool has {len(tickets)} tickets, announced were {draw.count}")
    with tempfile.TemporaryDirectory(prefix="hoithi-draw-") as name:
        folder = Path(name)
        (folder / "verify_draw.py").write_bytes(await get("/verify_draw.py"))
        (folder / "result.txt").write_bytes(result)
        for kind, lines in (("as published", tickets), ("with a ticket taken out", tickets[1:])):
            (folder / "pool.txt").write_text("".join(f"{line}\n" for line in lines), "utf-8")
            command = [sys.executable, "-I", "verify_draw.py", "pool.txt", draw_id, digits, "--expect", "result.txt"]
            done = await asyncio.to_thread(subprocess.run, command, cwd=folder, capture_output=True, text=True)
            if (done.returncode == 0) is not (kind == "as published"):
                draw.wrong.append(f"the verifier on the pool {kind}: {done.returncode} {done.stdout[-300:]}")
