"""A second, plain reckoning of all cells, written from the words of `contest.statistics.cells` alone."""

from collections.abc import Iterable, Mapping
from datetime import date

from contest.statistics.contributions import Measure, Span
from contest.statistics.facts import Fact

Cell = tuple[str, str, str]
Four = tuple[int, int, int, int]


def naive_cells(
    facts: Iterable[tuple[str, Fact]],
    same: Mapping[int, int],
    measures: Iterable[Measure] = (),
    spans: Iterable[Span] = (),
) -> dict[Cell, Four]:
    """(facts, visits, people, anonymous) of every cell that is not empty. `facts` come with their local day."""
    numbers: dict[Cell, list[int]] = {}
    people: dict[Cell, set[int]] = {}
    for day, fact in facts:
        iso = date.fromisoformat(day).isocalendar()
        periods = ["all", f"d:{day}", f"w:{iso[0]:04d}-W{iso[1]:02d}"]
        periods += [f"c:{one.id}" for one in spans if one.first_day <= day and day <= one.last_day]
        places = ["p", f"c:{fact.commune}" if fact.commune else "c:-"]
        places += [f"v:{fact.village_id}"] if fact.village_id else []
        places += [f"f:{fact.festival_id}"] if fact.festival_id else []
        places += [f"t:{fact.team_id}"] if fact.team_id else []
        facets = ["all", f"kind:{fact.kind}", f"group:{fact.target_group or '-'}", f"age:{fact.age_band or '-'}"]
        facets += [f"skill:{one}" for one in set(fact.skills)]
        for one in measures:
            fits = fact.kind in one.kinds
            fits = fits and (one.groups == () or fact.target_group in one.groups)
            fits = fits and (one.ages == () or fact.age_band in one.ages)
            fits = fits and (one.skills == () or any(skill in fact.skills for skill in one.skills))
            fits = fits and (one.passed is None or fact.passed == one.passed)
            facets += [f"ind:{one.key}"] if fits else []
        for period in periods:
            for place in places:
                for facet in facets:
                    cell = (period, place, facet)
                    row = numbers.setdefault(cell, [0, 0, 0])
                    row[0] += 1
                    row[1] += fact.headcount
                    if fact.person is None:
                        row[2] += fact.headcount
                    else:
                        people.setdefault(cell, set()).add(root_of(fact.person, same))
    return {cell: (row[0], row[1], len(people.get(cell, ())), row[2]) for cell, row in numbers.items()}


def root_of(person: int, same: Mapping[int, int]) -> int:
    while person in same:
        person = same[person]
    return person
