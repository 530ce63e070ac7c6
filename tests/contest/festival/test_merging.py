"""Two cards of one person: whatever was done with either counts once, and the sources still agree with the ledger."""

import random
from dataclasses import replace

from sqlalchemy import insert, select, update

from contest.database import Database, Reader
from contest.festival import (
    acts,
    attendance,
    draw_pool,
    guests,
    identity_phone,
    pledges,
    polls,
    skills_passport,
    skills_quiz,
    words,
)
from contest.festival.draw_tables import draw_tickets, draws
from contest.festival.model import Guest, LiveEvent, LiveEventKind, PhoneRole
from contest.festival.polls import Vote
from contest.festival.scans_model import Action, Entry
from contest.festival.tables import guests as guest_table
from contest.festival.tables import launch_holders
from contest.provincial.secrets_box import FieldBox
from contest.skills import Skill
from contest.statistics import cells, counting, ledger, rollups
from contest.statistics.facts import Fact, FactKind
from contest.statistics.verify import verify
from contest.teams import members, sessions, teams
from contest.teams.model import MemberRole, SessionKind, TeamKind
from contest.teams.sessions import Wish
from contest.teams.tables import team_session_guests
from tests.contest.festival.acts_support import LAUNCH, PLEDGE, POLL, WORDS, make_item
from tests.contest.festival.gate_support import HOUR, MORNING, Grounds, grounds

NOW = MORNING + 2 * HOUR
SOLD = (Skill.PAYMENT,)
BOX = FieldBox(b"k" * 32)


async def merged(db: Database, gone: Guest, stays: Guest) -> Guest:
    async with db.write() as writer:
        return await identity_phone.merge(writer, gone, stays, now_ms=NOW)


async def opened(db: Database, place: Grounds, kind: LiveEventKind, settings: dict[str, object]) -> LiveEvent:
    item = await make_item(db, place.festival.id, kind, settings, MORNING)
    async with db.write() as writer:
        await acts.open_act(writer, place.festival.id, item.id, actor="account:1", now_ms=MORNING)
    return item


def scan(number: int, guest: Guest, post: int, *skills: Skill) -> Entry:
    return Entry(Action.SCAN, f"{number:032x}", MORNING + number, card=guest.card, post=post, skills=tuple(skills))


def undo(number: int, of: int) -> Entry:
    return Entry(Action.UNDO, f"{number:032x}", MORNING + of + 5, of_nonce=f"{of:032x}")


async def agrees(db: Database) -> None:
    await counting.run(db, NOW)
    verdict = await verify(db)
    assert verdict.differences == []
    assert verdict.waiting == 0


async def test_scans_and_quizzes_of_two_cards(db: Database) -> None:
    place = await grounds(db)
    old, new, other = await place.guest("Lan"), await place.guest("Lan"), await place.guest("Hoa")
    gate, booth = await place.phone(post="north"), await place.phone(PhoneRole.BOOTH, "pay")
    north, pay, shop = place.posts["north"], place.posts["pay"], place.posts["shop"]
    await place.send(gate, scan(1, old, north), scan(2, new, north), scan(3, other, north))
    await place.send(booth, scan(4, new, pay, *SOLD), scan(5, old, pay, *SOLD), scan(6, new, shop, Skill.SHOPPING))
    for guest in (old, new):
        await passed(db, place, guest, Skill.SELF_PROTECTION)
    await passed(db, place, new, Skill.PAYMENT)
    before = await place.standing()
    stays = await merged(db, new, old)
    await merged(db, new, old)
    after = await place.standing()
    assert sorted(kind for kind, _ in before) != sorted(kind for kind, _ in after)
    assert sorted(str(kind) for kind, source in after if source.split(":")[1] == str(old.id)) == [
        "booth", "booth", "checkin", "skill", "skill", "skill_quiz", "skill_quiz",
    ]  # fmt: skip
    assert not any(source.split(":")[1] == str(new.id) for _, source in after)
    async with db.read() as reader:
        found = await skills_passport.passport(reader, place.festival.id, stays.id)
        assert {one.skill for one in found if one.practised_at} == {Skill.PAYMENT, Skill.SHOPPING}
        assert {one.skill for one in found if one.passed_at} == {Skill.SELF_PROTECTION, Skill.PAYMENT}
        assert (await attendance.counts_now(reader, place.festival.id)).people == 2
    await agrees(db)
    async with db.read() as reader:
        cell = ("all", cells.festival(place.festival.id), cells.kind(FactKind.CHECKIN))
        counts = (await rollups.read(reader, [cell[0]], [cell[1]], [cell[2]]))[cell]
    assert (counts.facts, counts.people) == (2, 2)
    # What supported the one fact may still be taken back, card by card; and the old card goes on collecting.
    await place.send(gate, undo(11, 1))
    assert (FactKind.CHECKIN, f"{place.festival.id}:{old.id}:2026-10-09") in await place.standing()
    await place.send(gate, undo(12, 2))
    assert (FactKind.CHECKIN, f"{place.festival.id}:{old.id}:2026-10-09") not in await place.standing()
    await place.send(gate, scan(13, new, north))
    assert (FactKind.CHECKIN, f"{place.festival.id}:{old.id}:2026-10-09") in await place.standing()
    await agrees(db)


async def passed(db: Database, place: Grounds, guest: Guest, skill: Skill) -> None:
    async with db.write() as writer:
        now = await skills_quiz.begin(writer, place.festival.id, guest, skill, rng=random.Random(1), now_ms=MORNING)
        for number, question in enumerate(now.questions, 1):
            right = list(question.key.right)
            await skills_quiz.answer(
                writer, place.festival.id, guest, now.public_id, number, right, now_ms=MORNING + number
            )


async def test_acts_of_two_cards(db: Database) -> None:
    place = await grounds(db)
    old, new = await place.guest("Lan"), await place.guest("Lan")
    poll = await opened(db, place, LiveEventKind.POLL, POLL)
    only = await opened(db, place, LiveEventKind.POLL, POLL)
    cloud = await opened(db, place, LiveEventKind.POLL, WORDS)
    pledge = await opened(db, place, LiveEventKind.PLEDGE, PLEDGE)
    single = await opened(db, place, LiveEventKind.PLEDGE, PLEDGE)
    launch = await make_item(db, place.festival.id, LiveEventKind.LAUNCH, LAUNCH, MORNING)
    wishes = [(poll, old, "a", 1), (poll, new, "b", 2), (only, new, "c", 3)]
    for item, guest, choice, at in wishes:
        await polls.vote(db, [Vote(place.festival.id, item.id, guest, f"vote-{at:04}", (choice,))], MORNING + at)
    async with db.write() as writer:
        for guest, text, at in ((old, "Nhanh", 1), (new, "Tiện lợi", 2)):
            await words.send(writer, place.festival.id, cloud.id, guest, [text], send_id=f"w{at}", now_ms=MORNING + at)
            await pledges.sign(
                writer, place.festival.id, pledge.id, guest, text=0, agreed=True, send_id=f"p{at}", now_ms=MORNING
            )
            source = f"{launch.id}:guest:{guest.id}"
            fact = Fact(FactKind.LAUNCH, source, MORNING, person=guest.person, festival_id=place.festival.id)
            await ledger.record(writer, [fact], now_ms=MORNING)
            row = {"live_event_id": launch.id, "holder": f"guest:{guest.id}", "held_at": MORNING}
            await writer.execute(insert(launch_holders).values(row))
        await pledges.sign(writer, place.festival.id, single.id, new, text=1, agreed=True, send_id="p9", now_ms=MORNING)
    await agrees(db)
    await merged(db, new, old)
    await agrees(db)
    standing = await place.standing()
    assert sorted(str(kind) for kind, _ in standing) == ["launch", "pledge", "pledge", "poll", "poll", "poll"]
    async with db.read() as reader:
        assert await polls.of_guest(reader, place.festival.id, old.id) == {poll.id: ("b",), only.id: ("c",)}
        assert (await polls.totals(reader, [poll.id]))[poll.id].people == 1
        assert await words.of_guest(reader, place.festival.id, old.id) == {cloud.id: ["Tiện lợi"]}
        assert {one.live_event_id for one in await pledges.of_guest(reader, place.festival.id, old.id)} == {
            pledge.id,
            single.id,
        }
        assert (await pledges.counted(reader, [pledge.id]))[pledge.id].people == 1


async def test_tickets_rows_of_draws_and_marks_of_two_cards(db: Database) -> None:
    place = await grounds(db)
    old, new = await place.guest("Lan"), await place.guest("Lan", staff=True)
    async with db.write() as writer:
        numbers = []
        for number, state in enumerate(("draft", "frozen", "frozen")):
            made = await writer.execute(
                insert(draws)
                .values(
                    public_id=f"d{number}", festival_id=place.festival.id, title="Bốc thăm", state=state, rule={},
                    excluded=[new.id], prizes=[], witnesses=[], stage={}, created_by="account:1", created_at=MORNING,
                    updated_at=MORNING,
                )
                .returning(draws.c.id)
            )  # fmt: skip
            numbers.append(made.scalar_one())
        rows = [(numbers[1], "AAAA1111", new), (numbers[2], "BBBB1111", new), (numbers[2], "CCCC1111", old)]
        for draw_id, ticket, guest in rows:
            row = {"draw_id": draw_id, "ticket": ticket, "guest_id": guest.id, "person": guest.person}
            await writer.execute(insert(draw_tickets).values(row))
    stays = await merged(db, new, old)
    assert stays.staff
    async with db.read() as reader:
        excluded = {row.id: row.excluded for row in await reader.execute(select(draws.c.id, draws.c.excluded))}
        assert [excluded[one] for one in numbers] == [[old.id], [new.id], [new.id]]
        assert await draw_pool.ticket_of(reader, numbers[1], old.id) == "AAAA1111"
        # The pool stays as it was published, and both tickets are the one person's.
        assert await draw_pool.frozen(reader, numbers[2]) == ["BBBB1111", "CCCC1111"]
        found = await draw_pool.guests_of(reader, numbers[2], ["BBBB1111", "CCCC1111"])
        assert found == {"BBBB1111": old.id, "CCCC1111": old.id}


async def test_chains_and_guests_who_are_gone(db: Database) -> None:
    place = await grounds(db)
    first, second, third = [await place.guest(f"Lan {one}") for one in "abc"]
    gate = await place.phone(post="north")
    await place.send(gate, *(scan(n, one, place.posts["north"]) for n, one in enumerate((first, second, third))))
    await merged(db, first, second)
    await merged(db, second, third)
    # A page that was open for long joins what is joined.
    assert (await merged(db, first, second)).id == second.id
    assert [source for kind, source in await place.standing()] == [f"{place.festival.id}:{third.id}:2026-10-09"]
    async with db.write() as writer:
        await writer.execute(update(guest_table).where(guest_table.c.id == third.id).values(erased_at=NOW))
    alive = await place.guest("Hoa")
    await merged(db, alive, third)
    async with db.read() as reader:
        assert (await guests.by_cards(Reader(reader), [alive.card]))[alive.card].id == alive.id
    await agrees(db)


async def test_a_session_of_a_team_that_both_cards_were_at(db: Database) -> None:
    place = await grounds(db)
    old, new = await place.guest("Lan"), await place.guest("Lan")
    at = {"commune": "24133", "actor": "account:1", "now_ms": MORNING}
    async with db.write() as writer:
        team = await teams.create(writer, name="Tổ thôn 1", kind=TeamKind.COMMUNITY, **at)
        member = await members.add(
            writer, BOX, team.id, name="H’Thi", phone="0905123456", role=MemberRole.LEADER, actor="account:1",
            now_ms=MORNING,
        )  # fmt: skip
        wish = Wish("n1", SessionKind.VISIT, MORNING, MORNING, {"citizen": 3}, SOLD)
        for nonce, cards in (("n1", (old.card, new.card)), ("n2", (new.card,))):
            sent = replace(wish, nonce=nonce, cards=cards, confirms=True)
            await sessions.record(writer, team, member, sent, now_ms=MORNING)
    await agrees(db)
    await merged(db, new, old)
    await agrees(db)
    async with db.read() as reader:
        rows = (await reader.execute(select(team_session_guests.c.guest_id))).scalars().all()
    assert rows == [old.id, old.id]
