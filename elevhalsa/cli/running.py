"""What the commands share: one transaction, errors as one line, which municipality, tables."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from elevhalsa import work
from elevhalsa.core.errors import ElevhalsaError
from elevhalsa.core.i18n import _, ngettext
from elevhalsa.domain.operations import health, keys
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.places.service import Change

F = TypeVar("F", bound=Callable[..., Any])

municipality_option = click.option(
    "--municipality",
    "municipality_slug",
    metavar="KORTNAMN",
    help="Kommunens kortnamn. Kan utelämnas när det bara finns en kommun.",
)


def writes(command: F) -> F:
    """Run the command in one transaction: committed when it ends well, undone otherwise. With other
    keys than the database is written with nothing is done."""

    @functools.wraps(command)
    def run(*args: Any, **values: Any) -> Any:
        with work.unit(work.OPERATOR):
            keys.check()
            return command(*args, **values)

    return reads(run)  # type: ignore[return-value]


def reads(command: F) -> F:
    """Turn our errors, and those of the database, into one line."""

    @functools.wraps(command)
    def run(*args: Any, **values: Any) -> Any:
        work.begin(work.OPERATOR, writes=False)
        try:
            return command(*args, **values)
        except ElevhalsaError as error:
            raise click.ClickException(str(error)) from error
        except IntegrityError:
            raise click.ClickException(
                _("Någon annan ändrade samma sak just nu. Ingenting är ändrat. Kör igen.")
            ) from None
        except SQLAlchemyError as error:
            work.rollback()
            line = health.fault() or _(
                "Databasen avbröt (%(kind)s). Ingenting är ändrat. Kör igen om en stund.",
                kind=type(error).__name__,
            )
            raise click.ClickException(line) from None
        finally:
            work.end()

    run.says_one_line = True  # type: ignore[attr-defined]  # a test looks for it at each command
    return run  # type: ignore[return-value]


def pick_municipality(slug: str | None) -> Municipality:
    """The named one, or the only one there is. Raises NotFound or click's UsageError."""
    if slug:
        return places.municipality_by_slug(slug)
    known = places.municipalities()
    if len(known) == 1:
        return known[0]
    if not known:
        raise click.UsageError(_("Det finns ingen kommun än. Lägg till en med municipality add."))
    slugs = ", ".join(row.slug for row in known)
    raise click.UsageError(_("Ange --municipality. Det finns: %(slugs)s.", slugs=slugs))


def say_change(change: Change, name: str) -> None:
    click.echo(
        {
            Change.NEW: _("%(name)s är tillagd.", name=name),
            Change.CHANGED: _("%(name)s är ändrad.", name=name),
            Change.UNCHANGED: _("%(name)s var redan så. Inget ändrat.", name=name),
        }[change]
    )


def echo_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns for a terminal; how many rows there are below."""
    cells = [[str(head) for head in heads], *([_plain(v) for v in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    for number, row in enumerate(cells):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.secho(line.rstrip(), bold=number == 0)
    click.echo(ngettext("%(num)s rad.", "%(num)s rader.", len(rows)))


def _plain(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("ja") if value else _("nej")
    return str(value)
