"""Reading a CSV file into checked rows. Every fault in the file is found before anything is said.

UTF-8 with or without a byte order mark; comma or semicolon; the first line names the columns.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from elevhalsa.core.i18n import _

from .cells import Read

BIGGEST_FILE = 5 * 1024 * 1024
"""Bytes. Far more than a country's schools take."""


@dataclass(frozen=True)
class Column:
    """A column of a CSV file: its Swedish head, how a cell is read, and what may be left out."""

    head: str
    read: Read
    about: str
    needed: bool = True
    """The cell must say something. An empty one that is not needed becomes ``empty``."""
    empty: Any = None


@dataclass(frozen=True)
class Row:
    """One line of the file (counted from 1, the heads included) and its values by head."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Fault:
    line: int
    head: str | None
    text: str

    def __str__(self) -> str:
        if self.head is None:
            return _("rad %(line)s: %(text)s", line=self.line, text=self.text)
        return _("rad %(line)s, kolumn %(head)s: %(text)s",
                 line=self.line, head=self.head, text=self.text)  # fmt: skip


def explain(columns: Sequence[Column]) -> str:
    """The columns as a block for --help."""
    lines = [f"  {c.head} – {c.about}" + ("" if c.needed else " (får vara tom)") for c in columns]
    return (
        "CSV-filen är i UTF-8 med komma eller semikolon emellan. Första raden är rubriker:\n\n\b\n"
        + "\n".join(lines)
        + "\n\nAllt eller inget: finns ett fel ändras ingenting, och alla fel räknas upp. "
        "Samma fil två gånger ändrar ingenting andra gången."
    )


def read(data: bytes, columns: Sequence[Column]) -> tuple[list[Row], list[Fault]]:
    """Rows without fault, and every fault of the others. Lines without text are passed over."""
    if len(data) > BIGGEST_FILE:
        return [], [Fault(1, None, _("filen är större än 5 MB"))]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return [], [Fault(line, None, _("filen är inte sparad som UTF-8"))]
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[Row] = []
    faults: list[Fault] = []
    begins = 1
    try:
        heads = [cell.strip().casefold() for cell in next(lines, [])]
        faults += _head_faults(heads, columns)
        if faults:
            return [], faults
        begins = lines.line_num + 1
        for cells in lines:
            if any(cell.strip() for cell in cells):
                row, some = _row(begins, heads, cells, columns)
                faults += some
                if not some:
                    rows.append(row)
            begins = lines.line_num + 1
    except csv.Error:
        faults.append(Fault(begins, None, _("citattecknen går inte ihop")))
    if not rows and not faults:
        faults.append(Fault(1, None, _("filen har inga rader")))
    return rows, faults


def _delimiter(text: str) -> str:
    heads = text.lstrip().partition("\n")[0]
    return ";" if heads.count(";") > heads.count(",") else ","


def _head_faults(heads: Sequence[str], columns: Sequence[Column]) -> list[Fault]:
    known = {column.head for column in columns}
    missing = [c.head for c in columns if c.needed and c.head not in heads]
    faults = [Fault(1, head, _("kolumnen saknas")) for head in missing]
    for head in dict.fromkeys(heads):
        if head not in known:
            expected = ", ".join(column.head for column in columns)
            faults.append(
                Fault(1, head, _("okänd kolumn; de som finns är %(heads)s", heads=expected))
            )
        elif heads.count(head) > 1:
            faults.append(Fault(1, head, _("kolumnen finns flera gånger")))
    return faults


def _row(
    line: int, heads: Sequence[str], cells: Sequence[str], columns: Sequence[Column]
) -> tuple[Row, list[Fault]]:
    if len(cells) != len(heads):
        text = _("raden har %(found)s fält men rubrikerna är %(wanted)s",
                 found=len(cells), wanted=len(heads))  # fmt: skip
        return Row(line, {}), [Fault(line, None, text)]
    typed = dict(zip(heads, cells, strict=True))
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for column in columns:
        cell = typed.get(column.head, "").replace("\r\n", "\n").replace("\u00a0", " ").strip()
        if not cell and column.needed:
            faults.append(Fault(line, column.head, _("får inte vara tom")))
        elif not cell:
            values[column.head] = column.empty
        else:
            try:
                values[column.head] = column.read(cell)
            except ValueError as error:
                faults.append(Fault(line, column.head, str(error)))
    return Row(line, values), faults
