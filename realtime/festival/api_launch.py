"""The launch's calls: a delegate's beats, the stage's look at them, and the delegate's page.

Never decides alone when to fire: `launch_desk` does, with SQL having the last word.
"""

from typing import Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from contest.database import Database
from contest.festival import acts
from contest.festival.acts import ActState
from contest.festival.model import LiveEventKind
from realtime import problems
from realtime.assets import Assets
from realtime.entrants.recent import Recent
from realtime.entrants.services import entrants_of
from realtime.festival import launch_desk
from realtime.festival.acts_access import ItemId, Slug, check_stage, delegate_of, festival_of
from realtime.festival.api_acts import Press
from realtime.festival.launch_desk import Launch

router = APIRouter(tags=["acts"])
_NO_STORE = {"Cache-Control": "no-store"}
LOOK_S = 0.15

_looks: WeakKeyDictionary[Database, Recent[dict[str, Any]]] = WeakKeyDictionary()


class BeatIn(BaseModel):
    """`press`: the phone's id of this press, empty while it only shows that it is there; `down`: it is held."""

    model_config = ConfigDict(extra="forbid")
    press: Press = ""
    down: bool = False


@router.post("/api/festivals/{slug}/launch/beat")
async def beat(request: Request, slug: Slug, body: BeatIn) -> JSONResponse:
    """A delegate's phone (Bearer token) says whether its button is held, twice a second."""
    festival = await festival_of(request, slug)
    delegate = await delegate_of(request, festival)
    services = entrants_of(request)
    launch = await launch_desk.beat(services.db, services.redis, services.clock, delegate, body.press, down=body.down)
    return JSONResponse(_own(launch, delegate.id), headers=_NO_STORE)


def _own(launch: Launch, delegate: int) -> dict[str, Any]:
    """What the delegate's page shows: itself, and how many are missing."""
    view = launch.view()
    own = next(one for one in view["delegates"] if one["id"] == delegate)
    told = {name: view[name] for name in ("state", "run", "hold_s", "slogan", "missing", "share", "known")}
    me = {name: own[name] for name in ("name", "place", "part", "holding", "share")}
    return told | {"title": launch.item.title, "me": me, "armed": launch.act.state is ActState.ARMED}


@router.get("/api/festivals/{slug}/stage/launch/{item_id}")
async def look(request: Request, slug: Slug, item_id: ItemId) -> JSONResponse:
    """How the launch stands, for the stage (Bearer token of the stage): asked a few times a second."""
    festival = await festival_of(request, slug)
    await check_stage(request, festival)
    services = entrants_of(request)

    async def make() -> dict[str, Any]:
        async with services.db.read() as reader:
            item = await acts.item_of(reader, festival.id, item_id, LiveEventKind.LAUNCH)
        return (await launch_desk.look(services.db, services.redis, item)).view()

    view = await _looks.setdefault(services.db, Recent(LOOK_S)).get((festival.id, item_id), make)
    return JSONResponse(view, headers=_NO_STORE)


@router.get("/f/{slug}/launch", include_in_schema=False)
async def launch_page(request: Request, slug: Slug) -> Response:
    """The page of a delegate's button and of units that sign; its token is in the fragment."""
    assets: Assets = request.state.assets
    page = assets.page("launch")
    if page is None:
        return problems.problem(404, "not_found", problems.accepted_language(request))
    return page.response(request)
