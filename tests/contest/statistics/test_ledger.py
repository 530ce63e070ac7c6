"""Facts are written once, and taken back by a fact."""

import pytest
from sqlalchemy import select

from contest.database import Database
from contest.errors import Invalid, NotFound
from contest.skills import Skill
from contest.statistics import ledger
from contest.statistics.facts import Fact, FactKind, person_of_guest, person_of_participant, skills_of
from contest.statistics.tables import participation_facts

T0 = 1_790_000_000_000


def fact(number: int) -> Fact:
    return Fact(FactKind.SKILL, f"1:{number}", T0, person=person_of_guest(number), skills=(Skill.PAYMENT,))


async def test_a_repeat_writes_nothing(db: Database) -> None:
    async with db.write() as writer:
        assert await ledger.record(writer, [fact(n) for n in range(1000)], now_ms=T0) == 1000
    async with db.write() as writer:
        assert await ledger.record(writer, [fact(n) for n in range(999, 1002)], now_ms=T0) == 2
    async with db.read() as reader:
        rows = (await reader.execute(select(participation_facts))).all()
    assert len(rows) == 1002
    assert skills_of(rows[0].skills) == (Skill.PAYMENT,)
    assert all((row.xid > 0) is not db.is_sqlite for row in rows)


async def test_a_fact_is_voided_once_and_with_a_reason(db: Database) -> None:
    async with db.write() as writer:
        await ledger.record(writer, [fact(1)], now_ms=T0)
    async with db.write() as writer:
        with pytest.raises(Invalid):
            await ledger.void(writer, FactKind.SKILL, "1:1", reason=" ", actor="system", now_ms=T0)
        with pytest.raises(NotFound):
            await ledger.void(writer, FactKind.SKILL, "1:2", reason="nhầm thẻ", actor="system", now_ms=T0)
        assert await ledger.void(writer, FactKind.SKILL, "1:1", reason="nhầm thẻ", actor="system", now_ms=T0)
        assert not await ledger.void(writer, FactKind.SKILL, "1:1", reason="nhầm thẻ", actor="system", now_ms=T0)
    async with db.read() as reader:
        rows = (await reader.execute(select(participation_facts).order_by(participation_facts.c.id))).all()
    assert [(row.kind, row.voids, row.reason) for row in rows] == [("skill", None, None), ("void", 1, "nhầm thẻ")]


def test_people_have_numbers_of_their_own() -> None:
    assert person_of_participant(7) != person_of_guest(7)
    assert person_of_guest(3, participant_id=7) == person_of_participant(7)


@pytest.mark.parametrize(("person", "headcount"), [(None, 0), (None, 100_001), (5, 2)])
def test_impossible_facts_are_not_made(person: int | None, headcount: int) -> None:
    with pytest.raises(ValueError, match="count"):
        Fact(FactKind.CHECKIN, "x", T0, person=person, headcount=headcount)
