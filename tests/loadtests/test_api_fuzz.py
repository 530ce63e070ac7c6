"""Requests made from the OpenAPI documents: no server error, and every answer as the documents say."""

from pathlib import Path

import pytest

from loadtests.api_fuzz import both
from loadtests.trial import running

pytestmark = [pytest.mark.flow, pytest.mark.timeout(180)]


def test_both_servers_answer_as_their_documents_say(tmp_path: Path) -> None:
    with running(tmp_path, demo=True) as server:
        for outcome in both(server, examples=3, seconds=4, seed=1, phases="fuzzing"):
            assert outcome.failures == 0, outcome.told
            # As many as a busy machine gets through in that time.
            assert outcome.cases > 5
