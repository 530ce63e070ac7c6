"""The code on a guest's card: short enough to type, with a check that finds typing errors without a network.

Ten characters of Crockford's base32 (no I, L, O, U): eight random ones (40 bits) and two of a check. A code is an
identifier and no secret: it lets nobody in and tells nothing.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {sign: value for value, sign in enumerate(ALPHABET)} | {"I": 1, "L": 1, "O": 0}
RANDOM, LENGTH = 8, 10
_MODULUS = 1021
"""The largest prime below 32²: every single wrong character and every swap of neighbours changes the check."""


def new_card() -> str:
    """A fresh code."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return body + check_of(body)


def check_of(body: str) -> str:
    """The two check characters of eight."""
    number = 0
    for sign in body:
        number = (number * 37 + _VALUE[sign] + 1) % _MODULUS
    return ALPHABET[number // 32] + ALPHABET[number % 32]


def parse_card(text: str) -> str | None:
    """The code in what was scanned or typed: an address that ends in it, small letters, blanks and dashes are all read.

    None when there is no card's code in it or its check is wrong.
    """
    tail = text.strip().split("?")[0].split("#")[0].rstrip("/").rsplit("/", 1)[-1]
    signs = [sign for sign in tail.upper() if not sign.isspace() and sign not in "-–_."]
    if len(signs) != LENGTH or any(sign not in _VALUE for sign in signs):
        return None
    code = "".join(ALPHABET[_VALUE[sign]] for sign in signs)
    return code if check_of(code[:RANDOM]) == code[RANDOM:] else None


def shown(card: str) -> str:
    """As people read and type it: 5 and 5."""
    return f"{card[:5]}-{card[5:]}"
