"""Who is told of a knock, and when: at once, and rung by rung while its promise is not kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise import rules as promise
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.promise.service import open_about
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db

from . import alike, moves, queries
from .models import Knock
from .outlook import Outlook
from .words import State


def tell_of_new(
    knock: Knock,
    *,
    cause: str,
    besides: Staff | None = None,
    avoided: Collection[str] | None = None,
    outlook: Outlook | None = None,
) -> None:
    """Tell those who can answer a waiting knock in time: a new one, or one that waits again.

    Where nobody can (no such profession at the school, all away until its *senast*, or avoided by
    the pupil) it opens wide at once and the coordinator knows.

    avoided: ids of the staff who must not know of it. outlook: of it, without ``besides``. Both are
    asked for when left out.
    """
    if avoided is None:
        avoided = queries.avoided_by([knock.id])[knock.id]
    whom = _Receivers(serving.At(clock.now()), knock, avoided, besides)
    receivers = whom.in_time(outlook)
    coordinators: list[Staff] = []
    if not receivers and knock.opened_wide_at is None:
        open_wide(knock)
        receivers = whom.behind()
        coordinators = whom.coordinators()
    kind, cause = _kind_of_waiting(knock.awaits), f"knock:{knock.id}:{cause}"
    if knock.flood:
        kind, cause = Kind.MANY_ALIKE, f"flood:{knock.flood}:{alike.growth(_members_beside(knock))}"
    notices.post_all(_telling(kind, knock, receivers, coordinators, cause=cause))


def in_time(knock: Knock) -> list[Staff]:
    """Whom it is told to that it waits: those who can answer it by its *senast*."""
    avoided = queries.avoided_by([knock.id])[knock.id]
    return _Receivers(serving.At(clock.now()), knock, avoided).in_time()


def _members_beside(knock: Knock) -> int:
    """How many of its flood are of its municipality and behind its wall, itself among them: nobody
    is told, by being told anew, how many the others have."""
    query = (
        select(func.count())
        .select_from(Knock)
        .where(
            Knock.flood == knock.flood,
            Knock.municipality_id == knock.municipality_id,
            Knock.wall.is_not_distinct_from(knock.wall),
        )
    )
    return db.session.scalar(query) or 0


def _kind_of_waiting(awaited: Awaited | None) -> Kind:
    return Kind.NEW_KNOCK if awaited is Awaited.FIRST_CONTACT else Kind.WAITS_FOR_ANSWER


def _telling(
    kind: Kind, knock: Knock, staff: list[Staff], coordinators: list[Staff], *, cause: str
) -> list[notices.Told]:
    """Each once. Who may be told as a professional is, also when they coordinate. Of a flood all is
    told as of one: it leads to no knock."""
    others = [one for one in coordinators if one not in staff]
    about = None if knock.flood else knock.about
    return [
        notices.ToStaff(kind, staff, cause, about, due_at=knock.deadline_at),
        notices.ToStaff(
            kind, others, cause, about, told_as=Audience.COORDINATOR, due_at=knock.deadline_at
        ),
    ]


def tell_pupil(knock: Knock, kind: Kind, *, cause: str) -> None:
    """Remind the pupil, if the pupil has asked for that. The same cause is told once."""
    notices.post_to_pupil(
        kind,
        about=knock.about,
        municipality_id=knock.municipality_id,
        cause=cause,
        due_at=knock.deadline_at,
    )


def open_wide(knock: Knock) -> None:
    """Open to every professional behind the wall in the municipality."""
    if knock.opened_wide_at is None:
        knock.opened_wide_at = clock.now()
        _done_by_itself(Action.OPENED_WIDE, knock)


def narrow(knock: Knock) -> None:
    """That nobody was there was said of the side or the school that it has left. What is late stays
    open to all."""
    if knock.contacted_at or knock.due_at > clock.now():
        knock.opened_wide_at = None


def _done_by_itself(action: Action, knock: Knock) -> None:
    audit.record(action, by=work.SYSTEM, municipality_id=knock.municipality_id, knock_id=knock.id)


def climb(knock: Knock, now: datetime) -> bool:
    """Do what is due for one knock. True when something was done; safe to call twice."""
    query = open_about(knock.about).where(Wait.next_rung_at <= now).limit(1)
    wait = db.session.scalar(query)
    return wait is not None and bool(_climb([(knock, wait)], now))


def climb_waits(wait_ids: Collection[str], now: datetime) -> set[str]:
    """As ``climb``, for the sweep: of many, by the ids of their waits. Returns those for which
    something was done. The knocks are locked first, as every verb does; what another holds is
    passed by."""
    found = db.session.execute(
        select(Knock, Wait)
        .join(Wait, Wait.about_id == Knock.id)
        .where(Wait.id.in_(wait_ids), Wait.next_rung_at <= now)
        .order_by(Wait.next_rung_at, Wait.id)
        .with_for_update(of=(Knock, Wait), skip_locked=True)
        .options(joinedload(Knock.municipality, innerjoin=True), *queries.WITHOUT_WORDS)
        .execution_options(populate_existing=True)
    ).all()
    return _climb([(knock, wait) for knock, wait in found], now)


def _climb(due: Sequence[tuple[Knock, Wait]], now: datetime) -> set[str]:
    """A rung of each, and then all at once whoever is to be told of it."""
    who = serving.At(now)
    avoided = queries.avoided_by([knock.id for knock, _wait in due])
    told: list[notices.Told] = []
    climbed = set()
    for knock, wait in due:
        if wait.next_rung_at is None:
            continue  # what was done for another wait of the same knock has ended this one
        told += _climb_one(knock, wait, now, _Receivers(who, knock, avoided[knock.id]))
        climbed.add(wait.id)
    notices.post_all(told)
    return climbed


@dataclass(frozen=True)
class _Receivers:
    """Whom one knock may be told to, as it stands when they are asked for."""

    who: serving.At
    knock: Knock
    avoided: Collection[str]
    besides: Staff | None = None

    def behind(self) -> list[Staff]:
        told = self.who.may_be_told(queries.matter_of(self.knock, self.avoided))
        besides = self.besides.id if self.besides else None
        return [staff for staff in told if staff.id != besides]

    def in_time(self, outlook: Outlook | None = None) -> list[Staff]:
        """Those of its school who can answer it by its *senast*: whoever is not away today, and of
        those who come later whoever the pupil was told will be in touch, or all when nobody else
        can. Of what is open wide, all who are not away."""
        here = self.behind()
        if self.knock.opened_wide_at:
            return here
        if outlook is None:
            outlook = queries.outlook_of(self.knock, clock.now(), self.avoided)
        can = {person.id for person in outlook.people}
        if self.besides:
            can.discard(self.besides.id)
        told = [staff for staff in here if staff.id in can]
        later = can - {staff.id for staff in told}
        if told and outlook.who in {None, *(staff.profession for staff in told)}:
            later &= {self.knock.wanted_staff_id}
        return told + serving.staff(later)

    def coordinators(self) -> list[Staff]:
        return self.who.coordinators(queries.matter_of(self.knock, self.avoided))


def _climb_one(knock: Knock, wait: Wait, now: datetime, whom: _Receivers) -> list[notices.Told]:
    """Do what is due, and say whom to tell of it."""
    if wait.awaited is Awaited.NEW_ATTEMPT:
        return _ask_for_new_attempt(knock, wait, now, whom)
    is_first = wait.awaited is Awaited.FIRST_CONTACT
    if is_first and knock.contacted_at:
        # reached in another way than the chosen: nobody waits for a first word
        moves.no_longer_waits(knock, (Awaited.FIRST_CONTACT,))
        return []
    policy = policy_of(knock.municipality)
    rung = policy.next_rung(wait.rung_hours)
    if rung is None:
        wait.next_rung_at = None
        return []
    wait.rung_hours = rung.hours
    wait.next_rung_at = policy.next_rung_at(wait.began_at, rung.hours)
    if rung.opens_wide:
        open_wide(knock)
        _wait_again(knock)
    kind = Kind.PROMISE_LATE if wait.due_at <= now else _kind_of_waiting(wait.awaited)
    coordinators: list[Staff] = []
    if promise.Audience.COORDINATOR in rung.audience:
        coordinators = whom.coordinators()
    # A knock has one first contact, but may wait for many answers.
    what = f"knock:{knock.id}" if is_first else f"wait:{wait.id}"
    if knock.flood:
        what = f"flood:{knock.flood}:{kind}"
        kind = kind if kind is Kind.PROMISE_LATE else Kind.MANY_ALIKE
    staff = _staff_of(knock, rung, whom)
    told = _telling(kind, knock, staff, coordinators, cause=f"{what}:{rung.hours}")
    if wait.due_at <= now:
        cause = f"late:{knock.id if is_first else wait.id}"
        late = (Kind.PROMISE_LATE, knock.about, knock.municipality_id, cause)
        told.append(notices.ToPupil(*late, due_at=wait.due_at))
    return told


def _ask_for_new_attempt(
    knock: Knock, wait: Wait, now: datetime, whom: _Receivers
) -> list[notices.Told]:
    receivers = [knock.taken_by] if knock.taken_by else whom.behind()
    rung_at = wait.next_rung_at or now
    wait.next_rung_at = policy_of(knock.municipality).due_at(now)
    cause = f"retry:{knock.id}:{rung_at.timestamp():.0f}"
    told = (Kind.ATTEMPT_DUE, receivers, cause, knock.about)
    return [notices.ToStaff(*told, due_at=wait.due_at)]


def _wait_again(knock: Knock) -> None:
    """Somebody took it and made no contact in time: now whoever is first may. No word of blame."""
    if knock.state is State.TAKEN:
        moves.wait_again(knock)
        _done_by_itself(Action.RELEASED, knock)


def _staff_of(knock: Knock, rung: promise.Rung, whom: _Receivers) -> list[Staff]:
    """Whom a rung tells as professionals."""
    found: dict[str, Staff] = {}
    for audience in rung.audience:
        if audience is promise.Audience.STAFF:
            some = whom.behind()
        elif audience is promise.Audience.TAKER:
            some = [knock.taken_by] if knock.taken_by else []
        else:
            some = []  # the coordinator, who is told apart; cover: nobody can be appointed yet
        found |= {staff.id: staff for staff in some}
    return list(found.values())
