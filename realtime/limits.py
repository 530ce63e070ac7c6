"""How much is let in: pure counters and buckets with the time as an argument.

Never reads a clock and never limits a whole hall that shares one address, but for guessing at room codes.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from realtime.shedding import Measure, Priority, measure

FRAMES_PER_SECOND, FRAMES_BURST = 10.0, 20.0
SOCKETS_PER_SECOND, SOCKETS_BURST = 300.0, 600.0
RETURNS_PER_SECOND, RETURNS_BURST = 1_500.0, 3_000.0
"""Coming back costs far less than joining, and a hall that lost its process must be whole again in seconds."""
HELLOS_IN_PROGRESS = 64
HELLOS_WAITING = 4_096
"""Joins beyond those in progress wait in line rather than fail: a hall of thousands scans one code in one minute."""
WRONG_CODES_PER_MINUTE = 30.0
MOST_ADDRESSES = 10_000
MOST_CODES = 64
"""Codes remembered of one address."""


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
        if now > self.at:
            self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
            self.at = now
        if self.tokens < tokens:
            return False
        self.tokens -= tokens
        return True

    def give_back(self, now: float) -> None:
        """One token was taken for nothing."""
        self.tokens = min(self.burst, self.peek(now) + 1)
        self.at = max(self.at, now)

    def peek(self, now: float) -> float:
        """The tokens in hand at `now`, unspent."""
        return min(self.burst, self.tokens + max(0.0, now - self.at) * self.rate)


def phone_bucket(now: float) -> TokenBucket:
    """The frames of one socket."""
    return TokenBucket.full(FRAMES_PER_SECOND, FRAMES_BURST, now)


@dataclass(slots=True)
class Admission:
    """Whether one process takes one more socket.

    Those that say they come back to a seat are counted apart, so that a crowd of newcomers keeps none of them out. The
    word is not proof: whoever then asks for a new seat has to pay as a newcomer (`join_after_all`).
    """

    most: int
    newcomers: TokenBucket
    returning: TokenBucket
    open: int = 0

    @classmethod
    def of(cls, most: int, now: float) -> "Admission":
        return cls(
            most,
            TokenBucket.full(SOCKETS_PER_SECOND, SOCKETS_BURST, now),
            TokenBucket.full(RETURNS_PER_SECOND, RETURNS_BURST, now),
        )

    def refuses(self, now: float, *, returns: bool, lag_ms: float, draining: bool = False) -> str | None:
        """Why a socket is not taken now; None: it is, and counted as open until `leave`."""
        if draining and not returns:
            return "draining"
        if measure(Priority.RETURNS if returns else Priority.JOINS, lag_ms) is Measure.REFUSE:
            return "overloaded"
        if self.open >= self.most:
            return "full"
        if not (self.returning if returns else self.newcomers).take(now):
            return "pace"
        self.open += 1
        return None

    def join_after_all(self, now: float) -> bool:
        """Whether a socket that was let in to come back may ask for a new seat."""
        return self.newcomers.take(now)

    def may_poll(self, now: float) -> bool:
        """Whether one more phone may begin to ask by HTTP: no way round a full or busy door."""
        return self.open < self.most and self.returning.take(now)

    def leave(self) -> None:
        """A socket that was admitted is gone."""
        self.open -= 1


@dataclass(slots=True)
class _Asker:
    """The codes of one address: `codes` are those it is asking for now (false) and those it has joined by (true)."""

    bucket: TokenBucket
    codes: OrderedDict[str, bool] = field(default_factory=OrderedDict)


@dataclass(slots=True)
class WrongCodes:
    """Guesses at room codes by address: generous, for a hall mistypes too, yet far too few to search 900,000 codes.

    Each different code is paid for before it is looked up, so that guesses sent all at once are counted too, and paid
    back when it was right. A code is paid for once while it is looked up, and no more once it was right: a hall behind
    one address joins by one code, and a guesser among them keeps nobody out.
    """

    per_minute: float = WRONG_CODES_PER_MINUTE
    _askers: OrderedDict[str, _Asker] = field(default_factory=OrderedDict)

    def may_ask(self, address: str, code: str, now: float) -> bool:
        """Whether this address may join by `code` now; `answered` has to follow."""
        asker = self._askers.pop(address, None)
        if asker is None:
            asker = _Asker(TokenBucket.full(self.per_minute / 60, self.per_minute, now))
        self._askers[address] = asker
        # The one that asked longest ago has most tokens again; forgetting it costs little.
        if len(self._askers) > MOST_ADDRESSES:
            self._askers.popitem(last=False)
        if code in asker.codes:
            return True
        if not asker.bucket.take(now):
            return False
        asker.codes[code] = False
        if len(asker.codes) > MOST_CODES:
            asker.codes.popitem(last=False)
        return True

    def answered(self, address: str, code: str, now: float, *, right: bool | None) -> None:
        """What became of a code that was asked for; None: it was not looked up after all."""
        asker = self._askers.get(address)
        if asker is None:
            return
        joined_before = asker.codes.get(code, right)
        if right:
            if not joined_before:
                asker.bucket.give_back(now)
            asker.codes[code] = True
            asker.codes.move_to_end(code)
        elif right is False or not joined_before:
            asker.codes.pop(code, None)
