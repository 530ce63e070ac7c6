"""A contest on the phone: entering, a whole attempt through everything that goes wrong, and every screen looked at."""

import re
import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from contest.provincial.rules import Criterion, EntryForm, FieldUse, Ranking
from tests.browser.browsing import LAPTOP, PHONE, SMALL_PHONE, Browsing, Phone
from tests.browser.contests import Contest, open_contest
from tests.browser.gate import Gate, Way, gate_to
from tests.browser.staff import Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

SIZES = {"vi": (PHONE, LAPTOP), "en": (PHONE,)}
NARROW = {"welcome", "home", "start", "question-multi", "question-numeric", "map", "review", "rank"}
"""What is looked at on the smallest phone too."""
_RANKING = Ranking(chain=(Criterion.SCORE, Criterion.DURATION, Criterion.SUBMITTED))
CODE = re.compile(r"[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}")
EXPECTED = ("422", "409", "ERR_", "401", "403")
"""Refusals and lost networks that a test brings about; browsers tell the console of each."""


@pytest.fixture
def phones(browsing: Browsing) -> Iterator[Browsing]:
    """Phones that must be without fault, but for what a test itself brought about."""
    yield browsing
    faults = [one for one in browsing.faults() if not (one.startswith("console") and any(e in one for e in EXPECTED))]
    assert faults == []


def tap(phone: Phone, name: str) -> None:
    phone.page.get_by_role("button", name=name, exact=True).tap()


def heading(phone: Phone, words: str) -> None:
    expect(phone.page.locator("h1")).to_contain_text(words)


def new_number() -> str:
    """A mobile number that nobody else has: people are the same in all contests of a platform."""
    return f"091{secrets.randbelow(10**7):07}"


def enter(phone: Phone, name: str, number: str = "") -> str:
    """Fills in the form and keeps the personal code."""
    page = phone.page
    tap(phone, "Đăng ký dự thi")
    page.get_by_label("Họ và tên").first.fill(name)
    page.get_by_label("Ngày sinh").fill("22/11/1990")
    page.locator("#phone").fill(number or new_number())
    page.locator("#commune").fill("buon ma thuot")
    page.locator("#commune-list li").first.tap()
    page.locator(".group").filter(has_text="Người dân").tap()
    page.locator("#consent-contest").check()
    tap(phone, "Đăng ký")
    heading(phone, "Giữ mã cá nhân")
    found = CODE.search(page.locator(".code-big").inner_text())
    assert found
    tap(phone, "Tôi đã giữ mã")
    heading(phone, f"Chào {name}!")
    return found[0]


def start(phone: Phone) -> None:
    tap(phone, "Bắt đầu thi")
    tap(phone, "Bắt đầu làm bài")
    phone.question(1, 6)


def next_one(phone: Phone) -> None:
    phone.page.locator(".turn .primary").tap()


def hand_in(phone: Phone) -> None:
    phone.page.locator(".hand-in").tap()
    phone.page.locator(".foot .primary").tap()


def test_an_attempt_survives_a_lost_network_a_reload_and_a_second_device(phones: Browsing, staff: Staff) -> None:
    contest = open_contest(staff, "song-sot")
    with gate_to(staff.players) as gate:
        phones.own |= {gate.url.removeprefix("http://")}
        phone = phones.phone(gate.url + contest.path)
        number = new_number()
        code = enter(phone, "Y Mek Ê Nuôl", number)
        start(phone)
        phone.option("Cổng Dịch vụ công")
        phone.saved()
        _without_a_network(phone, gate, contest)
        other = phones.phone(contest.url)
        _sign_in(other, code, number)
        _on_a_second_device(phone, other, contest)
        _handed_in_over_a_bad_line(phone, gate, contest)
        # The other device still has its part: there is nothing left to go on with, in either language.
        other.page.goto(contest.url + "?lang=en")
        heading(other, "Hello Y Mek Ê Nuôl!")
        assert other.page.url == contest.url + "#home"
        assert other.stored("hoithi.work.") is None
        expect(other.page.locator(f'a[href="/c/{contest.slug}/rules?lang=en"]')).to_be_visible()


def _without_a_network(phone: Phone, gate: Gate, contest: Contest) -> None:
    page = phone.page
    gate.set(Way.NOTHING)
    next_one(phone)
    phone.option("Sai")
    phone.fate("Giữ trên máy")
    expect(page.locator(".strip")).to_contain_text("đang giữ trên máy")
    next_one(phone)
    phone.option("Hỏi mã OTP")
    phone.option("Giục bạn")
    assert sorted(contest.answers()) == [1]
    gate.set(Way.PAGES)
    page.reload()
    phone.question(3, 6)
    expect(page.locator("button.option.is-chosen")).to_have_count(2)
    phone.fate("Giữ trên máy")
    gate.set(Way.ALL)
    phone.saved()
    assert contest.answers() == {1: '["a"]', 2: '["F"]', 3: '["a","c"]'}


def _sign_in(phone: Phone, code: str, number: str) -> None:
    tap(phone, "Tôi đã đăng ký")
    phone.page.fill("#personal-code", code.lower())
    phone.page.fill("#sign-phone", "+84 " + number[1:])
    tap(phone, "Vào")


def _on_a_second_device(phone: Phone, other: Phone, contest: Contest) -> None:
    other.page.get_by_role("button", name=re.compile("Làm tiếp")).tap()
    other.question(1, 6)
    expect(other.page.locator("button.option.is-chosen")).to_contain_text("Cổng Dịch vụ công")
    other.saved()
    other.page.locator(".to-map").tap()
    expect(other.page.locator(".map .cell.is-saved")).to_have_count(3)
    other.page.locator(".map .cell", has_text="4").tap()
    for text in ("Đăng nhập", "Chọn thủ tục", "Đính kèm", "Nộp và lưu"):
        other.option(text)
    other.saved()
    # The first device learns it from its next answer, and may have the attempt back.
    phone.option("Hỏi mã OTP")
    heading(phone, "Bài thi đang mở trên máy khác")
    tap(phone, "Làm tiếp trên máy này")
    phone.question(3, 6)
    phone.saved()
    other.option("Đăng nhập")
    heading(other, "Bài thi đang mở trên máy khác")
    tap(other, "Về trang chính")
    assert contest.answers() == {1: '["a"]', 2: '["F"]', 3: '["a"]', 4: '["a","b","c","d"]'}


def _handed_in_over_a_bad_line(phone: Phone, gate: Gate, contest: Contest) -> None:
    next_one(phone)
    expect(phone.page.locator(".option-place")).to_have_count(4)
    next_one(phone)
    phone.keys("102")
    phone.saved()
    next_one(phone)
    gate.set(Way.NOTHING)
    phone.write("vneid")
    next_one(phone)
    phone.keys("12500")
    phone.fate("Giữ trên máy")
    hand_in(phone)
    heading(phone, "Đang nộp bài")
    expect(phone.page.locator("main")).to_contain_text("tự nộp khi có mạng")
    gate.set(Way.ALL)
    heading(phone, "Đã nhận bài của bạn")
    expect(phone.page.locator(".score")).to_have_text("4/6 điểm")
    expect(phone.page.locator(".figures")).to_contain_text("12.500 người")
    expect(phone.page.locator(".problem")).to_have_count(0)
    assert contest.answers()[6] == '"vneid"'
    (attempt,) = contest.attempts()
    assert (attempt["state"], attempt["answered"], attempt["score"]) == ("submitted", 6, 4)
    assert (attempt["by_server"], attempt["prediction"]) == (False, "12500")
    assert contest.logged("attempt") == 1
    assert phone.stored("hoithi.work.") is None


def test_the_limit_hands_in_what_is_saved_and_says_what_came_too_late(phones: Browsing, staff: Staff) -> None:
    contest = open_contest(staff, "het-gio", time_limit_s=30, result="received", prediction=None, ranking=_RANKING)
    with gate_to(staff.players) as gate:
        phones.own |= {gate.url.removeprefix("http://")}
        phone = phones.phone(gate.url + contest.path)
        enter(phone, "H’Thi Rya")
        start(phone)
        other = phones.phone_in(phone.page.context, gate.url + contest.path)
        other.question(1, 6)
        phone.option("Cổng Dịch vụ công")
        phone.saved()
        next_one(phone)
        gate.set(Way.NOTHING)
        phone.option("Đúng")
        expect(phone.page.locator("h1")).to_have_text("Hết giờ!", timeout=40_000)
        phone.page.wait_for_timeout(7_000)  # longer than an answer may be late
        gate.set(Way.ALL)
        heading(phone, "Hết giờ, bài đã được tự nộp")
        expect(phone.page.locator(".problem")).to_contain_text("1 câu trả lời không kịp đến máy chủ")
        expect(phone.page.locator(".note")).to_contain_text("Điểm và đáp án được công bố sau")
        expect(phone.page.locator(".score")).to_have_count(0)
        heading(other, "Hết giờ, bài đã được tự nộp")
    (attempt,) = contest.attempts()
    assert (attempt["by_server"], attempt["answered"], attempt["duration_ms"]) == (True, 1, 30_000)


def test_the_form_says_what_is_wrong_where_it_is_wrong(phones: Browsing, staff: Staff) -> None:
    contest = open_contest(staff, "don-dang-ky", entry=EntryForm(unit=FieldUse.OPTIONAL, sex=FieldUse.OPTIONAL))
    phone = phones.phone(contest.url)
    page = phone.page
    tap(phone, "Đăng ký dự thi")
    expect(page.locator("input:checked")).to_have_count(0)
    page.get_by_label("Ngày sinh").press_sequentially("22112014")
    expect(page.get_by_label("Ngày sinh")).to_have_value("22/11/2014")
    nine = new_number()[1:]
    page.locator("#phone").fill(nine)
    tap(phone, "Đăng ký")
    expect(page.locator("[role=alert]")).to_contain_text("chỗ cần xem lại")
    expect(page.locator("#full_name")).to_be_focused()
    phone.watched.look("contest-enter-wrong", (PHONE, SMALL_PHONE))
    page.reload()
    expect(page.locator("#phone")).to_have_value(nine)
    tap(phone, "Đăng ký")
    tap(phone, f"Đúng là 0{nine}")
    page.locator("#full_name").fill("Y Sưng Phê Ja")
    page.locator("#commune").fill("ea hleo")
    page.locator("#commune-list li").first.tap()
    page.locator("#unit").fill("Trường THPT Trường Chinh")
    page.get_by_role("button", name="Dùng tên").tap()
    page.locator(".group").filter(has_text="Học sinh").tap()
    page.locator("#guardian_name").fill("H’Thi Rya")
    page.locator("#guardian_phone").fill(new_number())
    page.locator("#guardian-consent").check()
    page.locator("#consent-contest").check()
    phone.watched.look("contest-enter-filled", (PHONE, LAPTOP))
    tap(phone, "Đăng ký")
    heading(phone, "Giữ mã cá nhân")
    page.reload()
    heading(phone, "Giữ mã cá nhân")
    with page.expect_download() as picture:
        tap(phone, "Lưu thành ảnh")
    assert picture.value.suggested_filename.endswith(".png")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_screen_of_the_contest(phones: Browsing, staff: Staff, lang: str) -> None:
    contest = open_contest(staff, f"man-hinh-{lang}")
    phone = phones.phone(contest.url)
    page, look = phone.page, phone.watched.look
    expect(page.locator(".foot .primary")).to_be_visible()

    def shown(name: str, *more: tuple[int, int]) -> None:
        if lang == "en":
            page.locator(".lang").tap()
            expect(page.locator("html")).to_have_attribute("lang", "en")
        narrow = (SMALL_PHONE,) if name in NARROW else ()
        look(f"contest-{name}-{lang}", (*SIZES[lang], *narrow, *more))
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        if lang == "en":
            page.locator(".lang").tap()

    shown("welcome")
    tap(phone, "Tôi đã đăng ký")
    shown("sign-in")
    tap(phone, "Trang chính")
    enter(phone, "H’Thi Rya Niê Kdăm")
    expect(page.locator(".left")).to_be_visible()
    shown("home")
    tap(phone, "Bắt đầu thi")
    shown("start")
    tap(phone, "Bắt đầu làm bài")
    phone.question(1, 6)
    phone.option("Tin nhắn")
    phone.saved()
    for name in ("single", "true-false", "multi", "ordering", "numeric", "text", "prediction"):
        shown(f"question-{name}", *(((640, 360),) if name in ("multi", "numeric") else ()))
        next_one(phone)
    shown("map")
    page.locator(".foot .primary").tap()
    heading(phone, "Đã nhận bài của bạn")
    shown("result")
    contest.publish_key()
    tap(phone, "Về trang chính")
    page.reload()
    page.locator(".mine button").tap()
    tap(phone, "Xem lại bài và đáp án")
    expect(page.locator(".reviewed")).to_have_count(6)
    shown("review")
    tap(phone, "Trang chính")
    tap(phone, "Xếp hạng tạm thời của tôi")
    expect(page.locator(".board").first).to_be_visible()
    shown("rank")
    tap(phone, "Trang chính")
    tap(phone, "Gửi khiếu nại")
    page.locator("#complaint-text").fill("Mất điện lúc đang làm bài, đề nghị cho thi lại.")
    shown("complaint")
    tap(phone, "Gửi khiếu nại")
    expect(page.locator(".complaints li")).to_contain_text(["đang xem xét"])
    tap(phone, "Trang chính")
    tap(phone, "Dữ liệu của tôi")
    heading(phone, "Dữ liệu của tôi")
    expect(page.locator(".consent")).to_have_count(4)
    with page.expect_download() as data:
        tap(phone, "Tải toàn bộ dữ liệu của tôi")
    assert "H’Thi Rya Niê Kdăm" in data.value.path().read_text("utf-8")
    page.locator(".consent button").first.tap()
    expect(page.locator(".consent").nth(1)).to_contain_text("Bạn đã đồng ý.")
    tap(phone, "Sửa thông tin")
    page.locator("#request-detail").fill("Ngày sinh của tôi là 2/11/1990.")
    tap(phone, "Gửi yêu cầu")
    expect(page.locator(".complaints li")).to_have_count(1)
    shown("data")
    tap(phone, "Trang chính")
    tap(phone, "Thoát khỏi máy này")
    expect(page.get_by_role("button", name="Đăng ký dự thi")).to_be_visible()
