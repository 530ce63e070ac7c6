"""The word cloud in SQL: words of guests under all their spellings, and what the host decides about them.

What the filter finds offensive waits for the host whatever the settings say, under a key of its own: a harmless word
that was let through never lends its place to one that only looks like it without tones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from contest import audit, names
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import act_facts, acts, festivals
from contest.festival.act_settings import Moderation, WordsSettings, required
from contest.festival.acts import ActState
from contest.festival.model import Guest, LiveEvent, LiveEventKind
from contest.festival.tables import cloud_entries, cloud_words, live_events
from contest.statistics import ledger
from contest.statistics.facts import FactKind
from scoring.folding import fold

MAX_SHOWN = 60
"""Words on the stage: more are too small to be read."""
MAX_LISTED = 400


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the cloud; `people` counts who sent it, those of words merged into it too. `state`: waiting, shown or
    hidden; `held`: the filter found it offensive."""

    id: int
    text: str
    state: str
    held: bool
    people: int
    merged_into: int | None
    first_at: int


def key_of(text: str) -> str:
    """What the spellings of one word share. Scripts that fold to nothing keep their letters."""
    plain = fold(text) or "=" + text.casefold()
    return "!" + plain if names.is_offensive(text) else plain


def cleaned(given: Sequence[str], most: int) -> list[str]:
    """The words as they will be stored, each once. Raises Invalid("words_none" | "words_too_many" | "word_…")."""
    found: dict[str, str] = {}
    for text in given:
        if not text.strip():
            continue
        made = names.clean(text)
        if made.name is None:
            raise Invalid("word_" + (made.code or "name_empty").removeprefix("name_"), limit=names.MAX_GRAPHEMES)
        found.setdefault(key_of(made.name), made.name)
    if not found:
        raise Invalid("words_none")
    if len(found) > most:
        raise Invalid("words_too_many", limit=most)
    return list(found.values())


async def send(
    writer: Writer,
    festival_id: int,
    live_event_id: int,
    guest: Guest,
    given: Sequence[str],
    *,
    send_id: str,
    now_ms: int,
) -> list[str]:
    """A guest's words in place of those they sent before; gives them as stored.

    Raises Conflict("act_not_open"), Invalid and NotFound. The fact `poll` is written in the same transaction.
    """
    reader = Reader(writer)
    item = await acts.item_of(reader, festival_id, live_event_id, LiveEventKind.POLL)
    settings = required(item, WordsSettings)
    texts = cleaned(given, settings.most)
    await acts.check_running(reader, item)
    act = await acts.held(writer, item, now_ms, share=True)
    if act.state is not ActState.OPEN:
        raise Conflict("act_not_open")
    # In the order of their keys: two phones that send the same new words make them in the same order.
    ids = {text: await _word(writer, item, text, settings, now_ms) for text in sorted(texts, key=key_of)}
    c = cloud_entries.c
    await writer.execute(delete(cloud_entries).where(c.live_event_id == item.id, c.guest_id == guest.id))
    common = {"live_event_id": item.id, "guest_id": guest.id, "send_id": send_id, "sent_at": now_ms}
    rows = [{**common, "word_id": ids[text], "text": text, "place": place} for place, text in enumerate(texts, 1)]
    await writer.execute(insert(cloud_entries).values(rows))
    fact = act_facts.of_guest(FactKind.POLL, f"{item.id}:{guest.id}", guest, item, now_ms)
    await ledger.record(writer, [fact], now_ms=now_ms)
    return texts


async def _word(writer: Writer, item: LiveEvent, text: str, settings: WordsSettings, now_ms: int) -> int:
    dialect: Any = postgresql if writer.dialect.name == "postgresql" else sqlite
    key = key_of(text)
    held = key.startswith("!")
    shown = settings.moderation is Moderation.POST and not held
    made = dialect.insert(cloud_words).values(
        live_event_id=item.id,
        key=key,
        text=text,
        state="shown" if shown else "waiting",
        held=held,
        first_at=now_ms,
    )
    await writer.execute(made.on_conflict_do_nothing())
    c = cloud_words.c
    row = (await writer.execute(select(c.id, c.text).where(c.live_event_id == item.id, c.key == key))).one()
    if row.text.isascii() and not text.isascii():
        # Somebody wrote it with its tones: that is how the hall should read it.
        await writer.execute(update(cloud_words).where(c.id == row.id).values(text=text))
    return int(row.id)


async def of_guest(reader: Reader, festival_id: int, guest_id: int) -> dict[int, list[str]]:
    """What a guest sent, by item: for their own phone only."""
    c = cloud_entries.c
    query = (
        select(c.live_event_id, c.text)
        .join(live_events, live_events.c.id == c.live_event_id)
        .where(c.guest_id == guest_id, live_events.c.festival_id == festival_id)
        .order_by(c.place)
    )
    found: dict[int, list[str]] = {}
    for row in await reader.execute(query):
        found.setdefault(row.live_event_id, []).append(row.text)
    return found


async def listing(reader: Reader, live_event_id: int, *states: str, limit: int = MAX_LISTED) -> list[Word]:
    """Words that stand for themselves, the most sent first; `states` empty: all."""
    w, e = cloud_words.c, cloud_entries.c
    target = func.coalesce(w.merged_into, w.id)
    counted = (
        select(target.label("target"), func.count(e.guest_id.distinct()).label("people"))
        .join(cloud_words, w.id == e.word_id)
        .where(e.live_event_id == live_event_id)
        .group_by(target)
        .subquery()
    )
    people = func.coalesce(counted.c.people, 0).label("people")
    query = (
        select(w.id, w.text, w.state, w.held, w.merged_into, w.first_at, people)
        .outerjoin(counted, counted.c.target == w.id)
        .where(w.live_event_id == live_event_id, w.merged_into.is_(None))
        .order_by(people.desc(), w.id)
        .limit(limit)
    )
    if states:
        query = query.where(w.state.in_(states))
    rows = await reader.execute(query)
    return [Word(r.id, r.text, r.state, r.held, r.people, r.merged_into, r.first_at) for r in rows if r.people]


async def shown(reader: Reader, live_event_id: int) -> list[Word]:
    """What the hall may see."""
    return await listing(reader, live_event_id, "shown", limit=MAX_SHOWN)


async def senders(reader: Reader, live_event_id: int) -> int:
    """How many guests sent words."""
    c = cloud_entries.c
    query = select(func.count(c.guest_id.distinct())).where(c.live_event_id == live_event_id)
    return int((await reader.execute(query)).scalar_one())


async def decide(
    writer: Writer,
    festival_id: int,
    live_event_id: int,
    word_ids: Sequence[int],
    state: str,
    *,
    actor: str,
    now_ms: int,
) -> int:
    """Shows or hides words, or lets them wait again; how many there were. Raises Invalid("word_state")."""
    if state not in ("shown", "hidden", "waiting"):
        raise Invalid("word_state")
    await acts.item_of(Reader(writer), festival_id, live_event_id, LiveEventKind.POLL)
    c = cloud_words.c
    changed = await writer.execute(
        update(cloud_words)
        .where(c.live_event_id == live_event_id, c.id.in_([int(one) for one in word_ids]))
        .values(state=state, decided_by=actor, decided_at=now_ms)
    )
    await festivals.touch(writer, festival_id, now_ms)
    await _noted(writer, live_event_id, "words." + state, {"words": list(word_ids)}, actor, now_ms)
    return int(changed.rowcount)


async def merge(
    writer: Writer, festival_id: int, live_event_id: int, word_id: int, into: int, *, actor: str, now_ms: int
) -> None:
    """Counts a word, and what was merged into it, with another; `into` the same word parts what was merged.

    Raises NotFound("word_unknown").
    """
    await acts.item_of(Reader(writer), festival_id, live_event_id, LiveEventKind.POLL)
    c = cloud_words.c
    query = select(c.id, c.merged_into).where(c.live_event_id == live_event_id, c.id.in_([word_id, into]))
    rows = {row.id: row.merged_into for row in await writer.execute(query.with_for_update())}
    if word_id not in rows or into not in rows or (rows[into] is not None and into != word_id):
        raise NotFound("word_unknown")
    own = (c.live_event_id == live_event_id) & ((c.id == word_id) | (c.merged_into == word_id))
    target = None if word_id == into else into
    values = {"merged_into": target, "decided_by": actor, "decided_at": now_ms}
    await writer.execute(update(cloud_words).where(own).values(**values))
    await festivals.touch(writer, festival_id, now_ms)
    await _noted(writer, live_event_id, "words.merge", {"word": word_id, "into": into}, actor, now_ms)


async def _noted(
    writer: Writer, live_event_id: int, action: str, detail: dict[str, Any], actor: str, now_ms: int
) -> None:
    subject = f"live_event:{live_event_id}"
    await audit.record(writer, actor=actor, action=action, subject=subject, now_ms=now_ms, detail=detail)
