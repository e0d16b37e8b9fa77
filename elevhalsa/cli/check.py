"""``flask --app app check``: is everything as it should be, a line each."""

import os
import sys
from email.utils import parsedate_to_datetime
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from elevhalsa import work
from elevhalsa.config import Settings, misspelt
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import ElevhalsaError
from elevhalsa.core.i18n import _, ngettext
from elevhalsa.core.ports import DeliveryFailed, Outside
from elevhalsa.domain.operations import health
from elevhalsa.domain.operations.health import Check, Health
from elevhalsa.domain.people import staffing
from elevhalsa.domain.reminders import pushes
from elevhalsa.domain.reminders import service as reminders

from . import cells
from .cells import Cell

EXIT = {Health.OK: 0, Health.DEGRADED: 3, Health.FAILING: 1}
DATE_SECONDS = 10


@click.command("check")
@click.option("--letter", type=Cell(cells.email), metavar="E-POST", help="Skicka ett provbrev dit.")
@click.option("--push", type=Cell(cells.email), metavar="E-POST",
              help="Skicka en provpåminnelse till den personens webbläsare.")  # fmt: skip
@click.option("--clock", metavar="ADRESS",
              help="Jämför klockan med den som svarar där, en adress på nätet.")  # fmt: skip
@with_appcontext
def command(letter: str | None, push: str | None, clock: str | None) -> None:
    """Är allt som det ska? En rad om var sak, och hur den rättas.

    Slutar med 0 när allt är bra, 3 när något hackar men dörren är öppen, och 1 när något är fel.
    """
    work.begin(work.OPERATOR, writes=False)
    looked = health.look(current_app.extensions["elevhalsa"].queue)
    done = [*settings(), *looked, health.walls(current_app.config["SETTINGS"], looked[0])]
    if letter:
        done.append(a_letter(letter))
    if push:
        done.append(a_push(push))
    if clock:
        done.append(a_clock(clock))
    work.end()
    marks = {Health.OK: _("bra"), Health.DEGRADED: _("obs"), Health.FAILING: _("FEL")}
    for check in done:
        click.echo(f"{marks[check.health]}  {check.name:<10}  {check.line}")
    sys.exit(EXIT[health.worst(done)])


def settings() -> list[Check]:
    """Those that look like one of ours and are none."""
    wrong = misspelt(os.environ)
    if not wrong:
        return [Check("settings", Health.OK, _("alla går att använda"))]
    return [
        Check(
            "settings",
            Health.DEGRADED,
            _("%(wrong)s är ingen inställning: menas %(right)s?", wrong=name, right=right),
        )
        for name, right in wrong.items()
    ]


def _outside() -> Outside:
    found: Outside = current_app.extensions["elevhalsa"]
    return found


def a_letter(to: str) -> Check:
    """One, now, past the outbox."""
    found: Settings = current_app.config["SETTINGS"]
    if not found.mail_url:
        return Check("letter", Health.FAILING, _("e-post är inte inställt: se MAIL_URL"))
    try:
        _outside().mailer.send(
            to=to,
            subject=_("Prov"),
            text=_("Det här är ett prov från Elevhälsa online. Kom det fram så går breven fram.")
            + "\n",
            message_id=f"<{new_id()}@prov.invalid>",
        )
    except DeliveryFailed as error:
        line = _("gick inte iväg (%(reason)s): se MAIL_URL och MAIL_FROM", reason=error.reason)
        return Check("letter", Health.FAILING, line)
    return Check("letter", Health.OK, _("togs emot av brevservern: titta efter det i inkorgen"))


def a_push(to: str) -> Check:
    """One to each browser of a person, now, past the outbox."""
    try:
        browsers = reminders.list_for(staffing.require(to))
    except SQLAlchemyError:
        return Check("reminder", Health.FAILING, _("går inte att fråga databasen om"))
    except ElevhalsaError as error:
        return Check("reminder", Health.FAILING, str(error))
    live = [browser for browser in browsers if browser.gone_at is None]
    if not live:
        line = _("personen har inte slagit på påminnelser i någon webbläsare")
        return Check("reminder", Health.FAILING, line)
    faults = [fault for browser in live if (fault := pushes.try_out(_outside(), browser))]
    if faults:
        line = _("gick inte iväg (%(reason)s): se VAPID_KEYS och VAPID_SUBJECT", reason=faults[0])
        return Check("reminder", Health.FAILING, line)
    line = ngettext("togs emot för %(num)s webbläsare", "togs emot för %(num)s webbläsare",
                    len(live))  # fmt: skip
    return Check("reminder", Health.OK, line)


def a_clock(address: str) -> Check:
    """Ours against what a web server says (``Date``, RFC 9110 6.6.1)."""
    if not address.startswith(("http://", "https://")):
        line = _("adressen ska börja med http:// eller https://")
        return Check("clock", Health.FAILING, line)
    try:
        said = _date(address)
        theirs = parsedate_to_datetime(said or "")
    except (OSError, ValueError):
        return Check("clock", Health.DEGRADED, _("adressen säger inte vad klockan är"))
    ours = clock.of_the_machine()
    return health.told_apart((theirs - ours).total_seconds(), _("adressens"))


def _date(address: str) -> str | None:
    request = Request(address, method="HEAD")  # noqa: S310  (its scheme was looked at)
    try:
        with urlopen(request, timeout=DATE_SECONDS) as answer:  # noqa: S310
            return str(answer.headers["Date"])
    except HTTPError as refusal:
        return refusal.headers["Date"]  # it has a clock all the same
