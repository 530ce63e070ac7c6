"""What a festival day must come to, reckoned from what was sent and acknowledged.

Pure. Never asks the platform.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

SKILLS = (
    "online_public_services",
    "online_shopping",
    "online_payment",
    "cyber_self_protection",
    "digital_platforms",
)
GROUPS = ("pupil_student", "citizen", "official", "enterprise_worker")
KINDS = ("checkin", "booth", "skill", "live_round", "poll", "pledge", "launch")
NOTHING = {"facts": 0, "visits": 0, "people": 0, "anonymous": 0}


@dataclass
class Expected:
    """What the day must come to, from what was sent and acknowledged."""

    facts: dict[str, set[Any]] = field(default_factory=lambda: defaultdict(set))
    """By kind: what must be one fact each."""
    people: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    skills: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    heads: int = 0
    head_counts: int = 0
    nameless: Counter[str] = field(default_factory=Counter)
    """Facts of nobody in particular, by kind: units that signed, delegates, seats without a card."""
    acknowledged: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, kind: str, number: int, *what: Any) -> None:
        """Visitor `number` did something that is one fact however often it is sent."""
        self.facts[kind].add((number, *what))
        self.people[kind].add(number)

    def of(self, kind: str) -> dict[str, int]:
        """The cell of a kind at this festival."""
        facts = len(self.facts[kind]) + self.nameless[kind]
        visits, anonymous = facts, self.nameless[kind]
        if kind == "checkin":
            facts, visits, anonymous = facts + self.head_counts, visits + self.heads, anonymous + self.heads
        return {"facts": facts, "visits": visits, "people": len(self.people[kind]), "anonymous": anonymous}
