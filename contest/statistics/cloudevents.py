"""Participation facts as CloudEvents 1.0, for an operations centre: what was done, where and when, and by nobody.

Pure. An event names no person and carries no number of one; its id is a keyed digest, so that it tells neither how many
facts there are nor whose they might be. Never reads the ledger: `feed` does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from contest.errors import Invalid
from contest.provincial.rules import TargetGroup
from contest.skills import Skill
from contest.statistics.facts import AGE_BANDS, COUNTED, Channel, FactKind, skills_of

RECORDED: Final = "vn.hoithi.participation.recorded.v1"
VOIDED: Final = "vn.hoithi.participation.voided.v1"
TYPES: Final = (RECORDED, VOIDED)
SCHEMA_ID: Final = "urn:hoithi:schema:participation.v1"
ONE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"

Digest = Callable[[str, str], str]
"""`FieldBox.digest`: a keyed hash of a text for a purpose."""
_ID_LENGTH = 32
_MARK_LENGTH = 12


@dataclass(frozen=True, slots=True)
class StreamedFact:
    """A fact of the stream with the names of what it refers to. A fact of kind void tells of the one it takes back."""

    seq: int
    fact_id: int
    voided: int | None
    """The fact taken back; the fields below are that fact's."""
    kind: str
    occurred_at: int
    day: str
    streamed_at: int
    individual: bool
    """Of one person, whose number stays here; else heads counted without names."""
    headcount: int
    commune: str | None
    village: str | None
    target_group: str | None
    age_band: str | None
    skills: str
    passed: bool | None
    channel: str
    festival: str | None
    contest: str | None
    round: str | None
    team: str | None

    @property
    def type(self) -> str:
        return RECORDED if self.voided is None else VOIDED


def source_of(digest: Digest) -> str:
    """The `source` of this installation: the same for as long as its data."""
    return f"urn:hoithi:{digest('feed-source', 'feed')[:16]}"


def event_of(fact: StreamedFact, digest: Digest) -> dict[str, Any]:
    """The event of a fact. The same fact always gives the same event."""
    data: dict[str, Any] = {
        "kind": fact.kind, "day": fact.day, "headcount": fact.headcount, "individual": fact.individual,
        "commune": fact.commune, "village": fact.village, "target_group": fact.target_group,
        "age_band": fact.age_band, "skills": [str(skill) for skill in skills_of(fact.skills)],
        "channel": fact.channel, "festival": fact.festival, "contest": fact.contest, "round": fact.round,
        "team": fact.team,
    }  # fmt: skip
    if fact.kind == FactKind.SKILL_QUIZ:
        data["passed"] = fact.passed
    if fact.voided is not None:
        data["recorded_id"] = _id(fact.voided, digest)
    return {
        "specversion": "1.0",
        "id": _id(fact.fact_id, digest),
        "source": source_of(digest),
        "type": fact.type,
        "time": _time(fact.occurred_at),
        "subject": f"commune/{fact.commune}" if fact.commune else "province",
        "datacontenttype": "application/json",
        "dataschema": SCHEMA_ID,
        "data": data,
    }


def _id(fact_id: int, digest: Digest) -> str:
    return digest("feed-event", str(fact_id))[:_ID_LENGTH]


def _time(at_ms: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cursor_of(seq: int, digest: Digest) -> str:
    """Where somebody has read to, as they are told it."""
    return f"{seq:x}.{digest('feed-cursor', str(seq))[:_MARK_LENGTH]}"


def seq_of(cursor: str, digest: Digest) -> int:
    """The reverse. Raises Invalid("feed_cursor") for what was not given by this installation."""
    head, _, _ = cursor.partition(".")
    try:
        seq = int(head, 16) if 1 <= len(head) <= 15 else -1
    except ValueError:
        seq = -1
    if seq < 0 or cursor != cursor_of(seq, digest):
        raise Invalid("feed_cursor")
    return seq


def schema() -> dict[str, Any]:
    """JSON Schema of one event."""
    text = {"type": "string"}
    perhaps = {"type": ["string", "null"]}
    kinds = [str(kind) for kind in COUNTED]
    data: Mapping[str, Any] = {
        "kind": {"enum": kinds},
        "day": {"type": "string", "format": "date", "description": "Local day in Viet Nam (UTC+7)."},
        "headcount": {"type": "integer", "minimum": 1},
        "individual": {"type": "boolean", "description": "True: one person; false: heads counted without names."},
        "commune": {"type": ["string", "null"], "pattern": "^[0-9]{5}$"},
        "village": perhaps,
        "target_group": {"enum": [*(str(group) for group in TargetGroup), None]},
        "age_band": {"enum": [*AGE_BANDS, None]},
        "skills": {"type": "array", "items": {"enum": [str(skill) for skill in Skill]}, "uniqueItems": True},
        "passed": {"type": ["boolean", "null"], "description": "Only where kind is skill_quiz."},
        "channel": {"enum": [str(channel) for channel in Channel]},
        "festival": perhaps | {"description": "The festival's name in addresses."},
        "contest": perhaps | {"description": "The contest's name in addresses."},
        "round": perhaps | {"description": "The live round's code."},
        "team": perhaps | {"description": "The community digital technology team's name."},
        "recorded_id": text | {"description": "Only in voided: the id of the event that is taken back."},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Participation in the digital literacy movement",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "subject", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": text | {"minLength": 1},
            "source": text | {"pattern": "^urn:hoithi:"},
            "type": {"enum": list(TYPES)},
            "time": {"type": "string", "format": "date-time"},
            "subject": text,
            "datacontenttype": {"const": "application/json"},
            "dataschema": {"const": SCHEMA_ID},
            "data": {
                "type": "object",
                "properties": dict(data),
                "required": [name for name in data if name not in ("passed", "recorded_id")],
                "additionalProperties": False,
            },
        },
    }
