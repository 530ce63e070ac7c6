"""Documents on paper: Typst templates of our own, filled with data, as PDF.

Data goes in as one JSON text, never as source, so nothing a person typed can become markup. Only fonts that the
typesetter itself carries are used: the same document on every machine, with every letter of Vietnamese and of the
Ê Đê, Gia Rai and M'nông alphabets. Never knows what a contest is.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import regex
import typst

FOLDER: Final = Path(__file__).parent / "templates"
BOX: Final = "□"
_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed')
_UNPRINTABLE: re.Pattern[str] = regex.compile(r"[\p{Cf}\p{Co}\p{Cn}\p{Cs}\uFE00-\uFE0F]|(?!\n)\p{Cc}")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def typeset(template: str, data: Mapping[str, Any]) -> bytes:
    """`templates/<template>.typ` filled with `data` (JSON-able), as PDF/A-2b made for archives.

    Takes about a millisecond a page: call it in a thread, where it holds nobody up. The time of making is not in the
    file; equal data give an equal document. A letter that no font has (an emoji) is set as an empty box. Raises
    `typst.TypstError` for a template that does not fit its data, which is a bug.
    """
    text = json.dumps(_printable(data), ensure_ascii=False)
    while True:
        try:
            return _compiled(template, text)
        except typst.TypstError as trouble:
            shown = _without(text, str(trouble))
            if shown == text:
                raise
            text = shown


def _compiled(template: str, text: str) -> bytes:
    made = typst.compile(
        FOLDER / f"{template}.typ",
        root=FOLDER,
        font_paths=_fonts(),
        format="pdf",
        sys_inputs={"data": text},
        pdf_standards="a-2b",
        timestamp=0,
    )
    assert isinstance(made, bytes)
    return made


def _printable(value: Any) -> Any:
    """The data with no letters in it that join, steer or control others: alone they show as nothing."""
    if isinstance(value, str):
        return _UNPRINTABLE.sub("", value)
    if isinstance(value, Mapping):
        return {name: _printable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(one) for one in value]
    return value


def _without(text: str, trouble: str) -> str:
    """The data without the letters the typesetter says it cannot show; the same when it complains of something else."""
    for missing in _MISSING.findall(trouble):
        letters = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), missing)
        for letter in set(letters) - {BOX, "\\", '"'}:
            # An archive's PDF may hold no letter that does not show.
            text = text.replace(letter, BOX)
    return text


def ornament() -> str:
    """The band of Ê Đê brocade, as SVG."""
    return (FOLDER / "band.svg").read_text("utf-8")


@cache
def _fonts() -> typst.Fonts:
    # Reading them anew for each document would take longer than setting it.
    return typst.Fonts(include_system_fonts=False)
