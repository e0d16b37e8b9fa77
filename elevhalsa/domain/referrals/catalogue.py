"""What a municipality offers by Bron, and how long each step may take. Nothing here commits."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _, alphabetical
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places.models import Organisation
from elevhalsa.extensions import db

from . import rules
from .models import Offer, StepHours
from .rules import MOST_HOURS, OLDEST, USUAL_HOURS, OfferFault
from .words import Assessment, Documented, FormKey, State


def offers(municipality_id: str, *, only_active: bool = False) -> list[Offer]:
    """By the age at which they begin, and then by name."""
    query = select(Offer).where(Offer.municipality_id == municipality_id)
    if only_active:
        query = query.join(Organisation).where(Offer.active, Organisation.active)
    return sorted(
        db.session.scalars(query), key=lambda one: (one.age_from, alphabetical(one.name), one.id)
    )


def offer(staff: Staff, offer_id: str) -> Offer:
    """Raises NotFound for one of another municipality, too."""
    row = db.session.get(Offer, offer_id)
    if row is None or row.municipality_id != staff.municipality_id:
        raise NotFound(_("Det erbjudandet finns inte."))
    return row


def receivers(staff: Staff) -> list[Organisation]:
    """The organisations of the municipality that can receive something, by name."""
    query = select(Organisation).where(
        Organisation.municipality_id == staff.municipality_id, Organisation.active
    )
    return sorted(db.session.scalars(query), key=lambda one: alphabetical(one.name))


def put(
    staff: Staff,
    row: Offer | None,
    *,
    name: str,
    about: str,
    age_from: int,
    age_to: int,
    assessment: Assessment,
    documented: Documented,
    decision: str,
    decided_on: date | None,
    form: FormKey,
    receiver: str,
    active: bool,
    form_id: str | None = None,
) -> Offer:
    """Add an offer, or change one. What was sent to it stays with it. A new one gets the id of the
    form that it was typed in: the same form again adds nothing.

    receiver: the id of an organisation; empty while there is none.
    Raises InvalidInput for ages that make no span, for a decision without its day or a day without
    a decision, where one is needed and not named, and for what is to be offered and received by
    nobody.
    """
    decision = decision.strip()
    if bool(decision) is not bool(decided_on):
        raise InvalidInput(
            _("Skriv både var beslutet finns och vilken dag det är från, eller lämna båda tomma."),
            "decided_on" if decision else "decision",
        )
    organisation = next((one for one in receivers(staff) if one.id == receiver), None)
    needs = assessment is Assessment.UNASSESSED or documented is not Documented.IDENTIFIED
    fault = rules.fault_of_offer(
        age_from=age_from, age_to=age_to,
        needs_decision=needs, has_decision=bool(decision and decided_on),
        is_offered=active, has_receiver=organisation is not None,
    )  # fmt: skip
    if fault is OfferFault.AGES:
        raise InvalidInput(
            _("Åldrarna går inte ihop. Skriv från den yngsta till den äldsta, högst %(most)s år.",
              most=OLDEST), "age_to",
        )  # fmt: skip
    if fault is OfferFault.NO_DECISION:
        raise InvalidInput(
            _("Det som ges utan behovsprövning, eller inte dokumenteras med namn, vilar på ett "
              "beslut i nämnden. Skriv var beslutet finns, och dagen."),
            "decided_on" if decision else "decision",
        )  # fmt: skip
    if fault is OfferFault.NO_RECEIVER:
        raise InvalidInput(
            _("Välj vem som tar emot. Finns ingen än: ta bort krysset för att det erbjuds nu."),
            "receiver",
        )
    row = row or _begun(staff.municipality_id, form_id or new_id())
    row.name, row.about, row.age_from, row.age_to = name, about, age_from, age_to
    row.assessment, row.documented = assessment, documented
    row.decision, row.decided_on = decision or None, decided_on
    row.form, row.active = form, active
    row.organisation = organisation
    db.session.flush()
    audit.record(
        Action.REFERRAL_OFFER_CHANGED,
        by=work.staff(staff.id), municipality_id=staff.municipality_id,
        reason="on" if active else "off",
    )  # fmt: skip
    return row


def _begun(municipality_id: str, offer_id: str) -> Offer:
    """A new one, or the one that the same form has made."""
    places.hold(municipality_id)
    row = db.session.get(Offer, offer_id)
    if row is None or row.municipality_id != municipality_id:
        row = Offer(id=offer_id if row is None else new_id(), municipality_id=municipality_id)
        db.session.add(row)
    return row


def hours(municipality_id: str) -> dict[State, int]:
    """Counted hours of each open step: the municipality's own, else the usual."""
    query = select(StepHours).where(StepHours.municipality_id == municipality_id)
    return dict(USUAL_HOURS) | {row.state: row.hours for row in db.session.scalars(query)}


def decide_hours(staff: Staff, wanted: Mapping[State, int]) -> bool:
    """From the next step on: a *senast* that has been told stands. False when nothing was another.

    Raises InvalidInput for hours that nobody could keep watch by.
    """
    if not rules.is_fit(wanted):
        raise InvalidInput(_("Skriv 1 till %(most)s timmar i varje steg.", most=MOST_HOURS))
    places.hold(staff.municipality_id)
    if dict(wanted) == hours(staff.municipality_id):
        return False
    query = select(StepHours).where(StepHours.municipality_id == staff.municipality_id)
    rows = {row.state: row for row in db.session.scalars(query)}
    for state, number in wanted.items():
        if state in rows:
            rows[state].hours = number
        else:
            db.session.add(
                StepHours(municipality_id=staff.municipality_id, state=state, hours=number)
            )
    audit.record(
        Action.REFERRAL_HOURS_CHANGED,
        by=work.staff(staff.id), municipality_id=staff.municipality_id,
    )  # fmt: skip
    return True
