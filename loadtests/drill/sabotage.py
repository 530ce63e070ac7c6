"""Starts a part of the platform with crash points and, on demand, one planted bug:
`python -m loadtests.drill.sabotage [SPEC] -- players --data-dir D`.

SPEC is `point:N,…`: at the N-th passing of a crash point from now the process kills itself. Without one it is read
from the file that HOITHI_DRILL_SPEC names, and again at SIGUSR1. HOITHI_DRILL_BUG names the bug. The platform knows
nothing of this: functions are replaced by their dotted names, then the platform's own command line runs.
"""

import asyncio
import contextlib
import functools
import importlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

SPEC_FILE, BUG, LIFE = "HOITHI_DRILL_SPEC", "HOITHI_DRILL_BUG", "HOITHI_DRILL_LIFE"
PATCHED = (
    "contest.answering.accept",
    "contest.joining.join",
    "contest.sqlite_writer.SqliteWriter.run",
    "contest.database.Database.write",
    "contest.closing.close_question",
    "contest.statistics.live_facts.record_round",
    "contest.statistics.counting_state.move",
    "scoring.leaderboard.write_totals",
    "realtime.picture.load",
    "asyncpg.transaction.Transaction.__aexit__",
)
"""What crash points hang on."""
POINTS = {
    "before_insert": "a batch of answers is about to be stored",
    "before_commit": "a batch of answers is stored and not committed",
    "after_commit_before_ack": "a batch of answers is committed, no receipt is out",
    "after_ack": "the receipts of a batch have just gone out",
    "after_join": "joins are committed, no welcome is out",
    "during_close": "a question is judged and awarded, not committed",
    "during_award": "the awards are committed, the leaderboard is not written",
    "during_finish": "the facts of a finished round are written, not committed",
    "mid_projection": "facts are counted into the cells, not committed",
    "after_projection_before_cursor": "the counts and their cursor (one transaction) are committed, nothing more",
    "during_snapshot": "a room has been read from SQL and is not shown",
}

_inside: ContextVar[str] = ContextVar("drill_inside", default="")


class Points:
    """The crash points of this process and how many passings are left."""

    def __init__(self, spec: str = "") -> None:
        self.left: dict[str, int] = {}
        self.arm(spec)

    def arm(self, spec: str) -> None:
        """Takes a new spec; an empty one disarms. Raises ValueError for a point that does not exist."""
        left: dict[str, int] = {}
        for word in filter(None, spec.strip().split(",")):
            name, _, times = word.partition(":")
            if name not in POINTS:
                raise ValueError(f"there is no crash point {name}")
            left[name] = int(times or 1)
        self.left = left

    def due(self, name: str) -> bool:
        """Counts one passing; whether it is the last one."""
        if name not in self.left:
            return False
        self.left[name] -= 1
        return self.left[name] <= 0

    def pass_by(self, name: str) -> None:
        """Ends the process when it is time to."""
        if self.due(name):
            die()


def die() -> None:
    """As `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def resolve(dotted: str) -> tuple[Any, str]:
    """The owner of what a dotted name means, and its last part. Raises ImportError or AttributeError."""
    parts = dotted.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            owner: Any = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:-1]:
            owner = getattr(owner, part)
        getattr(owner, parts[-1])
        return owner, parts[-1]
    raise ImportError(dotted)


def replace(dotted: str, make: Callable[[Any], Any]) -> None:
    """Puts `make(original)` in the place of what the name means."""
    owner, name = resolve(dotted)
    setattr(owner, name, make(getattr(owner, name)))


def wrapped(label: str, after: Callable[[Any], None], before: Callable[[], None] | None = None) -> Callable[[Any], Any]:
    """Makes a coroutine function do more before and after; inside it, `label` names where we are."""

    def make(original: Any) -> Any:
        @functools.wraps(original)
        async def run(*args: Any, **more: Any) -> Any:
            if before is not None:
                before()
            token = _inside.set(label)
            try:
                result = await original(*args, **more)
            finally:
                _inside.reset(token)
            after(result)
            return result

        return run

    return make


_IN_TRANSACTION = {"accept": "before_commit", "move": "mid_projection"}


def hang(points: Points) -> None:
    """Hangs the crash points on the platform's functions."""

    def nothing(result: Any) -> None:
        return None

    def accepted(result: Any) -> None:
        points.pass_by("after_commit_before_ack")
        if points.due("after_ack"):
            asyncio.get_running_loop().call_later(0.004, die)

    def in_transaction() -> None:
        if point := _IN_TRANSACTION.get(_inside.get()):
            points.pass_by(point)

    def make_run(original: Any) -> Any:
        @functools.wraps(original)
        async def run(self: Any, work: Callable[[Any], Any]) -> Any:
            point = _IN_TRANSACTION.get(_inside.get())

            def doing(connection: Any) -> Any:
                result = work(connection)
                if point:
                    points.pass_by(point)
                return result

            return await original(self, doing)

        return run

    def make_write(original: Any) -> Any:
        @contextlib.asynccontextmanager
        async def write(self: Any) -> AsyncIterator[Any]:
            async with original(self) as writer:
                yield writer
                in_transaction()

        return write

    def make_exit(original: Any) -> Any:
        @functools.wraps(original)
        async def leave(self: Any, *args: Any) -> Any:
            if args[0] is None:
                in_transaction()
            return await original(self, *args)

        return leave

    def at(point: str) -> Callable[[Any], None]:
        return lambda result: points.pass_by(point)

    replace("contest.sqlite_writer.SqliteWriter.run", make_run)
    replace("contest.database.Database.write", make_write)
    replace("asyncpg.transaction.Transaction.__aexit__", make_exit)
    replace("contest.answering.accept", wrapped("accept", accepted, lambda: points.pass_by("before_insert")))
    replace("contest.joining.join", wrapped("join", at("after_join")))
    replace("contest.closing.close_question", wrapped("close", at("during_close")))
    replace("contest.statistics.live_facts.record_round", wrapped("finish", at("during_finish")))
    replace("contest.statistics.counting_state.move", wrapped("move", at("after_projection_before_cursor")))
    replace("scoring.leaderboard.write_totals", wrapped("award", nothing, lambda: points.pass_by("during_award")))
    replace("realtime.picture.load", wrapped("snapshot", at("during_snapshot")))


def main(arguments: list[str]) -> None:
    """Runs the platform's command line, sabotaged."""
    spec, _, rest = " ".join(arguments).partition("-- ")
    path = os.environ.get(SPEC_FILE)
    points = Points(spec or (Path(path).read_text("utf-8") if path else ""))
    if bug := os.environ.get(BUG):
        from loadtests.drill import bugs

        bugs.plant(bug)
    hang(points)
    if path:
        signal.signal(signal.SIGUSR1, lambda number, frame: points.arm(Path(path).read_text("utf-8")))
    sys.argv = ["hoithi", *arguments[arguments.index("--") + 1 :]] if rest else ["hoithi"]
    importlib.import_module("admin.cli").main()


if __name__ == "__main__":
    main(sys.argv[1:])
