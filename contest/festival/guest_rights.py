"""What guests may do about their own data: see it, correct it, take consents back, have it deleted.

Deleting empties the person's row and leaves the numbers: facts stay under a pseudonym nobody can follow back. What the
platform deletes by itself, and when, is here too.
"""

from typing import Any

from sqlalchemy import delete, exists, or_, select, update

from contest.database import Reader, Writer
from contest.errors import Invalid
from contest.festival import guests, identity
from contest.festival.draw_views import PUBLISH_NAME
from contest.festival.identity import PHONE, STATISTICS, Said, check_village, note_consent
from contest.festival.model import FestivalState, Guest, GuestLevel
from contest.festival.tables import (
    cloud_entries,
    draw_tickets,
    draw_winners,
    draws,
    festival_guests,
    festivals,
    guest_consents,
    guest_sessions,
    live_events,
    pledges,
    poll_votes,
)
from contest.festival.tables import guests as table
from contest.provincial import data_map
from contest.provincial.data_kinds import Rule
from contest.provincial.local_time import local_day
from contest.provincial.secrets_box import FieldBox
from contest.statistics.facts import COUNTED
from contest.statistics.tables import participation_facts

_DAY_MS = 24 * 3600 * 1000
IDLE_DAYS = 400
"""After the last festival they came to: from one year's festival to the next, and a little."""
AT_ONCE = 500


async def export(reader: Reader, box: FieldBox, guest: Guest) -> dict[str, Any]:
    """Everything there is about a guest, for themselves."""
    row = (await reader.execute(select(table).where(table.c.id == guest.id))).one()
    hidden = {"id", "phone_enc", "phone_hash", "person", "participant_id", "same_as", "checked_by", "created_by"}
    consents = await reader.execute(
        select(guest_consents).where(guest_consents.c.guest_id == guest.id).order_by(guest_consents.c.id)
    )
    been = await reader.execute(
        select(festivals.c.title, festivals.c.first_day, festival_guests.c.came_at)
        .join(festivals, festivals.c.id == festival_guests.c.festival_id)
        .where(festival_guests.c.guest_id == guest.id)
        .order_by(festival_guests.c.came_at)
    )
    c = participation_facts.c
    own = {guest.person, 2 * guest.id + 1}
    done = await reader.execute(
        select(c.kind, c.occurred_at, c.day, c.skills, c.passed, c.commune, c.target_group, c.age_band)
        .where(c.person.in_(own), c.kind.in_([str(kind) for kind in COUNTED]))
        .order_by(c.id)
        .limit(2_000)
    )
    return {
        "guest": {name: value for name, value in row._asdict().items() if name not in hidden}
        | {"phone": None if row.phone_enc is None else box.open(row.phone_enc)},
        "consents": [
            {"purpose": one.purpose, "granted": one.granted, "text": one.text, "at": one.at} for one in consents
        ],
        "festivals": [{"title": one.title, "day": one.first_day, "came_at": one.came_at} for one in been],
        "done": [dict(one._mapping) for one in done],
        **await _said_in_halls(reader, guest),
    }


async def _said_in_halls(reader: Reader, guest: Guest) -> dict[str, Any]:
    """What they voted, wrote and signed, and their tickets of draws."""
    p, v, w, t, d, n = pledges.c, poll_votes.c, cloud_entries.c, draw_tickets.c, draws.c, draw_winners.c
    parts = {
        "pledges": select(p.text, p.agreed, p.state, p.signed_at).where(p.guest_id == guest.id).order_by(p.id),
        "votes": select(live_events.c.title, v.choices, v.voted_at, v.changed_at)
        .join(live_events, live_events.c.id == v.live_event_id)
        .where(v.guest_id == guest.id)
        .order_by(v.live_event_id),
        "words": select(live_events.c.title, w.text, w.sent_at)
        .join(live_events, live_events.c.id == w.live_event_id)
        .where(w.guest_id == guest.id)
        .order_by(w.live_event_id, w.place),
        "tickets": select(d.title, d.frozen_at, t.ticket, n.drawn_at, n.state.label("drawn"))
        .join(draws, d.id == t.draw_id)
        .outerjoin(draw_winners, (n.draw_id == t.draw_id) & (n.ticket == t.ticket))
        .where(t.guest_id == guest.id)
        .order_by(d.id),
    }
    return {name: [dict(row._mapping) for row in await reader.execute(query)] for name, query in parts.items()}


async def correct(writer: Writer, guest: Guest, said: Said, *, now_ms: int) -> Guest:
    """Puts right what a guest said; facts keep what held on their day. Raises what `Said.columns` does.

    Saying nothing beyond the nickname takes the consent for it back.
    """
    consented = await identity.granted_to(Reader(writer), guest.id)
    if said.beyond_name and STATISTICS in consented and not (said.consents or {}):
        said = Said(
            said.name, said.commune, said.village_id, said.target_group, said.age_band, said.lang, {STATISTICS: ""}
        )
    values = said.columns() | {"updated_at": now_ms}
    await check_village(writer, said.village_id, said.commune)
    await writer.execute(update(table).where(table.c.id == guest.id).values(values))
    words = (said.consents or {}).get(STATISTICS)
    if words:
        await note_consent(writer, guest.id, STATISTICS, granted=True, words=words, now_ms=now_ms)
    elif not said.beyond_name and STATISTICS in consented:
        await note_consent(writer, guest.id, STATISTICS, granted=False, words="", now_ms=now_ms)
    return await guests.load(Reader(writer), guest.id)


async def withdraw(writer: Writer, guest: Guest, purpose: str, *, now_ms: int) -> Guest:
    """Takes a consent back, and with it the data it was for. Raises Invalid("consent_unknown")."""
    if purpose == STATISTICS:
        gone: dict[str, Any] = {"commune": None, "village_id": None, "target_group": None, "age_band": None}
    elif purpose == PHONE:
        gone = {"phone_enc": None, "phone_hash": None}
        if guest.level is GuestLevel.PHONE:
            gone["level"] = GuestLevel.NICKNAME
    elif purpose == PUBLISH_NAME:
        gone = {}
    else:
        raise Invalid("consent_unknown")
    await writer.execute(update(table).where(table.c.id == guest.id).values(gone | {"updated_at": now_ms}))
    await note_consent(writer, guest.id, purpose, granted=False, words="", now_ms=now_ms)
    return await guests.load(Reader(writer), guest.id)


async def erase(writer: Writer, guest_ids: list[int], *, now_ms: int) -> None:
    """Removes the people and leaves the numbers; a repeat changes nothing. Their cards lead nowhere any more."""
    await writer.execute(delete(guest_sessions).where(guest_sessions.c.guest_id.in_(guest_ids)))
    emptied: dict[str, Any] = {name: None for name in data_map.under(Rule.PERSON)["guests"]}
    await writer.execute(
        update(table)
        .where(table.c.id.in_(guest_ids), table.c.erased_at.is_(None))
        .values(emptied | {"erased_at": now_ms, "updated_at": now_ms})
    )


async def sweep(writer: Writer, now_ms: int) -> int:
    """Erases guests whose last festival is long over, a bounded number in a turn; how many. Forgets old sessions."""
    await writer.execute(delete(guest_sessions).where(guest_sessions.c.expires_at <= now_ms))
    before_ms = now_ms - IDLE_DAYS * _DAY_MS
    still = (
        exists()
        .where(festival_guests.c.guest_id == table.c.id, festivals.c.id == festival_guests.c.festival_id)
        .where(
            or_(
                festivals.c.last_day > local_day(before_ms),
                festivals.c.state == FestivalState.OPEN,
                festival_guests.c.came_at > before_ms,
            )
        )
    )
    query = (
        select(table.c.id)
        .where(
            table.c.erased_at.is_(None),
            table.c.level != GuestLevel.BLANK,
            table.c.updated_at <= before_ms,
            ~still,
        )
        .limit(AT_ONCE)
    )
    old = list((await writer.execute(query)).scalars())
    if old:
        await erase(writer, old, now_ms=now_ms)
    return len(old)
