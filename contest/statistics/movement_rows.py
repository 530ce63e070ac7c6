"""Rows of the movement's lists become values, or the reason why not.

Pure: what is known of indicators and communes is handed in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from contest import catalogue
from contest.errors import Invalid
from contest.provincial.sheet_reading import Line
from contest.statistics import cells, denominators, external_figures, movement_values, targets, villages
from contest.statistics.movement_sheet import Kind
from contest.statistics.movement_values import Note
from contest.statistics.target_model import Indicator, Population, commune_of
from contest.units import Unit
from scoring.folding import fold, nfc


@dataclass(frozen=True)
class Context:
    """What rows may name."""

    units: Sequence[Unit]
    indicators: Sequence[Indicator]
    today: str
    places: dict[tuple[str, bool], tuple[str, tuple[Note, ...]]] = field(default_factory=dict)

    def place(self, line: Line, notes: list[Note], *, every: bool = False) -> str:
        """The place of a row, found once for every spelling."""
        said = line.get("place")
        if (said, every) not in self.places:
            own: list[Note] = []
            found = movement_values.place(said, self.units, own, every=every)
            self.places[said, every] = found, tuple(own)
        found, own_notes = self.places[said, every]
        notes += own_notes
        return found

    @cached_property
    def communes(self) -> frozenset[str]:
        """The codes."""
        return frozenset(str(unit.code) for unit in self.units)

    @cached_property
    def by_key(self) -> dict[str, Indicator]:
        """The indicators by key."""
        return {one.key: one for one in self.indicators}

    @cached_property
    def by_words(self) -> dict[str, list[Indicator]]:
        """The indicators by folded key and wording."""
        found: dict[str, list[Indicator]] = {}
        for one in self.indicators:
            for words in {fold(one.key), fold(one.wording_vi), fold(one.wording_en)}:
                found.setdefault(words, []).append(one)
        return found


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was understood: the values to store, its key within the list, and what is worth saying."""

    values: dict[str, Any]
    key: tuple[Any, ...]
    notes: tuple[Note, ...] = field(default=())


def target(line: Line, known: Context) -> Row | None:
    """A target. Without a first day it runs from the beginning of its deadline's year."""
    if not line.get("value"):
        return None
    notes: list[Note] = []
    place = known.place(line, notes, every=True)
    indicator = _indicator(line, known)
    deadline = movement_values.day(line, "deadline")
    if deadline is None:
        raise Invalid("deadline_missing")
    start = movement_values.day(line, "start")
    if start is None:
        start = f"{deadline[:4]}-01-01"
        notes.append(Note("start_assumed", {"day": "/".join(reversed(start.split("-")))}))
    is_rate = _asks_rate(line)
    value = movement_values.percent(line, "value", notes) if is_rate else movement_values.amount(line, "value")
    values = {
        "indicator": indicator.key, "place": place, "is_rate": is_rate, "value": value or 0, "start_day": start,
        "deadline_day": deadline, "document": line.get("document"), "wording": line.get("wording"),
    }  # fmt: skip
    return _row(targets.checked(values, known.by_key, known.communes), targets.KEY, notes)


def denominator(line: Line, known: Context) -> Row | None:
    """A denominator; without a day it is of today."""
    if not line.get("value"):
        return None
    notes: list[Note] = []
    values = {
        "place": known.place(line, notes),
        "population": _population(line.get("population")),
        "value": movement_values.amount(line, "value"),
        "as_of_day": movement_values.day(line, "day") or known.today,
        "source": line.get("source"),
    }
    if not line.get("day"):
        notes.append(Note("day_assumed", {"day": "/".join(reversed(known.today.split("-")))}))
    return _row(denominators.checked(values, known.communes, known.today), denominators.KEY, notes)


def figure(line: Line, known: Context) -> Row | None:
    """A reported figure; rows of a prepared table that nobody filled in are left blank."""
    if not line.get("count") and not line.get("rate"):
        return None
    notes: list[Note] = []
    place = known.place(line, notes)
    indicator = _indicator(line, known)
    day = movement_values.day(line, "day")
    if day is None:
        raise Invalid("day_missing")
    values = {
        "indicator": indicator.key,
        "place": place,
        "first_day": movement_values.day(line, "start"),
        "day": day,
        "count": movement_values.amount(line, "count"),
        "rate_bp": movement_values.percent(line, "rate", notes),
        "source": line.get("source"),
        "officer": line.get("officer"),
        "note": line.get("note"),
    }
    checked = external_figures.checked(values, known.by_key, known.communes, known.today)
    return _row(checked, external_figures.KEY, notes)


def village(line: Line, known: Context) -> Row | None:
    """A village of a commune."""
    if not line.get("name"):
        return None
    notes: list[Note] = []
    place = known.place(line, notes)
    commune = commune_of(place)
    if place == cells.PROVINCE or commune is None:
        raise Invalid("village_of_commune")
    name, key = villages.clean_name(line.get("name"))
    return _row({"commune": commune, "name": name, "fold": key}, ("commune", "fold"), notes)


READERS: Mapping[Kind, Callable[[Line, Context], Row | None]] = {
    Kind.TARGETS: target,
    Kind.DENOMINATORS: denominator,
    Kind.FIGURES: figure,
    Kind.VILLAGES: village,
}


def _row(values: dict[str, Any], key: Sequence[str], notes: list[Note]) -> Row:
    return Row(values, tuple(values[name] for name in key), tuple(notes))


def _asks_rate(line: Line) -> bool:
    value, unit = line.get("value"), line.get("unit")
    if movement_values.says_percent(value) or movement_values.says_percent(unit):
        return True
    if not unit and not any(char.isalpha() for char in value):
        # 80 may be 80 % or 80 people.
        raise Invalid("target_unit_missing", value=value[:40])
    return False


def _indicator(line: Line, known: Context) -> Indicator:
    said = line.get("indicator") or line.get("wording")
    if not said:
        raise Invalid("indicator_missing")
    exact = known.by_key.get(nfc(said).lower())
    found = [exact] if exact else known.by_words.get(fold(said), [])
    if len(found) != 1:
        raise Invalid("indicator_not_found", value=said[:80])
    return found[0]


def _population(text: str) -> str:
    key = fold(text)
    for one in Population:
        if key in {fold(str(one)), *(fold(catalogue.text(lang, f"population.{one}")) for lang in catalogue.LANGUAGES)}:
            return str(one)
    for one in Population:
        if key in catalogue.text("vi", f"population.{one}.also").split(", "):
            return str(one)
    raise Invalid("population_unknown", value=text[:60])
