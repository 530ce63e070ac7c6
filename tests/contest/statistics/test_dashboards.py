"""Dashboards and reports against SQL: the same on both databases; periods and next actions as rules."""

import asyncio
from dataclasses import dataclass

import pytest

from contest import units
from contest.database import Database
from contest.errors import Invalid
from contest.provincial.local_time import local_day
from contest.statistics import (
    cells,
    dashboard_actions,
    dashboard_communes,
    dashboard_festival,
    dashboard_period,
    dashboard_public,
    dashboards,
    report_desk,
    reports,
    standing,
)
from contest.statistics.dashboard_period import PeriodKind
from contest.statistics.progress import Progress, Status
from contest.statistics.reports import ReportKind
from contest.statistics.standing import IndicatorStanding, Reported
from contest.statistics.target_model import CountUnit, Indicator, Population, SourceKind, Target, Version
from tests.admin.movement.dashboard_facts import BMT, EA_KAO, festival, fill, plan

NOON = 1_790_226_000_000  # Thursday 24/9/2026, 12:00 in Viet Nam.
TODAY = "2026-09-24"


@dataclass(frozen=True)
class Days:
    id: int
    name: str
    first_day: str
    last_day: str


OLD, NOW = Days(1, "Cũ", "2026-01-01", "2026-03-01"), Days(2, "100 ngày", "2026-07-15", "2026-10-25")


@pytest.mark.parametrize(
    ("text", "cell", "first", "last"),
    [
        ("", "all", None, None),
        ("week", "w:2026-W39", "2026-09-21", "2026-09-27"),
        ("2026-W01", "w:2026-W01", "2025-12-29", "2026-01-04"),
        ("day", "d:2026-09-24", TODAY, TODAY),
        ("yesterday", "d:2026-09-23", "2026-09-23", "2026-09-23"),
        ("2024-02-29", "d:2024-02-29", "2024-02-29", "2024-02-29"),
        ("campaign", "c:2", "2026-07-15", "2026-10-25"),
        ("campaign:1", "c:1", "2026-01-01", "2026-03-01"),
    ],
)
def test_periods_are_read_from_addresses(text: str, cell: str, first: str | None, last: str | None) -> None:
    period = dashboard_period.parse(text, TODAY, [NOW, OLD])
    assert (period.cell, period.first_day, period.last_day) == (cell, first, last)
    assert dashboard_period.parse(period.query, TODAY, [NOW, OLD]) == period


ENDS_OF_TIME = ("0001-01-05", "0001-W01", "9999-W52", "9999-12-31")


@pytest.mark.parametrize(
    "text",
    ["soon", "2026-02-30", "2026-W60", "2025-W53", "campaign:9", "campaigns", "2026-9-1", "9" * 10, *ENDS_OF_TIME],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="period_unknown"):
        dashboard_period.parse(text, TODAY, [NOW, OLD])


def test_a_trend_has_days_or_weeks_and_ends_today() -> None:
    def steps(text: str) -> list[str]:
        return [one.cell for one in dashboard_period.steps(dashboard_period.parse(text, TODAY, [NOW, OLD]), TODAY)]

    assert steps("week") == [f"d:2026-09-{day}" for day in (21, 22, 23, 24)]
    assert len(steps("day")) == 14
    assert steps("all")[-1] == "w:2026-W39"
    assert len(steps("all")) == dashboard_period.WEEKS
    assert steps("campaign")[0] == "w:2026-W29"
    assert steps("campaign")[-1] == "w:2026-W39"


def test_reports_are_due_at_eleven() -> None:
    eleven = reports.cut_of(TODAY)
    assert reports.latest_due(ReportKind.DAILY, eleven) == TODAY
    assert reports.latest_due(ReportKind.DAILY, eleven - 1) == "2026-09-23"
    assert reports.latest_due(ReportKind.WEEKLY, eleven) == "2026-09-21"
    monday = reports.cut_of("2026-09-21")
    assert reports.latest_due(ReportKind.WEEKLY, monday) == "2026-09-21"
    assert reports.latest_due(ReportKind.WEEKLY, monday - 1) == "2026-09-14"
    assert reports.period_of(ReportKind.WEEKLY, "2026-09-21").cell == "w:2026-W38"
    assert reports.period_of(ReportKind.DAILY, TODAY).kind is PeriodKind.DAY


async def test_every_view_of_a_movement_agrees(db: Database) -> None:
    await plan(db, NOON, TODAY)
    held = await festival(db, NOON, TODAY)
    await fill(db, NOON, festival_id=held)
    assert local_day(NOON) == TODAY
    async with db.read() as reader:
        province = await dashboards.province(reader, "all", NOON)
        every = await standing.indicators_of_all(reader, TODAY)
        codes = [str(unit.code) for unit in units.shipped()]
        for one in province.own.standings:
            found = await dashboard_communes.in_every(reader, one.indicator, codes, TODAY)
            assert found == [
                line for code in codes for line in every[cells.commune(code)] if line.indicator == one.indicator
            ]
        commune = await dashboards.commune(reader, BMT, "day", NOON)
        now = await dashboard_festival.now(reader, held, NOON)
        shown = await dashboard_public.published(reader, NOON)
    assert province.own.total.visits == sum(one.visits for one in province.communes.values()) == 108
    assert province.chosen == "adults_reached"
    assert sum(one.visits for one in province.own.trend) == 108
    assert commune.own.total.people == 40
    assert now.of(cells.EVERYTHING).visits == 80
    assert now.today.people == 40
    assert shown.screen.hidden(EA_KAO)
    assert not shown.screen.hidden(BMT)
    actions = dashboard_actions.due(
        commune.own.standings,
        villages=[(one.name, counts.visits) for one, counts in commune.villages],
        teams=0,
        today=TODAY,
    )
    assert [one.code for one in actions] == ["no_denominator", "no_figure", "villages", "no_teams"]


async def test_two_workers_make_one_report(db: Database) -> None:
    await plan(db, NOON, TODAY)
    await fill(db, NOON)
    made = await asyncio.gather(report_desk.tend(db, NOON), report_desk.tend(db, NOON))
    assert sorted((one.kind.value, one.version) for found in made for one in found) == [("daily", 1), ("weekly", 1)]
    assert await report_desk.tend(db, NOON) == []
    again = await report_desk.make(db, ReportKind.DAILY, TODAY, actor="account:1", now_ms=NOON)
    assert again is not None
    assert again.version == 2
    async with db.read() as reader:
        _, first = await report_desk.load(reader, next(one.id for one in made[0] + made[1] if one.kind == "daily"))
        _, second = await report_desk.load(reader, again.id)
    assert first == second
    assert reports.digest(first) == reports.digest(second)


def test_what_is_behind_or_old_is_asked_for() -> None:
    version = Version(1, "system", 0)

    def one(key: str, progress: Progress, day: str | None = None) -> IndicatorStanding:
        kind = SourceKind.EXTERNAL if day else SourceKind.MEASURED
        indicator = Indicator(key, key, key, CountUnit.PERSONS, Population.ADULTS, kind, None, 1, False, version)
        target = Target(key, "c:24133", True, 6000, "2026-01-01", "2026-12-31", "", "", version)
        told = None if day is None else Reported(5, None, day, "Công an", "")
        return IndicatorStanding(indicator, "c:24133", progress, target, reported=told)

    found = dashboard_actions.due(
        [
            one("slow", Progress(Status.BEHIND, count=1, needed_per_day=3.6, days_left=9)),
            one("missed", Progress(Status.LATE)),
            one("fine", Progress(Status.REACHED)),
            one("stale", Progress(Status.AHEAD), "2026-08-24"),
            one("fresh", Progress(Status.AHEAD), "2026-08-25"),
        ],
        villages=[(f"Buôn {n}", 0) for n in range(8)] + [("Buôn có", 4)],
        teams=2,
        today=TODAY,
    )
    assert [(action.code, [one.key for one in action.indicators]) for action in found] == [
        ("behind", ["slow"]),
        ("late", ["missed"]),
        ("old_figure", ["stale"]),
        ("villages", []),
    ]
    assert found[0].numbers == {"pace": 4, "days": 9}
    assert (len(found[3].names), found[3].more, found[3].numbers) == (6, 2, {"count": 8})
