"""Nothing personal without a rule; what people ask for is done; the numbers stay."""

import json
from typing import Any

import pytest
from sqlalchemy import insert, select, update

import contest.provincial.tables  # noqa: F401 (fills the metadata)
from contest.database import Database, Reader
from contest.errors import Conflict, Invalid
from contest.ids import ContestId
from contest.provincial import data_export, data_map, data_rights, people, phone_codes, retention, sessions
from contest.provincial.data_map import Kind, Rule
from contest.provincial.people_model import ConsentGiven, Guardian, Registered
from contest.provincial.secrets_box import FieldBox, new_key
from contest.provincial.tables import (
    attempts,
    complaints,
    consents,
    contest_awards,
    contest_exclusions,
    contest_results,
    contests,
    data_requests,
    entrant_sessions,
    entries,
    participants,
    review_cases,
)
from contest.provincial.tables import (
    phone_codes as codes_table,
)
from contest.tables import metadata
from contest.tickets import new_public_id
from tests.contest.provincial.people_support import DAY, NOW, make_contest, rules, somebody

SECRETS = ("Y Mek", "y mek", "912345678", "066090012345", "mek@example.vn", "Tuôr", "Rya", "987654321", "1990-02-28")


@pytest.fixture
def box() -> FieldBox:
    return FieldBox(new_key())


def test_every_column_has_a_kind_and_a_rule() -> None:
    mapped = [(place.table, place.column) for place in data_map.places()]
    assert len(mapped) == len(set(mapped))
    there = {(table.name, column.name) for table in metadata.tables.values() for column in table.columns}
    missing = sorted(there - set(mapped))
    assert missing == [], "say in contest/provincial/data_map.py what these hold and how long they stay"
    assert set(mapped) - there == {("alembic_version", "version_num")}


def test_every_rule_is_stated_and_personal_data_is_never_kept_without_an_end() -> None:
    assert set(retention.RULES) == set(Rule)
    kept = {(one.table, one.column) for one in data_map.places() if one.kind is Kind.PERSONAL and one.rule is Rule.KEPT}
    # Reasons of voids are the organisers' words; they are told to name no one.
    assert kept == {("entries", "void_reason"), ("attempts", "void_reason")}


async def seeded(db: Database, box: FieldBox) -> tuple[ContestId, Registered]:
    """Somebody with everything: form, consents, guardian, attempt, complaint, exclusion, case, code, request."""
    contest_id = await make_contest(db)
    form = rules(id_number="optional", email="optional").entry
    data = somebody(
        id_number="066090012345", email="mek@example.vn", address="Buôn Tuôr A", sex="male", unit_other="Buôn Tuôr A"
    )
    made = await people.register(
        db, box, contest_id, form, data, now_ms=NOW, guardian=Guardian("H’Thi Rya", "+84987654321"),
        given=[ConsentGiven("contest", True, "Tôi đồng ý"), ConsentGiven("publish_name", True, "Công bố")],
    )  # fmt: skip
    await phone_codes.issue(db, box, "+84912345678", now_ms=NOW)
    async with db.write() as writer:
        await writer.execute(
            insert(attempts).values(
                public_id=new_public_id(), contest_id=contest_id, entry_id=made.entry.id, ordinal=1, round_key="r1",
                day="2026-09-22", rules_version=1, state="submitted", ticket_hash="x", device_hash="d",
                address_hash="a", paper={}, started_at=NOW, deadline_at=NOW, submitted_at=NOW, of=10, score=7,
            )
        )  # fmt: skip
        await writer.execute(
            insert(complaints).values(
                public_id=new_public_id(), contest_id=contest_id, entry_id=made.entry.id, text="Tôi, Y Mek, …",
                evidence={"note": "912345678"}, state="rejected", received_at=NOW, received_by="entrant",
            )
        )  # fmt: skip
        await writer.execute(
            insert(contest_exclusions).values(
                contest_id=contest_id, phone_hash="h", reason="Ban Tổ chức", added_by="system", added_at=NOW
            )
        )
        await writer.execute(
            insert(review_cases).values(
                contest_id=contest_id, signal="device", subject="d", detail={"entries": [1]}, found_at=NOW
            )
        )
        await data_rights.ask(writer, made.participant_id, "delete", "Xóa giúp Y Mek", now_ms=NOW)
    return contest_id, made


async def everything(reader: Reader) -> str:
    """All rows of all tables as text."""
    found: list[Any] = []
    for table in metadata.sorted_tables:
        if table.name not in ("units",):
            found += [dict(row) for row in (await reader.execute(select(table))).mappings()]
    return json.dumps(found, default=str, ensure_ascii=False)


async def test_an_export_holds_all_one_has_told(db: Database, box: FieldBox) -> None:
    _, made = await seeded(db, box)
    async with db.read() as reader:
        told = json.dumps(await data_export.export(reader, box, made.participant_id), ensure_ascii=False)
    for secret in set(SECRETS) - {"y mek"}:
        assert secret in told
    for inner in ("_hash", "_enc", "ticket", '"paper"', "score"):
        assert inner not in told


async def test_erasing_leaves_numbers_and_nobody(db: Database, box: FieldBox) -> None:
    contest_id, made = await seeded(db, box)
    await data_rights.erase(db, made.participant_id, actor="account:1", now_ms=NOW + 1)
    await data_rights.erase(db, made.participant_id, actor="account:1", now_ms=NOW + 2)
    async with db.read() as reader:
        left = await everything(reader)
        for secret in SECRETS:
            assert secret not in left
        person = (await reader.execute(select(participants))).mappings().one()
        for column in data_map.under(Rule.PERSON)["participants"]:
            assert not person[column], column
        entry = (await reader.execute(select(entries))).mappings().one()
        for column in data_map.under(Rule.PERSON)["entries"]:
            assert not entry[column], column
        assert (entry["commune"], entry["target_group"], entry["age_band"]) == ("24133", "citizen", "18-59")
        attempt = (await reader.execute(select(attempts))).mappings().one()
        assert (attempt["score"], attempt["device_hash"], attempt["address_hash"]) == (7, None, None)
        assert (await reader.execute(select(entrant_sessions))).first() is None
        assert (await reader.execute(select(codes_table))).first() is None
        assert await sessions.find(reader, made.session, NOW) is None
        assert [one.state for one in await data_rights.requests_of(reader, made.participant_id)] == ["done"]
    with pytest.raises(Conflict, match="phone_used_up"):
        await people.register(db, box, contest_id, rules().entry, somebody(), now_ms=NOW + 3)


async def test_whoever_stands_among_published_winners_is_not_erased(db: Database, box: FieldBox) -> None:
    contest_id, made = await seeded(db, box)
    async with db.write() as writer:
        await writer.execute(
            insert(contest_results).values(
                contest_id=contest_id, key="r1", state="published", rules_version=1,
                document={"awards": [{"holder": None}, {"holder": str(made.entry.id)}], "collective_awards": []},
            )
        )  # fmt: skip
    with pytest.raises(Conflict, match="erase_has_prize"):
        await data_rights.erase(db, made.participant_id, actor="account:1", now_ms=NOW)
    async with db.write() as writer:
        await writer.execute(update(contest_results).values(state="provisional"))
    await data_rights.erase(db, made.participant_id, actor="account:1", now_ms=NOW)


async def test_a_prize_has_to_be_accounted_for_first(db: Database, box: FieldBox) -> None:
    contest_id, made = await seeded(db, box)
    async with db.write() as writer:
        await writer.execute(
            insert(contest_awards).values(
                contest_id=contest_id, result_key="r1", prize="nhat", place=1, entry_id=made.entry.id, certificate="C1"
            )
        )
    with pytest.raises(Conflict, match="erase_has_prize"):
        await data_rights.erase(db, made.participant_id, actor="account:1", now_ms=NOW)
    await retention.sweep(db, NOW + 100 * DAY)
    async with db.write() as writer:
        assert await people.name_of(Reader(writer), made.participant_id) == "Y Mek Ê Nuôl"
        await writer.execute(update(contest_awards).values(revoked_at=NOW))
    await data_rights.erase(db, made.participant_id, actor="account:1", now_ms=NOW)


async def test_withdrawing_counts_at_once_and_requests_have_a_day(db: Database, box: FieldBox) -> None:
    _, made = await seeded(db, box)
    async with db.write() as writer:
        asked = await data_rights.ask(writer, made.participant_id, "withdraw", "", now_ms=NOW + 5)
        again = await data_rights.ask(writer, made.participant_id, "withdraw", "", now_ms=NOW + 6)
        with pytest.raises(Invalid, match="request_kind"):
            await data_rights.ask(writer, made.participant_id, "sell", "", now_ms=NOW)
    assert asked == again
    assert asked.due_at == NOW + 5 + 15 * DAY
    async with db.read() as reader:
        assert await reader.scalar(select(participants.c.withdrawn_at)) == NOW + 5
        said = (await reader.execute(select(consents.c.purpose, consents.c.granted).order_by(consents.c.id))).all()
        assert {tuple(one) for one in said[-2:]} == {("contest", False), ("publish_name", False)}
        assert [one.kind for one in await data_rights.queue(reader)] == ["withdraw", "delete"]
    async with db.write() as writer:
        await data_rights.settle(writer, asked.id, done=True, actor="account:1", now_ms=NOW + 7)
        with pytest.raises(Conflict, match="request_settled"):
            await data_rights.settle(writer, asked.id, done=False, actor="account:1", now_ms=NOW + 8)


async def test_correcting_makes_nobody_somebody_else(db: Database, box: FieldBox) -> None:
    contest_id, made = await seeded(db, box)
    other = await people.register(
        db, box, contest_id, rules().entry, somebody(phone="+84900000001", full_name="Ai Khác"), now_ms=NOW
    )
    values: dict[str, Any] = {"birth_date": "1990-02-28", "actor": "account:1", "now_ms": NOW}
    with pytest.raises(Conflict, match="phone_used_up"):
        await data_rights.correct(
            db, box, other.participant_id, full_name="Y Mek Ê Nuôl", phone="+84912345678", **values
        )
    await data_rights.correct(db, box, made.participant_id, full_name="Y Méc Ê Nuôl", phone="+84912345679", **values)
    async with db.read() as reader:
        told = await data_export.export(reader, box, made.participant_id)
    assert (told["person"]["full_name"], told["person"]["phone"]) == ("Y Méc Ê Nuôl", "+84912345679")


async def test_retention_takes_what_has_had_its_time(db: Database, box: FieldBox) -> None:
    contest_id, _ = await seeded(db, box)
    async with db.write() as writer:
        await writer.execute(update(data_requests).values(state="refused", done_at=NOW))
        await writer.execute(update(contests).values(state="closed"))
        await writer.execute(
            insert(contest_results).values(contest_id=contest_id, key="r1", state="final", rules_version=1)
        )
    late = NOW + 200 * DAY
    first = await retention.sweep(db, late)
    assert (first.people, first.traces, first.codes, first.sessions) == (0, 0, 1, 1)
    async with db.write() as writer:
        await writer.execute(update(contest_results).values(final_at=late - 89 * DAY))
    assert not await retention.sweep(db, late)
    swept = await retention.sweep(db, late + DAY)
    assert (swept.people, swept.texts) == (1, 0)
    assert swept.traces == 4
    assert not await retention.sweep(db, late + DAY)
    swept = await retention.sweep(db, late + 400 * DAY)
    async with db.read() as reader:
        left = await everything(reader)
        assert await reader.scalar(select(attempts.c.score)) == 7
        assert await reader.scalar(select(entries.c.phone_hash)) is None
        assert (await reader.execute(select(review_cases))).first() is None
    for secret in SECRETS:
        assert secret not in left
    assert not await retention.sweep(db, late + 400 * DAY)


async def test_a_deletion_nobody_did_is_done_on_its_day(db: Database, box: FieldBox) -> None:
    _, made = await seeded(db, box)
    await retention.sweep(db, NOW + 19 * DAY)
    async with db.read() as reader:
        assert await people.name_of(reader, made.participant_id)
    await retention.sweep(db, NOW + 20 * DAY)
    async with db.read() as reader:
        assert await people.name_of(reader, made.participant_id) == ""
