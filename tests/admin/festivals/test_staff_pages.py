"""Staff phones on the admin server: paired once, printed, stopped; a queue from a file; conflicts; who may do what."""

import html
import json
import re
from typing import Any

from sqlalchemy import select

from admin.roles import Role
from contest.festival.cards import new_card
from contest.festival.tables import staff_phones
from contest.tables import audit_log
from contest.tickets import digest
from tests.admin.conftest import Staff
from tests.contest.festival.gate_support import HOUR, MORNING, Grounds, grounds


async def written(place: Grounds, table: Any) -> str:
    async with place.db.read() as reader:
        return repr([dict(row) for row in (await reader.execute(select(table))).mappings()])


async def test_phones_are_paired_printed_and_stopped(staff: Staff) -> None:
    place = await grounds(staff.services.db)
    organiser, host = await staff.signed_in(Role.ORGANISER), await staff.signed_in(Role.HOST)
    base = f"/festivals/{place.festival.id}"
    for path in ("/staff", "/conflicts"):
        assert (await host.get(base + path)).status_code == 403
        assert (await organiser.get(base + path)).status_code == 200
    assert (await host.get(base + "/attendance")).status_code == 200
    form = {"label": "Cổng Bắc", "role": "gate", "post": str(place.posts["north"])}
    assert (await host.post(base + "/staff", data=form)).status_code == 403

    made = await organiser.post(base + "/staff", data=form)
    link = html.unescape(re.search(r'value="(https://[^"]+)"', made.text)[1])  # type: ignore[index]
    assert link.startswith("https://thi.example.vn/f/ngay-hoi/staff#")
    assert made.headers["cache-control"] == "no-store"
    token = link.partition("#")[2]
    for table in (staff_phones, audit_log):
        assert token not in await written(place, table)
    assert digest(token) in await written(place, staff_phones)
    assert token not in (await organiser.get(base + "/staff")).text

    wrong = await organiser.post(base + "/staff", data=form | {"label": " ", "role": "booth"})
    assert (wrong.status_code, "Tên máy cần" in wrong.text) == (422, True)
    misplaced = await organiser.post(base + "/staff", data=form | {"role": "booth"})
    assert "không hợp với vai trò" in misplaced.text
    body = {"label": "Máy 2", "role": "booth", "post": place.posts["pay"]}
    reply = await organiser.post(f"/api{base}/staff-phones", json=body)
    assert (reply.status_code, reply.json()["url"].endswith("#" + reply.json()["token"])) == (201, True)
    assert (await organiser.post(f"/api{base}/staff-phones", json=body | {"more": 1})).status_code == 422

    sheet = (await organiser.post(base + "/staff/sheet")).text
    assert sheet.count('<li><div class="gate-qr"') == 3
    assert "Mọi điểm đều đã có máy" in (await organiser.post(base + "/staff/sheet")).text
    stopped = await organiser.post(f"{base}/staff/{reply.json()['id']}/revoke")
    assert stopped.status_code == 303
    assert "Đã ngừng" in (await organiser.get(base + "/staff")).text
    assert (await organiser.post(f"{base}/staff/999/revoke")).status_code == 404


async def test_a_queue_comes_as_a_file_and_its_conflicts_are_settled(staff: Staff) -> None:
    place = await grounds(staff.services.db)
    staff.clock.jump_wall(MORNING + HOUR - staff.clock.wall_ms())
    organiser = await staff.signed_in(Role.ORGANISER)
    base = f"/festivals/{place.festival.id}"
    now = staff.clock.wall_ms()
    phone, lan = await place.phone(post="north", at=now), await place.guest("Lan <b>")
    common = {"at": now, "post": place.posts["north"]}
    entries: list[Any] = [
        {"do": "scan", "nonce": f"{1:032x}", "card": lan.card, **common},
        {"do": "scan", "nonce": f"{2:032x}", "card": new_card(), "typed": True, **common},
        {"do": "count", "nonce": f"{3:032x}", "heads": 5, **common},
        {"do": "scan", "nonce": "?", "card": lan.card, **common},
        7,
    ]
    told = {"format": "hoithi-gate-1", "festival": "ngay-hoi", "phone": phone.id, "now": now, "entries": entries}

    async def upload(content: str) -> Any:
        return await organiser.post(base + "/staff/import", files={"file": ("q.json", content, "application/json")})

    first, again = await upload(json.dumps(told)), await upload(json.dumps(told))
    assert "5 dòng: 3 dòng mới, 0 dòng đã có, 2 dòng không đọc được" in first.text
    assert "5 dòng: 0 dòng mới, 3 dòng đã có, 2 dòng không đọc được" in again.text
    for wrong in ("x", "[]", json.dumps(told | {"festival": "khac"}), json.dumps(told | {"phone": 999})):
        assert (await upload(wrong)).status_code == 422
    assert "Lan <b>" not in (await organiser.get(base + "/attendance")).text

    page = (await organiser.get(base + "/conflicts")).text
    (scan_id,) = re.findall(r'id="scan-(\d+)"', page)
    refused = await organiser.post(f"{base}/conflicts/{scan_id}", data={"how": "assigned", "card": "ABC"})
    assert (refused.status_code, "Mã thẻ không đúng" in refused.text) == (422, True)
    done = await organiser.post(f"{base}/conflicts/{scan_id}", data={"how": "headcount"})
    assert done.status_code == 303
    assert "Không có gì cần xem" in (await organiser.get(base + "/conflicts")).text
    assert "Tính là một người không tên" in (await organiser.get(base + "/conflicts?settled=true")).text
    bulk = await organiser.post(base + "/conflicts", data={"phone": phone.id, "what": "clock:kept"})
    assert bulk.headers["location"].endswith("done=0&left=0")
    assert (await organiser.post(base + "/conflicts", data={"phone": phone.id, "what": "clock:x"})).status_code == 409
    counted = (await organiser.get(base + "/attendance")).text
    (strike, *_) = re.findall(r"attendance/(\d+)/strike", counted)
    assert (await organiser.post(f"{base}/attendance/{strike}/strike", data={"reason": " "})).status_code == 422
    assert (await organiser.post(f"{base}/attendance/{strike}/strike", data={"reason": "nhầm"})).status_code == 303
    acts = await written(place, audit_log)
    assert all(act in acts for act in ("staff_phone.import", "scan.resolve", "scan.strike"))
    assert "Lan" not in acts
