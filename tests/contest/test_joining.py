"""Taking a seat: names, numbers, locks and units, on both databases."""

import asyncio

from contest import rounds, seats
from contest.answering import accept
from contest.database import Database, Reader
from contest.joining import Admitted, Hello, NotAdmitted, join, numbered
from contest.phases import CommandName
from contest.tickets import digest
from tests.contest.support import T0, arrival, new_round, seat, step


async def test_a_seat_has_a_secret_ticket_that_is_stored_only_as_a_hash(db: Database) -> None:
    record = await new_round(db)
    [admitted] = await seat(db, record, "  Nguyễn   Thị Lan ")
    assert admitted.seat.name == "Nguyễn Thị Lan"
    assert admitted.seat.ticket_hash == digest(admitted.ticket)
    async with db.read() as reader:
        found = await seats.by_tickets(reader, [digest(admitted.ticket), digest("another")])
    assert found == {admitted.seat.ticket_hash: (record.id, admitted.seat)}


async def test_taken_names_get_numbers_whether_in_one_batch_or_after(db: Database) -> None:
    record = await new_round(db)
    first = await seat(db, record, "Lan", "lan", "Lân", "Lan 2")
    assert [one.seat.name for one in first] == ["Lan", "lan 2", "Lân", "Lan 2 2"]
    second = await seat(db, record, *["Lan"] * 30)
    assert [one.seat.name for one in second] == [f"Lan {n}" for n in range(3, 33)]
    assert [one.seat.seat for one in second] == list(range(5, 35))


async def test_names_are_free_in_another_round(db: Database) -> None:
    one, two = await new_round(db), await new_round(db)
    assert [(await seat(db, record, "Lan"))[0].seat.name for record in (one, two)] == ["Lan", "Lan"]


async def test_joins_at_the_same_moment_get_different_seats(db: Database) -> None:
    record = await new_round(db)
    batches = [join(db, [Hello(record.code, "Lan")] * 10, T0) for _ in range(5)]
    everybody = [one for batch in await asyncio.gather(*batches) for one in batch]
    assert all(isinstance(one, Admitted) for one in everybody)
    assert sorted(one.seat.seat for one in everybody if isinstance(one, Admitted)) == list(range(1, 51))
    async with db.read() as reader:
        assert (await rounds.load(reader, record.id)).seat_count == 50
        assert len({one.name for one in await seats.of_round(reader, record.id)}) == 50


async def test_who_may_not_join_is_told_why_and_the_others_sit(db: Database) -> None:
    record = await new_round(db)
    outcomes = await join(
        db,
        [
            Hello(record.code, "Lan", unit="24133"),
            Hello(record.code, "Hoa", unit="99999"),
            Hello(record.code, "  "),
            Hello(record.code, "x" * 25),
            Hello("000000", "Mai"),
        ],
        T0,
    )
    assert isinstance(outcomes[0], Admitted)
    codes = [outcome.code for outcome in outcomes[1:] if isinstance(outcome, NotAdmitted)]
    assert codes == ["unit_unknown", "name_empty", "name_too_long", "code_unknown"]


async def test_a_locked_or_finished_room_takes_nobody(db: Database) -> None:
    record = await new_round(db)
    await step(db, record.id, CommandName.LOCK)
    assert await join(db, [Hello(record.code, "Lan")], T0) == [NotAdmitted("round_locked")]
    await step(db, record.id, CommandName.UNLOCK, CommandName.NEXT)
    assert isinstance((await join(db, [Hello(record.code, "Lan")], T0))[0], Admitted), "late join is welcome"
    await step(db, record.id, CommandName.FINISH)
    assert await join(db, [Hello(record.code, "Hoa")], T0) == [NotAdmitted("code_unknown")]


async def test_an_offensive_name_sits_but_is_not_shown(db: Database) -> None:
    record = await new_round(db)
    [admitted] = await seat(db, record, "địt mẹ")
    assert admitted.seat.name_hidden
    assert admitted.seat.shown_name is None


async def test_a_kicked_persons_name_is_free_again(db: Database) -> None:
    record = await new_round(db)
    [lan] = await seat(db, record, "Lan")
    async with db.write() as writer:
        changed = await seats.change(writer, record.id, lan.seat.seat, kicked=True)
    assert changed.kicked
    [again] = await seat(db, record, "Lan")
    assert again.seat.name == "Lan"
    async with db.read() as reader:
        newer = await seats.of_round(reader, record.id, newer_than=lan.seat.people_version)
        assert [one.seat for one in newer] == [1, 2]
        assert (await rounds.load(Reader(reader), record.id)).people_version == again.seat.people_version


def test_a_number_never_makes_a_name_too_long() -> None:
    assert numbered("Lan", 1) == "Lan"
    assert numbered("Lan", 12) == "Lan 12"
    assert numbered("x" * 24, 7) == "x" * 22 + " 7"


async def test_joining_and_answering_in_several_rounds_at_once_never_wait_for_each_other(db: Database) -> None:
    made = [await new_round(db) for _ in range(20)]
    # Two rounds whose codes stand the other way round than their ids.
    one, two = next((a, b) for a in made for b in made if a.id < b.id and a.code > b.code)
    for record in (one, two):
        await seat(db, record, "Lan")
        await step(db, record.id, CommandName.NEXT, CommandName.BEGIN)

    async def joins() -> None:
        for _ in range(25):
            await join(db, [Hello(one.code, "Mai"), Hello(two.code, "Mai")], T0)

    async def answers() -> None:
        for _ in range(25):
            await accept(db, [arrival(one, 1, ["b"]), arrival(two, 1, ["b"])])

    # PostgreSQL ends one side of a deadlock with an error.
    await asyncio.gather(joins(), answers(), joins(), answers())
