"""Participation by commune, unit and group: the snapshot of 11:00 every day, and how much of it may be shown.

Never counts for a ranking: that is `prizes`. Snapshots are exact and stay as they were taken; `counts` says how exact
they may be shown.
"""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from contest.database import Reader, Writer
from contest.provincial import counts
from contest.provincial.local_time import DAY_MS, at_local, local_date
from contest.provincial.rules import ContestRules
from contest.provincial.tables import attempts, contest_turnout, entries
from contest.provincial.windows import GRACE_MS

HOUR = 11
"""The local hour of the snapshot, as contests publish it."""
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Figure:
    """How many people took part and how often. `kind` is all, commune, unit or group; `code` is "" for all."""

    kind: str
    code: str
    people: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Turnout:
    """One snapshot. `rounded`: the figures are rounded down and are to be shown as "at least"."""

    day: str
    taken_at: int
    figures: tuple[Figure, ...]
    rounded: bool = False

    def of(self, kind: str) -> dict[str, Figure]:
        """The figures of one kind by code."""
        return {figure.code: figure for figure in self.figures if figure.kind == kind}

    @property
    def all(self) -> Figure:
        """The whole contest."""
        return self.of("all").get("", Figure("all", "", 0, 0))


def due(rules: ContestRules, now_ms: int) -> tuple[str, int] | None:
    """Day and moment of the latest snapshot that ought to be there: 11:00 from the first opening until everything is
    in. None before the first."""
    at = at_local(local_date(now_ms), HOUR)
    if at > now_ms:
        at -= DAY_MS
    last = rules.rounds[-1].closes_at + rules.time_limit_s * 1000 + GRACE_MS
    while at - DAY_MS >= last:
        at -= DAY_MS
    if at <= rules.rounds[0].opens_at:
        return None
    return local_date(at).isoformat(), at


async def taken(reader: Reader, contest_id: int, day: str) -> bool:
    """Whether the day has its snapshot."""
    own = (contest_turnout.c.contest_id == contest_id, contest_turnout.c.day == day)
    return (await reader.execute(select(contest_turnout.c.day).where(*own).limit(1))).first() is not None


async def take(writer: Writer, contest_id: int, day: str, at_ms: int) -> bool:
    """Stores the snapshot of what was accepted before `at_ms`; False when the day has one, which then stays."""
    if await taken(Reader(writer), contest_id, day):
        return False
    figures = await count(Reader(writer), contest_id, at_ms)
    rows = [
        {
            "contest_id": contest_id,
            "day": day,
            "kind": figure.kind,
            "code": figure.code,
            "people": figure.people,
            "attempts": figure.attempts,
            "taken_at": at_ms,
        }
        for figure in figures
    ]
    dialect = postgresql if writer.dialect.name == "postgresql" else sqlite
    for start in range(0, len(rows), _BATCH):
        # Another worker may be at the same snapshot.
        await writer.execute(dialect.insert(contest_turnout).on_conflict_do_nothing(), rows[start : start + _BATCH])
    return True


async def count(reader: Reader, contest_id: int, before_ms: int) -> tuple[Figure, ...]:
    """The exact figures of what was accepted before that moment. Secret while `counts.hidden`."""
    found = await reader.execute(
        select(
            entries.c.commune,
            entries.c.unit_code,
            entries.c.target_group,
            func.count(attempts.c.entry_id.distinct()),
            func.count(),
        )
        .select_from(attempts.join(entries, attempts.c.entry_id == entries.c.id))
        .where(
            attempts.c.contest_id == contest_id,
            attempts.c.state == "submitted",
            attempts.c.submitted_at < before_ms,
            attempts.c.void_at.is_(None),
            entries.c.void_at.is_(None),
        )
        .group_by(entries.c.commune, entries.c.unit_code, entries.c.target_group)
    )
    people: Counter[tuple[str, str]] = Counter({("all", ""): 0})
    papers: Counter[tuple[str, str]] = Counter()
    for commune, unit, group, persons, times in found:
        # An entry has one commune, one unit and one group, so the parts add up.
        for kind, code in (("all", ""), ("commune", commune), ("unit", unit), ("group", group)):
            if code is not None and (code or kind == "all"):
                people[kind, code] += persons
                papers[kind, code] += times
    return tuple(Figure(kind, code, number, papers[kind, code]) for (kind, code), number in sorted(people.items()))


async def latest(reader: Reader, contest_id: int, rules: ContestRules, now_ms: int) -> Turnout | None:
    """The last snapshot as the public may see it now, None when there is none yet."""
    day = await reader.scalar(select(func.max(contest_turnout.c.day)).where(contest_turnout.c.contest_id == contest_id))
    if day is None:
        return None
    found = await reader.execute(
        select(
            contest_turnout.c.kind,
            contest_turnout.c.code,
            contest_turnout.c.people,
            contest_turnout.c.attempts,
            contest_turnout.c.taken_at,
        ).where(contest_turnout.c.contest_id == contest_id, contest_turnout.c.day == day)
    )
    rows = found.all()
    figures = tuple(Figure(row.kind, row.code, row.people, row.attempts) for row in rows)
    return public(Turnout(day, rows[0].taken_at, figures), hidden=counts.hidden(rules, now_ms))


def public(turnout: Turnout, *, hidden: bool) -> Turnout:
    """The snapshot with its numbers rounded while exact ones are hidden."""
    if not hidden:
        return turnout
    figures = tuple(
        Figure(figure.kind, figure.code, counts.public_count(figure.people), counts.public_count(figure.attempts))
        for figure in turnout.figures
    )
    return Turnout(turnout.day, turnout.taken_at, figures, rounded=True)
