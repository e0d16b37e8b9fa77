"""Providers of OpenID Connect, one server for all tests of a run: what each leaves is cleared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from elevhalsa.core.oidc import Provider as Setting
from elevhalsa.core.oidc import read
from elevhalsa.core.ports import OidcAsked, OidcGiven
from elevhalsa.domain.identity import oidc as of_oidc
from elevhalsa.domain.people import accounts
from elevhalsa.domain.people.models import Staff, StaffAccount
from elevhalsa.extensions import db
from tools.oidc.provider import Provider
from tools.oidc.server import running

CLIENT, SECRET = "elevhälsa & co", "ett+hemligt%ord"
ELEVA = {
    "given_name": "Exempel",
    "family_name": "Elva",
    "class": ["5 A"],
    "birthdate": "2015-01-01",
    "email": "elva@exempel.invalid",
}
TABLES = f"""
[skolkonto]
name = "Skolkonto"
issuer = "{{origin}}/skola"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
audience = "pupils"
claims = {{{{name = "given_name family_name", school_class = "class", birthdate = "birthdate"}}}}

[annat]
name = "Annat konto"
issuer = "{{origin}}/annat"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
audience = "pupils"
require = {{{{hd = "skola.invalid"}}}}
ask = {{{{acr_values = "loa3"}}}}

[arbete]
name = "Arbetskonto"
issuer = "{{origin}}/arbete"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
audience = "staff"
"""


@dataclass(frozen=True)
class Providers:
    """The simulated ones, by the keys of the setting."""

    skola: Provider
    annat: Provider
    arbete: Provider
    text: str
    """Of the setting."""

    def setting(self, key: str) -> Setting:
        return next(one for one in read(self.text) if one.key == key)

    @property
    def settings(self) -> dict[str, Any]:
        """Of an app that asks them."""
        return {"oidc_providers": self.text}


def _new() -> dict[str, Provider]:
    clients = {CLIENT: SECRET}
    return {
        "skola": Provider(clients, {"sub-a": dict(ELEVA), "sub-b": {"given_name": "Bara"}}),
        "annat": Provider(clients, {"sub-a": {"name": "Annan Elev", "hd": "skola.invalid"}}),
        "arbete": Provider(clients, {"sub-k": {"name": "K"}, "sub-x": {"name": "X"}}),
    }


@pytest.fixture(scope="session")
def oidc_of_the_run() -> Iterator[dict[str, Provider]]:
    made = _new()
    with running(made):
        yield made


@pytest.fixture
def oidc(oidc_of_the_run: dict[str, Provider]) -> Providers:
    for name, fresh in _new().items():
        kept = oidc_of_the_run[name]
        key, issuer = kept.key, kept.issuer
        kept.__dict__.update(replace(fresh, key=key, issuer=issuer).__dict__)
    origin = oidc_of_the_run["skola"].issuer.removesuffix("/skola")
    return Providers(**oidc_of_the_run, text=TABLES.format(origin=origin))


def asked_in(address: str) -> dict[str, str]:
    """What a provider is asked."""
    return dict(parse_qsl(urlsplit(address).query))


def settings_of_nobody() -> dict[str, Any]:
    """Of an app that is set up and would reach nobody."""
    return {"oidc_providers": TABLES.format(origin="http://127.0.0.1:1")}


class Friendly:
    """Providers where somebody has always just logged in."""

    def lead(self, provider: Setting, asked: OidcAsked) -> str:
        return "https://exempel.invalid/"

    def redeem(self, provider: Setting, asked: OidcAsked, given: OidcGiven) -> Mapping[str, Any]:
        return {"sub": "someone", "given_name": "Exempel", "family_name": "Elva"}


def _of_nobody(key: str) -> Setting:
    found = read(settings_of_nobody()["oidc_providers"])
    return next(one for one in found if one.key == key)


def begun(key: str, *, school_id: str | None = None) -> tuple[str, str]:
    """Somebody has been led away and is back. Returns the cookie's token and the address' query."""
    asked: list[OidcAsked] = []

    class Noting(Friendly):
        def lead(self, provider: Setting, question: OidcAsked) -> str:
            asked.append(question)
            return ""

    wanted = of_oidc.Wanted(_of_nobody(key), "", school_id=school_id)
    led = of_oidc.start(Noting(), wanted)
    db.session.commit()
    return led.token, f"?{urlencode({'state': asked[0].state, 'code': 'x'})}"


def tied(staff: Staff) -> StaffAccount:
    """To whoever ``Friendly`` says has logged in."""
    known = {"sub": "someone"}
    made = accounts.of(staff) or [accounts.tie(staff, _of_nobody("arbete"), known)]
    db.session.commit()
    return made[0]
