"""Lucky draws over HTTP: what the public page, the stage and a guest's phone are told, and the files that check out."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import update

from contest.festival import draw_log
from contest.festival.draw_rules import Rule
from contest.festival.tables import festivals
from contest.provincial import verify_draw
from contest.tickets import digest
from realtime.entrants import templating
from realtime.festival import state
from tests.contest.festival.draw_support import DIGITS, Day, festival_day
from tests.realtime.entrants.conftest import Site, one_redis, people_stack, site

__all__ = ["one_redis", "people_stack", "site"]
TOKEN = "san-khau-0123456789"


def fresh() -> None:
    """Pages are kept for seconds; tests go on at once."""
    templating._kept.clear()
    state._kept.clear()


async def own(web: httpx.AsyncClient, day: Day) -> dict[str, Any]:
    fresh()
    told = (await web.get(f"/api/festivals/{day.slug}/me")).json()
    found: dict[str, Any] = told["draws"][-1]
    return found


async def test_everybody_can_follow_and_check(site: Site, tmp_path: Path) -> None:
    day = await festival_day(site.db)
    people = [await day.guest(f"Nguyễn Văn {letter}", skills=3) for letter in "ABCDE"]
    draw = await day.draw(Rule("any", 3))
    async with site.db.write() as writer:
        await writer.execute(update(festivals).values(stage_token_hash=digest(TOKEN)))
    async with site.browser(follow_redirects=True) as web:
        hello = await web.post(f"/api/festivals/{day.slug}/hello", json={"name": "Trần Thị Mới"})
        assert hello.status_code == 201, hello.text
        before = await own(web, day)
        assert (before["state"], before["eligible"]) == ("draft", False)
        assert [point["met"] for point in before["points"]] == [False, False]
        here = f"/f/{day.slug}/draws/{draw.public_id}"
        assert "Danh sách chưa chốt" in (await web.get(here)).text
        assert (await web.get(f"{here}/pool.txt")).status_code == 404
        draw = await day.frozen(draw)
        after = await own(web, day)
        assert (after["ticket"], after["eligible"]) == (None, False)

        async def look(path: str = "", **query: str) -> str:
            fresh()
            found = await web.get(f"{here}{path}", params=query)
            assert found.status_code == 200, found.text
            return found.text

        announced = await look()
        assert draw.pool_hash is not None
        for told in (draw.pool_hash, draw.public_id, "5 phiếu", "10 quả bóng, khách mời bốc", "Chưa có."):
            assert told in announced
        assert "python3 verify_draw.py" not in announced
        draw = await day.drawn(draw)
        await day.show(draw)
        await day.settle(draw, 0, "no_show")
        await day.settle(draw, None)
        await day.show(draw)
        await day.settle(draw, None)
        drawn = await look()
        assert "N. V." in drawn
        assert not any(guest.name in drawn or guest.card in drawn for guest in people if guest.name)
        assert "gọi ba lần không có mặt" in drawn.lower()
        assert "Checked in" in await look(lang="en")
        for name in ("pool.txt", "result.txt", "log.txt"):
            (tmp_path / name).write_bytes((await look(f"/{name}")).encode())
        (tmp_path / "verify_draw.py").write_bytes((await web.get("/verify_draw.py")).content)
        stage = await web.get(f"/api/festivals/{day.slug}/stage", headers={"Authorization": f"Bearer {TOKEN}"})
        shown = stage.json()["live"][str(day.item_id)]["draw"]
        assert {one["name"] for one in shown["winners"]} <= {guest.name for guest in people}
        assert shown["step"]["kind"] == "show"
        phones = (await web.get(f"/api/festivals/{day.slug}/state")).json()["live"][str(day.item_id)]["draw"]
        assert [one["ticket"] for one in phones["winners"]] == [one["ticket"] for one in shown["winners"]]
        assert "Nguyễn" not in str(phones)
        refused = await web.post(f"/api/festivals/{day.slug}/draws/name", json={"agreed": True})
        assert (refused.status_code, refused.json()["code"]) == (409, "draw_not_won")
    command = re.search(r'<code class="command">(.*?)</code>', drawn)
    assert command is not None
    words = command[1].replace("&#39;", "'").split()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-I", "-S", *arguments]
        return subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert words[0] == "python3"
    done = run(*words[1:])
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "SAME / KHỚP")
    pool = (tmp_path / "pool.txt").read_text()
    assert hashlib.sha256(pool.encode()).hexdigest() == draw.pool_hash
    assert (tmp_path / "result.txt").read_text().split() == verify_draw.order(pool.split(), draw.public_id, DIGITS)[1][
        :4
    ]
    (tmp_path / "pool.txt").write_text(pool + "AAAABBBB\n")
    assert run(*words[1:]).returncode == 1
    # The published log's hashes can be made anew from its own lines.
    before_hash = "0" * 64
    for line in (tmp_path / "log.txt").read_text().splitlines():
        seq, at, kind, body, prev, own_hash = line.split("\t")
        assert prev == before_hash
        assert own_hash == draw_log.line_hash(draw.public_id, int(seq), int(at), kind, body, prev)
        before_hash = own_hash


async def test_a_winner_may_be_named_when_they_say_so(site: Site) -> None:
    day = await festival_day(site.db)
    async with site.browser() as web:
        assert (await web.post(f"/api/festivals/{day.slug}/hello", json={"name": "Ra Lan Thanh Hà"})).status_code == 201
        draw = await day.drawn(await day.frozen(await day.draw(Rule(""))))
        mine = await own(web, day)
        assert mine["ticket"] is not None
        await day.show(draw)
        assert (await own(web, day))["won"]["state"] == "called"
        await day.settle(draw, None)

        async def page() -> str:
            fresh()
            return (await web.get(f"/f/{day.slug}/draws/{draw.public_id}")).text

        assert mine["ticket"] in await page()
        assert "Ra Lan" not in await page()
        for agreed in (True, False):
            said = await web.post(f"/api/festivals/{day.slug}/draws/name", json={"agreed": agreed})
            assert said.json()["draws"][-1]["won"]["named"] is agreed
            assert ("Ra Lan Thanh Hà" in await page()) is agreed
        assert (await web.post(f"/api/festivals/{day.slug}/draws/name", json={"agreed": 1, "x": 2})).status_code == 422


async def test_what_is_not_public_is_not_there(site: Site) -> None:
    day = await festival_day(site.db)
    draw = await day.draw(listed=False)
    async with site.browser() as web:
        assert (await web.get(f"/f/{day.slug}/draws/{draw.public_id}")).status_code == 404
        assert draw.public_id not in (await web.get(f"/f/{day.slug}/draws")).text
        assert (await web.get(f"/f/khong-co/draws/{draw.public_id}")).status_code == 404
        assert (await web.post(f"/api/festivals/{day.slug}/draws/name", json={"agreed": True})).status_code == 401
