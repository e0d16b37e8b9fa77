"""Whoever is named to answer for the log, or for what is disclosed, is told; so is whoever was
before, and who reviews the log. And each week the newest seal of the log leaves by letter, to be
kept outside the service: a chain that has been written anew does not fit it.
"""

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.rules import Seat
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places.models import Municipality

from . import service as notices
from .models import Kind


def name(municipality: Municipality, seat: Seat, staff: Staff | None, *, by: work.Actor) -> bool:
    """As ``duties.name``, and those whom it concerns are told. Raises InvalidInput as that does."""
    before = duties.named(municipality.id, seat)
    if not duties.name(municipality, seat, staff, by=by):
        return False
    cause = f"duty:{new_id()}"
    overseer = duties.responsible(municipality.id, Duty.OVERSIGHT)
    told = [(Kind.DUTY_NAMED, staff), (Kind.DUTY_ENDED, before)]
    if seat.duty is not Duty.OVERSIGHT:
        told.append((Kind.DUTY_CHANGED, overseer))
    for kind, one in told:
        if one:
            notices.post(kind, [one], cause=f"{cause}:{kind}")
    return True


def send_seals() -> int:
    """Once a week, to each municipality's overseer: the letter says the newest seal there is when
    it leaves. Returns how many were told. Safe to call any number of times: a week has one cause.
    """
    year, week, _day = clock.today().isocalendar()
    told = 0
    for place in places.municipalities():
        overseer = duties.responsible(place.id, Duty.OVERSIGHT)
        if overseer:
            notices.post(Kind.LOG_SEAL, [overseer], cause=f"seal:{year}-{week}")
            told += 1
        work.commit()
    return told
