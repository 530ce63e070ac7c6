"""One person's own provisional ranks, with the people around.

Never exact outside the public list while a prediction is open: whoever stands last would count everybody. Raises
RedisError while there is no Redis.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

from contest.database import Database
from contest.provincial import counts, public_names
from contest.provincial.boards import Place
from contest.provincial.contests import ContestRecord
from contest.provincial.public_names import PublicPerson
from contest.provincial.rules import ContestRules
from contest.provincial.windows import OVERALL
from realtime.entrants import standings
from realtime.entrants.standings import Board, Kind, ListedRow, Listing, listed
from scoring import contest_board
from scoring.contest_board import Ranked

NEIGHBOURS = 2


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


@dataclass(frozen=True, slots=True)
class _Found:
    board: Board
    mine: Ranked
    rows: tuple[Ranked, ...]
    size: int


async def own_ranks(
    db: Database, redis: Redis, contest: ContestRecord, entry: str, place: Place, now_ms: int
) -> list[OwnRank]:
    """Where an entry stands: in the newest window it has a place in, among all, in its commune and its group; and
    overall. Raises NotFound("board_hidden")."""
    rules = standings.shown_rules(contest)
    found = await _found(redis, contest.id, rules, entry, place, now_ms)
    if counts.hidden(rules, now_ms):
        lists = [await standings.listing(db, redis, contest, one.board, now_ms) for one in found]
        return [_hidden(one, entry, listing) for one, listing in zip(found, lists, strict=True)]
    async with db.read() as reader:
        near = {row.placed.entry for one in found for row in one.rows}
        people = await public_names.by_public_id(reader, contest.id, near)
    return [_open(one, people) for one in found]


async def _found(
    redis: Redis, contest_id: int, rules: ContestRules, entry: str, place: Place, now_ms: int
) -> list[_Found]:
    audience = rules.audience_of(place.group)
    whole: Kind = "audience" if audience else "all"
    parts: list[tuple[Kind, str]] = []
    if place.commune:
        parts.append(("commune", place.commune))
    if place.group and not audience:
        parts.append(("group", place.group))

    async def look(board: Board) -> _Found | None:
        rows, size = await contest_board.around(redis, contest_id, board.name, entry, NEIGHBOURS)
        mine = next((row for row in rows if row.placed.entry == entry), None)
        return None if mine is None else _Found(board, mine, tuple(rows), size)

    found: list[_Found | None] = []
    for window in standings.begun(rules, now_ms):
        first = await look(Board(window.key, whole, audience))
        if first is not None:
            found = [first, *[await look(Board(window.key, kind, code)) for kind, code in parts]]
            break
    if found and standings.overall_shown(rules, now_ms):
        found.append(await look(Board(OVERALL, whole, audience)))
    return [one for one in found if one is not None]


def _open(one: _Found, people: Mapping[str, PublicPerson]) -> OwnRank:
    around = tuple((listed(row, people), row is one.mine) for row in one.rows)
    rank = counts.PublicRank(one.mine.rank, exact=True)
    return OwnRank(one.board, rank, one.size, one.mine.placed.score, one.mine.placed.duration_ms, around)


def _hidden(one: _Found, entry: str, listing: Listing) -> OwnRank:
    if entry in listing.entries:
        at = listing.entries.index(entry)
        near = range(max(0, at - NEIGHBOURS), min(len(listing.rows), at + NEIGHBOURS + 1))
        around = tuple((listing.rows[place], place == at) for place in near)
        rank = counts.PublicRank(listing.rows[at].rank, exact=True)
    else:
        # Whoever stands behind, or does not, would tell how many there are.
        around = ()
        rank = counts.public_rank(one.mine.rank, 0, hidden=True)
    return OwnRank(one.board, rank, None, one.mine.placed.score, one.mine.placed.duration_ms, around)
