"""Staff phones, conflicts, passport and quiz in a browser: cut off, reloaded, in two tabs; nothing lost or doubled."""

import json
import random
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import segno
from playwright.sync_api import Page, expect
from sqlalchemy import insert, select

from contest.clock import SystemClock
from contest.database import Database
from contest.festival import guests, identity, scans_recount
from contest.festival.cards import ALPHABET, new_card, parse_card, shown
from contest.festival.model import Guest, GuestLevel
from contest.festival.scans_recount import base_of
from contest.festival.tables import festivals, live_events, skill_quizzes
from contest.provincial.local_time import local_day
from contest.skills import Skill
from contest.statistics.facts import FactKind
from contest.statistics.tables import participation_facts
from tests.browser.browsing import LAPTOP, PHONE, SMALL_PHONE, Browsing, Phone
from tests.browser.contests import run
from tests.browser.staff import Staff

pytestmark = pytest.mark.browser
NETWORK = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "Failed to fetch", "409", "422")
"""What a phone without a network rightly complains of, and refusals that were provoked."""
DAY = 86_400_000


@dataclass
class Grounds:
    staff: Staff
    id: int
    slug: str
    posts: dict[str, int]
    people: list[Guest]
    blank: Guest

    def pair(self, role: str, post: str) -> str:
        """The link of a new phone, by the API for automation."""
        body = {"label": f"Máy {post}", "role": role, "post": self.posts[post]}
        reply = self.staff.http.post(f"/api/festivals/{self.id}/staff-phones", json=body)
        assert reply.status_code == 201, reply.text
        assert reply.headers["cache-control"] == "no-store"
        return str(reply.json()["url"])

    def facts(self) -> dict[tuple[str, str], int]:
        """What the ledger says stands, which must be what the scans say."""

        async def found(db: Database) -> dict[tuple[str, str], int]:
            async with db.read() as reader:
                c = participation_facts.c
                voided = set((await reader.execute(select(c.voids).where(c.voids.is_not(None)))).scalars())
                rows = await reader.execute(select(c.id, c.kind, c.source, c.headcount).where(c.festival_id == self.id))
                standing = {(r.kind, base_of(r.source)): r.headcount for r in rows if r.id not in voided}
                expected = await scans_recount.expected(reader, festivals=[self.id])
            assert standing == {(str(kind), source): heads for (kind, source), heads in expected.items()}
            return standing

        return run(self.staff, found)


@pytest.fixture
def place(staff: Staff) -> Grounds:
    """A festival of today, with two gates and a booth."""
    slug = f"ngay-hoi-{secrets.token_hex(3)}"
    now = SystemClock().wall_ms()

    async def made(db: Database) -> Grounds:
        async with db.write() as writer:
            festival = await writer.execute(
                insert(festivals)
                .values(
                    slug=slug, title="Ngày hội chuyển đổi số xã Dray Bhăng", title_fold="ngay hoi", state="open",
                    first_day=local_day(now), last_day=local_day(now + DAY), settings={}, created_by="test",
                    created_at=now, updated_at=now, place="Sân nhà văn hoá",
                )
                .returning(festivals.c.id)
            )  # fmt: skip
            festival_id = int(festival.scalar_one())
            posts = {}
            for title, kind, skill in (
                ("Cổng Bắc", "gate", None), ("Cổng Nam", "gate", None), ("Gian thanh toán số", "booth", Skill.PAYMENT),
            ):  # fmt: skip
                item = await writer.execute(
                    insert(live_events)
                    .values(
                        festival_id=festival_id, kind=kind, title=title, starts_at=now, skill=skill, settings={},
                        state="live", place="Sân chính", created_at=now, updated_at=now,
                    )
                    .returning(live_events.c.id)
                )  # fmt: skip
                posts[title] = int(item.scalar_one())
            common: dict[str, Any] = {"festival_id": festival_id, "now_ms": now}
            people = [await guests.make(writer, name=f"H’Thi Rya {n}", **common) for n in range(5)]
            blank = await guests.make(writer, level=GuestLevel.BLANK, **common)
        return Grounds(staff, festival_id, slug, posts, people, blank)

    return run(staff, made)


def type_card(page: Page, card: str) -> None:
    page.get_by_role("button", name="Nhập mã").tap()
    page.fill("#card", shown(card).lower())
    page.get_by_role("button", name="Ghi nhận").tap()


def result(page: Page, words: str) -> None:
    expect(page.locator(".big-result")).to_contain_text(words)


def waits(page: Page, count: int) -> None:
    line = page.locator(".queue-line")
    expect(line).to_contain_text(f"Chờ gửi: {count}" if count else "Đã gửi hết")


def png(card: str, url: str) -> dict[str, Any]:
    import io

    out = io.BytesIO()
    segno.make(f"{url}/g/{card}", error="m").save(out, kind="png", scale=6, border=4)
    return {"name": "card.png", "mimeType": "image/png", "buffer": out.getvalue()}


def same_reading_of_cards(page: Page) -> None:
    """The phone reads codes as the server does, right ones, damaged ones and nonsense."""
    rng = random.Random(4)
    texts = ["", "https://example.vn/g/", "ABC", "https://vneid.gov.vn/0123456789"]
    for _ in range(150):
        card = new_card()
        place = rng.randrange(10)
        wrong = card[:place] + rng.choice(ALPHABET) + card[place + 1 :]
        texts += [
            card,
            shown(card).lower(),
            f"http://x.vn/g/{card}?a=1#b",
            wrong,
            card.replace("1", "l").replace("0", "o"),
        ]
    told = page.evaluate("(texts) => texts.map((text) => hoithiCard(text))", texts)
    assert told == [parse_card(text) for text in texts]


def test_a_staff_phone_works_without_a_network(browsing: Browsing, place: Grounds) -> None:
    organiser = browsing.watch(browsing.context(LAPTOP, storage=place.staff.storage()).new_page())
    organiser.page.goto(f"{place.staff.admin}/festivals/{place.id}/staff")
    organiser.page.locator("input[name=label]").first.fill("Cổng Bắc, máy của Hương")
    organiser.page.locator("select[name=post]").first.select_option(label="Cổng Bắc")
    organiser.page.get_by_role("button", name="Ghép máy và xem mã QR").first.click()
    link = organiser.page.locator(".gate-link").input_value()
    organiser.look("gate-paired", [LAPTOP, PHONE])

    phone = browsing.phone(link)
    page = phone.page
    context = page.context
    expect(page.locator("h1")).to_have_text("Cổng Bắc")
    assert "#" not in page.url
    same_reading_of_cards(page)
    type_card(page, place.people[0].card)
    result(page, "Đã vào")
    result(page, "H’Thi Rya 0")
    phone.watched.look("gate-work", [PHONE, SMALL_PHONE])
    expect(page.locator(".queue-line")).to_contain_text("Sẵn sàng")
    page.get_by_role("button", name="Khác").tap()
    expect(page.locator(".ready li.is-done")).to_have_count(4)
    phone.watched.look("gate-ready", [PHONE])
    page.get_by_role("button", name="Quay lại").tap()

    # No network: everything is kept, shown as kept, and survives.
    context.set_offline(True)
    type_card(page, place.people[1].card)
    result(page, "Đã ghi trên máy, chờ gửi")
    page.get_by_role("button", name="Nhập mã").tap()
    page.set_input_files("input[type=file]", png(place.people[2].card, place.staff.players))
    waits(page, 2)
    type_card(page, new_card())
    page.get_by_role("button", name="Nhập mã").tap()
    page.fill("#card", "KHONG-PHAI")
    page.get_by_role("button", name="Ghi nhận").tap()
    expect(page.locator("#card-under")).to_have_text(re.compile("Mã chưa đúng"))
    phone.watched.look("gate-typo", [PHONE])
    page.get_by_role("button", name="Quay lại").tap()
    page.get_by_role("button", name="Đếm người").tap()
    page.get_by_role("button", name="Thêm 5: Người dân").tap()
    page.get_by_role("button", name="Thêm 10: Không rõ nhóm").tap()
    page.get_by_role("button", name="Hoàn tác +10").tap()
    phone.watched.look("gate-count", [PHONE])
    page.get_by_role("button", name="Quay lại").tap()
    waits(page, 6)
    page.get_by_role("button", name="Trao thẻ trống").tap()
    # There is no camera here: the page goes over to typing by itself.
    expect(page.locator(".problem")).to_contain_text("Không mở được camera")
    page.fill("#card", place.blank.card)
    page.get_by_role("button", name="Ghi nhận").tap()
    page.fill("#name", "Ama Blưt")
    page.locator(".tick input").check()
    page.tap("#unit")
    page.fill("#unit", "buon ma thuot")
    page.locator("#unit-list li").first.tap()
    page.locator(".group").filter(has_text="Người dân").tap()
    phone.watched.look("gate-claim", [PHONE])
    page.get_by_role("button", name="Trao thẻ", exact=True).tap()
    type_card(page, place.blank.card)
    waits(page, 8)
    phone.watched.look("gate-offline", [PHONE, SMALL_PHONE])
    page.reload()
    waits(page, 8)
    other = browsing.phone_in(context, f"{place.staff.players}/f/{place.slug}/staff")
    waits(other.page, 8)
    type_card(other.page, place.people[3].card)
    waits(page, 9)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Khác").tap()
        page.get_by_role("button", name="Xuất hàng chờ").tap()
    queue = json.loads(Path(taken.value.path()).read_text("utf-8"))
    assert (queue["format"], len(queue["entries"])) == ("hoithi-gate-1", 9)

    # The organiser may take the file; the phones send the same afterwards: nothing is counted twice.
    organiser.page.goto(f"{place.staff.admin}/festivals/{place.id}/staff")
    organiser.page.set_input_files("input[type=file]", taken.value.path())
    organiser.page.get_by_role("button", name="Nhập tệp").click()
    # A batch may have left just before the cut and its answer been lost: then some rows are known already.
    expect(organiser.page.locator(".strip[role=status]")).to_contain_text(re.compile("^9 dòng: .* 0 dòng không đọc"))
    organiser.look("gate-import", [LAPTOP, PHONE])
    before = place.facts()
    context.set_offline(False)
    waits(page, 0)
    waits(other.page, 0)
    assert place.facts() == before
    kinds = [kind for kind, _ in before]
    assert (kinds.count("checkin"), sum(before.values())) == (6, 10)

    organiser.page.goto(f"{place.staff.admin}/festivals/{place.id}/staff")
    organiser.look("gate-phones", [LAPTOP, PHONE])
    organiser.page.goto(f"{place.staff.admin}/festivals/{place.id}/conflicts")
    expect(organiser.page.locator(".gate-conflicts li")).to_have_count(1)
    organiser.page.locator(".gate-conflicts summary").click()
    organiser.look("gate-conflicts", [LAPTOP, PHONE])
    organiser.page.get_by_role("button", name="Tính là một người không tên").click()
    expect(organiser.page.locator(".empty")).to_be_visible()
    organiser.page.goto(f"{place.staff.admin}/festivals/{place.id}/attendance")
    expect(organiser.page.locator(".gate-tiles")).to_contain_text("6")
    organiser.look("gate-attendance", [LAPTOP, PHONE])
    place.facts()
    assert [one for one in browsing.faults() if not any(word in one for word in NETWORK)] == []


def test_a_skill_is_practised_and_confirmed(browsing: Browsing, place: Grounds) -> None:
    guest = place.people[4]

    async def session(db: Database) -> str:
        async with db.write() as writer:
            return await identity.open_session(writer, guest.id, SystemClock().wall_ms())

    secret = run(place.staff, session)
    booth = browsing.phone(place.pair("booth", "Gian thanh toán số"))
    type_card(booth.page, guest.card)
    expect(booth.page.locator(".choice-row.is-chosen")).to_contain_text("Thanh toán trực tuyến")
    booth.page.locator(".choice-row").filter(has_text="Mua sắm").tap()
    booth.watched.look("gate-booth", [PHONE])
    booth.page.get_by_role("button", name="Xác nhận").tap()
    result(booth.page, "Đã xác nhận")

    context = browsing.context(PHONE, touch=True)
    context.add_cookies([{"name": "hoithi_guest", "value": secret, "url": place.staff.players}])
    holder = browsing.phone_in(context, f"{place.staff.players}/f/{place.slug}/app#passport")
    expect(holder.page.locator(".sk-seal.is-done")).to_have_count(2)
    holder.watched.look("passport", [PHONE, SMALL_PHONE])
    holder.page.get_by_role("button", name="Làm bài ngắn Thanh toán trực tuyến").tap()
    for number in range(1, 4):
        expect(holder.page.locator("main")).to_contain_text(f"Câu {number}/3")
        assert "explanation" not in holder.page.content()
        for right in right_options(place, guest, number):
            holder.page.locator("button.option").nth(right).tap()
        if number == 1:
            holder.watched.look("skill-question", [PHONE, SMALL_PHONE])
        holder.page.get_by_role("button", name="Trả lời").tap()
        expect(holder.page.locator(".why")).to_contain_text("Đúng rồi")
        if number == 1:
            holder.watched.look("skill-answer", [PHONE])
        holder.page.get_by_role("button", name=re.compile("Câu tiếp|Xem kết quả")).tap()
    expect(holder.page.locator(".verdict.is-good")).to_be_visible()
    holder.watched.look("skill-passed", [PHONE])
    holder.page.get_by_role("button", name="Về hộ chiếu").tap()
    expect(holder.page.locator(".fe-stamp.is-done").filter(has_text="Đã qua bài ngắn")).to_have_count(1)
    facts = place.facts()
    assert ("skill_quiz", f"{place.id}:{guest.id}:{Skill.PAYMENT}") in facts
    assert [kind for kind, _ in facts].count("skill") == 2
    assert browsing.faults() == []


def right_options(place: Grounds, guest: Guest, number: int) -> list[int]:
    """Where the right options stand, as only the server knows before the answer."""

    async def found(db: Database) -> list[int]:
        async with db.read() as reader:
            query = select(skill_quizzes.c.questions).where(skill_quizzes.c.guest_id == guest.id)
            question = (await reader.execute(query)).scalar_one()[number - 1]
        return [place for place, option in enumerate(question["options"]) if option["id"] in question["answer"]]

    return run(place.staff, found)


def film(card: str, url: str, path: Path) -> None:
    """A camera that sees a card, in the plainest format of moving pictures."""
    matrix = [list(row) for row in segno.make(f"{url}/g/{card}", error="m").matrix_iter(scale=7, border=4)]
    size = len(matrix)
    width, height = 640, 480
    left, top = (width - size) // 2, (height - size) // 2
    luma = bytearray(b"\xc0" * width * height)
    for y, row in enumerate(matrix):
        at = (y + top) * width + left
        luma[at : at + size] = bytes(16 if dark else 235 for dark in row)
    frame = b"FRAME\n" + bytes(luma) + b"\x80" * (width * height // 2)
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420\n".encode() + frame * 4)


@pytest.fixture
def filming(browsing: Browsing, place: Grounds, tmp_path: Path) -> Iterator[Phone]:
    """A phone whose camera looks at somebody's card."""
    film(place.people[0].card, place.staff.players, tmp_path / "card.y4m")
    arguments = [
        "--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={tmp_path / 'card.y4m'}",
    ]  # fmt: skip
    program = browsing.chromium.browser_type
    browser = program.launch(executable_path=chromium_path(), args=arguments)
    other = Browsing(browser, place.staff.players, place.staff.admin)
    yield other.phone(place.pair("gate", "Cổng Nam"), lang="en")
    assert other.faults() == []
    browser.close()


def chromium_path() -> str:
    import shutil

    from tests.browser.conftest import NAMES, PLACES

    return next(found for name in NAMES if (found := shutil.which(name, path=PLACES)))


def test_a_card_is_read_by_the_camera(filming: Phone, place: Grounds) -> None:
    page = filming.page
    page.get_by_role("button", name="Scan a card", exact=True).tap()
    expect(page.locator(".film-word.is-good")).to_contain_text("Admitted")
    filming.watched.look("gate-camera", [PHONE])
    page.get_by_role("button", name="Back").tap()
    result(page, "H’Thi Rya 0")
    filming.watched.look("gate-work-en", [PHONE, SMALL_PHONE])
    assert [kind for kind, _ in place.facts()] == [FactKind.CHECKIN]
