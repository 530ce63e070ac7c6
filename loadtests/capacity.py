"""The whole table of capacity: `python -m loadtests.capacity` plays rounds of rising size and records them together.

For each size, database and number of gateways: a fresh platform, one round, and beside it what the same fan-out costs a
C server. Phones, platform and database share one machine. Never overwrites an older entry.
"""

import argparse
import contextlib
import resource
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from loadtests import baseline, postgres_server
from loadtests.capacity_run import Case, Measured, measure
from loadtests.capacity_table import entry
from loadtests.results import described, without_secrets, write
from loadtests.swarm import PHONES_PER_PROCESS, PORTS_PER_SOURCE
from loadtests.trial import TrialFailed

HERE = Path(__file__).resolve().parent
SIZES = "200,1000,5000,10000,18328"
MODULE = "loadtests.capacity"
OTHER_FILES = 300
"""Files a players' process has open besides its phones, with room to spare."""


def options() -> argparse.ArgumentParser:
    """What may be typed."""
    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}", description=__doc__)
    parser.add_argument("--phones", default=SIZES, help="sizes")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--gateways", default="1,2", help="players' processes")
    parser.add_argument("--questions", type=int, default=3)
    parser.add_argument("--spread", type=float, default=4.0, help="seconds within which everybody answers")
    parser.add_argument("--database-url", help="an empty PostgreSQL database, instead of a server of our own")
    parser.add_argument("--also-pid", type=int, action="append", default=[], help="the processes of that database")
    parser.add_argument("--no-baseline", action="store_true", help="without the C server")
    parser.add_argument("--note", default="", help="a sentence for the record")
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--no-record", action="store_true", help="print only")
    return parser


def sources(phones: int) -> tuple[str, ...]:
    """As many addresses of this machine as so many phones need."""
    return (
        tuple(f"127.0.0.{number}" for number in range(1, 2 + phones // PORTS_PER_SOURCE))
        if (phones > PORTS_PER_SOURCE)
        else ()
    )


def impossible(case: Case, given: argparse.Namespace) -> str | None:
    """Why this case cannot be measured on this machine; None: it can."""
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Nobody deals phones out evenly: whichever process is free takes the next one.
    if case.phones * min(1.0, 1.25 / case.gateways) + OTHER_FILES > files:
        return f"{case.phones:,} phones are too many for {case.gateways} processes of {files:,} files"
    if case.database == "postgresql" and not given.database_url:
        try:
            postgres_server.find_programs()
        except FileNotFoundError as problem:
            return str(problem)
    return None


@contextlib.contextmanager
def database(case: Case, given: argparse.Namespace) -> Iterator[tuple[dict[str, str], tuple[int, ...]]]:
    """The settings that choose the database of a case, and the processes that are to be counted for it."""
    if case.database == "sqlite":
        yield {}, ()
    elif given.database_url:
        yield {"HOITHI_DATABASE_URL": given.database_url}, tuple(given.also_pid)
    else:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with postgres_server.running_postgres("127.0.0.1", "127.0.0.1/32", port=port) as (url, process):
            yield {"HOITHI_DATABASE_URL": url}, (process.pid,)


def run(case: Case, given: argparse.Namespace) -> Measured:
    """One case on a platform of its own. Raises TrialFailed."""
    with database(case, given) as (settings, pids), tempfile.TemporaryDirectory(prefix="hoithi-capacity-") as folder:
        time = {"questions": given.questions, "spread_s": given.spread}
        return measure(case, Path(folder), settings, pids, sources=sources(case.phones), **time)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code is 0 when every case could be measured and nothing was lost."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    given = options().parse_args(typed)
    about = described(MODULE, without_secrets(typed))
    measured: list[Measured] = []
    floor: dict[int, float] = {}
    problems: list[str] = []
    for phones in (int(size) for size in given.phones.split(",")):
        for name in given.databases.split(","):
            for gateways in (int(count) for count in given.gateways.split(",")):
                case = Case(phones, name, gateways)
                if reason := impossible(case, given):
                    problems.append(f"{case}: left out, {reason}")
                    sys.stderr.write(f"LEFT OUT: {problems[-1]}\n")
                    continue
                try:
                    done = run(case, given)
                except (TrialFailed, OSError, RuntimeError) as problem:
                    problems.append(f"{case}: failed, {str(problem).splitlines()[0]}")
                    sys.stderr.write(f"FAILED: {case}: {problem}\n")
                    continue
                measured.append(done)
                sys.stderr.write(f"{case}: {done.cpu_us():.0f} µs, {done.figures}\n")
                if phones not in floor and not given.no_baseline:
                    size = done.figures["open_bytes"]
                    processes = -(-phones // PHONES_PER_PROCESS)
                    cost = baseline.measure(phones, size, processes=processes, sources=sources(phones))
                    if cost is not None:
                        floor[phones] = cost
    text = entry(about, measured, floor, given.questions, given.spread, problems, given.note)
    sys.stdout.write(text)
    if not given.no_record and measured:
        write(given.results, text)
    return 0 if measured and not problems and all(one.held for one in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
