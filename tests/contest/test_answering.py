"""Storing answers on both databases: once, in time, for the question they name, whatever is repeated."""

import asyncio

from sqlalchemy import func, select

from contest import answering
from contest.answering import ReceiptStatus, Stored, accept
from contest.database import Database
from contest.ids import QuestionNumber, Seat
from contest.phases import CommandName
from contest.tables import answers
from tests.contest.support import SINGLE, arrival, new_round, seat, step

OPENED = (CommandName.NEXT, CommandName.NEXT)


async def stored_count(db: Database) -> int:
    async with db.read() as reader:
        return int(await reader.scalar(select(func.count()).select_from(answers)) or 0)


async def test_the_first_answer_stays_and_every_repeat_is_told_so(db: Database) -> None:
    record = await new_round(db, SINGLE)
    await seat(db, record, "Lan")
    await step(db, record.id, *OPENED)
    assert await accept(db, [arrival(record, 1, ["a"])]) == [Stored(ReceiptStatus.ACCEPTED, ["a"])]
    assert await accept(db, [arrival(record, 1, ["a"])]) == [Stored(ReceiptStatus.SAME, ["a"])]
    changed = arrival(record, 1, ["b"], answer_id="another")
    assert await accept(db, [changed]) == [Stored(ReceiptStatus.KEPT_OTHER, ["a"])]
    assert await stored_count(db) == 1


async def test_repeats_within_one_batch_are_stored_once(db: Database) -> None:
    record = await new_round(db, SINGLE)
    await seat(db, record, "Lan", "Hoa")
    await step(db, record.id, *OPENED)
    batch = [arrival(record, 1, ["a"]), arrival(record, 1, ["a"]), arrival(record, 2, ["c"]), arrival(record, 1, ["b"])]
    outcomes = await accept(db, batch)
    assert [outcome.status for outcome in outcomes] == ["accepted", "same", "accepted", "kept_other"]
    assert await stored_count(db) == 2


async def test_what_is_new_in_a_batch_is_stored_beside_what_was_there(db: Database) -> None:
    record = await new_round(db, SINGLE)
    await seat(db, record, "Lan", "Hoa", "Mai")
    await step(db, record.id, *OPENED)
    await accept(db, [arrival(record, 2, ["a"])])
    outcomes = await accept(db, [arrival(record, n, [choice]) for n, choice in enumerate("bcd", start=1)])
    assert outcomes == [
        Stored(ReceiptStatus.ACCEPTED, ["b"]),
        Stored(ReceiptStatus.KEPT_OTHER, ["a"]),
        Stored(ReceiptStatus.ACCEPTED, ["d"]),
    ]
    assert await stored_count(db) == 3


async def test_parallel_sends_of_one_seat_are_stored_once(db: Database) -> None:
    record = await new_round(db, SINGLE)
    await seat(db, record, "Lan")
    await step(db, record.id, *OPENED)
    sends = [accept(db, [arrival(record, 1, [choice], answer_id=f"tab-{choice}")]) for choice in "abcd"]
    outcomes = [outcome for [outcome] in await asyncio.gather(*sends)]
    assert sorted(outcome.status for outcome in outcomes) == ["accepted", "kept_other", "kept_other", "kept_other"]
    assert len({str(outcome.kept) for outcome in outcomes}) == 1, "everybody is told the same kept choice"


async def test_nothing_is_stored_before_the_opening_nor_for_another_question(db: Database) -> None:
    record = await new_round(db, SINGLE, SINGLE)
    await seat(db, record, "Lan")
    late = Stored(ReceiptStatus.LATE, None)
    assert await accept(db, [arrival(record, 1, ["a"])]) == [late]
    await step(db, record.id, CommandName.NEXT)
    assert await accept(db, [arrival(record, 1, ["a"])]) == [late]
    await step(db, record.id, CommandName.NEXT)
    assert await accept(db, [arrival(record, 1, ["a"], question=2)]) == [late]
    assert await stored_count(db) == 0


async def test_answers_count_until_the_reveal_and_resends_after_it_are_told_what_is_kept(db: Database) -> None:
    record = await new_round(db, SINGLE)
    await seat(db, record, "Lan", "Hoa", "Mai")
    await step(db, record.id, *OPENED, CommandName.CLOSE)
    assert (await accept(db, [arrival(record, 1, ["a"])]))[0].status is ReceiptStatus.ACCEPTED
    await step(db, record.id, CommandName.SETTLE)
    outcomes = await accept(db, [arrival(record, 1, ["a"]), arrival(record, 2, ["a"])])
    assert outcomes == [Stored(ReceiptStatus.SAME, ["a"]), Stored(ReceiptStatus.LATE, None)]


async def test_an_answer_out_of_time_is_never_stored_but_learns_what_is(db: Database) -> None:
    record = await new_round(db, SINGLE)
    await seat(db, record, "Lan")
    await step(db, record.id, *OPENED)
    out = arrival(record, 1, ["a"], in_time=False)
    assert await accept(db, [out]) == [Stored(ReceiptStatus.LATE, None)]
    await accept(db, [arrival(record, 1, ["a"])])
    assert await accept(db, [out]) == [Stored(ReceiptStatus.SAME, ["a"])]


async def test_every_kind_of_choice_comes_back_as_it_went_in(db: Database) -> None:
    record = await new_round(db, SINGLE)
    await seat(db, record, *"abcdef")
    await step(db, record.id, *OPENED)
    choices = [["a"], ["d", "c", "b", "a"], 12, 0.5, "Đắk Lắk 'x' \"y\" 😀", ["T"]]
    await accept(db, [arrival(record, number, choice) for number, choice in enumerate(choices, 1)])
    async with db.read() as reader:
        kept = await answering.kept(reader, record.id, QuestionNumber(1))
        some = await answering.kept(reader, record.id, QuestionNumber(1), [Seat(2), Seat(9)])
    assert list(kept.values()) == choices
    assert some == {2: choices[1]}


async def test_a_batch_of_two_rounds_keeps_them_apart(db: Database) -> None:
    first, second = await new_round(db, SINGLE), await new_round(db, SINGLE)
    for record in (first, second):
        await seat(db, record, "Lan")
    await step(db, first.id, *OPENED)
    outcomes = await accept(db, [arrival(first, 1, ["a"]), arrival(second, 1, ["a"])])
    assert [outcome.status for outcome in outcomes] == ["accepted", "late"]


async def test_nothing_to_store_is_nothing_to_do(db: Database) -> None:
    assert await accept(db, []) == []


async def test_an_answer_sent_again_after_its_question_is_the_same_in_whatever_form(db: Database) -> None:
    record = await new_round(db)
    await seat(db, record, "Lan")
    await step(db, record.id, CommandName.NEXT, CommandName.BEGIN)
    await accept(db, [arrival(record, 1, ["a", "c"], answer_id="tapped-once")])
    late = [
        arrival(record, 1, ["c", "a"], answer_id="tapped-once", in_time=False),
        arrival(record, 1, ["c", "a"], answer_id="another-one", in_time=False),
    ]
    assert [stored.status for stored in await accept(db, late)] == [ReceiptStatus.SAME, ReceiptStatus.KEPT_OTHER]
