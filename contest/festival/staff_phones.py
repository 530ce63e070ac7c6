"""Staff phones in SQL: paired by a link, known by its token, revoked.

Never stores a token, only its hash; never reads what a phone sends.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import festivals
from contest.festival.model import LiveEvent, PhoneRole, StaffPhone
from contest.festival.scans_model import posts_of
from contest.festival.tables import staff_phone_reports, staff_phones
from contest.ids import FestivalId
from contest.tickets import digest, new_secret

MAX_LABEL = 80
MAX_PHONES = 400


@dataclass(frozen=True, slots=True)
class KnownPhone:
    """A staff phone, working or revoked, and what it last told of itself (None: never heard of)."""

    phone: StaffPhone
    created_at: int
    seen_at: int | None
    waiting: int | None
    oldest_at: int | None
    offset_ms: int | None


async def pair(
    writer: Writer,
    festival_id: int,
    *,
    label: str,
    role: PhoneRole,
    live_event_id: int | None,
    actor: str,
    now_ms: int,
) -> tuple[StaffPhone, str]:
    """A new phone and its token, which is told once and stored nowhere.

    Raises Invalid("phone_label" | "phone_post"), Conflict("too_many_phones"), NotFound("live_event_unknown").
    """
    label = " ".join(label.split())
    if not 1 <= len(label) <= MAX_LABEL:
        raise Invalid("phone_label", limit=MAX_LABEL)
    if live_event_id is not None:
        post = await festivals.live_event(Reader(writer), live_event_id)
        # A delegate stands at no post; what is named all the same has to be there.
        if post.festival_id != festival_id or (role is not PhoneRole.DELEGATE and post.kind not in posts_of(role)):
            raise Invalid("phone_post")
    working = select(staff_phones.c.id).where(
        staff_phones.c.festival_id == festival_id, staff_phones.c.revoked_at.is_(None)
    )
    if len((await writer.execute(working)).all()) >= MAX_PHONES:
        raise Conflict("too_many_phones", limit=MAX_PHONES)
    token = new_secret()
    made = await writer.execute(
        insert(staff_phones)
        .values(
            festival_id=festival_id,
            label=label,
            role=str(role),
            live_event_id=live_event_id,
            token_hash=digest(token),
            created_by=actor,
            created_at=now_ms,
        )
        .returning(staff_phones.c.id)
    )
    phone_id = int(made.scalar_one())
    return StaffPhone(phone_id, FestivalId(festival_id), label, role, live_event_id, None), token


async def pair_posts(
    writer: Writer, festival_id: int, *, actor: str, now_ms: int
) -> list[tuple[StaffPhone, LiveEvent, str]]:
    """One new phone for each gate, training and booth that has none working, with its token."""
    known = {
        one.phone.live_event_id for one in await listing(Reader(writer), festival_id) if one.phone.revoked_at is None
    }
    made = []
    for role in (PhoneRole.GATE, PhoneRole.BOOTH):
        for post in await festivals.programme(Reader(writer), festival_id, kinds=posts_of(role)):
            if post.id not in known:
                label = post.title[:MAX_LABEL]
                phone, token = await pair(
                    writer, festival_id, label=label, role=role, live_event_id=post.id, actor=actor, now_ms=now_ms
                )
                made.append((phone, post, token))
    return made


async def revoke(writer: Writer, festival_id: int, phone_id: int, *, now_ms: int) -> StaffPhone:
    """From now on nothing it sends counts by itself. Raises NotFound("phone_unknown"); harmless to repeat."""
    c = staff_phones.c
    await writer.execute(
        update(staff_phones)
        .where(c.id == phone_id, c.festival_id == festival_id, c.revoked_at.is_(None))
        .values(revoked_at=now_ms)
    )
    for one in await listing(Reader(writer), festival_id):
        if one.phone.id == phone_id:
            return one.phone
    raise NotFound("phone_unknown")


async def by_token(reader: Reader, token: str) -> KnownPhone | None:
    """The phone of a token, also when it is revoked: what it did before must not be lost."""
    query = _query().where(staff_phones.c.token_hash == digest(token))
    row = (await reader.execute(query)).one_or_none()
    return None if row is None else _known(row)


async def by_id(reader: Reader, festival_id: int, phone_id: int) -> KnownPhone:
    """Raises NotFound("phone_unknown")."""
    query = _query().where(staff_phones.c.id == phone_id, staff_phones.c.festival_id == festival_id)
    row = (await reader.execute(query)).one_or_none()
    if row is None:
        raise NotFound("phone_unknown")
    return _known(row)


async def listing(reader: Reader, festival_id: int) -> list[KnownPhone]:
    """All phones of a festival: working ones first, then by name."""
    c = staff_phones.c
    query = _query().where(c.festival_id == festival_id).order_by(c.revoked_at.is_not(None), c.role, c.label, c.id)
    return [_known(row) for row in await reader.execute(query)]


async def heard(
    writer: Writer, phone_id: int, *, waiting: int, oldest_at: int | None, offset_ms: int, now_ms: int
) -> StaffPhone:
    """Notes what a phone told of itself, and keeps its row until the end of the transaction: one batch of a phone at a
    time. Returns the phone as it is now, for it may have been revoked meanwhile. Raises NotFound("phone_unknown")."""
    c = staff_phones.c
    row = (
        await writer.execute(
            update(staff_phones)
            .where(c.id == phone_id)
            .values(seen_at=now_ms)
            .returning(c.id, c.festival_id, c.label, c.role, c.live_event_id, c.revoked_at)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("phone_unknown")
    told = {"waiting": waiting, "oldest_at": oldest_at, "offset_ms": offset_ms, "told_at": now_ms}
    dialect = postgresql if writer.dialect.name == "postgresql" else sqlite
    await writer.execute(
        dialect.insert(staff_phone_reports)
        .values(phone_id=phone_id, **told)
        .on_conflict_do_update(index_elements=["phone_id"], set_=told)
    )
    return StaffPhone(
        row.id, FestivalId(row.festival_id), row.label, PhoneRole(row.role), row.live_event_id, row.revoked_at
    )


async def held(writer: Writer, festival_id: int, phone_id: int) -> KnownPhone:
    """`by_id`, and keeps the phone's row until the end of the transaction, as `heard` does."""
    await writer.execute(select(staff_phones.c.id).where(staff_phones.c.id == phone_id).with_for_update())
    return await by_id(Reader(writer), festival_id, phone_id)


def _query() -> Select[Any]:
    c, told = staff_phones.c, staff_phone_reports.c
    return select(
        c.id, c.festival_id, c.label, c.role, c.live_event_id, c.revoked_at, c.created_at, c.seen_at,
        told.waiting, told.oldest_at, told.offset_ms,
    ).select_from(staff_phones.outerjoin(staff_phone_reports, told.phone_id == c.id))  # fmt: skip


def _known(row: Any) -> KnownPhone:
    phone = StaffPhone(
        row.id, FestivalId(row.festival_id), row.label, PhoneRole(row.role), row.live_event_id, row.revoked_at
    )
    return KnownPhone(phone, row.created_at, row.seen_at, row.waiting, row.oldest_at, row.offset_ms)
