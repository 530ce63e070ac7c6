"""What all documents of a contest have around their text: the head of the form, the mark of a draft, the footer.

Holds no text of its own.
"""

from collections.abc import Sequence
from typing import Any

from admin.contests.document_words import DOTS, DocumentWords
from contest.provincial.letterheads import Letterhead

Cell = str
Column = tuple[str, str, float | str]
"""Heading, alignment (left, right, center), width: "auto" or a share of what is left."""


def frame(
    words: DocumentWords, letterhead: Letterhead, *, title: str, subtitle: str, draft: bool, dated_ms: int | None = None
) -> dict[str, Any]:
    """The fields that `form.typ` asks of every document."""
    return {
        "lang": words.lang,
        "title": title,
        "subtitle": subtitle,
        "parent": letterhead.parent,
        "agency": letterhead.agency or words.rules.organiser or words.rules.title,
        "number": DOTS,
        "dated": words.dated(letterhead.place, dated_ms),
        "draft": words.text("draft") if draft else "",
        "footer": words.text("draft_footer", title=words.rules.title) if draft else words.rules.title,
        "words": {
            "country": words.text("country"),
            "motto": words.text("motto"),
            "number": words.text("number"),
            "sign-here": words.text("sign_here"),
            "receivers": words.text("receivers"),
        },
    }


def signer(words: DocumentWords, letterhead: Letterhead) -> dict[str, str]:
    """Who signs; the role to be written by hand where nobody has said it."""
    return {"role": letterhead.signer_role or words.text("signer_role"), "name": letterhead.signer_name}


def table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> dict[str, Any]:
    """A table as `form.typ` sets it."""
    return {
        "columns": [heading for heading, _, _ in columns],
        "align": [align for _, align, _ in columns],
        "widths": [width for _, _, width in columns],
        "rows": [list(row) for row in rows],
    }
