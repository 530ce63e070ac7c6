"""Rows of the lists organisers bring: their outcomes, and reading the values that several lists share.

Never stores a list; noting that one came is the exception.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contest import audit, units
from contest.database import Reader, Writer
from contest.ids import ContestId
from contest.provincial import contest_units, log, phones
from contest.provincial.entry_form import Wrong, id_number_of, phone_of
from contest.provincial.sheet_reading import Line
from scoring.folding import fold

ADDED, SAME, LEFT_OUT = "added", "same", "left_out"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row: `entry.<code>` is the reason. `code_to_print` is there for people who are new."""

    number: int
    status: str
    name: str = ""
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    suggestion: str | None = None
    code_to_print: str | None = None


@dataclass(frozen=True, slots=True)
class ImportResult:
    """All rows of a file. `saved` is False when one bad row kept the whole list out (units and denominators)."""

    rows: tuple[RowResult, ...]
    saved: bool = True
    version: int | None = None

    def count(self, status: str) -> int:
        """How many rows ended so."""
        return sum(row.status == status for row in self.rows)


def id_number(text: str, birth_date: str | None = None, sex: str | None = None) -> str | None:
    # Spreadsheets eat the zeros in front of these, too: every number of the province begins with one.
    return id_number_of(text.zfill(12) if text.isdigit() else text, birth_date, sex) if text else None


def phone_in(text: str, *, restore_zero: bool) -> str | None:
    if not text:
        return None
    found = phones.read(text)
    if found.code == "phone_nine_digits" and restore_zero and found.suggestion:
        return phone_of(found.suggestion)
    return phone_of(text)


def told(known: Mapping[str, str], key: str, code: str) -> str | None:
    if not key:
        return None
    if key not in known:
        raise Wrong(code)
    return str(known[key])


def code_or_fold(text: str) -> str:
    return text if text.isdigit() else fold(text)


def commune_names() -> dict[str, str]:
    """Codes, names with and without their kind; a former name where it went into one unit alone."""
    names: dict[str, str] = {}
    old: dict[str, set[str]] = {}
    for unit in units.shipped():
        code = str(unit.code)
        for key in (code, *unit.keys[0]):
            names[key] = code
        for key in unit.keys[1]:
            old.setdefault(key, set()).add(code)
    return {key: next(iter(codes)) for key, codes in old.items() if len(codes) == 1} | names


async def unit_names(reader: Reader, contest_id: ContestId) -> dict[str, str]:
    found = await contest_units.listing(reader, contest_id)
    return {fold(unit.name): unit.code for unit in found} | {unit.code: unit.code for unit in found}


def left_out(line: Line, wrong: Wrong, name: str | None = None) -> RowResult:
    shown = line.get("full_name") if name is None else name
    return RowResult(line.number, LEFT_OUT, shown[:80], wrong.code, wrong.params, wrong.suggestion)


async def note(
    writer: Writer, contest_id: ContestId, what: str, outcome: ImportResult, actor: str, now_ms: int
) -> None:
    """Writes down that a list was brought: for the staff, and in the contest's log, because lists decide who wins."""
    detail = {"added": outcome.count(ADDED), "same": outcome.count(SAME), "left_out": outcome.count(LEFT_OUT)}
    await noted(writer, contest_id, f"{what}.import", detail, actor, now_ms)


async def noted(
    writer: Writer, contest_id: ContestId, act: str, detail: Mapping[str, int], actor: str, now_ms: int
) -> None:
    """An act on a list in both logs; last in its transaction, because the contest's log is written one at a time."""
    await audit.record(
        writer,
        actor=actor,
        action=f"contest.{act}",
        subject=f"contest:{contest_id}",
        now_ms=now_ms,
        detail=dict(detail),
    )
    await log.append(writer, contest_id, f"list.{act}", {"by": actor, **detail}, now_ms)
