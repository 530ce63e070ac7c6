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
