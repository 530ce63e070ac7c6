"""Signing in and out, sessions, and how often one may guess."""

import time

import pytest

from admin import accounts, sessions
from admin.roles import Role
from admin.throttle import LOGIN_BY_BOTH, Throttle, Throttled
from scoring.redis_client import connect
from tests.admin.conftest import ORIGIN, PASSWORD, Staff


async def test_signing_in_and_out(staff: Staff) -> None:
    account = await staff.account(Role.ORGANISER, "Trần Thị Ngọc Ánh")
    async with staff.client(Origin=ORIGIN) as client:
        # The folded name is enough: people type without diacritics.
        response = await client.post("/login", data={"name": "tran thi ngoc anh", "password": PASSWORD, "next": "/x"})
        assert (response.status_code, response.headers["location"]) == (303, "/x")
        cookie = response.headers["set-cookie"]
        assert cookie.startswith("hoithi=")
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        secret = cookie.removeprefix("hoithi=").partition(";")[0]
        signed_in = {"Cookie": f"hoithi={secret}"}
        assert (await client.get("/api/me", headers=signed_in)).json()["name"] == "Trần Thị Ngọc Ánh"
        assert (await client.post("/logout", headers=signed_in)).headers["location"] == "/login"
        assert (await client.get("/api/me", headers=signed_in)).status_code == 401
    async with staff.services.db.read() as reader:
        assert (await accounts.get(reader, account.id)).active


async def test_cookie_over_https_is_bound_to_the_host(staff: Staff) -> None:
    await staff.account(Role.HOST, "lan")
    async with staff.client(Origin="https://localhost") as client:
        response = await client.post("https://localhost/login", data={"name": "lan", "password": PASSWORD})
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-hoithi=")
    assert "Secure" in cookie
    assert "Domain" not in cookie
    assert "max-age=31536000" in response.headers["strict-transport-security"]


async def test_answers_do_not_tell_which_names_exist(staff: Staff) -> None:
    await staff.account(Role.HOST, "co that")
    closed = await staff.account(Role.HOST, "da khoa")
    now_ms = staff.clock.wall_ms()
    await accounts.set_active(staff.services.db, closed.id, False, actor="system", now_ms=now_ms)
    pages = set()
    async with staff.client(Origin=ORIGIN) as client:
        for name, password in (("co that", "sai mat khau"), ("khong co", "sai mat khau"), ("da khoa", PASSWORD)):
            response = await client.post("/login", data={"name": name, "password": password})
            assert response.status_code == 403
            assert "set-cookie" not in response.headers
            pages.add(response.text.replace(name, "NAME"))
    assert len(pages) == 1


async def test_an_unknown_name_takes_as_long(staff: Staff) -> None:
    """Both run one Argon2 of full strength; a factor of three is far from none at all."""
    passwords, db = staff.services.passwords, staff.services.db
    await accounts.create(
        db, passwords, name="that", role=Role.HOST, password="mot cau de nho", actor="system", now_ms=0
    )
    await accounts.authenticate(db, passwords, name="khong co", password="x")
    spent = {}
    for name in ("that", "khong co"):
        began = time.perf_counter()
        assert await accounts.authenticate(db, passwords, name=name, password="sai roi nhe") is None
        spent[name] = time.perf_counter() - began
    assert max(spent.values()) < 3 * min(spent.values())


async def test_weak_hashes_are_replaced_at_the_next_sign_in(staff: Staff) -> None:
    await staff.account(Role.HOST, "cu")
    services = staff.services
    assert await accounts.authenticate(services.db, services.passwords, name="cu", password=PASSWORD) is not None
    async with services.db.read() as reader:
        row = await reader.exec_driver_sql("SELECT password_hash FROM accounts WHERE name_key = 'cu'")
        assert "m=65536" in str(row.scalar_one())
    assert await accounts.authenticate(services.db, services.passwords, name="cu", password=PASSWORD) is not None


async def test_guesses_are_throttled(staff: Staff) -> None:
    await staff.account(Role.ADMINISTRATOR, "dich")
    tried = refused = 0
    async with staff.client(Origin=ORIGIN) as client:
        for number in range(40):
            response = await client.post("/login", data={"name": "dich", "password": f"doan {number}"})
            tried += response.status_code == 403
            refused += response.status_code == 429
        assert (tried, refused) == (10, 30)
        assert int(response.headers["retry-after"]) > 600
        right = await client.post("/login", data={"name": "dich", "password": PASSWORD})
        assert right.status_code == 429, "the right password is not tried either"


async def test_limits_hold_without_redis() -> None:
    redis = connect("unix:///nonexistent/redis.sock")
    now = [0.0]
    throttle = Throttle(redis, monotonic=lambda: now[0])
    for _ in range(LOGIN_BY_BOTH.attempts):
        await throttle.attempt([(LOGIN_BY_BOTH, "a|1")])
    with pytest.raises(Throttled):
        await throttle.attempt([(LOGIN_BY_BOTH, "a|1")])
    await throttle.attempt([(LOGIN_BY_BOTH, "b|1")])
    now[0] += LOGIN_BY_BOTH.window_ms / 1000
    await throttle.attempt([(LOGIN_BY_BOTH, "a|1")])
    await redis.aclose()


async def test_limits_are_shared_by_processes_and_forgiven(admin_redis: str) -> None:
    redis = connect(admin_redis)
    first, second = Throttle(redis), Throttle(redis)
    for _ in range(LOGIN_BY_BOTH.attempts):
        await first.attempt([(LOGIN_BY_BOTH, "shared|1")])
    with pytest.raises(Throttled):
        await second.attempt([(LOGIN_BY_BOTH, "shared|1")])
    await first.forgive([(LOGIN_BY_BOTH, "shared|1")])
    third = Throttle(redis)
    await third.attempt([(LOGIN_BY_BOTH, "shared|1")])
    await redis.aclose()


async def test_sessions_end(staff: Staff) -> None:
    """By idleness, by age, by signing out everywhere, by closing the account, by a new password."""
    account = await staff.account(Role.ORGANISER, "nguoi")

    async def status(client: object) -> int:
        return int((await client.get("/api/me")).status_code)  # type: ignore[attr-defined]

    idle = await staff.session_of(account)
    staff.clock.advance(sessions.IDLE_MS - 1000)
    assert await status(idle) == 200
    staff.clock.advance(sessions.IDLE_MS - 1000)
    assert await status(idle) == 200, "using it slides the expiry forward"
    staff.clock.advance(sessions.IDLE_MS + 1000)
    assert await status(idle) == 401

    old = await staff.session_of(account)
    for _ in range(int(sessions.ABSOLUTE_MS / (sessions.IDLE_MS / 2))):
        assert await status(old) == 200
        staff.clock.advance(sessions.IDLE_MS // 2)
    assert await status(old) == 401, "seven days are the end, however busy"

    one, two = await staff.session_of(account), await staff.session_of(account)
    await one.post("/logout", data={"everywhere": "true"})
    assert await status(two) == 401

    now_ms = staff.clock.wall_ms()
    three = await staff.session_of(account)
    services = staff.services
    await accounts.set_password(
        services.db, services.passwords, account.id, "cau moi that dai", actor="x", now_ms=now_ms
    )
    assert await status(three) == 401

    four = await staff.session_of(account)
    await accounts.set_active(services.db, account.id, False, actor="x", now_ms=now_ms)
    assert await status(four) == 401


async def test_no_session_fixation_and_no_open_redirect(staff: Staff) -> None:
    await staff.account(Role.HOST, "lan")
    async with staff.client(Origin=ORIGIN, Cookie="hoithi=planted") as client:
        for back in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
            response = await client.post("/login", data={"name": "lan", "password": PASSWORD, "next": back})
            assert response.headers["location"] == "/"
            assert "planted" not in response.headers["set-cookie"]


async def test_the_last_administrator_stays(staff: Staff) -> None:
    client = await staff.signed_in(Role.ADMINISTRATOR, "mot")
    only = (await client.get("/api/accounts")).json()[0]["id"]
    for change in ({"active": False}, {"role": "host"}):
        response = await client.patch(f"/api/accounts/{only}", json=change)
        assert (response.status_code, response.json()["code"]) == (409, "last_administrator")
    await staff.account(Role.ADMINISTRATOR, "hai")
    assert (await client.patch(f"/api/accounts/{only}", json={"role": "host"})).status_code == 200


@pytest.mark.parametrize(
    ("password", "code"),
    [("ngan", "password_short"), ("1234567890", "password_common"), ("Mật Khẩu 123", "password_common")],
)
async def test_weak_passwords(staff: Staff, password: str, code: str) -> None:
    client = await staff.signed_in(Role.ADMINISTRATOR)
    response = await client.post("/api/accounts", json={"name": "x", "role": "host", "password": password})
    assert (response.status_code, response.json()["code"]) == (422, code)


async def test_names_are_unique_on_their_folded_key(staff: Staff) -> None:
    client = await staff.signed_in(Role.ADMINISTRATOR)
    body = {"name": "Nguyễn Đức", "role": "host", "password": "mot cau de nho"}
    assert (await client.post("/api/accounts", json=body)).status_code == 201
    response = await client.post("/api/accounts", json={**body, "name": "NGUYEN duc"})
    assert (response.status_code, response.json()["code"]) == (409, "account_exists")


async def test_tokens_are_shown_once_and_revocable(staff: Staff) -> None:
    client = await staff.signed_in(Role.ADMINISTRATOR)
    made = (await client.post("/api/tokens", json={"name": "máy tính điểm", "role": "organiser"})).json()
    assert made["token"] not in (await client.get("/api/tokens")).text
    async with staff.client(Authorization=f"Bearer {made['token']}") as program:
        assert (await program.get("/api/me")).json()["role"] == "organiser"
        assert (await client.delete(f"/api/tokens/{made['id']}")).status_code == 204
        assert (await program.get("/api/me")).status_code == 401
    actions = [entry["action"] for entry in (await client.get("/api/audit?action=token")).json()]
    assert actions == ["token.revoke", "token.create"]
