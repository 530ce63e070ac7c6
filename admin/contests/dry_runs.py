"""Dry runs as processes of their own, one at a time, with their progress and last report in files that stay.

Never runs anything in this process: the admin server goes on answering.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.requests import Request

from admin.redis_child import die_with_parent
from admin.services import services_of
from contest.errors import Conflict
from contest.provincial.dry_run import Plan
from contest.provincial.dry_run_child import plan_json, write_json


@dataclass(frozen=True, slots=True)
class Status:
    """`running` with its progress, the last report, or why the last one failed."""

    running: bool
    step: str = ""
    share: float = 0.0
    about: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] | None = None
    failure: dict[str, Any] | None = None


@dataclass(slots=True)
class DryRuns:
    """Those of one admin server, kept under `folder`."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    contest_id: int = 0

    def start(self, contest_id: int, plan: Plan, about: dict[str, Any]) -> None:
        """Starts one; the report before it is gone. Raises Conflict("dry_run_busy") while any is running."""
        if self._alive():
            raise Conflict("dry_run_busy")
        folder = self._of(contest_id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.iterdir():
            left.unlink()
        write_json(folder / "plan.json", plan_json(plan))
        write_json(folder / "about.json", about)
        command = [sys.executable, "-P", "-m", "contest.provincial.dry_run_child", str(folder)]
        with (folder / "log.txt").open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent(os.getpid())
            )
        self.contest_id = contest_id

    def stop(self, contest_id: int) -> None:
        """Ends the contest's dry run, when one is running."""
        if self._alive() and self.contest_id == contest_id and self.process is not None:
            self.process.kill()
            self.process.wait()
            for left in (self._of(contest_id) / "plan.json", *self._of(contest_id).glob("dry-run.sqlite3*")):
                left.unlink(missing_ok=True)
            write_json(self._of(contest_id) / "failure.json", {"code": "dry_run_stopped", "params": {}})

    def status(self, contest_id: int) -> Status:
        """How the contest's dry run stands."""
        running = self._alive() and self.contest_id == contest_id
        folder = self._of(contest_id)
        about = _read(folder / "about.json") or {}
        progress = _read(folder / "progress.json") or {}
        if running:
            return Status(True, progress.get("step", "prepare"), progress.get("share", 0.0), about)
        report, failure = _read(folder / "report.json"), _read(folder / "failure.json")
        if about and report is None and failure is None:
            failure = {"code": "dry_run_broken", "params": {}}
        return Status(False, about=about, report=report, failure=failure)

    def _alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _of(self, contest_id: int) -> Path:
        return self.folder / str(contest_id)


def dry_runs_of(request: Request) -> DryRuns:
    """The ones of this app."""
    state = request.app.state
    if not hasattr(state, "dry_runs"):
        state.dry_runs = DryRuns(services_of(request).settings.data_dir / "dry-runs")
    found: DryRuns = state.dry_runs
    return found


def _read(path: Path) -> dict[str, Any] | None:
    try:
        read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    return read
