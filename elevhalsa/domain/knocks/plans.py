"""What the ladder says comes next for a knock, whom it tells and when. Nothing is done here.

Counted hours run at night, people do not: a rung before the *senast* is climbed early enough for
each who hears of it to do so at work. What opens a knock wide, and what tells its pupil, comes
exactly when it is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from elevhalsa.domain.promise import rules as promise
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.policy import Policy
from elevhalsa.domain.promise.rules import Audience, Rung
from elevhalsa.domain.promise.service import open_about
from elevhalsa.domain.promise.terms import Policies
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.extensions import db

from .models import Knock
from .receivers import LOOKED_FOR, Hears, When, Whom

APART = timedelta(hours=1)
"""Nobody is told early of a rung who was told of the one below so shortly before."""


@dataclass(frozen=True)
class Step:
    """A rung as it stands for one wait."""

    rung: Rung
    when: When
    is_late: bool
    """The *senast* has passed when it comes."""
    before: "Step | None" = None
    """The rung below, of those before the *senast*."""

    @property
    def is_exact(self) -> bool:
        return self.is_late or self.rung.opens_wide

    def at(self, now: datetime) -> "Step":
        """As it is done now: nobody is told earlier than that, nor of what is past as if it still
        were to come."""
        moment = max(now, self.when.nominal)
        if self.is_exact and moment == now:
            return replace(self, when=When.now(now, self._senast))
        since = max(now, self.when.since)
        until = self.when.until if self.when.until > since else since + LOOKED_FOR
        return replace(self, when=When(max(moment, since), since, until))

    @property
    def _senast(self) -> datetime | None:
        return None if self.is_late else self.when.until


def after(wait: Wait, policy: Policy, *, urgent: bool) -> Step:
    """What comes after the rungs that have been climbed."""
    rung = policy.next_rung(wait.rung_hours, urgent=urgent)
    if rung is None:
        number = promise.number_after(wait.rung_hours, policy.hours)
        nominal = wait.again_at or wait.due_at
        return Step(Rung(number, promise.LAST_RUNG), When.now(nominal), is_late=True)
    return _step(rung, policy, wait.began_at, wait.due_at, urgent=urgent)


def _step(
    rung: Rung, policy: Policy, began_at: datetime, due_at: datetime, *, urgent: bool
) -> Step:
    if rung.hours == policy.hours:
        return Step(rung, When.now(due_at), is_late=True)  # the date that was told stands
    nominal = policy.rung_at(began_at, rung, urgent=urgent)
    if rung.hours > policy.hours:
        return Step(rung, When.now(nominal), is_late=True)
    below = policy.below(rung, urgent=urgent)
    if below is None:
        return Step(rung, When(nominal, began_at, due_at), is_late=False)
    before = _step(below, policy, began_at, due_at, urgent=urgent)
    since = min(before.when.nominal + APART, nominal)
    return Step(rung, When(nominal, since, due_at), is_late=False, before=before)


def watched(knock: Knock) -> Wait | None:
    """What the ladder watches of a knock: a contact or an answer that is waited for."""
    clocks = (Awaited.FIRST_CONTACT, Awaited.ANSWER)
    return db.session.scalar(open_about(knock.about).where(Wait.awaited.in_(clocks)).limit(1))


def following(knock: Knock, wait: Wait) -> Step:
    """What comes next of it."""
    policy = Policies({knock.municipality_id}).of(knock.municipality, wait.began_at)
    return after(wait, policy, urgent=knock.is_urgent)


def staff_of(step: Step, whom: Whom) -> list[Hears]:
    """Whom a rung tells as professionals, each once, at the earliest of her moments."""
    knock, found = whom.knock, dict[str, Hears]()
    for audience in step.rung.audience:
        if audience is Audience.STAFF:
            some = whom.behind(step.when)
        elif audience is Audience.TAKER:
            # Where nobody has it, or whoever does is not at work in time, any of them may act.
            taker = whom.taker(step.when) if knock.taken_by_id else []
            some = taker or whom.behind(step.when)
        elif audience is Audience.COVER:
            some = whom.covers(step.when) if knock.taken_by_id else []
        else:
            some = []  # the coordinator, who is told apart
        for one in some:
            found.setdefault(one.person.id, one)
    return list(found.values())


def climbed_at(step: Step, hears: Sequence[Hears]) -> datetime:
    """When a rung must be climbed, so that none of these hears of it too late."""
    if step.is_exact:
        return step.when.nominal
    return min([step.when.nominal, *(one.at for one in hears)])


def next_at(step: Step, whom: Whom, now: datetime) -> datetime:
    """When the sweep must look at it. Of what is exact nobody need be asked."""
    if step.is_exact:
        return step.when.nominal
    return climbed_at(step, staff_of(step.at(now), whom))


def first_at(
    policy: Policy, whom: Whom, *, began_at: datetime, due_at: datetime, now: datetime
) -> datetime:
    """When the sweep must look at a new knock for the first time."""
    wait = Wait(rung_hours=0, began_at=began_at, due_at=due_at)
    return next_at(after(wait, policy, urgent=whom.knock.is_urgent), whom, now)
