"""What documents read besides the results: the letterhead, seconds of each question, every day's participation."""

import pytest

from contest.database import Database
from contest.errors import Invalid
from contest.provincial import answer_times, attempts, letterheads, minutes_counts, turnout, turnout_history
from contest.provincial.attempt_model import SaveWish
from contest.provincial.freezing import freeze
from contest.provincial.letterheads import Letterhead
from tests.contest.provincial.contest_fixture import DAY, OPENS, right_answer
from tests.contest.provincial.results_support import HOUR, OVER, first_round, prize_rules, stage


async def test_a_letterhead_is_kept_and_replaced(db: Database) -> None:
    staged = await stage(db, prize_rules(organiser="Sở KHCN"), people=1)
    async with db.read() as reader:
        assert await letterheads.load(reader, staged.contest, prize_rules(organiser="Sở KHCN")) == Letterhead(
            agency="Sở KHCN"
        )
    for given in ({"agency": "  Sở   A "}, {"agency": "Sở B", "committee": "Ông A\n\n Bà B ", "place": "Đắk\nLắk"}):
        async with db.write() as writer:
            await letterheads.save(writer, staged.contest, letterheads.parsed(given), actor="account:1", now_ms=OPENS)
    async with db.read() as reader:
        held = await letterheads.load(reader, staged.contest, None)
    assert held == Letterhead(agency="Sở B", committee=("Ông A", "Bà B"), place="Đắk Lắk")
    for long in ({"agency": "x" * 201}, {"receivers": "x\n" * 21}):
        with pytest.raises(Invalid, match="letterhead_too_long"):
            letterheads.parsed(long)


async def test_seconds_are_between_first_answers(db: Database) -> None:
    staged = await stage(db, people=1)
    at = OPENS + HOUR
    started = await staged.start(0, at)
    for n, (position, late) in enumerate(((2, 4_000), (1, 9_500), (2, 12_000)), start=1):
        # A paper has questions of all kinds: what is saved must be an answer to this one.
        choice = right_answer(started.questions[started.paper.items[position - 1].question])
        wish = SaveWish(started.attempt, started.ticket, position, choice, n)
        await attempts.save(db, [wish], at + late, shelf=staged.shelf)
    async with db.read() as reader:
        (times,) = (await answer_times.of_entry(reader, staged.ids[0])).values()
    assert [(one.position, one.took_ms, one.saves) for one in times] == [(2, 4_000, 2), (1, 5_500, 1)]


async def test_what_came_with_the_submission_has_no_seconds(db: Database) -> None:
    staged = await stage(db, people=1)
    await staged.sit(0, at=OPENS + HOUR)
    async with db.read() as reader:
        (times,) = (await answer_times.of_entry(reader, staged.ids[0])).values()
    assert [(one.position, one.took_ms) for one in times] == [(n, None) for n in range(1, 6)]


async def test_every_day_is_there_and_rounded_while_it_must_be(db: Database) -> None:
    rules = prize_rules()
    staged = await stage(db, rules)
    await first_round(staged)
    async with db.write() as writer:
        await turnout.take(writer, staged.contest, "2026-11-20", OPENS + 11 * HOUR)
        await turnout.take(writer, staged.contest, "2026-11-21", OPENS + DAY + 11 * HOUR)
    async with db.read() as reader:
        hidden = await turnout_history.every_day(reader, staged.contest, rules, OPENS + DAY + 12 * HOUR)
        exact = await turnout_history.every_day(reader, staged.contest, rules, OVER)
        now = await turnout_history.at_this_moment(reader, staged.contest, OVER)
    assert [(one.day, one.rounded, one.all.people) for one in hidden] == [
        ("2026-11-21", True, 0),
        ("2026-11-20", True, 0),
    ]
    assert [(one.day, one.rounded, one.all.people) for one in exact] == [
        ("2026-11-21", False, 5),
        ("2026-11-20", False, 5),
    ]
    assert now.all.attempts == 5


async def test_the_minutes_count_the_rounds_of_their_own_result(db: Database) -> None:
    staged = await stage(db)
    await first_round(staged)
    await staged.sit(0, at=OPENS + DAY + HOUR, wrong=1)
    async with db.read() as reader:
        frozen = await freeze(reader, staged.contest)
    first, second, whole = (minutes_counts.count(frozen, key) for key in ("r1", "r2", "collective"))
    assert (first.rounds, first.people, first.attempts, first.full_marks) == (("r1",), 5, 5, 2)
    assert (second.rounds, second.people, second.attempts, second.full_marks) == (("r2",), 1, 1, 0)
    assert (whole.rounds, whole.people, whole.attempts) == (("r1", "r2"), 5, 6)
    assert whole.excluded == {}
