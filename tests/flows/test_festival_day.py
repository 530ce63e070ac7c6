"""A festival day from the programme to the draw, on a platform of its own: every count agrees to the unit.

The same by thousands: `python -m loadtests.festival_day`.
"""

from pathlib import Path

import pytest

from loadtests.festival_day import live_through, verify
from loadtests.festival_expected import KINDS
from loadtests.trial import running

VISITORS, PLAYERS = 120, 30


@pytest.mark.flow
@pytest.mark.timeout(240)
async def test_what_was_sent_is_what_is_counted(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        expected, wrong, draw = await live_through(server, VISITORS, PLAYERS)
        assert wrong == []
        assert verify(server)
    assert all(expected.of(kind)["facts"] for kind in KINDS)
    assert expected.of("live_round")["facts"] == PLAYERS
    assert len(draw.winners) > 6  # one was absent
