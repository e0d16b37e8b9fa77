"""``flask --app app keys …``: the keys of the environment, and those of the municipalities.

``python -m elevhalsa.cli.keys`` does ``keys generate`` where there are none yet, and so no app.
"""

import click
from flask import current_app
from flask.cli import AppGroup

from elevhalsa import work
from elevhalsa.config import Settings
from elevhalsa.core.crypto import new_settings
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _, ngettext
from elevhalsa.domain import parting, rekeying
from elevhalsa.domain.operations import keys as marks
from elevhalsa.domain.places import queries as places

from .running import reads

command = AppGroup("keys", help="Nycklar: gör nya, byt ut.")


@command.command("generate")
@reads
def generate() -> None:
    """Skriv ut nya SECRET_KEY, HASH_KEY och ENCRYPTION_KEYS, en per rad. Inget sparas."""
    for name, value in new_settings().items():
        click.echo(f"{name}={value}")


@command.command("rewrap")
@reads
def rewrap() -> None:
    """Lås kommunernas nycklar med den nyaste i ENCRYPTION_KEYS.

    Så byter du nyckel: gör en ny med keys generate, sätt den först i ENCRYPTION_KEYS (ny,gammal),
    starta om web och worker, kör det här, ta sedan bort den gamla. Kan avbrytas och köras om.
    """
    settings: Settings = current_app.config["SETTINGS"]
    with work.unit(work.OPERATOR):
        marks.check()
        if marks.is_older_left():
            _rewrite()
        done = rekeying.rewrap()
        marks.forget_older()
    click.echo(_("%(done)s nycklar är låsta med den nyaste.", done=done))
    if len(settings.encryption_keys) > 1:
        click.echo(_("Nu kan de äldre nycklarna tas bort ur ENCRYPTION_KEYS."))


@command.command("rotate")
@click.argument("slug", metavar="KORTNAMN", required=False)
@click.option("--all", "every", is_flag=True, help="Alla kommuner.")
@reads
def rotate(slug: str | None, every: bool) -> None:
    """Ge en kommun en ny nyckel och kryptera om allt som är skrivet med den gamla.

    Kan avbrytas: det som är kvar görs i bakgrunden, eller när du kör det här igen. Den gamla
    nyckeln kastas en timme senare.
    """
    if bool(slug) == every:
        raise click.UsageError(_("Ange en kommuns kortnamn, eller --all."))
    with work.unit(work.OPERATOR):
        marks.check()
        whom = [places.municipality_by_slug(slug).id] if slug else rekeying.owners()
        fresh = [rekeying.rotate(one) for one in whom]
        if not all(fresh):
            click.echo(_("Ett byte var inte klart. Det fortsätter."))
        _rewrite()


@command.command("destroy")
@click.argument("slug", metavar="KORTNAMN")
@reads
def destroy(slug: str) -> None:
    """Kommunen lämnar tjänsten: ta bort allt som är dess och kasta dess nyckel. Går inte att ångra.

    Kräver att kommunen nyss är exporterad (municipality export). Säkerhetskopior går att läsa tills
    de är kastade.
    """
    with work.unit(work.OPERATOR, writes=False):
        marks.check()
        row = places.municipality_by_slug(slug)
        parting.require_exported(row)
        name, waiting = row.name, parting.open_knocks(row)
    click.echo(_("Allt som är skrivet i %(name)s tas bort och går aldrig att läsa igen.",
                 name=name))  # fmt: skip
    click.echo(ngettext("%(num)s elev väntar på svar där.", "%(num)s elever väntar på svar där.",
                        waiting))  # fmt: skip
    typed = click.prompt(_("Skriv kommunens kortnamn om du är säker"))
    if typed.strip() != slug:
        raise Conflict(_("Det var inte kortnamnet. Ingenting är borttaget."))
    with work.unit(work.OPERATOR):
        gone = parting.destroy(places.municipality_by_slug(slug))
    click.echo(_("%(gone)s rader och kommunens nyckel är borta. Kasta nu säkerhetskopiorna.",
                 gone=gone))  # fmt: skip


def _rewrite() -> None:
    """With how far it has come. Raises Conflict when a text is not what was written there."""
    done = astray = 0
    with click.progressbar(length=rekeying.count_left(), label=_("Krypterar om")) as progress:
        for batch in rekeying.rewrite():
            progress.update(batch.rows)
            done, astray = done + batch.rows, astray + batch.astray
    click.echo(_("%(rows)s rader är krypterade med den nyaste nyckeln.", rows=done))
    if astray:
        raise Conflict(
            _("%(count)s texter är inte det som skrevs där, och är orörda. Se docs/deploy.md.",
              count=astray)
        )  # fmt: skip
