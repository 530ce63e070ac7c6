"""The organiser's pages of teams over HTTP: lists in, members and their links, sessions taken back."""

import io
import re
from typing import Any

import openpyxl
from sqlalchemy import select

from admin.roles import Role
from contest.database import Reader
from contest.statistics.tables import participation_facts, villages
from contest.tables import audit_log
from contest.teams import members, sessions, teams
from contest.teams.model import SessionKind
from contest.teams.sessions import Wish
from tests.admin.conftest import Staff

CSV = (
    "Xã, phường;Tên tổ;Loại;Thôn, buôn;Họ và tên;Điện thoại;Vai trò\n"
    "24133;Tổ buôn A;;Buôn A;Y Mek Ê Nuôl;0905123456;Tổ trưởng\n"
    "24133;Tổ buôn A;;Buôn A;Lan Anh;912345678;\n"
    "24133;Đội 2;đội thanh niên;;;;\n"
)


async def bring(client: Any, **data: str) -> str:
    files = {"file": ("to.csv", CSV.encode(), "text/csv")}
    reply = await client.post("/teams/import", files=files, data=data)
    assert reply.status_code == 200, reply.text
    return str(reply.text)


async def test_a_list_comes_in_and_is_found_again(staff: Staff) -> None:
    client = await staff.signed_in(Role.ORGANISER)
    assert "Chưa có tổ nào" in (await client.get("/teams")).text
    first = await bring(client)
    assert "chưa có thôn, buôn" in first
    told = await bring(client, restore_zero="true", make_villages="true")
    assert "Đã thêm: 2." in told
    table = re.search(r'name="table" value="([^"]*)"', told)
    assert table is not None
    file = await client.post("/teams/import/report", data={"table": '[[2,"Lan","=1+1",""]]'})
    assert "'=1+1" in file.text
    page = (await client.get("/teams", params={"q": "TO BUON a"})).text
    assert "Tổ buôn A" in page
    assert "Đội 2" not in page
    assert "Đội 2" in (await client.get("/teams?commune=24133")).text
    found = (await client.post("/teams/find", data={"q": "0905 123 456"})).text
    assert "Y Mek Ê Nuôl" in found
    assert "0905123456" in found
    template = await client.get("/teams/import/template.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(template.content))
    files = {"file": ("mau.xlsx", template.content, "application/octet-stream")}
    again = await client.post("/teams/import", files=files, data={"make_villages": "true"})
    assert "Đã thêm: 2." in again.text
    assert book.active is not None


async def test_members_get_links_once_and_lose_them(staff: Staff) -> None:
    client = await staff.signed_in(Role.ORGANISER)
    await bring(client, restore_zero="true", make_villages="true")
    sheet = await client.post("/teams/sheet", data={"commune": "24133"})
    assert sheet.text.count('class="slip"') == 2
    assert sheet.headers["cache-control"] == "no-store"
    assert "Ai cũng có mã rồi" in (await client.post("/teams/sheet", data={"commune": "24133"})).text
    leaders = await client.post("/teams/sheet", data={"commune": "24133", "leaders": "true", "anew": "true"})
    assert leaders.text.count('class="slip"') == 1
    async with staff.services.db.read() as reader:
        team = (await teams.find(reader, query="buon a"))[0]
        leader, mate = (one.member for one in await members.of_team(reader, team.id))
    one = await client.post("/teams/sheet", data={"team_id": str(team.id), "member_id": str(mate.id)})
    link = re.search(r"https://thi\.example\.vn/team#([\w-]+)", one.text)
    assert link is not None
    async with staff.services.db.read() as reader:
        assert (await members.by_token(reader, link[1])) is not None
    for act in ("revoke", "leader", "leave", "back"):
        done = await client.post(f"/teams/{team.id}/members/{mate.id}", data={"act": act})
        assert done.status_code == 303, act
    async with staff.services.db.read() as reader:
        assert (await members.by_token(reader, link[1])) is None
    assert (await client.post(f"/teams/{team.id}/members/{mate.id}", data={"act": "x"})).status_code == 422
    assert (await client.post(f"/teams/999/members/{leader.id}", data={"act": "leave"})).status_code == 404
    again = await client.post(f"/teams/{team.id}/members", data={"name": "Lan Anh", "phone": "0912 345 678"})
    assert "Tổ đã có thành viên này" in again.text
    bad = await client.post(f"/teams/{team.id}/members", data={"name": "Lan Anh", "phone": "12"})
    assert bad.status_code == 422
    async with staff.services.db.read() as reader:
        noted = set((await reader.execute(select(audit_log.c.action))).scalars())
    assert {"team.import", "team.member.issue", "team.member.leave", "team.member.back"} <= noted


async def test_a_team_is_made_and_changed(staff: Staff) -> None:
    client = await staff.signed_in(Role.ORGANISER)
    async with staff.services.db.write() as writer:
        await writer.execute(villages.insert().values(commune="24133", name="Buôn B", fold="buon b"))
    assert (await client.get("/teams/new?commune=24133")).status_code == 200
    assert (await client.post("/teams/new", data={"commune": "99999", "name": "X"})).status_code == 422
    made = await client.post("/teams/new", data={"commune": "24133", "name": "Tổ B", "kind": "youth"})
    assert made.status_code == 303
    assert (await client.post("/teams/new", data={"commune": "24133", "name": "tổ b"})).status_code == 409
    path = made.headers["location"]
    form = {"name": "Tổ Bê", "kind": "community", "villages": ["1"]}
    assert (await client.post(path, data=form)).status_code == 303
    page = (await client.get(path)).text
    assert "Buôn B" in page
    assert "tạm nghỉ" in page
    assert (await client.post(path, data={"name": "", "kind": "community"})).status_code == 422
    assert (await client.get("/teams/4242")).status_code == 404
    assert "Tổ Bê" in (await client.get("/teams?q=buon b")).text


async def test_sessions_are_listed_exported_and_taken_back(staff: Staff) -> None:
    client = await staff.signed_in(Role.ORGANISER)
    await bring(client, restore_zero="true", make_villages="true")
    now = staff.clock.wall_ms()
    async with staff.services.db.write() as writer:
        team = (await teams.find(Reader(writer), query="buon a"))[0]
        member = (await members.of_team(Reader(writer), team.id))[0].member
        wish = Wish("n1234567", SessionKind.VISIT, now, now, {"citizen": 7}, village_id=team.villages[0])
        done = await sessions.record(writer, team, member, wish, now_ms=now)
    page = (await client.get("/teams/sessions?commune=24133&kind=visit&state=standing")).text
    assert "1 buổi, 7 lượt" in page
    assert "Buôn A" in page
    assert (await client.get("/teams/sessions?kind=party")).status_code == 422
    assert "0 buổi" in (await client.get("/teams/sessions?kind=training")).text
    file = await client.get(f"/teams/sessions.xlsx?team={team.id}")
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert (rows[1][2], rows[1][7], sum(rows[1][8:13])) == ("Tổ buôn A", 7, 7)
    assert (await client.post(f"/teams/sessions/{done.id}/void", data={"reason": " "})).status_code == 422
    gone = await client.post(f"/teams/sessions/{done.id}/void", data={"reason": "Ghi nhầm", "back": "state=undone"})
    assert gone.headers["location"] == "/teams/sessions?state=undone"
    assert "Ghi nhầm" in (await client.get("/teams/sessions?state=undone")).text
    async with staff.services.db.read() as reader:
        kinds = list((await reader.execute(select(participation_facts.c.kind))).scalars())
    assert kinds == ["guidance", "void"]
    assert "7" in (await client.get("/teams")).text


async def test_hosts_see_no_teams(staff: Staff) -> None:
    client = await staff.signed_in(Role.HOST)
    for path in ("/teams", "/teams/sessions", "/teams/import", "/teams/new"):
        assert (await client.get(path)).status_code == 403
