"""Who has won what, put together for documents, files and pages of staff, from what was reckoned and stored.

Never reckons and never masks: `public_names` is for pages that anybody reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contest.database import Reader
from contest.provincial import awards, contests, result_people, results
from contest.provincial.awards import Award
from contest.provincial.publishing import prize_name, value_of
from contest.provincial.reckoning import result_keys
from contest.provincial.result_documents import awards_of, rows_of
from contest.provincial.result_people import Person
from contest.provincial.result_states import ResultState
from contest.provincial.windows import COLLECTIVE


@dataclass(frozen=True, slots=True)
class Winner:
    """A seat of a prize and who has it: a person, a unit, or still nobody (`tied` then names those it lies between).

    `row` is the line of the ranking, a unit's or a person's, as in `result_documents`; `award` is there from the final
    result on and says whether it was handed over or revoked.
    """

    key: str
    state: ResultState
    audience: str
    prize: str
    prize_name: str
    place: int
    value_vnd: int
    person: Person | None
    unit: str
    unit_name: str
    tied: tuple[str, ...]
    row: Mapping[str, Any]
    award: Award | None


async def winners(reader: Reader, contest_id: int, key: str | None = None) -> list[Winner]:
    """Every seat of every result that is reckoned (or of one), in the order in which the prizes were dealt.

    Look at `state`: before PUBLISHED they are nobody's to be told. Raises NotFound, Conflict("contest_not_open").
    """
    found: list[Winner] = []
    names = await result_people.unit_names(reader, contest_id)
    rules_now = await results.rules_in_force(reader, contest_id)
    for one in result_keys(rules_now) if key is None else (key,):
        held = await results.load(reader, contest_id, one)
        if held.document is None:
            continue
        rules = await contests.rules_of(reader, contest_id, held.rules_version)
        given = {(a.audience, a.prize, a.place): a for a in await awards.listing(reader, contest_id, one)}
        seats = awards_of(held.document)
        collective = one == COLLECTIVE
        numbers = [] if collective else [int(seat["holder"]) for seat in seats if seat["holder"] is not None]
        people = await result_people.by_number(reader, contest_id, numbers)
        unit_rows = {row["unit"]: row for row in held.document["collective"]}
        lines = {audience: rows_of(held.document, audience) for audience in {seat["audience"] for seat in seats}}
        for seat in seats:
            holder = seat["holder"]
            person = None if collective or holder is None else people.get(int(holder))
            row: Mapping[str, Any] = {}
            if holder is not None:
                row = unit_rows[holder] if collective else lines[seat["audience"]][int(holder)]
            unit = (holder or "") if collective else "" if person is None else person.unit or person.commune
            found.append(
                Winner(
                    key=one,
                    state=held.state,
                    audience=seat["audience"],
                    prize=seat["prize"],
                    prize_name=prize_name(rules, one, seat["prize"]),
                    place=seat["place"],
                    value_vnd=value_of(rules, one, seat["prize"]),
                    person=person,
                    unit=unit,
                    unit_name=names.get(unit, unit),
                    tied=tuple(seat["tied"]),
                    row=row,
                    award=given.get((seat["audience"], seat["prize"], seat["place"])),
                )
            )
    return found
