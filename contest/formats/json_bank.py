"""The project's own bank format: an array of questions, or an object with a title and that array.

Field names are those of `contest.model.Question`. Never repairs an entry silently: what breaks the model is skipped.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from contest.errors import Invalid, TooLarge
from contest.formats.building import Builder, Reason, make_question
from contest.formats.cells import bounded, printable
from contest.formats.limits import MAX_ROWS
from contest.formats.report import ImportReport

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_IGNORED = frozenset({"$schema"})


def parse(text: str) -> Any:
    """The JSON value of `text`, decimals exact. Raises Invalid("json_broken") with where, also for absurd depth."""
    try:
        return _decoder.decode(text.encode("utf-8", "replace"))
    except RecursionError:
        raise Invalid("json_broken", where="nested too deeply") from None
    except (msgspec.DecodeError, ArithmeticError) as error:  # 1e99999999999999999999 is no Decimal
        raise Invalid("json_broken", where=str(error)) from None


def read(text: str) -> ImportReport:
    """Reads a bank. Raises Invalid when the text is no JSON or holds no list of questions."""
    value = parse(text)
    title: str | None = None
    if isinstance(value, dict):
        named = value.get("title")
        title = named if isinstance(named, str) else None
        value = value.get("questions")
    if not isinstance(value, list):
        raise Invalid("json_without_questions")
    if len(value) > MAX_ROWS:
        raise TooLarge("too_many_rows", limit=MAX_ROWS)
    builder = Builder("json")
    for row, entry in enumerate(value, start=1):
        stem = entry.get("stem_vi") if isinstance(entry, dict) else None
        try:
            builder.add(row, make_question(_fields(entry)))
        except Reason as reason:
            builder.skip(row, reason, stem if isinstance(stem, str) else str(entry)[:200])
    return builder.report(title)


def _fields(entry: Any) -> Mapping[str, Any]:
    if not isinstance(entry, dict):
        raise Reason("not_an_object")
    fields = {key: _clean(value) for key, value in entry.items() if key not in _IGNORED}
    answer = fields.get("answer")
    if fields.get("type") == "numeric":
        if isinstance(answer, bool) or not isinstance(answer, int | Decimal):
            raise Reason("answer_must_be_number")
        tolerance = fields.get("tolerance", 0)
        for value in (answer, tolerance):
            if isinstance(value, int | Decimal) and bounded(Decimal(value)) is None:
                raise Reason("number_too_large")
    elif isinstance(answer, str):
        fields["answer"] = [answer]
    elif "answer" in fields and not isinstance(answer, list):
        raise Reason("answer_must_be_list")
    return fields


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    return value
