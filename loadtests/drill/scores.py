"""The scores reckoned again from the exported answers, by the published rules of `exact`: I4 and I5. Pure."""

from collections import Counter
from collections.abc import Iterable

from loadtests.drill.history import Choice, Event, History, Round
from loadtests.drill.promises import Violation, canonical, where

FULL = 1000


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


def standings(one: Round) -> Iterable[Violation]:
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
            place = where((one.id, answer.question, answer.seat))
            yield Violation("I4", f"{place}: judged {answer.verdict} with {answer.points} points, not {worth}")
            return


def winners(one: Round) -> Iterable[Violation]:
    """I5: the exported winners are those the answers make."""
    if not one.winners:
        return
    expected = {(rank, seat, points) for rank, seat, points, _, _ in recount(one)}
    for row in one.winners:
        if tuple(row) not in expected:
            yield Violation("I5", f"round {one.id}: the export names {row}, the answers do not")
            return


def told_points(history: History) -> Iterable[Violation]:
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
