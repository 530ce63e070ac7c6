"""Which faults come when: every class in turn, most wanted first, so that a run ends with all of them landed.

Pure but for the random generator handed in.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence

from loadtests.drill.sabotage import POINTS

KILLS = ("kill_players", "kill_worker", "kill_admin", "kill_redis")
STOPS = ("stop_players", "stop_worker", "stop_redis", "stop_sql")
AT_CLOSE = frozenset({"kill_worker", "stop_worker", "crash:during_close", "crash:during_award"})
"""Faults whose danger window is the close of a question, not its answers."""
AT_END = frozenset({"crash:during_finish", "crash:mid_projection", "crash:after_projection_before_cursor"})
"""Faults whose danger window is the end of a round."""
AT_FINISH = "crash:during_finish"
LONG = ("sql", "disk_full", "cut", "admin")
AT_JOIN = frozenset({"crash:after_join"})


def classes(*, database: str, cluster: bool, disk: bool, clock: bool) -> tuple[list[str], list[str]]:
    """The classes that can be had here, and sentences on those that cannot."""
    found = [*KILLS, *STOPS, "stop_admin", "flushall", "cut", "refuse_sql"]
    left_out: list[str] = []
    if database == "postgresql":
        found.append("kill_sql")
    if cluster:
        found.append("failover")
    else:
        left_out.append("failover of Redis: a single Redis has none (--cluster)")
    if disk:
        found.append("disk_full")
    else:
        left_out.append("a full disk: needs root for a small disk of its own (storage that refuses is tried anyway)")
    if clock:
        found.append("clock")
    else:
        left_out.append("clock jumps: need a C compiler and Linux")
    found += [f"crash:{point}" for point in POINTS]
    return found, left_out


def short(available: Iterable[str], rng: random.Random) -> list[str]:
    """One small round: a forced crash point after the commit, before or at it, at the close and at the end; some at
    random."""
    known = set(available)
    anything = rng.choice(sorted(known & {"kill_players", "flushall", "kill_redis", "stop_players", "kill_admin"}))
    at_commit = rng.choice(("crash:before_commit", "crash:before_insert", "crash:after_ack"))
    storage = "kill_sql" if "kill_sql" in known else "refuse_sql"
    at_close = rng.choice(("crash:during_close", "crash:during_award", "kill_worker"))
    return ["crash:after_commit_before_ack", at_commit, anything, storage, at_close, rng.choice(sorted(AT_END))]


class Wanted:
    """A long run's choice: what has landed least comes next."""

    def __init__(self, available: Sequence[str], times: int, rng: random.Random) -> None:
        self._available = list(available)
        self._times = times
        self._rng = rng

    def round(self, landed: Counter[str], questions: int) -> list[str]:
        """The faults of the next round: while people join, in its questions, at closes beside others, at its end."""
        order = sorted(self._available, key=lambda name: (landed[name], self._rng.random()))
        join = [name for name in order if name in AT_JOIN and landed[name] < self._times]
        main = [name for name in order if name not in AT_END | AT_JOIN | AT_CLOSE][:questions]
        closes = [name for name in order if name in AT_CLOSE][: questions // 2]
        for name in closes:
            # Not beside what may end the worker or the question before it closes.
            free = [at for at, other in enumerate(main) if "+" not in other and not other.endswith(LONG)]
            if free:
                main[self._rng.choice(free)] += f"+{name}"
        self._rng.shuffle(main)
        worker = [name for name in order if name in AT_END and name != AT_FINISH][:1]
        return [*join, *main, *worker, *([AT_FINISH] if AT_FINISH in order else [])]

    def missing(self, landed: Counter[str]) -> list[str]:
        """What has not landed often enough yet."""
        return [name for name in self._available if landed[name] < self._times]
