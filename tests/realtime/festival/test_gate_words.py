"""The words of the staff phone's page: every key used is carried, codes of the server included."""

import json
import re
from pathlib import Path

from contest.festival.model import LiveEventKind
from contest.festival.scans_model import Action, Result
from contest.provincial.rules import TargetGroup
from contest.skills import Skill

SRC = Path(__file__).parents[3] / "realtime" / "web" / "src"
SHARED = ("gate/*.ts*", "play/units_field.tsx")
MADE = {"group", "skill", "result", "do", "posts", "capture", "error"}
"""Families whose keys are put together from a code."""


def words(name: str) -> set[str]:
    return set(json.loads((SRC / "locale" / f"{name}.vi.json").read_text("utf-8")))


def used(*patterns: str) -> set[str]:
    paths = [path for pattern in patterns for path in SRC.glob(pattern)]
    return {key for path in paths for key in re.findall(r"\"([a-z]+\.[a-z_]+)\"", path.read_text("utf-8"))}


def test_the_page_carries_what_it_uses_and_uses_what_it_carries() -> None:
    carried = words("gate")
    families = {key.split(".")[0] for key in carried}
    asked = {key for key in used(*SHARED) if key.split(".")[0] in families and not key.endswith("_")}
    assert asked - carried - {"gate.js"} == set()
    assert {key for key in carried - asked if key.split(".")[0] not in MADE} == set()


def test_codes_have_words() -> None:
    carried = words("gate")
    wanted = {f"result.{result}" for result in Result} | {f"do.{action}" for action in Action if action != "undo"}
    wanted |= {f"skill.{skill}" for skill in Skill} | {f"group.{group}" for group in TargetGroup}
    wanted |= {f"posts.{kind}" for kind in (LiveEventKind.GATE, LiveEventKind.TRAINING, LiveEventKind.BOOTH)}
    assert wanted <= carried


def test_the_quiz_carries_what_it_uses() -> None:
    carried = words("skills") | words("festival") | words("core")
    asked = used("festival/skills.tsx", "festival/passport.tsx")
    assert {key for key in asked if not key.endswith(".")} - carried == set()
