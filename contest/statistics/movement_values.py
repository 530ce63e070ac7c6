"""Reading what organisers write in a table: numbers, percents, days and places, as Vietnamese write them.

What can be meant in two ways is refused, never guessed; what was understood in a way that is worth saying comes with
a note. Never touches SQL.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from contest import units
from contest.errors import Invalid
from contest.formats import cells as typed
from contest.provincial.sheet_reading import Line
from contest.statistics import cells
from contest.statistics.target_model import EVERY_COMMUNE, PERCENT
from contest.units import Unit
from scoring.folding import fold

PROVINCE_WORDS = frozenset({"p", "66", "tinh", "toan tinh", "tinh dak lak", "dak lak", "province", "whole province"})
EVERY_WORDS = frozenset(
    {
        "moi xa", "moi xa phuong", "tat ca", "tat ca xa phuong", "tat ca cac xa phuong", "cac xa phuong",
        "100 xa phuong", "every commune", "all communes",
    }
)  # fmt: skip
_SIGNS = re.compile(r"[/(),.;:\-]")
_AT_LEAST = re.compile(r"^(?:≥|>=|>|tối thiểu|ít nhất|trên|at least)\s*", re.IGNORECASE)
_UNIT_AFTER = re.compile(r"\s*[^\W\d_]+(?:\s+[^\W\d_]+){0,3}$")
_EPOCH_1900 = date(1899, 12, 30)
_SERIALS = range(36_526, 73_051)
"""Days 2000 to 2100 as spreadsheets number them."""
_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth saying of a row that was understood: `movement.note.<code>`."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def amount(line: Line, name: str) -> int | None:
    """A whole number of people or things; None for an empty cell. Raises Invalid("number_invalid")."""
    text = line.get(name)
    if not text:
        return None
    value = _number(line, name, _UNIT_AFTER.sub("", _AT_LEAST.sub("", text)))
    if value is None or value != value.to_integral_value():
        raise Invalid("number_invalid", value=text[:40])
    return int(value)


def percent(line: Line, name: str, notes: list[Note]) -> int | None:
    """A rate in hundredths of a percent: "62 %", "62,5" or the 0.62 that a cell formatted as percent holds; None for an
    empty cell. Raises Invalid("rate_invalid"), and Invalid("rate_unclear") for a text of 1 or less without its sign."""
    text = line.get(name)
    if not text:
        return None
    plain = _AT_LEAST.sub("", text)
    said = plain.endswith("%")
    value = _number(line, name, plain.rstrip("% "))
    if value is None or value < 0:
        raise Invalid("rate_invalid", value=text[:40])
    if not said and 0 < value <= 1:
        if name not in line.numbers:
            raise Invalid("rate_unclear", value=text[:40])
        value *= 100
        notes.append(Note("rate_from_fraction", {"value": text[:40], "rate": percent_text(_hundredths(value))}))
    found = _hundredths(value)
    if Decimal(found) / PERCENT != value and name not in line.numbers:
        notes.append(Note("rate_rounded", {"value": text[:40], "rate": percent_text(found)}))
    return found


def says_percent(text: str) -> bool:
    """Whether a value or a unit is written as a percentage."""
    return "%" in text or fold(text) in ("phan tram", "percent", "ty le", "rate")


def day(line: Line, name: str) -> str | None:
    """A day as "2025-12-31" from 31/12/2025 or a spreadsheet's date; None for an empty cell.

    Raises Invalid("day_unreadable")."""
    text = line.get(name)
    if not text:
        return None
    serial = line.numbers.get(name)
    if serial is not None and int(serial) in _SERIALS:
        return (_EPOCH_1900 + timedelta(days=int(serial))).isoformat()
    found = typed.day(text)
    if found is None:
        raise Invalid("day_unreadable", value=text[:40])
    return found.isoformat()


def place(text: str, known: Sequence[Unit], notes: list[Note], *, every: bool = False) -> str:
    """A place by code or any spelling of its name, also a former one where it went into one unit alone.

    Raises Invalid: place_missing, place_ambiguous or place_not_found with the `names` that may be meant.
    """
    key = fold(_SIGNS.sub(" ", text))
    if not key:
        raise Invalid("place_missing")
    if key in PROVINCE_WORDS:
        return cells.PROVINCE
    if every and (key in EVERY_WORDS or text.strip() == "*"):
        return EVERY_COMMUNE
    near = units.search(known, text, limit=len(known))
    own = [unit for unit in near if key in (unit.code, *unit.keys[0])]
    found = own or [unit for unit in near if key in unit.keys[1] or _bare(key) in unit.keys[1]]
    if len(found) == 1:
        if not own:
            notes.append(Note("place_by_old_name", {"value": text[:60], "name": found[0].name}))
        return cells.commune(found[0].code)
    if found:
        raise Invalid("place_ambiguous", value=text[:60], names=_named(found))
    if near or (near := units.search(known, _bare(key))):
        raise Invalid("place_like", value=text[:60], names=_named(near))
    raise Invalid("place_not_found", value=text[:60])


def percent_text(value_bp: int) -> str:
    """62,5 % for 6250."""
    whole, part = divmod(value_bp, PERCENT)
    return f"{whole}{f',{part:02d}'.rstrip('0') if part else ''} %"


def _bare(key: str) -> str:
    return re.sub(r"^(?:xa|phuong|thi tran|tt) ", "", key)


def _named(found: Sequence[Unit]) -> str:
    more = "…" if len(found) > _MOST_NAMED else ""
    return ", ".join(unit.name for unit in found[:_MOST_NAMED]) + more


def _number(line: Line, name: str, text: str) -> Decimal | None:
    # A workbook's own number is exact; as text 1.234 would read as Vietnamese write 1,234.
    held = line.numbers.get(name)
    return typed.number(text.strip() if held is None else held)


def _hundredths(value: Decimal) -> int:
    return int((value * PERCENT).to_integral_value(ROUND_HALF_UP))
