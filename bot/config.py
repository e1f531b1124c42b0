"""Every setting, from the environment (HEARBACK_…) or a ``.env`` file in the folder it is started from.

``reference()`` is the documentation: docs/configuration.md is printed from it, and a test compares the two.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "HEARBACK_"
#: What a variable ends with that names a file with the setting in it.
FILE = "_FILE"


class BadSettings(ValueError):
    """The settings cannot be used; the text is one sentence for each that is wrong."""


class Settings(BaseSettings):
    """What can be set. Each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    data: Path = Field(
        Path("data"), description="Folder for what is kept: the embedded database, pictures and recordings, keys."
    )
    database: str = Field(
        "",
        description="Database URL: `sqlite:///path/to/file.db` or `postgresql+psycopg://user:password@host/name`. "
        "Empty: the file `hearback.db` in the data folder.",
    )
    replica: str = Field(
        "",
        description="Database URL of a streaming replica of the PostgreSQL database: reports and exports are read "
        "there, as long as it has everything; docs/scale.md.",
    )
    keys: Path | None = Field(
        None,
        description="Folder for the keys that seal what people say. Empty: `keys` in the data folder; on a server, "
        "put it on another disk with a backup of its own. **Without it the database cannot be read by anybody.**",
    )
    key_store: str = Field(
        "",
        description="Database URL of the store of data keys, apart from the database. Empty: a file in the keys "
        "folder; several processes on PostgreSQL share a PostgreSQL one with a short-lived backup of its own.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on. `0.0.0.0` only behind a proxy that does TLS.")
    port: int = Field(8080, ge=1, le=65535, description="Port to listen on.")
    base_url: str = Field(
        "", description="Public address, without a path: `https://talk.example.org`. Empty: made of host and port."
    )
    organisations: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Ids of the organisations to serve, separated by commas. Empty: every profile there is."
    )
    profiles: Path | None = Field(
        None,
        description="Folder with organisation profiles (`*.toml`) of your own, added to the ones shipped; beside them "
        "the photographs of those who may be turned to (docs/procedures.md).",
    )
    danger: Path | None = Field(
        None,
        description="Folder with changes to the lists of danger words, one `<language>.toml` each; docs/safety.md "
        "shows one, and how to see what it changes before it goes live.",
    )
    symbols: Path | None = Field(
        None,
        description="Folder with picture sets of your own, like Makaton or Widgit: one folder for each organisation, "
        "called by its id; docs/symbols.md shows one. Where a picture is missing, the shipped one is used.",
    )
    endpoints: Path | None = Field(
        None,
        description="File (TOML) with the phone numbers and Telegram bots of each organisation; docs/channels.md shows "
        "one. Its secrets are named there, and come from the environment or from files.",
    )
    twilio_account_sid: str = Field(
        "", description="With the next two: one phone number, without a file. Twilio's *Account SID*, `AC…`."
    )
    twilio_auth_token: SecretStr = Field(SecretStr(""), description="Twilio's *Auth Token*. **A secret.**")
    twilio_number: str = Field(
        "",
        description="The number people text, like `+447700900123`. It is the first organisation's that is served.",
    )
    twilio_redact: str = Field(
        "24",
        description="Hours after which Twilio is asked to empty a text, and to delete its files, once it is saved here "
        "or sent; at once after an erasure. `never`: Twilio keeps them. A file of endpoints says `redact` for each.",
    )
    twilio_whatsapp_templates: str = Field(
        "",
        description="Approved WhatsApp templates by language, the first for every other one, like `en=HX…, cy=HX…`: "
        "what asks a person to write, where an answer comes more than a day after their last message. A file of "
        "endpoints says `whatsapp_templates` for each.",
    )
    telegram_token: SecretStr = Field(
        SecretStr(""),
        description="One Telegram bot, without a file: the token that BotFather gave. **A secret.** It belongs to the "
        "first organisation that is served.",
    )
    twilio_url: str = Field("", description="Address to use instead of Twilio's own: a test server or a gateway.")
    telegram_url: str = Field("", description="Address to use instead of Telegram's own: a test server or a gateway.")
    notify_url: str = Field(
        "", description="Address to use instead of GOV.UK Notify's own: a test server or a gateway."
    )
    oidc_issuer: str = Field(
        "",
        description="OpenID Connect provider that staff may sign in with: its issuer, as its discovery document "
        "writes it. Register `<public address>/staff/sign-in/return` there. It must ask for a second factor itself.",
    )
    oidc_client_id: str = Field("", description="The client id that the provider gave.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="The client secret that the provider gave; empty for a public client. **A secret.**"
    )
    oidc_name: str = Field("OpenID Connect", description="What the button to sign in with it says.")
    oidc_trust_email: bool = Field(
        False,
        description="Believe the provider's e-mail addresses though it does not say that it verified them. Only where "
        "nobody but your own administrators can set them.",
    )
    proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses and networks, separated by commas, of the proxies in front: `127.0.0.1,::1` for Caddy "
        "or nginx on this machine, or like `10.0.0.0/8`. Only their `X-Forwarded-For`, `-Proto`, `-Host` are believed. "
        "Needed behind every proxy: without it everybody seems to come from one address, and whoever tries passwords "
        "makes all staff wait.",
    )
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Host names, separated by commas, that are answered besides the one of HEARBACK_BASE_URL; a proxy "
        "must pass the Host header on. Where neither is set, any name is answered.",
    )
    clamd: str = Field(
        "",
        description="Virus scanner (ClamAV's clamd) that looks at every file: `unix:/run/clamav/clamd.ctl` or "
        "`host:3310`. Where it finds something, the file is locked and staff are told.",
    )
    alert_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts and networks of your own network, separated by commas, that the ways of the console to tell "
        "staff may lead to, like `smtp.internal` or `10.1.0.0/16`. Others inside it are refused there.",
    )
    alert_routes: SecretStr = Field(
        SecretStr(""),
        description="Where staff are told of signs of danger, besides the routes of the console: parts "
        "`ROLE=ADDRESS` or `ORGANISATION/ROLE=ADDRESS` with spaces between, a role being `duty`, `hours` or `wider`, "
        "an address one of apprise's; docs/alerts.md. **A secret.**",
    )
    sms_pence: float = Field(
        4.0,
        ge=0,
        le=1000,
        description="What one segment of a text message costs at your provider, in pence: staff see the price of a "
        "reply before they send it. 0 shows none.",
    )
    translator_url: str = Field(
        "",
        description="Address of a LibreTranslate server of your own: staff can then read what people write in another "
        "language by machine translation, marked as such. What people write goes there, so let it be nobody else's.",
    )
    translator_key: SecretStr = Field(
        SecretStr(""), description="The API key of that server, where it asks for one. **A secret.**"
    )
    webhook_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts of your own network, separated by commas, that webhooks may lead to though they are not on "
        "the internet, and by http too: `cases.internal:8080`. All others must be public and https.",
    )
    api_per_minute: int = Field(
        600, ge=1, le=100_000, description="Requests that one token of the interface for programs may make in a minute."
    )
    media_mb: int = Field(
        25, ge=1, le=200, description="Largest picture, recording or document a person can send, in megabytes."
    )
    metrics: str = Field(
        "",
        description="Address, like `127.0.0.1:9464`, on which `/metrics` is shown to Prometheus, and nothing else. "
        "Only your own network should reach it. docs/operating.md names the numbers.",
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="Shows `/metrics` on the public address too, to whoever sends this bearer token. **A secret.**",
    )
    demo: bool | None = Field(
        None,
        description="`yes`: where nothing is yet and nothing real is connected, invent a year of people for "
        "demonstration. `no`: never. Empty: only `make run` does, on its own machine (docs/running.md).",
    )
    retention: bool = Field(
        False,
        description="Whether records, names of staff who left and words of learning that were kept as long as their "
        "profile's rules say are erased by themselves every night. Look at `hearback retention preview` first; "
        "conversations without a record always go.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    log_format: Literal["words", "json"] = Field(
        "words", description="`words` for people, `json` for machines: one object a line."
    )

    @field_validator("organisations", "proxies", "webhook_hosts", "hosts", "alert_hosts", mode="before")
    @classmethod
    def _commas(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            try:
                ip_network(one)
            except ValueError:
                raise ValueError(f"{one!r} is no network; write 10.0.0.0/8 or one address") from None
        return value

    @field_validator("metrics")
    @classmethod
    def _listening(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and not (host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError("it must be an address and a port, like 127.0.0.1:9464")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and len(value.get_secret_value()) < 20:
            raise ValueError("it must have twenty characters at least")
        return value

    @field_validator("clamd")
    @classmethod
    def _scanner(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        unix = value.startswith("unix:/")
        if value and not unix and not (host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError("write unix:/path/of/its/socket, or its host and port, like 127.0.0.1:3310")
        return value

    @field_validator("base_url", "twilio_url", "telegram_url", "notify_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("it must begin with https:// (or http:// on your own machine)")
        return value.rstrip("/")

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError("it must begin with https://")
        return value  # as the provider writes it: a slash at its end belongs to it

    @property
    def database_url(self) -> str:
        """Where records are kept: HEARBACK_DATABASE, or a file in the data folder."""
        return self.database or f"sqlite:///{self.data.resolve() / 'hearback.db'}"

    @property
    def keys_folder(self) -> Path:
        """Where the keys lie: HEARBACK_KEYS, or a folder in the data folder."""
        return self.keys or self.data / "keys"

    @property
    def ring_file(self) -> Path:
        """The key ring: what wraps the data keys."""
        return self.keys_folder / "ring.json"

    @property
    def key_store_url(self) -> str:
        """Where wrapped data keys are kept: HEARBACK_KEY_STORE, or a file in the folder of the keys."""
        return self.key_store or f"sqlite:///{self.keys_folder.resolve() / 'keys.db'}"

    @property
    def compiled_folder(self) -> Path:
        """Danger lists as they were compiled; made anew when they are not there."""
        return self.data / "compiled"

    @property
    def media_folder(self) -> Path:
        """Where the sealed files that people sent are kept."""
        return self.data / "media"

    @property
    def secure(self) -> bool:
        """Whether people reach it by https; browsers then never send its cookies any other way."""
        return self.address.startswith("https://")

    @property
    def address(self) -> str:
        """The public address, without a slash at the end."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return self.base_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def load(**overrides: Any) -> Settings:
    """The settings, with some given by the command line. Raises BadSettings in words that say what to do.

    A setting may lie in a file: ``HEARBACK_<NAME>_FILE`` names one, and systemd's ``$CREDENTIALS_DIRECTORY`` is read
    (``LoadCredential=hearback_<name>:…``). The environment goes before either.
    """
    files: dict[str, Any] = {name: value for name, value in _files() if PREFIX + name.upper() not in os.environ}
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        folder = os.environ.get("CREDENTIALS_DIRECTORY") or None
        return Settings(_secrets_dir=folder, **{**files, **given})  # type: ignore[call-arg]  # read by its base
    except ValidationError as error:
        raise BadSettings("\n".join(_sentences(error))) from None


def _files() -> Iterator[tuple[str, str]]:
    """Settings that a file holds: (name, what it says without the line's end). Raises BadSettings."""
    for name in Settings.model_fields:
        if path := os.environ.get(f"{PREFIX}{name.upper()}{FILE}"):
            try:
                yield name, Path(path).read_text("utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError):
                raise BadSettings(f"{PREFIX}{name.upper()}{FILE}: the file cannot be read.") from None


def _sentences(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False):
        name = PREFIX + str(problem["loc"][0]).upper()
        reason = problem["msg"].removeprefix("Value error, ")
        # Only what is harmless is repeated: a database address holds a password.
        secret = name.endswith(("DATABASE", "REPLICA", "KEY_STORE", "TOKEN", "SECRET"))
        given = "" if secret else f" is {problem['input']!r}"
        yield f"{name}{given}: {reason[:1].lower() + reason[1:]}."


def unknown() -> tuple[str, ...]:
    """Names in the environment that begin with HEARBACK_ and are no setting: most likely misspelt."""
    known = {PREFIX + name.upper() + end for name in Settings.model_fields for end in ("", FILE)}
    return tuple(sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known))


def reference() -> str:
    """Every setting as a Markdown page."""
    lines = [
        "# Configuration",
        "",
        "<!-- Printed by `hearback settings --markdown`; change the descriptions in bot/config.py instead. -->",
        "",
        "Every setting is an environment variable, or a line `NAME=value` in a file `.env` in the folder that",
        "Hearback is started from. None is needed to try it out. `hearback settings` shows the values in force,",
        "`hearback check` says what is missing.",
        "",
        "Secrets need not be in the environment: `HEARBACK_TELEGRAM_TOKEN_FILE` names a file that holds the token, and",
        "so for every setting. A systemd unit passes them as credentials: `LoadCredential=hearback_telegram_token:…`.",
        "",
        "| setting | when not set | what it does |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = f"`{default}`" if default not in (None, "", (), SecretStr("")) else "empty"
        lines.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines) + "\n"
