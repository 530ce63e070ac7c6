"""What a reveal says to each seat: made once per question, kept as one blob that every process reads once.

Never the truth: it is made from SQL and can be made again.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from contest.closing import Judged
from realtime.team_rows import OwnTeam
from scoring.answer_key import Verdict
from scoring.standings import Standing, gap_ahead


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a reveal says to one seat. `gap` is None for the leader; `choice` None: no answer stored."""

    points: int
    correct: int
    rank: int
    gap: int | None
    choice: list[str] | int | float | str | None
    verdict: str
    award: int
    fair_ms: int | None
    credit_ms: int | None
    out: int | None = None
    """The question that put the seat out of the golden bell."""
    back: bool = False
    """Whether it was let back in with this question or after it."""


class Results(msgspec.Struct, frozen=True):
    """The results of a round after its last revealed question, by seat."""

    question: int
    rows: dict[int, Row]
    teams: dict[str, OwnTeam] = {}
    """What members hear of their team, by its key."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Results)


def encode(results: Results) -> bytes:
    """For Redis; MessagePack."""
    return _encoder.encode(results)


def decode(data: bytes) -> Results:
    """The reverse; raises msgspec.MsgspecError for what another version of the platform wrote."""
    return _decoder.decode(data)


def make(
    question: int,
    standings: Sequence[Standing],
    answered: Mapping[int, Judged],
    teams: Mapping[str, OwnTeam] | None = None,
    back: Collection[int] = (),
) -> Results:
    """What each seat in play is told after the reveal of `question`."""
    gaps = gap_ahead(standings)
    rows: dict[int, Row] = {}
    for standing in standings:
        total = standing.total
        one = answered.get(total.seat)
        rows[total.seat] = Row(
            points=total.points,
            correct=total.correct,
            rank=standing.rank,
            gap=None if standing.rank == 1 else gaps[total.seat],
            choice=one.choice if one else None,
            verdict=one.verdict.value if one else Verdict.NONE.value,
            award=one.points if one else 0,
            fair_ms=one.fair_ms if one else None,
            credit_ms=one.credit_ms if one else None,
            out=total.out_at,
            back=total.out_at is None and total.seat in back,
        )
    return Results(question, rows, dict(teams or {}))
