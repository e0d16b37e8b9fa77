"""Every setting, read once from the environment. A bad one stops the start with one line."""

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, parse_qs, urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from elevhalsa.core import bankid as of_bankid
from elevhalsa.core import oidc, push_services
from elevhalsa.core.errors import SettingError
from elevhalsa.core.vapid import read_key

ROOT = Path(__file__).resolve().parent.parent

HOW_TO_MEND = {
    "APP_ENV": "production eller development; utelämnad betyder production",
    "DEMO": "true eller false",
    "SECRET_KEY": "minst 32 slumpade tecken; gör en med `python -m elevhalsa.cli.keys`",
    "HASH_KEY": "minst 32 slumpade tecken; gör en med `python -m elevhalsa.cli.keys`",
    "ENCRYPTION_KEYS": "en eller flera nycklar med komma emellan; gör en med "
    "`python -m elevhalsa.cli.keys`",
    "DATABASE_URL": "till exempel postgresql://användare:lösenord@värd/databas eller "
    "sqlite:////mapp/fil.db",
    "WORKER_DATABASE_URL": "samma databas som DATABASE_URL, med workerns egen roll",
    "OWNER_DATABASE_URL": "samma databas som DATABASE_URL, med rollen som äger tabellerna",
    "REDIS_URL": "till exempel redis://värd:6379/0, rediss://… eller unix:///sökväg",
    "PUBLIC_URL": "adressen som eleverna öppnar, till exempel https://elevhalsa.example",
    "MAIL_URL": "smtp://värd:587 eller smtps://användare:lösenord@värd:465",
    "MAIL_FROM": "en e-postadress som breven skickas från; behövs när MAIL_URL är satt",
    "REMIND_MAIL_FROM": "en e-postadress, gärna med ett namn, som inte avslöjar vad det gäller: "
    "Påminnelse <svara-inte@exempel.se>",
    "VAPID_KEYS": "en eller flera nycklar med komma emellan, den nyaste först; gör en med "
    "`python -m elevhalsa.cli.vapid`",
    "VAPID_SUBJECT": "mailto: och en e-postadress där den som sköter driften nås; behövs när "
    "VAPID_KEYS är satt",
    "PUSH_SERVICES": "värdnamn med komma emellan; ett som börjar med punkt gäller alla under det. "
    "Hela adresser, som http://127.0.0.1:9999, går bara när APP_ENV inte är production",
    "SMS_URL": "46elks://användare:lösenord@api.46elks.com?from=Avsändare (högst 11 bokstäver och "
    "siffror, eller ett telefonnummer)",
    "FALLBACK_HOURS": "timmar, 1 till 72",
    "FLOOD_PLACE": "antal/minuter, högst 60 minuter, med komma emellan: 60/10, 120/60",
    "FLOOD_SCHOOL": "antal/minuter, högst 60 minuter, med komma emellan: 150/10, 300/60",
    "LETTERS_AN_HOUR": "ett tal, minst 2",
    "BANKID": "production eller test; utelämnad betyder att BankID inte finns. En adress som "
    "börjar med https:// går bara när APP_ENV inte är production",
    "BANKID_CERTIFICATE": "sökvägen till en PEM-fil med certifikatet och dess nyckel, eller filens "
    "text; behövs när BANKID är satt",
    "BANKID_PASSWORD": "lösenordet till certifikatets nyckel, om den har ett",
    "BANKID_ROOT": "sökvägen till en PEM-fil med BankID:s rotcertifikat, eller filens text; behövs "
    "när BANKID är satt",
    "BANKID_APP": "adressen där BankID-appen öppnas; går bara att ändra när APP_ENV inte är "
    "production",
    "OIDC_PROVIDERS": "sökvägen till en TOML-fil med en tabell för varje leverantör, eller filens "
    "text",
    "QUICK_EXIT_URL": "en adress som börjar med https://",
    "BIND": "adressen som webbservern lyssnar på, till exempel 0.0.0.0 eller 127.0.0.1",
    "PORT": "ett tal, 1 till 65535, för en port som inget annat lyssnar på",
    "WEB_CONCURRENCY": "hur många webbprocesser som körs, 1 till 64",
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
    worker_database_url: str | None = None
    """The same database, in the worker's own role. None: in the web's."""
    owner_database_url: str | None = None
    """Likewise, in the role that owns the tables and changes them."""
    redis_url: str | None = None
    """None only in tests: then jobs wait for the schedule."""
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    bind: str = "0.0.0.0"  # noqa: S104  (a platform's router comes from elsewhere)
    port: int = Field(default=8000, ge=1, le=65535)
    web_concurrency: int = Field(default=2, ge=1, le=64)
    """Web processes: two, so that one that dies leaves a door open."""
    mail_url: str | None = None
    mail_from: str | None = None
    remind_mail_from: str | None = None
    """Whom letters to pupils come from: neutral. None: MAIL_FROM's address under a neutral name."""
    vapid_keys: Annotated[list[str], NoDecode] = Field(default_factory=list)
    """Empty: there are no pushes, and no page speaks of them."""
    vapid_subject: str | None = None
    push_services: Annotated[list[str], NoDecode] = list(push_services.KNOWN)
    sms_url: str | None = None
    fallback_hours: int = Field(default=4, ge=1, le=72)
    """How long a push may lie unseen before a message goes to the address that the pupil gave."""
    flood_place: Annotated[list[tuple[int, int]], NoDecode] = [(60, 10), (120, 60)]
    """More knocks than so many in so many minutes, from one place, are set aside for one look. Two
    classes who knock at the same time are fewer."""
    flood_school: Annotated[list[tuple[int, int]], NoDecode] = [(150, 10), (300, 60)]
    """As above, at one school from everywhere."""
    letters_an_hour: int = Field(default=3, ge=2)
    """To one of the staff, about what waits: the next stands for all that came meanwhile."""
    bankid: str | None = None
    """'production', 'test', or in development an address. None: no page offers BankID."""
    bankid_certificate: str | None = None
    """PEM, whatever the setting was: its text or a file's name."""
    bankid_password: str | None = None
    bankid_root: str | None = None
    """PEM, likewise."""
    bankid_app: str = of_bankid.APP
    oidc_providers: str | None = Field(default=None, repr=False)
    """TOML, whatever the setting was: its text or a file's name. None: there are none."""
    quick_exit_url: str = "https://sv.wikipedia.org/"
    metrics_token: str | None = None
    demo: bool = False

    @field_validator("bind", "port", "web_concurrency", mode="before")
    @classmethod
    def _usual_when_empty(cls, value: object, info: ValidationInfo) -> object:
        """As platforms and shells have it: set to nothing is not set."""
        return value or cls.model_fields[info.field_name or ""].default

    @field_validator("encryption_keys", "vapid_keys", "push_services", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [word.strip() for word in value.split(",") if word.strip()]
        return value

    @field_validator("flood_place", "flood_school", mode="before")
    @classmethod
    def _paces(cls, value: object) -> object:
        return (
            [tuple(pace.split("/")) for pace in value.split(",")]
            if isinstance(value, str)
            else value
        )

    @field_validator("flood_place", "flood_school")
    @classmethod
    def _slow_enough(cls, value: list[tuple[int, int]]) -> list[tuple[int, int]]:
        if not all(most >= 1 and 1 <= minutes <= 60 for most, minutes in value):
            raise ValueError("out of range")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _some_key(cls, value: list[str]) -> list[str]:
        if not value:
            raise ValueError("empty")
        return value

    @field_validator("database_url", "worker_database_url", "owner_database_url")
    @classmethod
    def _database(cls, value: str | None, info: ValidationInfo) -> str | None:
        if not value and info.field_name != "database_url":
            return None
        value = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", value or "")
        if not value.startswith(("postgresql+psycopg://", "sqlite:///")):
            raise ValueError("scheme")
        parts = _address(value)
        if not parts.path.strip("/"):
            raise ValueError("no database")  # SQLite would make one anew in each process's memory
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

    @field_validator("mail_from", "remind_mail_from")
    @classmethod
    def _mailbox(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1]):
            raise ValueError("not an address")
        return value or None

    @field_validator("vapid_keys")
    @classmethod
    def _vapid_keys(cls, value: list[str]) -> list[str]:
        for key in value:
            read_key(key)
        return value

    @field_validator("vapid_subject")
    @classmethod
    def _vapid_subject(cls, value: str | None) -> str | None:
        # Apple refuses what is no address, RFC 8292 2.1 asks for one.
        if value and not re.fullmatch(r"mailto:[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", value):
            raise ValueError("not a mailto: address")
        return value or None

    @field_validator("push_services")
    @classmethod
    def _push_services(cls, value: list[str]) -> list[str]:
        return list(push_services.read_entries(value or push_services.KNOWN))

    @field_validator("sms_url")
    @classmethod
    def _sms(cls, value: str | None) -> str | None:
        if not value:
            return None
        scheme, _separator, rest = value.partition("://")
        parts = _address(f"//{rest}")  # a scheme that begins with a digit is none to urlsplit
        sender = parse_qs(parts.query).get("from", [""])[0]
        if (
            scheme not in ("46elks", "46elks+http")
            or not (parts.hostname and parts.username and parts.password)
            or not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,10}|\+\d{6,15}", sender)
        ):
            raise ValueError("not an account of 46elks")
        return value

    @field_validator("bankid")
    @classmethod
    def _bankid(cls, value: str | None) -> str | None:
        if value and value not in of_bankid.ADDRESSES and _address(value).scheme != "https":
            raise ValueError("not one of the two")
        return value or None

    @field_validator("bankid_certificate", "bankid_root")
    @classmethod
    def _pem(cls, value: str | None, info: ValidationInfo) -> str | None:
        key = ("PRIVATE KEY",) if info.field_name == "bankid_certificate" else ()
        return of_bankid.read(value, "CERTIFICATE", *key) if value else None

    @field_validator("bankid_app")
    @classmethod
    def _bankid_app(cls, value: str) -> str:
        return cls._web_address(value or of_bankid.APP)

    @field_validator("oidc_providers")
    @classmethod
    def _oidc(cls, value: str | None) -> str | None:
        return oidc.text_of(value) if value else None

    def as_worker(self) -> "Settings":
        """Those of the worker's process: the database in its own role."""
        return self.model_copy(
            update={"database_url": self.worker_database_url or self.database_url}
        )

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


ALIKE = 0.84
"""How like a setting's name another must be (difflib's ratio) to be taken for a slip."""
SHORTEST_SLIP = 6
"""Shorter names are like too many others."""


def misspelt(names: Iterable[str]) -> dict[str, str]:
    """Of the names in an environment those that are none of ours but look like one -> which."""
    ours = [name.upper() for name in Settings.model_fields]
    found = {}
    for name in names:
        if name.upper() not in ours and len(name) >= SHORTEST_SLIP:
            like = get_close_matches(name.upper(), ours, n=1, cutoff=ALIKE)
            if like:
                found[name] = like[0]
    return found


def _slip(name: str) -> str:
    """What is set instead of a setting that is missing, if it looks so."""
    wrong = [other for other, right in misspelt(os.environ).items() if right == name]
    return f" ({wrong[0]} är satt: menas {name}?)" if wrong else ""


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
        fault += _slip(name)
        raise SettingError(f"{name} {fault}: {HOW_TO_MEND.get(name, first['msg'])}") from error
    if settings.mail_url and not settings.mail_from:
        raise _missing("MAIL_FROM")
    if settings.vapid_keys and not settings.vapid_subject:
        raise _missing("VAPID_SUBJECT")
    if settings.is_production and any("://" in entry for entry in settings.push_services):
        raise _unusable("PUSH_SERVICES")
    if settings.is_production and (settings.sms_url or "").startswith("46elks+http:"):
        raise _unusable("SMS_URL")
    _check_bankid(settings)
    _check_oidc(settings)
    if settings.is_production and not settings.redis_url:
        raise _missing("REDIS_URL")
    if settings.is_production and not settings.is_secure:
        raise SettingError(f"PUBLIC_URL måste börja med https://: {HOW_TO_MEND['PUBLIC_URL']}")
    return settings


def _check_bankid(settings: Settings) -> None:
    """Raises SettingError when what BankID needs is missing, or does not fit together."""
    if settings.is_production:
        if settings.bankid not in (None, *of_bankid.ADDRESSES):
            raise _unusable("BANKID")
        if settings.bankid_app != of_bankid.APP:
            raise _unusable("BANKID_APP")
    if settings.bankid is None:
        return
    certificate, root = settings.bankid_certificate, settings.bankid_root
    if not certificate:
        raise _missing("BANKID_CERTIFICATE")
    if not root:
        raise _missing("BANKID_ROOT")
    try:
        of_bankid.context(certificate, settings.bankid_password, root)
        of_bankid.ends_at(certificate)
    except of_bankid.WrongPassword:
        raise _unusable("BANKID_PASSWORD") from None
    except ValueError:
        raise _unusable("BANKID_CERTIFICATE") from None


def _check_oidc(settings: Settings) -> None:
    """Raises SettingError that says which provider is wrong, and how it is mended."""
    try:
        found = oidc.read(settings.oidc_providers or "")
    except oidc.WrongProvider as error:
        raise SettingError(f"OIDC_PROVIDERS går inte att använda: {error}") from None
    for one in found:
        if settings.is_production and not one.issuer.startswith("https://"):
            raise SettingError(
                f"OIDC_PROVIDERS går inte att använda: [{one.key}] issuer ska börja med https://"
            )


def _missing(name: str) -> SettingError:
    return SettingError(f"{name} saknas{_slip(name)}: {HOW_TO_MEND[name]}")


def _unusable(name: str) -> SettingError:
    return SettingError(f"{name} går inte att använda: {HOW_TO_MEND[name]}")
