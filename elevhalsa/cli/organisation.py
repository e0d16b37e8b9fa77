"""``flask --app app organisation …``: what stands beside the schools of a municipality."""

from pathlib import Path
from typing import Annotated

import click
from flask.cli import AppGroup

from elevhalsa import work
from elevhalsa.core import labels
from elevhalsa.core.errors import Conflict, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.people import organisations
from elevhalsa.domain.places import service
from elevhalsa.domain.places.words import OrganisationKind

from . import cells, importing
from .cells import Cell
from .importing import RowFault, dry_run_option, file_argument
from .running import echo_table, municipality_option, pick_municipality, reads, say_change, writes
from .tables import By, Row, column, explain

command = AppGroup(
    "organisation", help="Organisationer bredvid skolorna: lägg till, läs in, stäng, visa."
)


class OrganisationRow(Row):
    name: Annotated[str, By(cells.text(120))] = column("namn", "vad organisationen heter")
    kind: Annotated[OrganisationKind, By(cells.organisation_kind)] = column(
        "slag",
        "socialtjänstens öppna hjälp, första linjen, BVC eller MVC, familjecentral, förskola, "
        "öppen förskola, kulturskola eller förening",
    )
    contact: Annotated[str | None, By(cells.text(254))] = column(
        "kontakt", "adress eller nummer till organisationen, inte till en person", None
    )


@command.command("add")
@municipality_option
@click.option("--name", required=True, type=Cell(cells.text(120)), help="Vad den heter.")
@click.option("--kind", required=True, type=Cell(cells.organisation_kind),
              help="Slag, till exempel förskola.")  # fmt: skip
@click.option("--contact", type=Cell(cells.text(254)), help="Var den nås.")
@writes
def add(
    municipality_slug: str | None, name: str, kind: OrganisationKind, contact: str | None
) -> None:
    """Lägg till en organisation, ändra den som heter så, eller öppna den igen. Utan --contact är
    det som stod kvar."""
    municipality = pick_municipality(municipality_slug)
    known = service.find_organisation(municipality, name)
    _row, change = service.put_organisation(
        municipality, name, kind,
        contact=contact or (known.contact if known else None),
        at_door=bool(known and known.at_door),
    )  # fmt: skip
    say_change(change, name)


@command.command("import", help=f"Läs in organisationer från en fil.\n\n{explain(OrganisationRow)}")
@file_argument
@municipality_option
@dry_run_option
@writes
def import_(path: Path, municipality_slug: str | None, dry_run: bool) -> None:
    municipality = pick_municipality(municipality_slug)

    def put(row: OrganisationRow) -> service.Change:
        known = service.find_organisation(municipality, row.name)
        try:
            _row, change = service.put_organisation(
                municipality, row.name, row.kind,
                contact=row.contact or (known.contact if known else None),
                at_door=bool(known and known.at_door),
                active=known.active if known else True,
            )  # fmt: skip
        except Conflict as error:
            raise RowFault("slag", str(error)) from error
        return change

    importing.run(path, OrganisationRow, lambda row: row.name.casefold(), put, dry_run=dry_run)


@command.command("close")
@click.argument("name", metavar="NAMN")
@municipality_option
@writes
def close(name: str, municipality_slug: str | None) -> None:
    """Stäng en organisation som ingen arbetar vid. organisation add öppnar den igen."""
    row = service.find_organisation(pick_municipality(municipality_slug), name)
    if row is None:
        raise NotFound(_("Organisationen finns inte."))
    change = organisations.change(work.OPERATOR, row, contact=row.contact, active=False)
    say_change(change, name)


@command.command("list")
@municipality_option
@reads
def list_(municipality_slug: str | None) -> None:
    """Visa organisationerna."""
    echo_table(
        (_("namn"), _("slag"), _("kontakt"), _("personer"), _("aktiv")),
        [
            (one.name, labels.of(one.kind), one.contact or "", people, one.active)
            for one, people in organisations.every(pick_municipality(municipality_slug).id)
        ],
    )
