"""A lucky draw as a value, and how it is read from SQL. Never changes one: `draws` does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from contest.database import Reader
from contest.errors import NotFound
from contest.festival.draw_rules import Rule, rule_of
from contest.festival.draw_sources import Source, source_of
from contest.festival.draw_states import DrawState, Prize, Shown, WinnerState, prizes_of
from contest.festival.draw_tables import draw_winners, draws


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw. `typed` is what the first of two people has typed, in groups; `digits` what both did."""

    id: int
    public_id: str
    festival_id: int
    live_event_id: int | None
    title: str
    state: DrawState
    listed: bool
    rule: Rule
    excluded: tuple[int, ...]
    prizes: tuple[Prize, ...]
    witnesses: tuple[str, ...]
    salt: str | None
    pool_count: int | None
    pool_hash: str | None
    frozen_at: int | None
    frozen_by: str | None
    source: Source | None
    announced_at: int | None
    typed: str
    typed_by: str | None
    digits: str | None
    digits_at: int | None
    digits_by: tuple[str, ...]
    closed_at: int | None
    stage: Mapping[str, Any]
    version: int
    created_at: int

    @property
    def digits_shown(self) -> str:
        """The digits there are so far, in groups."""
        return self.digits if self.digits is not None else self.typed


@dataclass(frozen=True, slots=True)
class Winner:
    """One drawn ticket."""

    position: int
    prize: int
    ticket: str
    guest_id: int
    state: WinnerState
    drawn_at: int
    settled_at: int | None
    reason: str | None
    note: str
    claimed_at: int | None
    claimed_how: str | None
    claimed_by: str | None

    @property
    def shown(self) -> Shown:
        return Shown(self.position, self.prize, self.state)


_FIELDS = tuple(Draw.__dataclass_fields__)
_COLUMNS = tuple(draws.c[name] for name in _FIELDS)
_WINNER = tuple(draw_winners.c[name] for name in Winner.__dataclass_fields__)


def draw_record(row: Any) -> Draw:
    """A row of `draws` as a value."""
    values = {name: getattr(row, name) for name in _FIELDS}
    return Draw(
        **values
        | {
            "state": DrawState(row.state),
            "rule": rule_of(row.rule),
            "excluded": tuple(row.excluded),
            "prizes": prizes_of(row.prizes),
            "witnesses": tuple(row.witnesses),
            "source": None if row.source is None else source_of(row.source),
            "digits_by": tuple(row.digits_by or ()),
        }
    )


async def load(reader: Reader, draw_id: int, *, lock: bool = False) -> Draw:
    """The draw, or NotFound("draw_unknown"). With `lock`, in a write transaction, nobody else changes it."""
    query = select(*_COLUMNS).where(draws.c.id == draw_id)
    row = (await reader.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise NotFound("draw_unknown")
    return draw_record(row)


async def by_public_id(reader: Reader, festival_id: int, public_id: str) -> Draw:
    """A draw the public may know of: frozen, or its rule is shown. Raises NotFound("draw_unknown")."""
    query = select(*_COLUMNS).where(draws.c.festival_id == festival_id, draws.c.public_id == public_id)
    row = (await reader.execute(query)).one_or_none()
    if row is None or (row.state == DrawState.DRAFT and not row.listed):
        raise NotFound("draw_unknown")
    return draw_record(row)


async def of_festival(reader: Reader, festival_id: int, *, public: bool = False) -> list[Draw]:
    """Every draw of a festival, in the order they were made; `public`: those everybody may know of."""
    query = select(*_COLUMNS).where(draws.c.festival_id == festival_id).order_by(draws.c.id)
    found = [draw_record(row) for row in await reader.execute(query)]
    return [one for one in found if not public or one.listed or one.state is not DrawState.DRAFT]


async def winners(reader: Reader, draw_id: int) -> list[Winner]:
    """Everybody drawn so far, in the order of the sequence."""
    query = select(*_WINNER).where(draw_winners.c.draw_id == draw_id).order_by(draw_winners.c.position)
    rows = (await reader.execute(query)).all()
    return [Winner(**row._asdict() | {"state": WinnerState(row.state)}) for row in rows]
