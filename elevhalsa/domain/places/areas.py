"""Under which paragraph each area of secrecy stands and what that means, in plain words: data with
a source, of which a municipality can say any part in its own way. Nothing here commits.
"""

import csv
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core.walls import IN_DATA, Wall
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.extensions import db

from .models import AreaText

LAW = Path(__file__).resolve().parents[2] / "data" / "area_law.csv"


@dataclass(frozen=True)
class AreaLaw:
    """Of one area."""

    wall: Wall
    law: str
    """Empty: no secrecy of its own by law is known."""
    says: str
    """To a pupil, before anything is sent."""
    to_staff: str
    source: str
    verified_on: date | None
    """When somebody saw the source say so; None: nobody has."""
    is_own: bool = False
    """Some of it is in the municipality's words."""


@cache
def usual() -> dict[Wall, AreaLaw]:
    """As it is where nobody has changed it."""
    with LAW.open(encoding="utf-8", newline="") as file:
        found = [
            AreaLaw(
                wall=IN_DATA[row["område"]],
                law=row["lag"],
                says=row["säger"],
                to_staff=row["personal"],
                source=row["källa"],
                verified_on=(
                    date.fromisoformat(row["kontrollerad"]) if row["kontrollerad"] else None
                ),
            )
            for row in csv.DictReader(file, delimiter=";")
        ]
    return {one.wall: one for one in found}


def every(municipality_id: str | None) -> dict[Wall, AreaLaw]:
    """Each area, as a municipality says it; None: as it usually is."""
    query = select(AreaText).where(AreaText.municipality_id == municipality_id)
    own = {row.wall: row for row in db.session.scalars(query)} if municipality_id else {}
    return {
        wall: replace(
            one,
            law=one.law if row.law is None else row.law,
            says=row.says or one.says,
            to_staff=row.to_staff or one.to_staff,
            is_own=True,
        )
        if (row := own.get(wall))
        else one
        for wall, one in usual().items()
    }


def of(municipality_id: str | None, wall: Wall) -> AreaLaw:
    return every(municipality_id)[wall]


def say(
    by: work.Actor, municipality_id: str, wall: Wall, *, law: str, says: str, to_staff: str
) -> None:
    """What a municipality says of an area. What is as usual, and an empty text, is the usual one;
    an empty paragraph says that there is none."""
    known = usual()[wall]
    mine = select(AreaText).where(
        AreaText.municipality_id == municipality_id, AreaText.wall == wall
    )
    row = db.session.scalar(mine.with_for_update())
    law, says, to_staff = law.strip(), says.strip(), to_staff.strip()
    values = {
        "law": None if law == known.law else law,
        "says": says if says and says != known.says else None,
        "to_staff": to_staff if to_staff and to_staff != known.to_staff else None,
    }
    if any(value is not None for value in values.values()):
        if row is None:
            row = AreaText(municipality_id=municipality_id, wall=wall)
            db.session.add(row)
        for name, value in values.items():
            setattr(row, name, value)
    elif row:
        db.session.delete(row)
    audit.record(
        Action.AREA_TEXT_CHANGED, by=by, municipality_id=municipality_id, reason=wall.value
    )
