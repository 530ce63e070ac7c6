"""The organiser's pages that set a contest up: every setting of its rules, page by page, saved as it is typed.

Everything works as plain forms; htmx only makes it smoother. Never puts rules in force: `pages_rules` does.
"""

import secrets
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, Response

from admin.contests import editing, rules_form
from admin.contests.editing import CanWrite
from admin.contests.editors import editors_of
from admin.contests.problem_places import belongs, problems_of
from admin.contests.setup_layout import TAB_OF, TABS, Kind, Tab
from admin.language import language_of
from admin.params import RowId
from admin.quiz_editing import see_other
from admin.services import services_of
from admin.templating import is_htmx, page
from contest.errors import Conflict, Invalid, NotFound
from contest.provincial import contests
from contest.provincial.contests import ContestRecord
from contest.provincial.drafts import Problem
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)

MOST_FIELDS = 3000
"""Sixty rounds and forty prizes are some hundred fields."""


@router.get("/contests/{contest_id}/setup/{tab_key}")
async def setup_page(
    request: Request, caller: CanWrite, contest_id: RowId, tab_key: str, saved: bool = False
) -> HTMLResponse:
    """One page of settings."""
    tab = _tab(tab_key)
    contest = await editing.contest_of(services_of(request), contest_id)
    return await _show(request, contest, tab, rules_form.completed(contest.draft), saved=saved)


@router.post("/contests/{contest_id}/setup/{tab_key}")
async def save_setup(request: Request, caller: CanWrite, contest_id: RowId, tab_key: str) -> Response:
    """Keeps what the page holds; whole or not. A button of a row adds, removes or moves it on the way."""
    tab = _tab(tab_key)
    services = services_of(request)
    form = await request.form(max_fields=MOST_FIELDS)
    contest = await editing.contest_of(services, contest_id)
    before = rules_form.completed(contest.draft)
    draft = rules_form.read(tab, form, before)
    reshaped = _switches(tab, before) != _switches(tab, draft)
    if wish := _text(form, "act"):
        reshaped = rules_form.act(tab, draft, wish, form) or reshaped
    now_ms = services.clock.wall_ms()
    editors = editors_of(request)
    nonce, version = _text(form, "page"), _number(form, "version")
    try:
        expected = editors.current(contest_id, nonce, version, contest.draft_version)
        async with services.db.write() as writer:
            await contests.save_draft(writer, contest_id, draft, expected=expected, actor=caller.actor, now_ms=now_ms)
        editors.saved(contest_id, nonce, expected)
    except (Conflict, Invalid) as refusal:
        if is_htmx(request):
            return page(
                request, "_contest_saved.html", state="refused", code=refusal.code, params=refusal.params, fields=[]
            )
        return await _show(request, contest, tab, draft, version=version, refusal=refusal)
    contest = await editing.contest_of(services, contest_id)
    if not is_htmx(request):
        anchor = f"#{wish.split(':')[0].replace('.', '-')}" if wish else ""
        return see_other(f"/contests/{contest_id}/setup/{tab.key}?saved=1{anchor}")
    if reshaped:
        answer = await _show(request, contest, tab, draft, saved=True, template="_contest_setup.html", nonce=nonce)
        answer.headers["HX-Retarget"] = "#setup"
        answer.headers["HX-Reswap"] = "innerMorph"
        return answer
    return await _saved(request, contest, tab, draft)


async def _show(
    request: Request,
    contest: ContestRecord,
    tab: Tab,
    draft: dict[str, Any],
    *,
    saved: bool = False,
    template: str = "contest_setup.html",
    nonce: str = "",
    version: int | None = None,
    refusal: Conflict | Invalid | None = None,
) -> HTMLResponse:
    context = await _context(request, contest, tab, draft)
    return page(
        request,
        template,
        status=200 if refusal is None else status_of(refusal),
        **context,
        saved=saved,
        nonce=nonce or secrets.token_hex(8),
        version=contest.draft_version if version is None else version,
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )


async def _saved(request: Request, contest: ContestRecord, tab: Tab, draft: dict[str, Any]) -> HTMLResponse:
    """The mark that it is kept, what is wrong at which field, and the counts anew."""
    context = await _context(request, contest, tab, draft)
    fields = _fields(context["parts"])
    return page(request, "_contest_saved.html", state="saved", code=None, params={}, fields=fields, **context)


async def _context(request: Request, contest: ContestRecord, tab: Tab, draft: dict[str, Any]) -> dict[str, Any]:
    problems = problems_of(draft)
    parts = rules_form.shown(tab, draft)
    async with services_of(request).db.read() as reader:
        banks = await editing.banks_of(reader)
        # Banks are read whole: only where their counts are shown.
        holdings = await editing.holdings(reader, draft, banks) if tab.key == "paper" else []
    return {
        "contest": contest,
        "tab": tab,
        "tabs": [(one.key, sum(belongs(one, problem.field) for problem in problems)) for one in TABS],
        "parts": parts,
        "problems": _by_field(problems, parts),
        "count": len(problems),
        "banks": banks,
        "cells": editing.cell_counts(draft, holdings) if tab.key == "paper" else [],
        "questions": _questions(draft),
        "categories": editing.categories(language_of(request), draft, holdings),
        "audiences": [(one.get("key"), one.get("name")) for one in draft["audiences"]],
    }


def _fields(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        field
        for part in parts
        for item in part["items"]
        for field in (one for row in item.get("rows", [[item]]) for one in row)
    ]


def _by_field(problems: tuple[Problem, ...], parts: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The codes by the field of this page where they can be mended: `prize_points.2` stands at `prize_points`."""
    fields = {field["name"]: field for field in _fields(parts)}
    places = fields.keys() | {item["path"] for part in parts for item in part["items"] if "rows" in item}
    found: dict[str, list[str]] = {}
    for problem in problems:
        place, code = problem.field, problem.code
        while place and place not in places:
            place = place.rpartition(".")[0]
        field = fields.get(place)
        if (
            field is not None
            and field["setting"].kind is Kind.MOMENT
            and code in ("field_not_a_number", "field_invalid")
        ):
            code = "moment_malformed"
        if (
            field is not None
            and not field["value"]
            and not field["chosen"]
            and code.startswith(("field_not", "moment"))
        ):
            code = "field_empty"
        if place and code not in found.setdefault(place, []):
            found[place].append(code)
    return found


def _switches(tab: Tab, draft: dict[str, Any]) -> list[bool]:
    return [draft[part.switch] is not None for part in tab.parts if part.switch]


def _questions(draft: dict[str, Any]) -> int:
    counts = [row.get("count") for row in draft["blueprint"]["cells"]]
    return sum(count for count in counts if isinstance(count, int))


def _tab(key: str) -> Tab:
    if key not in TAB_OF:
        raise NotFound("not_found")
    return TAB_OF[key]


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _number(form: FormData, name: str) -> int:
    text = _text(form, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
