"""Reading single values as people type them: numbers, letters, dates, yes and no, in Vietnamese or English.

Never knows columns or formats, and never guesses silently: what it cannot read is None.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from scoring.answer_key import NUMBER_LIMIT
from scoring.folding import fold

Cell = str | int | float | bool | None

_NONCHARACTERS = "\ufeff\ufffe\uffff"
_DROPPED = {
    code: None for code in (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), *map(ord, _NONCHARACTERS))
}
for _kept in "\t\n\r\x85":
    del _DROPPED[ord(_kept)]

# 1.500.000,25 as Vietnamese write it; 1.500 is fifteen hundred, but 0.125 and 1.5 are decimals.
_VIETNAMESE = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:[. ][0-9]{3})+(?:,[0-9]+)?")
_ENGLISH = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+\.[0-9]+|(?:,[0-9]{3}){2,})")
_PLAIN = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_MAX_NUMBER_CHARS = 40

_TRUE = frozenset({"t", "true", "dung", "d", "yes", "co"})
_FALSE = frozenset({"f", "false", "sai", "s", "no", "khong"})


def printable(text: str) -> str:
    """`text` without control characters, lone surrogates and byte order marks, which pages cannot show."""
    return text.translate(_DROPPED)


def as_text(cell: Cell) -> str:
    """A cell as the text a person sees in it: 12.0 is "12", a true cell is "TRUE"."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < NUMBER_LIMIT else str(cell)
    return printable(str(cell)).strip()


def number(cell: Cell) -> Decimal | None:
    """A number, exactly: a cell's double as its shortest decimal, text by Vietnamese or English habits.

    None for what is no number, and for numbers too large or too long to be answered on a phone.
    """
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        return bounded(Decimal(str(cell)))
    text = " ".join(cell.replace("−", "-").split())
    if len(text) > _MAX_NUMBER_CHARS:
        return None
    if _VIETNAMESE.fullmatch(text):
        plain = text.replace(".", "").replace(" ", "").replace(",", ".")
    elif _ENGLISH.fullmatch(text):
        plain = text.replace(",", "")
    elif _PLAIN.fullmatch(text):
        plain = text.replace(",", ".")
    else:
        return None
    try:
        return bounded(Decimal(plain))
    except InvalidOperation:
        return None


def bounded(value: Decimal) -> Decimal | None:
    """`value` when a phone can send it: finite, up to a million billion, at most 20 decimals."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or not -20 <= exponent <= 15 or abs(value) > NUMBER_LIMIT:
        return None
    return value


def whole(cell: Cell) -> int | None:
    """A whole number, also from "20 giây" or "20s"; None otherwise."""
    if isinstance(cell, str):
        cell = re.sub(r"(?i)\s*(giây|giay|secs?|seconds?|s)\.?$", "", cell.strip())
    value = number(cell)
    return int(value) if value is not None and value == value.to_integral_value() else None


def true_or_false(text: str) -> bool | None:
    """Đúng, True, T, Đ … or Sai, False, F, S …; None for anything else."""
    key = fold(text)
    return True if key in _TRUE else False if key in _FALSE else None


def places(cell: Cell, letters: Sequence[str]) -> tuple[list[int] | None, bool]:
    """Which of the options `letters` (A, B, C …) an answer cell names, as indexes from 0.

    Letters or numbers, one or more, separated by , ; . / + "và" or spaces; letters may stand together (AC). A
    comma-decimal Excel turns a typed 1,3 into the number 1.3: then the second value is True. None when the cell
    is something else or names an option that is not there.
    """
    if isinstance(cell, float) and not cell.is_integer():
        text, was_decimal = str(cell).replace(".", ","), True
    else:
        text, was_decimal = as_text(cell), False
    parts = [part for part in re.split(r"[\s,;./+&|]+|\bvà\b|\band\b", text.strip(" ()[]").upper()) if part]
    parts = [part for part in parts if part not in ("VÀ", "AND")]
    if len(parts) == 1 and len(parts[0]) > 1 and parts[0].isalpha():
        parts = list(parts[0])
    found: list[int] = []
    for part in parts:
        if part in letters:
            found.append(letters.index(part))
        elif part.isascii() and part.isdigit() and len(part) <= 2 and 1 <= int(part) <= len(letters):
            found.append(int(part) - 1)
        else:
            return None, was_decimal
    return found, was_decimal


def day(cell: Cell) -> date | None:
    """A date from 2027-06-30 or 30/06/2027 (also with . or -); None otherwise."""
    text = as_text(cell)
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?", text):
        year, month, day_ = match.groups()
    elif match := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text):
        day_, month, year = match.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day_))
    except ValueError:
        return None
