"""Parts of transactions that read attempts and their answers.

Never writes.
"""

import json
from collections.abc import Mapping, Sequence

from contest.provincial.attempt_model import Kept, Started
from contest.provincial.papers import Paper, question_ids
from contest.provincial.shelf import Running, Shelf, decoded
from contest.provincial.transactions import Flow, Query, Statement

_RUNNING = Statement(
    "SELECT id, public_id, contest_id, entry_id, ordinal, round_key, rules_version, paper, started_at, deadline_at "
    "FROM attempts WHERE public_id IN (SELECT value FROM json_each(?1))",
    "SELECT id, public_id, contest_id, entry_id, ordinal, round_key, rules_version, paper::text, started_at, "
    "deadline_at FROM attempts WHERE public_id = ANY($1::text[])",
)
_PAPERS = Statement(
    "SELECT id, paper FROM attempts WHERE id IN (SELECT value FROM json_each(?1))",
    "SELECT id, paper::text FROM attempts WHERE id = ANY($1::bigint[])",
)
_ANSWERS = Statement(
    "SELECT attempt_id, position, choice, seq FROM attempt_answers "
    "WHERE attempt_id IN (SELECT value FROM json_each(?1))",
    "SELECT attempt_id, position, choice, seq FROM attempt_answers WHERE attempt_id = ANY($1::bigint[])",
)


def load(shelf: Shelf, public_ids: Sequence[str]) -> Flow[dict[str, Running]]:
    """What never changes about those attempts, from the shelf or from SQL; unknown ids are left out."""
    found = {public_id: running for public_id in public_ids if (running := shelf.running(public_id)) is not None}
    missing = sorted(set(public_ids) - found.keys())
    if not missing:
        return found
    rows = yield Query(_RUNNING, missing)
    yield from shelf.load_rules((row[2], row[6]) for row in rows)
    for attempt_id, public_id, contest, entry, ordinal, round_key, version, stored, started_at, deadline_at in rows:
        paper = decoded(stored)
        pools = yield from shelf.pools(contest, question_ids(paper))
        found[public_id] = Running(
            attempt_id,
            public_id,
            contest,
            entry,
            ordinal,
            round_key,
            shelf.rules(contest, version),
            question_ids(paper),
            pools,
            started_at,
            deadline_at,
        )
        shelf.remember(found[public_id])
    return found


def read_papers(attempt_ids: Sequence[int]) -> Flow[dict[int, Paper]]:
    """The papers whole, with the order of the options, by attempt row."""
    rows = yield Query(_PAPERS, sorted(attempt_ids))
    return {row[0]: Paper.from_json(decoded(row[1])) for row in rows}


def stored_answers(attempt_ids: Sequence[int]) -> Flow[dict[int, dict[int, tuple[str | None, int]]]]:
    """What is stored: attempt row → position → compact JSON of the choice, and the phone's number of it."""
    stored: dict[int, dict[int, tuple[str | None, int]]] = {}
    if attempt_ids:
        for attempt_id, position, choice, seq in (yield Query(_ANSWERS, sorted(attempt_ids))):
            stored.setdefault(attempt_id, {})[position] = (choice, seq)
    return stored


def kept_answers(attempt_ids: Sequence[int]) -> Flow[dict[int, dict[int, Kept]]]:
    """The same, decoded for the phone."""
    stored = yield from stored_answers(attempt_ids)
    return {attempt: {n: kept(*one) for n, one in answers.items()} for attempt, answers in stored.items()}


def kept(choice: str | None, seq: int) -> Kept:
    """A stored answer, decoded."""
    return Kept(None if choice is None else json.loads(choice), seq)


def started(
    running: Running, paper: Paper, ticket: str, kept: Mapping[int, Kept], now_ms: int, *, resumed: bool
) -> Started:
    """The attempt as it is told to whoever holds its ticket."""
    return Started(
        attempt=running.public_id,
        ticket=ticket,
        resumed=resumed,
        ordinal=running.ordinal,
        round_key=running.round_key,
        started_at=running.started_at,
        deadline_at=running.deadline_at,
        left_ms=max(0, running.deadline_at - now_ms),
        rules=running.rules,
        paper=paper,
        questions=running.pools.questions,
        kept=kept,
    )
