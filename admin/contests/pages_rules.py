"""The organiser's pages of rules as wholes: read as a thể lệ, put in force, amended, looked up version by version.

Never edits a setting: `pages_setup` does.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from admin.audit import actor_names
from admin.contests import editing
from admin.contests.differences import differences
from admin.contests.editing import CanRead, CanWrite
from admin.contests.problem_places import place_of, problems_of
from admin.language import language_of
from admin.params import RowId
from admin.quiz_editing import see_other
from admin.services import services_of
from admin.templating import page
from contest.errors import Conflict, Invalid, NotFound, Refused
from contest.provincial import contests, corrections
from contest.provincial.contests import ContestRecord
from contest.provincial.drafts import Problem, check
from contest.provincial.regulation import regulation
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)


@router.get("/contests/{contest_id}/rules")
async def rules_page(request: Request, caller: CanRead, contest_id: RowId, version: RowId = 0) -> HTMLResponse:
    """The thể lệ as everybody will read it: of a version, or of the draft when there is none."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    rules = check(contest.draft).rules
    if version:
        async with services.db.read() as reader:
            rules = await contests.rules_of(reader, contest_id, version)
    lang = language_of(request)
    url = f"{services.public_url}/c/{contest.slug}"
    return page(
        request,
        "contest_rules.html",
        contest=contest,
        version=version,
        problems=check(contest.draft).problems if rules is None else (),
        place_of=place_of,
        regulation=rules and regulation(rules, lang, version=version or None, public_url=url),
    )


@router.get("/contests/{contest_id}/open")
async def open_page(request: Request, caller: CanWrite, contest_id: RowId) -> HTMLResponse:
    """What will happen when the contest opens, and what still stands in the way."""
    contest = await editing.contest_of(services_of(request), contest_id)
    return await _open(request, contest)


@router.post("/contests/{contest_id}/open")
async def open_contest(
    request: Request, caller: CanWrite, contest_id: RowId, version: Annotated[RowId, Form()] = 0
) -> Response:
    """Freezes version 1, but only the draft that the page showed."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            held = await contests.lock(writer, contest_id)
            if held.draft_version != version:
                raise Conflict("contest_changed_meanwhile")
            await contests.open_contest(writer, contest_id, actor=caller.actor, now_ms=services.clock.wall_ms())
    except (Conflict, Invalid) as refusal:
        return await _open(request, await editing.contest_of(services, contest_id), refusal)
    return see_other(f"/contests/{contest_id}?opened=1")


@router.get("/contests/{contest_id}/amend")
async def amend_page(request: Request, caller: CanWrite, contest_id: RowId) -> HTMLResponse:
    """The changes of the draft against the rules in force."""
    contest = await editing.contest_of(services_of(request), contest_id)
    return await _amend(request, contest)


@router.post("/contests/{contest_id}/amend")
async def amend(
    request: Request,
    caller: CanWrite,
    contest_id: RowId,
    version: Annotated[RowId, Form()] = 0,
    reason: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Puts the draft that the page showed in force as a further version."""
    services = services_of(request)
    try:
        async with services.db.write() as writer:
            held = await contests.lock(writer, contest_id)
            if held.draft_version != version:
                raise Conflict("contest_changed_meanwhile")
            checked = check(held.draft)
            if checked.rules is None:
                raise Invalid("contest_not_ready", problems=[one.as_dict() for one in checked.problems])
            await contests.amend(
                writer, contest_id, checked.rules, reason=reason, actor=caller.actor, now_ms=services.clock.wall_ms()
            )
    except (Conflict, Invalid) as refusal:
        return await _amend(request, await editing.contest_of(services, contest_id), refusal, reason)
    await corrections.send_back_outdated(
        services.db, contest_id, cause="rules_amended", actor=caller.actor, now_ms=services.clock.wall_ms()
    )
    return see_other(f"/contests/{contest_id}/versions")


@router.post("/contests/{contest_id}/amend/drop")
async def drop_changes(request: Request, caller: CanWrite, contest_id: RowId) -> Response:
    """The draft becomes the rules in force again."""
    services = services_of(request)
    async with services.db.write() as writer:
        held = await contests.lock(writer, contest_id)
        if held.rules is None:
            raise Conflict("contest_not_open")
        await contests.save_draft(
            writer,
            contest_id,
            held.rules.model_dump(mode="json"),
            expected=held.draft_version,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    return see_other(f"/contests/{contest_id}/amend")


@router.get("/contests/{contest_id}/versions")
async def versions_page(request: Request, caller: CanRead, contest_id: RowId) -> HTMLResponse:
    """Every version that was in force, with what it changed, by whom and why."""
    services = services_of(request)
    lang = language_of(request)
    async with services.db.read() as reader:
        contest = await contests.load(reader, contest_id)
        found = await contests.versions(reader, contest_id)
        actors = await actor_names(reader)
    lines = [(one, differences(found[n - 1].rules, one.rules, lang) if n else []) for n, one in enumerate(found)]
    return page(request, "contest_versions.html", contest=contest, lines=lines[::-1], actors=actors)


async def _open(request: Request, contest: ContestRecord, refusal: Refused | None = None) -> HTMLResponse:
    checked = check(contest.draft)
    short: list[str] = []
    async with services_of(request).db.read() as reader:
        banks = await editing.holdings(reader, contest.draft, await editing.banks_of(reader))
    if checked.rules is not None:
        counts = editing.cell_counts(contest.draft, banks)
        short = [str(n) for n, one in enumerate(counts, start=1) if one["need"] or not one["counts"]]
    return page(
        request,
        "contest_open.html",
        status=200 if refusal is None else status_of(refusal),
        contest=contest,
        rules=checked.rules,
        problems=problems_of(contest.draft),
        place_of=place_of,
        now_ms=services_of(request).clock.wall_ms(),
        short=short,
        banks=banks,
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )


async def _amend(
    request: Request, contest: ContestRecord, refusal: Refused | None = None, reason: str = ""
) -> HTMLResponse:
    if contest.rules is None:
        raise NotFound("not_found")
    services = services_of(request)
    checked = check(contest.draft)
    refused: tuple[Problem, ...] = ()
    if checked.rules is not None:
        async with services.db.read() as reader:
            refused = await contests.refused_changes(reader, contest.id, checked.rules, now_ms=services.clock.wall_ms())
    return page(
        request,
        "contest_amend.html",
        status=200 if refusal is None else status_of(refusal),
        contest=contest,
        problems=checked.problems,
        place_of=place_of,
        changes=[] if checked.rules is None else differences(contest.rules, checked.rules, language_of(request)),
        refused=refused,
        reason=reason,
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )
