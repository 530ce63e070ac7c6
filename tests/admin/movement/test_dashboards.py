"""The officials' dashboards over HTTP: the numbers, the filters, the queries they take."""

import re
from xml.etree import ElementTree

import pytest
from sqlalchemy import event

from admin.roles import Role
from contest.provincial.local_time import local_day
from tests.admin.conftest import Staff
from tests.admin.movement.dashboard_facts import BMT, fill, plan


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def test_empty_dashboard_teaches_the_next_step(staff: Staff) -> None:
    client = await staff.signed_in(Role.ORGANISER)
    reply = await client.get("/movement")
    assert reply.status_code == 200
    for href in ("/festivals", "/movement/targets", "/teams"):
        assert f'class="step" href="{href}"' in reply.text
    assert (await client.get("/movement/communes/99999")).status_code == 404


async def test_province_and_commune_show_what_was_counted(staff: Staff) -> None:
    now_ms = staff.clock.wall_ms()
    await plan(staff.services.db, now_ms, local_day(now_ms))
    await fill(staff.services.db, now_ms)
    client = await staff.signed_in(Role.ORGANISER)
    reply = await client.get("/movement")
    shown = text_of(reply.text)
    # 40 guests, 3 officials, 25 heads; the guests twice.
    assert "68" in shown
    assert "43 người có mã riêng, 25 đếm đầu người không tên" in shown
    assert "108" in shown
    assert "Trung tá Y Ngọc" in shown
    assert reply.text.count('class="tile') > 102
    assert "style=" not in reply.text
    today = text_of((await client.get("/movement?period=day")).text)
    assert "40 người có mã riêng" in today
    assert (await client.get("/movement?period=never")).status_code == 422
    commune = text_of((await client.get(f"/movement/communes/{BMT}")).text)
    assert "2 thôn, buôn chưa có lượt nào: Buôn Alê A, Tổ dân phố 1." in commune
    assert "Thiếu tổng số để tính tỷ lệ: cán bộ, công chức, viên chức." in commune
    for svg in re.findall(r"<svg.*?</svg>", reply.text, re.S):
        ElementTree.fromstring(svg) if svg.count("<svg") == svg.count("</svg>") else None


@pytest.mark.parametrize(("path", "most"), [("/movement", 20), (f"/movement/communes/{BMT}?period=week", 22)])
async def test_a_page_takes_a_fixed_number_of_queries(staff: Staff, path: str, most: int) -> None:
    """However many facts there are; and none of them reads the facts."""
    now_ms = staff.clock.wall_ms()
    await plan(staff.services.db, now_ms, local_day(now_ms))
    await fill(staff.services.db, now_ms, many=200)
    client = await staff.signed_in(Role.ORGANISER)
    asked: list[str] = []
    event.listen(
        staff.services.db.engine.sync_engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *rest: asked.append(statement),
    )
    assert (await client.get(path)).status_code == 200
    assert len([one for one in asked if one.startswith("SELECT")]) <= most
    assert not [one for one in asked if "participation_facts" in one]
