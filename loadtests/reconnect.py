"""A process dies in an open question: `python -m loadtests.reconnect` kills one and times how its phones come back.

Then a share of the phones stops reading, and the others are compared with a round in which all read. Starts a platform
of its own, kills only that platform's processes, and writes RESULTS.md. Never overwrites an older entry.
"""

import argparse
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from loadtests import swarm, usage
from loadtests.crew import Plan
from loadtests.figures import Tally, quantile
from loadtests.results import LIMITS, described, without_secrets, write
from loadtests.trial import Platform, TrialFailed, make_questions, running

HERE = Path(__file__).resolve().parent
SETTLE_S = 1.5
KILL_AFTER_S = 3.0
GOAL_S, GOAL_SLOWER = 15.0, 1.10


@dataclass(frozen=True, slots=True)
class Options:
    """What every part of one call has in common."""

    phones: int
    players_processes: int
    swarm_processes: int
    join_rate: float
    spread_s: float
    slow: float
    questions: int


@dataclass(slots=True)
class Returned:
    """What one death cost. Seconds count from the kill."""

    lost_links: int
    back_s: list[float]
    statements: float
    cpu_s: float

    @property
    def whole(self) -> bool:
        """Whether all that lost their link are back."""
        return len(self.back_s) >= self.lost_links > 0


@contextmanager
def playing(
    server: Platform, code: str, given: Options, *, questions: int, deaf: float = 0.0
) -> Iterator["Future[Tally]"]:
    """The phones, in processes of their own; their tally when they have played so many questions."""
    words = ["--url", server.socket_url, "--code", code, "--phones", str(given.phones), "--questions", str(questions)]
    words += ["--join-rate", str(given.join_rate), "--spread", str(given.spread_s), "--timeout", "900"]
    plan: Plan = replace(swarm.plan(swarm.options().parse_args(words)), deaf=deaf)
    parts = [replace(part, parent=os.getpid()) for part in swarm.divide(plan, given.swarm_processes)]
    with ProcessPoolExecutor(len(parts) + 1, mp_context=multiprocessing.get_context("spawn")) as pool:
        tallies = [pool.submit(swarm.play, part) for part in parts]
        whole: Future[Tally] = Future()

        def summed(_: "Future[Tally]") -> None:
            if all(one.done() for one in tallies) and not whole.done():
                total = Tally()
                for one in tallies:
                    total.add(one.result())
                whole.set_result(total)

        for one in tallies:
            one.add_done_callback(summed)
        yield whole


def wait(true: Callable[[], bool], what: str, within_s: float) -> None:
    """Raises TrialFailed."""
    until = time.monotonic() + within_s
    while not true():
        if time.monotonic() > until:
            raise TrialFailed(what)
        time.sleep(0.2)


def statements(server: Platform) -> float:
    """Statements the players' processes, also those that died, have sent to SQL."""
    found = re.search(r"^hoithi_sql_statements_total (\S+)", server.call("GET", "/metrics").decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def _players(server: Platform) -> dict[int, float]:
    return {cost.pid: cost.cpu_s for cost in usage.tree(server.process.pid) if cost.name == "players"}


class Death:
    """One `kill -9` of a players' process, and what was spent from then on."""

    def __init__(self, server: Platform) -> None:
        self._server = server
        self._statements = statements(server)
        self._before = _players(server)
        self._killed = max(self._before, key=lambda pid: len(os.listdir(f"/proc/{pid}/fd")))
        self.at = time.monotonic()
        os.kill(self._killed, signal.SIGKILL)
        wait(
            lambda: len(_players(server)) == len(self._before) and self._killed not in _players(server),
            "no new one",
            30,
        )

    def cost(self) -> tuple[float, float]:
        """Statements, and the players' processor seconds, the new process's start included."""
        now = _players(self._server)
        spent = sum(cpu_s - self._before.get(pid, 0.0) for pid, cpu_s in now.items())
        return statements(self._server) - self._statements, spent


def storm(server: Platform, given: Options) -> tuple[Tally, Returned, Returned]:
    """A round whose process dies in the open question, and once more with its results on the phones."""
    idle = Death(server)
    time.sleep(SETTLE_S + 4)
    _, start_s = idle.cost()
    question = make_questions(1)[0] | {"seconds": int(given.spread_s + 60)}
    round_id, code = server.make_round([question, question], reading_seconds=1)
    with playing(server, code, given, questions=2) as tally:
        _joined(server, round_id, given)
        server.command(round_id, "next")
        server.wait_phase(round_id, "open", within_s=20)
        time.sleep(KILL_AFTER_S)
        first = Death(server)
        _back(server, round_id, given)
        first_cost = first.cost()
        server.wait_phase(round_id, "revealed", within_s=given.spread_s + 90)
        time.sleep(SETTLE_S + 2)
        second = Death(server)
        _back(server, round_id, given)
        second_cost = second.cost()
        server.command(round_id, "next")
        server.command(round_id, "next")
        server.wait_phase(round_id, "revealed", within_s=given.spread_s + 120)
        time.sleep(SETTLE_S)
        server.command(round_id, "finish")
        seen = tally.result(timeout=120)
    stored = len({(row["question"], row["seat"]) for row in server.stored(round_id)})
    if stored != seen.answered:
        raise TrialFailed(f"{seen.answered} answers confirmed, {stored} stored")
    spans = [(first.at, second.at), (second.at, float("inf"))]
    returns = []
    for (start, end), (asked, cpu_s) in zip(spans, (first_cost, second_cost), strict=True):
        gone = sum(start - 0.5 <= at < end for at in seen.gone_at)
        back = sorted(at - start for at in seen.back_at if start <= at < end)
        returns.append(Returned(gone, back, asked, max(0.0, cpu_s - start_s)))
    return seen, returns[0], returns[1]


def _joined(server: Platform, round_id: int, given: Options) -> None:
    time.sleep(given.phones / given.join_rate)
    wait(lambda: server.look(round_id)["online"] >= given.phones, "not all phones came", 60 + given.phones / 100)
    time.sleep(SETTLE_S)


def _back(server: Platform, round_id: int, given: Options) -> None:
    # What the dead process told counts for three more seconds.
    time.sleep(3.5)
    wait(lambda: server.look(round_id)["online"] >= given.phones, "not all phones came back", 90)
    time.sleep(SETTLE_S)


def round_of(server: Platform, given: Options, deaf: float) -> Tally:
    """A round in which a share of the phones stops reading."""
    questions = [question | {"seconds": int(given.spread_s + 3)} for question in make_questions(given.questions)]
    round_id, code = server.make_round(questions, reading_seconds=1)
    with playing(server, code, given, questions=given.questions, deaf=deaf) as tally:
        _joined(server, round_id, given)
        for number in range(given.questions):
            server.command(round_id, "next")
            if number:
                server.command(round_id, "next")
            server.wait_phase(round_id, "open", within_s=20)
            server.wait_phase(round_id, "revealed", within_s=given.spread_s + 60)
            time.sleep(SETTLE_S)
        server.command(round_id, "finish")
        return tally.result(timeout=120)


def told(
    about: dict[str, str], given: Options, seen: Tally, open_: Returned, idle: Returned, all_read: Tally, some: Tally
) -> str:
    """The run as Markdown."""

    def share(returned: Returned, part: float) -> str:
        at = quantile(returned.back_s, part * returned.lost_links / max(1, len(returned.back_s)))
        return "–" if at is None or not returned.whole else f"{at:.1f}"

    def p99(tally: Tally) -> float:
        return quantile(tally.ack_ms, 0.99) or 0.0

    slower = p99(some) / p99(all_read) if p99(all_read) else 0.0
    rows: list[tuple[str, object]] = [
        ("phones / players' processes, of which one is killed", f"{given.phones:,} / {given.players_processes}"),
        ("phones that lost their link", f"{open_.lost_links:,}"),
        (
            "**99 % / 100 % of them back, s after the kill in an open question**",
            f"**{share(open_, 0.99)} / {share(open_, 1)}**",
        ),
        ("99 % / 100 % back, s after a kill between questions", f"{share(idle, 0.99)} / {share(idle, 1)}"),
        ("**answers confirmed / lost / counted twice**", f"**{seen.answered:,} / {seen.lost} / {seen.double}**"),
        (
            "SQL statements until all are back, open / between questions",
            f"{open_.statements:.0f} / {idle.statements:.0f}",
        ),
        ("– of a phone", f"{open_.statements / max(1, open_.lost_links):.3f}"),
        ("CPU µs of the players' processes per return (start of the new process taken off)",
         f"{idle.cpu_s / max(1, idle.lost_links) * 1e6:.0f}"),
        ("turned away at the door / connections refused", f"{seen.turned_away:,} / {sum(seen.errors.values()):,}"),
        ("confirmation p99 ms, all phones read", f"{p99(all_read):.1f}"),
        (
            f"**– of the others beside {some.deaf:,} that stop reading**",
            f"**{p99(some):.1f} ({(slower - 1) * 100:+.0f} %)**",
        ),
        ("– answers lost of those who read", some.lost),
        ("lateness of the phones' own process, p99 ms", f"{quantile(seen.lag_ms, 0.99) or 0:.1f}"),
    ]  # fmt: skip
    lines = [
        f"## {about['when']}, commit {about['commit']}", "",
        f"{about['machine']}, Python {about['python']}, load before {about['load']}. A players' process is killed with "
        f"-9 in an open question whose answers come within {given.spread_s:g} s; goals: all back within {GOAL_S:g} s, "
        f"no statement per phone, none lost, others' p99 below {GOAL_SLOWER:.0%} beside slow readers.", "",
        f"    {about['command']}", "", "| figure | value |", "|---|---:|",
    ]  # fmt: skip
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rows), "", LIMITS])


def options() -> argparse.ArgumentParser:
    """What may be typed."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.reconnect", description=__doc__)
    parser.add_argument("--phones", type=int, default=5_000)
    parser.add_argument("--players-processes", type=int, default=2)
    parser.add_argument("--swarm-processes", type=int, help="default: one for each 6,000 phones")
    parser.add_argument("--join-rate", type=float, default=250.0)
    parser.add_argument("--spread", type=float, default=12.0, help="seconds within which answers come")
    parser.add_argument("--slow", type=float, default=0.05, help="share of the phones that stops reading")
    parser.add_argument("--questions", type=int, default=4, help="of the rounds that are compared")
    parser.add_argument("--database-url", help="PostgreSQL instead of the embedded SQLite; an empty database")
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--no-record", action="store_true", help="print only")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code is 0 when all came back and nothing was lost."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    parsed = options().parse_args(typed)
    given = Options(
        phones=parsed.phones,
        players_processes=parsed.players_processes,
        swarm_processes=parsed.swarm_processes or -(-parsed.phones // swarm.PHONES_PER_PROCESS),
        join_rate=parsed.join_rate,
        spread_s=parsed.spread,
        slow=parsed.slow,
        questions=parsed.questions,
    )
    more = {
        "HOITHI_PLAYERS_PROCESSES": str(given.players_processes),
        # Who is left takes most of a dead process's phones before a new one is there.
        "HOITHI_MAX_CONNECTIONS": str(max(15_000, given.phones + 100)),
    }
    if parsed.database_url:
        more["HOITHI_DATABASE_URL"] = parsed.database_url
    about = described("loadtests.reconnect", without_secrets(typed))
    about["command"] = about["command"].replace("loadtests.scenario", "loadtests.reconnect")
    try:
        with tempfile.TemporaryDirectory(prefix="hoithi-load-") as folder, running(Path(folder), more=more) as server:
            seen, open_, idle = storm(server, given)
            quick = replace(given, spread_s=3.0)
            all_read, some = round_of(server, quick, 0.0), round_of(server, quick, given.slow)
    except TrialFailed as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    about["load"] += f", after {os.getloadavg()[0]:.1f}"
    text = told(about, given, seen, open_, idle, all_read, some)
    sys.stdout.write(text + "\n")
    if not parsed.no_record:
        write(parsed.results, text)
    return 0 if open_.whole and idle.whole and not (seen.lost or seen.double or some.lost) else 1


if __name__ == "__main__":
    sys.exit(main())
