"""Saving answers while an attempt runs: one statement for everything that arrived.

An answer is a register that the phone overwrites in its own order: the highest `seq` stays. Never says whether an
answer is right, and never knows.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from contest.provincial.attempt_model import Saved, SaveStatus, SaveWish
from contest.provincial.attempt_reading import kept, load
from contest.provincial.marking import encode, parse_prediction
from contest.provincial.shelf import Running, Shelf
from contest.provincial.transactions import Flow, Query, Statement
from contest.provincial.windows import GRACE_MS
from contest.tickets import digest
from scoring.answer_key import Choice, parse_choice

MOST_SEQ = 2**53
REFUSED = Saved(SaveStatus.REFUSED)
_IMPOSSIBLE = object()

# The attempt's row is locked shared until the commit. A submission takes it alone: it has this answer or came first.
# The state is looked at behind the lock: as a condition before it, PostgreSQL would walk the index of all open ones.
_UPSERT = Statement(
    "INSERT INTO attempt_answers (attempt_id, position, choice, seq, first_at, saved_at, saves) "
    "SELECT a.id, w.value ->> 1, w.value ->> 2, w.value ->> 3, w.value ->> 5, w.value ->> 5, 1 FROM json_each(?1) AS w "
    "JOIN attempts AS a ON a.id = w.value ->> 0 WHERE a.state = 'open' AND a.ticket_hash = w.value ->> 4 "
    "ON CONFLICT (attempt_id, position) DO UPDATE SET choice = excluded.choice, seq = excluded.seq, "
    "saved_at = excluded.saved_at, saves = saves + 1 WHERE excluded.seq > attempt_answers.seq "
    "RETURNING attempt_id, position",
    "WITH w AS (SELECT * FROM unnest($1::bigint[], $2::int[], $3::text[], $4::bigint[], $5::text[], $6::bigint[]) "
    "AS w(id, position, choice, seq, ticket, at)), live AS (SELECT a.id, a.ticket_hash, a.state FROM attempts AS a "
    "WHERE a.id = ANY($1::bigint[]) ORDER BY a.id FOR SHARE) "
    "INSERT INTO attempt_answers (attempt_id, position, choice, seq, first_at, saved_at, saves) "
    "SELECT w.id, w.position, w.choice, w.seq, w.at, w.at, 1 FROM w JOIN live ON live.id = w.id "
    "AND live.state = 'open' AND live.ticket_hash = w.ticket ORDER BY w.id, w.position "
    "ON CONFLICT (attempt_id, position) DO UPDATE SET choice = excluded.choice, seq = excluded.seq, "
    "saved_at = excluded.saved_at, saves = attempt_answers.saves + 1 WHERE excluded.seq > attempt_answers.seq "
    "RETURNING attempt_id, position",
    width=6,
)
_READ_BACK = Statement(
    "SELECT a.id, a.state, a.ticket_hash, s.position, s.choice, s.seq FROM attempts AS a "
    "LEFT JOIN attempt_answers AS s ON s.attempt_id = a.id WHERE a.id IN (SELECT value FROM json_each(?1))",
    "SELECT a.id, a.state, a.ticket_hash, s.position, s.choice, s.seq FROM attempts AS a "
    "LEFT JOIN attempt_answers AS s ON s.attempt_id = a.id WHERE a.id = ANY($1::bigint[])",
)


class _Arrival(NamedTuple):
    """An answer that may be stored."""

    running: Running
    position: int
    choice: str | None
    seq: int
    ticket_hash: str
    at: int
    late: bool


class _Held(NamedTuple):
    """What SQL holds of an attempt."""

    state: str
    ticket_hash: str
    answers: dict[int, tuple[str | None, int]]


def save(shelf: Shelf, wishes: Sequence[SaveWish], now_ms: int) -> Flow[list[Saved]]:
    """The flow behind `attempts.save`: one statement writes, and is atomic by itself."""
    attempts = yield from load(shelf, [wish.attempt for wish in wishes])
    arrivals = [_arrival(attempts.get(wish.attempt), wish, now_ms) for wish in wishes]
    newest: dict[tuple[int, int], _Arrival] = {}
    for arrival in arrivals:
        if arrival is None or arrival.late:
            continue
        slot = (arrival.running.id, arrival.position)
        if slot not in newest or arrival.seq > newest[slot].seq:
            newest[slot] = arrival
    stored: set[tuple[int, int]] = set()
    if newest:
        table = [
            (one.running.id, one.position, one.choice, one.seq, one.ticket_hash, one.at) for one in newest.values()
        ]
        stored = {(row[0], row[1]) for row in (yield Query(_UPSERT, table))}
    rest = {
        one.running.id
        for one in arrivals
        if one is not None and (newest.get(slot := (one.running.id, one.position)) is not one or slot not in stored)
    }
    held = (yield from _read_back(sorted(rest))) if rest else {}
    return [_outcome(arrival, newest, stored, held) for arrival in arrivals]


def _arrival(running: Running | None, wish: SaveWish, now_ms: int) -> _Arrival | None:
    if running is None or not 0 < wish.seq < MOST_SEQ:
        return None
    choice = parse(running, wish.position, wish.raw)
    if choice is _IMPOSSIBLE:
        return None
    at = now_ms if wish.at is None else wish.at
    return _Arrival(
        running,
        wish.position,
        encode(choice),
        wish.seq,
        digest(wish.ticket),
        at,
        at > running.deadline_at + GRACE_MS,
    )


def parse(running: Running, position: int, raw: Any) -> Any:
    """The canonical choice, None for an answer taken back; `possible` tells whether it is one at all."""
    if position == 0:
        prediction = running.rules.prediction
        if prediction is None:
            return _IMPOSSIBLE
        choice: Choice | None = None if raw is None else parse_prediction(prediction, raw)
    elif 0 < position <= len(running.rows):
        key = running.pools.shown[running.rows[position - 1]]
        choice = None if raw is None else parse_choice(key, raw)
    else:
        return _IMPOSSIBLE
    return _IMPOSSIBLE if choice is None and raw is not None else choice


def possible(parsed: Any) -> bool:
    """Whether what `parse` returned is a possible answer."""
    return parsed is not _IMPOSSIBLE


def _read_back(attempt_ids: list[int]) -> Flow[dict[int, _Held]]:
    held: dict[int, _Held] = {}
    for attempt_id, state, ticket_hash, position, choice, seq in (yield Query(_READ_BACK, attempt_ids)):
        one = held.setdefault(attempt_id, _Held(state, ticket_hash, {}))
        if position is not None:
            one.answers[position] = (choice, seq)
    return held


def _outcome(
    arrival: _Arrival | None,
    newest: Mapping[tuple[int, int], _Arrival],
    stored: set[tuple[int, int]],
    held: Mapping[int, _Held],
) -> Saved:
    if arrival is None:
        return REFUSED
    slot = (arrival.running.id, arrival.position)
    if slot in stored and newest[slot] is arrival:
        return Saved(SaveStatus.SAVED, kept(arrival.choice, arrival.seq))
    found = held.get(arrival.running.id)
    if found is None:
        return REFUSED
    if found.ticket_hash != arrival.ticket_hash:
        return Saved(SaveStatus.MOVED)
    now_kept = found.answers.get(arrival.position)
    told = kept(*now_kept) if now_kept else None
    if now_kept == (arrival.choice, arrival.seq):
        return Saved(SaveStatus.SAME, told)
    if found.state != "open" or arrival.late:
        return Saved(SaveStatus.OVER, told)
    return Saved(SaveStatus.STALE, told)
