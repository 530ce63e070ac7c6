"""What is left when the rounds are over, read through the public exports and commands only. Never judges."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from loadtests.drill.history import Answer, Final, Question, Round, Standing
from loadtests.drill.host import Host

CAP_MS = 800
"""The most network delay that the rounds' fairness credits, as published."""
Command = Callable[..., Awaitable[str]]


async def gather(host: Host, rounds: Sequence[tuple[int, list[Question]]], hoithi: Command) -> Final:
    """The final state of these rounds, and what the platform's own recount of the statistics says."""
    found = [await _round(host, number, known) for number, known in rounds]
    said = ""
    for _ in range(20):
        said = await hoithi("stats", "verify")
        if "wait" not in said:
            break
        await asyncio.sleep(0.5)  # The worker counts on its own beat.
    counted = json.loads(await host.read("/api/movement/summary"))
    facts = int(counted["kinds"].get("live_round", {"facts": 0})["facts"])
    return Final(found, facts=facts, stats_ok="All agree" in said, stats_said=said.strip()[-1500:])


async def _round(host: Host, round_id: int, known: list[Question]) -> Round:
    look = await host.look(round_id)
    lines = (await host.read(f"/api/rounds/{round_id}/answers")).splitlines()
    standings = await host.read(f"/api/rounds/{round_id}/standings?limit=100000")
    exported = json.loads(await host.read(f"/api/rounds/{round_id}/export.json"))
    return Round(
        id=round_id,
        phase=look["phase"],
        questions=known,
        asked=look["question"] or 0,
        voids=look["voids"],
        seats=look["seats"],
        cap_ms=CAP_MS,
        answers=[msgspec.json.decode(line, type=Answer) for line in lines if line],
        standings=msgspec.json.decode(standings, type=list[Standing]),
        winners=_winners(exported),
    )


def _winners(exported: dict[str, Any]) -> list[list[Any]]:
    """Rank, seat and points of the first rows of the exported standings."""
    return [[row["rank"], row["seat"], row["points"]] for row in exported["standings"][:10]]
