"""What the organiser's pages show of a lucky draw: everything read in one look.

Never changes a draw. Organisers see the nicknames guests gave; the public sees what `draw_views` allows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from contest.database import Reader
from contest.errors import NotFound
from contest.festival import cards, draw_model, draw_pool, draw_views, festivals
from contest.festival.draw_model import Draw, Winner
from contest.festival.draw_rules import Point, points, rule_words
from contest.festival.draw_sources import source_words
from contest.festival.draw_states import DrawState, Prize, Step, WinnerState, next_step
from contest.festival.guests import by_cards
from contest.festival.model import Festival, LiveEvent, LiveEventKind
from contest.festival.tables import guests

SPARE_PRIZES = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn ticket as organisers see it."""

    winner: Winner
    ticket: str
    prize: Prize
    name: str
    card: str
    commune: str


@dataclass(frozen=True, slots=True)
class Tally:
    """One prize: how many of its places are taken by people who are there."""

    number: int
    prize: Prize
    given: int
    current: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """One draw, whole."""

    festival: Festival
    draw: Draw
    items: Sequence[LiveEvent]
    lines: Sequence[Line]
    step: Step
    rule: Sequence[str]
    source: str
    communes: Mapping[str, str]
    excluded: Sequence[str]
    eligible: int
    lacking: Mapping[str, int]

    @property
    def here(self) -> str:
        return f"/festivals/{self.festival.id}/draws/{self.draw.id}"

    @property
    def waiting(self) -> list[Line]:
        """Who has been called and not settled."""
        return [line for line in self.lines if line.winner.state is WinnerState.CALLED]

    @property
    def tallies(self) -> list[Tally]:
        given = [
            sum(1 for line in self.lines if line.winner.prize == number and line.winner.state is WinnerState.PRESENT)
            for number in range(len(self.draw.prizes))
        ]
        current = self.step.prize if self.step.kind != "over" else -1
        return [Tally(n, prize, given[n], n == current) for n, prize in enumerate(self.draw.prizes)]

    @property
    def prize_rows(self) -> list[Prize]:
        """The form's lines: what there is, and a few to fill in."""
        return [*self.draw.prizes, *[Prize("", 1)] * SPARE_PRIZES]

    @property
    def days(self) -> list[str]:
        """The festival's days."""
        first, last = date.fromisoformat(self.festival.first_day), date.fromisoformat(self.festival.last_day)
        return [(first + timedelta(days=n)).isoformat() for n in range(min(31, (last - first).days + 1))]


async def belongs(reader: Reader, festival_id: int, draw_id: int) -> Draw:
    """The draw of this festival. Raises NotFound("draw_unknown")."""
    draw = await draw_model.load(reader, draw_id)
    if draw.festival_id != festival_id:
        raise NotFound("draw_unknown")
    return draw


async def look(reader: Reader, festival_id: int, draw_id: int, lang: str) -> Desk:
    """Raises NotFound("festival_unknown" | "draw_unknown")."""
    festival = await festivals.load(reader, festival_id)
    draw = await belongs(reader, festival_id, draw_id)
    found = await draw_model.winners(reader, draw.id)
    communes = await draw_views.commune_names(reader)
    eligible, lacking = 0, dict[str, int]()
    if draw.state is DrawState.DRAFT:
        assessed = await draw_pool.assess(reader, festival_id, draw.rule, draw.excluded, draw_id=draw.id)
        eligible, lacking = draw_pool.breakdown(draw.rule, assessed)
    return Desk(
        festival,
        draw,
        await festivals.programme(reader, festival_id, kinds=[LiveEventKind.DRAW]),
        await lines_of(reader, draw, found, communes),
        next_step(draw.prizes, [one.shown for one in found], draw.pool_count or 0),
        rule_words(draw.rule, lang, communes, len(draw.excluded)),
        "" if draw.source is None else source_words(draw.source, lang),
        communes,
        await _cards(reader, draw.excluded),
        eligible,
        lacking,
    )


async def lines_of(reader: Reader, draw: Draw, found: Sequence[Winner], communes: Mapping[str, str]) -> list[Line]:
    """The drawn tickets with whose they are."""
    c = guests.c
    query = select(c.id, c.name, c.card, c.commune).where(c.id.in_([one.guest_id for one in found]))
    people = {row.id: row for row in await reader.execute(query)}
    lines = []
    for one in found:
        who: Any = people.get(one.guest_id)
        lines.append(
            Line(
                one,
                draw_pool.shown_ticket(one.ticket),
                draw.prizes[one.prize],
                (who.name or "") if who else "",
                cards.shown(who.card) if who else "",
                communes.get(who.commune, "") if who and who.commune else "",
            )
        )
    return lines


@dataclass(frozen=True, slots=True)
class Answer:
    """Why a card is in the pool or not; `ticket` once it is frozen. `known`: the card is of this festival's guests."""

    card: str
    known: bool
    inside: bool
    ticket: str
    points: Sequence[Point]


async def explain(reader: Reader, draw: Draw, typed: str) -> Answer:
    """The rule answered for the holder of a card."""
    card = cards.parse_card(typed)
    guest = (await by_cards(reader, [card] if card else [])).get(card or "")
    if guest is None:
        return Answer(typed[:20], False, False, "", ())
    guest_id = guest.id
    ticket = await draw_pool.ticket_of(reader, draw.id, guest_id) if draw.state is not DrawState.DRAFT else None
    assessed = await draw_pool.assess(
        reader, draw.festival_id, draw.rule, draw.excluded, draw_id=draw.id, only=guest_id
    )
    shown = cards.shown(card) if card else ""
    if guest_id not in assessed:
        return Answer(shown, False, ticket is not None, draw_pool.shown_ticket(ticket) if ticket else "", ())
    answered = points(draw.rule, assessed[guest_id][1])
    if draw.state is DrawState.DRAFT:
        return Answer(shown, True, all(one.met for one in answered), "", answered)
    return Answer(shown, True, ticket is not None, draw_pool.shown_ticket(ticket) if ticket else "", answered)


async def _cards(reader: Reader, guest_ids: Sequence[int]) -> list[str]:
    if not guest_ids:
        return []
    rows = await reader.scalars(select(guests.c.card).where(guests.c.id.in_(guest_ids)).order_by(guests.c.id))
    return [cards.shown(card) for card in rows]
