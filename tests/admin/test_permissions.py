"""Every role on every route of the real app, and what belongs to somebody else."""

import re

import httpx
import pytest

from admin.permissions import PUBLIC, TABLE, Permission, check_routes, declared, routes_of
from admin.roles import Role
from tests.admin.conftest import ORIGIN, Staff, handshake

EVERYBODY = set(Role)
ORGANISERS = {Role.ORGANISER, Role.ADMINISTRATOR}
ADMINISTRATORS = {Role.ADMINISTRATOR}
# Written by hand, from what the organisers were promised; the table in the code must say the same.
WHO_MAY = {
    Permission.PROFILE: EVERYBODY,
    Permission.QUIZZES_READ: EVERYBODY,
    Permission.ROUNDS_CREATE: EVERYBODY,
    Permission.ROUNDS_RUN: EVERYBODY,
    Permission.ROUNDS_ALL: ORGANISERS,
    Permission.QUIZZES_WRITE: ORGANISERS,
    Permission.CONTESTS_READ: ORGANISERS,
    Permission.CONTESTS_WRITE: ORGANISERS,
    Permission.CONTESTS_PUBLISH: ORGANISERS,
    Permission.PEOPLE_READ: ORGANISERS,
    Permission.FESTIVALS_RUN: EVERYBODY,
    Permission.FESTIVALS_WRITE: ORGANISERS,
    Permission.MOVEMENT_READ: ORGANISERS,
    Permission.MOVEMENT_WRITE: ORGANISERS,
    Permission.FEED_READ: ORGANISERS,
    Permission.FEED_MANAGE: ADMINISTRATORS,
    Permission.AUDIT_READ: ORGANISERS,
    Permission.METRICS_READ: ORGANISERS,
    Permission.ACCOUNTS_MANAGE: ADMINISTRATORS,
    Permission.TOKENS_MANAGE: ADMINISTRATORS,
}
QUIZ = {"title": "Bộ thử", "questions": [{"type": "true_false", "stem_vi": "Đúng?", "answer": ["T"]}]}


def test_table_says_who_may() -> None:
    assert {permission: {role for role in Role if permission in TABLE[role]} for permission in Permission} == WHO_MAY


def filled(path: str) -> str:
    """The path with ids of things that do not exist: past the door there is only 404."""
    named = path.replace("{code}", "123456").replace("{fmt}", "xlsx").replace("{surface}", "phone")
    return re.sub(r"\{[a-z_]+\}", "987654", named)


async def test_every_role_on_every_route(staff: Staff) -> None:
    """Past the door means any answer but 401, 403 or a way to the sign-in page."""
    wrong = []
    count = 0
    for role in (None, *Role):
        for method, path, route in routes_of(staff.app):
            # A session of its own each time, because some of the routes end it.
            client = staff.client(Origin=ORIGIN) if role is None else await staff.signed_in(role, f"{role} {count}")
            count += 1
            public = (method, path) in PUBLIC
            expected = public or (role is not None and role in WHO_MAY[declared(route)[0]])
            if method == "WS":
                headers = [("Origin", ORIGIN), ("Cookie", client.headers.get("Cookie", ""))]
                got = await handshake(staff.app, path, headers) == 101
            else:
                response = await client.request(method, filled(path), headers={"Accept": "text/html"})
                # Signing out leads there too, but then it takes the cookie away.
                away = (
                    response.headers.get("location", "").startswith("/login") and "set-cookie" not in response.headers
                )
                got = response.status_code not in (401, 403) and not away
                # Public forms refuse what they are given, not who gives it.
                got = got or (public and response.status_code == 403)
            if got is not expected:
                wrong.append((role, method, path, "let in" if got else "kept out"))
            await client.aclose()
    assert wrong == []
    assert count > 4 * 60


async def test_programs_are_told_apart(staff: Staff) -> None:
    """401 without a token, 403 with one that may not, as problem documents."""
    async with staff.client() as nobody:
        response = await nobody.get("/api/accounts")
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "not_signed_in"
    host = await staff.signed_in(Role.HOST)
    response = await host.get("/api/accounts")
    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")


async def test_a_wrong_bearer_is_not_rescued_by_a_cookie(staff: Staff) -> None:
    client = await staff.signed_in(Role.ADMINISTRATOR)
    assert (await client.get("/api/me")).status_code == 200
    assert (await client.get("/api/me", headers={"Authorization": "Bearer wrong"})).status_code == 401


async def quiz_of(client: httpx.AsyncClient) -> int:
    return int((await client.post("/api/quizzes", json=QUIZ)).json()["id"])


ROUND_ROUTES = [
    ("GET", "/api/rounds/{id}"),
    ("POST", "/api/rounds/{id}/commands"),
    ("GET", "/api/rounds/{id}/standings"),
    ("GET", "/api/rounds/{id}/answers"),
    ("GET", "/api/rounds/{id}/seats"),
    ("GET", "/api/rounds/{id}/questions"),
    ("POST", "/api/rounds/{id}/stage-token"),
    ("GET", "/api/rounds/{id}/export.json"),
    ("POST", "/api/rounds/{id}/next"),
    ("GET", "/api/rounds/{id}/teams"),
    ("GET", "/api/rounds/{id}/words"),
    ("GET", "/rounds/{id}"),
    ("GET", "/rounds/{id}/next"),
    ("POST", "/rounds/{id}/next"),
    ("GET", "/host/{id}"),
]


async def test_round_routes_are_all_listed(staff: Staff) -> None:
    of_rounds = {(m, re.sub(r"\{round_id\}", "{id}", p)) for m, p, _ in routes_of(staff.app) if "{round_id}" in p}
    assert of_rounds == {(m, p.replace("export.json", "export.{fmt}")) for m, p in ROUND_ROUTES}


@pytest.mark.parametrize("role", list(Role))
async def test_somebody_elses_round(staff: Staff, role: Role) -> None:
    """A host finds nothing of another host's round; organisers see all."""
    organiser = await staff.signed_in(Role.ORGANISER, "chủ")
    quiz_id = await quiz_of(organiser)
    owner = await staff.signed_in(Role.HOST, "người dẫn một")
    made = (await owner.post("/api/rounds", json={"quiz_id": quiz_id})).json()
    other = await staff.signed_in(role, "người khác")
    bodies = {"/api/rounds/{id}/commands": {"command": "lock"}, "/api/rounds/{id}/next": {"quiz_id": quiz_id}}
    for method, path in ROUND_ROUTES:
        response = await other.request(
            method,
            path.format(id=made["id"]),
            json=bodies.get(path),
            headers={"Accept": "application/json"},
        )
        assert (response.status_code == 404) is (role is Role.HOST), (method, path, response.status_code)
    listed = [row["id"] for row in (await other.get("/api/rounds")).json()]
    assert (made["id"] in listed) is (role is not Role.HOST)


def test_an_undeclared_route_stops_the_start(staff: Staff) -> None:
    @staff.app.get("/forgotten")
    async def forgotten() -> None: ...

    with pytest.raises(RuntimeError, match="/forgotten"):
        check_routes(staff.app)
