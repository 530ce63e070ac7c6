"""The page of dry runs: a process of its own, its progress, its report."""

import asyncio

import pytest

from admin.contests.dry_runs import DryRuns
from admin.demo import seed_demo
from admin.roles import Role
from contest.errors import Conflict
from tests.admin.conftest import Staff
from tests.admin.contests.test_setup import HTML, Organiser
from tests.contest.provincial.test_dry_run import plan_for


async def test_a_dry_run_is_started_watched_and_read(staff: Staff) -> None:
    await seed_demo(staff.services.db, staff.clock.wall_ms())
    organiser = Organiser(staff, await staff.signed_in(Role.ORGANISER))
    contest_id = await organiser.create("Thử", "dak_lak_2025")
    path = f"/contests/{contest_id}/dry-run"
    form = await organiser.form(path)
    assert form.value("people") == "2000"
    reply = await organiser.send(form.set("people", "5"))
    assert reply.status_code == 422
    reply = await organiser.send(form.set("people", "40"))
    assert reply.status_code == 303, reply.text
    page = (await organiser.http.get(path, headers=HTML)).text
    assert "<progress" in page
    reply = await organiser.send(form)
    assert reply.status_code == 409
    async with asyncio.timeout(40):
        while "<progress" in page:
            await asyncio.sleep(0.2)
            page = (await organiser.http.get(path, headers={**HTML, "HX-Request": "true"})).text
    assert "Hai chương trình tính độc lập cho cùng một kết quả" in page
    assert "Giải Nhất" in page
    folder = staff.services.settings.data_dir / "dry-runs" / str(contest_id)
    # Neither the right answers nor the people stay.
    assert sorted(one.name for one in folder.iterdir()) == ["about.json", "log.txt", "progress.json", "report.json"]


async def test_a_dry_run_is_stopped(staff: Staff) -> None:
    runs = DryRuns(staff.services.settings.data_dir / "dry-runs")
    runs.start(1, plan_for("dak_lak_2025", 5000), {"people": 5000})
    assert runs.status(1).running
    assert not runs.status(2).running
    with pytest.raises(Conflict, match="dry_run_busy"):
        runs.start(2, plan_for("dak_lak_2025", 10), {})
    runs.stop(1)
    status = runs.status(1)
    assert (status.running, status.failure) == (False, {"code": "dry_run_stopped", "params": {}})
    left = sorted(one.name for one in (staff.services.settings.data_dir / "dry-runs" / "1").iterdir())
    assert set(left) <= {"about.json", "failure.json", "log.txt", "progress.json"}
