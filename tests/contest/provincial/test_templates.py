"""The rule sets that come with the platform: all valid, all placed in time, none claiming more than its source."""

import pytest

from contest import data
from contest.errors import Invalid, NotFound
from contest.provincial.blueprints import PoolItem, shortages
from contest.provincial.local_time import day_bounds, local_datetime, local_day
from contest.provincial.rules import Criterion
from contest.provincial.templates import instantiate, templates
from contest.provincial.windows import windows_of

KEYS = [one.key for one in templates()]


@pytest.mark.parametrize("key", KEYS)
def test_every_rule_set_is_valid_and_begins_on_the_day_asked_for(key: str) -> None:
    rules = instantiate(key, "2026-11-23")
    assert local_day(rules.rounds[0].opens_at) == "2026-11-23"
    assert rules.prizes
    assert rules.title


def test_each_says_where_it_is_from_and_what_is_assumed_in_both_languages() -> None:
    assert len(set(KEYS)) == len(KEYS) >= 9
    for lang in ("vi", "en"):
        assert all(one.name and one.source and one.note for one in templates(lang))
    assert [one.note for one in templates("vi")] != [one.note for one in templates("en")]


def test_dak_lak_2025_stands_as_published() -> None:
    rules = instantiate("dak_lak_2025")
    days = [(local_day(one.opens_at), local_day(one.closes_at - 1)) for one in rules.rounds]
    assert days == [
        ("2025-09-16", "2025-09-17"),
        ("2025-09-18", "2025-09-19"),
        ("2025-09-23", "2025-09-24"),
        ("2025-09-25", "2025-09-26"),
    ]
    assert (rules.blueprint.questions, rules.time_limit_s, rules.quota.per_day) == (10, 600, 1)
    assert [window.key for window in windows_of(rules)] == ["2025-W38", "2025-W39"]


def test_what_other_sources_say_is_kept() -> None:
    quang_ninh = instantiate("quang_ninh_2023")
    first = quang_ninh.rounds[0]
    assert (local_datetime(first.opens_at).hour, local_datetime(first.closes_at).hour) == (10, 9)
    assert quang_ninh.ranking.chain == (Criterion.ALL_CORRECT, Criterion.PREDICTION_EXACT, Criterion.SUBMITTED)
    assert quang_ninh.ranking.complete_only
    thanh_khe = instantiate("thanh_khe_2026")
    assert [(one.count, one.value_vnd) for one in thanh_khe.prizes] == [
        (1, 700_000),
        (5, 500_000),
        (10, 400_000),
        (15, 300_000),
    ]
    assert thanh_khe.rounds[0].closes_at == day_bounds("2026-10-06")[1]
    assert instantiate("quang_nam_2022").blueprint.full_marks == 300


def test_a_wrong_name_or_day_is_refused() -> None:
    with pytest.raises(NotFound, match="template_unknown"):
        instantiate("nowhere")
    with pytest.raises(Invalid, match="day_malformed"):
        instantiate("dak_lak_2025", "23/11/2026")


@pytest.mark.parametrize("key", [key for key in KEYS if key != "thanh_khe_2026"])
def test_the_bank_that_comes_along_fills_the_paper(key: str) -> None:
    asked = [one for one in data.load("bank.json")["questions"] if one["type"] != "poll"]
    pool = [PoolItem(number, one["category"], one["difficulty"]) for number, one in enumerate(asked, start=1)]
    assert shortages(instantiate(key).blueprint.cells, pool) == []
