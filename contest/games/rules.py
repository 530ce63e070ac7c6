"""Which rules score a round: one place that knows what each mode takes from SQL.

Never scores anything itself.
"""

from contest.database import Reader
from contest.games import duel, golden_bell
from contest.model import Mode
from contest.rounds import RoundRecord
from scoring.replay import Score, plain_score


async def score_of(reader: Reader, record: RoundRecord) -> Score:
    """How the questions of this round are scored, with all that SQL knows of it by now."""
    settings = record.settings
    if settings.mode is Mode.GOLDEN_BELL:
        return golden_bell.score_of(record, await golden_bell.rescued(reader, record))
    if settings.mode is Mode.DUEL:
        return duel.score_of(record)
    return plain_score(settings.scoring, settings.streak_bonus)
