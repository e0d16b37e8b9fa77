"""``flask --app app crisis …``: the crisis lines, national ones and a municipality's own."""

from datetime import date
from pathlib import Path
from typing import Annotated

import click
from flask.cli import AppGroup

from elevhalsa.core import clock
from elevhalsa.core.i18n import _
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places import rules, service, shipped
from elevhalsa.domain.places.models import Municipality

from . import cells, importing
from .importing import RowFault, dry_run_option
from .running import echo_table, reads, writes
from .tables import By, Row, column, explain

command = AppGroup("crisis", help="Hjälplinjer: läs in, visa, ta bort.")

SHIPPED = shipped.CRISIS_LINES


class CrisisRow(Row):
    name: Annotated[str, By(cells.text(80))] = column("namn", "vad linjen heter")
    about: Annotated[str, By(cells.text(400))] = column(
        "om", "en eller två korta meningar till eleven"
    )
    phone: Annotated[str | None, By(cells.phone)] = column("telefon", "så som det ska visas", None)
    sms: Annotated[str | None, By(cells.phone)] = column("sms", "nummer att skriva till", None)
    url: Annotated[str | None, By(cells.address)] = column(
        "adress", "webbplats, börjar med https://", None
    )
    hours: Annotated[str, By(cells.opening_hours)] = column(
        "tider", "dygnet runt, 7-21 eller mån-fre 18-22; lör-sön 14-18", ""
    )
    needs: Annotated[str, By(cells.needs)] = column(
        "behov", f"vad den hjälper med, med | mellan: {', '.join(rules.NEEDS)}", ""
    )
    age_from: Annotated[int | None, By(cells.number(0, 120))] = column(
        "från ålder", "yngsta ålder", None
    )
    age_to: Annotated[int | None, By(cells.number(0, 120))] = column(
        "till ålder", "äldsta ålder", None
    )
    urgent: Annotated[bool, By(cells.yes)] = column(
        "akut", "ja visar linjen först; tomt är nej", False
    )
    position: Annotated[int, By(cells.number(0, 9999))] = column(
        "ordning", "lägst visas först; tomt är 100", 100
    )
    verified_on: Annotated[date, By(cells.day)] = column(
        "kontrollerad", "dagen då någon såg efter att det stämmer"
    )
    source: Annotated[str | None, By(cells.text(300))] = column(
        "källa", "var uppgiften kommer ifrån", None
    )


owner_option = click.option(
    "--municipality",
    "municipality_slug",
    metavar="KORTNAMN",
    help="En kommuns egna linjer. Utan den: de nationella, som alla ser.",
)


def _owner(slug: str | None) -> Municipality | None:
    return places.municipality_by_slug(slug) if slug else None


def load_shipped() -> None:
    """Put the national lines that come with the app."""
    _import(SHIPPED, None, dry_run=False)


def _import(path: Path, owner: Municipality | None, *, dry_run: bool) -> None:
    def put(row: CrisisRow) -> service.Change:
        if not (row.phone or row.sms or row.url):
            raise RowFault("telefon", _("minst ett av telefon, sms och adress behövs"))
        if row.age_from is not None and row.age_to is not None and row.age_from > row.age_to:
            raise RowFault("till ålder", _("är lägre än från ålder"))
        return service.put_crisis_line(owner, **dict(row))

    importing.run(path, CrisisRow, lambda row: row.name, put, dry_run=dry_run)


@command.command(
    "import",
    help="Läs in hjälplinjer. Utan FIL: den nationella lista som följer med.\n\n"
    + explain(CrisisRow),
)
@click.argument("path", metavar="[FIL]", required=False,
                type=click.Path(exists=True, dir_okay=False, path_type=Path))  # fmt: skip
@owner_option
@dry_run_option
@writes
def import_(path: Path | None, municipality_slug: str | None, dry_run: bool) -> None:
    if path is None and municipality_slug:
        raise click.UsageError(_("Ange en fil: listan som följer med är nationell."))
    _import(path or SHIPPED, _owner(municipality_slug), dry_run=dry_run)


@command.command("list")
@owner_option
@reads
def list_(municipality_slug: str | None) -> None:
    """Visa hjälplinjerna och vilka som behöver kontrolleras igen."""
    today = clock.today()
    echo_table(
        (_("namn"), _("telefon"), _("tider"), _("kontrollerad"), _("behöver kontrolleras")),
        [
            (r.name, r.phone, r.hours or None, r.verified_on,
             today - r.verified_on > places.STALE_AFTER)
            for r in places.stored_crisis_lines(_owner(municipality_slug))
        ],
    )  # fmt: skip


@command.command("remove")
@click.argument("name", metavar="NAMN")
@owner_option
@writes
def remove(name: str, municipality_slug: str | None) -> None:
    """Ta bort en hjälplinje som inte längre finns."""
    rows = places.stored_crisis_lines(_owner(municipality_slug))
    service.remove(next((row for row in rows if row.name == name), None))
    click.echo(_("%(name)s är borttagen.", name=name))
