"""The organiser's pages of results, by plain forms as a browser without JavaScript sends them."""

import re
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from admin.accounts import Account
from admin.roles import Role
from contest.catalogue import LANGUAGES, load
from contest.provincial import key_correction, log_check, results
from contest.provincial.result_states import ResultState
from contest.provincial.rules import Collective, CollectiveLevel, Criterion, Formula, Prize, Ranking
from contest.provincial.tables import participants
from contest.tables import audit_log
from tests.admin.conftest import Staff
from tests.contest.provincial.contest_fixture import DAY, OPENS
from tests.contest.provincial.results_support import HOUR, NAMES, OVER, Staged, first_round, prize_rules, stage

HTML = {"Accept": "text/html"}


class Desk:
    """A staged contest and two organisers in browsers."""

    lan: httpx.AsyncClient
    minh: httpx.AsyncClient

    def __init__(self, staff: Staff, staged: Staged, *accounts: Account) -> None:
        self.staff, self.staged, self.accounts = staff, staged, accounts
        self.base = f"/contests/{staged.contest}"

    async def at(self, now: int) -> None:
        """That moment; both have signed in again."""
        self.staff.clock.advance(now - self.staff.clock.wall_ms())
        self.lan, self.minh = [await self.staff.session_of(one) for one in self.accounts]

    async def get(self, path: str, status: int = 200) -> str:
        reply = await self.lan.get(self.base + path, headers=HTML)
        assert reply.status_code == status, (path, reply.text[:1500])
        words = re.sub(r"<code>.*?</code>|<[^>]*>", " ", reply.text)
        left = r"\b(results|ties|why|void|dossier|review|complaints|keys|error|field)\.[a-z_]+\b"
        assert not re.search(left, words), (path, re.search(left, words))
        assert not re.search(r"(?<!\{)\{[a-z_]+\}", words), path
        return reply.text

    async def post(self, path: str, who: httpx.AsyncClient | None = None, **form: Any) -> httpx.Response:
        return await (who or self.lan).post(self.base + path, data=form, headers=HTML)

    async def done(self, path: str, who: httpx.AsyncClient | None = None, **form: Any) -> None:
        reply = await self.post(path, who, **form)
        assert reply.status_code == 303, (path, reply.status_code, reply.text[:3000])

    async def state(self, key: str) -> ResultState:
        async with self.staff.services.db.read() as reader:
            return (await results.load(reader, self.staged.contest, key)).state


async def desk_of(staff: Staff, rules: Any = None, people: int = 6) -> Desk:
    staged = await stage(staff.services.db, rules, people=people)
    return Desk(staff, staged, *[await staff.account(Role.ORGANISER, name) for name in ("Lan", "Minh")])


@pytest.fixture
async def desk(staff: Staff) -> Desk:
    """Two rounds; the first one taken by five people, the second by one."""
    made = await desk_of(staff)
    await first_round(made.staged)
    await made.staged.sit(0, at=OPENS + DAY + HOUR, prediction=1)
    return made


async def test_nothing_exact_is_shown_while_a_prediction_is_open(desk: Desk) -> None:
    """Not on the board, not by the effect of a void, not by running numbers."""
    await desk.at(OPENS + 5 * HOUR)
    board = await desk.get("/results")
    assert board.count("Chờ đến") == 2
    one = await desk.get("/results/r1")
    assert 'class="standings"' not in one
    await desk.get("/results/r1/standings", 409)
    await desk.get(f"/results/r1/why?a={desk.staged.ids[0]}&b={desk.staged.ids[1]}", 409)
    refused = await desk.post("/results/r1/compute")
    assert refused.status_code == 409
    assert "Chưa hết giờ" in refused.text
    void = await desk.get(f"/void/entry/{desk.staged.public[0]}")
    assert "chưa thể cho biết" in void
    assert "Số báo danh" not in await desk.get(f"/entries/{desk.staged.public[0]}")


async def test_two_people_publish_and_the_prizes_are_handed_over(desk: Desk) -> None:
    await desk.at(OVER)
    await desk.done("/results/r1/compute")
    page = await desk.get("/results/r1")
    assert "Tạm tính" in page
    for name in NAMES[:3]:
        assert name.replace("'", "&#39;") in page
    await desk.done("/results/r1/verify")
    await desk.done("/results/r1/sign")
    again = await desk.post("/results/r1/publish")
    assert again.status_code == 403
    assert "Cần người thứ hai" in again.text
    await desk.done("/results/r1/withdraw")
    await desk.done("/results/r1/sign")
    await desk.done("/results/r1/publish", desk.minh)
    assert "Đang nhận khiếu nại" in await desk.get("/results")
    early = await desk.post("/results/r1/finalise")
    assert (early.status_code, "thời gian nhận khiếu nại" in early.text) == (409, True)
    await desk.at(OPENS + 20 * DAY)
    await desk.done("/results/r1/finalise")
    page = await desk.get("/results/r1")
    (first, *_) = re.findall(rf"{desk.base}/awards/(\d+)/revoke", page)
    await desk.done(f"/awards/{first}/revoke", reason="Thi hộ.", key="r1")
    assert "Đã thu hồi" in await desk.get("/results/r1")
    await desk.done("/results/r1/hand_over")
    assert await desk.state("r1") is ResultState.AWARDED
    dossier = await desk.get(f"/entries/{desk.staged.public[1]}")
    assert "Giải Nhì" in dossier
    audit = (await desk.lan.get("/audit?action=contest", headers=HTML)).text
    assert "Công bố kết quả r1" in audit
    await every_act_has_its_words(desk)
    assert not any(name in audit for name in NAMES)


async def every_act_has_its_words(desk: Desk) -> None:
    async with desk.staff.services.db.read() as reader:
        acts = set((await reader.execute(select(audit_log.c.action))).scalars())
    for lang in LANGUAGES:
        assert {act for act in acts if f"audit.did.{act}" not in load(lang)} == set()


async def test_why_one_stands_above_the_other(desk: Desk) -> None:
    await desk.at(OVER)
    a, b = desk.staged.ids[:2]
    await desk.done("/results/r1/compute")
    assert f"a={a}&amp;b={b}" in await desk.get("/results/r1/standings")
    page = await desk.get(f"/results/r1/why?a={b}&b={a}")
    assert "Phân định ở đây" in page
    assert re.search(r"<tr class=\"winner\"><td class=\"num\">2</td>", page), "the second step, duration"
    assert (await desk.get("/results/r1/why")).count("<tbody>") == 0
    await desk.get(f"/results/r1/why?a={a}&b=999999", 404)


async def test_a_void_shows_its_effect_and_keeps_the_old_document(desk: Desk) -> None:
    await desk.at(OVER)
    for act, who in (("compute", None), ("verify", None), ("sign", None), ("publish", desk.minh)):
        await desk.done(f"/results/r1/{act}", who)
    path = f"/void/entry/{desk.staged.public[0]}"
    page = await desk.get(path)
    assert "Đáp án dự đoán (Đợt 1): 5 → 4" in page
    assert "phải tính, kiểm tra và công bố lại" in page
    missing = await desk.post(path, ground="proxy", note="")
    assert (missing.status_code, "lý do cụ thể" in missing.text) == (422, True)
    assert await desk.state("r1") is ResultState.PUBLISHED
    await desk.done(path, ground="proxy", note="Em trai thi hộ chị Ánh.")
    assert await desk.state("r1") is ResultState.CLOSED
    assert "Em trai" in await desk.get(path)
    await desk.done("/results/r1/compute")
    assert "loại một người dự thi" in await desk.get("/results/r1")
    old = await desk.get("/results/r1/revisions/1")
    assert NAMES[0] in old
    await desk.done(path, back="true", note="Nhầm người.")
    await every_act_has_its_words(desk)
    async with desk.staff.services.db.read() as reader:
        assert (await log_check.verify(reader, desk.staged.contest)).ok


async def test_ties_are_settled_on_the_page(staff: Staff) -> None:
    ranking = Ranking(chain=(Criterion.SCORE, Criterion.DURATION))
    collective = Collective(formula=Formula.PARTICIPANTS, levels=(CollectiveLevel(name="Nhất toàn đoàn", count=1),))
    desk = await desk_of(staff, prize_rules(ranking=ranking, prediction=None, collective=collective), people=4)
    for person in range(4):
        await desk.staged.sit(person, at=OPENS + HOUR + person, wrong=int(person > 0))
    await desk.at(OVER)
    await desk.done("/results/r1/compute")
    page = await desk.get("/results/r1")
    assert "2 suất, 3 bên bằng nhau" in page
    assert (await desk.post("/results/r1/verify")).status_code == 409
    members = [str(one) for one in desk.staged.ids[1:]]
    wrong = await desk.post(
        "/ties/decide", key="r1", member=members, position=["1", "1", "2"], reason="BB", signer="Bà Lan"
    )
    assert (wrong.status_code, "Hãy đánh số" in wrong.text) == (422, True)
    pool = {"key": "r1", "member": members, "source": "Xổ số Đắk Lắk 24/11", "signer": "Bà Lan"}
    await desk.done("/ties/pool", **pool)
    (line,) = set(re.findall(rf"{desk.base}/ties/(\d+)/draw", await desk.get("/results/r1")))
    few = await desk.post(f"/ties/{line}/draw", key="r1", digits="123", reason="BB", signer="Bà Lan")
    assert few.status_code == 422
    await desk.done(f"/ties/{line}/draw", key="r1", digits="0123456789" * 5, reason="BB", signer="Bà Lan")
    page = await desk.get("/results/r1")
    assert "bên bằng nhau" not in page
    assert "Bốc thăm" in page
    await desk.done("/results/r1/verify")
    await desk.done("/results/collective/compute")
    page = await desk.get("/results/collective")
    assert "Số người dự thi" in page
    assert "Phường Buôn Ma Thuột" in await desk.get("/units/strike?code=24133")
    await desk.get("/units/strike?code=99999", 404)
    await desk.done("/units/strike", code="24133", reason="Thi hộ có tổ chức.")
    assert "Thi hộ có tổ chức." in await desk.get("/results")
    await every_act_has_its_words(desk)


async def test_the_desks_and_the_keys(desk: Desk) -> None:
    """A case and a complaint are decided and change nothing; a wrong key is put right; a key is published."""
    await desk.staged.sit(5, at=OPENS + DAY + 2 * HOUR, seconds=2)
    await desk.at(OVER)
    await desk.done("/results/r1/compute")
    await desk.done("/review/scan")
    page = await desk.get("/review?state=all")
    assert NAMES[5] in page, "five questions in two seconds"
    (case,) = re.findall(rf"{desk.base}/review/(\d+)", page)
    assert (await desk.post(f"/review/{case}", state="cleared", note="")).status_code == 422
    await desk.done(f"/review/{case}", state="confirmed", note="Đã gọi điện hỏi.")
    assert (await desk.post("/complaints", text=" ")).status_code == 422
    await desk.done("/complaints", text="Tôi nộp bài sớm hơn.", key="r1", by=desk.staged.public[3], evidence="Ảnh chụp")
    page = await desk.get("/complaints")
    assert NAMES[3] in page
    (complaint,) = set(re.findall(rf"{desk.base}/complaints/([\w-]+)", page))
    await desk.done(f"/complaints/{complaint}", state="rejected", decision="Giờ máy chủ là 10:00:01.", effect="")
    assert await desk.state("r1") is ResultState.PROVISIONAL
    async with desk.staff.services.db.read() as reader:
        question = await key_correction.question_at(reader, desk.staged.contest, "", 1)
    assert "Câu 1?" in await desk.get("/keys")
    await desk.get("/keys/1")
    seen = await desk.get("/keys/1?answer=a")
    assert "bài thi đổi điểm" in seen
    await desk.get("/keys/1?answer=b", 409)
    await desk.done("/keys/1", answer="a", reason="In sai.")
    assert question.question.answer == ("b",)
    assert "đã sửa, bản 2" in await desk.get("/keys")
    await desk.done("/round-keys/r1")
    assert "Công bố lúc" in await desk.get("/results")
    await every_act_has_its_words(desk)


async def test_the_pages_speak_english_too(desk: Desk) -> None:
    await desk.at(OVER)
    await desk.done("/results/r1/compute")
    desk.lan.headers["Cookie"] += "; hoithi_lang=en"
    for path in (
        "/results",
        "/results/r1",
        "/results/r1/standings",
        f"/results/r1/why?a={desk.staged.ids[0]}&b={desk.staged.ids[1]}",
        f"/entries/{desk.staged.public[0]}",
        f"/void/entry/{desk.staged.public[0]}",
        "/review",
        "/complaints",
        "/keys",
        "/keys/1?answer=a",
    ):
        assert '<html lang="en"' in await desk.get(path), path


async def test_hosts_stay_outside(desk: Desk) -> None:
    host = await desk.staff.signed_in(Role.HOST, "Người dẫn")
    for path in ("/results", "/results/r1", f"/entries/{desk.staged.public[0]}", "/complaints", "/review", "/keys"):
        assert (await host.get(desk.base + path, headers={"Accept": "application/json"})).status_code == 403, path


async def test_a_prize_that_waits_for_another_tie_is_not_decided_here(staff: Staff) -> None:
    """Two share the one first prize and would both fit into the second: one decision is asked for, not two."""
    ranking = Ranking(chain=(Criterion.SCORE, Criterion.DURATION))
    prizes = (Prize(key="first", name="Giải Nhất", count=1), Prize(key="second", name="Giải Nhì", count=2))
    desk = await desk_of(staff, prize_rules(ranking=ranking, prediction=None, prizes=prizes), people=2)
    for person in range(2):
        await desk.staged.sit(person, at=OPENS + HOUR + person, wrong=0)
    await desk.at(OVER)
    await desk.done("/results/r1/compute")
    page = await desk.get("/results/r1")
    assert page.count(f'action="{desk.base}/ties/decide"') == 1
    assert "Giải Nhất: 1 suất, 2 bên bằng nhau" in page
    assert "Những giải này chờ phân định" in page
    async with staff.services.db.write() as writer:
        await writer.execute(update(participants).values(withdrawn_at=OVER))
    assert "(đã rút lại đồng ý)" in await desk.get("/results/r1")
