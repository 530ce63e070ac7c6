"""The pages and the API of indicators, targets, denominators, reported figures, campaigns and villages."""

import io
import re

import httpx
import pytest
from openpyxl import Workbook, load_workbook

from admin.roles import Role
from contest.statistics import indicators
from tests.admin.conftest import Staff

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DRAY_BHANG, BUON_MA_THUOT = "c:24561", "c:24133"


@pytest.fixture
async def client(staff: Staff) -> httpx.AsyncClient:
    async with staff.services.db.write() as writer:
        await indicators.seed(writer, staff.clock.wall_ms())
    return await staff.signed_in(Role.ORGANISER, "Chị Lan")


def words(page: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def sheet(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def carried(page: httpx.Response) -> dict[str, str]:
    """The rows that the preview keeps for applying."""
    found = re.search(r'name="lines" value="([^"]*)"', page.text)
    assert found is not None
    return {"lines": found[1].replace("&#34;", '"').replace("&amp;", "&").replace("&gt;", ">").replace("&#39;", "'")}


async def test_the_published_targets_are_brought_as_they_come(staff: Staff, client: httpx.AsyncClient) -> None:
    sample = await client.get("/movement/import/targets/sample.xlsx")
    assert sample.headers["content-type"] == XLSX
    preview = await client.post("/movement/import/targets", files={"file": ("mục tiêu.xlsx", sample.content, XLSX)})
    assert "Xem trước: chưa có gì được lưu" in words(preview)
    assert "Mới: 21." in words(preview)
    assert (await client.get("/api/movement/targets")).json() == []
    done = await client.post("/movement/import/targets/apply", data={**carried(preview), "whole": "true"})
    assert "Đã lưu." in words(done)
    stored = (await client.get("/api/movement/targets")).json()
    by_place = {place: sum(one["place"] == place for one in stored) for place in ("p", DRAY_BHANG, BUON_MA_THUOT)}
    assert by_place == {"p": 5, DRAY_BHANG: 10, BUON_MA_THUOT: 6}
    vneid = next(one for one in stored if one["place"] == DRAY_BHANG and one["indicator"] == "vneid_confirmed")
    assert (vneid["rate"], vneid["count"], vneid["deadline_day"]) == (40.0, None, "2025-12-31")
    page = words(await client.get("/movement/targets", params={"q": "buon ma thuot xac nhan vneid"}))
    assert "1 dòng" in page
    assert "40 % người trưởng thành được xác nhận trên VNeID" in page
    again = await client.post("/movement/import/targets", files={"file": ("x.xlsx", sample.content, XLSX)})
    assert "Không có gì để thay đổi." in words(again)
    assert "Nhập tệp mục tiêu: 21 mới, 0 thay, 0 bỏ" in words(
        await (await staff.signed_in(Role.ADMINISTRATOR, "Anh Y")).get("/audit")
    )


async def test_a_correction_replaces_and_the_history_stays(client: httpx.AsyncClient) -> None:
    form = {
        "place": "dray bhang",
        "indicator": "vneid_confirmed",
        "value": "40",
        "unit": "%",
        "start": "2025-07-15",
        "deadline": "2025-12-31",
        "document": "Kế hoạch 12",
    }
    assert (await client.post("/movement/targets", data=form)).headers["location"].endswith("saved=added")
    assert (await client.post("/movement/targets", data=form)).headers["location"].endswith("saved=same")
    mended = await client.post("/movement/targets", data={**form, "value": "45,5"})
    assert mended.headers["location"].endswith("saved=replaced")
    listing = await client.get("/movement/targets")
    link = re.search(r'href="(/movement/targets/\d+)"', listing.text)
    assert link is not None
    page = words(await client.get(link[1]))
    assert page.index("45,5 %") < page.index("40 %")
    assert "Thay hoặc rút bởi Chị Lan" in page
    gone = await client.post(f"{link[1]}/withdraw")
    assert gone.status_code == 303
    assert (await client.get("/api/movement/targets")).json() == []
    assert (await client.post(f"{link[1]}/withdraw")).status_code == 404
    for wrong, code in (
        ({"place": "Tân"}, "Có phải"),
        ({"place": "Hà Nội"}, "Không có xã, phường nào"),
        ({"value": "140"}, "từ 0 đến 100 %"),
        ({"deadline": "2025-01-01"}, "Ngày đầu sau ngày cuối"),
        ({"document": " "}, "văn bản"),
    ):
        reply = await client.post("/movement/targets", data={**form, **wrong})
        assert reply.status_code == 422
        assert code in words(reply)


async def test_bad_rows_are_named_and_good_ones_wait_for_a_word(client: httpx.AsyncClient) -> None:
    file = sheet(
        ["Bảng dân số xã, phường"],
        [],
        ["Xã/phường", "Đối tượng", "Số người", "Số liệu ngày", "Nguồn"],
        ["Dray Bhăng", "Người trưởng thành", "12.500", "01/07/2025", "Công an xã"],
        ["24133", "cán bộ", 850, "01/07/2025", "Ủy ban phường"],
        ["Ea Pốk", "Người trưởng thành", "một nghìn", "01/07/2025", "Công an xã"],
        ["Tân", "Hộ gia đình", "2000", "01/07/2025", "Công an xã"],
        ["Ea Kao", "Hộ gia đình", "1.234,5", "32/07/2025", "Công an xã"],
        ["Ea Kao", "Hộ gia đình", "", "01/07/2025", "Công an xã"],
        ["dray bhang", "Người trưởng thành", "13.000", "01/07/2025", "Công an xã"],
    )
    preview = await client.post("/movement/import/denominators", files={"file": ("dân số.xlsx", file, XLSX)})
    said = words(preview)
    assert "Sai: 4." in said
    assert "Mới: 2." in said
    assert "Để trống: 1." in said
    assert "6 Sai" in said
    assert "“một nghìn” không phải số nguyên" in said
    assert "Trùng với dòng 4" in said
    refused = await client.post("/movement/import/denominators/apply", data={**carried(preview), "whole": "true"})
    assert "Không lưu dòng nào" in words(refused)
    assert (await client.get("/api/movement/denominators")).json() == []
    done = await client.post("/movement/import/denominators/apply", data={**carried(preview), "whole": "false"})
    assert "Đã lưu." in words(done)
    stored = {
        (one["place"], one["population"]): one["value"]
        for one in (await client.get("/api/movement/denominators")).json()
    }
    assert stored == {(DRAY_BHANG, "adults"): 12_500, (BUON_MA_THUOT, "officials"): 850}
    page = words(await client.get("/movement/denominators", params={"q": "cong an"}))
    assert "12.500" in page
    assert "1 dòng" in page


async def test_hostile_and_strange_files_are_refused(client: httpx.AsyncClient) -> None:
    for name, body, status in (
        ("a.xlsx", b"PK\x03\x04 not a workbook", 422),
        ("a.csv", b"", 422),
        ("a.csv", b"ten,tuoi\nLan,3\n", 422),
        ("a.csv", b"x" * 5_100_000, 413),
    ):
        assert (await client.post("/movement/import/villages", files={"file": (name, body)})).status_code == status
    forged = {"lines": '[[1,{"place":7},{}]', "whole": "false"}
    assert (await client.post("/movement/import/targets/apply", data=forged)).status_code == 422
    assert (await client.get("/movement/import", params={"kind": "x"})).status_code == 404


async def test_figures_of_one_place_are_entered_at_once(client: httpx.AsyncClient) -> None:
    page = await client.get("/movement/figures/enter", params={"place": DRAY_BHANG})
    assert 'value="Xã Dray Bhăng"' in page.text
    assert "count.vneid_confirmed" in page.text
    assert "count.adults_reached" not in page.text
    form = {
        "place": "Xã Dray Bhăng",
        "source": "Công an xã",
        "officer": "Y Mek Ê Nuôl",
        "mode": "cumulative",
        "day": "2026-09-01",
    }
    wrong = await client.post(
        "/movement/figures/enter", data={**form, "count.vneid_confirmed": "4.321", "rate.daklak_so_installed": "hai"}
    )
    assert wrong.status_code == 422
    assert "“hai %” không phải tỷ lệ" in words(wrong)
    assert 'value="4.321"' in wrong.text
    assert (await client.get("/api/movement/figures")).json() == []
    future = await client.post(
        "/movement/figures/enter", data={**form, "day": "2100-01-01", "count.mooc_learners": "1"}
    )
    assert "tương lai" in words(future)
    good = {**form, "count.vneid_confirmed": "4.321", "rate.vneid_confirmed": "35 %", "rate.daklak_so_installed": "32"}
    saved = await client.post("/movement/figures/enter", data=good)
    assert saved.headers["location"] == f"/movement/figures?place={DRAY_BHANG}&saved=added"
    listed = words(await client.get("/movement/figures", params={"q": "y mek"}))
    assert "2 dòng" in listed
    assert "Số liệu báo cáo" in listed
    assert "4.321" in listed
    mended = await client.post("/movement/figures/enter", data={**good, "count.vneid_confirmed": "4.400"})
    assert mended.headers["location"].endswith("saved=replaced")
    link = re.findall(r'href="(/movement/figures/\d+)"', (await client.get("/movement/figures")).text)[0]
    history = words(await client.get(link))
    assert "4.321" in history
    assert "4.400" in history
    # The field is in percent, and nobody replaces what came after they opened the form.
    opened = re.search(r'name="seen" value="(\d+)"', page.text)
    assert opened is not None
    fields = {"day": "2026-09-02", "seen": opened[1], "rate.daklak_so_installed": "0,5"}
    saved = await client.post("/movement/figures/enter", data={**form, **fields})
    assert saved.headers["location"].endswith("saved=added")
    assert "0,5 %" in words(await client.get("/movement/figures", params={"q": "y mek"}))
    late = await client.post("/movement/figures/enter", data={**form, **fields, "rate.daklak_so_installed": "1"})
    assert late.status_code == 422
    assert "người khác đã ghi số khác" in words(late)
    again = re.search(r'name="seen" value="(\d+)"', late.text)
    assert again is not None
    fields |= {"seen": again[1], "rate.daklak_so_installed": "1"}
    saved = await client.post("/movement/figures/enter", data={**form, **fields})
    assert saved.headers["location"].endswith("saved=replaced")
    period = {**form, "mode": "period", "start": "2026-08-01", "day": "2026-08-31", "count.mooc_learners": "50"}
    assert (await client.post("/movement/figures/enter", data=period)).status_code == 303
    overlap = await client.post("/movement/figures/enter", data={**period, "start": "2026-08-15"})
    assert "trùng ngày" in words(overlap)


async def test_indicators_say_whether_they_are_measured_and_never_change_that(client: httpx.AsyncClient) -> None:
    page = words(await client.get("/movement/indicators"))
    assert page.index("Đo được trên hệ thống") < page.index("Người dân trong độ tuổi trưởng thành được tiếp cận")
    assert "VNeID" in words(await client.get("/movement/indicators", params={"kind": "external"}))
    assert "VNeID" not in words(await client.get("/movement/indicators", params={"kind": "measured", "q": "xac nhan"}))
    values = {
        "key": "villages_online",
        "wording_vi": "Thôn có nhóm Zalo",
        "wording_en": "Villages with a group",
        "unit": "households",
        "population": "households",
        "source_kind": "external",
    }
    assert (await client.post("/movement/indicators", data=values)).headers["location"].endswith("saved=added")
    assert (await client.post("/movement/indicators", data=values)).status_code == 409
    turned = await client.post(
        "/api/movement/indicators",
        json={**values, "unit": "persons", "source_kind": "measured", "measure": {"kinds": ["poll"]}},
    )
    assert turned.json()["code"] == "indicator_source_fixed"
    nothing = {
        **values,
        "key": "x_y",
        "wording_vi": "Người cao tuổi được dạy",
        "source_kind": "measured",
        "unit": "persons",
    }
    assert "ít nhất một hoạt động" in words(await client.post("/movement/indicators", data=nothing))
    made = await client.post("/movement/indicators", data={**nothing, "kinds": ["training", "guidance"], "ages": "60+"})
    assert made.status_code == 303
    shown = await client.get("/movement/indicators/x_y")
    assert 'value="60+" checked' in shown.text
    assert (await client.get("/movement/indicators/nobody")).status_code == 404
    archived = await client.post("/movement/indicators/villages_online", data={**values, "archived": "1"})
    assert archived.status_code == 303
    assert "Thôn có nhóm Zalo" not in words(await client.get("/movement/indicators"))
    assert "Thôn có nhóm Zalo" in words(await client.get("/movement/indicators", params={"archived": "true"}))


async def test_villages_are_added_renamed_and_put_away(client: httpx.AsyncClient) -> None:
    assert "Chưa có thôn, buôn nào" in words(await client.get("/movement/villages"))
    added = await client.post("/movement/villages", data={"place": "24561", "names": "Buôn Hra\n\nThôn 1\nbuon hra"})
    assert added.headers["location"] == "/movement/villages?commune=24561&saved=added"
    again = await client.post("/movement/villages", data={"place": "24561", "names": "Thôn 1"})
    assert again.headers["location"].endswith("saved=same")
    listed = (await client.get("/api/movement/villages", params={"commune": "24561"})).json()
    assert [one["name"] for one in listed] == ["Buôn Hra", "Thôn 1"]
    first, second = (one["id"] for one in listed)
    await client.post("/movement/villages", data={"place": "24133", "names": "Thôn 10\nThôn 2\nThôn 1"})
    counted = (await client.get("/api/movement/villages", params={"commune": "24133"})).json()
    assert [one["name"] for one in counted] == ["Thôn 1", "Thôn 2", "Thôn 10"]
    taken = await client.post(f"/movement/villages/{first}", data={"act": "rename", "name": "thon 1"})
    assert taken.status_code == 409
    assert (
        await client.post(f"/movement/villages/{first}", data={"act": "rename", "name": "Buôn Hra A"})
    ).status_code == 303
    assert (await client.post(f"/movement/villages/{second}", data={"act": "archive"})).status_code == 303
    page = words(await client.get("/movement/villages", params={"commune": "24561"}))
    assert "Buôn Hra A" in page
    assert "Thôn 1 " not in page.replace("Buôn Hra\nThôn 1", "").split("Thêm thôn, buôn")[0]
    file = "Xã;Tên thôn\nDray Bhăng;Thôn 1\nĐắk Lắk;Thôn 2\nEa Kao;Buôn Kao\n".encode()
    preview = await client.post("/movement/import/villages", files={"file": ("thôn.csv", file)})
    assert "Mới: 1." in words(preview)
    assert "Thay: 1." in words(preview)
    assert "phải thuộc một xã" in words(preview)


async def test_campaigns_come_with_the_peak_days(client: httpx.AsyncClient) -> None:
    page = await client.get("/movement/campaigns")
    assert 'value="2025-07-15"' in page.text
    preset = {"name": "100 ngày cao điểm", "first_day": "2025-07-15", "last_day": "2025-10-25"}
    assert (await client.post("/movement/campaigns", data=preset)).status_code == 303
    shown = words(await client.get("/movement/campaigns"))
    assert "15/07/2025 – 25/10/2025" in shown
    assert "Thêm “100 ngày" not in shown
    assert (await client.post("/movement/campaigns", data={**preset, "last_day": "2024-01-01"})).status_code == 422
    [made] = (await client.get("/api/movement/campaigns")).json()
    assert (await client.post(f"/movement/campaigns/{made['id']}/remove")).status_code == 303
    assert (await client.get("/api/movement/campaigns")).json() == []


async def test_programs_enter_the_same_values(client: httpx.AsyncClient) -> None:
    target = {
        "indicator": "vneid_confirmed",
        "place": "c:*",
        "rate": 40,
        "start_day": "2025-01-01",
        "deadline_day": "2025-12-31",
        "document": "KH 1",
    }
    assert (await client.post("/api/movement/targets", json=[target])).json() == {"results": ["added"]}
    assert (await client.post("/api/movement/targets", json=[target])).json() == {"results": ["same"]}
    for wrong, code in (
        ([{**target, "count": 3}], "target_rate_or_count"),
        ([{**target, "indicator": "x"}], "indicator_unknown"),
        ([target, target], "values_repeat"),
        ([{**target, "place": "c:99999"}], "place_unknown"),
    ):
        assert (await client.post("/api/movement/targets", json=wrong)).json()["code"] == code
    figure = {"indicator": "vneid_confirmed", "place": "p", "day": "2026-09-01", "count": 1000, "source": "C06"}
    assert (await client.post("/api/movement/figures", json=[figure])).json() == {"results": ["added"]}
    measured = [{**figure, "indicator": "adults_reached"}]
    assert (await client.post("/api/movement/figures", json=measured)).json()["code"] == "figure_measured"
    size = {"place": "p", "population": "adults", "value": 2_000_000, "as_of_day": "2025-07-01", "source": "Thống kê"}
    assert (await client.post("/api/movement/denominators", json=[size])).json() == {"results": ["added"]}
    villages = [{"commune": "24561", "name": "Buôn Hra"}, {"commune": "24561", "name": "Thôn 1"}]
    assert (await client.post("/api/movement/villages", json=villages)).json() == {"changed": 2}
    described = (await client.get("/api/openapi.json")).json()["paths"]
    for name in ("indicators", "targets", "denominators", "figures", "campaigns", "villages"):
        assert {"get", "post"} <= described[f"/api/movement/{name}"].keys()


async def test_hosts_see_nothing_of_it(staff: Staff) -> None:
    host = await staff.signed_in(Role.HOST)
    for path in ("indicators", "targets", "denominators", "figures", "campaigns", "villages", "import"):
        assert (await host.get(f"/movement/{path}")).status_code == 403


async def test_templates_can_be_brought_back(client: httpx.AsyncClient) -> None:
    for kind in ("targets", "denominators", "figures", "villages"):
        for lang in ("vi", "en"):
            spoken = {"Cookie": f"{client.headers['Cookie']}; hoithi_lang={lang}"}
            made = await client.get(f"/movement/import/{kind}/template.xlsx", headers=spoken)
            assert load_workbook(io.BytesIO(made.content)).active.max_row > 1
            preview = await client.post(f"/movement/import/{kind}", files={"file": ("a.xlsx", made.content, XLSX)})
            assert preview.status_code == 200, words(preview)
            assert "row-left_out" not in preview.text
            assert "row-added" in preview.text


async def test_the_row_of_pages_leads_only_where_there_are_pages(staff: Staff) -> None:
    administrator = await staff.signed_in(Role.ADMINISTRATOR, "Anh Y")
    page = await administrator.get("/movement/targets")
    row = re.search(r'<nav class="tabs no-print".*?</nav>', page.text, re.DOTALL)
    assert row is not None
    found = re.findall(r'href="([^"]+)"', row[0])
    assert len(found) >= 10
    assert [(await administrator.get(path)).status_code for path in found] == [200] * len(found)
