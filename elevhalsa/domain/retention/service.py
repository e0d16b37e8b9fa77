"""The verbs of retention: decide, end a decision, ask for a run. Nothing here commits."""

from datetime import date

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.rows import lock
from elevhalsa.extensions import db

from . import queries, rules
from .models import RetentionDecision, RetentionRun
from .words import RecordKind

RUN_NOW = "run_retention"
"""The worker's job."""


def decide(
    municipality: Municipality,
    kind: RecordKind,
    *,
    days: int,
    reference: str,
    decided_on: date,
    decided_by: str,
    note: str,
    by: work.Actor,
) -> bool:
    """Enter a decision that has been made. It holds from now on, also for what has ended already.
    False when it stood so already.

    days: wall-clock. Raises InvalidInput for days out of range, a day to come, or when it is not
    said where the decision is found and who made it.
    """
    _check(kind, days, reference, decided_on, decided_by)
    lock(municipality)  # of two at once one comes after the other
    present = queries.decision(municipality.id, kind)
    said = (days, reference, decided_on, decided_by, note or None)
    if present and said == (
        present.days, present.reference, present.decided_on, present.decided_by, present.note,
    ):  # fmt: skip
        return False
    now = clock.now()
    if present:
        present.until = now
    db.session.add(
        RetentionDecision(
            id=new_id(), municipality_id=municipality.id, kind=kind, days=days,
            reference=reference, decided_on=decided_on, decided_by=decided_by, note=note or None,
            since=now,
        )
    )  # fmt: skip
    _hold_to(municipality, kind, days)
    audit.record(
        Action.RETENTION_DECIDED, by=by, municipality_id=municipality.id, reason=kind.value
    )
    db.session.flush()
    return True


def _check(kind: RecordKind, days: int, reference: str, decided_on: date, decided_by: str) -> None:
    if not rules.may_be(kind, days):
        fewest, most = rules.DAYS[kind]
        raise InvalidInput(
            _("Skriv ett antal dagar från %(fewest)s till %(most)s.", fewest=fewest, most=most),
            "days",
        )
    if not reference:
        raise InvalidInput(_("Skriv var beslutet finns, till exempel ett diarienummer."),
                           "reference")  # fmt: skip
    if decided_on > clock.today():
        raise InvalidInput(_("Dagen för beslutet har inte kommit än."), "decided_on")
    if not decided_by:
        raise InvalidInput(_("Skriv vem som har beslutat."), "decided_by")


def end(municipality: Municipality, kind: RecordKind, *, by: work.Actor) -> bool:
    """The decision does not hold any more, and none does. False when none did."""
    lock(municipality)
    present = queries.decision(municipality.id, kind)
    if present is None:
        return False
    present.until = clock.now()
    _hold_to(municipality, kind, None)
    audit.record(Action.RETENTION_ENDED, by=by, municipality_id=municipality.id, reason=kind.value)
    db.session.flush()
    return True


def _hold_to(municipality: Municipality, kind: RecordKind, days: int | None) -> None:
    """The municipality's own columns say how long. Without a decision a knock is locked after the
    days that held last, and the trace is kept."""
    if kind is RecordKind.LOG:
        municipality.log_days = days
    elif days:
        municipality.retention_days = days


def ask(staff: Staff) -> RetentionRun:
    """Have her municipality's run done now rather than within the hour. One that goes on already is
    returned instead."""
    municipality = staff.municipality
    lock(municipality)
    under_way = queries.unfinished(municipality.id)
    if under_way:
        return under_way[0]
    row = begin(municipality, work.staff(staff.id))
    audit.record(Action.RETENTION_RUN, by=work.staff(staff.id), municipality_id=municipality.id)
    work.later(RUN_NOW, row.id)
    return row


def begin(municipality: Municipality, by: work.Actor) -> RetentionRun:
    """Write down that a run has begun."""
    row = RetentionRun(
        id=new_id(), municipality_id=municipality.id, actor=by.kind, staff_id=by.staff_id,
        began_at=clock.now(), purged=0, locked=0, unlocked=0, events=0,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row
