"""A result as it is kept: the snapshot that people verify, sign and publish.

Pure. No personal data: people are entry numbers, to which names are put when a page or a file is made. Long rankings
are not copied whole: the first rows and every row that a prize or a tie hangs on, while the digest covers all of it.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from contest.provincial.frozen import Award, Frozen, Outcome, RankingTable, Row, UnitRow

LISTED = 200
"""How many rows from the top a document keeps of each ranking, prizes apart."""


def document_of(frozen: Frozen, part: Outcome, key: str) -> dict[str, Any]:
    """The snapshot of one result as JSON; fractions are texts like "200/3"."""
    holders = {award.holder for award in part.awards} | {one for award in part.awards for one in award.tied}
    return {
        "key": key,
        "rules_version": part.rules_version,
        "truths": {scope: fraction_text(value) for scope, value in sorted(part.truths.items())},
        "rankings": [_ranking(table, holders) for table in part.rankings],
        "awards": [award_json(award) for award in part.awards],
        "collective": [_unit(row) for row in part.collective],
        "collective_awards": [award_json(award) for award in part.collective_awards],
        "undecided": part.undecided,
        "decisions": sum(one.ranking == key for one in frozen.decisions),
        "struck": sorted(frozen.struck) if part.collective else [],
    }


def fraction_text(value: Fraction) -> str:
    """The exact value: a whole number, or numerator and denominator."""
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def row_json(row: Row) -> dict[str, Any]:
    """A line of a ranking with every value it was found by."""
    return {
        "rank": row.rank,
        "entry": row.entry,
        "attempts": list(row.attempts),
        "score": row.score,
        "correct": row.correct,
        "of": row.of,
        "duration_ms": row.duration_ms,
        "gap": None if row.gap is None else fraction_text(row.gap),
        "submitted_at": row.submitted_at,
        "started_at": row.started_at,
        "full_marks": row.full_marks,
        "best_two": row.best_two,
    }


def award_json(award: Award) -> dict[str, Any]:
    """A seat of a prize."""
    return {
        "audience": award.audience,
        "prize": award.prize,
        "place": award.place,
        "holder": award.holder,
        "tied": list(award.tied),
    }


def awards_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All seats of a document, individual or collective."""
    return [*document["awards"], *document["collective_awards"]]


def rows_of(document: Mapping[str, Any], audience: str) -> Mapping[int, Mapping[str, Any]]:
    """The kept rows of a ranking by entry number."""
    return {
        row["entry"]: row for table in document["rankings"] if table["audience"] == audience for row in table["rows"]
    }


def entries_of(document: Mapping[str, Any]) -> set[int]:
    """Every entry number in the document, for looking the names up."""
    return {row["entry"] for table in document["rankings"] for row in table["rows"]} | {
        int(one) for award in document["awards"] for one in (award["holder"], *award["tied"]) if one is not None
    }


def _ranking(table: RankingTable, holders: Iterable[str | None]) -> dict[str, Any]:
    wanted = set(holders)
    kept = [row for place, row in enumerate(table.rows) if place < LISTED or str(row.entry) in wanted]
    return {"audience": table.audience, "ranked": len(table.rows), "rows": [row_json(row) for row in kept]}


def _unit(row: UnitRow) -> dict[str, Any]:
    return {
        "rank": row.rank,
        "unit": row.unit,
        "value": f"{row.value:.2f}",
        "mean": None if row.mean is None else f"{row.mean:.2f}",
        "completed": row.completed,
        "denominator": row.denominator,
    }
