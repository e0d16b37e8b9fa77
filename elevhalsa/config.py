"""Every setting, read once from the environment. A bad one stops the start with one line."""

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from elevhalsa.core.errors import SettingError

ROOT = Path(__file__).resolve().parent.parent

HOW_TO_MEND = {
    "APP_ENV": "production eller development; utelämnad betyder production",
    "DEMO": "true eller false",
    "SECRET_KEY": "minst 32 slumpade tecken; gör en med `python -m elevhalsa.cli.keys`",
    "HASH_KEY": "minst 32 slumpade tecken; gör en med `python -m elevhalsa.cli.keys`",
    "ENCRYPTION_KEYS": "en eller flera nycklar med komma emellan; gör en med "
    "`python -m elevhalsa.cli.keys`",
    "DATABASE_URL": "till exempel postgresql://användare:lösenord@värd/databas eller sqlite:////sökväg",
    "REDIS_URL": "till exempel redis://värd:6379/0, rediss://… eller unix:///sökväg",
    "PUBLIC_URL": "adressen som eleverna öppnar, till exempel https://elevhalsa.example",
    "MAIL_URL": "smtp://värd:587 eller smtps://användare:lösenord@värd:465",
    "MAIL_FROM": "en e-postadress som breven skickas från; behövs när MAIL_URL är satt",
    "QUICK_EXIT_URL": "en adress som börjar med https://",
    "TRUSTED_PROXIES": "hur många proxyservrar som står framför, 0 till 5; på de flesta PaaS 1",
}


def _address(value: str) -> SplitResult:
    """The parts of an address. Raises ValueError when its port is no port."""
    parts = urlsplit(value)
    _ = parts.port  # read here, because only reading it tells
    return parts


class Settings(BaseSettings):
    """All settings. Secrets have no default outside tests: see docs/deploy.md."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", hide_input_in_errors=True)

    app_env: Literal["production", "development", "test"] = "production"
    secret_key: str = Field(min_length=32)
    hash_key: str = Field(min_length=32)
    encryption_keys: Annotated[list[str], NoDecode]
    database_url: str
    redis_url: str | None = None
    """None only in tests: then jobs wait for the schedule."""
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    mail_url: str | None = None
    mail_from: str | None = None
    quick_exit_url: str = "https://sv.wikipedia.org/"
    metrics_token: str | None = None
    demo: bool = False

    @field_validator("encryption_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        if isinstance(value, str):
            return [key.strip() for key in value.split(",") if key.strip()]
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _some_key(cls, value: list[str]) -> list[str]:
        if not value:
            raise ValueError("empty")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        value = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", value)
        if not value.startswith(("postgresql+psycopg://", "sqlite:///")):
            raise ValueError("scheme")
        _address(value)
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if value and _address(value).scheme not in ("redis", "rediss", "unix"):
            raise ValueError("scheme")
        return value or None

    @field_validator("public_url", "quick_exit_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = _address(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("not a web address")
        return value

    @field_validator("mail_url")
    @classmethod
    def _mail(cls, value: str | None) -> str | None:
        if value and (
            _address(value).scheme not in ("smtp", "smtps") or not _address(value).hostname
        ):
            raise ValueError("scheme")
        return value or None

    @property
    def is_production(self) -> bool:
        return self.app_env == "production"

    @property
    def is_secure(self) -> bool:
        """True when browsers reach the app over https, so that cookies can demand it."""
        return self.public_url.startswith("https://")

    @property
    def limiter_storage(self) -> str:
        if not self.redis_url:
            return "memory://"
        return re.sub("^unix://", "redis+unix://", self.redis_url)


def load() -> Settings:
    """Settings from the environment.

    Raises SettingError with one line that names the first bad setting and how to mend it.
    """
    try:
        settings = Settings()  # type: ignore[call-arg]  # the environment fills it
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]).upper()
        fault = "saknas" if first["type"] == "missing" else "går inte att använda"
        raise SettingError(f"{name} {fault}: {HOW_TO_MEND.get(name, first['msg'])}") from error
    if settings.mail_url and not settings.mail_from:
        raise SettingError(f"MAIL_FROM saknas: {HOW_TO_MEND['MAIL_FROM']}")
    if settings.is_production and not settings.redis_url:
        raise SettingError(f"REDIS_URL saknas: {HOW_TO_MEND['REDIS_URL']}")
    if settings.is_production and not settings.is_secure:
        raise SettingError(f"PUBLIC_URL måste börja med https://: {HOW_TO_MEND['PUBLIC_URL']}")
    return settings
