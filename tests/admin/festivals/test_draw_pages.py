"""Leading a lucky draw through the organiser's pages, from the rule to the minutes."""

import io
import re

import httpx
import openpyxl
import pytest

from admin.roles import Role
from contest.festival.draw_states import DrawState
from tests.admin.conftest import Staff
from tests.contest.festival.draw_support import DIGITS, Day, festival_day


async def day_of(staff: Staff) -> Day:
    day = await festival_day(staff.services.db)
    for number in range(6):
        await day.guest(f"=Khách {number}" if number else "Nguyễn Văn An", skills=3)
    await day.guest("Chưa đủ", skills=1)
    return day


def version_of(page: httpx.Response) -> str:
    found = re.search(r'name="version" value="(\d+)"', page.text)
    assert found is not None, page.text[:2000]
    return found[1]


FORM = {
    "title": "Bốc thăm chiều", "checkin": "any", "skills": "3", "level": "nickname", "listed": "on", "once": "on",
    "prize_name": ["Đặc biệt", "Khuyến khích", ""], "prize_count": ["1", "2", "1"],
    "prize_value": ["5.000.000", "200.000", ""], "prize_sponsor": ["Viettel", "", ""], "prize_note": ["", "", ""],
    "prize_together": ["no", "yes", "no"], "order": "rising", "excluded": "",
}  # fmt: skip


async def test_from_the_rule_to_the_minutes(staff: Staff) -> None:
    day = await day_of(staff)
    list_page = f"/festivals/{day.festival_id}/draws"
    async with await staff.signed_in(Role.ORGANISER) as web:
        assert (await web.post(list_page, data={"title": " "})).status_code == 422
        made = await web.post(list_page, data={"title": "Bốc thăm", "live_event_id": str(day.item_id)})
        assert made.status_code == 303
        here = made.headers["location"]

        async def send(path: str, status: int = 303, **fields: object) -> httpx.Response:
            fields.setdefault("version", version_of(await web.get(here)))
            done = await web.post(f"{here}/{path}", data=fields)
            assert done.status_code == status, done.text[-3000:]
            return done

        await send("save", 422, **FORM | {"prize_count": ["x", "2", "1"]})
        await send("save", **FORM, live_event_id=str(day.item_id))
        draft = (await web.get(here)).text
        assert "6 người đủ điều kiện lúc này" in draft
        assert draft.index("Khuyến khích") < draft.index("Đặc biệt")
        lacking = (await web.get(here, params={"card": day.guests[-1].card})).text
        assert "Còn thiếu 2 kỹ năng" in lacking
        assert "6" in (await send("freeze", 409, count="7")).text
        await send("freeze", count="6", source="")
        frozen = (await web.get(here)).text
        assert "Số phiếu:" in (await web.get(here, params={"card": day.guests[0].card})).text
        assert "Nguyễn Văn An" not in frozen
        draw = await day.load(int(here.rsplit("/", 1)[1]))
        assert draw.pool_hash is not None
        assert draw.pool_hash in frozen
        await send("announce", 422, source="lottery", source_name="Đắk Lắk", at_day="2020-01-01", at_time="17:15")
        await send("announce", source="stage", source_name="10 quả bóng, khách mời bốc")
        host = f"{here}/host"
        for group in DIGITS.split():
            await send("type", digits=group, typist="Lan")
        wrong = await send("confirm", 409, digits=DIGITS[:-1] + "0", typist="Y Mek")
        assert "Hai lượt nhập khác nhau từ chữ số thứ 40" in wrong.text
        assert "84197" in wrong.text
        await send("confirm", digits=DIGITS, typist="Y Mek")
        await send("announce", 409, source="stage", source_name="lần nữa")
        await send("spin")
        before = version_of(await web.get(host))
        await send("show")
        await send("show", 409, version=before)
        assert (await web.get(host)).text.count('class="called"') == 4
        await send("absent", 422, position="0")
        await send("absent", position="0", reason="no_show", remark="gọi ba lần")
        await send("present")
        for _ in range(2):
            await send("spin")
            await send("show")
            await send("present")
        page = (await web.get(host)).text
        assert "Kết thúc bốc thăm" in page
        assert "Vắng, chuyển người kế tiếp" in page
        await send("claim", position="1", how="proxy")
        await send("witnesses", witnesses="Chủ tịch UBND phường: Trần Thị Hoa\nPhóng viên: Y Ngông")
        minutes = await web.get(f"{here}/minutes.pdf")
        await send("close")
        closed = await web.get(f"{here}/minutes.pdf")
        for paper in (minutes, closed):
            assert paper.headers["content-type"] == "application/pdf"
            assert paper.content.startswith(b"%PDF")
        sheet = openpyxl.load_workbook(io.BytesIO((await web.get(f"{here}/winners.xlsx")).content)).worksheets[0]
        rows = list(sheet.iter_rows())
        assert len(rows) == 5
        assert all(cell.data_type != "f" for row in rows for cell in row)
        assert [row[8].value for row in rows[1:]].count("Có mặt") == 3
        assert "Không" not in str([row[1].value for row in rows])
    assert (await day.load(draw)).state is DrawState.CLOSED


async def test_hosts_lead_and_organisers_prepare(staff: Staff) -> None:
    """Whoever may only run the stage freezes nothing and sees no list of names."""
    day = await day_of(staff)
    draw = await day.draw()
    here = f"/festivals/{day.festival_id}/draws/{draw.id}"
    async with await staff.signed_in(Role.HOST) as web:
        assert (await web.get(f"/festivals/{day.festival_id}/draws")).status_code == 200
        assert (await web.get(f"{here}/host")).status_code == 200
        assert "Chốt danh sách" not in (await web.get(here)).text
        for path in ("save", "freeze", "announce", "withdraw", "witnesses"):
            assert (await web.post(f"{here}/{path}", data={"version": "2"})).status_code == 403
        for path in ("minutes.pdf", "winners.xlsx"):
            assert (await web.get(f"{here}/{path}")).status_code == 403
        other = await festival_day(staff.services.db, "noi-khac")
        assert (await web.get(f"/festivals/{other.festival_id}/draws/{draw.id}/host")).status_code == 404
        assert (
            await web.post(f"/festivals/{other.festival_id}/draws/{draw.id}/spin", data={"version": "2"})
        ).status_code == 404


@pytest.mark.parametrize("path", ["", "/host"])
async def test_pages_in_english(staff: Staff, path: str) -> None:
    day = await day_of(staff)
    draw = await day.frozen(await day.draw())
    async with await staff.signed_in(Role.ORGANISER) as web:
        web.cookies.set("lang", "en")
        shown = await web.get(f"/festivals/{day.festival_id}/draws/{draw.id}{path}", headers={"Accept-Language": "en"})
        assert shown.status_code == 200
        assert not re.findall(r"draws\.(?:admin|host|state|public)\.\w+", shown.text)
