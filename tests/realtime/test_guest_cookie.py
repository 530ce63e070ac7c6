"""A phone that holds a festival card joins live rounds as its guest."""

import pytest

from contest.tickets import digest
from realtime.guest_cookie import guest_of_cookies


@pytest.mark.parametrize(
    ("header", "secret"),
    [
        (None, None),
        ("", None),
        ("a=b; nonsense", None),
        ("hoithi_guest=", None),
        ("hoithi_guest=abc", "abc"),
        ("x=1; hoithi_guest=abc==; y=2", "abc=="),
        ("hoithi_guest=abc; __Host-hoithi_guest=def", "def"),
        (f"hoithi_guest={'x' * 129}", None),
    ],
)
def test_the_guest_is_found_among_the_cookies(header: str | None, secret: str | None) -> None:
    assert guest_of_cookies(header) == (None if secret is None else digest(secret))
