"""Fair time over real sockets: `python -m loadtests.fairness` plays rounds behind slow links and writes RESULTS.md.

Starts the platform, puts phones with scripted thinking times behind `loadtests.delay_line`, and compares the time each
answer was reckoned with to the time really thought; then the simulated table of `loadtests.fairness_model`. As root the
links are network namespaces, else TCP proxies, which hide the phones' kernel.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform as machine
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from loadtests import fairness_model
from loadtests.delay_line import WAYS, TunLine, Way, forwarded, forwarded_with_rtt, may_use_tun, proxy
from loadtests.fairness_model import Kernel, nearest, percentile_ranks, tau_b
from loadtests.results import write
from loadtests.trial import Platform, TrialFailed, running

HERE = Path(__file__).resolve().parent
PINGS_S = 9.0
"""After sitting down each phone is pinged six times, to learn its usual round trip."""
PLAYED: tuple[tuple[str, Kernel], ...] = (
    ("show", Kernel.OURS),
    ("prize", Kernel.OURS),
    ("prize", Kernel.PROXY),
    ("prize", Kernel.NONE),
    ("strict", Kernel.OURS),
)
SHARES = (0.35, 0.35, 0.2, 0.1)
"""Of the honest phones behind each link: the room of the model."""
NEAR = Way("no delay", 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """One stored answer with what is known of it, in ms. `network` is what the links really took."""

    way: str
    kind: str
    seat: int
    question: int
    think: float
    fair: float
    elapsed: float
    credit: float
    rtt: float | None
    base: float | None
    kernel: float | None
    flags: str

    @property
    def network(self) -> float:
        return self.elapsed - self.think

    def over_silence(self, cap_ms: float) -> float:
        """How much more was credited than a page that claims nothing would have got."""
        seen = [bound for bound in (self.rtt, self.base, self.kernel) if bound is not None]
        return self.credit - min([*seen, cap_ms]) if self.rtt is not None else 0.0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many honest phones there are, how many cheats behind each link, and how many questions they are asked."""

    honest: tuple[int, ...]
    page: int
    holder: int
    questions: int
    seed: int


@contextlib.asynccontextmanager
async def links(tun: bool, seed: int) -> AsyncIterator[dict[str, TunLine | None]]:
    """The links by name; None where each round gets a proxy of its own instead."""
    lines = [TunLine(way, number, seed) if tun else None for number, way in enumerate(WAYS, 1)]
    try:
        for line in lines:
            if line is not None:
                line.open()
        yield {way.name: line for way, line in zip(WAYS, lines, strict=True)}
    finally:
        for line in lines:
            if line is not None:
                line.close()


async def play(
    server: Platform, lines: dict[str, TunLine | None], fairness: str, kernel: Kernel, given: Counts
) -> list[Answer]:
    """One round of honest people and cheats behind all links, from the lobby to the stored answers."""
    port = urlsplit(server.players).port
    assert port is not None
    questions = [
        {
            "type": "single",
            "stem_vi": f"Câu {number}",
            "seconds": 10,
            "options": [{"id": letter, "text_vi": letter.upper()} for letter in "abcd"],
            "answer": ["a"],
        }
        for number in range(1, given.questions + 1)
    ]
    round_id, code = await asyncio.to_thread(
        lambda: server.make_round(questions, fairness=fairness, reading_seconds=1, auto=False)
    )
    told = {Kernel.OURS: None, Kernel.PROXY: forwarded_with_rtt, Kernel.NONE: forwarded}[kernel]
    async with contextlib.AsyncExitStack() as ends:
        processes = {}
        for number, (name, line) in enumerate(lines.items()):
            way = WAYS[number]
            host, at = ("127.0.0.1" if line is None else line.here), port
            if line is None:
                near = proxy("127.0.0.1", port, way, given.seed + number, headers=told)
                at = (await ends.enter_async_context(near)).port
            elif told is not None:
                # On the platform's side of the link, as the proxy that ends TLS would be.
                near = proxy("127.0.0.1", port, NEAR, given.seed, headers=told, listen=line.here)
                at = (await ends.enter_async_context(near)).port
            command = [sys.executable, "-m", "loadtests.fairness_phones", "--host", host, "--port", str(at)]
            command += ["--code", code, "--label", name, "--seed", f"{given.seed}"]
            command += ["--honest", str(given.honest[number]), "--page", str(given.page)]
            command += ["--holder", str(given.holder)]
            process = await asyncio.create_subprocess_exec(
                *(command if line is None else line.inside(*command)), stdout=subprocess.PIPE, cwd=HERE.parent
            )
            ends.callback(_end, process)
            processes[name] = process
        await _ask(server, round_id, given, sum(given.honest) + len(lines) * (given.page + given.holder))
        outs = {}
        for name, process in processes.items():
            out, _ = await asyncio.wait_for(process.communicate(), 30)
            outs[name] = json.loads(out)
    exported = json.loads(await asyncio.to_thread(server.call, "GET", f"/api/rounds/{round_id}/export.json"))
    return list(_joined(outs, exported["answers"]))


def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()


async def _ask(server: Platform, round_id: int, given: Counts, phones: int) -> None:
    def until(*phases: str, within_s: float = 40.0) -> None:
        server.wait_phase(round_id, *phases, within_s=within_s, every_s=0.4)

    ends = time.monotonic() + 60
    while (await asyncio.to_thread(server.look, round_id))["online"] < phones:
        if time.monotonic() > ends:
            raise TrialFailed("not all phones came")
        await asyncio.sleep(0.5)
    await asyncio.sleep(PINGS_S)
    for number in range(1, given.questions + 1):
        await asyncio.to_thread(server.command, round_id, "next")
        if number > 1:
            await asyncio.to_thread(server.command, round_id, "next")
        await asyncio.to_thread(until, "revealed")
    await asyncio.to_thread(server.command, round_id, "finish")


def _joined(outs: dict[str, Any], stored: list[dict[str, Any]]) -> Sequence[Answer]:
    by_seat = {phone["seat"]: (way, phone) for way, phones in outs.items() for phone in phones}
    found = []
    for answer in stored:
        way, phone = by_seat[answer["seat"]]
        found.append(
            Answer(
                way=way,
                kind=phone["kind"],
                seat=answer["seat"],
                question=answer["question"],
                think=phone["thought_ms"][str(answer["question"])],
                fair=answer["fair_ms"],
                elapsed=answer["elapsed_ms"],
                credit=answer["credit_ms"],
                rtt=answer["rtt_ms"],
                base=answer["base_ms"],
                kernel=answer["kernel_ms"],
                flags=answer["flags"] or "",
            )
        )
    return found


# The tables.

HEAD = (
    "preset",
    "kernel",
    "link",
    "answers",
    "within cap",
    "error p50 / p95 ms",
    "rank shift",
    "K lowered",
    "page gain mean / most ms",
    "holder gain mean / most ms",
)


def rows(fairness: str, kernel: Kernel, answers: Sequence[Answer]) -> tuple[list[list[str]], str]:
    """A row for each link, and a sentence about the whole round."""
    cap = fairness_model.cap_ms(fairness, kernel)
    honest = [answer for answer in answers if answer.kind == "honest"]
    taus, shifts = [], {way.name: [0.0] * 0 for way in WAYS}
    for question in sorted({answer.question for answer in honest}):
        asked = [answer for answer in honest if answer.question == question]
        taus.append(tau_b([(answer.think, answer.fair) for answer in asked]))
        true, got = (percentile_ranks([getattr(answer, name) for answer in asked]) for name in ("think", "fair"))
        for answer, before, after in zip(asked, true, got, strict=True):
            shifts[answer.way].append(after - before)
    told = []
    for way in WAYS:
        mine = [answer for answer in honest if answer.way == way.name]
        inside = [answer for answer in mine if answer.network <= cap]
        off = [abs(answer.fair - answer.think) for answer in inside]
        told.append(
            [
                fairness,
                str(kernel),
                way.name,
                str(len(mine)),
                f"{100 * len(inside) / max(1, len(mine)):.0f} %",
                f"{nearest(off, 0.5):.0f} / {nearest(off, 0.95):.0f}",
                f"{sum(shifts[way.name]) / max(1, len(shifts[way.name])):+.1f}",
                _lowered(mine),
                _gain([answer for answer in answers if answer.kind == "page" and answer.way == way.name]),
                _gain([answer for answer in answers if answer.kind == "holder" and answer.way == way.name]),
            ]
        )
    everything = [abs(answer.fair - answer.think) for answer in honest if answer.network <= cap]
    altered = [answer for answer in answers if answer.kind == "page"]
    pages, over = _means(altered), _means(altered, lambda answer: answer.over_silence(cap))
    sentence = (
        f"**{fairness}, kernel {kernel}**: error p50 {nearest(everything, 0.5):.0f} ms, p95 "
        f"{nearest(everything, 0.95):.0f} ms within the cap of {cap} ms; Kendall τ {sum(taus) / len(taus):.3f}; an "
        f"altered page gains {nearest(pages, 0.99):.0f} ms a question against the truth and "
        f"{nearest(over, 0.99):.0f} ms against a page that claims nothing (p99 of {len(pages)} phones)."
    )
    return told, sentence


def _lowered(answers: Sequence[Answer]) -> str:
    """How often the kernel's bound took from an honest phone what its pongs had shown and its network had cost."""
    known = [answer for answer in answers if None not in (answer.kernel, answer.rtt, answer.base)]
    if not known:
        return "–"
    lowered = [
        min(answer.rtt or 0, answer.base or 0, answer.network) - (answer.kernel or 0)
        for answer in known
        if min(answer.rtt or 0, answer.base or 0, answer.network) > (answer.kernel or 0)
    ]
    share = f"{100 * len(lowered) / len(known):.0f} %"
    return share if not lowered else f"{share}, by {nearest(lowered, 0.5):.0f} (p95 {nearest(lowered, 0.95):.0f}) ms"


def _against_truth(answer: Answer) -> float:
    return answer.think - answer.fair


def _means(answers: Sequence[Answer], gain: Callable[[Answer], float] = _against_truth) -> list[float]:
    """What each phone gained, the mean of its questions."""
    by_seat: dict[int, list[float]] = {}
    for answer in answers:
        by_seat.setdefault(answer.seat, []).append(gain(answer))
    return [sum(gains) / len(gains) for gains in by_seat.values()]


def _gain(answers: Sequence[Answer]) -> str:
    means = _means(answers)
    return f"{sum(means) / len(means):.0f} / {max(means):.0f}" if means else "–"


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Markdown."""
    ruler = "|---|---|---|" + "---:|" * (len(head) - 3)
    return "\n".join([f"| {' | '.join(head)} |", ruler, *(f"| {' | '.join(line)} |" for line in lines)])


SIMULATED_HEAD = (
    "preset",
    "kernel",
    "τ",
    "rank shift wifi / 4G / crowded / 3G",
    "error p50 / p95 ms within cap",
    "page gains p99 ms",
    "holder on wifi gains mean / p99 ms",
    "K lowered",
)


def record(described: dict[str, str], sentences: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """The entry for RESULTS.md."""
    parts = [
        f"## {described['when']}, commit {described['commit']}: fair time on weak networks",
        f"{described['machine']}, Python {described['python']}, load before {described['load']}. {described['how']}",
        f"    {described['command']}",
        "Goals: error p50 ≤ 30 and p95 ≤ 150 ms within the cap, τ ≥ 0.975, an altered page gains ≤ 65 ms a question "
        "(p99). Kernel: *ours* when TCP ends in the gateway, *proxy* when a proxy tells once what its kernel measured, "
        "*none* when neither does. K lowered: how often the kernel's bound gave an honest phone less than its pongs "
        "had shown and its network had really taken.",
    ]
    if sentences:
        parts += ["\n".join(f"- {sentence}" for sentence in sentences), table(HEAD, lines)]
    parts += ["Simulated, 1,500 phones, 10 questions, two seeds:", table(SIMULATED_HEAD, fairness_model.simulated())]
    return "\n\n".join(parts)


def _described(command: Sequence[str], tun: bool, given: Counts) -> dict[str, str]:
    done = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, cwd=HERE)
    ways = "; ".join(
        f"{way.name} round trip, jitter Exp({way.jitter_ms:g} ms) each way, {way.loss:.1%} lost" for way in WAYS
    )
    how = "TUN devices in network namespaces" if tun else "TCP proxies"
    return {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": done.stdout.strip() or "unknown",
        "machine": f"{os.cpu_count()} cores, Linux {machine.release()}, {machine.machine()}",
        "python": machine.python_version(),
        "load": f"{os.getloadavg()[0]:.1f}",
        "how": f"{how}: {ways}. {' + '.join(map(str, given.honest))} honest phones behind them; behind "
        f"each {given.page} altered pages and {given.holder} clients holding pongs. {given.questions} questions.",
        "command": "python -m loadtests.fairness " + " ".join(command),
    }


def _counts(given: argparse.Namespace) -> Counts:
    shares = (0.25,) * len(WAYS) if given.even else SHARES
    honest = tuple(round(given.honest * share) for share in shares)
    return Counts(honest, given.page, given.holder, given.questions, given.seed)


async def run(given: argparse.Namespace) -> tuple[list[str], list[list[str]]]:
    """Plays the rounds, one after the other."""
    tun = given.way == "tun"
    counts = _counts(given)
    sentences, lines = [], []
    more = {"HOITHI_PROXY_TELLS_RTT": "true"}
    if tun:
        own = [f"10.77.{number}.1" for number in range(1, len(WAYS) + 1)]
        more["HOITHI_TRUSTED_PROXIES"] = json.dumps(["127.0.0.1", *own])
    with tempfile.TemporaryDirectory() as folder:
        started = running(Path(folder), host="0.0.0.0" if tun else "127.0.0.1", more=more)
        server = await asyncio.to_thread(started.__enter__)
        try:
            async with links(tun, given.seed) as lines_by_name:
                for fairness, kernel in PLAYED:
                    if given.only and f"{fairness}-{kernel}" not in given.only:
                        continue
                    if not tun and kernel is Kernel.OURS:
                        continue  # A proxy hides the phones' kernel.
                    answers = await play(server, lines_by_name, fairness, kernel, counts)
                    found, sentence = rows(fairness, kernel, answers)
                    sys.stdout.write(sentence + "\n")
                    sys.stdout.flush()
                    sentences.append(sentence)
                    lines += found
                for name, line in lines_by_name.items():
                    if line is not None:
                        sys.stdout.write(f"{name}: {line.packets} packets, {line.dropped} dropped\n")
        finally:
            await asyncio.to_thread(started.__exit__, None, None, None)
    return sentences, lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="python -m loadtests.fairness", description=__doc__)
    parser.add_argument("--way", choices=("tun", "proxy"), default="tun" if may_use_tun() else "proxy")
    parser.add_argument("--honest", type=int, default=60, help="phones, shared out among the links as in the model")
    parser.add_argument("--even", action="store_true", help="as many honest phones behind each link")
    parser.add_argument("--page", type=int, default=3)
    parser.add_argument("--holder", type=int, default=3)
    parser.add_argument("--questions", type=int, default=10)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--only", action="append", help="such as prize-ours; may be repeated")
    parser.add_argument("--simulated", action="store_true", help="the simulated table only")
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--no-record", action="store_true", help="print only")
    given = parser.parse_args(typed)
    tun = given.way == "tun"
    counts = _counts(given)
    described = _described(typed, tun, counts)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Namespaces and the platform are taken away at any end.
    try:
        sentences, lines = ([], []) if given.simulated else asyncio.run(run(given))
    except TrialFailed as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    text = record(described, sentences, lines)
    sys.stdout.write(text + "\n")
    if not given.no_record:
        write(given.results, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
