"""The organiser's pages of results: the board of all of them, one with its next step, why one stands above another.

Never reckons by itself; every step asks `contest.provincial`, which refuses what may not be.
"""

from itertools import pairwise
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, Response

from admin.caller import Caller
from admin.contests import editing, result_views
from admin.contests.editing import CanPublish, CanRead
from admin.language import language_of
from admin.params import MOST, RowId
from admin.services import Services, services_of
from admin.templating import page
from contest.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from contest.provincial import awards, complaints, contests, key_publication, result_documents, results, ties
from contest.provincial.contests import ContestRecord
from contest.provincial.prizes import explain
from contest.provincial.publishing import finalise, publish, withdraw_signature
from contest.provincial.reckoning import Reckoned, reckoned
from contest.provincial.result_states import Act
from contest.provincial.results import Result
from contest.provincial.rules import ContestRules
from contest.provincial.windows import COLLECTIVE
from contest.provincial.wording import reason_of, step_name, step_value
from realtime.problems import status_of

router = APIRouter(include_in_schema=False)

Key = Annotated[str, Query(max_length=32)]
Note = Annotated[str, Form(max_length=1000)]
_PAGE = 100
_SHOWN = 30


@router.get("/contests/{contest_id}/results")
async def results_page(request: Request, caller: CanRead, contest_id: RowId) -> HTMLResponse:
    """Every result with its state and next step, the keys of the rounds, struck units."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    if contest.rules is None:
        return page(request, "results.html", contest=contest, standings=[], names=None)
    now_ms = services.clock.wall_ms()
    async with services.db.read() as reader:
        standings = await results.listing(reader, contest_id, now_ms)
        names = await result_views.names_for(reader, caller, contest, contest.rules, language_of(request), ())
        keys = await key_publication.states(reader, contest_id, contest.rules, now_ms)
        struck = await awards.struck(reader, contest_id)
        waiting = await complaints.open_count(reader, contest_id)
    return page(
        request,
        "results.html",
        contest=contest,
        standings=standings,
        names=names,
        keys=keys,
        struck=struck,
        complaints_open=waiting,
    )


@router.get("/contests/{contest_id}/results/{key}")
async def result_page(request: Request, caller: CanRead, contest_id: RowId, key: str) -> HTMLResponse:
    """One result: where it stands, the prizes, the first of each ranking, ties, earlier revisions."""
    return await show(request, caller, contest_id, key)


async def show(
    request: Request, caller: Caller, contest_id: int, key: str, refusal: Refused | None = None
) -> HTMLResponse:
    """The page of one result, with why the last act on it was refused."""
    services = services_of(request)
    contest, rules = await _opened(services, contest_id)
    now_ms = services.clock.wall_ms()
    async with services.db.read() as reader:
        found = [one for one in await results.listing(reader, contest_id, now_ms) if one.result.key == key]
        if not found:
            raise NotFound("result_unknown", key=key)
        (standing,) = found
        document = standing.result.document
        numbers = set() if document is None else result_documents.entries_of(document)
        if standing.result.rules_version:
            rules = await contests.rules_of(reader, contest_id, standing.result.rules_version)
        names = await result_views.names_for(reader, caller, contest, rules, language_of(request), numbers)
        lines = await ties.recorded(reader, contest_id, key)
        given = await awards.listing(reader, contest_id, key)
        old = await results.revisions(reader, contest_id, key)
    undecided = _open_ties(standing.result)
    return page(
        request,
        "result.html",
        status=200 if refusal is None else status_of(refusal),
        code=None if refusal is None else refusal.code,
        params={} if refusal is None else refusal.params,
        contest=contest,
        rules=rules,
        standing=standing,
        result=standing.result,
        document=document,
        names=names,
        open_ties=undecided[0],
        waiting_ties=undecided[1],
        lines=lines,
        pools=ties.pending_pools(lines),
        awards={(one.audience, one.prize, one.place): one for one in given},
        revisions=old,
        shown=_SHOWN,
        fraction=result_views.fraction,
        collective=COLLECTIVE,
    )


@router.get("/contests/{contest_id}/results/{key}/revisions/{revision}")
async def revision_page(
    request: Request, caller: CanRead, contest_id: RowId, key: str, revision: RowId
) -> HTMLResponse:
    """What was verified or published before a correction, as it was."""
    services = services_of(request)
    contest, rules = await _opened(services, contest_id)
    async with services.db.read() as reader:
        old = [one for one in await results.revisions(reader, contest_id, key) if one.revision == revision]
        if not old:
            raise NotFound("result_unknown", key=key)
        numbers = result_documents.entries_of(old[0].document)
        names = await result_views.names_for(reader, caller, contest, rules, language_of(request), numbers)
    return page(
        request,
        "result_revision.html",
        contest=contest,
        revision=old[0],
        names=names,
        fraction=result_views.fraction,
    )


@router.post("/contests/{contest_id}/results/{key}/{act}")
async def result_act(request: Request, caller: CanPublish, contest_id: RowId, key: str, act: str) -> Response:
    """The next step of a result; who may not be the second person is told so."""
    try:
        await carry_out(services_of(request), contest_id, key, act, caller.actor)
    except (Conflict, Forbidden) as refusal:
        return await show(request, caller, contest_id, key, refusal)
    return result_views.done(request, f"/contests/{contest_id}/results/{key}")


async def carry_out(services: Services, contest_id: int, key: str, act: str, actor: str) -> Result:
    """One step of a result, by its name. Raises NotFound for a name that is none, and what the step raises."""
    now_ms = services.clock.wall_ms()
    match act:
        case Act.COMPUTE:
            return await results.compute(services.db, contest_id, key, actor=actor, now_ms=now_ms)
        case Act.VERIFY:
            return await results.verify(services.db, contest_id, key, actor=actor, now_ms=now_ms)
        case Act.SIGN | Act.PUBLISH:
            return await publish(services.db, contest_id, key, actor=actor, now_ms=now_ms)
        case "withdraw":
            return await withdraw_signature(services.db, contest_id, key, actor=actor, now_ms=now_ms)
        case Act.FINALISE:
            return await finalise(services.db, contest_id, key, actor=actor, now_ms=now_ms)
        case Act.HAND_OVER:
            await awards.hand_over(services.db, contest_id, key, actor=actor, now_ms=now_ms)
            async with services.db.read() as reader:
                return await results.load(reader, contest_id, key)
    raise NotFound("not_found")


@router.post("/contests/{contest_id}/awards/{award_id}/revoke")
async def revoke_award(
    request: Request, caller: CanPublish, contest_id: RowId, award_id: RowId, reason: Note = "", key: Note = ""
) -> Response:
    """Takes a prize back."""
    services = services_of(request)
    try:
        await awards.revoke(
            services.db, contest_id, award_id, reason=reason, actor=caller.actor, now_ms=services.clock.wall_ms()
        )
    except (Conflict, Invalid) as refusal:
        return await show(request, caller, contest_id, key, refusal)
    return result_views.done(request, f"/contests/{contest_id}/results/{key}")


@router.post("/contests/{contest_id}/round-keys/{round_key}")
async def publish_key(request: Request, caller: CanPublish, contest_id: RowId, round_key: str) -> Response:
    """The right answers of a round become visible to who took it."""
    services = services_of(request)
    async with services.db.write() as writer:
        await key_publication.publish_key(
            writer, contest_id, round_key, actor=caller.actor, now_ms=services.clock.wall_ms()
        )
    return result_views.done(request, f"/contests/{contest_id}/results")


@router.get("/contests/{contest_id}/results/{key}/standings")
async def standings_page(
    request: Request,
    caller: CanRead,
    contest_id: RowId,
    key: str,
    audience: Key = "",
    offset: Annotated[int, Query(ge=0, le=MOST)] = 0,
) -> HTMLResponse:
    """The whole ranking as it is reckoned from SQL now, a hundred a page."""
    services = services_of(request)
    contest, rules = await _opened(services, contest_id)
    now = await ready(services, contest_id, key)
    table = next((one for one in now.part(key).rankings if one.audience == audience), None)
    if table is None:
        raise NotFound("result_unknown", key=key)
    rows = table.rows[offset : offset + _PAGE + 1]
    async with services.db.read() as reader:
        names = await result_views.names_for(
            reader, caller, contest, rules, language_of(request), [row.entry for row in rows]
        )
    return page(
        request,
        "result_standings.html",
        contest=contest,
        key=key,
        audience=audience,
        names=names,
        rows=rows[:_PAGE],
        next_of={row.entry: after.entry for row, after in pairwise(rows)},
        offset=offset,
        step=_PAGE,
        total=len(table.rows),
        fraction=result_views.fraction,
    )


@router.get("/contests/{contest_id}/results/{key}/why")
async def why_page(
    request: Request,
    caller: CanRead,
    contest_id: RowId,
    key: str,
    audience: Key = "",
    a: Annotated[str, Query(max_length=20)] = "",
    b: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Why one of any two people stands above the other: every step of the order with both values."""
    services = services_of(request)
    contest, rules = await _opened(services, contest_id)
    lang = language_of(request)
    numbers = [int(one) for one in (a, b) if one.isascii() and one.isdigit()]
    why, rows, steps = None, {}, []
    if len(numbers) == 2:
        now = await ready(services, contest_id, key)
        try:
            why = explain(now.frozen, now.outcome, key, audience, *numbers)
        except KeyError:
            raise NotFound("entry_not_ranked") from None
        table = next(one for one in now.part(key).rankings if one.audience == audience)
        rows = {row.entry: row for row in table.rows if row.entry in numbers}
        steps = [
            (step, *(result_views.step_value(step, rows[one]) for one in (why.above, why.below)))
            for step in rules.ranking.chain
        ]
    async with services.db.read() as reader:
        names = await result_views.names_for(reader, caller, contest, rules, lang, numbers)
    return page(
        request,
        "result_why.html",
        contest=contest,
        key=key,
        audience=audience,
        a=a,
        b=b,
        why=why,
        rows=rows,
        steps=steps,
        sentence="" if why is None else reason_of(lang, why),
        step_name=step_name,
        step_text=step_value,
        names=names,
        fraction=result_views.fraction,
    )


async def ready(services: Services, contest_id: int, key: str) -> Reckoned:
    """The reckoned contest, once nothing of this result is a secret any more. Raises what `results.compute` does."""
    async with services.db.read() as reader:
        await results.check_ready(reader, contest_id, key, services.clock.wall_ms())
    return await reckoned(services.db, contest_id)


async def _opened(services: Services, contest_id: int) -> tuple[ContestRecord, ContestRules]:
    contest = await editing.contest_of(services, contest_id)
    if contest.rules is None:
        raise Conflict("contest_not_open")
    return contest, contest.rules


def _open_ties(result: Result) -> tuple[list[ties.Tie], list[ties.Tie]]:
    """Ties to decide here, and those that only wait: for a higher prize of the same people, or for another result.

    A group that fits into its seats is undecided only because somebody of it still waits for a prize elsewhere.
    """
    here: list[ties.Tie] = []
    waiting: list[ties.Tie] = []
    met: set[tuple[str, str]] = set()
    for tie in _undecided(result):
        members = {(tie.audience, one) for one in tie.tied}
        root = len(tie.tied) > tie.seats and not members & met
        (here if root else waiting).append(tie)
        met |= members
    return here, waiting


def _undecided(result: Result) -> list[ties.Tie]:
    if result.document is None:
        return []
    found: dict[tuple[str, str, tuple[str, ...]], int] = {}
    for award in result_documents.awards_of(result.document):
        if award["holder"] is None:
            group = (award["audience"], award["prize"], tuple(award["tied"]))
            found[group] = found.get(group, 0) + 1
    return [ties.Tie(result.key, audience, tied, prize, seats) for (audience, prize, tied), seats in found.items()]
