"""Who vouches for people here besides BankID: providers of OpenID Connect, as a setting names them.

A provider is for pupils or for staff, never for both, and at every municipality or at some. Must
never show a client's secret, in an error or elsewhere.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

GOOGLE = "https://accounts.google.com"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
RESERVED = frozenset(
    {"client_id", "client_secret", "code_challenge", "code_challenge_method", "nonce",
     "redirect_uri", "request", "request_uri", "response_mode", "response_type", "scope", "state"}
)  # fmt: skip
"""What we ask with ourselves."""

ADDRESSES = frozenset(
    {"email", "mail", "preferred_username", "upn", "unique_name", "edupersonprincipalname"}
)
"""Claims by which nobody of staff is known: whoever gets the address next would be let in."""

HOW_TO_MEND = {
    "name": "vad knappen säger, till exempel Freja",
    "issuer": "leverantörens adress, precis som den står i dess egna uppgifter; https, utom på den "
    "egna datorn",
    "client_id": "det som leverantören kallar oss",
    "client_secret": "hemligheten som leverantören gav",
    "audience": "pupils eller staff",
    "scopes": "ord med mellanslag emellan, openid ett av dem",
    "municipalities": 'kommunernas namn i adresser: ["exempelkommun"]; utelämnad betyder alla',
    "claims": "subject, name, school_class, number, birthdate och age: vad leverantören kallar dem",
    "require": 'vad som måste stå i svaret: {hd = "skola.example"}',
    "ask": "mer att fråga med, utom det vi frågar med själva",
}
_KEY = re.compile(r"[a-z][a-z0-9-]{0,38}")


class Audience(StrEnum):
    PUPILS = "pupils"
    STAFF = "staff"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


Word = Annotated[str, Field(min_length=1, max_length=200)]


class Claims(_Frozen):
    """What the provider calls what we ask for. None: we do not."""

    subject: Word = "sub"
    """What it knows somebody by for ever."""
    name: Word = "name"
    """Several with spaces between: 'given_name family_name'."""
    school_class: Word | None = None
    number: Word | None = None
    """A personal identity number."""
    birthdate: Word | None = None
    age: Word | None = None
    """Whole years. Of this and the birth date only the age band is kept."""


class Provider(_Frozen):
    """One of them."""

    key: Word
    """In addresses and rows; never changed."""
    name: Annotated[str, Field(min_length=1, max_length=80)]
    """On a screen."""
    issuer: Word
    client_id: Word
    client_secret: Annotated[SecretStr, Field(min_length=1)]
    audience: Audience
    scopes: Word = "openid profile"
    municipalities: tuple[str, ...] = ()
    """Slugs of those where it is offered; none: everywhere."""
    claims: Claims = Claims()
    require: Mapping[str, str | tuple[str, ...]] = {}
    """Claim -> what it must say: one word, or one of several."""
    ask: Mapping[str, str] = {}
    """More to ask with, e.g. ``acr_values``."""

    @field_validator("issuer")
    @classmethod
    def _is_address(cls, value: str) -> str:
        parts = urlsplit(value)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if not (is_safe and parts.hostname) or parts.query or parts.fragment or parts.username:
            raise ValueError("no issuer")
        return value

    @field_validator("scopes")
    @classmethod
    def _asks_for_identity(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("no openid")
        return value

    @field_validator("ask")
    @classmethod
    def _asks_for_more(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        if RESERVED & value.keys():
            raise ValueError("reserved")
        return value

    def is_at(self, slug: str) -> bool:
        """At the municipality that is called so?"""
        return not self.municipalities or slug in self.municipalities


class WrongProvider(ValueError):
    """What is wrong and how it is mended, in one line without a secret."""


def text_of(value: str) -> str:
    """A setting's TOML: itself, or of the file that it names. Raises ValueError."""
    if "=" in value:
        return value
    try:
        return Path(value).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise WrongProvider("ingen sådan fil går att läsa") from None


def read(text: str) -> tuple[Provider, ...]:
    """Every provider of a setting's TOML, a table each. Raises WrongProvider."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line \d+", str(error))
        line = where[0].replace("line", "rad") if where else "sista raden"
        raise WrongProvider(f"det är inte TOML ({line})") from None
    return tuple(_provider(key, table) for key, table in tables.items())


def _provider(key: str, table: Any) -> Provider:
    if not _KEY.fullmatch(key) or not isinstance(table, dict) or "key" in table:
        raise WrongProvider(
            f"[{key}] ska vara ett kort namn inom hakar (a-z, 0-9 och -), med uppgifter under"
        )
    try:
        made = Provider(key=key, **table)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        path = [str(part) for part in first["loc"]]
        raise WrongProvider(_line(key, path, str(first["type"]))) from None
    if made.issuer == GOOGLE and "hd" not in made.require:
        raise WrongProvider(
            f"[{key}] require saknas: med Google kan vem som helst logga in; sätt "
            'require = {hd = "skolans domän"}'
        )
    if made.audience is Audience.STAFF and made.claims.subject.lower() in ADDRESSES:
        raise WrongProvider(
            f"[{key}] claims.subject är en adress, som kan bli någon annans: välj sub eller oid"
        )
    return made


def _line(key: str, path: list[str], fault: str) -> str:
    field = path[0]
    if fault == "extra_forbidden":
        known = ", ".join(Claims.model_fields if field == "claims" else HOW_TO_MEND)
        return f"[{key}] {'.'.join(path[:2])} finns inte: välj bland {known}"
    wrong = "saknas" if fault == "missing" else "går inte att använda"
    return f"[{key}] {field} {wrong}: {HOW_TO_MEND[field]}"


@dataclass
class Providers:
    """As the process has them. Filled by the factory."""

    all: tuple[Provider, ...] = ()

    def configure(self, text: str | None) -> None:
        """text: TOML. Raises WrongProvider."""
        self.all = read(text) if text else ()

    def at(self, slug: str, audience: Audience) -> list[Provider]:
        """Those that are offered at one municipality."""
        return [one for one in self.all if one.audience is audience and one.is_at(slug)]

    def get(self, key: str, audience: Audience) -> Provider | None:
        return next((p for p in self.all if p.key == key and p.audience is audience), None)


providers = Providers()
