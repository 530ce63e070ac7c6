"""Teams in a browser: a list comes in, a sheet goes out, a member records with and without a network, all looked at."""

import secrets

import pytest
from playwright.sync_api import expect

from contest import units
from tests.browser.browsing import LAPTOP, PHONE, SMALL_PHONE, Browsing, Phone
from tests.browser.gate import Way, gate_to
from tests.browser.staff import Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

TEAM = "Tổ công nghệ số cộng đồng buôn Ea Mta"
HEAD = "Xã, phường;Tên tổ;Loại;Thôn, buôn;Họ và tên;Điện thoại;Vai trò\n"
ROWS = (
    f"{TEAM};;Buôn Ea Mta;Y Mek Ê Nuôl;0905123456;Tổ trưởng\n",
    f"{TEAM};;Buôn Ea Mta;H’Thi Rya;0912345678;\n",
    f"{TEAM};;Buôn Ea Mta;Nguyễn Thị Hoàng Anh Thư;0912345679;\n",
    "Tổ thôn 2;;Thôn 2;Trần Văn Tám;;Tổ trưởng\n",
    "Tổ 3;;;Lê Bảy;123;\n",
)
EXPECTED = ("ERR_", "422", "503")


def tap(phone: Phone, name: str) -> None:
    phone.page.get_by_role("button", name=name).first.tap()


def heading(phone: Phone, words: str) -> None:
    expect(phone.page.locator("h1")).to_contain_text(words)


def fill_in(phone: Phone, *, people: int, look: bool = False) -> None:
    """The three steps of a session."""
    watched, page = phone.watched, phone.page
    tap(phone, "Ghi buổi hướng dẫn")
    heading(phone, "Buổi nào")
    expect(page.locator("#village option:checked")).to_have_text("Buôn Ea Mta")
    page.get_by_text("Đến từng nhà").tap()
    if look:
        watched.look("team-where", (PHONE, SMALL_PHONE))
    tap(phone, "Tiếp")
    heading(phone, "kỹ năng gì")
    page.get_by_text("Thanh toán trực tuyến").tap()
    page.get_by_text("Tự bảo vệ trên mạng").tap()
    if look:
        watched.look("team-skills", (PHONE, SMALL_PHONE))
    tap(phone, "Tiếp")
    heading(phone, "Bao nhiêu người")
    for _ in range(people):
        page.get_by_role("button", name="Thêm một: Người dân").tap()
    if look:
        page.get_by_role("button", name="Người có thẻ Ngày hội").tap()
        page.get_by_label("Mã thẻ").fill("ABCDE-12345")
        page.get_by_role("button", name="Thêm", exact=True).tap()
        expect(page.locator(".problem").first).to_contain_text("Mã chưa đúng")
        page.locator(".scroll").evaluate("(box) => box.scrollTo(0, 0)")
        watched.look("team-people", (PHONE, SMALL_PHONE), whole=True)
        page.locator(".scroll").evaluate("(box) => box.scrollTo(0, 9999)")
        watched.look("team-people-end", (PHONE,), axe=False)
    page.locator(".foot .button.primary").tap()


def test_from_the_list_to_the_sessions(staff: Staff, browsing: Browsing) -> None:
    # A commune of its own: the platform is shared, and a second try starts anew.
    commune = secrets.choice([str(unit.code) for unit in units.shipped()])
    csv = HEAD + "".join(f"{commune};{row}" for row in ROWS)
    office = browsing.watch(browsing.context(LAPTOP, storage=staff.storage()).new_page())
    page = office.page
    page.goto(f"{staff.admin}/teams")
    office.look("teams-empty", (LAPTOP,), axe=False)
    page.locator("a[href='/teams/import']").click()
    page.set_input_files("input[type=file]", {"name": "to.csv", "mimeType": "text/csv", "buffer": csv.encode()})
    page.get_by_label("Tạo luôn thôn, buôn").check()
    page.locator("main .round-form button").click()
    expect(page.locator(".strip.good")).to_contain_text("Đã thêm: 4.")
    office.look("teams-import", (LAPTOP, PHONE))
    page.goto(f"{staff.admin}/teams?commune={commune}")
    page.get_by_role("link", name=TEAM).click()
    office.look("team", (LAPTOP, PHONE))
    page.get_by_role("button", name="Mã mới: Y Mek Ê Nuôl").click()
    link = page.locator("main code").inner_text()
    assert link.startswith(f"{staff.players}/team#")
    page.goto(f"{staff.admin}/teams?commune={commune}")
    page.get_by_role("button", name="In phiếu QR của xã").click()
    expect(page.locator(".slip")).to_have_count(3)
    office.look("teams-sheet", (LAPTOP,))
    page.pdf(path="screenshots/teams-sheet.pdf")

    with gate_to(staff.players) as gate:
        phone = browsing.phone(link.replace(staff.players, gate.url), lang="vi")
        browsing.own |= {gate.url.split("//")[1]}
        phone.watched.own = browsing.own
        phone.watched.faults.clear()
        heading(phone, "Tổ công nghệ số")
        assert "#" not in phone.page.url
        phone.watched.look("team-home-first", (PHONE,), axe=False)
        fill_in(phone, people=4, look=True)
        heading(phone, "Đã lưu")
        phone.watched.look("team-saved", (PHONE,))
        tap(phone, "Về trang của tổ")
        expect(phone.page.locator(".held li")).to_have_count(1)
        expect(phone.page.locator(".week-number b")).to_have_text("4")

        phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        gate.set(Way.NOTHING)
        phone.page.reload()
        fill_in(phone, people=3)
        heading(phone, "Đã giữ trên máy")
        expect(phone.page.locator(".strip")).to_contain_text("1 mục được giữ")
        phone.watched.look("team-kept", (PHONE,), axe=False)
        tap(phone, "Về trang của tổ")
        fill_in(phone, people=2)
        tap(phone, "Về trang của tổ")
        expect(phone.page.locator(".held .fate.is-sending")).to_have_count(2)
        phone.watched.look("team-home-offline", (PHONE,))
        phone.page.reload()
        gate.set(Way.ALL)
        phone.page.evaluate("window.dispatchEvent(new Event('online'))")
        # All that waited is told to be there, though the answers overtake each other.
        expect(phone.page.locator(".held .fate.is-saved")).to_have_count(3)
        expect(phone.page.locator(".week-number b")).to_have_text("9")
        phone.watched.look("team-home", (PHONE, SMALL_PHONE))
        tap(phone, "Ghi nhầm?")
        tap(phone, "Xóa buổi 2 người này")
        expect(phone.page.locator(".held .is-undone")).to_have_count(1)
        expect(phone.page.locator(".week-number b")).to_have_text("7")

    page.goto(f"{staff.admin}/teams/sessions?commune={commune}")
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_text("Bỏ buổi này").first.click()
    office.look("teams-sessions", (LAPTOP, PHONE))
    page.goto(f"{staff.admin}/teams")
    office.look("teams", (LAPTOP, PHONE))
    faults = [one for one in browsing.faults() if not (one.startswith("console") and any(e in one for e in EXPECTED))]
    assert faults == []


def test_an_administrator_adds_a_receiver_of_the_feed(staff: Staff, browsing: Browsing) -> None:
    office = browsing.watch(browsing.context(LAPTOP, storage=staff.storage()).new_page())
    page = office.page
    page.goto(f"{staff.admin}/movement/feed")
    if page.get_by_label("Tên").is_hidden():
        page.get_by_text("Thêm nơi nhận").click()
    page.get_by_label("Tên").fill("Trung tâm điều hành thông minh tỉnh Đắk Lắk")
    page.get_by_label("Địa chỉ", exact=True).fill("https://trungtam.example.vn/hoithi/nhan-su-kien")
    office.look("movement-feed", (LAPTOP, PHONE))
    page.get_by_role("button", name="Thêm và lấy khóa ký").click()
    expect(page.locator("code.mono")).to_contain_text("whsec_")
    office.look("movement-feed-receiver", (LAPTOP, PHONE))
    page.get_by_role("button", name="Tạm dừng").click()
    expect(page.locator(".phase")).to_have_text("Đang dừng")
    assert browsing.faults() == []
