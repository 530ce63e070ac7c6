"""Nothing that a Redis Cluster cannot do, or does otherwise, is asked of Redis anywhere: read from the sources."""

import inspect
import re
from pathlib import Path

import pytest

from scoring import keys

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("scoring", "contest", "realtime", "admin")
# What each would do in a Cluster: fail for keys of several slots, answer for one node only, or hear nothing.
FORBIDDEN = {
    r"redis\.(?:mget|mset|msetnx|rename|renamenx|sinter|sunion|zunionstore|zinterstore)\(": "keys of several slots",
    r"redis\.(?:scan|scan_iter|keys|dbsize|flushall|flushdb|randomkey)\(": "one node's keys only",
    r"redis\.time\(": "the clock of some node",
    r"redis\.pubsub\(": "scoring.channels listens",
    r"redis\.pipeline\((?!transaction=False)": "a transaction",
    r"Redis\.from_url\(|[^a-z_]Redis\((?!\))": "scoring.redis_client connects",
}
ALLOWED = {"scoring/redis_client.py", "scoring/redis_cluster.py", "scoring/redis_topology.py", "scoring/channels.py"}


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_no_caller_asks_what_a_cluster_cannot_do(pattern: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {FORBIDDEN[pattern]}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "node_modules" not in path.parts and str(path.relative_to(ROOT)) not in ALLOWED
        for line in path.read_text("utf-8").splitlines()
        if re.search(pattern, line) and not line.lstrip().startswith(("class ", "#", '"'))
    ]
    assert found == []


def test_everything_of_one_thing_is_in_one_slot() -> None:
    """All keys of a round share its tag, and so do those of a contest and of a launch."""
    tags: dict[str, set[str]] = {}
    for row in keys.documented():
        function = getattr(keys, row.name)
        wanted = list(inspect.signature(function).parameters.values())
        given = [5 if one.annotation is int else "x" for one in wanted if one.default is one.empty]
        if given:
            tag = re.search(r"\{([^}]+)\}", function(*given))
            assert tag, f"{row.name} has no hash tag"
            tags.setdefault(wanted[0].name, set()).add(tag[1])
    assert {name: len(found) for name, found in tags.items()} == dict.fromkeys(tags, 1)
