"""Logs are lines of JSON that carry numbers and facts, and nothing that people typed."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from admin import logs
from contest.errors import Conflict

CANARY = "Nguyễn Thị Canary"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    ours = {name: logging.getLogger(name).level for name in logs.OUR_PACKAGES}
    written = io.StringIO()
    logs.configure("players-1", "DEBUG", written)
    yield written
    root.handlers[:] = before
    root.setLevel(level)
    for name, own in ours.items():
        logging.getLogger(name).setLevel(own)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_line_is_json_and_names_its_process(stream: io.StringIO) -> None:
    structlog.get_logger("realtime.test").info("question opened", round_id=7, question=3, phase="open")
    (line,) = lines(stream)
    assert line["process"] == "players-1"
    assert line["message"] == "question opened"
    assert (line["round_id"], line["question"], line["phase"], line["level"]) == (7, 3, "open", "info")
    assert line["at"].endswith("Z")


@pytest.mark.parametrize(
    "key", ["name", "phone", "ticket", "token", "password", "code", "unit", "choice", "shown_name", "anything_new"]
)
def test_text_under_a_key_nobody_allowed_is_masked(stream: io.StringIO, key: str) -> None:
    structlog.get_logger("admin.test").info("joined", **{key: CANARY})
    (line,) = lines(stream)
    assert line[key] == logs.MASK
    assert CANARY not in stream.getvalue()


@pytest.mark.parametrize("value", [912345678, {"name": CANARY}, [CANARY], (1, CANARY), b"secret"])
def test_other_shapes_are_no_way_around_the_mask(stream: io.StringIO, value: object) -> None:
    structlog.get_logger("admin.test").info("joined", phone=value, detail=value)
    (line,) = lines(stream)
    assert line["phone"] == logs.MASK
    assert CANARY not in stream.getvalue()
    assert "secret" not in stream.getvalue()


def test_lists_of_numbers_stay(stream: io.StringIO) -> None:
    structlog.get_logger("admin.test").info("kicked", seats=[1, 2])
    assert lines(stream)[0]["seats"] == [1, 2]


def test_a_database_failure_keeps_its_place_but_not_its_values(stream: io.StringIO) -> None:
    try:
        try:
            raise ValueError(CANARY)
        except ValueError as cause:
            raise IntegrityError("INSERT INTO seats VALUES (?)", (CANARY,), Exception(CANARY)) from cause
    except IntegrityError:
        structlog.get_logger("admin.test").exception("join failed")
    (line,) = lines(stream)
    assert "sqlalchemy.exc.IntegrityError" in line["exception"]
    assert "ValueError" in line["exception"]
    assert "test_a_database_failure" in line["exception"]
    assert CANARY not in stream.getvalue()


def test_messages_of_programmers_and_codes_stay(stream: io.StringIO) -> None:
    structlog.get_logger("admin.test").error("no", exc_info=RuntimeError("the pool is closed"))
    structlog.get_logger("admin.test").error("no", exc_info=ExceptionGroup("both", [Conflict("not_now", name=CANARY)]))
    first, second = lines(stream)
    assert "the pool is closed" in first["exception"]
    assert "not_now" in second["exception"]
    assert CANARY not in stream.getvalue()


def test_other_libraries_write_the_same_lines(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("no room left")
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task exception=%r>", CANARY)
    first, second = lines(stream)
    assert (first["message"], first["logger"]) == ("no room left", "uvicorn.error")
    assert second["message"] == "Task exception was never retrieved"
    assert CANARY not in stream.getvalue()


def test_no_request_is_ever_logged(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info('%s - "%s"', "10.0.0.1", f"GET /people?q={CANARY}")
    logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "10.0.0.1", "/ws?ticket=secret")
    logging.getLogger("websockets.server").debug("< TEXT %r", CANARY)
    logging.getLogger("sqlalchemy.engine").info("INSERT %r", CANARY)
    assert stream.getvalue() == ""


def test_no_line_can_be_forged_and_no_terminal_driven(stream: io.StringIO) -> None:
    structlog.get_logger("admin.test").info("refused", reason='x\r\n{"level": "critical"}\x1b[2J\u202e')
    (line,) = lines(stream)
    assert "\x1b" not in line["reason"]
    assert "\n" not in line["reason"]
    assert "\u202e" not in line["reason"]


def test_a_failure_is_logged_once_logs_are_there(stream: io.StringIO) -> None:
    assert logs.log_failure(ValueError(CANARY))
    (line,) = lines(stream)
    assert line["level"] == "critical"
    assert CANARY not in stream.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_words_for_people_and_the_same_mask() -> None:
    root = logging.getLogger()
    before = root.handlers[:]
    written = Terminal()
    try:
        logs.configure("supervisor", "INFO", written)
        structlog.get_logger("admin.test").warning("a process ended", child="admin", name=CANARY, reason="\x1b]0;x\x07")
    finally:
        root.handlers[:] = before
        structlog.reset_defaults()
    assert "a process ended" in written.getvalue()
    assert not written.getvalue().startswith("{")
    assert CANARY not in written.getvalue()
    assert "\x1b]0;" not in written.getvalue()
