"""The gates and booths of a festival day: who stands where, written on the staff's phones and handed over in batches.

Never counts what the platform says.
"""

import json
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from loadtests.festival_expected import GROUPS, SKILLS
from loadtests.trial import TrialFailed

if TYPE_CHECKING:
    from loadtests.festival_day import Day, StaffPhone, Visitor

HOUR_MS = 3_600_000
BATCH = 50
RESENT = 0.1
"""Share of the batches that are sent a second time, as after a lost answer."""


def scan_everybody(day: "Day") -> None:
    """Who stands where, written on the staff's phones: gates for 96 of 100, each booth for a third."""
    now_ms = int(time.time() * 1000)
    gates = [phone for phone in day.phones if phone.role == "gate"]
    booths = [phone for phone in day.phones if phone.role == "booth"]
    for visitor in day.visitors:
        if day.rng.random() < 0.96:
            _scan(day, day.rng.choice(gates), day.rng.choice(day.items["gate"]), visitor, now_ms)
            if day.rng.random() < 0.15:
                # Out for a coffee and in again by another gate, whose phone may not have heard of the first.
                _scan(day, day.rng.choice(gates), day.rng.choice(day.items["gate"]), visitor, now_ms)
        for number, item in enumerate(day.items["booth"]):
            if day.rng.random() < 0.33:
                phone = booths[number % len(booths)]
                skills = [SKILLS[number]] if day.rng.random() < 0.8 else []
                _scan(day, phone, item, visitor, now_ms, skills)
    for phone in gates:
        for _ in range(10):
            heads = day.rng.randrange(1, 40)
            entry = {
                "do": "count",
                "heads": heads,
                "group": day.rng.choice(GROUPS),
                "post": day.items["gate"][0]["id"],
            }
            _note(day, phone, entry, now_ms)
            day.expected.heads += heads
            day.expected.head_counts += 1


def _note(day: "Day", phone: "StaffPhone", entry: dict[str, Any], now_ms: int) -> int:
    at = now_ms - (day.rng.randrange(HOUR_MS) if phone.offline else day.rng.randrange(5_000))
    phone.waiting.append({"nonce": secrets.token_hex(16), "at": at, "offline": phone.offline, **entry})
    return at


def _scan(
    day: "Day", phone: "StaffPhone", item: dict[str, Any], visitor: "Visitor", now_ms: int, skills: Sequence[str] = ()
) -> None:
    entry = {"do": "scan", "card": visitor.card, "post": item["id"], "skills": list(skills)}
    at = _note(day, phone, entry, now_ms)
    if item["kind"] == "gate":
        day.expected.add("checkin", visitor.number, time.strftime("%j", time.gmtime(at / 1000 + 7 * 3600)))
        return
    day.expected.add("booth", visitor.number, item["id"])
    for skill in skills:
        day.expected.add("skill", visitor.number, skill)
        day.expected.skills[skill].add(visitor.number)


async def send(day: "Day", phone: "StaffPhone") -> None:
    """Everything that waits, in batches; some batches twice, because their first answer was lost on the way."""
    if phone.offline:
        day.rng.shuffle(phone.waiting)
    while phone.waiting:
        some, phone.waiting = phone.waiting[:BATCH], phone.waiting[BATCH:]
        for _ in range(2 if day.rng.random() < RESENT else 1):
            for part in _small(some):
                body = {"now": int(time.time() * 1000), "waiting": len(phone.waiting), "entries": part}
                answer = (await day.player("POST", f"{day.public}/staff/batch", body, 0, token=phone.token)).json()
                results = Counter(one["result"] for one in answer["answers"])
                if bad := set(results) - {"admitted", "repeat", "counted"}:
                    raise TrialFailed(f"a scan was {bad}")
        day.expected.acknowledged += len(some)


def _small(entries: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The entries in requests that the server takes: at most eight thousand bytes."""
    parts: list[list[dict[str, Any]]] = [[]]
    size = 0
    for entry in entries:
        length = len(json.dumps(entry)) + 2
        if size + length > 7_000:
            parts.append([])
            size = 0
        parts[-1].append(entry)
        size += length
    return parts
