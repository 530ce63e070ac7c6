"""What a hall does together, in browsers: a poll, a word cloud with its moderation, a pledge, and a launch by three."""

import json
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from contest.provincial.local_time import local_day
from tests.browser.browsing import (
    LAPTOP,
    PHONE,
    PROJECTOR,
    SMALL_PHONE,
    SMALL_PROJECTOR,
    Browsing,
    Phone,
    Watched,
)
from tests.browser.staff import Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

NOW = int(time.time() * 1000)
DAY = local_day(NOW)
QUESTION = "Bạn đã tự nộp hồ sơ trên Cổng Dịch vụ công quốc gia lần nào chưa?"
POLL = {
    "mode": "options",
    "question": QUESTION,
    "options": [
        {"id": "a", "text": "Rồi, tự làm được"},
        {"id": "b", "text": "Rồi, nhờ người khác làm giúp"},
        {"id": "c", "text": "Chưa bao giờ"},
    ],
}
WORDS = {"mode": "words", "question": "Với bạn, chuyển đổi số là gì?"}
PLEDGE = {
    "texts": ["Tôi cam kết mỗi tháng giúp một người thân dùng dịch vụ công trực tuyến và không chia sẻ mã OTP cho ai."]
}
LAUNCH = {"hold_s": 2, "slogan": "Bình dân học vụ số: đi từng ngõ, gõ từng nhà", "crowd": True}
DELEGATES = (("Bà H’Yim Kđoh", "Bàn giữa"), ("Ông Nguyễn Văn Tuấn", "Bàn trái"), ("Y Sưng Phê Ja", "Bàn phải"))
SAID = (
    ("tiện lợi", "nhanh", "minh bạch"),
    ("Tiện lợi", "an toàn"),
    ("Nhanh", "tien loi", "gần dân"),
    ("dễ dùng", "tiện lợi"),
)


class Hall:
    """A festival set up through the API, and who looks at it."""

    def __init__(self, staff: Staff, browsing: Browsing) -> None:
        self.staff, self.browsing = staff, browsing
        made = self.post("/api/festivals", title="Ngày hội số Ea Kao", first_day=DAY, place="Nhà văn hóa")
        self.id, self.slug = made["id"], made["slug"]
        self.items = {
            name: self.post(f"/api/festivals/{self.id}/items", kind=kind, title=title, starts_at=NOW, settings=given)
            for name, kind, title, given in (
                ("poll", "poll", "Hỏi nhanh cả hội trường", POLL),
                ("words", "poll", "Đám mây từ", WORDS),
                ("pledge", "pledge", "Ký cam kết đồng hành cùng người dân", PLEDGE),
                ("launch", "launch", "Phát động phong trào Bình dân học vụ số", LAUNCH),
            )
        }
        self.post(f"/api/festivals/{self.id}/state", state="open")
        self.api = f"{staff.players}/api/festivals/{self.slug}"

    def post(self, path: str, **body: Any) -> Any:
        reply = self.staff.http.post(path, json=body)
        assert reply.status_code < 300, (path, reply.text)
        return reply.json()

    def of(self, name: str) -> str:
        return f"/api/festivals/{self.id}/items/{self.items[name]['id']}"

    def act(self, name: str) -> dict[str, Any]:
        return dict(self.staff.http.get(self.of(name) + "/act").json())

    def done(self, name: str) -> None:
        self.post(self.of(name) + "/state", state="done")

    def desk_url(self, name: str) -> str:
        return f"{self.staff.admin}/festivals/{self.id}/acts/{self.items[name]['id']}"

    def own(self, url: str) -> str:
        """A link as told to others, at the address the browser knows the platform by."""
        return self.staff.players + url[url.index("/f/") :]

    def guest(self, name: str) -> Phone:
        """A phone that has taken a card."""
        phone = self.browsing.phone(f"{self.staff.players}/f/{self.slug}/app")
        phone.page.evaluate(
            "([url, body]) => fetch(url, {method: 'POST', headers: {'Content-Type': 'application/json'}, body})",
            [f"{self.api}/hello", json.dumps({"name": name})],
        )
        phone.page.reload()
        return phone

    def look_now(self, phone: Phone) -> None:
        """The phone asks at once, as when a network comes back."""
        phone.page.evaluate("() => dispatchEvent(new Event('online'))")

    def more(self, name: str, path: str, bodies: list[dict[str, Any]]) -> None:
        """Guests who only send."""
        sender = self.browsing.context(PHONE).new_page()
        sender.goto(f"{self.staff.players}/f/{self.slug}")
        sender.evaluate(
            """async ([api, path, bodies]) => {
              const post = (url, body) => fetch(url, {
                method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
              });
              let number = 0;
              for (const body of bodies) {
                await post(api + "/hello", {name: body.name || "Khách"});
                delete body.name;
                const told = await post(api + path, {...body, id: "browser-" + Date.now() + "-" + number++});
                if (!told.ok) throw new Error(await told.text());
              }
            }""",
            [self.api, f"/acts/{self.items[name]['id']}{path}", bodies],
        )
        sender.close()


@pytest.fixture
def hall(staff: Staff, browsing: Browsing) -> Hall:
    return Hall(staff, browsing)


def stage_of(hall: Hall) -> Watched:
    url = hall.own(hall.post(f"/api/festivals/{hall.id}/stage-token")["url"])
    page = hall.browsing.context(PROJECTOR).new_page()
    page.goto(url)
    return hall.browsing.watch(page)


def desk_of(hall: Hall) -> Watched:
    page = hall.browsing.context(LAPTOP, storage=hall.staff.storage()).new_page()
    return hall.browsing.watch(page)


def center(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_hall_votes_writes_and_signs(hall: Hall, browsing: Browsing) -> None:
    stage, desk = stage_of(hall), desk_of(hall)
    desk.page.goto(f"{hall.staff.admin}/festivals/{hall.id}/acts")
    desk.look("acts-list", (LAPTOP, PHONE))

    # The poll: opened by the space bar, changed once, closed.
    desk.page.goto(hall.desk_url("poll"))
    desk.page.keyboard.press("Space")
    expect(desk.page.get_by_text("Đóng và công bố kết quả")).to_be_visible()
    phone = hall.guest("H’Thi Rya")
    phone.option("Chưa bao giờ")
    expect(phone.page.locator(".act-fate.is-saved")).to_be_visible()
    phone.option("Rồi, nhờ người khác")
    expect(phone.page.locator(".act-fate.is-saved")).to_be_visible()
    phone.watched.look("acts-poll", (PHONE, SMALL_PHONE))
    hall.more("poll", "/vote", [{"choices": [choice]} for choice in "aabca"])
    expect(stage.page.locator(".sc-foot b")).to_have_text("6")
    stage.look("acts-stage-poll", (PROJECTOR, SMALL_PROJECTOR))
    desk.page.reload()
    desk.look("acts-desk-poll", (LAPTOP, PHONE))
    desk.page.get_by_text("Đóng và công bố kết quả").click()
    hall.look_now(phone)
    expect(phone.page.locator(".act-percent").first).to_have_text("50 %")
    phone.watched.look("acts-poll-result", (PHONE,), axe=False)
    assert hall.act("poll")["counts"] == {"a": 3, "b": 2, "c": 1}
    hall.done("poll")

    # The cloud: sent without a network, held back by the filter, let through by keys.
    hall.post(hall.of("words") + "/open")
    hall.look_now(phone)
    expect(phone.page.locator("#word-0")).to_be_visible()
    phone.page.fill("#word-0", "tiện lợi")
    phone.page.fill("#word-1", "gần dân")
    phone.watched.look("acts-words", (PHONE, SMALL_PHONE))
    phone.page.context.set_offline(True)
    phone.page.get_by_role("button", name="Gửi").tap()
    expect(phone.page.locator(".act-fate")).to_contain_text("vẫn được giữ")
    phone.page.context.set_offline(False)
    expect(phone.page.locator(".act-fate.is-saved")).to_be_visible()
    phone.watched.look("acts-words-sent", (PHONE,), axe=False)
    hall.more("words", "/words", [{"words": list(words)} for words in SAID] + [{"words": ["lồn"]}])
    desk.page.goto(hall.desk_url("words"))
    desk.look("acts-desk-words", (LAPTOP, PHONE))
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("d")
    expect(desk.page.locator(".act-words").nth(1)).to_contain_text("tiện lợi")
    desk.page.get_by_text("Duyệt tất cả").click()
    expect(desk.page.locator(".act-words").nth(0)).to_contain_text("bộ lọc giữ lại")
    for spoken, key in (("minh bạch", "g"), ("an toàn", "g")):
        desk.page.locator("[data-word]").filter(has_text=spoken).focus()
        # The next key on the page before would call its own reload off, and the form with it.
        with desk.page.expect_navigation():
            desk.page.keyboard.press(key)
    expect(desk.page.locator("[data-word]").filter(has_text="minh bạch")).to_have_count(0)
    expect(stage.page.locator(".sc-word")).to_have_count(5)
    stage.page.wait_for_timeout(300)
    stage.look("acts-stage-cloud", (PROJECTOR, SMALL_PROJECTOR))
    assert "lồn" not in stage.page.inner_text("body")
    hall.post(hall.of("words") + "/close")
    hall.look_now(phone)
    expect(phone.page.locator(".act-said li").first).to_contain_text("tiện lợi")
    hall.done("words")

    # The pledge: by the guest, by others, by a unit at the desk.
    hall.post(hall.of("pledge") + "/open")
    hall.look_now(phone)
    phone.page.get_by_text("Cho hiện tên tôi").tap()
    phone.watched.look("acts-pledge", (PHONE, SMALL_PHONE))
    phone.page.get_by_role("button", name="Ký cam kết").tap()
    expect(phone.page.locator(".act-fate.is-saved")).to_be_visible()
    names = ("Y Mek Ê Nuôl", "Nguyễn Thị Hoàng Anh Thư", "Ra Lan Trương Thanh Hà", "Lê Bảy", "Bạn ẩn danh")
    hall.more("pledge", "/pledge", [{"name": name, "agreed": name != "Bạn ẩn danh"} for name in names])
    desk.page.goto(hall.desk_url("pledge"))
    desk.page.get_by_label("Tên đơn vị").fill("Đoàn Thanh niên xã Ea Kao")
    desk.page.get_by_label("Người đại diện").fill("Y Sưng Phê Ja")
    desk.page.get_by_label("Chức vụ").fill("Bí thư")
    desk.page.get_by_role("button", name="Ghi nhận chữ ký").click()
    expect(desk.page.locator("ul.cards")).to_contain_text("Đoàn Thanh niên xã Ea Kao")
    desk.look("acts-desk-pledge", (LAPTOP, PHONE), whole=True)
    expect(stage.page.locator(".sc-total")).to_have_text("7")
    expect(stage.page.locator(".sc-units li")).to_have_text("Đoàn Thanh niên xã Ea Kao")
    stage.page.wait_for_timeout(500)
    stage.look("acts-stage-pledge", (PROJECTOR, SMALL_PROJECTOR))
    with desk.page.expect_download() as got:
        desk.page.get_by_text("Danh sách Excel").click()
    assert got.value.suggested_filename.endswith(".xlsx")
    phone.page.get_by_role("button", name="Rút chữ ký").tap()
    phone.watched.look("acts-pledge-signed", (PHONE,), axe=False)
    phone.page.locator(".act-sure .quiet").tap()
    expect(phone.page.get_by_role("button", name="Ký cam kết")).to_be_visible()
    assert (hall.act("pledge")["people"], hall.act("pledge")["units"]) == (5, 1)
    desk.page.goto(hall.desk_url("poll") + "/settings")
    desk.look("acts-settings-poll", (LAPTOP, PHONE))
    faults = [fault for fault in browsing.faults() if "ERR_INTERNET_DISCONNECTED" not in fault]
    assert faults == [], "\n".join(faults)


def test_three_delegates_launch_together(hall: Hall, browsing: Browsing) -> None:
    stage, desk = stage_of(hall), desk_of(hall)
    desk.page.goto(hall.desk_url("launch") + "/settings")
    for number, (name, place) in enumerate(DELEGATES, 1):
        desk.page.fill(f"[name=name_{number}]", name)
        desk.page.fill(f"[name=place_{number}]", place)
    desk.page.get_by_role("button", name="Lưu cài đặt").click()
    expect(desk.page.get_by_text("Đã lưu.")).to_be_visible()
    desk.look("acts-settings-launch", (LAPTOP, PHONE), whole=True)
    desk.page.goto(hall.desk_url("launch"))
    desk.page.get_by_role("button", name="Tạo liên kết", exact=True).first.click()
    links = [desk.page.locator("[data-link]").inner_text().strip()]
    desk.look("acts-link", (LAPTOP, PHONE), axe=False)
    for delegate in hall.act("launch")["launch"]["delegates"][1:]:
        links.append(hall.post(hall.of("launch") + f"/delegates/{delegate['id']}/link")["url"])
    phones = [browsing.phone(hall.own(link)) for link in links]
    desk.page.goto(hall.desk_url("launch"))
    hall.post(hall.of("launch") + "/state", state="live")
    expect(stage.page.locator(".sc-rings li.is-present")).to_have_count(3)
    phones[0].watched.look("acts-delegate-waiting", (PHONE, SMALL_PHONE))
    desk.look("acts-desk-launch", (LAPTOP, PHONE))
    expect(desk.page.get_by_text("Có mặt: 3/3")).to_be_visible()
    desk.page.get_by_role("button", name="Cho phép bấm nút").click()
    guest = hall.guest("H’Thi Rya")
    expect(guest.page.locator(".hold:enabled")).to_be_visible()
    guest.watched.look("acts-crowd", (PHONE,), axe=False)

    for phone in phones:
        expect(phone.page.locator(".hold:enabled")).to_be_visible()
    for phone in phones[:2]:
        phone.page.mouse.move(*center(phone.page, ".hold"))
        phone.page.mouse.down()
    expect(stage.page.get_by_text("Còn 1 đại biểu chưa giữ nút")).to_be_visible()
    expect(phones[0].page.get_by_text("Còn 1 đại biểu")).to_be_visible()
    stage.look("acts-stage-launch", (PROJECTOR, SMALL_PROJECTOR))
    expect(desk.page.get_by_text("Còn 1 đại biểu chưa giữ nút")).to_be_visible()
    desk.look("acts-desk-armed", (LAPTOP,), axe=False)
    assert hall.act("launch")["state"] == "armed"
    phones[0].page.mouse.up()
    expect(stage.page.get_by_text("Còn 2 đại biểu chưa giữ nút")).to_be_visible()
    phones[0].page.mouse.down()
    guest.page.mouse.move(*center(guest.page, ".hold"))
    guest.page.mouse.down()
    phones[2].page.mouse.move(*center(phones[2].page, ".hold"))
    phones[2].page.mouse.down()
    expect(stage.page.locator(".sc-count")).to_be_visible()
    expect(stage.page.locator(".sc-fired h1")).to_have_text(LAUNCH["slogan"])
    stage.page.wait_for_timeout(1200)
    stage.look("acts-stage-burst", (PROJECTOR,), axe=False)
    for phone in phones:
        expect(phone.page.locator(".launch-fired h1")).to_have_text(LAUNCH["slogan"])
    phones[0].watched.look("acts-delegate-done", (PHONE,), axe=False)
    hall.look_now(guest)
    expect(guest.page.locator(".act-fired")).to_be_visible()
    stage.page.reload()
    expect(stage.page.locator(".sc-fired h1")).to_be_visible()
    stage.look("acts-stage-slogan", (PROJECTOR,), axe=False)
    desk.page.reload()
    expect(desk.page.get_by_text("Các đại biểu đã cùng giữ nút.")).to_be_visible()
    assert hall.act("launch")["launch"]["state"] == "fired"
    assert browsing.faults() == [], "\n".join(browsing.faults())
