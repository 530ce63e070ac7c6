"""Taking an attempt over HTTP: start or resume, save answers, hand in, look back.

An attempt's own calls carry its ticket; only starting and looking back ask for the session. Never sends a right answer
but through `attempt_views.review`.
"""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.responses import Response

from contest.errors import Conflict, NotFound
from contest.provincial import attempt_views, attempts, people, quotas
from contest.provincial.attempt_model import NotSubmitted, Started
from contest.provincial.attempt_views import MyAttempt
from contest.provincial.contests import ContestRecord
from contest.provincial.local_time import local_day
from contest.provincial.rules import ContestRound, ContestRules
from contest.provincial.windows import next_round, phase, round_at
from realtime.entrants import attempt_calls
from realtime.entrants.attempt_calls import NoTicket
from realtime.entrants.services import address_of, entrants_of
from realtime.entrants.session import required, secret_of
from realtime.problems import accepted_language

router = APIRouter(prefix="/api", tags=["attempts"])
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
AttemptId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{22}$")]
Position = Annotated[int, Path(ge=0, le=100)]
Ticket = Annotated[
    HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False, description="The attempt's ticket."))
]
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "No session, or no ticket."},
    404: {"description": "No such contest or attempt."},
    409: {"description": "Not now: the code says why (not_open, quota_day, attempt_moved, …)."},
    422: {"description": "Not a possible request."},
    503: {"description": "Too busy now; try again."},
}


def _body(schema: type[msgspec.Struct]) -> dict[str, Any]:
    """The body for OpenAPI: it is read by msgspec, not by FastAPI."""
    (described,), components = msgspec.json.schema_components([schema], ref_template="#/components/schemas/{name}")
    del described
    return {"requestBody": {"content": {"application/json": {"schema": _inlined(components, schema.__name__)}}}}


def _inlined(components: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(components[name]))
    items = found["properties"].get("answers", {}).get("items", {})
    if "$ref" in items:
        found["properties"]["answers"]["items"] = components[items["$ref"].rsplit("/", 1)[-1]]
    return found


@router.post(
    "/contests/{slug}/attempts",
    responses=_PROBLEMS,
    summary="Start an attempt, or go on with the open one",
    openapi_extra=_body(attempt_calls.StartBody),
)
async def start(request: Request, slug: Slug) -> Response:
    """The paper, the ticket for everything that follows, and what was saved before. The session cookie says who."""
    services = entrants_of(request)
    body = await request.body()
    contest = await services.attempts.contest(slug)
    now_ms = services.clock.wall_ms()
    secret = secret_of(request) or ""
    wish = attempt_calls.start_wish(services.field_box, contest.id, secret, address_of(request), body, now_ms)
    outcome = await services.attempts.starts.ask(wish)
    return _json(attempt_calls.started(outcome, accepted_language(request), now_ms))


@router.put(
    "/attempts/{attempt}/answers/{position}",
    responses=_PROBLEMS,
    summary="Save the answer to one question (position 0: the prediction)",
    openapi_extra=_body(attempt_calls.AnswerBody),
)
async def save(request: Request, attempt: AttemptId, position: Position, ticket: Ticket) -> Response:
    """`{"status": saved|same|stale|moved|over|refused, "kept": {"choice", "seq"} | null}`, after the commit."""
    services = entrants_of(request)
    body = await request.body()
    now_ms = services.clock.wall_ms()
    wish = attempt_calls.save_wish(attempt, _secret(ticket), position, body, now_ms)
    return _json(attempt_calls.saved(await services.attempts.saves.ask(wish)))


@router.post(
    "/attempts/{attempt}/submit",
    responses=_PROBLEMS,
    summary="Hand the paper in",
    openapi_extra=_body(attempt_calls.SubmitBody),
)
async def submit(request: Request, attempt: AttemptId, ticket: Ticket) -> Response:
    """`{"state": "submitted", "again", "result"}`; a repeat changes nothing. The result tells what the rules allow."""
    services = entrants_of(request)
    body = await request.body()
    now_ms = services.clock.wall_ms()
    wish = attempt_calls.submit_wish(attempt, _secret(ticket), body, now_ms)
    return _json(attempt_calls.submitted(await services.attempts.papers.ask(wish)))


@router.get("/attempts/{attempt}", responses=_PROBLEMS, summary="The attempt as it stands")
async def look(request: Request, attempt: AttemptId, ticket: Ticket) -> Response:
    """As the answer to the start, without the ticket; once handed in, as the answer to handing in."""
    services = entrants_of(request)
    now_ms = services.clock.wall_ms()
    found = await attempts.look(services.db, attempt, _secret(ticket), now_ms, shelf=services.attempts.shelf)
    if isinstance(found, NotSubmitted):
        raise Conflict("attempt_moved") if found.code == "moved" else NotFound(found.code)
    if isinstance(found, Started):
        return _json(attempt_calls.paper_view(found, accepted_language(request), now_ms))
    return _json({"state": "submitted", "again": True, "result": attempt_views.result_of(found)})


@router.get("/contests/{slug}/attempts", responses=_PROBLEMS, summary="My attempts, and whether I may start one")
async def mine(request: Request, slug: Slug) -> Response:
    """`{"phase", "round", "next_round", "left", "refusal", "attempts": [newest first]}`; `left` null: no limit."""
    services = entrants_of(request)
    contest, entry, rules, state = await _mine(request, slug)
    now_ms = services.clock.wall_ms()
    async with services.db.read() as reader:
        found = await attempt_views.mine(reader, rules, entry)
    current = round_at(rules, now_ms) if contest.state == "open" else None
    past = [quotas.Start(one.round_key, one.day) for one in found]
    refusal = {"active": None, "unconfirmed": "not_confirmed"}.get(state, "not_entered")
    left: int | None = 0
    if current is not None:
        wanted = quotas.Start(current.key, local_day(now_ms))
        left = quotas.left(rules.quota, past, wanted)
        refusal = refusal or quotas.refusal(rules.quota, past, wanted)
    going_on = next((one.attempt for one in found if one.state == "open" and one.deadline_at > now_ms), None)
    return _json(
        {
            "phase": phase(rules, now_ms),
            "round": _round(current, now_ms),
            "next_round": _round(next_round(rules, now_ms), now_ms),
            "left": left,
            "refusal": refusal or (None if current is not None else "not_open"),
            "going_on": going_on,
            "attempts": [_told(one, rules, now_ms) for one in found],
        }
    )


@router.get("/contests/{slug}/attempts/{attempt}", responses=_PROBLEMS, summary="One of my attempts, with its review")
async def one_of_mine(request: Request, slug: Slug, attempt: AttemptId) -> Response:
    """The attempt as in the list; `review` is null until the key of its round is published."""
    services = entrants_of(request)
    _, entry, rules, _ = await _mine(request, slug)
    now_ms = services.clock.wall_ms()
    async with services.db.read() as reader:
        found = await attempt_views.one_of_mine(reader, rules, entry, attempt)
        lines = await attempt_views.review(reader, entry, attempt, accepted_language(request))
    if found is None:
        raise NotFound("attempt_unknown")
    return _json(_told(found, rules, now_ms) | {"review": lines})


async def _mine(request: Request, slug: str) -> tuple[ContestRecord, int, ContestRules, str]:
    session = await required(request)
    services = entrants_of(request)
    contest = await services.attempts.contest(slug)
    if contest.rules is None:
        raise NotFound("contest_unknown")
    async with services.db.read() as reader:
        entry = await people.entry_of(reader, contest.id, session.participant_id)
    if entry is None:
        raise NotFound("not_entered")
    return contest, int(entry.id), contest.rules, entry.state


def _round(found: ContestRound | None, now_ms: int) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "key": found.key,
        "name": found.name,
        "opens_at": found.opens_at,
        "closes_at": found.closes_at,
        "opens_in_ms": max(0, found.opens_at - now_ms),
        "closes_in_ms": max(0, found.closes_at - now_ms),
    }


def _told(one: MyAttempt, rules: ContestRules, now_ms: int) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(one)
    told["round_name"] = next((each.name for each in rules.rounds if each.key == one.round_key), one.round_key)
    told["prediction"] = None if one.prediction is None else float(one.prediction)
    told["left_ms"] = max(0, one.deadline_at - now_ms) if one.state == "open" else 0
    return told


def _secret(ticket: HTTPAuthorizationCredentials | None) -> str:
    if ticket is None:
        raise NoTicket
    return ticket.credentials[:64]


def _json(content: Any) -> Response:
    body = content if isinstance(content, bytes) else msgspec.json.encode(content)
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
