"""Every setting of the platform, read from `HOITHI_…` variables by the composition roots only.

Everything below the roots receives values. ARCHITECTURE.md's table of settings is kept in step by a test.
"""

from pathlib import Path

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
        default=None, description="Redis or Valkey by URL; unset: a private child in the data directory."
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
    max_connections: int = Field(
        default=15_000, ge=10, description="Phone sockets one players process admits before it answers 503."
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
