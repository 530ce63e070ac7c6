"""A public draw that nobody can steer and everybody can check: a frozen pool, public digits, and hashing.

The pool is published as a hash before the digits exist; the digits come from outside (a lottery's full result sheet,
or guests on the stage); what follows is arithmetic. Never uses randomness of its own: an operator's secret would be a
veto.
`contest/provincial/verify_draw.py` is the same arithmetic in one file without anything else, for whoever doubts it.

    pool hash   SHA-256 over the sorted lines, each ended by a line feed
    seed        SHA-256 over "draw/v1", the pool hash, the draw's id and the digits, joined by line feeds
    block i     HMAC-SHA256(seed, i as 8 bytes, big-endian), i = 0, 1, 2 …
    an index    the next block as a number; when it is at or above the largest multiple of how many are left, it is
                passed over, else its remainder counts among those left, in the order of the pool

Nobody is drawn twice. Who does not come forward is replaced by the next of the same stream, never by a new draw.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence

from contest.errors import Invalid, TooLarge

MIN_DIGITS = 40
"""Digits a draw needs: 133 bits, more than ten winners of 50,000 can use up."""
MAX_POOL, MAX_DIGITS = 1_000_000, 2_000
_BLOCK = 1 << 256


def pool_lines(members: Iterable[str]) -> tuple[str, ...]:
    """The pool in its canonical form: each member once, sorted by code point.

    Members are entry numbers or unit codes, never names. Raises Invalid("draw_member") for an empty one, one with a
    blank or a control character in it, or one that stands there twice, and TooLarge.
    """
    lines = sorted(members)
    if len(lines) > MAX_POOL:
        raise TooLarge("draw_pool_too_large", limit=MAX_POOL)
    for before, line in zip(["", *lines], lines, strict=False):
        if line == before or not line.isprintable() or any(sign.isspace() for sign in line):
            raise Invalid("draw_member", member=line[:40])
    return tuple(lines)


def pool_hash(lines: Iterable[str]) -> str:
    """What is published before the digits are known, hex."""
    sha = hashlib.sha256()
    for line in lines:
        sha.update(line.encode() + b"\n")
    return sha.hexdigest()


def clean_digits(text: str) -> str:
    """The digits as read out, without blanks, dots, commas and dashes between them.

    Raises Invalid("draw_digits") for anything else, and when there are fewer than MIN_DIGITS or more than MAX_DIGITS.
    """
    digits = "".join(sign for sign in text if not sign.isspace() and sign not in ".,-–;|")
    if not (digits.isascii() and digits.isdigit()) or not MIN_DIGITS <= len(digits) <= MAX_DIGITS:
        raise Invalid("draw_digits", least=MIN_DIGITS, most=MAX_DIGITS)
    return digits


def seed_of(pool_sha256: str, draw_id: str, digits: str) -> bytes:
    """The seed; `digits` as `clean_digits` gives them, `draw_id` as announced with the pool."""
    if not draw_id or not draw_id.isprintable():
        raise Invalid("draw_id")
    return hashlib.sha256(f"draw/v1\n{pool_sha256}\n{draw_id}\n{digits}".encode()).digest()


def drawn(lines: Sequence[str], seed: bytes) -> Iterator[str]:
    """The members in the order in which they are drawn, until none is left. `lines` in canonical form."""
    left, counter = list(lines), 0
    while left:
        limit = _BLOCK - _BLOCK % len(left)
        value = _BLOCK
        while value >= limit:
            value = int.from_bytes(hmac.digest(seed, counter.to_bytes(8, "big"), "sha256"), "big")
            counter += 1
        yield left.pop(value % len(left))


def draw_all(pool: Iterable[str], *, draw_id: str, digits: str) -> tuple[str, ...]:
    """A full order of the pool: the winners first, then whoever would take their place, and so on.

    Raises Invalid and TooLarge.
    """
    lines = pool_lines(pool)
    return tuple(drawn(lines, seed_of(pool_hash(lines), draw_id, clean_digits(digits))))
