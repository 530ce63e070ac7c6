"""The stream as it is told, and webhooks in SQL: order, leases, tries, dead letters; on both databases."""

from typing import Any

import pytest
from sqlalchemy import insert, update

from contest.database import Database, Reader
from contest.errors import Conflict, Invalid, NotFound
from contest.provincial.secrets_box import FieldBox
from contest.statistics import counting, feed, ledger, webhooks
from contest.statistics.cloudevents import RECORDED, VOIDED, event_of
from contest.statistics.facts import Fact, FactKind
from contest.statistics.tables import feed_subscriptions, villages
from contest.statistics.webhook_signing import MAX_TRIES
from contest.statistics.webhooks import LEASE_MS, Subscription

NOW = 1_790_000_000_000
BOX = FieldBox(b"k" * 32)


async def tell(db: Database, *facts: Fact, now_ms: int = NOW) -> None:
    async with db.write() as writer:
        await ledger.record(writer, facts, now_ms=now_ms)
    await counting.run(db, now_ms)


def fact(source: str, **more: Any) -> Fact:
    return Fact(FactKind.GUIDANCE, source, NOW, **({"commune": "24133"} | more))


async def subscribe(db: Database, *, types: tuple[str, ...] = (RECORDED, VOIDED), batch: int = 1) -> Subscription:
    async with db.write() as writer:
        values = webhooks.checked("Trung tâm", "http://127.0.0.1:9/x", types, batch, private=True)
        made, secret = await webhooks.create(writer, BOX, values, from_start=True, actor="account:1", now_ms=NOW)
        found = await webhooks.load(Reader(writer), made)
    assert secret.startswith("whsec_")
    assert secret not in found.secret_enc
    return found


async def test_held_facts_are_in_nobodys_feed_until_they_are_released(db: Database) -> None:
    async with db.write() as writer:
        village = await writer.scalar(
            insert(villages).values(commune="24133", name="Buôn A", fold="buon a").returning(villages.c.id)
        )
    await tell(db, fact("a", village_id=village), fact("b", release_at=NOW + 1000), fact("c", person=5))
    async with db.read() as reader:
        first = await feed.after(reader, 0, 10)
    assert [(one.seq, one.village, one.individual) for one in first] == [(1, "Buôn A", False), (2, None, True)]
    await counting.run(db, NOW + 2000)
    async with db.write() as writer:
        await ledger.void(writer, FactKind.GUIDANCE, "a", reason="nhầm", actor="account:1", now_ms=NOW + 3000)
    await counting.run(db, NOW + 4000)
    async with db.read() as reader:
        rest = await feed.after(reader, 2, 10)
        assert await feed.between(reader, 3, 4) == rest
        assert await feed.end(reader) == 4
        assert [one.seq for one in await feed.after(reader, 0, 1)] == [1]
    assert [(one.seq, one.type) for one in rest] == [(3, RECORDED), (4, VOIDED)]
    events = [event_of(one, BOX.digest) for one in (*first, *rest)]
    assert events[3]["data"]["recorded_id"] == events[0]["id"]
    assert events[3]["data"]["village"] == "Buôn A"
    assert len({event["id"] for event in events}) == 4


async def test_one_worker_at_a_time_passes_the_stream_on(db: Database) -> None:
    await tell(db, fact("a"), fact("b"))
    async with db.read() as reader:
        assert await feed.relay_behind(reader, "redis")
    async with db.write() as writer:
        assert await feed.take_relay(writer, "redis", "one", NOW, 1000) == 0
        assert await feed.take_relay(writer, "redis", "two", NOW, 1000) is None
        assert await feed.move_relay(writer, "redis", "one", 2, NOW)
        assert await feed.take_relay(writer, "redis", "two", NOW + 1000, 1000) == 2
        assert not await feed.move_relay(writer, "redis", "one", 9, NOW)
    async with db.read() as reader:
        assert not await feed.relay_behind(reader, "redis")


async def test_tries_grow_into_a_dead_letter_and_then_a_pause(db: Database) -> None:
    await tell(db, *(fact(str(n)) for n in range(5)))
    made = await subscribe(db)
    now = NOW
    for letter in range(webhooks.DEAD_BEFORE_PAUSE):
        for attempt in range(MAX_TRIES):
            async with db.read() as reader:
                assert await webhooks.due(reader, now) == [made.id]
            async with db.write() as writer:
                taken = await webhooks.take(writer, made.id, "one", now)
                assert taken is not None
                assert (taken.seq, taken.tries) == (letter, attempt)
                assert await webhooks.take(writer, made.id, "two", now) is None
                place = taken.seq + 1
                assert await webhooks.failed(
                    writer, taken, "one", first_seq=place, last_seq=place, events=1, result="http_500", wait_ms=10,
                    now_ms=now,
                )  # fmt: skip
            async with db.read() as reader:
                assert await webhooks.due(reader, now) == []
            now += 10
    async with db.write() as writer:
        stopped = await webhooks.load(Reader(writer), made.id)
        assert (stopped.state, stopped.pause_reason, stopped.seq) == ("paused", "failures", 3)
        assert await webhooks.due(Reader(writer), now) == []
        dead = await webhooks.letters(Reader(writer), made.id)
        assert [(one.first_seq, one.tries, one.state) for one in dead] == [
            (3, MAX_TRIES, "dead"), (2, MAX_TRIES, "dead"), (1, MAX_TRIES, "dead"),
        ]  # fmt: skip
        assert await webhooks.settle_letters(writer, made.id, dead[0].id, "drop", actor="account:1", now_ms=now) == 1
        assert await webhooks.settle_letters(writer, made.id, None, "again", actor="account:1", now_ms=now) == 2
        with pytest.raises(Invalid):
            await webhooks.settle_letters(writer, made.id, None, "x", actor="account:1", now_ms=now)
        await webhooks.resume(writer, made.id, actor="account:1", now_ms=now)
        assert await webhooks.due(Reader(writer), now) == [made.id]
        asked = await webhooks.letters(Reader(writer), made.id, state="again")
        await webhooks.letter_sent(writer, asked[0], "ok", now)
        await webhooks.letter_sent(writer, asked[1], "timeout", now)
        states = [one.state for one in await webhooks.letters(Reader(writer), made.id)]
    assert states == ["dropped", "delivered", "dead"]


async def test_a_lost_lease_moves_nothing(db: Database) -> None:
    await tell(db, fact("a"))
    made = await subscribe(db)
    async with db.write() as writer:
        assert await webhooks.take(writer, made.id, "one", NOW) is not None
        assert await webhooks.take(writer, made.id, "two", NOW + LEASE_MS) is not None
        assert not await webhooks.passed(writer, made.id, "one", 1, events=1, done=True, now_ms=NOW)
        assert await webhooks.passed(writer, made.id, "two", 1, events=1, done=True, now_ms=NOW)
        done = await webhooks.load(Reader(writer), made.id)
        assert (done.seq, done.delivered, done.state) == (1, 1, "fine")
        assert await webhooks.due(Reader(writer), NOW + LEASE_MS) == []
        await webhooks.remove(writer, made.id, actor="account:1", now_ms=NOW)
        with pytest.raises(NotFound):
            await webhooks.load(Reader(writer), made.id)


async def test_forms_are_checked_and_a_secret_is_renewed(db: Database) -> None:
    for code, given in [
        ("subscription_name", (" ", "https://a.vn", (RECORDED,), 1, False)),
        ("feed_types", ("x", "https://a.vn", ("y",), 1, False)),
        ("feed_batch", ("x", "https://a.vn", (), 0, False)),
        ("webhook_https", ("x", "http://a.vn", (), 1, False)),
    ]:
        with pytest.raises(Invalid, match=code):
            webhooks.checked(*given)  # type: ignore[arg-type]
    made = await subscribe(db, types=(VOIDED,))
    assert made.types == (VOIDED,)
    async with db.write() as writer:
        secret = await webhooks.renew_secret(writer, BOX, made.id, actor="account:1", now_ms=NOW)
        assert BOX.open((await webhooks.load(Reader(writer), made.id)).secret_enc) == secret
        await webhooks.pause(writer, made.id, actor="account:1", now_ms=NOW)
        assert (await webhooks.load(Reader(writer), made.id)).state == "paused"
        await writer.execute(update(feed_subscriptions).values(active=False))
        assert (await webhooks.load(Reader(writer), made.id)).state == "off"
        rows = [
            {"name": str(n), "url": "https://a.vn", "secret_enc": "", "seq": 0, "created_by": "x", "created_at": 1}
            for n in range(49)
        ]
        await writer.execute(insert(feed_subscriptions), rows)
        values = webhooks.checked("x", "https://a.vn", (), 1, private=False)
        with pytest.raises(Conflict, match="subscriptions_many"):
            await webhooks.create(writer, BOX, values, from_start=False, actor="account:1", now_ms=NOW)
