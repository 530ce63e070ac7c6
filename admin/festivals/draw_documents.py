"""The papers of a lucky draw: the minutes (biên bản bốc thăm) as the data of `minutes.typ`, the winners as a workbook.

Never reads SQL. For the organisers: they name winners by the nicknames guests gave, with their cards.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from admin.contests.document_frame import table
from admin.contests.document_words import DOTS
from admin.export_sheets import Workbook
from admin.export_tables import Column, Kind, Table
from admin.festivals.draw_desk import Desk, Line
from contest.catalogue import text
from contest.festival.draw_log import Line as LogLine
from contest.festival.draw_states import DrawState, WinnerState
from contest.provincial.local_time import local_date, local_datetime
from contest.provincial.wording import money, number

_COLUMNS: Final = (
    ("place", Kind.WHOLE, 8),
    ("prize", Kind.TEXT, 24),
    ("value", Kind.WHOLE, 14),
    ("sponsor", Kind.TEXT, 20),
    ("ticket", Kind.TEXT, 12),
    ("name", Kind.TEXT, 28),
    ("card", Kind.TEXT, 14),
    ("commune", Kind.TEXT, 22),
    ("state", Kind.TEXT, 20),
    ("reason", Kind.TEXT, 26),
    ("drawn_at", Kind.MOMENT, 24),
    ("claimed_at", Kind.MOMENT, 24),
    ("claimed_how", Kind.TEXT, 16),
    ("claimed_by", Kind.TEXT, 20),
    ("sign", Kind.TEXT, 20),
)


def minutes(desk: Desk, log: Sequence[LogLine], actors: Mapping[str, str], address: str, lang: str) -> dict[str, Any]:
    """The whole document; a draft until the draw is closed. `actors`: names of accounts."""
    draw, festival = desk.draw, desk.festival
    draft = draw.state is not DrawState.CLOSED
    day = local_date(draw.digits_at or draw.frozen_at or draw.created_at)
    return {
        "lang": lang,
        "title": _say(lang, "title"),
        "subtitle": draw.title,
        "parent": "",
        "agency": _say(lang, "agency", title=festival.title),
        "number": DOTS,
        "dated": text(
            lang,
            "documents.dated",
            place=desk.communes.get(festival.commune or "", festival.place) or DOTS,
            day=f"{day.day:02d}",
            month=f"{day.month:02d}",
            year=day.year,
        ),
        "draft": text(lang, "documents.draft") if draft else "",
        "footer": f"{draw.title} – {festival.title}",
        "words": {
            "country": text(lang, "documents.country"),
            "motto": text(lang, "documents.motto"),
            "number": text(lang, "documents.number"),
            "sign-here": text(lang, "documents.sign_here"),
            "receivers": text(lang, "documents.receivers"),
        },
        "opening": [
            _say(lang, "opening", title=festival.title, place=festival.place or DOTS, draw=draw.title, day=_day(day))
        ],
        "parts": [
            _people(desk, lang),
            {"title": _say(lang, "part_rule"), "items": list(desk.rule)},
            _prizes(desk, lang),
            _pool(desk, actors, lang),
            _source(desk, lang),
            _digits(desk, lang),
            _winners(desk, lang),
            _absent(desk, lang),
            _check(desk, log, address, lang),
        ],
        "closing": [_say(lang, "closing")],
        "signers": [
            {"role": _say(lang, role), "name": ""} for role in ("sign_secretary", "sign_witness", "sign_chair")
        ],
    }


def _people(desk: Desk, lang: str) -> dict[str, Any]:
    members = list(desk.draw.witnesses) or [_say(lang, "witness", dots=DOTS)] * 3
    return {"title": _say(lang, "part_people"), "items": members}


def _prizes(desk: Desk, lang: str) -> dict[str, Any]:
    prizes = [
        [
            one.name,
            number(lang, one.count),
            money(lang, one.value_vnd) or "–",
            ", ".join(part for part in (one.sponsor, one.note) if part) or "–",
        ]
        for one in desk.draw.prizes
    ]
    columns = (
        (_say(lang, "column_prize"), "left", 1.6),
        (_say(lang, "column_count"), "right", 0.7),
        (_say(lang, "column_value"), "right", 1.2),
        (_say(lang, "column_sponsor"), "left", 1.5),
    )
    return {
        "title": _say(lang, "part_prizes"),
        "lines": [_say(lang, "prizes_order")],
        "table": table(columns, prizes),
        "empty": "",
    }


def _pool(desk: Desk, actors: Mapping[str, str], lang: str) -> dict[str, Any]:
    draw = desk.draw
    if draw.frozen_at is None:
        return {"title": _say(lang, "part_pool"), "lines": [_say(lang, "not_yet")]}
    by = actors.get(draw.frozen_by or "", DOTS)
    return {
        "title": _say(lang, "part_pool"),
        "items": [
            _say(lang, "frozen", at=_at(draw.frozen_at), by=by, count=number(lang, draw.pool_count or 0)),
            _say(lang, "hash", hash=_groups(draw.pool_hash or "", 8)),
            _say(lang, "id", id=draw.public_id),
        ],
    }


def _source(desk: Desk, lang: str) -> dict[str, Any]:
    if desk.draw.announced_at is None:
        return {"title": _say(lang, "part_source"), "lines": [_say(lang, "not_yet")]}
    return {
        "title": _say(lang, "part_source"),
        "lines": [desk.source, _say(lang, "announced", at=_at(desk.draw.announced_at))],
    }


def _digits(desk: Desk, lang: str) -> dict[str, Any]:
    draw = desk.draw
    if draw.digits is None or draw.digits_at is None:
        return {"title": _say(lang, "part_digits"), "lines": [_say(lang, "not_yet")]}
    first, second = draw.digits_by
    return {
        "title": _say(lang, "part_digits"),
        "items": [
            _say(lang, "digits", count=len(draw.digits), digits=_groups(draw.digits, 5)),
            _say(lang, "typed", first=first, second=second, at=_at(draw.digits_at)),
        ],
    }


def _winners(desk: Desk, lang: str) -> dict[str, Any]:
    columns = (
        (_say(lang, "column_place"), "center", 0.5),
        (_say(lang, "column_prize"), "left", 1.3),
        (_say(lang, "column_ticket"), "center", 1.1),
        (_say(lang, "column_winner"), "left", 1.9),
        (_say(lang, "column_claim"), "left", 1.3),
    )
    rows = [
        [str(line.winner.position + 1), line.prize.name, line.ticket, _who(line, lang), _claimed(line, lang)]
        for line in desk.lines
        if line.winner.state is WinnerState.PRESENT
    ]
    return {"title": _say(lang, "part_winners"), "table": table(columns, rows), "empty": _say(lang, "nobody")}


def _absent(desk: Desk, lang: str) -> dict[str, Any]:
    items = [
        _say(
            lang,
            "redraw",
            place=line.winner.position + 1,
            ticket=line.ticket,
            prize=line.prize.name,
            reason=text(lang, f"draws.reason.{line.winner.reason}").lower(),
            at=_at(line.winner.settled_at or line.winner.drawn_at),
        )
        + (f" {line.winner.note}" if line.winner.note else "")
        for line in desk.lines
        if line.winner.state is WinnerState.ABSENT
    ]
    lines = [_say(lang, "redraws" if items else "no_redraws")]
    return {"title": _say(lang, "part_absent"), "lines": lines, "items": items}


def _check(desk: Desk, log: Sequence[LogLine], address: str, lang: str) -> dict[str, Any]:
    items = [_say(lang, "check_where", address=address), _say(lang, "check_how")]
    seed = next((json.loads(line.body)["seed"] for line in reversed(log) if line.kind == "digits"), None)
    if seed is not None:
        items.append(_say(lang, "seed", seed=_groups(seed, 8)))
    if log:
        items.append(_say(lang, "log", count=len(log), hash=_groups(log[-1].hash, 8)))
    return {"title": _say(lang, "part_check"), "items": items}


def _who(line: Line, lang: str) -> str:
    parts = [line.name or text(lang, "draws.public.nameless"), line.commune, _say(lang, "card", card=line.card)]
    return ", ".join(part for part in parts if part)


def _claimed(line: Line, lang: str) -> str:
    if line.winner.claimed_at is None:
        return ""
    how = text(lang, f"draws.claim.{line.winner.claimed_how}")
    return f"{how}, {_at(line.winner.claimed_at)}"


def workbook(desk: Desk, actors: Mapping[str, str], lang: str) -> bytes:
    """Everybody drawn in the order of the sequence, with room for a signature. Call in a thread."""
    columns = tuple(Column(key, text(lang, f"draws.column.{key}"), kind, width) for key, kind, width in _COLUMNS)
    rows = [_row(line, actors, lang) for line in desk.lines]
    made = Table("winners", text(lang, "draws.admin.winners"), columns, lambda: rows, fixed=1)
    with tempfile.TemporaryDirectory(prefix="hoithi-export-") as folder:
        path = Path(folder) / "file.xlsx"
        book = Workbook(path, desk.draw.title, desk.draw.title, text(lang, "documents.page_word"))
        try:
            book.fill(made)
        finally:
            book.close()
        return path.read_bytes()


def _row(line: Line, actors: Mapping[str, str], lang: str) -> tuple[Any, ...]:
    winner = line.winner
    return (
        winner.position + 1,
        line.prize.name,
        line.prize.value_vnd or None,
        line.prize.sponsor,
        line.ticket,
        line.name,
        line.card,
        line.commune,
        text(lang, f"draws.winner.{winner.state}"),
        text(lang, f"draws.reason.{winner.reason}") if winner.reason else "",
        winner.drawn_at,
        winner.claimed_at,
        text(lang, f"draws.claim.{winner.claimed_how}") if winner.claimed_how else "",
        actors.get(winner.claimed_by or "", ""),
        "",
    )


def _say(lang: str, key: str, **params: Any) -> str:
    return text(lang, f"draws.minutes.{key}", **params)


def _groups(value: str, size: int) -> str:
    return " ".join(value[start : start + size] for start in range(0, len(value), size))


def _at(ms: int) -> str:
    return f"{local_datetime(ms):%H:%M:%S %d/%m/%Y}"


def _day(value: Any) -> str:
    return f"{value.day:02d}/{value.month:02d}/{value.year}"
