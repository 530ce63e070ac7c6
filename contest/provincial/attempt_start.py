"""Starting attempts, many in one transaction, and giving back those that are open.

However many starts come at once, the limits hold: an attempt's number within its entry is unique, so of two starts that
counted the same attempts only one is stored, and the other counts again. Never marks anything.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from contest.provincial import quotas
from contest.provincial.attempt_model import NotStarted, Started, StartWish
from contest.provincial.attempt_reading import kept_answers, load, read_papers, started
from contest.provincial.attempt_submit import LATE_MS, finish
from contest.provincial.local_time import local_day
from contest.provincial.papers import Paper
from contest.provincial.quotas import Start
from contest.provincial.rules import ContestRules
from contest.provincial.sessions import ABSOLUTE_MS
from contest.provincial.shelf import Contest, Pools, Running, Shelf
from contest.provincial.transactions import Flow, Query, Statement
from contest.provincial.windows import round_at
from contest.tickets import digest, new_public_id, new_secret

TRIES = 4

_SESSIONS = Statement(
    "SELECT w.value ->> 0, w.value ->> 1, e.id FROM json_each(?1) AS w "
    "JOIN entrant_sessions AS s ON s.token_hash = w.value ->> 0 AND s.expires_at > ?2 AND s.created_at > ?3 "
    "LEFT JOIN entries AS e ON e.participant_id = s.participant_id AND e.contest_id = w.value ->> 1",
    "SELECT w.token, w.contest, e.id FROM unnest($1::text[], $2::bigint[]) AS w(token, contest) "
    "JOIN entrant_sessions AS s ON s.token_hash = w.token AND s.expires_at > $3 AND s.created_at > $4 "
    "LEFT JOIN entries AS e ON e.participant_id = s.participant_id AND e.contest_id = w.contest",
    width=2,
)
_ENTRIES = Statement(
    "SELECT e.id, e.contest_id, e.state, coalesce(e.void_at, p.withdrawn_at, p.erased_at), a.ordinal, a.round_key, "
    "a.day, a.state, a.public_id FROM entries AS e JOIN participants AS p ON p.id = e.participant_id "
    "LEFT JOIN attempts AS a ON a.entry_id = e.id WHERE e.id IN (SELECT value FROM json_each(?1))",
    "SELECT e.id, e.contest_id, e.state, coalesce(e.void_at, p.withdrawn_at, p.erased_at), a.ordinal, a.round_key, "
    "a.day, a.state, a.public_id FROM entries AS e JOIN participants AS p ON p.id = e.participant_id "
    "LEFT JOIN attempts AS a ON a.entry_id = e.id WHERE e.id = ANY($1::bigint[])",
)
_COLUMNS = (
    "public_id, contest_id, entry_id, ordinal, round_key, day, rules_version, state, ticket_hash, device_hash, "
    'address_hash, paper, started_at, deadline_at, "of"'
)
_INSERT = Statement(
    f"INSERT INTO attempts ({_COLUMNS}) SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, "
    "value ->> 5, value ->> 6, 'open', value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, "
    "value ->> 12, value ->> 13 FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING RETURNING entry_id, id",
    f"INSERT INTO attempts ({_COLUMNS}) SELECT public_id, contest_id, entry_id, ordinal, round_key, day, version, "
    "'open', ticket, device, address, paper::jsonb, started_at, deadline_at, questions FROM unnest($1::text[], "
    "$2::bigint[], $3::bigint[], $4::int[], $5::text[], $6::text[], $7::int[], $8::text[], $9::text[], $10::text[], "
    "$11::text[], $12::bigint[], $13::bigint[], $14::int[]) AS w(public_id, contest_id, entry_id, ordinal, round_key, "
    "day, version, ticket, device, address, paper, started_at, deadline_at, questions) "
    "ON CONFLICT DO NOTHING RETURNING entry_id, id",
    width=14,
)
_HAND_OVER = Statement(
    "UPDATE attempts SET ticket_hash = w.value ->> 1, device_hash = w.value ->> 2 FROM json_each(?1) AS w "
    "WHERE attempts.public_id = w.value ->> 0 AND attempts.state = 'open' RETURNING attempts.public_id",
    "UPDATE attempts SET ticket_hash = w.ticket, device_hash = w.device "
    "FROM unnest($1::text[], $2::text[], $3::text[]) AS w(public_id, ticket, device) "
    "WHERE attempts.public_id = w.public_id AND attempts.state = 'open' RETURNING attempts.public_id",
    width=3,
)


_STATES = {"active": "", "unconfirmed": "not_confirmed"}
"""What the state of an entry says about starting; of any other state, that nobody has entered."""


class _Past(NamedTuple):
    ordinal: int
    start: Start
    open: bool
    public_id: str


@dataclass(slots=True)
class _Entry:
    contest: int
    refusal: str | None
    past: list[_Past] = field(default_factory=list)

    @property
    def open(self) -> str | None:
        """The public id of the attempt that is open."""
        return next((one.public_id for one in self.past if one.open), None)


@dataclass(slots=True)
class _Wanted:
    """The wishes of one entry, answered alike."""

    entry: int
    wish: StartWish
    at: int
    indexes: list[int] = field(default_factory=list)


class _New(NamedTuple):
    """An attempt about to be stored."""

    public_id: str
    ticket: str
    ordinal: int
    round_key: str
    day: str
    version: int
    rules: ContestRules
    paper: Paper
    pools: Pools
    started_at: int


def start(shelf: Shelf, wishes: Sequence[StartWish], now_ms: int) -> Flow[list[Started | NotStarted]]:
    """The flow behind `attempts.start`."""
    contests = yield from shelf.contests(wish.contest for wish in wishes)
    outcomes: list[Started | NotStarted | None] = [None] * len(wishes)
    waiting = yield from _by_entry(wishes, outcomes, now_ms)
    for _ in range(TRIES):
        if not waiting:
            break
        entries = yield from _entries(waiting)
        overdue = yield from _finish_overdue(shelf, entries, now_ms)
        if overdue:
            entries = yield from _entries(waiting)
        answered: dict[int, Started | NotStarted] = {}
        answered |= yield from _resume(shelf, waiting, entries, now_ms)
        answered |= yield from _insert(shelf, contests, waiting, entries, answered.keys())
        for entry, outcome in answered.items():
            for index in waiting.pop(entry).indexes:
                outcomes[index] = outcome
    # Whoever lost that often against other starts of the same entry may ask again.
    return [outcome or NotStarted("busy") for outcome in outcomes]


def _by_entry(
    wishes: Sequence[StartWish], outcomes: list[Started | NotStarted | None], now_ms: int
) -> Flow[dict[int, _Wanted]]:
    tokens = sorted({(wish.session, wish.contest) for wish in wishes if wish.entry is None and wish.session})
    signed_in: dict[tuple[str, int], int | None] = {}
    if tokens:
        for token, contest, entry in (yield Query(_SESSIONS, tokens, (now_ms, now_ms - ABSOLUTE_MS))):
            signed_in[(token, contest)] = entry
    waiting: dict[int, _Wanted] = {}
    for index, wish in enumerate(wishes):
        entry = wish.entry
        if entry is None:
            if (wish.session, wish.contest) not in signed_in:
                outcomes[index] = NotStarted("signed_out")
                continue
            entry = signed_in[(wish.session, wish.contest)]
            if entry is None:
                outcomes[index] = NotStarted("not_entered")
                continue
        wanted = waiting.setdefault(entry, _Wanted(entry, wish, now_ms if wish.at is None else wish.at))
        wanted.indexes.append(index)
    return waiting


def _entries(waiting: Mapping[int, _Wanted]) -> Flow[dict[int, _Entry]]:
    found: dict[int, _Entry] = {}
    rows = yield Query(_ENTRIES, sorted(waiting))
    for entry_id, contest, state, gone, ordinal, round_key, day, attempt_state, public_id in rows:
        entry = found.get(entry_id)
        if entry is None:
            refusal = "entry_void" if gone is not None else _STATES.get(state, "not_entered")
            entry = found[entry_id] = _Entry(contest, refusal or None)
        if ordinal is not None:
            entry.past.append(_Past(ordinal, Start(round_key, day), attempt_state == "open", public_id))
    return found


def _finish_overdue(shelf: Shelf, entries: Mapping[int, _Entry], now_ms: int) -> Flow[int]:
    """Ends attempts whose time is over and whom the worker has not come to yet; how many."""
    open_ones = [public_id for entry in entries.values() if (public_id := entry.open)]
    loaded = yield from load(shelf, open_ones)
    overdue = [public_id for public_id in open_ones if loaded[public_id].deadline_at + LATE_MS < now_ms]
    if overdue:
        yield from finish(shelf, overdue, now_ms)
    return len(overdue)


def _resume(
    shelf: Shelf, waiting: Mapping[int, _Wanted], entries: Mapping[int, _Entry], now_ms: int
) -> Flow[dict[int, Started | NotStarted]]:
    wanted = {
        public_id: waiting[entry_id]
        for entry_id, entry in sorted(entries.items())
        if not entry.refusal and entry.contest == waiting[entry_id].wish.contest and (public_id := entry.open)
    }
    if not wanted:
        return {}
    tickets = {public_id: new_secret() for public_id in wanted}
    table = [(public_id, digest(tickets[public_id]), wanted[public_id].wish.device or None) for public_id in wanted]
    handed = yield Query(_HAND_OVER, table)
    running = yield from load(shelf, [row[0] for row in handed])
    ids = [one.id for one in running.values()]
    kept = yield from kept_answers(ids)
    papers = yield from read_papers(ids)
    return {
        one.entry: started(one, papers[one.id], tickets[public_id], kept.get(one.id, {}), now_ms, resumed=True)
        for public_id, one in running.items()
    }


def _insert(
    shelf: Shelf,
    contests: Mapping[int, Contest],
    waiting: Mapping[int, _Wanted],
    entries: Mapping[int, _Entry],
    done: Collection[int],
) -> Flow[dict[int, Started | NotStarted]]:
    answered: dict[int, Started | NotStarted] = {}
    made: dict[int, _New] = {}
    for entry_id in sorted(waiting.keys() - done):
        wanted = waiting[entry_id]
        planned = _plan(shelf, contests.get(wanted.wish.contest), entries.get(entry_id), wanted)
        if isinstance(planned, str):
            answered[entry_id] = NotStarted(planned)
        else:
            made[entry_id] = planned
    if not made:
        return answered
    # In the order of the entries, like everybody's who inserts several: two processes never wait for each other.
    table = [_row(made[entry_id], waiting[entry_id]) for entry_id in sorted(made)]
    for entry_id, attempt_id in (yield Query(_INSERT, table)):
        new = made[entry_id]
        running = Running(
            attempt_id,
            new.public_id,
            waiting[entry_id].wish.contest,
            entry_id,
            new.ordinal,
            new.round_key,
            new.rules,
            tuple(item.question for item in new.paper.items),
            new.pools,
            new.started_at,
            new.started_at + new.rules.time_limit_s * 1000,
        )
        shelf.remember(running)
        answered[entry_id] = started(running, new.paper, new.ticket, {}, new.started_at, resumed=False)
    return answered


def _plan(shelf: Shelf, contest: Contest | None, entry: _Entry | None, wanted: _Wanted) -> _New | str:
    """The attempt that may start, or the code of why none may."""
    if entry is None or contest is None or entry.contest != contest.id:
        return "not_entered"
    if entry.refusal:
        return entry.refusal
    if contest.state != "open" or contest.version is None:
        return "not_open"
    rules = shelf.rules(contest.id, contest.version)
    current = round_at(rules, wanted.at)
    if current is None:
        return "not_open"
    day = local_day(wanted.at)
    if code := quotas.refusal(rules.quota, [one.start for one in entry.past], Start(current.key, day)):
        return code
    dealer = contest.pools.dealer(contest.version, rules, "" if current.bank_id is None else current.key)
    return _New(
        public_id=new_public_id(),
        ticket=new_secret(),
        ordinal=max((one.ordinal for one in entry.past), default=0) + 1,
        round_key=current.key,
        day=day,
        version=contest.version,
        rules=rules,
        paper=dealer.deal(),
        pools=contest.pools,
        started_at=wanted.at,
    )


def _row(new: _New, wanted: _Wanted) -> tuple[Any, ...]:
    return (
        new.public_id,
        wanted.wish.contest,
        wanted.entry,
        new.ordinal,
        new.round_key,
        new.day,
        new.version,
        digest(new.ticket),
        wanted.wish.device or None,
        wanted.wish.address or None,
        json.dumps(new.paper.to_json(), separators=(",", ":")),
        new.started_at,
        new.started_at + new.rules.time_limit_s * 1000,
        len(new.paper.items),
    )
