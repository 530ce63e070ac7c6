"""The JSON API of corrections and of the two desks: voids, keys, struck units, complaints, signals.

Never gives names: people are entry numbers and public ids.
"""

from dataclasses import asdict
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request

from admin.contests import editing
from admin.contests.api_results import effect_out
from admin.contests.editing import CanPublish, CanRead, CanWrite
from admin.contests.result_models import (
    CaseIn,
    CaseOut,
    ComplaintDecisionIn,
    ComplaintIn,
    ComplaintOut,
    EffectOut,
    KeyIn,
    RestoreIn,
    StrikeIn,
    VoidIn,
)
from admin.params import RowId
from admin.services import services_of
from contest.database import Reader
from contest.errors import Invalid
from contest.provincial import awards, complaints, counts, key_correction, result_people, review, voiding
from contest.provincial.complaints import Complaint
from contest.provincial.contests import ContestRecord
from contest.provincial.reckoning import result_keys
from contest.provincial.review import ReviewCase

router = APIRouter(prefix="/api/contests/{contest_id}", tags=["corrections"])


@router.get("/effect-of-void")
async def void_effect(
    request: Request,
    caller: CanRead,
    contest_id: RowId,
    kind: Annotated[str, Query(max_length=8)],
    id: Annotated[str, Query(max_length=22)],
) -> EffectOut:
    """What voiding an attempt or an entry would change, without doing it."""
    services = services_of(request)
    async with services.db.read() as reader:
        subject = await voiding.subject_of(reader, contest_id, kind, id)
    return effect_out(await voiding.void_preview(services.db, contest_id, subject, now_ms=services.clock.wall_ms()))


@router.post("/voids")
async def void(request: Request, caller: CanWrite, contest_id: RowId, body: VoidIn) -> EffectOut:
    """Takes an attempt or an entry out of the reckoning."""
    services = services_of(request)
    effect = await voiding.void(
        services.db,
        contest_id,
        body.kind,
        body.id,
        ground=body.ground,
        note=body.note,
        actor=caller.actor,
        now_ms=services.clock.wall_ms(),
    )
    return effect_out(effect)


@router.post("/restores")
async def restore(request: Request, caller: CanWrite, contest_id: RowId, body: RestoreIn) -> EffectOut:
    """Puts it back."""
    services = services_of(request)
    now_ms = services.clock.wall_ms()
    effect = await voiding.restore(
        services.db, contest_id, body.kind, body.id, note=body.note, actor=caller.actor, now_ms=now_ms
    )
    return effect_out(effect)


@router.post("/key-previews")
async def preview_key(request: Request, caller: CanPublish, contest_id: RowId, body: KeyIn) -> EffectOut:
    """What another key would change."""
    services = services_of(request)
    effect, _ = await key_correction.preview_correction(
        services.db, contest_id, body.pool, body.number, body.answer, now_ms=services.clock.wall_ms()
    )
    return effect_out(effect)


@router.post("/key-corrections")
async def correct_key(request: Request, caller: CanPublish, contest_id: RowId, body: KeyIn) -> EffectOut:
    """Puts a key right and marks every paper with the question anew."""
    services = services_of(request)
    effect = await key_correction.correct_key(
        services.db,
        contest_id,
        body.pool,
        body.number,
        body.answer,
        reason=body.reason,
        actor=caller.actor,
        now_ms=services.clock.wall_ms(),
    )
    return effect_out(effect)


@router.get("/effect-of-strike")
async def strike_effect(
    request: Request, caller: CanRead, contest_id: RowId, code: Annotated[str, Query(max_length=32)]
) -> EffectOut:
    """What shutting a unit out of the collective prizes would change."""
    services = services_of(request)
    return effect_out(await awards.strike_preview(services.db, contest_id, code, now_ms=services.clock.wall_ms()))


@router.post("/struck-units")
async def strike_unit(request: Request, caller: CanPublish, contest_id: RowId, body: StrikeIn) -> EffectOut:
    """Shuts a unit out of the collective prizes, or lets it in again."""
    services = services_of(request)
    effect = await awards.strike_unit(
        services.db,
        contest_id,
        body.code,
        struck=body.struck,
        reason=body.reason,
        actor=caller.actor,
        now_ms=services.clock.wall_ms(),
    )
    return effect_out(effect)


@router.get("/complaints")
async def list_complaints(
    request: Request, caller: CanRead, contest_id: RowId, state: Annotated[str, Query(max_length=12)] = ""
) -> list[ComplaintOut]:
    """Complaints, those that wait first."""
    async with services_of(request).db.read() as reader:
        found = await complaints.listing(reader, contest_id, state=state or None)
    return [_complaint(one) for one in found]


@router.post("/complaints", status_code=201)
async def receive_complaint(request: Request, caller: CanWrite, contest_id: RowId, body: ComplaintIn) -> ComplaintOut:
    """Takes down what came on paper or by telephone."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    _check_key(contest, body.result_key)
    async with services.db.write() as writer:
        reader = Reader(writer)
        made = await complaints.receive(
            writer,
            contest_id,
            text=body.text,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
            entry_id=await _entry(reader, contest_id, body.by),
            about_entry_id=await _entry(reader, contest_id, body.about),
            result_key=body.result_key,
            evidence={"text": body.evidence} if body.evidence else {},
        )
    return _complaint(made)


@router.post("/complaints/{public_id}/decision")
async def decide_complaint(
    request: Request, caller: CanWrite, contest_id: RowId, public_id: str, body: ComplaintDecisionIn
) -> ComplaintOut:
    """Ends a complaint."""
    services = services_of(request)
    async with services.db.write() as writer:
        made = await complaints.decide(
            writer,
            contest_id,
            public_id,
            state=body.state,
            decision=body.decision,
            effect=body.effect,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    return _complaint(made)


@router.get("/review")
async def list_cases(
    request: Request, caller: CanRead, contest_id: RowId, state: Annotated[str, Query(max_length=12)] = ""
) -> list[CaseOut]:
    """What the signals found. While counts are secret the running numbers of entries are left out."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    hidden = contest.rules is None or counts.hidden(contest.rules, services.clock.wall_ms())
    async with services.db.read() as reader:
        wanted = cast(review.State, state) if state in ("open", "cleared", "confirmed") else None
        found = await review.listing(reader, contest_id, state=wanted)
    return [_case(one, hidden) for one in found]


@router.post("/review/scan")
async def scan(request: Request, caller: CanWrite, contest_id: RowId) -> dict[str, int]:
    """Looks for signals now; how many cases are new or have grown."""
    services = services_of(request)
    return {"found": await review.scan(services.db, contest_id, services.clock.wall_ms())}


@router.post("/review/{case_id}")
async def decide_case(request: Request, caller: CanWrite, contest_id: RowId, case_id: RowId, body: CaseIn) -> CaseOut:
    """What somebody decided about a case. Excludes nobody."""
    services = services_of(request)
    contest = await editing.contest_of(services, contest_id)
    async with services.db.write() as writer:
        made = await review.decide(
            writer,
            contest_id,
            case_id,
            state=body.state,
            note=body.note,
            actor=caller.actor,
            now_ms=services.clock.wall_ms(),
        )
    hidden = contest.rules is None or counts.hidden(contest.rules, services.clock.wall_ms())
    return _case(made, hidden)


def _check_key(contest: ContestRecord, key: str) -> None:
    if key and (contest.rules is None or key not in result_keys(contest.rules)):
        raise Invalid("result_unknown", key=key)


async def _entry(reader: Reader, contest_id: int, public_id: str | None) -> int | None:
    return None if not public_id else (await result_people.by_public_id(reader, contest_id, public_id)).entry


def _complaint(one: Complaint) -> ComplaintOut:
    return ComplaintOut.model_validate({**asdict(one), "id": one.public_id})


def _case(one: ReviewCase, hidden: bool) -> CaseOut:
    detail: dict[str, Any] = {name: value for name, value in one.detail.items() if not hidden or name != "entries"}
    return CaseOut(id=one.id, signal=one.signal, state=one.state, detail=detail, note=one.note, found_at=one.found_at)
