"""Bad networks, dying servers, closed browsers and old phones: no answer is lost, nobody is left without a word."""

import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.browsing import Browsing, Phone
from tests.browser.gate import Gate, Way, gate_to
from tests.browser.staff import Round, Staff

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

BACK_S = 10.0
"""Alone it takes two seconds, but a new Python starts slowly while other tests have the processors."""
SINGLE: dict[str, Any] = {
    "type": "single",
    "stem_vi": "Tổng đài nào?",
    "options": [
        {"id": name, "text_vi": text} for name, text in zip("abcd", ("1022", "113", "114", "115"), strict=True)
    ],
    "answer": ["a"],
    "explanation_vi": "1022 là tổng đài của tỉnh.",
    "seconds": 60,
}


@pytest.fixture
def round_(staff: Staff) -> Round:
    """A round of three long questions, in its lobby."""
    return staff.round(staff.quiz([SINGLE, SINGLE, SINGLE]))


@pytest.fixture
def gate(staff: Staff) -> Iterator[Gate]:
    with gate_to(staff.players) as gate:
        yield gate


@pytest.fixture
def phones(browsing: Browsing, gate: Gate) -> Iterator[Browsing]:
    """Phones behind the gate as well as without it. A page may miss its network, but never break."""
    browsing.own |= {gate.url.removeprefix("http://")}
    yield browsing
    assert [fault for fault in browsing.faults() if not fault.startswith("console")] == []


def seated(phones: Browsing, round_: Round, base: str, name: str = "Y Mek Ê Nuôl", **given: Any) -> Phone:
    phone = phones.phone(f"{base}/{round_.code}", **given)
    phone.join(name)
    phone.in_lobby()
    return phone


def choices(round_: Round) -> list[tuple[int, int, Any]]:
    """Every stored answer: question, seat, choice."""
    lines = round_.staff.http.get(f"/api/rounds/{round_.id}/answers").text.splitlines()
    rows = [json.loads(line) for line in lines]
    return [(row["question"], row["seat"], row["choice"]) for row in rows]


def test_an_answer_tapped_without_a_network_arrives_later(phones: Browsing, round_: Round, gate: Gate) -> None:
    phone = seated(phones, round_, gate.url)
    round_.to("open")
    phone.question(1)
    gate.set(Way.NOTHING)
    phone.option("1022")
    phone.fate("Đã giữ trên máy, chờ có mạng")
    expect(phone.page.locator(".strip")).to_contain_text("Câu trả lời của bạn vẫn được giữ và sẽ tự gửi")
    expect(phone.page.locator("button.option.is-chosen")).to_have_count(1)
    assert choices(round_) == []
    gate.set(Way.ALL)
    phone.saved()
    expect(phone.page.locator(".strip")).to_have_count(0)
    assert choices(round_) == [(1, 1, ["a"])]
    assert not phone.stored("outbox")


def test_the_browser_says_it_is_offline(phones: Browsing, round_: Round, gate: Gate) -> None:
    phone = seated(phones, round_, gate.url)
    round_.to("open")
    phone.question(1)
    phone.page.context.set_offline(True)
    expect(phone.page.locator(".link-word")).to_have_text("Đang nối lại…")
    gate.set(Way.NOTHING)
    phone.option("114")
    phone.fate("Đã giữ trên máy")
    phone.page.context.set_offline(False)
    gate.set(Way.ALL)
    phone.saved()
    assert choices(round_) == [(1, 1, ["c"])]


def test_a_waiting_answer_outlives_the_page(phones: Browsing, round_: Round, gate: Gate) -> None:
    phone = seated(phones, round_, gate.url)
    round_.to("open")
    phone.question(1)
    gate.set(Way.NOTHING)
    phone.option("113")
    phone.fate("Đã giữ trên máy")
    identity = phone.stored("outbox")[0]["id"]
    gate.set(Way.PAGES)
    phone.page.reload()
    expect(phone.page.locator("h1")).to_contain_text(f"Đang vào phòng {round_.code}")
    assert phone.stored("outbox")[0]["id"] == identity
    assert choices(round_) == []
    gate.set(Way.ALL)
    phone.question(1)
    phone.saved()
    expect(phone.page.locator("button.option.is-chosen")).to_contain_text("113")
    assert choices(round_) == [(1, 1, ["b"])]


def test_the_players_server_is_killed_in_an_open_question(phones: Browsing, round_: Round, staff: Staff) -> None:
    phone = seated(phones, round_, staff.players)
    round_.to("open")
    phone.question(1)
    for name, pid in staff.up.state["pids"].items():
        if name.startswith("players"):
            os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    phone.option("1022")
    phone.saved()
    assert time.monotonic() - killed < BACK_S
    round_.command("close")
    phone.verdict("Đúng rồi!")
    assert choices(round_) == [(1, 1, ["a"])]


def test_two_tabs_do_not_fight_over_a_seat(phones: Browsing, round_: Round, staff: Staff) -> None:
    first = seated(phones, round_, staff.players)
    second = phones.phone_in(first.page.context, staff.players)
    second.in_lobby()
    expect(first.page.locator("h1")).to_have_text("Bạn đang chơi ở một trang khác")
    first.page.get_by_role("button", name="Chơi ở đây").tap()
    first.in_lobby()
    expect(second.page.locator("h1")).to_have_text("Bạn đang chơi ở một trang khác")
    round_.to("open")
    first.question(1)
    first.option("1022")
    first.saved()
    assert round_.get()["seats"] == 1


def test_a_browser_closed_and_opened_again_is_back_without_a_tap(phones: Browsing, round_: Round, staff: Staff) -> None:
    phone = seated(phones, round_, staff.players)
    round_.to("open")
    phone.question(1)
    phone.option("113")
    phone.saved()
    kept = phone.page.context.storage_state()
    phone.page.context.close()
    again = phones.phone_in(phones.context((360, 640), touch=True, storage=kept), staff.players)
    again.question(1)
    again.saved()
    expect(again.page.locator("button.option.is-chosen")).to_contain_text("113")
    expect(again.page.locator(".topbar .who")).to_have_text("Y Mek Ê Nuôl")


def test_who_cannot_come_in_is_told_kindly(phones: Browsing, round_: Round, staff: Staff) -> None:
    phone = phones.phone(staff.players)
    problem = phone.page.locator(".problem")
    phone.page.locator(".button.primary").tap()
    expect(problem).to_contain_text("Mã phòng có đủ 6 chữ số")
    wrong = "111111" if round_.code != "111111" else "222222"
    phone.join("", code=wrong)
    expect(problem).to_contain_text("Bạn cho biết tên")
    phone.join("Một cái tên quá dài để hiện trên bảng xếp hạng")
    expect(problem).to_contain_text("nhiều nhất 24 chữ cái")
    phone.join("Lan")
    expect(problem).to_contain_text("Không có phòng nào mang mã này")
    expect(phone.page.locator("#code")).to_be_focused()
    round_.command("lock")
    phone.join("Lan", code=round_.code)
    expect(problem).to_contain_text("Phòng đã khoá cửa")
    round_.command("unlock")
    phone.join("Lan")
    phone.in_lobby()
    round_.command("kick", seat=1)
    expect(phone.page.locator("h1")).to_have_text("Người dẫn chương trình đã mời bạn rời phòng")
    phone.page.reload()
    expect(phone.page.locator("#code")).to_be_visible()


IMPATIENT = """
const later = window.setTimeout;
window.setTimeout = (work, ms) => later(work, ms > 4000 ? ms / 5 : ms);
"""


def test_a_network_without_sockets_still_plays_and_goes_back_to_one(
    phones: Browsing, round_: Round, gate: Gate
) -> None:
    gate.set(Way.NO_SOCKETS)
    phone = seated(phones, round_, gate.url, script=IMPATIENT)
    expect(phone.page.locator(".link-word")).to_have_text("Mạng yếu")
    round_.to("open")
    phone.question(1)
    phone.option("1022")
    phone.saved()
    assert choices(round_) == [(1, 1, ["a"])]
    round_.command("close")
    phone.verdict("Đúng rồi!")
    gate.set(Way.ALL)
    expect(phone.page.locator(".link-word")).to_have_count(0, timeout=15_000)
    round_.command("kick", seat=1)
    expect(phone.page.locator("h1")).to_have_text("Người dẫn chương trình đã mời bạn rời phòng")


NO_STORAGE = """
for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, { get() { throw new Error("storage is switched off"); } });
}
"""
NEWER_THAN_CHROME_61 = """
const gone = {
  window: ["queueMicrotask", "ResizeObserver", "AbortController", "AbortSignal", "structuredClone", "BroadcastChannel",
    "visualViewport", "WeakRef", "FinalizationRegistry", "BigInt", "globalThis"],
  "Array.prototype": ["flat", "flatMap", "at", "findLast", "toSorted", "toReversed"],
  "String.prototype": ["matchAll", "replaceAll", "trimStart", "trimEnd", "at"],
  Object: ["fromEntries", "hasOwn", "groupBy"],
  Promise: ["allSettled", "any", "withResolvers"],
  "Promise.prototype": ["finally"],
  "Element.prototype": ["replaceChildren", "toggleAttribute", "checkVisibility", "animate"],
  "Navigator.prototype": ["wakeLock", "vibrate", "share", "locks", "storage", "serviceWorker"],
  "Crypto.prototype": ["randomUUID", "subtle"],
  Intl: ["RelativeTimeFormat", "PluralRules", "Segmenter", "ListFormat"],
};
for (const [place, names] of Object.entries(gone)) {
  const holder = place === "window" ? window : place.split(".").reduce((object, key) => object[key], window);
  for (const name of names) { try { delete holder[name]; } catch (_) {} }
}
"""


@pytest.mark.parametrize("script", [NO_STORAGE, NEWER_THAN_CHROME_61], ids=["no storage", "Chrome 61"])
def test_poor_browsers_play_too(phones: Browsing, round_: Round, staff: Staff, script: str) -> None:
    phone = seated(phones, round_, staff.players, script=script)
    round_.to("open")
    phone.question(1)
    phone.option("114")
    phone.saved()
    round_.command("close")
    phone.verdict("Chưa đúng")
    round_.to("open")
    phone.question(2)
    phone.option("1022")
    phone.saved()
    round_.command("finish")
    expect(phone.page.locator(".card-name")).to_have_text("Y Mek Ê Nuôl")
