"""Polls, words, pledges and launches in SQL, on both databases."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from contest.database import Database
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import acts, launches, pledges, polls, words
from contest.festival.acts import ActState
from contest.festival.model import Guest, LiveEventKind
from contest.festival.polls import Vote
from contest.festival.tables import guests as guests_table
from contest.festival.tables import launch_holders
from contest.statistics.tables import participation_facts
from contest.tickets import digest
from tests.contest.festival.acts_support import (
    LAUNCH,
    PLEDGE,
    POLL,
    T0,
    WORDS,
    make_festival,
    make_guest,
    make_item,
)


async def facts(db: Database, kind: str) -> list[Any]:
    async with db.read() as reader:
        c = participation_facts.c
        return list(await reader.execute(select(c.source, c.person, c.commune).where(c.kind == kind).order_by(c.id)))


async def opened(db: Database, festival: int, kind: LiveEventKind, settings: dict[str, Any]) -> int:
    item = await make_item(db, festival, kind, settings)
    async with db.write() as writer:
        await acts.open_act(writer, festival, item.id, actor="account:1", now_ms=T0)
    return item.id


def wish(festival: int, item: int, guest: Guest, *choices: str) -> Vote:
    return Vote(festival, item, guest, "send-" + "".join(choices), choices)


async def test_one_vote_that_may_change_until_closing(db: Database) -> None:
    festival = await make_festival(db)
    poll = await opened(db, festival, LiveEventKind.POLL, POLL)
    one, two = await make_guest(db, festival), await make_guest(db, festival, "Y Mek")
    told = await polls.vote(
        db, [wish(festival, poll, one, "a"), wish(festival, poll, two, "a"), wish(festival, poll, one, "b")], T0
    )
    assert [(each.code, each.choices) for each in told] == [(None, ("a",)), (None, ("a",)), (None, ("b",))]
    bad = [wish(festival, poll, one, "a", "b"), wish(festival, poll, one, "f"), wish(festival, 999, one, "a")]
    assert [each.code for each in await polls.vote(db, bad, T0)] == ["vote_choices", "vote_choices", "act_unknown"]
    async with db.read() as reader:
        assert (await polls.totals(reader, [poll]))[poll] == polls.Totals(2, {"a": 1, "b": 1})
        assert await polls.of_guest(reader, festival, one.id) == {poll: ("b",)}
    # That they took part is the fact, once each; the choice is nowhere in it.
    assert [(row.source, row.person) for row in await facts(db, "poll")] == [
        (f"{poll}:{one.id}", one.person),
        (f"{poll}:{two.id}", two.person),
    ]
    with pytest.raises(Conflict, match="act_has_answers"):
        async with db.write() as writer:
            await acts.save_settings(writer, festival, poll, POLL | {"several": True}, actor="account:1", now_ms=T0)


async def test_a_vote_is_counted_or_refused_when_the_poll_closes(db: Database) -> None:
    festival = await make_festival(db)
    poll = await opened(db, festival, LiveEventKind.POLL, POLL | {"several": True})
    people = [await make_guest(db, festival, f"Bạn {n}") for n in range(12)]

    async def close() -> None:
        async with db.write() as writer:
            await acts.close_act(writer, festival, poll, actor="account:1", now_ms=T0 + 1)

    tasks = [polls.vote(db, [wish(festival, poll, guest, "a", "c")], T0) for guest in people]
    told = await asyncio.gather(*tasks[:6], close(), *tasks[6:])
    kept = [each[0] for each in told if each is not None]
    accepted = sum(each.code is None for each in kept)
    assert {each.code for each in kept} <= {None, "act_not_open"}
    async with db.read() as reader:
        assert (await polls.totals(reader, [poll]))[poll].people == accepted
        assert (await acts.load(reader, poll)).state is ActState.CLOSED
    assert len(await facts(db, "poll")) == accepted
    assert (await polls.vote(db, [wish(festival, poll, people[0], "a")], T0))[0].code == "act_not_open"


async def test_words_merge_by_spelling_and_wait_for_the_host(db: Database) -> None:
    festival = await make_festival(db)
    cloud = await opened(db, festival, LiveEventKind.POLL, WORDS)
    people = [await make_guest(db, festival, f"Bạn {n}") for n in range(4)]

    async def send(guest: Guest, *given: str) -> list[str]:
        async with db.write() as writer:
            return await words.send(writer, festival, cloud, guest, given, send_id="send-id-1", now_ms=T0)

    async def listed(*states: str) -> list[tuple[str, int, bool]]:
        async with db.read() as reader:
            return [(one.text, one.people, one.held) for one in await words.listing(reader, cloud, *states)]

    await send(people[0], "tien loi", "nhanh", "  nhanh ")
    await send(people[1], "Tiện lợi", "an toàn")
    await send(people[2], "lồn")
    await send(people[3], "lon", "nhanh")
    assert await listed("shown") == []
    waiting = await listed("waiting")
    # The spelling with tones is shown, and a can ("lon") never shares a word with the obscene one.
    assert waiting[:2] == [("nhanh", 2, False), ("Tiện lợi", 2, False)]
    assert ("lồn", 1, True) in waiting
    assert ("lon", 1, False) in waiting
    async with db.read() as reader:
        ids = {one.text: one.id for one in await words.listing(reader, cloud)}
    async with db.write() as writer:
        common = {"actor": "account:1", "now_ms": T0}
        await words.decide(writer, festival, cloud, [ids["nhanh"], ids["Tiện lợi"]], "shown", **common)  # type: ignore[arg-type]
        await words.merge(writer, festival, cloud, ids["an toàn"], ids["nhanh"], **common)  # type: ignore[arg-type]
    assert await listed("shown") == [("nhanh", 3, False), ("Tiện lợi", 2, False)]
    # Sending again takes the place of what was sent; the fact stays one.
    await send(people[0], "mới")
    assert await listed("shown") == [("nhanh", 2, False), ("Tiện lợi", 1, False)]
    assert len(await facts(db, "poll")) == 4
    for given, code in ((["a", "b", "c", "d"], "words_too_many"), ([" "], "words_none"), (["x" * 25], "word_too_long")):
        with pytest.raises(Invalid, match=code):
            await send(people[0], *given)
    async with db.write() as writer:
        with pytest.raises(NotFound, match="word_unknown"):
            await words.merge(writer, festival, cloud, ids["nhanh"], ids["an toàn"], actor="account:1", now_ms=T0)


async def test_a_pledge_is_signed_once_withdrawn_and_signed_again(db: Database) -> None:
    festival = await make_festival(db)
    item = await opened(db, festival, LiveEventKind.PLEDGE, PLEDGE)
    guest = await make_guest(db, festival)

    async def sign(send_id: str, text: int = 0) -> pledges.Pledge:
        async with db.write() as writer:
            return await pledges.sign(
                writer, festival, item, guest, text=text, agreed=True, send_id=send_id, now_ms=T0
            )  # fmt: skip

    both = await asyncio.gather(sign("send-0001"), sign("send-0002", 1))
    assert both[0].id == both[1].id
    first = both[0]
    assert first.shown_name == "H’Thi Rya"
    async with db.write() as writer:
        gone = await pledges.withdraw(
            writer, festival, item, guest_id=guest.id, pledge_id=first.id, actor=f"guest:{guest.id}", now_ms=T0 + 1
        )
    assert gone.state == "withdrawn"
    # What was still under way when it was withdrawn does not sign again.
    sent = "send-0001" if first.text == PLEDGE["texts"][0] else "send-0002"
    assert (await sign(sent)).state == "withdrawn"
    again = await sign("send-0003")
    assert (again.state, again.id != first.id) == ("signed", True)
    assert [row.source for row in await facts(db, "pledge")] == [str(first.id), str(again.id)]
    assert len(await facts(db, "void")) == 1
    async with db.read() as reader:
        assert (await pledges.counted(reader, [item]))[item] == pledges.Counted(1, 0)
    stranger = await make_guest(db, festival, "Y Mek")
    with pytest.raises(NotFound, match="pledge_unknown"):
        async with db.write() as writer:
            await pledges.withdraw(
                writer, festival, item, guest_id=stranger.id, pledge_id=again.id, actor="guest:0", now_ms=T0
            )


async def test_units_sign_and_only_agreed_decent_names_are_shown(db: Database) -> None:
    festival = await make_festival(db)
    item = await opened(db, festival, LiveEventKind.PLEDGE, PLEDGE)
    cases = [("Lan", True, {}), ("Mai", False, {}), ("lồn", True, {}), ("Bé Na", True, {"age_band": "u16"})]
    for number, (name, agreed, more) in enumerate(cases):
        guest = await make_guest(db, festival, name, **more)
        async with db.write() as writer:
            await pledges.sign(
                writer, festival, item, guest, text=0, agreed=agreed, send_id=f"send-000{number}", now_ms=T0 + number
            )
    for _ in range(2):
        async with db.write() as writer:
            made = await pledges.sign_unit(
                writer, festival, item, unit_name=" Đoàn xã  Ea Kao ", representative="Y Sưng Phê Ja", office="Bí thư",
                unit_code="24133", text=1, send_id="send-unit-1", actor="phone:7", now_ms=T0,
            )  # fmt: skip
    with pytest.raises(Invalid, match="unit_unknown"):
        async with db.write() as writer:
            await pledges.sign_unit(
                writer, festival, item, unit_name="Đoàn xã", representative="Y Sưng", office="", unit_code="99999",
                text=1, send_id="send-unit-2", actor="phone:7", now_ms=T0,
            )  # fmt: skip
    async with db.read() as reader:
        assert await pledges.any_open(reader, festival)
        assert not await pledges.any_open(reader, festival + 1)
        shown = [one.shown_name for one in await pledges.listing(reader, item)]
        assert (await pledges.counted(reader, [item]))[item] == pledges.Counted(4, 1)
    assert shown == ["Đoàn xã Ea Kao", None, None, None, "Lan"]
    assert [(row.person, row.commune) for row in await facts(db, "pledge")][-1] == (None, "24133")
    async with db.write() as writer:
        with pytest.raises(Invalid, match="void_reason"):
            await pledges.void(writer, festival, item, made.id, reason=" ", actor="account:1", now_ms=T0)
        await pledges.void(writer, festival, item, made.id, reason="Ký nhầm", actor="account:1", now_ms=T0)
    # Erased guests keep counting, without a name.
    async with db.write() as writer:
        await writer.execute(update(guests_table).values(name=None))
    async with db.read() as reader:
        assert {one.shown_name for one in await pledges.listing(reader, item)} == {None}
        assert (await pledges.counted(reader, [item]))[item] == pledges.Counted(4, 0)


async def test_a_launch_fires_once_whoever_tries(db: Database) -> None:
    festival = await make_festival(db)
    item = await make_item(db, festival, LiveEventKind.LAUNCH, LAUNCH)
    common: dict[str, Any] = {"actor": "account:1", "now_ms": T0}
    async with db.write() as writer:
        rows = [("Bà H’Lan", "Bàn 1"), ("Ông Nam", ""), ("", "")]
        people = await launches.set_delegates(writer, festival, item.id, rows, **common)
        tokens = [await launches.pair(writer, festival, item.id, one.id, **common) for one in people]
        renewed = await launches.pair(writer, festival, item.id, people[0].id, **common)
    async with db.read() as reader:
        assert await launches.by_token(reader, tokens[0]) is None
        found = await launches.by_token(reader, renewed)
        assert found is not None
        assert (found.id, found.name) == (people[0].id, "Bà H’Lan")
        assert digest(renewed) != renewed
        people = await launches.delegates(reader, item.id)
    async with db.write() as writer:
        with pytest.raises(Conflict, match="launch_nobody"):
            await launches.arm(writer, festival, item.id, [], needed=None, **common)
        act = await launches.arm(writer, festival, item.id, [people[0].id], needed=None, **common)
        assert await launches.call(writer, people[1].id)
        await launches.excuse(writer, festival, item.id, people[1].id, excused=True, **common)
        assert not await launches.call(writer, people[1].id)
        with pytest.raises(Conflict, match="launch_last"):
            await launches.excuse(writer, festival, item.id, people[0].id, excused=True, **common)
    guest = await make_guest(db, festival)

    async def fire(run: int | None, by: str) -> bool:
        async with db.write() as writer:
            return await launches.fire(
                writer, item, run=run, holders=people[:1], crowd=[guest], by=by, now_ms=T0 + 5
            )  # fmt: skip

    assert not await fire(act.run - 1, "button")
    fired = await asyncio.gather(*(fire(run, by) for run, by in ((act.run, "button"), (None, "account:1")) * 3))
    assert sorted(fired) == [False] * 5 + [True]
    sources = [f"{item.id}:phone:{people[0].staff_phone_id}", f"{item.id}:guest:{guest.id}"]
    assert [row.source for row in await facts(db, "launch")] == sources
    async with db.read() as reader:
        assert (await acts.load(reader, item.id)).state is ActState.FIRED
        assert len(list(await reader.execute(select(launch_holders)))) == 2
    async with db.write() as writer:
        for act_again in (launches.disarm(writer, festival, item.id, **common),
                          launches.arm(writer, festival, item.id, [people[0].id], needed=None, **common)):  # fmt: skip
            with pytest.raises(Conflict, match="launch_fired"):
                await act_again
