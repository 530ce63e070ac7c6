"""`hoithi contest …`: what concerns contests and must work without a browser, on a copy of the database too.

Never changes anything.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from admin.command_line import DataDir, group, option, run_async, settings_of
from admin.trouble import Trouble, answer, words

if TYPE_CHECKING:
    from contest.provincial.log_check import Verdict

contest = group("contest")

Slug = Annotated[str | None, typer.Argument(help=words("help.contest_slug"))]
DatabaseUrl = Annotated[str | None, option("contest_database", "--database")]
KnownHeads = Annotated[list[str] | None, option("contest_head", "--head")]


@contest.command("verify-log", help=words("help.contest_verify-log"))
def verify_log(
    slug: Slug = None, database: DatabaseUrl = None, head: KnownHeads = None, data_dir: DataDir = None
) -> None:
    from admin.opening import opened
    from contest.errors import NotFound
    from contest.provincial import contests
    from contest.provincial.log_check import verify

    if head and slug is None:
        raise Trouble("head_needs_contest")

    async def run() -> "list[tuple[str, Verdict]]":
        settings = settings_of("hoithi", data_dir, database_url=database)
        async with opened(settings) as opened_database, opened_database.read() as reader:
            if slug is None:
                wanted = [*await contests.listing(reader), *await contests.listing(reader, archived=True)]
            else:
                try:
                    wanted = [await contests.by_slug(reader, slug)]
                except NotFound as problem:
                    raise Trouble("contest_unknown", slug=slug) from problem
            known = [one.strip().lower() for one in head or []]
            return [(one.slug, await verify(reader, one.id, known)) for one in wanted]

    verdicts = run_async(run())
    for name, verdict in verdicts:
        answer(_sentence(name, verdict))
    raise typer.Exit(0 if all(verdict.ok for _, verdict in verdicts) else 1)


def _sentence(slug: str, verdict: "Verdict") -> str:
    key = "log.whole" if verdict.why is None else f"log.{verdict.why.value}"
    line = words("log.no_line") if verdict.first_bad is None else verdict.first_bad
    return words(
        key,
        slug=slug,
        lines=verdict.lines,
        head=verdict.head,
        first_bad=line,
        until=verdict.until,
        subject=verdict.subject,
    )
