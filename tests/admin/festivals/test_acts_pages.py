"""The hall's desks on the admin server: settings, running by API, the file of signatures, who may do what."""

import csv
import io
from typing import Any

from admin.roles import Role
from contest.festival import pledges
from contest.festival.model import LiveEventKind
from realtime.festival import holds
from tests.admin.conftest import Staff
from tests.contest.festival.acts_support import PLEDGE, T0, make_festival, make_guest, make_item


async def test_settings_pledges_and_their_file(staff: Staff) -> None:
    db = staff.services.db
    festival = await make_festival(db)
    poll = await make_item(db, festival, LiveEventKind.POLL, {})
    item = await make_item(db, festival, LiveEventKind.PLEDGE, PLEDGE)
    organiser, host = await staff.signed_in(Role.ORGANISER), await staff.signed_in(Role.HOST)
    base = f"/festivals/{festival}/acts"

    # A poll without options cannot be opened; the form says what is wrong and keeps what was typed.
    assert "chưa được cài đặt xong" in (await host.get(f"{base}/{poll.id}")).text
    refused = await host.post(f"/api/festivals/{festival}/items/{poll.id}/open")
    assert refused.json()["code"] == "act_not_ready"
    form = {"mode": "options", "question": "Dễ không?", "option_a": "Dễ"}
    wrong = await organiser.post(f"{base}/{poll.id}/settings", data=form)
    assert (wrong.status_code, 'value="Dễ"' in wrong.text) == (422, True)
    saved = await organiser.post(f"{base}/{poll.id}/settings", data=form | {"option_c": "Khó", "several": "yes"})
    assert saved.status_code == 303
    assert (await host.post(f"{base}/{poll.id}/settings", data=form)).status_code == 403
    assert (await host.post(f"/api/festivals/{festival}/items/{poll.id}/open")).json()["state"] == "open"
    for path in ("", f"/{poll.id}", f"/{item.id}"):
        assert (await host.get(base + path)).status_code == 200
    assert (await host.get(f"{base}/{poll.id}", headers={"HX-Request": "true"})).text.count("<html") == 0

    # Signatures: a guest, and a unit whose name would be a formula.
    await host.post(f"{base}/{item.id}/open")
    guest = await make_guest(db, festival, "H’Thi Rya")
    async with db.write() as writer:
        await pledges.sign(writer, festival, item.id, guest, text=0, agreed=True, send_id="send-0001", now_ms=T0)
    unit = {"send_id": "send-unit-1", "unit_name": "=1+1", "representative": "@Lan", "unit_code": "24133", "text": "1"}
    for _ in range(2):
        assert (await host.post(f"{base}/{item.id}/units", data=unit)).status_code == 303
    assert (await host.get(f"{base}/{item.id}/pledges.csv")).status_code == 403
    content = (await organiser.get(f"{base}/{item.id}/pledges.csv")).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content), delimiter=";" if ";" in content.splitlines()[0] else ","))
    assert len(rows) == 3
    assert not any(cell.startswith(("=", "@")) for row in rows for cell in row)
    assert (await organiser.get(f"{base}/{item.id}/pledges.xlsx")).content[:2] == b"PK"
    listed = (await host.get(f"/api/festivals/{festival}/items/{item.id}/pledges")).json()
    assert [(one["signer"], one["name"]) for one in listed] == [("unit", "=1+1"), ("person", "H’Thi Rya")]
    void = await host.post(f"{base}/{item.id}/pledges/{listed[0]['id']}/void", data={"reason": "Thử"})
    assert void.status_code == 303
    stands = (await host.get(f"/api/festivals/{festival}/items/{item.id}/act")).json()
    assert (stands["people"], stands["units"]) == (1, 0)
    elsewhere = await host.get(f"/api/festivals/{festival + 1}/items/{item.id}/act")
    assert elsewhere.status_code == 404


async def test_a_launch_by_api_and_by_hand(staff: Staff) -> None:
    db, redis = staff.services.db, staff.services.redis
    festival = await make_festival(db)
    item = await make_item(db, festival, LiveEventKind.LAUNCH, {"hold_s": 3})
    organiser = await staff.signed_in(Role.ORGANISER)
    base = f"/api/festivals/{festival}/items/{item.id}"

    async def post(path: str, **body: Any) -> Any:
        return await organiser.post(base + path, json=body)

    given = {"delegates": [{"name": "Bà H’Lan", "place": "Bàn 1"}, {"name": "Ông Nam"}]}
    people = (await organiser.put(f"{base}/delegates", json=given)).json()["launch"]["delegates"]
    link = (await post(f"/delegates/{people[0]['id']}/link")).json()["url"]
    assert link.startswith("https://thi.example.vn/f/ngay-hoi/launch#")
    shown = await organiser.post(f"/festivals/{festival}/acts/{item.id}/delegates/{people[1]['id']}/pair")
    assert shown.headers["cache-control"] == "no-store"
    assert "launch#" in shown.text
    assert (await post("/arm")).json()["code"] == "launch_nobody"
    await holds.beat(redis, item.id, 0, people[0]["id"], "", down=False)
    assert (await post("/arm", needed=2)).json()["code"] == "launch_needed"
    armed = (await post("/arm")).json()
    assert (armed["state"], armed["launch"]["missing"], armed["launch"]["called"]) == ("armed", 1, 1)
    assert (await organiser.get(f"/festivals/{festival}/acts/{item.id}")).text.count("Còn 1 đại biểu chưa giữ nút") == 1
    assert (await organiser.put(f"{base}/delegates", json=given)).json()["code"] == "launch_armed"
    assert (await post("/disarm")).json()["state"] == "ready"
    assert (await post("/fire")).json()["state"] == "fired"
    assert (await post("/fire")).json()["state"] == "fired"
    assert (await post("/disarm")).json()["code"] == "launch_fired"
    page = (await organiser.get(f"/festivals/{festival}/acts/{item.id}")).text
    assert "Người dẫn khởi động bằng tay." in page
    assert (await organiser.get("/audit")).text.count("đại biểu giữ nút") == 1
