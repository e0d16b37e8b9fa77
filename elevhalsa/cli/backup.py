"""``flask --app app backup FILE``: a copy of an SQLite database that is in use.

Of PostgreSQL ``pg_dump`` makes one; ``docs/deploy.md`` says how both are put back.
"""

import os
from pathlib import Path

import click
from flask.cli import with_appcontext

from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _
from elevhalsa.extensions import db

from .running import reads


@click.command("backup")
@click.argument("path", metavar="FIL", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
@reads
def command(path: Path) -> None:
    """Kopiera en SQLite-databas till en ny fil medan tjänsten är igång.

    Kopian är hel (också det som ännu står i filen -wal) och utan rester av det som har gallrats.
    """
    if db.engine.dialect.name != "sqlite":
        raise Conflict(_("Databasen är inte SQLite. Kopiera PostgreSQL med pg_dump."))
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        raise Conflict(_("%(path)s finns redan. Välj ett annat namn.", path=path)) from error
    connection = db.engine.raw_connection()
    try:
        # One transaction, and no free page comes along (https://sqlite.org/lang_vacuum.html).
        connection.cursor().execute("VACUUM INTO ?", (str(path),))
    finally:
        connection.close()
    click.echo(_("Databasen är kopierad till %(path)s.", path=path))
