"""Which facts gates and booths must have in the ledger, worked out from what the phones sent and nothing else.

Never reads the ledger or what was counted before: that is what it is compared with.
"""

from collections.abc import Sequence

from sqlalchemy import select

from contest.database import Reader
from contest.festival.scans_model import heads_source
from contest.festival.scans_standing import GUEST, HEADS, assertions_of
from contest.festival.tables import scans, skill_quizzes
from contest.statistics.facts import FactKind

KINDS = (FactKind.CHECKIN, FactKind.TRAINING, FactKind.BOOTH, FactKind.SKILL, FactKind.SKILL_QUIZ)


async def expected(reader: Reader, *, festivals: Sequence[int] = ()) -> dict[tuple[FactKind, str], int]:
    """(kind, source without its generation) → headcount of every fact that stands; `festivals` empty: of all."""
    found: dict[tuple[FactKind, str], int] = {}
    query = select(scans).where(scans.c.counts != "", scans.c.undone_at.is_(None))
    quizzes = select(skill_quizzes).where(skill_quizzes.c.passed.is_(True))
    if festivals:
        query = query.where(scans.c.festival_id.in_(festivals))
        quizzes = quizzes.where(skill_quizzes.c.festival_id.in_(festivals))
    for row in await reader.execute(query):
        if row.counts == HEADS:
            found[(FactKind(row.kind), heads_source(row.id))] = row.heads
        elif row.counts == GUEST:
            for one in assertions_of(row, row.guest_id):
                found[(one.kind, one.source)] = 1
    for row in await reader.execute(quizzes):
        found[(FactKind.SKILL_QUIZ, f"{row.festival_id}:{row.guest_id}:{row.skill}")] = 1
    return found


def base_of(source: str) -> str:
    """The source of a fact without its generation."""
    return source.partition("#")[0]
