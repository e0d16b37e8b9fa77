"""Every kind of what is kept, as data: its tables, how long, and by which paragraph. A table that
stands in no kind fails the build.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from .words import Ground, RecordKind

DATA = Path(__file__).resolve().parents[2] / "data" / "retention.csv"


@dataclass(frozen=True)
class Kept:
    key: str
    """Of one that is decided of, its ``RecordKind``."""
    what: str
    tables: tuple[str, ...]
    ground: Ground
    goes: str
    """When, as a sentence without its full stop."""
    law: str
    source: str
    verified_on: date | None
    """When somebody saw the source say so; None: nobody has."""


@cache
def all_kinds() -> tuple[Kept, ...]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return tuple(
            Kept(
                key=row["nyckel"],
                what=row["handling"],
                tables=tuple(row["tabeller"].split()),
                ground=Ground(row["grund"]),
                goes=row["tas_bort"],
                law=row["lag"],
                source=row["källa"],
                verified_on=(
                    date.fromisoformat(row["kontrollerad"]) if row["kontrollerad"] else None
                ),
            )
            for row in csv.DictReader(file, delimiter=";")
        )


def kept_as(kind: RecordKind) -> Kept:
    return next(one for one in all_kinds() if one.key == kind)
