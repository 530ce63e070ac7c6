"""Preparing a lucky draw: its rule and prizes, the freeze of its pool, the naming of its source.

Never draws: `draw_running` does. After the freeze neither rule nor prizes nor pool change, after the naming neither
does the source.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert

from contest.database import Database, Reader
from contest.errors import Conflict, Invalid
from contest.festival import draw_log, draw_model, draw_pool, festivals, guests
from contest.festival.cards import parse_card
from contest.festival.draw_changing import Change, changing, note
from contest.festival.draw_rules import Rule, check_rule, rule_stored
from contest.festival.draw_sources import Source, check_source, knowable, source_stored
from contest.festival.draw_states import Act, DrawState, Prize, check_prizes, prizes_stored
from contest.festival.draw_tables import draw_tickets, draws
from contest.festival.model import LiveEventKind
from contest.provincial.draw import pool_hash, pool_lines
from contest.tickets import new_public_id

MAX_TITLE, MAX_WITNESSES, MAX_WITNESS, MAX_EXCLUDED, MAX_REASON = 200, 20, 160, 2000, 300
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Plan:
    """What may be set while a draw is a draft; `prizes` in the order in which they are drawn."""

    title: str
    live_event_id: int | None
    listed: bool
    rule: Rule
    prizes: tuple[Prize, ...]
    excluded_cards: tuple[str, ...] = ()


async def create(
    db: Database, festival_id: int, title: str, *, live_event_id: int | None, actor: str, now_ms: int
) -> int:
    """A new draft; its id. Raises Invalid("draw_title"), NotFound("festival_unknown"), Invalid("draw_item")."""
    async with db.write() as writer:
        await festivals.load(Reader(writer), festival_id)
        await _check_item(Reader(writer), festival_id, live_event_id)
        made = await writer.scalar(
            insert(draws)
            .values(
                public_id=new_public_id(),
                festival_id=festival_id,
                live_event_id=live_event_id,
                title=_title(title),
                state=str(DrawState.DRAFT),
                rule=rule_stored(Rule()),
                excluded=[],
                prizes=[],
                witnesses=[],
                stage={},
                created_by=actor,
                created_at=now_ms,
                updated_at=now_ms,
            )
            .returning(draws.c.id)
        )
        assert made is not None
        await note(writer, made, "create", {"festival": festival_id}, actor=actor, now_ms=now_ms)
        return int(made)


async def save(db: Database, draw_id: int, version: int, plan: Plan, *, actor: str, now_ms: int) -> None:
    """Stores a draft. Raises Invalid("draw_title" | "draw_rule" | "draw_prize…" | "draw_item"),
    Invalid("draw_excluded", card=…) for a card nobody has, Conflict("draw_state" | "draw_changed")."""
    check_rule(plan.rule)
    if plan.prizes:
        check_prizes(plan.prizes)
    async with changing(db, draw_id, version, Act.EDIT, actor=actor, now_ms=now_ms) as change:
        await _check_item(change.reader, change.draw.festival_id, plan.live_event_id)
        change.values = {
            "title": _title(plan.title),
            "live_event_id": plan.live_event_id,
            "listed": plan.listed,
            "rule": rule_stored(plan.rule),
            "prizes": prizes_stored(plan.prizes),
            "excluded": await _excluded(change.reader, plan.excluded_cards),
        }
        told = {"rule": rule_stored(plan.rule), "listed": plan.listed, "excluded": len(change.values["excluded"])}
        await note(change.writer, draw_id, "edit", told, actor=actor, now_ms=now_ms)


async def preview(reader: Reader, draw_id: int) -> int:
    """How many would be in the pool were it frozen now."""
    draw = await draw_model.load(reader, draw_id)
    return len(await draw_pool.in_pool(reader, draw.festival_id, draw.rule, draw.excluded, draw_id=draw.id))


async def freeze(
    db: Database,
    draw_id: int,
    version: int,
    count: int,
    *,
    source: Source | None = None,
    witnesses: Sequence[str] = (),
    actor: str,
    now_ms: int,
) -> str:
    """Fixes the pool for ever and makes its hash public; the hash. With `source` the same act names it too.

    `count` is how many the one who freezes has seen and typed. Raises Conflict("draw_pool_count", count=…) when it is
    another by now, Conflict("draw_pool_empty"), Invalid("draw_prizes_none"), Invalid of the source, and Conflict as
    `changing`.
    """
    async with changing(db, draw_id, version, Act.FREEZE, actor=actor, now_ms=now_ms) as change:
        draw = change.draw
        check_prizes(draw.prizes)
        found = await draw_pool.in_pool(change.reader, draw.festival_id, draw.rule, draw.excluded, draw_id=draw.id)
        if not found:
            raise Conflict("draw_pool_empty")
        if count != len(found):
            raise Conflict("draw_pool_count", count=len(found))
        salt = secrets.token_hex(32)
        tickets = draw_pool.tickets(salt, found)
        rows = [
            {"draw_id": draw.id, "ticket": ticket, "guest_id": guest_id, "person": found[guest_id]}
            for guest_id, ticket in tickets.items()
        ]
        for start in range(0, len(rows), _AT_ONCE):
            await change.writer.execute(insert(draw_tickets), rows[start : start + _AT_ONCE])
        made = pool_hash(pool_lines(tickets.values()))
        change.values = {
            "state": str(DrawState.FROZEN),
            "salt": salt,
            "pool_count": len(tickets),
            "pool_hash": made,
            "frozen_at": now_ms,
            "frozen_by": actor,
            "stage": {"scene": "pool"},
            "witnesses": _witnesses(witnesses) or list(draw.witnesses),
        }
        change.log(
            "freeze",
            title=draw.title,
            count=len(tickets),
            pool_sha256=made,
            rule=rule_stored(draw.rule),
            excluded=len(draw.excluded),
            prizes=prizes_stored(draw.prizes),
        )
        if source is not None:
            _name(change, source)
        return made


async def announce(db: Database, draw_id: int, version: int, source: Source, *, actor: str, now_ms: int) -> None:
    """Names where the digits will come from. Raises Invalid as `check_source`, and Conflict as `changing`."""
    async with changing(db, draw_id, version, Act.ANNOUNCE, actor=actor, now_ms=now_ms) as change:
        _name(change, source)


async def withdraw(db: Database, draw_id: int, version: int, reason: str, *, actor: str, now_ms: int) -> None:
    """Gives a frozen draw up, in public, with a reason that names nobody: only while nobody can know a digit.

    Raises Invalid("draw_reason"), Conflict("draw_too_late").
    """
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= MAX_REASON:
        raise Invalid("draw_reason", limit=MAX_REASON)
    async with changing(db, draw_id, version, Act.WITHDRAW, actor=actor, now_ms=now_ms) as change:
        if knowable(change.draw.source, change.draw.typed, now_ms) or await _ever_typed(change):
            raise Conflict("draw_too_late")
        change.values = {"state": str(DrawState.WITHDRAWN), "closed_at": now_ms, "stage": {"scene": "pool"}}
        change.log("withdraw", reason=reason)


async def set_witnesses(
    db: Database, draw_id: int, version: int, witnesses: Sequence[str], *, actor: str, now_ms: int
) -> None:
    """Who watches and signs the minutes: "role: name", one each. Raises Invalid("draw_witnesses")."""
    async with changing(db, draw_id, version, None, actor=actor, now_ms=now_ms) as change:
        change.values = {"witnesses": _witnesses(witnesses)}
        await note(change.writer, draw_id, "witnesses", {}, actor=actor, now_ms=now_ms)


def _name(change: Change, source: Source) -> None:
    check_source(source, change.now_ms)
    change.values |= {
        "state": str(DrawState.ANNOUNCED),
        "source": source_stored(source),
        "announced_at": change.now_ms,
    }
    change.log("announce", **source_stored(source))


async def _ever_typed(change: Change) -> bool:
    return any(line.kind in ("type", "digits") for line in await draw_log.lines(change.reader, change.draw.id))


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not 0 < len(title) <= MAX_TITLE or not title.isprintable():
        raise Invalid("draw_title", limit=MAX_TITLE)
    return title


def _witnesses(lines: Sequence[str]) -> list[str]:
    found = [line for line in (" ".join(one.split()) for one in lines) if line]
    if len(found) > MAX_WITNESSES or any(len(one) > MAX_WITNESS for one in found):
        raise Invalid("draw_witnesses", limit=MAX_WITNESS, lines=MAX_WITNESSES)
    return found


async def _check_item(reader: Reader, festival_id: int, live_event_id: int | None) -> None:
    if live_event_id is None:
        return
    items = await festivals.programme(reader, festival_id, kinds=[LiveEventKind.DRAW])
    if live_event_id not in {item.id for item in items}:
        raise Invalid("draw_item")


async def _excluded(reader: Reader, cards: Sequence[str]) -> list[int]:
    wanted: dict[str, str] = {}
    for text in cards:
        card = parse_card(text)
        if card is None:
            raise Invalid("draw_excluded", card=text[:20])
        wanted[card] = text
    if len(wanted) > MAX_EXCLUDED:
        raise Invalid("draw_excluded_many", limit=MAX_EXCLUDED)
    found = {card: guest.id for card, guest in (await guests.by_cards(reader, list(wanted))).items()}
    for card, text in wanted.items():
        if card not in found:
            raise Invalid("draw_excluded", card=text[:20])
    return sorted(set(found.values()))
