"""How long an entrant took over each question of each attempt, from the server's receipts: for dossiers.

Never says whether an answer was right, nor what it was.
"""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select

from contest.database import Reader
from contest.provincial.tables import attempt_answers, attempts


@dataclass(frozen=True, slots=True)
class AnswerTime:
    """The first answer to one question came `took_ms` after the one before it, or after the start.

    None: it was sent along with the submission only, so its own time is unknown. `saves` counts its changes too.
    """

    position: int
    took_ms: int | None
    first_at: int
    saves: int


async def of_entry(reader: Reader, entry: int) -> dict[str, list[AnswerTime]]:
    """The times by public id of the attempt, in the order in which the answers came."""
    a, t = attempt_answers.c, attempts.c
    rows = await reader.execute(
        select(t.public_id, t.started_at, t.submitted_at, a.position, a.first_at, a.saves)
        .join(attempt_answers, a.attempt_id == t.id)
        .where(t.entry_id == entry, a.position > 0)
        .order_by(t.ordinal, a.first_at, a.position)
    )
    found: defaultdict[str, list[AnswerTime]] = defaultdict(list)
    last: dict[str, int] = {}
    for row in rows:
        with_submission = row.submitted_at is not None and row.first_at >= row.submitted_at
        took = None if with_submission else row.first_at - last.get(row.public_id, row.started_at)
        found[row.public_id].append(AnswerTime(row.position, took, row.first_at, row.saves))
        last[row.public_id] = row.first_at
    return dict(found)
