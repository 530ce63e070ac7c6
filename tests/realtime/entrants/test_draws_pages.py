"""A draw that anybody may check: announced before the digits, and checked with the published program and file alone."""

import asyncio
import re
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

from contest.provincial import ties
from realtime.entrants import templating
from realtime.entrants.pages_index import PAGES
from tests.realtime.entrants.conftest import Site
from tests.support.contest_crowd import DAY_MS, Crowd, rules_of

DIGITS = "4821 0397 5561 2048 7730 9164 5827 3019 6642 8850"
PRIZES = [{"key": "nhat", "name": "Giải Nhất", "scope": "window", "count": 1, "value_vnd": 1_000_000}]

NAMED = (("Y Mek Ê Nuôl", 1), ("Trần Văn Bình", 0), ("H’Thi Rya", 1))
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def now() -> int:
    return time.time_ns() // 1_000_000


async def tied(
    site: Site, *, rounds: int = 1, days_ago: int = 5, prediction: dict[str, str] | None = None
) -> tuple[Crowd, list[str]]:
    """A contest whose first round is over, with three people whom nothing tells apart."""
    first, chain = now() - days_ago * DAY_MS, {"chain": ["score"]}
    rules = rules_of(rounds=rounds, first=first, ranking=chain, prizes=PRIZES, prediction=prediction)
    crowd = await Crowd.of(site.db, rules)
    people = [await crowd.person(name, consent=[("publish_name", False)] * agreed) for name, agreed in NAMED]
    for who in people:
        await crowd.paper(who, 10, at=rules.rounds[0].opens_at)
    return crowd, [str(who.entry) for who in people]


def output_of(program: Path, *arguments: object) -> str:
    command = [sys.executable, str(program), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


async def test_a_draw_is_public_before_and_after(site: Site, tmp_path: Path) -> None:
    crowd, members = await tied(site)
    async with site.browser() as web:

        async def page(lang: str = "") -> str:
            templating._kept.clear()
            return (await web.get(f"/c/{crowd.slug}/draws{lang}")).text

        assert "Chưa có lần bốc thăm nào" in await page()
        line = await ties.announce_pool(
            site.db,
            crowd.id,
            ("r1", ""),
            members,
            source="Xổ số Đắk Lắk, kỳ tới",
            signer="Lan",
            actor="a",
            now_ms=now(),
        )
        announced = await page()
        draw_id, pool_hash = line.evidence["draw_id"], line.evidence["pool_hash"]
        assert pool_hash in announced
        assert draw_id in announced
        assert "Xổ số Đắk Lắk, kỳ tới" in announced
        assert "Đang chờ dãy số" in announced
        assert "Y Mek Ê Nuôl" in announced
        assert "Trần Văn Bình" not in announced
        await ties.draw_order(site.db, crowd.id, line.id, DIGITS, reason="", signer="", actor="a", now_ms=now())
        drawn = await page()
        assert DIGITS.replace(" ", "") in drawn
        assert "The order drawn" in await page("?lang=en")
        pool = tmp_path / "pool.txt"
        pool.write_bytes((await web.get(f"/c/{crowd.slug}/draws/{draw_id}.txt")).content)
        program = tmp_path / "verify_draw.py"
        program.write_bytes((await web.get("/verify_draw.py")).content)
        told = (await asyncio.to_thread(output_of, program, pool, draw_id, DIGITS)).splitlines()
        assert told[0] == f"3 SHA-256 {pool_hash}"
        places = [drawn.index(f"({entry})") for entry in (one.split(". ")[1] for one in told[1:])]
        assert places == sorted(places)
        assert (await web.get(f"/c/{crowd.slug}/draws/{'x' * 22}.txt")).status_code == 404


async def test_numbers_of_entries_stay_hidden_while_they_would_count(site: Site) -> None:
    crowd, members = await tied(site, rounds=2, days_ago=4, prediction={"scope": "round"})
    line = await ties.announce_pool(
        site.db, crowd.id, ("r1", ""), members, source="Xổ số", signer="Lan", actor="a", now_ms=now()
    )
    async with site.browser() as web:
        page = (await web.get(f"/c/{crowd.slug}/draws")).text
        assert line.evidence["pool_hash"] in page
        assert "sau khi câu dự đoán đã đóng" in page
        assert "Y Mek Ê Nuôl" in page
        assert not re.search(rf"\(({'|'.join(members)})\)", page)
        file = await web.get(f"/c/{crowd.slug}/draws/{line.evidence['draw_id']}.txt")
        assert file.status_code == 404


async def test_search_engines_find_every_public_page(site: Site) -> None:
    crowd = await Crowd.of(site.db, rules_of(first=now() - DAY_MS))
    async with site.browser() as web:
        robots = (await web.get("/robots.txt")).text
        assert robots.splitlines()[1] == "Disallow: /api/"
        where = robots.rsplit("Sitemap: ", 1)[1].strip()
        assert where.endswith("/sitemap.xml")
        tree = ElementTree.fromstring((await web.get("/sitemap.xml")).content)
        listed = [str(one.text).removeprefix(where.removesuffix("/sitemap.xml")) for one in tree.iter(f"{SITEMAP}loc")]
        contests = ["/c", *(f"/c/{crowd.slug}{page}" for page in PAGES)]
        assert [path for path in listed if path.startswith("/c")] == contests
        assert {"/f", "/m", "/m/24133"} <= set(listed)
        for path in [*contests, "/f", "/m", "/m/24133"]:
            page = await web.get(path)
            assert page.status_code == 200
            assert "noindex" not in page.text
