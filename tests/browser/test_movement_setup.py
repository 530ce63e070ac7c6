"""Targets, denominators and reported figures as an organiser brings them: files, forms, mistakes and history."""

import csv
import io
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import LAPTOP, PHONE, Browsing, Watched
from tests.browser.staff import Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

DESK = (LAPTOP, PHONE)


@pytest.fixture
def organiser(browsing: Browsing, staff: Staff) -> Watched:
    return browsing.watch(browsing.context(LAPTOP, storage=staff.storage()).new_page())


def wide(page: Page) -> None:
    page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})


def bring(page: Page, name: str, body: bytes) -> None:
    page.get_by_label(re.compile("Tệp")).set_input_files({"name": name, "mimeType": "text/csv", "buffer": body})
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("heading", name=re.compile("Xem trước"))).to_be_visible()


def table(*rows: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return ("\ufeff" + out.getvalue()).encode()


def test_the_movement_is_set_up_from_files_and_forms(organiser: Watched, browsing: Browsing, staff: Staff) -> None:
    page = organiser.page

    # The published targets come with the platform as a file, and go in as they are.
    page.goto(f"{staff.admin}/movement/import?kind=targets")
    organiser.look("movement-import", DESK, whole=True)
    wide(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải các mục tiêu đã công bố năm 2025").click()
    with open(download.value.path(), "rb") as file:
        bring(page, "muc-tieu.xlsx", file.read())
    expect(page.locator("tr.row-added")).to_have_count(21)
    organiser.look("movement-import-preview", DESK, axe=False)
    wide(page)
    page.get_by_role("button", name="Lưu cả 21 dòng").click()
    expect(page.locator(".strip.good")).to_contain_text("Đã lưu.")
    page.goto(f"{staff.admin}/movement/targets?q=dray+bhang")
    expect(page.locator("table.movement tbody")).to_contain_text("31/12/2025")
    organiser.look("movement-targets", DESK)

    # Rows that are wrong are named with their number; the good ones wait for a word.
    wide(page)
    page.goto(f"{staff.admin}/movement/import?kind=denominators")
    rows = (
        ("Xã, phường", "Đối tượng", "Số người", "Số liệu ngày", "Nguồn"),
        ("dray bhang", "Người trưởng thành", "12.500", "01/07/2025", "Công an xã"),
        ("Ea Bhốk", "Người trưởng thành", "9.000", "01/07/2025", "Công an xã"),
        ("Phường Buôn Ma Thuột", "Hộ kinh doanh", "nhiều", "01/07/2025", "Chi cục Thuế"),
        ("Ea Kao", "Hộ kinh doanh", "1.250", "31/02/2025", "Chi cục Thuế"),
    )
    bring(page, "mau-so.csv", table(*rows))
    wrong = page.locator("tr.row-left_out")
    expect(wrong).to_have_count(3)
    expect(wrong.nth(0)).to_contain_text("có thể là")
    expect(wrong.nth(1)).to_contain_text("không phải số nguyên")
    organiser.look("movement-import-wrong-rows", DESK)
    wide(page)
    page.get_by_role("button", name="Chỉ lưu 1 dòng đúng").click()
    expect(page.locator(".strip.good")).to_contain_text("Đã lưu.")
    page.goto(f"{staff.admin}/movement/denominators?place=c:24561")
    organiser.look("movement-denominators", DESK, axe=False)

    # Figures that others report: one place, all indicators; what is wrong stands at its field.
    wide(page)
    page.goto(f"{staff.admin}/movement/figures/enter?place=c:24561")
    page.get_by_label("Nguồn").fill("Công an xã, báo cáo 15")
    page.get_by_label("Người cung cấp").fill("Y Mek Ê Nuôl")
    page.locator('[name="count.vneid_confirmed"]').fill("4.321")
    page.locator('[name="rate.daklak_so_installed"]').fill("ba mươi")
    page.get_by_role("button", name="Lưu số liệu").click()
    expect(page.locator("small.problem")).to_contain_text("không phải tỷ lệ")
    organiser.look("movement-figures-enter", DESK, whole=True)
    wide(page)
    page.locator('[name="rate.daklak_so_installed"]').fill("31,5")
    page.get_by_role("button", name="Lưu số liệu").click()
    expect(page.locator(".strip.good")).to_be_visible()
    organiser.look("movement-figures", DESK, axe=False)
    wide(page)
    page.goto(f"{staff.admin}/movement/figures/enter?place=c:24561")
    page.get_by_label("Nguồn").fill("Công an xã, báo cáo 16")
    page.locator('[name="count.vneid_confirmed"]').fill("4.400")
    page.get_by_role("button", name="Lưu số liệu").click()
    page.get_by_role("link", name=re.compile("xác nhận phổ cập kỹ năng số trên VNeID")).first.click()
    expect(page.locator("tr.replaced").first).to_contain_text("4.321")
    organiser.look("movement-figure-history", DESK)

    # The indicators, each kind under its own heading.
    wide(page)
    page.goto(f"{staff.admin}/movement/indicators")
    organiser.look("movement-indicators", DESK)
    wide(page)
    page.goto(f"{staff.admin}/movement/indicators/adults_reached")
    organiser.look("movement-indicator", DESK, whole=True)
    wide(page)
    page.goto(f"{staff.admin}/movement/villages?commune=24561")
    page.get_by_label("Tên, mỗi dòng một thôn, buôn").fill("Buôn Puk Prŏng\nThôn 9")
    page.get_by_role("button", name="Thêm", exact=True).click()
    expect(page.locator("ul.cards")).to_contain_text("Buôn Puk Prŏng")
    organiser.look("movement-villages", DESK)
    wide(page)
    page.goto(f"{staff.admin}/movement/campaigns")
    organiser.look("movement-campaigns", DESK)

    english = browsing.watch(browsing.context(LAPTOP, storage=staff.storage("en")).new_page())
    english.page.goto(f"{staff.admin}/movement/targets")
    english.page.get_by_text("Enter a target").click()
    english.look("movement-targets-en", DESK)
    english.page.goto(f"{staff.admin}/movement/figures/enter")
    english.look("movement-figures-enter-en", (LAPTOP,), axe=False)
    # The form that was filled in wrongly is answered with 422, which the console tells.
    assert [fault for fault in browsing.faults() if "status of 422" not in fault] == []
