"""The organiser before the announcement: from the closed round to the published winners, kept as pictures."""

import asyncio
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from contest.clock import SystemClock
from contest.database import Database
from contest.provincial.rules import Collective, CollectiveLevel, ContestRound, Criterion, Formula, Ranking
from contest.provincial.tables import contests
from contest.settings import Settings
from tests.browser.browsing import LAPTOP, PHONE, Browsing
from tests.browser.staff import PASSWORD, Staff
from tests.contest.provincial.contest_fixture import DAY
from tests.contest.provincial.results_support import HOUR, Staged, prize_rules, stage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DESK = (LAPTOP, PHONE)


async def staged(staff: Staff, slug: str) -> Staged:
    """A round that closed yesterday, taken by seven people: three of whom nothing tells apart."""
    db = Database(Settings(data_dir=staff.up.data_dir).sql_url)
    opens = SystemClock().wall_ms() - 3 * DAY
    made = await stage(
        db,
        prize_rules(
            rounds=(ContestRound(key="r1", name="Đợt 1", opens_at=opens, closes_at=opens + 2 * DAY),),
            ranking=Ranking(chain=(Criterion.SCORE, Criterion.DURATION)),
            collective=Collective(
                formula=Formula.PARTICIPANTS, levels=(CollectiveLevel(name="Giải Nhất toàn đoàn", count=1),)
            ),
        ),
        people=7,
        phones=secrets.randbelow(900) + 100,
    )
    async with db.write() as writer:
        await writer.execute(update(contests).where(contests.c.id == made.contest).values(slug=slug))
    await made.sit(0, at=opens + HOUR, seconds=41, prediction=7)
    for person in (1, 2, 3):
        await made.sit(person, at=opens + HOUR * (1 + person), seconds=60, prediction=person)
    for person in (4, 5, 6):
        await made.sit(person, at=opens + HOUR * 6, wrong=person - 3, seconds=person - 2, prediction=9)
    await db.close()
    return made


def second_person(staff: Staff, name: str) -> httpx.Client:
    """Another organiser, signed in elsewhere."""
    body = {"name": name, "role": "organiser", "password": PASSWORD}
    assert staff.http.post("/api/accounts", json=body).status_code == 201
    client = httpx.Client(base_url=staff.admin, headers={"Origin": staff.admin}, timeout=30)
    assert client.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
    return client


def test_from_the_close_to_the_winners(browsing: Browsing, staff: Staff) -> None:
    with ThreadPoolExecutor(1) as other:
        made = other.submit(asyncio.run, staged(staff, f"ket-qua-{secrets.token_hex(3)}")).result()
    watched = browsing.watch(browsing.context(LAPTOP, storage=staff.storage(), still=True).new_page())
    page, base = watched.page, f"{staff.admin}/contests/{made.contest}"

    def wide() -> None:
        page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})

    page.goto(f"{base}/results")
    watched.look("contest-results", DESK, whole=True)
    wide()
    page.get_by_role("link", name="Đợt 1").click()
    page.get_by_role("button", name="Tính kết quả").click()
    expect(page.locator("main .phase").first).to_have_text("Tạm tính")
    watched.look("contest-result-provisional", DESK, whole=True)

    # Three people whom nothing tells apart stand in the way, until the committee has decided.
    wide()
    page.get_by_role("button", name="Xác nhận đã kiểm tra").click()
    expect(page.get_by_role("alert")).to_contain_text("bằng nhau")
    # The browser itself notes that this was refused.
    watched.faults = [fault for fault in watched.faults if "status of 409" not in fault]
    for place, field in zip(("2", "1", "3"), page.locator('input[name="position"]').all(), strict=True):
        field.fill(place)
    decision = page.locator("form", has=page.get_by_role("button", name="Ghi quyết định"))
    decision.get_by_label("Căn cứ").fill("Biên bản họp Ban Tổ chức số 04")
    decision.get_by_label("Người ký").fill("Bà H'Wen Niê, Trưởng ban")
    decision.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Quyết định đã ghi")).to_be_visible()

    page.get_by_role("link", name="Vì sao?").or_(page.get_by_label(re.compile("^Vì sao hạng 1"))).first.click()
    expect(page.locator("tr.winner")).to_contain_text("Phân định ở đây")
    watched.look("contest-result-why", DESK, whole=True)

    wide()
    page.go_back()
    page.get_by_role("button", name="Xác nhận đã kiểm tra").click()
    page.get_by_role("button", name="Ký công bố (người thứ nhất)").click()
    page.get_by_role("button", name="Công bố (người thứ hai)").click()
    expect(page.get_by_role("alert")).to_contain_text("Cần người thứ hai")
    watched.faults = [fault for fault in watched.faults if "status of 403" not in fault]
    with closing(second_person(staff, staff.name())) as minh:
        assert minh.post(f"/contests/{made.contest}/results/r1/publish").status_code == 303
    page.goto(f"{base}/results/r1")
    expect(page.locator("main .phase").first).to_have_text("Đang nhận khiếu nại")
    watched.look("contest-result-published", DESK, whole=True)

    # What voiding the winner would change is read before it is done.
    wide()
    page.goto(f"{base}/entries/{made.public[0]}")
    watched.look("contest-dossier", DESK, whole=True)
    wide()
    page.get_by_role("button", name="Loại người dự thi này…").or_(
        page.get_by_role("link", name="Loại người dự thi này…")
    ).click()
    expect(page.locator(".effect").first).to_contain_text("7 → 6")
    watched.look("contest-void", DESK, whole=True)
    wide()
    page.get_by_label("Thi hộ, thi theo nhóm").check()
    page.get_by_label("Lý do cụ thể").fill("Em trai thi hộ, đã xác minh qua điện thoại.")
    page.get_by_role("button", name="Loại người dự thi này").click()
    expect(page.locator(".strip.bad")).to_contain_text("Em trai thi hộ")
    page.goto(f"{base}/results/r1")
    page.get_by_role("button", name="Tính kết quả").click()
    page.get_by_role("link", name="Bản 1").click()
    expect(page.get_by_role("heading", name=re.compile("Bản 1"))).to_be_visible()
    watched.look("contest-result-revision", DESK, whole=True)

    wide()
    page.goto(f"{base}/review")
    page.get_by_role("button", name="Quét lại").click()
    expect(page.locator("ul.cards li").first).to_be_visible()
    watched.look("contest-review", DESK, whole=True)
    wide()
    page.goto(f"{base}/complaints")
    page.get_by_label("Nội dung").fill("Tôi nộp bài lúc 9 giờ 05 nhưng thời gian ghi chậm hơn.")
    page.get_by_label("Bằng chứng").fill("Ảnh chụp màn hình kèm theo.")
    page.get_by_role("button", name="Ghi nhận").click()
    page.locator("summary", has_text="Giải quyết").click()
    watched.look("contest-complaints", DESK, whole=True)
    wide()
    page.goto(f"{base}/keys")
    watched.look("contest-keys", (PHONE,))
    page.goto(f"{base}/keys/1?answer=a")
    watched.look("contest-key", DESK, whole=True)
    page.goto(f"{base}/results/collective")
    page.get_by_role("button", name="Tính kết quả").click()
    watched.look("contest-result-collective", DESK, whole=True)
    context = browsing.context(LAPTOP, storage=staff.storage("en"), still=True)
    english = browsing.watch(context.new_page())
    for name in ("results", "results/r1", f"void/entry/{made.public[1]}", "complaints"):
        english.page.goto(f"{base}/{name}")
        english.look(f"contest-en-{name.split('/')[0]}-{len(name)}", (PHONE,), whole=True)
    assert not browsing.faults(), "\n".join(browsing.faults())
