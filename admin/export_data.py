"""Everything an export says of one live round, gathered in one pass over its stored answers.

Reads one snapshot of SQL in pages and keeps small numbers, not the answers: memory grows with people × questions by a
few bytes each. Never shows a verdict, points or a key before the question's reveal, and never words (`export_tables`).
"""

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select

from contest import closing, rounds, seats, units
from contest.database import Database, Reader
from contest.games import duel, rules, words
from contest.ids import RoundId
from contest.model import Mode
from contest.phases import FINAL, Phase
from contest.rounds import RoundRecord
from contest.seats import SeatRecord
from contest.tables import answers
from contest.units import Unit
from scoring.answer_key import Verdict
from scoring.replay import ReplayAnswer, Score, add
from scoring.standings import Standing, Total, rank

PAGE = 2_000
NO_CHOICE = -1
UNJUDGED = "unjudged"
_VERDICTS = (UNJUDGED, *(verdict.value for verdict in Verdict))
_VERDICT_NUMBER: dict[str | None, int] = {None: 0} | {verdict: number for number, verdict in enumerate(_VERDICTS)}
_COLUMNS = (
    answers.c.question,
    answers.c.seat,
    answers.c.choice,
    answers.c.accepted_at,
    answers.c.elapsed_ms,
    answers.c.credit_ms,
    answers.c.fair_ms,
    answers.c.evidence,
    answers.c.verdict,
    answers.c.points,
)


class StoredAnswer(NamedTuple):
    """One row of `answers`; `choice` and `evidence` are the JSON texts stored."""

    question: int
    seat: int
    choice: str
    accepted_at: int
    elapsed_ms: int
    credit_ms: int
    fair_ms: int
    evidence: str
    verdict: str | None
    points: int | None


class Cell(NamedTuple):
    """What one person of the standings did with one question; `choice` is the JSON text stored."""

    choice: str
    verdict: str
    points: int | None
    fair_ms: int


class _Column:
    """One question's answers by place in the standings, 13 bytes each beside the different choices."""

    def __init__(self, people: int) -> None:
        self.choices: dict[str, int] = {}
        self.names: list[str] = []
        self.choice = array("i", [NO_CHOICE]) * people
        self.verdict = array("b", [0]) * people
        self.points = array("i", [0]) * people
        self.fair_ms = array("i", [0]) * people

    def put(self, place: int, answer: StoredAnswer) -> None:
        number = self.choices.setdefault(answer.choice, len(self.names))
        if number == len(self.names):
            self.names.append(answer.choice)
        self.choice[place] = number
        self.verdict[place] = _VERDICT_NUMBER[answer.verdict]
        self.points[place] = answer.points or 0
        self.fair_ms[place] = answer.fair_ms

    def tally(self) -> dict[str, int]:
        """How often each choice was made, by its stored text."""
        counts = Counter(self.choice)
        return {name: counts[number] for number, name in enumerate(self.names)}

    def cell(self, place: int) -> Cell | None:
        number = self.choice[place]
        if number == NO_CHOICE:
            return None
        verdict = _VERDICTS[self.verdict[place]]
        points = None if verdict == UNJUDGED else self.points[place]
        return Cell(self.names[number], verdict, points, self.fair_ms[place])


def asked_count(record: RoundRecord) -> int:
    """How many questions have been opened to answers so far."""
    return closing.judged_count(record) + (1 if record.state.accepting is not None else 0)


def is_public(record: RoundRecord, number: int) -> bool:
    """Whether the key of question `number` may be shown.

    A withdrawn question was asked again and never revealed. A round that was finished inside a question never revealed
    it: the last question of such a round stays closed when it is void, which is how the finish leaves it.
    """
    state = record.state
    unseen = state.ended_early and number == state.question and number in state.voided
    return number <= closing.judged_count(record) and not unseen and number not in state.withdrawn


@dataclass
class Gathered:
    """One round at one moment. `answered[place]` counts the stored answers of the person at that place."""

    record: RoundRecord
    units: dict[str, Unit]
    people: dict[int, SeatRecord]
    standings: list[Standing]
    asked: int
    judged: int
    score: Score
    place: dict[int, int] = field(default_factory=dict)
    answered: "array[int]" = field(default_factory=lambda: array("i"))
    columns: list[_Column] = field(default_factory=list)
    verdicts: list[Counter[str]] = field(default_factory=list)
    sent_out_answers: dict[int, list[StoredAnswer]] = field(default_factory=dict)
    cloud_words: dict[int, list[words.Word]] = field(default_factory=dict)
    """The words of each word cloud asked so far, the most sent first."""
    total_answers: int = 0
    differing: int = 0
    """Seats whose stored totals differ from the recount of the stored answers; anything but 0 is a fault."""

    def __post_init__(self) -> None:
        self.place = {standing.total.seat: place for place, standing in enumerate(self.standings)}
        self.answered = array("i", [0]) * len(self.standings)
        self.columns = [_Column(len(self.standings)) for _ in range(self.asked)]
        self.verdicts = [Counter() for _ in range(self.asked)]
        self._digest = hashlib.sha256()
        self._streaks = dict.fromkeys(self.place, 0)
        self._recount = {seat: self.people[seat].with_base(Total(seat, 0, 0, 0)) for seat in self.place}
        self._pending: list[ReplayAnswer] = []
        self._parsed: dict[str, Any] = {}

    @property
    def final(self) -> bool:
        return self.record.state.phase in FINAL

    @property
    def ended(self) -> bool:
        """Whether the winners are known: the podium is shown, or was."""
        return self.record.state.phase in (Phase.PODIUM, Phase.FINISHED)

    @property
    def sha256(self) -> str:
        """Of the NDJSON of all answers, byte for byte what the API's list of answers sends."""
        return self._digest.hexdigest()

    @property
    def in_teams(self) -> bool:
        return self.record.settings.mode is Mode.TEAMS

    @property
    def in_bell(self) -> bool:
        return self.record.settings.mode is Mode.GOLDEN_BELL

    def rank_of(self, standing: Standing) -> int | None:
        """None for somebody who only watches a duel."""
        return standing.rank if duel.ranked(self.record, [self.people[standing.total.seat]]) else None

    @property
    def sent_out(self) -> list[SeatRecord]:
        return [seat for seat in self.people.values() if seat.kicked]

    def take(self, page: Sequence[Any]) -> list[StoredAnswer]:
        """Counts one page of rows, all of one question and by seat; returns them with what is not public left out."""
        taken: list[StoredAnswer] = []
        for row in page:
            answer = StoredAnswer(*row)
            self._digest.update(answer_line(answer))
            if answer.question > self.judged:
                answer = answer._replace(verdict=None, points=None)
            taken.append(answer)
            self.total_answers += 1
            place = self.place.get(answer.seat)
            if place is None:
                self.sent_out_answers.setdefault(answer.seat, []).append(answer)
                continue
            self.answered[place] += 1
            self.columns[answer.question - 1].put(place, answer)
            self.verdicts[answer.question - 1][answer.verdict or UNJUDGED] += 1
            self._pending.append(_replayed(answer, self._parse(answer.choice)))
        return taken

    def _parse(self, choice: str) -> Any:
        if choice not in self._parsed:
            self._parsed[choice] = json.loads(choice)
        return self._parsed[choice]

    def close(self, number: int) -> None:
        """Recounts question `number` once all its pages are taken; questions come in order."""
        if number <= self.judged:
            question = closing.replay_question(self.record, number)
            scored = self.score(question, self._pending, self._recount, self._streaks)
            for seat, one in scored.items():
                self._streaks[seat] = one.award.streak
                self._recount[seat] = add(self._recount[seat], one)
        self._pending, self._parsed = [], {}

    def compare(self) -> None:
        """After the last question: sets `differing`."""
        self.differing = sum(self._recount[standing.total.seat] != standing.total for standing in self.standings)


def _replayed(answer: StoredAnswer, choice: Any) -> ReplayAnswer:
    net_ms = answer.elapsed_ms - answer.credit_ms
    return ReplayAnswer(answer.question, answer.seat, choice, answer.fair_ms, net_ms)


def answer_line(answer: StoredAnswer) -> bytes:
    """One line of the canonical NDJSON: what a copy of the answers can be compared by."""
    line = {
        "question": answer.question,
        "seat": answer.seat,
        "choice": msgspec.Raw(answer.choice.encode()),
        "accepted_at": answer.accepted_at,
        "elapsed_ms": answer.elapsed_ms,
        "credit_ms": answer.credit_ms,
        "fair_ms": answer.fair_ms,
        "verdict": answer.verdict,
        "points": answer.points,
    }
    return msgspec.json.encode(line) + b"\n"


async def snapshot(db: Database, reader: Reader) -> None:
    """Makes all later reads of a fresh connection see one moment, on PostgreSQL too."""
    if not db.is_sqlite:
        await reader.execution_options(isolation_level="REPEATABLE READ")


async def begin(reader: Reader, round_id: RoundId) -> Gathered:
    """The round, its people and its standings, without answers yet. Raises NotFound("round_unknown")."""
    record = await rounds.load(reader, round_id)
    people = {int(seat.seat): seat for seat in await seats.of_round(reader, round_id)}
    here = [seat for seat in people.values() if not seat.kicked]
    standings = rank(seat.total for seat in duel.ranked(record, here))
    if len(standings) < len(here):
        # Who watches a duel took part, and has no rank.
        last, placed = len(standings) + 1, {standing.total.seat for standing in standings}
        standings += [Standing(last, seat.total) for seat in here if seat.seat not in placed]
    named = {str(unit.code): unit for unit in await units.all_units(reader)}
    score = await rules.score_of(reader, record)
    asked = asked_count(record)
    clouds = [number for number in range(1, asked + 1) if words.is_cloud(record, number)]
    cloud_words = {number: await words.listing(reader, round_id, number) for number in clouds}
    judged = closing.judged_count(record)
    return Gathered(record, named, people, standings, asked, judged, score, cloud_words=cloud_words)


async def pages(reader: Reader, round_id: RoundId, number: int) -> AsyncIterator[Sequence[Any]]:
    """The stored answers to one question by seat, a page at a time."""
    after = 0
    while True:
        query = (
            select(*_COLUMNS)
            .where(answers.c.round_id == round_id, answers.c.question == number, answers.c.seat > after)
            .order_by(answers.c.seat)
            .limit(PAGE)
        )
        page = (await reader.execute(query)).all()
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = page[-1].seat
