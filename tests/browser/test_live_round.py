"""The story the platform is for: a host, a projector and three phones, from the first start to the podium."""

import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.browsing import LAPTOP, PHONE, PROJECTOR, Browsing, Phone, press_big
from tests.browser.staff import PASSWORD, Staff, setup_link
from tests.flows.commands import Up, running_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

QUIZ = [
    {
        "type": "single",
        "stem_vi": "Tổng đài của tỉnh là số nào?",
        "options": [
            {"id": name, "text_vi": text} for name, text in zip("abcd", ("1022", "113", "114", "115"), strict=True)
        ],
        "answer": ["a"],
        "explanation_vi": "1022 là tổng đài của tỉnh.",
    },
    {
        "type": "multi",
        "stem_vi": "Việc nào giữ an toàn cho tài khoản?",
        "options": [
            {"id": "a", "text_vi": "Không cho ai mã OTP"},
            {"id": "b", "text_vi": "Đặt mật khẩu dài"},
            {"id": "c", "text_vi": "Ghi mật khẩu lên bảng"},
        ],
        "answer": ["a", "b"],
    },
    {"type": "true_false", "stem_vi": "Nên cho bạn mượn mật khẩu?", "answer": ["F"]},
    {
        "type": "ordering",
        "stem_vi": "Sắp xếp các bước nộp hồ sơ trực tuyến.",
        "options": [
            {"id": name, "text_vi": text}
            for name, text in zip("abc", ("Đăng nhập", "Điền tờ khai", "Nộp"), strict=True)
        ],
        "answer": ["a", "b", "c"],
    },
    {
        "type": "numeric",
        "stem_vi": "Tỉnh có bao nhiêu xã, phường?",
        "answer": 102,
        "tolerance": 0,
        "unit_vi": "xã, phường",
    },
    {"type": "text", "stem_vi": "Ứng dụng định danh tên là gì?", "answer": ["VNeID"]},
    {
        "type": "poll",
        "stem_vi": "Bạn muốn học buổi nào?",
        "options": [{"id": "a", "text_vi": "Buổi sáng"}, {"id": "b", "text_vi": "Buổi tối"}],
        "answer": [],
    },
]


@pytest.fixture
def first_start(tmp_path: Path) -> Iterator[Up]:
    """A platform on its very first day."""
    with running_up(tmp_path / "data", "--demo") as up:
        up.wait_ready()
        yield up


def open_stage(host: Page, browsing: Browsing) -> Page:
    """From the console's own menu."""
    host.locator("summary").filter(has_text="Màn chiếu").click()
    with host.context.expect_page() as opened:
        host.get_by_role("button", name="Mở màn chiếu").click()
    stage = browsing.watch(opened.value).page
    stage.set_viewport_size({"width": PROJECTOR[0], "height": PROJECTOR[1]})
    expect(stage.locator(".st-lobby-code")).to_be_visible()
    host.bring_to_front()
    return stage


def bars(stage: Page) -> Locator:
    return stage.locator(".st-option-count:not(.is-waiting) .st-option-number b")


def shares(stage: Page) -> dict[str, str]:
    """How many chose each option, by its text: each round shuffles them."""
    texts = stage.locator(".st-option-text").all_inner_texts()
    return dict(zip(texts, bars(stage).all_inner_texts(), strict=True))


def test_from_the_first_start_to_the_final_card(chromium: Browser, first_start: Up) -> None:
    players, admin = first_start.wait_ready()
    browsing = Browsing(chromium, players, admin)
    # This round is played with everything that moves; elsewhere drawing it costs more than the round itself.
    watched = browsing.watch(browsing.context(LAPTOP, still=False).new_page())
    host = watched.page

    # The host opens the printed link and makes the first account.
    link = setup_link(first_start)
    host.goto(link)
    watched.look("admin-setup-vi", [LAPTOP, PHONE], whole=True)
    host.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    host.get_by_label("Tên", exact=False).first.fill("Hương")
    host.locator("input[type=password]").fill(PASSWORD)
    host.locator("main form button").click()
    expect(host.locator("h1")).to_contain_text("Hương")

    # The ready quiz is started from the dashboard.
    host.locator(".steps a.step").first.click()
    ready = host.locator("select[name=quiz_id] option").filter(has_text="20").get_attribute("value")
    host.locator("select[name=quiz_id]").select_option(ready)
    host.get_by_role("button", name="Mở phòng").click()
    expect(host.locator(".h-big button")).to_contain_text("Bắt đầu – đọc câu 1")
    stage = open_stage(host, browsing)
    code = re.sub(r"\D", "", stage.locator(".st-lobby-code").inner_text())
    assert len(code) == 6

    # Three phones: one types the code, one comes by the QR code's address, one says where it is from.
    typed = browsing.phone(players)
    typed.join("Lan", code=code)
    typed.in_lobby()
    scanned = browsing.phone(f"{players}/{code}")
    scanned.join("Lan")
    scanned.in_lobby()
    expect(scanned.page.locator(".name-card b")).to_have_text("Lan 2")
    placed = browsing.phone(f"{players}/{code}")
    placed.join("Y Mek Ê Nuôl", unit="buon ma thuot", unit_name="Phường Buôn Ma Thuột", group="Người dân")
    placed.in_lobby()
    phones = [typed, scanned, placed]
    expect(stage.locator(".st-name")).to_have_text(["Lan", "Lan 2", "Y Mek Ê Nuôl"])
    expect(stage.locator(".st-lobby-count b")).to_have_text("3")
    person = host.locator(".h-person").filter(has_text="Y Mek Ê Nuôl")
    expect(person).to_contain_text("Buôn Ma Thuột")

    # The host renames one for the hall.
    host.locator(".h-person", has=host.get_by_text("Lan 2", exact=True)).get_by_role("button", name="Đổi tên").click()
    host.locator("dialog input").fill("Lan Anh")
    host.get_by_role("button", name="Lưu").click()
    expect(stage.locator(".st-name")).to_have_text(["Lan", "Lan Anh", "Y Mek Ê Nuôl"])

    # Two questions of the ready quiz: whoever answers sees the same verdict as the hall.
    for number in (1, 2):
        press_big(host, f"đọc câu {number}")
        expect(stage.locator(".st-pill.is-number")).to_have_text(f"Câu {number}/20")
        if number == 1:
            press_big(host, "Mở câu 1")
        else:
            late = browsing.phone(f"{players}/{code}")
            late.join("Đến Muộn")
            late.question(2, 20)
            phones.append(late)
        for phone, choice in zip(phones[: number + 1], (0, 1, 0), strict=False):
            phone.question(number, 20)
            phone.page.locator("button.option").nth(choice).tap()
            if phone.page.locator(".done").count():
                phone.done()
            phone.saved()
        expect(stage.locator(".st-answered b")).to_have_text(str(number + 1))
        press_big(host, f"Chốt câu {number}")
        expect(bars(stage)).not_to_have_count(0)
        expect(stage.locator(".st-option.is-right")).to_have_count(1)
        right = stage.locator(".st-option.is-right .st-option-text").inner_text()
        for phone in phones:
            expect(phone.page.locator(".plates .option.is-right .option-text")).to_have_text(right)
        verdicts = [phone.page.locator(".verdict h1").inner_text() for phone in phones]
        assert set(verdicts[: number + 1]) <= {"Đúng rồi!", "Chưa đúng"}
        assert verdicts[0] != verdicts[1] or verdicts[0] == "Chưa đúng"
        assert verdicts[number + 1] == "Bạn chưa trả lời câu này"
        press_big(host, "Xem xếp hạng")
        expect(stage.locator(".st-standings h1")).to_have_text("Bảng xếp hạng")
    # Early end, asked once, naming what it does.
    host.keyboard.press("f")
    expect(host.locator("dialog")).to_contain_text("Còn 18 câu chưa hỏi")
    host.locator("dialog .is-danger").click()
    expect(stage.locator(".st-finished h1")).to_be_visible()
    for phone, name in zip(phones, ("Lan", "Lan Anh", "Y Mek Ê Nuôl", "Đến Muộn"), strict=True):
        expect(phone.page.locator(".card-name")).to_have_text(name)
        expect(phone.page.locator(".card-rank")).to_contain_text("trong 4 người")
    expect(host.locator(".h-go-on")).to_contain_text("Chơi tiếp với mọi người ở đây")
    assert browsing.faults() == []
    browsing.close()


def answer(phone: Phone, number: int, rightly: bool) -> None:
    """Give the right answer to question `number` of QUIZ, or a wrong one."""
    phone.question(number, len(QUIZ))
    match number:
        case 1:
            phone.option("1022" if rightly else "113")
        case 2:
            phone.option("Không cho ai mã OTP")
            phone.option("Đặt mật khẩu dài" if rightly else "Ghi mật khẩu lên bảng")
            phone.done()
        case 3:
            phone.option("Sai" if rightly else "Đúng")
        case 4:
            steps = ["Đăng nhập", "Điền tờ khai", "Nộp"]
            # Merely shifted: one of two pairs of neighbours still stands, which is worth half the points.
            for words in steps if rightly else steps[1:] + steps[:1]:
                phone.page.locator("button.option", has=phone.page.get_by_text(words, exact=True)).tap()
            phone.done()
        case 5:
            phone.keys("102" if rightly else "105")
            phone.done()
        case 6:
            phone.write("vneid" if rightly else "Zalo")
            phone.done()
        case 7:
            phone.option("Buổi sáng" if rightly else "Buổi tối")
    phone.saved()


def test_seven_kinds_of_questions_to_the_podium(browsing: Browsing, staff: Staff, tmp_path: Path) -> None:
    quiz = staff.quiz([{**question, "seconds": 60} for question in QUIZ], "Đủ bảy kiểu câu hỏi")
    round_ = staff.round(quiz, scoring="exact", reading_seconds=2)
    host = browsing.watch(browsing.context(LAPTOP, storage=staff.storage()).new_page()).page
    host.goto(round_.console)
    stage = open_stage(host, browsing)
    phones = [browsing.phone(round_.url, size=PHONE) for _ in range(3)]
    for phone, name in zip(phones, ("An", "Bình", "Chi"), strict=True):
        phone.join(name)
        phone.in_lobby()
    joker = browsing.phone(round_.url)
    joker.join("Kẻ Phá")
    joker.in_lobby()

    # Sent away by the host, with the name in the question that is asked first.
    host.locator(".h-person").filter(has_text="Kẻ Phá").get_by_role("button", name="Mời ra").click()
    expect(host.locator("dialog h2")).to_have_text("Mời Kẻ Phá ra khỏi phòng?")
    host.locator("dialog .is-danger").click()
    expect(joker.page.locator("h1")).to_have_text("Người dẫn chương trình đã mời bạn rời phòng")
    expect(stage.locator(".st-name")).to_have_text(["An", "Bình", "Chi"])

    # An is always right, Bình only at odd numbers, Chi never; at first Chi only looks on.
    for number, question in enumerate(QUIZ, 1):
        press_big(host, f"đọc câu {number}")
        expect(stage.locator("h1.st-stem")).to_have_text(str(question["stem_vi"]))
        for phone, rightly in zip(phones[: 2 if number == 1 else 3], (True, number % 2 == 1, False), strict=False):
            answer(phone, number, rightly)
        if number == 1:
            expect(stage.locator(".st-answered b")).to_have_text("2")
            work_the_keys(host, stage, phones)
            press_big(host, "Chốt câu 1")
            phones[2].verdict("Bạn chưa trả lời câu này")
        # Where everybody has answered, nobody waits for the clock.
        if number == 7:
            phones[0].verdict("Cảm ơn bạn đã góp ý!")
            expect(bars(stage)).to_have_count(2)
            assert shares(stage) == {"Buổi sáng": "2", "Buổi tối": "1"}
        else:
            phones[0].verdict("Đúng rồi!")
            expect(phones[0].page.locator(".award")).to_have_text("+1.000 điểm")
            phones[1].verdict("Đúng rồi!" if number % 2 else "Đúng một phần" if number == 4 else "Chưa đúng")
        if number == 1:
            expect(bars(stage)).to_have_count(4)
            assert shares(stage) == {"1022": "2", "113": "0", "114": "0", "115": "0"}
            expect(stage.locator(".st-option.is-right .st-option-text")).to_have_text("1022")
            expect(stage.locator(".st-why")).to_have_text("1022 là tổng đài của tỉnh.")
            expect(phones[2].page.locator(".why p")).to_have_text("1022 là tổng đài của tỉnh.")
            expect(phones[0].page.locator(".rank-lines")).to_contain_text("Bạn đang dẫn đầu!")
        press_big(host, "Xem xếp hạng")
        expect(stage.locator(".st-row-name").first).to_contain_text("An")

    press_big(host, "Bục vinh quang")
    expect(stage.locator(".st-step.is-1.is-told p")).to_have_text(["An"])
    expect(stage.locator(".st-step.is-2.is-told p")).to_have_text(["Bình"])
    expect(stage.locator(".st-step.is-3.is-told p")).to_have_text(["Chi"])
    expect(stage.locator(".st-step.is-3 .st-step-points")).to_have_text("500 điểm")
    expect(phones[0].page.locator(".card-rank")).to_contain_text("Hạng 1")
    press_big(host, "Kết thúc vòng thi")
    expect(stage.locator(".st-finished h1")).to_have_text("Cảm ơn mọi người đã cùng chơi!")
    expect(phones[0].page.locator(".card-figures")).to_contain_text("6.000")

    # The workbook says the same.
    host.locator("summary").filter(has_text="Tải kết quả").click()
    with host.expect_download() as downloading:
        host.get_by_role("link", name="Bảng tính Excel").click()
    path = tmp_path / "results.xlsx"
    downloading.value.save_as(path)
    cells = {cell for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True) for cell in row}
    assert {"An", "Bình", "Chi", 6000} <= cells
    assert browsing.faults() == []


def work_the_keys(host: Page, stage: Page, phones: list[Phone]) -> None:
    """Pause, +10 s, blank and lock by keyboard, each seen where it must be."""
    host.keyboard.press("p")
    expect(phones[0].page.locator("h1")).to_have_text("Tạm dừng một chút")
    expect(stage.locator(".st-card h1")).to_have_text("Tạm nghỉ một chút")
    press_big(host, "Tiếp tục")
    phones[0].question(1)
    before = int(stage.locator(".st-ring b").inner_text())
    host.keyboard.press("+")
    expect(host.locator(".h-notice")).to_contain_text("Đã thêm 10 giây")
    expect(stage.locator(".st-ring b")).to_have_text(
        re.compile(rf"^({'|'.join(str(before + n) for n in range(4, 11))})$")
    )
    host.keyboard.press("b")
    expect(stage.locator(".st-blank")).to_be_visible()
    expect(host.locator(".h-dark")).to_have_text("Màn chiếu đang tối")
    host.keyboard.press("b")
    expect(stage.locator(".st-blank")).to_have_count(0)
    host.keyboard.press("l")
    expect(stage.locator(".st-corner")).to_have_count(0)
    expect(host.locator(".h-control.is-on")).to_contain_text("Mở khóa phòng")
    host.keyboard.press("l")
    expect(stage.locator(".st-corner")).to_be_visible()
    # The next step is bound to what the console has seen.
    expect(host.locator(".h-control.is-on")).to_have_count(0)


def test_a_voided_question_counts_for_nobody(browsing: Browsing, staff: Staff) -> None:
    round_ = staff.round(staff.quiz([{**QUIZ[0], "seconds": 60}] * 2), scoring="exact")
    host = browsing.watch(browsing.context(LAPTOP, storage=staff.storage()).new_page()).page
    host.goto(round_.console)
    phone = browsing.phone(round_.url)
    phone.join("An")
    phone.in_lobby()
    press_big(host, "đọc câu 1")
    phone.question(1)
    phone.option("1022")
    phone.saved()
    press_big(host, "Chốt câu 1")
    expect(phone.page.locator(".points")).to_have_text("1.000 điểm")
    host.keyboard.press("v")
    expect(host.locator("dialog h2")).to_have_text("Hủy câu 1?")
    host.locator("dialog .is-danger").click()
    phone.verdict("Câu này không tính điểm")
    expect(phone.page.locator(".points")).to_have_text("0 điểm")
    expect(host.locator(".h-run-item").first).to_contain_text("đã hủy")
    assert browsing.faults() == []
