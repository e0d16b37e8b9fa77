"""What the law says of a disclosure, as data: on what ground somebody asks, what has to be weighed,
by which paragraph something is kept back, and how one appeals. Each with its source, and whether
anybody has seen it say so.
"""

import csv
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from elevhalsa.core.walls import IN_DATA, Wall

from .words import Asker

LAW = Path(__file__).resolve().parents[2] / "data" / "disclosure_law.csv"


class Sort(StrEnum):
    """What a row of the data is for."""

    GROUND = "grund"
    QUESTION = "prövning"
    SECRECY = "sekretess"
    APPEAL = "överklagande"


_ASKERS = {
    "elev": Asker.PUPIL,
    "vårdnadshavare": Asker.GUARDIAN,
    "myndighet": Asker.AUTHORITY,
    "annan": Asker.ANYBODY,
}


@dataclass(frozen=True)
class Line:
    key: str
    sort: Sort
    wall: Wall | None
    """Behind which it holds; None: behind any."""
    askers: frozenset[Asker]
    """When who asks; empty: whoever does."""
    law: str
    says: str
    source: str
    verified_on: date | None
    """When somebody saw the source say so; None: nobody has."""


@cache
def _all() -> tuple[Line, ...]:
    with LAW.open(encoding="utf-8", newline="") as file:
        return tuple(
            Line(
                key=row["nyckel"],
                sort=Sort(row["slag"]),
                wall=IN_DATA.get(row["sekretessområde"]),
                askers=frozenset(_ASKERS[one] for one in row["frågar"].split()),
                law=row["lag"],
                says=row["säger"],
                source=row["källa"],
                verified_on=(
                    date.fromisoformat(row["kontrollerad"]) if row["kontrollerad"] else None
                ),
            )
            for row in csv.DictReader(file, delimiter=";")
        )


def lines(sort: Sort, wall: Wall | None, asker: Asker) -> list[Line]:
    """Those of one sort that hold behind a wall when somebody asks."""
    return [
        one
        for one in _all()
        if one.sort is sort and one.wall in (None, wall) and (not one.askers or asker in one.askers)
    ]
