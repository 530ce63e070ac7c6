"""When something happened by a clock that cannot be trusted, and what a scan stands for."""

import pytest

from contest.festival.model import PhoneRole
from contest.festival.scans_model import CLOCK_FAR_MS, SLACK_MS, asserted, fact_source, kind_of, placed
from contest.provincial.local_time import day_bounds
from contest.skills import Skill
from contest.statistics.facts import FactKind

DAYS = (day_bounds("2026-10-09")[0], day_bounds("2026-10-10")[1])
PAIRED, HOUR = DAYS[0] - 20 * 3_600_000, 3_600_000
NOON = DAYS[0] + 12 * HOUR
YEARS = 20 * 365 * 24 * HOUR


@pytest.mark.parametrize(
    ("said", "offset", "received", "at", "in_days", "doubtful"),
    [
        # A clock that is right, and one that is three hours off all the time.
        (NOON, 0, NOON + HOUR, NOON, True, False),
        (NOON - 3 * HOUR, 3 * HOUR, NOON + HOUR, NOON, True, True),
        (NOON - CLOCK_FAR_MS, CLOCK_FAR_MS, NOON + HOUR, NOON, True, False),
        # It jumped in between: from the last century, or from tomorrow. The nearest moment of the festival.
        (NOON - YEARS, 0, NOON, DAYS[0], True, True),
        (NOON + 40 * HOUR, 0, NOON, NOON, True, True),
        (NOON + SLACK_MS, 0, NOON, NOON, True, False),
        # Merged after the festival; tried before it; used after it.
        (NOON, 0, DAYS[1] + 9 * HOUR, NOON, True, False),
        (DAYS[0] - HOUR, 0, DAYS[0] + HOUR, DAYS[0] - HOUR, False, False),
        (DAYS[1] + HOUR, 0, DAYS[1] + 2 * HOUR, DAYS[1] + HOUR, False, False),
        (DAYS[0] - YEARS, 0, DAYS[0] - HOUR, PAIRED, False, True),
        (NOON - YEARS, 0, DAYS[1] + HOUR, DAYS[0], True, True),
    ],
)
def test_moments(said: int, offset: int, received: int, at: int, in_days: bool, doubtful: bool) -> None:
    found = placed(said, offset_ms=offset, offline=True, paired_at=PAIRED, received_at=received, days=DAYS)
    assert (found.at, found.in_days, found.doubtful) == (at, in_days, doubtful)


def test_a_far_clock_matters_only_to_what_waited() -> None:
    found = placed(NOON, offset_ms=HOUR, offline=False, paired_at=PAIRED, received_at=NOON + HOUR, days=DAYS)
    assert not found.doubtful


def test_what_a_scan_stands_for() -> None:
    common = {"festival_id": 7, "guest_id": 3, "live_event_id": 5, "at": NOON}
    skills = (Skill.SHOPPING, Skill.PAYMENT, Skill.SHOPPING)
    assert [(one.kind, one.source) for one in asserted(FactKind.BOOTH, skills=skills, **common)] == [
        (FactKind.BOOTH, "5:3"),
        (FactKind.SKILL, "7:3:online_payment"),
        (FactKind.SKILL, "7:3:online_shopping"),
    ]
    (gate,) = asserted(FactKind.CHECKIN, skills=skills, **common)
    assert gate.source == "7:3:2026-10-09"
    (lesson,) = asserted(FactKind.TRAINING, skills=(), **common)
    assert lesson.source == "5:3"
    assert [fact_source("x", 1), fact_source("x", 3)] == ["x", "x#3"]
    assert kind_of(PhoneRole.GATE, None) is FactKind.CHECKIN
    assert kind_of(PhoneRole.BOOTH, None) is FactKind.SKILL
