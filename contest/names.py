"""Names people give themselves: what may be shown, and what should be looked at by the host first.

Never splits a name into parts and never forbids a script; the host has the last word on what is offensive.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import regex

from contest import data
from scoring.folding import fold

MAX_GRAPHEMES = 24
MAX_CODE_POINTS = 110
"""What the database keeps, with room for the number that makes a taken name unique."""

_RAW_LIMIT = 1_000
_MARKS_PER_GRAPHEME = 2
"""After NFC. Vietnamese needs none, Ê Đê ô̆ ơ̆ ư̆ one, with a tone two; towers of marks are a prank."""
_GRAPHEME: re.Pattern[str] = regex.compile(r"\X")
# Letters and symbols that show as nothing: Hangul fillers, the empty Braille cell, joiners of marks.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A name fit to be shown, or the code of what is wrong: name_empty, name_too_long, name_unprintable."""

    name: str | None
    code: str | None = None


def graphemes(name: str) -> list[str]:
    """The letters as a reader counts them."""
    return _GRAPHEME.findall(name)


def clean(name: str) -> Cleaned:
    """The name as it will be stored and shown; cleaning a cleaned name changes nothing.

    NFC, single spaces, no control, direction, zero-width or unassigned characters, at most two marks on a letter.
    1 to 24 graphemes, at least one letter or digit.
    """
    if len(name) > _RAW_LIMIT:
        return Cleaned(None, "name_too_long")
    if not name.strip():
        return Cleaned(None, "name_empty")
    kept = "".join(_kept(char) for char in unicodedata.normalize("NFC", name))
    shown = " ".join(unicodedata.normalize("NFC", _without_towers(kept)).split())
    if not any(unicodedata.category(char)[0] in "LN" for char in shown):
        return Cleaned(None, "name_unprintable")
    if len(shown) > MAX_CODE_POINTS or len(_GRAPHEME.findall(shown)) > MAX_GRAPHEMES:
        return Cleaned(None, "name_too_long")
    return Cleaned(shown)


def _kept(char: str) -> str:
    if char.isspace():
        return " "
    category = unicodedata.category(char)
    # Cc control, Cf direction and zero width, Cn unassigned, Co private, Cs lone halves, Me circles around letters.
    return "" if category[0] == "C" or category == "Me" or char in _BLANK else char


def _without_towers(text: str) -> str:
    kept: list[str] = []
    marks, based = 0, False
    for char in text:
        if unicodedata.category(char) == "Mn":
            marks += 1
            if not based or marks > _MARKS_PER_GRAPHEME:
                continue
        else:
            marks, based = 0, char != " "
        kept.append(char)
    return "".join(kept)


# --- the word filter -------------------------------------------------------------------------------------------------

_LEET = str.maketrans("0134579@$!|€+", "oieastgasiiet")
_DISGUISE = re.compile(r"(?<=[^\W\d_])[0-9@$!|€+*.\-_]+(?=[^\W\d_])")
_TOKEN: re.Pattern[str] = regex.compile(r"[\p{L}\p{M}\p{N}@$!|€+]+")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_VOWELS = frozenset("aeiouy")
_ENDINGS = ("mẹ", "me", "má", "ma", "mày", "may")
_CYRILLIC_GREEK = str.maketrans("аеорсухіѕјԁοαεικνυρτ", "aeopcyxisjdoaeikvupt")


@dataclass(frozen=True, slots=True)
class _Words:
    toned: frozenset[tuple[str, ...]]
    toneless: frozenset[tuple[str, ...]]
    disguised: frozenset[str]
    inside: tuple[str, ...]


@cache
def _words() -> _Words:
    value = data.load("words.json")
    return _Words(
        toned=frozenset(tuple(map(_syllable, entry.split())) for entry in value["toned"]),
        toneless=frozenset(tuple(entry["word"].split()) for entry in value["toneless"]),
        disguised=frozenset(value["disguised"]),
        inside=tuple(entry["word"] for entry in value["inside"]),
    )


def is_offensive(name: str) -> bool:
    """Whether the name holds an insult or obscenity, spelled plainly or in disguise; a hint for the host.

    Words with tones match as whole words wherever the tone is placed. Without tones only what is no usual name or
    word matches, so Long, Lồng, Bưởi and Cư Pui pass. Signs for letters, zero-width characters, letters repeated or
    spaced out are seen through.
    """
    text = unicodedata.normalize("NFKC", name[:_RAW_LIMIT]).casefold().translate(_CYRILLIC_GREEK)
    text = "".join(char for char in text if unicodedata.category(char) != "Cf" and char not in _BLANK)
    tokens = [token.strip("!|+") for token in _TOKEN.findall(text)]
    tokens = [token for token in tokens if token]
    plain = [_syllable(token) for token in tokens]
    if _phrase_in(plain, _words().toned) or _phrase_in([_once(token) for token in plain], _words().toned):
        return True
    return _toneless(tokens) or _disguised(text, tokens)


def _toneless(tokens: list[str]) -> bool:
    """Words typed without any tone or vowel mark; a token with marks breaks a phrase."""
    ascii_tokens = [token.translate(_LEET) if not token.isdigit() else token for token in tokens]
    ascii_tokens = [token if token.isascii() else "\0" for token in ascii_tokens]
    once = [_once(token) for token in ascii_tokens]
    if _phrase_in(ascii_tokens, _words().toneless) or _phrase_in(once, _words().toneless):
        return True
    return any(word in token for token in (*map(fold, ascii_tokens), *once) for word in _words().inside)


def _disguised(text: str, tokens: list[str]) -> bool:
    """Words with digits or signs between their letters, or with their letters spaced out."""
    for token in text.split():
        if _DISGUISE.search(token):
            read, bare = token.translate(_LEET), re.sub(r"[\W\d_]", "", token)
            if any(map(_is_word, (read, re.sub(r"[\W_]", "", read), bare))):
                return True
    run = ""
    for token in (*tokens, "  "):
        if len(_GRAPHEME.findall(token)) == 1:
            run += token
        elif _spaced_out(run):
            return True
        else:
            run = ""
    return False


def _spaced_out(letters: str) -> bool:
    """Whether joined single letters make one of the words, with or without what usually follows: d i t m e."""
    if len(letters) < 3:
        return False
    return any(_is_word(letters.removesuffix(ending)) for ending in ("", *_ENDINGS))


def _is_word(form: str) -> bool:
    words = _words()
    if _once(form) in words.disguised or _holds(form):
        return True
    # Without a vowel it is a short form such as đcm: dots between the initials of a name are no disguise.
    return bool(_VOWELS & set(fold(form))) and (_once(_syllable(form)),) in words.toned


def _holds(form: str) -> bool:
    return any(part in form for part in _words().inside)


def _phrase_in(tokens: list[str], phrases: frozenset[tuple[str, ...]]) -> bool:
    if any((token,) in phrases for token in tokens):
        return True
    if any(pair in phrases for pair in pairwise(tokens)):
        return True
    return any(tuple(tokens[place : place + 3]) in phrases for place in range(len(tokens) - 2))


def _syllable(token: str) -> str:
    """The token with its tone moved behind it, so that its place and order of typing make no difference."""
    decomposed = unicodedata.normalize("NFD", token)
    tones = "".join(mark for mark in decomposed if mark in _TONES)
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if char not in _TONES)) + tones


def _once(token: str) -> str:
    """Letters repeated in a row written once: lồnnn, fuuuck."""
    return re.sub(r"(.)\1+", r"\1", token)
