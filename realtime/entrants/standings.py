"""Provisional standings as people may see them: which boards there are, and the first rows of each.

Never shows more than `contest.provincial.counts` allows, and nothing of a board that the rules hide. Raises RedisError
while there is no Redis: standings can wait, papers cannot.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

from redis.asyncio import Redis

from contest.database import Database
from contest.errors import NotFound
from contest.provincial import boards, counts, public_names
from contest.provincial.boards import board_name
from contest.provincial.contests import ContestRecord
from contest.provincial.public_names import PublicPerson
from contest.provincial.rules import ContestRules, TargetGroup
from contest.provincial.windows import OVERALL, Window, windows_of
from realtime.entrants.recent import Recent
from scoring import contest_board
from scoring.contest_board import Ranked

Kind = Literal["all", "audience", "commune", "group"]
FRESH_S = 3.0
"""How old a list may be in this process: the boards themselves move every five seconds."""
_recent: "WeakKeyDictionary[Database, Recent[Listing]]" = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Board:
    """One board of a contest. `window` is a ranking window's key or "overall"; `code` is "" for everybody."""

    window: str
    kind: Kind = "all"
    code: str = ""

    @property
    def name(self) -> str:
        return board_name(self.window, self.kind, self.code)


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row of a public list."""

    rank: int
    name: str
    commune: str | None
    score: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows that may be shown, at most `most`; `entries` whose they are, for the server only."""

    rows: tuple[ListedRow, ...]
    entries: tuple[str, ...]
    most: int
    frozen_since: int | None

    @property
    def cut(self) -> bool:
        """Whether the list is shorter than it could be because its length would tell a hidden count."""
        return self.most < counts.LISTED


def begun(rules: ContestRules, now_ms: int) -> tuple[Window, ...]:
    """The windows that have begun, the newest first."""
    return tuple(window for window in reversed(windows_of(rules)) if window.opens_at <= now_ms)


def board_of(rules: ContestRules, now_ms: int, window: str, kind: str, code: str) -> Board:
    """The board that a request names; "" takes the newest window and the first audience, or everybody.

    Raises NotFound("board_unknown").
    """
    known = [one.key for one in begun(rules, now_ms)]
    if known and overall_shown(rules, now_ms):
        known.append(OVERALL)
    window = window or (known[0] if known else "")
    if kind in ("", "all"):
        kind, code = ("audience", rules.audiences[0].key) if rules.audiences and not kind else ("all", "")
    allowed = {
        "all": not code,
        "audience": code in {one.key for one in rules.audiences},
        "group": code in {one.value for one in TargetGroup},
        "commune": len(code) == 5 and code.isascii() and code.isdigit(),
    }
    if window not in known or not allowed.get(kind, False):
        raise NotFound("board_unknown")
    return Board(window, kind, code)  # type: ignore[arg-type]


def overall_shown(rules: ContestRules, now_ms: int) -> bool:
    """Whether there is an overall board to show. Sums say nothing about full marks, so a list of them cannot be cut."""
    if rules.ranking.overall == "none":
        return False
    return not (counts.of_full_marks(rules) and rules.ranking.overall == "sum" and counts.hidden(rules, now_ms))


async def listing(db: Database, redis: Redis, contest: ContestRecord, board: Board, now_ms: int) -> Listing:
    """The first rows of a board, a few seconds old at most. Raises NotFound("board_hidden") where the rules hide it."""
    rules = shown_rules(contest)

    async def made() -> Listing:
        rows, most = await _rows(redis, contest.id, rules, board, now_ms)
        entries = tuple(row.placed.entry for row in rows)
        async with db.read() as reader:
            people = await public_names.by_public_id(reader, contest.id, entries)
        return Listing(
            rows=tuple(listed(row, people) for row in rows),
            entries=entries,
            most=most,
            frozen_since=boards.frozen_since(rules, now_ms),
        )

    return await _recent.setdefault(db, Recent(FRESH_S)).get((contest.id, board), made)


def shown_rules(contest: ContestRecord) -> ContestRules:
    """The rules of a contest whose standings are open. Raises NotFound("board_hidden")."""
    if contest.rules is None or contest.rules.ranking.board == "hidden":
        raise NotFound("board_hidden")
    return contest.rules


async def _rows(
    redis: Redis, contest_id: int, rules: ContestRules, board: Board, now_ms: int
) -> tuple[list[Ranked], int]:
    hidden = counts.hidden(rules, now_ms)
    most = counts.LISTED
    if hidden:
        size = await contest_board.size(redis, contest_id, board.name)
        full = size
        if counts.of_full_marks(rules):
            full = await contest_board.size(redis, contest_id, board.name, least_score=rules.blueprint.full_marks)
        most = counts.listed_rows(rules, size, full, hidden=True)
    return await contest_board.top(redis, contest_id, board.name, most), most


def listed(row: Ranked, people: Mapping[str, PublicPerson]) -> ListedRow:
    """A row with what may be shown of its owner."""
    person = people.get(row.placed.entry)
    name, commune = (person.name, person.commune) if person else ("", None)
    return ListedRow(row.rank, name, commune, row.placed.score, row.placed.duration_ms)
