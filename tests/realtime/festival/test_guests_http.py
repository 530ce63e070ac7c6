"""Festivals over HTTP: the public pages, cards, the state with its ETag, guests' own data, the stage's token."""

import asyncio
from typing import Any

import pytest

from contest.clock import SystemClock
from contest.database import Reader
from contest.festival import announcements, day_templates, festivals, guests, organising, programme
from contest.festival.cards import new_card
from contest.festival.model import Festival, FestivalState, GuestLevel, LiveEventKind, LiveEventState
from contest.festival.organising import Outline
from contest.provincial.local_time import local_day
from contest.tickets import digest
from realtime.festival import state
from tests.contest.support import new_round, seat
from tests.realtime.entrants.conftest import Site, one_redis, people_stack, site

__all__ = ["one_redis", "people_stack", "site"]
WHO = "account:1"


async def festival(site: Site, *, open_it: bool = True) -> Festival:
    now = SystemClock().wall_ms()
    today = local_day(now)
    async with site.db.write() as writer:
        made = await organising.create(
            writer, Outline("Ngày hội số", today, today, "Nhà văn hóa", "24133", "Mời bà con."), actor=WHO, now_ms=now
        )
        for draft in day_templates.drafts("day", today, "vi"):
            item = await programme.add(writer, made.id, draft, actor=WHO, now_ms=now)
        if open_it:
            await organising.set_state(writer, made.id, FestivalState.OPEN, actor=WHO, now_ms=now)
            assert item.kind is LiveEventKind.CEREMONY
            await programme.set_state(writer, item.id, LiveEventState.LIVE, actor=WHO, now_ms=now)
        await announcements.announce(
            writer, made.id, text_vi="Xe ra lúc 17 giờ", text_en="Bus at 17:00", until=None, actor=WHO, now_ms=now
        )
    return made


async def test_pages_and_state_are_the_same_for_everybody(site: Site) -> None:
    made = await festival(site)
    base = f"/f/{made.slug}"
    async with site.browser() as phone:
        home = await phone.get(base)
        assert home.status_code == 200
        for words in ("Ngày hội số", "Tổng kết, trao quà", "Xe ra lúc 17 giờ", "Gian thanh toán", "Nhận thẻ ngày hội"):
            assert words in home.text
        assert (await phone.get(base, headers={"If-None-Match": home.headers["etag"]})).status_code == 304
        english = (await phone.get(base, params={"lang": "en"})).text
        assert "Bus at 17:00" in english
        assert made.slug in (await phone.get("/f")).text
        assert f"/f/{made.slug}</loc>" in (await phone.get("/sitemap.xml")).text
        assert (await phone.get(f"{base}/app")).status_code == 200
        assert (await phone.get(f"{base}/stage")).status_code == 200
        assert (await phone.get(f"{base}/qr.svg")).headers["content-type"].startswith("image/svg")
        told = await phone.get(f"/api/festivals/{made.slug}/state")
        body = told.json()
        assert (body["festival"]["title"], len(body["items"]), len(body["now"])) == ("Ngày hội số", 14, 1)
        assert body["announcements"][0]["en"] == "Bus at 17:00"
        assert body["poll_s"] <= state.LIVE_S
        etag = {"If-None-Match": told.headers["etag"]}
        assert (await phone.get(f"/api/festivals/{made.slug}/state", headers=etag)).status_code == 304
        assert (await phone.get("/api/festivals/khong-co/state")).status_code == 404
        described = (await phone.get("/api/openapi.json")).json()["paths"]
        assert "StateOut" in str(described["/api/festivals/{slug}/state"])
        card = new_card()
        shown = await phone.get(f"/g/{card[:5]}-{card[5:]}")
        assert shown.status_code == 200
        assert f"{card[:5]}-{card[5:]}" in shown.text
        assert (await phone.get("/g/hello")).status_code == 404
        assert (await phone.get(f"/g/{card}/qr.svg")).status_code == 200
    draft = await festival(site, open_it=False)
    async with site.browser() as phone:
        assert (await phone.get(f"/f/{draft.slug}")).status_code == 404


async def test_a_card_in_one_call_and_ones_own_data(site: Site) -> None:
    made = await festival(site)
    base = f"/api/festivals/{made.slug}"
    async with site.db.write() as writer:
        printed = (await guests.make(writer, festival_id=made.id, now_ms=1, level=GuestLevel.BLANK)).card
    async with site.browser() as phone:
        assert (await phone.get(f"{base}/me")).json() == {"guest": None}
        assert (await phone.post(f"{base}/card", json={"card": printed})).status_code == 401
        refused = await phone.post(f"{base}/hello", json={"name": "Lan", "commune": "24133"})
        assert (refused.status_code, refused.json()["code"]) == (422, "consent_needed")
        told = {"name": "Lan", "commune": "24133", "target_group": "citizen", "age_band": "60+", "statistics": True}
        taken = await phone.post(f"{base}/hello", json=told)
        assert taken.status_code == 201
        assert "httponly" in taken.headers["set-cookie"].lower()
        guest = taken.json()["guest"]
        assert (guest["name"], guest["level"], guest["consents"]) == ("Lan", "nickname", ["statistics"])
        mine = (await phone.get(f"{base}/me")).json()
        assert mine["guest"] == guest
        both = await phone.post(f"{base}/card", json={"card": f"https://thi.example.vn/g/{printed}"})
        assert both.json()["guest"]["card"] == guest["card"]
        fresh = (await phone.post(f"{base}/card/replace", json={})).json()["guest"]["card"]
        assert fresh != guest["card"]
        changed = await phone.post(f"{base}/me", json={"name": "Lan Anh"})
        assert (changed.json()["guest"]["name"], changed.json()["guest"]["consents"]) == ("Lan Anh", [])
        data = (await phone.get(f"{base}/me/data")).json()
        assert [one["purpose"] for one in data["consents"]] == ["statistics", "statistics"]
        assert (await phone.get(f"{base}/villages", params={"commune": "24133"})).json() == {"villages": []}
        assert (await phone.post(f"{base}/me/erase", json={})).status_code == 204
        assert (await phone.get(f"{base}/me")).json() == {"guest": None}
    async with site.browser() as phone:
        typed = {"name": "Minh", "card": printed}
        assert (await phone.post(f"{base}/hello", json=typed)).json()["code"] in ("card_taken", "guest_unknown")
        assert (await phone.post(f"{base}/hello", json={"name": "Minh", "card": "x"})).status_code == 422
        assert (await phone.post(f"{base}/hello", json={"name": "a\0b"})).status_code == 422


async def test_taking_a_card_again_after_a_lost_answer(site: Site) -> None:
    made = await festival(site)
    base = f"/api/festivals/{made.slug}"
    async with site.db.write() as writer:
        printed = (await guests.make(writer, festival_id=made.id, now_ms=1, level=GuestLevel.BLANK)).card
    wish = {"name": "Lan", "id": "a" * 32, "card": printed}
    async with site.browser() as phone:
        once = await asyncio.gather(*(phone.post(f"{base}/hello", json=wish) for _ in range(3)))
        phone.cookies.clear()
        again = await phone.post(f"{base}/hello", json=wish)
        assert {one.status_code for one in (*once, again)} == {201}
        assert {one.json()["guest"]["card"] for one in (*once, again)} == {printed}
        assert (await phone.get(f"{base}/me")).json()["guest"]["name"] == "Lan"
        # A name that was allowed on the list of winners may be taken back in one's own data.
        assert (await phone.post(f"{base}/draws/name", json={"agreed": True})).json()["code"] == "draw_not_won"
        withdrawn = await phone.post(f"{base}/me/withdraw", json={"purpose": "publish_name"})
        assert (withdrawn.status_code, withdrawn.json()["guest"]["name"]) == (200, "Lan")
        data = (await phone.get(f"{base}/me/data")).json()
        assert [data[part] for part in ("pledges", "votes", "words", "tickets")] == [[], [], [], []]
        assert [(one["purpose"], one["granted"]) for one in data["consents"]] == [("publish_name", False)]
    async with site.db.read() as reader:
        assert await guests.seen(reader, made.id) == 1


async def test_a_number_is_confirmed_by_code(site: Site) -> None:
    made = await festival(site)
    base = f"/api/festivals/{made.slug}"
    wish: dict[str, Any] = {"phone": "0905 123 456", "consent": True}
    async with site.browser() as phone:
        await phone.post(f"{base}/hello", json={"name": "Lan"})
        unticked = await phone.post(f"{base}/phone", json={"phone": "0905 123 456"})
        assert unticked.json()["code"] == "guest_consent_phone"
        assert (await phone.post(f"{base}/phone", json=wish)).status_code == 202
        wrong = await phone.post(f"{base}/phone/confirm", json=wish | {"code": "000000"})
        assert wrong.json()["code"] in ("code_wrong", "code_expired")
        code = await sent_code(site)
        done = await phone.post(f"{base}/phone/confirm", json=wish | {"code": code})
        assert (done.json()["guest"]["level"], done.json()["guest"]["phone"]) == ("phone", "456")
        gone = await phone.post(f"{base}/me/withdraw", json={"purpose": "phone"})
        assert (gone.json()["guest"]["level"], gone.json()["guest"]["phone"]) == ("nickname", None)


async def sent_code(site: Site) -> str:
    file = site.settings.data_dir / "codes.txt"
    for _ in range(100):
        if file.exists() and (text := file.read_text("utf-8").strip()):
            digits = [word.strip(",.") for word in text.splitlines()[-1].split()]
            return next(word for word in digits if len(word) == 6 and word.isdigit())
        await asyncio.sleep(0.02)
    raise AssertionError("no code was sent")


async def test_a_seat_of_a_live_round_is_the_guests(site: Site) -> None:
    made = await festival(site)
    record = await new_round(site.db)
    now = SystemClock().wall_ms()
    async with site.db.write() as writer:
        items = await festivals.programme(Reader(writer), made.id, kinds=[LiveEventKind.LIVE_ROUND])
        await programme.link_round(writer, items[0].id, record.id, actor=WHO, now_ms=now)
        await programme.set_state(writer, items[0].id, LiveEventState.LIVE, actor=WHO, now_ms=now)
    lan, minh = await seat(site.db, record, "Lan", "Minh")
    base = f"/api/festivals/{made.slug}"
    async with site.browser() as phone:
        told = (await phone.get(f"{base}/state")).json()
        assert [item["code"] for item in told["items"] if "code" in item] == [record.code]
        assert (await phone.post(f"{base}/seat", json={"ticket": lan.ticket})).status_code == 401
        await phone.post(f"{base}/hello", json={"name": "Lan"})
        tied = [
            (await phone.post(f"{base}/seat", json={"ticket": one.ticket})).json()["tied"] for one in (lan, lan, minh)
        ]
        assert tied == [True, False, False]
        assert (await phone.post(f"{base}/seat", json={"ticket": "x" * 32})).status_code == 404


async def test_the_stage_shows_its_token(site: Site) -> None:
    made = await festival(site)
    now = SystemClock().wall_ms()
    async with site.db.write() as writer:
        await organising.set_stage_token(writer, made.id, digest("s3cret"), actor=WHO, now_ms=now)
    async with site.browser() as stage:
        path = f"/api/festivals/{made.slug}/stage"
        assert (await stage.get(path)).status_code == 401
        assert (await stage.get(path, headers={"Authorization": "Bearer nothing"})).status_code == 401
        shown = await stage.get(path, headers={"Authorization": "Bearer s3cret"})
        assert (shown.status_code, shown.json()["guests"]) == (200, 0)


async def test_parts_add_to_the_state(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await festival(site)

    async def first(reader: Reader, *_: Any) -> dict[str, Any]:
        return {"live": {7: {"a": 1}}, "poll_s": 2, "more": [1]}

    async def second(reader: Reader, *_: Any) -> dict[str, Any]:
        return {"live": {"7": {"b": 2}}, "poll_s": 9}

    async with site.db.read() as reader:
        told = await state.compose(reader, made, SystemClock().wall_ms(), [first, second])
    assert (told["live"], told["poll_s"], told["more"]) == ({"7": {"a": 1, "b": 2}}, 2, [1])
