"""What may be written of indicators, targets, denominators and figures: texts, days, places.

Pure: never touches SQL or a clock.
"""

import re
from collections.abc import Collection
from datetime import date

from contest.errors import Invalid
from contest.statistics.cells import PROVINCE
from contest.statistics.target_model import EVERY_COMMUNE, FULL_RATE, MAX_COUNT, commune_of
from scoring.folding import nfc

KEY = re.compile(r"[a-z][a-z0-9_]{1,47}")
MAX_SOURCE, MAX_OFFICER, MAX_NOTE, MAX_WORDING = 300, 120, 1_000, 500
FIRST_DAY, LAST_DAY = "2000-01-01", "2100-12-31"


def line(text: str, limit: int, code: str, *, required: bool = True) -> str:
    """One line of text as it is stored. Raises Invalid(code) when it is empty (and must not be) or too long."""
    clean = nfc(text)
    if (required and not clean) or len(clean) > limit:
        raise Invalid(code, limit=limit)
    return clean


def iso_day(text: str) -> str:
    """A day "2025-12-31". Raises Invalid("day_invalid")."""
    try:
        if not FIRST_DAY <= text <= LAST_DAY or date.fromisoformat(text).isoformat() != text:
            raise ValueError
    except ValueError:
        raise Invalid("day_invalid") from None
    return text


def not_future(day: str, today: str) -> str:
    """A day up to today. Raises Invalid("day_invalid") or Invalid("day_in_future")."""
    if iso_day(day) > today:
        raise Invalid("day_in_future")
    return day


def span(first: str, last: str) -> tuple[str, str]:
    """A first and a last day, in this order. Raises Invalid("day_invalid") or Invalid("days_reversed")."""
    if iso_day(first) > iso_day(last):
        raise Invalid("days_reversed")
    return first, last


def place(text: str, communes: Collection[str], *, every: bool = False) -> str:
    """The province, a known commune or (with `every`) every commune. Raises Invalid("place_unknown")."""
    if text == PROVINCE or (every and text == EVERY_COMMUNE) or commune_of(text) in communes:
        return text
    raise Invalid("place_unknown")


def count(value: int, *, least: int = 0) -> int:
    """Raises Invalid("count_out_of_range")."""
    if not least <= value <= MAX_COUNT:
        raise Invalid("count_out_of_range", least=least, most=MAX_COUNT)
    return value


def rate(value_bp: int, *, least: int = 0) -> int:
    """Hundredths of a percent up to 100 %. Raises Invalid("rate_out_of_range")."""
    if not least <= value_bp <= FULL_RATE:
        raise Invalid("rate_out_of_range")
    return value_bp
