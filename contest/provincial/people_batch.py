"""Many people at once: rosters, rehearsals, tests.

Never decides who may enter; `contest.provincial.people` enters single persons.
"""

from collections.abc import Sequence

from sqlalchemy import insert

from contest.database import Writer
from contest.ids import ContestId, ParticipantId
from contest.provincial import sessions
from contest.provincial.people_model import EntryData, Registered
from contest.provincial.people_rows import ACTIVE, entry_from, entry_row, new_personal_code, participant_row
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import entrant_sessions, entries, participants
from contest.tickets import new_secret


async def register_many(
    writer: Writer,
    box: FieldBox,
    contest_id: ContestId,
    people: Sequence[EntryData],
    *,
    now_ms: int,
    state: str = ACTIVE,
    channel: str = "synthetic",
    with_codes: bool = False,
    with_sessions: bool = True,
    known: Sequence[ParticipantId | None] | None = None,
    slots: Sequence[int] | None = None,
) -> list[Registered]:
    """Enters many people in a few statements, in their order.

    For rosters, rehearsals and tests: the people must be different, and new but for the `known` ones; IntegrityError
    when one is not. `slots` tells those apart who share a phone; without sessions the secret is empty.
    """
    if not people:
        return []
    of: list[ParticipantId | None] = list(known) if known is not None else [None] * len(people)
    codes = [new_personal_code() if with_codes and one is None else None for one in of]
    rows = [participant_row(box, data, None, codes[at], now_ms) for at, data in enumerate(people) if of[at] is None]
    if rows:
        found = await writer.execute(
            insert(participants).returning(participants.c.id, sort_by_parameter_order=True), rows
        )
        fresh = iter(found.scalars().all())
        of = [ParticipantId(next(fresh)) if one is None else one for one in of]
    ids = [one for one in of if one is not None]
    lines = [
        entry_row(box, contest_id, one, data, state, channel, now_ms) | {"phone_slot": slots[at] if slots else 0}
        for at, (one, data) in enumerate(zip(ids, people, strict=True))
    ]
    made = await writer.execute(insert(entries).returning(entries, sort_by_parameter_order=True), lines)
    entered = [entry_from(row) for row in made]
    tokens = [new_secret() if with_sessions else "" for _ in ids]
    if with_sessions:
        await writer.execute(
            insert(entrant_sessions),
            [sessions.row(token, one, now_ms) for token, one in zip(tokens, ids, strict=True)],
        )
    return [Registered(*one) for one in zip(ids, entered, codes, tokens, strict=True)]
