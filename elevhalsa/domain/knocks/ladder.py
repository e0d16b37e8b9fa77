"""Who is told of a knock at once, and how it opens wide. What comes later: ``rungs``."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.extensions import db

from . import alike, moves, queries
from .models import Knock
from .receivers import Hears, Receivers, When, Whom


def tell_of_new(
    knock: Knock,
    *,
    cause: str,
    besides: Staff | None = None,
    avoided: Collection[str] | None = None,
    receivers: Receivers | None = None,
) -> None:
    """Tell those who can answer a waiting knock in time: a new one, or one that waits again. Each
    is told when she is next at work.

    Where nobody can (no such profession at the school, all away until its *senast*, or avoided by
    the pupil) it opens wide at once and the coordinator knows.

    avoided: ids of the staff who must not know of it; asked for when left out. receivers: those of
    the present transaction, if somebody has asked already.
    """
    now = clock.now()
    if avoided is None:
        avoided = queries.avoided_by([knock.id])[knock.id]
    whom = Whom(receivers or Receivers(now), knock, avoided, besides.id if besides else None)
    hears = _in_time(whom, now)
    coordinators: list[Hears] = []
    if not hears and knock.opened_wide_at is None:
        open_wide(knock)
        hears = _in_time(whom, now)
        coordinators = whom.coordinators(When.now(now))
    elif knock.is_urgent and all(one.at > now for one in hears):
        coordinators = whom.coordinators(When.now(now))  # one of them may be there before
    kind, cause = kind_of_waiting(knock.awaits), f"knock:{knock.id}:{cause}"
    if knock.flood:
        kind, cause = Kind.MANY_ALIKE, f"flood:{knock.flood}:{alike.growth(_members_beside(knock))}"
    notices.post_all(telling(kind, knock, hears, coordinators, cause=cause))


def in_time(knock: Knock) -> set[str]:
    """Ids of those to whom it is told that it waits: those who can answer it by its *senast*."""
    now = clock.now()
    whom = Whom(Receivers(now), knock, queries.avoided_by([knock.id])[knock.id])
    return {one.person.id for one in _in_time(whom, now)}


def take(knock: Knock, staff: Staff) -> bool:
    """As ``moves.take``. What either side could take is new to the other no more."""
    had_wall = knock.wall is not None
    taken = moves.take(knock, staff)
    if taken and not had_wall:
        no_longer_for_others(knock)
    return taken


def no_longer_for_others(knock: Knock) -> None:
    """It has changed side or school: to those of before it is nothing new any more, and what was to
    leave for them when they are next at work does not."""
    ids = in_time(knock)
    if knock.taken_by_id:
        ids.add(knock.taken_by_id)
    notices.no_longer_for_others(knock.about, besides=ids)


def _in_time(whom: Whom, now: datetime) -> list[Hears]:
    """Of what is open wide, all who are at work within some days."""
    knock = whom.knock
    return whom.behind(When.now(now, None if knock.opened_wide_at else knock.deadline_at))


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
    with work.beyond(work.Beyond.FLOOD):
        return db.session.scalar(query) or 0


def kind_of_waiting(awaited: Awaited | None) -> Kind:
    return Kind.NEW_KNOCK if awaited is Awaited.FIRST_CONTACT else Kind.WAITS_FOR_ANSWER


def telling(
    kind: Kind, knock: Knock, staff: Sequence[Hears], coordinators: Sequence[Hears], *, cause: str
) -> list[notices.Told]:
    """Each once, at her own moment. Who may be told as a professional is, also when they
    coordinate. Of a flood all is told as of one: it leads to no knock."""
    professionals = {one.person.id for one in staff}
    others = [one for one in coordinators if one.person.id not in professionals]
    about = None if knock.flood else knock.about

    def told(some: Sequence[Hears], told_as: Audience | None = None) -> list[notices.Told]:
        moments: dict[datetime, list[notices.Receiver]] = {}
        for one in some:
            who = one.person
            receiver = notices.Receiver(who.id, knock.municipality_id, who.profession is not None)
            moments.setdefault(one.at, []).append(receiver)
        return [
            notices.ToStaff(kind, receivers, cause, about, told_as, at, knock.deadline_at)
            for at, receivers in moments.items()
        ]

    return [*told(staff), *told(others, Audience.COORDINATOR)]


def counted(told: Sequence[notices.Told], hears: Sequence[Hears]) -> dict[str, int]:
    """How many of the staff are told, by profession, or "coordinator"."""
    professions = {one.person.id: one.person.profession for one in hears}
    found: Counter[str] = Counter()
    for one in told:
        if isinstance(one, notices.ToStaff):
            for receiver in one.receivers:
                profession = professions.get(receiver.id)
                found[profession.value if profession else Audience.COORDINATOR.value] += 1
    return dict(found)


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
        done_by_itself(Action.OPENED_WIDE, knock)


def narrow(knock: Knock) -> None:
    """That nobody was there was said of the side or the school that it has left. What is late stays
    open to all."""
    if knock.contacted_at or knock.due_at > clock.now():
        knock.opened_wide_at = None


def done_by_itself(action: Action, knock: Knock) -> None:
    audit.record(action, by=work.SYSTEM, municipality_id=knock.municipality_id, about=knock.about)
