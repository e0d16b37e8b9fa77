"""What the law says of who must agree, as data: each paragraph with its source and whether anybody
has seen it say so. A municipality says any of it in its own way. Nothing here commits.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core.errors import NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db

from .models import ConsentLawText
from .words import Law

DATA = Path(__file__).resolve().parents[2] / "data" / "consent_law.csv"


@dataclass(frozen=True)
class Line:
    key: Law
    law: str
    """Empty: no paragraph is known."""
    says: str
    source: str
    verified_on: date | None
    """When somebody saw the source say so; None: nobody has."""
    is_own: bool = False
    """The text is the municipality's."""


@cache
def usual() -> dict[Law, Line]:
    """As it is where nobody has changed it."""
    with DATA.open(encoding="utf-8", newline="") as file:
        found = [
            Line(
                key=Law(row["nyckel"]),
                law=row["lag"],
                says=row["säger"],
                source=row["källa"],
                verified_on=(
                    date.fromisoformat(row["kontrollerad"]) if row["kontrollerad"] else None
                ),
            )
            for row in csv.DictReader(file, delimiter=";")
        ]
    return {one.key: one for one in found}


def every(municipality_id: str) -> dict[Law, Line]:
    """All of it, as a municipality says it."""
    query = select(ConsentLawText).where(ConsentLawText.municipality_id == municipality_id)
    own = {row.key: row.says for row in db.session.scalars(query)}
    return {
        key: replace(one, says=own[key], is_own=True) if key in own else one
        for key, one in usual().items()
    }


def of(municipality_id: str, keys: Iterable[Law]) -> list[Line]:
    """These, in their order: of ``Needed.laws``, for instance."""
    known = every(municipality_id)
    return [known[key] for key in keys]


def say(staff: Staff, key: str, says: str) -> None:
    """What a coordinator's municipality says of one of them; an empty text is the usual one.

    Raises NotFound when there is no such text.
    """
    known = next((one for one in usual().values() if one.key == key), None)
    if known is None:
        raise NotFound(_("Den texten finns inte."))
    mine = select(ConsentLawText).where(
        ConsentLawText.municipality_id == staff.municipality_id, ConsentLawText.key == known.key
    )
    row, own = db.session.scalar(mine.with_for_update()), says.strip()
    if not own or own == known.says:
        if row:
            db.session.delete(row)
    elif row:
        row.says = own
    else:
        db.session.add(
            ConsentLawText(municipality_id=staff.municipality_id, key=known.key, says=own)
        )
    audit.record(
        Action.CONSENT_LAW_CHANGED,
        by=work.staff(staff.id),
        municipality_id=staff.municipality_id,
        reason=known.key.value,
    )
