"""Passwords as Argon2id hashes, computed off the event loop and never many at once.

Never stores, logs or compares a password in any other way.
"""

import asyncio
import threading
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from contest.errors import Invalid
from scoring.folding import fold

MIN_LENGTH = 10
MAX_LENGTH = 200
AT_ONCE = 2
"""A hash takes 64 MiB and a fifth of a second: more at once would starve the machine that runs the rounds."""

# Only what passes the length rule needs to be here, as folded keys; the throttle takes care of the rest.
_COMMON = frozenset(
    """
    1234567890 0123456789 0987654321 12345678910 123456789a a123456789 1111111111 0000000000 1234512345 1122334455
    qwertyuiop qwerty1234 qwerty12345 1q2w3e4r5t 1qaz2wsx3edc asdfghjkl1 password12 password123 password1234
    passw0rd123 administrator admin12345 admin123456 admin1234567 matkhau123 matkhau1234 matkhau12345 matkhau123456
    anhyeuem123 emyeuanh123 vietnam123 vietnam1234 vietnam2024 vietnam2025 vietnam2026 daklak2024 daklak2025 daklak2026
    daklak1234 buonmathuot hoithi2024 hoithi2025 hoithi2026 hoithi1234 chuyendoiso chuyendoiso2026 tienganh123
    toiyeuvietnam iloveyou123 iloveyou1234 abcd123456 abc1234567 aabbccddee
    """.split()
)


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the password was right, and the better hash to store when the parameters have changed."""

    right: bool
    rehashed: str | None = None


class Passwords:
    """Hashes and checks; one per process."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        # Argon2id, 64 MiB, 3 passes, 4 lanes: RFC 9106's second choice, the library's default.
        self._hasher = hasher or PasswordHasher()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._nobody: str | None = None
        self._lock = threading.Lock()

    async def hash(self, password: str) -> str:
        """Raises Invalid("password_short" | "password_long" | "password_common")."""
        check_strength(password)
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def check(self, stored: str | None, password: str) -> Checked:
        """Takes as long for an account that does not exist (`stored` None) as for one that does."""
        if len(password) > MAX_LENGTH:
            return Checked(False)
        async with self._slots:
            return await asyncio.to_thread(self._check, stored, password)

    def _check(self, stored: str | None, password: str) -> Checked:
        try:
            self._hasher.verify(stored or self._nobodys_hash(), password)
        except (VerificationError, InvalidHashError):
            return Checked(False)
        if stored is None:
            return Checked(False)
        better = self._hasher.hash(password) if self._hasher.check_needs_rehash(stored) else None
        return Checked(True, better)

    def _nobodys_hash(self) -> str:
        with self._lock:
            if self._nobody is None:
                self._nobody = self._hasher.hash("nobody has this password")
            return self._nobody


def check_strength(password: str) -> None:
    """Length and a list of the commonest: nothing else makes passwords better (NIST SP 800-63B §5.1.1).

    Raises Invalid("password_short" | "password_long" | "password_common").
    """
    if len(password) < MIN_LENGTH:
        raise Invalid("password_short", limit=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        raise Invalid("password_long", limit=MAX_LENGTH)
    key = fold(password).replace(" ", "")
    if key in _COMMON or len(set(password)) <= 2:
        raise Invalid("password_common")
