"""Participation for staff: the snapshot of a day or the figures of this moment, as exact as they may be, and as files.

Never shows an exact figure without `counts` having allowed and noted it.
"""

from dataclasses import dataclass

from sqlalchemy import select

from admin.contests import export_files, export_participation
from admin.contests.document_desk import FORMATS, Made
from admin.contests.document_words import DocumentWords
from admin.contests.export_files import CSV, XLSX
from admin.contests.export_participation import Line
from admin.contests.takeaways import made
from contest.database import Database
from contest.errors import Conflict, NotFound
from contest.provincial import contests, counts, result_people, turnout_history
from contest.provincial.contest_units import denominators
from contest.provincial.contests import ContestRecord
from contest.provincial.tables import contest_units
from contest.provincial.turnout import Turnout
from scoring.folding import fold

NOW = "now"
"""Instead of a day: the exact figures of this moment, where anybody may see them."""


@dataclass(frozen=True, slots=True)
class Participation:
    """What one look at the figures gives. `counted` is None before the first snapshot; `hidden`: exact figures are
    nobody's yet; `days` the newest first."""

    contest: ContestRecord
    words: DocumentWords
    day: str
    hidden: bool
    counted: Turnout | None
    lines: tuple[Line, ...]
    days: tuple[Turnout, ...]

    def of(self, kind: str) -> list[Line]:
        return [line for line in self.lines if line.kind == kind]


async def look(db: Database, contest_id: int, day: str, lang: str, *, actor: str, now_ms: int) -> Participation:
    """The figures of a day (YYYY-MM-DD), of `NOW`, or of the newest snapshot for "".

    Looking at exact figures is noted in the audit log. Raises NotFound("contest_unknown" | "day_unknown"),
    Conflict("contest_not_open"), Forbidden("counts_hidden") for NOW while a prediction is open.
    """
    async with db.read() as reader:
        contest = await contests.load(reader, contest_id)
        rules = contest.rules
        if rules is None:
            raise Conflict("contest_not_open")
        hidden = counts.hidden(rules, now_ms)
        days = await turnout_history.every_day(reader, contest_id, rules, now_ms)
        units = await result_people.unit_names(reader, contest_id)
        own = select(contest_units.c.code, contest_units.c.name).where(contest_units.c.contest_id == contest_id)
        schools = {code: name for code, name in await reader.execute(own)}
        of = await denominators(reader, contest_id)
    if day == NOW or (days and not hidden):
        async with db.write() as writer:
            await counts.allow_exact(writer, contest_id, rules, actor=actor, what=f"turnout:{day}", now_ms=now_ms)
    if day == NOW:
        async with db.read() as reader:
            counted: Turnout | None = await turnout_history.at_this_moment(reader, contest_id, now_ms)
    else:
        counted = next((one for one in days if day in ("", one.day)), None)
        if counted is None and day:
            raise NotFound("day_unknown")
    words = DocumentWords(lang, rules, units)
    lines = () if counted is None else tuple(export_participation.lines(words, counted, schools, of))
    return Participation(contest, words, day, hidden, counted, lines, tuple(days))


async def file(db: Database, seen: Participation, fmt: str) -> Made:
    """The figures as a file. Raises NotFound("not_found" | "turnout_none")."""
    if fmt not in FORMATS:
        raise NotFound("not_found")
    counted, words = seen.counted, seen.words
    if counted is None:
        raise NotFound("turnout_none")

    def make() -> bytes:
        if fmt == "csv":
            return export_files.csv(export_participation.table(words, seen.lines, rounded=counted.rounded))
        found = export_participation.tables(words, counted, seen.lines, seen.days)
        return export_files.workbook(words, words.rules.title, found)

    title = "-".join(fold(seen.contest.title).split())[:60].strip("-")
    name = f"{words.text('file.participation')}-{title}-{counted.day}.{fmt}"
    return Made(name, XLSX if fmt == "xlsx" else CSV, await made(db, make))
