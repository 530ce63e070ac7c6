"""Reports over HTTP: made at eleven, the same for ever, equal to the dashboard to the unit, safe to open."""

import asyncio
import csv
import io
import re
import subprocess

import openpyxl
import pytest

from admin import worker
from admin.roles import Role
from contest.provincial.local_time import at_local, local_date, local_day
from contest.statistics import counting, ledger, report_desk
from contest.statistics.facts import Fact, FactKind
from tests.admin.conftest import Staff
from tests.admin.movement.dashboard_facts import BMT, DAY_MS, festival, fill, plan


async def to_noon(staff: Staff) -> int:
    """A Tuesday's noon: the day's report and Monday's weekly one are due."""
    now_ms = staff.clock.wall_ms()
    monday = local_date(now_ms).isoweekday()
    noon = at_local(local_date(now_ms + (9 - monday) * DAY_MS), 12)
    staff.clock.advance(noon - now_ms)
    return noon


async def test_reports_are_made_once_and_never_change(staff: Staff) -> None:
    db = staff.services.db
    now_ms = await to_noon(staff)
    await plan(db, now_ms, local_day(now_ms))
    assert await report_desk.tend(db, now_ms) == []  # Nobody has taken part.
    await festival(db, now_ms, local_day(now_ms))
    await fill(db, now_ms)
    await worker.sweep(db, staff.clock)
    async with db.read() as reader:
        listed = await report_desk.listing(reader)
        before = [await report_desk.load(reader, one.id) for one in listed]
    assert [(one.kind.value, one.version) for one in listed] == [("daily", 1), ("weekly", 1)]
    daily = next(document for one, document in before if one.kind == "daily")
    assert daily["totals"]["period"]["people"] == 3  # Yesterday's officials.
    assert daily["totals"]["this_morning"]["visits"] == 105
    assert daily["totals"]["ever"] == {"facts": 84, "visits": 108, "people": 43, "anonymous": 25}
    assert daily["held_communes"] == 1
    late = [Fact(FactKind.TRAINING, "late", now_ms - DAY_MS, person=9001, commune=BMT)]
    async with db.write() as writer:
        await ledger.record(writer, late, now_ms=now_ms)
    await counting.run(db, now_ms)
    assert await report_desk.tend(db, now_ms) == []
    async with db.read() as reader:
        assert [await report_desk.load(reader, one.id) for one in listed] == before
    client = await staff.signed_in(Role.ORGANISER)
    reply = await client.post("/movement/reports", data={"kind": "daily"})
    assert reply.status_code == 303
    async with db.read() as reader:
        stored, again = await report_desk.load(reader, int(reply.headers["location"].rpartition("/")[2]))
    assert stored.version == 2
    assert again["totals"]["period"]["people"] == 4


async def test_report_equals_dashboard_and_every_file_of_it(staff: Staff) -> None:
    db = staff.services.db
    now_ms = await to_noon(staff)
    await plan(db, now_ms, local_day(now_ms))
    await festival(db, now_ms, local_day(now_ms))
    await fill(db, now_ms)
    client = await staff.signed_in(Role.ORGANISER)
    made = await client.post("/movement/reports", data={"kind": "daily"})
    path = made.headers["location"]
    async with db.read() as reader:
        _, document = await report_desk.load(reader, int(path.rpartition("/")[2]))
    for period, name in (("yesterday", "period"), ("all", "ever"), ("day", "this_morning"), ("campaign", "campaign")):
        summary = (await client.get(f"/api/movement/summary?period={period}")).json()
        assert summary["total"] == document["totals"][name], period
        communes = (await client.get(f"/api/movement/communes?period={period}")).json()["communes"]
        assert sum(one["counts"]["visits"] for one in communes) == summary["total"]["visits"]
        if name in ("period", "ever"):
            assert {one["code"]: one[name] for one in document["communes"]} == {
                one["code"]: one["counts"] for one in communes
            }
    page = await client.get(path)
    assert page.status_code == 200
    assert "Trung tá Y Ngọc" in page.text
    book = openpyxl.load_workbook(io.BytesIO((await client.get(f"{path}.xlsx")).content))
    rows = list(book["Theo xã, phường"].iter_rows(values_only=True))
    assert sum(int(str(row[6])) for row in rows[1:]) == document["totals"]["ever"]["visits"]
    ever = document["totals"]["ever"]
    totals = {row[0]: row[1:] for row in book["Kết quả chung"].iter_rows(values_only=True)}
    assert totals["Lũy kế từ đầu đến lúc chốt"] == (
        ever["people"] + ever["anonymous"],
        ever["anonymous"],
        ever["visits"],
    )
    heads = next(row for row in rows if row[0] == "Phường Sông Cầu")
    assert heads[4:7] == (25, 25, 25)
    text = (await client.get(f"{path}.csv?part=communes")).content.decode("utf-8-sig")
    assert [row[6] for row in csv.reader(io.StringIO(text))][1:] == [str(row[6]) for row in rows[1:]]
    assert (await client.get(f"{path}.csv?part=nothing")).status_code == 404
    pdf = await client.get(f"{path}.pdf")
    assert pdf.content.startswith(b"%PDF")
    words = await asyncio.to_thread(
        subprocess.run, ["pdftotext", "-layout", "-", "-"], input=pdf.content, capture_output=True, check=True
    )
    paper = words.stdout.decode()
    assert "Năm kỹ năng cơ bản" in paper
    # What is printed of a commune is what its dashboard says: 25 heads are 25 people, told once and never as nobody.
    assert re.search(r"Phường Sông Cầu +0 +0 +25 +25", paper)
    assert "có thể trùng: 0; lũy kế 25." in paper
    assert (await client.get("/movement/reports/987654.pdf")).status_code == 404


async def test_all_cells_of_a_period_are_the_dashboard(staff: Staff) -> None:
    now_ms = staff.clock.wall_ms()
    await fill(staff.services.db, now_ms)
    client = await staff.signed_in(Role.ORGANISER)
    reply = await client.get("/movement/export.csv?period=day")
    rows = list(csv.reader(io.StringIO(reply.content.decode("utf-8-sig"))))
    whole = next(row for row in rows if row[0] == "p" and row[2] == "all")
    assert whole[4:] == ["81", "105", "40", "25"]
    summary = (await client.get("/api/movement/summary?period=day")).json()
    assert [str(value) for value in summary["total"].values()] == whole[4:]
    book = openpyxl.load_workbook(io.BytesIO((await client.get("/movement/export.xlsx?period=day")).content))
    assert len(list(book.worksheets[0].iter_rows())) == len(rows)
    assert (await client.get("/movement/export.csv?period=soon")).status_code == 422


@pytest.mark.parametrize("path", ["/api/movement/summary", f"/api/movement/communes/{BMT}"])
async def test_programs_are_told_what_is_wrong(staff: Staff, path: str) -> None:
    client = await staff.signed_in(Role.ORGANISER)
    assert (await client.get(f"{path}?period=2026-W99")).json()["code"] == "period_unknown"
    assert (await client.get("/api/movement/communes/00000")).json()["code"] == "commune_unknown"
    assert (await client.get("/api/movement/festivals/99")).json()["code"] == "festival_unknown"
