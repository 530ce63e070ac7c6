"""The public pages of the movement over HTTP: what is hidden stays hidden on every page, caches get an ETag."""

import re

from contest.clock import SystemClock
from contest.provincial.local_time import local_day
from contest.statistics import counting, dashboard_public, ledger
from contest.statistics.contributions import Counts
from contest.statistics.facts import Fact, FactKind
from tests.admin.movement.dashboard_facts import BMT, EA_KAO, SONG_CAU, fill, plan
from tests.realtime.entrants.conftest import Site


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def test_public_pages_show_the_movement_and_hide_the_few(site: Site) -> None:
    now_ms = SystemClock().wall_ms()
    await plan(site.db, now_ms, local_day(now_ms))
    await fill(site.db, now_ms)
    async with site.browser() as browser:
        reply = await browser.get("/m?by=people")
        shown = text_of(reply.text)
        assert "68" in shown
        assert "style=" not in reply.text
        assert "<script>" not in reply.text
        assert (await browser.get("/m?by=people", headers={"If-None-Match": reply.headers["etag"]})).status_code == 304
        assert len(reply.content) < 150_000
        # Three officials are all who took part in Ea Kao, and the 25 of Sông Cầu are hidden with them.
        for code in (EA_KAO, SONG_CAU):
            page = text_of((await browser.get(f"/m/{code}")).text)
            assert "Số người ẩn" in page
        assert "Số người 40" in text_of((await browser.get(f"/m/{BMT}")).text)
        assert "Xã Ea Kao: ẩn" in shown or "Phường Ea Kao: ẩn" in shown
        english = await browser.get("/m?lang=en")
        assert "People" in text_of(english.text)
        assert (await browser.get("/m/99999")).status_code == 404
        sitemap = (await browser.get("/sitemap.xml")).text
        assert f"/m/{BMT}</loc>" in sitemap
        assert "noindex" not in reply.text


async def test_few_people_beside_many_heads_are_not_told_apart(site: Site) -> None:
    now_ms = SystemClock().wall_ms()
    await plan(site.db, now_ms, local_day(now_ms))
    who = {"commune": BMT, "target_group": "citizen", "age_band": "18-59"}
    facts = [Fact(FactKind.TRAINING, f"k{n}", now_ms, person=2 * n + 1, **who) for n in range(2)]
    facts.append(Fact(FactKind.TRAINING, "h:1", now_ms, headcount=700, **who))
    facts += [Fact(FactKind.TRAINING, f"e{n}", now_ms, person=2 * n + 101, commune=EA_KAO) for n in range(60)]
    async with site.db.write() as writer:
        await ledger.record(writer, facts, now_ms=now_ms)
    await counting.run(site.db, now_ms)
    async with site.browser() as browser:
        commune = text_of((await browser.get(f"/m/{BMT}")).text)
        whole = text_of((await browser.get("/m?by=adults_reached")).text)
    assert "Số người 702 Gồm cả người được đếm không tên" in commune
    for shown in (commune, whole.partition("Tỷ lệ từng xã, phường")[2]):
        assert "702" in shown
        assert not re.search(r"\b700\b", shown)
    assert "62 người có mã riêng, 700 đếm" in whole
    # Who reported a figure is the office's affair.
    assert "Theo Công an tỉnh" in whole
    assert "Trung tá" not in whole


def test_no_commune_shows_what_its_group_hides() -> None:
    """Sums over communes and over groups are both public."""
    few, many, most = Counts(3, 3, 3, 0), Counts(9, 9, 9, 0), Counts(40, 40, 40, 0)
    at = {
        "a": {"all": Counts(43, 43, 43, 0), "group:citizen": most, "group:official": few},
        "b": {"all": Counts(49, 49, 49, 0), "group:citizen": most, "group:official": many},
        "c": {"all": Counts(80, 80, 80, 0), "group:citizen": most, "group:official": most},
    }
    whole = {
        "all": Counts(172, 172, 172, 0),
        "group:citizen": Counts(120, 120, 120, 0),
        "group:official": Counts(52, 52, 52, 0),
    }
    screen = dashboard_public.screened(at, whole)
    assert screen.hidden("a", "group:official")
    assert screen.hidden("a", "group:citizen")
    assert screen.hidden("b", "group:official")
    assert screen.hidden("b", "group:citizen")
    assert not screen.by_commune["c"]
    assert not screen.province
    assert not screen.hidden("a")


async def test_a_movement_to_come_says_so(site: Site) -> None:
    async with site.browser() as browser:
        empty = await browser.get("/m")
        assert empty.status_code == 200
        assert "sắp bắt đầu" in empty.text
        assert (await browser.get(f"/m/{BMT}")).status_code == 200
