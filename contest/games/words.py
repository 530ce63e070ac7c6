"""The words of a live round's word clouds: counted from the stored answers, and what the host decides about them.

The answers are the truth; a decision is a row of `round_words`, and no row means undecided. What the filter finds
offensive has a key of its own: a harmless word that was let through never lends its place to one that only looks like
it without tones. Nothing is shown that is undecided, unless the round shows harmless words at once.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.ids import RoundId
from contest.names import is_offensive
from contest.rounds import RoundRecord
from contest.tables import answers, round_words, seats
from scoring.answer_key import QuestionType
from scoring.cloud_words import key_of

MOST_LISTED = 400
"""What a host can look through."""
MOST_ON_STAGE = 60
"""More are too small to be read."""
MOST_ON_PHONES = 20


@dataclass(frozen=True, slots=True)
class Word:
    """A word under all its spellings. `people` sent it; `decided` is the host's word, None while there is none."""

    key: str
    text: str
    people: int
    decided: bool | None
    offensive: bool

    def shown(self, at_once: bool) -> bool:
        """Whether the hall may see it; `at_once`: harmless words need no decision."""
        return self.decided if self.decided is not None else at_once and not self.offensive


@lru_cache(maxsize=8_192)
def _key(text: str) -> str:
    return "!" + key_of(text) if is_offensive(text) else key_of(text)


def tally(given: Iterable[tuple[Sequence[str], int]]) -> list[tuple[str, str, int]]:
    """Key, spelling and people of each word, the most sent first; `given` are answers and how many people sent each.

    Of several spellings the commonest is shown, of equally common ones that with its tones and without shouting.
    """
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for words, people in given:
        for word in words:
            spellings[_key(word)][word] += people
    found = [
        (key, min(texts, key=lambda text: (-texts[text], text.isascii(), text.isupper(), text)), texts.total())
        for key, texts in spellings.items()
    ]
    return sorted(found, key=lambda one: (-one[2], one[0]))


async def listing(reader: Reader | Writer, round_id: RoundId, number: int, *, most: int | None = None) -> list[Word]:
    """The words of one question, the most sent first; of people who were thrown out nothing is left."""
    people = func.count()
    query = (
        select(answers.c.choice, people)
        .join(seats, (seats.c.round_id == answers.c.round_id) & (seats.c.seat == answers.c.seat))
        .where(answers.c.round_id == round_id, answers.c.question == number, ~seats.c.kicked)
        .group_by(answers.c.choice)
    )
    given = [(_listed(choice), count) for choice, count in await reader.execute(query)]
    c = round_words.c
    rows = await reader.execute(select(c.word_key, c.shown).where(c.round_id == round_id, c.question == number))
    decided = {row.word_key: row.shown for row in rows}
    return [Word(key, text, count, decided.get(key), key.startswith("!")) for key, text, count in tally(given)[:most]]


def _listed(choice: str) -> list[str]:
    value = json.loads(choice)
    return [str(word) for word in value] if isinstance(value, list) else []


def is_cloud(record: RoundRecord, number: int | None) -> bool:
    """Whether that question of the round is a word cloud."""
    return (
        number is not None
        and 1 <= number <= len(record.questions)
        and record.question(number).type is QuestionType.CLOUD
    )


def on_show(words: Iterable[Word], at_once: bool, most: int) -> list[tuple[str, int]]:
    """What the hall may see: word and people."""
    return [(word.text, word.people) for word in words if word.shown(at_once)][:most]


async def decide(
    writer: Writer,
    record: RoundRecord,
    number: int | None,
    keys: Collection[str],
    on: bool | None,
    *,
    actor: str,
    now_ms: int,
) -> tuple[int, bool]:
    """Shows or hides words, or with `on` None lets them wait again: how many, and whether phones see others now.

    Raises Invalid("words_which"), Conflict("words_no_cloud"), NotFound("word_unknown").
    """
    if not keys or len(keys) > MOST_LISTED:
        raise Invalid("words_which")
    number = record.state.question if number is None else number
    if not is_cloud(record, number) or number is None or number > (record.state.question or 0):
        raise Conflict("words_no_cloud")
    before = await listing(writer, record.id, number)
    wanted = sorted({word.key for word in before} & set(keys))
    if not wanted:
        raise NotFound("word_unknown")
    c = round_words.c
    if on is None:
        await writer.execute(
            delete(round_words).where(c.round_id == record.id, c.question == number, c.word_key.in_(wanted))
        )
    else:
        dialect: Any = postgresql if writer.dialect.name == "postgresql" else sqlite
        common = {"round_id": record.id, "question": number, "shown": on, "decided_by": actor, "at": now_ms}
        made = dialect.insert(round_words).values([{**common, "word_key": key} for key in wanted])
        changes = {name: made.excluded[name] for name in ("shown", "decided_by", "at")}
        await writer.execute(
            made.on_conflict_do_update(index_elements=["round_id", "question", "word_key"], set_=changes)
        )
    at_once = record.settings.words_at_once
    after = await listing(writer, record.id, number)
    told = on_show(before, at_once, MOST_ON_PHONES) != on_show(after, at_once, MOST_ON_PHONES)
    return len(wanted), told
