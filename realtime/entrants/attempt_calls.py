"""What a phone asks of an attempt as bytes, and what it is answered: for the routes, and for the short way past them.

Never knows HTTP: refusals are raised. Every time told is what is left on the server's clock.
"""

from typing import Any, ClassVar

import msgspec

from contest.catalogue import text
from contest.errors import Conflict, Invalid, NotFound, Refused
from contest.provincial import attempt_views
from contest.provincial.attempt_model import (
    Kept,
    NotStarted,
    NotSubmitted,
    Saved,
    SaveWish,
    SentAnswer,
    Started,
    StartWish,
    Submitted,
    SubmitWish,
)
from contest.provincial.papers import as_shown
from contest.provincial.rules import ContestRules, WindowKind
from contest.provincial.secrets_box import FieldBox
from contest.tickets import digest

MOST_SENT = 101
"""The longest paper and its prediction."""
_BIGGEST_SEQ = 2**53


class Busy(Refused):
    """Storage could not take it now; told as 503."""

    http_status: ClassVar = 503
    retry_after_s = 2

    def __init__(self) -> None:
        super().__init__("busy")


class SignedOut(Refused):
    """There is no valid session; told as 401."""

    http_status: ClassVar = 401

    def __init__(self) -> None:
        super().__init__("not_signed_in")


class NoTicket(Refused):
    """The bearer is missing; told as 401."""

    http_status: ClassVar = 401

    def __init__(self) -> None:
        super().__init__("attempt_ticket_missing")


class StartBody(msgspec.Struct):
    """`device` is a random word that the phone keeps; only its keyed hash is stored."""

    device: str = ""


class AnswerBody(msgspec.Struct):
    """`choice` as on the live socket: a list of option ids, a number or a text; null takes the answer back."""

    seq: int
    choice: Any = None


class SentBody(msgspec.Struct):
    """An answer that got no receipt yet; `n` is its position, 0 the prediction."""

    n: int
    seq: int
    choice: Any = None


class SubmitBody(msgspec.Struct):
    """What still has to be saved, in the same go."""

    answers: list[SentBody] = []


_start_body = msgspec.json.Decoder(StartBody)
_answer_body = msgspec.json.Decoder(AnswerBody)
_submit_body = msgspec.json.Decoder(SubmitBody)
_encode = msgspec.json.Encoder(decimal_format="number").encode


def start_wish(box: FieldBox, contest: int, secret: str, address: str, body: bytes, now_ms: int) -> StartWish:
    """Who wants to start, by the session's secret. Raises SignedOut, Invalid("request_invalid")."""
    if not secret:
        raise SignedOut
    device = _decoded(_start_body, body).device[:64] if body else ""
    return StartWish(
        contest=contest,
        session=digest(secret),
        device=box.digest("device", device) if device else "",
        address=box.digest("address", address),
        at=now_ms,
    )


def started(outcome: Started | NotStarted | None, lang: str, now_ms: int) -> bytes:
    """The answer to a start. Raises SignedOut, Conflict with the reason, Busy."""
    if outcome is None:
        raise Busy
    if isinstance(outcome, NotStarted):
        if outcome.code == "signed_out":
            raise SignedOut
        raise Busy if outcome.code == "busy" else Conflict(outcome.code)
    return _encode(paper_view(outcome, lang, now_ms) | {"ticket": outcome.ticket, "resumed": outcome.resumed})


def save_wish(attempt: str, ticket: str, position: int, body: bytes, now_ms: int) -> SaveWish:
    """One answer to be stored. Raises Invalid("request_invalid")."""
    answer = _decoded(_answer_body, body)
    if not 0 < answer.seq < _BIGGEST_SEQ:
        raise Invalid("request_invalid")
    return SaveWish(attempt, ticket, position, answer.choice, answer.seq, now_ms)


def saved(outcome: Saved | None) -> bytes:
    """The receipt of an answer: `{"status", "kept"}`. Raises Busy."""
    if outcome is None:
        raise Busy
    return _encode({"status": outcome.status, "kept": _kept(outcome.kept)})


def submit_wish(attempt: str, ticket: str, body: bytes, now_ms: int) -> SubmitWish:
    """A paper to be handed in. Raises Invalid("request_invalid")."""
    sent = _decoded(_submit_body, body).answers if body else []
    if len(sent) > MOST_SENT:
        raise Invalid("request_invalid")
    answers = tuple(SentAnswer(one.n, one.choice, one.seq) for one in sent)
    return SubmitWish(attempt, ticket, answers, now_ms)


def submitted(outcome: Submitted | NotSubmitted | None) -> bytes:
    """The answer to handing in: the result as far as it is told. Raises Conflict, NotFound, Busy."""
    if outcome is None:
        raise Busy
    if isinstance(outcome, NotSubmitted):
        if outcome.code == "attempt_unknown":
            raise NotFound(outcome.code)
        raise Conflict("attempt_moved" if outcome.code == "moved" else outcome.code)
    return _encode({"state": "submitted", "again": outcome.again, "result": attempt_views.result_of(outcome)})


def paper_view(started: Started, lang: str, now_ms: int) -> dict[str, Any]:
    """The paper as the phone sees it, and what is stored of it already."""
    rules = started.rules
    current = rules.round(started.round_key)
    return {
        "state": "open",
        "attempt": started.attempt,
        "ordinal": started.ordinal,
        "round": {"key": current.key, "name": current.name},
        "started_at": started.started_at,
        "left_ms": max(0, started.deadline_at - now_ms),
        "limit_ms": rules.time_limit_s * 1000,
        "of": len(started.paper.items),
        "questions": as_shown(started.paper, started.questions, lang),
        "prediction": prediction_view(rules, lang),
        "kept": {str(position): _kept(kept) for position, kept in sorted(started.kept.items())},
    }


def prediction_view(rules: ContestRules, lang: str) -> dict[str, Any] | None:
    """The extra question in words; None where the contest asks none."""
    asked = rules.prediction
    if asked is None:
        return None
    scope: str = asked.scope
    if scope == "window":
        scope = "week" if rules.ranking.window is WindowKind.WEEK else rules.ranking.window.value
    standard = text(lang, f"attempts.prediction.{asked.kind}", scope=text(lang, f"attempts.scope.{scope}"))
    return {"kind": asked.kind.value, "text": asked.text or standard, "required": asked.required}


def _kept(kept: Kept | None) -> dict[str, Any] | None:
    return None if kept is None else {"choice": kept.choice, "seq": kept.seq}


def _decoded(decoder: Any, body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Invalid("request_invalid") from None
