"""What the hall, the phones and the public pages are told of a lucky draw.

A name only as its owner agreed, of a minor never; a card only masked. Never tells what was not drawn yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from contest.database import Reader
from contest.festival import draw_log, draw_model, draw_pool
from contest.festival.draw_model import Draw, Winner
from contest.festival.draw_rules import eligible, missing, point_words, points, rule_words
from contest.festival.draw_sources import source_words
from contest.festival.draw_states import DrawState, WinnerState, next_step
from contest.festival.draw_tables import draw_winners, draws
from contest.festival.model import Guest
from contest.festival.tables import guest_consents, guests
from contest.provincial.public_names import mask
from contest.tables import units

MINOR = "u16"
PUBLISH_NAME = "publish_name"
"""The purpose of the consent to be named among the winners, as in contests."""
SAMPLE = 120
"""Tickets that flow through the drum."""


@dataclass(frozen=True, slots=True)
class Person:
    """A winner as far as everybody may know."""

    name: str
    card: str
    commune: str


def shown_name(row: Any, *, agreed: bool) -> str:
    """The nickname when it may be shown whole, initials otherwise; "" for none or one that was hidden."""
    if row.name is None or row.name_hidden or row.erased_at is not None:
        return ""
    return str(row.name) if agreed and row.age_band != MINOR else mask(row.name)


def masked_card(card: str) -> str:
    """•••••-••7KQ: enough for its holder to know it."""
    return f"•••••-••{card[-3:]}"


async def people(reader: Reader, winners: Sequence[Winner], *, hall: bool) -> dict[int, Person]:
    """Winners by guest as the hall may know them, by the nickname they came with; or as everybody may, for whom only
    those are named who agreed to it. Minors are named to nobody."""
    wanted = [one.guest_id for one in winners]
    agreed = set() if hall else await agreed_to_be_named(reader, wanted)
    c = guests.c
    query = (
        select(c.id, c.name, c.name_hidden, c.age_band, c.erased_at, c.card, units.c.short_name)
        .outerjoin(units, units.c.code == c.commune)
        .where(c.id.in_(wanted))
    )
    return {
        row.id: Person(shown_name(row, agreed=hall or row.id in agreed), masked_card(row.card), row.short_name or "")
        for row in await reader.execute(query)
    }


async def agreed_to_be_named(reader: Reader, guest_ids: Sequence[int]) -> set[int]:
    """Who of these last said that their name may stand in the published list of winners."""
    c = guest_consents.c
    query = select(c.guest_id, c.granted).where(c.guest_id.in_(guest_ids), c.purpose == PUBLISH_NAME).order_by(c.id)
    last = {row.guest_id: row.granted for row in await reader.execute(query)}
    return {guest_id for guest_id, granted in last.items() if granted}


async def has_won(reader: Reader, festival_id: int, guest_id: int) -> bool:
    """Whether a guest has won in a draw of the festival and was there."""
    c = draw_winners.c
    query = (
        select(c.position)
        .join(draws, draws.c.id == c.draw_id)
        .where(draws.c.festival_id == festival_id, c.guest_id == guest_id, c.state == str(WinnerState.PRESENT))
        .limit(1)
    )
    return await reader.scalar(query) is not None


async def commune_names(reader: Reader) -> dict[str, str]:
    """Every commune's name by code."""
    return {row.code: row.name for row in await reader.execute(select(units.c.code, units.c.name))}


def winner_view(winner: Winner, person: Person | None) -> dict[str, Any]:
    """One drawn ticket as JSON."""
    return {
        "position": winner.position,
        "prize": winner.prize,
        "ticket": draw_pool.shown_ticket(winner.ticket),
        "name": person.name if person else "",
        "card": person.card if person else "",
        "commune": person.commune if person else "",
        "state": winner.state,
        "reason": winner.reason,
    }


def flow(lines: Sequence[str], count: int = SAMPLE) -> list[str]:
    """Tickets of the pool for the drum to show, spread evenly over it: looks only, decides nothing."""
    step = max(1, len(lines) // count)
    return [draw_pool.shown_ticket(line) for line in lines[::step][:count]]


_flows: dict[str, list[str]] = {}
_MOST_FLOWS = 8


async def _flow_of(reader: Reader, draw: Draw) -> list[str]:
    """The drum's tickets; a frozen pool does not change, and the stage asks several times a second."""
    known = _flows.get(draw.public_id)
    if known is None:
        while len(_flows) >= _MOST_FLOWS:
            _flows.pop(next(iter(_flows)))
        known = _flows[draw.public_id] = flow(await draw_pool.frozen(reader, draw.id))
    return known


async def stage_view(reader: Reader, draw: Draw) -> dict[str, Any]:
    """What the projector shows of a draw that is frozen or further."""
    found = await draw_model.winners(reader, draw.id)
    known = await people(reader, found, hall=True)
    step = next_step(draw.prizes, [one.shown for one in found], draw.pool_count or 0)
    names = await commune_names(reader)
    drum = draw.stage.get("scene") == "drum"
    return {
        "id": draw.public_id,
        "title": draw.title,
        "state": draw.state,
        "scene": draw.stage.get("scene", "pool"),
        "spinning": bool(draw.stage.get("spinning")),
        "count": draw.pool_count,
        "hash": draw.pool_hash,
        "frozen_at": draw.frozen_at,
        "rule": {lang: rule_words(draw.rule, lang, names, len(draw.excluded)) for lang in ("vi", "en")},
        "source": None
        if draw.source is None
        else {"kind": draw.source.kind, "vi": source_words(draw.source, "vi"), "en": source_words(draw.source, "en")},
        "digits": draw.digits_shown,
        "sealed": draw.digits is not None,
        "prizes": [
            {"name": one.name, "count": one.count, "value": one.value_vnd, "sponsor": one.sponsor, "note": one.note}
            for one in draw.prizes
        ],
        "step": {"kind": step.kind, "prize": step.prize, "count": step.count, "position": step.position},
        "winners": [winner_view(one, known.get(one.guest_id)) for one in found],
        "flow": await _flow_of(reader, draw) if drum else [],
    }


def phone_view(draw: Draw, found: Sequence[Winner]) -> dict[str, Any]:
    """What every phone is told while the draw is on; one's own ticket is in `mine`."""
    return {
        "draw": {
            "id": draw.public_id,
            "title": draw.title,
            "state": draw.state,
            "count": draw.pool_count,
            "hash": draw.pool_hash,
            "prizes": [one.name for one in draw.prizes],
            "winners": [
                {"ticket": draw_pool.shown_ticket(one.ticket), "prize": one.prize, "state": one.state} for one in found
            ],
        }
    }


async def mine(reader: Reader, festival_id: int, guest: Guest) -> list[dict[str, Any]]:
    """Every draw that a guest may know of, with their own ticket or what they still lack."""
    told = []
    for draw in await draw_model.of_festival(reader, festival_id, public=True):
        if draw.state is not DrawState.WITHDRAWN:
            told.append(await _mine(reader, draw, guest))
    return told


async def _mine(reader: Reader, draw: Draw, guest: Guest) -> dict[str, Any]:
    base: dict[str, Any] = {
        "id": draw.public_id,
        "item": draw.live_event_id,
        "title": draw.title,
        "state": draw.state,
        "ticket": None,
        "won": None,
        "eligible": None,
        "points": [],
    }
    if draw.state is not DrawState.DRAFT:
        ticket = await draw_pool.ticket_of(reader, draw.id, guest.id)
        if ticket is not None:
            base |= {"ticket": draw_pool.shown_ticket(ticket), "eligible": True}
            won = next((one for one in await draw_model.winners(reader, draw.id) if one.ticket == ticket), None)
            if won is not None:
                prize = draw.prizes[won.prize]
                named = guest.id in await agreed_to_be_named(reader, [guest.id])
                base["won"] = {
                    "prize": prize.name,
                    "state": won.state,
                    "claimed": won.claimed_at is not None,
                    "named": named,
                }
            return base
    assessed = await draw_pool.assess(
        reader, draw.festival_id, draw.rule, draw.excluded, draw_id=draw.id, only=guest.id
    )
    if guest.id not in assessed:
        return base | {"eligible": False}
    _, who = assessed[guest.id]
    answered = points(draw.rule, who)
    return base | {
        # After the freeze the pool is what it is, whatever was done since.
        "eligible": eligible(draw.rule, who) and draw.state is DrawState.DRAFT,
        "points": [
            {"key": one.key, "met": one.met, "vi": point_words(one, "vi"), "en": point_words(one, "en")}
            for one in answered
        ],
        "missing": len(missing(answered)),
    }


@dataclass(frozen=True, slots=True)
class PublicWinner:
    """A line of the public list of winners."""

    position: int
    ticket: str
    prize: str
    state: WinnerState
    reason: str | None
    person: Person
    drawn_at: int


@dataclass(frozen=True, slots=True)
class PublicDraw:
    """A draw with everything anybody needs to check it."""

    draw: Draw
    rule: tuple[str, ...]
    source: str
    winners: tuple[PublicWinner, ...]
    log: tuple[draw_log.Line, ...]
    whole: bool


async def public_draw(reader: Reader, draw: Draw, lang: str) -> PublicDraw:
    """The draw's public page. `whole`: the log's chain holds."""
    found = await draw_model.winners(reader, draw.id)
    known = await people(reader, found, hall=False)
    lines = await draw_log.lines(reader, draw.id)
    nobody = Person("", "", "")
    return PublicDraw(
        draw,
        tuple(rule_words(draw.rule, lang, await commune_names(reader), len(draw.excluded))),
        "" if draw.source is None else source_words(draw.source, lang),
        tuple(
            PublicWinner(
                one.position,
                draw_pool.shown_ticket(one.ticket),
                draw.prizes[one.prize].name,
                one.state,
                one.reason,
                known.get(one.guest_id, nobody),
                one.drawn_at,
            )
            for one in found
        ),
        tuple(lines),
        draw_log.broken_at(draw.public_id, lines) is None,
    )


async def pool_file(reader: Reader, draw: Draw) -> str:
    """The pool as published: one ticket a line, sorted; what is stored now, for whoever compares hashes."""
    return "".join(f"{line}\n" for line in await draw_pool.frozen(reader, draw.id))


async def result_file(reader: Reader, draw: Draw) -> str:
    """Everybody drawn in the order of the sequence, absent ones too: what the verifier expects."""
    return "".join(f"{one.ticket}\n" for one in await draw_model.winners(reader, draw.id))


async def log_file(reader: Reader, draw: Draw) -> str:
    """The log as a text, so that its hashes can be recomputed."""
    found = await draw_log.lines(reader, draw.id)
    return "".join("\t".join(map(str, line)) + "\n" for line in found)
