"""The tables an organiser fills in, as workbooks: headings that the import knows, and rows that show how it is done.

Never writes a formula or a link, whatever a text begins with.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import xlsxwriter

from contest import data
from contest.catalogue import text
from contest.statistics.movement_sheet import Kind
from contest.statistics.target_model import Indicator, Population
from contest.units import Unit

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
COLUMNS: dict[Kind, tuple[tuple[str, int], ...]] = {
    Kind.TARGETS: (
        ("place", 24), ("indicator", 28), ("wording", 52), ("value", 12), ("unit", 12), ("start", 13),
        ("deadline", 13), ("document", 46),
    ),
    Kind.DENOMINATORS: (("place", 26), ("population", 44), ("value", 14), ("day", 14), ("source", 44)),
    Kind.FIGURES: (
        ("place", 26), ("indicator", 28), ("wording", 52), ("count", 12), ("rate", 12), ("start", 13), ("day", 13),
        ("source", 36), ("officer", 24), ("note", 24),
    ),
    Kind.VILLAGES: (("place", 26), ("name", 32)),
}  # fmt: skip
_EXAMPLE_COMMUNES = ("24561", "24133")


@dataclass(frozen=True, slots=True)
class Extra:
    """A further sheet to look things up in; the import reads the first one."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[str]] = field(default=())


def sample_targets(lang: str) -> bytes:
    """The targets that the plans name, ready to be brought; what other provinces set stands on a sheet beside."""
    shipped = data.load("movement_targets.json")
    rows = [[str(one[name]) for name, _ in COLUMNS[Kind.TARGETS]] for one in shipped["targets"]]
    extra = Extra(
        text(lang, "movement.template.elsewhere"),
        [text(lang, f"movement.template.elsewhere.{name}") for name in ("place", "goals", "deadline", "source")],
        shipped["elsewhere"],
    )
    return _book(Kind.TARGETS, lang, rows, [extra])


def template(kind: Kind, lang: str, units: Sequence[Unit], indicators: Sequence[Indicator], today: str) -> bytes:
    """A table with an example in every column, and the names to choose from on further sheets."""
    shown = [unit for unit in units if unit.code in _EXAMPLE_COMMUNES] or list(units[:2])
    names = [unit.name for unit in shown]
    day = date.fromisoformat(today).strftime("%d/%m/%Y")
    source = text(lang, "movement.template.source")
    external = [one for one in indicators if not one.measured]
    rows: list[list[str | int]] = []
    if kind is Kind.TARGETS:
        goals = ("80 %", "≥ 200")
        for name, one, goal in zip(names, indicators, goals, strict=False):
            unit = "%" if "%" in goal else text(lang, f"movement.unit.{one.unit}")
            rows.append([name, one.key, one.wording(lang), goal, unit, "15/07/2025", "31/12/2025", source])
    elif kind is Kind.DENOMINATORS:
        rows = [
            [name, text(lang, f"population.{population}"), "", day, source]
            for name in names
            for population in (Population.ADULTS, Population.OFFICIALS)
        ]
        rows[0][2] = 12_500
    elif kind is Kind.FIGURES:
        # Rows without a number are left blank by the import: one table serves everybody who reports.
        rows = [
            [name, one.key, one.wording(lang), "", "", "", day, source, "", ""] for name in names for one in external
        ]
        if rows:
            rows[0][3:5] = [1_234, "62,5 %"]
    else:
        rows = [[names[0], text(lang, f"movement.template.village_{number}")] for number in (1, 2)]
    extras = [Extra(text(lang, "movement.template.communes"), _headings(lang, ("code", "place")), _communes(units))]
    if kind in (Kind.TARGETS, Kind.FIGURES):
        listed = external if kind is Kind.FIGURES else list(indicators)
        about = [[one.key, one.wording(lang), text(lang, f"movement.source.{one.source_kind}")] for one in listed]
        columns = _headings(lang, ("indicator", "wording", "source_kind"))
        extras.append(Extra(text(lang, "movement.template.indicators"), columns, about))
    if kind is Kind.DENOMINATORS:
        extras.append(
            Extra(
                text(lang, "movement.template.populations"),
                _headings(lang, ("population",)),
                [[text(lang, f"population.{one}")] for one in Population],
            )
        )
    return _book(kind, lang, rows, extras)


def _communes(units: Sequence[Unit]) -> list[list[str]]:
    return [[str(unit.code), unit.name] for unit in units]


def _headings(lang: str, names: Sequence[str]) -> list[str]:
    return [text(lang, f"movement.column.{name}") for name in names]


def _book(kind: Kind, lang: str, rows: Sequence[Sequence[Any]], extras: Sequence[Extra]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, _OPTIONS)
    heading = book.add_format({"bold": True, "bg_color": "#E8EEF7", "text_wrap": True, "valign": "top", "border": 1})
    plain = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    whole = book.add_format({"valign": "top", "num_format": "#,##0"})
    sheet = book.add_worksheet(text(lang, f"movement.nav.{kind}")[:31])
    columns = COLUMNS[kind]
    for place, (name, width) in enumerate(columns):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, text(lang, f"movement.column.{name}"), heading)
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(number, place, value, whole)
            else:
                sheet.write_string(number, place, value, plain)
    sheet.freeze_panes(1, 0)
    for extra in extras:
        side = book.add_worksheet(extra.title[:31])
        for place, words in enumerate(extra.headings):
            side.set_column(place, place, 18 if place == 0 else 60)
            side.write_string(0, place, words, heading)
        for number, line in enumerate(extra.rows, start=1):
            for place, words in enumerate(line):
                side.write_string(number, place, words, plain)
    book.close()
    return target.getvalue()
