"""Setting a contest up through its pages, by plain forms as a browser without JavaScript sends them."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from admin.contests.rules_form import shown, value_at
from admin.contests.setup_layout import TABS, Kind, Rows, Setting, Tab
from admin.demo import seed_demo
from admin.roles import Role
from contest.provincial import contests, templates
from contest.provincial.contests import ContestRecord
from contest.provincial.drafts import as_draft
from tests.admin.conftest import Staff
from tests.admin.contests.forms import Form, form_of
from tests.admin.contests.test_rules_form import sent

HTML = {"Accept": "text/html"}
SIX = ("dak_lak_2025", "quang_nam_2022", "thanh_khe_2026", "quang_ninh_2023", "bac_kan_2023", "percent_all_correct")


class Organiser:
    """One organiser in a browser."""

    def __init__(self, staff: Staff, http: httpx.AsyncClient) -> None:
        self.staff, self.http = staff, http

    async def form(self, page: str, action: str = "") -> Form:
        reply = await self.http.get(page, headers=HTML)
        assert reply.status_code == 200, reply.text[:2000]
        return form_of(reply.text, action or page)

    async def send(self, form: Form, act: str = "", **headers: str) -> httpx.Response:
        return await self.http.post(form.action, data=form.sent(act), headers={**HTML, **headers})

    async def create(self, title: str = "Cuộc thi thử", template: str = "") -> int:
        form = await self.form("/contests/new", "/contests")
        form.set("title", title).set("first_day", "2026-12-01").set("template", template)
        reply = await self.send(form)
        assert reply.status_code == 303, reply.text
        return int(reply.headers["location"].split("/")[2])

    async def contest(self, contest_id: int) -> ContestRecord:
        async with self.staff.services.db.read() as reader:
            return await contests.load(reader, contest_id)


@pytest.fixture
async def organiser(staff: Staff) -> Organiser:
    await seed_demo(staff.services.db, staff.clock.wall_ms())
    return Organiser(staff, await staff.signed_in(Role.ORGANISER))


def by_group(draft: Mapping[str, Any]) -> dict[str, Any]:
    """The draft with the groups of an audience as a set, which is all they mean."""
    return {**draft, "audiences": [{**one, "groups": sorted(one["groups"])} for one in draft["audiences"]]}


async def set_up(organiser: Organiser, contest_id: int, tab: Tab, target: Mapping[str, Any]) -> None:
    """Makes one page say what `target` says, pressing its buttons and typing into the fields it shows."""
    path = f"/contests/{contest_id}/setup/{tab.key}"
    wanted = sent(shown(tab, target))
    for part in tab.parts:
        form = await organiser.form(path)
        if part.switch and (part.switch in wanted) != any(name == part.switch for name, _ in form.fields):
            await organiser.send(form.tick(part.switch) if part.switch in wanted else form.untick(part.switch))
    for item in tab.settings():
        if isinstance(item, Rows) and f"{item.path}.rows" in wanted:
            many = len(value_at(target, item.path))
            while (there := len(value_at((await organiser.contest(contest_id)).draft, item.path))) != many:
                act = f"{item.path}:add" if there < many else f"{item.path}:remove:0"
                await organiser.send(await organiser.form(path), act=act)
        elif isinstance(item, Setting) and item.kind is Kind.CHAIN:
            chain = [str(step) for step in value_at(target, item.path)]
            form = await organiser.form(path)
            while rest := [step for step in form.values(item.path) if step not in chain]:
                await organiser.send(form, act=f"{item.path}:remove:{form.values(item.path).index(rest[0])}")
                form = await organiser.form(path)
            for place, step in enumerate(chain):
                if step not in form.values(item.path):
                    await organiser.send(form.set(f"{item.path}.add", step), act=f"{item.path}:add")
                    form = await organiser.form(path)
                while (at := form.values(item.path).index(step)) > place:
                    await organiser.send(form, act=f"{item.path}:up:{at}")
                    form = await organiser.form(path)
    form = await organiser.form(path)
    for part in shown(tab, target):
        for field in (one for item in part["items"] for row in item.get("rows", [[item]]) for one in row):
            name, kind = field["name"], field["setting"].kind
            if kind in (Kind.FLAG, Kind.GROUPS):
                form.untick(name)
                for value in field["chosen"] or (["1"] if field["value"] else []):
                    form.tick(name, value)
            elif kind is not Kind.CHAIN:
                form.set(name, field["value"])
    reply = await organiser.send(form)
    assert reply.status_code == 303, reply.text


@pytest.mark.parametrize("key", SIX)
async def test_real_rules_are_set_up_through_the_pages_alone(organiser: Organiser, key: str) -> None:
    """From an empty contest, by buttons and fields; and each page, sent again as it stands, changes nothing."""
    contest_id = await organiser.create("Thử")
    bank = (await organiser.contest(contest_id)).draft["bank_id"]
    target = {**as_draft(templates.instantiate(key, "2026-12-01")), "title": "Thử", "bank_id": bank}
    for tab in sorted(TABS, key=lambda tab: tab.key == "prizes"):  # Prizes name divisions, which must be there.
        await set_up(organiser, contest_id, tab, target)
    assert by_group((await organiser.contest(contest_id)).draft) == by_group(target)
    for tab in TABS:
        await organiser.send(await organiser.form(f"/contests/{contest_id}/setup/{tab.key}"))
    assert by_group((await organiser.contest(contest_id)).draft) == by_group(target)


async def test_a_contest_is_made_from_nothing_and_opened(organiser: Organiser) -> None:
    contest_id = await organiser.create()
    base = f"/contests/{contest_id}"
    reply = await organiser.http.get(f"{base}/open", headers=HTML)
    assert "button>Mở cuộc thi" not in reply.text

    rounds = await organiser.form(f"{base}/setup/rounds")
    reply = await organiser.send(rounds, act="rounds:add")
    assert reply.headers["location"] == f"{base}/setup/rounds?saved=1#rounds"
    rounds = await organiser.form(f"{base}/setup/rounds")
    rounds.set("rounds.0.name", "Đợt 1").set("rounds.0.opens_at", "2026-12-01T07:00")
    reply = await organiser.send(rounds.set("rounds.0.closes_at", "tối mai"))
    page = (await organiser.http.get(f"{base}/setup/rounds", headers=HTML)).text
    assert 'value="tối mai"' in page
    assert "Chưa phải ngày giờ" in page
    rounds = await organiser.form(f"{base}/setup/rounds")
    await organiser.send(rounds.set("rounds.0.closes_at", "2026-12-08T00:00"))

    prizes = await organiser.form(f"{base}/setup/prizes")
    await organiser.send(prizes, act="prizes:add")
    prizes = await organiser.form(f"{base}/setup/prizes")
    await organiser.send(prizes.set("prizes.0.name", "Giải Nhất").set("prizes.0.value_vnd", "1.500.000"))
    draft = (await organiser.contest(contest_id)).draft
    assert draft["prizes"][0]["value_vnd"] == 1_500_000

    reply = await organiser.send(await organiser.form(f"{base}/open"))
    assert reply.status_code == 303, reply.text
    contest = await organiser.contest(contest_id)
    assert (contest.state, contest.rules_version) == ("open", 1)
    assert contest.rules is not None
    assert contest.rules.rounds[0].opens_at == 1_796_083_200_000
    again = await organiser.http.get(base, headers=HTML)
    assert "Đợt 1" in again.text


async def test_counts_of_the_bank_stand_at_each_cell(organiser: Organiser) -> None:
    contest_id = await organiser.create()
    path = f"/contests/{contest_id}/setup/paper"
    page = (await organiser.http.get(path, headers=HTML)).text
    assert "Ngân hàng có 60 câu phù hợp" in page
    form = await organiser.form(path)
    form.set("blueprint.cells.0.category", "online_payment").set("blueprint.cells.0.difficulty", "3")
    await organiser.send(form)
    page = (await organiser.http.get(path, headers=HTML)).text
    assert "Ngân hàng có 1 câu phù hợp" in page
    assert "Cần ít nhất 10 câu" in page


async def test_htmx_gets_the_mark_the_faults_and_the_counts(organiser: Organiser) -> None:
    contest_id = await organiser.create()
    path = f"/contests/{contest_id}/setup/paper"
    form = (await organiser.form(path)).set("blueprint.points_each", "một")
    reply = await organiser.send(form, **{"HX-Request": "true"})
    assert "Đã lưu" in reply.text
    assert 'id="p-blueprint-points_each" hx-swap-oob="true">Chưa phải là số' in reply.text
    assert 'id="held-0" hx-swap-oob="true"' in reply.text
    # The same page again, which has not read its new version yet.
    reply = await organiser.send(form.set("blueprint.points_each", "2"), **{"HX-Request": "true"})
    assert "Đã lưu" in reply.text
    assert (await organiser.contest(contest_id)).draft["blueprint"]["points_each"] == 2
    reply = await organiser.send(form, act="blueprint.cells:add", **{"HX-Request": "true"})
    assert reply.headers["hx-retarget"] == "#setup"
    assert "blueprint.cells.1.count" in reply.text


async def test_two_pages_do_not_overwrite_each_other(organiser: Organiser) -> None:
    contest_id = await organiser.create()
    path = f"/contests/{contest_id}/setup/general"
    mine, theirs = await organiser.form(path), await organiser.form(path)
    assert (await organiser.send(mine.set("organiser", "Sở A"))).status_code == 303
    reply = await organiser.send(theirs.set("organiser", "Sở B"))
    assert reply.status_code == 409
    assert 'value="Sở B"' in reply.text  # What was typed is still there to be copied.
    assert (await organiser.contest(contest_id)).draft["organiser"] == "Sở A"
    reply = await organiser.send(theirs, **{"HX-Request": "true"})
    assert "Người khác vừa sửa" in reply.text
    assert (await organiser.contest(contest_id)).draft["organiser"] == "Sở A"


async def test_an_empty_title_is_not_kept(organiser: Organiser) -> None:
    contest_id = await organiser.create("Tên cũ")
    form = await organiser.form(f"/contests/{contest_id}/setup/general")
    reply = await organiser.send(form.set("title", " "))
    assert reply.status_code == 422
    assert (await organiser.contest(contest_id)).title == "Tên cũ"


async def test_a_host_sees_no_contests(staff: Staff) -> None:
    host = await staff.signed_in(Role.HOST)
    assert (await host.get("/contests", headers=HTML)).status_code == 403
    assert "/contests" not in (await host.get("/", headers=HTML)).text


async def test_what_is_missing_is_named_and_led_to(organiser: Organiser) -> None:
    contest_id = await organiser.create(template="dak_lak_2025")
    here = f"/contests/{contest_id}"
    form = await organiser.form(f"{here}/setup/paper")
    form.set("bank_id", "")
    await organiser.send(form)
    # The hub does not call it ready, the page of papers marks it, and the opening leads there.
    assert "Đã đủ thông tin" not in (await organiser.http.get(here, headers=HTML)).text
    assert "Chưa chọn ngân hàng câu hỏi" in (await organiser.http.get(f"{here}/setup/paper", headers=HTML)).text
    opening = (await organiser.http.get(f"{here}/open", headers=HTML)).text
    assert f'<a href="{here}/setup/paper#f-bank_id">Đề thi: Ngân hàng của cuộc thi</a>' in opening
    assert f'action="{here}/open"' not in opening


async def test_a_wrong_row_is_one_problem_named_by_its_place(organiser: Organiser) -> None:
    contest_id = await organiser.create(template="dak_lak_2025")
    here = f"/contests/{contest_id}"
    form = await organiser.form(f"{here}/setup/paper")
    form.set("blueprint.cells.0.count", "-1")
    await organiser.send(form)
    opening = (await organiser.http.get(f"{here}/open", headers=HTML)).text
    assert f'{here}/setup/paper#f-blueprint-cells-0-count">Đề thi, dòng 1: Số câu</a>' in opening
    assert "Cần ít nhất một" not in opening
