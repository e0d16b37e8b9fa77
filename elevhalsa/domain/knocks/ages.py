"""What secrecy, guardians and consent mean at an age, in plain words: data with a source, of which
a municipality can say any part in its own way. An age never keeps anybody from knocking. Nothing
here commits.
"""

import csv
from collections.abc import Sequence
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
from elevhalsa.domain.identity.words import AgeBand
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import AgeText
from elevhalsa.extensions import db

LAW = Path(__file__).resolve().parents[2] / "data" / "age_law.csv"
EVERY = "alla"


class Reader(StrEnum):
    """To whom a text speaks."""

    PUPIL = "elev"
    STAFF = "personal"


class Topic(StrEnum):
    SECRECY = "tystnad"
    HOME = "hemma"
    CONSENT = "ja"
    CONCERN = "oro"


labels.give(
    Topic,
    {
        Topic.SECRECY: _l("Vem får läsa?"),
        Topic.HOME: _l("Får de hemma veta?"),
        Topic.CONSENT: _l("Pratar ni med andra om mig?"),
        Topic.CONCERN: _l("När måste ni berätta?"),
    },
)
labels.give(
    Reader, {Reader.PUPIL: _l("Det här läser eleven"), Reader.STAFF: _l("Det här läser personalen")}
)


@dataclass(frozen=True)
class Text:
    key: str
    bands: tuple[AgeBand, ...]
    to: Reader
    topic: Topic
    wall: Wall | None
    """Behind which it holds; None: behind any."""
    law: str
    says: str
    source: str
    verified_on: date | None
    """When somebody saw the source say so; None: nobody has."""
    is_own: bool = False
    """The words are the municipality's."""


@cache
def usual() -> tuple[Text, ...]:
    """As the texts are where nobody has changed them."""
    with LAW.open(encoding="utf-8", newline="") as file:
        return tuple(
            Text(
                key=row["nyckel"],
                bands=_bands(row["ålder"]),
                to=Reader(row["till"]),
                topic=Topic(row["om"]),
                wall=IN_DATA.get(row["sekretessområde"]),
                law=row["lag"],
                says=row["säger"],
                source=row["källa"],
                verified_on=(
                    date.fromisoformat(row["kontrollerad"]) if row["kontrollerad"] else None
                ),
            )
            for row in csv.DictReader(file, delimiter=";")
        )


def _bands(said: str) -> tuple[AgeBand, ...]:
    words = said.split()
    return tuple(band for band in AgeBand if said == EVERY or band in words)


def every(municipality_id: str | None) -> list[Text]:
    """All of them, as a municipality says them; None: as they usually are."""
    query = select(AgeText).where(AgeText.municipality_id == municipality_id)
    own = {row.key: row.says for row in db.session.scalars(query)} if municipality_id else {}
    return [
        replace(one, says=own[one.key], is_own=True) if one.key in own else one for one in usual()
    ]


def texts(
    municipality_id: str | None, band: AgeBand, to: Reader, wall: Wall | None = None
) -> list[Text]:
    """What holds at an age. wall: only what holds behind it; None: behind any."""
    return [
        one
        for one in every(municipality_id)
        if one.to is to and band in one.bands and (wall is None or one.wall in (None, wall))
    ]


def by_topic(found: Sequence[Text]) -> list[tuple[Topic, list[Text]]]:
    """In the order in which they are read."""
    return [(topic, some) for topic in Topic if (some := [t for t in found if t.topic is topic])]


def say(staff: Staff, key: str, says: str) -> None:
    """What a coordinator's municipality says in one of them; an empty text is the usual one.

    Raises NotFound when there is no such text.
    """
    known = next((one for one in usual() if one.key == key), None)
    if known is None:
        raise NotFound(_("Den texten finns inte."))
    mine = select(AgeText).where(
        AgeText.municipality_id == staff.municipality_id, AgeText.key == key
    )
    row, own = db.session.scalar(mine.with_for_update()), says.strip()
    if not own or own == known.says:
        if row:
            db.session.delete(row)
    elif row:
        row.says = own
    else:
        db.session.add(AgeText(municipality_id=staff.municipality_id, key=key, says=own))
    audit.record(
        Action.AGE_TEXT_CHANGED,
        by=work.staff(staff.id),
        municipality_id=staff.municipality_id,
        reason=key,
    )
