"""Reminds pupils of the meetings that begin soon: it asks which do, so there is no job to lose."""

from datetime import timedelta

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.meetings.models import Proposal, Slot
from elevhalsa.domain.meetings.queries import IS_AGREED
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import About, Kind
from elevhalsa.extensions import db

from . import rules


def remind_of_meetings() -> int:
    """Post a reminder of every agreed meeting that begins tomorrow, from SOON_FROM on; earlier in
    the day of those today that nobody was reminded of yesterday. Returns how many were looked at.

    Safe to call any number of times: a meeting has one cause.
    """
    now = clock.now()
    today = clock.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = today + timedelta(days=1)
    is_time = clock.local(now).time() >= rules.SOON_FROM
    query = (
        select(Slot.id, Slot.starts_at, Knock.id, Knock.municipality_id)
        .join(Proposal, Proposal.id == Slot.proposal_id)
        .join(Knock, Knock.id == Proposal.knock_id)
        .where(
            IS_AGREED,
            Slot.starts_at >= (tomorrow if is_time else now),
            Slot.starts_at < (tomorrow + timedelta(days=1) if is_time else tomorrow),
        )
    )
    if not is_time:
        query = query.where(Proposal.answered_at < today)
    found = db.session.execute(query).all()
    for slot_id, starts_at, knock_id, municipality_id in found:
        notices.post_to_pupil(
            Kind.MEETING_SOON,
            about=About.knock(knock_id),
            municipality_id=municipality_id,
            cause=f"soon:{slot_id}",
            useful_until=starts_at,
        )
    work.commit()
    return len(found)
