"""Reading the settings of a contest from what a form left: whole and valid, or what is wrong with them and where.

Never touches SQL, and never repairs a setting in silence.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from contest.errors import Invalid
from contest.provincial.rules import ContestRules

_CODES = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "string_too_short": "field_empty",
    "string_too_long": "field_too_long",
    "string_pattern_mismatch": "key_malformed",
    "enum": "field_not_allowed",
    "literal_error": "field_not_allowed",
    "greater_than_equal": "field_too_small",
    "less_than_equal": "field_too_large",
    "too_short": "list_empty",
    "too_long": "list_too_long",
    "int_parsing": "field_not_a_number",
    "int_from_float": "field_not_a_number",
    "int_type": "field_not_a_number",
    "decimal_parsing": "field_not_a_number",
}
# Rules between settings are found on the whole; a person looks for them at the setting they can change.
_PLACES = {
    "rounds_repeat": "rounds",
    "rounds_overlap": "rounds",
    "rounds_out_of_order": "rounds",
    "round_key_reserved": "rounds",
    "round_ends_before_it_opens": "rounds",
    "prizes_repeat": "prizes",
    "prizes_need_overall": "prizes",
    "prize_audience_unknown": "prizes",
    "audiences_repeat": "audiences",
    "audiences_overlap": "audiences",
    "consents_repeat": "entry.consents",
    "paper_too_long": "blueprint.cells",
    "chain_needs_prediction": "ranking.chain",
    "chain_repeats": "ranking.chain",
    "ages_reversed": "entry.max_age",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one setting: its dotted path ("rounds.0.opens_at") and a code, in the catalogue under
    `problem.`."""

    field: str
    code: str

    def as_dict(self) -> dict[str, str]:
        return {"field": self.field, "code": self.code}


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft as rules when there is no problem, else None and the problems."""

    rules: ContestRules | None
    problems: tuple[Problem, ...]


def check(draft: Mapping[str, Any]) -> Checked:
    """Reads a draft. The same draft always gives the same problems in the same order."""
    try:
        return Checked(ContestRules.model_validate(dict(draft)), ())
    except ValidationError as error:
        found = []
        for detail in error.errors(include_url=False, include_input=False):
            path = ".".join(str(part) for part in detail["loc"])
            if detail["type"] == "value_error":
                code = str(detail["ctx"]["error"])
                place = _PLACES.get(code, path)
            else:
                code = _CODES.get(detail["type"], "field_invalid")
                place = path
            found.append(Problem(place, code))
        # A list whose every row is wrong counts as empty besides; the rows say it better.
        faulty = [one.field for one in found]
        hollow = {one for one in faulty if any(other.startswith(f"{one}.") for other in faulty)}
        return Checked(None, tuple(one for one in found if one.code != "list_empty" or one.field not in hollow))


def check_storable(draft: Mapping[str, Any]) -> None:
    """Raises Invalid("request_invalid") for what the databases take for JSON or not, each as it likes: NaN, NUL."""
    try:
        text = json.dumps(draft, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        raise Invalid("request_invalid") from None
    if "\\u0000" in text:
        raise Invalid("request_invalid")


def as_draft(rules: ContestRules) -> dict[str, Any]:
    """Rules as plain JSON values, as a form edits them."""
    return rules.model_dump(mode="json")


def canonical(rules: ContestRules) -> str:
    """Rules as the text that is kept and hashed: every setting written out, keys sorted."""
    return json.dumps(as_draft(rules), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """SHA-256 of the canonical text, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=64)
def parsed(text: str) -> ContestRules:
    """The rules of a kept version. Each text is read once: every start of an attempt asks for them."""
    return ContestRules.model_validate_json(text)
