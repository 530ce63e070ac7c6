"""The words and numbers of a contest's documents and files in one language.

Never decides what may be shown.
"""

from fractions import Fraction
from typing import Any

from contest import catalogue
from contest.provincial import wording
from contest.provincial.local_time import local_date, local_datetime
from contest.provincial.result_people import Person
from contest.provincial.rules import ContestRules, Formula

DOTS = "……………………"
"""Where something is to be written by hand."""


class DocumentWords:
    """What one contest's documents say; `units` are the names of communes and units by code."""

    def __init__(self, lang: str, rules: ContestRules, units: dict[str, str]) -> None:
        self.lang, self.rules, self.units = lang, rules, units

    def text(self, key: str, **params: Any) -> str:
        """The sentence `documents.<key>`."""
        return catalogue.text(self.lang, f"documents.{key}", **params)

    def other(self, key: str, **params: Any) -> str:
        """A sentence of another part of the catalogue."""
        return catalogue.text(self.lang, key, **params)

    def number(self, value: int) -> str:
        return wording.number(self.lang, value)

    def money(self, vnd: int) -> str:
        return wording.money(self.lang, vnd)

    def ranking(self, key: str) -> str:
        """What a result is called."""
        return wording.ranking_name(self.rules, key, self.lang)

    def audience(self, key: str) -> str:
        return next((one.name for one in self.rules.audiences if one.key == key), "")

    def exact(self, value: str | None) -> str:
        """An exact fraction as it is stored; a dash for none."""
        return "–" if value is None else wording.exact(self.lang, Fraction(value))

    def decimal(self, value: str | None) -> str:
        """A stored decimal number, in Vietnamese with a comma."""
        plain = value or "–"
        return plain.replace(".", ",") if self.lang == "vi" else plain

    def figure(self, value: str | None) -> str:
        """What a unit is ranked by: rates and points with two decimals, people counted whole."""
        counted = self.rules.collective is not None and self.rules.collective.formula is Formula.PARTICIPANTS
        return self.decimal(value.removesuffix(".00") if value and counted else value)

    def clock(self, ms: int | None) -> str:
        """A duration as minutes:seconds,milliseconds."""
        if ms is None:
            return "–"
        mark = "," if self.lang == "vi" else "."
        return f"{ms // 60_000:02d}:{ms // 1000 % 60:02d}{mark}{ms % 1000:03d}"

    def seconds(self, ms: int | None) -> str:
        """A duration in seconds with one decimal."""
        if ms is None:
            return "–"
        return f"{ms / 1000:.1f}".replace(".", "," if self.lang == "vi" else ".")

    def moment(self, ms: int | None, *, exact: bool = False) -> str:
        """22/11/2026 14:05:09, with milliseconds where they count."""
        if ms is None:
            return "–"
        local = local_datetime(ms)
        return f"{local:%d/%m/%Y %H:%M:%S}" + (f".{ms % 1000:03d}" if exact else "")

    def dated(self, place: str, ms: int | None) -> str:
        """Đắk Lắk, ngày 5 tháng 12 năm 2026; with dots for what is to be written by hand."""
        if ms is None:
            return self.text("dated_blank", place=place or DOTS[:10])
        day = local_date(ms)
        return self.text("dated", place=place or DOTS, day=f"{day.day:02d}", month=f"{day.month:02d}", year=day.year)

    def where(self, person: Person) -> str:
        """Unit and commune of a person in words."""
        unit = self.units.get(person.unit, person.unit) or person.unit_other
        return ", ".join(part for part in (unit, self.units.get(person.commune, person.commune)) if part)

    def birth(self, person: Person) -> str:
        """dd/mm/yyyy, or what there is of it."""
        year, _, rest = person.birth_date.partition("-")
        month, _, day = rest.partition("-")
        return f"{day}/{month}/{year}" if day else person.birth_date

    def name(self, person: Person | None) -> str:
        """The full name; for an erased person that there is none any more."""
        return self.text("nameless") if person is None or not person.name else person.name

    def group(self, code: str) -> str:
        return catalogue.text(self.lang, f"group.{code}") if code else ""
