"""Which boards an entry stands on, and with what."""

from contest.provincial import boards
from contest.provincial.boards import Place, Taken
from tests.support.contest_crowd import DAY_MS, rules_of

RULES = rules_of(rounds=2)
FIRST, SECOND = (one.opens_at for one in RULES.rounds)


def paper(
    score: int, ms: int = 1000, *, at: int = FIRST, round: str = "r1", answered: int = 10, name: str = "a"
) -> Taken:
    return Taken(name, round, at, at + ms, ms, score, 10, answered, predicted=True)


def test_the_best_counts_by_score_then_time() -> None:
    taken = [paper(8, 5000), paper(9, 9000), paper(9, 7000), paper(7, 10, at=SECOND, round="r2")]
    assert boards.standing(RULES, taken) == {"r1": (9, 7000), "r2": (7, 10)}
    assert boards.standing(RULES, []) == {}


def test_overall_is_the_best_or_the_sum_of_the_windows() -> None:
    taken = [paper(8, 5000), paper(9, 9000), paper(7, 10, at=SECOND, round="r2")]
    assert boards.standing(rules_of(ranking={"overall": "best"}), taken)["overall"] == (9, 9000)
    assert boards.standing(rules_of(ranking={"overall": "sum"}), taken)["overall"] == (16, 9010)


def test_first_last_weeks_and_complete_papers() -> None:
    taken = [paper(3, at=FIRST), paper(9, at=FIRST + 5), paper(4, at=FIRST + 9)]
    assert boards.standing(rules_of(ranking={"keep": "first"}), taken) == {"r1": (3, 1000)}
    assert boards.standing(rules_of(ranking={"keep": "last"}), taken) == {"r1": (4, 1000)}
    assert boards.standing(rules_of(ranking={"window": "week"}), taken) == {"2026-W45": (9, 1000)}
    strict = rules_of(ranking={"complete_only": True})
    assert boards.standing(strict, [paper(9, answered=9), paper(2)]) == {"r1": (2, 1000)}
    assert boards.standing(strict, [paper(9, answered=9)]) == {}


def test_boards_by_commune_group_and_audience() -> None:
    place = Place("24133", "citizen")
    assert list(boards.names(RULES, "r1", place)) == ["r1", "r1:commune:24133", "r1:group:citizen"]
    assert list(boards.names(RULES, "r1", Place(None, None))) == ["r1"]
    split = rules_of(audiences=[{"key": "a", "name": "Bảng A", "groups": ["citizen"]}])
    assert "r1:audience:a" in boards.names(split, "r1", place)
    assert list(boards.names(split, "r1", Place("24133", "official"))) == []


def test_boards_stand_still_before_a_round_closes_until_its_papers_are_in() -> None:
    rules = rules_of(ranking={"freeze_minutes": 60})
    closes = rules.rounds[0].closes_at
    assert boards.frozen_since(rules, closes - 3_600_001) is None
    assert boards.frozen_since(rules, closes - 3_600_000) == closes - 3_600_000
    assert boards.frozen_since(rules, closes + 604_999) == closes - 3_600_000
    assert boards.frozen_since(rules, closes + 605_000) is None
    assert boards.frozen_since(RULES, closes - DAY_MS // 100) is None
