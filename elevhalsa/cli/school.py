"""``flask --app app school …``: the schools of a municipality."""

from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from elevhalsa.core.i18n import _
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places import service
from elevhalsa.domain.places.models import SchoolForm

from . import cells, importing
from .cells import Cell
from .importing import dry_run_option, file_argument
from .running import echo_table, municipality_option, pick_municipality, reads, say_change, writes
from .tables import Column, explain

command = AppGroup("school", help="Skolor: lägg till, läs in, visa.")

COLUMNS = (
    Column("kortnamn", cells.slug, "i adresser, unikt i hela installationen: norra-skolan"),
    Column("namn", cells.text(120), "skolans namn"),
    Column("skolform", cells.school_form, "grundskola eller gymnasium; tomt är grundskola",
           needed=False, empty=SchoolForm.COMPULSORY),
    Column("ort", cells.text(80), "var skolan ligger", needed=False),
    Column("aktiv", cells.yes, "ja eller nej; tomt är ja. nej stänger skolans dörr",
           needed=False, empty=True),
)  # fmt: skip


@command.command("add")
@municipality_option
@click.option(
    "--slug", required=True, type=Cell(cells.slug), help="Kortnamn: a–z, 0–9, bindestreck."
)
@click.option("--name", required=True, type=Cell(cells.text(120)), help="Skolans namn.")
@click.option("--form", type=Cell(cells.school_form), default=SchoolForm.COMPULSORY,
              help="grundskola (från början) eller gymnasium.")  # fmt: skip
@click.option("--town", type=Cell(cells.text(80)), help="Ort.")
@click.option("--active/--closed", default=True, help="Öppen dörr eller stängd.")
@writes
def add(
    municipality_slug: str | None,
    slug: str,
    name: str,
    form: SchoolForm,
    town: str | None,
    active: bool,
) -> None:
    """Lägg till en skola, eller ändra den som har kortnamnet."""
    municipality = pick_municipality(municipality_slug)
    change = service.put_school(municipality, slug, name=name, form=form, town=town, active=active)
    say_change(change, name)


@command.command("import", help=f"Läs in skolor från en fil.\n\n{explain(COLUMNS)}")
@file_argument
@municipality_option
@dry_run_option
@writes
def import_(path: Path, municipality_slug: str | None, dry_run: bool) -> None:
    municipality = pick_municipality(municipality_slug)

    def put(row: dict[str, Any]) -> service.Change:
        return service.put_school(
            municipality,
            row["kortnamn"],
            name=row["namn"],
            form=row["skolform"],
            town=row["ort"],
            active=row["aktiv"],
        )

    importing.run(path, COLUMNS, lambda row: row["kortnamn"], put, dry_run=dry_run)


@command.command("list")
@municipality_option
@reads
def list_(municipality_slug: str | None) -> None:
    """Visa skolorna."""
    rows = places.schools(pick_municipality(municipality_slug))
    echo_table(
        (_("kortnamn"), _("namn"), _("skolform"), _("ort"), _("aktiv")),
        [(s.slug, s.name, s.form.value, s.town, s.active) for s in rows],
    )
