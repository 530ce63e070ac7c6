"""Guests: cards taken, found and lost, consents, numbers confirmed, two cards that are one person's, and leaving."""

import pytest
from sqlalchemy import insert, select

from contest.database import Database, Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import guest_rights, guests, identity, identity_phone, organising
from contest.festival.cards import new_card
from contest.festival.identity import PHONE, STATISTICS, Said
from contest.festival.identity_phone import PhoneShared
from contest.festival.model import Festival, FestivalState, Guest, GuestLevel
from contest.festival.organising import Outline
from contest.festival.tables import guest_sessions, person_aliases
from contest.festival.tables import guests as table
from contest.provincial import phone_codes
from contest.provincial.people_rows import phone_hash
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import participants
from contest.statistics import ledger
from contest.statistics.facts import Fact, FactKind
from scoring.folding import fold
from tests.contest.festival.organising_support import MORNING, festival

BOX = FieldBox(b"k" * 32)
NUMBER = "+84912345678"
AGREED = {STATISTICS: "Tôi đồng ý"}
LAN = Said("Lan", "24133", None, "citizen", "60+", "vi", AGREED)
YEAR = 366 * 24 * 3_600_000


async def take(db: Database, festival_id: int, said: Said = LAN, card: str | None = None) -> Guest:
    async with db.write() as writer:
        return await identity.register(writer, festival_id, said, card=card, now_ms=MORNING)


async def blank(writer: Writer, festival_id: int) -> str:
    made = await guests.make(writer, festival_id=festival_id, now_ms=MORNING, level=GuestLevel.BLANK)
    return made.card


async def confirmed(db: Database, guest: Guest, am: str | None = None, now: int = MORNING) -> Guest:
    code = (await phone_codes.issue(db, BOX, NUMBER, now_ms=now)).code
    return await identity_phone.confirm(
        db, BOX, guest, NUMBER, code, words="Đồng ý", by_guardian=False, am=am, now_ms=now
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Said(""), "name_empty"),
        (Said("x" * 60), "name_too_long"),
        (Said("Lan", commune="24133"), "consent_needed"),
        (Said("Lan", commune="99999", consents=AGREED), "unit_unknown"),
        (Said("Lan", target_group="king", consents=AGREED), "group_unknown"),
        (Said("Lan", age_band="7", consents=AGREED), "age_unknown"),
    ],
)
def test_what_cannot_be_said(said: Said, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        said.columns()
    assert refused.value.code == code


async def test_cards_taken_found_and_lost(db: Database) -> None:
    made, _ = await festival(db)
    lan = await take(db, made.id)
    assert (lan.level, lan.commune, lan.person) == (GuestLevel.NICKNAME, "24133", 2 * lan.id + 1)
    async with db.write() as writer:
        assert await identity.granted_to(Reader(writer), lan.id) == {STATISTICS}
        assert await guests.seen(Reader(writer), made.id) == 1
        printed, second = await blank(writer, made.id), await blank(writer, made.id)
        assert await guests.seen(Reader(writer), made.id) == 1
        with pytest.raises(Invalid, match="village_unknown"):
            await identity.check_village(writer, 7, "24133")
    minh = await take(db, made.id, Said("Minh"), card=printed)
    assert minh.card == printed
    async with db.write() as writer:
        with pytest.raises(Conflict, match="card_taken"):
            await identity.add_card(writer, lan, printed, now_ms=MORNING)
        with pytest.raises(NotFound, match="guest_unknown"):
            await identity.add_card(writer, lan, new_card(), now_ms=MORNING)
        for _ in range(2):
            await identity.add_card(writer, lan, second, now_ms=MORNING)
        fresh = await identity.replace_card(writer, lan, now_ms=MORNING)
        found = await guests.by_cards(Reader(writer), [lan.card, second, fresh.card, printed, new_card()])
    assert {card: guest.id for card, guest in found.items()} == {
        lan.card: lan.id, second: lan.id, fresh.card: lan.id, printed: minh.id
    }  # fmt: skip
    assert found[lan.card].card == fresh.card != lan.card


async def test_a_number_makes_a_guest_the_participant_they_are(db: Database) -> None:
    made, _ = await festival(db)
    lan = await take(db, made.id)
    async with db.write() as writer:
        participant = await writer.scalar(
            insert(participants)
            .values(
                public_id="p" * 22, full_name="Nguyễn Thị Lan", name_fold=fold("Nguyễn Thị Lan"), person_key="x",
                phone_hash=phone_hash(BOX, NUMBER), created_at=MORNING, updated_at=MORNING,
            )
            .returning(participants.c.id)
        )  # fmt: skip
        source = f"{made.id}:{lan.id}:2026-10-10"
        await ledger.record(writer, [Fact(FactKind.CHECKIN, source, MORNING, person=lan.person)], now_ms=MORNING)
    assert participant is not None
    now = await confirmed(db, lan)
    assert (now.level, now.participant_id, now.person) == (GuestLevel.PHONE, participant, 2 * participant)
    async with db.read() as reader:
        aliases = (await reader.execute(select(person_aliases.c.person, person_aliases.c.is_person))).all()
        assert await identity.granted_to(reader, lan.id) == {STATISTICS, PHONE}
        data = await guest_rights.export(reader, BOX, now)
    assert [tuple(row) for row in aliases] == [(lan.person, now.person)]
    assert data["guest"]["phone"] == NUMBER
    assert [one["kind"] for one in data["done"]] == ["checkin"]


async def test_a_family_shares_a_number_and_one_person_two_cards(db: Database) -> None:
    made, _ = await festival(db)
    first = await confirmed(db, await take(db, made.id))
    other = await take(db, made.id, Said("Bà"))
    hour = 3_600_000
    with pytest.raises(PhoneShared) as shared:
        await confirmed(db, other, now=MORNING + hour)
    assert shared.value.params["people"] == [{"card": first.card, "name": "Lan"}]
    granny = await confirmed(db, other, am="", now=MORNING + 2 * hour)
    assert (granny.id, granny.level) == (other.id, GuestLevel.PHONE)
    again = await take(db, made.id, Said("Lan 2"))
    async with db.write() as writer:
        secret = await identity.open_session(writer, again.id, MORNING)
        kept = await identity.replace_card(writer, again, now_ms=MORNING)
    same = await confirmed(db, kept, am=first.card, now=MORNING + 3 * hour)
    assert (same.id, same.name) == (first.id, "Lan")
    async with db.read() as reader:
        mine = await guests.by_session(reader, secret, MORNING)
        found = await guests.by_cards(reader, [again.card, kept.card, first.card])
        alias = await reader.scalar(select(person_aliases.c.is_person).where(person_aliases.c.person == again.person))
        gone = await guests.load(reader, again.id)
        assert await guests.seen(reader, made.id) == 2
    assert mine is not None
    assert mine.id == first.id
    assert {guest.id for guest in found.values()} == {first.id}
    assert alias == first.person
    assert gone.name is None


async def test_a_child_needs_a_guardian(db: Database) -> None:
    made, _ = await festival(db)
    child = await take(db, made.id, Said("Bi", None, None, "pupil_student", "u16", "vi", AGREED))
    with pytest.raises(Invalid, match="guardian_needed"):
        await confirmed(db, child)


async def test_checking_correcting_taking_back_and_leaving(db: Database) -> None:
    made, _ = await festival(db)
    lan = await take(db, made.id)
    async with db.write() as writer:
        secret = await identity.open_session(writer, lan.id, MORNING)
        await identity.mark_checked(writer, lan.id, by="phone:1", now_ms=MORNING)
        lan = await guests.load(Reader(writer), lan.id)
        assert lan.level is GuestLevel.CHECKED
        now = await guest_rights.correct(writer, lan, Said("Lan Anh", "24133", None, "official"), now_ms=MORNING)
        assert (now.name, now.target_group) == ("Lan Anh", "official")
        now = await guest_rights.withdraw(writer, now, STATISTICS, now_ms=MORNING)
        assert (now.commune, now.target_group, now.age_band) == (None, None, None)
        assert await identity.granted_to(Reader(writer), lan.id) == set()
        with pytest.raises(Invalid, match="consent_unknown"):
            await guest_rights.withdraw(writer, now, "fame", now_ms=MORNING)
        for _ in range(2):
            await guest_rights.erase(writer, [lan.id], now_ms=MORNING)
    async with db.read() as reader:
        row = (await reader.execute(select(table).where(table.c.id == lan.id))).one()
        assert await guests.by_session(reader, secret, MORNING) is None
        assert await guests.by_cards(reader, [lan.card]) == {}
    assert (row.name, row.phone_hash, row.erased_at) == (None, None, MORNING)


async def test_old_guests_are_forgotten_by_themselves(db: Database) -> None:
    made, _ = await festival(db)
    old, back = await take(db, made.id), await take(db, made.id, Said("Minh"))
    async with db.write() as writer:
        await identity.open_session(writer, old.id, MORNING)
        assert await guest_rights.sweep(writer, MORNING + YEAR) == 0
        await guests.come(writer, (await other_festival(writer)).id, back.id, MORNING + YEAR)
    async with db.write() as writer:
        assert await guest_rights.sweep(writer, MORNING + YEAR + YEAR // 4) == 0
    await close(db, made.id)
    async with db.write() as writer:
        assert await guest_rights.sweep(writer, MORNING + YEAR + YEAR // 4) == 1
        assert (await writer.execute(select(guest_sessions.c.token_hash))).first() is None
        assert (await guests.load(Reader(writer), old.id)).name is None
        assert (await guests.load(Reader(writer), back.id)).name == "Minh"


async def other_festival(writer: Writer) -> Festival:
    return await organising.create(
        writer, Outline("Năm sau", "2027-10-10", "2027-10-10"), actor="account:1", now_ms=MORNING
    )


async def close(db: Database, festival_id: int) -> None:
    async with db.write() as writer:
        await organising.set_state(writer, festival_id, FestivalState.OVER, actor="account:1", now_ms=MORNING)
