"""Playing without a WebSocket: the same frames by plain HTTP, asked for every two seconds or so.

Never credits any network delay, for nothing was measured; such answers are marked in their evidence.
"""

import hashlib
import random
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.responses import Response

from contest.joining import Hello as Wish
from contest.joining import NotAdmitted
from realtime import picture as pictures
from realtime import protocol
from realtime.assets import matches
from realtime.guest_cookie import guest_of_cookies
from realtime.handshake import client_address
from realtime.parsing import Answer
from realtime.players import Players
from realtime.problems import accepted_language, problem
from realtime.rooms import Room
from realtime.seating import NO_SEAT, welcome

router = APIRouter(prefix="/api", tags=["fallback"])
_RETRY = {"Retry-After": "2"}
_PROBLEM: dict[int | str, dict[str, Any]] = {
    401: {"description": "No seat has this ticket."},
    403: {"description": "The seat was sent away, or the request came from another site."},
    409: {"description": "Not admitted, or the answer could not be taken."},
    429: {"description": "Too many wrong codes from this address."},
    503: {"description": "Too busy now; try again."},
}


class Reply(protocol.Frame):
    """Frames by their kind."""

    welcome: protocol.Welcome | None = None
    state: protocol.State | None = None
    you: protocol.You | None = None


def players_of(request: Request) -> Players:
    """The process behind this request."""
    players = request.state.players
    assert isinstance(players, Players)
    return players


_bearer = HTTPBearer(auto_error=False, description="The seat's ticket.")
Ticket = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
Here = Annotated[Players, Depends(players_of)]


@router.post("/hello", response_model=Reply, responses=_PROBLEM, summary="Take a seat")
async def hello(request: Request, body: protocol.Hello, players: Here) -> Response:
    """As the frame `hello`; answered by `welcome`, `state` and `you`."""
    peer = request.client.host if request.client else "local"
    forwarded = request.headers.get("x-forwarded-for")
    address = client_address(peer, forwarded, players.policy.proxies)
    guest = guest_of_cookies(request.headers.get("cookie"))
    wish = Wish(body.code, body.name, body.unit, body.group, body.lang, guest, body.team)
    joined = await players.seating.hello_by_http(wish, address)
    if joined is None:
        return problem(503, "busy", body.lang, headers=_RETRY)
    if isinstance(joined, NotAdmitted):
        status = 429 if joined.code == "slow_down" else 409
        return problem(status, joined.code, body.lang, headers={"Retry-After": "30"} if status == 429 else None)
    room = await players.hub.room(joined.round_id)
    room.poll(int(joined.seat.seat), players.clock.monotonic_ms())
    frames = _frames(room, int(joined.seat.seat), players)
    return json_reply({"welcome": welcome(joined.ticket, joined.seat, joined.of), **frames})


@router.get("/state", response_model=Reply, responses=_PROBLEM, summary="The picture and what belongs to the seat")
async def state(request: Request, ticket: Ticket, players: Here) -> Response:
    """`state` and `you`; 304 while nothing has changed since the ETag."""
    seated = await _seat(request, ticket, players)
    if isinstance(seated, Response):
        return seated
    room, seat = seated
    if not players.may_poll(room, seat):
        # Who is turned away at the sockets' door comes in here no faster.
        return problem(503, "busy", accepted_language(request), headers={"Retry-After": str(random.randint(1, 10))})
    await players.seating.learn_kept(room, seat)
    room.poll(seat, players.clock.monotonic_ms())
    you = room.you(seat)
    mark = hashlib.sha256(f"{room.round_id} {room.picture.version} {seat} ".encode() + msgspec.json.encode(you))
    etag = f'"{mark.hexdigest()[:24]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return json_reply(_frames(room, seat, players), headers)


@router.post("/answer", response_model=protocol.Receipt, responses=_PROBLEM, summary="Answer the open question")
async def answer(request: Request, body: protocol.Answer, ticket: Ticket, players: Here) -> Response:
    """As the frame `answer`; answered by `receipt`, after the commit."""
    at_ms = players.clock.monotonic_ms()
    seated = await _seat(request, ticket, players)
    if isinstance(seated, Response):
        return seated
    room, seat = seated
    await players.seating.learn_kept(room, seat)
    room.poll(seat, at_ms)
    receipt = await players.intake.from_http(
        room, seat, Answer(id=body.id, q=body.q, choice=body.choice, think=None, round=body.round), at_ms
    )
    if receipt is None:
        return problem(503, "busy", accepted_language(request), headers=_RETRY)
    return json_reply(receipt)


class TeamWish(protocol.Frame):
    """The team of the host's list that a seat without one takes."""

    team: protocol.TeamKey


@router.post("/team", response_model=protocol.You, responses=_PROBLEM, summary="Choose a team")
async def team(request: Request, body: TeamWish, ticket: Ticket, players: Here) -> Response:
    """As the frame `team`; answered by `you`."""
    seated = await _seat(request, ticket, players)
    if isinstance(seated, Response):
        return seated
    room, seat = seated
    if not await players.choosing.from_http(room, seat, body.team):
        return problem(409, "round_team_unknown", accepted_language(request))
    return json_reply(room.you(seat))


async def _seat(request: Request, ticket: HTTPAuthorizationCredentials | None, players: Players) -> Any:
    lang = accepted_language(request)
    found = await players.seating.seat_of(ticket.credentials[:64]) if ticket is not None else NO_SEAT
    if found is None:
        return problem(503, "busy", lang, headers=_RETRY)
    if found is NO_SEAT:
        return problem(401, "bad_ticket", lang, headers={"WWW-Authenticate": "Bearer"})
    room, seat = found
    if room.people[seat].kicked:
        return problem(403, "kicked", lang)
    return found


def _frames(room: Room, seat: int, players: Players) -> dict[str, Any]:
    shown = pictures.player_frame(room.picture, players.clock.wall_ms())
    return {"state": msgspec.Raw(shown), "you": room.you(seat)}


def json_reply(value: Any, headers: dict[str, str] | None = None) -> Response:
    """Whatever msgspec can write, as a response."""
    return Response(
        msgspec.json.encode(value), media_type="application/json", headers=headers or {"Cache-Control": "no-store"}
    )
