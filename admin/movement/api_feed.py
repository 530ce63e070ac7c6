"""The feed for programs of an operations centre: facts as CloudEvents behind a cursor, and the schema of an event.

Never tells anything that the ledger still holds, and nothing about a person.
"""

import asyncio
import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from admin.caller import Caller
from admin.contests import editing
from admin.permissions import Permission, requires
from admin.services import services_of
from contest.statistics import cloudevents, feed
from contest.statistics.cloudevents import BATCH, event_of

router = APIRouter(prefix="/api/feed", tags=["feed"])

CanFollow = Annotated[Caller, requires(Permission.FEED_READ)]
LONGEST_WAIT_S = 20
_LOOK_S = 0.5
LATEST = "latest"


@router.get(
    "/facts",
    summary="Participation facts in their order",
    response_class=Response,
    responses={200: {"content": {BATCH: {"schema": {"type": "array", "items": {"type": "object"}}}}}},
)
async def facts(
    request: Request,
    caller: CanFollow,
    after: Annotated[
        str,
        Query(
            max_length=40,
            description="The cursor of the last answer; empty: from the start; `latest`: only what comes from now on.",
        ),
    ] = "",
    limit: Annotated[int, Query(ge=1, le=feed.MOST)] = 200,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for the first fact.")] = 0,
) -> Response:
    """A batch of CloudEvents (`application/cloudevents-batch+json`), empty when there is nothing new.

    Go on with the address in `Link: <…>; rel="next"`; it is there in every answer. `Feed-Cursor` is its cursor alone.
    """
    services = services_of(request)
    box = await editing.box_of(services)
    if after == LATEST:
        async with services.db.read() as reader:
            seq = await feed.end(reader)
    else:
        seq = cloudevents.seq_of(after, box.digest) if after else 0
    until = asyncio.get_running_loop().time() + wait
    while True:
        async with services.db.read() as reader:
            found = await feed.after(reader, seq, limit)
        left = until - asyncio.get_running_loop().time()
        if found or left <= 0 or await request.is_disconnected():
            break
        await asyncio.sleep(min(_LOOK_S, left))
    cursor = cloudevents.cursor_of(found[-1].seq if found else seq, box.digest)
    more = f"/api/feed/facts?after={cursor}&limit={limit}" + (f"&wait={wait}" if wait else "")
    headers = {"Link": f'<{more}>; rel="next"', "Feed-Cursor": cursor, "Cache-Control": "no-store"}
    events = [event_of(fact, box.digest) for fact in found]
    body = json.dumps(events, ensure_ascii=False, separators=(",", ":"))
    return Response(body, media_type=BATCH, headers=headers)


@router.get(
    "/schema.json",
    summary="JSON Schema of an event",
    response_class=Response,
    responses={200: {"content": {"application/schema+json": {"schema": {"type": "object"}}}}},
)
async def schema(request: Request, caller: CanFollow) -> Response:
    """The schema of the events, the same for the pull API, webhooks and the stream."""
    content: dict[str, Any] = cloudevents.schema()
    return JSONResponse(content, media_type="application/schema+json")
