"""`hoithi contest verify-log` on a copy of the database, as an inspector runs it."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest

from contest.database import Database
from contest.provincial import log
from tests.contest.provincial.log_support import logged_contest
from tests.flows.commands import hoithi

pytestmark = pytest.mark.flow


async def _play(url: str) -> str:
    """Two contests; the first published hash of the first."""
    database = Database(url)
    contest = await logged_contest(database, "dak-lak-so")
    await logged_contest(database, "hoi-thi-hai")
    async with database.read() as reader:
        head = (await log.heads(reader, contest))[0].hash
    await database.close()
    return head


def test_the_first_bad_line_is_named_and_the_exit_code_says_so(sqlite_template: Path, tmp_path: Path) -> None:
    original, copy = tmp_path / "hoithi.sqlite3", tmp_path / "copy.sqlite3"
    shutil.copyfile(sqlite_template, original)
    head = asyncio.run(_play(f"sqlite+aiosqlite:///{original}"))
    shutil.copyfile(original, copy)
    with sqlite3.connect(copy) as connection:
        connection.execute(
            "UPDATE contest_log SET body = replace(body, '\"score\":1', '\"score\":2') WHERE seq = 4 AND contest_id = 1"
        )
    connection.close()
    broken = hoithi("contest", "verify-log", "--data-dir", tmp_path, "--database", f"sqlite:///{copy}")
    assert (broken.returncode, broken.stderr) == (1, "")
    newer, older = broken.stdout.splitlines()
    assert newer.startswith("hoi-thi-hai: the log is whole, 7 lines")
    assert older == "dak-lak-so: line 4 of the log was edited."
    whole = hoithi("contest", "verify-log", "dak-lak-so", "--head", head, "--data-dir", tmp_path)
    assert (whole.returncode, whole.stderr) == (0, "")
    unknown = hoithi("contest", "verify-log", "khong-co", "--data-dir", tmp_path)
    assert (unknown.returncode, unknown.stderr) == (2, "There is no contest khong-co.\n")
