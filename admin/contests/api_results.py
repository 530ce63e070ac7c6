"""The JSON API of results: reckoned, verified, published by two, explained, corrected.

Never gives names: people are entry numbers and public ids. Acts on complaints and signals are `api_desks`.
"""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from admin.contests import editing
from admin.contests.editing import CanPublish, CanRead
from admin.contests.pages_results import carry_out, ready
from admin.contests.result_models import (
    ActIn,
    AwardOut,
    DrawTieIn,
    EffectOut,
    KeyEffectOut,
    PoolIn,
    ResultLine,
    ResultOut,
    RevisionOut,
    RevokeIn,
    RoundKeyOut,
    RowOut,
    StandingsOut,
    TieIn,
    TieLineOut,
    TieOut,
    TiesOut,
    WhyOut,
)
from admin.language import language_of
from admin.params import MOST, RowId
from admin.services import Services, services_of
from contest.errors import Conflict, NotFound
from contest.provincial import awards, key_publication, results, ties
from contest.provincial.corrections import Effect
from contest.provincial.prizes import explain
from contest.provincial.result_documents import fraction_text, row_json
from contest.provincial.results import Standing
from contest.provincial.rules import ContestRules
from contest.provincial.wording import ranking_name, reason_of

router = APIRouter(prefix="/api/contests/{contest_id}", tags=["results"])

Key = Annotated[str, Query(max_length=32)]


@router.get("/results")
async def list_results(request: Request, caller: CanRead, contest_id: RowId) -> list[ResultLine]:
    """Every result with its state and the act that takes it forward."""
    services = services_of(request)
    rules = await _rules(services, contest_id)
    async with services.db.read() as reader:
        found = await results.listing(reader, contest_id, services.clock.wall_ms())
    return [ResultLine(**_line(rules, one, language_of(request))) for one in found]


@router.get("/results/{key}")
async def read_result(request: Request, caller: CanRead, contest_id: RowId, key: str) -> ResultOut:
    """One result with its snapshot."""
    return await _result(request, contest_id, key)


@router.post("/results/{key}")
async def act_on_result(request: Request, caller: CanPublish, contest_id: RowId, key: str, body: ActIn) -> ResultOut:
    """One step. `sign` and `publish` are the same call: the first signs, the second, by another person, publishes."""
    await carry_out(services_of(request), contest_id, key, body.act, caller.actor)
    return await _result(request, contest_id, key)


@router.get("/results/{key}/revisions")
async def list_revisions(request: Request, caller: CanRead, contest_id: RowId, key: str) -> list[RevisionOut]:
    """What was verified or published before corrections."""
    async with services_of(request).db.read() as reader:
        found = await results.revisions(reader, contest_id, key)
    return [RevisionOut.model_validate(asdict(one)) for one in found]


@router.get("/results/{key}/standings")
async def read_standings(
    request: Request,
    caller: CanRead,
    contest_id: RowId,
    key: str,
    audience: Key = "",
    offset: Annotated[int, Query(ge=0, le=MOST)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> StandingsOut:
    """The ranking as it is reckoned from the stored data now."""
    now = await ready(services_of(request), contest_id, key)
    table = next((one for one in now.part(key).rankings if one.audience == audience), None)
    if table is None:
        raise NotFound("result_unknown", key=key)
    rows = [RowOut(**row_json(row)) for row in table.rows[offset : offset + limit]]
    return StandingsOut(total=len(table.rows), rows=rows)


@router.get("/results/{key}/why")
async def read_why(
    request: Request, caller: CanRead, contest_id: RowId, key: str, a: RowId, b: RowId, audience: Key = ""
) -> WhyOut:
    """Why one of two entries stands above the other."""
    now = await ready(services_of(request), contest_id, key)
    try:
        why = explain(now.frozen, now.outcome, key, audience, a, b)
    except KeyError:
        raise NotFound("entry_not_ranked") from None
    return WhyOut(
        above=why.above,
        below=why.below,
        rank_above=why.rank_above,
        rank_below=why.rank_below,
        step=why.step,
        number=why.number,
        before=list(why.before),
        sentence=reason_of(language_of(request), why),
    )


@router.get("/results/{key}/ties")
async def read_ties(request: Request, caller: CanRead, contest_id: RowId, key: str) -> TiesOut:
    """The ties in the way of prizes, and everything recorded about ties of this ranking."""
    services = services_of(request)
    now = await ready(services, contest_id, key)
    async with services.db.read() as reader:
        lines = await ties.recorded(reader, contest_id, key)
    return TiesOut(
        open=[
            TieOut(audience=one.audience, prize=one.prize, seats=one.seats, tied=list(one.tied))
            for one in ties.open_ties(now.part(key), key)
        ],
        recorded=[TieLineOut.model_validate(asdict(one)) for one in lines],
    )


@router.post("/results/{key}/ties")
async def decide_tie(request: Request, caller: CanPublish, contest_id: RowId, key: str, body: TieIn) -> EffectOut:
    """Records the committee's order; the result has to be reckoned anew."""
    services = services_of(request)
    effect = await ties.decide(
        services.db,
        contest_id,
        (key, body.audience),
        body.order,
        reason=body.reason,
        signer=body.signer,
        actor=caller.actor,
        now_ms=services.clock.wall_ms(),
    )
    return effect_out(effect)


@router.post("/results/{key}/pools", status_code=201)
async def announce_pool(request: Request, caller: CanPublish, contest_id: RowId, key: str, body: PoolIn) -> TieLineOut:
    """Fixes a draw's pool before its digits exist."""
    services = services_of(request)
    line = await ties.announce_pool(
        services.db,
        contest_id,
        (key, body.audience),
        body.members,
        source=body.source,
        signer=body.signer,
        actor=caller.actor,
        now_ms=services.clock.wall_ms(),
    )
    return TieLineOut.model_validate(asdict(line))


@router.post("/pools/{line}/draw")
async def draw(request: Request, caller: CanPublish, contest_id: RowId, line: RowId, body: DrawTieIn) -> EffectOut:
    """Draws from an announced pool, once."""
    services = services_of(request)
    effect = await ties.draw_order(
        services.db,
        contest_id,
        line,
        body.digits,
        reason=body.reason,
        signer=body.signer,
        actor=caller.actor,
        now_ms=services.clock.wall_ms(),
    )
    return effect_out(effect)


@router.get("/awards")
async def list_awards(request: Request, caller: CanRead, contest_id: RowId) -> list[AwardOut]:
    """The prizes of final results."""
    async with services_of(request).db.read() as reader:
        found = await awards.listing(reader, contest_id)
    return [AwardOut.model_validate({**asdict(one), "entry": one.entry_id, "unit": one.unit_code}) for one in found]


@router.post("/awards/{award_id}/revoke", status_code=204)
async def revoke_award(
    request: Request, caller: CanPublish, contest_id: RowId, award_id: RowId, body: RevokeIn
) -> None:
    """Takes a prize back."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    await awards.revoke(services.db, contest_id, award_id, reason=body.reason, actor=caller.actor, now_ms=now_ms)


@router.get("/round-keys")
async def list_keys(request: Request, caller: CanRead, contest_id: RowId) -> list[RoundKeyOut]:
    """Whether each round's key is out, and what stands in its way."""
    services = services_of(request)
    rules = await _rules(services, contest_id)
    async with services.db.read() as reader:
        found = await key_publication.states(reader, contest_id, rules, services.clock.wall_ms())
    return [RoundKeyOut.model_validate(asdict(one)) for one in found]


@router.post("/round-keys/{round_key}", status_code=204)
async def publish_key(request: Request, caller: CanPublish, contest_id: RowId, round_key: str) -> None:
    """The right answers of a round become visible to who took it. There is no way back."""
    services = services_of(request)
    async with services.db.write() as writer:
        await key_publication.publish_key(
            writer, contest_id, round_key, actor=caller.actor, now_ms=services.clock.wall_ms()
        )


def effect_out(effect: Effect) -> EffectOut:
    """An effect as JSON."""
    return EffectOut(
        keys=[
            KeyEffectOut.model_validate(
                {
                    **asdict(one),
                    "truths": {
                        scope: [fraction_text(before), fraction_text(after)] for scope, before, after in one.truths
                    },
                }
            )
            for one in effect.keys
        ],
        forbidden=effect.forbidden,
        sent_back=list(effect.sent_back),
    )


async def _rules(services: Services, contest_id: int) -> ContestRules:
    contest = await editing.contest_of(services, contest_id)
    if contest.rules is None:
        raise Conflict("contest_not_open")
    return contest.rules


async def _result(request: Request, contest_id: int, key: str) -> ResultOut:
    services = services_of(request)
    rules = await _rules(services, contest_id)
    async with services.db.read() as reader:
        found = [
            one for one in await results.listing(reader, contest_id, services.clock.wall_ms()) if one.result.key == key
        ]
    if not found:
        raise NotFound("result_unknown", key=key)
    document = found[0].result.document
    return ResultOut(
        **_line(rules, found[0], language_of(request)), document=None if document is None else dict(document)
    )


def _line(rules: ContestRules, one: Standing, lang: str) -> dict[str, Any]:
    stored = {
        name: getattr(one.result, name)
        for name in ResultLine.model_fields
        if name not in ("name", "state", "act", "waits_until", "running")
    }
    return {
        **stored,
        "name": ranking_name(rules, one.result.key, lang),
        "state": one.state,
        "act": None if one.act is None else one.act.value,
        "waits_until": one.waits_until,
        "running": one.running,
    }
