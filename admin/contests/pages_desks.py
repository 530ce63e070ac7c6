"""The review desk and the complaints desk: what was noticed, what was said, and what people decided about it.

Never excludes anybody: a case confirmed or a complaint upheld changes nothing until somebody voids or decides.
"""

from typing import Annotated, cast

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, Response

from admin.contests import editing, result_views
from admin.contests.editing import CanRead, CanWrite
from admin.language import language_of
from admin.params import RowId
from admin.services import services_of
from admin.templating import page
from contest.database import Reader
from contest.errors import Conflict, Invalid
from contest.provincial import complaints, result_people, review
from contest.provincial.complaints import ComplaintState
from contest.provincial.reckoning import result_keys
from contest.provincial.review import State
from contest.provincial.signals import Signal

router = APIRouter(include_in_schema=False)

Short = Annotated[str, Form(max_length=160)]
Long = Annotated[str, Form(max_length=4000)]
Filter = Annotated[str, Query(max_length=32)]
_STATES = ("open", "cleared", "confirmed")


@router.get("/contests/{contest_id}/review")
async def review_page(
    request: Request, caller: CanRead, contest_id: RowId, state: Filter = "open", signal: Filter = ""
) -> HTMLResponse:
    """The cases, those that wait first."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    if contest.rules is None:
        raise Conflict("contest_not_open")
    async with services.db.read() as reader:
        cases = await review.listing(
            reader,
            contest_id,
            state=cast(State, state) if state in _STATES else None,
            signal=Signal(signal) if signal in set(Signal) else None,
        )
        counts = await review.counts(reader, contest_id)
        numbers = {entry for case in cases for entry in case.entries[:12]}
        names = await result_views.names_for(reader, caller, contest, contest.rules, language_of(request), numbers)
    return page(
        request,
        "contest_review.html",
        contest=contest,
        cases=cases,
        waiting=sum(many for (_, one), many in counts.items() if one == "open"),
        names=names,
        state=state,
        signal=signal,
        states=_STATES,
        signals=list(Signal),
        said=result_views.said,
    )


@router.post("/contests/{contest_id}/review/scan")
async def scan(request: Request, caller: CanWrite, contest_id: RowId) -> Response:
    """Looks for signals now."""
    services = services_of(request)
    await review.scan(services.db, contest_id, services.clock.wall_ms())
    return result_views.done(request, f"/contests/{contest_id}/review")


@router.post("/contests/{contest_id}/review/{case_id}")
async def decide_case(
    request: Request, caller: CanWrite, contest_id: RowId, case_id: RowId, state: Short = "", note: Long = ""
) -> Response:
    """What somebody decided about a case, and why."""
    if state not in _STATES:
        raise Invalid("review_state")
    services = services_of(request)
    async with services.db.write() as writer:
        await review.decide(
            writer,
            contest_id,
            case_id,
            state=cast(State, state),
            note=note,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    return result_views.done(request, f"/contests/{contest_id}/review")


@router.get("/contests/{contest_id}/complaints")
async def complaints_page(request: Request, caller: CanRead, contest_id: RowId, state: Filter = "") -> HTMLResponse:
    """Every complaint, those that wait first, and the form to write one down."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    if contest.rules is None:
        raise Conflict("contest_not_open")
    async with services.db.read() as reader:
        found = await complaints.listing(reader, contest_id, state=state or None)
        numbers = {one for each in found for one in (each.entry_id, each.about_entry_id) if one is not None}
        names = await result_views.names_for(reader, caller, contest, contest.rules, language_of(request), numbers)
    return page(
        request,
        "contest_complaints.html",
        contest=contest,
        complaints=found,
        names=names,
        state=state,
        states=list(ComplaintState),
        keys=result_keys(contest.rules),
    )


@router.post("/contests/{contest_id}/complaints")
async def write_down(
    request: Request,
    caller: CanWrite,
    contest_id: RowId,
    text: Long = "",
    key: Short = "",
    by: Short = "",
    about: Short = "",
    evidence: Long = "",
) -> Response:
    """Takes a complaint down that came on paper or by telephone; `by` and `about` are public ids of entries."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    if contest.rules is None:
        raise Conflict("contest_not_open")
    if key and key not in result_keys(contest.rules):
        raise Invalid("result_unknown", key=key)
    async with services.db.write() as writer:
        reader = Reader(writer)
        await complaints.receive(
            writer,
            contest_id,
            text=text,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
            entry_id=await _entry(reader, contest_id, by),
            about_entry_id=await _entry(reader, contest_id, about),
            result_key=key,
            evidence={"text": evidence.strip()} if evidence.strip() else {},
        )
    return result_views.done(request, f"/contests/{contest_id}/complaints")


@router.post("/contests/{contest_id}/complaints/{public_id}")
async def decide_complaint(
    request: Request,
    caller: CanWrite,
    contest_id: RowId,
    public_id: str,
    state: Short = "",
    decision: Long = "",
    effect: Long = "",
) -> Response:
    """Ends a complaint with the decision as it will be told."""
    services = services_of(request)
    async with services.db.write() as writer:
        await complaints.decide(
            writer,
            contest_id,
            public_id,
            state=state,
            decision=decision,
            effect=effect,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    return result_views.done(request, f"/contests/{contest_id}/complaints")


async def _entry(reader: Reader, contest_id: int, public_id: str) -> int | None:
    if not public_id.strip():
        return None
    return (await result_people.by_public_id(reader, contest_id, public_id.strip())).entry
