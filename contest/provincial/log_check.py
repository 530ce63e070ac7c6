"""Reads a contest's log with suspicion: is the chain whole, does it lead to the published heads, do attempts and acts
agree with it?

Never repairs anything and never trusts a stored hash. It names the first bad line, because that is where people look.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from contest.database import Reader
from contest.provincial import log
from contest.provincial.log_acts import Acts, differing
from contest.provincial.log_chain import Finding, Why, is_true, lines, what_happened
from contest.provincial.papers import question_ids
from contest.provincial.tables import attempt_answers, attempts, entries

_ATTEMPTS = 500
_MARKS = ("correct", "score")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`first_bad` is the seq of the first bad line; with HEAD_MISMATCH it is between `first_bad` and `until`.

    `subject` is the public id of the attempt, the number of the entry or the name of the act, where there is one. No
    personal data.
    """

    lines: int
    head: str
    why: Why | None = None
    first_bad: int | None = None
    until: int | None = None
    subject: str | None = None

    @property
    def ok(self) -> bool:
        return self.why is None


@dataclass(slots=True)
class _Logged:
    """What the log says of one attempt; the facts as a digest, since there may be a million of them."""

    seq: int
    facts: bytes
    marks: tuple[Any, Any]
    seen: bool = False


@dataclass(slots=True)
class _Ledger:
    """Everything the lines say that the tables must say too."""

    last: log.Line | None = None
    attempts: dict[str, _Logged] = field(default_factory=dict)
    voids: dict[tuple[str, str], tuple[int, bool]] = field(default_factory=dict)
    hashes: set[str] = field(default_factory=set)
    at_heads: dict[int, str] = field(default_factory=dict)
    acts: Acts = field(default_factory=Acts)
    twice: Finding | None = None


async def verify(reader: Reader, contest_id: int, known_heads: Collection[str] = ()) -> Verdict:
    """Walks the whole log and the attempts of a contest.

    `known_heads` are hashes published elsewhere (printed, mailed, read out): a chain and heads made anew together are
    found only by them. Takes some seconds for 100,000 attempts.
    """
    published = await log.heads(reader, contest_id)
    ledger = _Ledger()
    finding = await _walk(reader, contest_id, ledger, {head.seq for head in published}, frozenset(known_heads))
    if finding is None:
        finding = _first(
            [
                _heads(ledger, published, known_heads),
                ledger.twice,
                await _tables(reader, contest_id, ledger),
                *await differing(reader, contest_id, ledger.acts),
            ]
        )
    count, head = (ledger.last.seq, ledger.last.hash) if ledger.last else (0, log.GENESIS)
    if finding is None:
        return Verdict(count, head)
    return Verdict(count, head, finding.why, finding.seq, finding.until, finding.subject)


def _first(findings: Iterable[Finding | None]) -> Finding | None:
    """The lowest line; where a head leaves a span, a line named exactly within it says more."""
    there = [one for one in findings if one is not None]
    span = next((one for one in there if one.why is Why.HEAD_MISMATCH), None)
    exact = [one for one in there if one.seq is not None and one is not span]
    if span is not None and span.seq is not None and span.until is not None:
        exact = [one for one in exact if one.seq is not None and one.seq <= span.until]
        there = exact or [span]
    return min(there, key=lambda one: (one.seq is None, one.seq or 0), default=None)


async def _walk(
    reader: Reader, contest_id: int, ledger: _Ledger, head_seqs: Collection[int], known: Collection[str]
) -> Finding | None:
    """Follows the chain to its end and fills the ledger, or stops at the first line that does not fit."""
    async for line in lines(reader, contest_id):
        last_seq, last_hash = (ledger.last.seq, ledger.last.hash) if ledger.last else (0, log.GENESIS)
        if line.seq <= last_seq:
            return Finding(Why.INSERTED, line.seq)
        if line.seq != last_seq + 1:
            return Finding(Why.MISSING, last_seq + 1)
        if not is_true(line) or line.prev_hash != last_hash:
            return await what_happened(reader, line, last_hash)
        ledger.last = line
        if line.hash in known:
            ledger.hashes.add(line.hash)
        if line.seq in head_seqs:
            ledger.at_heads[line.seq] = line.hash
        try:
            _note(ledger, line)
        except (ValueError, KeyError, TypeError):
            # Nothing of ours writes such a body, so somebody else did, and made the chain anew behind it.
            return Finding(Why.EDITED, line.seq)
    return None


def _note(ledger: _Ledger, line: log.Line) -> None:
    ledger.acts.note(line)
    match line.kind:
        case log.ATTEMPT:
            body = json.loads(line.body)
            if body["attempt"] in ledger.attempts:
                ledger.twice = ledger.twice or Finding(Why.ATTEMPT_TWICE, line.seq, subject=body["attempt"])
            else:
                ledger.attempts[body["attempt"]] = _Logged(line.seq, _facts(body), (body["correct"], body["score"]))
        case log.ATTEMPT_REMARK:
            body = json.loads(line.body)
            if (logged := ledger.attempts.get(body["attempt"])) is not None:
                logged.marks = (body["correct"], body["score"])
        case log.ATTEMPT_VOID | log.ATTEMPT_RESTORE:
            ledger.voids["attempt", json.loads(line.body)["attempt"]] = (line.seq, line.kind == log.ATTEMPT_VOID)
        case log.ENTRY_VOID | log.ENTRY_RESTORE:
            ledger.voids["entry", str(json.loads(line.body)["entry"])] = (line.seq, line.kind == log.ENTRY_VOID)


def _facts(body: dict[str, Any]) -> bytes:
    kept = {name: value for name, value in body.items() if name not in _MARKS}
    return hashlib.sha256(log.canonical(kept).encode()).digest()[:16]


def _heads(ledger: _Ledger, published: Sequence[log.Head], known: Collection[str]) -> Finding | None:
    count = ledger.last.seq if ledger.last else 0
    good = 0
    for head in sorted(published, key=lambda one: one.seq):
        if head.seq > count:
            return Finding(Why.MISSING, count + 1, head.seq)
        if ledger.at_heads.get(head.seq) != head.hash:
            return Finding(Why.HEAD_MISMATCH, good + 1, head.seq)
        good = head.seq
    if set(known) - ledger.hashes:
        return Finding(Why.HEAD_MISMATCH, 1, count)
    return None


async def _tables(reader: Reader, contest_id: int, ledger: _Ledger) -> Finding | None:
    """The first finding of attempts against their lines, lines without attempts, and voids without lines."""
    findings: list[Finding] = []
    voids: set[tuple[str, str]] = set()
    async for row, answers in _stored(reader, contest_id):
        logged = ledger.attempts.get(row.public_id)
        if row.void_at is not None:
            voids.add(("attempt", row.public_id))
        if logged is not None:
            logged.seen = True
        if row.state == "open" and logged is None:
            continue
        if logged is None:
            findings.append(Finding(Why.ATTEMPT_UNLOGGED, subject=row.public_id))
        elif not _agree(row, answers, logged):
            findings.append(Finding(Why.ATTEMPT_DIFFERS, logged.seq, subject=row.public_id))
    for public_id, logged in ledger.attempts.items():
        if not logged.seen:
            findings.append(Finding(Why.ATTEMPT_DIFFERS, logged.seq, subject=public_id))
    void_entries = select(entries.c.id).where(entries.c.contest_id == contest_id, entries.c.void_at.is_not(None))
    voids |= {("entry", str(number)) for number in (await reader.execute(void_entries)).scalars()}
    for key in voids | ledger.voids.keys():
        seq, void = ledger.voids.get(key, (None, False))
        if void != (key in voids):
            findings.append(Finding(Why.VOID_DIFFERS, seq, subject=key[1]))
    findings.sort(key=lambda one: one.subject or "")
    return _first(findings)


def _agree(row: Any, answers: dict[int, str | None], logged: _Logged) -> bool:
    questions = question_ids(row.paper)
    body = log.attempt_body(
        attempt=row.public_id,
        entry=row.entry_id,
        round=row.round_key,
        rules=row.rules_version,
        started=row.started_at,
        submitted=row.submitted_at,
        duration=row.duration_ms,
        by_server=bool(row.by_server),
        prediction=row.prediction,
        answered=row.answered,
        correct=row.correct,
        of=row.of,
        score=row.score,
        answers=log.answers_digest((one, answers.get(place)) for place, one in enumerate(questions, 1)),
    )
    return (
        row.state == "submitted"
        and row.answers_digest == body["answers"]
        and _facts(body) == logged.facts
        and (row.correct, row.score) == logged.marks
    )


async def _stored(reader: Reader, contest_id: int) -> AsyncIterator[tuple[Any, dict[int, str | None]]]:
    """Every attempt of the contest with its stored choices by position."""
    last = 0
    while True:
        query = select(attempts).where(attempts.c.contest_id == contest_id, attempts.c.id > last)
        rows = (await reader.execute(query.order_by(attempts.c.id).limit(_ATTEMPTS))).all()
        if not rows:
            return
        last = rows[-1].id
        choices: dict[int, dict[int, str | None]] = {row.id: {} for row in rows}
        columns = attempt_answers.c
        found = await reader.execute(
            select(columns.attempt_id, columns.position, columns.choice).where(
                columns.attempt_id.between(rows[0].id, last)
            )
        )
        for attempt_id, position, choice in found:
            if attempt_id in choices:
                choices[attempt_id][position] = choice
        for row in rows:
            yield row, choices[row.id]
