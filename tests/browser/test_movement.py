"""The movement's pages in a browser: dashboards, public pages, reports; on phone and laptop, on paper and in grey."""

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import insert

from contest import units
from contest.clock import SystemClock
from contest.database import Database
from contest.festival.tables import live_events
from contest.provincial.local_time import local_day
from contest.skills import Skill
from contest.statistics import counting, denominators, ledger, rollups
from contest.statistics.facts import Channel, Fact, FactKind
from tests.admin.movement.dashboard_facts import BMT, DAY_MS, festival, plan
from tests.browser.browsing import LAPTOP, PHONE, PICTURES, SMALL_PHONE, Browsing
from tests.browser.staff import Staff

pytestmark = pytest.mark.browser
GROUPS = ("pupil_student", "citizen", "official", "enterprise_worker", None)


async def movement(staff: Staff) -> int:
    """Three weeks of a movement in most communes, with denominators for nearly all of them; the id of its festival."""
    chance = random.Random(7)
    now_ms = SystemClock().wall_ms()
    db = Database(f"sqlite+aiosqlite:///{staff.up.data_dir / 'hoithi.sqlite3'}")
    await plan(db, now_ms, local_day(now_ms))
    held = await festival(db, now_ms, local_day(now_ms))
    codes = [str(unit.code) for unit in units.shipped()]
    facts = []
    for place, code in enumerate(codes[:-6]):
        for n in range(chance.randint(1, 28)):
            facts.append(
                Fact(
                    chance.choice((FactKind.TRAINING, FactKind.SKILL, FactKind.GUIDANCE, FactKind.LIVE_ROUND)),
                    f"b{held}:{code}:{n}",
                    now_ms - chance.randint(0, 20) * DAY_MS,
                    person=2 * (1000 * place + n) + 1,
                    commune=code,
                    target_group=chance.choice(GROUPS),
                    age_band=chance.choice(("16-17", "18-59", "60+", None)),
                    skills=(chance.choice(list(Skill)),),
                )
            )
    for n in range(30):
        common: dict[str, Any] = {
            "person": 900_001 + 2 * n,
            "commune": BMT,
            "festival_id": held,
            "target_group": "citizen",
            "age_band": "18-59",
        }
        facts.append(Fact(FactKind.CHECKIN, f"bc{held}:{n}", now_ms, **common))
        facts.append(Fact(FactKind.SKILL, f"bs{held}:{n}", now_ms, skills=(Skill.PAYMENT,), **common))
    facts.append(
        Fact(
            FactKind.CHECKIN, f"h:b{held}", now_ms, headcount=120, commune=BMT, channel=Channel.STAFF, festival_id=held
        )
    )
    sizes = [
        {
            "place": f"c:{code}",
            "population": "adults",
            "value": chance.randint(12, 60) if code != BMT else 160,
            "as_of_day": f"{local_day(now_ms)[:4]}-01-01",
            "source": "Chi cục Thống kê",
        }
        for code in codes[4:]
    ]
    async with db.write() as writer:
        await ledger.record(writer, facts, now_ms=now_ms)
        await denominators.put(writer, sizes, actor="system", now_ms=now_ms)
        for title, kind in (
            ("Cổng chính", "gate"),
            ("Gian hàng thanh toán không dùng tiền mặt", "booth"),
            ("Bấm nút khởi động", "launch"),
            ("Ký cam kết", "pledge"),
        ):
            await writer.execute(
                insert(live_events).values(
                    festival_id=held,
                    kind=kind,
                    title=title,
                    starts_at=now_ms,
                    settings={},
                    created_at=now_ms,
                    updated_at=now_ms,
                )
            )
    # The platform's own worker may be counting at the same time.
    while True:
        await counting.run(db, now_ms)
        async with db.read() as reader:
            found = await rollups.every_facet(reader, "all", f"f:{held}")
        if found and found["all"].visits == 180:
            break
        await asyncio.sleep(0.1)
    await db.close()
    return held


def printed(page: Page, name: str) -> None:
    """How it looks on paper, in grey."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})
    page.evaluate("() => { document.documentElement.style.filter = 'grayscale(1)' }")
    page.screenshot(path=PICTURES / f"{name}-print.png", full_page=True)
    page.emulate_media(media="screen")


def test_movement_is_shown_to_officials_and_to_everybody(browsing: Browsing, staff: Staff) -> None:
    context = browsing.context(LAPTOP, storage=staff.storage())
    seen = browsing.watch(context.new_page())
    page = seen.page
    page.goto(f"{staff.admin}/movement")
    if page.locator(".steps").count():  # Nobody else has filled this platform yet.
        seen.look("movement-empty", [LAPTOP, PHONE], whole=True)
    # Playwright's own loop runs in this thread.
    with ThreadPoolExecutor(1) as elsewhere:
        held = elsewhere.submit(asyncio.run, movement(staff)).result()
    page.goto(f"{staff.admin}/movement")
    expect(page.locator(".tile")).to_have_count(102)
    seen.look("movement-province", [LAPTOP, PHONE, SMALL_PHONE], whole=True)
    printed(page, "movement-province")
    page.goto(f"{staff.admin}/movement?indicator=people&period=week")
    seen.look("movement-province-people", [LAPTOP], whole=True)
    page.goto(f"{staff.admin}/movement/communes/{BMT}")
    expect(page.locator("#actions li").first).to_be_visible()
    seen.look("movement-commune", [LAPTOP, PHONE, SMALL_PHONE], whole=True)
    printed(page, "movement-commune")
    page.goto(f"{staff.admin}/movement/festivals/{held}")
    expect(page.locator(".headline")).to_contain_text("150")
    seen.look("movement-festival", [LAPTOP, PHONE, SMALL_PHONE], whole=True)
    page.goto(f"{staff.admin}/movement/reports")
    seen.look("movement-reports-first", [LAPTOP, PHONE], whole=True)
    page.get_by_role("button", name="Lập báo cáo ngày ngay bây giờ").click()
    expect(page.locator("h1")).to_contain_text("Kết quả phong trào")
    seen.look("movement-report", [LAPTOP, PHONE], whole=True)
    # Numbers without their headings say nothing, on a phone too.
    expect(page.locator("table.figures thead").first).to_be_visible()

    public = browsing.context(PHONE, touch=True)
    watched = browsing.watch(public.new_page(), 44)
    watched.page.goto(f"{staff.players}/m")
    expect(watched.page.locator(".tile")).to_have_count(102)
    watched.look("movement-public", [PHONE, LAPTOP, SMALL_PHONE], whole=True)
    printed(watched.page, "movement-public")
    watched.page.goto(f"{staff.players}/m/{BMT}?lang=en")
    watched.look("movement-public-commune-en", [PHONE, LAPTOP], whole=True)
    assert browsing.faults() == []
