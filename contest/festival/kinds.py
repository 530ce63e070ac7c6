"""What each kind of programme item may have in its settings.

The part behind a kind registers a model, or checks on its own desk (`SELF_CHECKED`); any other kind takes no settings.
Never reads or stores an item.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from contest.errors import Invalid
from contest.festival.model import LiveEventKind

MAX_SETTINGS = 8_000
"""Characters of JSON; more belongs into a table of the part's own."""
WITH_SKILL = frozenset({LiveEventKind.BOOTH, LiveEventKind.TRAINING})
"""Kinds that may be about one of the five basic skills."""
ALL_DAY = frozenset({LiveEventKind.GATE, LiveEventKind.BOOTH})
"""Kinds that run beside the programme, and are no reason for the stage to change its picture."""


SELF_CHECKED = frozenset({LiveEventKind.POLL, LiveEventKind.PLEDGE, LiveEventKind.LAUNCH, LiveEventKind.DRAW})
"""Their parts read settings with care and tell what is missing, so that an item may be planned before it is set up."""


class KindSettings(BaseModel):
    """The base of every kind's settings: no unknown keys, a default for everything."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


_MODELS: dict[LiveEventKind, type[BaseModel]] = {}


def register(kind: LiveEventKind, model: type[BaseModel]) -> None:
    """Says what the settings of a kind are; called when the part behind it is imported. The model must accept {}."""
    model.model_validate({})
    _MODELS[kind] = model


def settings_model(kind: LiveEventKind) -> type[BaseModel]:
    """The model of a kind's settings."""
    return _MODELS.get(kind, KindSettings)


def checked(kind: LiveEventKind, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are stored. Raises Invalid("item_settings", errors=[{field, problem}])."""
    try:
        if kind in SELF_CHECKED and kind not in _MODELS:
            value = dict(settings)
        else:
            value = _validated(kind, settings)
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        raise Invalid("item_settings", errors=[]) from None
    if len(text) > MAX_SETTINGS:
        raise Invalid("item_settings", errors=[])
    return value


def _validated(kind: LiveEventKind, settings: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return settings_model(kind).model_validate(dict(settings)).model_dump(mode="json")
    except ValidationError as error:
        rows = [
            {"field": ".".join(str(part) for part in one["loc"]), "problem": str(one["type"])}
            for one in error.errors()[:20]
        ]
        raise Invalid("item_settings", errors=rows) from None
