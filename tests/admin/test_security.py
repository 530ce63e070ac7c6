"""What comes from other sites, under other names, or too large."""

import httpx
import pytest

from admin.permissions import routes_of
from admin.roles import Role
from admin.security import BODY_LIMIT, SAFE_METHODS, host_allowed
from tests.admin.conftest import ORIGIN, Staff, handshake
from tests.admin.test_permissions import filled

CROSS_SITE = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://evil-localhost"},
    {"Origin": "http://localhost:81"},
    {"Origin": "https://localhost"},
    {},
]


@pytest.mark.parametrize("headers", CROSS_SITE, ids=lambda headers: " ".join(headers.values()) or "neither")
async def test_cross_site_requests_are_refused_everywhere(staff: Staff, headers: dict[str, str]) -> None:
    """The list of routes is the router's own."""
    client = await staff.signed_in(Role.ADMINISTRATOR)
    del client.headers["Origin"]
    tried = 0
    for method, path, _ in routes_of(staff.app):
        if method in SAFE_METHODS or method == "WS":
            continue
        response = await client.request(method, filled(path), headers=headers)
        assert (response.status_code, response.json()["code"]) == (403, "cross_site"), (method, path)
        tried += 1
    assert tried > 20
    assert (await client.get("/api/me")).status_code == 200, "nothing signed the session out"


async def test_without_a_session_a_program_may_leave_both_out(staff: Staff) -> None:
    async with staff.client() as program:
        response = await program.post("/api/quizzes", json={"title": "a", "questions": []})
    assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")


async def test_same_origin_and_programs_pass(staff: Staff) -> None:
    client = await staff.signed_in(Role.ADMINISTRATOR)
    token = (await client.post("/api/tokens", json={"name": "máy", "role": "organiser"})).json()["token"]
    for headers in ({"Origin": ORIGIN}, {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}):
        response = await client.post("/api/quizzes", json={"title": "a", "questions": []}, headers=headers)
        assert response.status_code == 201
    async with staff.client(Authorization=f"Bearer {token}", Origin="https://elsewhere.example") as program:
        response = await program.post("/api/quizzes", json={"title": "a", "questions": []})
    assert response.status_code == 201, "no page can make a browser send a bearer token"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (ORIGIN, 101),
        ("https://evil.example", 403),
        ("null", 403),
        ("http://localhost.evil.example", 403),
        ("http://evillocalhost", 403),
        ("http://localhost:9999", 403),
        (None, 403),
    ],
)
async def test_socket_handshakes(staff: Staff, origin: str | None, status: int) -> None:
    client = await staff.signed_in(Role.HOST)
    headers = [("Cookie", client.headers["Cookie"]), *([("Origin", origin)] if origin else [])]
    assert await handshake(staff.app, "/ws/host", headers) == status


async def test_socket_with_bearer_needs_no_origin(staff: Staff) -> None:
    client = await staff.signed_in(Role.ADMINISTRATOR)
    token = (await client.post("/api/tokens", json={"name": "máy", "role": "host"})).json()["token"]
    assert await handshake(staff.app, "/ws/host", [("Authorization", f"Bearer {token}")]) == 101
    assert await handshake(staff.app, "/ws/host", [("Authorization", "Bearer wrong")]) == 403


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True),
        ("localhost:8001", True),
        ("192.168.1.7:8001", True),
        ("[::1]:8001", True),
        ("thi.example.vn", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("localhost:8001@evil.example", False),
        ("[::1].evil.example", False),
        ("", False),
    ],
)
def test_host_header(host: str, allowed: bool) -> None:
    assert host_allowed(host, frozenset({"localhost", "thi.example.vn"})) is allowed


async def test_a_poisoned_host_reaches_no_link(staff: Staff) -> None:
    client = await staff.signed_in(Role.ORGANISER)
    response = await client.get("/", headers={"Host": "evil.example"})
    assert (response.status_code, response.json()["code"]) == (400, "host_not_allowed")
    response = await client.get("/about", headers={"X-Forwarded-Host": "evil.example"})
    assert response.status_code == 200
    assert "evil.example" not in response.text
    assert "https://thi.example.vn" in response.text


async def test_bodies_have_a_limit_even_without_a_length(staff: Staff) -> None:
    client = await staff.signed_in(Role.ORGANISER)
    declared = await client.post("/api/quizzes", content=b"x" * (BODY_LIMIT + 1))
    assert (declared.status_code, declared.json()["code"]) == (413, "body_too_large")

    async def chunks() -> object:
        for _ in range(BODY_LIMIT // 65536 + 2):
            yield b"x" * 65536

    chunked = await client.post("/api/quizzes", content=chunks())
    assert chunked.status_code == 413


@pytest.mark.parametrize("path", ["/login", "/quizzes", "/api/me", "/static/admin.css", "/nowhere", "/api/nowhere"])
async def test_headers_of_every_answer(staff: Staff, path: str) -> None:
    client = await staff.signed_in(Role.HOST)
    headers = (await client.get(path)).headers
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")


async def test_pages_have_nothing_the_policy_forbids(staff: Staff) -> None:
    """No inline script, style or handler, and nothing from another host."""
    client = await staff.signed_in(Role.ADMINISTRATOR)
    for method, path, _ in routes_of(staff.app):
        if method != "GET" or "{" in path or path.startswith(("/api/openapi", "/metrics", "/api/quizzes")):
            continue
        response = await client.get(path, headers={"Accept": "text/html"})
        if not response.headers.get("content-type", "").startswith("text/html"):
            continue
        page = response.text
        assert " style=" not in page, path
        assert "<style" not in page, path
        assert " onclick=" not in page, path
        assert page.count("<script") == page.count('<script defer src="/static/'), path
        assert "//cdn" not in page, path


async def test_failures_say_nothing_of_the_inside(staff: Staff) -> None:
    """A 500 has a number to report and no trace."""

    @staff.app.get("/api/broken")
    async def broken() -> None:
        raise ZeroDivisionError("secret detail")

    async with staff.client() as client:
        response: httpx.Response = await client.get("/api/broken")
    assert response.status_code == 500
    assert response.json()["code"] == "internal"
    assert "secret" not in response.text
    assert "Traceback" not in response.text
