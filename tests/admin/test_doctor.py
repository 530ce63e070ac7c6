"""The doctor sees what is wrong, says what to do, and its exit code follows."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from admin.doctor import Finding, Level, examine, run_doctor
from contest import catalogue
from contest.database import Database
from contest.migrations.run import upgrade_async
from contest.provincial.secrets_box import FieldBox, recognises
from contest.settings import Settings, load_field_key
from contest.tables import installation


def settings(data_dir: Path, **given: Any) -> Settings:
    ports = {"players_port": 0, "admin_port": 0, "host": "127.0.0.1"}
    return Settings(**{"data_dir": data_dir, **ports, **given})


async def findings(given: Settings) -> dict[str, Finding]:
    return {finding.check: finding for finding in await examine(given)}


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def test_a_fresh_machine_is_ready(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = await findings(settings(tmp_path))
    assert {check: one.code for check, one in found.items() if one.level is Level.BAD} == {}
    assert found["database"].code == "database_new"
    assert found["redis"].code == "redis_idle"
    assert found["players_port"].code == "port_free"
    assert await run_doctor(settings(tmp_path)) == 0
    assert catalogue.text("vi", "cli.doctor.well") in capsys.readouterr().out


async def test_every_finding_has_words_in_both_languages(tmp_path: Path) -> None:
    source = (Path(catalogue.__file__).parent / "locale" / "cli.vi.json").read_text("utf-8")
    known = json.loads(source)
    for finding in await examine(settings(tmp_path)):
        assert f"cli.doctor.{finding.check}" in known
        assert f"cli.doctor.{finding.level.value}.{finding.code}" in known
        assert "{" not in finding.sentence


async def test_a_directory_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    blocked = settings(tmp_path / "file" / "data")
    assert (await findings(blocked))["data_dir"].level is Level.BAD
    assert await run_doctor(blocked, as_json=True) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert next(one for one in report["findings"] if one["check"] == "data_dir")["level"] == "bad"


async def test_databases_old_and_new(database_url: str, tmp_path: Path) -> None:
    given = settings(tmp_path, database_url=database_url.replace("+asyncpg", "").replace("+aiosqlite", ""))
    database = Database(database_url)
    async with database.read() as reader:
        await reader.exec_driver_sql("SELECT 1")
    assert (await findings(given))["schema"].level is Level.BAD
    await upgrade_async(database_url)
    found = await findings(given)
    assert (found["schema"].level, found["commit"].code) == (Level.OK, "commit")
    async with database.read() as reader:
        assert (await reader.execute(select(installation.c.key))).all() == []
    await database.close()


async def test_a_database_that_is_away(tmp_path: Path) -> None:
    found = await findings(settings(tmp_path, database_url="postgresql://hall:topsecret@127.0.0.1:1/hall"))
    assert found["database"].level is Level.BAD
    assert "topsecret" not in found["database"].sentence


async def test_redis_by_url(tmp_path: Path, redis_url: str) -> None:
    found = await findings(settings(tmp_path, redis_url=redis_url))
    assert found["redis"].params["server"].split()[0] in ("Redis", "Valkey")
    assert found["redis"].params["ms"] > 0
    for wrong in ("unix:///nowhere/redis.sock", "http://redis"):
        assert (await findings(settings(tmp_path, redis_url=wrong)))["redis"].level is Level.BAD


async def test_a_port_that_is_taken(tmp_path: Path, busy_port: int) -> None:
    found = await findings(settings(tmp_path, players_port=busy_port))
    assert (found["players_port"].level, found["players_port"].params["port"]) == (Level.BAD, busy_port)
    assert found["admin_port"].level is Level.OK


async def test_the_key_of_personal_data_is_looked_after(tmp_path: Path) -> None:
    given = settings(tmp_path)
    await upgrade_async(given.sql_url)
    assert (await findings(given))["field_key"].code == "field_key_new"
    assert not (tmp_path / "field.key").exists()
    database = Database(given.sql_url)
    assert await recognises(database, FieldBox(load_field_key(given)))
    await database.close()
    assert (await findings(given))["field_key"].level is Level.OK
    (tmp_path / "field.key").chmod(0o644)
    assert (await findings(given))["field_key"].code == "field_key_open"
    (tmp_path / "field.key").rename(tmp_path / "away")
    assert (await findings(given))["field_key"].code == "field_key_lost"
    load_field_key(given)
    assert (await findings(given))["field_key"].code == "field_key_wrong"
