"""A round of teams to its end, and the next one with the same people and points: phones, stage and console follow."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browsing import LAPTOP, PHONE, PROJECTOR, SMALL_PHONE, SMALL_PROJECTOR, Browsing, Phone, press_big
from tests.browser.staff import Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

TEAMS = ["Buôn Kô Tam", "Buôn Ea Sut", "Tổ công nghệ số cộng đồng thôn Ba"]
PEOPLE = [("H'Lan Niê", "Buôn Kô Tam"), ("Y Bhiu", "Buôn Ea Sut"), ("Nguyễn Thị Kim Chi", "Buôn Ea Sut")]


def question(stem: str) -> dict[str, Any]:
    return {"type": "true_false", "stem_vi": stem, "answer": ["T"], "seconds": 30}


def ask(host: Page, number: int, answers: dict[Phone, str]) -> None:
    """One question from the console's big button to its reveal."""
    press_big(host, f"đọc câu {number}" if number == 1 else f"câu {number}")
    for phone, words in answers.items():
        phone.question(number)
        phone.page.locator("button.option", has=phone.page.get_by_text(words, exact=True)).tap()
        phone.saved()
    press_big(host, f"Chốt câu {number}")
    press_big(host, "Xem xếp hạng")


def test_a_round_of_teams_and_the_next_one_with_the_same_people(
    chromium: Browser, browsing: Browsing, staff: Staff
) -> None:
    first = staff.quiz([question("VNeID là gì?"), question("Mã OTP cho ai xem?")], "Thi giữa các buôn")
    second = staff.quiz([question("Ký số là ký bằng gì?")], "Vòng chung kết")
    given = {"mode": "teams", "team_source": "list", "team_names": TEAMS, "min_team_size": 1}
    round_ = staff.round(first, **given)
    watched = browsing.watch(browsing.context(LAPTOP, storage=staff.storage()).new_page())
    host = watched.page
    host.goto(round_.console)
    projector = browsing.watch(browsing.context(PROJECTOR, still=True).new_page())
    stage = projector.page
    stage.goto(staff.http.post(f"/api/rounds/{round_.id}/stage-token").json()["url"])

    phones = [browsing.phone(round_.url, still=True) for _ in PEOPLE]
    lan, bhiu, chi = phones
    expect(lan.page.locator("#team")).to_be_visible()
    lan.join("H'Lan Niê")
    expect(lan.page.locator(".problem")).to_have_text("Bạn chọn đội của mình nhé.")
    lan.watched.look("phone-team-door-vi", [PHONE, SMALL_PHONE])
    for phone, (name, team) in zip(phones, PEOPLE, strict=True):
        phone.page.locator("#team").select_option(label=team)
        phone.join(name)
        phone.in_lobby()
        expect(phone.page.locator(".team-lines")).to_have_text(team)
    lan.watched.look("phone-team-lobby-vi", [PHONE], axe=False)

    ask(host, 1, {lan: "Đúng", bhiu: "Đúng", chi: "Sai"})
    expect(stage.locator(".st-team .st-row-name").first).to_contain_text("Buôn Kô Tam")
    expect(bhiu.page.locator(".team-lines span")).to_have_text(["Hạng 2/2 các đội", "Trung bình 500 điểm"])
    projector.look("stage-team-standings-vi", [PROJECTOR, SMALL_PROJECTOR])
    bhiu.watched.look("phone-team-standings-vi", [PHONE])
    host.keyboard.press("s")
    expect(host.locator("dialog caption")).to_have_text("Các đội")
    watched.look("host-team-standings-vi", [LAPTOP])
    host.keyboard.press("Escape")
    ask(host, 2, {lan: "Sai", bhiu: "Đúng", chi: "Đúng"})
    press_big(host, "Bục vinh quang")
    expect(stage.locator(".st-step.is-1")).to_contain_text("Buôn Ea Sut")
    projector.look("stage-team-podium-vi", [PROJECTOR, SMALL_PROJECTOR], axe=False)
    bhiu.watched.look("phone-team-final-vi", [PHONE], axe=False)
    press_big(host, "Kết thúc")
    expect(stage.locator("h1")).to_have_text(re.compile("Cảm ơn|kết thúc|Kết thúc"))
    projector.look("stage-team-finished-vi", [PROJECTOR], axe=False)
    watched.look("host-round-over-vi", [LAPTOP])

    # On with everybody: another quiz, their points in their pockets.
    host.get_by_role("link", name="Chơi tiếp với mọi người ở đây").click()
    host.select_option("select[name=quiz_id]", value=str(second))
    host.locator("label.choice", has_text="Mang điểm theo").click()
    watched.look("next-round-vi", [LAPTOP], whole=True)
    host.get_by_role("button", name="Sang vòng mới").click()
    expect(host.locator(".h-top h1")).to_have_text("Vòng chung kết")
    for phone in phones:
        phone.in_lobby()
        expect(phone.page.locator("main.lobby .title")).to_have_text("Vòng chung kết")
        expect(phone.page.locator(".chip")).to_have_text("Vòng mới, bạn không cần quét lại mã.")
    expect(stage.locator(".st-lobby-title")).to_have_text("Vòng chung kết")
    expect(stage.locator(".st-lobby-count")).to_contain_text("3")
    bhiu.watched.look("phone-next-lobby-vi", [PHONE, SMALL_PHONE])
    watched.look("host-next-lobby-vi", [LAPTOP], axe=False)

    ask(host, 1, {lan: "Đúng", bhiu: "Sai", chi: "Đúng"})
    expect(chi.page.locator(".points")).to_have_text("2.000 điểm")
    host.keyboard.press("t")
    expect(stage.locator("h1")).to_have_text("Tổng kết cả buổi")
    expect(lan.page.locator(".overall-strip")).to_contain_text("Hạng 1/3")
    projector.look("stage-overall-vi", [PROJECTOR, SMALL_PROJECTOR])
    lan.watched.look("phone-overall-vi", [PHONE], axe=False)
    watched.look("host-overall-vi", [LAPTOP], axe=False)
    host.keyboard.press("t")
    expect(host.locator(".h-control[aria-keyshortcuts=T]")).to_have_attribute("aria-pressed", "false")
    press_big(host, "Bục vinh quang")
    press_big(host, "Kết thúc")
    expect(lan.page.locator(".card-rank")).to_contain_text("Hạng 1")

    host.goto(f"{staff.admin}/rounds/{round_.id}")
    host.get_by_role("link", name="Tổng kết cả buổi").click()
    expect(host.locator("tbody").last.locator("tr").first).to_contain_text("2.000")
    watched.look("hall-vi", [LAPTOP, PHONE], whole=True)
    assert browsing.faults() == []
