"""Both HTTP interfaces fuzzed from their OpenAPI documents: `python -m loadtests.api_fuzz`, writes RESULTS.md.

schemathesis makes the requests and checks that no answer is a server error and that each is of a status, a type and a
form the document names. Starts a platform of its own with the demo province, and asks nothing else.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loadtests.results import write
from loadtests.scenario import _described
from loadtests.trial import Platform, TrialFailed, make_questions, running

HERE = Path(__file__).resolve().parent
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# They would end the run: the token it comes with, and the account behind it.
LEFT_ALONE = r"^/api/(tokens|accounts)/"
KNOWN = {"*_id": [1, 2], "key": ["r1"], "round_key": ["r1"], "fmt": ["xlsx", "csv", "pdf", "docx", "json"]}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one server made of it."""

    server: str
    cases: int
    operations: int
    failures: int
    seconds: float
    told: str
    """The program's own words, with a command to repeat each failure."""


def fuzz(
    server: str, url: str, bearer: str, *, examples: int, seconds: int, seed: int, phases: str, cookie: str = ""
) -> Outcome:
    """Fuzzes one server. Raises TrialFailed when it could not be done."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/api/openapi.json",
        "-H", f"Authorization: Bearer {bearer}", "-c", CHECKS, "-n", str(examples), "--phases", phases,
        "--max-time", str(seconds), "--seed", str(seed), "--exclude-path-regex", LEFT_ALONE, "--request-timeout", "40",
        "--suppress-health-check", "all", "--continue-on-failure", "--no-color", "--warnings", "off",
    ]  # fmt: skip
    known = KNOWN | _names(url)
    more = {
        "SCHEMATHESIS_HOOKS": "loadtests.api_fuzz_hooks",
        "API_FUZZ_SEED": str(seed),
        "API_FUZZ_KNOWN": json.dumps(known),
        "API_FUZZ_COOKIE": cookie,
    }
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, **more, "PYTHONPATH": str(HERE.parent)},
            timeout=seconds * 2 + 120,
        )
    found = re.search(r"([\d,]+) generated(?:, ([\d,]+) found)?", done.stdout)
    tested = re.search(r"Tested: +(\d+)", done.stdout)
    if not found or not tested or done.returncode not in (0, 1):
        raise TrialFailed(f"schemathesis on {server}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
    failures = int((found[2] or "0").replace(",", "")) or (1 if done.returncode else 0)
    cases = int(found[1].replace(",", ""))
    return Outcome(server, cases, int(tested[1]), failures, time.monotonic() - began, done.stdout)


def _names(url: str) -> dict[str, list[str]]:
    """Slugs of the demo province, read from its public pages."""
    slugs: list[str] = []
    for path in ("/c", "/f"):
        try:
            with urllib.request.urlopen(url + path, timeout=10) as page:
                slugs += re.findall(rf'href="{path}/([a-z0-9-]+)"', page.read().decode())
        except OSError:
            continue  # The admin server has no such pages.
    return {"slug": sorted(set(slugs))} if slugs else {}


def both(server: Platform, *, examples: int, seconds: int, seed: int, phases: str) -> list[Outcome]:
    """The players' server with a seat's ticket and the admin server as administrator. Raises TrialFailed."""
    _, code = server.make_round(make_questions(2))
    hello = json.dumps({"code": code, "name": "Máy thử"}).encode()
    request = urllib.request.Request(
        f"{server.players}/api/hello", hello, {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=20) as reply:
        ticket = json.load(reply)["welcome"]["ticket"]
    return [
        fuzz(name, url, bearer, examples=examples, seconds=seconds, seed=seed, phases=phases)
        for name, url, bearer in (("players", server.players, ticket), ("admin", server.admin, server.token))
    ]


def told(outcomes: Sequence[Outcome], command: Sequence[str]) -> str:
    """The run as Markdown."""
    about = _described([])
    rows = [
        f"| {one.server} | {one.operations} | {one.cases:,} | **{one.failures}** | {one.seconds:.0f} |"
        for one in outcomes
    ]
    lines = [
        f"## {about['when']}, commit {about['commit']}", "",
        f"{about['machine']}, Python {about['python']}, load before {about['load']}. Both OpenAPI documents fuzzed by "
        "schemathesis against the demo province; a failure is a server error, or an answer of a status, type or form "
        "that the document does not name.", "",
        f"    python -m loadtests.api_fuzz {' '.join(command)}", "",
        "| server | operations | requests | failures | s |", "|---|---:|---:|---:|---:|", *rows, "",
    ]  # fmt: skip
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code is 0 when nothing failed."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="python -m loadtests.api_fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="of each operation and kind")
    parser.add_argument("--seconds", type=int, default=600, help="for each server")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--phases", default="coverage,fuzzing")
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--no-record", action="store_true", help="print only")
    given = parser.parse_args(typed)
    try:
        with tempfile.TemporaryDirectory(prefix="hoithi-fuzz-") as folder, running(Path(folder), demo=True) as server:
            outcomes = both(
                server, examples=given.examples, seconds=given.seconds, seed=given.seed, phases=given.phases
            )
    except TrialFailed as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    for one in outcomes:
        if one.failures:
            sys.stdout.write(one.told)
    text = told(outcomes, typed)
    sys.stdout.write(text + "\n")
    if not given.no_record:
        write(given.results, text)
    return 1 if any(one.failures for one in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
