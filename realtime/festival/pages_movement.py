"""The movement's public pages: the province and each commune, readable without JavaScript, small cells hidden.

Never shows a number that `dashboard_public` hides, and nothing of a contest whose prediction is open: such facts are
not counted yet.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Request
from starlette.responses import Response

from contest.database import Database
from contest.errors import NotFound
from contest.statistics import cells, dashboard_public, dashboards
from contest.statistics.dashboard_public import Published
from contest.statistics.standing import IndicatorStanding
from contest.statistics.suppression import small
from realtime.entrants.recent import Recent
from realtime.entrants.services import Entrants, entrants_of
from realtime.entrants.templating import Links, language_of, page
from realtime.entrants.wording import Wording
from realtime.figures import blocks, views

router = APIRouter(include_in_schema=False)
PEOPLE = "people"
FRESH_S = 30.0
"""How old the numbers may be: they and what is hidden are read at once for the whole province."""
_kept: WeakKeyDictionary[Database, Recent[Published]] = WeakKeyDictionary()


async def _published(services: Entrants) -> Published:
    async def make() -> Published:
        async with services.db.read() as reader:
            return await dashboard_public.published(reader, services.clock.wall_ms())

    return await _kept.setdefault(services.db, Recent(FRESH_S)).get("published", make)


def _by_nobody(one: IndicatorStanding) -> IndicatorStanding:
    """A reported figure with its source; which officer answers for it is the office's affair."""
    return one if one.reported is None else replace(one, reported=replace(one.reported, officer=""))


@router.get("/m")
async def movement_page(request: Request, by: str = "") -> Response:
    """The province; `by` is the measured indicator the tiles show, or "people"."""
    services = entrants_of(request)
    by = by[:48]

    async def make() -> Mapping[str, Any]:
        words = Wording(language_of(request))
        known = await _published(services)
        own, gone = known.own, known.screen.province
        measured = dashboard_public.of_province(known)
        keys = {one.indicator.key: one.indicator for one in measured}
        chosen = keys.get(by) or keys.get(dashboards.default_indicator(measured))
        ranked = []
        if chosen is not None:
            async with services.db.read() as reader:
                ranked = await dashboard_public.in_communes(reader, known, chosen.key)
        link = Links(words.lang, request.url.path, {})

        def href(code: str) -> str:
            return link.to(f"/m/{code}")

        by_people = by == PEOPLE or chosen is None
        if by_people:
            counts = {code: known.counts(code) for code in known.at}
            tiles = views.tiles_of_people(words, counts, href, known.screen.communes_without(cells.EVERYTHING))
        else:
            tiles = views.tiles_of_indicator(words, ranked, href, exact=False)
        caption = "" if chosen is None else chosen.wording(words.lang)
        total = None if cells.EVERYTHING in gone else own.total
        # Only the province tells how many had names: of a commune it may be a few.
        exact = not (small(own.total.people) or small(own.total.anonymous))
        told = [_by_nobody(one) for one in own.reported if one.reported is not None]
        return {
            "own": own,
            "empty": not own.total.visits,
            "headline": blocks.headline(words, total, exact=exact),
            "key": blocks.bar_key(words),
            "measured": blocks.target_rows(words, [one for one in measured if one.target is not None], exact=False),
            "aimed": any(one.target is not None for one in measured),
            "reported": blocks.target_rows(words, told),
            "any_reported": bool(told),
            "tiles": tiles,
            "chosen": None if by_people else chosen,
            "choices": [
                (one.indicator.key, one.indicator.wording(words.lang))
                for one in measured
                if one.target is not None or one.indicator is chosen
            ],
            "ranking": views.ranking_of(words, caption, ranked, href, exact=False) if chosen is not None else "",
            "trend": blocks.trend_of(words, own.steps, known.trend),
            "groups": views.table_of(words, words.t("dash.groups"), own, views.group_facets(), hidden=gone),
            "skills": views.table_of(
                words,
                words.t("dash.skills"),
                own,
                views.skill_facets(),
                hidden=gone,
                note=words.t("dash.skills_note"),
            ),
            "ages": views.table_of(words, words.t("dash.ages"), own, views.age_facets(), hidden=gone),
        }

    return await page(request, "movement.html", make, query={"by": by})


@router.get("/m/{code}")
async def commune_page(request: Request, code: str) -> Response:
    """One commune."""
    services = entrants_of(request)

    async def make() -> Mapping[str, Any]:
        name = views.commune_names().get(code)
        if name is None:
            raise NotFound("commune_unknown")
        words = Wording(language_of(request))
        known = await _published(services)
        async with services.db.read() as reader:
            measured = await dashboard_public.of_commune(reader, known, code)
        # The very numbers that were read when it was decided what is hidden.
        own = replace(known.own, place=cells.commune(code), facets=known.at.get(code, {}), standings=measured)
        hidden = known.screen.by_commune.get(code, frozenset())
        total = None if cells.EVERYTHING in hidden else own.total
        return {
            "own": own,
            "name": name,
            "empty": not own.total.visits,
            "headline": blocks.headline(words, total, exact=False),
            "key": blocks.bar_key(words),
            "measured": blocks.target_rows(words, [one for one in measured if one.target is not None], exact=False),
            "aimed": any(one.target is not None for one in measured),
            "groups": views.table_of(words, words.t("dash.groups"), own, views.group_facets(), hidden=hidden),
            "skills": views.table_of(
                words,
                words.t("dash.skills"),
                own,
                views.skill_facets(),
                hidden=hidden,
                note=words.t("dash.skills_note"),
            ),
            "any_hidden": bool(hidden),
        }

    return await page(request, "movement_commune.html", make)
