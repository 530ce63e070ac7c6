"""Two finals on one stage: by speed, then by the buzzer, with a watcher in the hall, to the podium."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import LAPTOP, PHONE, PROJECTOR, SMALL_PHONE, Browsing, Phone, press_big
from tests.browser.staff import Round, Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

QUESTION: dict[str, Any] = {
    "type": "single",
    "stem_vi": "Tổng đài hỗ trợ người dân của tỉnh Đắk Lắk về dịch vụ công trực tuyến là số nào?",
    "options": [{"id": key, "text_vi": text} for key, text in zip("abcd", ("1022", "113", "114", "115"), strict=True)],
    "answer": ["a"],
    "explanation_vi": "1022 là tổng đài của tỉnh, trả lời cả ngày lẫn đêm.",
    "seconds": 60,
}
NAMES = ("Nguyễn Thị Kim Chi", "Y Mek Ê Nuôl", "Khán giả Bình")


def heading(phone: Phone, words: str) -> None:
    expect(phone.page.locator(".verdict h1")).to_have_text(words)


def asked(host: Page, words: str) -> None:
    expect(host.locator(".h-shots")).to_contain_text(words)


def test_by_speed_and_by_the_buzzer_to_the_podium(browsing: Browsing, staff: Staff) -> None:
    quiz = staff.quiz([QUESTION] * 2, "Chung kết chuyển đổi số")
    round_ = staff.round(quiz, mode="duel", shuffle=False)
    watched = browsing.watch(browsing.context(LAPTOP, storage=staff.storage()).new_page())
    host = watched.page
    host.goto(round_.console)
    projector = browsing.watch(browsing.context(PROJECTOR, still=True).new_page())
    stage = projector.page
    stage.goto(round_.stage_url())
    chi, mek, watcher = phones = [browsing.phone(round_.url, still=True) for _ in NAMES]
    for phone, name in zip(phones, NAMES, strict=True):
        phone.join(name)
        phone.in_lobby()
    expect(host.locator(".h-big button")).to_contain_text("Hãy chọn thí sinh")
    host.keyboard.press("n")
    for name in NAMES[:2]:
        host.locator(".h-pick label").filter(has_text=name).click()
    watched.look("host-duel-pick-vi", [LAPTOP])
    host.get_by_role("button", name="Chọn những người này").click()
    expect(stage.locator(".st-plate")).to_have_count(2)

    press_big(host, "đọc câu 1")
    for phone in phones:
        phone.question(1)
    expect(watcher.page.locator(".duel-strip")).to_contain_text("không tính điểm")
    watcher.watched.look("phone-duel-watch-vi", [PHONE], axe=False)
    projector.look("stage-duel-speed-vi", [PROJECTOR], axe=False)
    watcher.option("1022")
    watcher.saved()
    mek.option("1022")
    mek.saved()
    chi.option("113")
    # Both finalists have answered: nobody waits for the rest of the hall.
    heading(mek, "Bạn giành điểm câu này!")
    heading(chi, "Y Mek Ê Nuôl giành điểm.")
    heading(watcher, "Y Mek Ê Nuôl giành điểm. Bạn cũng đoán đúng!")
    expect(stage.locator(".st-plate.is-took")).to_contain_text("Y Mek Ê Nuôl")
    expect(stage.locator(".st-option.is-right")).to_be_visible()
    chi.watched.look("phone-duel-result-vi", [PHONE])
    projector.look("stage-duel-speed-revealed-vi", [PROJECTOR])
    press_big(host, "Xem tỷ số")
    expect(stage.locator(".st-face").filter(has_text="Y Mek")).to_contain_text("1")
    projector.look("stage-duel-score-vi", [PROJECTOR], axe=False)
    watcher.watched.look("phone-duel-score-vi", [PHONE])

    # The hall goes on to the second final, between the two best of the first: whoever presses first speaks.
    wanted = {
        "quiz_id": quiz,
        "mode": "duel",
        "duel": "buzzer",
        "duel_points": 1,
        "reading_seconds": 0,
        "shuffle": False,
    }
    round_.command("finish")
    reply = staff.http.post(f"/api/rounds/{round_.id}/next", json=wanted)
    assert reply.status_code == 201, reply.text
    final = Round(staff, reply.json()["id"], reply.json()["code"])
    final.command("finalists", count=2)
    host.goto(final.console)
    press_big(host, "đọc câu 1")
    expect(chi.page.locator(".buzzer")).to_be_enabled()
    chi.watched.look("phone-duel-buzzer-vi", [PHONE, SMALL_PHONE])
    expect(watcher.page.locator(".duel-strip")).to_contain_text("Ai sẽ bấm chuông trước?")
    expect(watcher.page.locator(".buzzer")).to_have_count(0)
    watcher.watched.look("phone-duel-buzzer-watch-vi", [PHONE], axe=False)
    chi.page.locator(".buzzer").tap()
    expect(chi.page.locator(".buzzer.is-pressed")).to_be_visible()
    mek.page.wait_for_timeout(200)  # no photo finish
    mek.page.locator(".buzzer").tap()
    heading(chi, "Đến lượt bạn! Mời bạn trả lời.")
    heading(watcher, "Đang chờ Nguyễn Thị Kim Chi trả lời")
    expect(stage.locator(".st-speaks-name")).to_have_text("Nguyễn Thị Kim Chi")
    for page in (stage, chi.page, watcher.page):
        expect(page.locator("body")).not_to_contain_text("cả ngày lẫn đêm")
    projector.look("stage-duel-buzzer-vi", [PROJECTOR])
    chi.watched.look("phone-duel-turn-vi", [PHONE], axe=False)
    asked(host, "Nguyễn Thị Kim Chi")
    host.keyboard.press("x")
    asked(host, "Sai ✗")
    heading(mek, "Đến lượt bạn! Mời bạn trả lời.")
    watched.look("host-duel-judge-vi", [LAPTOP])
    host.keyboard.press("z")
    expect(stage.locator(".st-speaks-name")).to_have_text("Nguyễn Thị Kim Chi")
    expect(host.locator(".h-shots")).not_to_contain_text("Sai ✗")
    host.keyboard.press("x")
    host.get_by_role("button", name="Y Mek Ê Nuôl trả lời đúng").click()
    heading(mek, "Bạn giành điểm câu này!")
    expect(stage.locator(".st-option.is-right")).to_contain_text("1022")
    projector.look("stage-duel-buzzer-revealed-vi", [PROJECTOR], axe=False)
    # The goal is reached: the second question is not asked.
    press_big(host, "Xem tỷ số")
    expect(stage.locator(".st-standings h1")).to_have_text("Thắng cuộc: Y Mek Ê Nuôl")
    press_big(host, "Bục vinh quang")
    expect(stage.locator(".st-step.is-1")).to_contain_text("Y Mek Ê Nuôl")
    expect(mek.page.locator(".card-rank")).to_contain_text("1")
    press_big(host, "Kết thúc")
    expect(watcher.page.locator("h1")).to_have_text("Thắng cuộc: Y Mek Ê Nuôl")
    watcher.watched.look("phone-duel-over-vi", [PHONE], axe=False)
    rows = final.get("/standings")
    assert [(row["name"], row["points"]) for row in rows] == [(NAMES[1], 1), (NAMES[0], 0)]
    assert browsing.faults() == []
