"""The one place that changes a knock's state, who has it, and what its pupil waits for.

Audits nothing and tells nobody.
"""

from datetime import datetime, timedelta

from sqlalchemy import or_, update

from elevhalsa.core import clock
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _, clock_time
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise import service as waits
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.rows import changed
from elevhalsa.extensions import db

from . import transitions
from .models import Knock
from .transitions import Step


def take(knock: Knock, staff: Staff) -> bool:
    """Of two who take at once one gets it. False for the other, or when it cannot be taken."""
    (waiting,) = transitions.before(Step.TAKE)
    taken = changed(
        update(Knock)
        .where(
            Knock.id == knock.id,
            Knock.state == waiting,
            or_(Knock.wall.is_(None), Knock.wall == staff.wall),
        )
        .values(
            state=transitions.after(waiting, Step.TAKE),
            taken_by_id=staff.id,
            taken_at=clock.now(),
            wall=staff.wall,
        )
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(knock)
    if taken == 1:
        waits.give(knock.about, staff.id)
    return taken == 1


def give(knock: Knock, to: Staff) -> None:
    """To a colleague, who has it from now on."""
    knock.state = transitions.after(knock.state, Step.HAND_OVER)
    knock.taken_by = to
    knock.taken_at = clock.now()
    waits.give(knock.about, to.id)


def wait_again(knock: Knock) -> None:
    """Nobody has it any more; the promise's date stands."""
    knock.state = transitions.after(knock.state, Step.WAIT_AGAIN)
    knock.taken_by = None
    knock.taken_at = None
    waits.give(knock.about, None)


def end(knock: Knock, step: Step) -> None:
    """Closed or withdrawn; purged when the municipality's days have passed."""
    now = clock.now()
    knock.state = transitions.after(knock.state, step)
    knock.closed_at = now
    no_longer_waits(knock)
    knock.purge_at = now + timedelta(days=knock.municipality.retention_days)


def waits_for(
    knock: Knock, awaited: Awaited, due_at: datetime, next_rung_at: datetime | None
) -> None:
    """The pupil waits for this from now on, and for nothing that was waited for before."""
    waits.end(knock.about)
    waits.begin(
        awaited,
        knock.about,
        municipality_id=knock.municipality_id,
        due_at=due_at,
        next_rung_at=next_rung_at,
        staff_id=knock.taken_by_id,
    )
    knock.awaits = awaited
    knock.deadline_at = due_at


def no_longer_waits(knock: Knock) -> None:
    """What the pupil waited for has come, or will not."""
    waits.end(knock.about)
    knock.awaits = None


def require_open(knock: Knock) -> None:
    """Raises Conflict when a knock is closed or withdrawn."""
    if not knock.is_open:
        raise Conflict(_("Knackningen är avslutad."))


def require_held(knock: Knock, staff: Staff) -> None:
    """Raises Conflict unless ``staff`` has it, and says who does."""
    require_open(knock)
    if knock.taken_by_id != staff.id:
        raise Conflict(taken_by(knock) if knock.taken_by_id else _("Ta emot knackningen först."))


def taken_by(knock: Knock) -> str:
    """Why a knock cannot be taken, as a sentence."""
    if not knock.is_open:
        return _("Knackningen är avslutad.")
    if knock.taken_by is None or knock.taken_at is None:
        return _("Knackningen ligger bakom en annan sekretessgräns.")
    return _(
        "%(who)s tog emot knackningen kl. %(time)s.",
        who=knock.taken_by.name,
        time=clock_time(knock.taken_at),
    )
