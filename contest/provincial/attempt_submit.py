"""Accepting papers, many in one transaction: stored, marked and logged, or none of it.

The log's lock is taken first. A corrected key, which takes it too, finds an attempt marked by the old key and marks it
anew, or is there before the attempt is marked. Never tells a phone anything: that is `attempt_views`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from contest.provincial import log
from contest.provincial.attempt_model import NotSubmitted, SentAnswer, Started, Submitted, SubmitWish
from contest.provincial.attempt_reading import kept_answers, load, read_papers, started, stored_answers
from contest.provincial.attempt_save import MOST_SEQ, parse, possible
from contest.provincial.marking import answers_digest, encode, mark, prediction_text
from contest.provincial.shelf import Contest, Running, Shelf
from contest.provincial.transactions import Flow, Query, Statement
from contest.provincial.windows import GRACE_MS
from contest.statistics import contest_facts
from contest.tickets import digest

LATE_MS = GRACE_MS + 2_000
"""How long after its limit an attempt that nobody handed in is ended: after the last answer that could be taken."""

_LOCK_LOG = Statement("", f"SELECT pg_advisory_xact_lock({log.LOCK_CLASS}, $1::int)", width=0)
_LOCK = Statement(
    "SELECT id, state, ticket_hash, rules_version, submitted_at, by_server, duration_ms, prediction, answered, "
    "correct, score FROM attempts WHERE id IN (SELECT value FROM json_each(?1))",
    "SELECT id, state, ticket_hash, rules_version, submitted_at, by_server, duration_ms, prediction, answered, "
    "correct, score FROM attempts WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE",
)
_KEEP = Statement(
    "INSERT INTO attempt_answers (attempt_id, position, choice, seq, first_at, saved_at, saves) "
    "SELECT w.value ->> 0, w.value ->> 1, w.value ->> 2, w.value ->> 3, w.value ->> 4, w.value ->> 4, 1 "
    "FROM json_each(?1) AS w WHERE true ON CONFLICT (attempt_id, position) DO UPDATE SET choice = excluded.choice, "
    "seq = excluded.seq, saved_at = excluded.saved_at, saves = saves + 1",
    "INSERT INTO attempt_answers (attempt_id, position, choice, seq, first_at, saved_at, saves) "
    "SELECT id, position, choice, seq, at, at, 1 FROM unnest($1::bigint[], $2::int[], $3::text[], $4::bigint[], "
    "$5::bigint[]) AS w(id, position, choice, seq, at) ON CONFLICT (attempt_id, position) DO UPDATE SET "
    "choice = excluded.choice, seq = excluded.seq, saved_at = excluded.saved_at, saves = attempt_answers.saves + 1",
    width=5,
)
_FINISH = Statement(
    "UPDATE attempts SET state = 'submitted', submitted_at = w.value ->> 1, by_server = w.value ->> 2, "
    "duration_ms = w.value ->> 3, prediction = w.value ->> 4, answered = w.value ->> 5, correct = w.value ->> 6, "
    "score = w.value ->> 7, answers_digest = w.value ->> 8 FROM json_each(?1) AS w WHERE attempts.id = w.value ->> 0",
    "UPDATE attempts SET state = 'submitted', submitted_at = w.submitted_at, by_server = w.by_server, "
    "duration_ms = w.duration, prediction = w.prediction, answered = w.answered, correct = w.correct, score = w.score, "
    "answers_digest = w.answers FROM unnest($1::bigint[], $2::bigint[], $3::boolean[], $4::int[], $5::text[], "
    "$6::int[], $7::int[], $8::int[], $9::text[]) AS w(id, submitted_at, by_server, duration, prediction, answered, "
    "correct, score, answers) WHERE attempts.id = w.id",
    width=9,
)
_LAST = Statement(
    "SELECT seq, hash FROM contest_log WHERE contest_id = ?1 ORDER BY seq DESC LIMIT 1",
    "SELECT seq, hash FROM contest_log WHERE contest_id = $1 ORDER BY seq DESC LIMIT 1",
    width=0,
)
_LOG = Statement(
    "INSERT INTO contest_log (contest_id, seq, at, kind, body, prev_hash, hash) SELECT value ->> 0, value ->> 1, "
    "value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 FROM json_each(?1)",
    "INSERT INTO contest_log (contest_id, seq, at, kind, body, prev_hash, hash) SELECT * FROM unnest($1::bigint[], "
    "$2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])",
    width=7,
)
_OVERDUE = Statement(
    "SELECT public_id FROM attempts WHERE state = 'open' AND deadline_at < ?1 ORDER BY deadline_at LIMIT ?2",
    "SELECT public_id FROM attempts WHERE state = 'open' AND deadline_at < $1 ORDER BY deadline_at LIMIT $2",
    width=0,
)


_READ = Statement(_LOCK.sqlite, _LOCK.postgresql.removesuffix(" FOR NO KEY UPDATE"))


class _Row(NamedTuple):
    """An attempt as it stands under the lock."""

    id: int
    state: str
    ticket_hash: str
    version: int
    submitted_at: int | None
    by_server: bool
    duration_ms: int | None
    prediction: str | None
    answered: int | None
    correct: int | None
    score: int | None


@dataclass(frozen=True, slots=True)
class _Handing:
    """A paper to be accepted: by its phone with what it sent along, or by the server at the limit."""

    running: Running
    row: _Row
    at: int
    sent: tuple[SentAnswer, ...] = ()

    @property
    def by_server(self) -> bool:
        """Past every grace the phone is no longer asked."""
        return self.at > self.running.deadline_at + GRACE_MS


def submit(shelf: Shelf, wishes: Sequence[SubmitWish], now_ms: int) -> Flow[list[Submitted | NotSubmitted]]:
    """The flow behind `attempts.submit`."""
    attempts = yield from load(shelf, [wish.attempt for wish in wishes])
    contests, rows = yield from _lock(shelf, attempts.values())
    handings: dict[str, _Handing] = {}
    for wish in wishes:
        running = attempts.get(wish.attempt)
        if running is None or wish.attempt in handings or rows[running.id].state != "open":
            continue
        if rows[running.id].ticket_hash == digest(wish.ticket):
            at = now_ms if wish.at is None else wish.at
            handings[wish.attempt] = _Handing(running, rows[running.id], at, wish.answers)
    accepted = yield from _accept(handings.values(), contests, now_ms)
    outcomes: list[Submitted | NotSubmitted] = []
    told: set[str] = set()
    for wish in wishes:
        running = attempts.get(wish.attempt)
        if running is None:
            outcomes.append(NotSubmitted("attempt_unknown"))
        elif rows[running.id].ticket_hash != digest(wish.ticket):
            outcomes.append(NotSubmitted("moved"))
        elif wish.attempt in accepted:
            outcomes.append(_submitted(running, accepted[wish.attempt], wish.attempt in told))
            told.add(wish.attempt)
        elif rows[running.id].state == "open":
            outcomes.append(NotSubmitted("prediction_missing"))
        else:
            outcomes.append(_submitted(running, rows[running.id], again=True))
    for public_id in accepted:
        shelf.forget(public_id)
    return outcomes


def look(shelf: Shelf, attempt: str, ticket: str, now_ms: int) -> Flow[Started | Submitted | NotSubmitted]:
    """The flow behind `attempts.look`."""
    attempts = yield from load(shelf, [attempt])
    if attempt not in attempts:
        return NotSubmitted("attempt_unknown")
    running = attempts[attempt]
    row = _Row(*(yield Query(_READ, [running.id]))[0])
    if row.ticket_hash != digest(ticket):
        return NotSubmitted("moved")
    if row.state != "open":
        shelf.forget(attempt)
        return _submitted(running, row, again=True)
    kept = yield from kept_answers([running.id])
    papers = yield from read_papers([running.id])
    return started(running, papers[running.id], ticket, kept.get(running.id, {}), now_ms, resumed=True)


def expire(shelf: Shelf, now_ms: int, limit: int) -> Flow[int]:
    """The flow behind `attempts.expire`."""
    overdue = [row[0] for row in (yield Query(_OVERDUE, (), (now_ms - LATE_MS, limit)))]
    return (yield from finish(shelf, overdue, now_ms)) if overdue else 0


def finish(shelf: Shelf, public_ids: Sequence[str], now_ms: int) -> Flow[int]:
    """Accepts attempts whose time is over as they are stored; those that were handed in meanwhile stay. How many."""
    attempts = yield from load(shelf, public_ids)
    contests, rows = yield from _lock(shelf, attempts.values())
    handings = [
        _Handing(running, rows[running.id], now_ms)
        for running in attempts.values()
        if rows[running.id].state == "open" and running.deadline_at + LATE_MS < now_ms
    ]
    accepted = yield from _accept(handings, contests, now_ms)
    for public_id in attempts:
        shelf.forget(public_id)
    return len(accepted)


def _lock(shelf: Shelf, attempts: Any) -> Flow[tuple[Mapping[int, Contest], dict[int, _Row]]]:
    ids = sorted({running.contest for running in attempts})
    for contest in ids:
        yield Query(_LOCK_LOG, (), (contest,))
    contests = yield from shelf.contests(ids)
    found = yield Query(_LOCK, sorted(running.id for running in attempts))
    return contests, {row[0]: _Row(*row) for row in found}


def _accept(handings: Any, contests: Mapping[int, Contest], now_ms: int) -> Flow[dict[str, _Row]]:
    """Stores and logs what can be accepted: public id → the row as it is now."""
    handings = sorted(handings, key=lambda one: one.running.id)
    stored = yield from stored_answers([one.running.id for one in handings])
    accepted: dict[str, _Row] = {}
    sent: list[tuple[Any, ...]] = []
    finished: list[tuple[Any, ...]] = []
    counting: list[contest_facts.Accepted] = []
    facts: dict[int, list[tuple[str, dict[str, Any]]]] = {}
    for one in handings:
        running = one.running
        held = stored.get(running.id, {})
        fresh = {} if one.by_server else _fresh(running, one.sent, held)
        answers = {n: choice for n, (choice, _) in held.items()} | {n: choice for n, (choice, _) in fresh.items()}
        prediction = running.rules.prediction
        if prediction is not None and prediction.required and answers.get(0) is None and one.at < running.deadline_at:
            continue
        sent += [(running.id, n, choice, seq, one.at) for n, (choice, seq) in fresh.items()]
        row, fingerprint = _marked(one, contests[running.contest], answers)
        accepted[running.public_id] = row
        ended = row.submitted_at or now_ms
        counting.append(contest_facts.accepted(row.id, running.public_id, ended, running.rules, now_ms))
        finished.append(
            (
                row.id,
                row.submitted_at,
                row.by_server,
                row.duration_ms,
                row.prediction,
                row.answered,
                row.correct,
                row.score,
                fingerprint,
            )
        )
        facts.setdefault(running.contest, []).append((log.ATTEMPT, _fact(running, row, fingerprint)))
    if sent:
        yield Query(_KEEP, sent)
    if finished:
        yield Query(_FINISH, finished)
        yield Query(contest_facts.ACCEPTED, counting)
    for contest in sorted(facts):
        last = yield Query(_LAST, (), (contest,))
        yield Query(_LOG, log.chain(contest, last[0] if last else None, facts[contest], now_ms))
    return accepted


def _fresh(
    running: Running, sent: Sequence[SentAnswer], held: Mapping[int, tuple[str | None, int]]
) -> dict[int, tuple[str | None, int]]:
    """What was sent along and is newer than what is stored; of two with one number the first, as in saving."""
    fresh: dict[int, tuple[str | None, int]] = {}
    for answer in sorted(sent, key=lambda one: one.seq):
        parsed = parse(running, answer.position, answer.raw)
        known = fresh.get(answer.position) or held.get(answer.position)
        if possible(parsed) and 0 < answer.seq < MOST_SEQ and (known is None or answer.seq > known[1]):
            fresh[answer.position] = (encode(parsed), answer.seq)
    return fresh


def _marked(one: _Handing, contest: Contest, answers: Mapping[int, str | None]) -> tuple[_Row, str]:
    running = one.running
    # Never beyond the limit, nor before the start if the wall clock was set back.
    ended = max(running.started_at, min(one.at, running.deadline_at))
    marks = mark(running.rows, contest.pools.keys, answers, running.rules.blueprint.points_each)
    row = one.row._replace(
        state="submitted",
        submitted_at=ended,
        by_server=one.by_server,
        duration_ms=ended - running.started_at,
        prediction=prediction_text(answers.get(0)),
        answered=marks.answered,
        correct=marks.correct,
        score=marks.score,
    )
    return row, answers_digest(running.rows, answers)


def _fact(running: Running, row: _Row, fingerprint: str) -> dict[str, Any]:
    done = _submitted(running, row, again=False)
    return log.attempt_body(
        attempt=done.attempt,
        entry=done.entry,
        round=done.round_key,
        rules=row.version,
        started=done.started_at,
        submitted=done.submitted_at,
        duration=done.duration_ms,
        by_server=done.by_server,
        prediction=row.prediction,
        answered=done.answered,
        correct=done.correct,
        of=done.of,
        score=done.score,
        answers=fingerprint,
    )


def _submitted(running: Running, row: _Row, again: bool) -> Submitted:
    return Submitted(
        attempt=running.public_id,
        contest=running.contest,
        entry=running.entry,
        round_key=running.round_key,
        rules=running.rules,
        started_at=running.started_at,
        submitted_at=row.submitted_at or 0,
        duration_ms=row.duration_ms or 0,
        by_server=bool(row.by_server),
        prediction=None if row.prediction is None else Decimal(row.prediction),
        score=row.score or 0,
        correct=row.correct or 0,
        of=len(running.rows),
        answered=row.answered or 0,
        again=again,
    )
