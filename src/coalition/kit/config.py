"""Settings, all from the environment with the prefix `COALITION_` (docs/settings.md)."""

from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
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
    subscriptions_at_once: int = Field(
        default=200, ge=1, description="Subscriptions that one client may keep at one server."
    )
    sockets_at_once: int = Field(
        default=50, ge=1, description="WebSockets that one client may keep open at one server."
    )
    sockets_unknown: int = Field(
        default=400,
        ge=4,
        description="WebSockets of nobody yet that one server keeps open; an address a quarter.",
    )
    socket_init_seconds: float = Field(
        default=10,
        gt=0,
        le=60,
        description="How long a WebSocket may stay without its connection_init.",
    )
    unread_seconds: float = Field(
        default=10,
        gt=0,
        le=300,
        description="How long a subscriber may leave what it is sent unread, before it is ended.",
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
    webhook_allow: str = Field(
        default="",
        description="Networks, separated by commas, that webhooks may go to though they are not"
        " public, by http too. For tests and for trying out; empty in production.",
    )
    webhook_days: int = Field(
        default=90,
        ge=7,
        description="How long a webhook's delivery is kept after it was delivered or given up.",
    )
    api_url: str = Field(
        default="",
        description="Where the members' pages ask the API; empty: in the same process.",
    )
    mail_host: str = Field(
        default="", description="The mail server that mails are handed to; empty: none are sent."
    )
    mail_port: int = Field(
        default=0, ge=0, le=65535, description="Its port; 0: the usual one, by COALITION_MAIL_TLS."
    )
    mail_tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="How the way there is kept private. Without it no password is sent.",
    )
    mail_ca: Path | None = Field(
        default=None, description="Certificates to believe the mail server by, as a PEM file."
    )
    mail_user: str = Field(default="", description="With which name to sign in there.")
    mail_password: SecretStr = Field(
        default=SecretStr(""), description="The password that goes with the name."
    )
    mail_sender: str = Field(
        default="", description="The address that mails come from and that bounces go to."
    )
    mail_per_minute: int = Field(
        default=300, ge=1, description="How many mails all workers together may send in a minute."
    )
    mail_days: int = Field(
        default=30, ge=1, description="How long it is known which mails were sent, and what came."
    )
    copy_hours: int = Field(
        default=48, ge=1, description="How long a member may fetch the copy of its data."
    )
    erasure_days: int = Field(
        default=14, ge=0, description="How long a member may take back that it wants to be deleted."
    )
    database_connections: int = Field(
        default=16, ge=2, le=200, description="Connections that one server process may open."
    )
    lease_seconds: int = Field(
        default=60,
        ge=1,
        le=3600,
        description="How long the work of a worker that was killed waits for another one.",
    )
    bulk_megabytes: int = Field(
        default=200,
        ge=1,
        le=2000,
        description="How large a file may be that a partner sends, as it is sent.",
    )
    bulk_file_days: int = Field(
        default=7, ge=0, description="How long a bulk award's file is kept after its end."
    )
    bulk_result_days: int = Field(
        default=90, ge=1, description="How long a bulk award's results are kept after its end."
    )
    ledger_accounts: dict[str, str] = Field(
        default_factory=dict,
        description="Which account of the general ledger each money account is in a journal, as"
        ' JSON: {"RECEIVABLE": "1200"}.',
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="How log lines are written to standard error."
    )

    @field_validator("url", "api_url")
    @classmethod
    def _is_safe_to_send_secrets_to(cls, url: str, about: ValidationInfo) -> str:
        if not url and about.field_name == "api_url":
            return url
        address = urlsplit(url)
        loopback = address.hostname in {"127.0.0.1", "localhost", "::1"}
        if not address.hostname or address.scheme not in {"http", "https"}:
            raise ValueError("must be an address like https://points.example.com")
        if address.path.rstrip("/") or address.query or address.fragment or address.username:
            raise ValueError("must be an address alone, like https://points.example.com")
        if address.scheme == "http" and not loopback:
            raise ValueError("must begin with https:// unless it is this machine's own address")
        return url.rstrip("/")

    @field_validator("webhook_allow")
    @classmethod
    def _names_networks(cls, networks: str) -> str:
        for one in networks.split(","):
            if one.strip():
                ip_network(one.strip())
        return networks

    @property
    def is_secure(self) -> bool:
        return self.url.startswith("https:")

    @property
    def origin(self) -> str:
        """The address as a browser names it: without the port that the scheme has anyway."""
        address = urlsplit(self.url)
        host = f"[{address.hostname}]" if ":" in (address.hostname or "") else address.hostname
        usual = {"https": 443, "http": 80}[address.scheme]
        port = "" if address.port in {None, usual} else f":{address.port}"
        return f"{address.scheme}://{host}{port}"

    @property
    def binaries(self) -> Path | None:
        return Path(self.pg_bin) if self.pg_bin else None

    @property
    def issuer(self) -> str:
        return self.url

    @property
    def audience(self) -> str:
        return f"{self.issuer}/graphql"
