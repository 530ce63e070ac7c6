"""A contest with people and papers put straight into SQL, for what reads them."""

import itertools
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select, update

from contest.database import Database
from contest.provincial import log, turnout
from contest.provincial.drafts import canonical, digest
from contest.provincial.local_time import day_start, local_day
from contest.provincial.rules import ContestRules
from contest.provincial.tables import (
    attempts,
    consents,
    contest_denominators,
    contest_exclusions,
    contest_turnout,
    contest_units,
    contest_versions,
    contests,
    entries,
    participants,
)

_numbers = itertools.count(1)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MONDAY = day_start(date(2026, 11, 2))
"""Monday 2 November 2026, 00:00 in Viet Nam."""


def rules_of(*, rounds: int = 2, round_days: int = 2, first: int = MONDAY + 8 * HOUR_MS, **more: Any) -> ContestRules:
    """Rules with rounds of so many days from `first`, a day between them."""
    windows = []
    for number in range(rounds):
        opens_at = first + number * (round_days + 1) * DAY_MS
        closes_at = opens_at + round_days * DAY_MS
        name = f"Đợt {number + 1}"
        windows.append({"key": f"r{number + 1}", "name": name, "opens_at": opens_at, "closes_at": closes_at})
    return ContestRules.model_validate({"title": "Tìm hiểu chuyển đổi số", "rounds": windows, **more})


@dataclass(frozen=True, slots=True)
class Person:
    """An entry: its number, its public id and the participant's number."""

    entry: int
    public_id: str
    participant: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """A contest in a database."""

    db: Database
    id: int
    slug: str
    rules: ContestRules

    @classmethod
    async def of(cls, db: Database, rules: ContestRules, *, slug: str = "", state: str = "open") -> "Crowd":
        """A new contest; its number is one that no other test's contest has in a shared Redis."""
        slug = slug or f"thi-{next(_numbers)}"
        text = canonical(rules)
        async with db.write() as writer:
            made = await writer.execute(
                insert(contests)
                .values(
                    id=secrets.randbits(30), slug=slug, title=rules.title,
                    title_fold="", state=state, draft={}, rules_version=1,
                    created_by="system", created_at=0, updated_at=0,
                )
                .returning(contests.c.id)
            )  # fmt: skip
            contest_id = int(made.scalar_one())
            await writer.execute(
                insert(contest_versions).values(
                    contest_id=contest_id, version=1, rules=text, digest=digest(text), reason="", created_by="system",
                    created_at=0,
                )
            )  # fmt: skip
        return cls(db, contest_id, slug, rules)

    async def person(
        self,
        name: str = "Nguyễn Văn An",
        *,
        commune: str | None = "24133",
        group: str | None = "citizen",
        unit: str | None = None,
        minor: bool = False,
        consent: Sequence[tuple[str, bool]] = (),
        excluded: bool = False,
    ) -> Person:
        """Enters somebody; `consent` lists (purpose, by guardian)."""
        number = next(_numbers)
        public_id = f"entry-{number:016}"
        async with self.db.write() as writer:
            made = await writer.execute(
                insert(participants)
                .values(
                    public_id=f"person-{number:015}", full_name=name, name_fold=name.lower(), phone_hash=f"p{number}",
                    created_at=0, updated_at=0, commune=commune, target_group=group,
                )
                .returning(participants.c.id)
            )  # fmt: skip
            participant = int(made.scalar_one())
            made = await writer.execute(
                insert(entries)
                .values(
                    contest_id=self.id, participant_id=participant, public_id=public_id, commune=commune,
                    target_group=group, unit_code=unit, fields={}, created_at=0, minor=minor, phone_hash=f"p{number}",
                )
                .returning(entries.c.id)
            )  # fmt: skip
            entry = int(made.scalar_one())
            for purpose, by_guardian in consent:
                await writer.execute(
                    insert(consents).values(
                        participant_id=participant, contest_id=self.id, purpose=purpose, granted=True,
                        by_guardian=by_guardian, text="…", channel="web", at=1,
                    )
                )  # fmt: skip
            if excluded:
                await writer.execute(
                    insert(contest_exclusions).values(
                        contest_id=self.id, phone_hash=f"p{number}", reason="Ban Tổ chức", added_by="system", added_at=0
                    )
                )
        return Person(entry, public_id, participant)

    async def paper(
        self, who: Person, score: int, *, at: int, duration_ms: int = 300_000, round: str = "r1", answered: int = 10
    ) -> str:
        """An accepted attempt begun at `at`, with its line in the log."""
        public_id = f"paper-{next(_numbers):016}"
        submitted = at + duration_ms
        async with self.db.write() as writer:
            before = await writer.execute(select(attempts.c.ordinal).where(attempts.c.entry_id == who.entry))
            await writer.execute(
                insert(attempts).values(
                    public_id=public_id, contest_id=self.id, entry_id=who.entry, ordinal=len(before.all()) + 1,
                    round_key=round, day=local_day(at), rules_version=1, state="submitted", ticket_hash="", paper={},
                    started_at=at, deadline_at=at + 600_000, submitted_at=submitted, duration_ms=duration_ms,
                    prediction="100", answered=answered, correct=score, of=10, score=score, answers_digest="0" * 64,
                )
            )  # fmt: skip
            body = {"attempt": public_id, "entry": who.entry}
            await log.append(writer, self.id, log.ATTEMPT, body, submitted)
        return public_id

    async def void(self, paper: str, now_ms: int) -> None:
        """Takes an attempt out."""
        async with self.db.write() as writer:
            await writer.execute(update(attempts).where(attempts.c.public_id == paper).values(void_at=now_ms))
            await log.append(writer, self.id, log.ATTEMPT_VOID, {"attempt": paper, "reason": "…"}, now_ms)

    async def counted(self, at_ms: int) -> None:
        """The snapshot of the day of `at_ms`, taken anew as if the day before's had been as full."""
        async with self.db.write() as writer:
            await writer.execute(delete(contest_turnout).where(contest_turnout.c.contest_id == self.id))
            await turnout.take(writer, self.id, local_day(at_ms), at_ms)

    async def unit(self, code: str, name: str) -> None:
        """A school or agency of the contest's list."""
        async with self.db.write() as writer:
            await writer.execute(
                insert(contest_units).values(contest_id=self.id, code=code, name=name, fold=name.lower())
            )

    async def denominators(self, values: dict[str, int]) -> None:
        """How many people each unit has."""
        async with self.db.write() as writer:
            for code, value in values.items():
                await writer.execute(
                    insert(contest_denominators).values(
                        contest_id=self.id, version=1, code=code, value=value, recorded_by="system", recorded_at=0
                    )
                )

    def rules_json(self) -> Any:
        """The rules as plain values."""
        return json.loads(canonical(self.rules))
