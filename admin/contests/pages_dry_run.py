"""The organiser's page of dry runs: started, watched, read.

Never runs one itself: `dry_runs` starts a process.
"""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy import select
from starlette.responses import HTMLResponse, Response

from admin.contests import editing
from admin.contests.dry_runs import dry_runs_of
from admin.contests.editing import CanRead, CanWrite
from admin.contests.problem_places import place_of, problems_of
from admin.language import language_of
from admin.params import RowId
from admin.quiz_editing import see_other
from admin.services import Services, services_of
from admin.templating import is_htmx, page
from contest.catalogue import LANGUAGES, load
from contest.errors import Conflict, Invalid, Refused
from contest.ids import QuizId
from contest.model import Question
from contest.provincial.contest_units import denominators
from contest.provincial.contests import ContestRecord
from contest.provincial.drafts import check
from contest.provincial.dry_run import MOST_PEOPLE, Plan
from contest.provincial.pools import pool_banks
from contest.provincial.reckoning import result_keys
from contest.provincial.rules import ContestRules
from contest.provincial.tables import contest_questions, contest_units
from contest.provincial.windows import prediction_scopes
from contest.provincial.wording import ranking_name
from contest.question_bank import stored_questions
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)

USUAL_PEOPLE = 2000


@router.get("/contests/{contest_id}/dry-run")
async def dry_run_page(request: Request, caller: CanRead, contest_id: RowId) -> HTMLResponse:
    """Where one is started, and what the last one showed."""
    return _show(request, await editing.contest_of(services_of(request), contest_id))


@router.post("/contests/{contest_id}/dry-run")
async def start_dry_run(
    request: Request,
    caller: CanWrite,
    contest_id: RowId,
    people: Annotated[str, Form(max_length=8)] = "",
    seed: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Starts one by the draft as it is now."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    try:
        plain = people.replace(".", "").strip()
        if not plain.isdecimal() or not 10 <= int(plain) <= MOST_PEOPLE:
            raise Invalid("dry_run_people", most=MOST_PEOPLE)
        rules = check(contest.draft).rules
        if rules is None:
            raise Invalid("contest_not_ready")
        number = int(seed) if seed.isascii() and seed.isdigit() else secrets.randbelow(1_000_000)
        plan = await plan_of(services, contest, rules, int(plain), number)
        dry_runs_of(request).start(contest_id, plan, about_of(contest, plan, services.clock.wall_ms()))
    except (Invalid, Conflict) as refusal:
        return _show(request, contest, refusal)
    return see_other(f"/contests/{contest_id}/dry-run")


@router.post("/contests/{contest_id}/dry-run/stop")
async def stop_dry_run(request: Request, caller: CanWrite, contest_id: RowId) -> Response:
    """Ends it early."""
    dry_runs_of(request).stop(contest_id)
    return see_other(f"/contests/{contest_id}/dry-run")


def about_of(contest: ContestRecord, plan: Plan, now_ms: int) -> dict[str, Any]:
    """What the report needs to be read by people later, when the draft has moved on."""
    rules = plan.rules
    keys = [*result_keys(rules), *(scope.key for scope in prediction_scopes(rules))]
    return {
        "people": plan.people,
        "seed": plan.seed,
        "started_at": now_ms,
        "draft_version": contest.draft_version,
        "prizes": {one.key: one.name for one in rules.prizes},
        "levels": [one.name for one in rules.collective.levels] if rules.collective else [],
        "audiences": {one.key: one.name for one in rules.audiences},
        "rankings": {lang: {key: ranking_name(rules, key, lang) for key in keys} for lang in LANGUAGES},
    }


async def plan_of(services: Services, contest: ContestRecord, rules: ContestRules, people: int, seed: int) -> Plan:
    """What the dry run needs of the installation. Raises Invalid("bank_missing") for a pool without questions."""
    pools: dict[str, list[Question]] = {}
    async with services.db.read() as reader:
        columns = contest_questions.c
        frozen = await reader.execute(
            select(columns.pool, columns.number, columns.body)
            .where(columns.contest_id == contest.id)
            .order_by(columns.pool, columns.number, columns.revision)
        )
        latest = {(row.pool, row.number): row.body for row in frozen}
        for (pool, _), body in latest.items():
            pools.setdefault(pool, []).append(Question.model_validate(body))
        for pool, bank_id in pool_banks(rules).items():
            if pool not in pools and bank_id is not None:
                pools[pool] = [one.question for one in await stored_questions(reader, QuizId(bank_id))]
            if not pools.get(pool):
                raise Invalid("bank_missing", pool=pool)
        listed = await reader.execute(
            select(contest_units.c.code, contest_units.c.name).where(contest_units.c.contest_id == contest.id)
        )
        units = [(row.code, row.name) for row in listed]
        sizes = await denominators(reader, contest.id)
    return Plan(rules, pools, people, seed, units, sizes)


def _show(request: Request, contest: ContestRecord, refusal: Refused | None = None) -> HTMLResponse:
    status = dry_runs_of(request).status(contest.id)
    names = {
        key.removeprefix("category."): words
        for key, words in load(language_of(request)).items()
        if key.startswith("category.")
    }
    return page(
        request,
        "_contest_dry_run.html" if is_htmx(request) else "contest_dry_run.html",
        status=200 if refusal is None else status_of(refusal),
        contest=contest,
        problems=problems_of(contest.draft),
        place_of=place_of,
        run=status,
        topics=names,
        usual=USUAL_PEOPLE,
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
    )
