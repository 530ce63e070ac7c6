"""Structured logs: JSON lines for machines, colours on a terminal, one allow-list between people's data and both.

Never logs a request line: an address may carry a search for somebody's name.
"""

import logging
import os
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

from contest.errors import Refused

OUR_PACKAGES = ("scoring", "contest", "realtime", "admin")
MASK = "…"
MAX_TEXT = 300
MAX_TRACEBACK = 12_000
# Text passes under these keys only: what is new must be judged here first. Numbers pass under every other key.
ALLOWED_TEXT = frozenset(
    "message level at process logger error reason phase mode child signal path route method kind role step check "
    "server version language address host exception actor action command source status topic task reference".split()
)
MASKED = frozenset("code name phone ticket token password secret cookie url unit choice text pin otp".split())
# Messages of these are written by programmers; others (SQL, validation) quote what people typed.
_PLAIN_ERRORS = (OSError, TypeError, AttributeError, NameError, ImportError, RuntimeError, AssertionError, Refused)


def configure(process: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Routes structlog and the standard library's loggers to `stream` (standard error). `process` is on every line."""
    stream = stream or sys.stderr
    on_terminal = stream.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _render_exception,
        structlog.processors.EventRenamer("message"),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(event_key="message", timestamp_key="at")
        if on_terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_first_line, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask_personal_data, renderer],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Below a warning other libraries speak of single connections, statements, even frames with all they hold.
    root.setLevel(logging.WARNING)
    for package in OUR_PACKAGES:
        logging.getLogger(package).setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi"):
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).setLevel(logging.NOTSET)
        logging.getLogger(name).propagate = True
    access = logging.getLogger("uvicorn.access")
    access.handlers[:] = []
    access.propagate = False
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    structlog.contextvars.clear_contextvars()
    # Not only this context: servers log from callbacks whose context was made before.
    _PROCESS.clear()
    _PROCESS.update(process=process, pid=os.getpid())


_PROCESS: dict[str, Any] = {}


def log_failure(problem: BaseException) -> bool:
    """Logs what ended this process; False when nobody has configured the logs."""
    if not _PROCESS:
        return False
    structlog.get_logger(__name__).critical("ended by a failure", exc_info=problem)
    return True


def mask_personal_data(logger: Any, method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Keeps numbers, and text only under allow-listed keys; everything else becomes a mask. Control characters go."""
    clean = {key: _safe(key, value) for key, value in line.items()}
    return {**_PROCESS, **clean}


def _safe(key: str, value: object) -> object:
    if key in MASKED and value is not None:
        return MASK
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str) and key in ALLOWED_TEXT:
        if key == "exception":
            return _printable(value, keep_lines=True)[-MAX_TRACEBACK:]  # the end says what it was
        return _printable(value, keep_lines=False)[:MAX_TEXT]
    if isinstance(value, list | tuple) and all(isinstance(item, int | float) for item in value):
        return list(value)
    return MASK


def _printable(text: str, *, keep_lines: bool) -> str:
    """Escapes what could forge a line or drive a terminal."""
    return "".join(
        character
        if character.isprintable() or (keep_lines and character == "\n")
        else character.encode("unicode_escape").decode()
        for character in text
    )


def _first_line(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # Libraries put the repr of exceptions and tasks, with whatever they hold, on the lines after the first.
    line["event"] = str(line.get("event", "")).split("\n", 1)[0]
    return line


def _render_exception(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    problem = line.pop("exc_info", None)
    if problem is True:
        problem = sys.exc_info()[1]
    elif isinstance(problem, tuple):
        problem = problem[1]
    if isinstance(problem, BaseException):
        line["exception"] = describe(problem)
    return line


def describe(problem: BaseException) -> str:
    """Traceback with causes and group members, but with the messages of programmers only."""
    parts: list[str] = []
    if problem.__cause__ is not None:
        parts.append(describe(problem.__cause__))
    elif problem.__context__ is not None and not problem.__suppress_context__:
        parts.append(describe(problem.__context__))
    # The frames of the command-line library are the same in every process and say nothing.
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if "/typer/" not in frame.filename]
    parts.append("".join(traceback.format_list(frames)) + headline(problem))
    if isinstance(problem, BaseExceptionGroup):
        parts.extend(describe(member) for member in problem.exceptions)
    return "\n".join(parts)


def headline(problem: BaseException) -> str:
    """The type, with the message when that cannot quote anybody."""
    kind = f"{type(problem).__module__}.{type(problem).__qualname__}".removeprefix("builtins.")
    if isinstance(problem, Refused):
        return f"{kind}: {problem.code}"
    return f"{kind}: {problem}" if isinstance(problem, _PLAIN_ERRORS) else kind
