"""What is odd in a contest, for people to look at: several people on one device, bursts, impossible times, twins.

Pure: facts in, cases out, equal facts give equal cases. Never excludes anybody and never says that anybody cheated: a
family shares a phone, a school shares an address, and people copy what a friend told them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class Signal(StrEnum):
    """The kinds of oddity."""

    DEVICE = "device"
    ADDRESS = "address"
    SPEED = "speed"
    ANSWERS = "answers"
    PHONE = "phone"


FAMILY = 3
"""So many people on one device are a family; more than the rules allow on one phone number are not."""
PHONE_PEOPLE = 3
"""So many entries on one phone number are looked at, even where the rules allow them."""
BURST_MS, BURST_PEOPLE = 10 * 60_000, 15
"""A burst: so many people who start from one address within one stretch of that length."""
FAST_MS, FAST_ANSWERS = 1_000, 3
"""Nobody reads a question and its options in a second. Fewer answers than that prove nothing."""
TWIN_MISTAKES = 3
"""Right answers are alike by nature; so many shared mistakes are not."""
BANK_FACTOR = 3
"""With a bank of that many papers' questions, two people are hardly ever asked all the same ones by chance."""
MOST_ENTRIES = 500
"""How many entries a case lists."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to look at. `subject` is the same whenever the same thing is found; `detail` holds numbers only."""

    signal: Signal
    subject: str
    detail: dict[str, Any]


class Use(NamedTuple):
    """One attempt on a device or phone, or one entry on a phone; `key` is the keyed hash."""

    key: str
    entry: int


class Start(NamedTuple):
    """An attempt's start from an address."""

    address: str
    entry: int
    started_at: int


class Timed(NamedTuple):
    """A submitted attempt and how long it took."""

    attempt: str
    entry: int
    duration_ms: int
    answered: int
    correct: int
    of: int


class Paper(NamedTuple):
    """A submitted paper: the digest of its questions and answers, from where, and its wrong answers."""

    digest: str
    address: str
    entry: int
    wrong: int


def shared_devices(uses: Iterable[Use], family: int = FAMILY) -> list[Case]:
    """Devices on which more than a family took attempts."""
    return [
        Case(Signal.DEVICE, key, {"people": len(people), "attempts": count, "entries": _listed(people)})
        for key, people, count in _by_key(uses)
        if len(people) > family
    ]


def shared_phones(uses: Iterable[Use]) -> list[Case]:
    """Phone numbers with many entries."""
    return [
        Case(Signal.PHONE, key, {"people": len(people), "entries": _listed(people)})
        for key, people, _ in _by_key(uses)
        if len(people) >= PHONE_PEOPLE
    ]


def bursts(starts: Iterable[Start]) -> list[Case]:
    """Addresses from which many people started within one stretch of time; the fullest stretch stands for it."""
    stretches: dict[tuple[str, int], list[int]] = defaultdict(list)
    for one in starts:
        stretches[one.address, one.started_at // BURST_MS].append(one.entry)
    fullest: dict[str, tuple[int, int, list[int]]] = {}
    for (address, stretch), entries in stretches.items():
        people = len(set(entries))
        if people >= BURST_PEOPLE:
            fullest[address] = max(fullest.get(address, (0, 0, [])), (people, -stretch, entries))
    return [
        Case(
            Signal.ADDRESS,
            address,
            {
                "people": people,
                "attempts": len(entries),
                "minutes": BURST_MS // 60_000,
                "from": -stretch * BURST_MS,
                "entries": _listed(entries),
            },
        )
        for address, (people, stretch, entries) in sorted(fullest.items())
    ]


def impossible_times(attempts: Iterable[Timed]) -> list[Case]:
    """Attempts with less than a second for each answer."""
    return [
        Case(
            Signal.SPEED,
            one.attempt,
            {
                "people": 1,
                "of": one.of,
                "correct": one.correct,
                "seconds": round(one.duration_ms / 1000, 1),
                "entries": [one.entry],
            },
        )
        for one in attempts
        if one.answered >= FAST_ANSWERS and one.duration_ms < FAST_MS * one.answered
    ]


def twins(papers: Iterable[Paper], *, same_address_only: bool) -> list[Case]:
    """Papers with equal questions, equal answers and several equal mistakes.

    `same_address_only` where many people are asked the same questions: there, equal papers are found by the thousand,
    and only those from one address are worth a look.
    """
    groups: dict[tuple[str, str], list[Paper]] = defaultdict(list)
    for one in papers:
        if one.wrong >= TWIN_MISTAKES and (one.address or not same_address_only):
            groups[one.digest, one.address if same_address_only else ""].append(one)
    cases = []
    for (digest, address), group in sorted(groups.items()):
        people = {one.entry for one in group}
        if len(people) > 1:
            subject = f"{digest[:40]}:{address[:40]}" if address else digest
            detail = {"people": len(people), "wrong": min(one.wrong for one in group), "entries": _listed(people)}
            cases.append(Case(Signal.ANSWERS, subject, detail))
    return cases


def _by_key(uses: Iterable[Use]) -> list[tuple[str, set[int], int]]:
    people: dict[str, set[int]] = defaultdict(set)
    counts: dict[str, int] = defaultdict(int)
    for use in uses:
        people[use.key].add(use.entry)
        counts[use.key] += 1
    return [(key, people[key], counts[key]) for key in sorted(people)]


def _listed(entries: Iterable[int]) -> list[int]:
    return sorted(set(entries))[:MOST_ENTRIES]
