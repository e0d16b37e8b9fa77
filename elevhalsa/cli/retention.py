"""``flask --app app retention …``: how long what is kept is kept, by which decision, and the purge.
Counts alone, never what anybody has written."""

from datetime import date

import click
from flask.cli import AppGroup

from elevhalsa import work
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _
from elevhalsa.domain import purging
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.purging import Done
from elevhalsa.domain.retention import kinds, queries, service
from elevhalsa.domain.retention.kinds import Kept
from elevhalsa.domain.retention.words import Ground, Hold, RecordKind

from . import cells
from .cells import Cell
from .running import echo_table, municipality_option, pick_municipality, reads, writes

command = AppGroup("retention", help="Gallring: hur länge, enligt vilket beslut, och kör den.")

_KIND = click.argument(
    "kind", metavar="SLAG", type=click.Choice([kind.value for kind in RecordKind])
)


def _places(slug: str | None) -> list[Municipality]:
    return [places.municipality_by_slug(slug)] if slug else places.municipalities()


@command.command("show")
@municipality_option
@reads
def show(municipality_slug: str | None) -> None:
    """Visa varje slag av uppgift: vad som tar bort det, och beslutet bakom."""
    place = pick_municipality(municipality_slug)
    echo_table(
        (_("slag"), _("vad"), _("tas bort"), _("beslut"), _("dagar")),
        [
            (one.key, one.what, one.goes, *_decided(place, one)) for one in kinds.all_kinds()
        ],
    )  # fmt: skip


def _decided(place: Municipality, one: Kept) -> tuple[str | None, int | None]:
    if one.ground is not Ground.DECISION:
        return None, None
    row = queries.decision(place.id, RecordKind(one.key))
    return (f"{row.reference}, {row.decided_on}", row.days) if row else (_("saknas"), None)


@command.command("decide")
@_KIND
@click.option(
    "--days",
    required=True,
    type=int,
    metavar="ANTAL",
    help="Dagar från avslut (knock) eller händelse (log).",
)
@click.option(
    "--reference",
    required=True,
    type=Cell(cells.text(120)),
    help="Var beslutet finns, till exempel diarienummer och paragraf.",
)
@click.option(
    "--decided-on", required=True, type=Cell(cells.day), metavar="DATUM", help="Dagen för beslutet."
)
@click.option(
    "--decided-by",
    required=True,
    type=Cell(cells.text(120)),
    help="Vem som har beslutat, till exempel nämnden.",
)
@click.option("--note", default="", type=Cell(cells.text(300), may_be_empty=True),
              help="Det som behöver sägas om beslutet.")  # fmt: skip
@municipality_option
@writes
def decide(
    kind: str,
    municipality_slug: str | None,
    days: int,
    reference: str,
    decided_on: date,
    decided_by: str,
    note: str,
) -> None:
    """För in ett gallringsbeslut som kommunen har fattat. Det gäller genast, också det som redan
    är avslutat. SLAG är knock (knackningar) eller log (loggen)."""
    place = pick_municipality(municipality_slug)
    changed = service.decide(
        place, RecordKind(kind), days=days, reference=reference, decided_on=decided_on,
        decided_by=decided_by, note=note or "", by=work.OPERATOR,
    )  # fmt: skip
    click.echo(_("Beslutet är infört.") if changed else _("Det stod så redan. Inget är ändrat."))


@command.command("end")
@_KIND
@municipality_option
@writes
def end(kind: str, municipality_slug: str | None) -> None:
    """Beslutet gäller inte längre. Det som skulle gallras låses tills ett nytt är infört."""
    place = pick_municipality(municipality_slug)
    if not service.end(place, RecordKind(kind), by=work.OPERATOR):
        raise Conflict(_("Det finns inget beslut att avsluta."))
    click.echo(_("Beslutet är avslutat."))


@command.command("run")
@click.option("--municipality", "municipality_slug", metavar="KORTNAMN",
              help="Bara den kommunen. Utan: alla.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Räkna bara. Ingenting ändras.")
@reads
def run(municipality_slug: str | None, dry_run: bool) -> None:
    """Gallra det som är dags, och lås det som saknar beslut. Samma sak görs varje timme av worker.

    Går att avbryta när som helst och köra igen.
    """
    if dry_run:
        _echo_counts(municipality_slug)
        return
    for slug in [place.slug for place in _places(municipality_slug)]:
        _run_one(slug)


@writes
def _run_one(slug: str) -> None:
    total = Done()
    for done in purging.run(places.municipality_by_slug(slug), by=work.OPERATOR):
        total += done
        click.echo(_("%(slug)s: %(number)s …", slug=slug, number=total.all), err=True)
    click.echo(
        _("%(slug)s: %(purged)s gallrade, %(locked)s låsta, %(unlocked)s upplåsta, %(events)s "
          "rader ur loggen.", slug=slug, purged=total.purged, locked=total.locked,
          unlocked=total.unlocked, events=total.events)
    )  # fmt: skip


def _echo_counts(slug: str | None) -> None:
    rows = []
    for place in _places(slug):
        now = purging.counts(place)
        rows.append(
            (place.slug, now.due, now.to_lock, now.to_unlock, purging.events_due(place), now.locked,
             now.held[Hold.JOURNAL], now.held[Hold.FOLLOW_UP], now.held[Hold.REVEAL],
             now.held[Hold.LEGAL])
        )  # fmt: skip
    echo_table(
        (_("kommun"), _("gallras"), _("låses"), _("låses upp"), _("rader ur loggen"),
         _("är låsta"), _("väntar på journal"), _("väntar på uppföljning"),
         _("väntar på granskning"), _("får inte gallras")),
        rows,
    )  # fmt: skip
