"""The administrator's pages of the feed: who is sent it, how it goes, what could not be delivered.

A secret is shown once, when it is made. Never shows what a receiver answered beyond its status.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin.audit import actor_names
from admin.caller import Caller
from admin.contests import editing
from admin.movement.feed_sending import FeedSender
from admin.movement.team_views import show
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.services import services_of
from contest.database import Reader
from contest.errors import Invalid, NotFound, Refused
from contest.statistics import feed, webhooks
from contest.statistics.cloudevents import TYPES
from scoring import keys

router = APIRouter(include_in_schema=False)

CanManage = Annotated[Caller, requires(Permission.FEED_MANAGE)]
Text = Annotated[str, Form(max_length=600)]
Types = Annotated[list[str] | None, Form(max_length=8)]
Tick = Annotated[bool, Form()]
Batch = Annotated[int, Form(ge=-(2**31), le=2**31)]


@router.get("/movement/feed")
async def feed_page(request: Request, caller: CanManage) -> HTMLResponse:
    """Every subscription and how far it has come; how else the feed is had."""
    return await _list(request)


@router.post("/movement/feed")
async def subscribe(
    request: Request,
    caller: CanManage,
    name: Text = "",
    url: Text = "",
    types: Types = None,
    batch: Batch = 1,
    private: Tick = False,
    from_start: Tick = False,
) -> Response:
    """A new subscription; the page that follows shows its secret this once."""
    services = services_of(request)
    typed = {"name": name, "url": url, "types": types or [], "batch": batch, "private": private}
    try:
        values = webhooks.checked(name, url.strip(), types or TYPES, batch, private)
        box = await editing.box_of(services)
        async with services.db.write() as writer:
            made, secret = await webhooks.create(
                writer, box, values, from_start=from_start, actor=caller.actor, now_ms=services.clock.wall_ms()
            )
    except Refused as refusal:
        return await _list(request, refusal=refusal, typed=typed)
    return await _one(request, made, secret=secret)


@router.get("/movement/feed/{subscription_id}")
async def subscription_page(request: Request, caller: CanManage, subscription_id: RowId) -> HTMLResponse:
    """One subscription with what it was not delivered."""
    return await _one(request, subscription_id)


@router.post("/movement/feed/{subscription_id}")
async def change(
    request: Request,
    caller: CanManage,
    subscription_id: RowId,
    name: Text = "",
    url: Text = "",
    types: Types = None,
    batch: Batch = 1,
    private: Tick = False,
) -> Response:
    """Writes what the form says."""
    services = services_of(request)
    try:
        values = webhooks.checked(name, url.strip(), types or TYPES, batch, private)
        async with services.db.write() as writer:
            await webhooks.change(writer, subscription_id, values, actor=caller.actor, now_ms=services.clock.wall_ms())
    except NotFound:
        raise
    except Refused as refusal:
        return await _one(request, subscription_id, refusal=refusal)
    return RedirectResponse(f"/movement/feed/{subscription_id}", 303)


@router.post("/movement/feed/{subscription_id}/act")
async def act(request: Request, caller: CanManage, subscription_id: RowId, act: Text = "") -> Response:
    """Pause, go on, a new secret, a test, or the end of it."""
    services = services_of(request)
    actor, now_ms = caller.actor, services.clock.wall_ms()
    box = await editing.box_of(services)
    if act == "test":
        async with services.db.read() as reader:
            subscription = await webhooks.load(reader, subscription_id)
        told = await FeedSender(services.db, box, services.clock).ping(subscription)
        return await _one(request, subscription_id, tested=told)
    secret = ""
    async with services.db.write() as writer:
        match act:
            case "pause":
                await webhooks.pause(writer, subscription_id, actor=actor, now_ms=now_ms)
            case "resume":
                await webhooks.resume(writer, subscription_id, actor=actor, now_ms=now_ms)
            case "secret":
                secret = await webhooks.renew_secret(writer, box, subscription_id, actor=actor, now_ms=now_ms)
            case "remove":
                await webhooks.remove(writer, subscription_id, actor=actor, now_ms=now_ms)
            case _:
                raise Invalid("request_invalid")
    if secret:
        return await _one(request, subscription_id, secret=secret)
    return RedirectResponse("/movement/feed" if act == "remove" else f"/movement/feed/{subscription_id}", 303)


@router.post("/movement/feed/{subscription_id}/letters")
async def settle(
    request: Request, caller: CanManage, subscription_id: RowId, act: Text = "", letter: Annotated[RowId, Form()] = 0
) -> Response:
    """Sends a dead message once more or lets it go; 0: all of them."""
    services = services_of(request)
    async with services.db.write() as writer:
        await webhooks.load(Reader(writer), subscription_id)
        await webhooks.settle_letters(
            writer, subscription_id, letter or None, act, actor=caller.actor, now_ms=services.clock.wall_ms()
        )
    return RedirectResponse(f"/movement/feed/{subscription_id}#letters", 303)


async def _list(
    request: Request, *, refusal: Refused | None = None, typed: dict[str, Any] | None = None
) -> HTMLResponse:
    async with services_of(request).db.read() as reader:
        found = await webhooks.listing(reader)
        last = await feed.end(reader)
    return show(
        request, "movement_feed.html", refusal=refusal, subscriptions=found, last=last, types=TYPES,
        stream=keys.feed_stream(), limit=feed.MOST, most_batch=webhooks.MAX_BATCH,
        typed=typed or {"name": "", "url": "", "types": list(TYPES), "batch": 1, "private": False},
    )  # fmt: skip


async def _one(
    request: Request,
    subscription_id: int,
    *,
    refusal: Refused | None = None,
    secret: str = "",
    tested: str = "",
) -> HTMLResponse:
    services = services_of(request)
    async with services.db.read() as reader:
        subscription = await webhooks.load(reader, subscription_id)
        letters = await webhooks.letters(reader, subscription_id)
        last = await feed.end(reader)
        names = await actor_names(reader)
    return show(
        request, "movement_feed_subscription.html", refusal=refusal, one=subscription, letters=letters, last=last,
        types=TYPES, secret=secret, tested=tested, names=names, now_ms=services.clock.wall_ms(),
        most_batch=webhooks.MAX_BATCH,
    )  # fmt: skip
