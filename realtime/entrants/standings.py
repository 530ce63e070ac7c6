"""Provisional standings as people may see them: the first rows of a board, and one person's own ranks.

Never shows more than `contest.provincial.counts` allows, and nothing of a board that the rules hide. Raises RedisError
while there is no Redis: standings can wait, papers cannot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from redis.asyncio import Redis

from contest.database import Database
from contest.errors import NotFound
from contest.provincial import boards, counts, public_names
from contest.provincial.boards import Place, board_name
from contest.provincial.contests import ContestRecord
from contest.provincial.public_names import PublicPerson
from contest.provincial.rules import ContestRules, TargetGroup
from contest.provincial.windows import OVERALL, Window, windows_of
from scoring import contest_board
from scoring.contest_board import Ranked

Kind = Literal["all", "audience", "commune", "group"]
NEIGHBOURS = 2


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
    """The rows that may be shown. `cut`: fewer than a full list because its length would tell a hidden count."""

    rows: tuple[ListedRow, ...]
    cut: bool
    frozen_since: int | None


@dataclass(frozen=True, slots=True)
class OwnRank:
    """One person's place on one board. `of` is None while nobody may know how many there are."""

    board: Board
    rank: counts.PublicRank
    of: int | None
    score: int
    duration_ms: int
    around: tuple[tuple[ListedRow, bool], ...]
    """Rows around, with whether it is one's own; empty outside the public list while counts are hidden."""


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
    """The first rows of a board. Raises NotFound("board_hidden") where the rules hide them."""
    rules = shown_rules(contest)
    rows, most = await _rows(redis, contest.id, rules, board, now_ms)
    async with db.read() as reader:
        people = await public_names.by_public_id(reader, contest.id, [row.placed.entry for row in rows])
    return Listing(
        rows=tuple(_listed(row, people.get(row.placed.entry)) for row in rows),
        cut=most < counts.LISTED,
        frozen_since=boards.frozen_since(rules, now_ms),
    )


def shown_rules(contest: ContestRecord) -> ContestRules:
    """The rules of a contest whose standings are open. Raises NotFound("board_hidden")."""
    if contest.rules is None or contest.rules.ranking.board == "hidden":
        raise NotFound("board_hidden")
    return contest.rules


async def own_ranks(
    db: Database, redis: Redis, contest: ContestRecord, entry: str, place: Place, now_ms: int
) -> list[OwnRank]:
    """Where an entry stands in the newest window in which it has a place: among all, in its commune, in its group."""
    rules = shown_rules(contest)
    own: list[OwnRank] = []
    audience = rules.audience_of(place.group)
    first: Kind = "audience" if audience else "all"
    for window in begun(rules, now_ms):
        wanted = [Board(window.key, first, audience)]
        if place.commune:
            wanted.append(Board(window.key, "commune", place.commune))
        if place.group and not audience:
            wanted.append(Board(window.key, "group", place.group))
        if overall_shown(rules, now_ms):
            wanted.append(Board(OVERALL, first, audience))
        own = [rank for board in wanted if (rank := await _own(db, redis, contest, rules, board, entry, now_ms))]
        if own:
            break
    return own


async def _own(
    db: Database, redis: Redis, contest: ContestRecord, rules: ContestRules, board: Board, entry: str, now_ms: int
) -> OwnRank | None:
    found, size = await contest_board.around(redis, contest.id, board.name, entry, NEIGHBOURS)
    mine = next((row for row in found if row.placed.entry == entry), None)
    if mine is None:
        return None
    hidden = counts.hidden(rules, now_ms)
    rows, most = await _rows(redis, contest.id, rules, board, now_ms) if hidden else ([], counts.LISTED)
    listed = {row.placed.entry for row in rows}
    shown: Sequence[Ranked] = [row for row in found if not hidden or row.placed.entry in listed]
    if hidden and entry not in listed:
        # Whoever stands behind, or does not, would tell how many there are.
        shown, most = (), min(most, mine.rank - 1)
    async with db.read() as reader:
        people = await public_names.by_public_id(reader, contest.id, [row.placed.entry for row in shown])
    return OwnRank(
        board=board,
        rank=counts.public_rank(mine.rank, most, hidden=hidden),
        of=None if hidden else size,
        score=mine.placed.score,
        duration_ms=mine.placed.duration_ms,
        around=tuple((_listed(row, people.get(row.placed.entry)), row is mine) for row in shown),
    )


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


def _listed(row: Ranked, person: PublicPerson | None) -> ListedRow:
    name, commune = (person.name, person.commune) if person else ("", None)
    return ListedRow(row.rank, name, commune, row.placed.score, row.placed.duration_ms)
