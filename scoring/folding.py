"""How Vietnamese text is normalised, compared and sorted.

Never decides whether an answer is right, and never drops or splits parts of a person's name.
"""

import re
import unicodedata
from functools import lru_cache

_KEPT = frozenset("0123456789abcdefghijklmnopqrstuvwxyz ")
# đ and ƀ (Ê Đê, Gia Rai) do not decompose, so NFD alone would lose the whole letter.
_UNDECOMPOSED = {"đ": "d", "ƀ": "b"}

_BREVE, _CIRCUMFLEX, _HORN = "\u0306", "\u0302", "\u031b"
# CLDR vi: &̀ << ̉ << ̃ << ́ << ̣ - the order of Vietnamese dictionaries: huyền, hỏi, ngã, sắc, nặng.
_TONES = {"\u0300": 0x11, "\u0309": 0x12, "\u0303": 0x13, "\u0301": 0x14, "\u0323": 0x15}
_OTHER_MARK = 0x16
_LETTERS = "aăâbƀcdđeêfghijklmnoôơpqrstuưvwxyz"
_PRIMARY = {letter: 0x40 + place for place, letter in enumerate(_LETTERS)} | {
    digit: 0x30 + place for place, digit in enumerate("0123456789")
}
# A mark that makes another *letter* in Vietnamese, not a tone on the same one.
_LETTER_MARKS = {
    ("a", _BREVE): "ă",
    ("a", _CIRCUMFLEX): "â",
    ("e", _CIRCUMFLEX): "ê",
    ("o", _CIRCUMFLEX): "ô",
    ("o", _HORN): "ơ",
    ("u", _HORN): "ư",
}
_LEVEL_END = 0x01


class _FoldTable(dict[int, str | None]):
    """Maps one decomposed, case-folded character; learns each character once, so folding runs at C speed."""

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        folded = " " if char.isspace() else _UNDECOMPOSED.get(char, char)
        kept = folded if folded in _KEPT else None
        if len(self) < 4096:  # a flood of exotic characters must not grow the table for ever
            self[code] = kept
        return kept


_FOLD = _FoldTable()


# Control characters (PostgreSQL cannot store NUL), lone surrogates (no encoder takes them), and the marks that turn the
# rest of a line around. Whitespace is not among them: it becomes a space.
_UNSHOWABLE_RANGES = (
    (0x00, 0x08), (0x0E, 0x1B), (0x7F, 0x84), (0x86, 0x9F), (0x202A, 0x202E), (0x2066, 0x2069), (0xD800, 0xDFFF),
    (0xFEFF, 0xFEFF), (0xFFFE, 0xFFFF),
)  # fmt: skip
_UNSHOWABLE = dict.fromkeys(code for first, last in _UNSHOWABLE_RANGES for code in range(first, last + 1))


def nfc(text: str) -> str:
    """The stored form of any text a person typed: NFC, runs of whitespace made one space, ends trimmed.

    What no page can show (control characters, lone surrogates, overrides of the writing direction) is left out.

    NFC, NFD and the "Unicode tổ hợp" of old Vietnamese keyboards all become one; the place of the tone
    (Hoà, Hòa) and the kind of apostrophe stay as typed. Compare on `fold`.
    """
    return " ".join(unicodedata.normalize("NFC", text).translate(_UNSHOWABLE).split())


def fold(text: str) -> str:
    """The key two spellings of one Vietnamese text share: only `0-9a-z` and single spaces.

    Case, tones, vowel marks, đ/ƀ, every apostrophe (', U+2019, U+02BC) and punctuation make no difference,
    so "Ea H’leo" is found by "ea hleo". Folding a folded text changes nothing. Text in another script folds
    to the empty string: treat that as "no key", never as a match.
    """
    return " ".join(unicodedata.normalize("NFD", text.casefold()).translate(_FOLD).split())


_GROUPING_DOT = re.compile(r"(?<=[0-9])\.(?=[0-9]{3}(?![0-9]))")
_SIGN = re.compile(r"[+#@=<>^]|(?<=[0-9])[.,:/](?=[0-9])|(?<!\w)[-−](?=[0-9])")


def signs(text: str) -> tuple[str, ...]:
    """The signs that folding drops although they carry meaning: C++ and C#, 20/11 and 2011, 3,5 and 35.

    Dots that group thousands (1.500.000) are not among them.
    """
    return tuple(_SIGN.findall(_GROUPING_DOT.sub("", text)))


@lru_cache(maxsize=4096)
def _weights(char: str) -> tuple[bytes, bytes, bytes]:
    """Primary, secondary and tertiary weights of one base letter with its marks (CLDR vi)."""
    lower = char.lower()
    decomposed = unicodedata.normalize("NFD", lower)
    letter, marks = decomposed[0], list(decomposed[1:])
    for mark in marks:
        if (made := _LETTER_MARKS.get((letter, mark))) is not None:
            letter = made
            marks.remove(mark)
            break
    secondary = bytes([0x10, *(_TONES.get(mark, _OTHER_MARK) for mark in marks)])
    tertiary = b"\x10" if lower == char else b"\x11"
    if (weight := _PRIMARY.get(letter)) is not None:
        return bytes([weight]), secondary, tertiary
    # Spaces, then punctuation and symbols come before digits; other scripts come after the Latin letters.
    # Surrogates may be in the text of a hostile client: a key must come out all the same.
    code = letter.encode("utf-8", "surrogatepass")
    if letter.isspace():
        return b"\x02", secondary, tertiary
    return (b"\xf0" if letter.isalnum() else b"\x03") + code + b"\x02", secondary, tertiary


def sort_key_vi(text: str) -> bytes:
    """Bytes that sort as CLDR's Vietnamese collation does; may be stored and indexed.

    Letters a ă â … d đ … e ê … o ô ơ … u ư differ first, then tones (none, huyền, hỏi, ngã, sắc, nặng), then
    case (small first). Letters of Ê Đê and M'nông that Vietnamese lacks (ŏ, ĕ, č, ñ) sort with their base
    letter, ƀ right after b. Whoever sorts people by given name passes the words in that order.
    """
    clusters: list[str] = []
    for char in unicodedata.normalize("NFD", text):
        if clusters and unicodedata.combining(char):
            clusters[-1] += char
        else:
            clusters.append(char)
    weights = [_weights(cluster) for cluster in clusters]
    end = bytes([_LEVEL_END])
    return end.join(b"".join(weight[level] for weight in weights) for level in range(3))
