"""Events of the feed: the same for the same fact, about nobody; cursors only of our own; signatures and addresses."""

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.provincial.secrets_box import FieldBox
from contest.statistics import webhook_signing
from contest.statistics.cloudevents import RECORDED, VOIDED, StreamedFact, cursor_of, event_of, schema, seq_of
from contest.statistics.webhook_signing import may_call, new_secret, target_of, wait_ms

DIGEST = FieldBox(b"k" * 32).digest
FACT = StreamedFact(
    seq=41, fact_id=97, voided=None, kind="guidance", occurred_at=1_790_000_000_123, day="2026-09-21",
    streamed_at=1_790_000_001_000, individual=True, headcount=1, commune="24133", village="Buôn Ea Mta",
    target_group="citizen", age_band="60+", skills="online_payment,online_shopping", passed=None, channel="qr",
    festival=None, contest=None, round=None, team="Tổ 1",
)  # fmt: skip


def test_an_event_says_what_and_where_and_never_who() -> None:
    event = event_of(FACT, DIGEST)
    assert event == event_of(FACT, DIGEST)
    assert (event["type"], event["time"], event["subject"]) == (RECORDED, "2026-09-21T14:13:20.123Z", "commune/24133")
    assert event["data"]["skills"] == ["online_payment", "online_shopping"]
    known = schema()
    assert set(event) >= set(known["required"])
    assert set(event) <= set(known["properties"])
    assert set(event["data"]) == set(known["properties"]["data"]["required"])
    assert not {"97", "41"} & {event["id"], event["source"], event["subject"]}
    assert "person" not in str(event)
    other = event_of(replace(FACT, fact_id=98), DIGEST)
    assert other["id"] != event["id"]
    assert FieldBox(b"x" * 32).digest("feed-event", "97")[:32] != event["id"]


def test_a_void_names_what_it_takes_back_and_repeats_its_data() -> None:
    gone = event_of(replace(FACT, seq=42, fact_id=99, voided=97), DIGEST)
    assert gone["type"] == VOIDED
    assert gone["data"]["recorded_id"] == event_of(FACT, DIGEST)["id"]
    assert gone["data"] | {"recorded_id": None} == event_of(FACT, DIGEST)["data"] | {"recorded_id": None}


def test_only_a_quiz_tells_how_it_went() -> None:
    assert "passed" not in event_of(replace(FACT, passed=True), DIGEST)["data"]
    assert event_of(replace(FACT, kind="skill_quiz", passed=True), DIGEST)["data"]["passed"] is True


@given(st.integers(0, 10**12))
def test_cursors_lead_back(seq: int) -> None:
    assert seq_of(cursor_of(seq, DIGEST), DIGEST) == seq


@pytest.mark.parametrize("junk", ["", "5", "-1.x", "zz.aa", "1." + "0" * 12, " 1.0", "f" * 40])
def test_no_other_cursor_is_taken(junk: str) -> None:
    with pytest.raises(Invalid, match="feed_cursor"):
        seq_of(junk, DIGEST)


def test_signatures_are_those_of_standard_webhooks() -> None:
    secret = new_secret()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(key) == 32
    expected = hmac.new(key, b"id1.1700000000.{}", hashlib.sha256).digest()
    made = webhook_signing.headers(secret, "id1", 1_700_000_000, b"{}")
    assert made["webhook-signature"] == "v1," + base64.b64encode(expected).decode()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.vn/x", "webhook_https"),
        ("https://u:p@example.vn/", "webhook_credentials"),
        ("https://u@example.vn/", "webhook_credentials"),
        ("ftp://example.vn/", "webhook_url"),
        ("https:///x", "webhook_url"),
        ("https://example.vn:99999/", "webhook_url"),
        ("https://example.vn/ x", "webhook_url"),
        ("https://example.vn/\nHost: x", "webhook_url"),
        ("https://example.vn/#x", "webhook_url"),
        ("file:///etc/passwd", "webhook_url"),
        ("https://example.vn/" + "x" * 600, "webhook_url"),
    ],
)
def test_addresses_that_are_not_called(url: str, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        target_of(url, private=False)


@pytest.mark.parametrize(
    ("number", "secure", "private", "may"),
    [
        ("93.184.216.34", True, False, True),
        ("93.184.216.34", False, True, False),
        ("127.0.0.1", True, False, False),
        ("127.0.0.1", False, True, True),
        ("10.1.2.3", True, False, False),
        ("192.168.1.9", False, True, True),
        ("169.254.169.254", False, True, False),
        ("169.254.169.254", True, False, False),
        ("100.64.0.1", True, False, False),
        ("::1", True, False, False),
        ("::ffff:127.0.0.1", True, False, False),
        ("::ffff:169.254.169.254", False, True, False),
        ("fe80::1%eth0", False, True, False),
        ("fd00::1", True, False, False),
        ("0.0.0.0", False, True, False),
        ("224.0.0.1", True, False, False),
        ("2606:2800:220:1::1", True, False, True),
        ("64:ff9b::10.0.0.1", True, False, False),
        ("64:ff9b::a9fe:a9fe", True, True, False),
        ("2002:7f00:1::1", True, False, False),
        ("::127.0.0.1", True, False, False),
        ("fec0::1", True, False, False),
        ("nonsense", True, True, False),
    ],
)
def test_numbers_that_are_called(number: str, secure: bool, private: bool, may: bool) -> None:
    target = target_of(f"http{'s' if secure else ''}://example.vn/", private=True)
    assert may_call(number, target, private=private) is may


def test_waits_grow_and_spread() -> None:
    assert [wait_ms(tries, 1.0) for tries in (1, 2, 3)] == [5_000, 10_000, 20_000]
    assert wait_ms(1, 0.0) == 2_500
    assert wait_ms(60, 1.0) == 4 * 3_600_000
