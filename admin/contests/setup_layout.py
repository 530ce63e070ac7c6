"""Which settings of a contest stand on which page of the set-up, in which order and in what kind of field.

Holds no value and no sentence: `contest.provincial.rules` says what is allowed, the catalogue how it is called.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from contest.provincial.rules import Criterion, FieldUse, Formula, PredictionKind, TargetGroup, WindowKind

GROUPS: Final = tuple(group.value for group in TargetGroup)
PURPOSES: Final = ("contest", "publish_name", "photo", "contact")


class Kind(StrEnum):
    """How a setting is shown and read."""

    LINE = "line"
    TEXT = "text"
    WHOLE = "whole"
    MONEY = "money"
    """A whole number of đồng, shown with dots."""
    RATE = "rate"
    """A decimal number, shown with a comma."""
    WHOLES = "wholes"
    """Whole numbers in a row: 10; 8; 6; 4."""
    DURATION = "duration"
    """Seconds, shown as minutes: 10, or 1:30."""
    CHOICE = "choice"
    FLAG = "flag"
    MOMENT = "moment"
    """ms UTC, shown as a local date and time."""
    BANK = "bank"
    CATEGORY = "category"
    AUDIENCE = "audience"
    GROUPS = "groups"
    CHAIN = "chain"
    """Different choices in an order."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `path` is dotted, within a row that of the row; `blank` says that an empty field means None."""

    path: str
    kind: Kind = Kind.LINE
    options: tuple[str, ...] = ()
    blank: bool = False
    cards: bool = False
    """Options as cards that explain themselves, not as a list."""
    wide: bool = False
    words: str = ""
    """Where the options' words stand, when several settings share them."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Settings that repeat. `stem` begins the short names that new rows get by themselves, "" for rows without."""

    path: str
    settings: tuple[Setting, ...]
    fresh: tuple[tuple[str, Any], ...]
    most: int
    stem: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A titled group; with `switch` the whole of an optional setting, which a box turns on."""

    key: str
    items: tuple[Setting | Rows, ...]
    switch: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of the set-up."""

    key: str
    parts: tuple[Part, ...]

    def settings(self) -> Iterator[Setting | Rows]:
        """Everything on the page, in order."""
        for part in self.parts:
            yield from part.items


def _uses(*names: str) -> tuple[Setting, ...]:
    uses = tuple(use.value for use in FieldUse)
    return tuple(Setting(f"entry.{name}", Kind.CHOICE, uses, words="rules.use") for name in names)


_K = Kind
TABS: Final[tuple[Tab, ...]] = (
    Tab(
        "general",
        (
            Part(
                "general",
                (
                    Setting("title", wide=True),
                    Setting("organiser", wide=True),
                    Setting("basis", _K.TEXT, wide=True),
                    Setting("about", _K.TEXT, wide=True),
                ),
            ),
        ),
    ),
    Tab(
        "rounds",
        (
            Part(
                "rounds",
                (
                    Rows(
                        "rounds",
                        (
                            Setting("name"),
                            Setting("opens_at", _K.MOMENT),
                            Setting("closes_at", _K.MOMENT),
                            Setting("bank_id", _K.BANK, blank=True),
                            Setting("key"),
                        ),
                        (("name", ""), ("opens_at", None), ("closes_at", None), ("bank_id", None)),
                        60,
                        "dot",
                    ),
                ),
            ),
        ),
    ),
    Tab(
        "paper",
        (
            Part("bank", (Setting("bank_id", _K.BANK, blank=True, wide=True),)),
            Part(
                "cells",
                (
                    Rows(
                        "blueprint.cells",
                        (
                            Setting("count", _K.WHOLE),
                            Setting("category", _K.CATEGORY),
                            Setting("difficulty", _K.WHOLE, ("1", "2", "3"), blank=True),
                        ),
                        (("count", 1), ("category", ""), ("difficulty", None)),
                        40,
                    ),
                    Setting("blueprint.points_each", _K.WHOLE),
                    Setting("time_limit_s", _K.DURATION),
                ),
            ),
            Part(
                "order",
                (
                    Setting("blueprint.fixed_papers", _K.WHOLE),
                    Setting("blueprint.shuffle_questions", _K.FLAG),
                    Setting("blueprint.shuffle_options", _K.FLAG),
                ),
            ),
        ),
    ),
    Tab(
        "ranking",
        (
            Part(
                "quota",
                tuple(Setting(f"quota.{one}", _K.WHOLE, blank=True) for one in ("per_day", "per_round", "total")),
            ),
            Part(
                "window",
                (
                    Setting("ranking.window", _K.CHOICE, tuple(WindowKind), cards=True),
                    Setting("ranking.keep", _K.CHOICE, ("best", "first", "last")),
                    Setting("ranking.overall", _K.CHOICE, ("none", "best", "sum")),
                    Setting("ranking.complete_only", _K.FLAG),
                ),
            ),
            Part("chain", (Setting("ranking.chain", _K.CHAIN, tuple(Criterion), wide=True),)),
            Part(
                "board",
                (
                    Setting("ranking.board", _K.CHOICE, ("open", "hidden")),
                    Setting("ranking.freeze_minutes", _K.WHOLE),
                    Setting("result", _K.CHOICE, ("received", "score")),
                ),
            ),
        ),
    ),
    Tab(
        "prediction",
        (
            Part(
                "prediction",
                (
                    Setting("prediction.kind", _K.CHOICE, tuple(PredictionKind), cards=True),
                    Setting("prediction.scope", _K.CHOICE, ("contest", "window", "round")),
                    Setting("prediction.required", _K.FLAG),
                    Setting("prediction.text", wide=True),
                ),
                switch="prediction",
            ),
        ),
    ),
    Tab(
        "entry",
        (
            Part(
                "admission",
                (
                    Setting("entry.admission", _K.CHOICE, ("open", "roster"), cards=True),
                    Setting("entry.min_age", _K.WHOLE, blank=True),
                    Setting("entry.max_age", _K.WHOLE, blank=True),
                    Setting("entry.groups", _K.GROUPS, GROUPS, wide=True),
                ),
            ),
            Part(
                "fields",
                (
                    *_uses("birth_date", "phone", "commune", "unit"),
                    Setting("entry.unit_other", _K.FLAG),
                    *_uses("sex", "email", "address", "id_number"),
                ),
            ),
            Part("phone", (Setting("entry.entries_per_phone", _K.WHOLE), Setting("entry.confirm_phone", _K.FLAG))),
            Part(
                "consents",
                (
                    Rows(
                        "entry.consents",
                        (
                            Setting("purpose", _K.CHOICE, PURPOSES),
                            Setting("required", _K.FLAG),
                            Setting("text_vi", _K.TEXT, wide=True),
                        ),
                        (("purpose", "contact"), ("required", False), ("text_vi", "")),
                        4,
                    ),
                ),
            ),
        ),
    ),
    Tab(
        "audiences",
        (
            Part(
                "audiences",
                (
                    Rows(
                        "audiences",
                        (Setting("name"), Setting("key"), Setting("groups", _K.GROUPS, GROUPS, wide=True)),
                        (("name", ""), ("groups", ())),
                        8,
                        "bang",
                    ),
                ),
            ),
        ),
    ),
    Tab(
        "prizes",
        (
            Part(
                "prizes",
                (
                    Rows(
                        "prizes",
                        (
                            Setting("name"),
                            Setting("count", _K.WHOLE),
                            Setting("value_vnd", _K.MONEY),
                            Setting("scope", _K.CHOICE, ("window", "overall")),
                            Setting("audience", _K.AUDIENCE, blank=True),
                            Setting("min_score", _K.WHOLE),
                            Setting("key"),
                        ),
                        (
                            ("name", ""),
                            ("count", 1),
                            ("value_vnd", 0),
                            ("scope", "window"),
                            ("audience", None),
                            ("min_score", 0),
                        ),
                        40,
                        "giai",
                    ),
                    Setting("one_prize", _K.FLAG, wide=True),
                ),
            ),
        ),
    ),
    Tab(
        "collective",
        (
            Part(
                "collective",
                (
                    Setting("collective.formula", _K.CHOICE, tuple(Formula), cards=True),
                    Setting("collective.by", _K.CHOICE, ("commune", "unit")),
                    Setting("collective.min_rate", _K.RATE),
                    Setting("collective.prize_points", _K.WHOLES),
                    Rows(
                        "collective.levels",
                        (Setting("name"), Setting("count", _K.WHOLE), Setting("value_vnd", _K.MONEY)),
                        (("name", ""), ("count", 1), ("value_vnd", 0)),
                        20,
                    ),
                ),
                switch="collective",
            ),
        ),
    ),
    Tab("complaints", (Part("complaints", (Setting("complaint_days", _K.WHOLE),)),)),
)
TAB_OF: Final[dict[str, Tab]] = {tab.key: tab for tab in TABS}
