"""``flask --app app break …``: school breaks. They close nothing; they are told to the pupil."""

from datetime import date
from pathlib import Path
from typing import Annotated

import click
from flask.cli import AppGroup

from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places import service

from . import cells, importing
from .cells import Cell
from .importing import RowFault, dry_run_option, file_argument
from .running import echo_table, municipality_option, pick_municipality, reads, writes
from .tables import By, Row, column, explain

command = AppGroup("break", help="Lov: läs in, visa, ta bort.")


class BreakRow(Row):
    name: Annotated[str, By(cells.text(80))] = column("namn", "till exempel höstlov")
    starts_on: Annotated[date, By(cells.day)] = column("börjar", "första dagen, 2026-10-26")
    ends_on: Annotated[date, By(cells.day)] = column("slutar", "sista dagen, räknas med")
    school: Annotated[str | None, By(cells.slug)] = column(
        "skola", "skolans kortnamn; tomt gäller alla skolor", None
    )


@command.command("import", help=f"Läs in lov från en fil.\n\n{explain(BreakRow)}")
@file_argument
@municipality_option
@dry_run_option
@writes
def import_(path: Path, municipality_slug: str | None, dry_run: bool) -> None:
    municipality = pick_municipality(municipality_slug)
    schools = {school.slug: school for school in places.schools(municipality)}

    def put(row: BreakRow) -> service.Change:
        if row.school and row.school not in schools:
            raise RowFault("skola", _("det finns ingen skola ”%(slug)s”", slug=row.school))
        if row.ends_on < row.starts_on:
            raise RowFault("slutar", _("lovet slutar innan det börjar"))
        school = schools[row.school] if row.school else None
        return service.put_break(municipality, school, row.name, row.starts_on, row.ends_on)

    importing.run(path, BreakRow, lambda r: (r.school, r.name, r.starts_on), put, dry_run=dry_run)


@command.command("list")
@municipality_option
@reads
def list_(municipality_slug: str | None) -> None:
    """Visa loven."""
    municipality = pick_municipality(municipality_slug)
    names = {school.id: school.slug for school in places.schools(municipality)}
    echo_table(
        (_("namn"), _("börjar"), _("slutar"), _("skola")),
        [
            (b.name, b.starts_on, b.ends_on, names[b.school_id] if b.school_id else _("alla"))
            for b in places.breaks(municipality)
        ],
    )


@command.command("remove")
@click.argument("name", metavar="NAMN")
@click.argument("starts_on", metavar="BÖRJAR", type=Cell(cells.day))
@municipality_option
@writes
def remove(name: str, starts_on: date, municipality_slug: str | None) -> None:
    """Ta bort ett lov (för alla skolor som har det), till exempel höstlov 2026-10-26."""
    rows = [
        row
        for row in places.breaks(pick_municipality(municipality_slug))
        if (row.name, row.starts_on) == (name, starts_on)
    ]
    if not rows:
        raise NotFound(_("Det finns inget lov med det namnet och den första dagen."))
    for row in rows:
        service.remove(row)
    click.echo(_("%(name)s är borttaget.", name=name))
