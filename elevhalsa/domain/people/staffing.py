"""Who works here and at which schools: what the operator adds, changes and ends."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, update

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.i18n import _, alphabetical
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.places.models import Municipality, Organisation, School
from elevhalsa.domain.places.service import Change, assign
from elevhalsa.domain.places.words import may_work_at
from elevhalsa.extensions import db

from . import accounts, passkeys, service
from .models import Assignment, SignInLink, Staff, hash_email


def find(municipality: Municipality, email: str) -> Staff | None:
    """By address, whether active or not."""
    return db.session.scalar(
        select(Staff).where(
            Staff.municipality_id == municipality.id, Staff.email_hash == hash_email(email)
        )
    )


def require(email: str, municipality: Municipality | None = None) -> Staff:
    """As ``find``, in the only municipality that has the address when none is named.

    Raises NotFound when nobody has the address, Conflict when somebody has it in several.
    """
    query = select(Staff).where(Staff.email_hash == hash_email(email))
    if municipality:
        query = query.where(Staff.municipality_id == municipality.id)
    found = list(db.session.scalars(query))
    if not found:
        raise NotFound(_("Ingen i personalen har den e-postadressen."))
    if len(found) > 1:
        slugs = ", ".join(sorted(staff.municipality.slug for staff in found))
        raise Conflict(
            _("Adressen finns i flera kommuner. Ange --municipality, en av %(slugs)s.", slugs=slugs)
        )
    return found[0]


def everyone(municipality: Municipality) -> list[Staff]:
    """Everybody of a municipality, by name; those who have left too."""
    rows = db.session.scalars(select(Staff).where(Staff.municipality_id == municipality.id))
    return sorted(rows, key=lambda staff: alphabetical(staff.name))


def never_invited(municipality: Municipality) -> list[Staff]:
    """Those who work here and whom no link to sign in has ever been made for, by name."""
    invited = select(AuditEvent.staff_id).where(
        AuditEvent.municipality_id == municipality.id,
        AuditEvent.action == Action.INVITED,
        AuditEvent.staff_id.is_not(None),
    )
    found = select(Staff).where(
        Staff.municipality_id == municipality.id,
        Staff.works_on(clock.today()),
        Staff.id.not_in(invited),
    )
    return sorted(db.session.scalars(found), key=lambda staff: alphabetical(staff.name))


def put(
    municipality: Municipality,
    email: str,
    *,
    name: str,
    profession: Profession | None,
    schools: Sequence[School],
    coordinates: bool | None = None,
    ends_on: date | None = None,
    reactivate: bool = False,
    organisation: Organisation | None = None,
    leads: bool | None = None,
) -> tuple[Staff, Change]:
    """Add or change one person, known by the address. No profession makes a coordinator, unless
    ``coordinates`` says no: then it is somebody who can be named to review the log alone. It makes
    a professional a coordinator as well; None leaves that as it is, and so it does with
    ``ends_on``, the last day.

    organisation: where they work beside the schools; None: in elevhälsan. Somebody without a
    profession leads it, and with ``leads`` a professional does too; nobody there coordinates the
    schools, and a profession needs no school.

    The same address in another municipality is a row of its own there.
    Raises Conflict when the address belongs to somebody who has left (unless ``reactivate``, or
    there is a new last day), InvalidInput when a professional of elevhälsan has no school or
    somebody without a profession has, for a profession that does not belong there, or for a last
    day that has passed.
    """
    _check_last_day(ends_on)
    _check_place(municipality, profession, organisation, coordinates=coordinates)
    if profession and not schools and not organisation:
        raise InvalidInput(_("minst en skola behövs"))
    if not profession and schools:
        raise InvalidInput(_("en samordnare ser alla skolor; lämna kolumnen skolor tom"))
    staff = find(municipality, email)
    change = Change.UNCHANGED
    if staff is None:
        staff = Staff(id=new_id(), municipality_id=municipality.id, email_hash=hash_email(email))
        staff.assignments = []
        change = Change.NEW
    elif not reactivate and not (staff.active and (ends_on or staff.works_on(clock.today()))):
        raise Conflict(_("personen har slutat; ta bort raden, eller släpp in personen igen "
                         "med staff add"))  # fmt: skip
    values = {
        "name": name,
        "email": email,
        "profession": profession,
        "organisation_id": organisation.id if organisation else None,
        "coordinates": not organisation and _coordinates(staff, profession, coordinates),
        "leads": organisation is not None and _leads(staff, profession, leads),
        "active": True,
        "ends_on": ends_on or _last_day_to_come(staff),
    }
    changed = assign(staff, values)
    if change is Change.NEW:
        db.session.add(staff)
    else:
        change = changed
    if _assign_schools(staff, schools) and change is Change.UNCHANGED:
        change = Change.CHANGED
    if change is not Change.UNCHANGED:
        db.session.flush()
        _record(staff, "staff")
    return staff, change


def _coordinates(staff: Staff, profession: Profession | None, said: bool | None) -> bool:
    """Without a word about it: as before; who loses the profession, or is new without one, does."""
    if said is not None:
        return said
    had_none = staff.coordinates is not None and staff.profession is None
    return bool(staff.coordinates) if profession or had_none else True


def _leads(staff: Staff, profession: Profession | None, said: bool | None) -> bool:
    return True if profession is None else bool(staff.leads) if said is None else said


def _check_place(
    municipality: Municipality,
    profession: Profession | None,
    organisation: Organisation | None,
    *,
    coordinates: bool | None,
) -> None:
    if not may_work_at(organisation.kind if organisation else None, profession):
        raise InvalidInput(_("yrket hör inte till den organisationen") if organisation
                           else _("yrket hör till en organisation; skriv vilken"))  # fmt: skip
    if organisation and organisation.municipality_id != municipality.id:
        raise InvalidInput(_("organisationen hör till en annan kommun"))
    if organisation and not organisation.active:
        raise InvalidInput(_("organisationen är stängd"))
    if organisation and coordinates:
        raise InvalidInput(_("den som hör till en organisation samordnar inte elevhälsan"))


def _last_day_to_come(staff: Staff) -> date | None:
    """The one there was; None if it has passed, for who comes back."""
    return staff.ends_on if staff.ends_on and staff.ends_on >= clock.today() else None


def _check_last_day(day: date | None) -> None:
    if day and day < clock.today():
        raise InvalidInput(_("Välj i dag eller en senare dag."), "ends_on")


def end_on(staff: Staff, day: date | None, *, by: work.Actor = work.OPERATOR) -> None:
    """Let the account end with that day; None: until further notice. A later day undoes one that
    has passed. What the person has taken goes back the day after (``knocks.departures``).

    Raises InvalidInput for a day that has passed, Conflict of who has been shut out for good.
    """
    _check_last_day(day)
    if not staff.active:
        raise Conflict(_("Personen har slutat. Släpp in personen igen med staff add."))
    if staff.ends_on == day:
        return
    staff.ends_on = day
    audit.record(
        Action.ACCOUNT_ENDS,
        by=by,
        municipality_id=staff.municipality_id,
        staff_id=staff.id,
        to_staff_id=staff.id if by.staff_id else None,
    )


def at_work(municipality_id: str) -> list[Staff]:
    """Everybody of a municipality who has not been shut out, by name."""
    query = select(Staff).where(Staff.municipality_id == municipality_id, Staff.active)
    return sorted(db.session.scalars(query), key=lambda staff: alphabetical(staff.name))


def _assign_schools(staff: Staff, schools: Sequence[School]) -> bool:
    """True when the schools were not the same before."""
    wanted = {school.id for school in schools}
    before = {assignment.school_id for assignment in staff.assignments}
    kept = [a for a in staff.assignments if a.school_id in wanted]
    new = [Assignment(school_id=school_id) for school_id in sorted(wanted - before)]
    if wanted != before:
        staff.assignments = kept + new
    return wanted != before


def deactivate(staff: Staff) -> None:
    """Let nobody in under this address any more, and end what is signed in now.

    Knocks that the person has taken must be released first, or nobody would see them.
    """
    revoke(staff)
    passkeys.remove_all(staff, by=work.OPERATOR)
    accounts.remove_all(staff, by=work.OPERATOR)
    staff.active = False
    _record(staff, "deactivated")


def revoke(staff: Staff, *, by: work.Actor = work.OPERATOR) -> int:
    """End every session and every unused link of one person. Returns how many sessions."""
    db.session.execute(
        update(SignInLink)
        .where(SignInLink.staff_id == staff.id, SignInLink.used_at.is_(None))
        .values(used_at=clock.now())
    )
    return service.revoke_all(staff, by=by)


def _record(staff: Staff, reason: str) -> None:
    audit.record(
        Action.IMPORTED,
        by=work.OPERATOR,
        municipality_id=staff.municipality_id,
        staff_id=staff.id,
        reason=reason,
    )
