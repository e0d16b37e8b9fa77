"""``flask --app app crisis …``: the crisis lines, national ones and a municipality's own."""

from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from elevhalsa.core import clock
from elevhalsa.core.i18n import _
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places import service
from elevhalsa.domain.places.models import Municipality

from . import cells, importing
from .importing import RowFault, dry_run_option
from .running import echo_table, reads, writes
from .tables import Column, explain

command = AppGroup("crisis", help="Hjälplinjer: läs in, visa, ta bort.")

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "crisis_lines.csv"

COLUMNS = (
    Column("namn", cells.text(80), "vad linjen heter"),
    Column("om", cells.text(400), "en eller två korta meningar till eleven"),
    Column("telefon", cells.phone, "så som det ska visas", needed=False),
    Column("sms", cells.phone, "nummer att skriva till", needed=False),
    Column("adress", cells.address, "webbplats, börjar med https://", needed=False),
    Column("tider", cells.opening_hours, "dygnet runt, 7-21 eller mån-fre 18-22; lör-sön 14-18",
           needed=False, empty=""),
    Column("från ålder", cells.number(0, 120), "yngsta ålder", needed=False),
    Column("till ålder", cells.number(0, 120), "äldsta ålder", needed=False),
    Column("akut", cells.yes, "ja visar linjen först; tomt är nej", needed=False, empty=False),
    Column("ordning", cells.number(0, 9999), "lägst visas först; tomt är 100",
           needed=False, empty=100),
    Column("kontrollerad", cells.day, "dagen då någon såg efter att det stämmer"),
    Column("källa", cells.text(300), "var uppgiften kommer ifrån", needed=False),
)  # fmt: skip

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
    def put(row: dict[str, Any]) -> service.Change:
        if not (row["telefon"] or row["sms"] or row["adress"]):
            raise RowFault("telefon", _("minst ett av telefon, sms och adress behövs"))
        if None not in (row["från ålder"], row["till ålder"]) and (
            row["från ålder"] > row["till ålder"]
        ):
            raise RowFault("till ålder", _("är lägre än från ålder"))
        return service.put_crisis_line(
            owner,
            row["namn"],
            about=row["om"],
            phone=row["telefon"],
            sms=row["sms"],
            url=row["adress"],
            hours=row["tider"],
            age_from=row["från ålder"],
            age_to=row["till ålder"],
            urgent=row["akut"],
            position=row["ordning"],
            verified_on=row["kontrollerad"],
            source=row["källa"],
        )

    importing.run(path, COLUMNS, lambda row: row["namn"], put, dry_run=dry_run)


@command.command(
    "import",
    help="Läs in hjälplinjer. Utan FIL: den nationella lista som följer med.\n\n"
    + explain(COLUMNS),
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
    today = clock.local(clock.now()).date()
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
