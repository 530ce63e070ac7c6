"""How much is let in: pure counters and buckets with the time as an argument.

Never reads a clock and never limits a whole hall that shares one address, but for guessing at room codes.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

FRAMES_PER_SECOND, FRAMES_BURST = 10.0, 20.0
SOCKETS_PER_SECOND, SOCKETS_BURST = 300.0, 600.0
HELLOS_IN_PROGRESS = 64
HELLOS_WAITING = 4_096
"""Joins beyond those in progress wait in line rather than fail: a hall of thousands scans one code in one minute."""
WRONG_CODES_PER_MINUTE = 30.0
MOST_ADDRESSES = 10_000


@dataclass(slots=True)
class TokenBucket:
    """`rate` tokens a second, at most `burst` in hand; starts full. Times are seconds on any clock that only rises."""

    rate: float
    burst: float
    tokens: float
    at: float

    @classmethod
    def full(cls, rate: float, burst: float, now: float) -> "TokenBucket":
        return cls(rate, burst, burst, now)

    def take(self, now: float, tokens: float = 1.0) -> bool:
        """Whether the tokens were there; then they are spent."""
        available = self.peek(now)
        self.at = max(self.at, now)
        self.tokens = available - tokens if available >= tokens else available
        return available >= tokens

    def peek(self, now: float) -> float:
        """The tokens in hand at `now`, unspent."""
        return min(self.burst, self.tokens + max(0.0, now - self.at) * self.rate)


def phone_bucket(now: float) -> TokenBucket:
    """The frames of one socket."""
    return TokenBucket.full(FRAMES_PER_SECOND, FRAMES_BURST, now)


@dataclass(slots=True)
class Admission:
    """Whether one process takes one more socket. `retry_after(jitter)` is for those it does not take."""

    most: int
    bucket: TokenBucket
    open: int = 0

    @classmethod
    def of(cls, most: int, now: float) -> "Admission":
        return cls(most, TokenBucket.full(SOCKETS_PER_SECOND, SOCKETS_BURST, now))

    def admit(self, now: float, *, overloaded: bool = False) -> bool:
        """True counts the socket as open until `leave`; false when the process is full, too busy, or too fast."""
        if overloaded or self.open >= self.most or not self.bucket.take(now):
            return False
        self.open += 1
        return True

    def leave(self) -> None:
        """A socket that was admitted is gone."""
        self.open -= 1


@dataclass(slots=True)
class WrongCodes:
    """Guesses at room codes by address: generous, for a hall mistypes too, yet far too few to search 900,000 codes."""

    per_minute: float = WRONG_CODES_PER_MINUTE
    _buckets: OrderedDict[str, TokenBucket] = field(default_factory=OrderedDict)

    def exhausted(self, address: str, now: float) -> bool:
        """Whether this address has to wait before its next join."""
        bucket = self._buckets.get(address)
        return bucket is not None and bucket.peek(now) < 1

    def count(self, address: str, now: float) -> None:
        """One more wrong code from this address."""
        bucket = self._buckets.pop(address, None)
        if bucket is None:
            bucket = TokenBucket.full(self.per_minute / 60, self.per_minute, now)
        bucket.take(now)
        self._buckets[address] = bucket
        # The one that guessed longest ago has most tokens again; forgetting it costs nothing.
        if len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
