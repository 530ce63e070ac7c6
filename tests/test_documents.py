"""ARCHITECTURE.md says what the code has: settings, Redis keys and frames."""

import re
from pathlib import Path

from pydantic import BaseModel

from contest.settings import Settings
from realtime import protocol
from scoring.keys import documented

PAGE = (Path(__file__).parent.parent / "ARCHITECTURE.md").read_text("utf-8")


def table(heading: str) -> dict[str, list[str]]:
    """The rows of the table under a heading, by the name in their first cell."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in rows}


def test_every_setting_is_in_the_table_with_its_meaning() -> None:
    told = {name: cells[1] for name, cells in table("4. Settings").items()}
    assert told == {f"HOITHI_{name.upper()}": field.description for name, field in Settings.model_fields.items()}


def test_every_redis_key_is_in_the_table_with_type_lifetime_and_writer() -> None:
    told = {name: cells[:3] for name, cells in table("5. Redis keys and channels").items()}
    assert told == {key.name: [key.type, key.ttl, f"`{key.writer}`"] for key in documented()}


def test_every_frame_is_in_the_table_with_its_fields() -> None:
    told = {name: re.split(r", ", cells[1]) for name, cells in table("6. Frames").items()}
    tagged = {
        name: list(model.model_fields)
        for name, model in vars(protocol).items()
        if isinstance(model, type) and issubclass(model, BaseModel) and "t" in model.model_fields
    }
    assert told == tagged
