"""Known failures of the command line and the sentences it speaks, in the operator's language.

Never decides what is wrong: whoever finds it raises `Trouble` with a key of the catalogue.
"""

import contextlib
import os
import sys
from typing import Any, TextIO

from contest import catalogue


class Trouble(Exception):
    """Something the operator must mend: `cli.trouble.<code>` in the catalogue is the one sentence they read."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def language() -> str:
    """`vi` or `en`: HOITHI_LANG, else LANG, else Vietnamese."""
    for name in ("HOITHI_LANG", "LANG"):
        wanted = os.environ.get(name, "")[:2].lower()
        if wanted in ("vi", "en"):
            return wanted
    return "vi"


def words(key: str, **params: Any) -> str:
    """The sentence `cli.<key>` in the operator's language."""
    return catalogue.text(language(), f"cli.{key}", **params)


def say(key: str, **params: Any) -> None:
    """One sentence on standard error, where everything goes that is not the answer itself."""
    _write(sys.stderr, words(key, **params))


def answer(line: str) -> None:
    """One line on standard output, for people and scripts alike."""
    _write(sys.stdout, line)


def _write(stream: TextIO, line: str) -> None:
    # A reader who has gone away (`hoithi up | head -1`) must not stop the platform.
    with contextlib.suppress(OSError):
        stream.write(line + "\n")
        stream.flush()
