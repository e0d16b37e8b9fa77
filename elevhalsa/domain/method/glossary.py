"""Words that the school, social services and health care share, and what each means by them: data
to start from, of which a municipality changes and removes any and adds its own. Nothing here
commits.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.i18n import _, alphabetical
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import queries as places
from elevhalsa.extensions import db

from .models import GlossaryWord

WORDS = Path(__file__).resolve().parents[2] / "data" / "method_words.csv"
MOST = 200
"""Words a municipality may have of its own: a page must be read in one go."""


@dataclass(frozen=True)
class Word:
    key: str
    word: str
    school: str
    social: str
    care: str
    we_say: str
    is_own: bool = False
    """The municipality's, or changed by it."""


@cache
def usual() -> tuple[Word, ...]:
    """As they are where nobody has changed them."""
    with WORDS.open(encoding="utf-8", newline="") as file:
        return tuple(
            Word(
                row["nyckel"], row["ord"], row["skolan"], row["socialtjänsten"], row["vården"],
                row["vi_säger"],
            )
            for row in csv.DictReader(file, delimiter=";")
        )  # fmt: skip


def every(municipality_id: str) -> list[Word]:
    """All that hold in a municipality, in Swedish order."""
    found = {one.key: one for one in usual()}
    for row in _rows(municipality_id).values():
        if row.removed:
            found.pop(row.key, None)
        else:
            found[row.key] = Word(
                row.key, row.word, row.school, row.social, row.care, row.we_say, is_own=True
            )
    return sorted(found.values(), key=lambda one: alphabetical(one.word))


def _rows(municipality_id: str) -> dict[str, GlossaryWord]:
    query = select(GlossaryWord).where(GlossaryWord.municipality_id == municipality_id)
    return {row.key: row for row in db.session.scalars(query)}


def say(
    staff: Staff, key: str | None, *, word: str, school: str, social: str, care: str, we_say: str
) -> str:
    """A coordinator adds a word (no key) or says one in another way. Returns its key.

    Raises NotFound where there is none of the key, Conflict where the word stands there already,
    InvalidInput where there are too many.
    """
    here = staff.municipality_id
    places.hold(here)
    known = {one.key: one for one in every(here)}
    if key and key not in known:
        raise NotFound(_("Ordet finns inte längre."))
    if any(one.word.casefold() == word.casefold() for one in known.values() if one.key != key):
        raise Conflict(_("Ordet finns redan i listan."))
    rows = _rows(here)
    row = rows.get(key) if key else None
    if row is None:
        if len(rows) >= MOST:
            raise InvalidInput(_("Listan är full. Ta bort ett ord först."), "word")
        row = GlossaryWord(municipality_id=here, key=key or new_id(), removed=False)
        db.session.add(row)
    row.word, row.school, row.social, row.care, row.we_say = word, school, social, care, we_say
    _record(staff, row.key)
    return row.key


def remove(staff: Staff, key: str) -> None:
    """A coordinator takes a word away. Twice is once."""
    here = staff.municipality_id
    places.hold(here)
    row = _rows(here).get(key)
    known = next((one for one in usual() if one.key == key), None)
    if known is None:
        if row is None:
            return
        db.session.delete(row)
    elif row is None:
        db.session.add(
            GlossaryWord(
                municipality_id=here,
                key=key,
                word=known.word,
                school="",
                social="",
                care="",
                we_say="",
                removed=True,
            )
        )
    elif row.removed:
        return
    else:
        row.removed = True
    _record(staff, key)


def _record(staff: Staff, key: str) -> None:
    audit.record(
        Action.GLOSSARY_CHANGED,
        by=work.staff(staff.id),
        municipality_id=staff.municipality_id,
        reason=key,
    )
