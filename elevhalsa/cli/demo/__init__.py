"""``flask --app app demo …``: a made-up municipality to look at, and links to sign in to it."""

from contextlib import suppress
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import AppGroup

from elevhalsa.config import Settings
from elevhalsa.core.bankid import APP, bankid
from elevhalsa.core.errors import Conflict, NotFound
from elevhalsa.core.i18n import _, alphabetical
from elevhalsa.core.oidc import LOOPBACK, Audience, Provider, providers
from elevhalsa.domain.people import accounts, staffing
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places import service
from elevhalsa.domain.places.models import Municipality

from ..crisis import load_shipped
from ..running import writes
from ..staff import sign_in_address
from . import history, setting

command = AppGroup("demo", help="Exempelkommun: påhittade skolor, roller och knackningar.")


@command.command("load")
@writes
def load() -> None:
    """Ladda Exempelkommun med 60 dagars knackningar. Finns den redan ändras ingenting."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.is_production and not settings.demo:
        raise Conflict(_("Exempeldata laddas inte i skarp drift. Sätt DEMO=1 om det är meningen."))
    if _municipality():
        click.echo(_("Exempelkommun finns redan. Ingenting ändrat."))
        return
    if not service.has_national_crisis_lines():
        load_shipped()
    municipality = setting.build()
    knocks = history.play(municipality)
    click.echo(
        _("Exempelkommun är laddad: %(schools)s skolor, %(knocks)s knackningar.",
          schools=len(places.schools(municipality)), knocks=knocks)
    )  # fmt: skip
    click.echo(_("Logga in: flask --app app demo people"))


@command.command("people")
@writes
def show_people() -> None:
    """Visa alla i Exempelkommun med en ny inloggningslänk var."""
    municipality = _municipality()
    if municipality is None:
        raise NotFound(_("Exempelkommun finns inte. Ladda den med demo load."))
    staff = [person for person in staffing.everyone(municipality) if person.active]
    width = max((len(person.name) for person in staff), default=0)
    for person in staff:
        schools = sorted((a.school.name for a in person.assignments), key=alphabetical)
        click.secho(person.name.ljust(width), bold=True, nl=False)
        click.echo(f"  {person.works_as}, {', '.join(schools) or _('alla skolor')}")
        click.echo(f"{' ' * width}  {sign_in_address(person, people.make_link(person))}")
    click.echo("")
    click.echo(_("Varje länk fungerar en gång, inom 15 minuter. Nya: flask --app app demo people"))
    click.echo(
        _("En knackning med svar och mötesförslag öppnas på /mitt/kod med koden: %(code)s",
          code=history.open_code())
    )  # fmt: skip
    if bankid.is_on and bankid.app != APP:
        click.echo(_("Låtsas-BankID, med personer som inte finns: %(app)s", app=bankid.app))
    tied = [name for one in providers.all if _is_pretended(one) for name in _tie(one, staff)]
    if tied:
        click.echo(
            _("Utan länk: logga in med Låtsas arbetskonto som %(names)s.", names=", ".join(tied))
        )


def _is_pretended(provider: Provider) -> bool:
    """One of staff on this machine (``tools/oidc``), which nobody else can reach."""
    is_here = urlsplit(provider.issuer).hostname in LOOPBACK
    return is_here and provider.audience is Audience.STAFF


def _tie(provider: Provider, staff: list[Staff]) -> list[str]:
    """Some have an account there, that the provider calls by their mailbox. Returns their names."""
    some = [one for one in staff if one.email.partition("@")[0] in setting.WITH_ACCOUNT]
    for person in some:
        with suppress(Conflict):  # tied before
            accounts.tie(person, provider, {"sub": person.email.partition("@")[0]})
    return [person.name for person in some]


def _municipality() -> Municipality | None:
    try:
        return places.municipality_by_slug(setting.SLUG)
    except NotFound:
        return None
