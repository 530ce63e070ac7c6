"""What stands around the text of a contest's documents: whose paper it is, where it is signed, and by whom.

Names of officials as they sign in public, nothing of entrants. Never on a document that does not ask for it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import insert, select, update

from contest.audit import record
from contest.database import Reader, Writer
from contest.errors import Invalid
from contest.provincial import contests
from contest.provincial.rules import ContestRules
from contest.provincial.tables import contest_letterheads
from scoring.folding import nfc

MAX_LINE, MAX_LINES = 200, 20


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Empty texts are printed as dots to write on. `committee` and `receivers` are one line each; a line of the
    committee is "role: name"."""

    parent: str = ""
    agency: str = ""
    place: str = ""
    signer_role: str = ""
    signer_name: str = ""
    committee: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()


async def load(reader: Reader, contest_id: int, rules: ContestRules | None) -> Letterhead:
    """As it was last saved; before that, the organiser of the rules and nothing else."""
    c = contest_letterheads.c
    stored = await reader.scalar(select(c.letterhead).where(c.contest_id == contest_id))
    if stored is None:
        return Letterhead(agency="" if rules is None else rules.organiser)
    known = {one.name for one in fields(Letterhead)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items() if name in known
    }
    return Letterhead(**values)


def parsed(given: Mapping[str, str]) -> Letterhead:
    """From the fields of a form, lists one to a line. Raises Invalid("letterhead_too_long")."""
    values: dict[str, str | tuple[str, ...]] = {}
    for one in fields(Letterhead):
        typed = given.get(one.name, "")
        lines = tuple(line for line in (" ".join(nfc(line).split()) for line in typed.splitlines()) if line)
        if len(lines) > MAX_LINES or any(len(line) > MAX_LINE for line in lines):
            raise Invalid("letterhead_too_long", limit=MAX_LINE, lines=MAX_LINES)
        values[one.name] = lines if isinstance(one.default, tuple) else " ".join(lines)[:MAX_LINE]
    return Letterhead(**values)  # type: ignore[arg-type]


async def save(writer: Writer, contest_id: int, letterhead: Letterhead, *, actor: str, now_ms: int) -> None:
    """Takes the place of what was saved before. Raises NotFound("contest_unknown")."""
    await contests.lock(writer, contest_id)
    c = contest_letterheads.c
    values = {"letterhead": json.loads(json.dumps(asdict(letterhead))), "updated_by": actor, "updated_at": now_ms}
    done = await writer.execute(update(contest_letterheads).where(c.contest_id == contest_id).values(**values))
    if done.rowcount == 0:
        await writer.execute(insert(contest_letterheads).values(contest_id=contest_id, **values))
    await record(writer, actor=actor, action="contest.letterhead", subject=f"contest:{contest_id}", now_ms=now_ms)
