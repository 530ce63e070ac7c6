"""What all commands of `hoithi` share: their options, their settings, their way into async code.

Never holds a command.
"""

import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from admin.trouble import words

if TYPE_CHECKING:
    from contest.database import Database
    from contest.settings import Settings

T = TypeVar("T")


def group(key: str) -> typer.Typer:
    """A command with commands of its own; `cli.help.<key>` is its help."""
    return typer.Typer(
        help=words(f"help.{key}"),
        no_args_is_help=True,
        context_settings={"help_option_names": ["--help", "-h"]},
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
    )


def option(key: str, *names: str, **more: Any) -> Any:
    """An option with its help from the catalogue."""
    return typer.Option(*names, help=words(f"help.{key}"), **more)


DataDir = Annotated[Path | None, option("data_dir", "--data-dir", envvar="HOITHI_DATA_DIR")]


def settings_of(process: str, data_dir: Path | None, **given: Any) -> "Settings":
    """The settings of this command, and its logs set up. Raises Trouble."""
    from admin import logs
    from admin.opening import settings_from

    settings = settings_from(data_dir, **given)
    logs.configure(os.environ.get("HOITHI_PROCESS", process), settings.log_level)
    return settings


def with_database(data_dir: Path | None, work: "Callable[[Database, int], Coroutine[Any, Any, T]]") -> T:
    """Runs `work` on a database brought up to date; works while the platform runs, and before its first start."""
    from admin.opening import opened
    from contest.clock import SystemClock

    async def run() -> T:
        async with opened(settings_of("hoithi", data_dir), migrate=True) as database:
            return await work(database, SystemClock().wall_ms())

    return run_async(run())


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Runs `work` to its end on the fast event loop."""
    import uvloop

    return uvloop.run(work)
