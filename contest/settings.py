"""Every setting of the platform, read from `HOITHI_…` variables by the composition roots only.

Everything below the roots receives values. ARCHITECTURE.md's table of settings is kept in step by a test.
"""

import base64
import binascii
import os
import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set. All have defaults that run on one laptop."""

    model_config = SettingsConfigDict(env_prefix="HOITHI_", extra="ignore")

    data_dir: Path = Field(default=Path("data"), description="Database, private Redis socket and logs live here.")
    database_url: str | None = Field(
        default=None,
        description="PostgreSQL by URL (postgresql://user:password@host/name); unset: SQLite in the data directory.",
    )
    redis_url: str | None = Field(
        default=None,
        description="Redis or Valkey by URL (redis://, rediss://, unix://, redis+sentinel://h1,h2/service, "
        "redis+cluster://h1,h2); unset: a private child in the data directory.",
    )
    host: str = Field(
        default="0.0.0.0",
        description="Address the players server listens on.",
    )
    admin_host: str = Field(default="127.0.0.1", description="Address the admin server listens on.")
    players_port: int = Field(default=8000, ge=0, le=65535, description="Port of the players server.")
    admin_port: int = Field(default=8001, ge=0, le=65535, description="Port of the admin server.")
    players_processes: int = Field(default=1, ge=1, le=64, description="How many players processes share the port.")
    public_url: str | None = Field(
        default=None,
        description="What phones type or scan, e.g. https://thi.example.vn; unset: the machine's own LAN address.",
    )
    admin_url: str | None = Field(default=None, description="How staff reach the admin server, when behind a proxy.")
    allowed_origins: list[str] = Field(
        default_factory=list, description="Further web origins that may open sockets or post (JSON list)."
    )
    trusted_proxies: list[str] = Field(
        default_factory=lambda: ["127.0.0.1", "::1"],
        description="Addresses of reverse proxies whose X-Forwarded-For is believed (JSON list).",
    )
    proxy_tells_rtt: bool = Field(
        default=False,
        description="The trusted proxies overwrite X-Client-RTT with their kernel's rtt and rttvar in microseconds.",
    )
    max_connections: int = Field(
        default=15_000, ge=10, description="Phone sockets one players process admits before it answers 503."
    )
    drain_seconds: float = Field(
        default=60,
        ge=0,
        le=600,
        description="How long a players process that is told to stop waits for an open question to end; under "
        "`hoithi up` at most 15.",
    )
    field_key: str | None = Field(
        default=None,
        description="Key of personal data at rest, base64 of 32 bytes; unset: the file field.key in the data "
        "directory.",
    )
    sender: Literal["none", "console", "file"] = Field(
        default="none",
        description="How codes reach phones: none, console (the log of this process) or file (codes.txt in the data "
        "directory).",
    )
    oidc_issuer: str | None = Field(
        default=None, description="Identity provider entrants may sign in with, by its issuer address; unset: none."
    )
    oidc_name: str = Field(default="", description="What the provider's button says; unset: the issuer's host name.")
    oidc_client_id: str = Field(default="", description="This platform's name at the identity provider.")
    oidc_client_secret: str = Field(default="", description="Its secret there; unset: a public client, PKCE alone.")
    oidc_claims: dict[str, str] = Field(
        default_factory=dict,
        description="Which claims fill which fields of the entry form (JSON object, e.g. full_name: name).",
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @property
    def sql_url(self) -> str:
        """The SQLAlchemy URL with its async driver."""
        url = self.database_url
        if url is None:
            return f"sqlite+aiosqlite:///{self.data_dir.resolve() / 'hoithi.sqlite3'}"
        for prefix in ("postgresql://", "postgres://"):
            if url.startswith(prefix):
                return "postgresql+asyncpg://" + url.removeprefix(prefix)
        if url.startswith("sqlite://"):
            return "sqlite+aiosqlite://" + url.removeprefix("sqlite://")
        return url


KEY_FILE = "field.key"
_KEY_BYTES = 32


def load_field_key(settings: Settings) -> bytes:
    """The key that personal data is sealed with: the setting, else the file, which the first start makes (0600).

    Processes that start together get the same one. Raises ValueError for a setting or file that holds no key, OSError
    when the data directory cannot be written.
    """
    if settings.field_key:
        return _decoded(settings.field_key, "HOITHI_FIELD_KEY")
    path = settings.data_dir / KEY_FILE
    if not path.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600, exist_ok=False)
        fresh.write_text(base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode() + "\n", "ascii")
        try:
            # Unlike a rename, a link never replaces the key that another process has put there meanwhile.
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return _decoded(path.read_text("ascii"), str(path))


def _decoded(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(f"{where} is not base64 of {_KEY_BYTES} bytes")
    return key
