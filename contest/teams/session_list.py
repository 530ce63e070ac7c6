"""Sessions as organisers list, filter and export them.

Never counts: `summary` does.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, select

from contest.database import Reader
from contest.skills import Skill
from contest.statistics.facts import skills_of
from contest.statistics.tables import villages
from contest.teams.tables import team_members, team_sessions, teams

EXPORTED_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sessions; days are local, both included. `state` is "" for all, "standing" or "undone"."""

    commune: str = ""
    team_id: int | None = None
    kind: str = ""
    first: str = ""
    last: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session. `member` is empty once they were forgotten."""

    id: int
    team_id: int
    team: str
    commune: str
    member: str
    village: str
    place: str
    kind: str
    held_at: int
    received_at: int
    offline: bool
    skills: tuple[Skill, ...]
    headcounts: dict[str, int]
    people: int
    note: str
    undone_at: int | None
    undone_by: str | None
    undo_reason: str | None

    @property
    def scanned(self) -> int:
        """Guests who are there by their card."""
        return self.people - sum(self.headcounts.values())


async def find(reader: Reader, wanted: Wanted, *, limit: int, offset: int = 0) -> list[SessionLine]:
    """The newest first."""
    rows = await reader.execute(_listed(wanted).limit(limit).offset(offset))
    return [
        SessionLine(
            row.id, row.team_id, row.team, row.commune, row.member or "", row.village or "", row.place, row.kind,
            row.held_at, row.received_at, bool(row.offline), skills_of(row.skills), dict(row.headcounts), row.people,
            row.note, row.undone_at, row.undone_by, row.undo_reason,
        )
        for row in rows
    ]  # fmt: skip


async def count(reader: Reader, wanted: Wanted) -> tuple[int, int]:
    """How many sessions, and how many people in those that stand."""
    c = team_sessions.c
    standing = func.coalesce(func.sum(c.people).filter(c.undone_at.is_(None)), 0)
    row = (await reader.execute(select(func.count(), standing).where(_where(wanted)))).one()
    return int(row[0]), int(row[1])


async def every(reader: Reader, wanted: Wanted) -> AsyncIterator[SessionLine]:
    """All of them, in pieces."""
    offset = 0
    while found := await find(reader, wanted, limit=EXPORTED_AT_ONCE, offset=offset):
        for one in found:
            yield one
        offset += len(found)


def _listed(wanted: Wanted) -> Select[tuple[object, ...]]:
    c = team_sessions.c
    return (
        select(
            team_sessions, teams.c.name.label("team"), team_members.c.name.label("member"),
            villages.c.name.label("village"),
        )
        .join(teams, teams.c.id == c.team_id)
        .join(team_members, team_members.c.id == c.member_id)
        .outerjoin(villages, villages.c.id == c.village_id)
        .where(_where(wanted))
        .order_by(c.held_at.desc(), c.id.desc())
    )  # fmt: skip


def _where(wanted: Wanted) -> ColumnElement[bool]:
    c = team_sessions.c
    found: list[ColumnElement[bool]] = [c.id > 0]
    if wanted.commune:
        found.append(c.commune == wanted.commune)
    if wanted.team_id is not None:
        found.append(c.team_id == wanted.team_id)
    if wanted.kind:
        found.append(c.kind == wanted.kind)
    if wanted.first:
        found.append(c.day >= wanted.first)
    if wanted.last:
        found.append(c.day <= wanted.last)
    if wanted.state:
        found.append(c.undone_at.is_(None) if wanted.state == "standing" else c.undone_at.is_not(None))
    return and_(*found)
