"""The pupil's login by e-ID: a random cookie, of what has begun at first and then of the login.

It is this browser's for half an hour at most, opens no knock, and ends with the knock that it was
for, with every way out, and with the button beside the name.
"""

from contextlib import suppress
from functools import partial

from flask import Flask, Response, current_app, g, request

from elevhalsa.config import Settings
from elevhalsa.core.bankid import bankid
from elevhalsa.core.oidc import Audience, Provider, providers
from elevhalsa.core.ports import EidApi, EidFailed, OidcApi
from elevhalsa.domain.identity import oidc, orders, rules, service
from elevhalsa.domain.identity.models import EidOrder, Identity
from elevhalsa.domain.people.directory import MunicipalityView, SchoolView

from . import leaving, tenant, transaction


def init_app(app: Flask) -> None:
    app.jinja_env.globals["bankid_is_on"] = lambda: bankid.is_on
    app.jinja_env.globals["pupils_providers"] = pupils_providers


def pupils_providers(place: MunicipalityView) -> list[Provider]:
    """Whom a pupil may log in with there, besides BankID."""
    return providers.at(place.slug, Audience.PUPILS)


def api() -> EidApi:
    found: EidApi = current_app.extensions["elevhalsa"].bankid
    return found


def oidc_api() -> OidcApi:
    found: OidcApi = current_app.extensions["elevhalsa"].oidc
    return found


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _token() -> str | None:
    """None, too, once somebody has left since: a quick exit without a net takes no cookie away, but
    gives the browser another mark. The exit itself ends what was there before its own mark."""
    token, _dot, mark = request.cookies.get(leaving.LOGIN.cookie(_settings()), "").partition(".")
    leaves = request.endpoint == leaving.Out.LEAVE.value
    return token if token and (leaves or mark == leaving.mark()) else None


def order() -> EidOrder | None:
    """The order that this browser began, at the host where it did."""
    found = orders.find(_token())
    return found if found and tenant.is_at_home(found.municipality_id) else None


def begun() -> oidc.Begun | None:
    """What this browser began with a provider of OpenID Connect, for a pupil."""
    found = oidc.find(_token())
    return found if found and found.row.school_id else None


def identity() -> Identity | None:
    """Who is logged in here, whether they have said that it may be used or not."""
    if "identity" not in g:
        found = service.find(_token())
        g.identity = found if found and tenant.is_at_home(found.municipality_id) else None
    found_here: Identity | None = g.identity
    return found_here


def identity_at(school: SchoolView) -> Identity | None:
    """Who is logged in here, if it was for the school's municipality."""
    found = identity()
    return found if found and found.municipality_id == school.municipality.id else None


def give(response: Response, token: str) -> None:
    """The browser's cookie from now on, in the place of whatever it had."""
    end()
    settings = _settings()
    response.set_cookie(
        leaving.LOGIN.cookie(settings),
        f"{token}.{leaving.mark()}",
        max_age=int(rules.LOGIN.total_seconds()),
        secure=settings.is_secure,
        httponly=True,
        samesite="Lax",
        path=leaving.LOGIN.path,
    )


def leave_order() -> None:
    """What is under way at BankID is cancelled, once that has been written down."""
    here = order()
    reference = orders.leave(here) if here else None
    if reference:
        transaction.afterwards("eid", partial(_cancel, api(), reference))


def _cancel(api: EidApi, reference: str) -> None:
    with suppress(EidFailed):  # BankID ends it by itself, within minutes
        api.cancel(reference)


def end() -> None:
    """Whatever this browser had of e-ID is over. Its cookie is taken away by a way out."""
    here = identity()
    if here:
        service.end(here)
    g.identity = None
    leave_order()
    led = begun()
    if led:
        oidc.leave(led)


def log_out(response: Response) -> None:
    """The button beside the name."""
    end()
    leaving.leave(response, leaving.Out.LOG_OUT, _settings())
