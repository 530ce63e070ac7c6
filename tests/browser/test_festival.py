"""A festival in a browser: its public page, the guest's app, the stage, and the organiser's pages."""

import time
from typing import Any

import pytest
from playwright.sync_api import expect

from contest.provincial.local_time import local_day
from tests.browser.browsing import LAPTOP, PHONE, PROJECTOR, SMALL_PHONE, SMALL_PROJECTOR, Browsing
from tests.browser.staff import Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def festival(staff: Staff) -> dict[str, Any]:
    """An open festival of today, its opening and its booths live."""
    day = local_day(time.time_ns() // 1_000_000)
    body = {
        "title": "Ngày hội chuyển đổi số phường Buôn Ma Thuột",
        "first_day": day,
        "place": "Nhà văn hóa tổ dân phố 7",
        "commune": "24133",
        "intro": "Đi từng ngõ, gõ từng nhà, hướng dẫn từng người.",
        "plan": "day",
    }
    made: dict[str, Any] = staff.http.post("/api/festivals", json=body).json()
    api = f"/api/festivals/{made['id']}"
    assert staff.http.post(f"{api}/state", json={"state": "open"}).status_code == 200
    for item in made["items"]:
        if item["kind"] in ("booth", "gate"):
            step(staff, made, item, "live")
    step(staff, made, course(made)[0], "live")
    text = {"text_vi": "Xe đưa bà con về buôn ra lúc 17 giờ, ở cổng chính.", "text_en": "The bus leaves at 17:00."}
    assert staff.http.post(f"{api}/announcements", json=text).status_code == 201
    return made


def course(made: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for item in made["items"] if item["kind"] not in ("booth", "gate")]


def step(staff: Staff, made: dict[str, Any], item: dict[str, Any], state: str) -> None:
    reply = staff.http.post(f"/api/festivals/{made['id']}/items/{item['id']}/state", json={"state": state})
    assert reply.status_code == 200, reply.text


def test_a_guest_the_hall_and_the_organiser(staff: Staff, browsing: Browsing) -> None:
    made = festival(staff)
    address = f"{staff.players}/f/{made['slug']}"
    public_pages(staff, browsing, address)
    app(browsing, address)
    stage(staff, browsing, made)
    organiser(staff, browsing, made)
    assert browsing.faults() == []


def public_pages(staff: Staff, browsing: Browsing, address: str) -> None:
    for lang in ("vi", "en"):
        watched = browsing.watch(browsing.context(PHONE, still=True).new_page())
        watched.page.goto(f"{address}?lang={lang}")
        watched.look(f"festival-public-{lang}", (PHONE, LAPTOP), whole=True, axe=lang == "vi")
    watched.page.goto(f"{staff.players}/f")
    watched.look("festival-list", (PHONE,), axe=False)


def app(browsing: Browsing, address: str) -> None:
    phone = browsing.phone(f"{address}/app", still=True)
    page = phone.page
    expect(page.get_by_role("heading", name="Đang diễn ra")).to_be_visible()
    phone.watched.look("festival-now-vi", (PHONE, SMALL_PHONE))
    page.get_by_role("button", name="Nhận thẻ ngày hội").tap()
    expect(page.get_by_role("heading", name="Nhận thẻ ngày hội")).to_be_visible()
    phone.watched.look("festival-register-vi", (PHONE, SMALL_PHONE))
    page.fill("#name", "H’Thi Rya")
    page.get_by_text("Người dân").tap()
    page.get_by_text("Từ 60").tap()
    page.get_by_role("button", name="Nhận thẻ").tap()
    expect(page.get_by_text("chỉ được lưu khi bạn đồng ý")).to_be_visible()
    page.check("#agreed")
    page.get_by_role("button", name="Nhận thẻ").tap()
    expect(page.locator(".fe-card-code")).to_be_visible()
    expect(page.locator("img.fe-qr")).to_be_visible()
    phone.watched.look("festival-card-vi", (PHONE, SMALL_PHONE))
    page.get_by_role("link", name="Kỹ năng").tap()
    expect(page.get_by_text("0/5")).to_be_visible()
    phone.watched.look("festival-passport-vi", (PHONE,))
    page.get_by_role("link", name="Thẻ của tôi").tap()
    page.get_by_role("button", name="Xác nhận số điện thoại").tap()
    phone.watched.look("festival-phone-vi", (PHONE,))
    page.go_back()
    page.get_by_role("button", name="Dữ liệu của tôi").tap()
    expect(page.locator("#name")).to_have_value("H’Thi Rya")
    phone.watched.look("festival-data-vi", (PHONE,))
    page.get_by_role("button", name="Xóa tôi khỏi ngày hội").tap()
    expect(page.get_by_role("alert")).to_contain_text("không lấy lại được")
    # The card shows without a network, from what the phone has kept.
    page.get_by_role("link", name="Thẻ của tôi").tap()
    page.context.set_offline(True)
    page.evaluate("() => window.dispatchEvent(new Event('offline'))")
    expect(page.get_by_text("Thẻ của bạn vẫn dùng được")).to_be_visible()
    expect(page.locator("img.fe-qr")).to_be_visible()
    phone.watched.look("festival-card-offline-vi", (PHONE,), axe=False)
    page.context.set_offline(False)
    phone.watched.faults[:] = [fault for fault in phone.watched.faults if "ERR_INTERNET_DISCONNECTED" not in fault]
    page.get_by_role("button", name="English").tap()
    expect(page.get_by_text("Show this screen at gates and booths.")).to_be_visible()
    phone.watched.look("festival-card-en", (PHONE,), axe=False)
    page.get_by_role("link", name="Today").tap()
    phone.watched.look("festival-now-en", (PHONE,), axe=False)
    page.goto(
        page.url.split("/f/")[0]
        + "/g/"
        + page.evaluate("() => JSON.parse(localStorage['hoithi.festival.me']).guest.card")
    )
    phone.watched.look("festival-card-page", (PHONE,))


def stage(staff: Staff, browsing: Browsing, made: dict[str, Any]) -> None:
    url = staff.http.post(f"/api/festivals/{made['id']}/stage-token", json={}).json()["url"]
    # The address people type is the machine's own; here it is the loopback.
    url = staff.players + "/f/" + url.split("/f/", 1)[1]
    watched = browsing.watch(browsing.context(PROJECTOR, still=True).new_page())
    watched.page.goto(url)
    expect(watched.page.get_by_role("heading", name="Khai mạc")).to_be_visible()
    watched.look("festival-stage-item", (PROJECTOR, SMALL_PROJECTOR))
    step(staff, made, course(made)[0], "done")
    expect(watched.page.locator(".fs-idle")).to_be_visible()
    watched.look("festival-stage-idle", (PROJECTOR, SMALL_PROJECTOR))
    watched.page.keyboard.press("ArrowRight")
    expect(watched.page.locator(".fs-idle")).to_have_count(0)
    watched.page.keyboard.press("b")
    expect(watched.page.locator(".fs-blank")).to_be_visible()
    wrong = browsing.watch(browsing.context(SMALL_PROJECTOR, still=True).new_page())
    wrong.page.goto(url.split("#")[0] + "#nothing")
    expect(wrong.page.get_by_text("Liên kết màn chiếu không còn dùng được")).to_be_visible()
    wrong.page.close()
    wrong.faults[:] = [fault for fault in wrong.faults if "401" not in fault]


def organiser(staff: Staff, browsing: Browsing, made: dict[str, Any]) -> None:
    pages = {"": "hub", "/run": "run", "/items/new?kind=booth": "item", "/cards": "cards"}
    watched = browsing.watch(browsing.context(LAPTOP, storage=staff.storage("vi"), still=True).new_page())
    for path, name in pages.items():
        watched.page.goto(f"{staff.admin}/festivals/{made['id']}{path}")
        watched.look(f"festival-admin-{name}-vi", (LAPTOP, PHONE), whole=True)
    watched.page.goto(f"{staff.admin}/festivals/new")
    watched.look("festival-admin-new-vi", (LAPTOP,), whole=True)
    watched = browsing.watch(browsing.context(LAPTOP, storage=staff.storage("en"), still=True).new_page())
    for path in ("/run", ""):
        watched.page.goto(f"{staff.admin}/festivals/{made['id']}{path}")
        watched.look(f"festival-admin-{pages[path]}-en", (LAPTOP,), whole=True, axe=False)
