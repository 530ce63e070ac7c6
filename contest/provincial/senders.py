"""How codes reach phones: a protocol, and the senders that need no provider.

Never makes a code. A provider of the operator's own is one more class with `send`.
"""

import json
import os
import sys
from pathlib import Path
from typing import Protocol

from contest.provincial.phones import as_dialled, tail
from contest.settings import Settings

FILE = "codes.txt"


class Sender(Protocol):
    """Where short messages go. May block for as long as a provider takes; runs in a thread. May raise anything."""

    def send(self, phone: str, text: str) -> None:
        """Delivers `text` to the number (E.164)."""
        ...


class ConsoleSender:
    """Writes messages to this process's standard error, the number but for its end: for trying things out."""

    def send(self, phone: str, text: str) -> None:
        sys.stderr.write(f"SMS …{tail(phone)}: {text}\n")
        sys.stderr.flush()


class FileSender:
    """Appends messages to a file only its owner may read, one JSON line each: for a modem's program to pick up."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, phone: str, text: str) -> None:
        line = json.dumps({"to": as_dialled(phone), "text": text}, ensure_ascii=False) + "\n"
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # One write: lines of several processes never mix.
            os.write(handle, line.encode())
        finally:
            os.close(handle)


def sender_of(settings: Settings) -> Sender | None:
    """The sender the operator chose; None: no codes can be sent."""
    if settings.sender == "console":
        return ConsoleSender()
    if settings.sender == "file":
        return FileSender(settings.data_dir / FILE)
    return None
