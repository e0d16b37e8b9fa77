"""``flask --app app municipality …``: the tenants of this deployment."""

import json
import sys
from typing import Any
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import AppGroup

from elevhalsa import work
from elevhalsa.config import Settings
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _, ngettext
from elevhalsa.domain import parting
from elevhalsa.domain.operations import keys
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places import rules, service
from elevhalsa.domain.retention import queries as decided
from elevhalsa.domain.retention.words import RecordKind

from . import cells
from .cells import Cell
from .crisis import load_shipped
from .running import echo_table, reads, say_change, writes

command = AppGroup("municipality", help="Kommuner: lägg till, ändra, visa.")

_SETTINGS = (
    click.option("--host", type=Cell(cells.host, may_be_empty=True),
                 help="Kommunens eget värdnamn, till exempel elevhalsa.kommun.se."),
    click.option("--promise-hours", type=int, metavar="ANTAL",
                 help="Löftet i räknade timmar. Från början 24."),
    click.option("--eves-closed/--no-eves-closed", default=None,
                 help="Räknas julafton, nyårsafton och midsommarafton som helg? Från början ja."),
    click.option("--show-names/--no-show-names", default=None,
                 help="Får eleverna se vad personalen heter? Från början nej."),
    click.option("--requires-passkey/--no-requires-passkey", default=None,
                 help="Måste personalen ha en nyckel för att komma in? Från början nej."),
    click.option("--retention-days", type=int, metavar="ANTAL",
                 help="Dagar från avslut till låsning, så länge inget gallringsbeslut finns. "
                      "Från början 180. Beslutet anger dem annars: se retention."),
    click.option("--contact-email", type=Cell(cells.email, may_be_empty=True),
                 help="Dit man skriver om tillgänglighet och integritet."),
    click.option("--duty-phone", type=Cell(cells.phone, may_be_empty=True),
                 help="Socialjourens nummer. Visas bland hjälplinjerna."),
    click.option("--sms-countries", type=Cell(cells.countries), metavar="LANDSNUMMER",
                 help="Länder vars mobilnummer kan få sms, till exempel 46,47. Från början 46."),
    click.option("--sms-a-day", type=int, metavar="ANTAL",
                 help="Så många sms skickas högst på ett dygn. Från början 300."),
)  # fmt: skip


def _settings(function: Any) -> Any:
    for option in reversed(_SETTINGS):
        function = option(function)
    return function


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """The options that were given; an empty text takes the setting away."""
    return {name: value or None if value == "" else value
            for name, value in values.items() if value is not None}  # fmt: skip


def _check_reachable() -> None:
    """Raises Conflict when a municipality would be reached at nobody's or another's host."""
    settings: Settings = current_app.config["SETTINGS"]
    known = places.municipalities()
    public_host = rules.hostname(urlsplit(settings.public_url).netloc)
    owner = next((row for row in known if row.host == public_host), None)
    without = [row.name for row in known if row.host is None]
    if owner and without:
        raise Conflict(
            _("Värdnamnet i PUBLIC_URL hör till %(owner)s. Då behöver alla andra kommuner ett eget "
              "värdnamn; %(names)s saknar det.", owner=owner.name, names=", ".join(without))
        )  # fmt: skip


@command.command("add")
@click.option(
    "--name", required=True, type=Cell(cells.text(120)), help="Till exempel Exempelkommun."
)
@click.option(
    "--slug", required=True, type=Cell(cells.slug), help="Kortnamn: a–z, 0–9, bindestreck."
)
@_settings
@writes
def add(name: str, slug: str, **values: Any) -> None:
    """Lägg till en kommun. Laddar också de nationella hjälplinjerna om inga finns."""
    row = service.add_municipality(slug, name, **_given(values))
    _check_reachable()
    click.echo(_("%(name)s är tillagd.", name=row.name))
    if not service.has_national_crisis_lines():
        load_shipped()


@command.command("set")
@click.argument("slug", metavar="KORTNAMN")
@click.option("--name", type=Cell(cells.text(120)), help="Nytt namn.")
@_settings
@writes
def set_(slug: str, **values: Any) -> None:
    """Ändra en kommun. Det som inte anges står kvar; en tom text ("") tar bort."""
    row = places.municipality_by_slug(slug)
    if "retention_days" in _given(values) and decided.decision(row.id, RecordKind.KNOCK):
        raise Conflict(_("Gallringsbeslutet säger hur många dagar det är: se retention decide."))
    change = service.set_municipality(row, **_given(values))
    _check_reachable()
    say_change(change, row.name)


@command.command("export")
@click.argument("slug", metavar="KORTNAMN")
@reads
def export(slug: str) -> None:
    """Skriv ut allt som är kommunens, i klartext: en JSON-rad om varje sak.

    Till nästa program, aldrig till en fil på servern eller en skärm. Kryptera till mottagaren:
    flask --app app municipality export KORTNAMN | age -r NYCKEL > kommun.jsonl.age
    """
    if sys.stdout.isatty():
        raise Conflict(
            _("Det här är allt som elever och personal har skrivit, i klartext. Skicka det vidare "
              "till ett program som krypterar: … | age -r NYCKEL > kommun.jsonl.age")
        )  # fmt: skip
    click.echo(_("OBS: det som skrivs ut är i klartext."), err=True)
    count = 0
    with work.unit(work.OPERATOR):
        keys.check()
        parting.note_begun(places.municipality_by_slug(slug))
    with work.unit(work.OPERATOR, writes=False):  # nobody who knocks waits for it
        export = parting.Export(places.municipality_by_slug(slug))
        for one in export.rows():
            click.echo(json.dumps(one, ensure_ascii=False))
            count += 1
    with work.unit(work.OPERATOR):
        export.note()
    click.echo(ngettext("%(num)s rad.", "%(num)s rader.", count), err=True)
    if export.unreadable:
        click.echo(
            ngettext(
                "%(num)s text går inte att läsa. Raden står i filen, med unreadable.",
                "%(num)s texter går inte att läsa. Raderna står i filen, med unreadable.",
                export.unreadable,
            ),
            err=True,
        )


@command.command("list")
@reads
def list_() -> None:
    """Visa alla kommuner."""
    echo_table(
        (_("kortnamn"), _("namn"), _("värdnamn"), _("löfte, h"), _("aftnar stängda"),
         _("visar namn"), _("kräver nyckel"), _("gallring, dagar"), _("logg, dagar"), _("sms till"),
         _("sms, dygn"), _("socialjour"), _("e-post"), _("skolor")),
        [
            (m.slug, m.name, m.host, m.promise_hours, m.eves_closed, m.show_names,
             m.requires_passkey, m.retention_days, m.log_days, m.sms_countries, m.sms_a_day,
             m.duty_phone, m.contact_email, sum(s.active for s in m.schools))
            for m in places.municipalities()
        ],
    )  # fmt: skip
