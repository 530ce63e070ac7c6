"""Which facts there have to be, worked out from the things themselves: rounds, papers, scans, pledges, sessions.

One small function for each kind of thing; a part that is new adds its own to `SOURCES`. Never reads the ledger, which
is what `verify` holds against it.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

from sqlalchemy import func, select, text

from contest.database import Reader
from contest.festival import scans_recount
from contest.festival.acts_tables import cloud_entries, launch_holders, pledges, poll_votes
from contest.provincial.local_time import local_day
from contest.provincial.tables import attempts, entries
from contest.statistics.facts import FactKind
from contest.tables import rounds
from contest.teams.team_tables import team_session_guests, team_sessions

PAGE = 10_000


class Owed(NamedTuple):
    """A fact that must be there: `source` without what a restored fact adds to it; None: not said by the source."""

    kind: FactKind
    source: str
    headcount: int = 1
    day: str | None = None
    person: int | None = None


Source = Callable[[Reader], Awaitable[list[Owed]]]


async def live_rounds(reader: Reader) -> list[Owed]:
    """Seats of finished rounds that answered at least once and were not thrown out."""
    done = await reader.execute(
        select(rounds.c.id, rounds.c.finished_at).where(rounds.c.phase == "finished", rounds.c.rehearsal.is_(False))
    )
    found: list[Owed] = []
    query = text(
        "SELECT DISTINCT a.seat FROM answers a JOIN seats s ON s.round_id = a.round_id AND s.seat = a.seat "
        "WHERE a.round_id = :round AND NOT s.kicked"
    )
    for round_id, finished_at in done.all():
        day = local_day(finished_at)
        seats = (await reader.execute(query, {"round": round_id})).scalars()
        found += [Owed(FactKind.LIVE_ROUND, f"{round_id}:{seat}", 1, day) for seat in seats]
    return found


async def contest_attempts(reader: Reader) -> list[Owed]:
    """Papers that were handed in and are not void, nor their entry; those of made-up people left out."""
    a, e = attempts.c, entries.c
    query = (
        select(a.public_id, a.submitted_at, e.participant_id)
        .join(entries, e.id == a.entry_id)
        .where(a.state == "submitted", a.void_at.is_(None), e.void_at.is_(None), e.channel != "synthetic")
    )
    rows = await reader.execute(query)
    return [Owed(FactKind.CONTEST_ATTEMPT, row[0], 1, local_day(row[1]), row[2] + row[2]) for row in rows]


async def gates_and_booths(reader: Reader) -> list[Owed]:
    """Check-ins, trainings, booths, skills and their quizzes, from what staff phones sent."""
    expected = await scans_recount.expected(reader)
    return [Owed(kind, source, heads) for (kind, source), heads in expected.items()]


async def signed_pledges(reader: Reader) -> list[Owed]:
    """Pledges that nobody took back."""
    query = select(pledges.c.id, pledges.c.signed_at).where(pledges.c.state == "signed")
    return [Owed(FactKind.PLEDGE, str(row[0]), 1, local_day(row[1])) for row in await reader.execute(query)]


async def votes(reader: Reader) -> list[Owed]:
    """Votes, and words sent to a cloud: once for a guest and item."""
    asked = select(poll_votes.c.live_event_id, poll_votes.c.guest_id)
    told = select(cloud_entries.c.live_event_id, cloud_entries.c.guest_id)
    rows = await reader.execute(asked.union(told))
    return [Owed(FactKind.POLL, f"{row[0]}:{row[1]}") for row in rows]


async def launches(reader: Reader) -> list[Owed]:
    """Everybody who held the button when it fired."""
    c = launch_holders.c
    rows = await reader.execute(select(c.live_event_id, c.holder, c.held_at))
    return [Owed(FactKind.LAUNCH, f"{row[0]}:{row[1]}", 1, local_day(row[2])) for row in rows]


_TEAM_KINDS = {"training": FactKind.TRAINING}


async def team_work(reader: Reader) -> list[Owed]:
    """Sessions of teams that were not undone: heads by group, guests by card, and the skills confirmed to them."""
    c = team_sessions.c
    guests: dict[int, list[int]] = {}
    for session, guest in await reader.execute(select(team_session_guests)):
        guests.setdefault(session, []).append(guest)
    query = select(c.id, c.kind, c.day, c.skills, c.headcounts, c.confirms).where(c.undone_at.is_(None))
    found: list[Owed] = []
    for row in await reader.execute(query):
        kind = _TEAM_KINDS.get(row.kind, FactKind.GUIDANCE)
        heads = json.loads(row.headcounts) if isinstance(row.headcounts, str) else row.headcounts
        found += [Owed(kind, f"t:{row.id}:{group}", n, row.day) for group, n in heads.items() if n]
        for guest in guests.get(row.id, ()):
            found.append(Owed(kind, f"t:{row.id}:{guest}", 1, row.day))
            if row.confirms:
                skills = [one for one in row.skills.split(",") if one]
                found += [Owed(FactKind.SKILL, f"t:{row.id}:{guest}:{one}", 1, row.day) for one in skills]
    return found


SOURCES: list[Source] = [
    live_rounds,
    contest_attempts,
    gates_and_booths,
    signed_pledges,
    votes,
    launches,
    team_work,
]


async def owed(reader: Reader) -> dict[tuple[str, str], Owed]:
    """All facts there have to be, by kind and source."""
    found: dict[tuple[str, str], Owed] = {}
    for source in SOURCES:
        for one in await source(reader):
            found[(str(one.kind), one.source)] = one
    return found


async def people_pages(reader: Reader) -> AsyncIterator[tuple[int, int]]:
    """Ranges (after, until] of people, each with about PAGE facts; the last one has everybody who is left."""
    after, end = -1, 2**62
    query = text("SELECT person FROM participation_facts WHERE person > :after ORDER BY person LIMIT 1 OFFSET :page")
    while after < end:
        until = await reader.scalar(query, {"after": after, "page": PAGE})
        until = end if until is None else int(until)
        yield after, until
        after = until


async def ledger_size(reader: Reader) -> int:
    """The highest number in the ledger."""
    return int(await reader.scalar(select(func.max(text("id"))).select_from(text("participation_facts"))) or 0)
