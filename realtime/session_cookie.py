"""The cookie that a session's secret travels in: no script reads it, no other site sends it.

Never knows whose session it is.
"""

from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """One kind of session on the players' server."""

    name: str
    lasts_ms: int

    @property
    def secure_name(self) -> str:
        """`__Host-` binds the cookie to this very host, but browsers take it over HTTPS only."""
        return f"__Host-{self.name}"

    def named(self, connection: HTTPConnection) -> str:
        """The name under which it travels on this connection."""
        return self.secure_name if _secure(connection) else self.name

    def secret_of(self, connection: HTTPConnection) -> str | None:
        """The secret that came with the request, whatever it is worth."""
        return connection.cookies.get(self.named(connection)) or None

    def remember(self, connection: HTTPConnection, response: Response, secret: str) -> None:
        """Hands the session to the browser."""
        response.set_cookie(
            self.named(connection),
            secret,
            max_age=self.lasts_ms // 1000,
            path="/",
            secure=_secure(connection),
            httponly=True,
            samesite="lax",
        )

    def forget(self, connection: HTTPConnection, response: Response) -> None:
        """Takes the cookie away."""
        response.delete_cookie(
            self.named(connection), path="/", secure=_secure(connection), httponly=True, samesite="lax"
        )


def _secure(connection: HTTPConnection) -> bool:
    return connection.url.scheme in ("https", "wss")
