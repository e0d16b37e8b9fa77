"""What one of the staff chooses of how to be told, besides in the app."""

from datetime import time

from elevhalsa.core import clock, phones
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.places.models import Municipality
from elevhalsa.extensions import db

from .models import Reach, Staff


def of(staff: Staff) -> Reach:
    """As chosen, or as from the start."""
    found = db.session.get(Reach, staff.id)
    return found or Reach(staff_id=staff.id, by_email=True, by_push=True)


def may_use_private_number(place: Municipality) -> bool:
    """By a decision of the municipality's that holds today."""
    return place.private_numbers_from is not None and place.private_numbers_from <= clock.today()


def number_of(staff: Staff) -> str | None:
    """Their own number, while they work here and it may be used."""
    here = staff.works_on(clock.today()) and may_use_private_number(staff.municipality)
    return of(staff).phone if here else None


def choose(
    staff: Staff, *, by_email: bool, by_push: bool, phone: str | None, summary_at: time | None
) -> None:
    """phone: a number of their own. summary_at: when what waits is summed up; None: never.

    Raises InvalidInput for a number where there is no decision that it may be used, or of a country
    that the municipality sends no SMS to.
    """
    place = staff.municipality
    if phone and not may_use_private_number(place):
        raise InvalidInput(_("Kommunen har inte beslutat om sms till egna nummer."), "phone")
    countries = place.sms_countries.split()
    if phone and not phones.may_get_sms(phone, countries):
        raise InvalidInput(phones.refused_sms(countries), "phone")
    row = db.session.merge(Reach(staff_id=staff.id))
    row.by_email, row.by_push, row.phone = by_email, by_push, phone or None
    row.summary_at = None if summary_at is None else summary_at.hour * 60 + summary_at.minute
    db.session.flush()
