"""What a phone may know of a round by its code before it asks for a seat: whether it has to choose a team.

Never says who is there. A code is looked up once for a whole hall, and guesses cost what wrong joins cost.
"""

import time
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from contest import rounds
from contest.model import Mode, TeamSource
from contest.phases import FINAL
from realtime import protocol, team_rows
from realtime.fallback import json_reply, players_of
from realtime.handshake import client_address
from realtime.players import Players
from realtime.problems import accepted_language, problem

router = APIRouter(prefix="/api", tags=["fallback"])
KEEP_S = 3.0
MOST_KEPT = 1_000
Here = Annotated[Players, Depends(players_of)]


class TeamChoice(protocol.Frame):
    """A team of the host's list."""

    key: str
    name: str


class Door(protocol.Frame):
    """What is asked at the door. `teams` null: no teams, or they are drawn; by units the commune has to be named."""

    mode: protocol.ModeName
    team_source: TeamSource | None
    teams: list[TeamChoice] | None = None


class Doors:
    """The doors this process has looked up lately; None: nobody is behind this code."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Door | None]] = {}

    async def look(self, players: Players, code: str) -> Door | None:
        """The door of a code, from memory when it was looked up a moment ago. Raises what SQL raises."""
        now = time.monotonic()
        kept = self._kept.get(code)
        if kept is not None and now - kept[0] < KEEP_S:
            return kept[1]
        async with players.hub.db.read() as reader:
            found = await rounds.by_code(reader, code)
        door = None if found is None or found.state.phase in FINAL else _door(found)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[code] = (now, door)
        return door


_doors: WeakKeyDictionary[Players, Doors] = WeakKeyDictionary()


def _door(record: rounds.RoundRecord) -> Door:
    settings = record.settings
    if settings.mode is not Mode.TEAMS:
        return Door(mode=settings.mode.value, team_source=None)
    listed = settings.team_source is TeamSource.LIST
    named = team_rows.names(settings).items() if listed else ()
    teams = [TeamChoice(key=key, name=name or key) for key, name in named]
    return Door(mode=settings.mode.value, team_source=settings.team_source, teams=teams if listed else None)


@router.get("/codes/{code}", response_model=Door, summary="What is asked at the door of a round")
async def door(request: Request, code: Annotated[str, Path(pattern=r"^[0-9]{6}$")], players: Here) -> Response:
    """Before `hello`: whether a team or a commune has to be chosen. 404 for a code nobody is behind."""
    lang = accepted_language(request)
    peer = request.client.host if request.client else "local"
    address = client_address(peer, request.headers.get("x-forwarded-for"), players.policy.proxies)
    if not players.seating.may_ask(address, code):
        return problem(429, "slow_down", lang, headers={"Retry-After": "30"})
    try:
        found = await _doors.setdefault(players, Doors()).look(players, code)
    except Exception:
        players.seating.asked(address, code, right=None)
        return problem(503, "busy", lang, headers={"Retry-After": "2"})
    players.seating.asked(address, code, right=found is not None)
    if found is None:
        return problem(404, "code_unknown", lang)
    body: dict[str, Any] = found.model_dump(mode="json")
    return json_reply(body)
