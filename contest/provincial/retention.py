"""How long data stays unasked, and taking it away when its time has come.

Any number of workers may do it at once, and a repeat finds nothing. Never touches results, totals or the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import Select, and_, case, delete, exists, func, or_, select, update

from contest import audit
from contest.database import Database, Writer
from contest.festival import guest_rights, identity
from contest.ids import ParticipantId
from contest.provincial import data_rights, phone_codes, sessions
from contest.provincial.data_map import Rule
from contest.provincial.tables import (
    attempts,
    complaints,
    contest_awards,
    contest_exclusions,
    contest_results,
    contests,
    data_requests,
    entries,
    participants,
    review_cases,
)

_DAY_MS = 24 * 3600 * 1000
AFTER_FINAL_DAYS = 90
"""Contact data of those who won nothing, and the traces kept against cheating."""
WINNERS_DAYS = 3_650
"""Ten years: what accounting of the prizes needs."""
SETTLED_DAYS = 365
"""Texts of complaints and requests after they were settled."""
AT_ONCE = 500

RULES: Mapping[Rule, str] = MappingProxyType(
    {
        Rule.KEPT: "with the contest or round it belongs to",
        Rule.PERSON: f"{AFTER_FINAL_DAYS} days after the final result of the last contest; winners {WINNERS_DAYS} "
        f"days; guests of festivals {guest_rights.IDLE_DAYS} days after the last one they came to",
        Rule.TRACE: f"{AFTER_FINAL_DAYS} days after the final result",
        Rule.SESSION: f"{sessions.IDLE_MS // _DAY_MS} days without use; a guest's "
        f"{identity.SESSION_MS // _DAY_MS} days",
        Rule.CODE: "one day",
        Rule.COMPLAINT: f"{SETTLED_DAYS} days after the final result",
        Rule.EXCLUSION: f"{AFTER_FINAL_DAYS} days after the final result",
        Rule.REQUEST: f"{SETTLED_DAYS} days after it was settled",
        Rule.CONSENT: "as proof; the person's own row goes before it",
        Rule.LIVE: "with the live round",
        Rule.MEMBER: "30 days after they leave the team",
        Rule.OFFICE: "at least twelve months",
    }
)
"""What each rule of the data map means, for the page of the data map."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many rows each rule took, in one turn."""

    people: int = 0
    traces: int = 0
    texts: int = 0
    sessions: int = 0
    codes: int = 0

    def __bool__(self) -> bool:
        return any((self.people, self.traces, self.texts, self.sessions, self.codes))


async def sweep(db: Database, now_ms: int) -> Swept:
    """One turn; bounded, so that a large contest is taken in several."""
    async with db.write() as writer:
        gone = await sessions.forget_expired(writer, now_ms)
        codes = await phone_codes.forget(writer, now_ms)
        traces = await _traces(writer, now_ms)
        texts = await _texts(writer, now_ms)
        people = await _people(writer, now_ms) + await guest_rights.sweep(writer, now_ms)
    await _overdue_deletions(db, now_ms)
    return Swept(people, traces, texts, gone, codes)


def over_since(before_ms: int) -> Select[tuple[int]]:
    """Contests that were over by then: archived, or every result of theirs final."""
    unsettled = exists().where(contest_results.c.contest_id == contests.c.id, contest_results.c.final_at.is_(None))
    last = (
        select(func.max(contest_results.c.final_at))
        .where(contest_results.c.contest_id == contests.c.id)
        .scalar_subquery()
    )
    return select(contests.c.id).where(
        or_(
            and_(contests.c.archived_at.is_not(None), contests.c.archived_at <= before_ms),
            and_(contests.c.state != "open", ~unsettled, last <= before_ms),
        )
    )


async def _traces(writer: Writer, now_ms: int) -> int:
    over = over_since(now_ms - AFTER_FINAL_DAYS * _DAY_MS)
    some = (
        select(attempts.c.id)
        .where(
            attempts.c.contest_id.in_(over),
            or_(attempts.c.device_hash.is_not(None), attempts.c.address_hash.is_not(None)),
        )
        .limit(AT_ONCE * 10)
    )
    done = await writer.execute(
        update(attempts).where(attempts.c.id.in_(some)).values(device_hash=None, address_hash=None)
    )
    held = (
        select(entries.c.id)
        .where(entries.c.contest_id.in_(over), or_(entries.c.phone_hash.is_not(None), entries.c.id_hash.is_not(None)))
        .limit(AT_ONCE * 10)
    )
    more = await writer.execute(update(entries).where(entries.c.id.in_(held)).values(phone_hash=None, id_hash=None))
    cases = await writer.execute(delete(review_cases).where(review_cases.c.contest_id.in_(over)))
    known = or_(contest_exclusions.c.phone_hash.is_not(None), contest_exclusions.c.id_hash.is_not(None))
    excluded = await writer.execute(
        update(contest_exclusions)
        .where(contest_exclusions.c.contest_id.in_(over), known)
        .values(phone_hash=None, id_hash=None, reason="")
    )
    return done.rowcount + more.rowcount + cases.rowcount + excluded.rowcount


async def _texts(writer: Writer, now_ms: int) -> int:
    before = now_ms - SETTLED_DAYS * _DAY_MS
    said = await writer.execute(
        update(complaints)
        .where(complaints.c.contest_id.in_(over_since(before)), complaints.c.text != "")
        .values(text="", evidence={}, decision="", effect="")
    )
    asked = await writer.execute(
        update(data_requests).where(data_requests.c.done_at <= before, data_requests.c.detail != "").values(detail="")
    )
    return said.rowcount + asked.rowcount


async def _people(writer: Writer, now_ms: int) -> int:
    """Erases people none of whose contests needs them any more."""
    prize = exists().where(contest_awards.c.entry_id == entries.c.id, contest_awards.c.revoked_at.is_(None))
    needed = (
        select(entries.c.id)
        .where(
            entries.c.participant_id == participants.c.id,
            case(
                (prize, entries.c.contest_id.not_in(over_since(now_ms - WINNERS_DAYS * _DAY_MS))),
                else_=entries.c.contest_id.not_in(over_since(now_ms - AFTER_FINAL_DAYS * _DAY_MS)),
            ),
        )
        .exists()
    )
    idle = participants.c.updated_at <= now_ms - AFTER_FINAL_DAYS * _DAY_MS
    found = await writer.execute(
        select(participants.c.id).where(participants.c.erased_at.is_(None), idle, ~needed).limit(AT_ONCE)
    )
    ids = [ParticipantId(one) for one in found.scalars()]
    if ids:
        await data_rights.erase_rows(writer, ids, now_ms=now_ms)
        await audit.record(
            writer, actor=audit.SYSTEM, action="participant.retention", subject="participants", now_ms=now_ms,
            detail={"people": len(ids)},
        )  # fmt: skip
    return len(ids)


async def _overdue_deletions(db: Database, now_ms: int) -> None:
    """The law's day has come: whoever asked to be deleted is, unless a prize has to be accounted for."""
    prize = exists().where(
        entries.c.participant_id == data_requests.c.participant_id,
        contest_awards.c.entry_id == entries.c.id,
        contest_awards.c.revoked_at.is_(None),
    )
    async with db.read() as reader:
        rows = await reader.execute(
            select(data_requests.c.participant_id)
            .where(
                data_requests.c.kind == "delete",
                data_requests.c.state == "open",
                data_requests.c.due_at <= now_ms,
                ~prize,
            )
            .limit(AT_ONCE)
        )
        due = [ParticipantId(one) for one in rows.scalars()]
    for one in due:
        await data_rights.erase(db, one, actor=audit.SYSTEM, now_ms=now_ms)
