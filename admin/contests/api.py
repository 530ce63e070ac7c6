"""The JSON API of setting contests up: made, read, drafted, opened, amended, closed, put away, tried out.

Never renders pages. Results have an API of their own.
"""

from typing import Any

from fastapi import APIRouter, Request

from admin.contests import editing
from admin.contests.api_models import (
    AmendIn,
    ChangeOut,
    ContestIn,
    ContestLine,
    ContestOut,
    DraftIn,
    DryRunIn,
    DryRunOut,
    OpenIn,
    ProblemOut,
    TemplateOut,
    VersionOut,
)
from admin.contests.differences import differences
from admin.contests.dry_runs import dry_runs_of
from admin.contests.editing import CanRead, CanWrite
from admin.contests.pages_dry_run import about_of, plan_of
from admin.contests.rules_form import completed
from admin.language import language_of
from admin.params import RowId
from admin.services import services_of
from contest.errors import Conflict, Invalid
from contest.provincial import contests, corrections, templates
from contest.provincial.contests import ContestRecord
from contest.provincial.drafts import check
from contest.provincial.rules import ContestRules
from contest.provincial.windows import phase

router = APIRouter(prefix="/api", tags=["contests"])


@router.get("/contest-templates")
async def list_templates(request: Request, caller: CanRead) -> list[TemplateOut]:
    """The rules of real contests."""
    found = templates.templates(language_of(request))
    return [TemplateOut(key=one.key, name=one.name, source=one.source, note=one.note, rules=one.rules) for one in found]


@router.get("/contest-rules-schema")
async def rules_schema(caller: CanRead) -> dict[str, Any]:
    """JSON Schema of the rules: every setting with its bounds."""
    return ContestRules.model_json_schema()


@router.get("/contests")
async def list_contests(request: Request, caller: CanRead, archived: bool = False) -> list[ContestLine]:
    """All contests, the newest first."""
    services = services_of(request)
    async with services.db.read() as reader:
        found = await contests.listing(reader, archived=archived)
    return [ContestLine(**_line(one, services.clock.wall_ms())) for one in found]


@router.post("/contests", status_code=201)
async def create_contest(request: Request, caller: CanWrite, body: ContestIn) -> ContestOut:
    """Makes a draft; nobody sees it before it is opened."""
    services = services_of(request)
    async with services.db.write() as writer:
        made = await contests.create(
            writer,
            title=body.title,
            template=body.template,
            first_day=body.first_day,
            rules=None if body.rules is None else completed(body.rules),
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    return _out(made, services.clock.wall_ms())


@router.get("/contests/{contest_id}")
async def read_contest(request: Request, caller: CanRead, contest_id: RowId) -> ContestOut:
    """A contest with its draft and its rules."""
    services = services_of(request)
    return _out(await editing.contest_of(services, contest_id), services.clock.wall_ms())


@router.put("/contests/{contest_id}/draft")
async def save_draft(request: Request, caller: CanWrite, contest_id: RowId, body: DraftIn) -> ContestOut:
    """Keeps the draft, whole or not; 409 `stale` when somebody else saved since `version`."""
    services = services_of(request)
    async with services.db.write() as writer:
        await contests.save_draft(
            writer,
            contest_id,
            completed(body.draft),
            expected=body.version,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    return await read_contest(request, caller, contest_id)


@router.post("/contests/{contest_id}/open")
async def open_contest(request: Request, caller: CanWrite, contest_id: RowId, body: OpenIn) -> ContestOut:
    """Freezes the draft as version 1 with its questions."""
    services = services_of(request)
    async with services.db.write() as writer:
        held = await contests.lock(writer, contest_id)
        if held.draft_version != body.version:
            raise Conflict("contest_changed_meanwhile")
        await contests.open_contest(writer, contest_id, actor=caller.actor, now_ms=services.clock.wall_ms())
    return await read_contest(request, caller, contest_id)


@router.post("/contests/{contest_id}/amend")
async def amend_contest(request: Request, caller: CanWrite, contest_id: RowId, body: AmendIn) -> ContestOut:
    """Puts the draft in force as a further version, with a reason that everybody can read."""
    services = services_of(request)
    async with services.db.write() as writer:
        held = await contests.lock(writer, contest_id)
        if held.draft_version != body.version:
            raise Conflict("contest_changed_meanwhile")
        checked = check(held.draft)
        if checked.rules is None:
            raise Invalid("contest_not_ready", problems=[one.as_dict() for one in checked.problems])
        await contests.amend(
            writer,
            contest_id,
            checked.rules,
            reason=body.reason,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    await corrections.send_back_outdated(
        services.db, contest_id, cause="rules_amended", actor=caller.actor, now_ms=services.clock.wall_ms()
    )
    return await read_contest(request, caller, contest_id)


@router.get("/contests/{contest_id}/versions")
async def list_versions(request: Request, caller: CanRead, contest_id: RowId) -> list[VersionOut]:
    """Every version that was in force, the first one first."""
    lang = language_of(request)
    async with services_of(request).db.read() as reader:
        await contests.load(reader, contest_id)
        found = await contests.versions(reader, contest_id)
    return [
        VersionOut(
            version=one.version,
            digest=one.digest,
            reason=one.reason,
            created_by=one.created_by,
            created_at=one.created_at,
            rules=one.rules.model_dump(mode="json"),
            changes=[
                ChangeOut(path=change.path, name=change.name, before=change.before, after=change.after)
                for change in (differences(found[n - 1].rules, one.rules, lang) if n else ())
            ],
        )
        for n, one in enumerate(found)
    ]


@router.post("/contests/{contest_id}/close")
async def close_contest(request: Request, caller: CanWrite, contest_id: RowId) -> ContestOut:
    """After the last attempt that may have started has ended."""
    services = services_of(request)
    async with services.db.write() as writer:
        await contests.close_contest(writer, contest_id, actor=caller.actor, now_ms=services.clock.wall_ms())
    return await read_contest(request, caller, contest_id)


@router.post("/contests/{contest_id}/archive")
async def archive_contest(request: Request, caller: CanWrite, contest_id: RowId) -> ContestOut:
    """Takes a draft or closed contest out of the lists; nothing is deleted."""
    services = services_of(request)
    async with services.db.write() as writer:
        await contests.archive(writer, contest_id, actor=caller.actor, now_ms=services.clock.wall_ms())
    return await read_contest(request, caller, contest_id)


@router.put("/contests/{contest_id}/dry-run", status_code=202)
async def start_dry_run(request: Request, caller: CanWrite, contest_id: RowId, body: DryRunIn) -> DryRunOut:
    """Tries the draft out with people who do not exist; 409 `dry_run_busy` while another one is running."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    rules = check(contest.draft).rules
    if rules is None:
        raise Invalid("contest_not_ready")
    plan = await plan_of(services, contest, rules, body.people, body.seed)
    dry_runs_of(request).start(contest_id, plan, about_of(contest, plan, services.clock.wall_ms()))
    return await read_dry_run(request, caller, contest_id)


@router.get("/contests/{contest_id}/dry-run")
async def read_dry_run(request: Request, caller: CanRead, contest_id: RowId) -> DryRunOut:
    """How the contest's dry run stands."""
    contest = await editing.contest_of(services_of(request), contest_id)
    status = dry_runs_of(request).status(contest.id)
    return DryRunOut(
        running=status.running,
        step=status.step,
        share=status.share,
        about=status.about,
        report=status.report,
        failure=status.failure,
    )


def _line(contest: ContestRecord, now_ms: int) -> dict[str, Any]:
    return {
        "id": contest.id,
        "slug": contest.slug,
        "title": contest.title,
        "state": contest.state,
        "phase": None if contest.rules is None else phase(contest.rules, now_ms),
        "rules_version": contest.rules_version,
        "draft_version": contest.draft_version,
        "archived": contest.archived_at is not None,
        "updated_at": contest.updated_at,
    }


def _out(contest: ContestRecord, now_ms: int) -> ContestOut:
    return ContestOut(
        **_line(contest, now_ms),
        draft=dict(contest.draft),
        problems=[ProblemOut(field=one.field, code=one.code) for one in check(contest.draft).problems],
        rules=None if contest.rules is None else contest.rules.model_dump(mode="json"),
    )
