"""Secrets handed to people and programs: made here, stored only as hashes.

Never stores or logs a secret.
"""

import hashlib
import secrets


def new_secret() -> str:
    """A fresh URL-safe secret of 192 bits (32 characters)."""
    return secrets.token_urlsafe(24)


def digest(secret: str) -> str:
    """What is stored and looked up instead of the secret: SHA-256, hex.

    A plain hash is enough because the secrets are random and long; passwords go through Argon2id instead.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def new_room_code() -> str:
    """Six random digits, the first not zero, easy to read out in a hall."""
    return str(secrets.randbelow(900_000) + 100_000)


def new_public_id() -> str:
    """The public name of a row: 22 URL-safe characters of 128 random bits, which say nothing about order or number.

    No secret: it may be shown and logged. The first and last characters are letters or digits, so that a name copied
    from a page is copied whole.
    """
    while True:
        made = secrets.token_urlsafe(16)
        if made[0].isalnum() and made[-1].isalnum():
            return made
