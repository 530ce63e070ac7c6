"""What differs between two versions of the rules, setting by setting, as people read it.

Pure but for the catalogue's words. Never judges whether a change is allowed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from admin.contests.rules_form import shown
from admin.contests.setup_layout import TABS, Kind, Setting
from contest.catalogue import text
from contest.provincial.drafts import as_draft
from contest.provincial.rules import ContestRules


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that changed: its dotted path, its name, and both values in words; "" where there was none."""

    path: str
    name: str
    before: str
    after: str


def differences(old: ContestRules, new: ContestRules, lang: str) -> list[Difference]:
    """The changed settings in the order of the set-up pages. Rows are told apart by their short names or places."""
    before, after = (dict(_facts(as_draft(rules), lang)) for rules in (old, new))
    found = []
    for path in dict.fromkeys((*before, *after)):
        left, right = before.get(path, _NOTHING), after.get(path, _NOTHING)
        if left.compared != right.compared:
            found.append(Difference(path, right.name or left.name, left.words, right.words))
    return found


class _Fact(NamedTuple):
    """A setting's name and value in words, and what of it counts as a change."""

    name: str
    words: str
    compared: object


_NOTHING = _Fact("", "", None)


def _facts(draft: dict[str, Any], lang: str) -> Iterator[tuple[str, _Fact]]:
    """Every setting of a draft by a path that stays the same when rows move, and the order of rows by itself."""
    for tab in TABS:
        for part in shown(tab, draft):
            if part["switch"]:
                state = text(lang, "setup.on" if part["on"] else "setup.off")
                yield part["switch"], _Fact(text(lang, f"setup.switch.{part['switch']}"), state, part["on"])
            for item in part["items"]:
                if "rows" in item:
                    yield from _rows(item, lang)
                else:
                    words = _words(item, lang)
                    yield item["name"], _Fact(text(lang, f"rules.{item['path']}"), words, words)


def _rows(item: dict[str, Any], lang: str) -> Iterator[tuple[str, _Fact]]:
    titles, marks = [], []
    for number, row in enumerate(item["rows"], start=1):
        own = {field["setting"].path: field["value"] for field in row}
        titles.append(own.get("name") or f"{text(lang, 'setup.row.' + item['path'])} {number}")
        marks.append(own.get("key") or str(number))
        for field in row:
            words = _words(field, lang)
            name = f"{titles[-1]}: {text(lang, 'rules.' + field['path'])}"
            yield f"{item['path']}.{marks[-1]}.{field['setting'].path}", _Fact(name, words, words)
    yield item["path"], _Fact(text(lang, f"setup.order.{item['path']}"), ", ".join(titles), tuple(marks))


def _words(field: dict[str, Any], lang: str) -> str:
    setting: Setting = field["setting"]
    base = setting.words or f"rules.{field['path']}"
    value: str = field["value"]
    match setting.kind:
        case Kind.FLAG:
            return text(lang, "setup.yes" if value else "setup.no")
        case Kind.GROUPS:
            return ", ".join(text(lang, f"group.{one}") for one in field["chosen"]) or text(lang, "setup.all_groups")
        case Kind.CHAIN:
            return " → ".join(text(lang, f"{base}.{one}") for one in field["chosen"])
        case Kind.CHOICE:
            return text(lang, f"{base}.{value}")
        case Kind.MOMENT:
            day, _, clock = value.partition("T")
            return f"{clock} {'/'.join(reversed(day.split('-')))}"
        case Kind.AUDIENCE if not value:
            return text(lang, "setup.all_audiences")
    if not value and setting.blank:
        return text(lang, "setup.no_limit" if setting.kind is Kind.WHOLE else "setup.none")
    return value
