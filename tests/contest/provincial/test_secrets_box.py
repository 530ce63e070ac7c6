"""Personal data at rest: sealed, found by hash, and nothing without the key."""

import asyncio
import base64
import stat
from pathlib import Path

import pytest

from contest.database import Database
from contest.errors import Invalid
from contest.provincial import phone_codes
from contest.provincial.phone_codes import SlowDown
from contest.provincial.secrets_box import FieldBox, Unreadable, new_key, recognises
from contest.settings import Settings, load_field_key
from tests.contest.provincial.people_support import DAY, NOW

PHONE = "+84912345678"


def test_what_is_sealed_is_opened_by_the_same_key_only() -> None:
    key = new_key()
    box, other = FieldBox(key), FieldBox(new_key())
    sealed = box.seal("Ê Đê ƀ 066090012345")
    assert FieldBox(key).open(sealed) == "Ê Đê ƀ 066090012345"
    assert box.seal("a") != box.seal("a")
    assert "066090012345" not in sealed
    changed = sealed[:-4] + ("AAAA" if sealed[-4:] != "AAAA" else "BBBB")
    for wrong in (lambda: other.open(sealed), lambda: box.open(changed), lambda: box.open("1:?"), lambda: box.open("")):
        with pytest.raises(Unreadable):
            wrong()
    assert box.open_or_none(None) is None
    assert box.seal_or_none("") is None


def test_digests_depend_on_key_kind_and_text() -> None:
    box = FieldBox(new_key())
    assert box.digest("phone", "1") == box.digest("phone", "1")
    assert len({box.digest("phone", "1"), box.digest("id", "1"), box.digest("phone", "2"),
                FieldBox(new_key()).digest("phone", "1")}) == 4  # fmt: skip


def test_the_first_start_makes_a_key_that_others_find(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    key = load_field_key(settings)
    path = tmp_path / "new" / "field.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_field_key(settings) == key
    assert [one.name for one in path.parent.iterdir()] == ["field.key"]
    told = base64.b64encode(b"k" * 32).decode()
    assert load_field_key(settings.model_copy(update={"field_key": told})) == b"k" * 32
    for wrong in ("", "abc", "k" * 44):
        path.write_text(wrong)
        with pytest.raises(ValueError, match="32 bytes"):
            load_field_key(settings)


async def test_a_database_knows_its_key(db: Database) -> None:
    box = FieldBox(new_key())
    assert all(await asyncio.gather(*(recognises(db, box) for _ in range(5))))
    assert not await recognises(db, FieldBox(new_key()))
    assert await recognises(db, box)


async def test_a_code_is_good_five_times_five_minutes_and_once(db: Database) -> None:
    box = FieldBox(new_key())
    issued = await phone_codes.issue(db, box, PHONE, now_ms=NOW)
    wrong = "000000" if issued.code != "000000" else "000001"
    tries = await asyncio.gather(
        *(phone_codes.check(db, box, PHONE, wrong, now_ms=NOW) for _ in range(12)), return_exceptions=True
    )
    assert sorted(one.code for one in tries if isinstance(one, Invalid)) == ["code_expired"] * 7 + ["code_wrong"] * 5
    with pytest.raises(Invalid, match="code_expired"):
        await phone_codes.check(db, box, PHONE, issued.code, now_ms=NOW)
    second = await phone_codes.issue(db, box, PHONE, now_ms=NOW + phone_codes.PAUSE_MS)
    with pytest.raises(Invalid, match="code_expired"):
        await phone_codes.check(
            db, box, PHONE, second.code, now_ms=NOW + phone_codes.PAUSE_MS + phone_codes.LIFETIME_MS
        )
    right = await asyncio.gather(
        *(phone_codes.check(db, box, PHONE, second.code, now_ms=NOW + phone_codes.PAUSE_MS) for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(one is None for one in right) == 1


async def test_codes_have_a_budget(db: Database) -> None:
    box = FieldBox(new_key())
    outcomes = await asyncio.gather(
        *(phone_codes.issue(db, box, PHONE, now_ms=NOW) for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(one, phone_codes.Issued) for one in outcomes) == 1
    for n in range(1, phone_codes.PER_PHONE_DAY):
        await phone_codes.issue(db, box, PHONE, now_ms=NOW + n * phone_codes.PAUSE_MS)
    with pytest.raises(SlowDown):
        await phone_codes.issue(db, box, PHONE, now_ms=NOW + 10 * phone_codes.PAUSE_MS)
    await phone_codes.issue(db, box, "+84900000001", now_ms=NOW + 10 * phone_codes.PAUSE_MS)
    await phone_codes.issue(db, box, PHONE, now_ms=NOW + DAY + 10 * phone_codes.PAUSE_MS)
