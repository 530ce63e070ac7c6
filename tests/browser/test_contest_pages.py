"""The public pages of a contest in a browser: pictures at two sizes in two languages, without a script, on paper."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from contest.database import Database
from realtime.entrants.pages_index import PAGES
from tests.browser.browsing import LAPTOP, PHONE, SMALL_PHONE, Browsing
from tests.browser.staff import Staff
from tests.support.contest_show import certificate, show

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SIZES = {"vi": (PHONE, SMALL_PHONE, LAPTOP), "en": (PHONE, LAPTOP)}
FIRST_LOAD = 40_000
"""Bytes over the wire for a phone's first page: a second on 3G (400 kbit/s)."""

WIRE = ("responseBodySize", "responseHeadersSize")


@dataclass
class Shown:
    url: str
    slug: str
    certificate: str
    revoked: str


@pytest.fixture(scope="module")
def shown(staff: Staff) -> Shown:
    """The contest of `contest_show` on the running platform, and its boards written by the platform's own worker."""

    async def seed() -> Shown:
        db = Database(f"sqlite+aiosqlite:///{staff.up.data_dir / 'hoithi.sqlite3'}")
        crowd = await show(db, time.time_ns() // 1_000_000, slug="cds-2026-pages", people=60)
        await db.close()
        return Shown(f"{staff.players}/c/{crowd.slug}", crowd.slug, certificate(crowd, 0), certificate(crowd, 7))

    # Playwright's own loop runs in this thread.
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(asyncio.run, seed()).result()


def test_every_page_in_both_languages(shown: Shown, browsing: Browsing) -> None:
    context = browsing.context(PHONE, still=True)
    watched = browsing.watch(context.new_page())
    page = watched.page
    page.goto(f"{shown.url}/standings")
    deadline = time.monotonic() + 20
    while page.locator(".board tbody tr").count() == 0:  # the worker's next beat, and a page from after it
        assert time.monotonic() < deadline
        page.wait_for_timeout(500)
        page.reload()
    addresses = [shown.url + path for path in PAGES] + [shown.url.rsplit("/", 1)[0]]
    site = shown.url.removesuffix(f"/c/{shown.slug}")
    addresses += [f"{site}/certificates/{code}" for code in (shown.certificate, shown.revoked)]
    names = [*(path.strip("/") or "home" for path in PAGES), "list", "certificate", "certificate-revoked"]
    for lang in ("vi", "en"):
        for address, name in zip(addresses, names, strict=True):
            page.goto(address + ("?lang=en" if lang == "en" else ""))
            expect(page.locator("h1").first).to_be_visible()
            if name == "home":
                expect(page.locator(".countdown b")).to_contain_text(":")
            watched.look(f"contest-{name}-{lang}", SIZES[lang], axe=lang == "vi")
    assert browsing.faults() == []


def test_one_language_leads_to_the_next_page_in_it(shown: Shown, browsing: Browsing) -> None:
    page = browsing.phone(f"{shown.url}?lang=en").page
    expect(page.locator(".now-line")).to_have_text("Đợt 2 is open")
    page.get_by_role("link", name="Standings").tap()
    expect(page.locator("h1")).to_have_text("Provisional standings")
    page.get_by_label("Standings of").select_option(label="Citizens")
    page.get_by_role("button", name="Show").tap()
    expect(page.locator("caption")).to_contain_text("Citizens")
    page.get_by_role("link", name="Tiếng Việt").tap()
    expect(page.locator("caption")).to_contain_text("Người dân")
    assert browsing.faults() == []


def test_everything_can_be_read_without_a_script_and_on_paper(shown: Shown, browsing: Browsing) -> None:
    context = browsing.chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 640})
    browsing.contexts.append(context)
    page = context.new_page()
    sizes: list[int] = []
    page.on("response", lambda reply: sizes.append(sum(reply.request.sizes()[part] for part in WIRE)))
    page.goto(shown.url)
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < FIRST_LOAD, sizes
    expect(page.locator(".until")).to_contain_text("Đóng lúc")
    expect(page.locator(".countdown")).to_be_hidden()
    page.get_by_role("link", name="Xếp hạng").click()
    page.locator("#place").select_option("group.citizen")
    page.get_by_role("button", name="Xem").click()
    expect(page.locator("caption")).to_contain_text("Người dân")
    page.get_by_role("link", name="Kết quả").click()
    page.emulate_media(media="print")
    expect(page.locator(".tabs")).to_be_hidden()
    expect(page.locator(".winners").first).to_be_visible()
    expect(page.get_by_text("2.000.000 đồng")).to_be_visible()
