"""Chromium for the tests: one page for one person, watched for faults, looked at, and kept as a picture."""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

ROOT = Path(__file__).parents[2]
PICTURES = Path(os.environ.get("SCREENSHOTS_DIR") or ROOT / "screenshots")
AXE = ROOT / "realtime" / "web" / "node_modules" / "axe-core" / "axe.min.js"
SURFACE = (Path(__file__).parent / "surface.js").read_text("utf-8")
PHONE_TARGET_PX, TARGET_PX = 44, 24
CHROMIUM_ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE_MS = 20_000

Size = tuple[int, int]
PHONE: Size = (360, 640)
SMALL_PHONE: Size = (320, 568)
LAPTOP: Size = (1366, 768)
PROJECTOR: Size = (1920, 1080)
SMALL_PROJECTOR: Size = (1280, 720)

expect.set_options(timeout=PATIENCE_MS)

_AXE_RUN = """() => axe.run({
  runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]},
  resultTypes: ["violations"],
  preload: false,
}).then(({violations}) => violations.map(({id, nodes}) => id + ": " + nodes.slice(0, 3).map((node) =>
  node.html.slice(0, 120) + " | " +
  [...node.any, ...node.all, ...node.none].map(({message}) => message).join("; ").slice(0, 160)
).join(" ~ ")))"""


@dataclass
class Watched:
    """One page and everything wrong that was seen on it."""

    page: Page
    own: frozenset[str]
    """host:port of the platform's servers; a request anywhere else is a fault."""
    least_px: int
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        self.page.on("console", lambda said: self._heard(said.type, f"{said.text} ({said.location['url']})"))
        self.page.on("request", self._asked)

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.faults.append(f"console {kind}: {text}")

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "about") and address.netloc not in self.own:
            self.faults.append(f"asked a stranger: {request.url}")

    def look(self, name: str, sizes: Sequence[Size] = (), *, axe: bool = True, whole: bool = False) -> None:
        """Keep a picture at each size, and note what an eye, a thumb and a screen reader find wrong there."""
        for number, (width, height) in enumerate(sizes):
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 60)))")
            where = f"{name}-{width}x{height}"
            PICTURES.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(
                path=PICTURES / f"{where}.jpg", type="jpeg", quality=85, full_page=whole, animations="disabled"
            )
            self.faults += [f"{where}: {wrong}" for wrong in self.page.evaluate(SURFACE, self.least_px)]
            if axe and number == 0:
                self._run_axe(where)

    def _run_axe(self, where: str) -> None:
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text("utf-8"))
        self.faults += [f"{where}: axe {found}" for found in self.page.evaluate(_AXE_RUN)]


class Browsing:
    """Opens pages on one platform, each in a browser profile of its own."""

    def __init__(self, chromium: Browser, *own: str) -> None:
        self.chromium = chromium
        self.own = frozenset(urlsplit(url).netloc for url in own)
        self.contexts: list[BrowserContext] = []
        self.watched: list[Watched] = []

    def context(self, size: Size, *, touch: bool = False, storage: Any = None, still: bool = True) -> BrowserContext:
        context = self.chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="vi-VN",
            has_touch=touch,
            is_mobile=touch,
            storage_state=storage,
            reduced_motion="reduce" if still else "no-preference",
            accept_downloads=True,
        )
        self.contexts.append(context)
        return context

    def watch(self, page: Page, least_px: int = TARGET_PX) -> Watched:
        watched = Watched(page, self.own, least_px)
        self.watched.append(watched)
        return watched

    def phone(self, url: str, *, lang: str = "vi", size: Size = PHONE, still: bool = True, script: str = "") -> "Phone":
        """A phone of 360×640 that has opened `url`; `script` runs before the page's own."""
        context = self.context(size, touch=True, still=still)
        context.add_init_script(f"try {{ localStorage.setItem('hoithi.lang', '{lang}') }} catch (_) {{}}")
        if script:
            context.add_init_script(script)
        return self.phone_in(context, url)

    def phone_in(self, context: BrowserContext, url: str) -> "Phone":
        phone = Phone(self.watch(context.new_page(), PHONE_TARGET_PX))
        phone.page.goto(url)
        return phone

    def faults(self) -> list[str]:
        return [fault for watched in self.watched for fault in watched.faults]

    def close(self) -> None:
        for context in self.contexts:
            context.close()


class Phone:
    """A phone and the person who holds it."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.page = watched.page

    def join(self, name: str, *, code: str = "", unit: str = "", unit_name: str = "", group: str = "") -> None:
        """Fill in the form and press the button; does not wait to be in."""
        if code:
            self.page.fill("#code", code)
        self.page.fill("#name", name)
        if unit:
            self.page.tap("#unit")
            self.page.fill("#unit", unit)
            self.page.locator("#unit-list li").filter(has_text=unit_name).first.tap()
        if group:
            self.page.locator(".group").filter(has_text=group).tap()
        self.page.locator(".button.primary").tap()

    def in_lobby(self) -> None:
        expect(self.page.locator("main.lobby")).to_be_visible()

    def option(self, text: str) -> None:
        self.page.locator("button.option").filter(has_text=text).tap()

    def done(self) -> None:
        self.page.locator(".done").tap()

    def keys(self, text: str) -> None:
        for digit in text:
            self.page.locator(".keys .key", has_text=re.compile(f"^{re.escape(digit)}$")).tap()

    def write(self, text: str) -> None:
        self.page.fill("#words", text)

    def question(self, number: int, of: int | None = None) -> None:
        """Wait until this question can be answered."""
        text = re.compile(rf"(Câu|Question) {number}/{of if of else ''}")
        expect(self.page.locator("main.question .question-count")).to_have_text(text)

    def fate(self, words: str) -> None:
        expect(self.page.locator(".fate")).to_contain_text(words)

    def saved(self) -> None:
        expect(self.page.locator(".fate.is-saved")).to_be_visible()

    def verdict(self, words: str) -> None:
        expect(self.page.locator(".verdict h1")).to_have_text(words)

    def stored(self, key: str) -> Any:
        """What the page keeps on the phone under the first key that contains `key`."""
        kept = self.page.evaluate(
            "(key) => Object.keys(localStorage).filter((k) => k.includes(key)).map((k) => localStorage[k])[0]", key
        )
        return json.loads(kept) if kept else None


def press_big(host: Page, label: str) -> None:
    """The host presses the space bar once the big button promises `label` and takes presses."""
    expect(host.locator(".h-big button:enabled").filter(has_text=label)).to_be_visible()
    host.keyboard.press("Space")
