"""A report as tables in one language: the same for the page, the workbook, the CSV and the printed form.

Never reckons: every number is the document's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from admin.export_tables import Column, Kind, Table
from contest.skills import Skill
from realtime.entrants.wording import Wording
from realtime.figures import blocks, views

Defined = Sequence[tuple[str, Kind, float]]
_COUNTED: Defined = (
    ("people", Kind.WHOLE, 11),
    ("anonymous", Kind.WHOLE, 11),
    ("visits", Kind.WHOLE, 11),
    ("ever_people", Kind.WHOLE, 12),
    ("ever_anonymous", Kind.WHOLE, 12),
    ("ever_visits", Kind.WHOLE, 12),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One table of the report; `rows` are raw values in the order of the columns."""

    key: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def table(self) -> Table:
        """For the writers of files."""
        return Table(self.key, self.title, self.columns, lambda: self.rows, fixed=1)


def parts(words: Wording, document: Mapping[str, Any]) -> list[Part]:
    """Every table of the report, in the order of the printed form."""
    made = [
        _part(words, "totals", (("what", Kind.TEXT, 40), *_COUNTED[:3]), _totals(words, document)),
        _part(words, "measured", _INDICATORS, _indicators(words, document, measured=True)),
        _part(words, "reported", _REPORTED, _indicators(words, document, measured=False)),
        _part(words, "skills", (("name", Kind.TEXT, 40), *_COUNTED), _facets(words, document, _skills())),
        _part(words, "groups", (("name", Kind.TEXT, 40), *_COUNTED), _facets(words, document, views.group_facets())),
        _part(words, "ages", (("name", Kind.TEXT, 40), *_COUNTED), _facets(words, document, views.age_facets())),
        _part(words, "kinds", (("name", Kind.TEXT, 40), *_COUNTED), _facets(words, document, views.kind_facets())),
        _part(words, "held", _HELD, _held(document)),
        _part(words, "communes", _COMMUNES, _communes(words, document)),
    ]
    return [one for one in made if one.rows]


_INDICATORS: Defined = (
    ("indicator", Kind.WRAPPED, 52),
    ("period_count", Kind.WHOLE, 11),
    ("count", Kind.WHOLE, 11),
    ("of_heads", Kind.WHOLE, 11),
    ("of", Kind.WHOLE, 12),
    ("rate", Kind.SHARE, 9),
    ("target", Kind.TEXT, 12),
    ("deadline", Kind.TEXT, 12),
    ("due", Kind.SHARE, 10),
    ("status", Kind.TEXT, 18),
)
_REPORTED: Defined = (
    *(one for one in _INDICATORS if one[0] not in ("period_count", "of_heads", "due")),
    ("source", Kind.WRAPPED, 30),
    ("as_of_day", Kind.TEXT, 12),
    ("officer", Kind.TEXT, 22),
)
_HELD: Defined = (
    ("festival", Kind.WRAPPED, 44),
    ("commune", Kind.TEXT, 24),
    ("first_day", Kind.TEXT, 12),
    ("last_day", Kind.TEXT, 12),
    ("people", Kind.WHOLE, 11),
    ("anonymous", Kind.WHOLE, 11),
    ("visits", Kind.WHOLE, 11),
)
_COMMUNES: Defined = (
    ("commune", Kind.TEXT, 26),
    *_COUNTED,
    ("chosen_count", Kind.WHOLE, 13),
    ("of_heads", Kind.WHOLE, 11),
    ("of", Kind.WHOLE, 12),
    ("rate", Kind.SHARE, 9),
    ("target", Kind.TEXT, 12),
    ("status", Kind.TEXT, 18),
)


_NOTED = frozenset({"totals", "measured", "reported", "skills", "communes"})


def _skills() -> list[str]:
    return [f"skill:{one}" for one in Skill]


def _part(words: Wording, key: str, defined: Defined, rows: Iterable[tuple[Any, ...]]) -> Part:
    columns = tuple(Column(name, words.t(f"report.column.{name}"), kind, width) for name, kind, width in defined)
    return Part(
        key, words.t(f"report.part.{key}"), words.t(f"report.note.{key}") if key in _NOTED else "", columns, tuple(rows)
    )


def _totals(words: Wording, document: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
    for name, counts in document["totals"].items():
        if counts is not None:
            campaign = (document["campaign"] or {}).get("name", "")
            said = words.t(f"report.total.{name}", campaign=campaign, period=period_name(words, document))
            yield said, *_people(counts)


def period_name(words: Wording, document: Mapping[str, Any]) -> str:
    """The day or the week that the report is about."""
    period = document["period"]
    if document["kind"] == "daily":
        return words.t("report.day", day=words.day(period["first_day"]))
    return words.t("report.week", first=words.day(period["first_day"]), last=words.day(period["last_day"]))


def _people(counts: Mapping[str, int]) -> tuple[int, int, int]:
    """People as the dashboards count them, how many of them had no names, and visits."""
    return counts["people"] + counts["anonymous"], counts["anonymous"], counts["visits"]


def _counted(line: Mapping[str, Any]) -> tuple[int, ...]:
    return *_people(line["period"]), *_people(line["ever"])


def _facets(words: Wording, document: Mapping[str, Any], wanted: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    by_facet = {line["facet"]: line for line in document["facets"]}
    for facet in wanted:
        line = by_facet.get(facet)
        if line is not None:
            yield views.facet_name(words, facet), *_counted(line)
        elif facet.startswith("skill:"):
            yield views.facet_name(words, facet), 0, 0, 0, 0, 0, 0


def _goal(words: Wording, line: Mapping[str, Any]) -> str:
    if line["target"] is None:
        return ""
    if line["is_rate"]:
        return blocks.goal_rate(words, line["target"])
    return words.number(line["target"])


def _day(words: Wording, iso: str | None) -> str:
    return words.day(iso) if iso else ""


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def _indicators(words: Wording, document: Mapping[str, Any], *, measured: bool) -> Iterable[tuple[Any, ...]]:
    for line in document["indicators"]:
        if line["measured"] is not measured:
            continue
        status = words.t(f"dash.status.{line['status']}")
        count = line["count"]
        common = (
            line["denominator"],
            _share(line["rate"]),
            _goal(words, line),
            _day(words, line["deadline_day"]),
        )
        if measured:
            counts = line["period"]
            visits = line["unit"] == "visits"
            here = counts["visits"] if visits else counts["people"] + counts["anonymous"]
            yield line[words.lang], here, count, line.get("heads"), *common, _share(line["expected_rate"]), status
        else:
            told = line.get("reported") or {}
            source = told.get("source") or ""
            if told.get("communes"):
                source = words.t("report.summed", communes=told["communes"])
            officer = told.get("officer") or ""
            yield line[words.lang], count, *common, status, source, _day(words, told.get("day")), officer


def _held(document: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
    for line in document["held"]:
        days = ("/".join(reversed(line[name].split("-"))) for name in ("first_day", "last_day"))
        yield line["title"], line["name"], *days, *_people(line["counts"])


def _communes(words: Wording, document: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
    for line in document["communes"]:
        chosen = line.get("chosen")
        if line["code"] == "-" and not line["ever"]["visits"]:
            continue
        told: tuple[Any, ...] = (None, None, None, None, "", "")
        if chosen is not None:
            told = (
                chosen["count"],
                chosen.get("heads"),
                chosen["denominator"],
                _share(chosen["rate"]),
                _goal(words, chosen),
                words.t(f"dash.status.{chosen['status']}"),
            )
        yield line["name"] or words.t("dash.no_commune"), *_counted(line), *told


def shown(words: Wording, kind: Kind, value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return "–"
    if kind is Kind.WHOLE:
        return words.number(value)
    if kind is Kind.SHARE:
        return blocks.percent(words, value * 100)
    return str(value)


def summary(words: Wording, document: Mapping[str, Any]) -> list[str]:
    """The report in a few sentences, as provinces write it: counts and rates together."""
    totals = document["totals"]
    now, ever = totals["period"], totals["ever"]
    lines = [
        words.t(
            "report.sentence.total",
            period=period_name(words, document),
            people=words.number(now["people"] + now["anonymous"]),
            visits=words.number(now["visits"]),
            ever_people=words.number(ever["people"] + ever["anonymous"]),
            ever_visits=words.number(ever["visits"]),
        )
    ]
    if ever["anonymous"]:
        lines.append(
            words.t(
                "report.sentence.heads",
                heads=words.number(now["anonymous"]),
                ever_heads=words.number(ever["anonymous"]),
            )
        )
    if totals["campaign"] is not None:
        counts = totals["campaign"]
        lines.append(
            words.t(
                "report.sentence.campaign",
                name=document["campaign"]["name"],
                people=words.number(counts["people"] + counts["anonymous"]),
                visits=words.number(counts["visits"]),
            )
        )
    for line in document["indicators"]:
        if line["measured"] and line["rate"] is not None and line["target"] is not None:
            lines.append(
                words.t(
                    "report.sentence.indicator",
                    name=line[words.lang],
                    count=words.number(line["count"]),
                    of=words.number(line["denominator"]),
                    rate=shown(words, Kind.SHARE, line["rate"] / 100),
                    goal=_goal(words, line) or "–",
                    heads=words.t("report.sentence.of_heads", heads=words.number(line["heads"]))
                    if line.get("heads")
                    else "",
                )
            )
    lines.append(
        words.t(
            "report.sentence.held",
            communes=document["held_communes"],
            all=document["communes_all"],
            rate=shown(words, Kind.SHARE, document["held_communes"] / document["communes_all"]),
        )
    )
    return lines


def cells_of(words: Wording, part: Part) -> list[list[str]]:
    """The rows as text."""
    return [
        [shown(words, column.kind, value) for column, value in zip(part.columns, row, strict=True)] for row in part.rows
    ]
