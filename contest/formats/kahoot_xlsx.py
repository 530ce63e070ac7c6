"""What is Kahoot's own in its spreadsheet template: the sample row, the lengths, where a title may stand.

The template is a table otherwise (headings in row 8 of the official file, elsewhere in what generators write; numbers
before empty rows; one to four in the last column) and `contest.formats.table` reads it. ClassQuiz's template has the
same columns below a title.
"""

from collections.abc import Sequence

from contest.formats.cells import as_text
from contest.formats.headers import Header
from contest.formats.report import Note
from contest.formats.workbook import Row
from scoring.folding import fold

MAX_STEM, MAX_ANSWER = 120, 75
"""What the template allows. Longer texts are taken over with a note: they are small on a far screen."""

_SAMPLE = "which spreadsheet tools can read this sheet"
_CLASSQUIZ_HEADER_ROW, _CLASSQUIZ_TITLE_ROW, _CLASSQUIZ_TITLE_COLUMN = 13, 5, 2


def is_sample(stem: str) -> bool:
    """Whether this is the example question of the official template, left in by mistake."""
    return fold(stem).startswith(_SAMPLE)


def length_notes(stem: str, answers: Sequence[str]) -> list[Note]:
    """A note when a text is longer than the template allows."""
    if len(stem) > MAX_STEM or any(len(answer) > MAX_ANSWER for answer in answers):
        return [Note("long_for_screen", {"stem": MAX_STEM, "option": MAX_ANSWER})]
    return []


def title(above: Sequence[Row], header: Header) -> str | None:
    """ClassQuiz's title; Kahoot's template has only instructions above its headings."""
    if header.row.number != _CLASSQUIZ_HEADER_ROW:
        return None
    row = next((row for row in above if row.number == _CLASSQUIZ_TITLE_ROW), None)
    return (as_text(row.cell(_CLASSQUIZ_TITLE_COLUMN)) or None) if row else None
