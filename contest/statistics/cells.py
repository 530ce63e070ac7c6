"""The names of the cells that facts are counted in: a period, a place and a facet.

Every number that a dashboard, a report or an export shows is one cell. Never counts.
"""

from datetime import date

from contest.skills import Skill
from contest.statistics.facts import FactKind

ALL_TIME = "all"
PROVINCE = "p"
NO_COMMUNE = "c:-"
"""Facts that name no commune: so that the communes add up to the province."""
EVERYTHING = "all"


def day(iso_day: str) -> str:
    """One local day, "2026-09-20"."""
    return f"d:{iso_day}"


def week(iso_day: str) -> str:
    """The ISO week, Monday to Sunday, in which the day lies."""
    year, number, _ = date.fromisoformat(iso_day).isocalendar()
    return f"w:{year:04d}-W{number:02d}"


def campaign(campaign_id: int) -> str:
    """The days of a campaign."""
    return f"c:{campaign_id}"


def commune(code: str | None) -> str:
    """A commune or ward; None: facts that name none."""
    return NO_COMMUNE if code is None else f"c:{code}"


def village(village_id: int) -> str:
    """A village of a commune."""
    return f"v:{village_id}"


def festival(festival_id: int) -> str:
    """Everything at one festival, wherever people come from."""
    return f"f:{festival_id}"


def team(team_id: int) -> str:
    """What one community digital technology team did."""
    return f"t:{team_id}"


def kind(value: FactKind) -> str:
    return f"kind:{value}"


def group(value: str | None) -> str:
    """A target group; None: unknown."""
    return f"group:{value or '-'}"


def age(value: str | None) -> str:
    """An age band; None: unknown."""
    return f"age:{value or '-'}"


def skill(value: Skill) -> str:
    """A basic skill; a fact of two skills counts in both."""
    return f"skill:{value}"


def indicator(key: str) -> str:
    """The facts that a measured indicator counts."""
    return f"ind:{key}"
