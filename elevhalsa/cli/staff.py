"""``flask --app app staff …``: who works here, at which schools, and how they get in."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import click
from flask import current_app
from flask.cli import AppGroup

from elevhalsa import work
from elevhalsa.config import Settings
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.i18n import _, ngettext
from elevhalsa.core.ports import Page
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import departures
from elevhalsa.domain.knocks import queries as knock_queries
from elevhalsa.domain.notices import responsible as naming
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people import duties, queries, staffing
from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places import service
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.domain.places.service import Change
from elevhalsa.web import signed_in, tenant
from elevhalsa.web.addresses import addresses

from . import cells, importing
from .cells import Cell
from .importing import RowFault, dry_run_option, file_argument
from .running import echo_table, municipality_option, pick_municipality, reads, say_change, writes
from .tables import By, Row, column, explain

command = AppGroup("staff", help="Personal: lägg till, läs in, visa, bjud in, avsluta.")


class StaffRow(Row):
    name: Annotated[str, By(cells.text(120))] = column("namn", "personens namn")
    email: Annotated[str, By(cells.email)] = column("epost", "adressen som personen loggar in med")
    profession: Annotated[Profession | None, By(cells.profession)] = column(
        "yrke",
        "skolsköterska, skolläkare, kurator, skolpsykolog, specialpedagog eller samordnare; "
        "vid en organisation person från socialtjänsten, person från vården, förskollärare, ledare "
        "eller samordnare",
    )
    slugs: Annotated[tuple[str, ...], By(cells.slugs)] = column(
        "skolor", "skolornas kortnamn med | emellan; tomt för samordnare", ()
    )
    coordinates: Annotated[bool | None, By(cells.yes)] = column(
        "samordnare", "ja för den som har ett yrke och dessutom är samordnare", None
    )
    organisation: Annotated[str | None, By(cells.text(120))] = column(
        "organisation", "namnet på organisationen; tomt för elevhälsan", None
    )
    ends_on: Annotated[date | None, By(cells.day)] = column(
        "slutar", "sista dagen som personen kommer in; tomt ändrar inget", None
    )


email_argument = click.argument("email", metavar="E-POST")


@command.command("add")
@municipality_option
@click.option("--name", required=True, type=Cell(cells.text(120)), help="Personens namn.")
@click.option("--email", required=True, type=Cell(cells.email), help="E-postadress.")
@click.option("--profession", required=True, type=Cell(cells.profession),
              help="Yrke, till exempel skolsköterska, eller samordnare.")  # fmt: skip
@click.option("--coordinates/--no-coordinates", default=None,
              help="Är samordnare vid sidan av sitt yrke. Den utan yrke som inte är "
                   "samordnare kan bara granska loggen.")  # fmt: skip
@click.option("--school", "slugs", multiple=True, help="Skolans kortnamn. Kan anges flera gånger.")
@click.option("--organisation", type=Cell(cells.text(120)), metavar="NAMN",
              help="Där personen arbetar, när det inte är i elevhälsan.")  # fmt: skip
@click.option("--ends-on", type=Cell(cells.day), metavar="DATUM",
              help="Sista dagen som personen kommer in.")  # fmt: skip
@writes
def add(
    municipality_slug: str | None,
    *,
    name: str,
    email: str,
    profession: Profession | None,
    coordinates: bool | None,
    slugs: tuple[str, ...],
    organisation: str | None,
    ends_on: date | None,
) -> None:
    """Lägg till en person, ändra, eller släpp in någon som har slutat igen."""
    municipality = pick_municipality(municipality_slug)
    row = StaffRow.model_construct(
        name=name, email=email, profession=profession, slugs=slugs, coordinates=coordinates,
        organisation=organisation, ends_on=ends_on,
    )  # fmt: skip
    try:
        change = _put(municipality, _schools(municipality), row, reactivate=True)
    except RowFault as fault:
        raise click.ClickException(str(fault)) from fault
    say_change(change, name)


@command.command("import", help=f"Läs in personal från en fil.\n\n{explain(StaffRow)}")
@file_argument
@municipality_option
@dry_run_option
@writes
def import_(path: Path, municipality_slug: str | None, dry_run: bool) -> None:
    municipality = pick_municipality(municipality_slug)
    schools = _schools(municipality)
    importing.run(
        path,
        StaffRow,
        lambda row: row.email.casefold(),
        lambda row: _put(municipality, schools, row),
        dry_run=dry_run,
    )


def _schools(municipality: Municipality) -> dict[str, School]:
    return {school.slug: school for school in places.schools(municipality)}


def _put(
    municipality: Municipality,
    schools: dict[str, School],
    row: StaffRow,
    *,
    reactivate: bool = False,
) -> Change:
    unknown = [slug for slug in row.slugs if slug not in schools]
    if unknown:
        raise RowFault("skolor", _("det finns ingen skola ”%(slug)s”", slug=", ".join(unknown)))
    organisation = (
        service.find_organisation(municipality, row.organisation) if row.organisation else None
    )
    if row.organisation and organisation is None:
        raise RowFault("organisation", _("det finns ingen organisation med det namnet"))
    if organisation is None and bool(row.profession) != bool(row.slugs):
        raise RowFault("skolor", _("minst en skola behövs") if row.profession
                       else _("en samordnare ser alla skolor; lämna tomt"))  # fmt: skip
    before = staffing.find(municipality, row.email)
    wall = row.profession.wall if row.profession else None
    if before and before.wall is not wall and knock_queries.has_any(before):
        raise RowFault("yrke", _("personen har mottagna knackningar; de måste lämnas över först"))
    try:
        _staff, change = staffing.put(
            municipality,
            row.email,
            name=row.name,
            profession=row.profession,
            coordinates=None if organisation else row.coordinates,
            leads=row.coordinates if organisation else None,
            organisation=organisation,
            schools=[schools[slug] for slug in row.slugs],
            ends_on=row.ends_on,
            reactivate=reactivate,
        )
    except Conflict as error:
        raise RowFault("epost", str(error)) from error
    except InvalidInput as error:
        where = "slutar" if error.field == "ends_on" else "yrke"
        raise RowFault(where, str(error)) from error
    return change


@command.command("list")
@municipality_option
@reads
def list_(municipality_slug: str | None) -> None:
    """Visa personalen."""
    echo_table(
        (_("namn"), _("e-post"), _("yrke"), _("skolor"), _("organisation"), _("slutar"),
         _("aktiv")),
        [
            (s.name, s.email, s.works_as,
             "|".join(sorted(a.school.slug for a in s.assignments)),
             s.organisation.name if s.organisation else "", s.ends_on or "",
             s.works_on(clock.today()))
            for s in staffing.everyone(pick_municipality(municipality_slug))
        ],
    )  # fmt: skip


def _one(email: str, municipality_slug: str | None) -> Staff:
    """Raises NotFound, or Conflict when the municipality must be named."""
    named = places.municipality_by_slug(municipality_slug) if municipality_slug else None
    return staffing.require(email, named)


BETWEEN_INVITATIONS = timedelta(seconds=3)
"""So that a mail server takes them all, and not all come in at once."""


@command.command("invite")
@click.argument("email", metavar="[E-POST]", required=False)
@municipality_option
@click.option("--mail", is_flag=True, help="Skicka länken med e-post i stället för att visa den.")
@click.option("--all", "everybody", is_flag=True,
              help="Skicka en länk till var och en som aldrig har bjudits in.")  # fmt: skip
@writes
def invite(email: str | None, municipality_slug: str | None, mail: bool, everybody: bool) -> None:
    """Gör en länk som loggar in en person, en gång, inom 15 minuter.

    Länken visas bara här och nu. Den som har länken kommer in: skicka den säkert.

    Med --all går ett brev i taget, 20 i minuten, till dem som aldrig har bjudits in.
    """
    if bool(email) == everybody:
        raise click.UsageError(_("Ange en e-postadress eller --all."))
    if email is None:
        _invite_everybody(pick_municipality(municipality_slug))
        return
    staff = _one(email, municipality_slug)
    if not staff.works_on(clock.today()):
        raise Conflict(_("Personen har slutat. Släpp in personen igen med staff add."))
    if queries.keys_of(staff, tenant.hosts_of(staff.municipality)):
        raise Conflict(
            _("Personen har en nyckel, och då öppnar en länk inget. Är nyckeln borta: "
              "kör staff revoke --keys först.")
        )  # fmt: skip
    if not mail:
        click.echo(sign_in_address(staff, people.make_link(staff)))
        return
    if not _settings().mail_url:
        raise Conflict(_("E-post är inte inställt (MAIL_URL). Kör utan --mail för att se länken."))
    notices.post(
        Kind.SIGN_IN_LINK,
        [staff],
        cause=f"invite:{new_id()}",
    )
    click.echo(_("Ett brev med en länk skickas."))


def _invite_everybody(municipality: Municipality) -> None:
    if not _settings().mail_url:
        raise Conflict(_("E-post är inte inställt (MAIL_URL). Bjud in en i taget utan --mail."))
    under_way = notices.waiting_for(Kind.SIGN_IN_LINK, municipality.id)
    people_left = [s for s in staffing.never_invited(municipality) if s.id not in under_way]
    now = clock.now()
    for number, staff in enumerate(people_left):
        notices.post(
            Kind.SIGN_IN_LINK,
            [staff],
            cause=f"invite:{new_id()}",
            not_before=now + number * BETWEEN_INVITATIONS,
        )
    click.echo(
        ngettext("%(num)s brev med en länk skickas.", "%(num)s brev med en länk skickas.",
                 len(people_left))
    )  # fmt: skip


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def sign_in_address(staff: Staff, token: str) -> str:
    """At the own host of the person's municipality, where it has one."""
    where = addresses()
    return where.origin(staff.municipality.host) + where.path(Page.SIGN_IN, token)


@command.command("revoke")
@email_argument
@municipality_option
@click.option("--keys", is_flag=True,
              help="Ta också bort personens nycklar. Sedan öppnar en länk igen.")  # fmt: skip
@writes
def revoke(email: str, municipality_slug: str | None, keys: bool) -> None:
    """Logga ut en person överallt, till exempel när en telefon är borta."""
    staff = _one(email, municipality_slug)
    ended, gone = len(people.sessions_of(staff)), len(queries.keys_of(staff))
    if keys:
        signed_in.shut_out(staff, by=work.OPERATOR)
    else:
        staffing.revoke(staff)
    click.echo(
        ngettext("%(num)s inloggning är avslutad.", "%(num)s inloggningar är avslutade.", ended)
    )
    if keys:
        click.echo(ngettext("%(num)s nyckel är borttagen.", "%(num)s nycklar är borttagna.", gone))
    elif gone:
        click.echo(_("Nycklarna finns kvar. Lägg till --keys för att ta bort dem också."))


@command.command("ends")
@email_argument
@click.argument("day", metavar="[DATUM]", required=False, type=Cell(cells.day))
@municipality_option
@click.option("--never", is_flag=True, help="Ta bort datumet: kontot gäller tills vidare.")
@writes
def ends(email: str, day: date | None, municipality_slug: str | None, never: bool) -> None:
    """Bestäm sista dagen som en person kommer in. Dagen efter går det som personen har tagit emot
    tillbaka till kollegorna. Ett senare datum släpper in personen igen.
    """
    if (day is None) != never:
        raise click.UsageError(_("Ange ett datum eller --never."))
    staffing.end_on(_one(email, municipality_slug), day)
    if day:
        click.echo(_("Sista dagen är %(day)s.", day=day))
    else:
        click.echo(_("Kontot gäller tills vidare."))


@command.command("responsible")
@click.argument("email", metavar="[E-POST]", required=False)
@municipality_option
@click.option("--duty", "seat", type=Cell(cells.seat), metavar="UPPDRAG",
              help="logg, eller utlämnande-medicinsk eller utlämnande-psykosocial.")  # fmt: skip
@click.option("--nobody", is_flag=True, help="Ingen har uppdraget längre.")
@writes
def responsible(
    email: str | None, municipality_slug: str | None, seat: Seat | None, nobody: bool
) -> None:
    """Visa vem som granskar loggen och vem som svarar för utlämnande, eller utse någon."""
    municipality = pick_municipality(municipality_slug)
    if seat is None and (email or nobody):
        raise click.UsageError(_("Ange --duty."))
    if seat and bool(email) == nobody:
        raise click.UsageError(_("Ange en e-postadress eller --nobody."))
    if seat:
        staff = staffing.require(email, municipality) if email else None
        naming.name(municipality, seat, staff, by=work.OPERATOR)
    words = {found: word for word, found in cells.SEATS.items()}
    echo_table(
        (_("uppdrag"), _("namn"), _("sedan")),
        [
            (words[held.seat], held.staff.name if held.staff else _("ingen"),
             clock.local(held.since).date() if held.since else "")
            for held in duties.seats(municipality.id)
        ],
    )  # fmt: skip


@command.command("deactivate")
@email_argument
@municipality_option
@writes
def deactivate(email: str, municipality_slug: str | None) -> None:
    """Stäng ute en person som har slutat. Mottagna knackningar väntar på nytt på en kollega."""
    staff = _one(email, municipality_slug)
    released = departures.let_go(staff)
    staffing.deactivate(staff)
    click.echo(_("Personen kommer inte längre in."))
    if released:
        click.echo(
            ngettext(
                "%(num)s mottagen knackning väntar på nytt.",
                "%(num)s mottagna knackningar väntar på nytt.",
                released,
            )
        )
