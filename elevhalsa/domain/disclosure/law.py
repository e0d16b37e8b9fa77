"""What the law says of a disclosure, as data: on what ground somebody asks, what has to be weighed,
by which paragraph something is kept back, and how one appeals. Each with its source, and whether
anybody has seen it say so.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import labels
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _, _l
from elevhalsa.core.walls import IN_DATA, Wall
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import DisclosureText
from elevhalsa.extensions import db

from .words import Asker

LAW = Path(__file__).resolve().parents[2] / "data" / "disclosure_law.csv"


class Sort(StrEnum):
    """What a row of the data is for."""

    GROUND = "grund"
    QUESTION = "prövning"
    SECRECY = "sekretess"
    APPEAL = "överklagande"


labels.give(
    Sort,
    {
        Sort.GROUND: _l("Grund för begäran"),
        Sort.QUESTION: _l("Fråga i prövningen"),
        Sort.SECRECY: _l("Paragraf för sekretess"),
        Sort.APPEAL: _l("Hur man överklagar"),
    },
)

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
    is_own: bool = False
    """The text is the municipality's."""


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


Lines = Mapping[Sort, Sequence[Line]]


def every(municipality_id: str) -> list[Line]:
    """All of them, as a municipality says them."""
    query = select(DisclosureText).where(DisclosureText.municipality_id == municipality_id)
    own = {row.key: row.says for row in db.session.scalars(query)}
    return [
        replace(one, says=own[one.key], is_own=True) if one.key in own else one for one in _all()
    ]


def of(staff: Staff, asker: Asker) -> Lines:
    """What holds behind her wall when somebody asks, by what it is for."""
    found: dict[Sort, list[Line]] = {sort: [] for sort in Sort}
    for one in every(staff.municipality_id):
        if one.wall in (None, staff.wall) and (not one.askers or asker in one.askers):
            found[one.sort].append(one)
    return found


def say(staff: Staff, key: str, says: str) -> None:
    """What a coordinator's municipality says in one of them; an empty text is the usual one.

    Raises NotFound when there is no such text.
    """
    known = next((one for one in _all() if one.key == key), None)
    if known is None:
        raise NotFound(_("Den texten finns inte."))
    mine = select(DisclosureText).where(
        DisclosureText.municipality_id == staff.municipality_id, DisclosureText.key == key
    )
    row, own = db.session.scalar(mine.with_for_update()), says.strip()
    if not own or own == known.says:
        if row:
            db.session.delete(row)
    elif row:
        row.says = own
    else:
        db.session.add(DisclosureText(municipality_id=staff.municipality_id, key=key, says=own))
    audit.record(
        Action.DISCLOSURE_TEXT_CHANGED,
        by=work.staff(staff.id),
        municipality_id=staff.municipality_id,
        reason=key,
    )
