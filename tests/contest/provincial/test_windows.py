"""Local days, weeks and working days; windows and scopes of a contest; when its counts are secret."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from contest.provincial.local_time import (
    DAY_MS,
    TIMEZONE,
    day_bounds,
    iso_week,
    local_day,
    week_bounds,
    working_days_after,
)
from contest.provincial.rules import ContestRules
from contest.provincial.templates import instantiate
from contest.provincial.windows import (
    counts_hidden,
    next_round,
    phase,
    prediction_scopes,
    ranking_keys,
    round_at,
    scope_of,
    settled_at,
    window_of,
    windows_of,
)
from tests.contest.provincial.crowds import rules


def at(text: str) -> int:
    """Local time "2026-11-23 07:00" in UTC milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=TIMEZONE).timestamp() * 1000)


def test_days_and_weeks_are_those_of_a_calendar_in_viet_nam() -> None:
    rng = random.Random(7)
    for _ in range(500):
        ms = rng.randrange(0, 4_000_000_000_000)
        local = datetime(1970, 1, 1, tzinfo=UTC).astimezone(TIMEZONE) + timedelta(milliseconds=ms)
        year, week, _ = local.isocalendar()
        assert local_day(ms) == local.date().isoformat()
        assert iso_week(ms) == f"{year:04d}-W{week:02d}"
        first, after = day_bounds(local_day(ms))
        assert first <= ms < after == first + DAY_MS
        monday, next_monday = week_bounds(iso_week(ms))
        assert monday <= ms < next_monday
    assert local_day(at("2026-11-23 00:00")) == "2026-11-23"
    assert local_day(at("2026-11-23 00:00") - 1) == "2026-11-22"
    assert iso_week(at("2027-01-01 08:00")) == "2026-W53"


def test_working_days_skip_the_weekend_and_end_at_midnight() -> None:
    friday = at("2026-11-20 15:30")
    assert working_days_after(friday, 0) == friday
    assert working_days_after(friday, 1) == at("2026-11-24 00:00")
    assert working_days_after(at("2026-11-21 09:00"), 5) == at("2026-11-28 00:00")


def test_weeks_hold_the_rounds_that_fall_into_them() -> None:
    dak_lak = instantiate("dak_lak_2025", "2026-11-24")
    first, second = windows_of(dak_lak)
    assert (first.key, second.key) == ("2026-W48", "2026-W49")
    assert (first.opens_at, first.closes_at) == (at("2026-11-24 00:00"), at("2026-11-28 00:00"))
    across = rules(
        ranking={"window": "week", "overall": "best"},
        rounds=[
            {
                "key": "a",
                "name": "A",
                "opens_at": at("2026-11-28 08:00"),
                "closes_at": at("2026-12-08 00:00"),
            }
        ],
    )
    weeks = windows_of(across)
    assert [one.key for one in weeks] == ["2026-W48", "2026-W49", "2026-W50"]
    assert [one.opens_at for one in weeks] == [at("2026-11-28 08:00"), at("2026-11-30 00:00"), at("2026-12-07 00:00")]
    assert weeks[0].closes_at == weeks[1].opens_at
    assert window_of(across, "a", at("2026-11-30 00:00") - 1) == "2026-W48"
    assert ranking_keys(across)[-1] == "overall"


@pytest.mark.parametrize("kind", ["round", "week", "contest"])
@pytest.mark.parametrize("scope", ["round", "window", "contest"])
def test_every_start_belongs_to_a_window_and_a_scope_that_hold_it(kind: str, scope: str) -> None:
    wanted = rules(ranking={"window": kind}, prediction={"scope": scope})
    rng = random.Random(kind + scope)
    windows = {one.key: one for one in windows_of(wanted)}
    scopes = {one.key: one for one in prediction_scopes(wanted)}
    for _ in range(50):
        one = rng.choice(wanted.rounds)
        started = rng.randrange(one.opens_at, one.closes_at)
        window = windows[window_of(wanted, one.key, started)]
        held = scopes[scope_of(wanted, one.key, started)]
        assert window.opens_at <= started < window.closes_at
        assert held.opens_at <= started < held.closes_at


def test_the_phase_follows_the_rounds() -> None:
    wanted = rules()
    first, second = wanted.rounds[:2]
    end = wanted.rounds[-1].closes_at
    seen = [
        (phase(wanted, now), None if (one := round_at(wanted, now)) is None else one.key)
        for now in (
            first.opens_at - 1,
            first.opens_at,
            first.closes_at - 1,
            first.closes_at,
            end,
        )
    ]
    assert seen == [("before", None), ("open", "dot-1"), ("open", "dot-1"), ("between", None), ("over", None)]
    assert next_round(wanted, first.opens_at) == second


def _hidden(wanted: ContestRules, *moments: int) -> list[bool]:
    return [counts_hidden(wanted, moment) for moment in moments]


def test_counts_are_secret_until_the_last_attempt_of_a_scope_is_in() -> None:
    whole = rules(prediction={"scope": "contest"})
    each = rules(prediction={"scope": "round"})
    first, second = whole.rounds[:2]
    end = whole.rounds[-1].closes_at
    settled = settled_at(each, prediction_scopes(each)[0])
    assert settled == first.closes_at + 605_000
    moments = (first.opens_at - 1, first.opens_at, settled - 1, settled, second.opens_at, end + 604_999, end + 605_000)
    assert _hidden(whole, *moments) == [True, True, True, True, True, True, False]
    assert _hidden(each, *moments) == [True, True, True, False, True, True, False]
    assert _hidden(rules(prediction=None, ranking={"chain": ["score"]}), *moments) == [False] * 7
