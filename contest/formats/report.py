"""What an import found: every row or question of the file is either imported or skipped with its reason.

Never stores anything: the caller shows the report and saves the questions when people agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contest import catalogue
from contest.model import Question

EXCERPT_CHARS = 80


@dataclass(frozen=True, slots=True)
class Note:
    """Something people should check although the question was imported. The sentence is `import.<code>`."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportedQuestion:
    """One question taken over. `row` is the sheet row, the line, or the place in a JSON list, from 1."""

    row: int
    question: Question
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """One row or question left out, why, and how it begins. The sentence is `import.<code>` with `params`."""

    row: int
    code: str
    params: Mapping[str, Any]
    excerpt: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of reading one file. `notes` are about the file as a whole."""

    title: str | None
    format: str
    questions: tuple[ImportedQuestion, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...] = ()


def sentence(lang: str, item: Note | Skipped) -> str:
    """The reason as people read it, in `lang`."""
    params = dict(item.params)
    if column := params.get("column"):
        heading = catalogue.text(lang, key := f"formats.column.{column}")
        params["column"] = column if heading == key else heading
    return catalogue.text(lang, f"import.{item.code}", **params)


def excerpt(text: str) -> str:
    """The beginning of `text` on one line, for the report."""
    line = " ".join(text[:1000].split())
    return line if len(line) <= EXCERPT_CHARS else line[: EXCERPT_CHARS - 1].rstrip() + "…"
