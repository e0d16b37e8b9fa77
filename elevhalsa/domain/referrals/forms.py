"""The forms that a referral is written on: those that come with the app, and a municipality's own.

What is written keeps the version it was written on (``use``), so a version that has been used is
never changed: the next change makes another. Nothing here commits.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.rows import insert_once
from elevhalsa.extensions import db

from . import rules
from .models import FormVersion
from .rules import MOST_FIELDS, MOST_OPTIONS, Field, FieldFault
from .words import FieldKind, FormKey

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "referral_forms.csv"
HOPED = "hopp"
"""The key of the field that the follow-up asks of again."""


@cache
def shipped(form: FormKey) -> tuple[Field, ...]:
    """The first form, as it comes with the app."""
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        return tuple(
            Field(
                key=row["nyckel"],
                label=row["fråga"],
                kind=FieldKind(row["slag"]),
                help=row["hjälp"],
                required=row["krävs"] == "ja",
                options=tuple(filter(None, row["svar"].split("|"))),
            )
            for row in csv.DictReader(file, delimiter=";")
            if row["formulär"] == form
        )


@dataclass(frozen=True)
class Form:
    """As it stands now."""

    key: FormKey
    number: int
    """0: the one that comes with the app, which nobody has changed or used yet."""
    fields: tuple[Field, ...]


def present(municipality_id: str, form: FormKey) -> Form:
    row = _newest(municipality_id, form)
    return Form(form, row.number, row.fields) if row else Form(form, 0, shipped(form))


def use(municipality_id: str, form: FormKey) -> FormVersion:
    """The present version, to write on. From now on it is as it is."""
    row = _newest(municipality_id, form, lock=True)
    if row is None:
        _add(municipality_id, form, 1, shipped(form))
        row = _newest(municipality_id, form, lock=True)
        assert row is not None  # noqa: S101  (it, or another's that was first, is there)
    row.used_at = row.used_at or clock.now()
    return row


def put(
    staff: Staff, form: FormKey, field: Field, place: int | None, *, form_id: str | None = None
) -> str:
    """Add a field, or change the one of that key, and lay it where it is to stand: the first place
    is 1; None: last. A field without a key is new, and gets the id of the form that it was typed
    in: the same form again adds nothing. Returns its key.

    Raises InvalidInput for a field that nobody could answer, or one too many; NotFound for a key
    that the form does not have.
    """
    _check(field)
    places.hold(staff.municipality_id)
    now = present(staff.municipality_id, form)
    known = {one.key for one in now.fields}
    if field.key and field.key not in known:
        raise NotFound(_("Den frågan finns inte i formuläret."))
    if not field.key:
        field = replace(field, key=form_id or new_id())
        if len(known | {field.key}) > MOST_FIELDS:
            raise InvalidInput(_("Formuläret är fullt. Högst %(most)s frågor.", most=MOST_FIELDS))
    last = len(known | {field.key})
    _change(staff, form, rules.put(now.fields, field, last if place is None else place))
    return field.key


def remove(staff: Staff, form: FormKey, key: str) -> None:
    """Raises NotFound for a key that the form does not have, InvalidInput for its last field."""
    places.hold(staff.municipality_id)
    now = present(staff.municipality_id, form)
    left = rules.without(now.fields, key)
    if len(left) == len(now.fields):
        raise NotFound(_("Den frågan finns inte i formuläret."))
    if not left:
        raise InvalidInput(_("Ett formulär behöver minst en fråga."))
    _change(staff, form, left)


_WHY: Mapping[FieldFault, tuple[str, Callable[[], str]]] = {
    FieldFault.NO_LABEL: ("label", lambda: _("Skriv frågan.")),
    FieldFault.NO_OPTIONS: ("options", lambda: _("Skriv minst två svar, ett på varje rad.")),
    FieldFault.SAME_OPTION: ("options", lambda: _("Två svar är lika. Ta bort det ena.")),
    FieldFault.TOO_MANY_OPTIONS: (
        "options", lambda: _("Det är för många svar. Högst %(most)s får plats.", most=MOST_OPTIONS)
    ),
    FieldFault.LONG_OPTION: ("options", lambda: _("Ett av svaren är för långt. Korta det.")),
}  # fmt: skip


def _check(field: Field) -> None:
    fault = rules.fault_of_field(field)
    if fault:
        where, why = _WHY[fault]
        raise InvalidInput(why(), where)


def _change(staff: Staff, form: FormKey, fields: Sequence[Field]) -> None:
    municipality_id = staff.municipality_id
    row = _newest(municipality_id, form, lock=True)
    before = row.fields if row else shipped(form)
    if tuple(fields) == before:
        return
    if row is None or row.used_at:
        _add(municipality_id, form, row.number + 1 if row else 1, fields)
    else:
        row.stored = [one.stored for one in fields]
        row.since = clock.now()
    audit.record(
        Action.REFERRAL_FORM_CHANGED,
        by=work.staff(staff.id), municipality_id=municipality_id, reason=form.value,
    )  # fmt: skip


def _add(municipality_id: str, form: FormKey, number: int, fields: Sequence[Field]) -> None:
    insert_once(
        FormVersion(
            id=new_id(), municipality_id=municipality_id, form=form, number=number,
            stored=[one.stored for one in fields], since=clock.now(),
        )
    )  # fmt: skip


def _newest(municipality_id: str, form: FormKey, *, lock: bool = False) -> FormVersion | None:
    """lock: hold the municipality's forms until the transaction ends, so that two who change or use
    one come after each other."""
    if lock:
        places.hold(municipality_id)
    query = (
        select(FormVersion)
        .where(FormVersion.municipality_id == municipality_id, FormVersion.form == form)
        .order_by(FormVersion.number.desc())
        .limit(1)
        .execution_options(populate_existing=lock)
    )
    return db.session.scalar(query)
