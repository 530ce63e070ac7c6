"""Lucky draws in SQL: from the rule to the minutes, and what stands in the way of whoever would steer one."""

import json

import pytest
from sqlalchemy import delete, insert, select, update

from contest.database import Database
from contest.errors import Conflict, Invalid
from contest.festival import draw_log, draw_model, draw_pool, draw_running, draw_views, draws
from contest.festival.cards import new_card, shown
from contest.festival.draw_rules import Rule, eligible
from contest.festival.draw_sources import Source, SourceKind
from contest.festival.draw_states import DrawState, WinnerState
from contest.festival.draw_tables import draw_log as log_table
from contest.festival.draw_tables import draw_tickets
from contest.festival.identity import note_consent
from contest.festival.model import GuestLevel
from contest.festival.tables import guests as guest_table
from contest.festival.tables import person_aliases
from contest.provincial import draw as arithmetic
from contest.provincial import verify_draw
from contest.statistics import ledger
from contest.statistics.facts import Fact, FactKind
from contest.tables import audit_log
from tests.contest.festival.draw_support import ACTOR, DAY, DIGITS, HOUR, PRIZES, STAGE, T0, Day, festival_day


async def names_in(day: Day, rule: Rule, **plan: object) -> set[str | None]:
    draw = await day.draw(rule, **plan)
    async with day.db.read() as reader:
        found = await draw_pool.in_pool(reader, day.festival_id, draw.rule, draw.excluded, draw_id=draw.id)
    return {guest.name for guest in day.guests if guest.id in found}


async def test_who_is_in_the_pool_follows_from_the_ledger(db: Database) -> None:
    day = await festival_day(db)
    an = await day.guest("An", skills=3)
    ba = await day.guest("Ba", skills=2, level="phone")
    await day.guest("Chi", skills=4, checkin=False, commune="22015")
    await day.guest("Dũng", skills=5, staff=True)
    lost = await day.guest("Én", skills=3)
    await day.guest("Cũ", skills=3, erased_at=T0)
    other = await festival_day(db, "noi-khac")
    await other.guest("Lạ", skills=5)
    async with db.write() as writer:
        at = {"occurred_at": T0, "festival_id": day.festival_id}
        await ledger.record(
            writer,
            [
                Fact(FactKind.PLEDGE, "1", person=an.person, **at),
                Fact(FactKind.POLL, f"9:{ba.id}", person=ba.person, **at),
                Fact(FactKind.SKILL_QUIZ, f"1:{ba.id}:x", person=ba.person, passed=False, skills=(), **at),
            ],
            now_ms=T0,
        )
        source = f"{day.festival_id}:{lost.id}:{DAY}"
        await ledger.void(writer, FactKind.CHECKIN, source, reason="quét nhầm", actor="system", now_ms=T0)
    assert await names_in(day, Rule("")) == {"An", "Ba", "Chi", "Én"}
    assert await names_in(day, Rule("any", 3)) == {"An"}
    assert await names_in(day, Rule(DAY)) == {"An", "Ba"}
    assert await names_in(day, Rule("2026-11-23")) == set()
    assert await names_in(day, Rule("", pledged=True)) == {"An"}
    assert await names_in(day, Rule("", answered=True)) == {"Ba"}
    assert await names_in(day, Rule("", level=GuestLevel.PHONE)) == {"Ba"}
    assert await names_in(day, Rule("", communes=("22015",))) == {"Chi"}
    assert await names_in(day, Rule(""), excluded_cards=(shown(an.card),)) == {"Ba", "Chi", "Én"}
    with pytest.raises(Invalid, match="draw_excluded"):
        await names_in(day, Rule(""), excluded_cards=(new_card(),))


async def test_two_cards_of_one_person_are_one_ticket(db: Database) -> None:
    day = await festival_day(db)
    first = await day.guest("An", skills=1)
    second = await day.guest("An hai", skills=1)
    async with db.write() as writer:
        await writer.execute(insert(person_aliases).values(person=second.person, is_person=first.person, at=T0))
    assert await names_in(day, Rule("any")) == {"An"}
    draw = await day.draw()
    async with db.read() as reader:
        for guest, own in ((first, True), (second, False)):
            assessed = await draw_pool.assess(reader, day.festival_id, draw.rule, (), draw_id=draw.id, only=guest.id)
            assert set(assessed) == {first.id, second.id}
            assert eligible(draw.rule, assessed[guest.id][1]) is own
        told = await draw_views.mine(reader, day.festival_id, second)
    assert [one["vi"] for one in told[-1]["points"] if not one["met"]] == ["Bạn đã có phiếu ở một thẻ khác."]


async def test_from_the_freeze_to_the_end(db: Database) -> None:
    day = await festival_day(db)
    for number in range(9):
        await day.guest(f"Khách {number}", skills=3)
    late = await day.draw(Rule("any", 3))
    with pytest.raises(Conflict, match="draw_pool_count"):
        await draws.freeze(db, late.id, late.version, 8, actor=ACTOR, now_ms=T0)
    with pytest.raises(Conflict, match="draw_state"):
        await draw_running.type_digits(db, late.id, late.version, "123", "Lan", actor=ACTOR, now_ms=T0)
    draw = await day.frozen(late, source=None)
    assert draw.state is DrawState.FROZEN
    with pytest.raises(Conflict, match="draw_state"):
        await draw_running.type_digits(db, draw.id, draw.version, "123", "Lan", actor=ACTOR, now_ms=T0)
    with pytest.raises(Conflict, match="draw_state"):
        await draws.save(db, draw.id, draw.version, draws.Plan("x", None, True, Rule(), PRIZES), actor=ACTOR, now_ms=T0)
    await day.guest("Đến sau", skills=5)
    await draws.announce(db, draw.id, draw.version, STAGE, actor=ACTOR, now_ms=T0)
    with pytest.raises(Conflict, match="draw_changed"):
        await draws.announce(db, draw.id, draw.version, STAGE, actor=ACTOR, now_ms=T0)
    draw = await day.drawn(await day.load(draw))
    async with db.read() as reader:
        lines = await draw_pool.frozen(reader, draw.id)
        assert len(lines) == draw.pool_count == 9
        order = arithmetic.draw_all(lines, draw_id=draw.public_id, digits=DIGITS)
        assert await draw_running.sequence(reader, draw, 0, 9) == list(order)
    assert await day.show(draw) == list(order[:3])
    with pytest.raises(Conflict, match="draw_settle_first"):
        await day.show(draw)
    now = await day.load(draw)
    with pytest.raises(Conflict, match="draw_digits_final"):
        await draw_running.correct_digits(db, draw.id, now.version, actor=ACTOR, now_ms=T0)
    with pytest.raises(Invalid, match="draw_reason_unknown"):
        await day.settle(draw, 1, "vì không thích")
    await day.settle(draw, 1, "no_show")
    with pytest.raises(Conflict, match="draw_settled"):
        await day.settle(draw, 1)
    await day.settle(draw, None)
    assert await day.show(draw) == [order[3]]
    await day.settle(draw, 3)
    assert await day.show(draw) == [order[4]]
    await day.settle(draw, 4, "declined")
    with pytest.raises(Conflict, match="draw_not_over"):
        await draw_running.close(db, draw.id, (await day.load(draw)).version, actor=ACTOR, now_ms=T0)
    assert await day.show(draw) == [order[5]]
    await day.settle(draw, 5)
    with pytest.raises(Conflict, match="draw_over"):
        await day.show(draw)
    for position, refusal in ((4, "draw_not_present"), (5, ""), (5, "draw_claimed")):
        now = await day.load(draw)
        if refusal:
            with pytest.raises(Conflict, match=refusal):
                await draw_running.claim(db, draw.id, now.version, position, "self", actor=ACTOR, now_ms=T0)
        else:
            await draw_running.claim(db, draw.id, now.version, position, "self", actor=ACTOR, now_ms=T0)
    await draw_running.close(db, draw.id, (await day.load(draw)).version, actor=ACTOR, now_ms=T0 + HOUR)
    draw = await day.load(draw)
    async with db.read() as reader:
        found = await draw_model.winners(reader, draw.id)
        log = await draw_log.lines(reader, draw.id)
        acts = set(await reader.scalars(select(audit_log.c.action).where(audit_log.c.subject == f"draw:{draw.id}")))
        public = await draw_views.public_draw(reader, draw, "vi")
        result = await draw_views.result_file(reader, draw)
    assert [one.state for one in found].count(WinnerState.PRESENT) == 4
    assert result.split() == list(order[:6])
    assert draw_log.broken_at(draw.public_id, log) is None
    assert public.whole
    kinds = [line.kind for line in log]
    assert kinds[:2] == ["freeze", "announce"]
    assert kinds[-1] == "close"
    assert {f"draw.{kind}" for kind in kinds} <= acts
    assert json.loads(log[0].body)["pool_sha256"] == draw.pool_hash == verify_draw.order(lines, "x", "1")[0]
    assert not any(guest.name and guest.name in line.body for guest in day.guests for line in log)


async def test_digits_are_typed_twice_by_two_people(db: Database) -> None:
    day = await festival_day(db)
    await day.guest("An")
    draw = await day.frozen(await day.draw())
    with pytest.raises(Conflict, match="draw_nothing_typed"):
        await draw_running.confirm_digits(db, draw.id, draw.version, DIGITS, "Y Mek", actor=ACTOR, now_ms=T0)
    for group in ("3141592653", "999"):
        draw = await day.load(draw)
        await draw_running.type_digits(db, draw.id, draw.version, group, "Lan", actor=ACTOR, now_ms=T0)
    draw = await day.load(draw)
    await draw_running.untype_digits(db, draw.id, draw.version, actor=ACTOR, now_ms=T0)
    for group in DIGITS.split()[1:]:
        draw = await day.load(draw)
        with pytest.raises(Conflict, match="draw_typist_other"):
            await draw_running.type_digits(db, draw.id, draw.version, group, "Hòa", actor=ACTOR, now_ms=T0)
        await draw_running.type_digits(db, draw.id, draw.version, group, "LAN", actor=ACTOR, now_ms=T0)
    draw = await day.load(draw)
    with pytest.raises(Conflict, match="draw_typist_same"):
        await draw_running.confirm_digits(db, draw.id, draw.version, DIGITS, " lan", actor=ACTOR, now_ms=T0)
    wrong = DIGITS.replace(" ", "")[:-2] + "00"
    with pytest.raises(Conflict, match="draw_digits_differ") as refusal:
        await draw_running.confirm_digits(db, draw.id, draw.version, wrong, "Y Mek", actor=ACTOR, now_ms=T0)
    assert refusal.value.params == {"place": 39}
    await draw_running.confirm_digits(db, draw.id, draw.version, DIGITS, "Y Mek", actor=ACTOR, now_ms=T0)
    draw = await day.load(draw)
    assert (draw.state, draw.digits_by) == (DrawState.DRAWN, ("LAN", "Y Mek"))
    await draw_running.correct_digits(db, draw.id, draw.version, actor=ACTOR, now_ms=T0)
    draw = await day.drawn(await day.load(draw), DIGITS[::-1])
    async with db.read() as reader:
        kinds = [line.kind for line in await draw_log.lines(reader, draw.id)]
    assert kinds.count("untype") == kinds.count("correct") == 1
    with pytest.raises(Conflict, match="draw_state"):
        await draws.withdraw(db, draw.id, draw.version, "thôi", actor=ACTOR, now_ms=T0)


async def test_a_lottery_is_named_before_and_read_after(db: Database) -> None:
    day = await festival_day(db)
    await day.guest("An")
    draft = await day.draw()
    with pytest.raises(Invalid, match="draw_source_past"):
        await day.frozen(draft, Source(SourceKind.LOTTERY, "Đắk Lắk", T0, T0 + HOUR))
    assert (await day.load(draft)).state is DrawState.DRAFT
    lottery = Source(SourceKind.LOTTERY, "Đắk Lắk", T0 + HOUR, T0 + 24 * HOUR)
    draw = await day.frozen(draft, lottery)
    assert draw.source == lottery
    with pytest.raises(Conflict, match="draw_digits_early"):
        await draw_running.type_digits(db, draw.id, draw.version, "12345", "Lan", actor=ACTOR, now_ms=T0)
    # Withdrawn in public while nobody can know a digit; not a moment later.
    with pytest.raises(Conflict, match="draw_too_late"):
        await draws.withdraw(db, draw.id, draw.version, "mưa", actor=ACTOR, now_ms=T0 + HOUR)
    await draws.withdraw(db, draw.id, draw.version, "mưa", actor=ACTOR, now_ms=T0)
    assert (await day.load(draw)).state is DrawState.WITHDRAWN


@pytest.mark.parametrize("forgery", ["added", "removed", "swapped"])
async def test_a_pool_changed_after_the_freeze_draws_nobody(db: Database, forgery: str) -> None:
    day = await festival_day(db)
    for number in range(5):
        await day.guest(f"Khách {number}")
    draw = await day.drawn(await day.frozen(await day.draw()))
    async with db.write() as writer:
        where = draw_tickets.c.draw_id == draw.id
        one = await writer.scalar(select(draw_tickets.c.ticket).where(where).limit(1))
        if forgery == "added":
            row = {"draw_id": draw.id, "ticket": "AAAABBBB", "guest_id": 999, "person": 1999}
            await writer.execute(insert(draw_tickets).values(**row))
        elif forgery == "removed":
            await writer.execute(delete(draw_tickets).where(where, draw_tickets.c.ticket == one))
        else:
            await writer.execute(
                update(draw_tickets).where(where, draw_tickets.c.ticket == one).values(ticket="AAAABBBB")
            )
    with pytest.raises(Conflict, match="draw_pool_changed"):
        await day.show(draw)
    async with db.read() as reader:
        assert await draw_model.winners(reader, draw.id) == []


async def test_a_line_of_the_log_cannot_be_changed_unseen(db: Database) -> None:
    day = await festival_day(db)
    await day.guest("An")
    draw = await day.drawn(await day.frozen(await day.draw()))
    async with db.write() as writer:
        await writer.execute(
            update(log_table).where(log_table.c.draw_id == draw.id, log_table.c.seq == 1).values(at=T0 - HOUR)
        )
    async with db.read() as reader:
        assert draw_log.broken_at(draw.public_id, await draw_log.lines(reader, draw.id)) == 1


async def test_who_won_before_is_left_out_and_names_are_shown_as_agreed(db: Database) -> None:
    day = await festival_day(db)
    await day.guest("Nguyễn Văn An")
    await day.guest("Bé Bông", age_band="u16")
    await day.guest("Hàng Xóm", name_hidden=True)
    agreed = await day.guest("Y Mek Ê Nuôl")
    async with db.write() as writer:
        for granted in (False, True):
            await note_consent(writer, agreed.id, draw_views.PUBLISH_NAME, granted=granted, words="Đồng ý", now_ms=T0)
    draw = await day.drawn(await day.frozen(await day.draw()))
    await day.show(draw)
    await day.settle(draw, 0, "no_show")
    await day.settle(draw, None)
    await day.show(draw)
    await day.settle(draw, None)
    again = await day.draw(title="Lần hai")
    async with db.read() as reader:
        assert await draws.preview(reader, again.id) == 1
        view = await draw_views.stage_view(reader, await day.load(draw))
        winner = next(one for one in await draw_model.winners(reader, draw.id) if one.state is WinnerState.PRESENT)
        guest = next(one for one in day.guests if one.id == winner.guest_id)
        told = {one["title"]: one for one in await draw_views.mine(reader, day.festival_id, guest)}
        published = await draw_views.public_draw(reader, await day.load(draw), "vi")
        cards = set(await reader.scalars(select(guest_table.c.card)))
    assert {one["name"] for one in view["winners"]} == {"Nguyễn Văn An", "B. B.", "", "Y Mek Ê Nuôl"}
    assert {one.person.name for one in published.winners} == {"N. V. A.", "B. B.", "", "Y Mek Ê Nuôl"}
    assert view["step"]["kind"] == "over"
    text = json.dumps(view, default=str)
    assert not any(card in text for card in cards)
    assert told["Bốc thăm may mắn"]["won"]["state"] == "present"
    assert told["Lần hai"]["eligible"] is False
    assert told["Lần hai"]["points"][-1]["vi"] == "Bạn đã trúng thưởng ở lần bốc thăm trước."
