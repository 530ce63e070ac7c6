"""The people and units behind the numbers of a result, for staff and for printed documents.

Never public: pages for everybody take `public_names`, which masks.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from contest.database import Reader
from contest.errors import NotFound
from contest.provincial.tables import contest_units, entries, participants
from contest.tables import units

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Person:
    """Who an entry belongs to. Codes are "" when not given; an erased person's name is empty."""

    entry: int
    public_id: str
    name: str
    birth_date: str
    commune: str
    unit: str
    unit_other: str
    group: str
    minor: bool
    void: bool
    withdrawn: bool
    """Consent was taken back: the ranking does not know it, organisers void the entry."""


async def by_number(reader: Reader, contest_id: int, numbers: Iterable[int]) -> dict[int, Person]:
    """People by entry number; who is not of the contest is not in it."""
    wanted = sorted(set(numbers))
    found: dict[int, Person] = {}
    for start in range(0, len(wanted), _CHUNK):
        people = await _people(reader, contest_id, entries.c.id.in_(wanted[start : start + _CHUNK]))
        found |= {person.entry: person for person in people}
    return found


async def by_public_id(reader: Reader, contest_id: int, public_id: str) -> Person:
    """Raises NotFound("entry_unknown")."""
    found = await _people(reader, contest_id, entries.c.public_id == public_id)
    if not found:
        raise NotFound("entry_unknown")
    return found[0]


async def unit_names(reader: Reader, contest_id: int) -> dict[str, str]:
    """Communes and the contest's own units by code."""
    names = {row.code: row.name for row in await reader.execute(select(units.c.code, units.c.name))}
    c = contest_units.c
    own = await reader.execute(select(c.code, c.name).where(c.contest_id == contest_id))
    return names | {row.code: row.name for row in own}


async def _people(reader: Reader, contest_id: int, which: ColumnElement[bool]) -> list[Person]:
    e, p = entries.c, participants.c
    rows = await reader.execute(
        select(
            e.id,
            e.public_id,
            p.full_name,
            p.birth_date,
            e.commune,
            e.unit_code,
            e.unit_other,
            e.target_group,
            e.minor,
            e.void_at,
            p.erased_at,
            p.withdrawn_at,
        )
        .join(participants, p.id == e.participant_id)
        .where(e.contest_id == contest_id, which)
    )
    return [
        Person(
            row.id,
            row.public_id,
            "" if row.erased_at is not None else row.full_name,
            "" if row.erased_at is not None else row.birth_date or "",
            row.commune or "",
            row.unit_code or "",
            row.unit_other or "",
            row.target_group or "",
            row.minor,
            row.void_at is not None,
            row.withdrawn_at is not None,
        )
        for row in rows
    ]
