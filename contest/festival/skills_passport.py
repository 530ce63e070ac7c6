"""A guest's five skills at a festival: practised with a helper, confirmed by the quiz, when and where.

Only reads: helpers' scans and the quizzes write.
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from contest.database import Reader
from contest.festival.tables import live_events, presences, skill_quizzes
from contest.skills import Skill
from contest.statistics.facts import FactKind

RETRY_MS = 60_000
"""Between two tries of a quiz: time to read why."""


@dataclass(frozen=True, slots=True)
class SkillState:
    """One stamp of the passport. `where`: the booth's title. `retry_at`: a failed quiz may be tried again then."""

    skill: Skill
    practised_at: int | None = None
    where: str | None = None
    passed_at: int | None = None
    retry_at: int | None = None

    @property
    def done(self) -> bool:
        """The stamp is there."""
        return self.practised_at is not None or self.passed_at is not None


async def passport(reader: Reader, festival_id: int, guest_id: int) -> list[SkillState]:
    """The five skills in their order."""
    p = presences.c
    query = (
        select(p.skill, p.since_at, live_events.c.title)
        .select_from(presences.outerjoin(live_events, live_events.c.id == p.live_event_id))
        .where(p.guest_id == guest_id, p.festival_id == festival_id, p.kind == FactKind.SKILL, p.support > 0)
    )
    practised = {row.skill: (row.since_at, row.title) for row in await reader.execute(query)}
    q = skill_quizzes.c
    tries = (
        select(q.skill, q.passed, func.max(q.finished_at).label("at"))
        .where(q.guest_id == guest_id, q.festival_id == festival_id, q.finished_at.is_not(None))
        .group_by(q.skill, q.passed)
    )
    ended = {(row.skill, row.passed): int(row.at) for row in await reader.execute(tries)}
    found = []
    for skill in Skill:
        at, where = practised.get(skill, (None, None))
        passed_at, failed_at = ended.get((skill, True)), ended.get((skill, False))
        retry_at = failed_at + RETRY_MS if failed_at is not None and passed_at is None else None
        found.append(SkillState(skill, at, where, passed_at, retry_at))
    return found
