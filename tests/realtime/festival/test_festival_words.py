"""The words of the festival's phone page: every key used is carried, and a consent reads as the server keeps it."""

import json
import re
from pathlib import Path

import pytest

from contest.catalogue import text
from contest.festival.identity import PHONE, STATISTICS
from contest.festival.model import GuestLevel, LiveEventKind
from contest.skills import Skill
from contest.statistics.facts import AGE_BANDS

SRC = Path(__file__).parents[3] / "realtime" / "web" / "src"


def words(name: str, lang: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((SRC / "locale" / f"{name}.{lang}.json").read_text("utf-8"))
    return found


KEPT: dict[str, set[str]] = {"festival": {"festival.me", "festival.qr"}, "festival_stage": set()}
"""What looks like a key and names a value kept on the phone."""


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_consent_is_kept_in_the_words_that_were_read(lang: str) -> None:
    for purpose in (STATISTICS, PHONE):
        assert words("festival", lang)[f"consent.{purpose}"] == text(lang, f"guest.consent.{purpose}")


@pytest.mark.parametrize(("page", "folder"), [("festival", "festival"), ("festival_stage", "festival_stage")])
def test_every_key_used_is_carried(page: str, folder: str) -> None:
    carried = words(page, "vi").keys() | words("core", "vi").keys()
    families = {key.split(".")[0] for key in words(page, "vi")}
    sources = [path for path in (SRC / folder).glob("*.ts*") if not path.name.startswith("skills")]
    used = {key for path in sources for key in re.findall(r"\"([a-z]+\.[a-z_]+)\"", path.read_text("utf-8"))}
    assert {key for key in used if key.split(".")[0] in families and not key.endswith("_")} - carried == KEPT[page]


def test_keys_made_from_codes_are_carried() -> None:
    carried = words("festival", "vi")
    for kind in LiveEventKind:
        assert f"kind.{kind}" in carried
        assert f"kind.{kind}" in words("festival_stage", "vi")
    for key in (
        *(f"skill.{skill}" for skill in Skill),
        *(f"age.{band}" for band in AGE_BANDS),
        *(f"card.level_{level}" for level in GuestLevel if level is not GuestLevel.BLANK),
        *(f"data.{act}{part}" for act in ("replace", "forget_phone", "forget_place", "sign_out", "erase")
          for part in ("", "_sure", "_do")),
    ):  # fmt: skip
        assert key in carried, key
