"""The public draw: fixed vectors, no favourites, and a second program that draws the same."""

import random
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from contest.errors import Invalid
from contest.provincial import draw, verify_draw

DIGITS = "12345 67890 " * 4
TWENTY = [str(number) for number in range(1, 21)]


def test_fixed_vectors() -> None:
    """Published draws must come out the same for ever."""
    lines = draw.pool_lines(TWENTY)
    assert lines[:4] == ("1", "10", "11", "12")
    assert draw.pool_hash(lines) == "5bb493af7a5aea217d7ad6367078ad58e4f95e38c029b238165597be39c42719"
    assert draw.draw_all(TWENTY, draw_id="r1/2026", digits=DIGITS) == tuple(
        "5 1 6 17 3 9 15 12 7 10 2 4 11 20 18 8 14 13 16 19".split()
    )
    assert draw.draw_all(["9"], draw_id="x", digits=DIGITS) == ("9",)
    assert draw.draw_all([], draw_id="x", digits=DIGITS) == ()


def test_nobody_is_favoured() -> None:
    """χ² of who comes first among 20 in 20,000 draws, and who last in 4,000; 36.2 is exceeded once in a hundred."""
    first = Counter(next(draw.drawn(TWENTY, number.to_bytes(32, "big"))) for number in range(20_000))
    last = Counter(list(draw.drawn(TWENTY, number.to_bytes(32, "big")))[-1] for number in range(4_000))
    for counts in (first, last):
        expected = counts.total() / 20
        assert sum((counts[member] - expected) ** 2 / expected for member in TWENTY) < 36.2


def test_who_replaces_whom_is_settled_before_anybody_is_called() -> None:
    seed = draw.seed_of(draw.pool_hash(TWENTY), "r1", draw.clean_digits(DIGITS))
    whole = list(draw.drawn(TWENTY, seed))
    assert sorted(whole) == sorted(TWENTY)
    assert list(islice(draw.drawn(TWENTY, seed), 3)) == whole[:3]


def test_everything_announced_decides() -> None:
    """Another pool, id or digit is another draw; the order in which the pool was handed in is nothing."""
    drawn = draw.draw_all(TWENTY, draw_id="r1", digits=DIGITS)
    assert draw.draw_all(TWENTY[::-1], draw_id="r1", digits=DIGITS.replace(" ", "-")) == drawn
    others = {
        draw.draw_all(TWENTY, draw_id="r2", digits=DIGITS),
        draw.draw_all(TWENTY, draw_id="r1", digits=DIGITS + "0"),
        tuple(one for one in draw.draw_all([*TWENTY, "21"], draw_id="r1", digits=DIGITS) if one != "21"),
    }
    assert drawn not in others
    assert len(others) == 3


@pytest.mark.parametrize("pool", [["1", "1"], ["1", ""], ["1", "a b"], ["a\n"], ["a\u200b"], ["\t"]])
def test_a_pool_must_be_readable_in_one_way_only(pool: list[str]) -> None:
    with pytest.raises(Invalid, match="draw_member"):
        draw.pool_lines(pool)


@pytest.mark.parametrize("digits", ["1" * 39, "1" * 39 + "x", "١" * 40, "", "1" * 2001])
def test_digits_must_be_many_and_plain(digits: str) -> None:
    with pytest.raises(Invalid, match="draw_digits"):
        draw.draw_all(TWENTY, draw_id="r1", digits=digits)


def test_the_program_for_doubters_draws_the_same() -> None:
    rng = random.Random(1)
    for _ in range(300):
        pool = [str(number) for number in rng.sample(range(10_000), rng.randint(1, 60))]
        pool += rng.sample(["24133", "Buôn-Đôn", "Ƀuôn", "🎉"], 2)
        digits = "".join(rng.choices("0123456789", k=rng.randint(40, 120)))
        name = f"bốc-thăm/{rng.random()}"
        assert verify_draw.order(pool, name, digits) == (
            draw.pool_hash(draw.pool_lines(pool)),
            list(draw.draw_all(pool, draw_id=name, digits=digits)),
        )


def test_that_program_needs_nothing_but_python(tmp_path: Path) -> None:
    program = tmp_path / "verify_draw.py"
    program.write_bytes(Path(verify_draw.__file__).read_bytes())
    (tmp_path / "pool").write_text("\n".join(TWENTY) + "\n")
    (tmp_path / "said").write_text("5\n1\n6\n")
    (tmp_path / "forged").write_text("5\n1\n7\n")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "-S", program, "pool", *arguments],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip

    done = run("r1/2026", DIGITS, "--count", "3", "--expect", "said")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"20 SHA-256 {draw.pool_hash(draw.pool_lines(TWENTY))}", "1. 5", "2. 1", "3. 6", "SAME / KHỚP",
    ]  # fmt: skip
    assert run("r1/2026", DIGITS, "--expect", "forged").returncode == 1
    (tmp_path / "pool").write_text("\n".join([*TWENTY, "21"]) + "\n")
    assert run("r1/2026", DIGITS, "--expect", "said").returncode == 1
