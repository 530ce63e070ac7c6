"""Participation as tables, as exact as it may be shown: everybody, groups, communes, units, and every day.

Never counts: `turnout` did. While a prediction is open its figures are rounded, and the tables say so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from admin.contests import export_files
from admin.contests.document_words import DocumentWords
from admin.contests.export_files import Defined
from admin.export_tables import Kind, Table
from contest.provincial.rules import TargetGroup
from contest.provincial.turnout import Figure, Turnout
from scoring.folding import sort_key_vi

_LINE: Defined = (
    ("kind", Kind.TEXT, 16),
    ("code", Kind.TEXT, 12),
    ("called", Kind.TEXT, 36),
    ("people", Kind.WHOLE, 12),
    ("attempts", Kind.WHOLE, 12),
    ("denominator", Kind.WHOLE, 12),
    ("rate", Kind.SHARE, 10),
)
_ROUNDED = {"people": "people_least", "attempts": "attempts_least"}
_DAYS: Defined = (("day", Kind.TEXT, 12), ("people", Kind.WHOLE, 12), ("attempts", Kind.WHOLE, 12))
KINDS = ("group", "commune", "unit")


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `of` is how many there are of the unit, None when unknown or when its rate would give a count away."""

    kind: str
    code: str
    name: str
    people: int
    attempts: int
    of: int | None = None

    @property
    def rate(self) -> float | None:
        return self.people / self.of if self.of else None


def lines(words: DocumentWords, counted: Turnout, schools: Mapping[str, str], of: Mapping[str, int]) -> list[Line]:
    """Every group, commune and unit, also those that nobody took part for; `schools` are the contest's own units."""
    communes = {code: name for code, name in words.units.items() if code not in schools}
    named = (
        ("group", {one.value: words.group(one.value) for one in TargetGroup}),
        ("commune", dict(sorted(communes.items(), key=lambda one: sort_key_vi(one[1])))),
        ("unit", dict(sorted(schools.items(), key=lambda one: sort_key_vi(one[1])))),
    )
    known = {} if counted.rounded else of
    found = [_line(counted.of("all"), "all", "", words.text("everybody"), {})]
    for kind, names in named:
        found += [_line(counted.of(kind), kind, code, name, known) for code, name in names.items()]
    return found


def _line(figures: Mapping[str, Figure], kind: str, code: str, name: str, of: Mapping[str, int]) -> Line:
    figure = figures.get(code, Figure(kind, code, 0, 0))
    return Line(kind, code, name, figure.people, figure.attempts, None if kind == "group" else of.get(code))


def table(words: DocumentWords, found: Iterable[Line], *, rounded: bool) -> Table:
    """All lines as one table; with `rounded` its headings say that there are at least so many."""
    rows = (
        (words.text(f"kind.{one.kind}"), one.code, one.name, one.people, one.attempts, one.of, one.rate)
        for one in found
    )
    return export_files.table(words, "participation", _said(_LINE, rounded), rows, fixed=0)


def tables(words: DocumentWords, counted: Turnout, found: Sequence[Line], days: Iterable[Turnout]) -> list[Table]:
    """The lines, the days, and what the figures are."""
    every = [(day(one.day), one.all.people, one.all.attempts) for one in days]
    items: list[tuple[str, object, Kind]] = [
        ("title", words.rules.title, Kind.WRAPPED),
        ("as_of", counted.taken_at, Kind.MOMENT),
        ("exactness", words.text("rounded" if counted.rounded else "exact"), Kind.WRAPPED),
    ]
    return [
        table(words, found, rounded=counted.rounded),
        export_files.table(words, "days", _said(_DAYS, counted.rounded), every, fixed=0),
        export_files.about(words, items),
    ]


def _said(defined: Defined, rounded: bool) -> Defined:
    return [(_ROUNDED.get(key, key) if rounded else key, kind, width) for key, kind, width in defined]


def day(iso: str) -> str:
    """22/11/2026."""
    return "/".join(reversed(iso.split("-")))
