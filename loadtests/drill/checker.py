"""Decides from a history whether a promise was broken: set logic over write-once registers, O(n).

Pure. Knows no platform code: what an answer is worth it reckons by a scorer of its own, from the published rules. A
broken promise makes the drill INVALID; without one it is VALID only when its faults landed, else INCONCLUSIVE.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from loadtests.drill.history import FAIL, INFO, INVOKE, OK, Answer, Choice, Event, Fault, History, Round

VALID, INVALID, INCONCLUSIVE = "VALID", "INVALID", "INCONCLUSIVE"
IN_FLIGHT = 20
"""A fault that struck with fewer operations in flight proves nothing."""
TAKEN = frozenset({"accepted", "same", "kept_other"})
REVEALED = frozenset({"revealed", "standings", "podium", "finished"})
HIDDEN_FIELDS = frozenset({"right", "why", "counts", "key", "answer", "accepted_answers"})
"""Fields of a state frame that must not be there before the reveal."""
FULL = 1000
EDGE_MS = 250.0
"""What a receipt may take on its way to the phone that writes down when it came."""
NAMES = {
    "I1": "an acknowledged answer is stored, for ever",
    "I2": "at most one answer counts for each seat and question, and every acknowledgement tells the same kept choice",
    "I3": "nothing is accepted after the close or before the opening",
    "I3b": "what is kept was sent by that seat",
    "I4": "the standings are what the stored answers make them",
    "I5": "the winners follow from the answers alone",
    "I6": "the statistics are what a recount makes them",
    "I7": "the chain of contest events is unbroken",
    "I8": "no phone is shown an older picture after a newer one, and a version is one picture",
    "I9": "nothing about the right answer reaches a phone before the reveal",
    "I10": "nobody has more attempts than allowed, and what was acknowledged in one counts",
    "I13": "nothing is acknowledged while storage refuses",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken, and how one can see it."""

    invariant: str
    evidence: str


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
    answers = _Answers(history)
    found += answers.acknowledged()
    found += answers.write_once()
    found += answers.in_time()
    found += answers.sent_by_the_seat()
    for one in history.final.rounds:
        found += _standings(one)
        found += _winners(one)
    found += _told_points(history)
    found += _statistics(history)
    found += _pictures(history)
    found += _secrecy(history)
    found += _attempts(history)
    landed = Counter(fault.cls for fault in history.faults if fault.landed and fault.in_flight >= IN_FLIGHT)
    missing = {name: times - landed[name] for name, times in required.items() if landed[name] < times}
    result = INVALID if found else INCONCLUSIVE if missing else VALID
    return Verdict(result, found, dict(landed), missing, answers.figures())


# One register for each (round, question, seat).

Slot = tuple[int, int, int]


def canonical(choice: Choice | None) -> str:
    """Equal choices have equal texts, whatever order their options came in."""
    if isinstance(choice, list):
        return "|".join(sorted(choice))
    if isinstance(choice, float) and choice.is_integer():
        return str(int(choice))
    return str(choice)


class _Answers:
    """Everything that was sent and told about answers, by slot."""

    def __init__(self, history: History) -> None:
        self.stored: dict[Slot, list[Answer]] = defaultdict(list)
        self.rounds = {one.id: one for one in history.final.rounds}
        for one in history.final.rounds:
            for answer in one.answers:
                self.stored[(one.id, answer.question, answer.seat)].append(answer)
        self.sent: dict[Slot, set[str]] = defaultdict(set)
        self.told: dict[Slot, list[Event]] = defaultdict(list)
        self.invoked: dict[tuple[str, int], Event] = {}
        self.by_id: dict[tuple[Slot, str], Event] = {}
        self.receipts: Counter[str] = Counter()
        self.revealed_at: dict[tuple[int, int], float] = {}
        self.closing_at: dict[tuple[int, int], float] = {}
        self.open_at: dict[tuple[int, int], float] = {}
        self.refusals = [fault for fault in history.faults if fault.refuses]
        self.unknown = 0
        for frame in history.frames:
            where = (frame.round, frame.q)
            if frame.phase in REVEALED:
                _earliest(self.revealed_at, where, frame.t)
            elif frame.phase == "closing":
                _earliest(self.closing_at, where, frame.t)
            elif frame.phase == "open":
                _earliest(self.open_at, where, frame.t)
        for event in history.events:
            self._take(event)

    def _take(self, event: Event) -> None:
        slot = (event.round, event.q, event.seat)
        if event.op == "you":
            if event.kept is not None and event.q:
                self.told[slot].append(event)
            return
        if event.op != "answer":
            return
        if event.e == INVOKE:
            self.invoked[(event.who, event.n)] = event
            self.by_id.setdefault((slot, event.id), event)
            self.sent[slot].add(canonical(event.choice))
        elif event.e in (OK, FAIL):
            self.receipts[event.status] += 1
            if event.e == OK or event.kept is not None:
                self.told[slot].append(event)
        elif event.e == INFO:
            self.unknown += 1

    def figures(self) -> dict[str, int]:
        """What there was of answers."""
        acked = sum(1 for told in self.told.values() if any(event.op == "answer" for event in told))
        return {
            "answers_sent": len(self.invoked),
            "slots_acknowledged": acked,
            "answers_stored": sum(len(rows) for rows in self.stored.values()),
            "answers_unknown": self.unknown,
            **{f"receipts_{status}": count for status, count in sorted(self.receipts.items())},
        }

    def acknowledged(self) -> Iterable[Violation]:
        """I1 and I13: whatever was acknowledged is stored as it was told."""
        for slot, told in self.told.items():
            if slot[0] not in self.rounds:
                continue
            rows = self.stored.get(slot, [])
            for event in told:
                if event.kept is None or any(canonical(row.choice) == canonical(event.kept) for row in rows):
                    continue
                what = f"{_where(slot)}: {event.op} told {event.status or 'kept'} {event.kept!r} at {event.t:.0f} ms"
                refusal = self._refused(event)
                now = f"stored is {[row.choice for row in rows]!r}" if rows else "nothing is stored"
                if refusal is not None:
                    yield Violation("I13", f"{what} while {refusal.target} refused ({refusal.cls}); {now}")
                elif rows:
                    yield Violation("I2", f"{what}; {now}")
                else:
                    yield Violation("I1", f"{what}; {now}")
                break
        for slot, told in self.told.items():
            for event in told:
                refusal = self._refused(event) if event.status == "accepted" else None
                if refusal is None:
                    continue
                sent = self.invoked.get((event.who, event.n))
                if sent is not None and sent.t > refusal.t + EDGE_MS:
                    yield Violation(
                        "I13",
                        f"{_where(slot)}: sent at {sent.t:.0f} ms and accepted at {event.t:.0f} ms, while storage "
                        f"refused everything from {refusal.t:.0f} to {refusal.until:.0f} ms ({refusal.cls})",
                    )

    def _refused(self, event: Event) -> Fault | None:
        for fault in self.refusals:
            if fault.t + EDGE_MS < event.t < fault.until:
                return fault
        return None

    def write_once(self) -> Iterable[Violation]:
        """I2."""
        for slot, rows in self.stored.items():
            if len(rows) > 1:
                yield Violation("I2", f"{_where(slot)}: {len(rows)} answers are stored")
        for slot, told in self.told.items():
            kept = {canonical(event.kept) for event in told if event.kept is not None}
            if len(kept) > 1:
                yield Violation("I2", f"{_where(slot)}: told to be kept were {sorted(kept)}")
            accepted = {event.id for event in told if event.status == "accepted"}
            if len(accepted) > 1:
                yield Violation("I2", f"{_where(slot)}: {len(accepted)} different answers were accepted")

    def in_time(self) -> Iterable[Violation]:
        """I3: by what the phones saw, and by the times the platform itself keeps."""
        for slot, told in self.told.items():
            one = self.rounds.get(slot[0])
            if one is None:
                continue
            opened = self.open_at.get(slot[:2])
            revealed = self.revealed_at.get(slot[:2])
            closing = self.closing_at.get(slot[:2])
            for event in told:
                if event.status != "accepted":
                    continue
                first = self.by_id.get((slot, event.id))
                if first is None:
                    continue
                if revealed is not None and first.t > revealed:
                    yield Violation(
                        "I3", f"{_where(slot)}: sent {first.t - revealed:.0f} ms after the reveal, accepted"
                    )
                elif closing is not None and first.t > closing + one.cap_ms + EDGE_MS:
                    yield Violation("I3", f"{_where(slot)}: sent {first.t - closing:.0f} ms after the close, accepted")
                elif opened is not None and event.t < opened - EDGE_MS:
                    yield Violation("I3", f"{_where(slot)}: accepted {opened - event.t:.0f} ms before the opening")
        for one in self.rounds.values():
            limits = {question.number: question.limit_ms for question in one.questions}
            for answer in one.answers:
                over = answer.elapsed_ms - limits[answer.question] - one.cap_ms
                late = answer.elapsed_ms - answer.credit_ms - limits[answer.question]
                if over > 0 or late > 0 or answer.credit_ms > one.cap_ms:
                    where = _where((one.id, answer.question, answer.seat))
                    yield Violation("I3", f"{where}: stored with {answer.elapsed_ms} ms, credit {answer.credit_ms}")

    def sent_by_the_seat(self) -> Iterable[Violation]:
        """I3b."""
        for slot, rows in self.stored.items():
            for row in rows:
                if canonical(row.choice) not in self.sent.get(slot, ()):
                    yield Violation("I3b", f"{_where(slot)}: {row.choice!r} is stored and was never sent")


def _where(slot: Slot) -> str:
    return f"round {slot[0]} question {slot[1]} seat {slot[2]}"


def _earliest(times: dict[Any, float], key: Any, at: float) -> None:
    times[key] = min(at, times.get(key, at))


# The scores, reckoned again by the published rules of `exact`.


def is_right(kind: str, key: Choice, choice: Choice) -> bool:
    """Whether a choice is the key: one of several right options for single, the very value else."""
    if kind == "single" and isinstance(key, list) and isinstance(choice, list):
        return len(choice) == 1 and choice[0] in key
    return canonical(key) == canonical(choice)


def recount(one: Round) -> list[tuple[int, int, int, int, int]]:
    """(rank, seat, points, correct, time ms) of every seat, best first; ties share a rank and stand by seat."""
    points: Counter[int] = Counter()
    correct: Counter[int] = Counter()
    time_ms: Counter[int] = Counter()
    questions = {question.number: question for question in one.questions}
    for answer in one.answers:
        question = questions[answer.question]
        if answer.question in one.voids or answer.question > one.asked:
            continue
        if question.weight and is_right(question.type, question.key, answer.choice):
            points[answer.seat] += FULL * question.weight
            correct[answer.seat] += 1
            time_ms[answer.seat] += answer.fair_ms
    order = sorted(range(1, one.seats + 1), key=lambda seat: (-points[seat], -correct[seat], time_ms[seat], seat))
    rows: list[tuple[int, int, int, int, int]] = []
    last: tuple[int, int, int] | None = None
    rank = 0
    for place, seat in enumerate(order, 1):
        total = (points[seat], correct[seat], time_ms[seat])
        if total != last:
            rank, last = place, total
        rows.append((rank, seat, *total))
    return rows


def _standings(one: Round) -> Iterable[Violation]:
    """I4: what the platform ranks is what its stored answers make."""
    expected = recount(one)
    found = [(row.rank, row.seat, row.points, row.correct, row.time_ms) for row in one.standings]
    if sorted(found) != sorted(expected):
        wrong = [(is_, should) for is_, should in zip(sorted(found), sorted(expected), strict=False) if is_ != should]
        shown = f"first difference: {wrong[0][0]} is shown, {wrong[0][1]} is right" if wrong else "rows are missing"
        yield Violation("I4", f"round {one.id}: {len(wrong)} of {len(expected)} standings differ; {shown}")
    questions = {question.number: question for question in one.questions}
    for answer in one.answers:
        question = questions[answer.question]
        if answer.question in one.voids or answer.question > one.asked:
            continue
        right = is_right(question.type, question.key, answer.choice)
        worth = FULL * question.weight if right else 0
        if answer.points != worth or answer.verdict != ("right" if right else "wrong"):
            where = _where((one.id, answer.question, answer.seat))
            yield Violation("I4", f"{where}: judged {answer.verdict} with {answer.points} points, not {worth}")
            return


def _winners(one: Round) -> Iterable[Violation]:
    """I5: the exported winners are those the answers make."""
    if not one.winners:
        return
    expected = {(rank, seat, points) for rank, seat, points, _, _ in recount(one)}
    for row in one.winners:
        if tuple(row) not in expected:
            yield Violation("I5", f"round {one.id}: the export names {row}, the answers do not")
            return


def _told_points(history: History) -> Iterable[Violation]:
    """I4 on the phones: what a seat is told in the end is what it has."""
    rounds = {one.id: {row[1]: row for row in recount(one)} for one in history.final.rounds if one.phase == "finished"}
    last: dict[tuple[int, int], Event] = {}
    for event in history.events:
        if event.op == "you" and event.phase in ("finished", "podium") and event.rank is not None:
            seen = last.get((event.round, event.seat))
            if seen is None or event.v >= seen.v:
                last[(event.round, event.seat)] = event
    for (round_id, seat), event in last.items():
        row = rounds.get(round_id, {}).get(seat)
        if row is not None and event.phase == "finished" and (event.rank, event.points) != (row[0], row[2]):
            yield Violation(
                "I4", f"round {round_id} seat {seat}: was told {event.points} points and rank {event.rank}, has {row}"
            )
            return


# The rest.


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
