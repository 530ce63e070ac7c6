"""What a drill found, for people: the verdict, its evidence, and the section of RESULTS.md. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from loadtests.drill.checker import Verdict
from loadtests.drill.history import OK, Event, Fault, History, operations
from loadtests.drill.promises import NAMES
from loadtests.figures import quantile


def ack_ms(events: Sequence[Event]) -> list[float]:
    """From the first sending of an answer to its receipt, through whatever was killed in between."""
    first: dict[tuple[str, int, str], float] = {}
    took: list[float] = []
    for event in events:
        if event.op != "answer" or not event.id:
            continue
        key = (event.who, event.round, event.id)
        if event.e == "invoke":
            first.setdefault(key, event.t)
        elif event.e == OK and key in first:
            took.append(event.t - first.pop(key))
    return took


def kills(faults: Sequence[Fault]) -> int:
    """How often a process was killed, or killed itself at a crash point."""
    return sum(fault.kill for fault in faults)


def verdict_text(verdict: Verdict, history: History, left_out: Sequence[str]) -> str:
    """The verdict file."""
    writes, reads = operations(history.events)
    lines = [f"verdict: {verdict.result}"]
    lines.append(f"operations: {writes + reads} ({writes} sent, {reads} pictures and results read)")
    lines.append(f"kills: {kills(history.faults)}; faults: {len(history.faults)}")
    lines += [f"{name}: {count}" for name, count in verdict.figures.items()]
    untried = {"I10"} if not history.final.attempts else set()
    untried |= {"I7"} if history.final.contests_ok is None else set()
    broken = Counter(violation.invariant for violation in verdict.violations)
    for name, promise in NAMES.items():
        state = "not tried" if name in untried else "held"
        lines.append(f"{name}: {f'BROKEN {broken[name]} times' if broken[name] else state} – {promise}")
    for violation in verdict.violations[:50]:
        lines.append(f"  {violation.invariant}: {violation.evidence}")
    for name, count in sorted(verdict.landed.items()):
        lines.append(f"landed: {name} {count}")
    for name, count in sorted(verdict.missing.items()):
        lines.append(f"MISSING: {name} should have landed {count} times more")
    lines += [f"SKIPPED: {what}" for what in left_out]
    return "\n".join(lines) + "\n"


def section(
    verdict: Verdict, history: History, left_out: Sequence[str], described: Mapping[str, str], found: Mapping[str, str]
) -> str:
    """The entry of RESULTS.md. `found`: what became of each planted bug, when they were tried."""
    writes, reads = operations(history.events)
    took = ack_ms(history.events)
    lost = sum(1 for violation in verdict.violations if violation.invariant in ("I1", "I13"))
    by_class: dict[str, list[Fault]] = defaultdict(list)
    for fault in history.faults:
        by_class[fault.cls].append(fault)
    whole = [fault.until - fault.t for fault in history.faults if fault.kill and fault.until]
    lines = [
        f"## {described['when']}, commit {described['commit']}",
        "",
        f"{described['machine']}. The fault drill: {described['setting']}.",
        "",
        f"    {described['command']}",
        "",
        "| figure | value |",
        "|---|---:|",
        f"| **verdict** | **{verdict.result}** |",
        f"| operations (sent / read) | {writes + reads:,} ({writes:,} / {reads:,}) |",
        f"| kills / faults | {kills(history.faults)} / {len(history.faults)} |",
        f"| answers acknowledged (seat and question) | {verdict.figures['slots_acknowledged']:,} |",
        f"| **acknowledged answers lost** | **{lost}** |",
        f"| answers stored / sent, resends and provocations with them | {verdict.figures['answers_stored']:,} / "
        f"{verdict.figures['answers_sent']:,} |",
        f"| receipt after the first sending, p50 / p99 / max ms, through the faults | {_ms(took)} |",
        f"| killed until whole again, p50 / p99 / max ms | {_ms(whole)} |",
        "",
        "Faults that struck with at least 20 operations in flight (all of the class): "
        + ", ".join(
            f"{name} {verdict.landed.get(name, 0)} ({len(faults)})" for name, faults in sorted(by_class.items())
        )
        + ".",
        "",
    ]
    if found:
        lines += ["Planted bugs: " + "; ".join(f"{name}: {what}" for name, what in found.items()) + ".", ""]
    if verdict.missing:
        lines += ["Landed too seldom: " + ", ".join(sorted(verdict.missing)) + ".", ""]
    if verdict.violations:
        lines += ["Broken: " + "; ".join(f"{v.invariant} {v.evidence}" for v in verdict.violations[:5]) + ".", ""]
    if left_out:
        lines += ["Not tried: " + "; ".join(left_out) + ".", ""]
    return "\n".join(lines) + "\n"


def _ms(values: Sequence[float]) -> str:
    if not values:
        return "–"
    return f"{quantile(values, 0.5):,.0f} / {quantile(values, 0.99):,.0f} / {max(values):,.0f}"
