"""The pages of the set-up speak whole sentences in both languages, in every state of a contest."""

import inspect
import re
from pathlib import Path

import pytest

from admin.contests.setup_layout import TABS
from admin.demo import seed_demo
from admin.roles import Role
from contest.catalogue import load
from contest.provincial import amendments, drafts, rules
from tests.admin.conftest import Staff
from tests.admin.contests.forms import form_of
from tests.admin.contests.test_setup import HTML, Organiser

PAGES = ("", "/rules", "/open", "/lists", "/dry-run", "/versions", *(f"/setup/{tab.key}" for tab in TABS))
KEY = re.compile(
    r"\b(act|contest|dry_run|entry|error|field|group|lists|nav|problem|question|quiz|rules|setup)\.[a-z_]+"
)


async def look(organiser: Organiser, contest_id: int, pages: tuple[str, ...]) -> None:
    session = organiser.http.headers["Cookie"]
    for lang in ("vi", "en"):
        organiser.http.headers["Cookie"] = f"{session}; hoithi_lang={lang}"
        for path in ("/contests", "/contests/new", *(f"/contests/{contest_id}{page}" for page in pages)):
            response = await organiser.http.get(path, headers=HTML)
            assert response.status_code == 200, (path, response.text[-2000:])
            assert f'<html lang="{lang}"' in response.text, path
            words = re.sub(r"<(code|small class=\"field\")>.*?</\1>|<[^>]*>", " ", response.text)
            assert not KEY.search(words), (path, KEY.search(words))
            assert not re.search(r"(?<!\{)\{[a-z_]+\}", words), path
    organiser.http.headers["Cookie"] = session


async def test_a_draft_an_open_contest_and_an_amended_one(staff: Staff) -> None:
    await seed_demo(staff.services.db, staff.clock.wall_ms())
    organiser = Organiser(staff, await staff.signed_in(Role.ORGANISER))
    broken = await organiser.create("Chưa xong")
    await look(organiser, broken, PAGES)
    contest_id = await organiser.create("Thử", "quang_nam_2022")
    await look(organiser, contest_id, PAGES)
    base = f"/contests/{contest_id}"
    assert (await organiser.send(await organiser.form(f"{base}/open"))).status_code == 303
    form = await organiser.form(f"{base}/setup/rounds")
    await organiser.send(form.set("rounds.0.name", "Vòng sơ khảo"))
    form = await organiser.form(f"{base}/setup/ranking")
    await organiser.send(form.set("quota.per_day", "2").tick("ranking.complete_only"))
    await look(organiser, contest_id, ("", "/amend"))
    page = (await organiser.http.get(f"{base}/amend", headers=HTML)).text
    assert "Vòng sơ khảo: Tên đợt" in page
    reply = await organiser.send(form_of(page, f"{base}/amend"))
    assert reply.status_code == 422
    assert "Hãy ghi lý do" in reply.text
    amended = await organiser.send(form_of(page, f"{base}/amend").set("reason", "Theo góp ý"))
    assert amended.status_code == 303, amended.text
    await look(organiser, contest_id, PAGES)
    page = (await organiser.http.get(f"{base}/versions", headers=HTML)).text
    assert "Theo góp ý" in page
    assert "Vòng sơ khảo: Tên đợt" in page


async def test_changes_can_be_dropped(staff: Staff) -> None:
    await seed_demo(staff.services.db, staff.clock.wall_ms())
    organiser = Organiser(staff, await staff.signed_in(Role.ORGANISER))
    form = await organiser.form("/contests/1/setup/complaints")
    await organiser.send(form.set("complaint_days", "9"))
    assert "9" in (await organiser.http.get("/contests/1/amend", headers=HTML)).text
    await organiser.send(await organiser.form("/contests/1/amend", "/contests/1/amend/drop"))
    page = (await organiser.http.get("/contests/1/amend", headers=HTML)).text
    assert "Chưa có gì khác bản đang có hiệu lực" in page


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_problem_of_a_draft_has_its_words(lang: str) -> None:
    """Codes as they are written in the source: whoever adds one adds its sentence."""
    words = load(lang)
    found = set(re.findall(r'ValueError\("([a-z_]+)"\)', Path(inspect.getfile(rules)).read_text("utf-8")))
    found |= set(re.findall(r'_distinct\("([a-z_]+)"', Path(inspect.getfile(rules)).read_text("utf-8")))
    found |= set(drafts._CODES.values()) | set(drafts._PLACES)
    found |= set(re.findall(r'Problem\([^)]*"([a-z]+(?:_[a-z]+)+)"\)', Path(inspect.getfile(amendments)).read_text()))
    assert len(found) > 25
    assert [code for code in sorted(found) if f"problem.{code}" not in words] == []
