"""The data that comes with the platform: a question bank, a ready quiz, the units of the province, unwelcome words.

Never computes: other modules give the data its meaning.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load(name: str) -> Any:
    """The JSON value of `name` ("bank.json"). Shared: treat it as read-only."""
    return json.loads(text(name))


def text(name: str) -> str:
    """The text of the file `name`."""
    return (files(__name__) / name).read_text("utf-8")
