"""Checks a public draw with nothing but Python: no other file, no network, no trust in who drew.

    python3 verify_draw.py POOL_FILE DRAW_ID DIGITS [--count N] [--pool-hash HASH] [--expect WINNERS_FILE]

POOL_FILE has one member a line, as published. Compare the pool hash with the one announced before the digits were
drawn, or give it with --pool-hash: another pool is then refused. With --expect the exit code is 1 when the drawn
members are not those in the file, line by line.
Never imports anything of the platform: it is a second writing of the rules in the head of `draw.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import re
import sys
from collections.abc import Iterable, Sequence


def order(members: Iterable[str], draw_id: str, digits: str) -> tuple[str, list[str]]:
    """The pool's hash and its members in the order drawn."""
    pool = sorted(members, key=lambda line: [ord(sign) for sign in line])
    pool_hash = hashlib.sha256("".join(line + "\n" for line in pool).encode("utf-8")).hexdigest()
    digits = re.sub(r"[\s.,\-–;|]", "", digits)
    seed = hashlib.sha256("\n".join(["draw/v1", pool_hash, draw_id, digits]).encode("utf-8")).digest()
    result: list[str] = []
    counter = 0
    while pool:
        block = hmac.new(seed, counter.to_bytes(8, "big"), hashlib.sha256).digest()
        counter += 1
        number = int(block.hex(), 16)
        whole_turns = 2**256 // len(pool)
        if number < whole_turns * len(pool):
            result.append(pool.pop(number % len(pool)))
    return pool_hash, result


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(description="Check a public draw / Kiểm tra một lần bốc thăm công khai.")
    parser.add_argument("pool", help="file of the pool, one member a line / tệp danh sách dự bốc thăm")
    parser.add_argument("draw_id", help="the draw's id as announced / mã lần bốc thăm đã công bố")
    parser.add_argument("digits", help="the digits as read out / dãy chữ số đã công bố")
    parser.add_argument("--count", type=int, default=10, help="how many to show / số kết quả cần xem")
    parser.add_argument("--pool-hash", help="the hash announced before the digits / mã băm đã công bố trước")
    parser.add_argument("--expect", help="file of the published result / tệp kết quả đã công bố")
    given = parser.parse_args(arguments)
    with open(given.pool, encoding="utf-8") as file:
        members = file.read().split("\n")
    members = members[:-1] if members and members[-1] == "" else members
    if len(set(members)) != len(members) or "" in members:
        sys.stdout.write("the pool has an empty or repeated line / danh sách có dòng trống hoặc trùng\n")
        return 1
    pool_hash, result = order(members, given.draw_id, given.digits)
    sys.stdout.write(f"{len(members)} SHA-256 {pool_hash}\n")
    if given.pool_hash is not None and given.pool_hash.strip().lower() != pool_hash:
        sys.stdout.write("NOT THE PUBLISHED POOL / KHÔNG PHẢI DANH SÁCH ĐÃ CÔNG BỐ\n")
        return 1
    for place, member in enumerate(result[: given.count], 1):
        sys.stdout.write(f"{place}. {member}\n")
    if given.expect is None:
        return 0
    with open(given.expect, encoding="utf-8") as file:
        expected = file.read().split()
    same = bool(expected) and result[: len(expected)] == expected
    sys.stdout.write(("SAME / KHỚP" if same else "DIFFERENT / KHÔNG KHỚP") + "\n")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
