"""The set-up form: from a draft of the rules to what its fields show, and from its fields back to a draft.

Pure. Whatever was typed survives: what is no number stays in the draft as it was typed, for `check` to complain about.
Never judges a setting.
"""

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from admin.contests.form_values import read_value, shown_value
from admin.contests.setup_layout import TABS, Kind, Part, Rows, Setting, Tab
from contest.provincial.rules import Collective, CollectiveLevel, ContestRound, ContestRules, Prediction

Draft = dict[str, Any]


class Form(Protocol):
    """What a browser sent: starlette's FormData and MultiDict both are this."""

    def getlist(self, key: Any) -> Sequence[Any]:
        """Every value of a name, in order."""

    def keys(self) -> Any:
        """The names."""


def defaults() -> Draft:
    """A draft with every setting at its default and nothing that has none: no title, no rounds."""
    first = ContestRound(key="dot-1", name="-", opens_at=0, closes_at=1)
    draft: Draft = ContestRules(title="-", rounds=(first,)).model_dump(mode="json")
    return {**draft, "title": "", "rounds": []}


_SWITCHED: dict[str, Draft] = {
    "prediction": Prediction().model_dump(mode="json"),
    "collective": Collective(levels=(CollectiveLevel(name="Giải Nhất tập thể", count=1),)).model_dump(mode="json"),
}


def completed(draft: Mapping[str, Any]) -> Draft:
    """The draft with defaults for what it does not say. Values of the wrong shape give way to the default."""
    filled = _merged(defaults(), draft)
    for switch, fresh in _SWITCHED.items():
        if isinstance(filled.get(switch), dict):
            filled[switch] = _merged(copy.deepcopy(fresh), filled[switch])
        elif filled.get(switch) is not None:
            filled[switch] = None
    for tab in TABS:
        for item in tab.settings():
            if isinstance(item, Rows) and _has(filled, item.path):
                given = value_at(filled, item.path)
                rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list | tuple) else []
                _put(filled, item.path, [{**_fresh(item), **row} for row in rows])
    return filled


def shown(tab: Tab, draft: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the page shows, part by part: every field with its name in the form and its value as text."""
    filled = completed(draft)
    return [_shown_part(part, filled) for part in tab.parts]


def read(tab: Tab, form: Form, draft: Mapping[str, Any]) -> Draft:
    """The draft with this page's settings as the form has them; all others as they were."""
    filled = completed(draft)
    names = set(form.keys())
    for part in tab.parts:
        if part.switch:
            if part.switch not in names:
                filled[part.switch] = None
                continue
            if filled[part.switch] is None:
                filled[part.switch] = copy.deepcopy(_SWITCHED[part.switch])
                if f"{part.switch}.shown" not in names:
                    continue  # Its fields were not on the page yet.
        for item in part.items:
            if isinstance(item, Rows):
                if f"{item.path}.rows" in names:
                    _put(filled, item.path, _read_rows(item, form, names))
            elif item.kind in (Kind.FLAG, Kind.GROUPS, Kind.CHAIN) or item.path in names:
                _put(filled, item.path, read_value(item, _texts(form, item.path)))
    return filled


def act(tab: Tab, draft: Draft, wish: str, form: Form) -> bool:
    """Adds, removes or moves a row or a step: `rounds:add`, `rounds:remove:2`, `ranking.chain:up:1`.

    True when the page has another shape than before. What the wish does not fit is left alone.
    """
    path, _, rest = wish.partition(":")
    verb, _, place = rest.partition(":")
    item = next((one for one in tab.settings() if one.path == path), None)
    if item is None or not _has(draft, path) or not isinstance(given := value_at(draft, path), list):
        return False
    rows = list(given)
    if verb == "add":
        if isinstance(item, Rows):
            if len(rows) >= item.most:
                return False
            rows.append({**_fresh(item), **({"key": free_key(item.stem, rows)} if item.stem else {})})
        elif item.kind is Kind.CHAIN:
            chosen = _texts(form, f"{path}.add")
            if not chosen or chosen[0] not in item.options or chosen[0] in rows:
                return False
            rows.append(chosen[0])
    elif place.isascii() and place.isdigit() and int(place) < len(rows):
        at = int(place)
        to = at + {"up": -1, "down": 1}.get(verb, 0)
        if verb == "remove":
            del rows[at]
        elif 0 <= to < len(rows):
            rows[at], rows[to] = rows[to], rows[at]
    _put(draft, path, rows)
    return True


def free_key(stem: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """A short name no row has yet: dot-1, dot-2 …"""
    taken = {row.get("key") for row in rows}
    return next(key for n in range(1, len(rows) + 2) if (key := f"{stem}-{n}") not in taken)


def value_at(draft: Any, path: str) -> Any:
    """What stands at a dotted path. Raises KeyError."""
    for name in path.split("."):
        if not isinstance(draft, dict):
            raise KeyError(path)
        draft = draft[name]
    return draft


def _shown_part(part: Part, filled: Draft) -> dict[str, Any]:
    on = not part.switch or filled[part.switch] is not None
    items = [_shown_item(item, filled) for item in part.items] if on else []
    return {"key": part.key, "switch": part.switch, "on": on, "items": items}


def _shown_item(item: Setting | Rows, filled: Draft) -> dict[str, Any]:
    if isinstance(item, Setting):
        return shown_field(item, item.path, item.path, value_at(filled, item.path))
    rows = [
        [
            shown_field(one, f"{item.path}.{n}.{one.path}", f"{item.path}.{one.path}", row.get(one.path))
            for one in item.settings
        ]
        for n, row in enumerate(value_at(filled, item.path))
    ]
    return {"rows": rows, "path": item.path, "full": len(rows) >= item.most}


def shown_field(setting: Setting, name: str, path: str, value: Any) -> dict[str, Any]:
    """One field: its name in the form, the path its words go by, its value as text and as the chosen ones of many."""
    text, chosen = shown_value(setting, value)
    return {"setting": setting, "name": name, "path": path, "value": text, "chosen": chosen}


def _read_rows(item: Rows, form: Form, names: set[str]) -> list[Draft]:
    pattern = re.compile(re.escape(item.path) + r"\.(\d{1,3})\.")
    numbers = sorted({int(found[1]) for name in names if (found := pattern.match(name))})
    rows: list[Draft] = []
    for number in numbers[: item.most]:
        row = _fresh(item)
        for one in item.settings:
            name = f"{item.path}.{number}.{one.path}"
            if one.kind in (Kind.FLAG, Kind.GROUPS) or name in names:
                row[one.path] = read_value(one, _texts(form, name))
        rows.append(row)
    for row in rows:
        if item.stem and not row.get("key"):
            row["key"] = free_key(item.stem, rows)
    return rows


def _fresh(item: Rows) -> Draft:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in item.fresh}


def _texts(form: Form, name: str) -> list[str]:
    return [value.replace("\r\n", "\n") for value in form.getlist(name) if isinstance(value, str)]


def _merged(base: Draft, over: Mapping[str, Any]) -> Draft:
    for name, value in over.items():
        if isinstance(base.get(name), dict) and name not in _SWITCHED:
            if isinstance(value, Mapping):
                _merged(base[name], value)
        elif name in base:
            base[name] = copy.deepcopy(value)
    return base


def _has(draft: Draft, path: str) -> bool:
    try:
        value_at(draft, path)
    except KeyError:
        return False
    return True


def _put(draft: Draft, path: str, value: Any) -> None:
    *above, last = path.split(".")
    for name in above:
        draft = draft[name]
    draft[last] = value
