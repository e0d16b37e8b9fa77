"""``flask --app app eid …``: whom pupils and staff may log in with, besides BankID."""

import click
from flask import current_app
from flask.cli import AppGroup

from elevhalsa.config import Settings
from elevhalsa.core.i18n import _
from elevhalsa.core.oidc import Audience, Provider, providers
from elevhalsa.core.ports import EidFailed, OidcApi, OidcAsked
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places import rules
from elevhalsa.domain.places.models import Municipality

from .running import reads

command = AppGroup("eid", help="Leverantörer av inloggning: visa och pröva.")

ANSWERS = {Audience.PUPILS: "eid.answered", Audience.STAFF: "signin.account_answered"}


@command.command("show")
@reads
def show() -> None:
    """Visa varje leverantör, adresserna som den ska känna till, och om den svarar."""
    if not providers.all:
        click.echo(_("Inga leverantörer. Sätt OIDC_PROVIDERS."))
    known = places.municipalities()
    for provider in providers.all:
        click.secho(f"[{provider.key}] {provider.name}", bold=True)
        click.echo(f"  {_of(provider)}")
        for slug in sorted(set(provider.municipalities) - {one.slug for one in known}):
            click.echo(_("  Kommunen %(slug)s finns inte här.", slug=slug))
        at = [one for one in known if provider.is_at(one.slug)]
        for address in sorted({_return(provider, one) for one in at}):
            click.echo(_("  Adress att godkänna: %(address)s", address=address))
        click.echo(f"  {_tried(provider)}")


def _of(provider: Provider) -> str:
    if provider.audience is Audience.PUPILS:
        return _("För elever, med namn, och det som claims säger mer.")
    return _("För personal, som knyter sitt konto efter en länk.")


def _return(provider: Provider, municipality: Municipality) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    origin = rules.origin(settings.public_url, municipality.host)
    routes = current_app.url_map.bind("localhost")
    return origin + routes.build(ANSWERS[provider.audience], {"key": provider.key})


def _tried(provider: Provider) -> str:
    api: OidcApi = current_app.extensions["elevhalsa"].oidc
    try:
        api.lead(provider, OidcAsked("", "", "", ""))
    except EidFailed as error:
        if error.code == "untrue":
            return _("Den säger sig vara någon annan. Skriv issuer precis som i dess uppgifter.")
        return _("Den svarar inte. Pröva adressen i issuer.")
    return _("Den svarar som den ska.")
