"""The parts of a dashboard from what was read: which facets make a table, what a tile says, what links where.

Never reads SQL. Links are given as functions, so that the organiser's and the public pages use the same parts.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache

from markupsafe import Markup

from contest import units
from contest.skills import Skill
from contest.statistics import cells, dashboard_communes
from contest.statistics.contributions import Counts
from contest.statistics.dashboards import Place
from contest.statistics.facts import AGE_BANDS, COUNTED
from contest.statistics.standing import IndicatorStanding
from contest.statistics.target_model import commune_of
from realtime.entrants.wording import Wording
from realtime.figures import blocks, ranking, tiles
from realtime.figures.blocks import Share
from realtime.figures.tiles import Tile

GROUPS = ("pupil_student", "citizen", "official", "enterprise_worker")
Href = Callable[[str], str]


def group_facets() -> list[str]:
    """The facets of the table of groups; they add up to everything."""
    return [cells.group(one) for one in (*GROUPS, None)]


def skill_facets() -> list[str]:
    """The facets of the table of skills; they do not add up."""
    return [cells.skill(one) for one in Skill]


def age_facets() -> list[str]:
    """The facets of the table of ages; they add up to everything."""
    return [cells.age(one) for one in (*AGE_BANDS, None)]


def kind_facets() -> list[str]:
    """The facets of the table of ways to take part."""
    return [cells.kind(one) for one in COUNTED]


def facet_name(words: Wording, facet: str) -> str:
    """What a facet is called."""
    part, _, value = facet.partition(":")
    if value == "-":
        return words.t("dash.unknown")
    if part == "group":
        return words.t(f"group.{value}")
    if part == "skill":
        return words.t(f"skill.{value}")
    return words.t(f"dash.{part}.{value}") if value else words.t("dash.cells.all")


def sparks() -> list[str]:
    """The facets whose last weeks are drawn."""
    return [*group_facets(), *skill_facets(), *age_facets()]


def table_of(
    words: Wording,
    title: str,
    place: Place,
    facets: Sequence[str],
    *,
    hidden: Collection[str] = (),
    note: str = "",
    whole: bool = True,
) -> Markup:
    """A table of some facets; `whole`: also those with nothing, except the unknown."""
    shown = []
    for facet in facets:
        counts = place.of(facet)
        if counts.visits or (whole and not facet.endswith(":-")):
            weeks = () if hidden else place.weeks.get(facet, ())
            shown.append(Share(facet_name(words, facet), None if facet in hidden else counts, weeks))
    return blocks.shares(words, title, shown, note=note)


@cache
def parts_of_province() -> tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]:
    """The communes by old province, each (code, short name, full name) in Vietnamese order."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for unit in units.shipped():
        found.setdefault(unit.old_province, []).append((str(unit.code), unit.short_name, unit.name))
    return tuple((name, tuple(listed)) for name, listed in sorted(found.items(), key=lambda one: -len(one[1])))


@cache
def commune_names() -> Mapping[str, str]:
    """The full names by code, in Vietnamese order."""
    return {str(unit.code): unit.name for unit in units.shipped()}


def tiles_of_indicator(words: Wording, found: Iterable[IndicatorStanding], href: Href, *, exact: bool = True) -> Markup:
    """The province by one indicator: how far each commune is on the way to its goal; those left out are hidden."""
    by_code = {commune_of(one.place): one for one in found}
    return _grid(words, lambda code: _told(words, by_code.get(code), exact), href, goal=True)


def _told(words: Wording, one: IndicatorStanding | None, exact: bool) -> tuple[str, str, int]:
    if one is None:
        return words.t("dash.hidden_short"), words.t("dash.hidden_short"), tiles.HATCHED
    progress = one.progress
    done = None if progress.of_goal is None else progress.of_goal / 100
    value = blocks.percent(words, progress.rate, 0 if (progress.rate or 0) >= 10 else 1)
    if progress.rate is None:
        value = "–" if progress.count is None else words.number(progress.count)
        if progress.count == 0:
            done = 0
    state = words.t(f"dash.status.{progress.status}")
    doubt = blocks.doubtful(words, one, exact=exact)
    said = ", ".join(part for part in (blocks.reached(words, one), state, doubt) if part)
    return value, said, tiles.step_of(done)


def tiles_of_people(words: Wording, counts: Mapping[str, Counts], href: Href, hidden: Collection[str] = ()) -> Markup:
    """The province by how many took part: each commune against the one with the most."""
    most = max((blocks.heads(one) for code, one in counts.items() if code != "-" and code not in hidden), default=0)

    def told(code: str) -> tuple[str, str, int]:
        if code in hidden:
            return words.t("dash.hidden_short"), words.t("dash.hidden_short"), tiles.HATCHED
        people = blocks.heads(counts.get(code, Counts()))
        said = f"{words.number(people)} {words.t('dash.unit.persons')}"
        return words.number(people), said, tiles.step_of(people / most if most else 0)

    return _grid(words, told, href, goal=False)


def _grid(words: Wording, told: Callable[[str], tuple[str, str, int]], href: Href, *, goal: bool) -> Markup:
    parts = []
    for name, listed in parts_of_province():
        made = []
        for code, short, full in listed:
            value, said, step = told(code)
            spoken = words.t("dash.tiles.spoken", name=full, said=said)
            made.append(Tile(short, value, spoken, step, href(code)))
        parts.append((words.t("dash.tiles.part", name=name), made))
    return blocks.tile_grid(words, parts, goal=goal)


def ranking_of(
    words: Wording, caption: str, found: Iterable[IndicatorStanding], href: Href, *, exact: bool = True
) -> Markup:
    """The ranking of the communes by one indicator."""
    rows, apart = dashboard_communes.ranking(found)
    names = commune_names()
    return ranking.ranking(words, caption, rows, apart, names, {code: href(code) for code in names}, exact=exact)
