"""``flask --app app school …``: the schools of a municipality."""

from pathlib import Path
from typing import Annotated

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
from .tables import By, Row, column, explain

command = AppGroup("school", help="Skolor: lägg till, byt kortnamn, stäng, läs in, visa.")


class SchoolRow(Row):
    slug: Annotated[str, By(cells.slug)] = column(
        "kortnamn", "i adresser: norra-skolan. Leder till skolan för alltid"
    )
    name: Annotated[str, By(cells.text(120))] = column("namn", "skolans namn")
    form: Annotated[SchoolForm, By(cells.school_form)] = column(
        "skolform", "grundskola eller gymnasium; tomt är grundskola", SchoolForm.COMPULSORY
    )
    town: Annotated[str | None, By(cells.text(80))] = column("ort", "var skolan ligger", None)
    active: Annotated[bool, By(cells.yes)] = column(
        "aktiv", "ja eller nej; tomt är ja. nej stänger skolans dörr", True
    )
    earlier: Annotated[str | None, By(cells.slug)] = column(
        "tidigare", "kortnamnet som skolan har haft, när den får ett nytt", None
    )
    successor: Annotated[str | None, By(cells.slug)] = column(
        "eftertradare", "kortnamnet på skolan som en stängd skolas adresser leder till", None
    )


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


@command.command("rename")
@click.argument("slug", metavar="KORTNAMN")
@click.argument("new_slug", metavar="NYTT", type=Cell(cells.slug))
@municipality_option
@writes
def rename(slug: str, new_slug: str, municipality_slug: str | None) -> None:
    """Byt en skolas kortnamn. Affischer och genvägar med det gamla leder dit för alltid."""
    municipality = pick_municipality(municipality_slug)
    row = places.school_by_slug(municipality, slug)
    say_change(service.rename_school(municipality, row, new_slug), row.name)


@command.command("close")
@click.argument("slug", metavar="KORTNAMN")
@click.option("--successor", type=Cell(cells.slug), metavar="KORTNAMN",
              help="Skolan som adresserna leder till. Utan den väljer eleven själv.")  # fmt: skip
@municipality_option
@writes
def close(slug: str, successor: str | None, municipality_slug: str | None) -> None:
    """Stäng en skolas dörr. school add öppnar den igen."""
    municipality = pick_municipality(municipality_slug)
    row = places.school_by_slug(municipality, slug)
    change = service.put_school(
        municipality, slug, name=row.name, form=row.form, town=row.town, active=False,
        successor=successor,
    )  # fmt: skip
    say_change(change, row.name)


@command.command("import", help=f"Läs in skolor från en fil.\n\n{explain(SchoolRow)}")
@file_argument
@municipality_option
@dry_run_option
@writes
def import_(path: Path, municipality_slug: str | None, dry_run: bool) -> None:
    municipality = pick_municipality(municipality_slug)

    def put(row: SchoolRow) -> service.Change:
        return service.put_school(municipality, **dict(row))

    importing.run(path, SchoolRow, lambda row: row.slug, put, dry_run=dry_run)


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
