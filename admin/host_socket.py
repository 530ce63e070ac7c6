"""The host console's socket: the picture of one round and its counts, on a beat.

Never takes commands: those are HTTP, so that each has an answer. Any number of consoles may watch one round.
"""

import asyncio
import json
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from redis.exceptions import RedisError

from admin import caller as callers
from admin import round_views
from admin.caller import Caller
from admin.language import language_of
from admin.params import MOST
from admin.permissions import Permission, allows, requires
from admin.services import Services, services_of
from contest import rounds, seats
from contest.catalogue import error_text
from contest.errors import NotFound, Refused
from contest.phases import Phase
from contest.rounds import RoundRecord
from realtime import picture as pictures
from realtime.cloud_rows import Growing
from realtime.protocol import FIRST_FRAME_SECONDS, CloseCode, CloudWord, Counts, Person
from realtime.round_runner import decode_notice
from scoring import keys
from scoring.channels import Wire, listen

router = APIRouter()
log = structlog.get_logger(__name__)

BEAT_S = 0.5
RECHECK_S = 1.0
"""How often the round's version and the console's own right to watch are compared with SQL."""
SEND_TIMEOUT_S = 5.0
_NAMES_SHOWN = 60
_MAX_FRAME = 4096


@router.websocket("/ws/host")
async def host_socket(socket: WebSocket, caller: Annotated[Caller, requires(Permission.ROUNDS_RUN)]) -> None:
    """First frame {"t":"host","round":ID}; then HostState whenever it changes, and Counts at most twice a second."""
    await socket.accept()
    services = services_of(socket)
    services.metrics.host_sockets.inc()
    try:
        record = await _asked_round(socket, services, caller)
        if record is not None:
            await _watch(socket, services, record)
    except (WebSocketDisconnect, TimeoutError):
        log.debug("host_socket_gone")
    finally:
        services.metrics.host_sockets.dec()


async def _asked_round(socket: WebSocket, services: Services, caller: Caller) -> RoundRecord | None:
    try:
        async with asyncio.timeout(FIRST_FRAME_SECONDS):
            text = await socket.receive_text()
    except TimeoutError:
        await socket.close(CloseCode.NO_HELLO)
        return None
    except KeyError:
        await socket.close(CloseCode.BAD_FRAME)  # a binary frame
        return None
    try:
        frame: Any = json.loads(text) if len(text) <= _MAX_FRAME else None
        if not isinstance(frame, dict) or frame.get("t") != "host" or type(frame.get("round")) is not int:
            raise ValueError
        if not 0 <= frame["round"] <= MOST:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        await socket.close(CloseCode.BAD_FRAME)
        return None
    try:
        async with services.db.read() as reader:
            return await round_views.visible(reader, caller, frame["round"])
    except Refused as refusal:
        error = {"t": "error", "code": refusal.code, "message": error_text(language_of(socket), refusal.code)}
        await socket.send_text(json.dumps(error, ensure_ascii=False))
        await socket.close(CloseCode.REFUSED)
        return None


async def _watch(socket: WebSocket, services: Services, record: RoundRecord) -> None:
    # The group ends with whichever half ends first: the reader at a disconnect, the writer at a close.
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_drain(socket))
            group.create_task(_Beat(socket, services, record).run())
    except* (_Over, WebSocketDisconnect, TimeoutError):
        log.debug("host_socket_over", round_id=record.id)


class _Over(Exception):
    """Ends both halves of a socket."""


async def _drain(socket: WebSocket) -> None:
    # A console has nothing to say after its first frame; reading notices when it goes.
    try:
        while True:
            await socket.receive()
    except (WebSocketDisconnect, RuntimeError):
        raise _Over from None


class _Beat:
    """What one console has been told, and the loop that tells it what is new."""

    def __init__(self, socket: WebSocket, services: Services, record: RoundRecord) -> None:
        self._socket, self._services = socket, services
        self._round_id, self._owner = record.id, record.created_by
        self._told: tuple[int, int] | None = None
        self._counts: bytes | None = None
        self._joined = -1
        self._names: list[Person] = []
        self._wire: Wire | None = None
        self._lobby = False
        self._cloud = Growing()
        self._picture: pictures.Picture | None = None

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            await self._state()
            checked = clock()
            while True:
                changed = await self._wait_for_news()
                if clock() - checked >= RECHECK_S:
                    checked = clock()
                    if not await self._still_welcome():
                        await self._socket.close(CloseCode.REFUSED)
                        raise _Over
                    changed = True
                if changed:
                    await self._state()
                await self._counted()
        except NotFound:
            await self._socket.close(CloseCode.ROUND_OVER)
            raise _Over from None
        finally:
            await self._unsubscribe()

    async def _wait_for_news(self) -> bool:
        """Whether something was published within a beat. Without Redis it only waits: the recheck finds the news."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + BEAT_S
        news = False
        try:
            if self._wire is None:
                self._wire = await listen(self._services.redis, keys.room_channel(self._round_id))
            while not news and (left := ends - loop.time()) > 0:
                _, payload = await self._wire.next(left)
                news = payload is not None and self._is_newer(payload)
        except (RedisError, OSError):
            await self._unsubscribe()
        if not news:
            await asyncio.sleep(max(0.0, ends - loop.time()))
        return news

    def _is_newer(self, data: bytes) -> bool:
        try:
            notice = decode_notice(data)
        except Exception:
            return True
        return notice.picture is None or self._told is None or notice.picture.version >= self._told[0]

    async def _unsubscribe(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.aclose()

    async def _still_welcome(self) -> bool:
        caller = await callers.look_up(self._socket)
        if caller is None or not allows(caller.role, Permission.ROUNDS_RUN):
            return False
        # Whoever lost the right to see everybody's rounds keeps their own.
        return caller.actor == self._owner or allows(caller.role, Permission.ROUNDS_ALL)

    async def _state(self) -> None:
        if self._told is not None:
            async with self._services.db.read() as reader:
                marks = (await rounds.marks(reader, [self._round_id])).get(self._round_id)
            if marks is None:
                raise NotFound("round_unknown")
            if (marks.version, marks.people_version) == self._told:
                return
        loaded = await pictures.load(self._services.db, self._round_id, self._services.public_url)
        shown = self._picture = loaded.picture
        if (shown.version, shown.people_version) != self._told:
            await self._send(pictures.host_frame(shown, self._services.clock.wall_ms()))
        if shown.phase == Phase.LOBBY and shown.seats != self._joined:
            await self._latest_names()
        self._told = (shown.version, shown.people_version)
        self._joined = shown.seats
        self._lobby = shown.phase == Phase.LOBBY

    async def _latest_names(self) -> None:
        async with self._services.db.read() as reader:
            people = [seat for seat in await seats.of_round(reader, self._round_id) if not seat.kicked]
        self._names = [Person(seat=seat.seat, name=seat.shown_name, unit=seat.unit) for seat in people[-_NAMES_SHOWN:]]

    async def _counted(self) -> None:
        now = await round_views.present(self._services, self._round_id)
        counts = Counts(
            joined=max(0, self._joined),
            online=now.online,
            answered=now.answered,
            slow=now.slow,
            lost=now.lost,
            good=now.good,
            weak=now.weak,
            late_ms=now.lag_ms,
            names=self._names if self._lobby else [],
            words=await self._words(),
        )
        frame = counts.model_dump_json().encode()
        if frame != self._counts:
            self._counts = frame
            await self._send(frame)

    async def _words(self) -> list[CloudWord]:
        if self._picture is None:
            return []
        return await self._cloud.fresh(self._services.db, self._picture, self._services.clock.monotonic_ms())

    async def _send(self, frame: bytes) -> None:
        # A console that does not read for this long is gone; it comes back with a fresh picture.
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await self._socket.send_text(frame.decode())
