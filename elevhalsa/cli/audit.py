"""``flask --app app audit …``: is the trace whole, and who did what. Never content."""

import sys
from datetime import date

import click
from flask.cli import AppGroup

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import sealing
from elevhalsa.domain.audit.rules import Fault, FaultKind
from elevhalsa.domain.audit.sealing import Report
from elevhalsa.domain.knocks import log
from elevhalsa.domain.operations import trace
from elevhalsa.domain.operations.trace import Chain
from elevhalsa.domain.people import staffing

from . import cells
from .cells import Cell
from .running import echo_table, municipality_option, pick_municipality, reads, writes

command = AppGroup("audit", help="Loggen: är den hel, och vem har gjort vad.")

TELL_EVERY = 50
"""Seals between two words of how far it has come."""


@command.command("verify")
@municipality_option
@click.option("--seal", "--noted", "noted", multiple=True, metavar="NUMMER:SIGILL",
              help="Ett sigill ur ett brev, eller uppskrivet. Kan anges flera gånger.")  # fmt: skip
@reads
def verify(municipality_slug: str | None, noted: tuple[str, ...]) -> None:
    """Stämmer loggens sigill? En rad om vart fel.

    Slutar med 0 när allt stämmer och 1 när något är ändrat, borttaget, omkastat eller tillagt.
    Granskaren får det nyaste sigillet i ett brev varje vecka: bara mot ett sigill utanför tjänsten
    syns det om slutet har tagits bort eller bytts ut.
    """
    notes = [_read_note(one) for one in noted]
    if notes or municipality_slug:
        place = pick_municipality(municipality_slug)
        wanted = [Chain(place.id, place.slug)]
    else:
        wanted = trace.chains()
    found = sum(_verify(chain, notes) for chain in wanted)
    sys.exit(1 if found else 0)


def _read_note(said: str) -> tuple[int, str]:
    number, _colon, mark = "".join(said.split()).partition(":")
    if not number.isdecimal() or not mark:
        raise click.UsageError(_("Skriv sigillet som NUMMER:SIGILL."))
    return int(number), mark.rstrip(".").casefold()


def _verify(chain: Chain, notes: list[tuple[int, str]]) -> int:
    """Returns how many faults."""
    told = 0
    report = Report()
    for report in sealing.check(chain.municipality_id, notes):
        for fault in report.faults[told:]:
            click.echo(f"{_('FEL')}  {chain.name}  {_said(fault)}")
        told = len(report.faults)
        if report.seals % TELL_EVERY == 0 and report.seals and not report.is_whole:
            click.echo(_("%(name)s: %(seals)s sigill …", name=chain.name, seals=report.seals),
                       err=True)  # fmt: skip
    click.echo(_summed_up(chain, report))
    return told


def _summed_up(chain: Chain, report: Report) -> str:
    said = _(
        "%(name)s: %(rows)s rader i %(seals)s sigill, %(waiting)s rader väntar på sitt.",
        name=chain.name, rows=report.rows, seals=report.seals, waiting=report.waiting,
    )  # fmt: skip
    if not report.head:
        return said
    number, mark = report.head
    last = _("Sista sigillet: %(seal)s", seal=f"{number}:{mark[: sealing.WRITTEN]}")
    return f"{said} {last}"


def _said(fault: Fault) -> str:
    number = fault.number
    return {
        FaultKind.CHANGED: _("rad %(number)s är ändrad", number=number),
        FaultKind.REORDERED: _("rad %(number)s har bytt plats med en annan", number=number),
        FaultKind.REMOVED: _("rad %(number)s är borttagen", number=number),
        FaultKind.INSERTED: _("rad %(number)s är tillagd i efterhand", number=number),
        FaultKind.SEAL_REMOVED: _("sigill %(number)s är borttaget", number=number),
        FaultKind.SEAL_CHANGED: _("sigill %(number)s är ändrat", number=number),
        FaultKind.PURGE_CHANGED: _("gallringen till sigill %(number)s är inte vår", number=number),
        FaultKind.CUT: _("slutet stämmer inte vid sigill %(number)s", number=number),
    }[fault.kind]


@command.command("show")
@municipality_option
@click.option("--knock", "knock_id", metavar="ID", help="Vad som har hänt med en knackning.")
@click.option("--staff", "email", metavar="E-POST", help="Vad en person har gjort.")
@click.option("--since", type=Cell(cells.day), metavar="DATUM", help="Från och med den dagen.")
@click.option("--most", type=click.IntRange(1, 10_000), default=200, show_default=True,
              help="Högst så många rader, de nyaste.")  # fmt: skip
@writes
def show(
    municipality_slug: str | None,
    knock_id: str | None,
    email: str | None,
    since: date | None,
    most: int,
) -> None:
    """Vem har gjort vad? Aldrig vad någon har skrivit. Att loggen har visats loggas."""
    place = pick_municipality(municipality_slug)
    staff = staffing.require(email, place) if email else None
    lines = log.for_operator(
        place.id, knock_id=knock_id, staff_id=staff.id if staff else None, since=since, most=most
    )
    rows = [
        (line.event.id, f"{clock.local(line.event.at):%Y-%m-%d %H:%M:%S}",
         line.staff.name if line.staff else line.event.actor, line.event.action,
         line.event.about_id, line.to.name if line.to else None, line.event.reason)
        for line in lines
    ]  # fmt: skip
    work.commit()  # that it is shown stands before it is, whoever reads no further
    echo_table((_("rad"), _("tid"), _("vem"), _("vad"), _("knackning"), _("till"), _("skäl")), rows)
