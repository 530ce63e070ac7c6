"""Participation of every day: the stored snapshots, and the exact figures of this moment, as far as they may be shown.

Never takes a snapshot and never decides how exact a number may be: `turnout` and `counts` do.
"""

from collections import defaultdict

from sqlalchemy import select

from contest.database import Reader
from contest.provincial import counts, turnout
from contest.provincial.local_time import local_day
from contest.provincial.rules import ContestRules
from contest.provincial.tables import contest_turnout
from contest.provincial.turnout import Figure, Turnout


async def every_day(reader: Reader, contest_id: int, rules: ContestRules, now_ms: int) -> list[Turnout]:
    """Each day's snapshot as it may be shown now, the newest first."""
    c = contest_turnout.c
    rows = await reader.execute(
        select(c.day, c.taken_at, c.kind, c.code, c.people, c.attempts)
        .where(c.contest_id == contest_id)
        .order_by(c.day.desc(), c.kind, c.code)
    )
    figures: defaultdict[tuple[str, int], list[Figure]] = defaultdict(list)
    for row in rows:
        figures[row.day, row.taken_at].append(Figure(row.kind, row.code, row.people, row.attempts))
    hidden = counts.hidden(rules, now_ms)
    return [turnout.public(Turnout(day, at, tuple(found)), hidden=hidden) for (day, at), found in figures.items()]


async def at_this_moment(reader: Reader, contest_id: int, now_ms: int) -> Turnout:
    """The exact figures of now. Ask `counts.allow_exact` first."""
    return Turnout(local_day(now_ms), now_ms, await turnout.count(reader, contest_id, now_ms + 1))
