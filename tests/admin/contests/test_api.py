"""The JSON API of setting contests up."""

import asyncio

import httpx
import pytest

from admin.demo import seed_demo
from admin.roles import Role
from tests.admin.conftest import Staff

DAY_MS = 86_400_000


@pytest.fixture
async def api(staff: Staff) -> httpx.AsyncClient:
    await seed_demo(staff.services.db, staff.clock.wall_ms())
    return await staff.signed_in(Role.ORGANISER)


async def test_a_contest_from_a_template_to_a_second_version(api: httpx.AsyncClient, staff: Staff) -> None:
    found = (await api.get("/api/contest-templates")).json()
    assert "dak_lak_2025" in [one["key"] for one in found]
    made = await api.post(
        "/api/contests", json={"title": "Thi thử", "template": "dak_lak_2025", "first_day": "2099-12-01"}
    )
    assert made.status_code == 201, made.text
    contest = made.json()
    path = f"/api/contests/{contest['id']}"
    assert (contest["state"], contest["phase"], contest["problems"]) == ("draft", None, [])

    banks = (await api.get("/api/quizzes")).json()
    draft = {**contest["draft"], "bank_id": next(one["id"] for one in banks if one["is_bank"])}
    saved = await api.put(f"{path}/draft", json={"version": contest["draft_version"], "draft": draft})
    assert saved.status_code == 200, saved.text
    stale = await api.put(f"{path}/draft", json={"version": contest["draft_version"], "draft": draft})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")

    late = await api.post(f"{path}/open", json={"version": contest["draft_version"]})
    assert (late.status_code, late.json()["code"]) == (409, "contest_changed_meanwhile")
    opened = await api.post(f"{path}/open", json={"version": saved.json()["draft_version"]})
    assert opened.status_code == 200, opened.text
    assert (opened.json()["state"], opened.json()["phase"], opened.json()["rules_version"]) == ("open", "before", 1)

    draft = {**opened.json()["draft"], "complaint_days": 7}
    saved = await api.put(f"{path}/draft", json={"version": opened.json()["draft_version"], "draft": draft})
    body = {"version": saved.json()["draft_version"], "reason": "Theo góp ý"}
    amended = await api.post(f"{path}/amend", json=body)
    assert amended.status_code == 200, amended.text
    versions = (await api.get(f"{path}/versions")).json()
    assert [one["version"] for one in versions] == [1, 2]
    assert [(one["path"], one["before"], one["after"]) for one in versions[1]["changes"]] == [
        ("complaint_days", "5", "7")
    ]
    listed = (await api.get("/api/contests")).json()
    assert [(one["title"], one["rules_version"]) for one in listed if one["id"] == contest["id"]] == [("Thi thử", 2)]
    running = await api.post(f"{path}/archive")
    assert (running.status_code, running.json()["code"]) == (409, "contest_not_closed")


async def test_problems_are_named_by_their_place(api: httpx.AsyncClient) -> None:
    rules = {"rounds": [{"key": "a", "name": "A", "opens_at": 5, "closes_at": 4}], "complaint_days": "nhiều"}
    made = (await api.post("/api/contests", json={"title": "Thi thử", "rules": rules})).json()
    assert made["problems"] == [{"field": "complaint_days", "code": "field_not_a_number"}]
    draft = {**made["draft"], "complaint_days": 5}
    path = f"/api/contests/{made['id']}"
    saved = (await api.put(f"{path}/draft", json={"version": made["draft_version"], "draft": draft})).json()
    assert saved["problems"] == [{"field": "rounds", "code": "round_ends_before_it_opens"}]
    refused = await api.post(f"{path}/open", json={"version": saved["draft_version"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "contest_not_ready")


async def test_a_dry_run_by_program(api: httpx.AsyncClient) -> None:
    body = {"title": "Thi thử", "template": "dak_lak_2025", "first_day": "2099-12-01"}
    made = (await api.post("/api/contests", json=body)).json()
    path = f"/api/contests/{made['id']}"
    without = await api.put(f"{path}/dry-run", json={"people": 20})
    assert (without.status_code, without.json()["code"]) == (422, "bank_missing")
    banks = (await api.get("/api/quizzes")).json()
    draft = {**made["draft"], "bank_id": next(one["id"] for one in banks if one["is_bank"])}
    await api.put(f"{path}/draft", json={"version": made["draft_version"], "draft": draft})
    started = await api.put(f"{path}/dry-run", json={"people": 20, "seed": 3})
    assert (started.status_code, started.json()["running"]) == (202, True)
    for _ in range(400):
        status = (await api.get(f"{path}/dry-run")).json()
        if not status["running"]:
            break
        await asyncio.sleep(0.1)
    assert status["report"]["agreed"] is True
    assert status["about"]["seed"] == 3


async def test_the_schema_names_every_setting(api: httpx.AsyncClient) -> None:
    schema = (await api.get("/api/contest-rules-schema")).json()
    assert {"rounds", "ranking", "prizes", "collective"} <= schema["properties"].keys()
    spoken = (await api.get("/api/openapi.json")).json()
    assert "/api/contests/{contest_id}/amend" in spoken["paths"]
