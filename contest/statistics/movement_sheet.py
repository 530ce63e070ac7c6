"""The lists of the movement as tables: their columns, by whatever heading people give them, and their rows as text.

Never decides what a row means.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from contest.errors import Invalid, TooLarge
from contest.provincial import sheet_reading
from contest.provincial.sheet_reading import Line

MAX_ROWS = 5_000

_PLACE = (
    r"(?:ma |ten )?(?:xa(?: phuong.*)?|phuong(?: xa.*)?|dia ban.*|dia phuong|don vi(?: hanh chinh)?|cap)|pham vi.*|noi"
    r"|place.*|commune.*|ward|scope"
)
_INDICATOR = r"ma (?:so )?chi tieu|ma chi so|indicator(?: key| code)?|key"
_WORDING = r"(?:ten |noi dung )?chi (?:tieu|so).*|noi dung.*|wording.*|target wording"
_SOURCE = r"nguon.*|can cu|source.*"
_DAY = r"(?:den )?ngay(?: so lieu| chot| cap nhat)?|tinh den(?: ngay)?|thoi diem|so lieu ngay|as of(?: day)?|day|date"


class Kind(StrEnum):
    """A list that can be brought as a file."""

    TARGETS = "targets"
    DENOMINATORS = "denominators"
    FIGURES = "figures"
    VILLAGES = "villages"


@dataclass(frozen=True, slots=True)
class Layout:
    """`headings`: by column the pattern of its folded heading, the first that fits wins; `needed` must be there."""

    headings: Mapping[str, str]
    needed: Sequence[str]


LAYOUTS: Mapping[Kind, Layout] = {
    Kind.TARGETS: Layout(
        {
            "place": _PLACE,
            "indicator": _INDICATOR,
            "value": r"gia tri|muc tieu|chi tieu giao|ke hoach(?: giao)?|value|target|goal",
            "unit": r"don vi tinh|dvt|unit",
            "start": r"(?:tu ngay|ngay bat dau|bat dau).*|start.*|from",
            "deadline": r"(?:den ngay|han|thoi han|ngay ket thuc|hoan thanh truoc).*|deadline.*|until|to",
            "document": r"(?:van ban|can cu|nguon|ke hoach so).*|document.*|source.*",
            "wording": _WORDING,
        },
        ("place", "value", "deadline"),
    ),
    Kind.DENOMINATORS: Layout(
        {
            "place": _PLACE,
            "population": r"(?:nhom )?(?:doi tuong|dan so).*|nhom|population.*",
            "value": r"(?:tong )?so (?:nguoi|luong|dan|ho).*|mau so|gia tri|value|number|people",
            "day": _DAY,
            "source": _SOURCE,
        },
        ("place", "population", "value"),
    ),
    Kind.FIGURES: Layout(
        {
            "place": _PLACE,
            "indicator": _INDICATOR,
            "count": r"so (?:luong|nguoi|ho|luot).*|so lieu|ket qua.*|gia tri|luy ke|count|number|value",
            "rate": r"ty le.*|ti le.*|phan tram|rate.*|percent.*",
            "start": r"(?:tu ngay|ngay bat dau|ky tu).*|start.*|from|first day",
            "day": _DAY + r"|den ngay.*",
            "source": _SOURCE,
            "officer": r"(?:nguoi|can bo) (?:bao cao|cung cap|nhap|phu trach).*|can bo|officer.*|reported by",
            "note": r"ghi chu.*|note.*",
            "wording": _WORDING,
        },
        ("place", "day"),
    ),
    Kind.VILLAGES: Layout(
        {
            "name": r"(?:ten )?(?:thon|buon|to dan pho|khu pho|thon buon.*)|village.*|name",
            "place": _PLACE,
        },
        ("place", "name"),
    ),
}


async def read(kind: Kind, filename: str, data: bytes) -> list[Line]:
    """The rows of a file. Raises Invalid or TooLarge as `sheet_reading.read` does, too_many_rows from 5,000 on."""
    layout = LAYOUTS[kind]
    found = await sheet_reading.read_async(filename, data, layout.needed, layout.headings)
    if len(found) > MAX_ROWS:
        raise TooLarge("too_many_rows", limit=MAX_ROWS)
    if not found:
        raise Invalid("import_no_rows")
    return found


def packed(lines: Sequence[Line]) -> str:
    """The rows as text that a page keeps between preview and applying; `unpacked` reads it."""
    rows = [[line.number, {name: text for name, text in line.cells.items() if text}, line.numbers] for line in lines]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def unpacked(kind: Kind, text: str) -> list[Line]:
    """The reverse of `packed`: the page may have been altered, so it is checked as a file is. Raises Invalid."""
    known = set(LAYOUTS[kind].headings)
    try:
        lines = [
            Line(
                int(number),
                {str(name): str(value)[:4_000] for name, value in cells.items() if name in known},
                {str(name): float(value) for name, value in numbers.items() if name in known},
            )
            for number, cells, numbers in json.loads(text)
        ]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Invalid("request_invalid") from None
    if not 1 <= len(lines) <= MAX_ROWS:
        raise Invalid("request_invalid")
    return lines
