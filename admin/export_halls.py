"""Exports of a hall: the standings over all its rounds, each round's points, teams, and which rounds there were.

Reads one moment of SQL and writes in a thread. Never changes anything and never shows an answer.
"""

import asyncio
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from admin.export_data import snapshot
from admin.export_sheets import Workbook
from admin.export_tables import Column, Kind, Row, Table
from admin.export_text import CsvFile
from admin.export_words import Words
from admin.exports import MEDIA_TYPES as ALL_TYPES
from admin.exports import keep
from contest import units
from contest.database import Database
from contest.games.overall import Overall, earned, overall
from contest.units import Unit
from realtime import hall_rows
from scoring.folding import fold
from scoring.standings import Total

MEDIA_TYPES = {fmt: ALL_TYPES[fmt] for fmt in ("xlsx", "csv")}


class HallTables:
    """The tables of one hall in one language."""

    def __init__(self, found: Overall, by_round: list[dict[int, Total]], named: dict[str, Unit], words: Words) -> None:
        self._found, self._by_round, self._units, self._words = found, by_round, named, words

    def _columns(self, defined: Iterable[tuple[str, Kind, float]]) -> list[Column]:
        return [Column(key, self._words.text(f"column.{key}"), kind, width) for key, kind, width in defined]

    def standings(self) -> Table:
        """One row a person: the place over all rounds, and the points of each."""
        first = (("rank", Kind.WHOLE, 7), ("name", Kind.TEXT, 26), ("unit", Kind.TEXT, 24), ("group", Kind.TEXT, 24))
        sums = (("points", Kind.WHOLE, 10), ("correct", Kind.WHOLE, 9), ("time_s", Kind.SECONDS, 12))
        columns = self._columns((*first, *sums))
        for n, one in enumerate(self._found.hall.played, 1):
            heading = self._words.text("column.of_round", number=n, title=one.title)
            columns.append(Column(f"r{n}_points", heading, Kind.WHOLE, 14))
        columns += self._columns([("seat", Kind.WHOLE, 8)])
        title = self._words.text("table.overall")
        return Table("standings", title, tuple(columns), self._standing_rows, fixed=2)

    def _standing_rows(self) -> Iterator[Row]:
        for rank, total in ((one.rank, one.total) for one in self._found.standings):
            person = self._found.people[total.seat]
            each = [one[total.seat].points if total.seat in one else None for one in self._by_round]
            yield (
                rank,
                person.name,
                self._words.unit(person.unit, self._units),
                self._words.group(person.target_group),
                total.points,
                total.correct,
                total.time_ms / 1000,
                *each,
                total.seat,
            )

    def teams(self) -> Table:
        """One row a team; the sum of its means over the rounds played in teams."""
        defined = (
            ("rank", Kind.WHOLE, 7),
            ("team", Kind.TEXT, 32),
            ("members", Kind.WHOLE, 11),
            ("mean_sum", Kind.MEAN, 14),
            ("points", Kind.WHOLE, 12),
        )
        title = self._words.text("table.teams")
        return Table("teams", title, tuple(self._columns(defined)), self._team_rows, fixed=2)

    def _team_rows(self) -> Iterator[Row]:
        for one in self._found.teams:
            shown = hall_rows.team_row(one)
            name = shown["name"] or self._words.text("team_number", number=one.team.key)
            yield (one.rank, name, one.team.size, float(one.mean), one.team.points)

    def rounds(self) -> Table:
        """Which rounds there were, and by which rules."""
        defined = (
            ("round", Kind.WHOLE, 7),
            ("title", Kind.TEXT, 40),
            ("mode", Kind.TEXT, 20),
            ("people", Kind.WHOLE, 12),
            ("phase", Kind.TEXT, 18),
            ("finished_at", Kind.MOMENT, 23),
        )
        title = self._words.text("table.rounds")
        return Table("rounds", title, tuple(self._columns(defined)), self._round_rows)

    def _round_rows(self) -> Iterator[Row]:
        for n, one in enumerate(self._found.hall.rounds, 1):
            mode, phase = (
                self._words.say("mode", one.settings.mode.value),
                self._words.say("phase", one.state.phase.value),
            )
            yield (n, one.title, mode, one.people_count, phase, one.finished_at)


async def export(db: Database, hall_id: int, fmt: str, lang: str, *, table: str) -> tuple[str, str, Path]:
    """The hall as a file: its name for people, its media type, and where it lies; the caller removes it.

    `fmt` is one of MEDIA_TYPES. Raises NotFound("hall_unknown").
    """
    async with db.read() as reader:
        await snapshot(db, reader)
        found = await overall(reader, hall_id)
        by_round = [await earned(reader, [one.id]) for one in found.hall.played]
        named = {str(unit.code): unit for unit in await units.all_units(reader)}
    tables = HallTables(found, by_round, named, Words(lang))
    with tempfile.TemporaryDirectory(prefix="hoithi-export-") as folder:
        path = Path(folder) / f"export.{fmt}"
        await asyncio.to_thread(_write, tables, found, path, fmt, lang, table)
        kept = await asyncio.to_thread(keep, path, fmt)
    title = "-".join(fold(found.hall.title).split())[:60].strip("-")
    parts = ["hoi-thi", "tong-ket", title, table if fmt == "csv" else ""]
    return "-".join(part for part in parts if part) + f".{fmt}", MEDIA_TYPES[fmt], kept


def _write(tables: HallTables, found: Overall, path: Path, fmt: str, lang: str, table: str) -> None:
    made: dict[str, Any] = {"standings": tables.standings, "teams": tables.teams, "rounds": tables.rounds}
    if fmt == "csv":
        file = CsvFile(path, made[table]())
        try:
            file.append(made[table]().rows())
        finally:
            file.close()
        return
    words = Words(lang)
    book = Workbook(path, found.hall.title, found.hall.title, words.text("page"))
    try:
        book.fill(tables.standings())
        if found.teams:
            book.fill(tables.teams())
        book.fill(tables.rounds())
    finally:
        book.close()
