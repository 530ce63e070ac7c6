"""The phone of a team's member over HTTP: who they are, what they held, one more session, taking one back.

The link's secret comes as a Bearer token and is never logged. What a phone repeats changes nothing; an answer of 200
means that it is stored.
"""

from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Path, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from contest.errors import Refused
from contest.skills import Skill
from contest.teams import member_page, members, sessions, teams
from contest.teams.model import Member, SessionKind, Team
from contest.teams.session_facts import MOST_CARDS, MOST_PEOPLE
from contest.teams.sessions import MAX_PLACE, MAX_TEXT, Recorded, Wish
from realtime.entrants.api_people import NO_STORE, Body
from realtime.entrants.services import entrants_of
from realtime.throttle import Limit

router = APIRouter(prefix="/api/team", tags=["teams"])

Nonce = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{8,40}$")]
SENDS = Limit("team-member", 300, 10 * 60_000)
"""A phone that was away for weeks sends everything at once."""
_MOMENT = 2**53 - 1
Moment = Annotated[int, Field(ge=0, le=_MOMENT)]


class TeamLink(Refused):
    """The link opens nothing; told as 401, so that the phone keeps what waits and says whom to ask."""

    http_status: ClassVar = 401

    def __init__(self) -> None:
        super().__init__("team_link")


class SessionBody(Body):
    """A session as the phone tells of it; times are by its own clock."""

    nonce: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,40}$")]
    kind: SessionKind
    said_at: Moment
    device_at: Moment
    headcounts: dict[str, Annotated[int, Field(ge=0, le=MOST_PEOPLE)]] = Field(max_length=8)
    skills: list[Skill] = Field(default_factory=list, max_length=len(Skill))
    village_id: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    place: Annotated[str, Field(max_length=MAX_PLACE)] = ""
    note: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    cards: list[Annotated[str, Field(max_length=40)]] = Field(default_factory=list, max_length=MOST_CARDS)
    confirms: bool = False
    offline: bool = False


@router.get("/me", summary="Who I am, my team's week, my sessions")
async def me(request: Request) -> Response:
    """Everything the phone's page shows; it keeps a copy for when there is no network."""
    services = entrants_of(request)
    member, team = await _caller(request)
    now_ms = services.clock.wall_ms()
    if member.paired_at is None:
        async with services.db.write() as writer:
            await members.paired(writer, member.id, now_ms)
    async with services.db.read() as reader:
        shown = await member_page.page_of(reader, team, member, now_ms)
    return JSONResponse(shown, headers=NO_STORE)


@router.post("/sessions", summary="Record a session")
async def record(request: Request, body: SessionBody) -> Response:
    """200 for a repeat too: the phone may forget that it waited."""
    services = entrants_of(request)
    member, team = await _caller(request)
    await services.throttle.attempt([(SENDS, str(member.id))])
    wish = Wish(
        body.nonce, body.kind, body.said_at, body.device_at, body.headcounts, tuple(dict.fromkeys(body.skills)),
        body.village_id, body.place, body.note, tuple(body.cards), body.confirms, body.offline,
    )  # fmt: skip
    async with services.db.write() as writer:
        done = await sessions.record(writer, team, member, wish, now_ms=services.clock.wall_ms())
    return JSONResponse(_receipt(done), headers=NO_STORE)


@router.post("/sessions/{nonce}/undo", summary="Take a session back")
async def undo(request: Request, nonce: Nonce) -> Response:
    """Within a day; a repeat changes nothing."""
    services = entrants_of(request)
    member, _ = await _caller(request)
    await services.throttle.attempt([(SENDS, str(member.id))])
    async with services.db.write() as writer:
        done = await sessions.undo_own(writer, member, nonce, now_ms=services.clock.wall_ms())
    return JSONResponse(_receipt(done), headers=NO_STORE)


def _receipt(done: Recorded) -> dict[str, Any]:
    return {
        "nonce": done.nonce, "people": done.people, "held_at": done.held_at, "undone": done.undone,
        "unknown": list(done.unknown),
    }  # fmt: skip


async def _caller(request: Request) -> tuple[Member, Team]:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 20 <= len(token) <= 64:
        raise TeamLink
    async with entrants_of(request).db.read() as reader:
        member = await members.by_token(reader, token)
        if member is None:
            raise TeamLink
        return member, await teams.load(reader, member.team_id)
