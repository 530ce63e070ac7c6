"""How much of an answer's elapsed time was the network's, from bounds the server measured itself.

Never reads a clock or a socket, and never believes a phone beyond those bounds.

On the server's monotonic clock, in ms: s is the moment the question and an unpredictable protocol ping went out
in one write, r the arrival of the matching pong, a the arrival of the answer. Then

    E = a - s               elapsed                      R = r - s             this question's round trip
    B = base_rtt(...)       the usual round trip         K = kernel_bound(...) what the kernel's own RTT allows
    P = min(R, B, K)        the network time the server saw
    N = max(0, E - think)   the network time the phone claims; without a claim N = P
    slack  = min(max(0, N - P), bucket)          bursts and retransmissions
    credit = min(N, P + slack, CAP)
    bucket = min(max, bucket - max(0, credit - P) + gain)
    fair   = max(500, E - credit), rounded to 10 ms

An answer that overtakes its own pong gets no credit: a browser cannot do that, and so whoever holds back the
pong to look slow has to hold back the answer too. A claim can gain at most what is in the bucket. On a path with
constant delay the fair time of an honest phone is exactly its thinking time.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag, StrEnum

import msgspec

FLAT_TOP_MS = 500
BASE_SAMPLES = 16
_ENOUGH_SAMPLES = 5
_UNKNOWN_BASE_MS = 150.0
_HELD_PONG_MS = 100.0
_PHOTO_FINISH_MS = 50


class Fairness(StrEnum):
    SHOW = "show"
    PRIZE = "prize"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Preset:
    """The limits of one fairness: how much may be credited at once, and how the bucket starts, gains and ends."""

    cap_with_kernel_ms: int
    cap_without_kernel_ms: int
    bucket_start_ms: int
    bucket_gain_ms: int
    bucket_max_ms: int

    def cap_ms(self, kernel_known: bool) -> int:
        """The hard cap of one credit; smaller for prizes when the kernel's RTT cannot confirm the pong."""
        return self.cap_with_kernel_ms if kernel_known else self.cap_without_kernel_ms

    @property
    def longest_cap_ms(self) -> int:
        """How long after the limit an answer may still arrive in time: reveal no earlier than this."""
        return max(self.cap_with_kernel_ms, self.cap_without_kernel_ms)


PRESETS: dict[Fairness, Preset] = {
    Fairness.SHOW: Preset(800, 800, 300, 60, 600),
    Fairness.PRIZE: Preset(800, 500, 150, 40, 200),
    Fairness.STRICT: Preset(800, 500, 0, 0, 0),
}


class CreditFlag(IntFlag):
    """What a reviewer of prize winners should know about a credit. Stored as its number."""

    NO_PONG = 1
    """The answer came before its pong: no credit."""
    CLAIM_IGNORED = 2
    """The thinking time claimed was not within 0 … elapsed."""
    BUCKET_EMPTY = 4
    """The phone claimed more than bound and bucket allowed."""
    CAPPED = 8
    """The hard cap cut the credit."""
    PONG_HELD = 16
    """The pong took over 100 ms longer than the kernel's bound: three such samples are a suspicion."""


_NO_FLAGS = CreditFlag(0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the rule may look at for one answer, all in ms.

    `rtt_ms` is None when the pong had not arrived before the answer, `kernel_ms` when a proxy hides the phone's TCP and
    does not tell what its own kernel measured, `think_ms` when the phone claims nothing. `bucket_ms` is what the seat's
    last credit left (`bucket_start` before its first).
    """

    elapsed_ms: float
    rtt_ms: float | None
    base_ms: float
    kernel_ms: float | None
    think_ms: float | None
    bucket_ms: int


class Credit(msgspec.Struct, frozen=True, gc=False):
    """The outcome, in whole ms, so that what is stored can be recomputed from what is stored:

    fair_ms == round_fair(elapsed_ms - credit_ms).
    """

    elapsed_ms: int
    credit_ms: int
    bucket_ms: int
    fair_ms: int
    flags: CreditFlag


def bucket_start(preset: Preset) -> int:
    """What a seat's bucket holds before its first answer."""
    return preset.bucket_start_ms


def base_rtt(samples: Sequence[float], current: float | None) -> float:
    """The usual round trip B: the 75th percentile (nearest rank) of the last 16 pings at random moments.

    With fewer than 5 samples it is this question's own round trip, but at most 150 ms; 0 when that is unknown too.
    """
    if len(samples) < _ENOUGH_SAMPLES:
        return 0.0 if current is None else min(current, _UNKNOWN_BASE_MS)
    recent = sorted(samples[-BASE_SAMPLES:])
    return recent[math.ceil(0.75 * len(recent)) - 1]


def kernel_bound(rtt_us: int, rttvar_us: int) -> float | None:
    """K: rtt + 4 x rttvar of the kernel's TCP_INFO (microseconds in, ms out); None while it has no sample."""
    return (rtt_us + 4 * rttvar_us) / 1000 if rtt_us > 0 else None


def upgrade_bound(rtt_us: int, rttvar_us: int) -> float | None:
    """K as the kernel of a proxy saw it when the phone's connection began, the only time a proxy tells it.

    Twice the delay and its variation: a network gets slower while a hall fills, and an honest phone must not pay for
    that. Of a connection so young the variation is still half the delay or so, so four times as much would bind nobody.
    """
    return 2 * (rtt_us + rttvar_us) / 1000 if rtt_us > 0 else None


def round_fair(net_ms: float) -> int:
    """A fair time from elapsed minus credit: at least 500 ms, rounded half up to 10 ms."""
    return math.floor((max(FLAT_TOP_MS, net_ms) + 5) / 10) * 10


def uncredited(preset: Preset, elapsed_ms: float, bucket_ms: int) -> Credit:
    """For an answer over HTTP, or after a reconnect to another process: no ping to go by, so no credit.

    The bucket neither pays nor gains.
    """
    elapsed = max(0, math.floor(elapsed_ms))
    return Credit(elapsed, 0, min(bucket_ms, preset.bucket_max_ms), round_fair(elapsed), _NO_FLAGS)


def credit(preset: Preset, evidence: Evidence) -> Credit:
    """Apply the rule of this module to one answer.

    Elapsed time and credit are rounded down to whole ms first, so the bucket never pays out more than it got.
    """
    flags = _NO_FLAGS
    elapsed = max(0, math.floor(evidence.elapsed_ms))
    cap = preset.cap_ms(evidence.kernel_ms is not None)
    bucket = max(0, min(evidence.bucket_ms, preset.bucket_max_ms))

    seen = 0.0
    granted = 0
    if evidence.rtt_ms is None or evidence.rtt_ms > evidence.elapsed_ms:
        flags |= CreditFlag.NO_PONG
    else:
        kernel = math.inf if evidence.kernel_ms is None else evidence.kernel_ms
        if evidence.rtt_ms - kernel > _HELD_PONG_MS:
            flags |= CreditFlag.PONG_HELD
        seen = max(0.0, min(evidence.rtt_ms, evidence.base_ms, kernel))
        claimed = seen
        if evidence.think_ms is not None:
            if 0 <= evidence.think_ms <= evidence.elapsed_ms:  # false for NaN too
                claimed = evidence.elapsed_ms - evidence.think_ms
            else:
                flags |= CreditFlag.CLAIM_IGNORED
        slack = min(max(0.0, claimed - seen), bucket)
        if claimed > seen + slack:
            flags |= CreditFlag.BUCKET_EMPTY
        allowed = min(claimed, seen + slack)
        if allowed > cap:
            flags |= CreditFlag.CAPPED
        granted = min(math.floor(min(allowed, cap)), elapsed)

    paid = max(0.0, granted - seen)
    left = math.floor(min(preset.bucket_max_ms, bucket - paid + preset.bucket_gain_ms))
    return Credit(elapsed, granted, left, round_fair(elapsed - granted), flags)


def photo_finish_ms(questions: int) -> int:
    """Totals of this many questions that differ by less are a tie, as far as anybody can measure.

    One answer is off by some 50 ms at most; errors of many answers add up by the root of their number.
    """
    return round(_PHOTO_FINISH_MS * math.sqrt(questions))


def is_in_time(elapsed_ms: float, credit_ms: float, limit_ms: int, cap_ms: int) -> bool:
    """Whether an answer counts: within the limit after its credit, and never later than limit + cap.

    Pass the elapsed and credit of a `Credit`, so that the decision can be repeated from what was stored.
    """
    return elapsed_ms <= limit_ms + cap_ms and elapsed_ms - credit_ms <= limit_ms
