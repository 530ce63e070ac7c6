"""Whole contests with made-up people, from registration to published winners, by the rules of real ones."""

import itertools
import json
from importlib.resources import files
from pathlib import Path

import pytest

from contest.errors import Invalid
from contest.model import Question
from contest.provincial import templates
from contest.provincial.dry_run import Plan, dry_run
from contest.provincial.dry_run_child import plan_from, plan_json
from contest.provincial.pools import pool_banks
from contest.question_bank import parse

PEOPLE = 60
REFERENCE = "dak_lak_2025"
OTHERS = ("quang_nam_2022", "thanh_khe_2026", "quang_ninh_2023", "bac_kan_2023", "percent_all_correct")


def bank(topics: list[str]) -> tuple[Question, ...]:
    """The shipped questions, under the topics that the blueprint asks for when it asks for any."""
    raw = json.loads((files("contest") / "data" / "bank.json").read_text("utf-8"))["questions"]
    questions = parse(raw)
    if not topics:
        return questions
    turns = itertools.cycle(topics)
    return tuple(one.model_copy(update={"category": next(turns), "id": ""}) for one in (*questions, *questions))


def plan_for(key: str, people: int = PEOPLE, seed: int = 7) -> Plan:
    rules = templates.instantiate(key, "2026-12-01")
    asked = bank(sorted({cell.category for cell in rules.blueprint.cells if cell.category}))
    return Plan(rules, dict.fromkeys(pool_banks(rules), asked), people, seed)


@pytest.mark.parametrize("key", [REFERENCE, *OTHERS])
async def test_a_whole_contest(key: str, tmp_path: Path) -> None:
    steps: list[tuple[str, float]] = []
    plan = plan_for(key)
    report = await dry_run(plan, tmp_path, lambda step, share: steps.append((step, share)))
    assert report.agreed
    assert report.people == PEOPLE
    assert PEOPLE / 3 < report.took_part <= PEOPLE
    assert report.attempts == sum(many for _, many in report.scores)
    assert report.winners
    assert all(one.who for one in report.winners)
    if plan.rules.one_prize:
        assert len({one.who for one in report.winners}) == len(report.winners)
    assert bool(report.units) is (plan.rules.collective is not None)
    assert list(dict.fromkeys(step for step, _ in steps)) == ["prepare", "register", "play", "publish"]
    assert [share for _, share in steps] == sorted(share for _, share in steps)
    if not plan.rules.blueprint.fixed_papers:
        # Where every question may stand in any place, all are asked about equally often.
        assert all(one.most - one.least <= max(2, one.most * 0.2) for one in report.topics)


async def test_papers_never_pass_the_limits(tmp_path: Path) -> None:
    """Those who come more often than the rules allow are turned away by the real use case."""
    report = await dry_run(plan_for("ben_tre_2023"), tmp_path)
    assert report.attempts == report.took_part
    assert report.refused["quota_total"] > 0


async def test_a_bank_that_is_too_small_is_named(tmp_path: Path) -> None:
    plan = plan_for(REFERENCE)
    short = Plan(plan.rules, {pool: asked[:9] for pool, asked in plan.pools.items()}, 10, 1)
    with pytest.raises(Invalid) as refusal:
        await dry_run(short, tmp_path)
    assert refusal.value.params["need"] == 10


def test_a_plan_survives_its_file() -> None:
    plan = plan_for("quang_nam_2022")
    again = plan_from(json.loads(json.dumps(plan_json(plan))))
    assert again.rules == plan.rules
    assert {pool: tuple(asked) for pool, asked in again.pools.items()} == plan.pools
