"""From loose fields to a valid question or a reason: what all readers share.

Never reads files; never changes what an author wrote beyond trimming it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from contest.errors import TooLarge
from contest.formats.cells import printable, true_or_false
from contest.formats.limits import MAX_IMPORTED, MAX_ROWS
from contest.formats.report import ImportedQuestion, ImportReport, Note, Skipped, excerpt
from contest.model import Question
from scoring.folding import fold, nfc

OPTION_LETTERS = "abcdef"
_RANGES = {
    "seconds": "seconds_out_of_range",
    "difficulty": "difficulty_out_of_range",
    "weight": "weight_invalid",
    "review_by": "review_by_invalid",
    "tolerance": "tolerance_invalid",
    "type": "type_unknown",
    "words": "words_out_of_range",
}


class Reason(Exception):
    """This row or question cannot be taken over: `code` and `params` say why."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Builder:
    """Collects the outcome of each row in order and makes the report."""

    def __init__(self, format_name: str) -> None:
        self._format = format_name
        self._questions: list[ImportedQuestion] = []
        self._skipped: list[Skipped] = []
        self._stems: dict[str, int] = {}

    def add(self, row: int, question: Question, notes: Iterable[Note] = ()) -> None:
        """Takes a question over. Raises TooLarge beyond the limit of one quiz."""
        found = list(notes)
        key = fold(question.stem_vi)
        if key and (first := self._stems.setdefault(key, row)) != row:
            found.append(Note("stem_repeated", {"first": first}))
        self._questions.append(ImportedQuestion(row, question, tuple(found)))
        if len(self._questions) > MAX_IMPORTED:
            raise TooLarge("too_many_questions", limit=MAX_IMPORTED)

    def skip(self, row: int, reason: Reason, text: str) -> None:
        """Leaves a row out, with the reason and the beginning of its text. Raises TooLarge for too many of them."""
        if len(self._skipped) == MAX_ROWS:
            raise TooLarge("too_many_rows", limit=MAX_ROWS)
        self._skipped.append(Skipped(row, reason.code, reason.params, excerpt(printable(text[:1000]))))

    def report(self, title: str | None = None, notes: Iterable[Note] = ()) -> ImportReport:
        """The report of everything added and skipped."""
        cleaned = nfc(printable(title))[:200] if title else None
        return ImportReport(cleaned or None, self._format, tuple(self._questions), tuple(self._skipped), tuple(notes))


def make_question(fields: Mapping[str, Any]) -> Question:
    """A valid question; raises Reason with the code of the first rule broken."""
    try:
        return Question.model_validate(fields)
    except ValidationError as error:
        raise _reason(error) from None


def _reason(error: ValidationError) -> Reason:
    problem = error.errors(include_url=False, include_input=False)[0]
    place = [str(part) for part in problem["loc"]]
    field = place[0] if place else ""
    context = problem.get("ctx", {})
    match problem["type"]:
        case "value_error":
            return Reason(str(context["error"]))
        case "string_too_long":
            return Reason("too_long", column=_column(place), limit=context["max_length"])
        case "string_too_short":
            return Reason("stem_empty" if field == "stem_vi" else "option_empty")
        case "too_long":
            return Reason("too_many_options", limit=len(OPTION_LETTERS))
        case "missing":
            return Reason("field_missing", column=_column(place))
        case "extra_forbidden":
            return Reason("field_unknown", column=excerpt(printable(".".join(place))))
    if field in _RANGES:
        return Reason(_RANGES[field])
    return Reason("field_invalid", column=_column(place))


def _column(place: Sequence[str]) -> str:
    return "options" if place[:1] == ["options"] else place[0] if place else "question"


def option_ids(stem: str, texts: Sequence[str]) -> list[str]:
    """Ids for options that came without: a permutation of a, b, c … drawn from the content itself.

    Authors tend to write the right option first; with ids in file order "a" would be the tell-tale. The same
    question gets the same ids each time.
    """
    letters = (
        list(OPTION_LETTERS[: len(texts)])
        if len(texts) <= len(OPTION_LETTERS)
        else [f"o{i}" for i in range(len(texts))]
    )
    seed = "\x1f".join((nfc(stem), *map(nfc, texts)))
    # Sorting by a hash of letter and content is a permutation that no version of Python's random will change.
    return sorted(letters, key=lambda letter: hashlib.sha256(f"{letter}\x1f{seed}".encode("utf-8", "replace")).digest())


def choice_fields(stem: str, texts: Sequence[str], right: Sequence[int], *, kind: str | None = None) -> dict[str, Any]:
    """The fields type, options and answer of a question with options in file order; `right` are indexes from 0.

    Without `kind`, one right option is single, several are multi, and Đúng/Sai alone is true_false.
    """
    if len(texts) < 2:
        raise Reason("too_few_options")
    if len(texts) > len(OPTION_LETTERS):
        raise Reason("too_many_options", limit=len(OPTION_LETTERS))
    if kind is None:
        truths = [true_or_false(text) for text in texts]
        kind = (
            "multi" if len(right) > 1 else "true_false" if sorted(map(repr, truths)) == ["False", "True"] else "single"
        )
        if not right:
            raise Reason("answer_missing")
    ids = option_ids(stem, texts)
    if kind == "true_false":
        truths = [true_or_false(text) for text in texts]
        if truths in ([True, False], [False, True]):
            ids = ["T" if truth else "F" for truth in truths]
    return {
        "type": kind,
        "options": [{"id": id_, "text_vi": text} for id_, text in zip(ids, texts, strict=True)],
        "answer": [ids[index] for index in dict.fromkeys(right)],
    }
