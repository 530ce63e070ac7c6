"""What two guests did who turn out to be one person: it becomes the staying guest's, and counts once.

Both rows of `guests` must be locked. Scans, quizzes, votes, words, signatures, holds and tickets lead to the staying
guest afterwards; where both did the same, one fact stands. A frozen pool of a draw stays as it was published. Never
touches the guests themselves: `identity_phone.merge` does.
"""

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from contest.database import Writer
from contest.festival.draw_states import DrawState
from contest.festival.draw_tables import draw_tickets, draw_winners, draws
from contest.festival.merging_facts import ACTOR, REASON, move, move_many, take_back
from contest.festival.scans_model import fact_source
from contest.festival.tables import (
    cloud_entries,
    launch_holders,
    pledges,
    poll_votes,
    presences,
    scans,
    skill_quizzes,
)
from contest.statistics.facts import FactKind
from contest.statistics.tables import participation_facts
from contest.teams.team_tables import team_session_guests


async def deeds(writer: Writer, gone: int, stays: int, *, person: int, now_ms: int) -> None:
    """All that the guest `gone` did is what `stays` did. `person`: under which `stays` stands in facts."""
    await _presences(writer, gone, stays, person, now_ms)
    await _quizzes(writer, gone, stays, person, now_ms)
    await _votes(writer, gone, stays, person, now_ms)
    await _words(writer, gone, stays, person, now_ms)
    await _pledges(writer, gone, stays, now_ms)
    await _holds(writer, gone, stays, person, now_ms)
    await _tickets(writer, gone, stays)
    await _sessions(writer, gone, stays, person, now_ms)


async def _presences(writer: Writer, gone: int, stays: int, person: int, now_ms: int) -> None:
    await writer.execute(update(scans).where(scans.c.guest_id == gone).values(guest_id=stays))
    c = presences.c
    found = await writer.execute(select(presences).where(c.guest_id == gone, c.support > 0).order_by(c.id))
    for row in found.all():
        # Of a day, an item or a skill: the guest is the part in the middle or at the end.
        parts = row.source.split(":")
        parts[1] = str(stays)
        to = ":".join(parts)
        generation, first = await _supported(writer, row, to, stays)
        await writer.execute(update(presences).where(c.id == row.id).values(support=0, generation=row.generation + 1))
        await move(
            writer,
            FactKind(row.kind),
            fact_source(row.source, row.generation),
            fact_source(to, generation) if first else None,
            person=person,
            now_ms=now_ms,
        )


async def _supported(writer: Writer, row: Any, source: str, stays: int) -> tuple[int, bool]:
    """The staying guest's presence with the support of the other's; its generation, and whether it had none before."""
    dialect: Any = postgresql if writer.dialect.name == "postgresql" else sqlite
    kept = ("festival_id", "kind", "live_event_id", "skill", "support", "since_at")
    made = dialect.insert(presences).values(
        source=source, guest_id=stays, **{name: getattr(row, name) for name in kept}
    )
    c = presences.c
    upsert = made.on_conflict_do_update(
        index_elements=["kind", "source"], set_={"support": c.support + made.excluded.support}
    )
    now = (await writer.execute(upsert.returning(c.support, c.generation))).one()
    return now.generation, now.support == row.support


async def _quizzes(writer: Writer, gone: int, stays: int, person: int, now_ms: int) -> None:
    c = skill_quizzes.c
    moved = await writer.execute(
        update(skill_quizzes).where(c.guest_id == gone).values(guest_id=stays).returning(c.festival_id, c.skill)
    )
    for festival_id, skill in sorted({(row.festival_id, row.skill) for row in moved}):
        source, to = f"{festival_id}:{gone}:{skill}", f"{festival_id}:{stays}:{skill}"
        await move(writer, FactKind.SKILL_QUIZ, source, to, person=person, now_ms=now_ms)


async def _votes(writer: Writer, gone: int, stays: int, person: int, now_ms: int) -> None:
    c = poll_votes.c
    query = select(poll_votes).where(c.guest_id.in_([gone, stays]))
    rows = {(row.live_event_id, row.guest_id): row for row in await writer.execute(query)}
    for (item, guest_id), row in sorted(rows.items()):
        if guest_id != gone:
            continue
        own = rows.get((item, stays))
        if own is not None:
            # One vote: the later wish.
            await writer.execute(
                delete(poll_votes).where(
                    c.live_event_id == item, c.guest_id == (stays if row.changed_at > own.changed_at else gone)
                )
            )
        await writer.execute(
            update(poll_votes).where(c.live_event_id == item, c.guest_id == gone).values(guest_id=stays)
        )
        await move(writer, FactKind.POLL, f"{item}:{gone}", f"{item}:{stays}", person=person, now_ms=now_ms)


async def _words(writer: Writer, gone: int, stays: int, person: int, now_ms: int) -> None:
    c = cloud_entries.c
    query = select(c.live_event_id, c.guest_id, c.sent_at).where(c.guest_id.in_([gone, stays])).distinct()
    sent = {(row.live_event_id, row.guest_id): row.sent_at for row in await writer.execute(query)}
    for item, guest_id in sorted(sent):
        if guest_id != gone:
            continue
        own = sent.get((item, stays))
        if own is not None:
            older = stays if sent[item, gone] > own else gone
            await writer.execute(delete(cloud_entries).where(c.live_event_id == item, c.guest_id == older))
        await writer.execute(
            update(cloud_entries).where(c.live_event_id == item, c.guest_id == gone).values(guest_id=stays)
        )
        await move(writer, FactKind.POLL, f"{item}:{gone}", f"{item}:{stays}", person=person, now_ms=now_ms)


async def _pledges(writer: Writer, gone: int, stays: int, now_ms: int) -> None:
    c = pledges.c
    own = select(c.live_event_id).where(c.guest_id == stays, c.state == "signed")
    twice = (
        update(pledges)
        .where(c.guest_id == gone, c.state == "signed", c.live_event_id.in_(own))
        .values(state="void", ended_by=ACTOR, ended_at=now_ms, reason=REASON)
        .returning(c.id)
    )
    for pledge in sorted((await writer.execute(twice)).scalars()):
        await take_back(writer, FactKind.PLEDGE, str(pledge), now_ms)
    await writer.execute(update(pledges).where(c.guest_id == gone).values(guest_id=stays))


async def _holds(writer: Writer, gone: int, stays: int, person: int, now_ms: int) -> None:
    c = launch_holders.c
    before, after = f"guest:{gone}", f"guest:{stays}"
    query = select(c.live_event_id, c.holder).where(c.holder.in_([before, after]))
    rows = {(row.live_event_id, row.holder) for row in await writer.execute(query)}
    for item, holder in sorted(rows):
        if holder != before:
            continue
        one = (c.live_event_id == item) & (c.holder == before)
        if (item, after) in rows:
            await writer.execute(delete(launch_holders).where(one))
        else:
            await writer.execute(update(launch_holders).where(one).values(holder=after))
        await move(writer, FactKind.LAUNCH, f"{item}:{before}", f"{item}:{after}", person=person, now_ms=now_ms)


async def _tickets(writer: Writer, gone: int, stays: int) -> None:
    c = draw_tickets.c
    # Who has a ticket of both cards keeps both: the pool was published with them.
    own = select(c.draw_id).where(c.guest_id == stays)
    await writer.execute(update(draw_tickets).where(c.guest_id == gone, c.draw_id.not_in(own)).values(guest_id=stays))
    await writer.execute(update(draw_winners).where(draw_winners.c.guest_id == gone).values(guest_id=stays))
    drafts = select(draws.c.id, draws.c.excluded).where(draws.c.state == str(DrawState.DRAFT))
    for row in (await writer.execute(drafts)).all():
        if gone in row.excluded:
            listed = sorted({*row.excluded, stays} - {gone})
            await writer.execute(update(draws).where(draws.c.id == row.id).values(excluded=listed))


async def _sessions(writer: Writer, gone: int, stays: int, person: int, now_ms: int) -> None:
    c, f = team_session_guests.c, participation_facts.c
    query = select(c.session_id, c.guest_id).where(c.guest_id.in_([gone, stays]))
    rows = {(row.session_id, row.guest_id) for row in await writer.execute(query)}
    for session, guest_id in sorted(rows):
        if guest_id != gone:
            continue
        one = (c.session_id == session) & (c.guest_id == gone)
        if (session, stays) in rows:
            await writer.execute(delete(team_session_guests).where(one))
        else:
            await writer.execute(update(team_session_guests).where(one).values(guest_id=stays))
        before, after = f"t:{session}:{gone}", f"t:{session}:{stays}"
        kinds = [FactKind.GUIDANCE, FactKind.TRAINING, FactKind.SKILL]
        sources = (await writer.execute(
            select(f.source).where(f.kind.in_(kinds), (f.source == before) | f.source.startswith(before + ":"))
        )).scalars().all()  # fmt: skip
        to: dict[str, str | None] = {source: after + source.removeprefix(before) for source in sources}
        await move_many(writer, kinds, f.source.in_(sources), to, person=person, now_ms=now_ms)
