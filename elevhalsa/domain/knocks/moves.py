"""The one place that changes a knock's state, who has it, and what its pupil waits for.

Audits nothing and tells nobody.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import update

from elevhalsa.core import clock
from elevhalsa.core.errors import Conflict
from elevhalsa.core.i18n import _, clock_time
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise import service as waits
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.rows import changed
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db

from . import queries, transitions
from .models import Knock
from .transitions import Step


def take(knock: Knock, staff: Staff) -> bool:
    """Of two who take at once one gets it. False for the other, or when it cannot be taken: behind
    another wall, in another municipality, by one whom the pupil avoids."""
    (waiting,) = transitions.before(Step.TAKE)
    taken = changed(
        update(Knock)
        .where(
            Knock.id == knock.id,
            Knock.state == waiting,
            Knock.municipality_id == staff.municipality_id,
            serving.stands(Knock.wall, staff.wall),
            ~queries.avoids(staff.id),
        )
        .values(
            state=transitions.after(waiting, Step.TAKE),
            taken_by_id=staff.id,
            taken_at=clock.now(),
            wall=staff.wall,
            flood=None,
        )
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(knock)
    if taken == 1:
        waits.give(knock.about, staff.id)
    return taken == 1


def give(knock: Knock, to: Staff, *, since: datetime) -> None:
    """To a colleague, who has it from that moment."""
    knock.state = transitions.after(knock.state, Step.HAND_OVER)
    knock.taken_by = to
    knock.taken_at = since
    waits.give(knock.about, to.id)
    waits.look_again(knock.about)


def give_ended(knock: Knock, to: Staff) -> None:
    """Of what has ended: who is to have it if its pupil writes again."""
    if knock.is_open:
        raise ValueError("it has not ended")
    knock.taken_by = to


def wait_again(knock: Knock) -> None:
    """Nobody has it any more. What was waited for keeps its date; where nothing was, the pupil
    waits for somebody from now on."""
    knock.state = transitions.after(knock.state, Step.WAIT_AGAIN)
    knock.taken_by = None
    knock.taken_at = None
    waits.give(knock.about, None)
    waits.look_again(knock.about)
    if knock.awaits in (None, Awaited.GUARANTEE):
        await_answer(knock)


def end(knock: Knock, step: Step) -> None:
    """Closed or withdrawn; purged or locked when the municipality's days have passed."""
    now = clock.now()
    knock.state = transitions.after(knock.state, step)
    knock.closed_at = now
    no_longer_waits(knock, at=now)
    knock.purge_at = now + timedelta(days=knock.municipality.retention_days)


def undo_end(knock: Knock) -> None:
    """As if it had not been closed: whoever had it has it, and what was waited for is."""
    if knock.closed_at is None:
        raise ValueError("it has not ended")
    ended_at = knock.closed_at
    knock.state = transitions.after(knock.state, Step.UNDO_CLOSE)
    knock.closed_at = knock.outcome = knock.purge_at = knock.locked_at = None
    undo_waits(knock, ended_at)


def dismiss(knocks: Sequence[Knock], *, at: datetime) -> None:
    """Closed, all at the same moment, though nobody had them. They are of one municipality."""
    for knock in knocks:
        knock.state = transitions.after(knock.state, Step.DISMISS)
        knock.closed_at = at
        knock.awaits = None
        knock.purge_at = at + timedelta(days=knock.municipality.retention_days)
    waits.end_each([knock.about for knock in knocks], at=at)


def undo_dismiss(knocks: Sequence[Knock]) -> None:
    """As if they had not been. They were dismissed at the same moment."""
    at = knocks[0].closed_at
    if at is None:
        raise ValueError("it has not ended")
    again = waits.begin_again([knock.about for knock in knocks], at)
    for knock in knocks:
        knock.state = transitions.after(knock.state, Step.UNDO_DISMISS)
        knock.closed_at = knock.purge_at = knock.locked_at = None
        _note(knock, again[knock.about])


def undo_waits(knock: Knock, at: datetime) -> None:
    """What began to be waited for at that moment is not, and what ended then is again."""
    waits.undo(knock.about, at)
    note_nearest(knock)


def reopen(knock: Knock, holder: Staff | None) -> None:
    """What had ended is open again, and its pupil waits for an answer. holder: who has it again;
    None: whoever may take it."""
    step = Step.REOPEN_TO_HOLDER if holder else Step.REOPEN
    knock.state = transitions.after(knock.state, step)
    knock.taken_by = holder
    knock.taken_at = clock.now() if holder else None
    knock.first_ended_at = knock.first_ended_at or knock.closed_at
    knock.reopened_at = clock.now()
    knock.closed_at = knock.outcome = knock.purge_at = knock.locked_at = None
    await_answer(knock)


def await_answer(knock: Knock) -> None:
    """The pupil waits for an answer, or for somebody, within the promised hours from now.

    Nothing changes for one who waits for the first contact, or already for an answer: a date that
    has been told stands.
    """
    db.session.flush()
    known = {wait.awaited for wait in db.session.scalars(waits.open_about(knock.about))}
    first_word = Awaited.FIRST_CONTACT in known and not knock.contacted_at
    if first_word or Awaited.ANSWER in known:
        return
    now = clock.now()
    waits_for(
        knock,
        Awaited.ANSWER,
        answer_by(knock, now),
        next_rung_at=now,  # the sweep finds when
        instead_of=(Awaited.FIRST_CONTACT,),
        at=now,
    )


def answer_by(knock: Knock, asked_at: datetime) -> datetime:
    """*Senast* of the answer to a text that is written at that moment, after the first contact."""
    return policy_of(knock.municipality).due_at(asked_at)


def waits_for(
    knock: Knock,
    awaited: Awaited,
    due_at: datetime,
    next_rung_at: datetime | None,
    *,
    instead_of: Collection[Awaited],
    at: datetime | None = None,
) -> None:
    """The pupil waits for this from now on (``at``), no longer for what it stands instead of."""
    waits.end(knock.about, instead_of, at=at)
    waits.begin(
        awaited,
        knock.about,
        municipality_id=knock.municipality_id,
        due_at=due_at,
        next_rung_at=next_rung_at,
        staff_id=knock.taken_by_id,
        began_at=at,
    )
    note_nearest(knock)


def no_longer_waits(
    knock: Knock, of: Collection[Awaited] = tuple(Awaited), *, at: datetime | None = None
) -> None:
    """What the pupil waited for has come, or will not."""
    waits.end(knock.about, of, at=at)
    note_nearest(knock)


def note_nearest(knock: Knock) -> None:
    """Write at the knock what is waited for now."""
    db.session.flush()
    _note(knock, db.session.scalars(waits.open_about(knock.about)).all())


def _note(knock: Knock, open_waits: Sequence[Wait]) -> None:
    """open_waits: the nearest *senast* first. What is awaited is a guarantee only when nothing else
    is; its date counts all the same."""
    others = [wait for wait in open_waits if wait.awaited is not Awaited.GUARANTEE]
    awaited = next(iter(others or open_waits), None)
    knock.awaits = awaited.awaited if awaited else None
    if open_waits:
        knock.deadline_at = open_waits[0].due_at


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
