"""A hall that goes on: the same people, code, tickets and stage in the next round, and the old round as it was."""

import asyncio

import pytest
from sqlalchemy import insert, select, update

from contest import closing, rounds, seats
from contest.answering import ReceiptStatus, accept
from contest.database import Database, Reader
from contest.errors import Conflict
from contest.festival.tables import festivals, live_events
from contest.games.next_round import Moved, Wanted, move_on
from contest.ids import RoundId, Seat
from contest.joining import Admitted, Hello, NotAdmitted, join
from contest.model import RoundSettings
from contest.phases import CommandName, Phase
from contest.round_state import Command, RoundState, advance
from contest.rounds import RoundRecord
from contest.statistics import live_facts
from contest.statistics.tables import participation_facts
from contest.statistics.verify import verify
from contest.tables import audit_log
from contest.tables import rounds as rounds_table
from contest.tables import seats as seats_table
from contest.tickets import digest
from tests.contest.support import SINGLE, T0, arrival, new_round, seat, step

C = CommandName


def wanted(scores: str = "fresh", **settings: object) -> Wanted:
    given = {"shuffle": False, **settings}
    return Wanted("Vòng hai", None, (SINGLE, SINGLE), RoundSettings.model_validate(given), scores)  # type: ignore[arg-type]


async def go(db: Database, record: RoundRecord, scores: str = "fresh", **settings: object) -> Moved:
    return await move_on(db, record.id, wanted(scores, **settings), actor="account:1", now_ms=T0 + 60_000)


async def play(db: Database, record: RoundRecord, choices: dict[int, list[str]], *, question: int = 1) -> RoundRecord:
    """Asks a question, stores these answers, reveals it."""
    await step(db, record.id, C.NEXT, C.NEXT)
    await accept(db, [arrival(record, who, choice, question=question) for who, choice in choices.items()])
    await step(db, record.id, C.CLOSE)
    async with db.write() as writer:
        before = await rounds.load(Reader(writer), record.id, lock=True)
        await closing.close_question(writer, before, question)
    return await step(db, record.id, C.SETTLE, C.NEXT)


async def people(db: Database, round_id: RoundId) -> list[seats.SeatRecord]:
    async with db.read() as reader:
        return await seats.of_round(reader, round_id)


async def test_everybody_who_was_not_sent_away_is_in_the_next_round(db: Database) -> None:
    record = await new_round(db, SINGLE, mode="teams")
    here = await seat(db, record, "Lan", "Hoa", "Mai", "Tí", unit="24133")
    async with db.write() as writer:
        await rounds.set_stage_token(writer, record.id, digest("sân khấu"))
        await seats.change(writer, record.id, Seat(2), kicked=True)
        await writer.execute(
            update(seats_table).where(seats_table.c.seat == 3).values(person=77, name_hidden=True, name="Mai Ẩn")
        )
        await writer.execute(update(rounds_table).where(rounds_table.c.id == record.id).values(rehearsal=True))
    record = await play(db, record, {1: ["b"], 3: ["b"], 4: ["a"]})
    before = await people(db, record.id)
    moved = await go(db, record)
    new = moved.new
    assert (new.code, new.code_active, moved.old.code_active) == (record.code, True, False)
    assert (moved.old.state.phase, moved.old.state.next_round) == (Phase.FINISHED, new.id)
    assert moved.old.hall_id == new.hall_id is not None
    assert new.state.version > moved.old.state.version > record.state.version
    assert (new.state.phase, new.seat_count, new.people_count) == (Phase.LOBBY, 4, 3)
    there = await people(db, new.id)
    assert [(s.seat, s.name, s.name_hidden, s.unit, s.team) for s in there] == [
        (1, "Lan", False, "24133", "24133"),
        (3, "Mai Ẩn", True, "24133", "24133"),
        (4, "Tí", False, "24133", "24133"),
    ]
    assert all((s.points, s.correct, s.time_ms, s.base_points, s.streak) == (0, 0, 0, 0, 0) for s in there)
    # The old round keeps everything but what opens a seat.
    assert [(s.seat, s.name, s.points, s.kicked) for s in await people(db, record.id)] == [
        (s.seat, s.name, s.points, s.kicked) for s in before
    ]
    async with db.read() as reader:
        found = await seats.by_tickets(reader, [digest(one.ticket) for one in here])
        persons = dict((await reader.execute(select(seats_table.c.round_id, seats_table.c.person).where(
            seats_table.c.seat == 3))).all())  # fmt: skip
        rehearsals = list(await reader.scalars(select(rounds_table.c.rehearsal)))
        assert await rounds.by_stage_token(reader, digest("sân khấu")) == new.id
    assert {found[digest(one.ticket)][0] for one in here if one.seat.seat != 2} == {new.id}
    assert found[digest(here[1].ticket)][0] == record.id  # who was sent away hears so again
    assert persons == {record.id: 77, new.id: 77}
    assert rehearsals == [True, True]


async def test_newcomers_of_the_next_round_take_the_next_numbers(db: Database) -> None:
    record = await new_round(db, SINGLE)
    await seat(db, record, "Lan", "Hoa")
    async with db.write() as writer:
        await seats.change(writer, record.id, Seat(2), kicked=True)
    new = (await go(db, record)).new
    (later,) = await seat(db, new, "Hoa")
    assert (later.round_id, later.seat.seat, later.seat.name, later.of) == (new.id, 3, "Hoa", 2)


async def test_a_hall_goes_on_for_a_third_round_and_tickets_go_along(db: Database) -> None:
    record = await new_round(db, SINGLE)
    here = await seat(db, record, "Lan", "Hoa")
    second = (await go(db, record)).new
    third = (await go(db, second)).new
    assert record.hall_id is None
    assert second.hall_id == third.hall_id
    async with db.read() as reader:
        found = await seats.by_tickets(reader, [digest(one.ticket) for one in here])
        old = await rounds.load(reader, record.id)
    assert {(round_id, s.seat) for round_id, s in found.values()} == {(third.id, 1), (third.id, 2)}
    assert (old.state.phase, old.state.next_round) == (Phase.CANCELLED, second.id)


async def test_carried_scores_are_the_base_of_every_recount(db: Database) -> None:
    record = await new_round(db, SINGLE)
    await seat(db, record, "Lan", "Hoa")
    record = await play(db, record, {1: ["b"], 2: ["a"]})
    new = (await go(db, record, "carried")).new
    (late,) = await seat(db, new, "Mai")
    new = await play(db, new, {1: ["b"], 2: ["b"], int(late.seat.seat): ["b"]})
    assert [(s.points, s.correct, s.time_ms) for s in await people(db, new.id)] == [
        (2000, 2, 2000),
        (1000, 1, 1000),
        (1000, 1, 1000),
    ]
    async with db.write() as writer:
        before = await rounds.load(Reader(writer), new.id, lock=True)
        state = advance(before.plan, before.state, Command(C.VOID, question=1), T0)
        assert isinstance(state, RoundState)
        await rounds.save_state(writer, before, state, T0)
        await closing.recount(writer, await rounds.load(Reader(writer), new.id))
    assert [(s.points, s.correct, s.time_ms) for s in await people(db, new.id)] == [
        (1000, 1, 1000),
        (0, 0, 0),
        (0, 0, 0),
    ]
    assert [s.points for s in await people(db, record.id)] == [1000, 0]


async def test_two_hosts_who_press_together_make_one_round(db: Database) -> None:
    record = await new_round(db, SINGLE)
    here = await seat(db, record, *(f"Người {n}" for n in range(30)))
    outcomes = await asyncio.gather(*(go(db, record) for _ in range(3)), return_exceptions=True)
    made = [one for one in outcomes if isinstance(one, Moved)]
    assert len(made) == 1
    assert all(isinstance(one, Conflict) and one.code == "hall_moved_on" for one in outcomes if one not in made)
    assert len(await people(db, made[0].new.id)) == len(here)
    async with db.read() as reader:
        acts = list(await reader.scalars(select(audit_log.c.action).where(audit_log.c.action == "round.next_round")))
        assert len(list(await reader.scalars(select(rounds_table.c.id)))) == 2
    assert len(acts) == 1


async def test_whoever_joins_while_the_hall_moves_is_in_one_of_the_rounds_and_may_come_back(db: Database) -> None:
    record = await new_round(db, SINGLE)
    await seat(db, record, "Lan")

    async def knock(n: int) -> Admitted | NotAdmitted:
        return (await join(db, [Hello(record.code, f"Khách {n}")], T0))[0]

    knocks = [asyncio.create_task(knock(n)) for n in range(8)]
    moved, *joined = await asyncio.gather(go(db, record), *knocks)
    assert all(isinstance(one, Admitted) for one in joined), joined
    there = {s.seat: s.name for s in await people(db, moved.new.id)}
    async with db.read() as reader:
        found = await seats.by_tickets(reader, [digest(one.ticket) for one in joined if isinstance(one, Admitted)])
    assert {round_id for round_id, _ in found.values()} == {moved.new.id}
    assert len(found) == 8
    assert sorted(there) == list(range(1, 10))


async def test_no_hall_goes_on_inside_a_question_and_answers_stay_with_their_round(db: Database) -> None:
    record = await new_round(db, SINGLE, SINGLE)
    await seat(db, record, "Lan")
    for names in ((C.NEXT,), (C.NEXT,), (C.PAUSE,), (C.RESUME, C.CLOSE)):
        record = await step(db, record.id, *names)
        with pytest.raises(Conflict, match="not_now"):
            await go(db, record)
    record = await step(db, record.id, C.SETTLE)
    new = (await go(db, record)).new
    # On its way since before the reveal: late in the old round, and nothing at all in the new one.
    (late,) = await accept(db, [arrival(record, 1, ["b"])])
    assert late.status is ReceiptStatus.LATE
    async with db.read() as reader:
        assert (await rounds.load(reader, record.id)).state.ended_early
        assert (await rounds.load(reader, new.id)).state.accepting is None


async def test_an_early_end_by_going_on_is_in_the_ledger_once(db: Database) -> None:
    record = await new_round(db, SINGLE, SINGLE)
    await seat(db, record, "Lan", "Hoa")
    record = await play(db, record, {1: ["b"]})
    await go(db, record)
    async with db.read() as reader:
        assert list(await reader.scalars(select(participation_facts.c.source))) == [f"{record.id}:1"]


async def test_teams_are_kept_renumbered_or_dealt_anew(db: Database) -> None:
    record = await new_round(db, SINGLE, mode="teams", team_source="list", team_names=["Buôn Kô", "Buôn Ea", "Thôn 1"])
    knocks = [Hello(record.code, f"Người {n}", team=str(n % 3 + 1)) for n in range(6)]
    await join(db, [*knocks, Hello(record.code, "Chưa chọn")], T0)

    async def teams(record: RoundRecord) -> list[str | None]:
        return [s.team for s in await people(db, record.id)]

    assert await teams(record) == ["1", "2", "3", "1", "2", "3", None]
    points = (await go(db, record)).new
    assert points.settings.team_names == ("Buôn Kô", "Buôn Ea", "Thôn 1")
    other = (await go(db, points, mode="teams", team_source="list", team_names=["Thôn 1", "buôn kô", "Thôn 9"])).new
    assert await teams(other) == ["2", None, "1", "2", None, "1", None]
    drawn = (await go(db, other, mode="teams", team_source="drawn", team_count=3)).new
    assert await teams(drawn) == ["1", "2", "3", "1", "2", "3", "1"]
    again = (await go(db, drawn, mode="teams", team_source="drawn", team_count=3)).new
    assert await teams(again) == await teams(drawn)
    by_unit = (await go(db, again, mode="teams")).new
    assert await teams(by_unit) == [None] * 7


async def test_the_draw_at_the_door_is_even_whoever_comes_when(db: Database) -> None:
    record = await new_round(db, SINGLE, mode="teams", team_source="drawn", team_count=3)
    batches = [[Hello(record.code, f"Người {b}-{n}") for n in range(b + 1)] for b in range(5)]
    await asyncio.gather(*(join(db, batch, T0) for batch in batches))
    async with db.write() as writer:
        await seats.change(writer, record.id, Seat(1), kicked=True)
    await join(db, [Hello(record.code, "Muộn")], T0)
    there = [s.team for s in await people(db, record.id) if not s.kicked]
    assert sorted(there.count(key) for key in ("1", "2", "3")) == [5, 5, 5]


async def test_the_item_of_a_festival_goes_on_with_its_hall(db: Database) -> None:
    record = await new_round(db, SINGLE, SINGLE)
    await seat(db, record, "Lan", unit="24133")
    async with db.write() as writer:
        same = {"created_at": 1, "updated_at": 1, "settings": {}}
        days = {"first_day": "2026-10-10", "last_day": "2026-10-10", "created_by": "system"}
        await writer.execute(
            insert(festivals).values(id=5, slug="nh", title="Ngày hội", title_fold="ngay hoi", **days, **same)
        )
        given = {"kind": "live_round", "title": "Đố vui", "starts_at": 1, "round_id": record.id}
        await writer.execute(insert(live_events).values(id=9, festival_id=5, **given, **same))
        await writer.execute(update(seats_table).values(person=77))
    record = await play(db, record, {1: ["b"]})
    second = (await go(db, record)).new
    second = await play(db, second, {1: ["b"]})
    third = (await go(db, second)).new
    c = participation_facts.c
    async with db.read() as reader:
        assert await reader.scalar(select(live_events.c.round_id)) == third.id
        facts = await reader.execute(select(c.source, c.person, c.festival_id, c.live_event_id).order_by(c.id))
        assert [tuple(row) for row in facts] == [(f"{record.id}:1", 77, 5, 9), (f"{second.id}:1", 77, 5, 9)]
    async with db.write() as writer:
        # Nothing is lacking: what was written for the rounds before stays as it was.
        assert await live_facts.mend(writer) == 0
    assert (await verify(db)).ok
