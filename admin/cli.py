"""The command `hoithi`: reads what was typed, opens what is needed, says in one sentence what went wrong.

Never does the work itself; every part is imported only by the command that uses it.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin import contest_commands, staff_commands, stats_commands
from admin.command_line import DataDir, group, option, run_async, settings_of
from admin.trouble import Trouble, answer, language, say, words
from contest import catalogue
from contest.errors import Refused

if TYPE_CHECKING:
    from contest.settings import Settings

TROUBLE_EXIT = 2


app = group("hoithi")
app.add_typer(staff_commands.account, name="account")
app.add_typer(staff_commands.token, name="token")
app.add_typer(contest_commands.contest, name="contest")
app.add_typer(stats_commands.stats, name="stats")


_PORT = {"min": 0, "max": 65535}
Fd = Annotated[int | None, option("fd", "--fd", hidden=True)]
AsJson = Annotated[bool, option("json", "--json")]
Host = Annotated[str | None, option("host", "--host")]
PlayersPort = Annotated[int | None, option("players_port", "--players-port", **_PORT)]
AdminPort = Annotated[int | None, option("admin_port", "--admin-port", **_PORT)]
Processes = Annotated[int | None, option("players_processes", "--players-processes", min=1, max=64)]
Demo = Annotated[bool, option("demo", "--demo")]
Code = Annotated[str, typer.Argument(help=words("help.code"))]
Phones = Annotated[int, option("phones", "--phones", min=1, max=50_000)]
Url = Annotated[str | None, option("url", "--url")]
TimeoutS = Annotated[int, option("timeout", "--timeout", min=5)]


@app.command(help=words("help.up"))
def up(
    data_dir: DataDir = None,
    host: Host = None,
    players_port: PlayersPort = None,
    admin_port: AdminPort = None,
    players_processes: Processes = None,
    demo: Demo = False,
) -> None:
    from admin.supervisor import run_up

    settings = settings_of(
        "supervisor",
        data_dir,
        host=host,
        players_port=players_port,
        admin_port=admin_port,
        players_processes=players_processes,
    )
    asyncio.run(run_up(settings, demo=demo))


@app.command(help=words("help.players"))
def players(data_dir: DataDir = None, fd: Fd = None) -> None:
    settings = settings_of("players", data_dir)
    from realtime.server import serve_players

    _serve(serve_players, settings, settings.host, settings.players_port, fd)


@app.command(help=words("help.admin"))
def admin(data_dir: DataDir = None, fd: Fd = None) -> None:
    settings = settings_of("admin", data_dir)
    from admin.server import serve_admin

    _serve(serve_admin, settings, settings.admin_host, settings.admin_port, fd)


@app.command(help=words("help.worker"))
def worker(data_dir: DataDir = None) -> None:
    from admin.opening import opened, with_redis
    from admin.worker import run_worker

    async def run(settings: "Settings") -> None:
        async with with_redis(settings) as ready:
            async with opened(ready):
                pass
            await run_worker(ready)

    run_async(run(settings_of("worker", data_dir)))


@app.command(help=words("help.migrate"))
def migrate(data_dir: DataDir = None) -> None:
    from admin.opening import opened
    from contest import units
    from contest.clock import SystemClock
    from contest.statistics import indicators

    async def run() -> None:
        async with opened(settings_of("migrate", data_dir), migrate=True) as database, database.write() as writer:
            await units.seed(writer)
            await indicators.seed(writer, SystemClock().wall_ms())

    run_async(run())
    answer(words("migrated"))


@app.command(help=words("help.rehearse"))
def rehearse(
    code: Code,
    phones: Phones = 50,
    url: Url = None,
    timeout: TimeoutS = 3600,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    from admin.rehearse import run_rehearsal

    passed = run_rehearsal(
        settings_of("rehearse", data_dir), code=code, phones=phones, url=url, timeout_s=timeout, as_json=as_json
    )
    raise typer.Exit(0 if passed else 1)


@app.command(help=words("help.doctor"))
def doctor(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    from admin.doctor import run_doctor

    raise typer.Exit(asyncio.run(run_doctor(settings_of("doctor", data_dir), as_json=as_json)))


def _serve(
    serve: Callable[["Settings", int], Coroutine[Any, Any, None]],
    settings: "Settings",
    host: str,
    port: int,
    fd: int | None,
) -> None:
    """Runs a server on the socket handed over by the supervisor, or on one of its own."""
    from admin.listening import listen
    from admin.opening import opened, with_redis
    from admin.supervisor import raise_file_limit

    async def run() -> None:
        if fd is not None:
            await serve(settings, fd)
            return
        raise_file_limit()
        with listen(host, port) as door:
            async with with_redis(settings) as ready:
                async with opened(ready):
                    pass
                await serve(ready, door.fileno())

    run_async(run())


def main() -> None:
    """The entry point of `hoithi`."""
    # Everything in the data directory may hold people's data or a way in: it is the owner's alone.
    os.umask(0o077)
    try:
        app()
    except Trouble as trouble:
        say(f"trouble.{trouble.code}", **trouble.params)
        sys.exit(TROUBLE_EXIT)
    except Refused as refused:
        sys.stderr.write(catalogue.error_text(language(), refused.code, **refused.params) + "\n")
        sys.exit(TROUBLE_EXIT)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as problem:
        # A failure of ours: the traceback goes through the log, whose filter keeps what people typed out of it.
        from admin import logs

        if not logs.log_failure(problem):
            raise
        sys.exit(1)


if __name__ == "__main__":
    main()
