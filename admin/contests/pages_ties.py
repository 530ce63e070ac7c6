"""Settling what nothing tells apart: the committee's order, a public draw; and units shut out of the collective prizes.

Never decides: it records what people have decided, with who signed for it.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, Response

from admin.contests import editing, result_views
from admin.contests.editing import CanPublish
from admin.contests.pages_results import show
from admin.language import language_of
from admin.params import RowId
from admin.services import services_of
from admin.templating import page
from contest.errors import Conflict, Invalid, NotFound
from contest.provincial import awards, result_people, results, ties
from contest.provincial.result_states import ResultState

router = APIRouter(include_in_schema=False)

Short = Annotated[str, Form(max_length=160)]
Long = Annotated[str, Form(max_length=4000)]


@router.post("/contests/{contest_id}/ties/decide")
async def decide_tie(
    request: Request,
    caller: CanPublish,
    contest_id: RowId,
    key: Short = "",
    audience: Short = "",
    member: Annotated[list[str], Form()] = [],  # noqa: B006
    position: Annotated[list[str], Form()] = [],  # noqa: B006
    reason: Long = "",
    signer: Short = "",
) -> Response:
    """The committee's order; the result is reckoned anew with it."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    try:
        order = order_of(list(zip(member, position, strict=False)))
        await ties.decide(
            services.db,
            contest_id,
            (key, audience),
            order,
            reason=reason,
            signer=signer,
            actor=caller.actor,
            now_ms=now_ms,
        )
    except (Conflict, Invalid) as refusal:
        return await show(request, caller, contest_id, key, refusal)
    await again(request, contest_id, key, caller.actor)
    return result_views.done(request, f"/contests/{contest_id}/results/{key}#ties")


@router.post("/contests/{contest_id}/ties/pool")
async def announce_pool(
    request: Request,
    caller: CanPublish,
    contest_id: RowId,
    key: Short = "",
    audience: Short = "",
    member: Annotated[list[str], Form()] = [],  # noqa: B006
    source: Long = "",
    signer: Short = "",
) -> Response:
    """Fixes who is drawn between, before the digits exist."""
    services = services_of(request)
    try:
        await ties.announce_pool(
            services.db,
            contest_id,
            (key, audience),
            member,
            source=source,
            signer=signer,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    except (Conflict, Invalid) as refusal:
        return await show(request, caller, contest_id, key, refusal)
    return result_views.done(request, f"/contests/{contest_id}/results/{key}#ties")


@router.post("/contests/{contest_id}/ties/{line}/draw")
async def draw_tie(
    request: Request,
    caller: CanPublish,
    contest_id: RowId,
    line: RowId,
    key: Short = "",
    digits: Long = "",
    reason: Long = "",
    signer: Short = "",
) -> Response:
    """Draws with the digits as they were published."""
    services = services_of(request)
    try:
        await ties.draw_order(
            services.db,
            contest_id,
            line,
            digits,
            reason=reason,
            signer=signer,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    except (Conflict, Invalid) as refusal:
        return await show(request, caller, contest_id, key, refusal)
    await again(request, contest_id, key, caller.actor)
    return result_views.done(request, f"/contests/{contest_id}/results/{key}#ties")


@router.get("/contests/{contest_id}/units/strike")
async def strike_page(
    request: Request, caller: CanPublish, contest_id: RowId, code: Annotated[str, Query(max_length=32)] = ""
) -> HTMLResponse:
    """What shutting a unit out would change, and the form to do it."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    if contest.rules is None:
        raise Conflict("contest_not_open")
    code = code.strip()
    async with services.db.read() as reader:
        if code not in await result_people.unit_names(reader, contest_id):
            raise NotFound("unit_unknown")
    effect = await awards.strike_preview(services.db, contest_id, code, now_ms=services.clock.wall_ms())
    async with services.db.read() as reader:
        names = await result_views.names_for(reader, caller, contest, contest.rules, language_of(request), ())
    return page(
        request,
        "contest_strike.html",
        contest=contest,
        code=code,
        effect=effect,
        names=names,
        fraction=result_views.fraction,
    )


@router.post("/contests/{contest_id}/units/strike")
async def strike_unit(
    request: Request,
    caller: CanPublish,
    contest_id: RowId,
    code: Short = "",
    reason: Long = "",
    struck: Annotated[bool, Form()] = True,
) -> Response:
    """Shuts a unit out of the collective prizes, or lets it in again."""
    services = services_of(request)
    await awards.strike_unit(
        services.db,
        contest_id,
        code.strip(),
        struck=struck,
        reason=reason,
        actor=caller.actor,
        now_ms=services.clock.wall_ms(),
    )
    return result_views.done(request, f"/contests/{contest_id}/results")


async def again(request: Request, contest_id: int, key: str, actor: str) -> None:
    """Reckons a result anew that a decision has just sent back, so that people see at once what came of it."""
    services = services_of(request)
    async with services.db.read() as reader:
        held = await results.load(reader, contest_id, key)
    if held.state is ResultState.CLOSED:
        await results.compute(services.db, contest_id, key, actor=actor, now_ms=services.clock.wall_ms())


def order_of(positions: list[tuple[str, str]]) -> list[str]:
    """The members in the order typed: (member, position). Raises Invalid("tie_order")."""
    try:
        placed = [(int(position), member) for member, position in positions]
    except ValueError:
        raise Invalid("tie_order") from None
    if sorted(place for place, _ in placed) != list(range(1, len(placed) + 1)):
        raise Invalid("tie_order")
    return [member for _, member in sorted(placed)]
