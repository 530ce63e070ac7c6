"""What a phone sent, as one of six typed frames or the reason why it is none: the hot path's parser.

Never raises, whatever the bytes, and never decides what a frame means now (`realtime.connection`). The declaration for
people and documents is `realtime.protocol`; a property test keeps both in agreement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from realtime.protocol import Choice

TargetGroup = Literal["pupil_student", "citizen", "official", "enterprise_worker"]

_STORABLE = r"\A[^\x00]*\Z"
"""PostgreSQL stores no NUL; one in a batch would fail the answers of everybody else in it."""


TeamKey = Annotated[str, Meta(max_length=24, pattern=_STORABLE)]


class Hello(Struct, tag_field="t", tag="hello", forbid_unknown_fields=True, frozen=True):
    """Asks for a seat."""

    code: Annotated[str, Meta(pattern=r"\A[0-9]{6}\Z")]
    name: Annotated[str, Meta(max_length=200)]
    unit: Annotated[str, Meta(max_length=5, pattern=_STORABLE)] | None = None
    group: TargetGroup | None = None
    lang: Literal["vi", "en"] = "vi"
    team: TeamKey | None = None


class Resume(Struct, tag_field="t", tag="resume", forbid_unknown_fields=True, frozen=True):
    """Takes the seat of a ticket again."""

    ticket: Annotated[str, Meta(max_length=64)]
    v: Annotated[int, Meta(ge=0)] = 0


class Answer(Struct, tag_field="t", tag="answer", forbid_unknown_fields=True, frozen=True):
    """An answer; `choice` is not yet known to be possible for the question."""

    id: Annotated[str, Meta(min_length=1, max_length=64, pattern=_STORABLE)]
    q: Annotated[int, Meta(ge=1)]
    choice: Choice
    think: float | None = None
    round: int | None = None


class ChooseTeam(Struct, tag_field="t", tag="team", forbid_unknown_fields=True, frozen=True):
    """A seat without a team takes one of the host's list."""

    team: TeamKey


class Leave(Struct, tag_field="t", tag="leave", forbid_unknown_fields=True, frozen=True):
    """The participant leaves; the seat stays."""


class React(Struct, tag_field="t", tag="react", forbid_unknown_fields=True, frozen=True):
    """A reaction for the stage."""

    kind: Literal["clap", "heart", "wow", "laugh"]


PhoneFrame = Hello | Resume | Answer | ChooseTeam | Leave | React


@dataclass(frozen=True, slots=True)
class Unexpected:
    """Not a frame of the protocol. `code` is a catalogue key under `error.`."""

    code: Literal["bad_frame", "bad_text"]


_BAD_FRAME = Unexpected("bad_frame")
_BAD_TEXT = Unexpected("bad_text")
_decode: Callable[[bytes | str], PhoneFrame] = msgspec.json.Decoder(PhoneFrame).decode


def parse_phone_frame(text: bytes | str) -> PhoneFrame | Unexpected:
    """One text frame's payload as a frame. `bad_text` when it is not UTF-8, `bad_frame` for everything else wrong."""
    try:
        return _decode(text)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        # ValueError covers UnicodeDecodeError; RecursionError is a line of nothing but opening brackets.
        return _BAD_FRAME if _is_text(text) else _BAD_TEXT


def _is_text(text: bytes | str) -> bool:
    if isinstance(text, str):
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
