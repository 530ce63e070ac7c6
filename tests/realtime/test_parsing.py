"""The hot path's parser agrees with the declaration of the frames, whatever comes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from realtime import protocol
from realtime.parsing import Answer, Hello, Leave, Resume, Unexpected, parse_phone_frame

DECLARED: TypeAdapter[Any] = TypeAdapter(protocol.PhoneFrame)

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    scalars | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
fields = {
    "t": st.sampled_from(["hello", "resume", "answer", "leave", "dance"]),
    "code": st.from_regex(r"[0-9]{5,7}\n?", fullmatch=True),
    "name": st.text(max_size=210),
    "unit": st.none() | st.text(max_size=6),
    "group": st.none() | st.sampled_from(["pupil_student", "citizen", "official", "enterprise_worker", "king"]),
    "lang": st.sampled_from(["vi", "en", "fr"]),
    "ticket": st.text(max_size=70),
    "v": st.integers(-1, 9),
    "id": st.text(max_size=70),
    "q": st.integers(-1, 9),
    "choice": st.lists(st.text(max_size=3), max_size=4) | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=9),
    "think": st.none() | st.floats(-9, 9999) | st.integers(0, 9),
    "leave": values,
}
OF_KIND = {
    "hello": ("code", "name", "unit", "group", "lang"),
    "resume": ("ticket", "v"),
    "answer": ("id", "q", "choice", "think"),
    "leave": (),
}


@st.composite
def nearly_frames(draw: st.DrawFn) -> dict[str, Any]:
    """Frames that are right or almost right: a field missing, one too many, one of another type."""
    kind = draw(fields["t"])
    frame = {"t": kind} | {name: draw(fields[name]) for name in OF_KIND.get(kind, ())}
    change = draw(st.sampled_from(["none", "none", "drop", "add", "wrong"]))
    name = draw(st.sampled_from(sorted(fields)))
    if change == "drop":
        frame.pop(name, None)
    elif change == "add":
        frame[name] = draw(fields[name])
    elif change == "wrong":
        frame[name] = draw(values)
    return frame


def agree(text: str) -> None:
    parsed = parse_phone_frame(text.encode())
    try:
        declared = DECLARED.validate_json(text, strict=True)
    except ValidationError:
        assert isinstance(parsed, Unexpected), (text, parsed)
        return
    assert not isinstance(parsed, Unexpected), text
    for name in type(declared).model_fields:
        if name != "t":
            assert getattr(parsed, name) == getattr(declared, name)
            assert type(getattr(parsed, name)) is type(getattr(declared, name))


@given(nearly_frames())
def test_nearly_frames_mean_the_same_to_both(frame: dict[str, Any]) -> None:
    agree(json.dumps(frame, ensure_ascii=False).encode("utf-8", "replace").decode())


@given(values)
def test_any_json_means_the_same_to_both(value: Any) -> None:
    agree(json.dumps(value).encode("utf-8", "replace").decode())


@given(st.binary(max_size=200))
def test_any_bytes_are_a_frame_or_unexpected(data: bytes) -> None:
    assert isinstance(parse_phone_frame(data), Hello | Resume | Answer | Leave | Unexpected)


@pytest.mark.parametrize("data", [b"[" * 4096, b'{"t":' * 800, b'{"t":"answer","q":' + b"9" * 4000])
def test_deep_and_long_nonsense_is_unexpected(data: bytes) -> None:
    assert parse_phone_frame(data) == Unexpected("bad_frame")


def test_what_is_not_text_is_said_so() -> None:
    assert parse_phone_frame(b'{"t":"leave\xff"}') == Unexpected("bad_text")
