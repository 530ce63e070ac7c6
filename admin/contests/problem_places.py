"""Where an organiser mends a problem of the rules: the page of the set-up, and how the setting is called there.

Never judges rules; `contest.provincial.drafts` does.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from admin.contests.setup_layout import TABS, Rows, Setting, Tab
from contest.provincial.drafts import Problem, check


class Place(NamedTuple):
    """The page's key, "" for none; the catalogue key of the setting, "" for the page itself; its row from 1, or 0."""

    tab: str
    words: str = ""
    row: int = 0


def problems_of(draft: Mapping[str, Any]) -> tuple[Problem, ...]:
    """What stands between a draft and its opening: its problems, and rounds that have no questions chosen."""
    found = check(draft).problems
    rounds = [one for one in draft.get("rounds") or () if isinstance(one, dict)]
    if draft.get("bank_id") is None and any(one.get("bank_id") is None for one in rounds):
        found = (*found, Problem("bank_id", "bank_not_chosen"))
    return found


def belongs(tab: Tab, field: str) -> bool:
    """Whether the setting, or the part of it, is edited on that page."""
    paths = (*(item.path for item in tab.settings()), *(part.switch for part in tab.parts if part.switch))
    return any(field == path or field.startswith(f"{path}.") for path in paths)


def place_of(field: str) -> Place:
    """Where the setting at a dotted path is edited."""
    for tab in TABS:
        if not belongs(tab, field):
            continue
        for item in tab.settings():
            if isinstance(item, Rows) and field.startswith(f"{item.path}."):
                return _in_row(tab, item, field.removeprefix(f"{item.path}."))
            if isinstance(item, Setting) and (field == item.path or field.startswith(f"{item.path}.")):
                return Place(tab.key, f"rules.{item.path}")
        return Place(tab.key)
    return Place("")


def _in_row(tab: Tab, rows: Rows, rest: str) -> Place:
    number, _, path = rest.partition(".")
    row = int(number) + 1 if number.isascii() and number.isdigit() else 0
    known = any(path == one.path or path.startswith(f"{one.path}.") for one in rows.settings)
    return Place(tab.key, f"rules.{rows.path}.{path.partition('.')[0]}" if known else "", row)
