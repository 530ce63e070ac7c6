"""Autobahn's WebSocket cases against the gateway: `python -m loadtests.autobahn`, about 15 s, writes RESULTS.md.

The suite runs on Python 2.7 only (pyenv has one; `--python` names another); it and what it needs are installed into an
environment of their own at the first use. The gateway answers as `loadtests.autobahn_echo` says. Cases 9 (large), 12
and 13 (compression, which is off) are left out. Ends with 2, loudly, where the suite cannot run.
"""

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loadtests.results import write
from loadtests.scenario import _described

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE.parent / ".venv" / "autobahn"
LEFT_OUT = ["9.*", "12.*", "13.*"]
ALLOWED = {
    "6.4.1": "text that is not UTF-8 is refused when the message is whole, not at its first wrong byte",
    "6.4.2": "the same",
    "6.4.3": "the same",
    "6.4.4": "the same",
    "7.1.5": "a close frame inside a fragmented message is answered with 1002 instead of 1000, by the library's core",
}
_GOOD = frozenset({"OK", "INFORMATIONAL"})
# In this order: the later ones do not build with what they would fetch themselves.
_STEPS = (
    ("setuptools==44.0.0", "incremental==16.10.1"),
    ("cryptography==3.3.2", "pyOpenSSL==19.1.0"),
    ("--no-build-isolation", "Twisted==19.10.0"),
    ("autobahntestsuite==25.10.1",),
)


class CannotRun(RuntimeError):
    """The suite cannot be had here; says why."""


def python2(named: str | None) -> str:
    """A Python 2.7. Raises CannotRun."""
    pyenv = Path.home() / ".pyenv" / "versions"
    found = [named] if named else [*map(str, sorted(pyenv.glob("2.7*/bin/python2.7"))), shutil.which("python2.7")]
    for program in found:
        if program and subprocess.run([program, "-c", ""], capture_output=True).returncode == 0:
            return program
    raise CannotRun("Autobahn's suite needs Python 2.7, and there is none: pyenv install 2.7.18, or --python PATH")


def installed(python: str) -> Path:
    """The suite's program, installed when it is not there. Raises CannotRun."""
    program = ENVIRONMENT / "bin" / "wstest"
    if program.exists():
        return program
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    with tempfile.TemporaryDirectory() as boot:
        _run([sys.executable, "-m", "venv", boot])
        _run([f"{boot}/bin/pip", "install", "virtualenv==20.15.1"])
        _run([f"{boot}/bin/virtualenv", "-p", python, str(ENVIRONMENT)])
    for step in _STEPS:
        _run([str(ENVIRONMENT / "bin" / "pip"), "install", *step])
    return program


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise CannotRun(f"{' '.join(command)}:\n{done.stderr[-1500:]}")


def outcomes(program: Path) -> dict[str, dict[str, Any]]:
    """What became of each case. Raises CannotRun."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    echo = subprocess.Popen([sys.executable, "-m", "loadtests.autobahn_echo", str(port)], cwd=HERE.parent)
    try:
        _wait(port, echo)
        with tempfile.TemporaryDirectory() as folder:
            spec = {
                "outdir": f"{folder}/out",
                "servers": [{"agent": "hoithi", "url": f"ws://127.0.0.1:{port}/ws"}],
                "cases": ["*"],
                "exclude-cases": LEFT_OUT,
                "exclude-agent-cases": {},
            }
            Path(folder, "spec.json").write_text(json.dumps(spec))
            command = [str(program), "-m", "fuzzingclient", "-s", f"{folder}/spec.json"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=folder)
            report = Path(folder, "out", "index.json")
            if not report.exists():
                raise CannotRun(f"no report: {done.stderr[-1500:]}")
            found: dict[str, dict[str, Any]] = json.loads(report.read_text())["hoithi"]
            return found
    finally:
        echo.terminate()
        echo.wait(10)


def _wait(port: int, echo: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and echo.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise CannotRun("the echo did not start")


def failed(found: dict[str, dict[str, Any]]) -> list[str]:
    """The cases that are neither good nor allowed by name."""
    return [
        name
        for name, case in found.items()
        if not {case["behavior"], case["behaviorClose"]} <= _GOOD and name not in ALLOWED
    ]


def told(found: dict[str, dict[str, Any]], seconds: float) -> str:
    """The run as Markdown."""
    about = _described([])
    bad = failed(found)
    allowed = [name for name in ALLOWED if name in found]
    kinds = Counter(case["behavior"] for case in found.values())
    families = Counter(name.split(".")[0] for name in found)
    lines = [
        f"## {about['when']}, commit {about['commit']}", "",
        f"{about['machine']}, Python {about['python']}. Autobahn's WebSocket suite 25.10.1 against the gateway as an "
        f"echo, {seconds:.0f} s; without 9 (large), 12 and 13 (compression is off).", "",
        "    python -m loadtests.autobahn", "", "| figure | value |", "|---|---:|",
        f"| **cases / failed** | **{len(found)} / {len(bad)}** |",
        f"| by outcome | {', '.join(f'{kind} {count}' for kind, count in kinds.most_common())} |",
        f"| by family | {', '.join(f'{family}: {families[family]}' for family in sorted(families, key=int))} |",
        *(f"| allowed by name: {name} | {ALLOWED[name]} |" for name in allowed),
        *(f"| **failed: {name}** | {found[name]['behavior']}, close {found[name]['behaviorClose']} |" for name in bad),
    ]  # fmt: skip
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code is 0 when no case failed."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.autobahn", description=__doc__)
    parser.add_argument("--python", help="a Python 2.7")
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--no-record", action="store_true", help="print only")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        found = outcomes(installed(python2(given.python)))
    except CannotRun as problem:
        sys.stderr.write(f"NOT RUN: {problem}\n")
        return 2
    text = told(found, time.monotonic() - began)
    sys.stdout.write(text + "\n")
    if not given.no_record:
        write(given.results, text)
    return 1 if failed(found) else 0


if __name__ == "__main__":
    sys.exit(main())
