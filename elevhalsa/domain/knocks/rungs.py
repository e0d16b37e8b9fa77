"""The ladder is climbed: rung by rung while the promise is not kept, each once, in order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.promise import rules as promise
from elevhalsa.domain.promise.models import ClimbedRung, Wait
from elevhalsa.domain.promise.policy import Policy
from elevhalsa.domain.promise.service import open_about
from elevhalsa.domain.promise.terms import Policies
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.rows import insert_each_once
from elevhalsa.extensions import db

from . import guarantees, ladder, moves, plans, queries
from .models import Knock
from .plans import Step
from .receivers import Hears, Receivers, When, Whom
from .words import State


def climb(knock: Knock, now: datetime) -> bool:
    """Do what is due for one knock. True when something was done; safe to call twice."""
    query = open_about(knock.about).where(Wait.next_rung_at <= now)
    return any(_climb([(knock, wait)], now) for wait in db.session.scalars(query).all())


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


@dataclass
class _Done:
    """What has been done in one transaction."""

    climbed: set[str] = field(default_factory=set)
    told: list[notices.Told] = field(default_factory=list)
    rows: list[ClimbedRung] = field(default_factory=list)


def _climb(due: Sequence[tuple[Knock, Wait]], now: datetime) -> set[str]:
    """A rung of each, and then all at once whoever is to be told of it."""
    receivers = Receivers(now)
    policies = Policies({knock.municipality_id for knock, _wait in due})
    avoided = queries.avoided_by([knock.id for knock, _wait in due])
    done = _Done()
    for knock, wait in due:
        if wait.next_rung_at is None:
            continue  # what was done for another wait of the same knock has ended this one
        policy = policies.of(knock.municipality, wait.began_at)
        _climb_one(wait, policy, now, Whom(receivers, knock, avoided[knock.id]), done)
    db.session.flush()
    insert_each_once(done.rows)
    notices.post_all(done.told)
    return done.climbed


def _climb_one(wait: Wait, policy: Policy, now: datetime, whom: Whom, done: _Done) -> None:
    knock = whom.knock
    if wait.awaited is Awaited.FIRST_CONTACT and knock.contacted_at:
        # reached in another way than the chosen: nobody waits for a first word
        moves.no_longer_waits(knock, (Awaited.FIRST_CONTACT,))
        done.climbed.add(wait.id)
        return
    if wait.awaited in guarantees.KINDS:
        climbed = guarantees.climb(wait, policy, now, whom)
        if climbed is not None:
            row, told = climbed
            done.rows += [row] if row else []
            done.told += told
            done.climbed.add(wait.id)
        return
    step = plans.after(wait, policy, urgent=knock.is_urgent).at(now)
    hears = [] if step.is_exact else plans.staff_of(step, whom)
    at = plans.climbed_at(step, hears)
    if at > now:  # somebody is away, or works longer, since it was planned
        wait.next_rung_at = at
        return
    wait.rung_hours = step.rung.hours
    if step.is_exact:
        _widen(step, knock)
        hears = plans.staff_of(step, whom)
    if step.is_late:
        _promise_anew(wait, policy, whom, now)
    else:
        following = plans.after(wait, policy, urgent=knock.is_urgent)
        wait.next_rung_at = plans.next_at(following, whom, now)
    done.climbed.add(wait.id)
    _tell(step, wait, policy, hears, whom, done, now)


def _widen(step: Step, knock: Knock) -> None:
    if step.rung.opens_wide:
        ladder.open_wide(knock)
    # Somebody took it and made no contact in time: now whoever is first may. No word of blame.
    if step.rung.opens_wide and step.is_late and knock.state is State.TAKEN:
        moves.wait_again(knock)
        ladder.done_by_itself(Action.RELEASED, knock)


def _promise_anew(wait: Wait, policy: Policy, whom: Whom, now: datetime) -> None:
    """The new *senast*: when those who may read it have been at work for some hours more. Where
    nobody is, after the promised hours again."""
    long = promise.worked_before_next(wait.rung_hours, policy.hours)
    wait.again_at = whom.worked(now, long) or policy.due_at(now)
    wait.next_rung_at = wait.again_at


def _tell(
    step: Step,
    wait: Wait,
    policy: Policy,
    hears: list[Hears],
    whom: Whom,
    done: _Done,
    now: datetime,
) -> None:
    knock, is_first = whom.knock, wait.awaited is Awaited.FIRST_CONTACT
    coordinators: list[Hears] = []
    if promise.Audience.COORDINATOR in step.rung.audience or not (hears or step.is_late):
        coordinators = whom.coordinators(When.now(now))
    first = now if step.is_exact else min((one.at for one in hears), default=now)
    hears = _not_told_before(step, hears, whom, now)
    kind = Kind.PROMISE_LATE if step.is_late else Kind.STILL_WAITS
    # A knock has one first contact, but may wait for many answers.
    what = f"knock:{knock.id}" if is_first else f"wait:{wait.id}"
    if knock.flood:
        what = f"flood:{knock.flood}:{kind}"
        kind = kind if kind is Kind.PROMISE_LATE else Kind.MANY_ALIKE
    cause = f"{what}:{step.rung.hours}"
    told = ladder.telling(kind, knock, hears, coordinators, cause=cause)
    if step.is_late:
        told += _to_pupil(step, wait, policy, knock)
    done.told += told
    done.rows.append(
        ClimbedRung(
            wait_id=wait.id,
            hours=step.rung.hours,
            at=max(first, now),
            told=ladder.counted(told, hears),
            is_late=step.is_late,
            again_at=wait.again_at,
        )
    )


def _not_told_before(step: Step, hears: list[Hears], whom: Whom, now: datetime) -> list[Hears]:
    """Without those whom the word of the rung below reaches at the same moment: nobody was at work
    between the two."""
    if step.before is None or all(one.at <= now for one in hears):
        return hears
    earlier = {one.person.id: one.at for one in plans.staff_of(step.before, whom)}
    return [one for one in hears if one.at <= now or earlier.get(one.person.id) != one.at]


def _to_pupil(step: Step, wait: Wait, policy: Policy, knock: Knock) -> list[notices.Told]:
    """When the first *senast* has passed, and when the one after it has; what comes then stands on
    the page."""
    if step.rung.hours > policy.hours + promise.STEP:
        return []
    first = wait.awaited is Awaited.FIRST_CONTACT
    cause = f"late:{knock.id if first else wait.id}"
    if step.rung.hours > policy.hours:
        cause += ":again"
    late = (Kind.PROMISE_LATE, knock.about, knock.municipality_id, cause)
    return [notices.ToPupil(*late, due_at=wait.due_at)]
