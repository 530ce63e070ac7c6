"""Standing in order: shared ranks, the deciding step, and seats that a tie does not fit into."""

from scoring.ranking import Place, Seat, by_list, deal, deciding, ranked


def _score(item: tuple[str, int, int]) -> int:
    return -item[1]


def _time(item: tuple[str, int, int]) -> int:
    return item[2]


def _name(item: tuple[str, int, int]) -> str:
    return item[0]


def test_ranks_are_shared_and_the_next_one_is_skipped() -> None:
    items = [("c", 8, 1), ("b", 9, 5), ("a", 9, 5), ("d", 9, 4)]
    assert ranked(items, [_score, _time], _name) == [
        Place(1, ("d", 9, 4)),
        Place(2, ("a", 9, 5)),
        Place(2, ("b", 9, 5)),
        Place(4, ("c", 8, 1)),
    ]
    assert ranked([], [_score], _name) == []


def test_the_first_step_that_differs_decides() -> None:
    assert deciding(("a", 9, 5), ("b", 9, 4), [_score, _time]) == 1
    assert deciding(("a", 9, 5), ("b", 9, 5), [_score, _time]) is None


def test_a_decided_order_puts_the_listed_before_the_unlisted() -> None:
    place = by_list(["x", "y", "x"])
    assert (place("x"), place("y"), place("nobody")) == (0, 1, 3)


def _deal(groups: list[list[str]], count: int, over: str = "", pending: str = "") -> list[Seat]:
    return deal(groups, count, passed_over=lambda name: name in over, pending=lambda name: name in pending)


def test_seats_go_to_whole_groups_only() -> None:
    assert _deal([["a"], ["b", "c"], ["d"]], 3) == [Seat(1, "a"), Seat(2, "b"), Seat(3, "c")]
    assert _deal([["a"], ["b", "c"]], 2) == [Seat(1, "a"), Seat(2, None, ("b", "c"))]
    assert _deal([["a"], ["b", "c"]], 2, over="b") == [Seat(1, "a"), Seat(2, "c")]
    assert _deal([["a"], ["b"]], 5, over="a") == [Seat(1, "b")]
    assert _deal([["a"], ["b"]], 3, pending="a") == [Seat(place, None, ("a",)) for place in (1, 2, 3)]
