"""Sending the feed: signed webhooks in order, each tried until it arrives or is given up, and the stream in Redis.

At least once: what a crash repeats has the same id. Never follows a redirect, never reads an answer beyond its status,
and calls no address in this network unless an administrator said so.
"""

import asyncio
import json
import random
import socket
import ssl
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from contest.clock import Clock
from contest.database import Database
from contest.errors import Invalid
from contest.provincial.secrets_box import FieldBox, Unreadable
from contest.statistics import feed, webhook_signing, webhooks
from contest.statistics.cloudevents import BATCH, ONE, StreamedFact, event_of
from contest.statistics.webhook_signing import Target
from contest.statistics.webhooks import LEASE_MS, DeadLetter, Subscription
from scoring import keys

OK, GONE = "ok", "gone"
_PAGE = 500
_NOTED_EVERY: Final = 20
"""Messages after which it is noted how far a subscription has come."""
_AT_A_TIME: Final = 8
"""Subscriptions that are sent to side by side."""
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_LONGEST_CALL_S = 15.0
_LONGEST_RETRY_AFTER_S = 3_600
_LETTERS_AT_ONCE = 20
RELAY = "redis"
_RELAY_LEASE_MS = 30_000
_RELAY_PAGES = 20
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What one request carries: the facts of the stream from `first` to `last` that are wanted."""

    id: str
    body: bytes
    content_type: str
    first: int
    last: int
    events: int


@dataclass(frozen=True, slots=True)
class Sent:
    """How it went: ok, gone, http_<status>, timeout, unreachable, address, url or secret."""

    result: str
    retry_after_ms: int = 0


class FeedSender:
    """One per worker process."""

    def __init__(self, db: Database, box: FieldBox, clock: Clock) -> None:
        self._db, self.box, self._clock = db, box, clock
        self.owner = uuid.uuid4().hex
        self._tls = ssl.create_default_context()

    async def tend(self) -> int:
        """One turn over all subscriptions that are due; how many events arrived. Any number of workers may do it."""
        async with self._db.read() as reader:
            waiting = await webhooks.due(reader, self._clock.wall_ms())
        gate = asyncio.Semaphore(_AT_A_TIME)

        async def one(subscription_id: int) -> int:
            async with gate:
                return await self._work(subscription_id)

        return sum(await asyncio.gather(*(one(subscription_id) for subscription_id in waiting)))

    async def _work(self, subscription_id: int) -> int:
        async with self._db.write() as writer:
            taken = await webhooks.take(writer, subscription_id, self.owner, self._clock.wall_ms())
        if taken is None:
            return 0
        # A client for each: connections go by number, and two names may stand for the same number.
        async with httpx.AsyncClient(timeout=_TIMEOUT, verify=self._tls, trust_env=False) as client:
            await self._again(client, taken)
            return await self._forward(client, taken)

    async def _again(self, client: httpx.AsyncClient, subscription: Subscription) -> None:
        """Sends dead messages that staff asked for once more, in their old order."""
        async with self._db.read() as reader:
            asked = await webhooks.letters(reader, subscription.id, state="again", limit=_LETTERS_AT_ONCE)
        for letter in reversed(asked):
            sent = await self._repeat(client, subscription, letter)
            async with self._db.write() as writer:
                await webhooks.letter_sent(writer, letter, sent.result, self._clock.wall_ms())
            if sent.result != OK:
                # Nobody there: the others wait for the next turn, and the lease is not outlived.
                return

    async def _repeat(self, client: httpx.AsyncClient, subscription: Subscription, letter: DeadLetter) -> Sent:
        async with self._db.read() as reader:
            facts = await feed.between(reader, letter.first_seq, letter.last_seq)
        wanted = [fact for fact in facts if not subscription.types or fact.type in subscription.types]
        return await self._post(client, subscription, self.message(wanted)) if wanted else Sent(OK)

    async def _forward(self, client: httpx.AsyncClient, subscription: Subscription) -> int:
        """Everything behind the subscription's place, in order, until something fails or the lease nears its end."""
        until = self._clock.wall_ms() + LEASE_MS // 2
        arrived, noted, seq = 0, 0, subscription.seq
        while True:
            async with self._db.read() as reader:
                facts = await feed.after(reader, seq, _PAGE)
            messages = self._messages(subscription, facts)
            for number, (message, place) in enumerate(messages, start=1):
                sent = Sent(OK) if message is None else await self._post(client, subscription, message)
                if message is not None and sent.result != OK:
                    if seq > subscription.seq:
                        await self._passed(subscription.id, seq, arrived - noted, done=False)
                    await self._failed(subscription, message, sent, place)
                    return arrived
                seq, arrived = place, arrived + (0 if message is None else message.events)
                if arrived and (subscription.tries or subscription.dead_in_a_row):
                    subscription = replace(subscription, tries=0, dead_in_a_row=0)
                # Not after every message: what a crash repeats has the same id.
                late = self._clock.wall_ms() >= until
                if late or number % _NOTED_EVERY == 0 or number == len(messages):
                    if not await self._passed(subscription.id, seq, arrived - noted, done=late) or late:
                        return arrived
                    noted = arrived
            if len(facts) < _PAGE:
                await self._passed(subscription.id, seq, 0, done=True)
                return arrived

    async def _passed(self, subscription_id: int, seq: int, events: int, *, done: bool) -> bool:
        async with self._db.write() as writer:
            return await webhooks.passed(
                writer, subscription_id, self.owner, seq, events=events, done=done, now_ms=self._clock.wall_ms()
            )

    async def _failed(self, subscription: Subscription, message: Message, sent: Sent, place: int) -> None:
        wait = webhook_signing.wait_ms(subscription.tries + 1, random.random())
        async with self._db.write() as writer:
            await webhooks.failed(
                writer, subscription, self.owner, first_seq=message.first, last_seq=place, events=message.events,
                result=sent.result, wait_ms=max(wait, sent.retry_after_ms), now_ms=self._clock.wall_ms(),
            )  # fmt: skip
        _log.info("webhook failed", subscription=subscription.id, result=sent.result, tries=subscription.tries + 1)

    def _messages(self, subscription: Subscription, facts: Sequence[StreamedFact]) -> list[tuple[Message | None, int]]:
        """The messages in order, each with the place of the stream it leads to; None for facts nobody wants."""
        found: list[tuple[Message | None, int]] = []
        held: list[StreamedFact] = []
        for fact in facts:
            if not subscription.types or fact.type in subscription.types:
                held.append(fact)
            if len(held) == subscription.batch:
                found.append((self.message(held), fact.seq))
                held = []
        if facts and held:
            found.append((self.message(held), facts[-1].seq))
        elif facts and (not found or found[-1][1] < facts[-1].seq):
            found.append((None, facts[-1].seq))
        return found

    def message(self, facts: Sequence[StreamedFact]) -> Message:
        """One fact as an event, several as a batch; the same facts always make the same message."""
        events = [event_of(fact, self.box.digest) for fact in facts]
        first: Any = events[0]
        if len(events) == 1:
            return Message(first["id"], _compact(first), ONE, facts[0].seq, facts[-1].seq, 1)
        name = self.box.digest("feed-message", ":".join(event["id"] for event in events))[:32]
        return Message(name, _compact(events), BATCH, facts[0].seq, facts[-1].seq, len(events))

    async def ping(self, subscription: Subscription) -> str:
        """Sends an event that means nothing, so that somebody setting the receiver up sees whether it arrives."""
        event: dict[str, Any] = {
            "specversion": "1.0", "id": f"test-{uuid.uuid4().hex}", "source": "urn:hoithi:test",
            "type": "vn.hoithi.feed.test.v1",
        }  # fmt: skip
        message = Message(event["id"], json.dumps(event).encode(), ONE, 0, 0, 0)
        async with httpx.AsyncClient(timeout=_TIMEOUT, verify=self._tls, trust_env=False) as client:
            return (await self._post(client, subscription, message)).result

    async def _post(self, client: httpx.AsyncClient, subscription: Subscription, message: Message) -> Sent:
        try:
            target = webhook_signing.target_of(subscription.url, private=subscription.private)
            secret = self.box.open(subscription.secret_enc)
        except Unreadable:
            return Sent("secret")
        except Invalid:
            return Sent("url")
        try:
            # However slowly an answer drips, others wait for their turn.
            async with asyncio.timeout(_LONGEST_CALL_S):
                return await self._call(client, target, subscription, message, secret)
        except TimeoutError:
            return Sent("timeout")

    async def _call(
        self, client: httpx.AsyncClient, target: Target, subscription: Subscription, message: Message, secret: str
    ) -> Sent:
        address = await _address(target, private=subscription.private)
        if address is None:
            return Sent("address")
        stamp = self._clock.wall_ms() // 1000
        headers = {
            "Host": _host(target), "Content-Type": message.content_type, "User-Agent": "HoiThi-Feed/1",
            **webhook_signing.headers(secret, message.id, stamp, message.body),
        }  # fmt: skip
        scheme = "https" if target.secure else "http"
        shown = f"[{address}]" if ":" in address else address
        request = client.build_request(
            "POST", f"{scheme}://{shown}:{target.port}{target.path}", content=message.body, headers=headers,
            extensions={"sni_hostname": target.host} if target.secure else {},
        )  # fmt: skip
        try:
            reply = await client.send(request, stream=True, follow_redirects=False)
            await reply.aclose()
        except httpx.TimeoutException:
            return Sent("timeout")
        except httpx.HTTPError:
            return Sent("unreachable")
        return _outcome(reply)


def _compact(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _outcome(reply: httpx.Response) -> Sent:
    if reply.is_success:
        return Sent(OK)
    if reply.status_code == httpx.codes.GONE:
        return Sent(GONE)
    after = reply.headers.get("retry-after", "")
    seconds = min(int(after), _LONGEST_RETRY_AFTER_S) if after.isascii() and after.isdigit() else 0
    return Sent(f"http_{reply.status_code}", seconds * 1000)


async def _address(target: Target, *, private: bool) -> str | None:
    """A number of the host that may be called: looked up here and called as it is, so that no second answer counts."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError:
        return None
    numbers = [str(one[4][0]) for one in found]
    return next((one for one in numbers if webhook_signing.may_call(one, target, private=private)), None)


def _host(target: Target) -> str:
    shown = f"[{target.host}]" if ":" in target.host else target.host
    return shown if target.port == (443 if target.secure else 80) else f"{shown}:{target.port}"


async def relay(db: Database, redis: Redis, box: FieldBox, owner: str, clock: Clock) -> int:
    """Passes new facts on to the stream in Redis; how many. One worker at a time, from the place kept in SQL.

    The entries' ids follow the place, so what a crash repeats is refused by Redis itself.
    """
    passed = 0
    for _ in range(_RELAY_PAGES):
        async with db.write() as writer:
            seq = await feed.take_relay(writer, RELAY, owner, clock.wall_ms(), _RELAY_LEASE_MS)
        if seq is None:
            return passed
        async with db.read() as reader:
            facts = await feed.after(reader, seq, _PAGE)
        if not facts:
            return passed
        if not await _add(redis, facts, box):
            return passed
        async with db.write() as writer:
            if not await feed.move_relay(writer, RELAY, owner, facts[-1].seq, clock.wall_ms()):
                return passed
        passed += len(facts)
    return passed


async def _add(redis: Redis, facts: Sequence[StreamedFact], box: FieldBox) -> bool:
    pipe = redis.pipeline(transaction=False)
    for fact in facts:
        event: dict[Any, Any] = {"event": _compact(event_of(fact, box.digest))}
        pipe.xadd(keys.feed_stream(), event, id=f"{fact.seq}-1", maxlen=keys.FEED_LENGTH, approximate=True)
    try:
        for outcome in await pipe.execute(raise_on_error=False):
            # An id that is not new is a repeat after a crash.
            if isinstance(outcome, ResponseError) and "equal or smaller" in str(outcome):
                continue
            if isinstance(outcome, Exception):
                raise outcome
    except RedisError as error:
        _log.warning("feed not passed on to redis", reason=type(error).__name__)
        return False
    return True
