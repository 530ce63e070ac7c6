"""A small contest with a log, written as the use cases write it, for tests that then tamper with it."""

from typing import Any

from sqlalchemy import insert

from contest.database import Database, Writer
from contest.provincial import log
from contest.provincial.tables import attempt_answers, attempts, contests, entries, participants

NOW = 1_790_000_000_000


async def new_contest(db: Database, slug: str) -> int:
    """A contest with nothing in it but its row."""
    async with db.write() as writer:
        return await _insert(
            writer, contests, slug=slug, title=slug, title_fold=slug, draft={}, created_by="system", created_at=NOW,
            updated_at=NOW,
        )  # fmt: skip


async def logged_contest(db: Database, slug: str, people: int = 6) -> int:
    """A contest with an opening, one attempt of each person, and a head of two days."""
    contest = await new_contest(db, slug)
    async with db.write() as writer:
        await log.append(writer, contest, "open", {"version": 1}, NOW)
    for number in range(people):
        async with db.write() as writer:
            await accept(writer, contest, f"{slug}-{number}", await new_entry(writer, contest, f"{slug}-{number}"))
            if number == people // 2:
                await log.publish_head(writer, contest, "2026-11-22", NOW)
    async with db.write() as writer:
        await log.publish_head(writer, contest, "2026-11-23", NOW)
    return contest


async def new_entry(writer: Writer, contest: int, public_id: str, **more: Any) -> int:
    """Somebody's entry."""
    person = await _insert(
        writer,
        participants,
        public_id=public_id,
        full_name="Y Moan",
        name_fold="y moan",
        created_at=NOW,
        updated_at=NOW,
    )
    return await _insert(
        writer, entries, contest_id=contest, participant_id=person, public_id=public_id, fields={}, created_at=NOW,
        **more,
    )  # fmt: skip


async def accept(writer: Writer, contest: int, public_id: str, entry: int, **more: Any) -> int:
    """An accepted attempt of two questions with its log line; `more` are values of the attempt."""
    choices: dict[int, str | None] = {1: '["a"]', 2: None}
    digest = log.answers_digest((10 + position, choice) for position, choice in choices.items())
    values: dict[str, Any] = {
        "ordinal": 1, "round_key": "r1", "day": "2026-11-22", "rules_version": 1, "state": "submitted",
        "ticket_hash": "x", "paper": [[11, ["a", "b"]], [12, ["b", "a"]]], "started_at": NOW,
        "deadline_at": NOW + 600_000, "submitted_at": NOW + 60_000, "by_server": False, "duration_ms": 60_000,
        "prediction": "1000", "answered": 1, "correct": 1, "of": 2, "score": 1, "answers_digest": digest,
    } | more  # fmt: skip
    number = await _insert(writer, attempts, public_id=public_id, contest_id=contest, entry_id=entry, **values)
    for position, choice in ({0: "1000"} | choices).items():
        await _insert(
            writer, attempt_answers, attempt_id=number, position=position, choice=choice, seq=position + 1,
            first_at=NOW, saved_at=NOW,
        )  # fmt: skip
    body = log.attempt_body(
        attempt=public_id, entry=entry, round=values["round_key"], rules=1, started=values["started_at"],
        submitted=values["submitted_at"], duration=values["duration_ms"], by_server=False,
        prediction=values["prediction"], answered=values["answered"], correct=values["correct"], of=values["of"],
        score=values["score"], answers=values["answers_digest"],
    )  # fmt: skip
    await log.append(writer, contest, log.ATTEMPT, body, NOW + 60_000)
    return number


async def _insert(writer: Writer, table: Any, **values: Any) -> int:
    key = (await writer.execute(insert(table).values(**values))).inserted_primary_key
    assert key is not None
    return int(key[0])
