"""The verbs of a knock. Who acts is an argument; nothing here commits."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, or_, select, update
from sqlalchemy.exc import IntegrityError

from elevhalsa.core import clock, codes
from elevhalsa.core.calendar import closed_days
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotAllowed
from elevhalsa.core.i18n import _, clock_time
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action, Actor
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import About, Channel, Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.promise import rules as promise
from elevhalsa.domain.rows import changed, lock
from elevhalsa.extensions import db

from . import ladder, queries
from .models import Attempt, Avoided, Crossing, Knock, Message
from .rules import MOST_TEXT, REACHES, Asked, is_on_chosen_way
from .words import AttemptKind, Author, Outcome, State, Triage

PRESSED_TWICE = timedelta(minutes=1)
LEAST_REASON = 10
"""Characters of a written reason for crossing the wall."""


@dataclass(frozen=True)
class Receipt:
    """What the pupil gets. ``is_new`` is False when the same form had already been posted."""

    knock: Knock
    code: str
    is_new: bool


class FormReused(Conflict):
    """The form's id was already used for a knock that said something else."""


def receipt_code(form_id: str) -> str:
    """The code that follows from a form's id, so that a retry gets the same receipt although
    only the code's keyed hash is stored."""
    return codes.from_bytes(keyring.derive("receipt-code", form_id))


def hash_code(typed: str) -> str:
    """The keyed hash by which a typed code is found, however it was separated and spelled."""
    return keyring.keyed_hash("code-lookup", codes.normalise(typed))


def code_of(row: Knock, form_id: str) -> str | None:
    """The receipt code, for whoever has the form's id; None when the id is of another form."""
    return receipt_code(form_id) if _hash_form(form_id) == row.form_hash else None


def _hash_form(form_id: str) -> str:
    return keyring.keyed_hash("form-id", form_id)


# --- the pupil -----------------------------------------------------------------------------------


def knock(school: School, asked: Asked) -> Receipt:
    """Take in a knock, tell staff, and give the receipt. The same form again gives the same one.

    Raises FormReused when the form's id belongs to a knock that said something else.
    """
    earlier = _receipt_of(asked)
    if earlier:
        return earlier
    now = clock.now()
    municipality = school.municipality
    is_closed = closed_days(eves_closed=municipality.eves_closed)
    due = promise.due_at(now, municipality.promise_hours, is_closed=is_closed)
    code = receipt_code(asked.form_id)
    row = Knock(
        id=new_id(),
        municipality_id=municipality.id,
        school_id=school.id,
        form_hash=_hash_form(asked.form_id),
        form_print=keyring.keyed_hash("form-print", f"{school.id} {asked.said()}"),
        code_hash=hash_code(code),
        wanted=asked.wanted,
        wanted_staff_id=asked.wanted_staff_id,
        wall=asked.wanted.wall if asked.wanted else None,
        way=asked.way,
        phone=asked.phone,
        email=asked.email,
        safe_times=asked.safe_times,
        voicemail_ok=asked.voicemail_ok,
        neutral_sender=asked.neutral_sender,
        name=asked.name,
        school_class=asked.school_class,
        knocked_at=now,
        due_at=due,
        deadline_at=due,
        pupil_wrote_at=now if asked.text else None,
        state=State.WAITING,
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        # Another request with the same form was a moment faster.
        earlier = _receipt_of(asked)
        if earlier is None:
            raise
        return earlier
    db.session.add_all(
        Avoided(knock_id=row.id, staff_id=staff_id) for staff_id in set(asked.avoid_staff_ids)
    )
    if asked.text:
        db.session.add(
            Message(
                knock_id=row.id,
                form_hash=row.form_hash,
                author=Author.PUPIL,
                text=asked.text,
                created_at=now,
            )
        )
    db.session.flush()
    audit.record(
        Action.KNOCKED, actor=Actor.PUPIL, municipality_id=municipality.id, knock_id=row.id
    )
    ladder.arm(row, municipality)
    ladder.tell_of_new(row, cause="0")
    return Receipt(row, code, is_new=True)


def _receipt_of(asked: Asked) -> Receipt | None:
    row = db.session.scalar(select(Knock).where(Knock.form_hash == _hash_form(asked.form_id)))
    if row is None:
        return None
    said = keyring.keyed_hash("form-print", f"{row.school_id} {asked.said()}")
    if said != row.form_print:
        raise FormReused(_("Du har redan knackat med det här formuläret."))
    return Receipt(row, receipt_code(asked.form_id), is_new=False)


def pupil_writes(row: Knock, text: str, *, form_id: str) -> None:
    """Add the pupil's text to the thread. The same form again adds nothing.

    Raises Conflict when the knock is closed or withdrawn, InvalidInput for an empty or too long
    text.
    """
    text = _checked(text)
    lock(row)
    require_open(row)
    message = _add_message(row, Author.PUPIL, text, form_id=form_id)
    if message is None:
        return
    row.pupil_wrote_at = message.created_at
    audit.record(
        Action.PUPIL_WROTE,
        actor=Actor.PUPIL,
        municipality_id=row.municipality_id,
        knock_id=row.id,
    )
    if row.taken_by:
        notices.post(
            Kind.PUPIL_WROTE, [row.taken_by], cause=f"wrote:{message.id}", about=About.knock(row.id)
        )


def withdraw(row: Knock) -> None:
    """The pupil takes the knock back. Withdrawing twice is withdrawing once."""
    lock(row)
    if row.state is State.WITHDRAWN:
        return
    require_open(row)
    _end(row, State.WITHDRAWN)
    audit.record(
        Action.WITHDRAWN, actor=Actor.PUPIL, municipality_id=row.municipality_id, knock_id=row.id
    )
    if row.taken_by:
        notices.post(
            Kind.WITHDRAWN,
            [row.taken_by],
            cause=f"withdrawn:{row.id}",
            about=About.knock(row.id),
            channels=(Channel.APP,),
        )


def pupil_saw(row: Knock) -> None:
    """The pupil has the thread on a screen: staff's messages are seen, and so the pupil reached.

    Only what ``row.messages`` held is marked, so show that list and not a later one.
    """
    notices.mark_seen_by_pupil(About.knock(row.id))
    if _mark_seen(row, Author.STAFF):
        db.session.execute(
            update(Knock)
            .where(Knock.id == row.id, Knock.reached_at.is_(None))
            .values(reached_at=clock.now())
        )


def _mark_seen(row: Knock, author: Author) -> bool:
    """Note when the other side first had each text on a screen. True if any was new to it."""
    unseen = [m.id for m in row.messages if m.author is author and m.seen_at is None]
    if unseen:
        db.session.execute(
            update(Message)
            .where(Message.id.in_(unseen), Message.seen_at.is_(None))
            .values(seen_at=clock.now())
        )
    return bool(unseen)


# --- staff ---------------------------------------------------------------------------------------


def read(staff: Staff, row: Knock) -> None:
    """Reading is an event, each time. The pupil is told of the first."""
    if row.read_at is None:
        db.session.execute(
            update(Knock)
            .where(Knock.id == row.id, Knock.read_at.is_(None))
            .values(read_at=clock.now(), read_by=staff.profession)
        )
    _mark_seen(row, Author.PUPIL)
    notices.mark_seen(staff, about=About.knock(row.id))
    _record(Action.READ, staff, row)


def take(staff: Staff, row: Knock) -> None:
    """Take responsibility. Of two at once one gets it; the other is told by whom it was taken.

    A knock whose promise broke waits again (see ``ladder.climb``), so a colleague can take it over.
    Raises Conflict when another has it or it is no longer open.
    """
    if row.taken_by_id == staff.id and row.is_open:
        return
    taken = changed(
        update(Knock)
        .where(
            Knock.id == row.id,
            Knock.state == State.WAITING,
            or_(Knock.wall.is_(None), Knock.wall == staff.wall),
        )
        .values(state=State.TAKEN, taken_by_id=staff.id, taken_at=clock.now(), wall=staff.wall)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(row)
    if taken != 1:
        raise Conflict(_taken_by(row))
    _record(Action.TAKEN, staff, row)


def _taken_by(row: Knock) -> str:
    if not row.is_open:
        return _("Knackningen är avslutad.")
    if row.taken_by is None or row.taken_at is None:
        return _("Knackningen ligger bakom en annan sekretessgräns.")
    return _(
        "%(who)s tog emot knackningen kl. %(time)s.",
        who=row.taken_by.name,
        time=clock_time(row.taken_at),
    )


def release(staff: Staff, row: Knock) -> None:
    """Put a knock back to waiting, behind the same wall. The promise's date stands."""
    lock(row)
    _require_mine(staff, row)
    row.state = State.WAITING
    row.taken_by = None
    row.taken_at = None
    _record(Action.RELEASED, staff, row)
    ladder.tell_of_new(row, cause=f"released:{clock.now().timestamp():.0f}", besides=staff)


def answer(staff: Staff, row: Knock, text: str, *, form_id: str) -> None:
    """Answer in the app, taking the knock first if nobody has. The same form again adds nothing.

    Raises Conflict when another has taken it, InvalidInput for an empty or too long text.
    """
    text = _checked(text)
    lock(row)
    take(staff, row)
    message = _add_message(row, Author.STAFF, text, form_id=form_id, staff=staff)
    if message is None:
        return
    _record(Action.ANSWERED, staff, row)
    contacted_in_app(staff, row)
    ladder.tell_pupil(row, Kind.ANSWER, cause=f"answer:{message.id}")


def log_attempt(staff: Staff, row: Knock, kind: AttemptKind) -> None:
    """Note an attempt to reach the pupil, taking the knock first if nobody has. The same one within
    a minute is a button that was pressed twice."""
    if kind is AttemptKind.ANSWERED_IN_APP:
        raise InvalidInput(_("Ett svar i appen noteras när det skickas."))
    lock(row)
    take(staff, row)
    same = exists().where(
        Attempt.knock_id == row.id,
        Attempt.staff_id == staff.id,
        Attempt.kind == kind,
        Attempt.at > clock.now() - PRESSED_TWICE,
    )
    if db.session.scalar(select(same)):
        return
    _record(Action.ATTEMPTED, staff, row, reason=kind)
    _attempted(staff, row, kind)


def contacted_in_app(staff: Staff, row: Knock) -> None:
    """Something for the pupil was put in the app: a contact attempt, kept if that was the way."""
    row.staff_wrote_at = clock.now()
    _attempted(staff, row, AttemptKind.ANSWERED_IN_APP)


def _attempted(staff: Staff, row: Knock, kind: AttemptKind) -> None:
    now = clock.now()
    on_way = is_on_chosen_way(kind, row.way)
    db.session.add(
        Attempt(knock_id=row.id, staff_id=staff.id, kind=kind, at=now, on_chosen_way=on_way)
    )
    if on_way and row.kept_at is None:
        row.kept_at = now
    if kind in REACHES and row.reached_at is None:
        row.reached_at = now
    if kind is AttemptKind.CALLED_NO_ANSWER:
        if row.kept_at:
            _await_new_attempt(row)
    elif on_way or kind in REACHES:
        row.retry_due = False
        row.next_rung_at = None


def _await_new_attempt(row: Knock) -> None:
    """No answer is an attempt, not a contact: a new one is due within the same counted hours."""
    row.retry_due = True
    row.deadline_at = promise.due_at(
        clock.now(), row.municipality.promise_hours, is_closed=ladder.is_closed(row)
    )
    row.next_rung_at = row.deadline_at


def triage(staff: Staff, row: Knock, word: Triage | None) -> None:
    """Mark as urgent or able to wait some days; the promise's date stands either way."""
    lock(row)
    require_open(row)
    row.triage = word
    _record(Action.TRIAGED, staff, row, reason=word)


def hand_over(staff: Staff, row: Knock, to: Staff) -> None:
    """Give a knock to a colleague behind the same wall.

    Raises NotAllowed for anyone else, and Conflict when it is not mine to give.
    """
    lock(row)
    _require_mine(staff, row)
    if to.id not in {colleague.id for colleague in queries.colleagues(staff, row)}:
        raise NotAllowed(_("Du kan bara lämna över inom samma sekretessområde."))
    row.taken_by = to
    row.taken_at = clock.now()
    _record(Action.HANDED_OVER, staff, row)
    notices.post(
        Kind.HANDED_OVER,
        [to],
        cause=f"handed:{row.id}:{clock.now().timestamp():.0f}",
        about=About.knock(row.id),
    )


def cross_wall(staff: Staff, row: Knock, *, consent: bool, reason: str | None) -> None:
    """Move a knock to the other area of secrecy, where it waits to be taken.

    Needs the pupil's consent (OSL 10 kap. 1 §) or a written reason (e.g. OSL 25 kap. 13 a §);
    the reason is encrypted, the audit event only tells which of the two it was.
    Raises InvalidInput when neither is there.
    """
    lock(row)
    _require_mine(staff, row)
    written = (reason or "").strip()
    if not consent and len(written) < LEAST_REASON:
        raise InvalidInput(
            _("Skriv skälet med minst %(least)s tecken, eller kryssa i att eleven samtycker.",
              least=LEAST_REASON)
        )  # fmt: skip
    if row.wall is None:
        raise Conflict(_("Knackningen har ingen sekretessgräns än. Ta emot den först."))
    db.session.add(
        Crossing(
            knock_id=row.id,
            staff_id=staff.id,
            from_wall=row.wall,
            to_wall=row.wall.other,
            consent=consent,
            reason=written or None,
            at=clock.now(),
        )
    )
    _record(Action.WALL_CROSSED, staff, row, reason="consent" if consent else "written_reason")
    row.wall = row.wall.other
    row.state = State.WAITING
    row.taken_by = None
    row.taken_at = None
    row.wanted_staff = None
    if row.kept_at or row.reached_at or row.due_at > clock.now():
        row.opened_wide_at = None  # that nobody was there was said of the side it leaves
    if row.kept_at or row.reached_at:
        _await_new_attempt(row)
    ladder.tell_of_new(row, cause=f"crossed:{clock.now().timestamp():.0f}")


def close(staff: Staff, row: Knock, outcome: Outcome) -> None:
    """End a knock with an outcome; it is purged when the municipality's days have passed."""
    lock(row)
    _require_mine(staff, row)
    _end(row, State.CLOSED)
    row.outcome = outcome
    _record(Action.CLOSED, staff, row, reason=outcome)


# --- shared --------------------------------------------------------------------------------------


def _add_message(
    row: Knock, author: Author, text: str, *, form_id: str, staff: Staff | None = None
) -> Message | None:
    form_hash = _hash_form(form_id)
    now = clock.now()
    latest = max((message.created_at for message in row.messages), default=None)
    if latest and latest >= now:
        now = latest + timedelta(microseconds=1)  # the thread is shown in the order of its times
    message = Message(
        id=new_id(),
        knock_id=row.id,
        form_hash=form_hash,
        author=author,
        staff_id=staff.id if staff else None,
        text=text,
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(message)
    except IntegrityError:
        return None
    db.session.expire(row, ["messages"])
    return message


def _end(row: Knock, state: State) -> None:
    now = clock.now()
    row.state = state
    row.closed_at = now
    row.next_rung_at = None
    row.retry_due = False
    row.purge_at = now + timedelta(days=row.municipality.retention_days)


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInput(_("Skriv något först."))
    if len(text) > MOST_TEXT:
        raise InvalidInput(
            _("Texten är för lång. Högst %(most)s tecken får plats.", most=MOST_TEXT)
        )
    return text


def require_open(row: Knock) -> None:
    """Raises Conflict when a knock is closed or withdrawn."""
    if not row.is_open:
        raise Conflict(_("Knackningen är avslutad."))


def _require_mine(staff: Staff, row: Knock) -> None:
    require_open(row)
    if row.taken_by_id != staff.id:
        raise Conflict(_taken_by(row) if row.taken_by_id else _("Ta emot knackningen först."))


def _record(action: Action, staff: Staff, row: Knock, reason: str | None = None) -> None:
    audit.record(
        action,
        actor=Actor.STAFF,
        municipality_id=row.municipality_id,
        staff_id=staff.id,
        knock_id=row.id,
        reason=reason,
    )
