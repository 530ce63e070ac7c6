"""The words of a word cloud: what may be sent, and what the spellings of one word share.

Never knows what is offensive (`contest.names`) nor what a host has allowed.
"""

import hashlib
import re
import unicodedata

import regex

from scoring.folding import fold

MOST_WORDS = 5
MAX_GRAPHEMES = 40
_MAX_CODE_POINTS = 160
_RAW_LIMIT = 1_000
_MAX_KEY = 70
_MARKS_PER_LETTER = 2
_GRAPHEME: re.Pattern[str] = regex.compile(r"\X")


def clean(raw: str) -> str | None:
    """The word as it is kept: NFC, single spaces, nothing invisible, no towers of marks; None when it is none.

    1 to 40 graphemes with at least one letter or digit. Cleaning a cleaned word changes nothing.
    """
    if len(raw) > _RAW_LIMIT:
        return None
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", raw):
        category = unicodedata.category(char)
        if char.isspace():
            char, marks = " ", 0
        elif category[0] == "C" or category == "Me":
            continue  # control, direction, zero width, unassigned, private, lone halves
        elif category == "Mn":
            marks += 1
            if marks > _MARKS_PER_LETTER or not kept or kept[-1] == " ":
                continue
        else:
            marks = 0
        kept.append(char)
    text = " ".join(unicodedata.normalize("NFC", "".join(kept)).split())
    if not any(unicodedata.category(char)[0] in "LN" for char in text):
        return None
    if len(text) > _MAX_CODE_POINTS or len(_GRAPHEME.findall(text)) > MAX_GRAPHEMES:
        return None
    return text


def key_of(text: str) -> str:
    """What the spellings of one word share: tones, case and signs aside; other scripts keep their letters."""
    key = fold(text) or "=" + text.casefold()
    if len(key) <= _MAX_KEY:
        return key
    return "#" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def parse(raw: object, most: int) -> list[str] | None:
    """The words of one answer in the order sent, each once; None when it is no answer. Never raises.

    A string is one word. Empty ones are left out; one that cannot be shown makes the whole answer none, as do more
    than `most`.
    """
    given = [raw] if isinstance(raw, str) else raw
    if not isinstance(given, list) or not 0 < len(given) <= MOST_WORDS:
        return None
    found: dict[str, str] = {}
    for one in given:
        if not isinstance(one, str):
            return None
        if not one.strip():
            continue
        word = clean(one)
        if word is None:
            return None
        found.setdefault(key_of(word), word)
    return list(found.values()) if 0 < len(found) <= most else None
