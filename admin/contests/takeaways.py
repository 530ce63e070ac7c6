"""What documents and files of one contest are made from, read in one go; and the threads they are made in.

Never formats anything and never checks permissions: routes do.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

from admin.contests.document_words import DocumentWords
from contest.database import Database, Reader
from contest.errors import Conflict, NotFound
from contest.provincial import contests, letterheads, public_names, result_people, results, winners
from contest.provincial.contests import ContestRecord
from contest.provincial.letterheads import Letterhead
from contest.provincial.public_names import PublicPerson
from contest.provincial.reckoning import result_keys
from contest.provincial.result_states import PUBLIC
from contest.provincial.results import Result
from contest.provincial.rules import ContestRules
from contest.provincial.windows import COLLECTIVE
from contest.provincial.winners import Winner
from scoring.folding import fold

T = TypeVar("T")
WHOLE: Final = "_all"
"""Instead of a result's key: all results together. No key begins with this sign."""
_AT_ONCE = 2
_turns: WeakKeyDictionary[Database, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Gathered:
    """The results asked for and their winners. `masked` people are there instead of names when the file is public."""

    contest: ContestRecord
    rules: ContestRules
    key: str
    results: tuple[Result, ...]
    seats: tuple[Winner, ...]
    letterhead: Letterhead
    units: dict[str, str]
    masked: dict[int, PublicPerson] | None

    @property
    def draft(self) -> bool:
        """Whether any of it is not published yet."""
        return any(one.state not in PUBLIC for one in self.results)

    def words(self, lang: str) -> DocumentWords:
        return DocumentWords(lang, self.rules, self.units)

    def individual(self) -> list[Winner]:
        """The seats of people, of revoked prizes too."""
        return [seat for seat in self.seats if seat.key != COLLECTIVE]

    def collective(self) -> list[Winner]:
        return [seat for seat in self.seats if seat.key == COLLECTIVE]

    def file_name(self, what: str, ending: str) -> str:
        """A name that every computer can store."""
        title = "-".join(fold(self.contest.title).split())[:60].strip("-")
        key = "" if self.key == WHOLE else self.key
        return "-".join(part for part in (what, title, key) if part) + f".{ending}"


async def gather(reader: Reader, contest_id: int, key: str, *, public: bool = False) -> Gathered:
    """Raises NotFound("contest_unknown" | "result_unknown"), Conflict("contest_not_open"), Conflict("result_missing")
    when nothing is reckoned yet; with `public`, Conflict("result_not_public") while it is not published."""
    contest = await contests.load(reader, contest_id)
    if contest.rules is None:
        raise Conflict("contest_not_open")
    keys = result_keys(contest.rules)
    if key != WHOLE and key not in keys:
        raise NotFound("result_unknown", key=key)
    wanted = keys if key == WHOLE else (key,)
    found = [await results.load(reader, contest_id, one) for one in wanted]
    there = [one for one in found if one.document is not None and (not public or one.state in PUBLIC)]
    if not there:
        raise Conflict("result_not_public" if public else "result_missing")
    seats = [seat for one in there for seat in await winners.winners(reader, contest_id, one.key)]
    # Rules of the version the result was made with: later ones may name prizes and windows otherwise.
    rules = await contests.rules_of(reader, contest_id, there[0].rules_version)
    people = [seat.person.entry for seat in seats if seat.person is not None]
    return Gathered(
        contest=contest,
        rules=rules,
        key=key,
        results=tuple(there),
        seats=tuple(seats),
        letterhead=await letterheads.load(reader, contest_id, rules),
        units=await result_people.unit_names(reader, contest_id),
        masked=await public_names.by_number(reader, contest_id, people) if public else None,
    )


async def made(db: Database, make: Callable[[], T]) -> T:
    """Makes a document or file in a thread, two at a time, so that neither the loop nor the pool is taken up."""
    async with _turns.setdefault(db, asyncio.Semaphore(_AT_ONCE)):
        return await asyncio.to_thread(make)


def by_table(seats: Sequence[Winner]) -> dict[tuple[str, str], list[Winner]]:
    """The seats by result and audience, in order."""
    tables: dict[tuple[str, str], list[Winner]] = {}
    for seat in seats:
        tables.setdefault((seat.key, seat.audience), []).append(seat)
    return tables


def revoked(seat: Winner) -> bool:
    """Whether the prize was taken back."""
    return seat.award is not None and seat.award.state == "revoked"
