"""`hoithi stats`: what is wrong in the numbers is named, and counted anew."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.flows.commands import hoithi

pytestmark = pytest.mark.flow


def test_what_is_wrong_is_named_and_counted_anew(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "hoithi.sqlite3"
    shutil.copyfile(sqlite_template, path)
    assert hoithi("stats", "rebuild", "--data-dir", tmp_path).returncode == 0
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO rollups VALUES (2, 'all', 'p', 'all', 1, 1, 1, 0)")
    connection.close()
    broken = hoithi("stats", "verify", "--data-dir", tmp_path)
    assert broken.returncode == 1
    assert "all p all: should be [0, 0, 0, 0], is [1, 1, 1, 0]" in broken.stdout
    assert "They DO NOT agree: 1 differences" in broken.stdout
    assert hoithi("stats", "rebuild", "--data-dir", tmp_path).returncode == 0
    whole = hoithi("stats", "verify", "--data-dir", tmp_path)
    assert (whole.returncode, whole.stdout) == (0, "All agree: 0 lines of the stream, 0 cells.\n")
