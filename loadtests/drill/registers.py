"""Answers as write-once registers, one for each round, question and seat: I1, I2, I3 and I13. Pure, O(n)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from loadtests.drill.history import FAIL, INFO, INVOKE, OK, Answer, Event, Fault, History
from loadtests.drill.promises import REVEALED, Slot, Violation, canonical, where

EDGE_MS = 250.0
"""What a receipt may take on its way to the phone that writes down when it came."""


class Answers:
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
            shown = (frame.round, frame.q)
            if frame.phase in REVEALED:
                _earliest(self.revealed_at, shown, frame.t)
            elif frame.phase == "closing":
                _earliest(self.closing_at, shown, frame.t)
            elif frame.phase == "open":
                _earliest(self.open_at, shown, frame.t)
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
                what = f"{where(slot)}: {event.op} told {event.status or 'kept'} {event.kept!r} at {event.t:.0f} ms"
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
                        f"{where(slot)}: sent at {sent.t:.0f} ms and accepted at {event.t:.0f} ms, while storage "
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
                yield Violation("I2", f"{where(slot)}: {len(rows)} answers are stored")
        for slot, told in self.told.items():
            kept = {canonical(event.kept) for event in told if event.kept is not None}
            if len(kept) > 1:
                yield Violation("I2", f"{where(slot)}: told to be kept were {sorted(kept)}")
            accepted = {event.id for event in told if event.status == "accepted"}
            if len(accepted) > 1:
                yield Violation("I2", f"{where(slot)}: {len(accepted)} different answers were accepted")

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
                    yield Violation("I3", f"{where(slot)}: sent {first.t - revealed:.0f} ms after the reveal, accepted")
                elif closing is not None and first.t > closing + one.cap_ms + EDGE_MS:
                    yield Violation("I3", f"{where(slot)}: sent {first.t - closing:.0f} ms after the close, accepted")
                elif opened is not None and event.t < opened - EDGE_MS:
                    yield Violation("I3", f"{where(slot)}: accepted {opened - event.t:.0f} ms before the opening")
        for one in self.rounds.values():
            limits = {question.number: question.limit_ms for question in one.questions}
            for answer in one.answers:
                over = answer.elapsed_ms - limits[answer.question] - one.cap_ms
                late = answer.elapsed_ms - answer.credit_ms - limits[answer.question]
                if over > 0 or late > 0 or answer.credit_ms > one.cap_ms:
                    place = where((one.id, answer.question, answer.seat))
                    yield Violation("I3", f"{place}: stored with {answer.elapsed_ms} ms, credit {answer.credit_ms}")

    def sent_by_the_seat(self) -> Iterable[Violation]:
        """I3b."""
        for slot, rows in self.stored.items():
            for row in rows:
                if canonical(row.choice) not in self.sent.get(slot, ()):
                    yield Violation("I3b", f"{where(slot)}: {row.choice!r} is stored and was never sent")


def _earliest(times: dict[Any, float], key: Any, at: float) -> None:
    times[key] = min(at, times.get(key, at))
