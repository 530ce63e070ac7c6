"""From the last paper to prizes handed over, through the organisers' pages: two people, voids, ties, complaints.

Every form that is sent was found on a page that led there.
"""

import re
from dataclasses import dataclass, field

from contest.provincial import verify_draw
from contest.provincial.local_time import DAY_MS
from tests.flows.contests.entering import Entrant, Part
from tests.flows.contests.pages import Browser, Form, Page
from tests.flows.contests.platform import Platform

_DIGITS = "27 041 93 588 60 172 845 939 004 6 71 225 833 907 164 502 38"
"""As a lottery of the evening published them."""
GONE = (Part.VOID_ENTRY, Part.VOID_ATTEMPT)


@dataclass
class Decided:
    """What people decided, in the order they did: (result, audience, members with the better first)."""

    orders: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    committee: int = 0
    draws: int = 0
    keys: tuple[str, ...] = ()


async def decide(platform: Platform, contest_id: int, crowd: list[Entrant]) -> Decided:
    """Everything up to the winners being public."""
    first, base = platform.first, f"/contests/{contest_id}"
    decided = Decided()
    board = await first.open(f"{base}/results")
    links = [link for link in dict.fromkeys(board.links) if link.startswith(f"{base}/results/")]
    decided.keys = tuple(link.rsplit("/", 1)[1] for link in links)
    for key in decided.keys:
        await _press(first, f"{base}/results/{key}", "compute")
    for one in crowd:
        if one.part in GONE:
            await _void(first, base, one)
    for key in decided.keys:
        page = await first.open(f"{base}/results/{key}")
        if not page.forms_to("/verify"):
            # What was taken out has sent it back.
            page = await _press(first, f"{base}/results/{key}", "compute")
        await _settle(first, page, base, key, decided)
    for key in decided.keys:
        await _press(first, f"{base}/results/{key}", "verify")
        await _press(first, f"{base}/results/{key}", "sign")
        page = await first.open(f"{base}/results/{key}")
        refused = await first.send(page.form(f"{base}/results/{key}/publish"), status=403)
        assert "người" in refused.text
        await _press(platform.second, f"{base}/results/{key}", "publish")
    return decided


async def _press(browser: Browser, path: str, act: str) -> Page:
    page = await browser.open(path)
    forms = page.forms_to(f"/{act}")
    assert forms, f"{path} does not offer {act}: {[form.action for form in page.forms]}"
    return await browser.send(forms[0])


async def _void(browser: Browser, base: str, one: Entrant) -> None:
    """From the dossier to the page that tells the effect, and only then the act."""
    dossier = await browser.open(f"{base}/entries/{one.public_id}")
    assert one.name in dossier.text
    kind = "entry" if one.part is Part.VOID_ENTRY else "attempt"
    (link,) = [found for found in dict.fromkeys(dossier.links) if f"/void/{kind}/" in found]
    page = await browser.open(link)
    assert 'class="effect"' in page.text
    (form,) = [found for found in page.forms if found.named("ground")]
    form.fill("ground", "proxy").fill("note", "Biên bản số 3 của Ban Tổ chức.")
    done = await browser.send(form)
    assert "Biên bản số 3" in done.text


async def _settle(browser: Browser, page: Page, base: str, key: str, decided: Decided) -> None:
    """Ties one after the other: the first by the committee, the next by a public draw, and so on."""
    while forms := page.forms_to("/ties/decide"):
        form = forms[0]
        members = [one.value for one in form.fields if one.name == "member"]
        audience = form.value("audience")
        pools = [one for one in page.forms_to("/ties/pool") if one.value("audience") == audience]
        if decided.committee > decided.draws and pools:
            order = await _draw(browser, pools[0], members)
            decided.draws += 1
        else:
            order = await _committee(browser, form, members)
            decided.committee += 1
        page = await browser.open(f"{base}/results/{key}")
        decided.orders.append((key, audience, tuple(order)))
        assert len(decided.orders) < 40


async def _committee(browser: Browser, form: Form, members: list[str]) -> list[str]:
    """The last of the list is put first: no order that anything else would give."""
    places = [str(len(members) - n) for n in range(len(members))]
    form.fill("position", *places).fill("reason", "Biểu quyết của Ban Tổ chức.").fill("signer", "Nguyễn Thị Bình")
    await browser.send(form)
    return members[::-1]


async def _draw(browser: Browser, pool: Form, members: list[str]) -> list[str]:
    """The pool is announced, then digits come from outside; anybody can work out the order, as is done here."""
    pool.fill("source", "Xổ số kiến thiết Đắk Lắk, kỳ quay kế tiếp").fill("signer", "Y Bhăm Niê")
    announced = await browser.send(pool)
    (form,) = [one for one in announced.forms if one.named("digits")]
    section = announced.text[: announced.text.index(form.action)].rsplit("<section", 1)[1]
    shown_hash, draw_id = re.findall(r"<code>([^<]+)</code>", section)
    pool_hash, order = verify_draw.order(members, draw_id, _DIGITS)
    assert pool_hash == shown_hash
    await browser.send(form.fill("digits", _DIGITS).fill("reason", "Bốc thăm công khai."))
    return order


async def review(platform: Platform, contest_id: int) -> None:
    """The desk is asked to look; whatever it finds excludes nobody, and one case is put aside with a note."""
    browser, path = platform.first, f"/contests/{contest_id}/review"
    page = await browser.open(path)
    page = await browser.send(page.form(f"{path}/scan"))
    case = next(form for form in page.forms if form.named("note"))
    page = await browser.send(case.fill("note", "Cùng một phòng máy của xã."), "cleared", button="state")
    assert case.action not in [form.action for form in page.forms]


async def complain(platform: Platform, contest_id: int, slug: str, who: Entrant) -> None:
    """A complaint from a phone, and its decision at the desk."""
    assert who.phone is not None
    body = {"text": "Tôi đã nộp bài trước giờ đóng mà không thấy kết quả."}
    reply = await who.phone.post(f"/api/contests/{slug}/complaints", json=body)
    assert (reply.status_code, reply.json()["late"]) == (201, False), reply.text
    desk = await platform.first.open(f"/contests/{contest_id}/complaints")
    assert body["text"] in desk.text
    (form,) = desk.forms_to(f"/complaints/{reply.json()['id']}")
    form.fill("decision", "Bài nộp đúng giờ, kết quả giữ nguyên.")
    await platform.first.send(form, "rejected", button="state")
    told = (await who.phone.get(f"/api/contests/{slug}/complaints")).json()["complaints"]
    assert (told[0]["state"], told[0]["decision"]) == ("rejected", "Bài nộp đúng giờ, kết quả giữ nguyên.")


async def finish(platform: Platform, contest_id: int, decided: Decided) -> None:
    """After the days for complaints: final, handed over, the keys of the rounds out, the contest closed."""
    first, base = platform.first, f"/contests/{contest_id}"
    for key in decided.keys:
        page = await first.open(f"{base}/results/{key}")
        assert not page.forms_to("/finalise"), "final before the days for complaints are over"
    platform.clock.advance(12 * DAY_MS)
    for key in decided.keys:
        await _press(first, f"{base}/results/{key}", "finalise")
        await _press(first, f"{base}/results/{key}", "hand_over")
    board = await first.open(f"{base}/results")
    for form in [one for one in board.forms if "/round-keys/" in one.action]:
        await first.send(form)
    hub = await first.open(base)
    await first.send(hub.form(f"{base}/close"))
