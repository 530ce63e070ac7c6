"""The commands as an operator meets them: real processes, one clear sentence for what goes wrong."""

import json
import socket
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from admin.cli import app
from admin.trouble import words
from contest import catalogue
from tests.flows.commands import hoithi

pytestmark = pytest.mark.flow

COMMANDS = [
    ["up"],
    ["players"],
    ["admin"],
    ["worker"],
    ["migrate"],
    ["account", "create"],
    ["account", "list"],
    ["account", "password"],
    ["token", "create"],
    ["token", "list"],
    ["token", "revoke"],
    ["contest", "verify-log"],
    ["rehearse"],
    ["doctor"],
]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_and_takes_a_data_directory(command: list[str]) -> None:
    done = CliRunner().invoke(app, [*command, "--help"])
    assert done.exit_code == 0
    assert "--data-dir" in done.stdout
    assert words(f"help.{'_'.join(command)}").split()[0] in done.stdout


def test_help_is_in_vietnamese_unless_asked_otherwise() -> None:
    assert "Hội Thi: thi đố vui" in hoithi("--help", env={"HOITHI_LANG": "", "LANG": "C.UTF-8"}).stdout
    assert "live quiz contests" in hoithi("--help", env={"HOITHI_LANG": "", "LANG": "en_US.UTF-8"}).stdout


def assert_one_sentence(done: object, *parts: str) -> None:
    returncode, stdout, stderr = (getattr(done, name) for name in ("returncode", "stdout", "stderr"))
    assert returncode == 2, stderr
    assert stdout == ""
    assert len(stderr.strip().splitlines()) == 1, stderr
    for part in parts:
        assert part in stderr


def test_up_on_a_taken_port(tmp_path: Path, taken_port: int) -> None:
    common = ("up", "--data-dir", tmp_path / "data", "--host", "127.0.0.1")
    players = hoithi(*common, "--players-port", str(taken_port), "--admin-port", "0")
    assert_one_sentence(players, f"Port {taken_port} on 127.0.0.1 is taken")
    admin = hoithi(*common, "--players-port", "0", "--admin-port", str(taken_port))
    assert_one_sentence(admin, f"Port {taken_port} on 127.0.0.1 is taken")


def test_up_on_an_address_of_another_machine(tmp_path: Path) -> None:
    done = hoithi("up", "--data-dir", tmp_path, "--host", "203.0.113.7", "--players-port", "0", "--admin-port", "0")
    assert_one_sentence(done, "203.0.113.7")


@pytest.mark.parametrize("command", [["up"], ["token", "create", "x"]], ids=" ".join)
def test_a_data_directory_that_cannot_be_one(tmp_path: Path, command: list[str]) -> None:
    # Root may write where the rights say no, so a file stands in the way.
    (tmp_path / "file").write_text("")
    assert_one_sentence(hoithi(*command, "--data-dir", tmp_path / "file" / "data"), str(tmp_path), "--data-dir")
    assert_one_sentence(hoithi(*command, "--data-dir", tmp_path / "file"), str(tmp_path), "--data-dir")


@pytest.mark.parametrize(
    ("variable", "value", "part"),
    [
        ("HOITHI_REDIS_URL", "http://redis", "HOITHI_REDIS_URL"),
        ("HOITHI_REDIS_URL", "unix:///nowhere/redis.sock", "HOITHI_REDIS_URL"),
        ("HOITHI_REDIS_URL", "redis://127.0.0.1:1/0", "HOITHI_REDIS_URL"),
        ("HOITHI_DATABASE_URL", "not a url", "HOITHI_DATABASE_URL"),
        ("HOITHI_DATABASE_URL", "oracle://u:p@h/n", "HOITHI_DATABASE_URL"),
        ("HOITHI_DATABASE_URL", "postgresql://hall:topsecret@127.0.0.1:1/hall", "cannot be opened"),
        ("HOITHI_PLAYERS_PROCESSES", "many", "HOITHI_PLAYERS_PROCESSES"),
        ("HOITHI_ALLOWED_ORIGINS", "https://no.list", "HOITHI_ALLOWED_ORIGINS"),
    ],
)
def test_settings_that_cannot_work(tmp_path: Path, variable: str, value: str, part: str) -> None:
    done = hoithi(
        "up", "--data-dir", tmp_path, "--players-port", "0", "--admin-port", "0", "--host", "127.0.0.1",
        env={variable: value},
    )  # fmt: skip
    assert_one_sentence(done, part)
    assert "topsecret" not in done.stderr


def test_a_part_alone_wants_the_schema_first(tmp_path: Path) -> None:
    for part in ("players", "admin", "worker"):
        done = hoithi(part, "--data-dir", tmp_path, env={"HOITHI_PLAYERS_PORT": "0", "HOITHI_ADMIN_PORT": "0"})
        assert_one_sentence(done, "hoithi migrate")


def test_accounts_from_the_shell(tmp_path: Path) -> None:
    here = ("--data-dir", tmp_path)
    made = hoithi("account", "create", "Chị Hoa", "--role", "organiser", *here, stdin="một mật khẩu dài\n")
    assert (made.returncode, made.stderr) == (0, ""), made.stderr
    assert "Chị Hoa" in made.stdout
    listed = hoithi("account", "list", *here).stdout
    assert "organiser" in listed
    assert "Chị Hoa" in listed
    assert_one_sentence(hoithi("account", "create", "chi hoa", "--role", "host", *here, stdin="một mật khẩu dài\n"))
    assert_one_sentence(hoithi("account", "create", "Anh Ba", "--role", "host", *here, stdin="ngắn\n"))
    assert_one_sentence(hoithi("account", "create", "Anh Ba", "--role", "host", *here, stdin=""))
    assert_one_sentence(hoithi("account", "password", "Anh Ba", *here, stdin="một mật khẩu mới\n"), "Anh Ba")
    assert hoithi("account", "password", "CHỊ HOA", *here, stdin="một mật khẩu mới\n").returncode == 0
    assert hoithi("account", "create", "X", "--role", "king", *here).returncode == 2


def test_tokens_from_the_shell(tmp_path: Path) -> None:
    here = ("--data-dir", tmp_path)
    made = hoithi("token", "create", "máy chấm", *here)
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    assert set(secret) <= set(string.ascii_letters + string.digits + "-_")
    assert len(secret) > 20
    assert secret not in made.stderr
    listed = hoithi("token", "list", *here).stdout
    assert secret not in listed
    number = listed.split("\t")[0]
    assert "active" in listed
    assert hoithi("token", "revoke", number, *here).returncode == 0
    assert "revoked" in hoithi("token", "list", *here).stdout
    assert_one_sentence(hoithi("token", "revoke", "999", *here))


def test_migrate_can_be_repeated_and_keeps_the_data_private(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "data"
    for _ in range(2):
        done = hoithi("migrate", "--data-dir", data_dir)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert data_dir.stat().st_mode & 0o077 == 0
    assert (data_dir / "hoithi.sqlite3").stat().st_mode & 0o077 == 0


def test_rehearse_says_what_is_missing(tmp_path: Path) -> None:
    here = ("--data-dir", tmp_path)
    assert_one_sentence(hoithi("rehearse", "12345", *here), "6 digits")
    assert_one_sentence(hoithi("rehearse", "123456", *here), "hoithi up")
    assert_one_sentence(hoithi("rehearse", "123456", "--url", "ftp://x", *here), "ftp://x")


def test_both_languages_say_the_same_things() -> None:
    folder = Path(catalogue.__file__).parent / "locale"
    spoken = [json.loads((folder / f"cli.{language}.json").read_text("utf-8")) for language in catalogue.LANGUAGES]
    assert spoken[0].keys() == spoken[1].keys()
    for key in spoken[0]:
        placeholders = [{name for _, name, _, _ in string.Formatter().parse(one[key]) if name} for one in spoken]
        assert placeholders[0] == placeholders[1], key
