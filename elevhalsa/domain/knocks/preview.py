"""How it would go for a knock that came at a certain moment and that nobody answered: the rungs
with clock times, by the functions that climb them. Nothing is written."""

from dataclasses import dataclass
from datetime import datetime

from elevhalsa.core.walls import Wall
from elevhalsa.domain.promise import rules as promise
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.policy import Policy
from elevhalsa.domain.promise.rules import Audience

from . import plans
from .models import Knock
from .plans import Step
from .receivers import Hears, Receivers, When, Whom


@dataclass(frozen=True)
class Line:
    """One rung. At the first, nothing but the knock has come yet."""

    step: Step | None
    at: datetime
    """When it is due by counted hours."""
    staff: list[Hears]
    coordinators: list[Hears]


@dataclass(frozen=True)
class Preview:
    lines: list[Line]
    due_at: datetime
    again_at: datetime
    """The new *senast*, when the first has passed."""
    is_nobody: bool
    """Nobody behind the wall at the school is at work before it: it opens wide at once."""


def preview(
    policy: Policy, municipality_id: str, school_id: str, wall: Wall, began_at: datetime
) -> Preview:
    knock = Knock(municipality_id=municipality_id, school_id=school_id, wall=wall)
    whom = Whom(Receivers(began_at, policy.is_closed), knock, ())
    due_at = policy.due_at(began_at)
    staff = whom.behind(When.now(began_at, due_at))
    is_nobody = not staff
    coordinators: list[Hears] = []
    if is_nobody:
        knock.opened_wide_at = began_at
        staff = whom.behind(When.now(began_at))
        coordinators = whom.coordinators(When.now(began_at))
    lines = [Line(None, began_at, staff, coordinators)]
    wait = Wait(rung_hours=0, began_at=began_at, due_at=due_at)
    now = began_at
    while wait.rung_hours < policy.hours:
        step = plans.after(wait, policy, urgent=False)
        now = max(now, plans.next_at(step, whom, now))
        if step.rung.opens_wide:
            knock.opened_wide_at = knock.opened_wide_at or now
        lines.append(_line(step, whom, now))
        wait.rung_hours = step.rung.hours
    long = promise.worked_before_next(wait.rung_hours, policy.hours)
    again_at = whom.worked(due_at, long) or policy.due_at(due_at)
    return Preview(lines, due_at, again_at, is_nobody)


def _line(step: Step, whom: Whom, now: datetime) -> Line:
    nominal, done = step.when.nominal, step.at(now)
    coordinators: list[Hears] = []
    staff = plans.staff_of(done, whom)
    if Audience.COORDINATOR in step.rung.audience or not (staff or step.is_late):
        coordinators = whom.coordinators(When.now(now))
    return Line(step, nominal, staff, coordinators)
