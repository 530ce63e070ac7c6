"""What organisers set for an item the hall takes part in: a poll, a word cloud, pledges, a launch. Pure.

Reading is lenient (a draft may lack everything), saving is strict. Never touches SQL.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from contest.errors import Invalid
from contest.festival.model import LiveEvent, LiveEventKind

OPTION_IDS: Final = ("a", "b", "c", "d", "e", "f")
MOST_DELEGATES: Final = 12


def _line(limit: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=limit)


class _Settings(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Mode(StrEnum):
    """What kind of poll."""

    OPTIONS = "options"
    WORDS = "words"


class Moderation(StrEnum):
    """When a word may be seen."""

    PRE = "pre"
    """Once the host has let it through."""
    POST = "post"
    """At once, unless the filter holds it back; the host may hide it."""


class PollOption(_Settings):
    id: Annotated[str, StringConstraints(pattern="^[a-f]$")]
    text: Annotated[str, _line(120)]


class PollSettings(_Settings):
    """2 to 6 options, of which one or several may be chosen."""

    question: Annotated[str, _line(200)]
    options: Annotated[tuple[PollOption, ...], Field(min_length=2, max_length=6)]
    several: bool = False

    @model_validator(mode="after")
    def _ids_differ(self) -> "PollSettings":
        if len({option.id for option in self.options}) != len(self.options):
            raise ValueError("option ids repeat")
        return self


class WordsSettings(_Settings):
    """A question answered with up to `most` short words."""

    question: Annotated[str, _line(200)]
    most: Annotated[int, Field(ge=1, le=3)] = 3
    moderation: Moderation = Moderation.PRE


class PledgeSettings(_Settings):
    """What is signed: one text, or several to choose from."""

    texts: Annotated[tuple[Annotated[str, _line(600)], ...], Field(min_length=1, max_length=6)]


class LaunchSettings(_Settings):
    """How the button is pressed. `crowd`: guests may hold theirs too; it never decides."""

    hold_s: Annotated[int, Field(ge=1, le=10)] = 3
    slogan: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    crowd: bool = False

    @property
    def hold_ms(self) -> int:
        return self.hold_s * 1000


ActSettings = PollSettings | WordsSettings | PledgeSettings | LaunchSettings
S = TypeVar("S", PollSettings, WordsSettings, PledgeSettings, LaunchSettings)


def mode_of(settings: Mapping[str, Any]) -> Mode:
    """Options unless words are asked for."""
    return Mode.WORDS if settings.get("mode") == Mode.WORDS else Mode.OPTIONS


def type_of(item: LiveEvent) -> type[ActSettings] | None:
    """Which settings the item has; None: the hall takes no part in it here."""
    if item.kind is LiveEventKind.POLL:
        return WordsSettings if mode_of(item.settings) is Mode.WORDS else PollSettings
    if item.kind is LiveEventKind.PLEDGE:
        return PledgeSettings
    return LaunchSettings if item.kind is LiveEventKind.LAUNCH else None


def settings_of(item: LiveEvent) -> ActSettings | None:
    """The item's settings; None while they are not complete."""
    kind = type_of(item)
    if kind is None:
        return None
    try:
        return kind.model_validate(dict(item.settings))
    except ValidationError:
        return None


def required(item: LiveEvent, kind: type[S]) -> S:
    """The settings of an item that must have them. Raises Invalid("act_not_ready", item=title)."""
    found = settings_of(item)
    if not isinstance(found, kind):
        raise Invalid("act_not_ready", item=item.title)
    return found


def parsed(item: LiveEvent, given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` as it will be stored. Raises Invalid("act_settings", field=…), Invalid("act_unknown")."""
    kind: type[ActSettings] | None
    if item.kind is LiveEventKind.POLL:
        kind = WordsSettings if mode_of(given) is Mode.WORDS else PollSettings
    else:
        kind = type_of(item)
    if kind is None:
        raise Invalid("act_unknown")
    try:
        made = kind.model_validate(dict(given))
    except ValidationError as error:
        raise Invalid("act_settings", field=".".join(str(part) for part in error.errors()[0]["loc"])) from None
    content = made.model_dump(mode="json")
    return content | {"mode": str(mode_of(given))} if item.kind is LiveEventKind.POLL else content
