"""Webhooks in SQL: who is sent the feed, up to where, what is tried again when, and what was given up.

A subscription is worked on by one worker at a time, for as long as its lease; what a lost lease repeats, receivers know
by its id. Never sends anything: `admin.movement.feed_sending` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update

from contest import audit
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.provincial.secrets_box import FieldBox
from contest.statistics import feed, webhook_signing
from contest.statistics.cloudevents import TYPES
from contest.statistics.tables import feed_dead_letters, feed_subscriptions
from scoring.folding import nfc

MAX_NAME = 120
MAX_BATCH = 100
MAX_SUBSCRIPTIONS = 50
DEAD_BEFORE_PAUSE = 3
"""Messages given up one after the other: then nobody is there, and trying goes on when somebody says so."""
LEASE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Subscription:
    """One webhook. `lag` is how many facts it has before it."""

    id: int
    name: str
    url: str
    types: tuple[str, ...]
    batch: int
    private: bool
    active: bool
    paused_at: int | None
    pause_reason: str | None
    seq: int
    tries: int
    next_try_at: int
    delivered: int
    last_ok_at: int | None
    last_failed_at: int | None
    last_result: str | None
    created_by: str
    created_at: int
    secret_enc: str
    dead_in_a_row: int = 0

    @property
    def state(self) -> str:
        """off, paused, failing or fine."""
        if not self.active:
            return "off"
        return "paused" if self.paused_at is not None else "failing" if self.tries else "fine"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up."""

    id: int
    subscription_id: int
    first_seq: int
    last_seq: int
    events: int
    tries: int
    result: str
    state: str
    dead_at: int
    settled_at: int | None


def _record(row: Any) -> Subscription:
    values = {name: getattr(row, name) for name in Subscription.__dataclass_fields__ if name != "types"}
    types = tuple(part for part in row.types.split(",") if part)
    return Subscription(**values | {"private": bool(row.private), "active": bool(row.active)}, types=types)


async def listing(reader: Reader) -> list[Subscription]:
    """All of them, in the order they were made."""
    rows = await reader.execute(select(feed_subscriptions).order_by(feed_subscriptions.c.id))
    return [_record(row) for row in rows]


async def load(reader: Reader, subscription_id: int) -> Subscription:
    """Raises NotFound("subscription_unknown")."""
    row = (
        await reader.execute(select(feed_subscriptions).where(feed_subscriptions.c.id == subscription_id))
    ).one_or_none()
    if row is None:
        raise NotFound("subscription_unknown")
    return _record(row)


def checked(name: str, url: str, types: Sequence[str], batch: int, private: bool) -> dict[str, Any]:
    """What a form says, as columns. Raises Invalid: subscription_name, feed_types, feed_batch, and the address's."""
    clean = nfc(name)
    if not 1 <= len(clean) <= MAX_NAME:
        raise Invalid("subscription_name", limit=MAX_NAME)
    if not set(types) <= set(TYPES):
        raise Invalid("feed_types")
    if not 1 <= batch <= MAX_BATCH:
        raise Invalid("feed_batch", limit=MAX_BATCH)
    webhook_signing.target_of(url, private=private)
    chosen = [one for one in TYPES if one in types]
    return {
        "name": clean, "url": url, "types": "" if len(chosen) == len(TYPES) else ",".join(chosen), "batch": batch,
        "private": private,
    }  # fmt: skip


async def create(
    writer: Writer, box: FieldBox, values: dict[str, Any], *, from_start: bool, actor: str, now_ms: int
) -> tuple[int, str]:
    """A new subscription from `checked` values; its number and its secret, which is told this once.

    `from_start`: everything there ever was, else what comes from now on. Raises Conflict("subscriptions_many").
    """
    many = await writer.scalar(select(func.count()).select_from(feed_subscriptions)) or 0
    if many >= MAX_SUBSCRIPTIONS:
        raise Conflict("subscriptions_many", limit=MAX_SUBSCRIPTIONS)
    secret = webhook_signing.new_secret()
    seq = 0 if from_start else await feed.end(Reader(writer))
    made = await writer.scalar(
        insert(feed_subscriptions)
        .values(**values, secret_enc=box.seal(secret), seq=seq, created_by=actor, created_at=now_ms)
        .returning(feed_subscriptions.c.id)
    )
    assert made is not None
    await _note(writer, "create", made, actor, now_ms)
    return made, secret


async def change(writer: Writer, subscription_id: int, values: dict[str, Any], *, actor: str, now_ms: int) -> None:
    """It becomes this; what waited for the next try is tried at once."""
    await _update(writer, subscription_id, "change", actor, now_ms, **values, next_try_at=0)


async def renew_secret(writer: Writer, box: FieldBox, subscription_id: int, *, actor: str, now_ms: int) -> str:
    """A new key; what is signed with the old one is not sent any more."""
    secret = webhook_signing.new_secret()
    await _update(writer, subscription_id, "secret", actor, now_ms, secret_enc=box.seal(secret))
    return secret


async def pause(writer: Writer, subscription_id: int, *, actor: str, now_ms: int) -> None:
    """Nothing is sent until `resume`; nothing is lost meanwhile."""
    await _update(writer, subscription_id, "pause", actor, now_ms, paused_at=now_ms, pause_reason="staff")


async def resume(writer: Writer, subscription_id: int, *, actor: str, now_ms: int) -> None:
    """Goes on where it stopped, at once."""
    await _update(
        writer, subscription_id, "resume", actor, now_ms,
        paused_at=None, pause_reason=None, tries=0, dead_in_a_row=0, next_try_at=0,
    )  # fmt: skip


async def remove(writer: Writer, subscription_id: int, *, actor: str, now_ms: int) -> None:
    """It is no more, nor what it was not delivered."""
    gone = await writer.execute(delete(feed_subscriptions).where(feed_subscriptions.c.id == subscription_id))
    if gone.rowcount != 1:
        raise NotFound("subscription_unknown")
    await _note(writer, "delete", subscription_id, actor, now_ms)


async def _update(writer: Writer, subscription_id: int, act: str, actor: str, now_ms: int, **values: Any) -> None:
    done = await writer.execute(
        update(feed_subscriptions).where(feed_subscriptions.c.id == subscription_id).values(**values)
    )
    if done.rowcount != 1:
        raise NotFound("subscription_unknown")
    await _note(writer, act, subscription_id, actor, now_ms)


async def _note(writer: Writer, act: str, subscription_id: int, actor: str, now_ms: int) -> None:
    await audit.record(
        writer, actor=actor, action=f"feed.{act}", subject=f"feed_subscription:{subscription_id}", now_ms=now_ms
    )


# What the worker does.


async def due(reader: Reader, now_ms: int) -> list[int]:
    """The subscriptions that may be worked on now and have something before them, or something to send again."""
    s = feed_subscriptions.c
    again = select(feed_dead_letters.c.subscription_id).where(feed_dead_letters.c.state == "again")
    last = await feed.end(reader)
    rows = await reader.execute(
        select(s.id)
        .where(
            s.active.is_(True), s.paused_at.is_(None), s.next_try_at <= now_ms, s.lease_until <= now_ms,
            or_(s.seq < last, s.id.in_(again)),
        )
        .order_by(s.id)
    )  # fmt: skip
    return list(rows.scalars())


async def take(writer: Writer, subscription_id: int, owner: str, now_ms: int) -> Subscription | None:
    """The right to work on it for a while; None when somebody else does or there is nothing to be done."""
    s = feed_subscriptions.c
    row = (
        await writer.execute(
            update(feed_subscriptions)
            .where(
                s.id == subscription_id, s.active.is_(True), s.paused_at.is_(None), s.next_try_at <= now_ms,
                or_(s.lease_until <= now_ms, s.lease_owner == owner),
            )
            .values(lease_owner=owner, lease_until=now_ms + LEASE_MS)
            .returning(feed_subscriptions)
        )
    ).one_or_none()  # fmt: skip
    return None if row is None else _record(row)


async def passed(
    writer: Writer, subscription_id: int, owner: str, seq: int, *, events: int, done: bool, now_ms: int
) -> bool:
    """Everything up to `seq` has arrived; `done` gives the right to work back. False when the lease was lost."""
    values: dict[str, Any] = {
        "seq": seq, "tries": 0, "next_try_at": 0, "delivered": feed_subscriptions.c.delivered + events,
        "lease_until": 0 if done else now_ms + LEASE_MS,
    }  # fmt: skip
    if events:
        values |= {"last_ok_at": now_ms, "last_result": "ok", "dead_in_a_row": 0}
    return await _owned(writer, subscription_id, owner, values)


async def failed(
    writer: Writer,
    subscription: Subscription,
    owner: str,
    *,
    first_seq: int,
    last_seq: int,
    events: int,
    result: str,
    wait_ms: int,
    now_ms: int,
) -> bool:
    """The message from `first_seq` to `last_seq` did not arrive: it is tried again later, or given up and kept as dead.

    Gives the right to work back. False when the lease was lost.
    """
    tries = subscription.tries + 1
    values: dict[str, Any] = {"last_failed_at": now_ms, "last_result": result, "lease_until": 0}
    if result == "gone":
        values |= {"tries": tries, "paused_at": now_ms, "pause_reason": "gone"}
    elif tries < webhook_signing.MAX_TRIES:
        values |= {"tries": tries, "next_try_at": now_ms + wait_ms}
    else:
        dead = subscription.dead_in_a_row + 1
        values |= {"tries": 0, "seq": last_seq, "dead_in_a_row": dead, "next_try_at": now_ms + wait_ms}
        if dead >= DEAD_BEFORE_PAUSE:
            values |= {"paused_at": now_ms, "pause_reason": "failures"}
    if not await _owned(writer, subscription.id, owner, values):
        return False
    if "dead_in_a_row" in values:
        await writer.execute(
            insert(feed_dead_letters).values(
                subscription_id=subscription.id, first_seq=first_seq, last_seq=last_seq, events=events, tries=tries,
                result=result, state="dead", dead_at=now_ms,
            )
        )  # fmt: skip
    return True


async def _owned(writer: Writer, subscription_id: int, owner: str, values: dict[str, Any]) -> bool:
    s = feed_subscriptions.c
    done = await writer.execute(
        update(feed_subscriptions).where(and_(s.id == subscription_id, s.lease_owner == owner)).values(**values)
    )
    return done.rowcount == 1


async def letters(reader: Reader, subscription_id: int, *, state: str = "", limit: int = 100) -> list[DeadLetter]:
    """What was given up, the newest first."""
    d = feed_dead_letters.c
    query = select(feed_dead_letters).where(d.subscription_id == subscription_id).order_by(d.id.desc()).limit(limit)
    if state:
        query = query.where(d.state == state)
    fields = DeadLetter.__dataclass_fields__
    return [DeadLetter(**{name: getattr(row, name) for name in fields}) for row in await reader.execute(query)]


async def settle_letters(
    writer: Writer, subscription_id: int, letter_id: int | None, act: str, *, actor: str, now_ms: int
) -> int:
    """Sends a dead message once more (`again`) or lets it go (`drop`); None: all that are dead. How many."""
    if act not in ("again", "drop"):
        raise Invalid("request_invalid")
    d = feed_dead_letters.c
    wanted = and_(d.subscription_id == subscription_id, d.state == "dead")
    done = await writer.execute(
        update(feed_dead_letters)
        .where(wanted if letter_id is None else and_(wanted, d.id == letter_id))
        .values(state="again" if act == "again" else "dropped", settled_at=now_ms, settled_by=actor)
    )
    if done.rowcount:
        await _note(writer, f"letters.{act}", subscription_id, actor, now_ms)
    return done.rowcount


async def letter_sent(writer: Writer, letter: DeadLetter, result: str, now_ms: int) -> None:
    """How the repeat of a dead message went."""
    arrived = result == "ok"
    await writer.execute(
        update(feed_dead_letters)
        .where(feed_dead_letters.c.id == letter.id, feed_dead_letters.c.state == "again")
        .values(state="delivered" if arrived else "dead", tries=letter.tries + 1, result=result, settled_at=now_ms)
    )
