"""`hoithi account …` and `hoithi token …`: who may come in, from the shell of the machine.

Never takes a secret as an argument: those are public to every user of the machine.
"""

import getpass
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from admin.command_line import DataDir, group, option, with_database
from admin.roles import Role
from admin.trouble import Trouble, answer, say, words

if TYPE_CHECKING:
    from admin.accounts import Account
    from admin.tokens import Token
    from contest.database import Database

account = group("account")
token = group("token")

AccountRole = Annotated[Role, option("role", "--role")]
TokenRole = Annotated[Role, option("token_role", "--role")]
AccountName = Annotated[str, typer.Argument(help=words("help.name"))]
TokenName = Annotated[str, typer.Argument(help=words("help.token_name"))]
TokenNumber = Annotated[int, typer.Argument(help=words("help.token_number"))]


@account.command("create", help=words("help.account_create"))
def account_create(
    name: AccountName,
    role: AccountRole,
    data_dir: DataDir = None,
) -> None:
    from admin import accounts
    from admin.passwords import Passwords, check_strength

    accounts.check_name(name)
    password = _new_password()
    check_strength(password)

    async def run(database: "Database", now_ms: int) -> "Account":
        return await accounts.create(
            database, Passwords(), name=name, role=role, password=password, actor="system", now_ms=now_ms
        )

    made = with_database(data_dir, run)
    answer(words("account.created", name=made.name, role=made.role.value))


@account.command("list", help=words("help.account_list"))
def account_list(data_dir: DataDir = None) -> None:
    from admin import accounts

    async def run(database: "Database", now_ms: int) -> "list[Account]":
        async with database.read() as reader:
            return await accounts.listing(reader)

    for found in with_database(data_dir, run):
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

    answer(words("account.password_set", name=with_database(data_dir, run).name))


@token.command("create", help=words("help.token_create"))
def token_create(
    name: TokenName,
    role: TokenRole = Role.ORGANISER,
    data_dir: DataDir = None,
) -> None:
    from admin import tokens

    async def run(database: "Database", now_ms: int) -> str:
        _, secret = await tokens.create(database, name=name, role=role, actor="system", now_ms=now_ms)
        return secret

    secret = with_database(data_dir, run)
    say("token.once")
    answer(secret)


@token.command("list", help=words("help.token_list"))
def token_list(data_dir: DataDir = None) -> None:
    from admin import tokens

    async def run(database: "Database", now_ms: int) -> "list[Token]":
        async with database.read() as reader:
            return await tokens.listing(reader)

    for found in with_database(data_dir, run):
        state = words("token.active" if found.revoked_at is None else "token.revoked")
        answer(f"{found.id}\t{found.role.value}\t{state}\t{found.name}")


@token.command("revoke", help=words("help.token_revoke"))
def token_revoke(number: TokenNumber, data_dir: DataDir = None) -> None:
    from admin import tokens

    async def run(database: "Database", now_ms: int) -> None:
        await tokens.revoke(database, number, actor="system", now_ms=now_ms)

    with_database(data_dir, run)
    answer(words("token.ended", number=number))


def _new_password() -> str:
    """Asked twice on a terminal, else the first line of standard input. Never an argument: those are public."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(words("password.ask") + " ")
    if getpass.getpass(words("password.again") + " ") != password:
        raise Trouble("passwords_differ")
    return password
