"""Every page in both languages at its sizes: kept as a picture, checked with axe, for cut text, for small targets."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.browsing import LAPTOP, PHONE, PROJECTOR, SMALL_PHONE, SMALL_PROJECTOR, Browsing, Phone, Watched
from tests.browser.staff import Round, Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LANGS = ("vi", "en")
DESK = (LAPTOP, PHONE)
HAND = (SMALL_PHONE, PHONE)
HALL = (PROJECTOR, SMALL_PROJECTOR)
ENGLISH = {"hand": HAND[:1], "hall": HALL[1:], "desk": DESK}

WORDS = (
    "Nghị quyết về đột phá phát triển khoa học, công nghệ, đổi mới sáng tạo và chuyển đổi số quốc gia yêu cầu các cấp "
    "uỷ, chính quyền, từ tỉnh đến buôn làng, tập trung lãnh đạo quyết liệt, đồng bộ, thường xuyên và lâu dài; "
)
STEM = (WORDS * 6)[:998] + "g?"
OPTION = (WORDS * 2)[:300]
NAME = "Nguyễn Phước Quỳnh Hương"  # 24 letters, which is all there is room for
LONGEST_UNIT = "Phường Buôn Ma Thuột"

QUESTIONS: list[dict[str, Any]] = [
    {
        "type": "single",
        "stem_vi": STEM,
        "options": [{"id": name, "text_vi": OPTION} for name in "abcdef"],
        "answer": ["b"],
        "explanation_vi": STEM,
        "weight": 2,
    },
    {
        "type": "multi",
        "stem_vi": "Những việc nào giúp giữ an toàn cho tài khoản định danh điện tử của bạn và của người thân?",
        "options": [
            {"id": "a", "text_vi": "Không chia sẻ mã OTP"},
            {"id": "b", "text_vi": "Đặt mật khẩu dài, không trùng với mật khẩu khác"},
            {"id": "c", "text_vi": "Cho bạn mượn điện thoại đã mở khoá"},
            {"id": "d", "text_vi": "Cài phần mềm từ nguồn lạ"},
        ],
        "answer": ["a", "b"],
        "explanation_vi": "Mã OTP và mật khẩu là chìa khoá nhà của bạn.",
    },
    {"type": "true_false", "stem_vi": "Cán bộ có quyền hỏi mật khẩu VNeID của bạn qua điện thoại.", "answer": ["F"]},
    {
        "type": "ordering",
        "stem_vi": "Sắp xếp các bước nộp hồ sơ dịch vụ công trực tuyến.",
        "options": [
            {"id": "a", "text_vi": "Đăng nhập bằng tài khoản VNeID"},
            {"id": "b", "text_vi": "Chọn thủ tục"},
            {"id": "c", "text_vi": "Điền tờ khai và đính kèm giấy tờ"},
            {"id": "d", "text_vi": "Nộp lệ phí"},
        ],
        "answer": ["a", "b", "c", "d"],
    },
    {"type": "numeric", "stem_vi": "Tỉnh có bao nhiêu xã, phường?", "answer": 102, "unit_vi": "xã, phường và đặc khu"},
    {"type": "text", "stem_vi": "Ứng dụng định danh điện tử quốc gia tên là gì?", "answer": ["VNeID"]},
    {
        "type": "poll",
        "stem_vi": "Bạn muốn lớp học số mở vào buổi nào?",
        "options": [{"id": name, "text_vi": text} for name, text in zip("ab", ("Buổi sáng", "Buổi tối"), strict=True)],
        "answer": [],
        "weight": 0,
    },
]
for question in QUESTIONS:
    question["seconds"] = 600


@pytest.fixture
def checked(browsing: Browsing) -> Iterator[Browsing]:
    """Pages of which every fault is told at the end, all at once."""
    yield browsing
    faults = browsing.faults()
    assert not faults, "\n".join(sorted(set(faults)))


@pytest.fixture
def everything(staff: Staff) -> int:
    """A quiz of every type whose first question is as long as questions can be."""
    return staff.quiz(QUESTIONS, "Hội thi tìm hiểu kiến thức chuyển đổi số dành cho đoàn viên, hội viên và người dân")


def desk(browsing: Browsing, staff: Staff, lang: str, *, signed_in: bool = True) -> Watched:
    storage = staff.storage(lang)
    if not signed_in:
        storage = {"cookies": [one for one in storage["cookies"] if one["name"] == "hoithi_lang"]}
    return browsing.watch(browsing.context(LAPTOP, storage=storage, still=True).new_page())


@pytest.mark.parametrize("lang", LANGS)
def test_organisers_pages(checked: Browsing, staff: Staff, everything: int, lang: str) -> None:
    watched = desk(checked, staff, lang)
    page = watched.page
    quiz = staff.http.get(f"/api/quizzes/{everything}").json()
    round_ = staff.round(everything)
    paths = {
        "dashboard": "/",
        "quizzes": "/quizzes",
        "quizzes-none": "/quizzes?q=khongcogi",
        "quiz": f"/quizzes/{everything}",
        "import": "/import",
        "round-new": f"/rounds/new?quiz={everything}",
        "rounds": "/rounds",
        "round": f"/rounds/{round_.id}",
        "accounts": "/accounts",
        "audit": "/audit",
        "profile": "/profile",
        "about": "/about",
        "api": "/api/docs",
        "missing": "/quizzes/999999",
    }
    for name, path in paths.items():
        reply = page.goto(staff.admin + path)
        assert reply is not None
        assert reply.status == (404 if name == "missing" else 200), path
        watched.look(f"admin-{name}-{lang}", DESK, whole=name not in ("api", "audit"))
    # The browser itself says that the missing page was missing.
    watched.faults = [fault for fault in watched.faults if "status of 404" not in fault]
    page.goto(f"{staff.admin}/quizzes/{everything}")
    links = page.locator("li.question a.main-link").evaluate_all("(links) => links.map((link) => link.href)")
    assert len(links) == len(quiz["questions"]) == len(QUESTIONS)
    for number, (question, link) in enumerate(zip(QUESTIONS, links, strict=True), 1):
        page.goto(link)
        watched.look(f"admin-question-{question['type']}-{lang}", DESK, whole=True, axe=number < 6)
        if number in (1, 4):
            page.goto(f"{staff.admin}/quizzes/{everything}/preview/{number}")
            for place in ("phone", "stage"):
                expect(page.frame_locator(f"iframe.{place} >> nth=0").locator("h1")).to_be_visible()
            watched.look(f"admin-preview-{number}-{lang}", DESK, whole=True)
    import_with_report(watched, staff, lang)


def import_with_report(watched: Watched, staff: Staff, lang: str) -> None:
    """A table in which one row is good and two are not."""
    table = io.StringIO()
    for line in staff_table():
        table.write(line + "\n")
    watched.page.goto(f"{staff.admin}/import")
    file = {"name": "bang.csv", "mimeType": "text/csv", "buffer": table.getvalue().encode()}
    watched.page.set_input_files("input[type=file]", [file])  # type: ignore[list-item]
    watched.page.locator("main form button").click()
    expect(watched.page.locator("tr.skipped")).to_have_count(2)
    expect(watched.page.locator("tr.imported")).to_have_count(1)
    watched.look(f"admin-import-report-{lang}", DESK, whole=True)


def staff_table() -> list[str]:
    return [
        "Câu hỏi,Đáp án A,Đáp án B,Đáp án C,Đáp án D,Đáp án đúng,Thời gian",
        "Tổng đài của tỉnh?,1022,113,114,115,A,20",
        "Không có đáp án đúng?,1,2,3,4,,20",
        ",1,2,3,4,A,20",
    ]


@pytest.mark.parametrize("lang", LANGS)
def test_pages_before_signing_in(checked: Browsing, staff: Staff, lang: str) -> None:
    watched = desk(checked, staff, lang, signed_in=False)
    watched.page.goto(f"{staff.admin}/login")
    watched.look(f"admin-login-{lang}", DESK, whole=True)
    watched.page.fill("input[name=name]", "ai đó")
    watched.page.fill("input[name=password]", "không phải mật khẩu")
    watched.page.locator("main form button").click()
    expect(watched.page.locator("[role=alert]")).to_be_visible()
    watched.look(f"admin-login-wrong-{lang}", DESK, whole=True)
    watched.page.goto(f"{staff.admin}/setup")
    watched.look(f"admin-setup-done-{lang}", DESK, whole=True)
    # A refused sign-in is an error to the browser, and meant to be.
    watched.faults = [fault for fault in watched.faults if "status of 403" not in fault]


@pytest.mark.parametrize("lang", LANGS)
def test_every_screen_of_a_round(checked: Browsing, staff: Staff, everything: int, lang: str) -> None:
    round_ = staff.round(everything, reading_seconds=60, fairness="show")
    console = desk(checked, staff, lang)
    console.page.goto(round_.console)
    stage = checked.watch(checked.context(PROJECTOR, still=True).new_page())
    stage.page.goto(round_.stage_url().replace("/stage#", f"/stage?lang={lang}#"))
    screens = Screens(lang, round_, console, stage, checked.phone(round_.url, lang=lang, still=True))
    screens.come_in()
    other = checked.phone(round_.url, lang=lang, still=True)
    other.join(NAME)
    other.in_lobby()
    screens.lobby()
    for number, question in enumerate(QUESTIONS, 1):
        screens.ask(number, str(question["type"]))
    screens.podium()
    other.page.locator(".card").wait_for()


class Screens:
    """The phone, the stage and the console of one round in one language."""

    def __init__(self, lang: str, round_: Round, console: Watched, stage: Watched, phone: Phone) -> None:
        self.lang, self.round = lang, round_
        self.console, self.stage, self.phone = console, stage, phone
        # Elements and colours are the same in both languages: in English only words can be cut, and that at one size.
        self.axe = lang == "vi"
        self.sizes = {"hand": HAND, "hall": HALL, "desk": DESK} if self.axe else ENGLISH

    def hand(self, name: str, *, axe: bool = True) -> None:
        self.phone.watched.look(f"phone-{name}-{self.lang}", self.sizes["hand"], axe=axe and self.axe)

    def hall(self, name: str, *, axe: bool = True) -> None:
        self.stage.look(f"stage-{name}-{self.lang}", self.sizes["hall"], axe=axe and self.axe)

    def host(self, name: str, *, axe: bool = True) -> None:
        self.console.look(f"host-{name}-{self.lang}", self.sizes["desk"], axe=axe and self.axe)

    def come_in(self) -> None:
        page = self.phone.page
        expect(page.locator("#code")).to_have_value(self.round.code)
        self.hand("join")
        page.fill("#name", NAME)
        page.tap("#unit")
        page.fill("#unit", "ea")
        expect(page.locator("#unit-list li").first).to_be_visible()
        self.hand("join-unit")
        page.fill("#unit", LONGEST_UNIT)
        page.locator("#unit-list li").first.tap()
        page.locator(".group").first.tap()
        page.fill("#code", "000000" if self.round.code != "000000" else "111111")
        page.locator(".button.primary").tap()
        expect(page.locator(".problem")).not_to_be_empty()
        self.hand("join-refused")
        page.fill("#code", self.round.code)
        page.locator(".button.primary").tap()
        self.phone.in_lobby()
        # To the browser an unknown code is an error; here it was meant.
        watched = self.phone.watched
        watched.faults = [fault for fault in watched.faults if "/api/codes/" not in fault]

    def lobby(self) -> None:
        self.hand("lobby")
        self.phone.page.locator(".button.link").tap()
        expect(self.phone.page.locator(".leave")).to_be_visible()
        self.hand("leave", axe=False)
        self.phone.page.locator(".leave button").first.tap()
        expect(self.stage.page.locator(".st-name")).to_have_count(2)
        self.hall("lobby")
        expect(self.console.page.locator(".h-person")).to_have_count(2)
        self.host("lobby")
        self.console.page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
        for key, name in (("?", "keys"), ("s", "scores")):
            self.console.page.keyboard.press(key)
            expect(self.console.page.locator("dialog")).to_be_visible()
            self.host(name)
            self.console.page.keyboard.press("Escape")
            expect(self.console.page.locator("dialog")).to_have_count(0)

    def ask(self, number: int, kind: str) -> None:
        page = self.phone.page
        self.round.to("get_ready")
        if number <= 2:
            page.locator("main.ready").wait_for()
            self.stage.page.locator(".is-ready .st-stem").first.wait_for()
            self.hand(f"ready-{number}")
            self.hall(f"ready-{number}")
        self.round.to("open")
        self.phone.question(number)
        expect(self.stage.page.locator(".st-answered")).to_be_visible()
        self.hand(f"open-{kind}")
        self.hall(f"open-{kind}", axe=number <= 2)
        if number <= 2:
            self.host(f"open-{kind}")
            self.tabs(kind)
        self.give(kind)
        self.phone.saved()
        self.hand(f"saved-{kind}", axe=number <= 2)
        if number == 2:
            self.round.command("pause")
            page.locator("main.middle").wait_for()
            self.hand("paused")
            self.stage.page.locator(".st-card").wait_for()
            self.hall("paused")
            self.round.command("resume")
            self.phone.question(number)
        self.round.command("close")
        self.round.phase("revealed")
        page.locator(".result").wait_for()
        if kind not in ("poll", "ordering", "numeric", "text"):
            expect(self.stage.page.locator(".st-option.is-right").first).to_be_visible()
        self.stage.page.wait_for_function("() => document.querySelectorAll('.is-told, .is-placed').length > 0")
        self.hand(f"result-{kind}")
        self.hall(f"result-{kind}", axe=number <= 2)
        if number == 1:
            self.host("result")
        self.round.to("standings")
        if number <= 2:
            self.stage.page.locator(".st-standings").wait_for()
            expect(page.locator("main.middle")).to_be_visible()
            self.hand(f"standings-{number}")
            self.hall(f"standings-{number}")

    def tabs(self, kind: str) -> None:
        """The console's other parts where it is narrow."""
        page = self.console.page
        for index, name in ((0, "run"), (2, "people")):
            page.locator(".h-tabs button").nth(index).click()
            self.console.look(f"host-{name}-{kind}-{self.lang}", [PHONE], axe=False)
        page.locator(".h-tabs button").nth(1).click()

    def give(self, kind: str) -> None:
        page = self.phone.page
        match kind:
            case "single" | "true_false" | "poll":
                page.locator("button.option").first.tap()
            case "multi":
                page.locator("button.option").nth(0).tap()
                page.locator("button.option").nth(2).tap()
            case "ordering":
                for index in (1, 0, 2, 3):
                    page.locator("button.option").nth(index).tap()
            case "numeric":
                self.phone.keys("102")
            case "text":
                self.phone.write("vneid")
        if kind in ("multi", "ordering", "numeric", "text"):
            self.hand(f"drafted-{kind}", axe=False)
            self.phone.done()

    def podium(self) -> None:
        self.round.to("podium")
        self.phone.page.locator(".card").wait_for()
        expect(self.stage.page.locator(".st-step.is-1.is-told")).to_be_visible()
        self.hand("podium")
        self.hall("podium")
        self.host("podium")
        self.round.to("finished")
        self.stage.page.locator(".st-finished").wait_for()
        expect(self.phone.page.locator(".button.link")).to_be_visible()
        self.hand("finished")
        self.hall("finished")
        self.host("finished")


@pytest.mark.parametrize("lang", LANGS)
def test_kind_ends_on_the_phone(checked: Browsing, staff: Staff, lang: str) -> None:
    round_ = staff.round(staff.quiz(QUESTIONS[2:3]))
    phone = checked.phone(round_.url, lang=lang, still=True)
    phone.join(NAME)
    phone.in_lobby()
    second = checked.phone_in(phone.page.context, staff.players)
    second.in_lobby()
    expect(phone.page.locator("main .button.primary")).to_be_visible()
    phone.watched.look(f"phone-replaced-{lang}", HAND)
    round_.command("kick", seat=1)
    expect(second.page.locator(".topbar .who")).to_be_empty()
    second.watched.look(f"phone-kicked-{lang}", HAND)
    third = checked.phone(round_.url, lang=lang, still=True)
    third.join(NAME)
    third.in_lobby()
    round_.command("finish")
    expect(third.page.locator("main.lobby")).to_have_count(0)
    third.watched.look(f"phone-cancelled-{lang}", HAND)
