"""What the organiser's pages of results have in common: names beside numbers, the way on after an act, sentences.

Holds no route and decides nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from admin.audit import actor_names
from admin.caller import Caller
from admin.permissions import Permission, allows
from admin.quiz_editing import see_other
from admin.templating import is_htmx
from contest.catalogue import text
from contest.database import Reader
from contest.provincial import result_people, wording
from contest.provincial.contests import ContestRecord
from contest.provincial.corrections import Effect
from contest.provincial.frozen import Row
from contest.provincial.prizes import Value
from contest.provincial.publishing import prize_name
from contest.provincial.result_people import Person
from contest.provincial.rules import ContestRules, Criterion
from contest.provincial.windows import COLLECTIVE


@dataclass(frozen=True, slots=True)
class Names:
    """Who and what stands behind the numbers, as far as the caller may know. `actors` are staff and tokens."""

    rules: ContestRules
    lang: str
    people: Mapping[int, Person]
    units: Mapping[str, str]
    actors: Mapping[str, str]

    def person(self, number: int | str | None) -> Person | None:
        return None if number is None else self.people.get(int(number))

    def holder(self, key: str, holder: str | None) -> str:
        """The holder of a seat in words; "" while nobody holds it."""
        if holder is None:
            return ""
        if key == COLLECTIVE:
            return self.units.get(holder, holder)
        person = self.person(holder)
        return person.name if person is not None and person.name else f"#{holder}"

    def result(self, key: str) -> str:
        return wording.ranking_name(self.rules, key, self.lang)

    def audience(self, key: str) -> str:
        return next((one.name for one in self.rules.audiences if one.key == key), "")

    def prize(self, key: str, prize: str) -> str:
        return prize_name(self.rules, key, prize)

    def actor(self, actor: str | None) -> str:
        return "" if actor is None else self.actors.get(actor, actor)

    def withdrawn(self) -> str:
        """What is said beside the name of somebody who took their consent back."""
        return text(self.lang, "results.withdrawn")

    def unit(self, person: Person | None) -> str:
        """Unit and commune of a person, in words."""
        if person is None:
            return ""
        unit = self.units.get(person.unit, person.unit) or person.unit_other
        parts = [unit, self.units.get(person.commune, person.commune)]
        return ", ".join(part for part in parts if part)


async def names_for(
    reader: Reader, caller: Caller, contest: ContestRecord, rules: ContestRules, lang: str, numbers: Iterable[int]
) -> Names:
    """Names of entrants only for who may see people."""
    shown = numbers if allows(caller.role, Permission.PEOPLE_READ) else ()
    return Names(
        rules=rules,
        lang=lang,
        people=await result_people.by_number(reader, contest.id, shown),
        units=await result_people.unit_names(reader, contest.id),
        actors=await actor_names(reader),
    )


def entries_in(effect: Effect) -> set[int]:
    """The entries an effect speaks of."""
    found = {moved.entry for one in effect.keys for moved in one.moved}
    for one in effect.keys:
        if one.key != COLLECTIVE:
            found |= {int(who) for seat in one.awards for who in (seat.before, seat.after) if who is not None}
    return found


def done(request: Request, url: str) -> Response:
    """The way on after an act, for forms sent with or without htmx."""
    if is_htmx(request):
        return Response(status_code=HTTPStatus.OK, headers={"HX-Redirect": url})
    return see_other(url)


def step_value(step: Criterion, row: Row) -> Value:
    """What a step of the order compares of a line."""
    match step:
        case Criterion.SCORE:
            return row.score
        case Criterion.DURATION:
            return row.duration_ms
        case Criterion.PREDICTION:
            return row.gap
        case Criterion.PREDICTION_EXACT:
            return row.gap == 0
        case Criterion.ALL_CORRECT:
            return row.correct == row.of
        case Criterion.SUBMITTED:
            return row.submitted_at
        case Criterion.STARTED:
            return row.started_at
        case Criterion.FULL_MARKS:
            return row.full_marks
        case Criterion.BEST_TWO:
            return row.best_two


def said(lang: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """A signal's numbers as they stand in its sentence."""
    mark = "," if lang == "vi" else "."
    return {name: str(one).replace(".", mark) if isinstance(one, float) else one for name, one in detail.items()}


def fraction(lang: str, value: str | Fraction) -> str:
    """An exact value of a document, as people read it."""
    return wording.exact(lang, Fraction(value))
