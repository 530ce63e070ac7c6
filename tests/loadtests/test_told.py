"""A false word to a phone is found, whatever it is about; true ones are not complained about."""

import copy
from typing import Any

import pytest

from loadtests.told import differences, skew_ms

WITNESS: dict[str, Any] = {
    "seat": 7,
    "tapped": {"1": ["b", "a"], "2": ["a"], "3": 5},
    "receipts": {
        "1": {"status": "accepted", "kept": ["a", "b"]},
        "2": {"status": "late", "kept": None},
        "3": {"status": "same", "kept": 5},
    },
    "results": {"1": {"verdict": "right"}, "2": {"verdict": "none"}, "3": {"verdict": "wrong"}},
    "you": {"points": 100, "rank": 2},
    "opened": {"1": 10.0, "2": 20.0},
    "over": True,
}
ANSWERS = [
    {"seat": 7, "question": 1, "choice": ["b", "a"], "verdict": "right"},
    {"seat": 7, "question": 3, "choice": 5, "verdict": "wrong"},
]
STANDINGS = [{"seat": 7, "points": 100, "rank": 2}]


def test_true_words_are_not_complained_about() -> None:
    assert differences([[WITNESS]], ANSWERS, STANDINGS) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("receipts", "2", "status"), "accepted"),
        (("receipts", "1", "status"), "refused"),
        (("receipts", "1", "kept"), ["a"]),
        (("receipts", "3", "kept"), 6),
        (("results", "3", "verdict"), "right"),
        (("results", "2", "verdict"), "wrong"),
        (("you", "points"), 99),
        (("you", "rank"), 1),
        (("over",), False),
        (("seat",), 8),
    ],
)
def test_a_false_word_is_found(path: tuple[str, ...], value: Any) -> None:
    witness = copy.deepcopy(WITNESS)
    place: Any = witness
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert differences([[witness]], ANSWERS, STANDINGS)


def test_how_much_later_the_last_gateway_showed_a_question() -> None:
    later = {**WITNESS, "opened": {"1": 10.25}}
    assert skew_ms([[WITNESS], [later, {**later, "opened": {}}]]) == {"1": 250}
