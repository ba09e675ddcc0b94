"""Settings, all from the environment with the prefix `COALITION_` (docs/settings.md)."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LONGEST_TOKEN_LIFE = 600


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="COALITION_", extra="ignore", frozen=True)

    database_url: str | None = Field(
        default=None,
        description="PostgreSQL 15 to 18 to use instead of the embedded one; nothing is started.",
    )
    database_owner_url: str | None = Field(
        default=None,
        description="The login for migrate, partners and client; else COALITION_DATABASE_URL.",
    )
    data_dir: Path | None = Field(
        default=None, description="Where the embedded database keeps its files."
    )
    cluster: str = Field(
        default="main",
        pattern=r"^[a-z0-9][a-z0-9-]{0,40}$",
        description="Which embedded database inside the data folder.",
    )
    pg_bin: str = Field(
        default="", description="A folder with initdb, pg_ctl and postgres to use for it."
    )
    url: str = Field(
        default="http://127.0.0.1:8000",
        description="The address by which clients reach this server; it is the issuer of tokens.",
    )
    token_seconds: int = Field(
        default=LONGEST_TOKEN_LIFE,
        ge=30,
        le=LONGEST_TOKEN_LIFE,
        description="How long an access token lives.",
    )
    operation_seconds: float = Field(
        default=20, gt=0, le=300, description="How long one GraphQL operation may take."
    )
    requests_at_once: int = Field(
        default=64, ge=1, description="Requests of one client that one server works on at once."
    )
    cost_capacity: int = Field(
        default=10_000,
        ge=1000,
        description="Query cost that one client may use at once, before it has to wait.",
    )
    cost_per_second: int = Field(
        default=2000, ge=1, description="Query cost that comes back to a client every second."
    )
    lookup_capacity: int = Field(
        default=1000, ge=1, description="Look-ups of members that one client may do at once."
    )
    lookups_per_second: int = Field(
        default=200, ge=1, description="Look-ups that come back to a client every second."
    )
    cors_origins: str = Field(
        default="",
        description="Origins, separated by commas, whose pages may ask /graphql from a browser.",
    )
    database_connections: int = Field(
        default=16, ge=2, le=200, description="Connections that one server process may open."
    )
    ledger_accounts: dict[str, str] = Field(
        default_factory=dict,
        description="Which account of the general ledger each money account is in a journal, as"
        ' JSON: {"RECEIVABLE": "1200"}.',
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="How log lines are written to standard error."
    )

    @field_validator("url")
    @classmethod
    def _is_safe_to_send_secrets_to(cls, url: str) -> str:
        address = urlsplit(url)
        loopback = address.hostname in {"127.0.0.1", "localhost", "::1"}
        if not address.hostname or address.scheme not in {"http", "https"}:
            raise ValueError("must be an address like https://points.example.com")
        if address.scheme == "http" and not loopback:
            raise ValueError("must begin with https:// unless it is this machine's own address")
        return url.rstrip("/")

    @property
    def binaries(self) -> Path | None:
        return Path(self.pg_bin) if self.pg_bin else None

    @property
    def issuer(self) -> str:
        return self.url

    @property
    def audience(self) -> str:
        return f"{self.issuer}/graphql"
