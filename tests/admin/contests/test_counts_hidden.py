"""While a prediction is open nothing that staff may open tells how many took part: five people more change no byte."""

import io
import re
import zipfile

import httpx
from fastapi.routing import APIRoute

from admin.roles import Role
from tests.admin.conftest import Staff
from tests.support.contest_crowd import DAY_MS, Crowd, Person, rules_of

NOT_OF_A_CONTEST = ("/audit", "/api/audit", "/static", "/login", "/logout")  # reading itself is noted in the audit log


def paths_of(staff: Staff, crowd: Crowd, who: Person, paper: str) -> list[str]:
    """Every address that can be opened by GET, filled in with what this contest has."""
    found = set()
    for route in staff.app.routes:
        if not isinstance(route, APIRoute) or "GET" not in route.methods:
            continue
        for kind, public_id in (("entry", who.public_id), ("attempt", paper)):
            given = {"contest_id": str(crowd.id), "key": "r1", "revision": "1", "kind": kind, "public_id": public_id}
            given |= {"tab_key": "general", "number": "1"}
            path = re.sub(r"{(\w+)(?::\w+)?}", lambda name, given=given: given.get(name[1], "1"), route.path)
            if not path.startswith(NOT_OF_A_CONTEST):
                found.add(path)
    return sorted(found)


async def read(client: httpx.AsyncClient, paths: list[str]) -> dict[str, str]:
    shown = {}
    for path in paths:
        reply = await client.get(path)
        assert reply.status_code < 500, path
        # What is drawn anew for every page, and what counts these very requests.
        shown[path] = re.sub(r'value="[0-9a-f]{16}"|hoithi_admin_request.*', "", content_of(reply))
    return shown


def content_of(reply: httpx.Response) -> str:
    """What is told; of a workbook, its parts without the moment in which it was made."""
    if not reply.content.startswith(b"PK"):
        return reply.text
    with zipfile.ZipFile(io.BytesIO(reply.content)) as book:
        parts = [book.read(name) for name in book.namelist() if name != "docProps/core.xml"]
    return b"\n".join(parts).decode()


async def test_staff_see_no_running_count(staff: Staff) -> None:
    now_ms = staff.clock.wall_ms()
    crowd = await Crowd.of(staff.services.db, rules_of(first=now_ms - DAY_MS, ranking={"overall": "best"}))

    async def enter(count: int) -> tuple[Person, str]:
        for _ in range(count):
            who = await crowd.person()
            paper = await crowd.paper(who, 7, at=crowd.rules.rounds[0].opens_at)
        await crowd.counted(now_ms)
        return who, paper

    who, paper = await enter(23)
    client = await staff.signed_in(Role.ADMINISTRATOR)
    paths = paths_of(staff, crowd, who, paper)
    assert f"/contests/{crowd.id}/results" in paths
    before = await read(client, paths)
    assert "Đợt 1" in before[f"/contests/{crowd.id}/results"]
    await enter(5)
    after = await read(client, paths)
    assert [path for path in paths if before[path] != after[path]] == []
    await client.aclose()
