"""The tables of an export: their columns and rows, the same for every format.

Never writes a file. Rows are made when they are asked for, from what `export_data` gathered.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from admin.export_data import UNJUDGED, Gathered, StoredAnswer, is_public
from admin.export_words import Told, Words
from contest.answering import encode_choice
from contest.games import duel, teams
from contest.model import Question
from contest.seats import SeatRecord
from realtime import team_rows
from scoring.answer_key import OPINIONS, QuestionType, Verdict
from scoring.golden_bell import winners

Value = str | int | float | None
Row = tuple[Any, ...]


class Kind(Enum):
    """What a column holds: how a spreadsheet shows it, and how text formats write it."""

    TEXT = auto()
    WRAPPED = auto()
    WHOLE = auto()
    MEAN = auto()
    SECONDS = auto()
    SHARE = auto()
    MOMENT = auto()
    """UTC milliseconds since 1970; shown in the local time of the province."""
    ANY = auto()
    """Each value is a pair (kind, value)."""


@dataclass(frozen=True, slots=True)
class Column:
    """`key` is the name in JSON; `heading` what people read; `width` in characters."""

    key: str
    heading: str
    kind: Kind
    width: float


@dataclass(frozen=True, slots=True)
class Table:
    """`sums`: the last row is the total; `fixed`: how many columns stay in sight; `fits`: all on one page's width."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterable[Row]]
    sums: bool = False
    fixed: int = 0
    fits: bool = True


_PERSON = (("name", Kind.TEXT, 26), ("unit", Kind.TEXT, 24), ("unit_code", Kind.TEXT, 9), ("group", Kind.TEXT, 24))
_STANDINGS = (
    ("rank", Kind.WHOLE, 7),
    *_PERSON,
    ("points", Kind.WHOLE, 10),
    ("correct", Kind.WHOLE, 9),
    ("answered", Kind.WHOLE, 10),
    ("time_s", Kind.SECONDS, 12),
    ("seat", Kind.WHOLE, 8),
)
_ANSWERS = (
    ("question", Kind.WHOLE, 6),
    ("seat", Kind.WHOLE, 8),
    ("name", Kind.TEXT, 24),
    ("letters", Kind.TEXT, 12),
    ("choice", Kind.TEXT, 36),
    ("accepted_at", Kind.MOMENT, 23),
    ("elapsed_ms", Kind.WHOLE, 10),
    ("credit_ms", Kind.WHOLE, 10),
    ("fair_ms", Kind.WHOLE, 10),
    ("verdict", Kind.TEXT, 11),
    ("points", Kind.WHOLE, 8),
    ("via", Kind.TEXT, 16),
    ("rtt_ms", Kind.MEAN, 10),
    ("base_ms", Kind.MEAN, 10),
    ("kernel_ms", Kind.MEAN, 10),
    ("think_ms", Kind.MEAN, 10),
    ("bucket_ms", Kind.WHOLE, 9),
    ("flags", Kind.TEXT, 30),
    ("sent_out", Kind.TEXT, 9),
)
_TEAM = (("team", Kind.TEXT, 28),)
_BELL = (("out_at", Kind.WHOLE, 12), ("rings", Kind.TEXT, 14))
_TEAMS = (
    ("rank", Kind.WHOLE, 7),
    ("team", Kind.TEXT, 32),
    ("members", Kind.WHOLE, 11),
    ("mean_points", Kind.MEAN, 12),
    ("points", Kind.WHOLE, 12),
    ("correct", Kind.WHOLE, 9),
)
_QUESTIONS = (
    ("question", Kind.WHOLE, 6),
    ("stem", Kind.WRAPPED, 56),
    ("type", Kind.TEXT, 16),
    ("key", Kind.WRAPPED, 36),
    ("weight", Kind.WHOLE, 7),
    ("voided", Kind.TEXT, 8),
    ("answered", Kind.WHOLE, 9),
    ("right", Kind.WHOLE, 8),
    ("partial", Kind.WHOLE, 9),
    ("wrong", Kind.WHOLE, 8),
    ("none", Kind.WHOLE, 10),
    ("share_right", Kind.SHARE, 9),
)
_POLLS = (
    ("question", Kind.WHOLE, 6),
    ("stem", Kind.WRAPPED, 56),
    ("letters", Kind.TEXT, 12),
    ("option", Kind.WRAPPED, 40),
    ("chosen", Kind.WHOLE, 10),
    ("chosen_share", Kind.SHARE, 10),
)
_CLOUDS = (
    ("question", Kind.WHOLE, 6),
    ("stem", Kind.WRAPPED, 56),
    ("word", Kind.TEXT, 36),
    ("sent_by", Kind.WHOLE, 12),
    ("decision", Kind.TEXT, 16),
    ("on_show", Kind.TEXT, 14),
    ("flagged", Kind.TEXT, 14),
)
_TURNOUT = (
    ("people", Kind.WHOLE, 10),
    ("people_share", Kind.SHARE, 10),
    ("active", Kind.WHOLE, 11),
    ("active_share", Kind.SHARE, 10),
    ("answers", Kind.WHOLE, 11),
    ("answers_share", Kind.SHARE, 11),
    ("points", Kind.WHOLE, 12),
    ("mean_points", Kind.MEAN, 12),
)
_SENT_OUT = (
    ("seat", Kind.WHOLE, 8),
    *_PERSON,
    ("joined_at", Kind.MOMENT, 23),
    ("question", Kind.WHOLE, 6),
    ("choice", Kind.TEXT, 36),
    ("accepted_at", Kind.MOMENT, 23),
    ("fair_ms", Kind.WHOLE, 10),
    ("verdict", Kind.TEXT, 11),
    ("points", Kind.WHOLE, 8),
)


class Tables:
    """All tables of one gathered round in one language. Only `answer_row` may be used before the gathering is done."""

    def __init__(self, gathered: Gathered, words: Words) -> None:
        self.gathered = gathered
        self.words = words
        self._told: dict[tuple[int, str], Told] = {}

    def _columns(self, defined: Iterable[tuple[str, Kind, float]]) -> tuple[Column, ...]:
        text = self.words.text
        return tuple(Column(key, text(f"column.{key}"), kind, width) for key, kind, width in defined)

    def _table(self, name: str, defined: Any, rows: Callable[[], Iterable[Row]], **more: Any) -> Table:
        return Table(name, self.words.text(f"table.{name}"), self._columns(defined), rows, **more)

    def standings(self) -> Table:
        defined = (
            *_STANDINGS,
            *(_TEAM if self.gathered.in_teams else ()),
            *(_BELL if self.gathered.in_bell else ()),
        )
        return self._table("standings", defined, self._standing_rows, fixed=2)

    def teams(self) -> Table:
        """The teams of the mode teams, the unranked last."""
        return self._table("teams", _TEAMS, self._team_rows, fixed=2)

    def players(self) -> Table:
        """One row a person and four columns a question."""
        return Table(
            "players", self.words.text("table.players"), self._player_columns(), self._player_rows, fixed=3, fits=False
        )

    def answers(self) -> Table:
        """The long list; its rows come from `answer_row` while the answers are read."""
        return self._table("answers", _ANSWERS, tuple, fixed=3)

    def questions(self) -> Table:
        return self._table("questions", _QUESTIONS, self._question_rows, fixed=2)

    def polls(self) -> Table:
        """How often each option of each poll was chosen."""
        return self._table("polls", _POLLS, self._poll_rows, fixed=2)

    def clouds(self) -> Table:
        """What people sent to word clouds, and what the host decided about it."""
        return self._table("clouds", _CLOUDS, self._word_rows, fixed=2)

    def _poll_rows(self) -> Iterator[Row]:
        record = self.gathered.record
        for number, column in enumerate(self.gathered.columns, 1):
            question = record.question(number)
            if question.type is not QuestionType.POLL:
                continue
            chosen = {encode_choice([option.id]): 0 for option in question.options} | column.tally()
            total = sum(chosen.values())
            for stored, count in chosen.items():
                told = self.words.choice(question, stored)
                yield (number, question.stem_vi, told.letters, told.texts, count, _share(count, total))

    def _word_rows(self) -> Iterator[Row]:
        at_once = self.gathered.record.settings.words_at_once
        for number, listed in self.gathered.cloud_words.items():
            stem = self.gathered.record.question(number).stem_vi
            for word in listed:
                decided = "undecided" if word.decided is None else "allowed" if word.decided else "hidden"
                yield (
                    number,
                    stem,
                    word.text,
                    word.people,
                    self.words.say("decision", decided),
                    self.words.yes(word.shown(at_once)),
                    self.words.yes(word.offensive),
                )

    def units(self) -> Table:
        defined = (("unit", Kind.TEXT, 28), ("unit_code", Kind.TEXT, 9), *_TURNOUT)
        return self._table("units", defined, self._unit_rows, sums=True, fixed=1)

    def groups(self) -> Table:
        return self._table("groups", (("group", Kind.TEXT, 32), *_TURNOUT), self._group_rows, sums=True, fixed=1)

    def sent_out(self) -> Table:
        return self._table("sent_out", _SENT_OUT, self._sent_out_rows, fixed=2)

    def _person(self, seat: SeatRecord) -> Row:
        unit = self.words.unit(seat.unit, self.gathered.units)
        return (seat.name, unit, seat.unit, self.words.group(seat.target_group))

    def _standing_rows(self) -> Iterator[Row]:
        ranked = ((self.gathered.rank_of(one), one.total) for one in self.gathered.standings)
        bell = self.gathered.in_bell
        # While the game goes on nobody has won.
        ringing = set(winners(one.total for one in self.gathered.standings)) if bell and self.gathered.ended else set()
        for place, (rank, total) in enumerate(ranked):
            yield (
                rank,
                *self._person(self.gathered.people[total.seat]),
                total.points,
                total.correct,
                self.gathered.answered[place],
                total.time_ms / 1000,
                total.seat,
                *([self._team(self.gathered.people[total.seat].team)] if self.gathered.in_teams else []),
                *([total.out_at, self.words.yes(total.seat in ringing)] if bell else []),
            )

    def _team(self, key: str | None) -> str | None:
        if key is None or self.words.codes:
            return key
        name = team_rows.name_of(self.gathered.record.settings, key)
        return name or self.words.text("team_number", number=key)

    def _team_rows(self) -> Iterator[Row]:
        in_play = (seat for seat in self.gathered.people.values() if not seat.kicked)
        for one in teams.standings(self.gathered.record.settings, in_play):
            team = one.team
            yield (one.rank, self._team(team.key), team.size, float(one.mean), team.points, team.correct)

    def _player_columns(self) -> tuple[Column, ...]:
        first = (("rank", Kind.WHOLE, 7), ("seat", Kind.WHOLE, 8), *_PERSON[:2], ("points", Kind.WHOLE, 10))
        columns = list(self._columns(first))
        each = (("choice", Kind.TEXT, 24), ("verdict", Kind.TEXT, 10), ("points", Kind.WHOLE, 8))
        for number in range(1, self.gathered.asked + 1):
            for key, kind, width in (*each, ("fair_s", Kind.SECONDS, 9)):
                heading = self.words.text("column.of_question", number=number, what=self.words.text(f"column.{key}"))
                columns.append(Column(f"q{number}_{key}", heading, kind, width))
        return tuple(columns)

    def _player_rows(self) -> Iterator[Row]:
        gathered = self.gathered
        for place, standing in enumerate(gathered.standings):
            person = gathered.people[standing.total.seat]
            rank = gathered.rank_of(standing)
            row: list[Value] = [rank, standing.total.seat, *self._person(person)[:2], standing.total.points]
            for number, column in enumerate(gathered.columns, 1):
                cell = column.cell(place)
                if cell is None:
                    row += (None, None, None, None)
                    continue
                verdict = None if cell.verdict == UNJUDGED else self.verdict(number, cell.verdict)
                row += (self.choice(number, cell.choice).brief, verdict, cell.points, cell.fair_ms / 1000)
            yield tuple(row)

    def choice(self, number: int, stored: str) -> Told:
        """A stored choice in words; the few different ones of a question are put into words once."""
        question = self.gathered.record.question(number)
        if duel.with_buzzer(self.gathered.record, number):
            return self.words.press(stored)
        if question.type in (QuestionType.TEXT, QuestionType.NUMERIC, QuestionType.CLOUD):
            return self.words.choice(question, stored)
        if (number, stored) not in self._told:
            self._told[number, stored] = self.words.choice(question, stored)
        return self._told[number, stored]

    def verdict(self, number: int, verdict: str | None) -> str | None:
        """A verdict in words; an answer that was given is never called unanswered, but not scored."""
        if verdict is None or self.words.codes:
            return verdict
        if verdict == Verdict.NONE:
            void = number in self.gathered.record.state.voided
            return self.words.text("verdict.void" if void else "verdict.poll")
        return self.words.say("verdict", verdict)

    def answer_row(self, answer: StoredAnswer) -> Row:
        """One row of the long list."""
        person = self.gathered.people.get(answer.seat)
        told = self.choice(answer.question, answer.choice)
        facts = self.words.facts(answer.evidence)
        return (
            answer.question,
            answer.seat,
            person.name if person else None,
            told.letters or None,
            told.texts,
            answer.accepted_at,
            answer.elapsed_ms,
            answer.credit_ms,
            answer.fair_ms,
            self.verdict(answer.question, answer.verdict),
            answer.points,
            *facts,
            self.words.yes(person.kicked) if person else None,
        )

    def _question_rows(self) -> Iterator[Row]:
        record = self.gathered.record
        for number in range(1, self.gathered.judged + 1):
            question = record.question(number)
            counts = self.gathered.verdicts[number - 1]
            answered = counts.total()
            void = number in record.state.voided
            row: tuple[Any, ...] = (
                number,
                question.stem_vi,
                self.words.say("type", question.type.value),
                self._key(number, question),
                question.weight,
                self.words.yes(void),
                answered,
            )
            none = len(self.gathered.standings) - answered
            if void or question.type in OPINIONS:
                yield (*row, None, None, None, none, None)
            else:
                right, partial, wrong = (counts[verdict] for verdict in (Verdict.RIGHT, Verdict.PARTIAL, Verdict.WRONG))
                yield (*row, right, partial, wrong, none, _share(right, answered))

    def _key(self, number: int, question: Question) -> str | None:
        if is_public(self.gathered.record, number):
            return self.words.key(question)
        return None if self.words.codes else self.words.text("key_unseen")

    def _turnout(self, attribute: str) -> dict[str | None, list[int]]:
        """People, people who answered, answers and points by commune or target group."""
        found: dict[str | None, list[int]] = {}
        for place, standing in enumerate(self.gathered.standings):
            person = self.gathered.people[standing.total.seat]
            counts = found.setdefault(getattr(person, attribute), [0, 0, 0, 0])
            answered = self.gathered.answered[place]
            for index, more in enumerate((1, int(answered > 0), answered, standing.total.points)):
                counts[index] += more
        return found

    def _turnout_cells(self, counts: list[int]) -> Row:
        people, active, answers, points = counts
        return (
            people,
            _share(people, len(self.gathered.standings)),
            active,
            _share(active, people),
            answers,
            _share(answers, people * self.gathered.asked),
            points,
            points / people if people else None,
        )

    def _turnout_rows(self, found: dict[str | None, list[int]], order: Iterable[str | None], label: Any) -> Any:
        for code in order:
            yield (*label(code), *self._turnout_cells(found[code]))
        total = [sum(counts[index] for counts in found.values()) for index in range(4)]
        blank = (None,) * (len(label(None)) - 1)
        yield (self.words.text("total"), *blank, *self._turnout_cells(total))

    def _unit_rows(self) -> Iterator[Row]:
        found = self._turnout("unit")
        # The list of units is in Vietnamese order; then codes it does not know, last those who named none.
        known = {code: place for place, code in enumerate(self.gathered.units)}
        order = sorted(found, key=lambda code: (code is None, known.get(code or "", len(known)), code or ""))
        yield from self._turnout_rows(found, order, lambda code: (self.words.unit(code, self.gathered.units), code))

    def _group_rows(self) -> Iterator[Row]:
        found = self._turnout("target_group")
        order = sorted(found, key=lambda code: (code is None, code or ""))
        yield from self._turnout_rows(found, order, lambda code: (self.words.group(code),))

    def _sent_out_rows(self) -> Iterator[Row]:
        for seat in self.gathered.sent_out:
            person = (seat.seat, *self._person(seat), seat.joined_at)
            answers = self.gathered.sent_out_answers.get(seat.seat)
            if not answers:
                yield (*person, *(None,) * 6)
            for one in answers or ():
                told = self.choice(one.question, one.choice)
                words = f"{told.letters}. {told.texts}" if told.letters else told.texts
                verdict = self.verdict(one.question, one.verdict)
                yield (*person, one.question, words, one.accepted_at, one.fair_ms, verdict, one.points)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
