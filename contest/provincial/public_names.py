"""What the public reads of a person: the name when it may be published, initials otherwise.

A name is public when its owner last said so (the consent `publish_name`); a minor's only when a guardian said so too.
Never gives out anything else of a person.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from contest.database import Reader
from contest.names import graphemes
from contest.provincial.tables import consents, entries, participants

PURPOSE = "publish_name"
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class PublicPerson:
    """An entry as the public sees it. `name` is the full name or initials (`masked`); codes are None when not given."""

    entry: int
    public_id: str
    name: str
    masked: bool
    commune: str | None
    unit: str | None


def mask(name: str) -> str:
    """The first letter of every word: Nguyễn Văn An → N. V. A."""
    return " ".join(f"{graphemes(word)[0].upper()}." for word in name.split())


async def by_number(reader: Reader, contest_id: int, numbers: Iterable[int]) -> dict[int, PublicPerson]:
    """People by their entry's number; who is not of the contest is not in it."""
    found: dict[int, PublicPerson] = {}
    for chunk in _chunks(sorted(set(numbers))):
        people = await _people(reader, contest_id, entries.c.id.in_(chunk))
        found |= {person.entry: person for person in people}
    return found


async def by_public_id(reader: Reader, contest_id: int, ids: Iterable[str]) -> dict[str, PublicPerson]:
    """People by their entry's public id."""
    found: dict[str, PublicPerson] = {}
    for chunk in _chunks(sorted(set(ids))):
        people = await _people(reader, contest_id, entries.c.public_id.in_(chunk))
        found |= {person.public_id: person for person in people}
    return found


async def _people(reader: Reader, contest_id: int, which: ColumnElement[bool]) -> list[PublicPerson]:
    rows = (
        await reader.execute(
            select(
                entries.c.id,
                entries.c.public_id,
                entries.c.participant_id,
                entries.c.commune,
                entries.c.unit_code,
                entries.c.minor,
                participants.c.full_name,
                participants.c.withdrawn_at,
                participants.c.erased_at,
            )
            .join(participants, participants.c.id == entries.c.participant_id)
            .where(entries.c.contest_id == contest_id, which)
        )
    ).all()
    said = await _said(reader, contest_id, [row.participant_id for row in rows])
    people = []
    for row in rows:
        gone = row.withdrawn_at is not None or row.erased_at is not None
        public = not gone and may_publish(said[row.participant_id], minor=row.minor)
        name = row.full_name if public else "" if row.erased_at is not None else mask(row.full_name)
        people.append(PublicPerson(row.id, row.public_id, name, not public, row.commune, row.unit_code))
    return people


def may_publish(said: Sequence[tuple[bool, bool]], *, minor: bool) -> bool:
    """Whether a name is public by what was said about it, oldest first, as (granted, by a guardian)."""
    if not said or not said[-1][0]:
        return False
    by_guardian = [granted for granted, guardian in said if guardian]
    return not minor or (bool(by_guardian) and by_guardian[-1])


async def _said(reader: Reader, contest_id: int, people: Sequence[int]) -> defaultdict[int, list[tuple[bool, bool]]]:
    said: defaultdict[int, list[tuple[bool, bool]]] = defaultdict(list)
    if not people:
        return said
    found = await reader.execute(
        select(consents.c.participant_id, consents.c.granted, consents.c.by_guardian)
        .where(consents.c.participant_id.in_(people), consents.c.purpose == PURPOSE)
        .where((consents.c.contest_id == contest_id) | consents.c.contest_id.is_(None))
        .order_by(consents.c.id)
    )
    for participant, granted, by_guardian in found:
        said[participant].append((bool(granted), bool(by_guardian)))
    return said


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
