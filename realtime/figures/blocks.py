"""Parts of dashboards, put together from figures and words: headline, targets, tiles, trend, shares.

Every chart has its numbers as text or as a table behind it. A count that is None is hidden from the public; nothing is
reckoned here but what a chart needs to be drawn.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from contest.statistics import standing
from contest.statistics.contributions import Counts
from contest.statistics.dashboard_period import Step
from contest.statistics.progress import Progress, Status
from contest.statistics.standing import IndicatorStanding
from contest.statistics.target_model import CountUnit
from realtime.entrants.wording import Wording
from realtime.figures import bars, svg, tiles, trend
from realtime.figures.svg import element, joined
from realtime.figures.tiles import Tile

_FULL = 100.0
MARKS: Mapping[Status, str] = {
    Status.REACHED: "✓",
    Status.AHEAD: "▲",
    Status.ON_TRACK: "●",
    Status.BEHIND: "▼",
    Status.LATE: "✗",
    Status.NO_DATA: "–",
    Status.NO_DENOMINATOR: "–",
    Status.NO_TARGET: "",
}
"""Beside the word for a status, for eyes that only skim."""


@dataclass(frozen=True, slots=True)
class Share:
    """One group, skill or age: its name, its counts (None: hidden), and the visits of the last weeks."""

    name: str
    counts: Counts | None
    weeks: tuple[int, ...] = ()


def heads(counts: Counts) -> int:
    """People known and heads counted without names; the latter may be the same people twice."""
    return counts.people + counts.anonymous


def percent(words: Wording, value: float | None, digits: int = 1) -> str:
    """62,5 %; 0,04 % for what would look like nothing; a dash for what is not known."""
    if value is None:
        return "–"
    if 0 < value < 1:
        digits = 2
    shown = f"{value:.{digits}f}"
    return f"{shown if words.lang == 'en' else shown.replace('.', ',')} %"


def goal_rate(words: Wording, value_bp: int) -> str:
    """62,25 % of 6225, as it was set: 60 % of 6000."""
    digits = 0 if value_bp % 100 == 0 else 1 if value_bp % 10 == 0 else 2
    shown = f"{value_bp / 100:.{digits}f}"
    return f"{shown if words.lang == 'en' else shown.replace('.', ',')} %"


def counted(words: Wording, counts: Counts | None) -> str:
    """The people of a cell as text, or that they are hidden."""
    return words.t("dash.hidden_short") if counts is None else words.number(heads(counts))


def visited(words: Wording, counts: Counts | None) -> str:
    """The visits of a cell as text, or that they are hidden."""
    return words.t("dash.hidden_short") if counts is None else words.number(counts.visits)


def headline(words: Wording, counts: Counts | None, *, exact: bool = True) -> Markup:
    """People and visits, large, and what the words mean in one sentence. Not `exact`: how many of the people had no
    names is not told, for the others may be few."""
    note = ""
    if counts is not None and counts.anonymous and not exact:
        note = words.t("dash.with_some_heads")
    elif counts is not None and counts.anonymous:
        note = words.t("dash.people_of", known=words.number(counts.people), heads=words.number(counts.anonymous))
    facts = (
        _fact(words.t("dash.people"), counted(words, counts), note),
        _fact(words.t("dash.visits"), visited(words, counts), ""),
    )
    return element("dl", *facts, class_="facts headline") + element("p", words.t("dash.definition"), class_="hint soft")


def _fact(name: str, value: str, note: str) -> Markup:
    small = element("small", note) if note else ""
    return element("div", element("dt", name), element("dd", value, small))


def bar_key(words: Wording) -> Markup:
    """What the bar, the flag and the dashes mean."""
    samples = (
        ("done", element("rect", class_="done", x=0, y=6, width=30, height=14, rx=3)),
        (
            "goal",
            element("line", class_="goal", x1=10, x2=10, y1=0, y2=24)
            + element("path", class_="goal-flag", d="M10 0h9l-3 3.5 3 3.5h-9z"),
        ),
        ("due", element("line", class_="due", x1=14, x2=14, y1=2, y2=24)),
    )
    items = (
        element(
            "li",
            element("svg", drawn, class_="fig", width="30", height="24", aria_hidden="true", focusable="false"),
            element("span", words.t(f"dash.key.{name}")),
        )
        for name, drawn in samples
    )
    return element("ul", *items, class_="key")


def target_rows(words: Wording, found: Iterable[IndicatorStanding], *, exact: bool = True) -> Markup:
    """Each indicator: bar, count and rate together, goal, and where it should be today; `exact` as in `doubtful`."""
    return element("ul", *(_target(words, one, exact) for one in found), class_="targets")


def _target(words: Wording, one: IndicatorStanding, exact: bool) -> Markup:
    name = one.indicator.wording(words.lang)
    said = reached(words, one)
    goal, due = aim(words, one), due_today(words, one.progress)
    lines: list[Markup] = []
    if goal:
        lines.append(element("small", "; ".join(part for part in (goal, due) if part)))
    if one.reported is not None:
        lines.append(element("small", source(words, one)))
    if doubt := doubtful(words, one, exact=exact):
        lines.append(element("small", doubt))
    bar: Markup | str = ""
    drawn = scale(one.progress)
    if drawn is not None:
        done, mark, line, full = drawn
        desc = ". ".join(part for part in (said, goal, due, doubt) if part)
        bar = bars.target_bar(name, desc, done=done, goal=mark, due=line, full=full)
    state = words.t(f"dash.status.{one.progress.status}")
    return element(
        "li",
        element("h3", name),
        element(
            "p",
            element("b", said),
            element("span", f"{MARKS[one.progress.status]} {state}", class_=f"status status-{one.progress.status}"),
            class_="reached",
        ),
        bar,
        *lines,
    )


def scale(progress: Progress) -> tuple[float, float | None, float | None, float] | None:
    """Where the bar ends, the goal, today's place, and the right end; None when there is nothing to draw."""
    if progress.rate is not None:
        return progress.rate, progress.goal_rate, progress.expected_rate, _FULL
    if progress.count is not None and progress.goal:
        full = max(progress.goal * 1.1, float(progress.count))
        return float(progress.count), float(progress.goal), float(progress.expected or 0), full
    return None


def reached(words: Wording, one: IndicatorStanding) -> str:
    """Count, denominator and rate in one breath: 1.234 / 2.000 người · 61,7 %."""
    progress = one.progress
    if progress.count is None and progress.rate is None:
        return words.t("dash.nothing_reported")
    parts = []
    if progress.count is not None:
        about = words.t("dash.about") if progress.implied else ""
        of = f" / {words.number(one.denominator.value)}" if one.denominator is not None else ""
        parts.append(f"{about}{words.number(progress.count)}{of} {unit(words, one.indicator.unit)}")
    if progress.rate is not None:
        parts.append(percent(words, progress.rate))
    return " · ".join(parts)


def doubtful(words: Wording, one: IndicatorStanding, *, exact: bool = True) -> str:
    """What a rate of people is to be read with: heads that may be the same people twice, and more than everybody.

    Not `exact`: only that there are such heads, for what is left without them may be a few people.
    """
    parts = []
    if heads_ := standing.heads_of(one):
        told = words.t("dash.with_heads", heads=words.number(heads_)) if exact else words.t("dash.with_some_heads")
        parts.append(told)
    if one.progress.rate is not None and one.progress.rate > _FULL and one.indicator.unit is not CountUnit.VISITS:
        parts.append(words.t("dash.over_full"))
    return " ".join(parts)


def aim(words: Wording, one: IndicatorStanding) -> str:
    """The goal and its deadline; "" without a target."""
    if one.target is None:
        return ""
    if one.target.is_rate:
        goal = goal_rate(words, one.target.value)
    else:
        goal = f"{words.number(one.target.value)} {unit(words, one.indicator.unit)}"
    return words.t("dash.goal", goal=goal, day=words.day(one.target.deadline_day))


def due_today(words: Wording, progress: Progress) -> str:
    """Where it should be today, and what is needed a day to get there; "" when there is nothing to say."""
    parts = []
    if progress.status not in (Status.REACHED, Status.LATE, Status.NO_TARGET):
        if progress.expected_rate is not None:
            parts.append(words.t("dash.due", due=percent(words, progress.expected_rate)))
        elif progress.expected is not None:
            parts.append(words.t("dash.due", due=words.number(progress.expected)))
        if progress.needed_per_day and progress.days_left is not None:
            pace = words.number(max(1, round(progress.needed_per_day)))
            parts.append(words.t("dash.pace", pace=pace, days=words.number(progress.days_left)))
    return "; ".join(parts)


def source(words: Wording, one: IndicatorStanding) -> str:
    """Where a reported figure comes from, of which day it is, and who answers for it."""
    found = one.reported
    if found is None:
        return ""
    key = "dash.reported" if found.communes is None else "dash.reported_sum"
    said = words.t(key, source=found.source, day=words.day(found.day), communes=found.communes or 0)
    return said + (words.t("dash.officer", officer=found.officer) if found.officer else "")


def unit(words: Wording, value: CountUnit) -> str:
    """What is counted: người, hộ, lượt, …"""
    return words.t(f"dash.unit.{value}")


def tile_grid(words: Wording, parts: Sequence[tuple[str, Sequence[Tile]]], *, goal: bool) -> Markup:
    """The tiles of each part under its name, and the legend. `goal`: steps are of the goal, else of the best."""
    found = [tile for _, found in parts for tile in found]
    steps = list(range(len(tiles.RAMP))) + ([tiles.HATCHED] if any(one.step == tiles.HATCHED for one in found) else [])
    key = "dash.step" if goal else "dash.step_most"
    none = words.t("dash.step.none")
    if any(one.value == words.t("dash.hidden_short") for one in found):
        none = words.t("dash.step.hidden")
    legend = tiles.legend([(step, none if step == tiles.HATCHED else words.t(f"{key}.{step}")) for step in steps])
    blocks = joined(element("h3", name, class_="tiles-name") + tiles.grid(name, part) for name, part in parts)
    return tiles.hatching() + legend + blocks


def trend_of(words: Wording, steps: Sequence[Step], counts: Sequence[Counts | None]) -> Markup:
    """Visits of each day or week, the sum so far, and the table behind them; hidden ones count nothing."""
    so_far = 0
    points = []
    for step, one in zip(steps, counts, strict=True):
        visits = 0 if one is None else one.visits
        so_far += visits
        points.append(trend.Point(short_day(step.first_day), visits, so_far, words.number(visits)))
    weekly = any(step.weekly for step in steps)
    title = words.t("dash.trend.weeks" if weekly else "dash.trend.days")
    total = words.number(so_far)
    span = "" if not points else f"{points[0].name} – {points[-1].name}"
    best = max(points, key=lambda one: one.value, default=None)
    desc = words.t("dash.trend.desc", span=span, most=best.shown if best else "0", day=best.name if best else "–")
    heads_ = [
        (words.t("dash.trend.week" if weekly else "dash.trend.day"), False),
        (words.t("dash.people"), True),
        (words.t("dash.visits"), True),
        (words.t("dash.trend.so_far"), True),
    ]
    rows = [
        (point.name, counted(words, one), visited(words, one), words.number(point.so_far))
        for point, one in zip(points, counts, strict=True)
    ]
    return joined(
        (
            element("h3", title),
            trend.bars(title, desc, points),
            element("h3", words.t("dash.trend.so_far")),
            trend.sums(words.t("dash.trend.so_far"), words.t("dash.trend.sum_desc", total=total), points, total),
            svg.behind(words.t("dash.as_table"), svg.table(title, heads_, rows)),
        )
    )


def short_day(iso: str) -> str:
    """5/9 of 2026-09-05."""
    return f"{int(iso[8:])}/{int(iso[5:7])}"


def shares(words: Wording, title: str, found: Sequence[Share], *, note: str = "") -> Markup:
    """Small multiples: one line each, its bar against the largest, and its last weeks as a row of bars."""
    most = max((one.counts.visits for one in found if one.counts is not None), default=0)
    sparks = any(sum(one.weeks) for one in found)
    rows = [
        (
            element("span", one.name)
            + (bars.share_bar(one.counts.visits, most) if one.counts is not None and most else ""),
            counted(words, one.counts),
            visited(words, one.counts),
            *((bars.spark(list(one.weeks)),) if sparks else ()),
        )
        for one in found
    ]
    # The caption says it; only who does not see the table needs it again.
    first = element("span", title, class_="visually-hidden")
    heads_: list[tuple[str | Markup, bool]] = [
        (first, False),
        (words.t("dash.people"), True),
        (words.t("dash.visits"), True),
    ]
    if sparks:
        heads_.append((words.t("dash.weeks", count=max(len(one.weeks) for one in found)), False))
    return svg.table(title, heads_, rows) + (element("p", note, class_="hint soft") if note else "")
