"""Festivals and programmes in SQL: their states, what may be changed when, and what refuses."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, select

from contest import rounds
from contest.database import Database, Reader
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import announcements, day_templates, festivals, kinds, live_seats, organising, programme
from contest.festival.model import FestivalState, LiveEventKind, LiveEventState
from contest.festival.organising import Outline
from contest.festival.programme import ItemDraft
from contest.festival.tables import staff_phones
from contest.skills import Skill
from contest.tables import audit_log
from tests.contest.festival.organising_support import DAY, MORNING, WHO, festival, read
from tests.contest.support import new_round, seat

HOUR = 3_600_000


async def test_a_day_is_led_through_its_programme(db: Database) -> None:
    made, items = await festival(db)
    assert (made.slug, made.state, len(items)) == ("ngay-hoi-chuyen-doi-so", FestivalState.OPEN, 14)
    assert {item.skill for item in items if item.kind is LiveEventKind.BOOTH} == set(Skill)
    opening = next(item for item in items if item.kind is LiveEventKind.CEREMONY)
    async with db.write() as writer:
        for state in (LiveEventState.LIVE, LiveEventState.LIVE, LiveEventState.DONE, LiveEventState.LIVE):
            item = await programme.set_state(writer, opening.id, state, actor=WHO, now_ms=MORNING)
            assert item.state is state
        acts = await writer.execute(
            select(audit_log.c.action, audit_log.c.detail)
            .where(audit_log.c.action.in_(["festival.item_live", "festival.item_done"]))
            .order_by(audit_log.c.id)
        )
        assert [(act.action.rpartition("_")[2], act.detail["was"]) for act in acts] == [
            ("live", "planned"),
            ("done", "live"),
            ("live", "done"),
        ]
    after = await read(db, made.id)
    assert after.version == made.version + 3
    async with db.write() as writer:
        await organising.set_state(writer, made.id, FestivalState.OVER, actor=WHO, now_ms=MORNING)
        await organising.set_state(writer, made.id, FestivalState.OVER, actor=WHO, now_ms=MORNING)
        with pytest.raises(Conflict, match="festival_not_open"):
            await programme.set_state(writer, items[-1].id, LiveEventState.LIVE, actor=WHO, now_ms=MORNING)
        with pytest.raises(Conflict, match="festival_state"):
            await organising.set_state(writer, made.id, FestivalState.DRAFT, actor=WHO, now_ms=MORNING)
        await organising.set_state(writer, made.id, FestivalState.ARCHIVED, actor=WHO, now_ms=MORNING)
        with pytest.raises(Conflict, match="festival_archived"):
            await programme.shift(writer, items[-1].id, 5, actor=WHO, now_ms=MORNING)
    async with db.read() as reader:
        assert (await festivals.live_event(reader, opening.id)).state is LiveEventState.DONE
        acts = set((await reader.execute(audit_log.select())).scalars().all())
        found = await organising.listing(reader, query="chuyen doi")
    assert acts
    assert [one.id for one in found] == [made.id]


async def test_addresses_are_unique_and_stay(db: Database) -> None:
    first, _ = await festival(db, open_it=False)
    second, _ = await festival(db, plan="", open_it=False)
    assert second.slug == "ngay-hoi-chuyen-doi-so-2"
    async with db.write() as writer:
        await organising.edit(writer, first.id, Outline("Tên khác", DAY, DAY), actor=WHO, now_ms=MORNING)
        with pytest.raises(Conflict, match="festival_empty"):
            await organising.set_state(writer, second.id, FestivalState.OPEN, actor=WHO, now_ms=MORNING)
    assert (await read(db, first.id)).slug == first.slug
    async with db.read() as reader:
        with pytest.raises(NotFound):
            await festivals.by_slug(reader, first.slug)


@pytest.mark.parametrize(
    ("outline", "code"),
    [
        (Outline("  ", DAY, DAY), "festival_title"),
        (Outline("Ngày hội", "10/10/2026", DAY), "festival_days"),
        (Outline("Ngày hội", DAY, "2026-10-09"), "festival_days"),
        (Outline("Ngày hội", DAY, DAY, commune="00000"), "unit_unknown"),
        (Outline("Ngày hội", DAY, DAY, place="x" * 201), "festival_text"),
    ],
)
def test_what_is_no_festival(outline: Outline, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        outline.checked()
    assert refused.value.code == code


async def test_items_change_while_nothing_hangs_on_them(db: Database) -> None:
    made, items = await festival(db)
    booth = next(item for item in items if item.kind is LiveEventKind.BOOTH)
    draft = ItemDraft(LiveEventKind.BOOTH, "Gian mới", booth.starts_at, booth.ends_at, skill=Skill.SHOPPING)
    async with db.write() as writer:
        changed = await programme.edit(writer, booth.id, draft, actor=WHO, now_ms=MORNING)
        assert (changed.title, changed.skill) == ("Gian mới", Skill.SHOPPING)
        await writer.execute(
            insert(staff_phones).values(
                festival_id=made.id, label="Máy 1", role="booth", live_event_id=booth.id, token_hash="x",
                created_by=WHO, created_at=MORNING,
            )
        )  # fmt: skip
        with pytest.raises(Conflict, match="item_kind_used"):
            await programme.edit(writer, booth.id, replace(draft, skill=None), actor=WHO, now_ms=MORNING)
        with pytest.raises(Conflict, match="item_used"):
            await programme.remove(writer, booth.id, actor=WHO, now_ms=MORNING)
        await programme.remove(writer, items[-1].id, actor=WHO, now_ms=MORNING)
        late = [item for item in items if item.starts_at >= MORNING + 6 * HOUR and item.id != items[-1].id]
        moved = await programme.shift(writer, late[0].id, 15, actor=WHO, now_ms=MORNING)
        assert moved == len(late)
        after = await festivals.live_event(Reader(writer), late[0].id)
        assert after.starts_at == late[0].starts_at + 15 * 60_000


async def test_what_is_no_item(db: Database) -> None:
    made, _ = await festival(db, plan="", open_it=False)
    good = ItemDraft(LiveEventKind.CEREMONY, "Khai mạc", MORNING, MORNING + HOUR)
    wrong = {
        "item_title": replace(good, title=" "),
        "item_time": replace(good, ends_at=MORNING),
        "item_day": replace(good, starts_at=MORNING - 48 * HOUR, ends_at=None),
        "item_settings": replace(good, settings={"nothing": 1}),
        "item_text": replace(good, note="x" * 2001),
    }
    async with db.write() as writer:
        for code, draft in wrong.items():
            with pytest.raises(Invalid, match=code):
                await programme.add(writer, made.id, draft, actor=WHO, now_ms=MORNING)
        skilled = await programme.add(writer, made.id, replace(good, skill=Skill.PAYMENT), actor=WHO, now_ms=MORNING)
        assert skilled.skill is None


@pytest.mark.parametrize("plan", sorted(day_templates.PLANS))
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_templates_have_words_and_fit_their_days(plan: str, lang: str) -> None:
    drafts = day_templates.drafts(plan, DAY, lang)
    assert drafts
    for draft in drafts:
        assert not draft.title.startswith("festival."), draft.title
        assert not draft.place.startswith("festival."), draft.place
        assert kinds.checked(draft.kind, {}) == {}
    assert day_templates.days_of(plan) == (5 if plan == "week" else 1)


async def test_announcements_end_by_themselves_or_by_hand(db: Database) -> None:
    made, _ = await festival(db)
    async with db.write() as writer:
        for text, until in (("Xe ra lúc 17 giờ", None), ("Mất điện 5 phút", MORNING + 1000)):
            await announcements.announce(
                writer, made.id, text_vi=text, text_en="", until=until, actor=WHO, now_ms=MORNING
            )
        with pytest.raises(Invalid, match="announcement_text"):
            await announcements.announce(writer, made.id, text_vi=" ", text_en="", until=None, actor=WHO, now_ms=0)
    async with db.read() as reader:
        now = await announcements.current(reader, made.id, MORNING + 1)
        later = await announcements.current(reader, made.id, MORNING + 1000)
    assert [one.text_vi for one in now] == ["Mất điện 5 phút", "Xe ra lúc 17 giờ"]
    assert [one.text_vi for one in later] == ["Xe ra lúc 17 giờ"]
    async with db.write() as writer:
        for _ in range(2):
            await announcements.end(writer, made.id, later[0].id, actor=WHO, now_ms=MORNING + 2)
        with pytest.raises(NotFound, match="announcement_unknown"):
            await announcements.end(writer, made.id + 1, later[0].id, actor=WHO, now_ms=MORNING + 2)
        assert await announcements.current(Reader(writer), made.id, MORNING + 1000) == []


async def test_a_live_round_is_an_item_and_seats_are_tied_once(db: Database) -> None:
    made, items = await festival(db)
    item = next(item for item in items if item.kind is LiveEventKind.LIVE_ROUND)
    record = await new_round(db)
    lan, minh, hoa = await seat(db, record, "Lan", "Minh", "Hoa")
    async with db.write() as writer:
        with pytest.raises(Invalid, match="item_not_a_round"):
            await programme.link_round(writer, items[0].id, record.id, actor=WHO, now_ms=MORNING)
        with pytest.raises(NotFound, match="round_unknown"):
            await programme.link_round(writer, item.id, 999, actor=WHO, now_ms=MORNING)
        await programme.link_round(writer, item.id, record.id, actor=WHO, now_ms=MORNING)
        assert (
            await live_seats.codes_of_rounds(Reader(writer), await festivals.programme(Reader(writer), made.id)) == {}
        )
        await programme.set_state(writer, item.id, LiveEventState.LIVE, actor=WHO, now_ms=MORNING)
        codes = await live_seats.codes_of_rounds(Reader(writer), await festivals.programme(Reader(writer), made.id))
        assert codes == {item.id: record.code}
        assert await live_seats.tie(writer, lan.ticket, 3)
        assert not await live_seats.tie(writer, lan.ticket, 3)
        assert not await live_seats.tie(writer, lan.ticket, 5)
        assert not await live_seats.tie(writer, minh.ticket, 3)
        assert await live_seats.tie(writer, hoa.ticket, 5)
        with pytest.raises(NotFound, match="ticket_unknown"):
            await live_seats.tie(writer, "nothing", 3)
    async with db.read() as reader:
        assert (await rounds.load(reader, record.id)).seat_count == 3
