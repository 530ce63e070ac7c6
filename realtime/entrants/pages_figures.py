"""Public pages with numbers in them: provisional standings and participation.

Never decides how exact a number may be: `standings`, `turnout` and `counts` do.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import structlog
from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from sqlalchemy import select
from starlette.responses import Response

from contest import units
from contest.database import Reader
from contest.provincial import entry_form, turnout
from contest.provincial.contest_units import denominators
from contest.provincial.rules import ContestRules
from contest.provincial.tables import contest_units
from contest.provincial.turnout import Figure, Turnout
from contest.provincial.windows import OVERALL
from realtime.entrants import standings, winners
from realtime.entrants.contest_card import public_contest
from realtime.entrants.pages_public import Slug
from realtime.entrants.services import entrants_of
from realtime.entrants.standings import Board
from realtime.entrants.templating import language_of, page
from realtime.entrants.wording import Wording
from scoring.folding import sort_key_vi

_log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)
MOST_UNITS = 150
"""Rows of schools and agencies on the page; the file has all of them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of participation; `of` is the denominator where there is one."""

    code: str
    name: str
    people: int
    attempts: int
    of: int | None = None


@cache
def commune_names() -> Mapping[str, str]:
    """The names of all communes by code, in Vietnamese order."""
    return {str(unit.code): unit.name for unit in units.shipped()}


@router.get("/c/{slug}/standings")
async def contest_standings(
    request: Request, slug: Slug, window: str = "", kind: str = "", code: str = "", place: str = ""
) -> Response:
    """The first hundred of a board; `place` is what the form sends: `commune.24133` or `group.citizen`."""
    services = entrants_of(request)
    if place:
        kind, _, code = place.partition(".")
    query = {"window": window, "kind": kind, "code": code}

    async def make() -> Mapping[str, Any]:
        now_ms = services.clock.wall_ms()
        words = Wording(language_of(request))
        async with services.db.read() as reader:
            record, rules = await public_contest(reader, slug)
            decided = await winners.published_keys(reader, record.id)
        found: dict[str, Any] = {"contest": record, "rules": rules, "tab": "standings"}
        begun = standings.begun(rules, now_ms)
        if rules.ranking.board == "hidden":
            return {**found, "state": "hidden"}
        if not begun:
            return {**found, "state": "before"}
        board = standings.board_of(rules, now_ms, window, kind, code)
        names = commune_names()
        found |= {
            "state": "open",
            "board": board,
            "names": names,
            "communes": list(names.items()),
            "groups": [(one.value, words.group(one.value)) for one in entry_form.groups(rules.entry)],
            "windows": _windows(rules, words, board, [one.key for one in reversed(begun)], now_ms),
            "audiences": [(one.key, one.name, board.code == one.key) for one in rules.audiences],
            "caption": _caption(rules, words, board, names),
            "decided": board.window in decided,
        }
        try:
            found["listing"] = await standings.listing(services.db, services.redis, record, board, now_ms)
        except RedisError as error:
            _log.warning("standings_lost", reason=type(error).__name__)
            found["state"] = "lost"
        return found

    return await page(request, "standings.html", make, query=query)


def _windows(
    rules: ContestRules, words: Wording, board: Board, begun: Sequence[str], now_ms: int
) -> list[tuple[str, str, bool]]:
    keys = [*begun, OVERALL] if standings.overall_shown(rules, now_ms) else list(begun)
    return [(key, words.window(rules, key), key == board.window) for key in keys]


def _caption(rules: ContestRules, words: Wording, board: Board, names: Mapping[str, str]) -> str:
    whose = {
        "all": "",
        "audience": words.audience(rules, board.code),
        "commune": names.get(board.code, board.code),
        "group": words.group(board.code),
    }[board.kind]
    return " · ".join(part for part in (words.window(rules, board.window), whose) if part)


@router.get("/c/{slug}/participation")
async def contest_participation(request: Request, slug: Slug) -> Response:
    """How many took part, by commune, group and unit, as of the last snapshot at 11:00."""
    services = entrants_of(request)

    async def make() -> Mapping[str, Any]:
        words = Wording(language_of(request))
        async with services.db.read() as reader:
            record, rules = await public_contest(reader, slug)
            counted = await turnout.latest(reader, record.id, rules, services.clock.wall_ms())
            tables = await _tables(reader, record.id, counted, words) if counted else {}
        shown = []
        for kind, rows in tables.items():
            rows = sorted(rows, key=lambda row: -row.people) if kind == "unit" else rows
            shown.append(
                {
                    "kind": kind,
                    "rows": rows[:MOST_UNITS],
                    "more": max(0, len(rows) - MOST_UNITS),
                    "most": max((row.people for row in rows), default=0),
                    "rates": any(row.of for row in rows),
                }
            )
        return {"contest": record, "rules": rules, "tab": "participation", "turnout": counted, "tables": shown}

    return await page(request, "participation.html", make)


@router.get("/c/{slug}/participation.csv")
async def participation_file(request: Request, slug: Slug) -> Response:
    """The same figures as a file that a spreadsheet opens."""
    services = entrants_of(request)
    words = Wording(language_of(request))
    async with services.db.read() as reader:
        record, rules = await public_contest(reader, slug)
        counted = await turnout.latest(reader, record.id, rules, services.clock.wall_ms())
        tables = await _tables(reader, record.id, counted, words) if counted else {}
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow([_safe(record.title)])
    if counted is not None:
        sheet.writerow([words.t("public.as_of", when=words.opens(counted.taken_at))])
        if counted.rounded:
            sheet.writerow([words.t("public.participation.rounded")])
        sheet.writerow(
            [words.t(f"public.file.{name}") for name in ("kind", "code", "name", "people", "attempts", "of")]
        )
        every = {"all": [Line("", words.t("public.standings.everybody"), counted.all.people, counted.all.attempts)]}
        for kind, rows in (every | tables).items():
            for row in rows:
                numbers = [row.people, row.attempts, "" if row.of is None else row.of]
                sheet.writerow([words.t(f"public.file.kind_{kind}"), _safe(row.code), _safe(row.name), *numbers])
    name = f"{slug}-{counted.day if counted else 'none'}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "public, max-age=60"}
    # Spreadsheets take it for UTF-8 only with the mark at its beginning.
    return Response(b"\xef\xbb\xbf" + out.getvalue().encode(), headers=headers, media_type="text/csv; charset=utf-8")


def _safe(cell: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


async def _tables(reader: Reader, contest_id: int, counted: Turnout, words: Wording) -> dict[str, list[Line]]:
    """All communes and groups, also those without anybody: what is missing would be told apart from few."""
    of = {} if counted.rounded else await denominators(reader, contest_id)
    listed = await reader.execute(
        select(contest_units.c.code, contest_units.c.name).where(contest_units.c.contest_id == contest_id)
    )
    schools = dict(sorted(((code, name) for code, name in listed), key=lambda row: sort_key_vi(row[1])))
    groups = {one: words.group(one) for one in ("pupil_student", "citizen", "official", "enterprise_worker")}
    return {
        kind: [_line(counted.of(kind), kind, code, name, of) for code, name in names.items()]
        for kind, names in (("group", groups), ("commune", commune_names()), ("unit", schools))
    }


def _line(figures: Mapping[str, Figure], kind: str, code: str, name: str, of: Mapping[str, int]) -> Line:
    figure = figures.get(code, Figure(kind, code, 0, 0))
    return Line(code, name, figure.people, figure.attempts, None if kind == "group" else of.get(code))
