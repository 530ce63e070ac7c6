"""The staff's side for browser tests: sign-in by the printed link, quizzes and rounds by the API."""

import re
import secrets
import time
from typing import Any

import httpx
from playwright.sync_api import StorageState, StorageStateCookie

from tests.flows.commands import Up

PASSWORD = "một câu dễ nhớ 2026"
SETUP = re.compile(r"http\S+/setup#(\S+)")


def setup_link(up: Up, within_s: float = 10) -> str:
    """The one-time link that the first start prints."""
    deadline = time.monotonic() + within_s
    while not (found := SETUP.search(up.output)):
        assert time.monotonic() < deadline, f"no set-up link:\n{up.output[-3000:]}"
        time.sleep(0.05)
    return found[0]


class Staff:
    """The first administrator of a platform, signed in."""

    def __init__(self, up: Up, name: str = "Hương") -> None:
        self.up = up
        self.players, self.admin = up.wait_ready()
        self.http = httpx.Client(base_url=self.admin, headers={"Origin": self.admin}, timeout=30)
        secret = setup_link(up).partition("#")[2]
        reply = self.http.post("/setup", data={"secret": secret, "name": name, "password": PASSWORD})
        assert reply.status_code in (302, 303), reply.text

    def close(self) -> None:
        self.http.close()

    def storage(self, lang: str = "vi") -> StorageState:
        """The session as a browser keeps it."""
        jar = {**{cookie.name: cookie.value or "" for cookie in self.http.cookies.jar}, "hoithi_lang": lang}
        cookies: list[StorageStateCookie] = [
            {
                "name": name,
                "value": value,
                "domain": "127.0.0.1",
                "path": "/",
                "expires": -1,
                "httpOnly": False,
                "secure": False,
                "sameSite": "Lax",
            }
            for name, value in jar.items()
        ]
        return {"cookies": cookies}

    def quiz(self, questions: list[dict[str, Any]], title: str = "Bài thử") -> int:
        reply = self.http.post("/api/quizzes", json={"title": title, "questions": questions})
        assert reply.status_code == 201, reply.text
        return int(reply.json()["id"])

    def round(self, quiz_id: int, **settings: Any) -> "Round":
        body = {"quiz_id": quiz_id, "mode": "points", "scoring": "exact", "reading_seconds": 0, **settings}
        reply = self.http.post("/api/rounds", json=body)
        assert reply.status_code == 201, reply.text
        return Round(self, reply.json()["id"], reply.json()["code"])

    def name(self) -> str:
        """A name no other test uses."""
        return f"Bạn {secrets.token_hex(3)}"


class Round:
    """One live round, run by API."""

    def __init__(self, staff: Staff, round_id: int, code: str) -> None:
        self.staff, self.id, self.code = staff, round_id, code
        self.url = f"{staff.players}/{code}"
        self.console = f"{staff.admin}/host/{round_id}"

    def command(self, name: str, **given: Any) -> dict[str, Any]:
        reply = self.staff.http.post(f"/api/rounds/{self.id}/commands", json={"command": name, **given})
        assert reply.status_code == 200, (name, reply.text)
        return dict(reply.json())

    def get(self, path: str = "") -> Any:
        reply = self.staff.http.get(f"/api/rounds/{self.id}{path}")
        assert reply.status_code == 200, reply.text
        return reply.json()

    def phase(self, wanted: str, within_s: float = 20) -> None:
        deadline = time.monotonic() + within_s
        while (now := self.get()["phase"]) != wanted:
            assert time.monotonic() < deadline, f"{now}, not {wanted}"
            time.sleep(0.05)

    def to(self, wanted: str) -> None:
        """`next` until the round is in this phase; what a timer does meanwhile is not done twice."""
        while (now := self.get())["phase"] != wanted:
            if now["phase"] == "closing":
                time.sleep(0.05)
                continue
            body = {"command": "next", "version": now["version"]}
            reply = self.staff.http.post(f"/api/rounds/{self.id}/commands", json=body)
            assert reply.status_code in (200, 409), reply.text

    def stage_url(self) -> str:
        reply = self.staff.http.post(f"/api/rounds/{self.id}/stage-token", json={})
        assert reply.status_code == 200, reply.text
        return str(reply.json()["url"])
