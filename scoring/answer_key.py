"""What may be chosen, what is right, and the judgement of one choice.

Never knows points, time or people.
"""

import itertools
import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from scoring import cloud_words
from scoring.folding import fold, nfc, signs

Choice = list[str] | int | float | str

NUMBER_LIMIT = 10**15  # every integer up to here, and 15 digits of a decimal, survive a JSON double
TEXT_LIMIT = 200
_RAW_TEXT_LIMIT = 5 * TEXT_LIMIT  # NFD spends up to three code points a letter; spaces are collapsed later
_RAW_NUMBER_LIMIT = 40


class QuestionType(StrEnum):
    SINGLE = "single"
    MULTI = "multi"
    TRUE_FALSE = "true_false"
    ORDERING = "ordering"
    NUMERIC = "numeric"
    TEXT = "text"
    POLL = "poll"
    CLOUD = "cloud"
    """A few words of one's own; like a poll it has no right answer."""


OPINIONS = frozenset({QuestionType.POLL, QuestionType.CLOUD})
"""Nothing is right, nobody earns or loses anything, and nobody is put out by them."""


class Verdict(StrEnum):
    RIGHT = "right"
    PARTIAL = "partial"
    WRONG = "wrong"
    NONE = "none"


_ONE_OPTION = frozenset({QuestionType.SINGLE, QuestionType.TRUE_FALSE, QuestionType.POLL})


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """The offered options and what is right about one question.

    `right` holds option ids: the right one (a single question may have several, any of which is right), all
    the right ones of a multi, the whole right order of an ordering. `number` and `tolerance` belong to numeric,
    `accepted` to text, `words` (how many one may send) to cloud. Raises ValueError for a key nobody could answer.
    """

    type: QuestionType
    options: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    number: Decimal | None = None
    tolerance: Decimal = Decimal(0)
    accepted: tuple[str, ...] = ()
    words: int = 1

    def __post_init__(self) -> None:
        if problem := _problem(self):
            raise ValueError(f"{self.type} answer key: {problem}")


def _problem(key: AnswerKey) -> str | None:
    if len(set(key.options)) < len(key.options) or len(set(key.right)) < len(key.right):
        return "an option id is repeated"
    if not set(key.right) <= set(key.options):
        return "a right option is not offered"
    match key.type:
        case QuestionType.NUMERIC:
            if key.number is None or not key.number.is_finite():
                return "there is no number"
            if not key.tolerance.is_finite() or key.tolerance < 0:
                return "the tolerance is not a number from 0"
        case QuestionType.TEXT:
            if not any(nfc(text) for text in key.accepted):
                return "no text is accepted"
        case QuestionType.POLL:
            if not key.options or key.right:
                return "a poll offers options and none is right"
        case QuestionType.CLOUD:
            if key.options or key.right or not 0 < key.words <= cloud_words.MOST_WORDS:
                return "a cloud asks for a few words and offers nothing"
        case QuestionType.ORDERING:
            if len(key.options) < 2 or len(key.right) < len(key.options):
                return "the right order must name all of two or more options"
        case QuestionType.TRUE_FALSE:
            if len(key.options) != 2 or len(key.right) != 1:
                return "one of two options is right"
        case _:
            if not key.right:
                return "no option is right"
    return None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and its share: `earned` of `possible` units (0 possible: nothing can be earned, a poll)."""

    verdict: Verdict
    earned: int
    possible: int


def parse_choice(key: AnswerKey, raw: object) -> Choice | None:
    """The canonical form of what a phone sent, or None when it is not a possible answer to this question.

    Canonical means: equal answers are equal values (multi in the order of the options, whole numbers as int,
    text in NFC), so "the same answer again" is one comparison. Never raises, whatever JSON held; the cost is
    bounded by the size of the key.
    """
    if key.type is QuestionType.NUMERIC:
        return _parse_number(raw)
    if key.type is QuestionType.TEXT:
        return _parse_text(raw)
    if key.type is QuestionType.CLOUD:
        return cloud_words.parse(raw, key.words)
    # The length comes first: a list of 4,000 ids must not cost 4,000 look-ups.
    if not isinstance(raw, list) or not 0 < len(raw) <= len(key.options):
        return None
    if not all(isinstance(option, str) and option in key.options for option in raw):
        return None
    if key.type in _ONE_OPTION:
        return [*raw] if len(raw) == 1 else None
    if len(set(raw)) < len(raw):
        return None
    if key.type is QuestionType.ORDERING:
        return [*raw] if len(raw) == len(key.options) else None
    return [option for option in key.options if option in raw]


# 1.500.000,25 and 1 500 000,25 as Vietnamese write them; a dot before exactly three digits groups (1.500 is
# fifteen hundred), unless a lone 0 stands before it.
_VIETNAMESE = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:[. ][0-9]{3})+(?:,[0-9]+)?")
_ENGLISH = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+\.[0-9]+|(?:,[0-9]{3}){2,})")
_PLAIN = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")


def _parse_number(raw: object) -> int | float | None:
    if isinstance(raw, str):
        return _parse_number_text(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    if isinstance(raw, float) and not math.isfinite(raw):
        return None
    if abs(raw) > NUMBER_LIMIT:
        return None
    return int(raw) if raw == int(raw) else raw


def _parse_number_text(raw: str) -> int | float | None:
    if len(raw) > _RAW_NUMBER_LIMIT:
        return None
    text = " ".join(raw.replace("−", "-").split())
    if _VIETNAMESE.fullmatch(text):
        plain = text.replace(".", "").replace(" ", "").replace(",", ".")
    elif _ENGLISH.fullmatch(text):
        plain = text.replace(",", "")
    elif _PLAIN.fullmatch(text):
        plain = text.replace(",", ".")
    else:
        return None
    number = Decimal(plain)
    if abs(number) > NUMBER_LIMIT:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


def _parse_text(raw: object) -> str | None:
    if not isinstance(raw, str) or len(raw) > _RAW_TEXT_LIMIT:
        return None
    text = nfc(raw)
    if not 0 < len(text) <= TEXT_LIMIT:
        return None
    # Control characters and lone surrogates cannot be stored by every database, nor shown by any page.
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        return None
    return text


def judge(key: AnswerKey, choice: Choice | None) -> Judgement:
    """Judge a choice that `parse_choice` returned; None is "no answer".

    single, true_false, numeric (|x - number| <= tolerance, in exact decimals) and text are all or nothing.

    multi: every right option chosen earns one, every wrong one takes one back, never below nothing. So
    choosing everything is worth no more than knowing nothing, and the best play is to say what one knows.

    ordering: one unit for each pair of neighbours of the right order that stands as neighbours, in that order,
    in the choice; n - 1 in all. A sequence that is merely shifted keeps its credit (which a count of right
    places would deny), and a random order can expect 1/n of the credit.
    """
    if key.type in OPINIONS:
        return Judgement(Verdict.NONE, 0, 0)
    possible = _possible(key)
    if choice is None:
        return Judgement(Verdict.NONE, 0, possible)
    earned = _earned(key, choice)
    if earned == 0:
        return Judgement(Verdict.WRONG, 0, possible)
    return Judgement(Verdict.RIGHT if earned == possible else Verdict.PARTIAL, earned, possible)


def _possible(key: AnswerKey) -> int:
    if key.type is QuestionType.MULTI:
        return len(key.right)
    return len(key.right) - 1 if key.type is QuestionType.ORDERING else 1


def _earned(key: AnswerKey, choice: Choice) -> int:
    if key.type is QuestionType.NUMERIC:
        return int(_is_near(key, choice))
    if key.type is QuestionType.TEXT:
        return int(isinstance(choice, str) and _is_accepted(key.accepted, choice))
    if not isinstance(choice, list):
        return 0
    if key.type is QuestionType.MULTI:
        right = sum(option in key.right for option in choice)
        return max(0, right - (len(choice) - right))
    if key.type is QuestionType.ORDERING:
        wanted = set(itertools.pairwise(key.right))
        return sum(pair in wanted for pair in itertools.pairwise(choice))
    return int(len(choice) == 1 and choice[0] in key.right)


def _is_near(key: AnswerKey, choice: Choice) -> bool:
    if not isinstance(choice, int | float) or key.number is None:
        return False
    # str() gives the shortest decimal that means this double: 0.1 is judged as 0.1, not as 0.1000…0055.
    return abs(Decimal(str(choice)) - key.number) <= key.tolerance


@lru_cache(maxsize=512)
def _accepted_forms(accepted: tuple[str, ...]) -> tuple[frozenset[str], frozenset[tuple[str, tuple[str, ...]]]]:
    texts = [text for text in map(nfc, accepted) if text]
    exact = frozenset(text.casefold() for text in texts)
    return exact, frozenset((key, signs(text)) for text in texts if (key := fold(text)))


def _is_accepted(accepted: tuple[str, ...], choice: str) -> bool:
    """Spelling, tones and case do not matter, signs that change the meaning do (C++ is not C, 3,5 is not 35)."""
    exact, folded = _accepted_forms(accepted)
    text = nfc(choice)
    return text.casefold() in exact or (fold(text), signs(text)) in folded
