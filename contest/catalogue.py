"""The words people read, by language and key; Vietnamese is complete and the fallback.

Each part keeps its own files `locale/<part>.<language>.json`, flat keys; here they become one catalogue. Never formats
numbers or dates.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("vi", "en")
DEFAULT = "vi"


@cache
def load(lang: str) -> dict[str, str]:
    """Every sentence of one language. Raises ValueError when two parts define the same key."""
    merged: dict[str, str] = {}
    folder = files("contest") / "locale"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(f".{lang}.json"):
            continue
        part: dict[str, str] = json.loads(entry.read_text("utf-8"))
        if repeated := merged.keys() & part.keys():
            raise ValueError(f"{entry.name} defines again: {', '.join(sorted(repeated))}")
        merged.update(part)
    return merged


def text(lang: str, key: str, /, **params: Any) -> str:
    """The sentence of `key` with its `{placeholders}` filled; the key itself when nobody has written it."""
    sentence = load(lang if lang in LANGUAGES else DEFAULT).get(key) or load(DEFAULT).get(key)
    if sentence is None:
        return key
    return sentence.format_map(_Lenient(params)) if params else sentence


def error_text(lang: str, code: str, /, **params: Any) -> str:
    """The sentence for a refusal's code; a general one for a code without its own."""
    key = f"error.{code}"
    if key in load(DEFAULT):
        return text(lang, key, **params)
    return text(lang, "error.unknown", code=code)


class _Lenient(dict[str, Any]):
    """A missing parameter shows its name rather than breaking the sentence."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
