"""Complaints over HTTP: an entrant writes one, and reads what became of it.

Never decides anything: the organisers' pages do, through `contest.provincial.complaints`.
"""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from contest.errors import NotFound
from contest.provincial import attempt_views, complaints, people
from contest.provincial.complaints import ENTRANT, Complaint
from contest.provincial.people_model import Entry
from contest.provincial.rules import ContestRules
from contest.provincial.windows import window_of
from realtime.entrants import people_limits
from realtime.entrants.api_people import NO_STORE, Body, Slug
from realtime.entrants.contest_card import public_contest
from realtime.entrants.services import entrants_of
from realtime.entrants.session import required
from realtime.throttle import Limit

router = APIRouter(prefix="/api", tags=["complaints"])
BY_PERSON = Limit("complaints", 10, 24 * 60 * 60_000)
"""A day: enough for everything that can go wrong, too few to bury the committee."""


class Wish(Body):
    """A complaint. `attempt` is one of the person's own; without it the complaint is about the contest."""

    text: str = Field(min_length=1)
    evidence: str = Field(default="", max_length=1_000)
    attempt: str | None = Field(default=None, max_length=40)


@router.post("/contests/{slug}/complaints", status_code=201, summary="Complain")
async def complain(request: Request, slug: Slug, body: Wish) -> Response:
    """`{"id", "received_at", "late"}`; a late one is taken down too. 404 `attempt_unknown` for somebody else's."""
    services, now_ms = entrants_of(request), entrants_of(request).clock.wall_ms()
    contest_id, rules, entry = await _mine(request, slug)
    await people_limits.count(request, (BY_PERSON, entry.public_id))
    evidence: dict[str, Any] = {"said": body.evidence} if body.evidence else {}
    key = ""
    if body.attempt:
        async with services.db.read() as reader:
            about = await attempt_views.one_of_mine(reader, rules, int(entry.id), body.attempt)
        if about is None:
            raise NotFound("attempt_unknown")
        evidence["attempt"] = about.attempt
        key = window_of(rules, about.round_key, about.started_at)
    async with services.db.write() as writer:
        made = await complaints.receive(
            writer, contest_id, text=body.text, actor=ENTRANT, now_ms=now_ms, entry_id=int(entry.id),
            result_key=key, evidence=evidence,
        )  # fmt: skip
    return JSONResponse({"id": made.public_id, "received_at": made.received_at, "late": made.late}, 201, NO_STORE)


@router.get("/contests/{slug}/complaints", summary="My complaints and their decisions")
async def mine(request: Request, slug: Slug) -> Response:
    """Open ones first, then the newest."""
    contest_id, _, entry = await _mine(request, slug)
    async with entrants_of(request).db.read() as reader:
        found = await complaints.listing(reader, contest_id, entry_id=int(entry.id))
    return JSONResponse({"complaints": [_told(one) for one in found]}, headers=NO_STORE)


async def _mine(request: Request, slug: str) -> tuple[int, ContestRules, Entry]:
    session = await required(request)
    async with entrants_of(request).db.read() as reader:
        record, rules = await public_contest(reader, slug)
        entry = await people.entry_of(reader, record.id, session.participant_id)
    if entry is None:
        raise NotFound("not_entered")
    return int(record.id), rules, entry


def _told(one: Complaint) -> dict[str, Any]:
    return {
        "id": one.public_id,
        "text": one.text,
        "state": one.state.value,
        "decision": one.decision,
        "received_at": one.received_at,
        "decided_at": one.decided_at,
        "late": one.late,
    }
