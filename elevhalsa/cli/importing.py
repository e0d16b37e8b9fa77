"""Importing checked rows: all of them or none, with what was new, changed and already so."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from elevhalsa.core.errors import ElevhalsaError
from elevhalsa.core.i18n import _, ngettext
from elevhalsa.domain.places.service import Change
from elevhalsa.extensions import db

from .tables import ENCODINGS, Fault, R, decoded, read, sample

F = TypeVar("F", bound=Callable[..., object])
ENCODING = f"{__name__}.encoding"
"""Where click keeps what ``--teckenkod`` said."""


def _note_encoding(
    context: click.Context, _option: click.Parameter, value: str | None
) -> str | None:
    context.meta[ENCODING] = value
    return value


def dry_run_option(command: F) -> F:
    """Every import can be tried first, and told how its file is written."""
    tried = click.option(
        "--dry-run", is_flag=True, help="Visa vad som skulle hända, men ändra ingenting."
    )(command)
    return click.option(
        "--teckenkod",
        "_encoding",
        type=click.Choice(list(ENCODINGS)),
        expose_value=False,
        callback=_note_encoding,
        help="Hur filen är sparad, när det inte är UTF-8. Prova först med --dry-run.",
    )(tried)


def _encoding() -> str | None:
    context = click.get_current_context(silent=True)
    return context.meta.get(ENCODING) if context else None


file_argument = click.argument(
    "path", metavar="FIL", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


class RowFault(Exception):
    """A row that the database does not agree with: which column, and what is wrong."""

    def __init__(self, head: str | None, text: str) -> None:
        super().__init__(text)
        self.head = head


def run(
    path: Path,
    kind: type[R],
    key: Callable[[R], object],
    put: Callable[[R], Change],
    *,
    dry_run: bool,
) -> None:
    """Put every row of the file.

    key: what two rows of a file may not share. put: writes one; raises RowFault.
    Ends the command with exit status 1 and every fault listed when there is one; the caller's
    transaction is then undone.
    """
    data, encoding = path.read_bytes(), _encoding()
    rows, faults = read(data, kind, encoding)
    faults += _doubles(rows, key)
    done: Counter[Change] = Counter()
    with click.progressbar(rows, label=_("Läser %(file)s", file=path.name)) as progress:
        for number, row in progress:
            try:
                with db.session.begin_nested():
                    done[put(row)] += 1
            except RowFault as fault:
                faults.append(Fault(number, fault.head, str(fault)))
            except ElevhalsaError as error:
                faults.append(Fault(number, None, str(error)))
    if faults:
        _refuse(faults)
    if dry_run:
        db.session.rollback()
    click.echo(
        _("%(new)s nya, %(changed)s ändrade, %(same)s oförändrade.",
          new=done[Change.NEW], changed=done[Change.CHANGED], same=done[Change.UNCHANGED])
    )  # fmt: skip
    if encoding:
        text = decoded(data, encoding)
        click.echo(
            _("Läst som %(name)s, till exempel ”%(sample)s”. Stämmer å, ä och ö?",
              name=ENCODINGS[encoding], sample=sample(str(text)))
        )  # fmt: skip
    if dry_run:
        click.echo(_("Provkörning: ingenting är ändrat."))


def _doubles(rows: Sequence[tuple[int, R]], key: Callable[[R], object]) -> list[Fault]:
    first: dict[object, int] = {}
    faults = []
    for number, row in rows:
        earlier = first.setdefault(key(row), number)
        if earlier != number:
            faults.append(Fault(number, None, _("samma som rad %(earlier)s", earlier=earlier)))
    return faults


def _refuse(faults: list[Fault]) -> None:
    for fault in sorted(faults, key=lambda fault: fault.line):
        click.echo(str(fault), err=True)
    raise click.ClickException(
        ngettext(
            "%(num)s fel. Ingenting är ändrat.", "%(num)s fel. Ingenting är ändrat.", len(faults)
        )
    )
