"""The daily report of 11:00 and the weekly one, composed as data: every number with what it is of.

A report says what had been recorded and counted when it was made: at 11:00 of its day, or at another time when
somebody asked or the worker was late, and it says so. The daily one is about the day before, which is over, the weekly
one (Mondays) about the week before; both have this morning's numbers and the sums since the beginning. What is recorded
afterwards for those days stands in later reports' sums. Pure: never reads a clock or
SQL; languages come when it is shown.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from contest.provincial.local_time import DAY_MS, at_local, local_date
from contest.statistics import dashboard_period, standing
from contest.statistics.contributions import Counts
from contest.statistics.dashboard_period import Period
from contest.statistics.standing import IndicatorStanding
from contest.statistics.target_model import commune_of

HOUR: Final = 11
"""The local hour of the cut, as provinces publish."""
FORMAT: Final = 1
LATE_MS: Final = 10 * 60_000
"""Made later than this after its cut, a report says so."""


class ReportKind(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Held:
    """A festival that has begun: where, when, and who came."""

    title: str
    commune: str | None
    first_day: str
    last_day: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything a report is made of. Facets and communes: in the period, and ever; communes by code, "-" for none."""

    kind: ReportKind
    day: str
    taken_at: int
    seq: int
    period: Period
    facets: Mapping[str, Counts]
    facets_ever: Mapping[str, Counts]
    campaign: Mapping[str, object] | None
    in_campaign: Counts | None
    this_morning: Counts
    communes: Mapping[str, Counts]
    communes_ever: Mapping[str, Counts]
    names: Mapping[str, str]
    standings: Sequence[IndicatorStanding]
    ranked: Sequence[IndicatorStanding]
    held: Sequence[Held]


def cut_of(day: str) -> int:
    """11:00 of the day."""
    return at_local(date.fromisoformat(day), HOUR)


def latest_due(kind: ReportKind, now_ms: int) -> str:
    """The day whose report ought to be there by now."""
    day = local_date(now_ms if at_local(local_date(now_ms), HOUR) <= now_ms else now_ms - DAY_MS).isoformat()
    return day if kind is ReportKind.DAILY else dashboard_period.monday(day)


def asked_for(kind: ReportKind, now_ms: int) -> str:
    """The day whose report somebody who asks now gets: of yesterday, or of last week."""
    day = local_date(now_ms).isoformat()
    return day if kind is ReportKind.DAILY else dashboard_period.monday(day)


def period_of(kind: ReportKind, day: str) -> Period:
    """What the report of that day is about: the day or the week before."""
    before = dashboard_period.day_before(day)
    return dashboard_period.of_day(before) if kind is ReportKind.DAILY else dashboard_period.of_week(before)


def compose(given: Gathered) -> dict[str, Any]:
    """The report as a JSON-able document, the same for the same numbers."""
    return {
        "format": FORMAT,
        "kind": given.kind.value,
        "day": given.day,
        "cut_at": cut_of(given.day),
        "taken_at": given.taken_at,
        "seq": given.seq,
        "period": dashboard_period.names(given.period),
        "campaign": None if given.campaign is None else dict(given.campaign),
        "totals": {
            "period": _counts(given.facets.get("all", Counts())),
            "this_morning": _counts(given.this_morning),
            "campaign": None if given.in_campaign is None else _counts(given.in_campaign),
            "ever": _counts(given.facets_ever.get("all", Counts())),
        },
        "facets": [
            {"facet": facet, "period": _counts(given.facets.get(facet, Counts())), "ever": _counts(counts)}
            for facet, counts in sorted(given.facets_ever.items())
        ],
        "indicators": [_indicator(one, given.facets) for one in given.standings],
        "communes": _communes(given),
        "chosen": given.ranked[0].indicator.key if given.ranked else None,
        "held": [
            {
                "title": one.title,
                "commune": one.commune,
                "name": given.names.get(one.commune or "", ""),
                "first_day": one.first_day,
                "last_day": one.last_day,
                "counts": _counts(one.counts),
            }
            for one in given.held
        ],
        "held_communes": len({one.commune for one in given.held if one.commune}),
        "communes_all": len(given.names),
    }


def digest(document: Mapping[str, Any]) -> str:
    """A fingerprint of the document, so that a changed one shows."""
    plain = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def timing(document: Mapping[str, Any]) -> str:
    """Whether it was made at its cut ("as_of"), well after it ("late"), or before it, when somebody asked ("early")."""
    after = document["taken_at"] - document["cut_at"]
    return "late" if after > LATE_MS else "early" if after < 0 else "as_of"


def _counts(counts: Counts) -> dict[str, int]:
    return dict(counts._asdict())


def _communes(given: Gathered) -> list[dict[str, Any]]:
    rated = {commune_of(one.place): one for one in given.ranked}
    found = []
    for code, name in [*given.names.items(), ("-", "")]:
        line: dict[str, Any] = {
            "code": code,
            "name": name,
            "period": _counts(given.communes.get(code, Counts())),
            "ever": _counts(given.communes_ever.get(code, Counts())),
        }
        one = rated.get(code)
        if one is not None:
            line["chosen"] = _progress(one)
        found.append(line)
    return found


def _indicator(one: IndicatorStanding, facets: Mapping[str, Counts]) -> dict[str, Any]:
    found = {
        "key": one.indicator.key,
        "vi": one.indicator.wording_vi,
        "en": one.indicator.wording_en,
        "measured": one.indicator.measured,
        "unit": one.indicator.unit.value,
        "population": one.indicator.population.value,
        **_progress(one),
    }
    if one.indicator.measured:
        found["period"] = _counts(facets.get(f"ind:{one.indicator.key}", Counts()))
    if one.reported is not None:
        found["reported"] = {
            "day": one.reported.day,
            "source": one.reported.source,
            "officer": one.reported.officer,
            "communes": one.reported.communes,
        }
    return found


def _progress(one: IndicatorStanding) -> dict[str, Any]:
    progress = one.progress
    return {
        "status": progress.status.value,
        "count": progress.count,
        "heads": standing.heads_of(one) if one.indicator.measured else None,
        "implied": progress.implied,
        "rate": progress.rate,
        "denominator": None if one.denominator is None else one.denominator.value,
        "denominator_day": None if one.denominator is None else one.denominator.as_of_day,
        "denominator_source": None if one.denominator is None else one.denominator.source,
        "is_rate": None if one.target is None else one.target.is_rate,
        "target": None if one.target is None else one.target.value,
        "goal": progress.goal,
        "goal_rate": progress.goal_rate,
        "expected_rate": progress.expected_rate,
        "deadline_day": None if one.target is None else one.target.deadline_day,
    }
