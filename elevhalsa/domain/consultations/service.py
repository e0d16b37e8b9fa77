"""The verbs of a consultation: ask, take, answer, note the talk, take it back. Nothing here
commits."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock, codes
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.knocks import concern
from elevhalsa.domain.knocks.receivers import Receivers
from elevhalsa.domain.knocks.thread import hash_form
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.promise import rules as promise
from elevhalsa.domain.promise import service as waits
from elevhalsa.domain.promise.policy import Policy
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.rows import insert, insert_once, lock
from elevhalsa.extensions import db

from . import ladder, moves, queries, rules
from .models import Consultation, ConsultationText
from .rules import Asked
from .words import Outcome, State


@dataclass(frozen=True)
class Receipt:
    """What whoever asks gets. ``is_new`` is False when the same form had already been posted."""

    row: Consultation
    code: str
    token: str
    """For the cookie of the browser."""
    is_new: bool


class FormReused(Conflict):
    """The form's id was already used for something that said something else."""


# --- whoever asks --------------------------------------------------------------------------------


def code_of(consultation_id: str) -> str:
    """The code that opens it anywhere: follows from the row, so whoever has the page can have it
    again."""
    return codes.from_bytes(keyring.derive("consultation-code", consultation_id))


def hash_code(typed: str) -> str:
    return keyring.keyed_hash("consultation-code-lookup", codes.normalise(typed))


def token_of(consultation_id: str) -> str:
    """What a browser shows to be let in again: follows from the row, and leads back to nothing."""
    return keyring.keyed_hash("consultation-token", consultation_id)[:43]


def hash_token(token: str) -> str:
    return keyring.keyed_hash("consultation-token-lookup", token)


def ask(school: School, asked: Asked) -> Receipt:
    """Take it in, tell staff, give the receipt. The same form again gives the same one.

    Raises FormReused when the form's id belongs to one that said something else.
    """
    form_hash, consultation_id = hash_form(asked.form_id), new_id()
    work.at(school.municipality_id)
    work.show(form_hash)
    now, policy = clock.now(), queries.policy_of(school.municipality)
    made = Consultation(
        id=consultation_id,
        municipality_id=school.municipality_id,
        school_id=school.id,
        form_hash=form_hash,
        form_print=_print(school.id, asked),
        code_hash=hash_code(code_of(consultation_id)),
        token_hash=hash_token(token_of(consultation_id)),
        role=asked.role,
        theme=asked.theme,
        concerns=asked.concerns,
        form=asked.form,
        wanted=asked.wanted,
        wall=asked.wanted.wall if asked.wanted else None,
        phone=asked.phone,
        call_when=asked.call_when,
        asked_at=now,
        due_at=rules.due(now, policy.hours, policy.is_closed),
        state=State.WAITING,
    )
    if not insert_once(made):
        return _receipt_of(school, asked)
    if asked.text:
        insert(
            ConsultationText(consultation_id=made.id, form_hash=form_hash, text=asked.text, at=now)
        )
    moves.record(Action.CONSULTATION_ASKED, made, by=work.ASKER)
    _begin(made, policy, now)
    receivers = Receivers(now, policy.is_closed)
    cause = f"consultation:{made.id}:0"
    ladder.tell(Kind.CONSULTATION_NEW, made, receivers, now, cause=cause, senast=made.due_at)
    return Receipt(made, code_of(made.id), token_of(made.id), is_new=True)


def _print(school_id: str, asked: Asked) -> str:
    return keyring.keyed_hash("form-print", f"{school_id} {asked.said()}")


def _receipt_of(school: School, asked: Asked) -> Receipt:
    """Of what the same form has made before."""
    known = db.session.scalars(
        select(Consultation).where(Consultation.form_hash == hash_form(asked.form_id))
    ).one()
    if known.form_print != _print(school.id, asked):
        raise FormReused(_("Du har redan skickat en fråga med det här formuläret."))
    return Receipt(known, code_of(known.id), token_of(known.id), is_new=False)


def open_by_code(typed: str) -> Consultation | None:
    """What a code opens, and that it did is an event. None: no such code."""
    hashed = hash_code(typed)
    work.show(hashed)
    found = db.session.scalar(select(Consultation).where(Consultation.code_hash == hashed))
    if found:
        moves.record(Action.OPENED_BY_CODE, found, by=work.ASKER)
    return found


def find_by_tokens(tokens: Collection[str]) -> list[Consultation]:
    """What a browser has shown that it may open, the newest first."""
    hashes = [hash_token(token) for token in tokens]
    work.show(*hashes)
    query = select(Consultation).where(Consultation.token_hash.in_(hashes))
    return list(db.session.scalars(query.order_by(Consultation.asked_at.desc(), Consultation.id)))


def concern_steps(municipality_id: str) -> list[concern.Step]:
    """What everybody at a school does who suspects that a child fares ill: no part of elevhälsan's
    own."""
    work.at(municipality_id)
    steps = concern.steps(municipality_id)
    return [step for step in steps if step.wall is None and not step.for_adult]


def withdraw(row: Consultation) -> None:
    """Whoever asked needs it no longer. Withdrawing twice is withdrawing once.

    Raises Conflict when it has been closed.
    """
    lock(row)
    if row.state is State.WITHDRAWN:
        return
    if not rules.may_withdraw(row.state):
        raise Conflict(_("Det är redan avslutat."))
    row.state, row.closed_at = State.WITHDRAWN, clock.now()
    row.follow_up_on = None
    waits.end(row.about)
    moves.record(Action.WITHDRAWN, row, by=work.ASKER)
    if row.taken_by:
        notices.post(
            Kind.CONSULTATION_WITHDRAWN, [row.taken_by], about=row.about,
            cause=f"consultation:{row.id}:withdrawn",
        )  # fmt: skip
    db.session.flush()


# --- whoever answers -----------------------------------------------------------------------------


def show(staff: Staff, row: Consultation) -> None:
    """That it was given to her is an event."""
    moves.record(Action.SHOWN, row, by=work.staff(staff.id))


def take(staff: Staff, row: Consultation) -> None:
    """Taking twice is taking once. Raises Conflict when another has it, or it has ended."""
    _hold(row)
    if row.taken_by_id == staff.id and row.is_open:
        return
    if not rules.may_take(row.state):
        raise Conflict(_("En kollega har redan tagit emot den, eller så är den avslutad."))
    had_wall = row.wall is not None
    row.state = State.TAKEN
    moves.give_to(staff, row)
    moves.record(Action.TAKEN, row, by=work.staff(staff.id))
    notices.mark_seen(staff, about=row.about)
    if not had_wall:
        ladder.no_longer_for_others(row)
    db.session.flush()


def take_over(staff: Staff, row: Consultation) -> None:
    """From a colleague, who is told. Raises Conflict when nobody has it, or it has ended."""
    _hold(row)
    before = row.taken_by
    if before is None or not rules.may_answer(row.state):
        raise Conflict(_("Ingen har den just nu. Titta på den en gång till."))
    if before.id == staff.id:
        return
    moves.give_to(staff, row)
    audit.record(
        Action.TAKEN_OVER, by=work.staff(staff.id), municipality_id=row.municipality_id,
        to_staff_id=before.id, about=row.about,
    )  # fmt: skip
    notices.post(
        Kind.CONSULTATION_TAKEN_OVER, [before], about=row.about,
        cause=f"consultation:{row.id}:{clock.now().timestamp():.0f}",
    )  # fmt: skip
    db.session.flush()


def release(staff: Staff, row: Consultation) -> None:
    """The others can take it. Raises Conflict when she has not got it, or has answered."""
    _require_hers(staff, row)
    if not rules.may_release(row.state, has_contact=row.contacted_at is not None):
        raise Conflict(_("Du har redan svarat. Avsluta i stället."))
    moves.give_back(row)
    moves.record(Action.RELEASED, row, by=work.staff(staff.id))
    db.session.flush()


def answer(staff: Staff, row: Consultation, text: str, *, form_id: str) -> None:
    """Write to whoever asked. The same form again adds nothing. Raises InvalidInput; Conflict when
    she has not got it."""
    words = text.strip()
    if not words:
        raise InvalidInput(_("Skriv något först."), "text")
    _require_hers(staff, row)
    now = clock.now()
    latest = max((one.at for one in row.texts), default=now)
    made = ConsultationText(
        id=new_id(),
        consultation_id=row.id,
        form_hash=hash_form(form_id),
        staff_id=staff.id,
        text=words,
        at=max(now, latest + timedelta(microseconds=1)),  # shown in the order of its times
    )
    if not insert_once(made):
        return
    _contacted(row, now)
    moves.record(Action.ANSWERED, row, by=work.staff(staff.id))
    db.session.flush()
    db.session.expire(row, ["texts"])


def note(
    staff: Staff, row: Consultation, outcome: Outcome, *, minutes: int | None, again_on: date | None
) -> None:
    """They have talked, or could not: what came of it, and how long it took.

    minutes: of this time. again_on: the day of the follow-up. The same again adds nothing. Raises
    InvalidInput; Conflict when she has not got it.
    """
    if minutes is not None and not 0 <= minutes <= rules.MOST_MINUTES:
        raise InvalidInput(
            _("Skriv ett tal från 0 till %(most)s.", most=rules.MOST_MINUTES), "minutes"
        )
    if outcome is Outcome.FOLLOW_UP:
        _check_day(again_on)
    _hold(row)
    if _is_noted(staff, row, outcome, again_on):
        return
    _require_hers(staff, row)
    now = clock.now()
    if outcome is not Outcome.NOT_REACHED:
        _contacted(row, now)
    row.outcome, row.state = outcome, rules.after(outcome)
    row.minutes = (row.minutes or 0) + minutes if minutes else row.minutes
    row.follow_up_on = again_on if outcome is Outcome.FOLLOW_UP else None
    waits.end(row.about, at=now)
    if row.follow_up_on:
        _await_follow_up(row, row.follow_up_on)
    else:
        row.closed_at = now
    action = Action.CONSULTATION_NOTED if row.is_open else Action.CLOSED
    moves.record(action, row, by=work.staff(staff.id), reason=outcome.value)
    db.session.flush()


def _is_noted(staff: Staff, row: Consultation, outcome: Outcome, again_on: date | None) -> bool:
    """By her, as it stands: the button was pressed twice."""
    is_same = row.outcome is outcome and row.follow_up_on == (
        again_on if outcome is Outcome.FOLLOW_UP else None
    )
    return row.taken_by_id == staff.id and is_same


def _check_day(day: date | None) -> None:
    today = clock.today()
    if day is None:
        raise InvalidInput(_("Välj dagen då ni ska prata igen."), "again_on")
    if not today < day <= today + rules.MOST_AHEAD:
        raise InvalidInput(_("Välj en dag efter i dag, inom ett halvår."), "again_on")


def _await_follow_up(row: Consultation, day: date) -> None:
    policy = queries.policy_of(row.municipality)
    waits.begin(
        Awaited.CONSULTATION_FOLLOW_UP,
        row.about,
        municipality_id=row.municipality_id,
        due_at=rules.follow_up_due(day, policy.is_closed),
        next_rung_at=rules.follow_up_at(day),
        staff_id=row.taken_by_id,
    )


def _hold(row: Consultation) -> None:
    """To be changed by one who may read it, though it goes out of her sight by that."""
    work.hold(row.id)
    lock(row)


def _require_hers(staff: Staff, row: Consultation) -> None:
    _hold(row)
    if row.taken_by_id != staff.id or not rules.may_answer(row.state):
        raise Conflict(_("Du har den inte längre. Titta på den en gång till."))


def _contacted(row: Consultation, now: datetime) -> None:
    if row.contacted_at is None:
        row.contacted_at = now
    waits.end(row.about, (Awaited.CONSULTATION,), at=now)


def _begin(row: Consultation, policy: Policy, now: datetime) -> None:
    waits.begin(
        Awaited.CONSULTATION,
        row.about,
        municipality_id=row.municipality_id,
        due_at=row.due_at,
        next_rung_at=promise.reminder_at(now, row.due_at, is_closed=policy.is_closed),
        began_at=now,
    )
