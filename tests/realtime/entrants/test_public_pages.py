"""The public pages over HTTP: what they say, what they never say, and that they are cheap."""

import csv
import io
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from contest.clock import SystemClock
from contest.provincial import sessions
from realtime.entrants import standings, templating
from realtime.entrants.board_keeper import BoardKeeper
from realtime.entrants.pages_index import PAGES
from scoring.redis_client import connect
from tests.realtime.conftest import running_server
from tests.realtime.entrants.conftest import Site
from tests.support.contest_crowd import DAY_MS, Crowd, Person, rules_of
from tests.support.contest_show import TITLE, certificate, show


def now() -> int:
    return time.time_ns() // 1_000_000


async def keep(site: Site) -> None:
    """A beat of the worker, and no page from before it."""
    redis = connect(site.settings.redis_url or "")
    await BoardKeeper(site.db, redis, SystemClock()).beat()
    await redis.aclose()
    templating._kept.clear()
    standings._recent.clear()


@pytest.fixture
async def web(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.browser() as client:
        yield client


async def signed_in(site: Site, who: Person) -> dict[str, str]:
    async with site.db.write() as writer:
        secret = await sessions.start(writer, sessions.ParticipantId(who.participant), now())
    return {"Cookie": f"hoithi_entrant={secret}"}


async def test_pages_are_whole_without_a_script_and_not_fetched_twice(site: Site, web: httpx.AsyncClient) -> None:
    crowd = await show(site.db, now(), people=12)
    await keep(site)
    for path in ("/c", *(f"/c/{crowd.slug}{page}" for page in PAGES), f"/certificates/{certificate(crowd, 0)}"):
        for lang in ("", "?lang=en"):
            page = await web.get(path + lang)
            assert page.status_code == 200, path
            text = page.text
            assert f'<html lang="{"en" if lang else "vi"}">' in text
            assert "public." not in text, path  # every word is in the catalogue
            # Nothing inline: the policy would stop it.
            assert not re.search(r"<style|style=|<script(?! defer src=)|\son[a-z]+=", text), path
            assert f'<link rel="canonical" href="{site.settings.public_url or ""}' in text
            assert len(page.content) < 60_000
            assert page.headers["content-encoding"] == "gzip"
            again = await web.get(path + lang, headers={"If-None-Match": page.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        assert ("noindex" in text) == path.startswith("/certificates")
    for name in re.findall(r'(?:href|src)="(/static/pages[^"]+)"', text):
        file = await web.get(name)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    assert (await web.get("/c/nothing")).status_code == 404
    missing = await web.get("/c/nothing/winners?lang=en")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")


async def test_they_say_what_is_so(site: Site, web: httpx.AsyncClient) -> None:
    crowd = await show(site.db, now(), people=60)
    await keep(site)

    async def text(page: str) -> str:
        return (await web.get(f"/c/{crowd.slug}{page}")).text

    home = await text("")
    assert TITLE in home
    assert "Đợt 2 đang mở" in home
    assert f'data-until="{crowd.rules.rounds[1].closes_at}"' in home
    assert "2.000.000 đồng" in home
    rules = await text("/rules")
    assert "Điều 1." in rules
    winners = await text("/winners")
    assert "Đang nhận khiếu nại" in winners
    assert "Y Mek Ê Nuôl" in winners  # agreed
    assert "N. P. Q. H." in winners  # did not
    assert "Trần Văn Bình" not in winners
    assert "Đã thu hồi" in winners
    assert "98" not in re.sub(r"[a-f0-9]{16,}|\?v=\w+", "", winners)  # how many were ranked is not told
    good = await web.get(f"/certificates/{certificate(crowd, 0)}")
    assert "Giấy chứng nhận có thật" in good.text
    taken_back = await web.get(f"/certificates/{certificate(crowd, 7)}")
    assert "thu hồi" in taken_back.text
    assert (await web.get("/certificates/AAAAAAAAAAAAAAAAAAAAAA")).status_code == 404
    heads = await text("/log")
    assert len(re.findall(r"<code>[0-9a-f]{64}</code>", heads)) == 1
    standings = await web.get(f"/c/{crowd.slug}/standings", params={"place": "group.official"})
    assert "Cán bộ, công chức, viên chức</caption>" in standings.text
    assert "đã được công bố" not in standings.text
    assert "đã được công bố" in (await web.get(f"/c/{crowd.slug}/standings", params={"window": "r1"})).text
    assert (await web.get(f"/c/{crowd.slug}/standings", params={"window": "r3"})).status_code == 404
    assert (await web.get(f"/c/{crowd.slug}/standings", params={"place": "commune.x"})).status_code == 404


async def everything(web: httpx.AsyncClient, crowd: Crowd, cookies: list[dict[str, str]]) -> dict[str, Any]:
    """Every byte that anybody outside can get about the contest's numbers."""
    templating._kept.clear()
    standings._recent.clear()
    api = f"/api/contests/{crowd.slug}"
    boards = ["", "?window=overall", "?kind=commune&code=24163", "?kind=group&code=citizen", "?kind=all&window=r1"]
    paths = [f"/c/{crowd.slug}{page}" for page in (*PAGES, "/participation.csv")]
    paths += [f"{base}/standings{board}" for base in (f"/c/{crowd.slug}", api) for board in boards]
    found: dict[str, Any] = {path: (await web.get(path)).text for path in paths}
    for number, cookie in enumerate(cookies):
        found[f"rank {number}"] = (await web.get(f"{api}/me/rank", headers=cookie)).json()
    return found


async def test_one_person_more_changes_no_byte_while_a_prediction_is_open(site: Site, web: httpx.AsyncClient) -> None:
    crowd = await show(site.db, now(), people=133)
    opens = crowd.rules.rounds[1].opens_at
    people = [await crowd.person(commune="24163") for _ in range(3)]
    for place, who in enumerate(people):
        await crowd.paper(who, 1, at=opens, duration_ms=500_000 + place, round="r2")
    best = await crowd.person(commune="24175")
    await crowd.paper(best, 10, at=opens, duration_ms=1000, round="r2")
    await crowd.counted(now())
    await keep(site)
    cookies = [await signed_in(site, who) for who in (*people, best)]
    before = await everything(web, crowd, cookies)
    more = await crowd.person(commune="24163")
    await crowd.paper(more, 0, at=opens, round="r2")
    await crowd.counted(now())
    await keep(site)
    assert await everything(web, crowd, cookies) == before
    # And what they are told is rounded: of 137 people in the round, 18 of the commune.
    ranks = {board["board"]: board for board in before["rank 2"]["boards"]}
    assert (ranks["window"]["rank"], ranks["window"]["about"], ranks["window"]["of"]) == (140, True, None)
    assert (ranks["commune"]["rank"], ranks["commune"]["around"]) == (20, None)
    first = before["rank 3"]["boards"][0]
    assert (first["rank"], first["about"], first["of"]) == (1, False, None)
    assert [(row["rank"], row["me"]) for row in first["around"]] == [(1, True), (2, False), (3, False)]
    listed = (await web.get(f"/api/contests/{crowd.slug}/standings?kind=commune&code=24163")).json()
    assert (len(listed["rows"]), listed["cut"]) == (10, True)
    assert ">130+<" in before[f"/c/{crowd.slug}/participation"]
    rows = list(csv.reader(io.StringIO(before[f"/c/{crowd.slug}/participation.csv"])))
    assert all(int(number) % 10 == 0 for row in rows[4:] for number in row[3:5])


async def test_after_the_prediction_numbers_are_exact(site: Site, web: httpx.AsyncClient) -> None:
    rules = rules_of(rounds=1, first=now() - 3 * DAY_MS, prediction=None, ranking={"chain": ["score"]})
    crowd = await Crowd.of(site.db, rules)
    opens = rules.rounds[0].opens_at
    people = [await crowd.person() for _ in range(13)]
    for place, who in enumerate(people):
        await crowd.paper(who, 9, at=opens, duration_ms=1000 + place // 2)
    await crowd.denominators({"24133": 26})
    await crowd.unit("=1+1", "=SUM(A1)")
    await keep(site)
    mine = await web.get(f"/api/contests/{crowd.slug}/me/rank", headers=await signed_in(site, people[5]))
    window = mine.json()["boards"][0]
    assert (window["rank"], window["about"], window["of"]) == (5, False, 13)
    assert [row["rank"] for row in window["around"]] == [3, 5, 5, 7, 7]
    assert [row["me"] for row in window["around"]].count(True) == 1
    page = await web.get(f"/c/{crowd.slug}/participation")
    assert "50,0 %" in page.text
    assert not re.search(r"\d\+<", page.text)
    file = await web.get(f"/c/{crowd.slug}/participation.csv")
    assert file.content.startswith(b"\xef\xbb\xbf")
    assert "'=SUM(A1)" in file.text
    assert ",24133,Phường Buôn Ma Thuột,13,13,26" in file.text


async def test_a_limit_of_no_whole_minutes_is_read_as_a_clock(site: Site, web: httpx.AsyncClient) -> None:
    for limit, shown in ((40, "0:40"), (450, "7:30"), (600, "10")):
        contest = await Crowd.of(site.db, rules_of(time_limit_s=limit))
        assert f"<dd>{shown}<small>phút" in (await web.get(f"/c/{contest.slug}")).text


async def test_hidden_and_lost_boards_and_strangers(site: Site, web: httpx.AsyncClient) -> None:
    first = now() - DAY_MS
    hidden = await Crowd.of(site.db, rules_of(first=first, ranking={"board": "hidden"}))
    coming = await Crowd.of(site.db, rules_of(first=now() + DAY_MS))
    shown = await Crowd.of(site.db, rules_of(first=first))
    who = await hidden.person()
    assert "không công bố xếp hạng" in (await web.get(f"/c/{hidden.slug}/standings")).text
    assert (await web.get(f"/api/contests/{hidden.slug}/standings")).json()["code"] == "board_hidden"
    mine = await web.get(f"/api/contests/{hidden.slug}/me/rank", headers=await signed_in(site, who))
    assert mine.json() == {"state": "hidden", "frozen": False, "boards": []}
    assert "chưa bắt đầu" in (await web.get(f"/c/{coming.slug}/standings")).text
    assert (await web.get(f"/api/contests/{coming.slug}/standings")).status_code == 404
    assert (await web.get(f"/api/contests/{shown.slug}/me/rank")).status_code == 401
    stranger = await web.get(f"/api/contests/{shown.slug}/me/rank", headers=await signed_in(site, who))
    assert stranger.json()["code"] == "not_entered"
    settings = site.settings.model_copy(update={"redis_url": "unix:///nowhere/redis.sock"})
    async with running_server(settings) as other, httpx.AsyncClient(base_url=other.url) as lost:
        assert "đang được dựng lại" in (await lost.get(f"/c/{shown.slug}/standings")).text
        assert (await lost.get(f"/api/contests/{shown.slug}/standings")).status_code == 503
