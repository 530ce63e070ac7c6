"""Short drills: one round on each database with a fault in every question, and one planted bug that must be found.

The long run is `python -m loadtests.drill`.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import uvloop

from loadtests.drill import plan, report
from loadtests.drill.bugs import BUGS
from loadtests.drill.checker import INVALID, VALID, Verdict, check
from loadtests.drill.hall import Habits
from loadtests.drill.run import Drill, Options, landed

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]

DAY = int(time.time() // 86_400)
SEED = int(os.environ.get("DRILL_SEED", str(time.time_ns() // 1_000_000 % 1_000_000)))
"""A fresh one for every run, printed; the schedule of a failed run comes back with DRILL_SEED."""
TOGETHER = Habits(spread_s=0.004)
"""Sixty phones must tap as one, for twenty answers to be on their way at once."""


def drilled(folder: Path, options: Options, faults: Sequence[str]) -> Verdict:
    async def run() -> Verdict:
        async with Drill(folder, options) as drill:
            await drill.play(faults)
            for _ in range(2):
                if missed := [name for name in faults if name != "none" and not landed(drill.recorder)[name]]:
                    await drill.play(missed)
            history = await drill.finish()
        verdict = check(history, {} if options.bug else dict.fromkeys(set(faults), 1))
        sys.stdout.write(report.verdict_text(verdict, history, []))
        return verdict

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_acknowledged_is_lost_whatever_dies(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    template = request.getfixturevalue("sqlite_template") if database == "sqlite" else None
    known, _ = plan.classes(database=database, cluster=False, disk=False, clock=False)
    faults = plan.short(known, random.Random(SEED))
    sys.stdout.write(f"DRILL_SEED={SEED}: {faults}\n")
    verdict = drilled(
        tmp_path, Options(database=database, seed=SEED, clock=False, template=template, habits=TOGETHER), faults
    )
    assert verdict.result == VALID, (SEED, verdict.violations[:5], verdict.missing)


def test_a_planted_bug_is_found(tmp_path: Path, sqlite_template: Path) -> None:
    name = sorted(BUGS)[DAY % len(BUGS)]
    sys.stdout.write(f"DRILL_SEED={SEED}: planted {name}\n")
    bug = BUGS[name]
    verdict = drilled(
        tmp_path, Options(seed=SEED, bug=name, clock=False, template=sqlite_template, habits=TOGETHER), bug.faults
    )
    assert verdict.result == INVALID, (SEED, name)
    assert bug.finds & set(verdict.broken), (SEED, name, verdict.broken)
