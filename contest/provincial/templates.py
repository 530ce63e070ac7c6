"""Rule sets of real contests to start from. Filled from contest/data/contest_templates.json.

Never claims what its source does not say: such settings are the platform's own and named in the note.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from contest import data
from contest.errors import Invalid, NotFound
from contest.provincial.local_time import at_local
from contest.provincial.rules import ContestRules


@dataclass(frozen=True, slots=True)
class Template:
    """One rule set: what it is called, where it is known from, and which settings are only assumed."""

    key: str
    name: str
    source: str
    note: str
    rules: dict[str, Any]
    """As ContestRules, but rounds by day: {key, name, day, from, until_day, until} counted from the first day."""


def templates(lang: str = "vi") -> list[Template]:
    """All rule sets in the order of the file; name, source and note in that language."""
    other = lang if lang == "en" else "vi"
    return [
        Template(one["key"], one["name"][other], one["source"][other], one["note"][other], one["rules"])
        for one in data.load("contest_templates.json")
    ]


def instantiate(key: str, first_day: str | None = None, *, lang: str = "vi") -> ContestRules:
    """The rules with the first round on `first_day` ("2026-11-23"; None: the days of the real contest).

    Raises NotFound("template_unknown"), Invalid("day_malformed").
    """
    found = next((one for one in data.load("contest_templates.json") if one["key"] == key), None)
    if found is None:
        raise NotFound("template_unknown")
    try:
        first = date.fromisoformat(first_day or found["first_day"])
    except ValueError:
        raise Invalid("day_malformed") from None
    rules = {"title": found["name"]["vi"], **found["rules"]}
    rules["rounds"] = [
        {
            "key": one["key"],
            "name": one["name"],
            "opens_at": _moment(first, one["day"], one["from"]),
            "closes_at": _moment(first, one["until_day"], one["until"]),
        }
        for one in rules["rounds"]
    ]
    return ContestRules.model_validate(rules)


def _moment(first: date, day: int, clock: str) -> int:
    hour, minute = clock.split(":")
    return at_local(first + timedelta(days=day), int(hour), int(minute))
