"""Secrets and public names: long enough, different, and safe to copy."""

import re

from contest.tickets import digest, new_public_id, new_room_code, new_secret


def test_public_names_are_whole_words_of_22_characters() -> None:
    names = {new_public_id() for _ in range(2_000)}
    assert len(names) == 2_000
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{20}[A-Za-z0-9]", name) for name in names)


def test_secrets_are_stored_as_digests_that_tell_them_apart() -> None:
    first, second = new_secret(), new_secret()
    assert len(first) == 32
    assert digest(first) == digest(first) != digest(second)
    assert re.fullmatch(r"[0-9a-f]{64}", digest(first))


def test_room_codes_are_six_digits_without_a_leading_zero() -> None:
    assert all(re.fullmatch(r"[1-9][0-9]{5}", new_room_code()) for _ in range(500))
