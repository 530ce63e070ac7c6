"""Single values of the set-up form: as text a person reads and types, and back.

Pure. What cannot be read comes back as it was typed, for the rules to refuse; nothing is guessed.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from admin.contests.setup_layout import Kind, Setting

LOCAL = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
_GROUPED = re.compile(r"\d{1,3}(\.\d{3})+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBERS = (Kind.WHOLE, Kind.MONEY, Kind.BANK)


def shown_value(setting: Setting, value: Any) -> tuple[str, list[str]]:
    """A value as the text of its field, and as the list of what is chosen where several can be."""
    kind = setting.kind
    if kind in (Kind.GROUPS, Kind.CHAIN):
        return "", [str(one) for one in value] if isinstance(value, list | tuple) else []
    if kind is Kind.FLAG:
        return ("1" if value is True else ""), []
    if value is None:
        return "", []
    if kind is Kind.WHOLES and isinstance(value, list | tuple):
        return "; ".join(str(one) for one in value), []
    if isinstance(value, bool) or not isinstance(value, int):
        return (_rate_vi(value) if kind is Kind.RATE else str(value)), []
    if kind is Kind.MOMENT:
        return local_moment(value), []
    if kind is Kind.DURATION:
        return (str(value // 60) if value % 60 == 0 else f"{value // 60}:{value % 60:02d}"), []
    if kind is Kind.MONEY:
        return f"{value:,}".replace(",", "."), []
    return str(value), []


def read_value(setting: Setting, texts: Sequence[str]) -> Any:
    """What a field was filled with, as the draft holds it."""
    kind = setting.kind
    if kind in (Kind.GROUPS, Kind.CHAIN):
        return [one for one in setting.options if one in texts] if kind is Kind.GROUPS else list(dict.fromkeys(texts))
    if kind is Kind.FLAG:
        return bool(texts)
    text = texts[0] if texts else ""
    if kind is Kind.TEXT:
        return text
    text = text.strip()
    if kind is Kind.WHOLES:
        parts = [_whole(part) for part in re.split(r"[;,\s]+", text) if part]
        return parts if all(isinstance(part, int) for part in parts) else text
    if not text and (setting.blank or kind not in (Kind.LINE, Kind.CATEGORY, Kind.CHOICE)):
        return None
    if kind in _NUMBERS:
        return _whole(text)
    if kind is Kind.MOMENT:
        return _moment_ms(text)
    if kind is Kind.DURATION:
        return _seconds(text)
    if kind is Kind.RATE:
        return _rate(text)
    return text


def local_moment(at_ms: int) -> str:
    """2026-11-22T14:05 in Viet Nam, with seconds and milliseconds only where there are some."""
    try:
        moment = (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(LOCAL)
    except (OverflowError, ValueError):
        return str(at_ms)
    precision = "minutes" if at_ms % 60_000 == 0 else "seconds" if at_ms % 1000 == 0 else "milliseconds"
    return moment.replace(tzinfo=None).isoformat(timespec=precision)


def _moment_ms(text: str) -> int | str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=LOCAL)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _whole(text: str) -> int | str:
    plain = re.sub(r"[\s\u00a0]", "", text)
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(".", "")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 18 else text


def _seconds(text: str) -> int | str:
    minutes, colon, seconds = text.partition(":")
    if colon:
        whole = minutes.isascii() and minutes.isdigit() and seconds.isascii() and seconds.isdigit()
        return int(minutes) * 60 + int(seconds) if whole and len(text) < 10 and int(seconds) < 60 else text
    value = _rate(text)
    try:
        exact = Decimal(value) * 60
    except InvalidOperation:
        return text
    return int(exact) if exact.is_finite() and exact == exact.to_integral_value() and abs(exact) < 10**9 else text


def _rate(text: str) -> str:
    """A decimal number as JSON carries it: 70,5 and 70.5 are "70.5"."""
    plain = re.sub(r"[\s\u00a0%]", "", text).replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return text
    return plain if value.is_finite() and "e" not in plain.lower() else text


def _rate_vi(value: Any) -> str:
    return str(value).replace(".", ",")
