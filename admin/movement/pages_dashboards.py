"""The officials' dashboards: the province, a commune. Exact numbers, filters in the address, printable.

Never counts: the rollups did; `contest.statistics.dashboards` reads them.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from admin.caller import Caller
from admin.language import language_of
from admin.permissions import Permission, requires
from admin.services import services_of
from admin.templating import page
from contest.errors import Invalid, NotFound
from contest.statistics import cells, dashboard_actions, dashboards
from contest.statistics.dashboards import Place
from contest.statistics.standing import IndicatorStanding
from realtime.entrants.wording import Wording
from realtime.figures import blocks, svg, views

router = APIRouter(include_in_schema=False)

CanRead = Annotated[Caller, requires(Permission.MOVEMENT_READ)]
PeriodText = Annotated[str, Query(max_length=32)]
Key = Annotated[str, Query(max_length=48)]
PEOPLE = "people"
"""Instead of an indicator: tiles show how many took part."""


@router.get("/movement")
async def province_page(
    request: Request, caller: CanRead, period: PeriodText = "", day: PeriodText = "", indicator: Key = ""
) -> HTMLResponse:
    """The whole province."""
    services = services_of(request)
    words = Wording(language_of(request))
    asked, wrong = day or period, None
    async with services.db.read() as reader:
        now_ms = services.clock.wall_ms()
        try:
            seen = await dashboards.province(reader, asked, now_ms, chosen=indicator, sparks=views.sparks())
        except Invalid as refusal:
            wrong, asked = refusal.code, ""
            seen = await dashboards.province(reader, asked, now_ms, chosen=indicator, sparks=views.sparks())
    own = seen.own
    by_people = indicator == PEOPLE or not seen.chosen

    def href(code: str) -> str:
        return f"/movement/communes/{code}" + (f"?period={own.period.query}" if own.period.query != "all" else "")

    chosen = next((one.indicator for one in own.standings if one.indicator.key == seen.chosen), None)
    caption = words.t("dash.rank") + ("" if chosen is None else f": {chosen.wording(words.lang)}")
    grid = (
        views.tiles_of_people(words, seen.communes, href)
        if by_people
        else views.tiles_of_indicator(words, seen.ranked, href)
    )
    return page(
        request,
        "movement_province.html",
        status=200 if wrong is None else 422,
        wrong=wrong,
        seen=seen,
        chosen=None if by_people else chosen,
        chosen_key=PEOPLE if by_people else seen.chosen,
        tiles=grid,
        ranking=views.ranking_of(words, caption, seen.ranked, href) if chosen is not None else "",
        **_parts(words, own),
    )


@router.get("/movement/communes/{code}")
async def commune_page(
    request: Request, caller: CanRead, code: str, period: PeriodText = "", day: PeriodText = ""
) -> HTMLResponse:
    """One commune: its indicators, villages, teams, and what to do next. Raises NotFound("commune_unknown")."""
    name = views.commune_names().get(code)
    if name is None:
        raise NotFound("commune_unknown")
    services = services_of(request)
    words = Wording(language_of(request))
    asked, wrong = day or period, None
    async with services.db.read() as reader:
        now_ms = services.clock.wall_ms()
        try:
            seen = await dashboards.commune(reader, code, asked, now_ms, sparks=views.sparks())
        except Invalid as refusal:
            wrong = refusal.code
            seen = await dashboards.commune(reader, code, "", now_ms, sparks=views.sparks())
        ever = seen.villages
        if seen.own.period.cell != cells.ALL_TIME:
            ever = await dashboards.commune_villages(reader, code, cells.ALL_TIME)
    own = seen.own
    actions = dashboard_actions.due(
        own.standings,
        villages=[(one.name, counts.visits) for one, counts in ever],
        teams=len(seen.teams),
        today=own.today,
    )
    return page(
        request,
        "movement_commune.html",
        status=200 if wrong is None else 422,
        wrong=wrong,
        code=code,
        name=name,
        seen=seen,
        actions=[_said(words, one, code) for one in actions],
        w=words,
        heads=blocks.heads,
        **{key: value for key, value in _parts(words, own).items() if key != "w"},
    )


def _parts(words: Wording, own: Place) -> dict[str, Any]:
    """What both pages show of a place: what has a goal or a figure first, the rest folded away."""
    aimed = [one for one in own.measured if one.target is not None]
    told = [one for one in own.reported if one.target is not None or one.reported is not None]
    return {
        "w": words,
        "own": own,
        "headline": blocks.headline(words, own.total),
        "key": blocks.bar_key(words),
        "measured": blocks.target_rows(words, aimed),
        "unaimed": _folded(words, "dash.unaimed", [one for one in own.measured if one not in aimed]),
        "reported": blocks.target_rows(words, told),
        "silent": _folded(words, "dash.silent", [one for one in own.reported if one not in told]),
        "trend": blocks.trend_of(words, own.steps, own.trend),
        "groups": views.table_of(words, words.t("dash.groups"), own, views.group_facets()),
        "skills": views.table_of(
            words, words.t("dash.skills"), own, views.skill_facets(), note=words.t("dash.skills_note")
        ),
        "ages": views.table_of(words, words.t("dash.ages"), own, views.age_facets()),
        "kinds": views.table_of(words, words.t("dash.kinds"), own, views.kind_facets(), whole=False),
    }


def _folded(words: Wording, title: str, found: Sequence[IndicatorStanding]) -> Markup:
    if not found:
        return Markup("")
    return svg.behind(words.t(title, count=words.number(len(found))), blocks.target_rows(words, found))


WHERE = {
    "behind": "/teams?commune={code}",
    "late": "/teams?commune={code}",
    "no_denominator": "/movement/denominators?place=c:{code}",
    "no_figure": "/movement/figures?place=c:{code}",
    "old_figure": "/movement/figures?place=c:{code}",
    "villages": "/teams?commune={code}",
    "no_villages": "/movement/villages?commune={code}",
    "no_teams": "/teams?commune={code}",
    "no_target": "/movement/targets?place=c:{code}",
}
"""Where each thing to do is done."""


def _said(words: Wording, action: dashboard_actions.Action, code: str) -> tuple[str, str]:
    """The sentence of an action and where it leads."""
    params: dict[str, str] = {key: words.number(value) for key, value in action.numbers.items()}
    if action.populations:
        params["names"] = ", ".join(words.t(f"dash.population.{one}") for one in action.populations)
    if action.names:
        params["names"] = ", ".join(action.names)
        if action.more:
            params["names"] += " " + words.t("dash.action.more", count=words.number(action.more))
    if action.indicators:
        wordings = [one.wording(words.lang) for one in action.indicators]
        params |= {"indicator": wordings[0], "names": "; ".join(wordings)}
    where = WHERE[action.code]
    if action.indicators and not action.indicators[0].measured:
        where = WHERE["no_figure"]
    return words.t(f"dash.action.{action.code}", **params), where.format(code=code)
