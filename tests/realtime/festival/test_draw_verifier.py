"""The browser's verifier of draws, as shipped in the bundle, against the two in Python."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contest.provincial import draw, verify_draw
from realtime.assets import WEB

BUNDLE = Path(WEB) / "dist" / "draw.js"
# As much of a browser as the bundle asks for before it finds that the page has no place for it.
BROWSER = """
globalThis.window = globalThis;
const element = { style: {}, dataset: {}, setAttribute() {} };
globalThis.document = { getElementById: () => null, documentElement: element, createElement: () => element };
globalThis.localStorage = globalThis.sessionStorage = { getItem: () => null, setItem() {}, removeItem() {} };
const input = require("fs").readFileSync(0, "utf-8");
require("vm").runInThisContext(require("fs").readFileSync(process.argv[1], "utf-8"));
const draw = globalThis.hoithiDraw;
const answer = (run) => process.stdout.write(JSON.stringify(JSON.parse(input).map(run)));
"""


def in_javascript(run: str, cases: list[Any]) -> list[Any]:
    """What the bundle makes of each case; `run` is an expression over `one` and `draw`."""
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        pytest.fail("no Node here: run make setup-test")
    done = subprocess.run(
        [node, "-e", f"{BROWSER} answer((one) => {run});", str(BUNDLE)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


def test_a_thousand_draws_come_out_the_same() -> None:
    """Pools of any size, with letters beyond the first plane; hash and whole order."""
    rng = random.Random(7)
    signs = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    cases = []
    for number in range(1000):
        pool = {"".join(rng.choices(signs, k=8)) for _ in range(rng.choice((1, 2, 3, 17, 64, 65, 120)))}
        pool |= set(rng.sample(["Buôn-Đôn", "Ƀuôn", "🎉", "ﬀ", "24133", "豈"], number % 4))
        digits = "".join(rng.choices("0123456789", k=rng.randint(40, 130)))
        cases.append({"pool": "\n".join(rng.sample(sorted(pool), len(pool))), "id": f"bốc/{number}", "digits": digits})
    found = in_javascript(
        "{ const lines = draw.poolLines(one.pool);"
        "return [draw.poolHash(lines), draw.order(lines, one.id, one.digits, lines.length)]; }",
        cases,
    )
    for case, (hash_, order) in zip(cases, found, strict=True):
        pool = case["pool"].split("\n")
        assert (hash_, order) == verify_draw.order(pool, case["id"], case["digits"])
        assert tuple(order) == draw.draw_all(pool, draw_id=case["id"], digits=case["digits"])


def test_published_vectors() -> None:
    twenty = "".join(f"{number}\r\n" for number in range(1, 21))
    (found,) = in_javascript(
        "{ const lines = draw.poolLines(one); return [draw.poolHash(lines), draw.order(lines, 'r1/2026', "
        "'12345 67890 '.repeat(4), 20).join(' ')]; }",
        [twenty],
    )
    assert found == [
        "5bb493af7a5aea217d7ad6367078ad58e4f95e38c029b238165597be39c42719",
        "5 1 6 17 3 9 15 12 7 10 2 4 11 20 18 8 14 13 16 19",
    ]


def test_blocks_that_would_favour_somebody_are_passed_over() -> None:
    """At the limit, where no random case ever comes."""
    rng = random.Random(3)
    cases = []
    for left in (1, 2, 3, 7, 20, 256, 50_000, 65_537, 999_983, 1_000_000):
        limit = (1 << 256) - (1 << 256) % left
        for value in {0, limit - 1, limit, limit + 1, (1 << 256) - 1, (1 << 256) - (1 << 33), rng.getrandbits(256)}:
            if value < 1 << 256:
                cases.append({"block": list(value.to_bytes(32, "big")), "left": left})
    found = in_javascript(
        "{ const block = Uint8Array.from(one.block);"
        "return [draw.isFair(block, one.left), draw.remainder(block, one.left)]; }",
        cases,
    )
    for case, (fair, remainder) in zip(cases, found, strict=True):
        value, left = int.from_bytes(bytes(case["block"]), "big"), case["left"]
        assert fair is (value < (1 << 256) - (1 << 256) % left)
        assert remainder == value % left


def test_both_refuse_another_pool(tmp_path: Path) -> None:
    """A line added, taken out, changed or repeated after the freeze; and winners that were not drawn."""
    lines = [f"TICKET{number:02}" for number in range(30)]
    digits = "31415926535897932384626433832795028841971"
    published, order = verify_draw.order(lines, "d1", digits)
    winners = order[:5]
    pools = {
        "same": lines,
        "added": [*lines, "TICKET99"],
        "removed": lines[1:],
        "changed": ["TICKETXX", *lines[1:]],
        "repeated": [*lines, lines[0]],
        "blank": [*lines[:3], "", *lines[3:]],
    }
    given = {"id": "d1", "hash": published, "digits": digits, "winners": winners}
    cases = [{"pool": "\n".join(pool) + "\n", "published": given} for pool in pools.values()]
    cases.append({"pool": cases[0]["pool"], "published": given | {"winners": [*winners[:3], winners[4], winners[3]]}})
    found = in_javascript("draw.check(one.pool, one.published)", cases)
    assert [one["ok"] for one in found] == [True] + [False] * 6
    assert [one.get("why") for one in found[1:]] == ["pool", "pool", "pool", "broken", "broken", "winners"]
    assert found[-1]["differs"] == 4
    (tmp_path / "result.txt").write_text("\n".join(winners) + "\n")
    expected = ("--pool-hash", published, "--expect", "result.txt")
    for name, pool in pools.items():
        (tmp_path / "pool.txt").write_text("\n".join(pool) + "\n")
        done = subprocess.run(
            [sys.executable, "-I", "-S", verify_draw.__file__, "pool.txt", "d1", digits, *expected],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) is (name == "same"), name
