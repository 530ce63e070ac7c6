"""Exports of a live round, at any time: a workbook, one table as CSV, or everything as JSON.

Reads one moment of SQL page by page and writes in threads, so that neither the loop nor memory suffers from a large
round. Never changes a round and never shows what its phones may not know yet.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from admin import export_data
from admin.export_about import about
from admin.export_data import Gathered, StoredAnswer
from admin.export_sheets import Workbook
from admin.export_tables import Table, Tables
from admin.export_text import CsvFile, JsonFile
from admin.export_words import Words
from contest.clock import SystemClock
from contest.database import Database
from contest.errors import Invalid, NotFound
from contest.ids import RoundId
from scoring.answer_key import QuestionType
from scoring.folding import fold

MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
TABLES = (
    *("standings", "players", "answers", "questions", "units", "groups"),
    *("teams", "polls", "clouds"),
    *("about", "sent_out"),
)
"""Those of the second line are there only in rounds that have them."""
_AT_ONCE = 2
_turns: WeakKeyDictionary[Database, asyncio.Semaphore] = WeakKeyDictionary()


class _Target(Protocol):
    """Where an export goes. `answers` is called for every page as it is read, `finish` once after the last."""

    def answers(self, page: Sequence[StoredAnswer]) -> None: ...
    def finish(self) -> None: ...
    def close(self) -> None: ...


async def export(
    db: Database,
    round_id: RoundId,
    fmt: str,
    lang: str,
    *,
    table: str = "standings",
    now_ms: int | None = None,
) -> tuple[str, str, Path]:
    """The round as a file: its name for people, its media type, and where it lies.

    The caller removes the file. `fmt` is xlsx, csv or json; `table` chooses one of TABLES for csv. Raises
    NotFound("round_unknown"), NotFound("not_found") for another format, Invalid("export_table_unknown").
    """
    if fmt not in MEDIA_TYPES:
        raise NotFound("not_found")
    if table not in TABLES:
        raise Invalid("export_table_unknown", table=table[:40], tables=", ".join(TABLES))
    moment = SystemClock().wall_ms() if now_ms is None else now_ms
    with tempfile.TemporaryDirectory(prefix="hoithi-export-") as folder:
        path = Path(folder) / f"export.{fmt}"
        # Each holds a connection and a thread while it runs; hosts' commands must never wait for them.
        async with _turns.setdefault(db, asyncio.Semaphore(_AT_ONCE)), db.read() as reader:
            await export_data.snapshot(db, reader)
            gathered = await export_data.begin(reader, round_id)
            target = await asyncio.to_thread(_target, gathered, path, fmt, lang, table, moment)
            try:
                for number in range(1, gathered.asked + 1):
                    async for page in export_data.pages(reader, round_id, number):
                        await asyncio.to_thread(_take, gathered, target, page)
                    await asyncio.to_thread(gathered.close, number)
                await asyncio.to_thread(_finish, gathered, target)
            finally:
                await asyncio.to_thread(target.close)
        kept = await asyncio.to_thread(keep, path, fmt)
    return _file_name(gathered, fmt, table), MEDIA_TYPES[fmt], kept


def _take(gathered: Gathered, target: _Target, page: Sequence[Any]) -> None:
    target.answers(gathered.take(page))


def _finish(gathered: Gathered, target: _Target) -> None:
    gathered.compare()
    target.finish()


def keep(path: Path, fmt: str) -> Path:
    """Moves the finished file out of the folder that is about to go; only this user may read it."""
    handle, name = tempfile.mkstemp(prefix="hoithi-export-", suffix=f".{fmt}")
    open(handle, "wb").close()
    path.chmod(0o600)
    return path.replace(name)


def _file_name(gathered: Gathered, fmt: str, table: str) -> str:
    title = "-".join(fold(gathered.record.title).split())[:60].strip("-")
    parts = ["hoi-thi", gathered.record.code, title, table if fmt == "csv" else ""]
    return "-".join(part for part in parts if part) + f".{fmt}"


def _target(gathered: Gathered, path: Path, fmt: str, lang: str, table: str, now_ms: int) -> _Target:
    if fmt == "xlsx":
        return _XlsxTarget(gathered, path, lang, now_ms)
    if fmt == "json":
        return _JsonTarget(gathered, path, lang, now_ms)
    return _CsvTarget(gathered, path, lang, table, now_ms)


def opinions(gathered: Gathered, tables: Tables) -> list[Callable[[], Table]]:
    """The tables of polls and word clouds, where a round had any."""
    kinds = {gathered.record.question(number).type for number in range(1, gathered.asked + 1)}
    wanted = {QuestionType.POLL: tables.polls, QuestionType.CLOUD: tables.clouds}
    return [make for kind, make in wanted.items() if kind in kinds]


class _XlsxTarget:
    """Sheets stand in the order of TABLES, but for those sent out, who come last and only if there are any."""

    def __init__(self, gathered: Gathered, path: Path, lang: str, now_ms: int) -> None:
        words = Words(lang)
        self._tables = Tables(gathered, words)
        self._gathered, self._words, self._now_ms = gathered, words, now_ms
        record = gathered.record
        print_title = words.text("print_title", title=record.title, code=record.code)
        self._book = Workbook(path, record.title, print_title, words.text("page"))
        self._later = [self._book.sheet(self._tables.standings()), self._book.sheet(self._tables.players())]
        self._long = [self._book.sheet(self._tables.answers())]

    def answers(self, page: Sequence[StoredAnswer]) -> None:
        for answer in page:
            if self._long[-1].full:
                table = self._tables.answers()
                title = f"{table.title} ({len(self._long) + 1})"
                self._long.append(self._book.sheet(replace(table, title=title)))
            self._long[-1].append(self._tables.answer_row(answer))

    def finish(self) -> None:
        tables = self._tables
        for sheet, table in zip(self._later, (tables.standings(), tables.players()), strict=True):
            for row in table.rows():
                sheet.append(row)
            self._book.filter(sheet, table)
        for sheet in self._long:
            self._book.filter(sheet, tables.answers())
        for table in (tables.questions(), tables.units(), tables.groups()):
            self._book.fill(table)
        if self._gathered.in_teams:
            self._book.fill(tables.teams())
        for more in opinions(self._gathered, tables):
            self._book.fill(more())
        self._book.fill(about(self._gathered, self._words, self._now_ms))
        if self._gathered.sent_out:
            self._book.fill(tables.sent_out())

    def close(self) -> None:
        self._book.close()


class _JsonTarget:
    """Codes instead of words, for programs."""

    def __init__(self, gathered: Gathered, path: Path, lang: str, now_ms: int) -> None:
        self._gathered, self._now_ms = gathered, now_ms
        self._words = Words(lang, codes=True)
        self._tables = Tables(gathered, self._words)
        self._file = JsonFile(path, self._tables.answers())

    def answers(self, page: Sequence[StoredAnswer]) -> None:
        self._file.append([self._tables.answer_row(answer) for answer in page])

    def finish(self) -> None:
        tables = self._tables
        others = [tables.standings, tables.players, tables.questions, tables.units, tables.groups, tables.sent_out]
        if self._gathered.in_teams:
            others.append(tables.teams)
        others += opinions(self._gathered, tables)
        self._file.finish(about(self._gathered, self._words, self._now_ms), (make() for make in others))

    def close(self) -> None:
        self._file.close()


class _CsvTarget:
    """One table."""

    def __init__(self, gathered: Gathered, path: Path, lang: str, table: str, now_ms: int) -> None:
        words = Words(lang)
        self._tables = Tables(gathered, words)
        made: dict[str, Callable[[], Table]] = {name: getattr(self._tables, name) for name in TABLES if name != "about"}
        made["about"] = lambda: about(gathered, words, now_ms)
        self._make = made[table]
        self._long = table == "answers"
        self._file = CsvFile(path, self._make() if table != "about" else about(gathered, words, now_ms))

    def answers(self, page: Sequence[StoredAnswer]) -> None:
        if self._long:
            self._file.append([self._tables.answer_row(answer) for answer in page])

    def finish(self) -> None:
        if not self._long:
            self._file.append(self._make().rows())

    def close(self) -> None:
        self._file.close()
