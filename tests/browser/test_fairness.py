"""A question the network spoiled: the host is warned and asks it again, and people see how their time was reckoned."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from loadtests.delay_line import Proxy, Way, forwarded, proxy
from tests.browser.browsing import LAPTOP, PHONE, PROJECTOR, Browsing, press_big
from tests.browser.staff import Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SLOW = Way("slow", 240, 0, 0)
QUESTION = {
    "type": "single",
    "stem_vi": "Tổng đài của tỉnh là số nào?",
    "options": [
        {"id": name, "text_vi": text} for name, text in zip("abcd", ("1022", "113", "114", "115"), strict=True)
    ],
    "answer": ["a"],
    "explanation_vi": "1022 là tổng đài của tỉnh.",
    "seconds": 60,
}


class Slow:
    """A slow way to the players' server, in a thread of its own: Playwright's loop is not to be shared."""

    def __init__(self, loop: asyncio.AbstractEventLoop, made: Proxy) -> None:
        self._loop, self._made = loop, made
        self.url = f"http://127.0.0.1:{made.port}"

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._made.cut)


@contextmanager
def slow_way(players: str) -> Iterator[Slow]:
    port = urlsplit(players).port
    assert port is not None
    ready, ends = threading.Event(), threading.Event()
    found: list[Slow] = []

    async def serve() -> None:
        # As behind the proxy that ends TLS: what is seen of this phone is its pong.
        async with proxy("127.0.0.1", port, SLOW, 1, headers=forwarded) as made:
            found.append(Slow(asyncio.get_running_loop(), made))
            ready.set()
            await asyncio.to_thread(ends.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(5)
    try:
        yield found[0]
    finally:
        ends.set()
        thread.join(5)


def test_a_question_the_network_spoiled_is_asked_again(chromium: Browser, staff: Staff) -> None:
    round_ = staff.round(staff.quiz([QUESTION, QUESTION]), reading_seconds=30, fairness="show")
    with slow_way(staff.players) as way:
        browsing = Browsing(chromium, staff.players, staff.admin, way.url)
        host_seen = browsing.watch(browsing.context(LAPTOP, storage=staff.storage()).new_page())
        host = host_seen.page
        host.goto(round_.console)
        stage_seen = browsing.watch(browsing.context(PROJECTOR, still=True).new_page())
        stage_seen.page.goto(round_.stage_url())
        near = browsing.phone(round_.url, still=True)
        far = browsing.phone(f"{way.url}/{round_.code}", still=True)
        english = browsing.phone(f"{way.url}/{round_.code}", lang="en", still=True)
        for phone, name in ((near, "Lan"), (far, "Y Mek Ê Nuôl"), (english, "Hoa")):
            phone.join(name)
            phone.in_lobby()

        press_big(host, "đọc câu 1")
        press_big(host, "Mở câu 1")
        near.question(1, 2)
        near.option("1022")
        near.saved()
        far.question(1, 2)
        way.cut()
        doubt = host.locator(".h-doubt")
        expect(doubt).to_contain_text("67 % người chơi (2) rớt mạng trong câu 1.")
        expect(host.locator(".h-quality li.is-good b")).to_have_text(re.compile("[123]"))
        host_seen.look("fair-host-warning-vi", [LAPTOP, PHONE])
        host.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
        doubt.get_by_role("button", name="Hỏi lại câu 1").click()
        expect(host.locator("dialog")).to_contain_text("hỏi lại thành câu 2")
        host_seen.look("fair-host-ask-vi", [LAPTOP])
        host.locator("dialog .is-danger").click()

        expect(stage_seen.page.locator(".st-pill.is-loud")).to_have_text("Câu này được hỏi lại")
        stage_seen.look("fair-stage-again-vi", [PROJECTOR])
        for phone, words in ((near, "Câu này được hỏi lại"), (far, "Câu này được hỏi lại"), (english, "Asked again")):
            expect(phone.page.locator(".ready .chip")).to_have_text(words)
        far.watched.look("fair-phone-again-vi", [PHONE])
        english.watched.look("fair-phone-again-en", [PHONE])
        expect(host.locator(".h-run-item.is-withdrawn")).to_have_count(1)
        assert "1022 là" not in far.page.content()

        press_big(host, "Mở câu 2")
        for phone in (near, far, english):
            phone.question(2, 3)
            phone.option("1022")
            phone.saved()
        far.verdict("Đúng rồi!")
        english.verdict("Right!")
        reckoned = far.page.locator(".result .small")
        expect(reckoned).to_contain_text(re.compile("Mạng làm chậm 0,[2-8]"))  # 250 ms, and what a busy machine adds
        expect(reckoned.locator("a")).to_have_attribute("href", "/fair")
        far.watched.look("fair-phone-result-vi", [PHONE])
        english.watched.look("fair-phone-result-en", [PHONE])
        expect(doubt).to_have_count(0)
        host_seen.look("fair-host-after-vi", [LAPTOP])

        for lang in ("vi", "en"):
            seen = browsing.watch(browsing.context(LAPTOP, still=True).new_page())
            seen.page.goto(f"{staff.players}/fair?lang={lang}")
            seen.look(f"fair-rule-{lang}", [LAPTOP, PHONE], whole=True)
        assert browsing.faults() == []
        browsing.close()
