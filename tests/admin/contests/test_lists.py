"""The page of lists: files brought, every row answered for, numbers never shown again."""

import csv
import html
import io
import json
import re

import httpx
import pytest
from sqlalchemy import select

from admin.roles import Role
from contest.provincial.tables import contest_log
from tests.admin.conftest import Staff
from tests.admin.contests.forms import form_of
from tests.admin.contests.test_setup import HTML, Organiser


@pytest.fixture
async def organiser(staff: Staff) -> Organiser:
    return Organiser(staff, await staff.signed_in(Role.ORGANISER))


async def bring(organiser: Organiser, contest_id: int, kind: str, lines: list[str], **more: str) -> httpx.Response:
    file = ("danh sách.csv", "\n".join(lines).encode(), "text/csv")
    path = f"/contests/{contest_id}/lists/{kind}"
    return await organiser.http.post(path, files={"file": file}, data=more, headers=HTML)


async def test_units_replace_each_other_whole_or_not_at_all(organiser: Organiser) -> None:
    contest_id = await organiser.create()
    reply = await bring(organiser, contest_id, "units", ["Tên đơn vị,Mã đơn vị", "Trường A,TA", "Trường B,TB"])
    assert "Đã nhận: 2." in reply.text
    reply = await bring(organiser, contest_id, "units", ["Tên đơn vị,Mã đơn vị", "Trường A,TA", "Trường C,TA"])
    assert "Chưa lưu gì" in reply.text
    assert "Hiện có 2 dòng" in reply.text


async def test_a_roster_gives_codes_once(organiser: Organiser) -> None:
    contest_id = await organiser.create()
    lines = ["Họ và tên,Số điện thoại", "Y Mek Ê Nuôl,0905 123 456", "=HYPERLINK(1),0905123457", "H’Bia Niê,12"]
    reply = await bring(organiser, contest_id, "roster", lines)
    assert reply.headers["cache-control"] == "no-store"
    codes = re.findall(r"<code>(\w{10})</code>", reply.text)
    assert len(codes) == 1
    assert "0905" not in re.sub(r"ví dụ 0905[ 0-9]+", "", reply.text)
    form = form_of(reply.text, f"/contests/{contest_id}/lists/roster/file")
    form.set("table", html.unescape(form.value("table")))
    file = await organiser.send(form)
    rows = list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert ["Y Mek Ê Nuôl", codes[0]] in [[row[1], row[4]] for row in rows]
    assert not any(cell.startswith("=") for row in rows for cell in row)
    again = await bring(organiser, contest_id, "roster", lines)
    assert "Đã có sẵn: 1." in again.text
    assert "<code>" not in again.text


async def test_exclusions_and_sizes(organiser: Organiser) -> None:
    contest_id = await organiser.create()
    reply = await bring(organiser, contest_id, "exclusions", ["Số điện thoại,Lý do", "0905123456,Ban Tổ chức"])
    assert "Đã nhận: 1." in reply.text
    clear = form_of(reply.text, f"/contests/{contest_id}/lists/exclusions/clear")
    assert (await organiser.send(clear)).status_code == 422  # the box was not ticked
    clear.tick("sure", "true")
    emptied = await organiser.send(clear)
    assert emptied.status_code == 303
    page = await organiser.http.get(f"/contests/{contest_id}/lists", headers=HTML)
    assert "lists/exclusions/clear" not in page.text
    async with organiser.staff.services.db.read() as reader:
        lines = await reader.execute(select(contest_log.c.kind, contest_log.c.body).order_by(contest_log.c.seq))
        told = [(kind, json.loads(body)) for kind, body in lines if kind.startswith("list.")]
    assert [(kind, body.get("added", body.get("rows"))) for kind, body in told] == [
        ("list.exclusions.import", 1),
        ("list.exclusions.clear", 1),
    ]
    reply = await bring(
        organiser, contest_id, "denominators", ["Xã phường,Số người", "Buôn Ma Thuột,120.000"], by="commune"
    )
    assert "Đã nhận: 1." in reply.text


@pytest.mark.parametrize("kind", ["units", "denominators", "roster", "exclusions"])
async def test_a_file_without_headings_is_refused_on_the_page(organiser: Organiser, kind: str) -> None:
    contest_id = await organiser.create()
    reply = await bring(organiser, contest_id, kind, ["một,hai", "ba,bốn"])
    assert reply.status_code == 422
    assert 'role="alert"' in reply.text
    assert "Các cột của danh sách này" in reply.text
