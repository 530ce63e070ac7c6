"""Decides from a history whether a promise was broken: set logic over write-once registers, O(n).

Pure. Knows no platform code: what an answer is worth it reckons by a scorer of its own, from the published rules. A
broken promise makes the drill INVALID; without one it is VALID only when its faults landed, else INCONCLUSIVE.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from loadtests.drill.history import History
from loadtests.drill.promises import NAMES, REVEALED, Violation, canonical
from loadtests.drill.registers import Answers
from loadtests.drill.scores import standings, told_points, winners

VALID, INVALID, INCONCLUSIVE = "VALID", "INVALID", "INCONCLUSIVE"
IN_FLIGHT = 20
"""A fault that struck with fewer operations in flight proves nothing."""
HIDDEN_FIELDS = frozenset({"right", "why", "counts", "key", "answer", "accepted_answers"})
"""Fields of a state frame that must not be there before the reveal."""


@dataclass(slots=True)
class Verdict:
    """What came of a drill."""

    result: str
    violations: list[Violation]
    landed: dict[str, int]
    """How often each class of faults struck inside its danger window."""
    missing: dict[str, int]
    """Which classes struck too seldom, and how often they still should."""
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def broken(self) -> list[str]:
        """The invariants that were broken, in their order."""
        found = {violation.invariant for violation in self.violations}
        return [name for name in NAMES if name in found]


def check(history: History, required: Mapping[str, int]) -> Verdict:
    """The verdict. `required` says how often each class of faults must have landed."""
    found: list[Violation] = []
    answers = Answers(history)
    found += answers.acknowledged()
    found += answers.write_once()
    found += answers.in_time()
    found += answers.sent_by_the_seat()
    for one in history.final.rounds:
        found += standings(one)
        found += winners(one)
    found += told_points(history)
    found += _statistics(history)
    found += _pictures(history)
    found += _secrecy(history)
    found += _attempts(history)
    landed = Counter(fault.cls for fault in history.faults if fault.landed and fault.in_flight >= IN_FLIGHT)
    missing = {name: times - landed[name] for name, times in required.items() if landed[name] < times}
    result = INVALID if found else INCONCLUSIVE if missing else VALID
    return Verdict(result, found, dict(landed), missing, answers.figures())


def _statistics(history: History) -> Iterable[Violation]:
    """I6: the platform's own recount agrees, and so does ours: one fact for each seat that answered."""
    final = history.final
    if final.stats_ok is False:
        yield Violation("I6", f"the platform's own recount differs: {final.stats_said}")
    if final.facts is not None:
        expected = sum(len({a.seat for a in one.answers}) for one in final.rounds if one.phase == "finished")
        if final.facts != expected:
            yield Violation("I6", f"{final.facts} participations are counted, {expected} seats answered")
    if final.contests_ok is False:
        yield Violation("I7", final.contests_said or "the chain is broken")


def _pictures(history: History) -> Iterable[Violation]:
    """I8."""
    shown: dict[tuple[str, int, int], int] = {}
    versions: dict[tuple[int, int], tuple[str, int, str]] = {}
    for frame in history.frames:
        if frame.shown_to != "phones":
            continue
        known = versions.setdefault((frame.round, frame.v), (frame.phase, frame.q, frame.body))
        if known != (frame.phase, frame.q, frame.body):
            yield Violation(
                "I8", f"round {frame.round} version {frame.v} is {known[0]} and {frame.phase}: two pictures"
            )
            break
    for event in history.events:
        if event.op != "state":
            continue
        link = (event.who, event.round, event.link)
        before = shown.get(link, 0)
        if event.v < before:
            yield Violation("I8", f"{event.who} was shown version {event.v} after {before} on one connection")
            return
        shown[link] = event.v


def _secrecy(history: History) -> Iterable[Violation]:
    """I9: of every distinct frame, by its fields and by the secrets planted in each question."""
    secrets = {one.id: {q.number: q.secrets for q in one.questions} for one in history.final.rounds}
    for frame in history.frames:
        open_to = frame.q if frame.phase in REVEALED else frame.q - 1
        body = msgspec.json.decode(frame.body)
        if frame.phase not in REVEALED and (fields := HIDDEN_FIELDS & body.keys()):
            yield Violation("I9", f"round {frame.round} version {frame.v} ({frame.phase}) has {sorted(fields)}")
        for number, words in secrets.get(frame.round, {}).items():
            if number > open_to and any(word in frame.body for word in words):
                yield Violation(
                    "I9", f"round {frame.round} version {frame.v} ({frame.phase}): the key of question {number}"
                )
    phases = {(frame.round, frame.v): frame.phase for frame in history.frames}
    for event in history.events:
        if event.op == "you" and event.verdict is not None:
            phase = phases.get((event.round, event.v))
            if phase is not None and phase not in REVEALED:
                yield Violation("I9", f"{event.who} was told {event.verdict} in {phase}, question {event.q}")
                break
    for leak in history.leaks:
        yield Violation("I9", f"{leak.who} got a secret in {leak.body[:120]}")


def _attempts(history: History) -> Iterable[Violation]:
    """I10."""
    allowed = history.final.attempts_allowed
    for one in history.final.attempts:
        if one.granted > allowed or one.submitted > allowed:
            given = f"{one.granted} attempts granted, {one.submitted} handed in"
            yield Violation("I10", f"{one.who}: {given}, {allowed} allowed")
        lost = {name for name, choice in one.acked.items() if canonical(one.counted.get(name)) != canonical(choice)}
        if lost and one.submitted:
            yield Violation("I10", f"{one.who}: acknowledged and not counted: {sorted(lost)[:5]}")
        if one.late_accepted:
            yield Violation("I10", f"{one.who}: {one.late_accepted} answers were taken after the paper was in")
