"""Sessions that teams held, in SQL: recorded once however often a phone sends them, with their facts, and taken back.

Never changes a session: what turns out wrong is marked undone and its facts are voided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from contest import audit
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import guests
from contest.festival.cards import parse_card
from contest.provincial.local_time import local_day
from contest.skills import Skill
from contest.statistics import ledger
from contest.statistics.facts import skills_of, skills_text
from contest.statistics.tables import villages
from contest.teams import session_facts
from contest.teams.model import Member, Session, SessionKind, Team
from contest.teams.session_facts import MOST_CARDS, Present
from contest.teams.tables import team_session_guests, team_sessions
from scoring.folding import nfc

MAX_TEXT = 400
MAX_PLACE = 160
UNDO_MS = 24 * 3_600_000
"""So long a member may take a session back by themselves."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A session as a phone tells of it. `said_at` and `device_at` are by the phone's clock."""

    nonce: str
    kind: SessionKind
    said_at: int
    device_at: int
    headcounts: Mapping[str, int]
    skills: tuple[Skill, ...] = ()
    village_id: int | None = None
    place: str = ""
    note: str = ""
    cards: tuple[str, ...] = ()
    confirms: bool = False
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of it. `fresh` is False for a repeat; `unknown` are cards that nobody was given."""

    id: int
    nonce: str
    people: int
    held_at: int
    fresh: bool
    undone: bool
    unknown: tuple[str, ...] = ()


async def record(writer: Writer, team: Team, member: Member, wish: Wish, *, now_ms: int) -> Recorded:
    """Records a session with its facts; the same nonce again changes nothing and gives the same answer.

    Raises Invalid("session_people" | "session_time" | "session_nobody" | "session_village" | "session_cards").
    """
    if (known := await _known(writer, member, wish.nonce)) is not None:
        return known
    headcounts = session_facts.headcounts_of(wish.headcounts)
    present, unknown = await _present(Reader(writer), wish.cards)
    people = sum(headcounts.values()) + len(present)
    if not people:
        raise Invalid("session_nobody")
    if wish.village_id is not None:
        await _check_village(writer, team, wish.village_id)
    held = session_facts.held_at(wish.said_at, wish.device_at, now_ms)
    session_id = await _insert(writer, team, member, wish, headcounts, held, people, now_ms)
    if session_id is None:
        # Somebody else's transaction recorded it between our look and our writing.
        known = await _known(writer, member, wish.nonce)
        assert known is not None
        return known
    if present:
        rows = [{"session_id": session_id, "guest_id": one.guest_id} for one in present]
        await writer.execute(insert(team_session_guests), rows)
    session = Session(
        session_id, team.id, member.id, team.commune, held, wish.kind, wish.skills, headcounts, wish.village_id,
        wish.confirms and bool(present),
    )  # fmt: skip
    await ledger.record(writer, session_facts.facts_of(session, present), now_ms=now_ms)
    return Recorded(session_id, wish.nonce, people, held, fresh=True, undone=False, unknown=unknown)


async def _insert(
    writer: Writer,
    team: Team,
    member: Member,
    wish: Wish,
    headcounts: Mapping[str, int],
    held: int,
    people: int,
    now_ms: int,
) -> int | None:
    dialect: Any = postgresql if writer.dialect.name == "postgresql" else sqlite
    found = await writer.execute(
        dialect.insert(team_sessions)
        .values(
            member_id=member.id, nonce=wish.nonce, team_id=team.id, commune=team.commune, village_id=wish.village_id,
            place=nfc(wish.place)[:MAX_PLACE], held_at=held, day=local_day(held), kind=str(wish.kind),
            skills=skills_text(wish.skills), headcounts=dict(headcounts), people=people,
            confirms=wish.confirms and people > sum(headcounts.values()), note=nfc(wish.note)[:MAX_TEXT],
            device_at=wish.device_at, received_at=now_ms, offline=wish.offline,
        )
        .on_conflict_do_nothing(index_elements=["member_id", "nonce"])
        .returning(team_sessions.c.id)
    )  # fmt: skip
    made: int | None = found.scalar_one_or_none()
    return made


async def _known(writer: Writer, member: Member, nonce: str) -> Recorded | None:
    c = team_sessions.c
    row = (
        await writer.execute(
            select(c.id, c.people, c.held_at, c.undone_at).where(c.member_id == member.id, c.nonce == nonce)
        )
    ).one_or_none()
    if row is None:
        return None
    return Recorded(row.id, nonce, row.people, row.held_at, fresh=False, undone=row.undone_at is not None)


async def _present(reader: Reader, cards: Sequence[str]) -> tuple[list[Present], tuple[str, ...]]:
    """The guests of the cards, each once, and the cards that are nobody's."""
    if len(cards) > MOST_CARDS:
        raise Invalid("session_cards", limit=MOST_CARDS)
    read = [(card, parse_card(card)) for card in dict.fromkeys(cards)]
    codes = list(dict.fromkeys(code for _, code in read if code is not None))
    found = await guests.by_cards(reader, codes) if codes else {}
    present = {
        one.id: Present(one.id, one.person, one.commune, one.village_id, one.target_group, one.age_band)
        for one in found.values()
        if one.erased_at is None
    }
    known = {card for card, one in found.items() if one.erased_at is None}
    return list(present.values()), tuple(card[:20] for card, code in read if code not in known)


async def _check_village(writer: Writer, team: Team, village_id: int) -> None:
    commune = await writer.scalar(select(villages.c.commune).where(villages.c.id == village_id))
    if commune != team.commune:
        raise Invalid("session_village")


async def undo_own(writer: Writer, member: Member, nonce: str, *, now_ms: int) -> Recorded:
    """The member takes their session back; a repeat changes nothing.

    Raises NotFound("session_unknown"), Conflict("session_too_late") a day after it was received.
    """
    known = await _known(writer, member, nonce)
    if known is None:
        raise NotFound("session_unknown")
    if known.undone:
        return known
    received = await writer.scalar(select(team_sessions.c.received_at).where(team_sessions.c.id == known.id))
    if received is None or now_ms - received > UNDO_MS:
        raise Conflict("session_too_late")
    await _undo(writer, known.id, reason="undo", actor=member.actor, now_ms=now_ms)
    return Recorded(known.id, nonce, known.people, known.held_at, fresh=False, undone=True)


async def void(writer: Writer, session_id: int, *, reason: str, actor: str, now_ms: int) -> bool:
    """An organiser takes a session back with a reason; False when it had been taken back before.

    Raises NotFound("session_unknown"), Invalid("void_reason").
    """
    reason = nfc(reason)
    if not 1 <= len(reason) <= ledger.MAX_REASON:
        raise Invalid("void_reason", limit=ledger.MAX_REASON)
    return await _undo(writer, session_id, reason=reason, actor=actor, now_ms=now_ms)


async def _undo(writer: Writer, session_id: int, *, reason: str, actor: str, now_ms: int) -> bool:
    c = team_sessions.c
    row = (
        await writer.execute(
            update(team_sessions)
            .where(c.id == session_id, c.undone_at.is_(None))
            .values(undone_at=now_ms, undone_by=actor, undo_reason=reason)
            .returning(team_sessions)
        )
    ).one_or_none()
    if row is None:
        if await writer.scalar(select(c.id).where(c.id == session_id)) is None:
            raise NotFound("session_unknown")
        return False
    scanned = await writer.execute(
        select(team_session_guests.c.guest_id).where(team_session_guests.c.session_id == session_id)
    )
    for kind, source in session_facts.sources_of(session_record(row), scanned.scalars().all()):
        await ledger.void(writer, kind, source, reason=reason, actor=actor, now_ms=now_ms)
    await audit.record(
        writer, actor=actor, action="team.session.void", subject=f"team_session:{session_id}", now_ms=now_ms,
        detail={"people": row.people},
    )  # fmt: skip
    return True


def session_record(row: Any) -> Session:
    """A row of `team_sessions` as a value."""
    return Session(
        row.id, row.team_id, row.member_id, row.commune, row.held_at, SessionKind(row.kind), skills_of(row.skills),
        row.headcounts, row.village_id, bool(row.confirms),
    )  # fmt: skip


async def recount(reader: Reader) -> tuple[int, int]:
    """How many sessions stand and how many people they say were there: what the ledger must add up to."""
    c = team_sessions.c
    row = (
        await reader.execute(select(func.count(), func.coalesce(func.sum(c.people), 0)).where(c.undone_at.is_(None)))
    ).one()
    return int(row[0]), int(row[1])
