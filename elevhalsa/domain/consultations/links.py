"""The school's own address, at which its staff ask, and within how many hours they hear. Nothing
here commits."""

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring, new_id, new_token
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.rows import lock
from elevhalsa.extensions import db

from . import queries, rules
from .models import ConsultationLink, ConsultationTerms


def hash_link(token: str) -> str:
    return keyring.keyed_hash("consultation-link", token)


def link_of(token: str) -> ConsultationLink | None:
    """What an address of a school's stands for, also of one that has ended."""
    hashed = hash_link(token)
    work.show(hashed)
    return db.session.scalar(select(ConsultationLink).where(ConsultationLink.token_hash == hashed))


def renew(staff: Staff, school: School) -> ConsultationLink:
    """A new address for a school; the one of before ends. Raises Conflict for another's school."""
    _end_links(staff, school)
    token = new_token()[:22]
    link = ConsultationLink(
        id=new_id(), municipality_id=school.municipality_id, school_id=school.id,
        token_hash=hash_link(token), token=token, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(link)
    db.session.flush()
    _record_link(staff, "made")
    return link


def close_door(staff: Staff, school: School) -> bool:
    """The school's address ends, and there is no new one. False when there was none."""
    if not _end_links(staff, school):
        return False
    _record_link(staff, "ended")
    return True


def _end_links(staff: Staff, school: School) -> bool:
    if school.municipality_id != staff.municipality_id:
        raise Conflict(_("Skolan finns inte."))
    lock(staff.municipality)  # of two at once one comes after the other
    found = db.session.scalars(
        select(ConsultationLink).where(
            ConsultationLink.school_id == school.id, ConsultationLink.ended_at.is_(None)
        )
    ).all()
    for link in found:
        link.ended_at, link.token = clock.now(), None
    db.session.flush()
    return bool(found)


def _record_link(staff: Staff, how: str) -> None:
    audit.record(
        Action.CONSULTATION_LINK, by=work.staff(staff.id),
        municipality_id=staff.municipality_id, reason=how,
    )  # fmt: skip


def decide_hours(staff: Staff, hours: int) -> bool:
    """Of the promise, from now on: what has been asked keeps its date. False when it stood so.

    hours: counted. Raises InvalidInput.
    """
    if not rules.is_fit(hours):
        raise InvalidInput(
            _("Skriv ett tal från %(fewest)s till %(most)s.",
              fewest=rules.LEAST_HOURS, most=rules.MOST_HOURS),
            "hours",
        )  # fmt: skip
    municipality = staff.municipality
    lock(municipality)
    if hours == queries.hours_of(municipality):
        return False
    own = db.session.get(ConsultationTerms, municipality.id)
    if own is None:
        db.session.add(ConsultationTerms(municipality_id=municipality.id, hours=hours))
    else:
        own.hours = hours
    audit.record(
        Action.PROMISE_CHANGED, by=work.staff(staff.id),
        municipality_id=municipality.id, reason="consultations",
    )  # fmt: skip
    db.session.flush()
    return True
