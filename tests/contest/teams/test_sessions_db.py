"""Sessions in SQL: whatever a phone repeats or reorders, ledger and sessions say the same."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from contest.database import Database, Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import guests
from contest.provincial.secrets_box import FieldBox
from contest.skills import Skill
from contest.statistics.tables import participation_facts, villages
from contest.teams import members, sessions, summary, teams
from contest.teams.model import Member, MemberRole, SessionKind, Team, TeamKind
from contest.teams.sessions import UNDO_MS, Wish
from contest.teams.tables import team_sessions

NOW = 1_790_000_000_000
BOX = FieldBox(b"k" * 32)
COMMUNE = "24133"


async def make_team(writer: Writer, name: str = "Tổ thôn 1") -> Team:
    return await teams.create(
        writer, commune=COMMUNE, name=name, kind=TeamKind.COMMUNITY, actor="account:1", now_ms=NOW
    )


async def make_member(writer: Writer, team: Team, name: str = "H’Thi Rya", phone: str = "0905 123 456") -> Member:
    return await members.add(
        writer, BOX, team.id, name=name, phone=phone, role=MemberRole.LEADER, actor="account:1", now_ms=NOW
    )


def wish(nonce: str, **changes: Any) -> Wish:
    base = Wish(nonce, SessionKind.VISIT, NOW, NOW, {"citizen": 3}, (Skill.PAYMENT,))
    return replace(base, **changes)


async def standing(db: Database) -> dict[str, int]:
    """What the ledger holds and nobody took back: headcount by source."""
    c = participation_facts.c
    async with db.read() as reader:
        gone = select(c.voids).where(c.voids.is_not(None)).scalar_subquery()
        rows = await reader.execute(
            select(c.source, c.headcount).where(c.kind != "void", c.id.not_in(gone), c.kind != "skill")
        )
        return {row.source: row.headcount for row in rows}


async def test_a_session_with_guests_heads_and_a_repeat(db: Database) -> None:
    async with db.write() as writer:
        team = await make_team(writer)
        member = await make_member(writer, team)
        guest = await guests.make(writer, festival_id=None, now_ms=NOW, name="Lan", target_group="citizen")
        sent = wish(
            "n1", cards=(guest.card.lower(), guest.card, "00000-00000"), confirms=True, headcounts={"official": 2}
        )
        first = await sessions.record(writer, team, member, sent, now_ms=NOW)
    assert (first.people, first.fresh, first.unknown) == (3, True, ("00000-00000",))
    async with db.write() as writer:
        again = await sessions.record(writer, team, member, replace(sent, headcounts={"citizen": 9}), now_ms=NOW + 5)
    assert (again.id, again.people, again.fresh) == (first.id, 3, False)
    async with db.read() as reader:
        rows = (await reader.execute(select(participation_facts).order_by(participation_facts.c.id))).all()
    assert [(row.kind, row.source, row.person) for row in rows] == [
        ("guidance", f"t:{first.id}:official", None),
        ("guidance", f"t:{first.id}:{guest.id}", guest.person),
        ("skill", f"t:{first.id}:{guest.id}:online_payment", guest.person),
    ]
    async with db.write() as writer:
        undone = await sessions.undo_own(writer, member, "n1", now_ms=NOW + UNDO_MS)
    assert undone.undone
    assert await standing(db) == {}
    async with db.write() as writer:
        assert (await sessions.undo_own(writer, member, "n1", now_ms=NOW + 9 * UNDO_MS)).undone
        assert (await sessions.record(writer, team, member, sent, now_ms=NOW)).undone
    assert await standing(db) == {}


async def test_later_only_an_organiser_takes_back_and_says_why(db: Database) -> None:
    async with db.write() as writer:
        team = await make_team(writer)
        member = await make_member(writer, team)
        done = await sessions.record(writer, team, member, wish("n1"), now_ms=NOW)
    with pytest.raises(Conflict, match="session_too_late"):
        async with db.write() as writer:
            await sessions.undo_own(writer, member, "n1", now_ms=NOW + UNDO_MS + 1)
    with pytest.raises(NotFound):
        async with db.write() as writer:
            await sessions.undo_own(writer, member, "n2", now_ms=NOW)
    with pytest.raises(Invalid, match="void_reason"):
        async with db.write() as writer:
            await sessions.void(writer, done.id, reason="  ", actor="account:1", now_ms=NOW)
    assert await standing(db) == {f"t:{done.id}:citizen": 3}
    async with db.write() as writer:
        assert await sessions.void(writer, done.id, reason="Ghi nhầm", actor="account:1", now_ms=NOW)
        assert not await sessions.void(writer, done.id, reason="Ghi nhầm", actor="account:1", now_ms=NOW)
    assert await standing(db) == {}
    async with db.read() as reader:
        assert await sessions.recount(reader) == (0, 0)


async def test_what_makes_no_sense_is_refused_whole(db: Database) -> None:
    async with db.write() as writer:
        team = await make_team(writer)
        member = await make_member(writer, team)
    for code, changes in [
        ("session_nobody", {"headcounts": {}}),
        ("session_people", {"headcounts": {"cats": 1}}),
        ("session_village", {"village_id": 424242}),
        ("session_time", {"said_at": NOW - 90 * UNDO_MS}),
        ("session_cards", {"cards": tuple(str(n) for n in range(300))}),
    ]:
        with pytest.raises(Invalid, match=code):
            async with db.write() as writer:
                await sessions.record(writer, team, member, wish("n1", **changes), now_ms=NOW)
    assert await standing(db) == {}


async def test_links_open_until_they_are_revoked(db: Database) -> None:
    async with db.write() as writer:
        team = await make_team(writer)
        member = await make_member(writer, team)
        with pytest.raises(Conflict, match="member_exists"):
            await make_member(writer, team, name="h'thi rya", phone="+84905123456")
        token = (await members.issue(writer, [member.id], actor="account:1", now_ms=NOW))[member.id]
        await members.paired(writer, member.id, NOW + 1)
        await members.paired(writer, member.id, NOW + 2)
    async with db.read() as reader:
        found = await members.by_token(reader, token)
        assert found is not None
        assert (found.id, found.paired_at) == (member.id, NOW + 1)
        assert [one.phone for one in await members.of_team(reader, team.id, BOX)] == ["0905123456"]
        assert [one.phone for one in await members.of_team(reader, team.id)] == [""]
        found_by = [await members.find(reader, BOX, q, with_phones=True) for q in ("hthi RYA", "0905.123.456", "x y")]
        assert [len(one) for one in found_by] == [1, 1, 0]
        assert await members.find(reader, BOX, "0905123456", with_phones=False) == []
    async with db.write() as writer:
        await members.leave(writer, member.id, actor="account:1", now_ms=NOW)
        assert await members.by_token(Reader(writer), token) is None
        assert await members.forget(writer, NOW + 29 * UNDO_MS) == 0
        assert await members.forget(writer, NOW + 31 * UNDO_MS) == 1
        assert await members.forget(writer, NOW + 31 * UNDO_MS) == 0
        with pytest.raises(Conflict, match="member_forgotten"):
            await members.come_back(writer, member.id, actor="account:1", now_ms=NOW)


async def test_summary_and_week(db: Database) -> None:
    async with db.write() as writer:
        for name, key in (("Buôn A", "buon a"), ("Buôn B", "buon b"), ("Buôn C", "buon c")):
            await writer.execute(villages.insert().values(commune=COMMUNE, name=name, fold=key))
        ids = [row.id for row in await writer.execute(select(villages.c.id).order_by(villages.c.id))]
        team, other = await make_team(writer), await make_team(writer, "Đội thanh niên")
        await teams.set_villages(writer, team.id, COMMUNE, ids[:2])
        member = await make_member(writer, team)
        mate = await make_member(writer, other, "Y Mek Ê Nuôl", "")
        await sessions.record(writer, team, member, wish("a", village_id=ids[0]), now_ms=NOW)
        await sessions.record(writer, other, mate, wish("b", headcounts={"-": 8}), now_ms=NOW)
        await sessions.record(writer, other, mate, wish("c"), now_ms=NOW)
        await sessions.undo_own(writer, mate, "c", now_ms=NOW)
    async with db.read() as reader:
        line = (await summary.by_commune(reader))[COMMUNE]
        week = await summary.week_of(reader, team.id, COMMUNE, member.id, NOW)
        by_team = await summary.by_team(reader, COMMUNE)
        found = await teams.find(reader, query="buon b")
        assert [one.name for one in await teams.find(reader, query="DOI thanh")] == ["Đội thanh niên"]
    assert (line.teams, line.members, line.villages, line.bare, line.quiet) == (2, 2, 3, 1, 2)
    assert (line.sessions, line.people) == (2, 11)
    assert (week.people, week.sessions, week.mine, week.others, week.mean, week.total) == (3, 1, 3, 1, 8.0, 3)
    assert by_team[team.id] == (1, 0, 1, 3)
    assert [one.name for one in found] == ["Tổ thôn 1"]


_acts = st.lists(
    st.tuples(st.sampled_from(["send", "undo"]), st.integers(0, 4), st.integers(1, 9)), min_size=1, max_size=14
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=_acts)
async def test_any_order_of_repeats_ends_in_the_facts_of_the_naive_account(db: Database, acts: Any) -> None:
    async with db.write() as writer:
        number = int(await writer.scalar(select(func.count()).select_from(team_sessions)) or 0)
        stamp = int(await writer.scalar(select(func.count()).select_from(participation_facts)) or 0)
        team = await make_team(writer, f"Tổ {number}-{stamp}-{id(acts)}")
        member = await make_member(writer, team)
    naive: dict[str, int | None] = {}
    for act, one, heads in acts:
        nonce = f"n{one}"
        async with db.write() as writer:
            if act == "send":
                await sessions.record(writer, team, member, wish(nonce, headcounts={"citizen": heads}), now_ms=NOW)
                naive.setdefault(nonce, heads)
            elif nonce in naive:
                await sessions.undo_own(writer, member, nonce, now_ms=NOW + 1)
                naive[nonce] = None
            else:
                with pytest.raises(NotFound):
                    await sessions.undo_own(writer, member, nonce, now_ms=NOW + 1)
    stands = await standing(db)
    async with db.read() as reader:
        rows = await reader.execute(select(team_sessions).where(team_sessions.c.team_id == team.id))
        here = {row.nonce: stands.get(f"t:{row.id}:citizen") for row in rows}
    assert here == naive
