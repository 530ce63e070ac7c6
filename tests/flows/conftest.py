"""What all flows share."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def leaves_no_socket_behind() -> Iterator[None]:
    """A socket that a flow forgot is found in that flow, not in the next test that collects garbage."""
    yield
    gc.collect()
