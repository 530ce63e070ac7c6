"""The golden bell as a hall sees it: out, rescued by a question and by hand, a void, and the last one who rings."""

import html
import json
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.browsing import LAPTOP, PHONE, PROJECTOR, SMALL_PROJECTOR, Browsing, Phone, press_big
from tests.browser.staff import Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

QUESTION: dict[str, Any] = {
    "type": "true_false",
    "stem_vi": "Nên cho bạn mượn mật khẩu?",
    "answer": ["F"],
    "explanation_vi": "Mật khẩu là của riêng bạn.",
    "seconds": 30,
}
RIGHT, WRONG = "Sai", "Đúng"


def ask(host: Page, number: int, answers: dict[Phone, str]) -> None:
    """One question from the console's big button to its reveal."""
    press_big(host, f"đọc câu {number}")
    for phone, words in answers.items():
        phone.question(number)
        phone.page.locator("button.option", has=phone.page.get_by_text(words, exact=True)).tap()
        phone.saved()
    press_big(host, f"Chốt câu {number}")
    expect(host.locator(".h-big button")).to_contain_text("Xem sàn đấu")


def test_from_a_full_floor_to_the_last_one(chromium: Browser, browsing: Browsing, staff: Staff) -> None:
    quiz = staff.quiz([QUESTION] * 5, "Rung chuông vàng chuyển đổi số")
    round_ = staff.round(quiz, mode="golden_bell", fairness="strict", rescues_allowed=2, seconds=30)
    watched = browsing.watch(browsing.context(LAPTOP, storage=staff.storage()).new_page())
    host = watched.page
    host.goto(round_.console)
    token = staff.http.post(f"/api/rounds/{round_.id}/stage-token").json()["url"]
    projector = browsing.watch(browsing.context(PROJECTOR, still=True).new_page())
    stage = projector.page
    stage.goto(token)
    an, binh, chi = (browsing.phone(round_.url, still=True) for _ in range(3))
    for phone, name in ((an, "An"), (binh, "Bình"), (chi, "Nguyễn Thị Kim Chi")):
        phone.join(name)
        phone.in_lobby()

    ask(host, 1, {an: RIGHT, binh: RIGHT, chi: WRONG})
    expect(an.page.locator(".bell-word")).to_contain_text("Bạn vẫn trên sàn!")
    expect(chi.page.locator(".bell-word")).to_contain_text("Bạn dừng ở câu này")
    expect(stage.locator(".st-pill.is-bell")).to_contain_text("2 trên sàn")
    chi.watched.look("phone-bell-out-vi", [PHONE])
    an.watched.look("phone-bell-in-vi", [PHONE], axe=False)
    projector.look("stage-bell-revealed-vi", [PROJECTOR], axe=False)
    press_big(host, "Xem sàn đấu")
    expect(stage.locator(".st-tile.is-x")).to_contain_text("Nguyễn Thị Kim Chi")
    projector.look("stage-bell-floor-vi", [PROJECTOR, SMALL_PROJECTOR])
    expect(chi.page.locator(".huge b")).to_have_text("2")
    chi.watched.look("phone-bell-floor-vi", [PHONE], axe=False)

    # A question for those who are out.
    host.keyboard.press("q")
    expect(stage.locator(".st-bell-head")).to_contain_text("Tiếp theo là câu hỏi cứu trợ")
    press_big(host, "Câu cứu trợ – đọc câu 2")
    expect(an.page.locator("h1")).to_have_text("Bạn được nghỉ câu này")
    chi.question(2)
    expect(chi.page.locator(".bell-strip")).to_contain_text("Câu cứu trợ")
    an.watched.look("phone-bell-safe-vi", [PHONE], axe=False)
    chi.watched.look("phone-bell-rescue-question-vi", [PHONE])
    chi.page.locator("button.option", has=chi.page.get_by_text(RIGHT, exact=True)).tap()
    chi.saved()
    press_big(host, "Chốt câu 2")
    expect(chi.page.locator(".bell-word")).to_contain_text("Bạn được cứu trợ!")
    an.verdict("Bạn được nghỉ câu này")
    chi.watched.look("phone-bell-back-vi", [PHONE], axe=False)
    press_big(host, "Xem sàn đấu")

    # The host brings one back by hand.
    ask(host, 3, {an: RIGHT, binh: WRONG, chi: WRONG})
    expect(an.page.locator(".bell-word")).to_contain_text("Bạn là người cuối cùng trên sàn!")
    expect(host.locator(".h-bell-warning")).to_contain_text("Chỉ còn một người trên sàn")
    watched.look("host-bell-vi", [LAPTOP], axe=False)
    host.keyboard.press("u")
    host.get_by_text("Chọn từng người").click()
    host.locator(".h-rescue-list label").filter(has_text="Kim Chi").click()
    watched.look("host-bell-rescue-vi", [LAPTOP])
    host.get_by_role("button", name="Cứu trợ 1 người").click()
    expect(stage.locator(".st-tile.is-r")).to_contain_text("Nguyễn Thị Kim Chi")
    expect(chi.page.locator(".bell-word")).to_contain_text("Bạn được cứu trợ!")
    projector.look("stage-bell-rescue-vi", [PROJECTOR], axe=False)
    press_big(host, "Xem sàn đấu")

    # All who were left are out by one question: it is voided. Bình plays for fun meanwhile.
    late = browsing.phone(round_.url, still=True)
    late.join("Muộn")
    press_big(host, "đọc câu 4")
    for phone in (binh, an, chi, late):
        phone.question(4)
    expect(binh.page.locator(".bell-strip")).to_contain_text("Chơi cho vui")
    binh.watched.look("phone-bell-fun-vi", [PHONE], axe=False)
    for phone, words in ((binh, RIGHT), (an, WRONG)):
        phone.page.locator("button.option", has=phone.page.get_by_text(words, exact=True)).tap()
        phone.saved()
    expect(host.locator(".h-big button")).to_contain_text("1/2 đã trả lời")
    press_big(host, "Chốt câu 4")
    expect(host.locator(".h-bell-warning")).to_contain_text("Cả 2 thí sinh còn lại đều bị loại ở câu 4")
    binh.verdict("Đúng rồi!")
    expect(late.page.locator(".bell-word")).to_contain_text("Bạn vào sau khi cuộc thi bắt đầu")
    expect(binh.page.locator(".bell-word")).to_contain_text("Bạn rời sàn ở câu 3")
    watched.look("host-bell-nobody-vi", [LAPTOP], axe=False)
    host.locator(".h-bell-warning").get_by_role("button", name="Hủy câu 4").click()
    host.locator("dialog .is-danger").click()
    expect(an.page.locator(".bell-word")).to_contain_text("Bạn vẫn trên sàn!")
    press_big(host, "Xem sàn đấu")

    ask(host, 5, {an: RIGHT, chi: WRONG})
    press_big(host, "Xem sàn đấu")
    expect(stage.locator(".st-bell-head h1")).to_have_text("Người cuối cùng trên sàn")
    press_big(host, "Rung chuông vàng")
    expect(stage.locator(".st-ringers li")).to_have_text(["An"])
    expect(an.page.locator(".card-rank")).to_contain_text("Bạn rung chuông vàng!")
    expect(chi.page.locator(".card-rank")).to_contain_text("Bạn trụ đến câu 5")
    projector.look("stage-bell-ring-vi", [PROJECTOR, SMALL_PROJECTOR])
    an.watched.look("phone-bell-won-vi", [PHONE])
    chi.watched.look("phone-bell-lasted-vi", [PHONE], axe=False)
    rows = staff.http.get(f"/api/rounds/{round_.id}/standings").json()
    assert [(row["name"], row["out_at"]) for row in rows] == [
        ("An", None),
        ("Nguyễn Thị Kim Chi", 5),
        ("Bình", 3),
        ("Muộn", 1),
    ]
    assert browsing.faults() == []


FRAME = """<!doctype html><html lang="vi" class="dark"><head><meta charset="utf-8"><title>Sàn đấu</title>
<link rel="stylesheet" href="/static/stage.css"></head><body style="margin:0;height:100vh">
<div data-preview='{shown}'></div><script src="/static/preview.js"></script></body></html>"""


def floor_of(seats: int, left: int) -> dict[str, Any]:
    """A picture of a hall after question 7: every third seat that is gone went just now."""
    step = seats / left
    lit = {int(number * step) for number in range(left)}
    signs = ["i" if seat in lit else "x" if seat % 3 == 0 else "o" for seat in range(seats)]
    went = signs.count("x")
    named = [seat for seat in range(seats) if seats <= 60 or signs[seat] == "i"]
    return {
        "t": "state", "v": 9, "round": 1, "mode": "golden_bell", "phase": "standings", "title": "Sàn", "code": "123456",
        "q": {"n": 7, "of": 45, "type": "single", "text": "?", "options": [], "seconds": 10, "left": None, "unit": None,
              "media": None, "weight": 1},
        "voided": False, "again": False, "locked": False, "auto": False, "right": ["a"], "why": None, "counts": {},
        "bell": {"left": signs.count("i"), "out": seats - signs.count("i"), "went": went, "back": 0, "rescue": False,
                 "rescue_next": False, "fun": True, "decided": False, "last": None, "winners": left},
        "join_url": "http://hoithi.example/123456", "blank": False, "paused_from": None, "seats": seats, "top": [],
        "floor": "".join(signs),
        "floor_people": [{"seat": seat + 1, "name": f"Nguyễn Văn {seat + 1}", "unit": None} for seat in named[:60]],
        "ringers": [],
    }  # fmt: skip


def _fulfil(body: str, route: Route) -> None:
    route.fulfill(content_type="text/html", body=body)


def test_halls_of_every_size_fit_the_stage(browsing: Browsing, staff: Staff) -> None:
    context = browsing.context(PROJECTOR, still=True)
    projector = browsing.watch(context.new_page())
    for seats, left in ((24, 1), (60, 31), (90, 47), (500, 180), (5_000, 12), (20_000, 8_000)):
        shown = html.escape(json.dumps({"surface": "stage", "state": floor_of(seats, left)}), quote=True)
        body = FRAME.replace("{shown}", shown)

        context.route(f"**/floor/{seats}", partial(_fulfil, body))
        projector.page.goto(f"{staff.admin}/floor/{seats}")
        expect(projector.page.locator(".st-bell-head h1")).to_be_visible()
        sizes = [PROJECTOR, SMALL_PROJECTOR] if seats == 90 else [PROJECTOR]
        projector.look(f"stage-floor-{seats}", sizes, axe=seats == 90)
    assert browsing.faults() == []
