"""A festival live, for officials: refreshed every few seconds, counted at most once a second and a half.

Never moves the festival: `admin.festivals` does.
"""

from typing import Annotated
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from admin.caller import Caller
from admin.language import language_of
from admin.params import RowId
from admin.permissions import Permission, requires
from admin.services import Services, services_of
from admin.templating import page
from contest.database import Database
from contest.statistics import cells, dashboard_festival
from contest.statistics.dashboard_festival import FestivalNow
from contest.statistics.facts import FactKind
from realtime.entrants.recent import Recent
from realtime.entrants.wording import Wording
from realtime.figures import blocks, views
from realtime.figures.blocks import Share

router = APIRouter(include_in_schema=False)

CanRead = Annotated[Caller, requires(Permission.MOVEMENT_READ)]
FRESH_S = 1.5
MOST_COMMUNES = 20
_kept: WeakKeyDictionary[Database, Recent[FestivalNow]] = WeakKeyDictionary()


async def seen_now(services: Services, festival_id: int) -> FestivalNow:
    """The festival as it stands, the same for everybody who asks in the same moment."""

    async def make() -> FestivalNow:
        async with services.db.read() as reader:
            return await dashboard_festival.now(reader, festival_id, services.clock.wall_ms())

    return await _kept.setdefault(services.db, Recent(FRESH_S)).get(festival_id, make)


@router.get("/movement/festivals/{festival_id}")
async def festival_page(request: Request, caller: CanRead, festival_id: RowId) -> HTMLResponse:
    """The whole page, or for htmx the part that changes. Raises NotFound("festival_unknown")."""
    services = services_of(request)
    words = Wording(language_of(request))
    seen = await seen_now(services, festival_id)
    htmx = request.headers.get("hx-request") == "true"
    return page(
        request,
        "_movement_festival.html" if htmx else "movement_festival.html",
        seen=seen,
        w=words,
        total=blocks.headline(words, seen.of(cells.EVERYTHING)),
        came=seen.of(cells.kind(FactKind.CHECKIN)),
        heads=blocks.heads,
        skills=_table(words, "dash.skills", seen, views.skill_facets()),
        groups=_table(words, "dash.groups", seen, views.group_facets()),
        communes=[
            (views.commune_names().get(code, words.t("dash.festival.elsewhere")), count)
            for code, count in seen.communes[:MOST_COMMUNES]
        ],
        now_ms=services.clock.wall_ms(),
    )


def _table(words: Wording, title: str, seen: FestivalNow, facets: list[str]) -> object:
    shown = [Share(views.facet_name(words, one), seen.of(one)) for one in facets if seen.of(one).visits]
    return blocks.shares(words, words.t(title), shown) if shown else ""
