"""``flask --app app guarantee …``: other clocks than the promise, national ones and a
municipality's own. Each with where it stands; none comes with the app."""

from datetime import date
from pathlib import Path
from typing import Annotated

import click
from flask.cli import AppGroup

from elevhalsa.core import labels
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Profession
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places import service
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.places.words import Unit

from . import cells, importing
from .cells import Cell
from .importing import RowFault, dry_run_option, file_argument
from .running import echo_table, reads, writes
from .tables import By, Row, column, explain

command = AppGroup("guarantee", help="Garantier utöver löftet: läs in, visa, ta bort.")


class GuaranteeRow(Row):
    name: Annotated[str, By(cells.text(80))] = column("namn", "vad garantin heter")
    profession: Annotated[Profession | None, By(cells.professional)] = column(
        "yrke", "vem den ger kontakt med; tomt gäller alla", None
    )
    amount: Annotated[int, By(cells.number(1, 1000))] = column("tid", "ett helt tal")
    unit: Annotated[Unit, By(cells.unit)] = column(
        "enhet", "timmar (räknade), vardagar eller dagar: till slutet av den sista"
    )
    starts_on: Annotated[date, By(cells.day)] = column(
        "börjar", "gäller knackningar från den dagen"
    )
    ends_on: Annotated[date | None, By(cells.day)] = column("slutar", "sista dagen", None)
    verified_on: Annotated[date, By(cells.day)] = column(
        "kontrollerad", "dagen då någon såg efter att det stämmer"
    )
    source: Annotated[str, By(cells.text(300))] = column("källa", "lagrum eller beslut")
    url: Annotated[str | None, By(cells.address)] = column(
        "adress", "var källan finns, börjar med https://", None
    )


owner_option = click.option(
    "--municipality",
    "municipality_slug",
    metavar="KORTNAMN",
    help="En kommuns egna garantier. Utan den: de som gäller i alla.",
)


def _owner(slug: str | None) -> Municipality | None:
    return places.municipality_by_slug(slug) if slug else None


@command.command("import", help=f"Läs in garantier från en fil.\n\n{explain(GuaranteeRow)}")
@file_argument
@owner_option
@dry_run_option
@writes
def import_(path: Path, municipality_slug: str | None, dry_run: bool) -> None:
    owner = _owner(municipality_slug)

    def put(row: GuaranteeRow) -> service.Change:
        if row.ends_on and row.ends_on < row.starts_on:
            raise RowFault("slutar", _("garantin slutar innan den börjar"))
        return service.put_guarantee(owner, **dict(row))

    importing.run(
        path,
        GuaranteeRow,
        lambda row: (row.name, row.profession, row.starts_on),
        put,
        dry_run=dry_run,
    )


@command.command("list")
@owner_option
@reads
def list_(municipality_slug: str | None) -> None:
    """Visa garantierna och var de står."""
    echo_table(
        (_("namn"), _("yrke"), _("tid"), _("börjar"), _("slutar"), _("kontrollerad"), _("källa")),
        [
            (
                row.name,
                labels.of(row.profession) if row.profession else _("alla"),
                f"{row.amount} {labels.of(row.unit)}",
                row.starts_on,
                row.ends_on,
                row.verified_on,
                row.source,
            )
            for row in places.stored_guarantees(_owner(municipality_slug))
        ],
    )


@command.command("remove")
@click.argument("name", metavar="NAMN")
@click.argument("starts_on", metavar="BÖRJAR", type=Cell(cells.day))
@owner_option
@writes
def remove(name: str, starts_on: date, municipality_slug: str | None) -> None:
    """Ta bort en garanti (för alla yrken). Tider som elever har fått står kvar."""
    rows = [
        row
        for row in places.stored_guarantees(_owner(municipality_slug))
        if (row.name, row.starts_on) == (name, starts_on)
    ]
    if not rows:
        raise NotFound(_("Det finns ingen garanti med det namnet och den första dagen."))
    for row in rows:
        service.remove(row)
    click.echo(_("%(name)s är borttagen.", name=name))
