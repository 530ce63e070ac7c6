"""`hoithi stats …`: the movement's numbers, counted anew and checked, while the platform runs or not.

Never reckons itself.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from admin.command_line import DataDir, group, option, run_async, settings_of
from admin.trouble import answer, words

if TYPE_CHECKING:
    from contest.statistics.verify import Verdict

stats = group("stats")

DatabaseUrl = Annotated[str | None, option("stats_database", "--database")]


@stats.command("rebuild", help=words("help.stats_rebuild"))
def rebuild(database: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    from admin.opening import opened
    from contest.audit import SYSTEM
    from contest.clock import SystemClock
    from contest.statistics import contest_facts, counting, live_facts
    from contest.statistics import rebuild as rebuilding

    async def run() -> tuple[bool, int]:
        settings = settings_of("hoithi", data_dir, database_url=database)
        clock = SystemClock()
        async with opened(settings, migrate=database is None) as held:
            async with held.write() as writer:
                rounds = await live_facts.mend(writer)
                papers = await contest_facts.mend(writer, actor=SYSTEM, now_ms=clock.wall_ms())
            await rebuilding.rebuild(held, clock)
            counted = await counting.run(held, clock.wall_ms())
        return bool(rounds or papers), counted

    mended, counted = run_async(run())
    # How many papers, or lines that wait, may be a secret still: see `contest.provincial.counts`.
    if mended:
        answer(words("stats.mended"))
    answer(words("stats.rebuilt", counted=counted))


@stats.command("verify", help=words("help.stats_verify"))
def verify(database: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    from admin.opening import opened
    from contest.statistics.verify import verify as compare

    async def run() -> "Verdict":
        async with opened(settings_of("hoithi", data_dir, database_url=database)) as held:
            return await compare(held)

    verdict = run_async(run())
    for one in verdict.differences:
        line = words("stats.difference", what=one.what, expected=one.expected, found=one.found)
        answer(f"{words(f'stats.where_{one.where}')}: {line}")
    if verdict.waiting:
        answer(words("stats.waiting"))
    key = "stats.whole" if verdict.ok else "stats.broken"
    answer(words(key, streamed=verdict.streamed, cells=verdict.cells, wrong=verdict.wrong))
    raise typer.Exit(0 if verdict.ok else 1)
