"""The projector's socket: the picture for the hall and, on a beat, how many are there.

Read-only: the token opens one round and nothing else. Never a key before the reveal, nor a name the host
has not allowed.
"""

import asyncio
import contextlib

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError
from redis.exceptions import RedisError

from contest.catalogue import DEFAULT, error_text
from contest.errors import NotFound
from contest.phases import Phase
from contest.rounds import by_stage_token
from contest.tickets import digest
from realtime import picture as pictures
from realtime import presence
from realtime.cloud_rows import Growing
from realtime.links import stage_waits_s
from realtime.origins import origin_allowed
from realtime.players import Players
from realtime.protocol import FIRST_FRAME_SECONDS, Bye, CloseCode, Counts, Error, Person, StageHello
from realtime.reactions import Hearing
from realtime.rooms import Room
from realtime.shedding import Measure, Priority

_log = structlog.get_logger(__name__)
router = APIRouter()
BEAT_S = 0.5
SEND_S = 10.0
COUNTS_AT_LEAST_MS = 2_000.0
NAMES_SHOWN = 60
COUNTED = frozenset({Measure.SERVE, Measure.HALVE})


@router.websocket("/ws/stage")
async def stage(socket: WebSocket) -> None:
    """First frame {"t":"stage","token"}; then StageState whenever it changes and Counts at most twice a second."""
    players: Players = socket.state.players
    headers = socket.headers
    if not origin_allowed(headers.get("origin"), headers.get("host"), players.policy.origins):
        await socket.close()  # Before accept: the handshake is answered with 403.
        return
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        room = await _greeted(socket, players)
        if room is not None:
            await _serve(socket, players, room)


async def _greeted(socket: WebSocket, players: Players) -> Room | None:
    try:
        async with asyncio.timeout(FIRST_FRAME_SECONDS):
            hello = StageHello.model_validate_json(await socket.receive_text())
    except TimeoutError:
        await _bye(socket, CloseCode.NO_HELLO)
        return None
    except (ValidationError, KeyError):
        await _bye(socket, CloseCode.BAD_FRAME)
        return None
    try:
        async with players.hub.db.read() as reader:
            round_id = await by_stage_token(reader, digest(hello.token))
        if round_id is None:
            await socket.send_text(
                Error(code="bad_stage_token", message=error_text(DEFAULT, "bad_stage_token")).model_dump_json()
            )
            await _bye(socket, CloseCode.BAD_TICKET)
            return None
        return await players.hub.room(round_id)
    except NotFound:
        await _bye(socket, CloseCode.BAD_TICKET)
    except WebSocketDisconnect:
        raise
    except Exception as error:
        _log.warning("stage_not_served", exc_info=error)
        await _bye(socket, CloseCode.TRY_LATER)
    return None


async def _bye(socket: WebSocket, code: int) -> None:
    await socket.send_text(Bye(code=code, spread=2_000).model_dump_json())
    await socket.close(code)


async def _serve(socket: WebSocket, players: Players, room: Room) -> None:
    changed = asyncio.Event()
    room.watch(changed)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_listen(socket, changed))
            group.create_task(_show(socket, players, room, changed))
    except* (WebSocketDisconnect, RuntimeError, TimeoutError):
        pass  # The projector is gone, or reads no more: it comes back by itself.
    except* _NoText:
        await socket.close(CloseCode.BAD_FRAME)
    finally:
        room.unwatch(changed, players.clock.monotonic_ms())


class _NoText(Exception):
    """A binary frame: no projector sends one."""


async def _listen(socket: WebSocket, changed: asyncio.Event) -> None:
    while True:
        # A stage has nothing to say; hearing it is how its end is noticed.
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1005)
        if message.get("text") is None:
            raise _NoText


async def _show(socket: WebSocket, players: Players, room: Room, changed: asyncio.Event) -> None:
    """Shows one round after the other: when the hall goes on, its stage goes along."""
    while True:
        room = await _show_round(socket, players, room, changed)
        room.watch(changed)


async def _show_round(socket: WebSocket, players: Players, room: Room, changed: asyncio.Event) -> Room:
    """Shows a round until its hall goes on; the room it goes on in. The caller watches, this unwatches."""
    try:
        return await _show_until_moved(socket, players, room, changed)
    finally:
        room.unwatch(changed, players.clock.monotonic_ms())


async def _show_until_moved(socket: WebSocket, players: Players, room: Room, changed: asyncio.Event) -> Room:
    shown, counted, counted_ms = -1, "", 0.0
    people = -1
    hearing = Hearing()
    cloud = Growing()
    ahead_ms: list[float] = []
    opened: int | None = None
    while True:
        hub = players.hub
        if hub.leaving:
            await _bye(socket, CloseCode.DRAIN)
            raise WebSocketDisconnect
        if room.moved_to is not None:
            return room.moved_to
        if hub.rooms.get(room.round_id) is not room:
            await _bye(socket, CloseCode.ROUND_OVER)
            raise WebSocketDisconnect
        # Renamed and hidden people change what the standings show without a new version.
        if shown != room.picture.version or (people != room.people_version and room.picture.stage.get("top")):
            if room.phase is Phase.OPEN and room.question != opened:
                # The hall's screen must not be faster than the phones in people's hands.
                opened = room.question
                await asyncio.sleep(stage_waits_s(ahead_ms))
            picture = room.picture
            if picture.stage.get("top") and picture.people_version < room.people_version:
                picture = (await pictures.load(hub.db, room.round_id, hub.join_url)).picture
            await _send(socket, pictures.stage_frame(picture, players.clock.wall_ms()).decode())
            shown = picture.version
        people = room.people_version
        # Counts are the first thing to go when the process is short of time, but a hall must not wait for ever.
        if hub.measure(Priority.COUNTS) in COUNTED or players.clock.monotonic_ms() - counted_ms > COUNTS_AT_LEAST_MS:
            counted_ms = players.clock.monotonic_ms()
            told, ahead_ms = await _counts(players, room, hearing, cloud)
            counts = told.model_dump_json()
            if counts != counted or told.reactions:
                await _send(socket, counts)
                counted = counts
        changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEAT_S):
                await changed.wait()


async def _send(socket: WebSocket, text: str) -> None:
    async with asyncio.timeout(SEND_S):
        await socket.send_text(text)


async def _counts(players: Players, room: Room, hearing: Hearing, cloud: Growing) -> tuple[Counts, list[float]]:
    """What the hall is told, and how far away the phones of each process are."""
    now_ms, wall_ms = players.clock.monotonic_ms(), players.clock.wall_ms()
    try:
        entries = await presence.read(players.hub.redis, room.round_id, wall_ms)
    except (RedisError, OSError):
        entries = [room.entry(now_ms, wall_ms)]
    now = presence.summary(entries)
    names: list[Person] = []
    if room.phase is Phase.LOBBY:
        latest = sorted(seat for seat, person in room.people.items() if not person.kicked)[-NAMES_SHOWN:]
        names = [Person(seat=seat, name=room.people[seat].shown_name, unit=room.people[seat].unit) for seat in latest]
    told = Counts(
        joined=room.of,
        online=now.online,
        answered=now.answered,
        slow=now.slow,
        lost=now.lost,
        names=names,
        words=await cloud.fresh(players.hub.db, room.picture, now_ms),
        reactions=hearing.fresh(entry.reactions for entry in entries),
    )
    return told, [entry.ahead_ms for entry in entries]
