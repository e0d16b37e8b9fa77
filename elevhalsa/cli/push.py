"""``flask --app app push``: whether reminders get through, and which key is still needed."""

import click
from flask.cli import AppGroup

from elevhalsa.core.i18n import _, when
from elevhalsa.core.vapid import vapid
from elevhalsa.domain.notices import schedule
from elevhalsa.domain.reminders import service
from elevhalsa.domain.reminders.pushes import REFUSED

from .running import echo_table, reads

command = AppGroup("push", help="Påminnelser på telefonens låsskärm.")


@command.command("status")
@reads
def status() -> None:
    """Visa nycklar, webbläsare och hur det senaste dygnets påminnelser gick."""
    newest = vapid.newest
    if newest is None:
        click.echo(_("Påminnelser är avstängda: VAPID_KEYS saknas."))
    by_key = service.count_by_key()
    known = {key.id for key in vapid.all}
    echo_table(
        (_("nyckel"), _("läge"), _("webbläsare")),
        [(key_id, _state(key_id, known), count) for key_id, count in by_key.items()],
    )
    click.echo()
    echo_table((_("tjänst"), _("webbläsare")), list(service.count_by_host().items()))
    click.echo()
    echo_table((_("senaste dygnet"), _("antal")), list(service.count_lately().items()))
    refused = schedule.last_finished(REFUSED)
    if refused:
        click.echo()
        click.echo(
            _("En tjänst avvisade nyckeln eller avsändaren %(when)s. Se VAPID_KEYS och "
              "VAPID_SUBJECT.", when=when(refused))
        )  # fmt: skip


def _state(key_id: str, known: set[str]) -> str:
    if vapid.newest and key_id == vapid.newest.id:
        return _("används för nya")
    return _("äldre") if key_id in known else _("saknas i VAPID_KEYS")
