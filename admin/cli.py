"""The command `hoithi`: reads what was typed, opens what is needed, says in one sentence what went wrong.

Never does the work itself; every part is imported only by the command that uses it.
"""

import asyncio
import getpass
import os
import sys
from collections.abc import Callable, Coroutine
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from admin.trouble import Trouble, answer, say, words
from contest import catalogue
from contest.errors import Refused

if TYPE_CHECKING:
    from admin.accounts import Account
    from contest.database import Database
    from contest.settings import Settings

T = TypeVar("T")
TROUBLE_EXIT = 2


def _group(key: str) -> typer.Typer:
    return typer.Typer(
        help=words(f"help.{key}"),
        no_args_is_help=True,
        context_settings={"help_option_names": ["--help", "-h"]},
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
    )


app = _group("hoithi")
account = _group("account")
token = _group("token")
app.add_typer(account, name="account")
app.add_typer(token, name="token")


class RoleName(StrEnum):
    """The roles as they are typed; the same words as `admin.roles.Role`."""

    HOST = "host"
    ORGANISER = "organiser"
    ADMINISTRATOR = "administrator"


def _option(key: str, *names: str, **more: Any) -> Any:
    return typer.Option(*names, help=words(f"help.{key}"), **more)


_PORT = {"min": 0, "max": 65535}
DataDir = Annotated[Path | None, _option("data_dir", "--data-dir", envvar="HOITHI_DATA_DIR")]
Fd = Annotated[int | None, _option("fd", "--fd", hidden=True)]
AsJson = Annotated[bool, _option("json", "--json")]
Host = Annotated[str | None, _option("host", "--host")]
PlayersPort = Annotated[int | None, _option("players_port", "--players-port", **_PORT)]
AdminPort = Annotated[int | None, _option("admin_port", "--admin-port", **_PORT)]
Processes = Annotated[int | None, _option("players_processes", "--players-processes", min=1, max=64)]
Demo = Annotated[bool, _option("demo", "--demo")]
AccountRole = Annotated[RoleName, _option("role", "--role")]
TokenRole = Annotated[RoleName, _option("token_role", "--role")]
AccountName = Annotated[str, typer.Argument(help=words("help.name"))]
TokenName = Annotated[str, typer.Argument(help=words("help.token_name"))]
TokenNumber = Annotated[int, typer.Argument(help=words("help.token_number"))]
Code = Annotated[str, typer.Argument(help=words("help.code"))]
Phones = Annotated[int, _option("phones", "--phones", min=1, max=50_000)]
Url = Annotated[str | None, _option("url", "--url")]
TimeoutS = Annotated[int, _option("timeout", "--timeout", min=5)]


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

    settings = _settings(
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
    settings = _settings("players", data_dir)
    from realtime.server import serve_players

    _serve(serve_players, settings, settings.host, settings.players_port, fd)


@app.command(help=words("help.admin"))
def admin(data_dir: DataDir = None, fd: Fd = None) -> None:
    settings = _settings("admin", data_dir)
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

    _run(run(_settings("worker", data_dir)))


@app.command(help=words("help.migrate"))
def migrate(data_dir: DataDir = None) -> None:
    from admin.opening import opened
    from contest import units

    async def run() -> None:
        async with opened(_settings("migrate", data_dir), migrate=True) as database, database.write() as writer:
            await units.seed(writer)

    _run(run())
    answer(words("migrated"))


@account.command("create", help=words("help.account_create"))
def account_create(
    name: AccountName,
    role: AccountRole,
    data_dir: DataDir = None,
) -> None:
    from admin import accounts
    from admin.passwords import Passwords, check_strength
    from admin.roles import Role

    accounts.check_name(name)
    password = _new_password()
    check_strength(password)

    async def run(database: "Database", now_ms: int) -> "Account":
        return await accounts.create(
            database, Passwords(), name=name, role=Role(role.value), password=password, actor="system", now_ms=now_ms
        )

    made = _with_database(data_dir, run)
    answer(words("account.created", name=made.name, role=made.role.value))


@account.command("list", help=words("help.account_list"))
def account_list(data_dir: DataDir = None) -> None:
    from admin import accounts

    async def run(database: "Database", now_ms: int) -> "list[Account]":
        async with database.read() as reader:
            return await accounts.listing(reader)

    for found in _with_database(data_dir, run):
        state = words("account.active" if found.active else "account.closed")
        answer(f"{found.id}\t{found.role.value}\t{state}\t{found.name}")


@account.command("password", help=words("help.account_password"))
def account_password(name: AccountName, data_dir: DataDir = None) -> None:
    from admin import accounts
    from admin.passwords import Passwords, check_strength

    key = accounts.check_name(name)[1]
    password = _new_password()
    check_strength(password)

    async def run(database: "Database", now_ms: int) -> "Account":
        async with database.read() as reader:
            everybody = await accounts.listing(reader)
        found = next((one for one in everybody if accounts.check_name(one.name)[1] == key), None)
        if found is None:
            raise Trouble("account_unknown", name=name)
        await accounts.set_password(database, Passwords(), found.id, password, actor="system", now_ms=now_ms)
        return found

    answer(words("account.password_set", name=_with_database(data_dir, run).name))


@token.command("create", help=words("help.token_create"))
def token_create(
    name: TokenName,
    role: TokenRole = RoleName.ORGANISER,
    data_dir: DataDir = None,
) -> None:
    from admin import tokens
    from admin.roles import Role

    async def run(database: "Database", now_ms: int) -> str:
        _, secret = await tokens.create(database, name=name, role=Role(role.value), actor="system", now_ms=now_ms)
        return secret

    secret = _with_database(data_dir, run)
    say("token.once")
    answer(secret)


@token.command("list", help=words("help.token_list"))
def token_list(data_dir: DataDir = None) -> None:
    from admin import tokens

    async def run(database: "Database", now_ms: int) -> "list[tokens.Token]":
        async with database.read() as reader:
            return await tokens.listing(reader)

    for found in _with_database(data_dir, run):
        state = words("token.active" if found.revoked_at is None else "token.revoked")
        answer(f"{found.id}\t{found.role.value}\t{state}\t{found.name}")


@token.command("revoke", help=words("help.token_revoke"))
def token_revoke(number: TokenNumber, data_dir: DataDir = None) -> None:
    from admin import tokens

    async def run(database: "Database", now_ms: int) -> None:
        await tokens.revoke(database, number, actor="system", now_ms=now_ms)

    _with_database(data_dir, run)
    answer(words("token.ended", number=number))


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
        _settings("rehearse", data_dir), code=code, phones=phones, url=url, timeout_s=timeout, as_json=as_json
    )
    raise typer.Exit(0 if passed else 1)


@app.command(help=words("help.doctor"))
def doctor(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    from admin.doctor import run_doctor

    raise typer.Exit(asyncio.run(run_doctor(_settings("doctor", data_dir), as_json=as_json)))


def _settings(process: str, data_dir: Path | None, **given: Any) -> "Settings":
    from admin import logs
    from admin.opening import settings_from

    settings = settings_from(data_dir, **given)
    logs.configure(os.environ.get("HOITHI_PROCESS", process), settings.log_level)
    return settings


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

    _run(run())


def _with_database(data_dir: Path | None, work: "Callable[[Database, int], Coroutine[Any, Any, T]]") -> T:
    """Runs `work` on a database brought up to date; works while the platform runs, and before its first start."""
    from admin.opening import opened
    from contest.clock import SystemClock

    async def run() -> T:
        async with opened(_settings("hoithi", data_dir), migrate=True) as database:
            return await work(database, SystemClock().wall_ms())

    return _run(run())


def _run(work: Coroutine[Any, Any, T]) -> T:
    import uvloop

    return uvloop.run(work)


def _new_password() -> str:
    """Asked twice on a terminal, else the first line of standard input. Never an argument: those are public."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(words("password.ask") + " ")
    if getpass.getpass(words("password.again") + " ") != password:
        raise Trouble("passwords_differ")
    return password


def main() -> None:
    """The entry point of `hoithi`."""
    from admin.trouble import language

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
