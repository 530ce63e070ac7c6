"""The pages' words and frame types against what they mirror: both languages, the keys used, realtime.protocol.

Reads sources only; what the pages do with them is for the browser tests.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from realtime import protocol

WEB = Path(__file__).parents[2] / "realtime" / "web"
LOCALE = WEB / "src" / "locale"
PREFIXES = sorted(path.name.removesuffix(".vi.json") for path in LOCALE.glob("*.vi.json"))


def words(prefix: str, lang: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((LOCALE / f"{prefix}.{lang}.json").read_text("utf-8"))
    return found


def holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_both_languages_say_the_same_things(prefix: str) -> None:
    vi, en = words(prefix, "vi"), words(prefix, "en")
    assert vi.keys() == en.keys()
    assert [key for key in vi if not vi[key].strip() or not en[key].strip()] == []
    assert {key: (vi[key], en[key]) for key in vi if holes(vi[key]) != holes(en[key])} == {}


def test_the_phone_uses_what_it_carries_and_carries_what_it_uses() -> None:
    src = WEB / "src"
    admin = WEB.parents[1] / "admin" / "web" / "src"
    everywhere = _literals(src.rglob("*.ts*")) | _literals(admin.rglob("*.ts*"))
    phone = _literals((src / "play").glob("*.ts*"))
    core, play = words("core", "vi"), words("play", "vi")
    families = {key.split(".")[0] for key in core | play}
    assert {key for key in phone if key.split(".")[0] in families} - (core | play).keys() == set()
    assert core.keys() - everywhere == set()
    # Keys that are put together from a code.
    made = {"group", "error", "replaced", "kicked", "broken", "react", "result"}
    assert {key for key in play.keys() - phone if key.split(".")[0] not in made} == set()


def test_the_contest_uses_what_it_carries_and_carries_what_it_uses() -> None:
    src = WEB / "src"
    core, contest = words("core", "vi"), words("contest", "vi")
    families = {key.split(".")[0] for key in core | contest}
    # The keypad is the live rounds' own.
    used = _literals((src / "contest").glob("*.ts*")) | _literals([src / "play" / "keypad.tsx"])
    shared = _literals((src / "core").glob("*.ts*"))
    whole = {key for key in used | shared if key.split(".")[0] in families and not key.endswith("_")}
    assert whole - (core | contest).keys() == set()
    # Keys that are put together from a code.
    made = {"group", "error", "sex", "not", "left", "data", "rank", "complain", "start", "predict", "enter"}
    assert {key for key in contest.keys() - used if key.split(".")[0] not in made} == set()


def _literals(paths: Iterable[Path]) -> set[str]:
    return {key for path in paths for key in re.findall(r"\"([a-z]+\.[a-z_]+)\"", path.read_text("utf-8"))}


def test_refusals_at_the_door_have_words() -> None:
    known = words("play", "vi")
    for code in ("code_unknown", "round_locked", "round_over", "name_invalid", "unit_unknown", "slow_down"):
        assert f"error.{code}" in known
    for group in get_args(protocol.TargetGroup):
        assert f"group.{group}" in known


# The frames of TypeScript.

SOURCE = (WEB / "src" / "core" / "frames.ts").read_text("utf-8")
NAMES = {"Picture": "State", "ErrorFrame": "Error"}


def interfaces() -> dict[str, set[str]]:
    """Own and inherited fields of every interface in frames.ts."""
    plain = re.sub(r"/\*\*.*?\*/", "", SOURCE, flags=re.S)
    found: dict[str, set[str]] = {}
    pattern = r"interface (\w+)(?: extends (\w+))? \{(.*?)\n?\}\n"
    for name, parent, body in re.findall(pattern, plain, flags=re.S):
        own = set(re.findall(r"^  (\w+)\??:", body, flags=re.M))
        found[name] = own | (found[parent] if parent else set())
    return found


def test_typescript_knows_every_frame_and_field() -> None:
    ours = {NAMES.get(name, name): fields for name, fields in interfaces().items()}
    del ours["HostHello"]  # The admin server's own first frame.
    models = {
        name: model
        for name, model in vars(protocol).items()
        if isinstance(model, type) and issubclass(model, BaseModel) and model not in (BaseModel, protocol.Frame)
    }
    assert ours.keys() == models.keys()
    assert ours == {name: set(model.model_fields) for name, model in models.items()}


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("PhaseName", get_args(protocol.PhaseName)),
        ("TargetGroup", get_args(protocol.TargetGroup)),
        ("QuestionType", get_args(protocol.ShownQuestion.model_fields["type"].annotation)),
        ("ReceiptStatus", get_args(protocol.Receipt.model_fields["status"].annotation)),
    ],
)
def test_typescript_knows_every_word(name: str, declared: tuple[str, ...]) -> None:
    found = re.search(rf"export type {name} =(.*?);", SOURCE, flags=re.S)
    assert found is not None
    assert set(re.findall(r"\"(\w+)\"", found[1])) == set(declared)


def test_typescript_knows_every_close_code() -> None:
    declared = {name: code for name, code in vars(protocol.CloseCode).items() if name.isupper()}
    block = SOURCE.split("export const CloseCode = {")[1].split("}")[0]
    assert {name: int(code) for name, code in re.findall(r"([A-Z_]+): (\d+)", block)} == declared
