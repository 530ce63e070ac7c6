"""Whose name the public may read."""

import pytest
from sqlalchemy import update

from contest.database import Database
from contest.provincial.public_names import by_number, by_public_id, mask, may_publish
from contest.provincial.tables import participants
from tests.support.contest_crowd import Crowd, rules_of


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Nguyễn Văn An", "N. V. A."),
        ("Y Mek Ê Nuôl", "Y. M. Ê. N."),
        ("H’Thi Rya", "H. R."),
        ("ơ\u0306ng Đăm", "Ơ̆. Đ."),
        ("đoàn", "Đ."),
    ],
)
def test_initials_are_whole_letters(name: str, masked: str) -> None:
    assert mask(name) == masked


def test_the_last_word_counts_and_a_minor_needs_the_guardian_too() -> None:
    assert not may_publish([], minor=False)
    assert may_publish([(True, False)], minor=False)
    assert not may_publish([(True, False), (False, False)], minor=False)
    assert not may_publish([(True, False)], minor=True)
    assert may_publish([(True, True)], minor=True)
    assert may_publish([(True, True), (True, False)], minor=True)
    assert not may_publish([(True, True), (False, False)], minor=True)
    assert not may_publish([(True, True), (False, True), (True, False)], minor=True)


async def test_names_by_entry(db: Database) -> None:
    crowd, other = await Crowd.of(db, rules_of()), await Crowd.of(db, rules_of())
    said = [("publish_name", False)]
    an = await crowd.person("Nguyễn Văn An", consent=said, unit="THPT1")
    binh = await crowd.person("Trần Bình")
    child = await crowd.person("Lê Bé", consent=said, minor=True)
    gone = await crowd.person("Hồ Đi", consent=said)
    stranger = await other.person("Người Lạ", consent=said)
    async with db.write() as writer:
        await writer.execute(update(participants).where(participants.c.id == gone.participant).values(withdrawn_at=1))
    async with db.read() as reader:
        numbers = [one.entry for one in (an, binh, child, gone, stranger)]
        people = await by_number(reader, crowd.id, numbers)
        again = await by_public_id(reader, crowd.id, [an.public_id, stranger.public_id])
    shown = {entry: (person.name, person.masked) for entry, person in people.items()}
    assert shown == {
        an.entry: ("Nguyễn Văn An", False),
        binh.entry: ("T. B.", True),
        child.entry: ("L. B.", True),
        gone.entry: ("H. Đ.", True),
    }
    assert list(again) == [an.public_id]
    assert (again[an.public_id].commune, again[an.public_id].unit) == ("24133", "THPT1")
