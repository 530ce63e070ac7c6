"""Seats in SQL: who sits in a live round and with what totals.

Never admits anybody (`contest.joining`) nor awards points (`contest.closing`).
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError

from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.ids import RoundId, Seat
from contest.names import clean
from contest.tables import rounds, seats
from scoring.standings import Total


class SeatRecord(msgspec.Struct, frozen=True, gc=False):
    """One row of `seats`."""

    seat: Seat
    ticket_hash: str
    name: str
    name_hidden: bool
    unit: str | None
    target_group: str | None
    lang: str
    points: int
    correct: int
    time_ms: int
    streak: int
    kicked: bool
    people_version: int
    joined_at: int
    team: str | None = None
    """Which team the seat plays for (mode teams): a commune's code or a number of the round's list."""
    out_at: int | None = None
    """The question that put the seat out of the golden bell; None: still in."""
    base_points: int = 0
    base_correct: int = 0
    base_time_ms: int = 0
    """What the seat brought from the round before in its hall; part of the totals."""

    @property
    def total(self) -> Total:
        return Total(self.seat, self.points, self.correct, self.time_ms, self.out_at)

    @property
    def earned(self) -> Total:
        """The total without what was brought along."""
        return Total(
            self.seat,
            self.points - self.base_points,
            self.correct - self.base_correct,
            self.time_ms - self.base_time_ms,
            self.out_at,
        )

    def with_base(self, earned: Total) -> Total:
        """What was earned in this round, and what was brought along."""
        return Total(
            self.seat,
            self.base_points + earned.points,
            self.base_correct + earned.correct,
            self.base_time_ms + earned.time_ms,
            earned.out_at,
        )

    @property
    def shown_name(self) -> str | None:
        """The name that others may see; None while the host has not allowed it."""
        return None if self.name_hidden else self.name


_FIELDS = SeatRecord.__struct_fields__
_COLUMNS = tuple(seats.c[field] for field in _FIELDS)


def name_key(name: str) -> str:
    """What makes two names the same in one room: letter case aside. Lan and Lân are two people."""
    return name.casefold()


def record(row: Any) -> SeatRecord:
    """A row with (at least) the columns of `seats` as a value."""
    return SeatRecord(**{field: getattr(row, field) for field in _FIELDS})


async def of_round(
    reader: Reader, round_id: RoundId, *, newer_than: int = -1, only: Sequence[int] | None = None
) -> list[SeatRecord]:
    """The seats of a round in order; with `newer_than` only those changed after that people_version, with `only` only
    these."""
    query = select(*_COLUMNS).where(seats.c.round_id == round_id).order_by(seats.c.seat)
    if only is not None:
        query = query.where(seats.c.seat.in_(list(only)))
    if newer_than >= 0:
        query = query.where(seats.c.people_version > newer_than)
    return [SeatRecord(*row) for row in await reader.execute(query)]


async def by_tickets(reader: Reader, hashes: Sequence[str]) -> dict[str, tuple[RoundId, SeatRecord]]:
    """The seats of many ticket hashes in one query."""
    if not hashes:
        return {}
    query = select(seats.c.round_id, *_COLUMNS).where(seats.c.ticket_hash.in_(bindparam("hashes", expanding=True)))
    found = await reader.execute(query, {"hashes": list(hashes)})
    return {row.ticket_hash: (RoundId(row.round_id), SeatRecord(*row[1:])) for row in found}


async def bump_people(writer: Writer, round_id: RoundId) -> int:
    """One more change among the people of a round; the new people_version."""
    value = await writer.scalar(
        update(rounds)
        .where(rounds.c.id == round_id)
        .values(people_version=rounds.c.people_version + 1)
        .returning(rounds.c.people_version)
    )
    if value is None:
        raise NotFound("round_unknown")
    return int(value)


async def change(
    writer: Writer,
    round_id: RoundId,
    seat: Seat,
    *,
    name: str | None = None,
    hidden: bool | None = None,
    kicked: bool | None = None,
) -> SeatRecord:
    """Changes what the host may change of a seat; every process learns of it by people_version.

    Raises NotFound("seat_unknown"), Invalid for a name that cannot be shown, Conflict("name_taken"). Kicking frees
    the name for others. A repeat changes nothing more.
    """
    version = await bump_people(writer, round_id)
    changes: dict[str, Any] = {"people_version": version}
    if name is not None:
        cleaned = clean(name)
        if cleaned.name is None:
            raise Invalid(cleaned.code or "name_empty")
        changes |= {"name": cleaned.name, "name_key": name_key(cleaned.name), "name_hidden": False}
    if hidden is not None:
        changes["name_hidden"] = hidden
    if kicked:
        # No cleaned name can contain a line break, so this key can never be anybody's.
        changes |= {"kicked": True, "name_key": f"\n{seat}"}
    try:
        row = (
            await writer.execute(
                update(seats)
                .where(seats.c.round_id == round_id, seats.c.seat == seat)
                .values(**changes)
                .returning(*_COLUMNS)
            )
        ).one_or_none()
    except IntegrityError as error:
        raise Conflict("name_taken") from error
    if row is None:
        raise NotFound("seat_unknown")
    return SeatRecord(*row)
