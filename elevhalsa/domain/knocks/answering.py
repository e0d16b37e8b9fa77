"""What staff do with a knock. Who acts is the first argument; nothing here commits."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update

from elevhalsa import work
from elevhalsa.core import clock, walls
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotAllowed
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Wall
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise import service as waits
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.rows import lock
from elevhalsa.extensions import db

from . import guarantees, ladder, moves, thread, undoing
from .models import Attempt, Crossing, Knock
from .rules import REACHES, ended_by, is_on_chosen_way
from .transitions import Step
from .words import AttemptKind, Author, Outcome, Triage, Undoing

PRESSED_TWICE = timedelta(minutes=1)
LEAST_REASON = 10
"""Characters of a written reason for crossing the wall."""


def show(staff: Staff, knock: Knock, *, reason: str | None = None) -> None:
    """Its content is given to one of the staff: an event, each time. Nobody is told.

    reason: a word for why, where it is not just opened.
    """
    _record(Action.SHOWN, staff, knock, reason=reason)


def read(staff: Staff, knock: Knock, shown: thread.Shown | None = None) -> None:
    """Somebody has it in front of them: an event, each time. The pupil is told of the first.

    shown: what of it; None: all there is.
    """
    if knock.read_at is None:
        db.session.execute(
            update(Knock)
            .where(Knock.id == knock.id, Knock.read_at.is_(None))
            .values(read_at=clock.now(), read_by=staff.profession)
        )
    thread.mark_seen(knock, Author.PUPIL, shown)
    notices.mark_seen(staff, about=knock.about, until=shown.at if shown else None)
    _record(Action.READ, staff, knock)


def take(staff: Staff, knock: Knock) -> None:
    """Take responsibility. Of two at once one gets it; the other is told by whom it was taken.

    A knock whose promise broke waits again (see ``ladder.climb``), so a colleague can take it over.
    Raises Conflict when another has it or it is no longer open.
    """
    if knock.taken_by_id == staff.id and knock.is_open:
        return
    if not ladder.take(knock, staff):
        raise Conflict(moves.taken_by(knock))
    _record(Action.TAKEN, staff, knock)


def release(staff: Staff, knock: Knock) -> None:
    """Put a knock back to waiting, behind the same wall. The promise's date stands."""
    lock(knock)
    moves.require_held(knock, staff)
    moves.wait_again(knock)
    _record(Action.RELEASED, staff, knock)
    ladder.tell_of_new(knock, cause=f"released:{clock.now().timestamp():.0f}", besides=staff)


def answer(
    staff: Staff,
    knock: Knock,
    text: str,
    *,
    form_id: str,
    shown: str | thread.Everything | None = thread.Everything.SHOWN,
) -> None:
    """Answer in the app, taking the knock first if nobody has. The same form again adds nothing.

    shown: as in ``close``: an answer ends the waiting for one, so a text that was not on the page
    would wait for nobody. Raises NewText when the pupil has written since, Conflict when another
    has taken it, InvalidInput for an empty or too long text.
    """
    text = thread.checked(text)
    lock(knock)
    if not thread.holds(knock, form_id):
        thread.require_shown(knock, shown, of=Author.PUPIL)
    take(staff, knock)
    message = thread.add(knock, Author.STAFF, text, form_id=form_id, staff=staff)
    if message is None:
        return
    _record(Action.ANSWERED, staff, knock)
    contacted_in_app(staff, knock)
    ladder.tell_pupil(knock, Kind.ANSWER, cause=f"answer:{message.id}")


def log_attempt(
    staff: Staff,
    knock: Knock,
    kind: AttemptKind,
    *,
    shown: str | thread.Everything | None = thread.Everything.SHOWN,
) -> None:
    """Note an attempt to reach the pupil, taking the knock first if nobody has. The same one within
    a minute is a button that was pressed twice.

    shown: as in ``answer``. Raises NewText likewise.
    """
    if kind is AttemptKind.ANSWERED_IN_APP:
        raise InvalidInput(_("Ett svar i appen noteras när det skickas."))
    lock(knock)
    same = exists().where(
        Attempt.knock_id == knock.id,
        Attempt.staff_id == staff.id,
        Attempt.kind == kind,
        Attempt.at > clock.now() - PRESSED_TWICE,
    )
    if db.session.scalar(select(same)):
        return
    thread.require_shown(knock, shown, of=Author.PUPIL)
    take(staff, knock)
    _record(Action.ATTEMPTED, staff, knock, reason=kind)
    attempt = _attempted(staff, knock, kind)
    undoing.offer(staff, knock, Undoing.ATTEMPT, at=attempt.at, row_id=attempt.id)


def contacted_in_app(staff: Staff, knock: Knock) -> None:
    """Something for the pupil was put in the app: a contact attempt, kept if that was the way."""
    knock.staff_wrote_at = clock.now()
    _attempted(staff, knock, AttemptKind.ANSWERED_IN_APP)


def _attempted(staff: Staff, knock: Knock, kind: AttemptKind) -> Attempt:
    now = clock.now()
    on_way = is_on_chosen_way(kind, knock.way)
    attempt = Attempt(
        id=new_id(), knock_id=knock.id, staff_id=staff.id, kind=kind, at=now, on_chosen_way=on_way
    )
    db.session.add(attempt)
    if on_way and knock.kept_at is None:
        knock.kept_at = now
    if kind in REACHES and knock.reached_at is None:
        knock.reached_at = now
    ended = ended_by(kind, knock.way)
    if kind is AttemptKind.CALLED_NO_ANSWER and knock.kept_at:
        _await_new_attempt(knock, {*ended, Awaited.FIRST_CONTACT, Awaited.NEW_ATTEMPT}, now)
    elif kind is not AttemptKind.CALLED_NO_ANSWER and ended:
        moves.no_longer_waits(knock, ended, at=now)
        if kind in REACHES and knock.awaits is Awaited.GUARANTEE:
            guarantees.end_reached(knock, at=now)
    return attempt


def _await_new_attempt(knock: Knock, instead_of: Collection[Awaited], now: datetime) -> None:
    """No answer is an attempt, not a contact: a new one is due within the same counted hours."""
    policy = policy_of(knock.municipality)
    due = policy.due_at(now)
    moves.waits_for(
        knock,
        Awaited.NEW_ATTEMPT,
        due,
        next_rung_at=guarantees.reminder_at(now, due, policy),
        instead_of=instead_of,
        at=now,
    )


def needs_no_answer(staff: Staff, knock: Knock, *, shown: str | None) -> None:
    """What the pupil wrote has been read, and nothing is to be said to it.

    shown: as in ``close``. Raises NewText when the pupil has written since, Conflict when it is not
    mine.
    """
    lock(knock)
    moves.require_held(knock, staff)
    thread.require_shown(knock, shown, of=Author.PUPIL)
    moves.no_longer_waits(knock, (Awaited.ANSWER,))
    _record(Action.NEEDED_NO_ANSWER, staff, knock)


def triage(staff: Staff, knock: Knock, word: Triage | None) -> None:
    """Mark as urgent or able to wait some days; the promise's date stands either way. Of what is
    urgent the rungs come sooner."""
    lock(knock)
    moves.require_open(knock)
    was_urgent = knock.is_urgent
    knock.triage = word
    if knock.is_urgent is not was_urgent:
        waits.look_again(knock.about)
    _record(Action.TRIAGED, staff, knock, reason=word)


def protect(staff: Staff, knock: Knock, *, is_protected: bool) -> None:
    """Skyddade uppgifter, or no longer: the name is kept out of all but the opened knock, and
    whoever opens it is told so. Raises Conflict when it has ended."""
    lock(knock)
    moves.require_open(knock)
    if knock.is_protected is not is_protected:
        knock.is_protected = is_protected
        _record(Action.PROTECTED, staff, knock, reason="on" if is_protected else "off")


def cross_wall(
    staff: Staff,
    knock: Knock,
    to: Wall,
    *,
    consent: bool,
    reason: str | None,
    shown: str | None,
) -> None:
    """Move a knock to another area of secrecy, where it waits to be taken.

    Needs the pupil's consent (OSL 10 kap. 1 §) or a written reason (e.g. OSL 25 kap. 13 a §);
    the reason is encrypted, the audit event only tells which of the two it was. shown: as in
    ``close``: the pupil may have taken the consent back.
    Raises InvalidInput when neither is there, NotAllowed for an area that it cannot be moved to,
    NewText when the pupil has written since.
    """
    lock(knock)
    moves.require_held(knock, staff)
    thread.require_shown(knock, shown, of=Author.PUPIL)
    written = (reason or "").strip()
    if not consent and len(written) < LEAST_REASON:
        raise InvalidInput(
            _("Skriv skälet med minst %(least)s tecken, eller kryssa i att eleven samtycker.",
              least=LEAST_REASON)
        )  # fmt: skip
    if knock.wall is None:
        raise Conflict(_("Knackningen har ingen sekretessgräns än. Ta emot den först."))
    if to not in walls.across(knock.wall):
        raise NotAllowed(_("Dit kan knackningen inte flyttas."))
    db.session.add(
        Crossing(
            knock_id=knock.id,
            staff_id=staff.id,
            from_wall=knock.wall,
            to_wall=to,
            consent=consent,
            reason=written or None,
            at=clock.now(),
        )
    )
    _record(Action.WALL_CROSSED, staff, knock, reason="consent" if consent else "written_reason")
    knock.wall = to
    moves.wait_again(knock)
    knock.wanted_staff = None
    ladder.narrow(knock)
    ladder.tell_of_new(knock, cause=f"crossed:{clock.now().timestamp():.0f}")
    ladder.no_longer_for_others(knock)


def close(staff: Staff, knock: Knock, outcome: Outcome, *, shown: str | None) -> None:
    """End a knock with an outcome; it is purged when the municipality's days have passed. It can be
    undone for some minutes.

    shown: the id of the last text that the closer had before them; None of none.
    Raises NewText when the pupil has written since: no text is closed over unseen.
    """
    lock(knock)
    moves.require_held(knock, staff)
    thread.require_shown(knock, shown, of=Author.PUPIL)
    moves.end(knock, Step.CLOSE)
    knock.outcome = outcome
    _record(Action.CLOSED, staff, knock, reason=outcome)
    if knock.closed_at:
        undoing.offer(staff, knock, Undoing.CLOSE, at=knock.closed_at)


def _record(
    action: Action,
    staff: Staff,
    knock: Knock,
    *,
    reason: str | None = None,
) -> None:
    audit.record(
        action,
        by=work.staff(staff.id),
        municipality_id=knock.municipality_id,
        about=knock.about,
        reason=reason,
    )
