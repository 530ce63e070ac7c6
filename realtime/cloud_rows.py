"""Word clouds as frames show them: the words let through, never others.

Phones hear them after the reveal, with the picture; the stage hears of a growing cloud with its counts, asked of SQL at
most every two seconds by each socket however many phones send words.
"""

from typing import TYPE_CHECKING, Any

from contest.database import Database, Reader
from contest.games import words
from contest.ids import RoundId
from contest.phases import Phase
from contest.rounds import RoundRecord
from realtime.protocol import CloudWord
from scoring.answer_key import QuestionType

if TYPE_CHECKING:
    from realtime.picture import Picture

EVERY_MS = 2_000
_SHOWN = frozenset({Phase.REVEALED, Phase.STANDINGS, Phase.PODIUM, Phase.FINISHED})
_GROWING = frozenset({Phase.OPEN, Phase.CLOSING, Phase.REVEALED, Phase.PAUSED})


async def look(reader: Reader, record: RoundRecord) -> list[dict[str, Any]] | None:
    """The words of the present question for the stage, once it is revealed; None when it has none to show."""
    state = record.state
    phase = state.paused_from if state.phase is Phase.PAUSED else state.phase
    if phase not in _SHOWN or state.question is None or not words.is_cloud(record, state.question):
        return None
    found = await words.listing(reader, record.id, state.question)
    shown = words.on_show(found, record.settings.words_at_once, words.MOST_ON_STAGE)
    return [{"text": text, "people": people} for text, people in shown]


async def look_anew(db: Database, record: RoundRecord) -> list[dict[str, Any]] | None:
    """The same with a reader of its own, taken only when there is something to read."""
    if not words.is_cloud(record, record.state.question):
        return None
    async with db.read() as reader:
        return await look(reader, record)


class Growing:
    """What one stage or console has last seen of a cloud."""

    def __init__(self) -> None:
        self._question: int | None = None
        self._at_ms = -float("inf")
        self._words: list[CloudWord] = []

    async def fresh(self, db: Database, picture: "Picture", now_ms: float) -> list[CloudWord]:
        """The words let through so far; empty when the present question is no cloud, or it is not open yet."""
        question = picture.question
        if picture.type != QuestionType.CLOUD or question is None or Phase(picture.phase) not in _GROWING:
            self._question, self._words = None, []
            return self._words
        if question == self._question and now_ms - self._at_ms < EVERY_MS:
            return self._words
        self._question, self._at_ms = question, now_ms
        async with db.read() as reader:
            found = await words.listing(reader, RoundId(picture.round_id), question)
        shown = words.on_show(found, bool(picture.host["settings"].get("words_at_once")), words.MOST_ON_STAGE)
        self._words = [CloudWord(text=text, people=people) for text, people in shown]
        return self._words
