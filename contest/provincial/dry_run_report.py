"""What a dry run has shown, as plain JSON values that stay: exposure, scores, ties, winners.

Never runs anything.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

from contest.provincial.attempt_model import Started
from contest.provincial.frozen import Award, Frozen, Outcome, RankingTable, Row, digest

MOST_SHOWN = 400
"""Awards listed one by one."""


@dataclass(slots=True)
class Played:
    """What was seen while papers were dealt: how often each question, and who was turned away why."""

    uses: Counter[int] = field(default_factory=Counter)
    topics: dict[int, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    started: int = 0

    def note(self, begun: Started) -> None:
        """A paper that was dealt."""
        self.started += 1
        for item in begun.paper.items:
            self.uses[item.question] += 1
            if item.question not in self.topics:
                self.topics[item.question] = begun.questions[item.question].category


@dataclass(frozen=True, slots=True)
class Topic:
    """How often the questions of one category were dealt: how many were, and the least and most often dealt."""

    name: str
    questions: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """One ranking: its people, those with full marks, and how many share a score or a rank with somebody."""

    key: str
    audience: str
    people: int
    full_marks: int
    same_score: int
    tied: int


@dataclass(frozen=True, slots=True)
class Winner:
    """One seat of a prize."""

    ranking: str
    audience: str
    prize: str
    place: int
    who: str
    score: int | None
    duration_ms: int | None
    gap: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. `agreed`: both reckonings gave the same result; `decided`: ties that a committee would have to
    settle before prizes can be given."""

    people: int
    took_part: int
    attempts: int
    refused: dict[str, int]
    scores: list[tuple[int, int]]
    full_marks: int
    of: int
    median_ms: int
    truths: dict[str, str]
    topics: list[Topic]
    rankings: list[Ranked]
    winners: list[Winner]
    units: list[Winner]
    decided: int
    agreed: bool
    digest: str
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)


def report_of(
    frozen: Frozen,
    outcome: Outcome,
    played: Played,
    *,
    people: int,
    names: Mapping[str, str],
    decided: int,
    agreed: bool,
    seconds: float,
) -> Report:
    """The report of what was reckoned. `names` are those of the made-up people, by entry."""
    durations = sorted(one.duration_ms for one in frozen.attempts)
    rows = {(table.key, table.audience, str(row.entry)): row for table in outcome.rankings for row in table.rows}
    return Report(
        people=people,
        took_part=len({one.entry for one in frozen.attempts}),
        attempts=len(frozen.attempts),
        refused=dict(played.refused),
        scores=sorted(Counter(one.score for one in frozen.attempts).items()),
        full_marks=sum(one.correct == one.of for one in frozen.attempts),
        of=frozen.rules.blueprint.questions,
        median_ms=durations[len(durations) // 2] if durations else 0,
        truths={scope: _decimal(truth) for scope, truth in outcome.truths.items()},
        topics=_topics(played),
        rankings=[_ranked(table) for table in outcome.rankings],
        winners=[_winner(award, rows, names) for award in outcome.awards[:MOST_SHOWN]],
        units=[_winner(award, rows, {}) for award in outcome.collective_awards[:MOST_SHOWN]],
        decided=decided,
        agreed=agreed,
        digest=digest(outcome),
        seconds=seconds,
    )


def _topics(played: Played) -> list[Topic]:
    grouped: dict[str, list[int]] = defaultdict(list)
    for question, many in played.uses.items():
        grouped[played.topics[question]].append(many)
    return [Topic(name, len(uses), min(uses), max(uses)) for name, uses in sorted(grouped.items())]


def _ranked(table: RankingTable) -> Ranked:
    scores = Counter(row.score for row in table.rows)
    ranks = Counter(row.rank for row in table.rows)
    return Ranked(
        table.key,
        table.audience,
        len(table.rows),
        sum(row.correct == row.of for row in table.rows),
        sum(many for many in scores.values() if many > 1),
        sum(many for many in ranks.values() if many > 1),
    )


def _winner(award: Award, rows: Mapping[tuple[str, str, str], Row], names: Mapping[str, str]) -> Winner:
    holder = award.holder or ""
    row = rows.get((award.ranking, award.audience, holder))
    return Winner(
        award.ranking,
        award.audience,
        award.prize,
        award.place,
        names.get(holder, holder) or ", ".join(award.tied),
        None if row is None else row.score,
        None if row is None else row.duration_ms,
        "" if row is None or row.gap is None else _decimal(row.gap),
    )


def _decimal(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.2f}".replace(".", ",")
