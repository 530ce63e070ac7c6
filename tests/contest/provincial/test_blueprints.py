"""Papers and banks: a bank without shortages fills every paper, whatever is drawn; fixed papers differ."""

import random
from collections import Counter

import pytest

from contest.provincial.blueprints import PoolItem, Shortage, filling_order, fits, fixed_papers, shortages
from contest.provincial.drafts import as_draft, canonical, check, parsed
from contest.provincial.rules import Cell
from contest.provincial.templates import instantiate, templates
from tests.contest.provincial.crowds import rules


def test_cells_that_the_fewest_questions_fit_are_filled_first() -> None:
    kinds = (("", None), ("", 2), ("A", None), ("A", 2))
    cells = [Cell(category=category, difficulty=difficulty, count=1) for category, difficulty in kinds]
    pool = [PoolItem(1, "A", 2), PoolItem(2, "A", 1), PoolItem(3, "A", 3), PoolItem(4, "B", 2), PoolItem(5, "B", 1)]
    assert filling_order(cells, pool) == [3, 1, 2, 0]


def test_a_shortage_names_the_cell_and_what_is_missing() -> None:
    pool = [PoolItem(1, "A", 1), PoolItem(2, "A", 2), PoolItem(3, "B", 1)]
    assert shortages([Cell(category="A", count=2), Cell(count=1)], pool) == []
    assert shortages([Cell(category="C", count=1)], pool) == [Shortage(0, 0, 1)]
    assert shortages([Cell(count=2), Cell(category="A", count=2)], pool) == [Shortage(0, 3, 4)]
    # The one of difficulty 2 is an A, and taken first: what is left of A is one too few.
    assert shortages([Cell(category="A", count=2), Cell(difficulty=2, count=1)], pool) == [Shortage(0, 2, 3)]


@pytest.mark.parametrize("seed", range(40))
def test_a_bank_without_shortages_fills_every_paper(seed: int) -> None:
    rng = random.Random(seed)
    pool = [PoolItem(number, rng.choice("AB"), rng.randrange(1, 4)) for number in range(1, 25)]
    cells = [
        Cell(category=rng.choice(["", "A", "B"]), difficulty=rng.choice([None, 1, 2]), count=rng.randrange(1, 4))
        for _ in range(rng.randrange(1, 4))
    ]
    if shortages(cells, pool):
        return
    items = {item.number: item for item in pool}
    for paper in fixed_papers(cells, pool, 6, rng, shuffle=False):
        assert len(set(paper)) == len(paper) == sum(cell.count for cell in cells)
        place = 0
        for cell in cells:
            assert all(fits(cell, items[number]) for number in paper[place : place + cell.count])
            place += cell.count


def test_fixed_papers_use_the_bank_evenly() -> None:
    pool = [PoolItem(number, "", 1) for number in range(1, 61)]
    papers = fixed_papers([Cell(count=10)], pool, 9, random.Random(1), shuffle=True)
    assert set(Counter(number for paper in papers for number in paper).values()) == {1, 2}
    assert any(list(paper) != sorted(paper) for paper in papers)


def test_a_draft_says_what_is_wrong_and_where() -> None:
    good = as_draft(rules())
    cases: list[tuple[dict[str, object], tuple[str, str]]] = [
        ({"rounds": []}, ("rounds", "list_empty")),
        ({"rounds": [{**good["rounds"][0], "key": "overall"}]}, ("rounds", "round_key_reserved")),
        ({"rounds": good["rounds"][::-1]}, ("rounds", "rounds_out_of_order")),
        ({"prediction": None}, ("ranking.chain", "chain_needs_prediction")),
        ({"ranking": {"chain": []}}, ("ranking.chain", "chain_repeats")),
        ({"colour": "red"}, ("colour", "field_unknown")),
        ({"time_limit_s": "mười"}, ("time_limit_s", "field_not_a_number")),
        ({"entry": {"min_age": 20, "max_age": 10}}, ("entry.max_age", "ages_reversed")),
        ({"prizes": [{"key": "x y", "name": "X", "count": 0}]}, ("prizes.0.key", "key_malformed")),
    ]
    for change, problem in cases:
        found = [(one.field, one.code) for one in check({**good, **change}).problems]
        assert problem in found, (change, found)
    assert check(good).rules == rules()


def test_rules_survive_being_kept() -> None:
    for one in templates():
        kept = instantiate(one.key)
        assert parsed(canonical(kept)) == kept
        assert check(as_draft(kept)).rules == kept
