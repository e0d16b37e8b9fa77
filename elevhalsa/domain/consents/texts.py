"""What is said to whoever is asked: texts that come with the app, and each municipality's versions.

A version is never changed: the next change makes another, and an agreement points at the one that
was shown. Nothing here commits.
"""

import csv
import hashlib
from functools import cache
from pathlib import Path

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.rows import insert_once
from elevhalsa.extensions import db

from .models import ConsentText
from .words import Reader

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "consent_texts.csv"
LONGEST = 3000
"""Characters of one version."""


@cache
def shipped(reader: Reader) -> str:
    """As it comes with the app."""
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        said = [
            row["stycke"] for row in csv.DictReader(file, delimiter=";") if row["till"] == reader
        ]
    return "\n\n".join(said)


def paragraphs(body: str) -> list[str]:
    """Of a version, as they are shown."""
    return [part.strip() for part in body.split("\n\n") if part.strip()]


def present(municipality_id: str, reader: Reader) -> str:
    row = _newest(municipality_id, reader)
    return row.body if row else shipped(reader)


def versions(municipality_id: str, reader: Reader) -> list[ConsentText]:
    """All that were ever published or shown, the newest first."""
    query = select(ConsentText).where(
        ConsentText.municipality_id == municipality_id, ConsentText.reader == reader
    )
    return list(db.session.scalars(query.order_by(ConsentText.number.desc())))


def use(municipality_id: str, reader: Reader) -> ConsentText:
    """The present version, to show somebody."""
    row = _newest(municipality_id, reader)
    return row or _add(municipality_id, reader, shipped(reader))


def publish(staff: Staff, reader: Reader, body: str) -> bool:
    """What is shown to those who are asked from now on. Who was asked before has what was shown
    then. False when it says so already.

    Raises InvalidInput for a text that says nothing or is too long.
    """
    said = "\n\n".join(paragraphs(body.replace("\r\n", "\n")))
    if not said:
        raise InvalidInput(_("Skriv en text."), "body")
    if len(said) > LONGEST:
        raise InvalidInput(
            _("Texten är lite för lång. Högst %(most)s tecken får plats.", most=LONGEST), "body"
        )
    if said == present(staff.municipality_id, reader):
        return False
    if _newest(staff.municipality_id, reader) is None:
        _add(staff.municipality_id, reader, shipped(reader))  # what stood before is a version too
    _add(staff.municipality_id, reader, said)
    audit.record(
        Action.CONSENT_TEXT_CHANGED,
        by=work.staff(staff.id),
        municipality_id=staff.municipality_id,
        reason=reader.value,
    )
    return True


def _add(municipality_id: str, reader: Reader, body: str) -> ConsentText:
    """The next version. Of two who add at once one comes after the other."""
    db.session.flush()
    db.session.execute(
        select(Municipality.id).where(Municipality.id == municipality_id).with_for_update()
    )
    newest = _newest(municipality_id, reader)
    if newest and newest.body == body:
        return newest
    row = ConsentText(
        id=new_id(),
        municipality_id=municipality_id,
        reader=reader,
        number=newest.number + 1 if newest else 1,
        body=body,
        mark=hashlib.sha256(body.encode()).hexdigest(),
        since=clock.now(),
    )
    insert_once(row)
    return row


def _newest(municipality_id: str, reader: Reader) -> ConsentText | None:
    query = (
        select(ConsentText)
        .where(ConsentText.municipality_id == municipality_id, ConsentText.reader == reader)
        .order_by(ConsentText.number.desc())
        .limit(1)
    )
    return db.session.scalar(query)
