"""My data over HTTP: see it, ask for something, take a consent back.

Never shows anybody's data but the caller's.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from contest.database import Reader
from contest.provincial import data_export, data_rights
from contest.provincial.data_rights import DataRequest
from realtime.entrants import people_limits
from realtime.entrants.api_people import NO_STORE, Body
from realtime.entrants.contest_card import consent_text, granted, public_contest
from realtime.entrants.services import entrants_of
from realtime.entrants.session import required

router = APIRouter(prefix="/api/me", tags=["my data"])


class RequestWish(Body):
    """What is asked for."""

    kind: Literal["correct", "withdraw", "delete"]
    detail: Annotated[str, Field(max_length=data_rights.MAX_DETAIL)] = ""


class ConsentWish(Body):
    """One box, changed later."""

    contest: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    purpose: Annotated[str, Field(max_length=24)]
    granted: bool


@router.get("/data", summary="Everything there is about me")
async def my_data(request: Request) -> Response:
    """A JSON document to keep."""
    services, caller = entrants_of(request), await required(request)
    await people_limits.count(request, (people_limits.EXPORTS_BY_PERSON, caller.public_id))
    async with services.db.read() as reader:
        content = await data_export.export(reader, services.field_box, caller.participant_id)
    headers = NO_STORE | {"Content-Disposition": 'attachment; filename="hoithi-du-lieu-cua-toi.json"'}
    return JSONResponse(content, headers=headers)


@router.get("/requests", summary="What I have asked for")
async def my_requests(request: Request) -> Response:
    """The newest first."""
    services, caller = entrants_of(request), await required(request)
    async with services.db.read() as reader:
        found = await data_rights.requests_of(reader, caller.participant_id)
    return JSONResponse({"requests": [_view(one) for one in found]}, headers=NO_STORE)


@router.post("/requests", status_code=201, summary="Ask for a correction, a withdrawal or deletion")
async def ask(request: Request, body: RequestWish) -> Response:
    """Withdrawing counts at once; the organisers do the rest by `due_at`."""
    services, caller = entrants_of(request), await required(request)
    await people_limits.count(request, (people_limits.REQUESTS_BY_PERSON, caller.public_id))
    async with services.db.write() as writer:
        made = await data_rights.ask(
            writer, caller.participant_id, body.kind, body.detail, now_ms=services.clock.wall_ms()
        )
    return JSONResponse(_view(made), 201, NO_STORE)


@router.post("/consents", summary="Change what I agreed to")
async def change_consent(request: Request, body: ConsentWish) -> Response:
    """Optional purposes only; the whole contest is left by asking to withdraw."""
    services, caller = entrants_of(request), await required(request)
    async with services.db.write() as writer:
        record, rules = await public_contest(Reader(writer), body.contest)
        asked = next((one for one in rules.entry.consents if one.purpose == body.purpose), None)
        await data_rights.set_consent(
            writer, caller.participant_id, record.id, body.purpose,
            granted=body.granted,
            text=(asked.text_vi if asked else "") or consent_text(caller.lang, body.purpose, rules.title),
            now_ms=services.clock.wall_ms(),
        )  # fmt: skip
        now = await granted(Reader(writer), caller.participant_id, record.id)
    return JSONResponse({"consents": now}, headers=NO_STORE)


def _view(one: DataRequest) -> dict[str, Any]:
    return {
        "id": one.id, "kind": one.kind, "state": one.state, "detail": one.detail, "opened_at": one.opened_at,
        "due_at": one.due_at, "done_at": one.done_at,
    }  # fmt: skip
