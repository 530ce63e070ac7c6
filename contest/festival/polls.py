"""Votes in SQL: one for each guest and poll, which may change until the poll is closed.

What a guest chose stays here, for changing it and for totals; the fact says only that they took part.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from contest.database import Database, Reader, Writer
from contest.errors import Refused
from contest.festival import act_facts, acts, festivals
from contest.festival.act_settings import PollSettings, settings_of
from contest.festival.acts import Act, ActState
from contest.festival.model import Guest, LiveEvent, LiveEventKind
from contest.festival.tables import live_events, poll_votes
from contest.statistics import ledger
from contest.statistics.facts import Fact, FactKind

MAX_SEND_ID = 40


@dataclass(frozen=True, slots=True)
class Vote:
    """A guest's wish. `send_id` is the phone's own: it comes back in the receipt."""

    festival_id: int
    live_event_id: int
    guest: Guest
    send_id: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Voted:
    """The receipt; `code` is None when the vote stands, else why not."""

    send_id: str
    code: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """Votes by option id, and by how many people."""

    people: int
    counts: dict[str, int]


async def vote(db: Database, wishes: Sequence[Vote], now_ms: int) -> list[Voted]:
    """One transaction for all of them; the receipts in their order, to be told after it has committed.

    Codes: act_unknown, act_not_open, vote_choices.
    """
    async with db.write() as writer:
        # Rows are locked in one order, so that two processes' batches never wait for each other.
        numbers = sorted({one.live_event_id for one in wishes})
        polls = {number: await _poll(writer, number, now_ms) for number in numbers}
        receipts = [_receipt(one, polls[one.live_event_id]) for one in wishes]
        good = [one for one, told in zip(wishes, receipts, strict=True) if told.code is None]
        # Of several wishes of one guest the last one stands.
        latest = {(one.live_event_id, one.guest.id): one for one in good}
        await _store(writer, list(latest.values()), now_ms)
        facts = [_fact(one, polls[one.live_event_id], now_ms) for one in latest.values()]
        await ledger.record(writer, facts, now_ms=now_ms)
    return receipts


_Found = tuple[LiveEvent, Act, PollSettings] | None


async def _poll(writer: Writer, live_event_id: int, now_ms: int) -> _Found:
    reader = Reader(writer)
    try:
        item = await festivals.live_event(reader, live_event_id)
        await acts.check_running(reader, item)
    except Refused:
        return None
    settings = settings_of(item)
    if item.kind is not LiveEventKind.POLL or not isinstance(settings, PollSettings):
        return None
    return item, await acts.held(writer, item, now_ms, share=True), settings


def _receipt(wish: Vote, found: _Found) -> Voted:
    if found is None or found[0].festival_id != wish.festival_id:
        return Voted(wish.send_id, "act_unknown")
    _, act, settings = found
    if act.state is not ActState.OPEN:
        return Voted(wish.send_id, "act_not_open")
    chosen = set(wish.choices)
    if not chosen or not chosen <= {option.id for option in settings.options}:
        return Voted(wish.send_id, "vote_choices")
    if len(chosen) > 1 and not settings.several:
        return Voted(wish.send_id, "vote_choices")
    return Voted(wish.send_id, None, tuple(sorted(chosen)))


def _fact(wish: Vote, found: _Found, now_ms: int) -> Fact:
    assert found is not None
    return act_facts.of_guest(FactKind.POLL, f"{wish.live_event_id}:{wish.guest.id}", wish.guest, found[0], now_ms)


async def _store(writer: Writer, wishes: Sequence[Vote], now_ms: int) -> None:
    dialect: Any = postgresql if writer.dialect.name == "postgresql" else sqlite
    # Sorted: two batches with the same guests lock them in the same order.
    rows = [
        {
            "live_event_id": one.live_event_id,
            "guest_id": one.guest.id,
            "choices": ",".join(sorted(set(one.choices))),
            "send_id": one.send_id,
            "voted_at": now_ms,
            "changed_at": now_ms,
        }
        for one in sorted(wishes, key=lambda wish: (wish.live_event_id, wish.guest.id))
    ]
    if not rows:
        return
    statement = dialect.insert(poll_votes).values(rows)
    kept = {name: statement.excluded[name] for name in ("choices", "send_id", "changed_at")}
    await writer.execute(statement.on_conflict_do_update(index_elements=["live_event_id", "guest_id"], set_=kept))


async def totals(reader: Reader, live_event_ids: Sequence[int]) -> dict[int, Totals]:
    """The totals of these polls; polls nobody voted in are there too."""
    c = poll_votes.c
    numbers = [int(one) for one in live_event_ids]
    query = (
        select(c.live_event_id, c.choices, func.count().label("votes"))
        .where(c.live_event_id.in_(numbers))
        .group_by(c.live_event_id, c.choices)
    )
    people = dict.fromkeys(numbers, 0)
    counts: dict[int, Counter[str]] = {number: Counter() for number in numbers}
    for row in await reader.execute(query) if numbers else ():
        people[row.live_event_id] += row.votes
        for choice in row.choices.split(","):
            counts[row.live_event_id][choice] += row.votes
    return {number: Totals(people[number], dict(sorted(counts[number].items()))) for number in numbers}


async def of_guest(reader: Reader, festival_id: int, guest_id: int) -> dict[int, tuple[str, ...]]:
    """What a guest chose, by poll of this festival: for their own phone only."""
    c = poll_votes.c
    query = (
        select(c.live_event_id, c.choices)
        .join(live_events, live_events.c.id == c.live_event_id)
        .where(c.guest_id == guest_id, live_events.c.festival_id == festival_id)
    )
    return {row.live_event_id: tuple(row.choices.split(",")) for row in await reader.execute(query)}
