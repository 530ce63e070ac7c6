"""The member's phone over HTTP: a link, sessions once, undo, and whom to ask when the link is dead."""

from typing import Any

from contest.clock import SystemClock
from contest.teams import members, teams
from contest.teams.model import Member, MemberRole, TeamKind
from tests.realtime.entrants.conftest import Site, one_redis, people_stack, site

__all__ = ["one_redis", "people_stack", "site"]


async def link(site: Site) -> tuple[Member, str]:
    now = SystemClock().wall_ms()
    async with site.db.write() as writer:
        team = await teams.create(
            writer, commune="24133", name="Tổ 1", kind=TeamKind.COMMUNITY, actor="account:1", now_ms=now
        )
        member = await members.add(
            writer, site.box, team.id, name="Lan Anh", phone="", role=MemberRole.LEADER, actor="account:1", now_ms=now
        )
        token = (await members.issue(writer, [member.id], actor="account:1", now_ms=now))[member.id]
    return member, token


def body(nonce: str = "abcdefgh", **changes: Any) -> dict[str, Any]:
    now = SystemClock().wall_ms()
    return {
        "nonce": nonce, "kind": "visit", "said_at": now - 5000, "device_at": now, "headcounts": {"citizen": 4},
        "skills": ["online_payment"],
    } | changes  # fmt: skip


async def test_a_member_records_and_takes_back(site: Site) -> None:
    member, token = await link(site)
    async with site.browser(headers={"Authorization": f"Bearer {token}"}) as phone:
        assert (await phone.get("/team")).status_code == 200
        assert (await phone.get("/team/", follow_redirects=True)).status_code == 200
        first = (await phone.get("/api/team/me")).json()
        assert first["team"] == {"name": "Tổ 1", "kind": "community", "commune": "Phường Buôn Ma Thuột"}
        assert first["sessions"] == []
        done = await phone.post("/api/team/sessions", json=body())
        assert (done.status_code, done.json()["people"]) == (200, 4)
        again = await phone.post("/api/team/sessions", json=body(headcounts={"citizen": 9}))
        assert again.json() == done.json()
        shown = (await phone.get("/api/team/me")).json()
        assert [(one["people"], one["undone"]) for one in shown["sessions"]] == [(4, False)]
        assert shown["week"]["people"] == 4
        for _ in range(2):
            undone = await phone.post("/api/team/sessions/abcdefgh/undo", json={})
            assert undone.json()["undone"] is True
        assert (await phone.get("/api/team/me")).json()["week"]["people"] == 0
        assert (await phone.post("/api/team/sessions/zzzzzzzz/undo", json={})).status_code == 404
    async with site.db.read() as reader:
        assert (await members.load(reader, member.id)).paired_at is not None


WRONG = [
    ({"headcounts": {}}, "session_nobody"),
    ({"headcounts": {"cats": 1}}, "session_people"),
    ({"village_id": 99}, "session_village"),
    ({"said_at": 1}, "session_time"),
    ({"nonce": "short"}, "request_invalid"),
    ({"more": 1}, "request_invalid"),
    ({"headcounts": {"citizen": -1}}, "request_invalid"),
]


async def test_what_makes_no_sense_is_told(site: Site) -> None:
    _, token = await link(site)
    async with site.browser(headers={"Authorization": f"Bearer {token}"}) as phone:
        for changes, code in WRONG:
            told = await phone.post("/api/team/sessions", json=body(**changes))
            assert (told.status_code, told.json()["code"]) == (422, code), changes


async def test_a_dead_link_opens_nothing(site: Site) -> None:
    member, token = await link(site)
    async with site.db.write() as writer:
        await members.revoke(writer, member.id, actor="account:1", now_ms=1)
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {token}"}):
        async with site.browser(headers=headers) as phone:
            told = await phone.get("/api/team/me")
            assert (told.status_code, told.json()["code"]) == (401, "team_link")
            assert (await phone.post("/api/team/sessions", json=body())).status_code == 401
