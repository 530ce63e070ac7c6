"""Reactions and sounds: off until the host wants them, seen by the hall, silenced by one key."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browsing import LAPTOP, PHONE, PROJECTOR, Browsing
from tests.browser.staff import Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]


def test_a_hall_that_claps(chromium: Browser, browsing: Browsing, staff: Staff) -> None:
    question = {"type": "true_false", "stem_vi": "Mật khẩu nên khó đoán?", "answer": ["T"]}
    round_ = staff.round(staff.quiz([question], "Hội thi có tiếng cồng chiêng"))
    watched = browsing.watch(browsing.context(LAPTOP, storage=staff.storage()).new_page())
    host = watched.page
    host.goto(round_.console)
    projector = browsing.watch(browsing.context(PROJECTOR, still=False).new_page())
    stage = projector.page
    stage.goto(staff.http.post(f"/api/rounds/{round_.id}/stage-token").json()["url"])
    phone = browsing.phone(round_.url, still=True)
    phone.join("Bình")
    phone.in_lobby()

    expect(phone.page.locator(".reactions")).to_have_count(0)
    expect(stage.locator(".st-sound")).to_have_text("Bấm một phím bất kỳ để có âm thanh")
    stage.keyboard.press("Shift")
    expect(stage.locator(".st-sound")).to_have_text("Âm thanh: bật. Phím M để tắt")
    stage.keyboard.press("m")
    expect(stage.locator(".st-sound")).to_have_text("Âm thanh: tắt. Phím M để bật")
    stage.keyboard.press("m")
    expect(stage.locator(".st-sound")).to_have_text("Âm thanh: bật. Phím M để tắt")

    host.keyboard.press("e")
    expect(phone.page.locator("button.reaction")).to_have_count(4)
    phone.watched.look("phone-reactions-vi", [PHONE])
    phone.page.get_by_role("button", name="Vỗ tay").tap()
    sign = stage.locator(".st-reactions .is-clap").first
    expect(sign).to_be_visible()
    projector.look("stage-reactions-vi", [PROJECTOR], axe=False)
    watched.look("host-reactions-vi", [LAPTOP])
    host.keyboard.press("m")
    expect(stage.locator(".st-sound")).to_have_text("Âm thanh: tắt từ bàn điều khiển")
    host.keyboard.press("e")
    expect(phone.page.locator(".reactions")).to_have_count(0)
