"""Festivals on the admin server: the pages that prepare a day and lead it, and the API that does the same."""

import re
from typing import Any

import pytest

from admin.demo_festival import seed_demo_festival
from admin.festivals import desks
from admin.festivals.pages_run import next_step
from admin.roles import Role
from contest.database import Reader
from contest.festival import festivals, guests, organising
from contest.festival.model import FestivalState, LiveEventKind, LiveEventState
from contest.provincial.local_time import local_day
from tests.admin.conftest import Staff


async def made(staff: Staff, plan: str = "day") -> tuple[Any, int]:
    """An organiser's browser and a festival of today."""
    client = await staff.signed_in(Role.ORGANISER)
    day = local_day(staff.clock.wall_ms())
    reply = await client.post("/festivals", data={"title": "Ngày hội số", "first_day": day, "plan": plan})
    assert reply.status_code == 303, reply.text
    return client, int(reply.headers["location"].rsplit("/", 1)[1])


async def test_from_an_idea_to_the_end_of_the_day(staff: Staff) -> None:
    client, number = await made(staff)
    page = f"/festivals/{number}"
    hub = (await client.get(page)).text
    for words in ("Ngày hội số", "Bấm nút khởi động", "Bản nháp", "Mở ngày hội"):
        assert words in hub
    assert (await client.post(f"{page}/state", data={"state": "over"})).status_code == 409
    assert (await client.post(f"{page}/state", data={"state": "open"})).status_code == 303
    run = (await client.get(f"{page}/run")).text
    assert "Bắt đầu: Khai mạc" in run
    found = re.search(
        r'items/(\d+)/state"\s*>\s*<input type="hidden" name="state" value="live">\s*<button class="run-step"', run
    )
    assert found is not None
    opening = found[1]
    await client.post(f"{page}/items/{opening}/state", data={"state": "live"})
    run = (await client.get(f"{page}/run")).text
    assert "Kết thúc: Khai mạc" in run
    assert "Kết thúc và bắt đầu luôn: Ký cam kết" in run
    await client.post(f"{page}/items/{opening}/state", data={"state": "done", "follow": "true"})
    for kind in ("gate", "booth"):
        await client.post(f"{page}/open-all", data={"kind": kind})
    async with staff.services.db.read() as reader:
        items = await festivals.programme(reader, number)
    live = [item.kind for item in items if item.state is LiveEventState.LIVE]
    assert (len(live), live.count(LiveEventKind.BOOTH), live.count(LiveEventKind.PLEDGE)) == (7, 5, 1)
    step = next_step(items)
    assert step is not None
    assert (step[0].kind, step[1]) == (LiveEventKind.PLEDGE, LiveEventState.DONE)
    await client.post(f"{page}/announcements", data={"text_vi": "Xe ra lúc 17 giờ", "minutes": "30"})
    assert "Xe ra lúc 17 giờ" in (await client.get(f"{page}/run")).text
    assert (await client.post(f"{page}/announcements", data={"text_vi": " "})).status_code == 422
    await client.post(f"{page}/announcements/1/end")
    assert "Xe ra lúc 17 giờ" not in (await client.get(f"{page}/run")).text
    stage = (await client.post(f"{page}/stage")).text
    assert re.search(r"https://thi\.example\.vn/f/ngay-hoi-so/stage#[\w-]{32}", stage)
    assert (await client.get(f"{page}/qr.svg")).headers["content-type"] == "image/svg+xml"
    await client.post(f"{page}/state", data={"state": "over"})
    assert "chưa mở hoặc đã kết thúc" in (await client.get(f"{page}/run")).text


async def test_the_editor_says_what_is_wrong_and_keeps_what_was_typed(staff: Staff) -> None:
    client, number = await made(staff, "")
    page = f"/festivals/{number}"
    assert "Chương trình còn trống" in (await client.get(page)).text
    day = local_day(staff.clock.wall_ms())
    item = {
        "kind": "booth",
        "title": "Gian thanh toán",
        "day": day,
        "starts": "08:00",
        "ends": "11:30",
        "skill": "online_payment",
    }
    assert (await client.get(f"{page}/items/new?kind=booth")).status_code == 200
    wrong = await client.post(f"{page}/items", data=item | {"ends": "07:00"})
    assert wrong.status_code == 422
    assert "Gian thanh toán" in wrong.text
    assert (await client.post(f"{page}/items", data=item | {"kind": "party"})).status_code == 422
    added = await client.post(f"{page}/items", data=item)
    place = added.headers["location"]
    item_id = place.rsplit("-", 1)[1]
    form = (await client.get(f"{page}/items/{item_id}")).text
    assert 'value="08:00"' in form
    assert 'value="11:30"' in form
    await client.post(f"{page}/items/{item_id}/shift", data={"minutes": "30"})
    assert "08:30" in (await client.get(page)).text
    assert (await client.post(f"{page}/items/{item_id}/shift", data={"minutes": "0"})).status_code == 422
    await client.post(f"{page}/items/{item_id}", data=item | {"title": "Gian trả tiền"})
    assert "Gian trả tiền" in (await client.get(page)).text
    assert (await client.get(f"/festivals/{number + 1}/items/{item_id}")).status_code == 404
    # Somebody else saved while the form was open: nothing is lost unseen.
    stale = await client.post(f"{page}/items/{item_id}", data=item | {"title": "Gian khác", "was": "0" * 16})
    assert stale.status_code == 409
    assert "Người khác vừa sửa mục này" in stale.text
    assert "Gian khác" in stale.text
    assert "Gian trả tiền" in (await client.get(page)).text
    was = re.findall(r'name="was" value="(\w+)"', stale.text)[0]
    assert (await client.post(f"{page}/items/{item_id}", data=item | {"was": was})).status_code == 303
    await client.post(f"{page}/items/{item_id}/remove")
    assert "Gian trả tiền" not in (await client.get(page)).text
    bad = await client.post(f"{page}/edit", data={"title": "", "first_day": day})
    assert bad.status_code == 422
    await client.post(f"{page}/edit", data={"title": "Tên mới", "first_day": day})
    assert "Tên mới" in (await client.get("/festivals?q=ten+moi")).text


async def test_another_program_leads_a_day(staff: Staff) -> None:
    client = await staff.signed_in(Role.ADMINISTRATOR)
    now = staff.clock.wall_ms()
    body = {"title": "Ngày hội", "first_day": local_day(now), "commune": "24133"}
    made_id = (await client.post("/api/festivals", json=body)).json()["id"]
    api = f"/api/festivals/{made_id}"
    item = {"kind": "gate", "title": "Cổng 1", "starts_at": now}
    added = (await client.post(f"{api}/items", json=item)).json()
    assert (added["state"], added["settings"]) == ("planned", {})
    assert (await client.post(f"{api}/items", json=item | {"kind": "party"})).status_code == 422
    assert (await client.post(f"{api}/items/{added['id']}/state", json={"state": "live"})).status_code == 409
    assert (await client.post(f"{api}/state", json={"state": "open"})).json()["state"] == "open"
    live = await client.post(f"{api}/items/{added['id']}/state", json={"state": "live"})
    assert live.json()["state"] == "live"
    renamed = await client.put(f"{api}/items/{added['id']}", json=item | {"title": "Cổng chính"})
    assert renamed.json()["title"] == "Cổng chính"
    assert (await client.delete(f"{api}/items/{added['id']}")).status_code == 409
    announced = await client.post(f"{api}/announcements", json={"text_vi": "Chào bà con"})
    assert announced.status_code == 201
    assert (await client.post(f"{api}/stage-token", json={})).json()["url"].count("#") == 1
    assert (await client.get(f"{api}/guests")).json() == {"guests": 0}
    assert [one["id"] for one in (await client.get("/api/festivals")).json()] == [made_id]
    assert (await client.put(api, json=body | {"title": "Khác"})).json()["title"] == "Khác"
    assert (await client.post(f"{api}/items/{added['id']}/round", json={"round_id": None})).status_code == 422
    assert "/api/festivals/{festival_id}/items" in (await client.get("/api/openapi.json")).json()["paths"]


async def test_printed_cards_and_two_cards_of_one_person(staff: Staff) -> None:
    client, number = await made(staff)
    page = f"/festivals/{number}/cards"
    assert (await client.post(page, data={"sheets": "51"})).status_code == 422
    await client.post(page, data={"sheets": "2"})
    shown = (await client.get(page)).text
    pdf = re.search(rf"{page}/(\d+)\.pdf", shown)
    assert pdf is not None
    made_pdf = await client.get(pdf[0])
    assert (made_pdf.headers["content-type"], made_pdf.content[:5]) == ("application/pdf", b"%PDF-")
    async with staff.services.db.write() as writer:
        lan = await guests.make(writer, festival_id=number, now_ms=1, name="Lan")
        two = await guests.make(writer, festival_id=number, now_ms=1, name="Lan")
    assert (await client.post(f"{page}/join", data={"card": lan.card, "other": "x"})).status_code == 422
    done = await client.post(f"{page}/join", data={"card": lan.card, "other": two.card})
    assert "Đã gộp" in done.text
    async with staff.services.db.read() as reader:
        assert (await guests.by_cards(Reader(reader), [two.card]))[two.card].id == lan.id


async def test_hosts_lead_but_do_not_prepare(staff: Staff) -> None:
    _, number = await made(staff)
    host = await staff.signed_in(Role.HOST)
    assert (await host.get(f"/festivals/{number}/run")).status_code == 200
    assert (await host.get(f"/festivals/{number}")).status_code == 200
    assert (await host.get("/festivals/new")).status_code == 403
    assert (await host.post(f"/festivals/{number}/state", data={"state": "open"})).status_code == 403


async def test_parts_link_their_desks(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    client, number = await made(staff)
    monkeypatch.setitem(desks.DESKS, LiveEventKind.GATE, "/festivals/{festival}/gate/{item}")
    assert f"/festivals/{number}/gate/" in (await client.get(f"/festivals/{number}")).text


async def test_the_demo_has_a_festival_once(staff: Staff) -> None:
    db, now = staff.services.db, staff.clock.wall_ms()
    assert await seed_demo_festival(db, now)
    assert not await seed_demo_festival(db, now + 1)
    async with db.read() as reader:
        (festival,) = await organising.listing(reader)
        items = await festivals.programme(reader, festival.id)
    assert festival.state is FestivalState.OPEN
    assert sum(item.state is LiveEventState.LIVE for item in items) == 7
    assert all(item.responsible for item in items)
