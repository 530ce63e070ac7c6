"""The hall's own words between two questions: moderated, growing on the stage; and a question nobody had prepared."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.browsing import LAPTOP, PHONE, PROJECTOR, SMALL_PHONE, SMALL_PROJECTOR, Browsing, Phone, press_big
from tests.browser.staff import Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

QUIZ: list[dict[str, Any]] = [
    {
        "type": "poll",
        "stem_vi": "Bạn muốn học buổi nào?",
        "options": [{"id": "a", "text_vi": "Buổi sáng"}, {"id": "b", "text_vi": "Buổi tối"}],
        "answer": [],
        "seconds": 60,
    },
    {"type": "cloud", "stem_vi": "Ba từ nói về chuyển đổi số ở buôn làng mình?", "words": 3, "seconds": 60},
]
LONG = "Tiết kiệm thời gian đi lại"
SENT = (("Tiện lợi", "Nhanh", LONG), ("tien loi", "đồ chó", "NHANH"))
"""The third person keeps silent, and the question open."""


def send(phone: Phone, words: tuple[str, ...]) -> None:
    fields = phone.page.locator(".is-cloud .words")
    expect(fields).to_have_count(3)
    for place, word in enumerate(words):
        fields.nth(place).fill(word)
    phone.done()
    phone.saved()


def test_a_poll_a_moderated_cloud_and_a_quick_question(browsing: Browsing, staff: Staff) -> None:
    round_ = staff.round(staff.quiz(QUIZ, "Ý kiến hội trường"), shuffle=False)
    watched = browsing.watch(browsing.context(LAPTOP, storage=staff.storage()).new_page())
    host = watched.page
    host.goto(round_.console)
    projector = browsing.watch(browsing.context(PROJECTOR, still=True).new_page())
    stage = projector.page
    stage.goto(round_.stage_url())
    phones = [browsing.phone(round_.url, still=True) for _ in range(3)]
    for number, phone in enumerate(phones):
        phone.join(f"Bạn {number}")
        phone.in_lobby()

    press_big(host, "đọc câu 1")
    for phone, option in zip(phones, ("Buổi sáng", "Buổi tối", "Buổi tối"), strict=True):
        phone.option(option)
        phone.saved()
    press_big(host, "Chốt câu 1")
    expect(stage.locator(".st-option").filter(has_text="Buổi tối")).to_contain_text("67 %")
    phones[0].verdict("Cảm ơn bạn đã góp ý!")
    press_big(host, "Xem xếp hạng")

    press_big(host, "đọc câu 2")
    phones[0].question(2)
    phones[0].watched.look("phone-cloud-open-vi", [PHONE, SMALL_PHONE])
    expect(stage.locator(".st-cloud")).to_contain_text("Bạn gõ vài từ trên điện thoại.")
    for phone, words in zip(phones, SENT, strict=False):
        send(phone, words)
    listed = host.locator(".h-words li")
    expect(listed).to_have_count(4)
    expect(listed.nth(1)).to_contain_text("Tiện lợi")
    assert "chó" not in stage.locator("body").inner_text()
    watched.look("host-cloud-vi", [LAPTOP])
    host.get_by_role("button", name="Hiện từ Tiện lợi").click()
    expect(stage.locator(".st-word")).to_have_text(["Tiện lợi"])
    host.get_by_role("button", name="Cho hiện 2 từ lành").click()
    expect(stage.locator(".st-word")).to_have_count(3)
    projector.look("stage-cloud-open-vi", [PROJECTOR, SMALL_PROJECTOR])

    # Meanwhile the host thinks of something to ask the hall.
    host.keyboard.press("h")
    host.get_by_label("Câu hỏi", exact=True).fill("Nghỉ giải lao bây giờ nhé?")
    host.get_by_label("Phương án A").fill("Đồng ý")
    host.get_by_label("Phương án B").fill("Làm tiếp đã")
    watched.look("host-quick-vi", [LAPTOP])
    host.get_by_role("button", name="Đưa vào ngay sau câu này").click()
    expect(host.locator(".h-notice")).to_contain_text("Đã đưa câu hỏi vào.")
    phones[0].question(2, of=3)
    press_big(host, "Chốt câu 2")
    expect(phones[0].page.locator(".cloud li")).to_have_count(3)
    expect(phones[0].page.locator(".cloud li").first).to_have_text("Nhanh")
    host.get_by_role("button", name=f"Ẩn từ {LONG}").click()
    expect(phones[1].page.locator(".cloud li")).to_have_count(2)
    expect(stage.locator(".st-word")).to_have_count(2)
    phones[1].watched.look("phone-cloud-revealed-vi", [PHONE])
    projector.look("stage-cloud-revealed-vi", [PROJECTOR], axe=False)
    press_big(host, "Xem xếp hạng")

    press_big(host, "đọc câu 3")
    phones[0].question(3)
    expect(stage.locator(".st-stem")).to_have_text("Nghỉ giải lao bây giờ nhé?")
    phones[0].option("Đồng ý")
    phones[0].saved()
    press_big(host, "Chốt câu 3")
    press_big(host, "Xem xếp hạng")
    press_big(host, "Bục vinh quang")
    press_big(host, "Kết thúc")
    document = staff.http.get(f"/api/rounds/{round_.id}/export.json").json()
    assert {row["word"]: row["decision"] for row in document["clouds"]}[LONG] == "hidden"
    assert [row["chosen"] for row in document["polls"]] == [1, 2, 1, 0]
    assert browsing.faults() == []
