"""Finding meetings, and how they stand together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select, true, union_all
from sqlalchemy.orm import contains_eager

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.walls import SCHOOL_PROFESSIONS, Wall, professions_behind
from elevhalsa.domain.knocks import queries as knocks
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import OPEN_STATES
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db

from .models import Proposal, Slot
from .rules import MOST_MINUTES, Span
from .words import ProposalState, Standing

# What a knock's end has not taken with it: the same as in ``rules.standing``. To be joined with
# the proposal and its knock.
_LIVES = and_(
    Knock.state.in_(OPEN_STATES),
    or_(Knock.reopened_at.is_(None), Proposal.created_at >= Knock.reopened_at),
)
IS_AGREED = and_(Slot.picked, Proposal.state == ProposalState.PICKED, _LIVES)
IS_OFFERED = and_(Proposal.state == ProposalState.OPEN, _LIVES)

_MAY_HAVE_IT = exists().where(
    Staff.id == Proposal.staff_id,
    or_(
        and_(Knock.wall.is_(None), Staff.profession.in_(SCHOOL_PROFESSIONS)),
        *(and_(Knock.wall == wall, Staff.profession.in_(professions_behind(wall)))
          for wall in Wall),
    ),
    ~knocks.avoids(Proposal.staff_id),
)  # fmt: skip
WHOSE = (
    (Knock.taken_by_id, true()),
    (Proposal.staff_id, and_(Knock.taken_by_id.is_(None), _MAY_HAVE_IT)),
)
"""Whose a meeting is: whoever has the knock; of one that nobody has, whoever proposed it, if that
person may have it now. A column of each, and when it says so."""


def proposals_of(knock: Knock) -> list[Proposal]:
    """All proposals of a knock that were not replaced before they were answered, newest first."""
    return list(
        db.session.scalars(
            select(Proposal)
            .where(Proposal.knock_id == knock.id, Proposal.state != ProposalState.REPLACED)
            .order_by(Proposal.created_at.desc(), Proposal.answered_at.desc().nulls_first())
        )
    )


@dataclass(frozen=True)
class Meetings:
    """A knock's meetings as they stand at a moment."""

    agreed: Proposal | None
    """At most one is."""
    offered: Proposal | None
    """Waits for the pupil's answer, whether there is still a time to pick or not."""
    can_pick: bool
    last: Proposal | None
    """What happened after both: the newest that is neither. What was moved is not told of: what
    took its place is."""
    last_stands: Standing | None

    @classmethod
    def of(cls, proposals: Sequence[Proposal], now: datetime) -> "Meetings":
        newest = sorted(proposals, key=_touched_at, reverse=True)
        stands = [(one, one.stands(now)) for one in newest]
        agreed = next((one for one, how in stands if how is Standing.AGREED), None)
        waits = (Standing.PROPOSED, Standing.PASSED_BY)
        offered, waiting = next(((one, how) for one, how in stands if how in waits), (None, None))
        told = [(one, how) for one, how in stands if how is not Standing.MOVED]
        last, last_stands = told[0] if told else (None, None)
        if last in (agreed, offered):
            last, last_stands = None, None
        return cls(agreed, offered, waiting is Standing.PROPOSED, last, last_stands)


def _touched_at(proposal: Proposal) -> datetime:
    """When something was last done with it."""
    moments = (proposal.created_at, proposal.answered_at, proposal.cancelled_at)
    return max(filter(None, moments))


def meetings_of(knock: Knock) -> Meetings:
    return Meetings.of(proposals_of(knock), clock.now())


def known_number(knock: Knock) -> str | None:
    """Where its pupil can be called: as was said last, of the knock or with a meeting."""
    numbers = [one.phone_to_call for one in proposals_of(knock) if one.phone]
    return numbers[0] if numbers else knock.phone


@dataclass(frozen=True)
class Busy:
    """What one of the staff has with other pupils."""

    agreed: list[Span]
    offered: list[Span]

    @property
    def all(self) -> list[Span]:
        return [*self.agreed, *self.offered]


def busy(staff: Staff, besides: Knock | None, first: datetime, last: datetime) -> Busy:
    """What the person has between two moments, but for one knock."""
    return busy_of([staff.id], besides, first, last)[staff.id]


def busy_of(
    staff_ids: Collection[str], besides: Knock | None, first: datetime, last: datetime
) -> dict[str, Busy]:
    """As ``busy``, of several."""
    columns = (Slot.starts_at, Slot.minutes, Slot.picked)
    query = union_all(
        *(
            select(whose.label("staff_id"), *columns)
            .join(Proposal, Proposal.id == Slot.proposal_id)
            .join(Knock, Knock.id == Proposal.knock_id)
            .where(
                whose.in_(staff_ids),
                is_theirs,
                Slot.starts_at > first - timedelta(minutes=MOST_MINUTES),
                Slot.starts_at < last,
                or_(IS_AGREED, IS_OFFERED),
                Knock.id != besides.id if besides else true(),
            )
            for whose, is_theirs in WHOSE
        )
    )
    found = {staff_id: Busy([], []) for staff_id in staff_ids}
    with work.beyond(work.Beyond.BUSY):  # or a pupil would be offered what another has booked
        rows = db.session.execute(query).all()
    for row in rows:
        has = found[row.staff_id]
        (has.agreed if row.picked else has.offered).append(Span(row.starts_at, row.minutes))
    return found


def agreed_of(staff: Staff, first: datetime, last: datetime) -> list[Slot]:
    """The person's agreed meetings that begin between two moments, in order: with their knocks, but
    without what the pupil wrote."""
    theirs = union_all(
        *(
            select(Slot.id)
            .join(Proposal, Proposal.id == Slot.proposal_id)
            .join(Knock, Knock.id == Proposal.knock_id)
            .where(
                whose == staff.id,
                is_theirs,
                Slot.starts_at >= first,
                Slot.starts_at < last,
                IS_AGREED,
            )
            for whose, is_theirs in WHOSE
        )
    )
    query = (
        select(Slot)
        .join(Slot.proposal)
        .join(Proposal.knock)
        .join(Knock.school)
        .where(Slot.id.in_(theirs), knocks.visible_to(staff))
        .order_by(Slot.starts_at, Slot.id)
        .options(
            contains_eager(Slot.proposal)
            .contains_eager(Proposal.knock)
            .options(*knocks.WITHOUT_WORDS, contains_eager(Knock.school))
        )
    )
    return list(db.session.scalars(query).unique())


def clashes(staff: Staff, knock: Knock, span: Span) -> bool:
    """Has the person another agreed meeting then? Two pupils may have picked the same time."""
    return any(span.overlaps(o) for o in busy(staff, knock, span.starts_at, span.ends_at).agreed)


def last_agreed(knock_ids: Collection[str]) -> dict[str, Span]:
    """Knock -> its agreed meeting that is to come, goes on, or was the last."""
    query = (
        select(Proposal.knock_id, Slot.starts_at, Slot.minutes)
        .join(Proposal, Proposal.id == Slot.proposal_id)
        .join(Knock, Knock.id == Proposal.knock_id)
        .where(Proposal.knock_id.in_(knock_ids), IS_AGREED)
        .order_by(Slot.starts_at)
    )
    return {knock_id: Span(starts_at, minutes)
            for knock_id, starts_at, minutes in db.session.execute(query)}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A meeting as a calendar has it: nothing of what it is about, of whom or where."""

    uid: str
    span: Span
    is_cancelled: bool


def entry_of(knock: Knock) -> Entry | None:
    """The meeting that a knock has, or had last; None when none was ever agreed."""
    had = [one for one in proposals_of(knock)
           if one.picked and one.state is not ProposalState.MOVED]  # fmt: skip
    last = max(had, key=_touched_at, default=None)
    if last is None or last.picked is None:
        return None
    stands = last.stands(clock.now()) in (Standing.AGREED, Standing.PAST)
    return Entry(last.meeting_id or last.id, last.picked.span, is_cancelled=not stands)
