"""What phones were told, against what SQL holds. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

TAKEN = frozenset({"accepted", "same", "kept_other"})


def differences(
    told: Iterable[Iterable[Mapping[str, Any]]],
    answers: Iterable[Mapping[str, Any]],
    standings: Iterable[Mapping[str, Any]],
) -> list[str]:
    """Every word to a witness that is not so; empty when all are true.

    A receipt stands for a stored answer and what it keeps, no receipt or a late one for none that was accepted here;
    verdicts, points and the last place are those of the exports.
    """
    stored = {(answer["seat"], answer["question"]): answer for answer in answers}
    places = {row["seat"]: row for row in standings}
    wrong: list[str] = []
    for witness in (one for crowd in told for one in crowd):
        seat = witness["seat"]
        for word, receipt in witness["receipts"].items():
            answer = stored.get((seat, int(word)))
            if (receipt["status"] in TAKEN) != (answer is not None):
                wrong.append(f"seat {seat}, question {word}: told {receipt['status']}, stored: {answer is not None}")
            elif answer is not None and not _same(receipt["kept"], answer["choice"]):
                wrong.append(f"seat {seat}, question {word}: told {receipt['kept']}, stored {answer['choice']}")
        for word, result in witness["results"].items():
            answer = stored.get((seat, int(word)))
            verdict = "none" if answer is None else answer["verdict"]
            if result["verdict"] != verdict:
                wrong.append(f"seat {seat}, question {word}: told {result['verdict']}, judged {verdict}")
        place = places.get(seat)
        last = witness["you"]
        if place is None or (last["points"], last["rank"]) != (place["points"], place["rank"]):
            wrong.append(f"seat {seat}: told {last}, stands at {place}")
        if not witness["over"]:
            wrong.append(f"seat {seat}: never saw the end")
    return wrong


def _same(kept: Any, stored: Any) -> bool:
    # The order of a choice of several is not part of it; where it is, both keep the same one.
    if isinstance(kept, list) and isinstance(stored, list):
        return sorted(kept) == sorted(stored)
    return bool(kept == stored)


def skew_ms(told: Sequence[Sequence[Mapping[str, Any]]]) -> dict[str, int]:
    """By question: how much later the first witness of the last crowd saw it open than the first of the first."""

    def first(crowd: Sequence[Mapping[str, Any]], question: str) -> float | None:
        return min((one["opened"][question] for one in crowd if question in one["opened"]), default=None)

    questions = sorted({word for crowd in told for one in crowd for word in one["opened"]}, key=int)
    found: dict[str, int] = {}
    for question in questions:
        here, there = first(told[0], question), first(told[-1], question)
        if here is not None and there is not None:
            found[question] = round((there - here) * 1000)
    return found
