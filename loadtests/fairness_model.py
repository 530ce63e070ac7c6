"""A simulated room of phones on four kinds of links: what fair time does to honest people and to cheats.

A model, not field data: its numbers compare rules, they do not promise anything. Seeded, so the same call gives the
same room. `loadtests.fairness` plays a smaller room over real sockets.
"""

import bisect
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from scoring.fairtime import (
    PRESETS,
    Evidence,
    Fairness,
    Preset,
    base_rtt,
    bucket_start,
    credit,
    kernel_bound,
    upgrade_bound,
)

QUESTIONS, PLAYERS = 10, 1_500
HANDSHAKE_SAMPLES, WAITING_PINGS = 3, 8
THINK_MEDIAN_MS, THINK_SPREAD = 5_000, 0.22
"""Thinking times close together: the harder case for the order, as a tenth of a second passes many people."""
ARRIVAL = Preset(0, 0, 0, 0, 0)
"""No credit at all, as peers do."""


@dataclass(frozen=True)
class Link:
    """One-way delays: a floor that differs between phones, jitter for each packet, losses that cost a timeout."""

    share: float
    floor_ms: tuple[float, float]
    jitter_ms: float
    loss: float

    def floor(self, chance: random.Random) -> float:
        return chance.uniform(*self.floor_ms)

    def one_way(self, chance: random.Random, floor: float, worse: float = 1.0) -> float:
        jitter = self.jitter_ms * worse
        delay = floor + chance.expovariate(1 / jitter)
        timeout = max(200.0, 2 * floor + 4 * jitter)  # TCP's retransmission timer, doubling
        while chance.random() < self.loss:
            delay += timeout
            timeout *= 2
        return delay


LINKS = {
    "wifi": Link(0.35, (4, 20), 5, 0.002),
    "4g": Link(0.35, (20, 50), 15, 0.005),
    "crowded": Link(0.20, (50, 150), 60, 0.02),
    "3g": Link(0.10, (150, 350), 120, 0.05),
}


class Kernel(StrEnum):
    """Whose kernel tells about the phone's connection."""

    OURS = "ours"
    """TCP ends in the gateway: the estimate is as fresh as the answer."""
    PROXY = "proxy"
    """A proxy told once, at the upgrade."""
    NONE = "none"


Claim = Callable[[float], float | None]


def honest(think: float) -> float | None:
    """The page says what was thought."""
    return think


def silent(think: float) -> float | None:
    """A page that claims nothing."""
    return None


def claims_none(think: float) -> float | None:
    """An altered page: says the whole time was the network's."""
    return 0.0


@dataclass
class Phone:
    """What became of one phone, question by question, in ms."""

    link: str
    thinks: list[float] = field(default_factory=list)
    fair: list[float] = field(default_factory=list)
    network: list[float] = field(default_factory=list)
    """The time the network really took."""
    lowered: list[float] = field(default_factory=list)
    """By how much the kernel's bound was below what the pings had shown and the network had taken."""

    @property
    def gain_ms(self) -> float:
        """Against the truth, the mean of its questions."""
        return sum(think - fair for think, fair in zip(self.thinks, self.fair, strict=True)) / len(self.thinks)


class Estimate:
    """The kernel's RTT and its variation, as TCP estimates them (RFC 6298)."""

    def __init__(self) -> None:
        self.smooth = self.vary = 0.0

    def take(self, seen_ms: float) -> None:
        if not self.smooth:
            self.smooth, self.vary = seen_ms, seen_ms / 2
            return
        self.vary += (abs(self.smooth - seen_ms) - self.vary) / 4
        self.smooth += (seen_ms - self.smooth) / 8

    def microseconds(self) -> tuple[int, int]:
        return round(self.smooth * 1000), round(self.vary * 1000)


def play(
    seed: int,
    preset: Preset,
    kernel: Kernel,
    claim: Claim = honest,
    *,
    holds_pongs: bool = False,
    worse: float = 1.0,
    players: int = PLAYERS,
) -> list[Phone]:
    """Ten questions for a room; the same seed gives the same thinking times and delays whatever is claimed.

    `holds_pongs`: a client of one's own returns every ping only with its answer. `worse` multiplies the floor and the
    jitter of every link once the phones are in: a cell that was idle at the door.
    """
    chance = random.Random(seed)
    phones = []
    for number in range(players):
        name = _link_of(number / players)
        link, estimate = LINKS[name], Estimate()
        floor = link.floor(chance)
        for _ in range(HANDSHAKE_SAMPLES):
            estimate.take(link.one_way(chance, floor) + link.one_way(chance, floor))
        at_upgrade = upgrade_bound(*estimate.microseconds())
        floor *= worse
        pings = [link.one_way(chance, floor, worse) + link.one_way(chance, floor, worse) for _ in range(WAITING_PINGS)]
        for seen in pings:
            estimate.take(seen)
        bucket, phone = bucket_start(preset), Phone(name)
        for _ in range(QUESTIONS):
            think = min(19_000.0, max(700.0, chance.lognormvariate(math.log(THINK_MEDIAN_MS), THINK_SPREAD)))
            down = link.one_way(chance, floor, worse)
            rtt = down + link.one_way(chance, floor, worse)
            # Frames stay in order on one connection: the answer cannot arrive before the pong.
            elapsed = max(down + think + link.one_way(chance, floor, worse), rtt)
            bound = {
                Kernel.OURS: kernel_bound(*estimate.microseconds()),
                Kernel.PROXY: at_upgrade,
                Kernel.NONE: None,
            }[kernel]
            shown = elapsed - 1 if holds_pongs else rtt
            base = shown if holds_pongs else base_rtt(pings, rtt)
            result = credit(preset, Evidence(elapsed, shown, base, bound, claim(think), bucket))
            bucket = result.bucket_ms
            phone.thinks.append(think)
            phone.fair.append(result.fair_ms)
            phone.network.append(elapsed - think)
            phone.lowered.append(0.0 if bound is None else max(0.0, min(rtt, base, elapsed - think) - bound))
            sample = link.one_way(chance, floor, worse) + link.one_way(chance, floor, worse)
            pings.append(sample)
            for seen in (rtt, sample):
                estimate.take(seen)
        phones.append(phone)
    return phones


def _link_of(share: float) -> str:
    for name, link in LINKS.items():
        if share < link.share:
            return name
        share -= link.share
    return name


def tau_b(pairs: Sequence[tuple[float, float]]) -> float:
    """Kendall's tau-b by Knight's method: sort by x, count the inversions of y."""
    ordered = sorted(pairs)
    seen: list[float] = []
    swaps = 0
    for _, y in ordered:
        place = bisect.bisect_right(seen, y)
        swaps += len(seen) - place
        seen.insert(place, y)

    def tied(values: Sequence[object]) -> int:
        counts: dict[object, int] = defaultdict(int)
        for value in values:
            counts[value] += 1
        return sum(count * (count - 1) // 2 for count in counts.values())

    everything = len(ordered) * (len(ordered) - 1) // 2
    x_ties, y_ties = tied([x for x, _ in ordered]), tied([y for _, y in ordered])
    agreeing = everything - x_ties - y_ties + tied(ordered) - 2 * swaps
    return agreeing / math.sqrt((everything - x_ties) * (everything - y_ties))


def percentile_ranks(values: Sequence[float]) -> Iterator[float]:
    """The place of each value among all, in percentile points; equal values share theirs."""
    ordered = sorted(values)
    for value in values:
        place = (bisect.bisect_left(ordered, value) + bisect.bisect_right(ordered, value)) / 2
        yield 100 * place / len(values)


def nearest(values: Sequence[float], share: float) -> float:
    """The percentile by nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def order(phones: Sequence[Phone]) -> tuple[float, dict[str, float]]:
    """Tau-b between thinking time and fair time over the questions, and each link's mean rank shift."""
    taus = []
    shifts: dict[str, list[float]] = defaultdict(list)
    for question in range(len(phones[0].thinks)):
        thinks = [phone.thinks[question] for phone in phones]
        fair = [phone.fair[question] for phone in phones]
        taus.append(tau_b(list(zip(thinks, fair, strict=True))))
        for phone, true, got in zip(phones, percentile_ranks(thinks), percentile_ranks(fair), strict=True):
            shifts[phone.link].append(got - true)
    return sum(taus) / len(taus), {link: sum(all_of) / len(all_of) for link, all_of in shifts.items()}


def errors(phones: Sequence[Phone], cap_ms: float) -> list[float]:
    """|fair − thinking| of the answers whose network time is within the cap."""
    return [
        abs(fair - think)
        for phone in phones
        for think, fair, network in zip(phone.thinks, phone.fair, phone.network, strict=True)
        if network <= cap_ms
    ]


def cap_ms(fairness: str, kernel: Kernel) -> int:
    """The most that is credited at once."""
    return PRESETS[Fairness(fairness)].cap_ms(kernel is not Kernel.NONE)


def simulated(seeds: Sequence[int] = (2026, 1945)) -> list[list[str]]:
    """The rows of the table: each preset with each kernel, and arrival order; means over the seeds."""
    given: list[tuple[str, Preset, Kernel]] = [("arrival order", ARRIVAL, Kernel.NONE)]
    given += [(str(fairness), PRESETS[fairness], kernel) for fairness in PRESETS for kernel in Kernel]
    return [_row(name, preset, kernel, seeds) for name, preset, kernel in given]


def _row(name: str, preset: Preset, kernel: Kernel, seeds: Sequence[int]) -> list[str]:
    taus, off, lowered, page, holder = [], [], [], [], []
    shifts: dict[str, float] = defaultdict(float)
    for seed in seeds:
        phones = play(seed, preset, kernel)
        tau, moved = order(phones)
        taus.append(tau)
        for link, shift in moved.items():
            shifts[link] += shift / len(seeds)
        off += errors(phones, preset.cap_ms(kernel is not Kernel.NONE))
        lowered += [ms for phone in phones for ms in phone.lowered]
        lying, saying_nothing = play(seed, preset, kernel, claims_none), play(seed, preset, kernel, silent)
        page += [
            (sum(other.fair) - sum(phone.fair)) / QUESTIONS for phone, other in zip(lying, saying_nothing, strict=True)
        ]
        held = play(seed, preset, kernel, claims_none, holds_pongs=True)
        holder += [phone.gain_ms for phone in held if phone.link == "wifi"]
    return [
        name,
        str(kernel),
        f"{sum(taus) / len(taus):.3f}",
        " / ".join(f"{shifts[link]:+.1f}" for link in LINKS),
        f"{nearest(off, 0.5):.0f} / {nearest(off, 0.95):.0f}" if off else "–",
        f"{nearest(page, 0.99):.0f}",
        f"{sum(holder) / len(holder):.0f} / {nearest(holder, 0.99):.0f}",
        "–" if kernel is Kernel.NONE else f"{100 * sum(ms > 0 for ms in lowered) / len(lowered):.2f} %",
    ]
