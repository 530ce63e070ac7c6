"""The words of an export: choices, verdicts, evidence and settings as people read them, or as codes for programs.

Never decides what may be shown.
"""

import json
from typing import Any, NamedTuple

from contest import catalogue
from contest.model import Question
from contest.units import Unit
from scoring.answer_key import OPINIONS, QuestionType
from scoring.fairtime import CreditFlag

_LETTERS = "ABCDEF"
_SHORT = 40


class Told(NamedTuple):
    """A choice in words: the letters shown on the phone, the texts, and both in brief."""

    letters: str
    texts: str
    brief: str


class Facts(NamedTuple):
    """The evidence of one answer; None where the server could not know. Times in ms."""

    via: str | None
    rtt: float | None
    base: float | None
    kernel: float | None
    think: float | None
    bucket: float | None
    flags: str | None


class Words:
    """The words of one language; with `codes` set, stable codes instead of sentences (for JSON)."""

    def __init__(self, lang: str, *, codes: bool = False) -> None:
        self.lang = lang
        self.codes = codes
        self._flags: dict[int, str | None] = {}
        self._cache: dict[str, str] = {}

    def text(self, key: str, **params: Any) -> str:
        """The sentence `exports.<key>`."""
        if params:
            return catalogue.text(self.lang, f"exports.{key}", **params)
        if key not in self._cache:
            self._cache[key] = catalogue.text(self.lang, f"exports.{key}")
        return self._cache[key]

    def say(self, kind: str, code: str | None) -> str | None:
        """One word of a closed list: verdict, type, scoring …"""
        return code if self.codes or code is None else self.text(f"{kind}.{code}")

    def yes(self, value: bool) -> str | int | None:
        """A mark where something holds, nothing where it does not."""
        if self.codes:
            return int(value)
        return self.text("yes") if value else None

    def group(self, code: str | None) -> str | None:
        """A target group."""
        return code if self.codes else catalogue.text(self.lang, f"group.{code or 'none'}")

    def unit(self, code: str | None, units: dict[str, Unit]) -> str | None:
        """A commune's full name; the code itself when the list no longer has it."""
        if code is None:
            return None if self.codes else catalogue.text(self.lang, "unit.none")
        return units[code].name if code in units else code

    def number(self, value: object) -> str:
        """A number inside a text: with the decimal comma in Vietnamese."""
        plain = str(value)
        return plain.replace(".", ",") if self.lang == "vi" else plain

    def choice(self, question: Question, stored: str) -> Told:
        """A stored choice in words."""
        return self.told(question, json.loads(stored))

    def told(self, question: Question, choice: Any) -> Told:
        """A choice or key in words: options by letter and text, a number with its unit, a text as it is."""
        if not isinstance(choice, list):
            text = choice if isinstance(choice, str) else f"{self.number(choice)} {question.unit_vi}".strip()
            return Told("", text, _abbreviated(text))
        if question.type is QuestionType.CLOUD:
            text = "; ".join(str(word) for word in choice)
            return Told("", text, _abbreviated(text))
        shown = {option.id: (_LETTERS[place], option.text_vi) for place, option in enumerate(question.options)}
        parts = [shown.get(option, (str(option), str(option))) for option in choice]
        between = " → " if question.type is QuestionType.ORDERING else ", "
        letters = between.join(letter for letter, _ in parts)
        texts = (" → " if question.type is QuestionType.ORDERING else "; ").join(text for _, text in parts)
        # Of several options the letters say it; their texts would only fill the column.
        brief = _abbreviated(f"{letters}. {texts}") if len(parts) == 1 else letters
        return Told(letters, texts, brief)

    def press(self, stored: str) -> Told:
        """A press of a duel's buzzer, which says nothing but that it was pressed."""
        text = str(json.loads(stored)) if self.codes else self.text("press")
        return Told("", text, text)

    def key(self, question: Question) -> str | None:
        """The right answer of a question in words; None for polls and word clouds, which have none."""
        if question.type in OPINIONS:
            return None
        if question.type is QuestionType.TEXT and isinstance(question.answer, tuple):
            return " / ".join(question.answer)
        if not isinstance(question.answer, tuple):
            value = f"{self.number(question.answer)} {question.unit_vi}".strip()
            return f"{value} (± {self.number(question.tolerance)})" if question.tolerance else value
        told = self.told(question, list(question.answer))
        return f"{told.letters}. {told.texts}"

    def facts(self, evidence: str) -> Facts:
        """What the fair-time rule looked at for one answer, from the JSON text stored with it."""
        try:
            stored = json.loads(evidence)
        except ValueError:
            stored = {}
        if not isinstance(stored, dict):
            stored = {}
        via = stored.get("via")
        rtt, base, kernel, think, bucket = (
            _number(stored.get(name)) for name in ("rtt", "base", "kernel", "think", "bucket")
        )
        flags = stored.get("flags")
        return Facts(
            self.say("via", via) if via in ("ws", "http", "late") else None,
            rtt,
            base,
            kernel,
            think,
            bucket,
            self.flags(flags) if isinstance(flags, int) else None,
        )

    def flags(self, stored: int) -> str | None:
        """What a reviewer should know about a credit, None when there is nothing."""
        if stored not in self._flags:
            names = [flag.name.lower() for flag in CreditFlag if flag.name and stored & flag]
            said = [self.say("flag", name) or name for name in names]
            self._flags[stored] = "; ".join(said) or None
        return self._flags[stored]


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _abbreviated(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1].rstrip() + "…"
