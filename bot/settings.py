"""Deployment settings: environment variables and `.env`. Shop settings live in the database."""

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.settings_texts import GROUP_TEXTS, KINDS, Words

OURS = "CHAM_"
PREFIXES = (OURS, "TELEGRAM_", "ZALO_", "MESSENGER_")
ALIKE = 0.8  # how close a name must be to count as a misspelling
READABLE_BY_OTHERS = stat.S_IRGRP | stat.S_IROTH


class SettingsError(Exception):
    """A setting is wrong. The text says what, where and what to do, in Vietnamese and English, without secrets."""


@dataclass(frozen=True)
class Problem:
    """One thing to correct. `name` is the setting, `place` the file or "environment"."""

    name: str
    place: str
    words: Words

    def __str__(self) -> str:
        return f"- {self.name} ({self.place}):\n    {self.words.vi}\n    {self.words.en}"


class _Wrong(ValueError):
    """A refusal that quotes nothing: `kind` picks the words of `KINDS`, or "half_channel" with the empty fields."""

    def __init__(self, kind: str, fields: Iterable[str] = ()) -> None:
        super().__init__(kind)
        self.kind = kind
        self.fields = tuple(fields)


def _split(value: object) -> object:
    """Accept `a, b`, `["a", "b"]` and a real sequence alike."""
    if not isinstance(value, str):
        return value
    return tuple(part for part in (piece.strip(" \t\"'") for piece in value.strip("[] ").split(",")) if part)


def _web_address(value: str) -> str:
    """An http(s) address without a slash at the end."""
    parts = _url_parts(value)
    if parts is None or parts[2]:
        raise _Wrong("web_address")
    return value.rstrip("/")


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    """Exact origins: scheme, host, perhaps a port, nothing else."""
    return tuple(_origin(value) for value in values)


def _origin(value: str) -> str:
    parts = _url_parts(value)
    if parts is None or parts[1] or parts[2] or "*" in value:
        raise _Wrong("origin")
    return value.rstrip("/").lower()


def _addresses(values: tuple[str, ...]) -> tuple[str, ...]:
    """Plain IP addresses, written the one way a connection reports them."""
    try:
        return tuple(str(ip_address(value)) for value in values)
    except ValueError:
        raise _Wrong("addresses") from None


def _url_parts(value: str) -> tuple[str, str, str] | None:
    """(host, path without the last slash, the rest); None when it is no http(s) address."""
    try:
        parts = urlsplit(value)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_fine or any(map(str.isspace, value)):
        return None
    return parts.hostname, parts.path.rstrip("/"), parts.query + parts.fragment + (parts.username or "")


def _database(value: str) -> str:
    if value.startswith(("postgresql:", "postgres:")):
        raise _Wrong("postgresql")
    if not value.startswith("sqlite:///") or not value.removeprefix("sqlite:///"):
        raise _Wrong("database")
    return value


def _log(values: tuple[str, ...]) -> tuple[str, ...]:
    """Level and shape in any order; what is not said is `info` and `text`."""
    said = {value.lower() for value in values}
    levels, shapes = said & {"info", "debug"}, said & {"text", "json"}
    if said - levels - shapes or len(levels) > 1 or len(shapes) > 1:
        raise _Wrong("log")
    return (next(iter(levels), "info"), next(iter(shapes), "text"))


def _bot_token(value: SecretStr) -> SecretStr:
    """`<digits>:<secret>`, as the platform hands it out."""
    number, colon, rest = value.get_secret_value().partition(":")
    if not (number.isdecimal() and colon and rest and _is_plain(rest)):
        raise _Wrong("bot_token")
    return value


def _webhook_secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not 8 <= len(text) <= 256 or not _is_plain(text):
        raise _Wrong("webhook_secret")
    return value


def _is_plain(text: str) -> bool:
    """Only A-Z a-z 0-9 _ - : what the platforms allow in a header."""
    return text.isascii() and text.replace("_", "").replace("-", "").isalnum()


WebAddress = Annotated[str, AfterValidator(_web_address)]
Origins = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_origins)]
Addresses = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_addresses)]
Log = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_log)]
BotToken = Annotated[SecretStr, AfterValidator(_bot_token)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
PerSecond = Annotated[float, Field(gt=0, le=10_000)]
PerMinute = Annotated[float, Field(gt=0, le=10_000)]
Many = Annotated[int, Field(ge=1, le=10_000_000)]


def variable(field: str) -> str:
    """The environment variable of a field: `telegram_token` → TELEGRAM_TOKEN, `host` → CHAM_HOST."""
    name = field.upper()
    return name if name.startswith(PREFIXES[1:]) else OURS + name


class Settings(BaseSettings):
    """Everything the environment decides. Only `load` reads the environment; the constructor never does."""

    model_config = SettingsConfigDict(
        alias_generator=variable,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    database: Annotated[str, AfterValidator(_database)] = "sqlite:///data/cham.db"
    shop_file: Path = Path("shop.yaml")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_url: WebAddress | None = None
    log: Log = ("info", "text")
    allowed_origins: Origins = ()
    media_dir: Path = Path("data/media")
    chat_new_visitors: Many = 5  # an hour from one address
    chat_rate: Many = 60  # messages a minute from one address
    trusted_proxies: Addresses = ()

    llm_base: WebAddress | None = None
    llm_key: SecretStr | None = None
    llm_model: str | None = None

    telegram_token: BotToken | None = None
    telegram_api_base: WebAddress = "https://api.telegram.org"
    telegram_webhook_secret: WebhookSecret | None = None
    telegram_rate: PerSecond = 25
    telegram_chat_rate: PerSecond = 1
    telegram_group_rate: PerMinute = 18

    zalo_oa_app_id: str | None = None
    zalo_oa_secret_key: SecretStr | None = None
    zalo_oa_webhook_key: SecretStr | None = None
    zalo_oa_refresh_token: SecretStr | None = None
    zalo_oa_api_base: WebAddress = "https://openapi.zalo.me"
    zalo_oa_oauth_base: WebAddress = "https://oauth.zaloapp.com"

    zalo_bot_token: BotToken | None = None
    zalo_bot_api_base: WebAddress = "https://bot-api.zaloplatforms.com"
    zalo_bot_webhook_secret: WebhookSecret | None = None

    messenger_page_id: str | None = None
    messenger_page_token: SecretStr | None = None
    messenger_app_secret: SecretStr | None = None
    messenger_verify_token: SecretStr | None = None
    messenger_api_base: WebAddress = "https://graph.facebook.com/v25.0"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What `load` passes, nothing else: no hidden reading of the environment."""
        return (init_settings,)

    @model_validator(mode="after")
    def _whole_groups(self) -> Self:
        """A channel is switched on whole or not at all."""
        for needed in GROUPS:
            missing = [field for field in needed if getattr(self, field) is None]
            if missing and len(missing) < len(needed):
                raise _Wrong("half_channel", missing)
        for secret, token in NEEDS.items():
            if getattr(self, secret) is not None and getattr(self, token) is None:
                raise _Wrong("half_channel", [token])
        return self

    @property
    def database_path(self) -> Path:
        """Where the SQLite file is: `sqlite:///data/cham.db` → data/cham.db, `sqlite:////srv/x.db` → /srv/x.db."""
        return Path(self.database.removeprefix("sqlite:///"))

    @property
    def log_level(self) -> str:
        """`info` or `debug`."""
        return self.log[0]

    @property
    def log_format(self) -> str:
        """`text` or `json`."""
        return self.log[1]

    def secrets(self) -> frozenset[str]:
        """Every secret value that is set, for the log's redaction only."""
        values = (getattr(self, field) for field in type(self).model_fields)
        return frozenset(value.get_secret_value() for value in values if isinstance(value, SecretStr)) - {""}


GROUPS = (
    ("zalo_oa_app_id", "zalo_oa_secret_key", "zalo_oa_refresh_token", "zalo_oa_webhook_key"),
    ("messenger_page_id", "messenger_page_token", "messenger_app_secret", "messenger_verify_token"),
    ("llm_base", "llm_model"),
)
NEEDS = {
    "telegram_webhook_secret": "telegram_token",
    "zalo_bot_webhook_secret": "zalo_bot_token",
    "llm_key": "llm_base",
}
NAMES: Mapping[str, str] = {variable(field): field for field in Settings.model_fields}
SECRET_NAMES = frozenset(
    name for name, field in NAMES.items() if "Secret" in str(Settings.model_fields[field].annotation)
)


def load(environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")) -> Settings:
    """Read `.env`, then the environment, which wins. Empty values count as absent. Raises SettingsError."""
    environ = os.environ if environ is None else environ
    written = _read(env_file)
    file = str(env_file or ".env")
    problems = [*_too_open(env_file, written), *_misspelt(written, file, strict=True)]
    problems += _misspelt(environ, "environment", strict=False)
    chosen = {name: value for source in (written, environ) for name in NAMES if (value := source.get(name, "").strip())}
    places = {name: "environment" if environ.get(name, "").strip() else file for name in NAMES}
    try:
        settings = Settings.model_validate(chosen)
    except ValidationError as error:
        problems += _explain(error, places, file)
    if problems:
        raise SettingsError(_report(problems)) from None
    return settings


def _read(env_file: Path | None) -> Mapping[str, str]:
    """What the file says; {} when there is no file."""
    if env_file is None or not env_file.is_file():
        return {}
    try:
        read = dotenv_values(env_file, interpolate=False)  # a $ in a secret is just a sign
    except (OSError, UnicodeDecodeError):
        raise SettingsError(_report([Problem(str(env_file), "file", KINDS["unreadable"])])) from None
    return {name: value for name, value in read.items() if value is not None}


def _too_open(env_file: Path | None, written: Mapping[str, str]) -> Iterable[Problem]:
    """A file with secrets that other accounts of the machine can read stops the start."""
    if env_file is None or os.name != "posix" or not any(written.get(name, "").strip() for name in SECRET_NAMES):
        return
    if env_file.stat().st_mode & READABLE_BY_OTHERS:
        yield Problem(str(env_file), "file", KINDS["too_open"] % {"file": env_file})


def _misspelt(names: Iterable[str], place: str, *, strict: bool) -> Iterable[Problem]:
    """Names that look like ours and are not. Where others may write too (not strict), only near ones count."""
    for name in sorted(names):
        if not name.startswith(PREFIXES) or name in NAMES:
            continue
        near = get_close_matches(name, NAMES, n=1, cutoff=ALIKE)
        if near:
            yield Problem(name, place, KINDS["misspelt"] % {"near": near[0]})
        elif strict or name.startswith(OURS):
            yield Problem(name, place, KINDS["unknown"])


def _explain(error: ValidationError, places: Mapping[str, str], env_file: str) -> Iterable[Problem]:
    """Our own words for each refusal: pydantic's would quote the value."""
    for detail in error.errors(include_url=False, include_input=False):
        limits = detail.get("ctx", {})
        refusal = limits.get("error")
        if isinstance(refusal, _Wrong) and refusal.fields:
            yield from (Problem(variable(field), env_file, GROUP_TEXTS[field]) for field in refusal.fields)
            continue
        name = _name(detail["loc"])
        kind = refusal.kind if isinstance(refusal, _Wrong) else detail["type"]
        yield Problem(name, places.get(name, env_file), KINDS.get(kind, KINDS["other"]) % limits)


def _name(place: tuple[int | str, ...]) -> str:
    first = str(place[0]) if place else ""
    return first if first in NAMES else variable(first)


def _report(problems: Iterable[Problem]) -> str:
    head = "Cài đặt chưa đúng nên Chạm chưa chạy. / Chạm has not started: some settings are wrong."
    return "\n".join([head, *map(str, problems)])
