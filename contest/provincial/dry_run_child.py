"""`python -m contest.provincial.dry_run_child FOLDER`: one dry run in a process of its own.

Reads `plan.json` and removes it (it holds the right answers), keeps `progress.json` up to date and leaves
`report.json`, or `failure.json` with the code of a refusal. Never reads anything else of the installation.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contest.errors import Refused
from contest.model import Question
from contest.provincial.dry_run import Plan, dry_run
from contest.provincial.rules import ContestRules

_FEWEST_STEP = 0.01


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan as plain values, for `plan.json`."""
    return {
        "rules": plan.rules.model_dump(mode="json"),
        "pools": {pool: [one.model_dump(mode="json") for one in asked] for pool, asked in plan.pools.items()},
        "people": plan.people,
        "seed": plan.seed,
        "units": [list(pair) for pair in plan.units],
        "sizes": dict(plan.sizes),
    }


def plan_from(stored: Mapping[str, Any]) -> Plan:
    """The plan that `plan_json` wrote."""
    return Plan(
        rules=ContestRules.model_validate(stored["rules"]),
        pools={pool: [Question.model_validate(one) for one in asked] for pool, asked in stored["pools"].items()},
        people=stored["people"],
        seed=stored["seed"],
        units=[(code, name) for code, name in stored["units"]],
        sizes=stored["sizes"],
    )


def write_json(path: Path, value: Any) -> None:
    """Whole or not at all: who reads it meanwhile sees the old or the new one."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    os.replace(fresh, path)


async def run(folder: Path, plan: Plan) -> None:
    """The dry run of `folder`."""
    told = -1.0

    def tell(step: str, share: float) -> None:
        nonlocal told
        if share - told >= _FEWEST_STEP or step == "publish":
            told = share
            write_json(folder / "progress.json", {"step": step, "share": round(share, 3)})

    try:
        report = await dry_run(plan, folder, tell)
        write_json(folder / "report.json", report.as_dict())
    except Refused as refusal:
        write_json(folder / "failure.json", {"code": refusal.code, "params": refusal.params})


def main(arguments: Sequence[str]) -> None:
    """The process; its database is removed at the end."""
    os.nice(10)  # The contest that runs beside it comes first.
    folder = Path(arguments[1])
    plan = plan_from(json.loads((folder / "plan.json").read_text("utf-8")))
    (folder / "plan.json").unlink()
    try:
        asyncio.run(run(folder, plan))
    finally:
        for left in folder.glob("dry-run.sqlite3*"):
            left.unlink()


if __name__ == "__main__":
    main(sys.argv)
