"""The pool of a lucky draw: who is in it by the rule and the ledger's facts, and their tickets.

Reads, never writes. Everybody who came to the festival is assessed; facts that were taken back count for nothing.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from contest.database import Reader
from contest.festival.cards import ALPHABET
from contest.festival.draw_rules import Candidate, Deeds, Rule, eligible, missing, points
from contest.festival.draw_states import WinnerState
from contest.festival.draw_tables import draw_tickets, draw_winners, draws
from contest.festival.model import GuestLevel
from contest.festival.tables import festival_guests, guests, live_events, person_aliases
from contest.statistics.facts import FactKind, person_of_guest
from contest.statistics.tables import participation_facts

TICKET = 8
"""Signs of a ticket: 40 bits, short enough to be read out."""
_KINDS = (
    FactKind.CHECKIN,
    FactKind.SKILL,
    FactKind.SKILL_QUIZ,
    FactKind.PLEDGE,
    FactKind.LIVE_ROUND,
    FactKind.POLL,
)
_voiding = participation_facts.alias("voiding")


def tickets(salt: str, guest_ids: Iterable[int]) -> dict[int, str]:
    """A ticket for each guest: random to whoever lacks the salt, always the same for the same salt and guests."""
    made: dict[int, str] = {}
    taken: set[str] = set()
    for guest_id in sorted(guest_ids):
        tried = 0
        while (ticket := _ticket(salt, guest_id, tried)) in taken:
            tried += 1
        taken.add(ticket)
        made[guest_id] = ticket
    return made


def _ticket(salt: str, guest_id: int, tried: int) -> str:
    number = int.from_bytes(hmac.digest(bytes.fromhex(salt), f"{guest_id}/{tried}".encode(), hashlib.sha256)[:5], "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(35, -5, -5))


def shown_ticket(ticket: str) -> str:
    """As people read it: 4 and 4."""
    return f"{ticket[:4]}-{ticket[4:]}"


async def assess(
    reader: Reader, festival_id: int, rule: Rule, excluded: Sequence[int], *, draw_id: int, only: int | None = None
) -> dict[int, tuple[int, Candidate]]:
    """(person, candidate) of everybody at the festival by guest, in the order of their ids. `only`: of this guest and
    of other cards of the same person. Who has two cards stands in for the draw with the first that is eligible."""
    numbers: list[int] | None = None
    if only is None:
        alias = await _aliases(reader)
    else:
        alias, numbers = await _of_one(reader, only)
    rows = (await reader.execute(_who(festival_id, numbers).order_by(guests.c.id))).all()
    deeds = await _deeds(reader, festival_id, alias, numbers)
    won = await _won(reader, festival_id, draw_id, alias) if rule.once else frozenset()
    listed = set(excluded)
    found: dict[int, tuple[int, Candidate]] = {}
    standing: set[int] = set()
    for row in rows:
        person = alias.get(row.person, row.person) if row.person is not None else person_of_guest(row.id)
        person = alias.get(person_of_guest(row.id), person)
        out = "staff" if row.staff else "excluded" if row.id in listed else "won" if person in won else ""
        # Deeds from before the guest was known as a participant stand under the guest's own number.
        done = _both(deeds.get(person), deeds.get(person_of_guest(row.id)))
        who = Candidate(GuestLevel(row.level), row.commune, done, out)
        if eligible(rule, who):
            if person in standing:
                who = Candidate(who.level, who.commune, who.deeds, "twice")
            standing.add(person)
        found[row.id] = (person, who)
    return found


async def in_pool(
    reader: Reader, festival_id: int, rule: Rule, excluded: Sequence[int], *, draw_id: int
) -> dict[int, int]:
    """Who is in the pool as it would be frozen now: guest → person."""
    assessed = await assess(reader, festival_id, rule, excluded, draw_id=draw_id)
    return {guest_id: person for guest_id, (person, who) in assessed.items() if eligible(rule, who)}


def breakdown(rule: Rule, assessed: Mapping[int, tuple[int, Candidate]]) -> tuple[int, dict[str, int]]:
    """How many are eligible, and how many lack each point of the rule (one person may lack several)."""
    inside, lacking = 0, dict[str, int]()
    for _, who in assessed.values():
        lacks = missing(points(rule, who))
        inside += not lacks
        for point in lacks:
            lacking[point.key] = lacking.get(point.key, 0) + 1
    return inside, lacking


async def frozen(reader: Reader, draw_id: int) -> list[str]:
    """The tickets of a frozen pool, sorted."""
    c = draw_tickets.c
    return sorted(await reader.scalars(select(c.ticket).where(c.draw_id == draw_id)))


async def ticket_of(reader: Reader, draw_id: int, guest_id: int) -> str | None:
    """A guest's ticket in a frozen pool."""
    c = draw_tickets.c
    found = await reader.scalar(select(c.ticket).where(c.draw_id == draw_id, c.guest_id == guest_id))
    return None if found is None else str(found)


async def guests_of(reader: Reader, draw_id: int, wanted: Sequence[str]) -> dict[str, int]:
    """Whose tickets these are; who was joined with somebody since the freeze is that guest."""
    c = draw_tickets.c
    query = (
        select(c.ticket, func.coalesce(guests.c.same_as, c.guest_id).label("guest_id"))
        .outerjoin(guests, guests.c.id == c.guest_id)
        .where(c.draw_id == draw_id, c.ticket.in_(wanted))
    )
    return {row.ticket: row.guest_id for row in await reader.execute(query)}


def _both(one: Deeds | None, other: Deeds | None) -> Deeds:
    if one is None or other is None or one is other:
        return one or other or Deeds()
    return Deeds(
        one.days | other.days, one.skills | other.skills, one.pledged or other.pledged, one.answered or other.answered
    )


async def _aliases(reader: Reader) -> dict[int, int]:
    c = person_aliases.c
    return {row.person: row.is_person for row in await reader.execute(select(c.person, c.is_person))}


async def _of_one(reader: Reader, guest_id: int) -> tuple[dict[int, int], list[int]]:
    """The aliases that concern one guest, and every number under which their person stands in facts."""
    c = person_aliases.c
    stored = await reader.scalar(select(guests.c.person).where(guests.c.id == guest_id))
    own = {person_of_guest(guest_id)} | ({stored} if stored is not None else set())
    main = set(await reader.scalars(select(c.is_person).where(c.person.in_(own))))
    rows = await reader.execute(select(c.person, c.is_person).where(c.is_person.in_(own | main)))
    alias = {row.person: row.is_person for row in rows}
    return alias, sorted(own | main | set(alias))


def _here(festival_id: int) -> ColumnElement[bool]:
    g = festival_guests.c
    came = select(g.guest_id).where(g.festival_id == festival_id)
    return and_(guests.c.erased_at.is_(None), or_(guests.c.festival_id == festival_id, guests.c.id.in_(came)))


def _who(festival_id: int, numbers: Sequence[int] | None) -> Any:
    c = guests.c
    query = select(c.id, c.person, c.level, c.staff, c.commune).where(
        _here(festival_id), c.same_as.is_(None), c.level != str(GuestLevel.BLANK)
    )
    if numbers is not None:
        query = query.where(or_(c.person.in_(numbers), c.id.in_([(one - 1) // 2 for one in numbers if one % 2])))
    return query


async def _deeds(
    reader: Reader, festival_id: int, alias: Mapping[int, int], numbers: Sequence[int] | None
) -> Mapping[int, Deeds]:
    c = participation_facts.c
    rounds = select(live_events.c.round_id).where(
        live_events.c.festival_id == festival_id, live_events.c.round_id.is_not(None)
    )
    query = (
        select(c.person, c.kind, c.day, c.skills, c.passed)
        .distinct()
        .where(
            c.person.is_not(None),
            c.kind.in_([str(kind) for kind in _KINDS]),
            or_(c.festival_id == festival_id, and_(c.kind == str(FactKind.LIVE_ROUND), c.round_id.in_(rounds))),
            ~exists().where(_voiding.c.voids == c.id),
        )
    )
    if numbers is not None:
        query = query.where(c.person.in_(numbers))
    found: defaultdict[int, Deeds] = defaultdict(Deeds)
    for person, kind, day, skills, passed in await reader.execute(query):
        deeds = found[alias.get(person, person)]
        if kind == FactKind.CHECKIN:
            deeds.days.add(day)
        elif kind == FactKind.PLEDGE:
            deeds.pledged = True
        elif kind in (FactKind.LIVE_ROUND, FactKind.POLL):
            deeds.answered = True
        elif kind == FactKind.SKILL or passed:
            deeds.skills.update(one for one in skills.split(",") if one)
    return found


async def _won(reader: Reader, festival_id: int, draw_id: int, alias: Mapping[int, int]) -> frozenset[int]:
    """Who has won in another draw of the festival."""
    query = (
        select(draw_tickets.c.person)
        .join(
            draw_winners,
            and_(draw_winners.c.draw_id == draw_tickets.c.draw_id, draw_winners.c.ticket == draw_tickets.c.ticket),
        )
        .join(draws, draws.c.id == draw_winners.c.draw_id)
        .where(
            draws.c.festival_id == festival_id,
            draws.c.id != draw_id,
            draw_winners.c.state != str(WinnerState.ABSENT),
        )
    )
    return frozenset(alias.get(person, person) for person in await reader.scalars(query))
