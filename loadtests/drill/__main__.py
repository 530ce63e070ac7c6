"""The long run: `python -m loadtests.drill --database sqlite|postgresql [--cluster] --minutes M --seed S`.

Prints the verdict, writes it beside the history, and puts a section on top of RESULTS.md. The exit code is 0 for VALID,
1 for INVALID, 2 for INCONCLUSIVE and 3 when a planted bug was not found.
"""

import argparse
import os
import platform as machine
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import uvloop

from loadtests.drill import plan, report
from loadtests.drill.asking import NoAnswer
from loadtests.drill.bugs import BUGS
from loadtests.drill.checker import INCONCLUSIVE, INVALID, VALID, check
from loadtests.drill.history import History
from loadtests.drill.parts import PartFailed
from loadtests.drill.run import Drill, Options, landed
from loadtests.results import write

HERE = Path(__file__).resolve().parent
TIMES = 3
QUESTIONS = 9
ENTRANTS = 60


def options() -> argparse.ArgumentParser:
    """What may be typed."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.drill", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--cluster", action="store_true", help="a Redis Cluster of 3 + 3 instead of one Redis")
    parser.add_argument("--minutes", type=float, default=5.0, help="at least so long, until every fault has landed")
    parser.add_argument("--most-minutes", type=float, default=20.0, help="then it is INCONCLUSIVE")
    parser.add_argument("--phones", type=int, default=400)
    parser.add_argument("--players", type=int, default=2, help="gateway processes")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--faults", default="", help="only these, by name with commas between, once each")
    parser.add_argument("--bugs", default="", help="plant these afterwards, one drill each: all, or names")
    parser.add_argument("--no-record", action="store_true", help="write nothing to RESULTS.md")
    parser.add_argument("--keep", action="store_true", help="keep the folder with history and logs")
    return parser


async def long_run(
    folder: Path, given: argparse.Namespace, shared: Options
) -> tuple[History, dict[str, int], list[str]]:
    """Plays until the time is up and every class has landed; the history, what was required, what was left out."""
    rng = random.Random(given.seed)
    until, at_last = time.monotonic() + given.minutes * 60, time.monotonic() + given.most_minutes * 60
    async with Drill(folder, shared) as drill:
        available, left_out = plan.classes(
            database=given.database, cluster=given.cluster, disk=drill.has_disk, clock=drill.has_clock
        )
        if given.faults:
            available = given.faults.split(",")
            await drill.play(available)
            return (
                await drill.finish(),
                dict.fromkeys(set(given.faults.replace("+", ",").split(",")) - {"none"}, 1),
                left_out,
            )
        wanted = plan.Wanted(available, TIMES, rng)
        while time.monotonic() < at_last:
            done = landed(drill.recorder)
            if time.monotonic() > until and not wanted.missing(done):
                break
            await drill.play(wanted.round(done, QUESTIONS))
            shared.say(f"still to land: {', '.join(wanted.missing(landed(drill.recorder))) or 'nothing'}")
        await drill.hold_contest(ENTRANTS)
        return await drill.finish(), dict.fromkeys([*available, "contest:kill_players"], TIMES), left_out


async def plant(name: str, given: argparse.Namespace, shared: Options) -> str:
    """One small drill with a planted bug; what the checker said of it."""
    folder = Path(tempfile.mkdtemp(prefix="hoithi-drill-"))
    try:
        async with Drill(folder, replace(shared, bug=name, phones=60, clock=False)) as drill:
            await drill.play(BUGS[name].faults)
            history = await drill.finish()
    except (PartFailed, NoAnswer) as problem:
        return f"NOT TRIED ({str(problem).splitlines()[0]})"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    broken = check(history, {}).broken
    return f"found ({', '.join(broken)})" if BUGS[name].finds & set(broken) else f"NOT FOUND ({', '.join(broken)})"


def described(typed: Sequence[str], given: argparse.Namespace) -> dict[str, str]:
    """Where and with what it was run."""
    commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, cwd=HERE)
    changed = subprocess.run(
        ["git", "status", "--porcelain", "--", "../../scoring", "../../contest", "../../realtime", "../../admin"],
        capture_output=True,
        text=True,
        cwd=HERE,
    )
    redis = "a Redis Cluster of 3 + 3" if given.cluster else "one Redis"
    database = "PostgreSQL (fsync on)" if given.database == "postgresql" else "SQLite"
    return {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": (commit.stdout.strip() or "unknown")
        + (" with uncommitted changes" if changed.stdout.strip() else ""),
        "machine": f"{os.cpu_count()} cores, Linux {machine.release()}, Python {machine.python_version()}",
        "setting": f"{given.phones} phones at {given.players} gateways, {database}, {redis}, seed {given.seed}",
        "command": "python -m loadtests.drill " + " ".join(typed),
    }


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    given = options().parse_args(typed)
    if "--seed" not in " ".join(typed):
        typed += ["--seed", str(given.seed)]
    shared = Options(
        database=given.database,
        cluster=given.cluster,
        phones=given.phones,
        players=given.players,
        seed=given.seed,
        say=_say,
    )
    where = described(typed, given)
    # Small disks are mounted and processes run: an end by a signal has to take them along.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="hoithi-drill-"))
    try:
        history, required, left_out = uvloop.run(long_run(folder, given, shared))
        verdict = check(history, required)
        text = report.verdict_text(verdict, history, left_out)
        sys.stdout.write(text)
        (folder / "verdict.txt").write_text(text, "utf-8")
        names = list(BUGS) if given.bugs == "all" else list(filter(None, given.bugs.split(",")))
        found = {name: uvloop.run(plant(name, given, shared)) for name in names}
        for name, what in found.items():
            sys.stdout.write(f"planted {name}: {what}\n")
        if not given.no_record:
            write(HERE.parent / "RESULTS.md", report.section(verdict, history, left_out, where, found))
    finally:
        if given.keep:
            sys.stdout.write(f"everything is in {folder}\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    if any(what.startswith("NOT") for what in found.values()):
        return 3
    return {VALID: 0, INVALID: 1, INCONCLUSIVE: 2}[verdict.result]


if __name__ == "__main__":
    sys.exit(main())
