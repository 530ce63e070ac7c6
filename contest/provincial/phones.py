"""Vietnamese mobile numbers however people write them, as one E.164 number.

Pure. Never guesses silently: what needs a second look comes back with a suggestion instead of a number.
"""

import re
import unicodedata
from dataclasses import dataclass

_SIGNS = re.compile(r"[\s.\-()/·–—]+")
_MOBILE = re.compile(r"[35789][0-9]{8}")
_OLD_MOBILE = re.compile(r"1[2-9][0-9]{8}")
_LANDLINE = re.compile(r"2[0-9]{8,9}")
# What became of the eleven-digit numbers in 2018, by operator.
_RENUMBERED = {
    **{f"16{digit}": f"3{digit}" for digit in "23456789"},
    **{"120": "70", "121": "79", "122": "77", "126": "76", "128": "78"},
    **{"123": "83", "124": "84", "125": "85", "127": "81", "129": "82"},
    **{"186": "56", "188": "58", "199": "59"},
}
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Phone:
    """What was read: `number` in E.164, or the `code` of what is wrong, perhaps with the number that may be meant.

    Codes: phone_invalid, phone_nine_digits, phone_old, phone_not_mobile, phone_foreign.
    """

    number: str | None
    code: str | None = None
    suggestion: str | None = None


def read(typed: str) -> Phone:
    """Reads 0912…, +84 912…, 84912…, 0084…, (+84) 0912…, with spaces, dots and dashes.

    Nine digits (a spreadsheet ate the 0) and the eleven-digit numbers of before 2018 come back as a suggestion.
    """
    text = _SIGNS.sub("", unicodedata.normalize("NFKC", typed[:_LONGEST]).translate(_INVISIBLE))
    national, foreign = _national(text)
    if foreign:
        return Phone(None, "phone_foreign")
    if not national.isascii() or not national.isdigit():
        return Phone(None, "phone_invalid")
    if _MOBILE.fullmatch(national):
        if text == national:
            return Phone(None, "phone_nine_digits", f"0{national}")
        return Phone(f"+84{national}")
    if _OLD_MOBILE.fullmatch(national) and national[:3] in _RENUMBERED:
        return Phone(None, "phone_old", f"0{_RENUMBERED[national[:3]]}{national[3:]}")
    return Phone(None, "phone_not_mobile" if _LANDLINE.fullmatch(national) and text != national else "phone_invalid")


_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202C, 0x2060, 0xFEFF))


def _national(text: str) -> tuple[str, bool]:
    """The digits behind the country code or the leading 0, and whether another country was named."""
    for prefix in ("+84", "0084"):
        if text.startswith(prefix):
            return text.removeprefix(prefix).removeprefix("0"), False
    if text.startswith(("+", "00")):
        return text, True
    if text.startswith("84") and len(text) >= 11:
        return text.removeprefix("84").removeprefix("0"), False
    return text.removeprefix("0"), False


def as_dialled(number: str) -> str:
    """The number as people of the country write it: 0912345678."""
    return "0" + number.removeprefix("+84") if number.startswith("+84") else number


def tail(number: str) -> str:
    """The last three digits, enough to recognise one's own."""
    return number[-3:]
