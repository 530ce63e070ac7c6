"""Where the digits of a lucky draw come from: named in public, with a date, before anybody can know them.

Pure: no clock, no SQL. Never makes a digit.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from contest import catalogue
from contest.errors import Conflict, Invalid
from contest.provincial.draw import MAX_DIGITS, MIN_DIGITS, clean_digits
from contest.provincial.wording import opening

MAX_NAME = 160


class SourceKind(StrEnum):
    LOTTERY = "lottery"
    """The full result sheet of a state lottery: `name` is the province that issues it, `at` when it is drawn."""
    STAGE = "stage"
    """Digits drawn on the stage by guests: `name` says with what and by whom."""
    BEACON = "beacon"
    """A round of a public randomness beacon, typed in: `name` says which beacon and round."""


@dataclass(frozen=True, slots=True)
class Source:
    """`at`: the moment at which the digits come to be, 0 for digits drawn on the stage. `fallback_at`: when the same
    source is used instead should it not take place, 0 for none."""

    kind: SourceKind
    name: str
    at: int = 0
    fallback_at: int = 0


def source_of(stored: Mapping[str, Any]) -> Source:
    """A source as it is stored."""
    return Source(SourceKind(stored["kind"]), stored["name"], stored["at"], stored["fallback_at"])


def source_stored(source: Source) -> dict[str, Any]:
    """The reverse of `source_of`."""
    return asdict(source) | {"kind": str(source.kind)}


def check_source(source: Source, now_ms: int) -> None:
    """Raises Invalid("draw_source_name" | "draw_source_past" | "draw_source_fallback"): what is named must be still to
    come, and its replacement later still."""
    if not 0 < len(source.name) <= MAX_NAME or not source.name.isprintable():
        raise Invalid("draw_source_name", limit=MAX_NAME)
    if source.kind is SourceKind.STAGE:
        if source.at or (source.fallback_at and source.fallback_at <= now_ms):
            raise Invalid("draw_source_fallback")
        return
    if source.at <= now_ms:
        raise Invalid("draw_source_past")
    if source.fallback_at <= source.at:
        raise Invalid("draw_source_fallback")


def check_time(source: Source, now_ms: int) -> None:
    """Raises Conflict("draw_digits_early") while the digits cannot exist yet."""
    if now_ms < source.at:
        raise Conflict("draw_digits_early", when=opening(catalogue.DEFAULT, source.at))


def knowable(source: Source | None, typed: str, now_ms: int) -> bool:
    """Whether somebody may know a digit by now."""
    return bool(typed) or (source is not None and source.at != 0 and source.at <= now_ms)


def part(source: Source, text: str) -> str:
    """The digits in a piece that was typed, without what stands between them.

    A beacon's value is hexadecimal: each of its signs becomes two digits, 00 to 15. Raises Invalid("draw_digits").
    """
    plain = "".join(sign for sign in text if not sign.isspace() and sign not in ".,-–;|")
    if source.kind is SourceKind.BEACON:
        if not plain or any(sign not in "0123456789abcdefABCDEF" for sign in plain):
            raise Invalid("draw_beacon")
        plain = "".join(f"{int(sign, 16):02d}" for sign in plain)
    if not plain or not (plain.isascii() and plain.isdigit()) or len(plain) > MAX_DIGITS:
        raise Invalid("draw_digits", least=MIN_DIGITS, most=MAX_DIGITS)
    return plain


def whole(source: Source, text: str) -> str:
    """All digits as one person typed them, enough of them. Raises Invalid("draw_digits")."""
    return clean_digits(part(source, text))


def first_difference(one: str, other: str) -> int:
    """Which digit (from 1) is the first that differs."""
    same = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    return 1 + (min(len(one), len(other)) if same is None else same)


def source_words(source: Source, lang: str) -> str:
    """The source in a sentence."""
    parts = [
        catalogue.text(
            lang,
            f"draws.source.{source.kind}.said",
            name=source.name,
            at=opening(lang, source.at) if source.at else "",
        )
    ]
    if source.fallback_at:
        parts.append(catalogue.text(lang, "draws.source.fallback", at=opening(lang, source.fallback_at)))
    return " ".join(parts)
