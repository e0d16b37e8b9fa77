"""``flask --app app template …``: texts that staff may start an answer from."""

from pathlib import Path
from typing import Annotated

import click
from flask.cli import AppGroup

from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Wall
from elevhalsa.domain.places import service

from . import cells, importing
from .importing import dry_run_option, file_argument
from .running import municipality_option, pick_municipality, writes
from .tables import By, Row, column, explain

command = AppGroup("template", help="Svarsmallar: läs in.")


class TemplateRow(Row):
    title: Annotated[str, By(cells.text(80))] = column("titel", "det personalen väljer på")
    body: Annotated[str, By(cells.text(5000, lines=True))] = column(
        "text", "själva svaret, gärna på flera rader"
    )
    wall: Annotated[Wall | None, By(cells.wall)] = column(
        "del", "medicinsk eller psykosocial; tomt är båda", None
    )


@command.command("import", help=f"Läs in svarsmallar från en fil.\n\n{explain(TemplateRow)}")
@file_argument
@municipality_option
@dry_run_option
@writes
def import_(path: Path, municipality_slug: str | None, dry_run: bool) -> None:
    municipality = pick_municipality(municipality_slug)

    def put(row: TemplateRow) -> service.Change:
        return service.put_template(municipality, **dict(row))

    importing.run(path, TemplateRow, lambda row: row.title, put, dry_run=dry_run)


@command.command("remove")
@click.argument("title", metavar="TITEL")
@municipality_option
@writes
def remove(title: str, municipality_slug: str | None) -> None:
    """Ta bort en svarsmall. Svar som redan är skrivna står kvar."""
    municipality = pick_municipality(municipality_slug)
    service.remove(service.find_template(municipality, title))
    click.echo(_("%(name)s är borttagen.", name=title))
