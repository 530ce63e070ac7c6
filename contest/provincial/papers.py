"""The paper of an attempt: which questions, in which order, with which order of options, and what a phone sees of it.

Never gives a phone a key or an explanation: `as_shown` copies the few fields that may be seen, and only those.
"""

import heapq
import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from contest.errors import Invalid
from contest.model import Question
from contest.provincial.rules import Blueprint, Cell
from scoring.answer_key import OPINIONS, QuestionType

T = TypeVar("T")


class Item(NamedTuple):
    """One question of a paper: its row in `contest_questions`, and its option ids in the order shown."""

    question: int
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """What one attempt is asked. Positions are counted from 1; position 0 is the prediction."""

    items: tuple[Item, ...]

    def to_json(self) -> list[list[Any]]:
        """What is stored in `attempts.paper`: pairs of question row and option ids."""
        return [[item.question, list(item.options)] for item in self.items]

    @classmethod
    def from_json(cls, stored: Sequence[Sequence[Any]]) -> "Paper":
        """The paper that `to_json` wrote."""
        return cls(tuple(Item(int(question), tuple(options)) for question, options in stored))


def question_ids(paper_json: Sequence[Sequence[Any]]) -> tuple[int, ...]:
    """The question rows of a stored paper; the first one stands at position 1."""
    return tuple(int(item[0]) for item in paper_json)


def as_shown(paper: Paper, questions: Mapping[int, Question], lang: str) -> list[dict[str, Any]]:
    """What the phone gets: `[{"n", "type", "text", "unit", "options": [{"id", "text"}]}]`, by position.

    `questions` are by row. A question without an English stem is shown in Vietnamese.
    """
    return [_shown(n, item, questions[item.question], lang) for n, item in enumerate(paper.items, 1)]


def _shown(n: int, item: Item, question: Question, lang: str) -> dict[str, Any]:
    texts = {option.id: option.text_vi for option in question.options}
    return {
        "n": n,
        "type": question.type.value,
        "text": (question.stem_en if lang == "en" else "") or question.stem_vi,
        "unit": question.unit_vi,
        "options": [{"id": option, "text": texts[option]} for option in item.options],
    }


def fits(cell: Cell, question: Question) -> bool:
    """Whether the question may fill that cell of a blueprint. Polls never do: nothing about them is right."""
    return (
        question.type not in OPINIONS
        and cell.category in ("", question.category)
        and cell.difficulty in (None, question.difficulty)
    )


class Dealer:
    """Draws papers from one pool, so that every question of a cell is shown equally often.

    Within a cell the questions seen least so far come first, in an order nobody can foresee. The counts are those of
    this dealer, that is, of one process. Not for several threads at once.
    """

    def __init__(self, pool: Mapping[int, Question], blueprint: Blueprint, fixed: Sequence[Sequence[int]] = ()) -> None:
        """`pool` is by question row; `fixed` are the papers drawn at opening, as rows, dealt evenly when there are any.

        Raises Invalid("bank_too_small") when a cell has fewer questions than it needs.
        """
        self._pool = pool
        self._blueprint = blueprint
        self._seen = dict.fromkeys(pool, 0)
        self._cells: list[tuple[int, Cell, list[tuple[int, int, int]]]] = []
        for place, cell in enumerate(blueprint.cells):
            rows = [row for row, question in pool.items() if fits(cell, question)]
            if len(rows) < cell.count and not fixed:
                raise _too_small(cell, len(rows))
            deck = [(0, key, row) for key, row in zip(_random(len(rows)), rows, strict=True)]
            heapq.heapify(deck)
            self._cells.append((place, cell, deck))
        # The narrowest first: what only they can use is not taken by a cell that could use anything.
        self._cells.sort(key=lambda one: len(one[2]))
        self._fixed = [tuple(paper) for paper in fixed]
        self._turn: list[tuple[int, ...]] = []

    def deal(self) -> Paper:
        """The paper of one attempt. Raises Invalid("bank_too_small") when overlapping cells leave one unfilled."""
        if self._fixed:
            if not self._turn:
                self._turn = _shuffled(self._fixed)
            rows: Sequence[int] = self._turn.pop()
        else:
            rows = self.draw()
        if self._blueprint.shuffle_questions:
            rows = _shuffled(rows)
        return Paper(tuple(Item(row, self._options(self._pool[row])) for row in rows))

    def draw(self) -> list[int]:
        """The question rows of one paper, cell by cell in the order of the blueprint, not shuffled."""
        chosen: dict[int, list[int]] = {}
        taken: set[int] = set()
        for place, cell, deck in self._cells:
            chosen[place] = self._from_deck(cell, deck, taken)
            taken.update(chosen[place])
        return [row for place in sorted(chosen) for row in chosen[place]]

    def _from_deck(self, cell: Cell, deck: list[tuple[int, int, int]], taken: set[int]) -> list[int]:
        chosen: list[int] = []
        aside: list[int] = []
        while len(chosen) < cell.count and deck:
            seen, _, row = heapq.heappop(deck)
            if row in taken:
                aside.append(row)
            elif seen != self._seen[row]:
                # Shown meanwhile for another cell: it goes back to where it belongs now.
                heapq.heappush(deck, self._card(row))
            else:
                chosen.append(row)
                self._seen[row] += 1
        for row in (*aside, *chosen):
            heapq.heappush(deck, self._card(row))
        if len(chosen) < cell.count:
            raise _too_small(cell, len(chosen))
        return chosen

    def _card(self, row: int) -> tuple[int, int, int]:
        return (self._seen[row], _random(1)[0], row)

    def _options(self, question: Question) -> tuple[str, ...]:
        options = tuple(option.id for option in question.options)
        match question.type:
            case QuestionType.ORDERING:
                right = question.key.right
                while True:
                    order = tuple(_shuffled(options))
                    if order != right:
                        return order
            case QuestionType.SINGLE | QuestionType.MULTI if self._blueprint.shuffle_options:
                return tuple(_shuffled(options))
            case _:
                return options


def _too_small(cell: Cell, found: int) -> Invalid:
    return Invalid(
        "bank_too_small", found=found, category=cell.category, difficulty=cell.difficulty or 0, count=cell.count
    )


def _random(count: int) -> tuple[int, ...]:
    """Numbers from the system's own source: what comes next cannot be reckoned from what was seen."""
    return struct.unpack(f"{count}Q", os.urandom(8 * count))


def _shuffled(things: Iterable[T]) -> list[T]:
    listed = list(things)
    order = sorted(zip(_random(len(listed)), range(len(listed)), strict=True))
    return [listed[index] for _, index in order]
