"""One person is one entry: however the race ends, on both databases."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from contest.database import Database, Reader
from contest.errors import Conflict
from contest.provincial import people, sessions
from contest.provincial.people_model import ConsentGiven, Guardian
from contest.provincial.rules import TargetGroup
from contest.provincial.secrets_box import FieldBox, new_key
from contest.provincial.tables import consents, entries, participants
from tests.contest.provincial.people_support import NOW, make_contest, rules, somebody

FORM = rules().entry
FAMILY = rules(entries_per_phone=3).entry
CONFIRMED = rules(confirm_phone=True).entry


@pytest.fixture
def box() -> FieldBox:
    return FieldBox(new_key())


async def test_fifty_registrations_at_once_are_one_entry(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    outcomes = await asyncio.gather(
        *(people.register(db, box, contest, FORM, somebody(), now_ms=NOW) for _ in range(50)), return_exceptions=True
    )
    made = [one for one in outcomes if isinstance(one, people.Registered)]
    refused = [one for one in outcomes if isinstance(one, Conflict)]
    assert len(made) == 1
    assert {one.code for one in refused} == {"phone_used_up"}
    assert len(made) + len(refused) == 50
    async with db.read() as reader:
        assert await reader.scalar(select(func.count()).select_from(entries)) == 1
        assert await reader.scalar(select(func.count()).select_from(participants)) == 1


async def test_different_names_on_one_phone_get_as_many_entries_as_the_rules_allow(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    outcomes = await asyncio.gather(
        *(
            people.register(db, box, contest, FAMILY, somebody(full_name=f"Người thứ {n}"), now_ms=NOW)
            for n in range(10)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, people.Registered) for one in outcomes) == 3
    assert {one.code for one in outcomes if isinstance(one, Conflict)} == {"phone_used_up"}
    async with db.read() as reader:
        assert await reader.scalar(select(func.count()).select_from(participants)) == 3


async def test_one_identity_number_enters_once_whatever_the_phone(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    outcomes = await asyncio.gather(
        *(
            people.register(
                db, box, contest, FORM, somebody(phone=f"+849123450{n:02}", id_number="066090012345"), now_ms=NOW
            )
            for n in range(12)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, people.Registered) for one in outcomes) == 1
    assert {one.code for one in outcomes if isinstance(one, Conflict)} == {"id_taken"}


async def test_without_a_phone_the_same_name_birth_date_and_place_are_one_person(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    first = somebody(phone=None, full_name="Nguyễn Thị Hoà")
    await people.register(db, box, contest, FORM, first, now_ms=NOW)
    with pytest.raises(Conflict):
        await people.register(db, box, contest, FORM, replace(first, full_name="NGUYỄN THỊ HÒA"), now_ms=NOW)
    await people.register(db, box, contest, FORM, replace(first, birth_date="1991-01-01"), now_ms=NOW)


async def test_what_is_stored_cannot_be_read_without_the_key(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    data = somebody(id_number="066090012345", email="mek@example.vn", address="Buôn Tuôr A")
    made = await people.register(
        db, box, contest, FORM, data, now_ms=NOW, guardian=Guardian("H'Thi Rya", "+84987654321"),
        given=[ConsentGiven("contest", True, "Tôi đồng ý"), ConsentGiven("photo", False, "Ảnh")],
    )  # fmt: skip
    async with db.read() as reader:
        row = (await reader.execute(select(participants))).mappings().one()
        said = (await reader.execute(select(consents.c.purpose, consents.c.granted, consents.c.by_guardian))).all()
        entry = await people.entry_of(reader, contest, made.participant_id)
        session = await sessions.find(reader, made.session, NOW + 1)
    stored = " ".join(str(value) for value in row.values())
    for secret in (
        "912345678",
        "066090012345",
        "mek@example.vn",
        "Tuôr",
        "987654321",
        made.personal_code,
        made.session,
    ):
        assert str(secret) not in stored
    assert box.open(row["phone_enc"]) == "+84912345678"
    assert box.open(row["guardian_phone_enc"]) == "+84987654321"
    assert [tuple(one) for one in said] == [("contest", True, True), ("photo", False, True)]
    assert entry == made.entry
    assert (entry.state, entry.group, entry.age_band, entry.minor) == ("active", TargetGroup.CITIZEN, "18-59", False)
    assert session is not None
    assert session.participant_id == made.participant_id


async def test_an_unconfirmed_number_does_not_keep_its_owner_out(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    squatter = await people.register(db, box, contest, CONFIRMED, somebody(full_name="Ai đó"), now_ms=NOW)
    assert squatter.entry.state == "unconfirmed"
    owner = await people.register(db, box, contest, CONFIRMED, somebody(), now_ms=NOW)
    again = await people.register(db, box, contest, CONFIRMED, somebody(), now_ms=NOW + 1)
    async with db.write() as writer:
        assert await sessions.find(Reader(writer), squatter.session, NOW) is None
        assert await sessions.find(Reader(writer), owner.session, NOW) is None
        assert await people.confirm_phone(writer, again.participant_id, NOW) == 1
    with pytest.raises(Conflict, match="phone_used_up"):
        await people.register(db, box, contest, CONFIRMED, somebody(full_name="Ai đó"), now_ms=NOW)


async def test_somebody_known_enters_the_next_contest_without_a_second_code(db: Database, box: FieldBox) -> None:
    first, second = await make_contest(db), await make_contest(db, "cds-2")
    made = await people.register(db, box, first, FORM, somebody(), now_ms=NOW)
    with pytest.raises(Conflict, match="phone_used_up"):
        await people.register(db, box, second, FORM, somebody(), now_ms=NOW)
    known = made.participant_id
    again = await people.register(db, box, second, FORM, somebody(commune="24163"), now_ms=NOW, known=known)
    assert again.personal_code is None
    assert again.participant_id == known
    assert (made.entry.commune, again.entry.commune) == ("24133", "24163")
    with pytest.raises(Conflict, match="already_entered"):
        await people.register(db, box, second, FORM, somebody(), now_ms=NOW, known=known)


async def test_crowds_are_entered_in_their_order(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    crowd = [somebody(full_name=f"Người {n}", phone=f"+8491{n:07}") for n in range(500)]
    async with db.write() as writer:
        made = await people.register_many(writer, box, contest, crowd, now_ms=NOW)
    async with db.read() as reader:
        for place in (0, 123, 499):
            name = await reader.scalar(
                select(participants.c.full_name).where(participants.c.id == made[place].participant_id)
            )
            session = await sessions.find(reader, made[place].session, NOW)
            assert name == f"Người {place}"
            assert session is not None
            assert session.participant_id == made[place].participant_id == made[place].entry.participant_id


async def test_a_roster_entry_is_claimed_once(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    roster = rules(admission="roster").entry
    invited = somebody(phone=None, birth_date=None, commune="24163")
    async with db.write() as writer:
        [made] = await people.register_many(
            writer, box, contest, [invited], now_ms=NOW, state="invited", with_codes=True
        )
    outcomes = await asyncio.gather(
        *(
            people.register(db, box, contest, roster, somebody(), now_ms=NOW, known=made.participant_id)
            for _ in range(5)
        ),
        return_exceptions=True,
    )
    claimed = [one for one in outcomes if isinstance(one, people.Registered)]
    assert len(claimed) == 1
    assert claimed[0].entry.state == "active"
    assert claimed[0].entry.public_id == made.entry.public_id
    assert claimed[0].entry.commune == "24163"
    assert {one.code for one in outcomes if isinstance(one, Conflict)} == {"already_entered"}


async def test_a_new_code_ends_the_old_one_and_every_session(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    made = await people.register(db, box, contest, FORM, somebody(), now_ms=NOW)
    async with db.write() as writer:
        code = await people.reissue_code(writer, box, made.participant_id)
        assert await sessions.find(Reader(writer), made.session, NOW) is None
        stored = await writer.scalar(select(participants.c.code_hash))
    assert made.personal_code is not None
    assert (
        stored == people.code_hash(box, f"{code[:5].lower()} - {code[5:]}") != people.code_hash(box, made.personal_code)
    )


async def test_sessions_end_after_a_while_and_with_their_person(db: Database, box: FieldBox) -> None:
    contest = await make_contest(db)
    made = await people.register(db, box, contest, FORM, somebody(), now_ms=NOW)
    async with db.write() as writer:
        assert await sessions.find(Reader(writer), made.session, NOW + sessions.IDLE_MS) is None
        session = await sessions.find(Reader(writer), made.session, NOW + sessions.IDLE_MS - 1)
        assert session is not None
    await sessions.refresh(db, session, NOW + sessions.IDLE_MS - 1)
    async with db.write() as writer:
        assert await sessions.find(Reader(writer), made.session, NOW + sessions.IDLE_MS) is not None
        await writer.execute(update(participants).values(erased_at=NOW))
        assert await sessions.find(Reader(writer), made.session, NOW) is None
        assert await sessions.forget_expired(writer, NOW + 2 * sessions.IDLE_MS) == 1


async def test_a_failed_statement_does_not_tell_what_it_carried(db: Database) -> None:
    row = {"public_id": "p", "full_name": "Y Canary", "name_fold": "y canary", "created_at": NOW, "updated_at": NOW}
    with pytest.raises(IntegrityError) as failure:
        async with db.write() as writer:
            await writer.execute(insert(participants), [row, row])
    assert "Canary" not in str(failure.value)
