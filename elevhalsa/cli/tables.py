"""Reading a CSV file into checked rows. Every fault in the file is found before anything is said.

UTF-8 with or without a byte order mark; comma or semicolon; the first line names the columns.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, Field, PlainValidator, ValidationError

from elevhalsa.core import typed
from elevhalsa.core.i18n import _

BIGGEST_FILE = 5 * 1024 * 1024
"""Bytes. Far more than a country's schools take."""


class Row(BaseModel):
    """One row of a CSV file: a field a column, made by ``column``."""


R = TypeVar("R", bound=Row)


By = PlainValidator
"""How a field's cell is read: ``Annotated[date, By(cells.day)]``."""


def column(head: str, about: str, default: Any = ...) -> Any:
    """A column under a Swedish head. Its cell must say something, unless there is a default."""
    return Field(default, alias=head, description=about)


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


def explain(kind: type[Row]) -> str:
    """The columns as a block for --help."""
    lines = [
        f"  {field.alias} – {field.description}"
        + ("" if field.is_required() else " (får vara tom)")
        for field in kind.model_fields.values()
    ]
    return (
        "CSV-filen är i UTF-8 med komma eller semikolon emellan. Första raden är rubriker:\n\n\b\n"
        + "\n".join(lines)
        + "\n\nAllt eller inget: finns ett fel ändras ingenting, och alla fel räknas upp. "
        "Samma fil två gånger ändrar ingenting andra gången."
    )


def read(data: bytes, kind: type[R]) -> tuple[list[tuple[int, R]], list[Fault]]:
    """The rows without fault, each with the number of its line (the heads are line 1), and every
    fault of the others. Lines without text are passed over."""
    text = _text(data)
    if isinstance(text, Fault):
        return [], [text]
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[tuple[int, R]] = []
    faults: list[Fault] = []
    begins = 1
    try:
        heads = [cell.strip().casefold() for cell in next(lines, [])]
        faults += _head_faults(heads, kind)
        if faults:
            return [], faults
        begins = lines.line_num + 1
        for cells in lines:
            if any(cell.strip() for cell in cells):
                try:
                    rows.append((begins, _row(heads, cells, kind)))
                except ValidationError as error:
                    faults += _faults(begins, error)
                except ValueError as error:
                    faults.append(Fault(begins, None, str(error)))
            begins = lines.line_num + 1
    except csv.Error:
        faults.append(Fault(begins, None, _("citattecknen går inte ihop")))
    if not rows and not faults:
        faults.append(Fault(1, None, _("filen har inga rader")))
    return rows, faults


def _text(data: bytes) -> str | Fault:
    if len(data) > BIGGEST_FILE:
        return Fault(1, None, _("filen är större än 5 MB"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Fault(line, None, _("filen är inte sparad som UTF-8"))


def _delimiter(text: str) -> str:
    heads = text.lstrip().partition("\n")[0]
    return ";" if heads.count(";") > heads.count(",") else ","


def _head_faults(heads: Sequence[str], kind: type[Row]) -> list[Fault]:
    needed = {str(field.alias): field.is_required() for field in kind.model_fields.values()}
    faults = [
        Fault(1, head, _("kolumnen saknas"))
        for head, is_needed in needed.items()
        if is_needed and head not in heads
    ]
    for head in dict.fromkeys(heads):
        if head not in needed:
            text = _("okänd kolumn; de som finns är %(heads)s", heads=", ".join(needed))
            faults.append(Fault(1, head, text))
        elif heads.count(head) > 1:
            faults.append(Fault(1, head, _("kolumnen finns flera gånger")))
    return faults


def _row(heads: Sequence[str], cells: Sequence[str], kind: type[R]) -> R:
    if len(cells) != len(heads):
        raise ValueError(_("raden har %(found)s fält men rubrikerna är %(wanted)s",
                           found=len(cells), wanted=len(heads)))  # fmt: skip
    texts = (cell.strip() if typed.has_control(cell) else typed.text(cell) for cell in cells)
    said = {head: text for head, text in zip(heads, texts, strict=True) if text}
    return kind.model_validate(said)


def _faults(line: int, wrong: ValidationError) -> list[Fault]:
    """The readers' own words; pydantic itself only finds that a cell is missing."""
    return [
        Fault(
            line,
            str(error["loc"][0]),
            _("får inte vara tom") if error["type"] == "missing" else str(error["ctx"]["error"]),
        )
        for error in wrong.errors(include_url=False)
    ]
