"""Redis key names: distinct, in one slot per round, documented."""

import importlib.util
import inspect

import pytest

from scoring import keys

OF_A_ROUND = {
    "board": keys.board(7),
    "unit_board": keys.unit_board(7, "24133"),
    "board_units": keys.board_units(7),
    "board_staging": keys.board_staging(7, "w1"),
    "board_staging of a unit": keys.board_staging(7, "w1", "24133"),
    "board_version": keys.board_version(7),
    "results": keys.results(7, 3),
    "presence": keys.presence(7),
    "online": keys.online(7),
    "room_channel": keys.room_channel(7),
}


def test_all_names_are_distinct_and_the_rounds_share_a_hash_tag() -> None:
    names = [*OF_A_ROUND.values(), keys.all_rooms_channel(), keys.rate_limit_prefix()]
    assert len(set(names)) == len(names)
    assert all(name.startswith("hoithi:") for name in names)
    assert all(name.split("{")[1].split("}")[0] == "7" for name in OF_A_ROUND.values())


def test_a_unit_may_have_any_name() -> None:
    assert keys.unit_board(7, "a}b{c") != keys.unit_board(7, "a")
    assert keys.board_staging(7, "w", "all") != keys.board_staging(7, "w")
    assert keys.unit_board(7, "x") == keys.unit_board(7, "") + "x"  # the scripts build names this way
    assert keys.board_staging(7, "w", "x") == keys.board_staging(7, "w", "") + "x"


def test_every_key_states_type_lifetime_and_writer() -> None:
    rows = keys.documented()
    functions = {
        name
        for name, found in inspect.getmembers(keys, inspect.isfunction)
        if found.__module__ == "scoring.keys" and not name.startswith("_")
    }
    assert {row.name for row in rows} == functions - {"documented"}
    assert {row.type for row in rows} <= {"sorted set", "set", "string", "hash", "stream", "channel"}
    assert all(row.purpose and row.ttl for row in rows)
    assert [row.writer for row in rows if importlib.util.find_spec(row.writer) is None] == []


def test_a_key_without_its_facts_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def vague() -> str:
        """A key of some kind."""
        return "x"

    vague.__module__ = "scoring.keys"
    monkeypatch.setattr(keys, "vague", vague, raising=False)
    with pytest.raises(ValueError, match="vague"):
        keys.documented()
