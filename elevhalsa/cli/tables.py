"""Reading a CSV file into checked rows. Every fault in the file is found before anything is said.

What spreadsheets save is taken: UTF-8, or UTF-16 with its mark, and other encodings when they are
named; comma, semicolon or tab; a title above the heads; empty columns; rows that end early.
"""

import codecs
import csv
import io
import itertools
import re
from collections.abc import Sequence
from contextlib import suppress
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
        "CSV-filen är i UTF-8 med komma, semikolon eller tabb emellan. Rubrikerna är:\n\n\b\n"
        + "\n".join(lines)
        + "\n\nAllt eller inget: finns ett fel ändras ingenting, och alla fel räknas upp. "
        "Samma fil två gånger ändrar ingenting andra gången."
    )


def read(
    data: bytes, kind: type[R], encoding: str | None = None
) -> tuple[list[tuple[int, R]], list[Fault]]:
    """The rows without fault, each with the number of its line, and every fault of the others.
    Lines without text, and what stands above the heads, are passed over.

    encoding: one of ``ENCODINGS``; None for UTF-8, or UTF-16 with its mark.
    """
    text = decoded(data, encoding)
    if isinstance(text, Fault):
        return [], [text]
    needed = [str(field.alias) for field in kind.model_fields.values()]
    delimiter, above = _heads(text, needed)
    lines = _reader(text, delimiter)
    rows: list[tuple[int, R]] = []
    faults: list[Fault] = []
    begins = 1
    try:
        next(itertools.islice(lines, above, above), None)  # past what stands above them
        begins = lines.line_num + 1
        heads = [_head(cell) for cell in next(lines, [])]
        faults += _head_faults(begins, heads, kind)
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


ENCODINGS = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "mac-roman": "Mac Roman"}
"""What a file can be said to be written in."""
OTHER_ENCODINGS = ("cp1252", "mac-roman")
SWEDISH = frozenset("åäöéÅÄÖÉ")


def decoded(data: bytes, encoding: str | None) -> str | Fault:
    if len(data) > BIGGEST_FILE:
        return Fault(1, None, _("filen är större än 5 MB"))
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16")
        if encoding in (None, "utf-8"):
            return data.decode("utf-8-sig")
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Fault(line, None, _not_read(data, encoding))


def _not_read(data: bytes, encoding: str | None) -> str:
    """With the offer to read it in another way, and a word of the file to judge that by."""
    told = _("filen är inte sparad som %(name)s", name=ENCODINGS[encoding or "utf-8"])
    best = likely(data)
    if best is None or best == encoding:
        return told
    return _("%(told)s. Som %(name)s står det ”%(sample)s”. Stämmer å, ä och ö? Prova med "
             "--teckenkod %(code)s --dry-run", told=told, name=ENCODINGS[best],
             sample=sample(data.decode(best, "replace")), code=best)  # fmt: skip


def likely(data: bytes) -> str | None:
    """The other encoding in which most of a file's letters beyond ASCII are Swedish."""
    best, most = None, 0
    for encoding in OTHER_ENCODINGS:
        found = sum(letter in SWEDISH for letter in data.decode(encoding, "replace"))
        if found > most:
            best, most = encoding, found
    return best


def sample(text: str) -> str:
    """The first word with a letter beyond ASCII; empty when there is none."""
    return next((word[:40] for word in re.split(r"[\s;,\"]+", text) if not word.isascii()), "")


def _reader(text: str, delimiter: str) -> "csv._reader":  # type: ignore[name-defined]
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


MOST_ABOVE = 10
"""Lines that may stand above the heads: a title, an empty one, ``sep=;`` of Excel."""


def _heads(text: str, needed: Sequence[str]) -> tuple[str, int]:
    """What stands between the cells, and how many rows stand above the heads: where most of them
    are found."""
    found = max(
        (sum(_head(cell) in needed for cell in cells), -above, -order, delimiter)
        for order, delimiter in enumerate(";,\t")
        for above, cells in enumerate(_first_rows(text, delimiter))
    )
    hits, above, _order, delimiter = found
    if hits == 0:  # told of the first line that says something
        rows = _first_rows(text, delimiter)
        above = -next((n for n, cells in enumerate(rows) if any(map(str.strip, cells))), 0)
    return delimiter, -above


def _first_rows(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    with suppress(csv.Error):
        for cells in itertools.islice(_reader(text, delimiter), MOST_ABOVE + 1):
            rows.append(cells)
    return rows or [[]]


def _head(cell: str) -> str:
    return typed.plain(cell).casefold()


def _head_faults(line: int, heads: Sequence[str], kind: type[Row]) -> list[Fault]:
    needed = {str(field.alias): field.is_required() for field in kind.model_fields.values()}
    faults = [
        Fault(line, head, _("kolumnen saknas"))
        for head, is_needed in needed.items()
        if is_needed and head not in heads
    ]
    for head in dict.fromkeys(filter(None, heads)):
        if head not in needed:
            text = _("okänd kolumn; de som finns är %(heads)s", heads=", ".join(needed))
            faults.append(Fault(line, head, text))
        elif heads.count(head) > 1:
            faults.append(Fault(line, head, _("kolumnen finns flera gånger")))
    return faults


def _row(heads: Sequence[str], cells: Sequence[str], kind: type[R]) -> R:
    """Cells that are left out at the end are empty, and what an empty column holds must be too."""
    last = max((n for n, cell in enumerate(cells, 1) if cell.strip()), default=0)
    if last > len(heads):
        raise ValueError(_("raden har %(found)s fält men rubrikerna är %(wanted)s",
                           found=last, wanted=len(heads)))  # fmt: skip
    if any(cell.strip() for head, cell in zip(heads, cells, strict=False) if not head):
        raise ValueError(_("ett fält står under en kolumn utan rubrik"))
    texts = (cell.strip() if typed.has_control(cell) else typed.text(cell) for cell in cells)
    said = {head: text for head, text in zip(heads, texts, strict=False) if text and head}
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
