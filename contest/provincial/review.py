"""The review desk: what the signals found, and what people decided about it.

A case never has an effect of its own: who finds cheating voids an attempt elsewhere, with a reason. Never holds
personal data: cases name entries by number, devices, addresses and phones by keyed hash.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, insert, select, update

from contest import audit
from contest.database import Database, Reader, Writer
from contest.errors import Invalid, NotFound
from contest.provincial import contests, log, signals
from contest.provincial.rules import ContestRules
from contest.provincial.signals import Case, Signal
from contest.provincial.tables import attempts, contest_questions, entries, review_cases

State = Literal["open", "cleared", "confirmed"]
MAX_NOTE = 4_000
_KEYS = 5_000


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """A case as it stands. `detail["entries"]` are entry numbers; the rest of it fills `review.detail.<signal>`."""

    id: int
    signal: Signal
    subject: str
    detail: dict[str, Any]
    state: State
    note: str
    found_at: int
    decided_by: str | None
    decided_at: int | None

    @property
    def entries(self) -> tuple[int, ...]:
        return tuple(self.detail.get("entries", ()))


async def scan(db: Database, contest_id: int, now_ms: int) -> int:
    """Looks for every signal and returns how many cases are new or have grown; repeats find the same cases.

    A case that was decided stays decided unless more people are in it than before. Reads without holding up anybody;
    some seconds for 150,000 attempts. Raises NotFound.
    """
    async with db.read() as reader:
        found = await _found(reader, contest_id)
    async with db.write() as writer:
        # Two scans at once would both insert what is new.
        await log.hold(writer, contest_id)
        known = {(case.signal, case.subject): case for case in await listing(Reader(writer), contest_id, limit=None)}
        fresh = [case for case in found if (case.signal, case.subject) not in known]
        if fresh:
            rows = [
                {"contest_id": contest_id, "found_at": now_ms, "signal": one.signal.value, "subject": one.subject,
                 "detail": one.detail}
                for one in fresh
            ]  # fmt: skip
            await writer.execute(insert(review_cases), rows)
        grown = 0
        for case in found:
            before = known.get((case.signal, case.subject))
            if before is None or before.detail == case.detail:
                continue
            more = case.detail["people"] > before.detail["people"]
            grown += more
            await writer.execute(
                update(review_cases)
                .where(review_cases.c.id == before.id)
                .values(detail=case.detail, **({"state": "open", "found_at": now_ms} if more else {}))
            )
        return len(fresh) + grown


async def listing(
    reader: Reader,
    contest_id: int,
    *,
    state: State | None = None,
    signal: Signal | None = None,
    after: int = 0,
    limit: int | None = 200,
) -> list[ReviewCase]:
    """Cases by id, `limit` of them after the id `after` (None: all)."""
    wanted = select(review_cases).where(review_cases.c.contest_id == contest_id, review_cases.c.id > after)
    if state is not None:
        wanted = wanted.where(review_cases.c.state == state)
    if signal is not None:
        wanted = wanted.where(review_cases.c.signal == signal.value)
    return [_case(row) for row in await reader.execute(wanted.order_by(review_cases.c.id).limit(limit))]


async def counts(reader: Reader, contest_id: int) -> dict[tuple[Signal, State], int]:
    """How many cases there are of each signal and state."""
    columns = review_cases.c
    found = await reader.execute(
        select(columns.signal, columns.state, func.count())
        .where(columns.contest_id == contest_id)
        .group_by(columns.signal, columns.state)
    )
    return {(Signal(signal), state): count for signal, state, count in found}


async def by_entry(reader: Reader, contest_id: int) -> dict[int, list[ReviewCase]]:
    """Every case an entry is in, by entry number: for dossiers of many winners at once."""
    cases: dict[int, list[ReviewCase]] = defaultdict(list)
    for case in await listing(reader, contest_id, limit=None):
        for entry in case.entries:
            cases[entry].append(case)
    return dict(cases)


async def load(reader: Reader, contest_id: int, case_id: int) -> ReviewCase:
    """Raises NotFound("case_unknown")."""
    wanted = select(review_cases).where(review_cases.c.contest_id == contest_id, review_cases.c.id == case_id)
    row = (await reader.execute(wanted)).first()
    if row is None:
        raise NotFound("case_unknown")
    return _case(row)


async def decide(
    writer: Writer, contest_id: int, case_id: int, *, state: State, note: str, actor: str, now_ms: int
) -> ReviewCase:
    """Records what somebody decided and why; may be done again. Excludes nobody.

    The note is for organisers and is not in the log. Raises NotFound, Invalid("review_note") without a reason.
    """
    note = note.strip()
    if not note or len(note) > MAX_NOTE:
        raise Invalid("review_note")
    await load(Reader(writer), contest_id, case_id)
    await writer.execute(
        update(review_cases)
        .where(review_cases.c.id == case_id)
        .values(state=state, note=note, decided_by=actor, decided_at=now_ms)
    )
    case = await load(Reader(writer), contest_id, case_id)
    detail = {"case": case_id, "signal": case.signal.value, "state": state}
    await audit.record(
        writer, actor=actor, action="contest.review", subject=f"contest:{contest_id}", now_ms=now_ms, detail=detail
    )
    await log.append(writer, contest_id, "review.decided", {**detail, "actor": actor}, now_ms)
    return case


def _case(row: Any) -> ReviewCase:
    return ReviewCase(
        row.id,
        Signal(row.signal),
        row.subject,
        row.detail,
        row.state,
        row.note,
        row.found_at,
        row.decided_by,
        row.decided_at,
    )


async def _found(reader: Reader, contest_id: int) -> list[Case]:
    """Each signal from the rows it may be about; SQL leaves out what cannot be."""
    rules = await contests.rules_of(reader, contest_id)
    family = max(signals.FAMILY, rules.entry.entries_per_phone)
    devices = [signals.Use(*row) for row in await _shared(reader, contest_id, attempts.c.device_hash, family + 1)]
    phones = [
        signals.Use(*row) for row in await _shared(reader, contest_id, entries.c.phone_hash, signals.PHONE_PEOPLE)
    ]
    starts = [signals.Start(*row) for row in await _busy_addresses(reader, contest_id)]
    timed = [signals.Timed(*row) for row in await reader.execute(_fast(contest_id))]
    papers = [signals.Paper(*row) for row in await _equal_papers(reader, contest_id)]
    everybody_alike = await _same_questions_for_many(reader, contest_id, rules)
    return [
        *signals.shared_devices(devices, family),
        *signals.shared_phones(phones),
        *signals.bursts(starts),
        *signals.impossible_times(timed),
        *signals.twins(papers, same_address_only=everybody_alike),
    ]


async def _alike(
    reader: Reader, wanted: Select[Any], counted: Sequence[ColumnElement[bool]], key: Any, entry: Any, least: int
) -> list[Any]:
    """The rows of `wanted` whose `key` stands with `least` entries or more.

    The keys are asked for first: in one statement a planner without statistics, as on the first evening of a contest,
    groups the whole table anew for every row.
    """
    grouped = select(key).where(*counted).group_by(key).having(func.count(entry.distinct()) >= least)
    keys = list((await reader.execute(grouped)).scalars())
    rows: list[Any] = []
    for start in range(0, len(keys), _KEYS):
        part = keys[start : start + _KEYS]
        rows += (await reader.execute(wanted.where(*counted, key.in_(part)))).all()
    return rows


async def _shared(reader: Reader, contest_id: int, key: Any, least: int) -> list[Any]:
    """Key and entry of every row whose key `least` entries or more share."""
    table = key.table
    entry = attempts.c.entry_id if table is attempts else entries.c.id
    counted = (table.c.contest_id == contest_id, table.c.void_at.is_(None), key.is_not(None))
    return await _alike(reader, select(key, entry), counted, key, entry, least)


async def _busy_addresses(reader: Reader, contest_id: int) -> list[Any]:
    columns = attempts.c
    counted = (columns.contest_id == contest_id, columns.void_at.is_(None), columns.address_hash.is_not(None))
    wanted = select(columns.address_hash, columns.entry_id, columns.started_at)
    return await _alike(reader, wanted, counted, columns.address_hash, columns.entry_id, signals.BURST_PEOPLE)


def _fast(contest_id: int) -> Select[Any]:
    columns = attempts.c
    return select(
        columns.public_id, columns.entry_id, columns.duration_ms, columns.answered, columns.correct, columns.of
    ).where(
        columns.contest_id == contest_id,
        columns.state == "submitted",
        columns.void_at.is_(None),
        columns.duration_ms < signals.FAST_MS * columns.answered,
    ).order_by(columns.id)  # fmt: skip


async def _equal_papers(reader: Reader, contest_id: int) -> list[Any]:
    columns = attempts.c
    counted = (
        columns.contest_id == contest_id,
        columns.state == "submitted",
        columns.void_at.is_(None),
        columns.answered - columns.correct >= signals.TWIN_MISTAKES,
    )
    wanted = select(
        columns.answers_digest,
        func.coalesce(columns.address_hash, ""),
        columns.entry_id,
        columns.answered - columns.correct,
    )
    return await _alike(reader, wanted, counted, columns.answers_digest, columns.entry_id, 2)


async def _same_questions_for_many(reader: Reader, contest_id: int, rules: ContestRules) -> bool:
    """Whether papers are fixed, or a pool is so small that many are asked the same by chance."""
    if rules.blueprint.fixed_papers:
        return True
    columns = contest_questions.c
    sizes = await reader.execute(
        select(func.count(columns.number.distinct())).where(columns.contest_id == contest_id).group_by(columns.pool)
    )
    return min(sizes.scalars(), default=0) < signals.BANK_FACTOR * rules.blueprint.questions
