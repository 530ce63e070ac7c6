"""What a member's phone shows: themselves, their team's villages and week, the sessions they recorded.

Never shows another member's name, phone or session.
"""

from typing import Any

from sqlalchemy import select

from contest import units
from contest.database import Reader
from contest.statistics.facts import skills_of
from contest.statistics.tables import villages
from contest.teams import summary, teams
from contest.teams.model import Member, Team
from contest.teams.sessions import UNDO_MS
from contest.teams.tables import team_sessions

MOST = 60
"""Sessions listed, the newest first."""


async def page_of(reader: Reader, team: Team, member: Member, now_ms: int) -> dict[str, Any]:
    """The page as JSON."""
    names = await teams.village_names(reader, team.commune)
    own = set(team.villages)
    week = await summary.week_of(reader, team.id, team.commune, member.id, now_ms)
    commune = next((unit.name for unit in units.shipped() if unit.code == team.commune), team.commune)
    return {
        "member": {"name": member.name or "", "role": str(member.role)},
        "team": {"name": team.name, "kind": str(team.kind), "commune": commune},
        "villages": [{"id": key, "name": name, "own": key in own} for key, name in names.items()],
        "week": {
            "people": week.people, "sessions": week.sessions, "mine": week.mine, "others": week.others,
            "mean": round(week.mean, 1), "total": week.total,
        },
        "sessions": await _sessions(reader, member),
        "undo_ms": UNDO_MS,
        "now": now_ms,
    }  # fmt: skip


async def _sessions(reader: Reader, member: Member) -> list[dict[str, Any]]:
    c = team_sessions.c
    rows = await reader.execute(
        select(
            c.nonce, c.kind, c.held_at, c.received_at, c.people, c.skills, c.place, c.undone_at, c.undone_by,
            villages.c.name.label("village"),
        )
        .outerjoin(villages, villages.c.id == c.village_id)
        .where(c.member_id == member.id)
        .order_by(c.held_at.desc(), c.id.desc())
        .limit(MOST)
    )  # fmt: skip
    return [
        {
            "nonce": row.nonce, "kind": row.kind, "held_at": row.held_at, "received_at": row.received_at,
            "people": row.people, "skills": [str(skill) for skill in skills_of(row.skills)],
            "where": row.village or row.place, "undone": row.undone_at is not None,
            "by_office": row.undone_at is not None and row.undone_by != member.actor,
        }
        for row in rows
    ]  # fmt: skip
