"""Personal data at rest: sealed with one key and found again by keyed hashes; the database alone tells nobody anything.

Never knows which column holds what (`contest.provincial.data_map` does) and never logs.
"""

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from contest.database import Database
from contest.tables import installation

KEY_BYTES = 32
CHECK = "field_key_check"
"""The row of `installation` that says which key sealed this database: a digest that gives nothing away."""
_VERSION = "1:"
_NONCE_BYTES = 12


class Unreadable(Exception):
    """What was to be opened was sealed with another key, or changed."""


class FieldBox:
    """Seals and opens single fields. `key` is the installation's, 32 random bytes; the keys in use derive from it."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a field key has {KEY_BYTES} bytes")
        self._aead = AESGCM(_derive(key, "seal"))
        self._hash_key = lru_cache(maxsize=32)(lambda kind: _derive(key, f"digest:{kind}"))

    @property
    def check_value(self) -> str:
        """Says which key this is and gives nothing of it away."""
        return self.digest("check", "hoithi")[:32]

    def seal(self, text: str) -> str:
        """The text encrypted (AES-256-GCM); twice the same text gives two different results."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + base64.urlsafe_b64encode(nonce + self._aead.encrypt(nonce, text.encode(), None)).decode()

    def open(self, sealed: str) -> str:
        """The text again. Raises Unreadable."""
        try:
            raw = base64.urlsafe_b64decode(sealed.removeprefix(_VERSION))
            return self._aead.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
        except (InvalidTag, ValueError):
            raise Unreadable from None

    def open_or_none(self, sealed: str | None) -> str | None:
        """`open` for a column that may be empty."""
        return None if sealed is None else self.open(sealed)

    def seal_or_none(self, text: str | None) -> str | None:
        """`seal` for a field that may be empty."""
        return self.seal(text) if text else None

    def digest(self, kind: str, text: str) -> str:
        """What a value is looked up by: HMAC-SHA256, hex. Digests of different kinds never meet."""
        return hmac.new(self._hash_key(kind), text.encode(), hashlib.sha256).hexdigest()


def new_key() -> bytes:
    """A fresh key."""
    return secrets.token_bytes(KEY_BYTES)


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDFExpand(hashes.SHA256(), KEY_BYTES, f"hoithi/field/{purpose}".encode()).derive(key)


async def recognises(db: Database, box: FieldBox) -> bool:
    """Whether this key is the one that sealed the database; the first key ever asked about becomes it.

    Two processes may ask at once. False means that the key was lost or changed: nothing personal can be read or found.
    """
    value = box.check_value
    async with db.read() as reader:
        stored = await reader.scalar(select(installation.c.value).where(installation.c.key == CHECK))
    if stored is None:
        async with db.write() as writer:
            dialect = postgresql if writer.dialect.name == "postgresql" else sqlite
            await writer.execute(dialect.insert(installation).values(key=CHECK, value=value).on_conflict_do_nothing())
            stored = await writer.scalar(select(installation.c.value).where(installation.c.key == CHECK))
    return stored == value
