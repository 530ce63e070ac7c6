"""A lucky draw in browsers: the rule, the freeze, the digits, the drum, an absent winner, the minutes, the check."""

import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from contest.database import Database
from contest.festival import identity
from contest.festival.tables import festivals
from contest.tickets import digest
from tests.browser.browsing import LAPTOP, PHONE, PICTURES, PROJECTOR, SMALL_PROJECTOR, Browsing, Phone, Watched
from tests.browser.contests import run
from tests.browser.staff import Staff
from tests.contest.festival.draw_support import T0, Day, festival_day

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

GROUPS = ("31415", "92653", "58979", "32384", "62643", "38327", "95028", "84197")
NAMES = (
    "Nguyễn Thị Thanh Hương", "Y Mek Ê Nuôl", "H’Thi Rya", "Trần Văn Bình", "Ra Lan Trương Thanh Hà", "Lê Quốc Cường",
    "Phạm Minh Đức", "H’Yim Kđoh", "Võ Thị Sáu", "Y Sưng Phê Ja", "Đặng Thu Thảo", "Bùi Văn Long",
)  # fmt: skip


def token(day: Day) -> str:
    """What opens the stage: each try of this test has its own festival."""
    return f"stage-of-{day.slug}"


def prepared(staff: Staff) -> tuple[Day, list[str]]:
    """A festival with guests, the secrets of two phones, and a stage."""

    async def make(db: Database) -> tuple[Day, list[str]]:
        day = await festival_day(db, f"boc-tham-{secrets.token_hex(3)}")
        for number in range(48):
            await day.guest(NAMES[number % len(NAMES)], skills=4)
        short = await day.guest("Còn Thiếu", skills=1)
        async with db.write() as writer:
            await writer.execute(
                update(festivals).where(festivals.c.id == day.festival_id).values(stage_token_hash=digest(token(day)))
            )
            opened = [await identity.open_session(writer, one.id, T0) for one in (day.guests[0], short)]
        return day, opened

    return run(staff, make)


class Hall:
    """The organiser's browser, the projector, and phones."""

    def __init__(self, browsing: Browsing, staff: Staff, day: Day) -> None:
        self.browsing, self.staff, self.day = browsing, staff, day
        context = browsing.context(LAPTOP, storage=staff.storage())
        self.organiser = browsing.watch(context.new_page())
        self.admin = self.organiser.page

    def stage(self, *, still: bool = False) -> Watched:
        watched = self.browsing.watch(self.browsing.context(PROJECTOR, still=still).new_page())
        watched.page.goto(f"{self.staff.players}/f/{self.day.slug}/stage#{token(self.day)}")
        return watched

    def guest(self, secret: str) -> Phone:
        context = self.browsing.context(PHONE, touch=True)
        context.add_cookies([{"name": "hoithi_guest", "value": secret, "url": self.staff.players}])
        return self.browsing.phone_in(context, f"{self.staff.players}/f/{self.day.slug}/app")

    def prepare(self) -> None:
        """A rule and prizes, by hand."""
        page = self.admin
        page.goto(f"{self.staff.admin}/festivals/{self.day.festival_id}/draws")
        page.get_by_label("Tên").fill("Bốc thăm cuối ngày hội")
        self.organiser.look("draw-admin-list", [LAPTOP])
        page.get_by_role("button", name="Tạo").click()
        page.get_by_label("Kỹ năng đã xác nhận").select_option("3")
        page.locator("input[name=listed]").check()
        for row, (name, count, value, sponsor) in enumerate(
            (("Khuyến khích", "3", "200.000", "VNPT Đắk Lắk"), ("Giải Nhất", "1", "5.000.000", ""))
        ):
            for field, text in (("name", name), ("count", count), ("value", value), ("sponsor", sponsor)):
                page.locator(f"input[name=prize_{field}]").nth(row).fill(text)
        page.locator("select[name=prize_together]").nth(0).select_option("yes")
        page.get_by_role("button", name="Lưu").click()
        expect(page.locator(".draw-big")).to_have_text("48 người đủ điều kiện lúc này")
        self.organiser.look("draw-admin-draft", [LAPTOP, PHONE], whole=True)

    def freeze(self) -> None:
        """The count is typed; the source named in the same act."""
        page = self.admin
        page.locator("select[name=source]").select_option("stage")
        page.locator("input[name=source_name]").fill("10 quả bóng đánh số, 8 đại biểu thay nhau bốc")
        page.locator("input[name=count]").fill("48")
        page.get_by_role("button", name="Chốt danh sách").click()
        expect(page.locator(".draw-announced")).to_be_visible()

    def type_digits(self, groups: tuple[str, ...]) -> None:
        for group in groups:
            form = self.admin.locator('form[action$="/type"]')
            if not form.locator("input[name=typist]").input_value():
                form.locator("input[name=typist]").fill("Lan Anh")
            form.locator("textarea").fill(group)
            form.get_by_role("button").click()
            expect(self.admin.locator(".digit-row span").last).to_have_text(group)

    def confirm(self, digits: str) -> None:
        form = self.admin.locator('form[action$="/confirm"]')
        form.locator("input[name=typist]").fill("Y Ngông Niê")
        form.locator("textarea").fill(digits)
        form.get_by_role("button").click()

    def big(self, words: str) -> None:
        """The space bar, once the big button promises `words`."""
        expect(self.admin.locator("[data-big]")).to_contain_text(words)
        self.admin.wait_for_load_state("load")
        self.admin.locator("body").press(" ")


def no_faults(browsing: Browsing) -> None:
    # Refusals are answers that the console tells of.
    faults = [fault for fault in browsing.faults() if "the server responded with a status of 409" not in fault]
    assert faults == [], "\n".join(faults)


def test_a_draw_from_the_rule_to_the_check(browsing: Browsing, staff: Staff, tmp_path: Path) -> None:
    day, (secret, short) = prepared(staff)
    hall = Hall(browsing, staff, day)
    hall.prepare()
    waiting = hall.guest(short)
    expect(waiting.page.locator(".act-draw-points li:not(.is-met)")).to_contain_text("Còn thiếu 2 kỹ năng")
    waiting.watched.look("draw-phone-missing", [PHONE], whole=True)
    hall.freeze()
    hall.organiser.look("draw-admin-frozen", [LAPTOP], whole=True)
    public = hall.admin.locator("dl.facts a").get_attribute("href")
    assert public is not None
    public = staff.players + public[public.index("/f/") :]
    stage = hall.stage()
    expect(stage.page.locator(".dr-count b")).to_have_text("48")
    stage.look("draw-stage-pool", [PROJECTOR, SMALL_PROJECTOR])

    hall.admin.get_by_role("button", name="Mở bàn điều khiển").click()
    hall.type_digits(GROUPS[:5])
    expect(stage.page.locator(".dr-digits span")).to_have_count(5)
    stage.look("draw-stage-digits", [PROJECTOR, SMALL_PROJECTOR])
    hall.type_digits(GROUPS[5:])
    hall.confirm("".join(GROUPS)[:-3] + "999")
    expect(hall.admin.locator("table.differ tr.wrong")).to_contain_text("84197")
    hall.organiser.look("draw-host-differ", [LAPTOP], whole=True)
    hall.confirm(" ".join(GROUPS))
    expect(stage.page.locator(".dr-digits.is-sealed")).to_be_visible()

    # Three at once, under a turning drum that ends on the first of them.
    hall.big("Quay Khuyến khích")
    expect(stage.page.locator(".dr-reel")).to_be_visible()
    stage.look("draw-stage-drum", [PROJECTOR, SMALL_PROJECTOR])
    hall.organiser.look("draw-host-spinning", [LAPTOP])
    hall.big("Dừng và công bố")
    first = hall.admin.locator(".called .ticket").first.inner_text()
    expect(stage.page.locator(".dr-called li, .dr-winner")).to_have_count(3)
    assert first in stage.page.locator(".dr-called").inner_text()
    stage.look("draw-stage-called", [PROJECTOR])
    stage.page.close()
    stage = hall.stage(still=True)
    hall.organiser.look("draw-host-called", [LAPTOP], whole=True)
    hall.admin.locator("select[name=reason]").first.select_option("no_show")
    hall.admin.get_by_role("button", name="Vắng, gọi người kế tiếp").first.click()
    expect(stage.page.locator(".dr-rest .is-absent code")).to_have_text(first)
    hall.big("Tất cả có mặt")
    for prize in ("Khuyến khích", "Giải Nhất"):
        hall.big(f"Quay {prize}")
        hall.big("Dừng và công bố")
        expect(stage.page.locator(".dr-winner.is-called")).to_be_visible()
        hall.big("Có mặt")
        expect(stage.page.locator(".dr-winner.is-present")).to_be_visible()
    stage.look("draw-stage-winner", [PROJECTOR, SMALL_PROJECTOR])
    lucky = hall.guest(secret)
    expect(lucky.page.locator(".act-draw-ticket")).to_be_visible()
    lucky.watched.look("draw-phone-ticket", [PHONE], whole=True)
    hall.big("Kết thúc bốc thăm")
    expect(stage.page.locator(".dr-lists section")).to_have_count(2)
    stage.look("draw-stage-winners", [PROJECTOR, SMALL_PROJECTOR])
    hall.admin.locator(".crumbs a").last.click()
    hall.admin.get_by_role("button", name="Chính chủ nhận").first.click()
    with hall.admin.expect_download() as minutes:
        hall.admin.get_by_role("link", name="Biên bản bốc thăm (PDF)").click()
    minutes.value.save_as(PICTURES / "draw-minutes.pdf")
    assert (PICTURES / "draw-minutes.pdf").read_bytes().startswith(b"%PDF")
    check_in_the_browser(browsing, public, tmp_path)
    no_faults(browsing)


def check_in_the_browser(browsing: Browsing, public: str, tmp_path: Path) -> None:
    """Anybody's phone recomputes the draw, and refuses a pool that was changed."""
    visitor = browsing.phone(public)
    page: Page = visitor.page
    expect(page.locator(".steps li.done")).to_have_count(5)
    page.get_by_role("button", name="Tính lại ngay").click()
    expect(page.locator(".dc-word")).to_have_text("KHỚP")
    visitor.watched.look("draw-public", [PHONE, LAPTOP], whole=True)
    with page.expect_download() as pool:
        page.get_by_role("link", name="pool.txt").click()
    changed = tmp_path / "pool.txt"
    changed.write_text(Path(pool.value.path()).read_text() + "AAAABBBB\n")
    page.set_input_files("input[type=file]", changed)
    expect(page.locator(".dc-word")).to_have_text("KHÔNG KHỚP")
    visitor.watched.look("draw-public-refused", [PHONE], whole=True)
