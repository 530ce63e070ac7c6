"""What a process remembers about frozen contests: rules by version, question pools, decks, and attempts being taken.

Everything here can be read again from SQL; nothing here is ever the truth. Never decides what may be done.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from contest.model import Question
from contest.provincial.papers import Dealer
from contest.provincial.rules import ContestRules
from contest.provincial.transactions import Flow, Query, Statement
from scoring.answer_key import AnswerKey

MOST_ATTEMPTS = 60_000

_CONTESTS = Statement(
    "SELECT id, state, rules_version, (SELECT max(id) FROM contest_questions WHERE contest_id = contests.id) "
    "FROM contests WHERE id IN (SELECT value FROM json_each(?1))",
    "SELECT id, state, rules_version, (SELECT max(id) FROM contest_questions WHERE contest_id = contests.id) "
    "FROM contests WHERE id = ANY($1::bigint[])",
)
_RULES = Statement(
    "SELECT v.contest_id, v.version, v.rules FROM json_each(?1) AS w JOIN contest_versions AS v "
    "ON v.contest_id = w.value ->> 0 AND v.version = w.value ->> 1",
    "SELECT v.contest_id, v.version, v.rules FROM unnest($1::bigint[], $2::int[]) AS w(contest_id, version) "
    "JOIN contest_versions AS v ON v.contest_id = w.contest_id AND v.version = w.version",
    width=2,
)
_QUESTIONS = Statement(
    "SELECT contest_id, id, pool, number, revision, body FROM contest_questions "
    "WHERE contest_id IN (SELECT value FROM json_each(?1)) ORDER BY id",
    "SELECT contest_id, id, pool, number, revision, body::text FROM contest_questions "
    "WHERE contest_id = ANY($1::bigint[]) ORDER BY id",
)
_PAPERS = Statement(
    "SELECT contest_id, pool, number, questions FROM contest_papers "
    "WHERE contest_id IN (SELECT value FROM json_each(?1)) ORDER BY pool, number",
    "SELECT contest_id, pool, number, questions::text FROM contest_papers "
    "WHERE contest_id = ANY($1::bigint[]) ORDER BY pool, number",
)


@dataclass(slots=True)
class Pools:
    """A contest's frozen questions. `stamp` is the highest question row, which a correction raises, and the version of
    the rules, with which papers may be drawn anew."""

    stamp: tuple[int, int]
    questions: dict[int, Question] = field(default_factory=dict)
    """By row, every revision: a paper names the one that was shown."""
    shown: dict[int, AnswerKey] = field(default_factory=dict)
    """By row, what may be chosen of the question as it was shown."""
    keys: dict[int, AnswerKey] = field(default_factory=dict)
    """By row, the key of the newest revision of that question: what is marked by."""
    newest: dict[int, Question] = field(default_factory=dict)
    """By row, the newest revision: what a review explains with."""
    current: dict[str, dict[int, int]] = field(default_factory=dict)
    """Pool → question number → the newest row."""
    fixed: dict[str, list[list[int]]] = field(default_factory=dict)
    """Pool → the fixed papers, as question numbers."""
    dealers: dict[tuple[int, str], Dealer] = field(default_factory=dict)

    def dealer(self, version: int, rules: ContestRules, pool: str) -> Dealer:
        """The dealer of that pool under those rules. Raises Invalid("bank_too_small")."""
        found = self.dealers.get((version, pool))
        if found is None:
            rows = self.current.get(pool, {})
            fixed = [[rows[number] for number in paper] for paper in self.fixed.get(pool, [])]
            drawn = {row: self.questions[row] for row in rows.values()}
            found = Dealer(drawn, rules.blueprint, fixed if rules.blueprint.fixed_papers else ())
            self.dealers[(version, pool)] = found
        return found


class Contest(NamedTuple):
    """A contest as it stood when a transaction asked; `version` is None before the opening."""

    id: int
    state: str
    version: int | None
    pools: Pools


@dataclass(frozen=True, slots=True)
class Running:
    """What never changes about an attempt while it is open; few objects, for there are many of it."""

    id: int
    public_id: str
    contest: int
    entry: int
    ordinal: int
    round_key: str
    rules: ContestRules
    rows: tuple[int, ...]
    """The question rows of the paper; position 1 first."""
    pools: Pools
    started_at: int
    deadline_at: int


class Shelf:
    """One for each process. Its flows are parts of transactions; they read only what is not known or may be old."""

    def __init__(self) -> None:
        self._rules: dict[tuple[int, int], ContestRules] = {}
        self._pools: dict[int, Pools] = {}
        self._running: OrderedDict[str, Running] = OrderedDict()

    def contests(self, ids: Iterable[int]) -> Flow[dict[int, Contest]]:
        """The contests as they are now, with the newest questions and the rules in force."""
        rows = yield Query(_CONTESTS, sorted(set(ids)))
        yield from self.load_rules((row[0], row[2]) for row in rows if row[2] is not None)
        yield from self._load_pools({row[0]: (row[3] or 0, row[2] or 0) for row in rows})
        return {row[0]: Contest(row[0], row[1], row[2], self._pools[row[0]]) for row in rows}

    def rules(self, contest: int, version: int) -> ContestRules:
        """Rules that were loaded in this transaction or before. Raises KeyError."""
        return self._rules[(contest, version)]

    def load_rules(self, versions: Iterable[tuple[int, int]]) -> Flow[None]:
        """Reads the versions that are not known yet."""
        unknown = sorted(set(versions) - self._rules.keys())
        if unknown:
            for contest, version, text in (yield Query(_RULES, unknown)):
                self._rules[(contest, version)] = ContestRules.model_validate_json(text)

    def pools(self, contest: int, rows: Iterable[int] = ()) -> Flow[Pools]:
        """The contest's questions with at least those rows; perhaps without the newest correction: not for marking."""
        known = self._pools.get(contest)
        if known is None or any(row not in known.questions for row in rows):
            yield from self.contests([contest])
        return self._pools[contest]

    def _load_pools(self, stamps: Mapping[int, tuple[int, int]]) -> Flow[None]:
        old = sorted(
            contest
            for contest, stamp in stamps.items()
            if contest not in self._pools or self._pools[contest].stamp != stamp
        )
        if not old:
            return
        questions = yield Query(_QUESTIONS, old)
        papers = yield Query(_PAPERS, old)
        for contest in old:
            own = [row[1:] for row in questions if row[0] == contest]
            self._pools[contest] = _pools_of(stamps[contest], own, [row[1:] for row in papers if row[0] == contest])

    def remember(self, running: Running) -> None:
        """Keeps an attempt at hand; the one that was used longest ago makes room."""
        self._running[running.public_id] = running
        self._running.move_to_end(running.public_id)
        if len(self._running) > MOST_ATTEMPTS:
            self._running.popitem(last=False)

    def running(self, public_id: str) -> Running | None:
        """The attempt when it is at hand."""
        return self._running.get(public_id)

    def forget(self, public_id: str) -> None:
        """The attempt has ended."""
        self._running.pop(public_id, None)


def decoded(stored: Any) -> Any:
    """A JSON column: text from the bare drivers, a value from SQLAlchemy."""
    return msgspec.json.decode(stored) if isinstance(stored, str) else stored


def _pools_of(stamp: tuple[int, int], rows: list[tuple[Any, ...]], papers: list[tuple[Any, ...]]) -> Pools:
    pools = Pools(stamp)
    newest: dict[tuple[str, int], tuple[int, int]] = {}
    for row, pool, number, revision, body in rows:
        pools.questions[row] = Question.model_validate(decoded(body))
        pools.shown[row] = pools.questions[row].key
        newest[(pool, number)] = max(newest.get((pool, number), (0, 0)), (revision, row))
    for row, pool, number, _, _ in rows:
        pools.newest[row] = pools.questions[newest[(pool, number)][1]]
        pools.keys[row] = pools.newest[row].key
    for (pool, number), (_, row) in newest.items():
        pools.current.setdefault(pool, {})[number] = row
    for pool, _, numbers in papers:
        pools.fixed.setdefault(pool, []).append([int(number) for number in decoded(numbers)])
    return pools
