"""Other commands find a running platform by its state file, and never believe one that is left over."""

import os
import stat
from pathlib import Path

import pytest

from admin import state_file
from admin.supervisor import only_one
from admin.trouble import Trouble
from contest.settings import Settings


def settings(data_dir: Path) -> Settings:
    return Settings(
        data_dir=data_dir, host="0.0.0.0", players_port=9271, admin_port=9272, redis_url="redis://:secret@localhost/0"
    )


def test_what_is_written_is_read_while_the_lock_is_held(tmp_path: Path) -> None:
    with only_one(tmp_path):
        state_file.write(settings(tmp_path), {"worker": 12})
        state = state_file.read(tmp_path)
    assert state is not None
    assert (state.players, state.admin) == ("http://127.0.0.1:9271", "http://127.0.0.1:9272")
    assert (state.pid, state.pids, state.redis_url) == (os.getpid(), {"worker": 12}, "redis://:secret@localhost/0")


def test_a_platform_that_was_killed_is_not_running(tmp_path: Path) -> None:
    with only_one(tmp_path):
        state_file.write(settings(tmp_path), {})
    assert (tmp_path / state_file.STATE_FILE).exists()
    assert state_file.read(tmp_path) is None


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    state_file.write(settings(tmp_path), {})
    assert stat.S_IMODE((tmp_path / state_file.STATE_FILE).stat().st_mode) == 0o600


def test_nothing_and_nonsense_are_no_platform(tmp_path: Path) -> None:
    assert state_file.read(tmp_path) is None
    with only_one(tmp_path):
        assert state_file.read(tmp_path) is None
        (tmp_path / state_file.STATE_FILE).write_text('{"pid": 1, "nobody": "knows"}')
        assert state_file.read(tmp_path) is None
    state_file.remove(tmp_path)
    state_file.remove(tmp_path)


def test_a_data_directory_belongs_to_one(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(Trouble, match="already_running"), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass
