"""``flask --app app reencrypt``: move everything that is encrypted to the newest key."""

import click
from flask import current_app
from flask.cli import with_appcontext

from elevhalsa import work
from elevhalsa.config import Settings
from elevhalsa.core.i18n import _
from elevhalsa.domain import rekeying

from .running import reads


@click.command("reencrypt")
@with_appcontext
@reads
def command() -> None:
    """Skriv om allt krypterat med den nyaste nyckeln.

    Så byter du nyckel: gör en ny med python -m elevhalsa.cli.keys, sätt den först i
    ENCRYPTION_KEYS (ny,gammal), starta om web och worker, kör det här, ta sedan bort den gamla.
    Kan avbrytas och köras om.
    """
    settings: Settings = current_app.config["SETTINGS"]
    done = 0
    with work.unit(work.OPERATOR):
        total = rekeying.count_rows()
        with click.progressbar(length=total, label=_("Krypterar om")) as progress:
            for rows in rekeying.reencrypt():
                progress.update(rows)
                done += rows
    click.echo(_("%(rows)s rader är krypterade med den nyaste nyckeln.", rows=done))
    if len(settings.encryption_keys) > 1:
        click.echo(_("Nu kan de äldre nycklarna tas bort ur ENCRYPTION_KEYS."))
