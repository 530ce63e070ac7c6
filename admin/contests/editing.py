"""What the organiser's pages of contests have in common: the contest asked for, its banks, the steps to its opening.

Holds no route.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from admin.caller import Caller
from admin.permissions import Permission, requires
from admin.services import Services
from contest import catalogue, question_bank
from contest.database import Reader
from contest.errors import Conflict
from contest.ids import QuizId
from contest.provincial import contests
from contest.provincial.blueprints import PoolItem, fits, shortages
from contest.provincial.contests import ContestRecord
from contest.provincial.rules import Cell
from contest.provincial.secrets_box import FieldBox, recognises
from contest.question_bank import QuizSummary
from contest.settings import load_field_key
from scoring.answer_key import OPINIONS

CanRead = Annotated[Caller, requires(Permission.CONTESTS_READ)]
CanWrite = Annotated[Caller, requires(Permission.CONTESTS_WRITE)]
CanPublish = Annotated[Caller, requires(Permission.CONTESTS_PUBLISH)]


@dataclass(frozen=True, slots=True)
class BankHoldings:
    """What one bank of the draft has to offer. `rounds` are the names of the rounds it serves, none for all."""

    title: str
    rounds: tuple[str, ...]
    items: tuple[PoolItem, ...]


async def contest_of(services: Services, contest_id: int) -> ContestRecord:
    """Raises NotFound("contest_unknown")."""
    async with services.db.read() as reader:
        return await contests.load(reader, contest_id)


async def banks_of(reader: Reader) -> list[QuizSummary]:
    """What a contest may draw from: banks first, then quizzes, all with at least one question."""
    found = [one for one in await question_bank.listing(reader) if one.questions]
    return sorted(found, key=lambda one: not one.is_bank)


async def holdings(reader: Reader, draft: Mapping[str, Any], known: list[QuizSummary]) -> list[BankHoldings]:
    """The banks that the draft draws from: the contest's, then those of single rounds."""
    titles = {int(one.id): one.title for one in known}
    served: dict[int, list[str]] = {}
    rounds = [one for one in draft.get("rounds") or () if isinstance(one, dict)]
    shared = [one for one in rounds if one.get("bank_id") is None]
    if isinstance(bank := draft.get("bank_id"), int) and (shared or not rounds):
        served[bank] = []
    for one in rounds:
        if isinstance(own := one.get("bank_id"), int):
            served.setdefault(own, []).append(str(one.get("name") or one.get("key") or ""))
    found = []
    for bank_id, names in served.items():
        stored = await question_bank.stored_questions(reader, QuizId(bank_id))
        asked = [one.question for one in stored if one.question.type not in OPINIONS]
        items = tuple(PoolItem(n, one.category, one.difficulty) for n, one in enumerate(asked, start=1))
        found.append(BankHoldings(titles.get(bank_id, f"#{bank_id}"), tuple(names), items))
    return found


async def box_of(services: Services) -> FieldBox:
    """The box of personal data. Raises Conflict("field_key_unusable") without the key that sealed this database."""
    try:
        box = FieldBox(await asyncio.to_thread(load_field_key, services.settings))
    except (OSError, ValueError):
        raise Conflict("field_key_unusable") from None
    if not await recognises(services.db, box):
        raise Conflict("field_key_unusable")
    return box


def cell_counts(draft: Mapping[str, Any], banks: list[BankHoldings]) -> list[dict[str, Any]]:
    """For each cell of the paper what every bank holds for it, and whether all of them can fill it."""
    cells = [_cell(row) for row in draft["blueprint"]["cells"]]
    whole = [cell for cell in cells if cell is not None]
    places = [n for n, cell in enumerate(cells) if cell is not None]
    short: dict[int, int] = {}
    for bank in banks:
        for one in shortages(whole, bank.items):
            short[places[one.cell]] = max(one.need, short.get(places[one.cell], 0))
    return [
        {
            "counts": [] if cell is None else [(bank, sum(fits(cell, item) for item in bank.items)) for bank in banks],
            "need": short.get(n),
        }
        for n, cell in enumerate(cells)
    ]


def categories(lang: str, draft: Mapping[str, Any], banks: list[BankHoldings]) -> list[tuple[str, str, int]]:
    """The topics of the banks and of the draft, with their names and how many questions each has."""
    counted = Counter(item.category for bank in banks for item in bank.items if item.category)
    for row in draft["blueprint"]["cells"]:
        if isinstance(row.get("category"), str) and row["category"]:
            counted.setdefault(row["category"], 0)
    known = catalogue.load(lang)
    return [(name, known.get(f"category.{name}", name), many) for name, many in sorted(counted.items())]


def _cell(row: Mapping[str, Any]) -> Cell | None:
    try:
        return Cell.model_validate(row)
    except ValueError:
        return None
