"""Everything known about one entry that bears on its prizes: what organisers defend a prize, or its loss, with.

Never public, and never more than bears on it: phone, identity number and address are not here.
"""

from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import func, select

from contest.database import Reader
from contest.provincial import awards, complaints, result_people, review
from contest.provincial.awards import Award
from contest.provincial.complaints import Complaint
from contest.provincial.result_people import Person
from contest.provincial.review import ReviewCase
from contest.provincial.tables import attempt_answers, attempts, contest_log, entries


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt. `saves` counts how often answers were sent; `fastest_ms` the shortest time between two first
    answers; `same_device` and `same_address` how many other entries have an attempt from the same."""

    public_id: str
    ordinal: int
    round: str
    state: str
    started_at: int
    submitted_at: int | None
    by_server: bool
    duration_ms: int | None
    score: int | None
    correct: int | None
    of: int
    answered: int | None
    prediction: str | None
    void_ground: str
    void_note: str
    void_at: int | None
    saves: int
    fastest_ms: int | None
    same_device: int
    same_address: int
    log_hash: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """One entry: who, what was taken, what was noticed, what was decided."""

    person: Person
    registered_at: int
    channel: str
    void_ground: str
    void_note: str
    void_at: int | None
    attempts: tuple[AttemptLine, ...]
    signals: tuple[ReviewCase, ...]
    complaints: tuple[Complaint, ...]
    awards: tuple[Award, ...]


async def dossier(reader: Reader, contest_id: int, public_id: str) -> Dossier:
    """The dossier of an entry by its public id. Raises NotFound("entry_unknown")."""
    person = await result_people.by_public_id(reader, contest_id, public_id)
    e = entries.c
    entry = (
        await reader.execute(select(e.created_at, e.channel, e.void_at, e.void_reason).where(e.id == person.entry))
    ).one()
    ground, _, note = (entry.void_reason or "").partition("\n")
    lines = await _attempts(reader, contest_id, person.entry)
    return Dossier(
        person=person,
        registered_at=entry.created_at,
        channel=entry.channel,
        void_ground=ground,
        void_note=note,
        void_at=entry.void_at,
        attempts=tuple(lines),
        signals=tuple(
            case for case in await review.listing(reader, contest_id, limit=None) if person.entry in case.entries
        ),
        complaints=tuple(await complaints.listing(reader, contest_id, entry_id=person.entry)),
        awards=tuple(await awards.listing(reader, contest_id, entry_id=person.entry)),
    )


async def _attempts(reader: Reader, contest_id: int, entry: int) -> list[AttemptLine]:
    c = attempts.c
    rows = (await reader.execute(select(attempts).where(c.entry_id == entry).order_by(c.ordinal))).all()
    found = []
    for row in rows:
        a = attempt_answers.c
        times = [
            (answer.first_at, answer.saves)
            for answer in await reader.execute(
                select(a.first_at, a.saves).where(a.attempt_id == row.id, a.position > 0).order_by(a.first_at)
            )
        ]
        gaps = [later - earlier for (earlier, _), (later, _) in pairwise(times)]
        ground, _, note = (row.void_reason or "").partition("\n")
        found.append(
            AttemptLine(
                public_id=row.public_id,
                ordinal=row.ordinal,
                round=row.round_key,
                state=row.state,
                started_at=row.started_at,
                submitted_at=row.submitted_at,
                by_server=row.by_server,
                duration_ms=row.duration_ms,
                score=row.score,
                correct=row.correct,
                of=row.of,
                answered=row.answered,
                prediction=row.prediction,
                void_ground=ground,
                void_note=note,
                void_at=row.void_at,
                saves=sum(saves for _, saves in times),
                fastest_ms=min(gaps, default=None),
                same_device=await _others(reader, contest_id, entry, "device_hash", row.device_hash),
                same_address=await _others(reader, contest_id, entry, "address_hash", row.address_hash),
                log_hash=await _log_hash(reader, contest_id, row.public_id, row.submitted_at),
            )
        )
    return found


async def _others(reader: Reader, contest_id: int, entry: int, column: str, value: str | None) -> int:
    if not value:
        return 0
    c = attempts.c
    found = await reader.scalar(
        select(func.count(c.entry_id.distinct())).where(
            c.contest_id == contest_id, c[column] == value, c.entry_id != entry
        )
    )
    return int(found or 0)


async def _log_hash(reader: Reader, contest_id: int, public_id: str, submitted_at: int | None) -> str:
    """The hash of the log line that accepted the attempt."""
    if submitted_at is None:
        return ""
    c = contest_log.c
    found = await reader.scalar(
        select(c.hash)
        .where(c.contest_id == contest_id, c.kind == "attempt", c.body.contains(public_id, autoescape=True))
        .limit(1)
    )
    return found or ""
