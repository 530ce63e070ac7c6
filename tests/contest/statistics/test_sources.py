"""Live rounds and contests write their facts where they happen, and nothing tells a count that is still a secret."""

from typing import Any

from sqlalchemy import insert, select, update

from contest.database import Database
from contest.festival import guests
from contest.festival.guest_seats import people_of_sessions
from contest.festival.tables import guest_sessions
from contest.festival.tables import guests as guests_table
from contest.joining import Admitted, Hello, join
from contest.provincial import attempts, voiding
from contest.provincial.attempt_model import Started, StartWish, Submitted, SubmitWish
from contest.provincial.rules import Prediction, PredictionKind
from contest.provincial.tables import contest_versions, entries, participants
from contest.provincial.windows import counts_hidden, counts_open_from
from contest.statistics import counting, feed, live_facts, rollups
from contest.statistics.contributions import Cell, Counts
from contest.statistics.facts import person_of_participant
from contest.statistics.tables import participation_facts
from contest.tables import answers, metadata, seats
from contest.tickets import digest
from tests.contest.provincial.contest_fixture import DAY, OPENS, enter, open_contest, rules
from tests.contest.support import T0, new_round

HOUR = 3_600_000
NOON = OPENS + 12 * HOUR


async def hand_in(db: Database, contest: int, entry: int, now: int) -> str:
    (started,) = await attempts.start(db, [StartWish(contest, entry)], now)
    assert isinstance(started, Started), started
    (done,) = await attempts.submit(db, [SubmitWish(started.attempt, started.ticket)], now + HOUR // 100)
    assert isinstance(done, Submitted), done
    return started.attempt


async def counts(db: Database, period: str = "all", place: str = "p", facet: str = "kind:contest_attempt") -> Counts:
    async with db.read() as reader:
        return (await rollups.read(reader, [period], [place], [facet]))[Cell(period, place, facet)]


async def void(db: Database, contest: int, kind: str, public_id: str, now: int) -> None:
    await voiding.void(db, contest, kind, public_id, ground="proxy", note="thi hộ", actor="account:1", now_ms=now)


async def restore(db: Database, contest: int, kind: str, public_id: str, now: int) -> None:
    await voiding.restore(db, contest, kind, public_id, note="khiếu nại đúng", actor="account:1", now_ms=now)


async def sources(db: Database) -> list[tuple[str, bool]]:
    c = participation_facts.c
    async with db.read() as reader:
        rows = (await reader.execute(select(c.id, c.kind, c.source, c.voids).order_by(c.id))).all()
    gone = {row.voids for row in rows if row.voids}
    return [(row.source, row.id not in gone) for row in rows if row.kind == "contest_attempt"]


async def test_an_attempt_counts_when_it_is_handed_in_until_it_is_void(db: Database) -> None:
    contest = await open_contest(db, rules(**OPEN_RULES))
    lan, minh, nobody = await enter(db, contest, 3)
    async with db.write() as writer:
        await writer.execute(
            update(entries)
            .where(entries.c.id == lan)
            .values(commune="24175", target_group="citizen", unit_code="U1", age_band="60+")
        )
        await writer.execute(update(entries).where(entries.c.id == nobody).values(channel="synthetic"))
    first = await hand_in(db, contest, lan, NOON)
    await hand_in(db, contest, lan, NOON + DAY)
    await hand_in(db, contest, minh, NOON)
    await hand_in(db, contest, nobody, NOON)
    await counting.run(db, NOON + DAY)
    assert await counts(db) == Counts(3, 3, 2, 0)
    assert await counts(db, "d:2026-11-20", "c:24175", "age:60+") == Counts(1, 1, 1, 0)
    await void(db, contest, "attempt", first, NOON + DAY)
    await counting.run(db, NOON + DAY)
    assert await counts(db) == Counts(2, 2, 2, 0)
    async with db.read() as reader:
        entry = await reader.scalar(select(entries.c.public_id).where(entries.c.id == lan))
        c = participation_facts.c
        (person, unit) = (await reader.execute(select(c.person, c.unit_code).where(c.source == first))).one()
        participant = await reader.scalar(select(entries.c.participant_id).where(entries.c.id == lan))
    assert entry is not None
    assert participant is not None
    assert (person, unit) == (person_of_participant(participant), "U1")
    # The whole entry goes, and comes back: the attempt that was void itself stays so.
    await void(db, contest, "entry", entry, NOON + DAY)
    await counting.run(db, NOON + DAY)
    assert await counts(db) == Counts(1, 1, 1, 0)
    await restore(db, contest, "entry", entry, NOON + DAY)
    await counting.run(db, NOON + DAY)
    assert await counts(db) == Counts(2, 2, 2, 0)
    await restore(db, contest, "attempt", first, NOON + DAY)
    await void(db, contest, "attempt", first, NOON + DAY)
    await restore(db, contest, "attempt", first, NOON + DAY)
    await counting.run(db, NOON + DAY)
    assert await counts(db) == Counts(3, 3, 2, 0)
    mine = [one for one in await sources(db) if one[0].startswith(first)]
    assert mine == [(first, False), (f"{first}#2", False), (f"{first}#3", True)]
    # What is erased was there all the same.
    async with db.write() as writer:
        await writer.execute(update(participants).values(erased_at=NOON, full_name=""))
    await counting.run(db, NOON + DAY)
    assert await counts(db) == Counts(3, 3, 2, 0)


OPEN_RULES: dict[str, Any] = {"prediction": None, "ranking": {"chain": ["score"]}}
SECRET_RULES: dict[str, Any] = {"prediction": Prediction(kind=PredictionKind.PARTICIPANTS, scope="round")}


def test_counts_are_open_when_the_last_window_that_touches_is_settled() -> None:
    guessed = rules(**SECRET_RULES)
    over = OPENS + 3 * DAY + 600_000 + 5_000
    assert counts_open_from(guessed, OPENS) == over
    assert counts_open_from(guessed, OPENS - DAY) == over
    assert counts_open_from(guessed, over) == over
    assert not counts_hidden(guessed, over)
    assert counts_open_from(rules(**OPEN_RULES), NOON) == NOON


async def everything_told(db: Database) -> str:
    """All that dashboards, feeds and exports could read: every table but the ledger, what is held and the contest."""
    told = []
    async with db.read() as reader:
        for name in ("rollups", "fact_stream", "rollup_state"):
            told += [str(tuple(row)) for row in await reader.execute(select(metadata.tables[name]))]
    return "\n".join(told)


async def test_what_is_worth_a_prize_shows_nowhere_until_it_is_over(db: Database) -> None:
    guessed = rules(**SECRET_RULES)
    contest = await open_contest(db, guessed)
    people = await enter(db, contest, 23)
    handed = [await hand_in(db, contest, one, NOON) for one in people]
    await void(db, contest, "attempt", handed[0], NOON)
    await restore(db, contest, "attempt", handed[0], NOON)
    await void(db, contest, "attempt", handed[1], NOON)
    before = await everything_told(db)
    assert await counting.run(db, NOON) == 0
    assert await counts(db) == Counts()
    told = await everything_told(db)
    assert "contest_attempt" not in told
    assert before == ""
    async with db.read() as reader:
        assert await feed.after(reader, 0, 1_000) == []
        for place in ("p", "c:-"):
            assert await rollups.every_facet(reader, "all", place) == {}
    # The rounds are made longer: what was to come out then stays back.
    longer = guessed.model_copy(
        update={"rounds": (guessed.rounds[0], guessed.rounds[1].model_copy(update={"closes_at": OPENS + 5 * DAY}))}
    )
    async with db.write() as writer:
        await writer.execute(update(contest_versions).values(rules=longer.model_dump_json()))
    was_over = counts_open_from(guessed, NOON)
    assert await counting.run(db, was_over) == 0
    over = counts_open_from(longer, NOON)
    assert await counting.run(db, over - 1) == 0
    assert await counts(db) == Counts()
    assert await counting.run(db, over) == 23 + 3
    assert await counts(db) == Counts(22, 22, 22, 0)
    assert await counts(db, "d:2026-11-20") == Counts(22, 22, 22, 0)


async def test_whoever_answered_in_a_finished_round_took_part(db: Database) -> None:
    """The one statement, over seats as a round leaves them."""
    record = await new_round(db)
    async with db.write() as writer:
        guest = await guests.make(writer, festival_id=None, now_ms=1, commune="24180", target_group="citizen")
        await writer.execute(
            insert(guest_sessions).values(
                token_hash=digest("s"), guest_id=guest.id, created_at=1, seen_at=1, expires_at=10**14
            )
        )
        await writer.execute(update(guests_table).values(village_id=9, age_band="60+"))
    hellos = [Hello(record.code, f"Người {n}", unit="24175" if n % 2 else None) for n in range(6)]
    hellos.append(Hello(record.code, "Y Sưng", guest=digest("s")))
    hellos.append(Hello(record.code, "Lạ", guest=digest("none")))
    joined = await join(db, hellos, T0)
    assert all(isinstance(one, Admitted) for one in joined)
    async with db.write() as writer:
        assert await people_of_sessions(writer, {digest("s")}, 10**14) == {}
        answered = [(1, 1), (1, 2), (1, 3), (1, 7), (2, 7)]
        rows = [{"round_id": record.id, "question": question, "seat": seat} for question, seat in answered]
        same = {"choice": '["a"]', "answer_id": "x", "accepted_at": T0, "elapsed_ms": 1, "credit_ms": 0, "fair_ms": 1}
        await writer.execute(insert(answers), [row | same | {"evidence": "{}"} for row in rows])
        await writer.execute(update(seats).where(seats.c.seat == 3).values(kicked=True))
        assert await live_facts.record_round(writer, record.id, now_ms=T0) == 3
        assert await live_facts.record_round(writer, record.id, now_ms=T0) == 0
    await counting.run(db, T0)
    assert await counts(db, facet="kind:live_round") == Counts(3, 3, 1, 2)
    assert await counts(db, place="c:24180", facet="age:60+") == Counts(1, 1, 1, 0)
    assert await counts(db, place="v:9", facet="group:citizen") == Counts(1, 1, 1, 0)
    assert await counts(db, place="c:24175", facet="all") == Counts(1, 1, 0, 1)
