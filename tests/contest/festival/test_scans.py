"""Staff phones in SQL, on both databases: conflicts are listed and settled, phones revoked, floods refused."""

import asyncio
import itertools
from typing import Any

import pytest

from contest.database import Database
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import attendance, guests, identity, scans_conflicts, scans_recount, scans_views, staff_phones
from contest.festival.cards import new_card
from contest.festival.model import GuestLevel, PhoneRole
from contest.festival.scans_model import Action, ConflictKind, Entry, Resolution, Result
from contest.skills import Skill
from contest.statistics.facts import FactKind
from tests.contest.festival.gate_support import DAY, FIRST, HOUR, MORNING, Grounds, grounds

_numbers = itertools.count(1)


def entry(action: Action = Action.SCAN, at: int = MORNING + 1_000, **said: Any) -> Entry:
    return Entry(action, f"{next(_numbers):032x}", at, **said)


async def resolve(place: Grounds, scan: int, how: Resolution, **said: Any) -> Any:
    async with place.db.write() as writer:
        common = {"actor": "account:1", "now_ms": MORNING + 2 * HOUR}
        return await scans_conflicts.resolve(writer, place.festival.id, scan, how, **common, **said)


async def open_conflicts(place: Grounds) -> list[scans_conflicts.Listed]:
    async with place.db.read() as reader:
        return await scans_conflicts.listing(reader, place.festival.id)


async def test_conflicts_are_listed_and_settled(db: Database) -> None:
    place = await grounds(db)
    north, south = await place.phone(post="north"), await place.phone(post="south")
    lan = await place.guest("Lan")
    blank = await place.guest(level=GuestLevel.BLANK)
    post = {"post": place.posts["north"]}
    sent = [
        entry(card=new_card(), **post),
        entry(card=new_card(), **post),
        entry(card=new_card(), **post),
        entry(card=blank.card, **post),
        entry(card=lan.card, **post),
        entry(Action.COUNT, heads=7, target_group="citizen", **post),
    ]
    answers = await place.send(north, *sent)
    assert [one.result for one in answers] == [
        *[Result.UNKNOWN_CARD] * 3, Result.BLANK_CARD, Result.ADMITTED, Result.COUNTED,
    ]  # fmt: skip
    (again,) = await place.send(south, entry(at=MORNING + 30_000, card=lan.card, post=place.posts["south"]))
    assert (again.result, again.since_at, again.name) == (Result.REPEAT, MORNING + 1_000, "Lan")

    found = await open_conflicts(place)
    assert [one.kind for one in found] == [
        *[ConflictKind.UNKNOWN_CARD] * 3, ConflictKind.BLANK_CARD, ConflictKind.TWO_GATES,
    ]  # fmt: skip
    first, second, third, fourth, fifth = (one.row.id for one in found)
    day = f"{place.festival.id}:{lan.id}:{FIRST}"
    assert sorted(value for _, value in (await place.standing()).items()) == [1, 7]

    for wrong, code in (("ABC", "card_wrong"), (new_card(), "card_unknown")):
        with pytest.raises(Invalid, match=code):
            await resolve(place, first, Resolution.ASSIGNED, card=wrong)
    with pytest.raises(Conflict, match="card_blank"):
        await resolve(place, first, Resolution.ASSIGNED, card=blank.card)
    with pytest.raises(Invalid, match="dismiss_reason"):
        await resolve(place, third, Resolution.DISMISSED)
    with pytest.raises(Conflict, match="conflict_choice"):
        await resolve(place, first, Resolution.KEPT)
    with pytest.raises(NotFound, match="conflict_unknown"):
        await resolve(place, 10**6, Resolution.KEPT)
    hoa = await place.guest("Hoa")
    await resolve(place, first, Resolution.ASSIGNED, card=hoa.card)
    await resolve(place, second, Resolution.HEADCOUNT)
    await resolve(place, third, Resolution.DISMISSED, reason="thẻ của ngày hội khác")
    with pytest.raises(Conflict, match="conflict_settled"):
        await resolve(place, third, Resolution.HEADCOUNT)
    await resolve(place, fifth, Resolution.KEPT)
    await resolve(place, fourth, Resolution.HEADCOUNT)
    assert await open_conflicts(place) == []

    standing = await place.standing()
    assert standing[(FactKind.CHECKIN, day)] == 1
    assert standing[(FactKind.CHECKIN, f"{place.festival.id}:{hoa.id}:{FIRST}")] == 1
    assert sorted(standing.values()) == [1, 1, 1, 1, 7]
    async with db.read() as reader:
        now = await attendance.counts_now(reader, place.festival.id)
        balance = await scans_views.balance(reader, place.festival.id)
        settled = await scans_conflicts.listing(reader, place.festival.id, settled=True)
    assert (now.people, now.heads, now.came) == (2, 9, 11)
    assert now.posts[place.posts["north"]] == 2 + 9
    assert (balance.scans, balance.counted, balance.open, balance.out) == (7, 6, 0, 1)
    assert len(settled) == 5

    # A claim that comes after its card was counted without a name does not count it twice.
    await place.send(north, entry(Action.CLAIM, card=blank.card, name="Ama Blưt", commune="24133", agreed=True))
    assert await place.standing() == standing
    async with db.write() as writer:
        struck = await scans_conflicts.strike(
            writer, place.festival.id, first, reason="nhầm người", actor="account:1", now_ms=MORNING + 3 * HOUR
        )
        assert struck.undone_at is not None
        with pytest.raises(Conflict, match="scan_undone"):
            await scans_conflicts.strike(
                writer, place.festival.id, first, reason="nhầm", actor="account:1", now_ms=MORNING + 3 * HOUR
            )
    assert len(await place.standing()) == len(standing) - 1


async def test_blank_cards_get_their_holders(db: Database) -> None:
    place = await grounds(db)
    north, south = await place.phone(post="north"), await place.phone(post="south")
    one, two = [await place.guest(level=GuestLevel.BLANK) for _ in range(2)]
    claim = {"name": " H’Thi   Rya ", "commune": "24133", "target_group": "citizen"}
    # The scan before the claim, on two phones; without agreement only the name is kept.
    await place.send(north, entry(card=one.card, post=place.posts["north"]))
    (claimed,) = await place.send(south, entry(Action.CLAIM, card=one.card, agreed=True, **claim))
    assert (claimed.result, claimed.name) == (Result.CLAIMED, "H’Thi Rya")
    (taken,) = await place.send(north, entry(Action.CLAIM, card=one.card, name="Khác"))
    assert taken.result is Result.CLAIM_TAKEN
    (conflict,) = await open_conflicts(place)
    assert (conflict.kind, conflict.choices) == (ConflictKind.CLAIMED_TWICE, (Resolution.KEPT,))
    await place.send(south, entry(Action.CLAIM, card=two.card, **claim))
    await place.send(south, entry(Action.CHECK, card=two.card))
    async with db.read() as reader:
        found = await guests.by_cards(reader, [one.card, two.card])
        assert "statistics" in await identity.granted_to(reader, one.id)
        assert await identity.granted_to(reader, two.id) == set()
    assert (found[one.card].commune, found[two.card].commune) == ("24133", None)
    assert found[two.card].level is GuestLevel.CHECKED
    # A card that its holder takes up on their own phone counts at the next batch of anybody.
    third, holder = await place.guest(level=GuestLevel.BLANK), await place.guest("Y Mek")
    await place.send(north, entry(card=third.card, post=place.posts["north"]))
    async with db.write() as writer:
        await identity.add_card(writer, holder, third.card, now_ms=MORNING + HOUR)
    await place.send(south, entry(Action.COUNT, heads=1))
    people = {source for kind, source in await place.standing() if not source.startswith("h:")}
    assert people == {f"{place.festival.id}:{guest.id}:{FIRST}" for guest in (one, holder)}


async def test_a_revoked_phone_hands_over_what_it_holds(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    place = await grounds(db)
    phone, lan = await place.phone(post="north"), await place.guest("Lan")
    before = entry(card=lan.card, post=place.posts["north"])
    await place.send(phone, before)
    async with db.write() as writer:
        for _ in range(2):
            revoked = await staff_phones.revoke(writer, place.festival.id, phone.id, now_ms=MORNING + HOUR)
        assert revoked.revoked_at == MORNING + HOUR
        with pytest.raises(NotFound):
            await staff_phones.revoke(writer, place.festival.id, 10**6, now_ms=MORNING)
    hoa, blank = await place.guest("Hoa"), await place.guest(level=GuestLevel.BLANK)
    after = [
        entry(card=hoa.card),
        entry(Action.COUNT, heads=9),
        entry(card=hoa.card),
        entry(Action.UNDO, of_nonce=before.nonce),
        entry(card=blank.card),
        entry(card=new_card()),
    ]
    answers = await place.send(phone, before, *after, now=MORNING + 2 * HOUR)
    assert [one.result for one in answers] == [Result.ADMITTED, *[Result.REVOKED] * 6]
    assert len(await place.standing()) == 1
    kind = ConflictKind.REVOKED
    async with db.write() as writer:
        common: dict[str, Any] = {"actor": "account:1", "now_ms": MORNING + 3 * HOUR}
        with pytest.raises(Conflict):
            await scans_conflicts.resolve_all(writer, place.festival.id, phone.id, kind, Resolution.ASSIGNED, **common)
        kept = await scans_conflicts.resolve_all(writer, place.festival.id, phone.id, kind, Resolution.KEPT, **common)
        assert kept == (3, 2)
        done = await scans_conflicts.resolve_all(
            writer, place.festival.id, phone.id, kind, Resolution.DISMISSED, reason="không rõ", **common
        )
        assert done == (2, 0)
    assert sorted((await place.standing()).values()) == [1, 1, 9]
    monkeypatch.setattr("contest.festival.scans.MAX_AFTER_REVOCATION", 6)
    with pytest.raises(Conflict, match="phone_revoked"):
        await place.send(phone, entry(card=hoa.card))


async def test_clocks_days_posts_and_undos(db: Database) -> None:
    place = await grounds(db)
    gate, booth = await place.phone(post="north"), await place.phone(PhoneRole.BOOTH, "pay")
    lan = await place.guest("Lan")
    far = entry(at=MORNING - 9 * 365 * DAY, card=lan.card, offline=True)
    early = entry(at=MORNING + 9 * DAY, card=lan.card)
    (first,) = await place.send(gate, far)
    (late,) = await place.send(gate, early, now=MORNING + 9 * DAY)
    assert (first.result, late.result) == (Result.ADMITTED, Result.WRONG_DAY)
    (conflict,) = await open_conflicts(place)
    assert conflict.kind is ConflictKind.CLOCK
    await resolve(place, conflict.row.id, Resolution.DISMISSED, reason="đồng hồ hỏng")
    assert await place.standing() == {}

    # A booth that is gone: the skill counts, a scan of nothing waits for somebody.
    gone = [entry(card=lan.card, post=10**6, skills=(Skill.SHOPPING,)), entry(card=lan.card, post=10**6)]
    assert [one.result for one in await place.send(booth, *gone)] == [Result.ADMITTED, Result.WRONG_POST]
    at_booth = entry(card=lan.card, post=place.posts["pay"], skills=(Skill.PAYMENT,))
    told, _ = await place.send(booth, at_booth, entry(Action.UNDO, at=MORNING + 20_000, of_nonce=at_booth.nonce))
    assert told.result is Result.ADMITTED
    (too_late,) = await place.send(booth, entry(Action.UNDO, at=MORNING + HOUR, of_nonce=gone[0].nonce))
    assert too_late.result is Result.UNDO_LATE
    assert set(await place.standing()) == {(FactKind.SKILL, f"{place.festival.id}:{lan.id}:online_shopping")}
    # Two undos of one scan that are heard before it: the one in time holds, whichever came last.
    for number, times in enumerate(([9_000, HOUR], [HOUR, 9_000])):
        seen = entry(card=lan.card, at=MORNING + 2_000 + number, post=place.posts["north"])
        for after in times:
            await place.send(gate, entry(Action.UNDO, at=MORNING + after, of_nonce=seen.nonce))
        (told,) = await place.send(gate, seen)
        assert (told.result, told.undone) == (Result.ADMITTED, True)
    assert {kind for kind, _ in await place.standing()} == {FactKind.SKILL}
    with pytest.raises(Invalid, match="phone_post"):
        await place.phone(PhoneRole.BOOTH, "north")
    place.posts["nowhere"] = 603_499
    for role in PhoneRole:
        with pytest.raises(NotFound, match="live_event_unknown"):
            await place.phone(role, "nowhere")


async def test_phones_that_send_at_once_do_not_wait_for_each_other_in_a_ring(db: Database) -> None:
    place = await grounds(db)
    phones = [await place.phone(post=post) for post in ("north", "south", "north")]
    people = [await place.guest() for _ in range(8)] + [await place.guest(level=GuestLevel.BLANK)]
    work = []
    for turn, phone in enumerate(phones):
        order = people[turn:] + people[:turn]
        made = [entry(card=guest.card) for guest in (order if turn else reversed(order))]
        undone = [entry(Action.UNDO, of_nonce=one.nonce) for one in made[: turn * 2]]
        claim = entry(Action.CLAIM, card=people[-1].card, name=f"Tên {turn}")
        # Each batch is sent twice at once, as by two tabs.
        work += [place.send(phone, *made, claim, *undone) for _ in range(2)]
    answers = await asyncio.wait_for(asyncio.gather(*work), 30)
    for first, second in zip(answers[::2], answers[1::2], strict=True):
        assert [one.result for one in first] == [one.result for one in second]
    assert len(await place.standing()) == 9
    async with db.read() as reader:
        assert await place.standing() == await scans_recount.expected(reader, festivals=[place.festival.id])
