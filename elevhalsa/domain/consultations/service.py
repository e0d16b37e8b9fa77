"""The verbs of a consultation: ask, take, answer, note the talk, take it back. Nothing here commits
but ``tidy``."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import or_, select

from elevhalsa import work
from elevhalsa.core import clock, codes
from elevhalsa.core.crypto import keyring, new_id, new_token
from elevhalsa.core.errors import Conflict, InvalidInput, without_words
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.knocks import concern
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.receivers import Hears, Receivers, When, Whom
from elevhalsa.domain.knocks.thread import hash_form
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.promise import rules as promise
from elevhalsa.domain.promise import service as waits
from elevhalsa.domain.promise.models import ClimbedRung, Wait
from elevhalsa.domain.promise.policy import Policy
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.rows import insert, insert_each_once, insert_once, lock
from elevhalsa.extensions import db

from . import queries, rules
from .models import Consultation, ConsultationLink, ConsultationTerms, ConsultationText
from .rules import Asked
from .words import Outcome, State

log = logging.getLogger(__name__)

BATCH = 200


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


# --- the school's own address --------------------------------------------------------------------


def hash_link(token: str) -> str:
    return keyring.keyed_hash("consultation-link", token)


def link_of(token: str) -> ConsultationLink | None:
    """What an address of a school's stands for, also of one that has ended."""
    hashed = hash_link(token)
    work.show(hashed)
    return db.session.scalar(select(ConsultationLink).where(ConsultationLink.token_hash == hashed))


def renew(staff: Staff, school: School) -> ConsultationLink:
    """A new address for a school; the one of before ends. Raises Conflict for another's school."""
    _end_links(staff, school)
    token = new_token()[:22]
    link = ConsultationLink(
        id=new_id(), municipality_id=school.municipality_id, school_id=school.id,
        token_hash=hash_link(token), token=token, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(link)
    db.session.flush()
    _record_link(staff, "made")
    return link


def close_door(staff: Staff, school: School) -> bool:
    """The school's address ends, and there is no new one. False when there was none."""
    if not _end_links(staff, school):
        return False
    _record_link(staff, "ended")
    return True


def _end_links(staff: Staff, school: School) -> bool:
    if school.municipality_id != staff.municipality_id:
        raise Conflict(_("Skolan finns inte."))
    lock(staff.municipality)  # of two at once one comes after the other
    found = db.session.scalars(
        select(ConsultationLink).where(
            ConsultationLink.school_id == school.id, ConsultationLink.ended_at.is_(None)
        )
    ).all()
    for link in found:
        link.ended_at, link.token = clock.now(), None
    db.session.flush()
    return bool(found)


def _record_link(staff: Staff, how: str) -> None:
    audit.record(
        Action.CONSULTATION_LINK, by=work.staff(staff.id),
        municipality_id=staff.municipality_id, reason=how,
    )  # fmt: skip


def decide_hours(staff: Staff, hours: int) -> bool:
    """Of the promise, from now on: what has been asked keeps its date. False when it stood so.

    hours: counted. Raises InvalidInput.
    """
    if not rules.is_fit(hours):
        raise InvalidInput(
            _("Skriv ett tal från %(fewest)s till %(most)s.",
              fewest=rules.LEAST_HOURS, most=rules.MOST_HOURS),
            "hours",
        )  # fmt: skip
    municipality = staff.municipality
    lock(municipality)
    if hours == queries.hours_of(municipality):
        return False
    own = db.session.get(ConsultationTerms, municipality.id)
    if own is None:
        db.session.add(ConsultationTerms(municipality_id=municipality.id, hours=hours))
    else:
        own.hours = hours
    audit.record(
        Action.PROMISE_CHANGED, by=work.staff(staff.id),
        municipality_id=municipality.id, reason="consultations",
    )  # fmt: skip
    db.session.flush()
    return True


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
    _record(Action.CONSULTATION_ASKED, made, by=work.ASKER)
    _begin(made, policy, now)
    receivers = Receivers(now, policy.is_closed)
    cause = f"consultation:{made.id}:0"
    _tell(Kind.CONSULTATION_NEW, made, receivers, now, cause=cause, senast=made.due_at)
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
        _record(Action.OPENED_BY_CODE, found, by=work.ASKER)
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
    _record(Action.WITHDRAWN, row, by=work.ASKER)
    if row.taken_by:
        notices.post(
            Kind.CONSULTATION_WITHDRAWN, [row.taken_by], about=row.about,
            cause=f"consultation:{row.id}:withdrawn",
        )  # fmt: skip
    db.session.flush()


# --- whoever answers -----------------------------------------------------------------------------


def show(staff: Staff, row: Consultation) -> None:
    """That it was given to her is an event."""
    _record(Action.SHOWN, row, by=work.staff(staff.id))


def take(staff: Staff, row: Consultation) -> None:
    """Taking twice is taking once. Raises Conflict when another has it, or it has ended."""
    _hold(row)
    if row.taken_by_id == staff.id and row.is_open:
        return
    if not rules.may_take(row.state):
        raise Conflict(_("En kollega har redan tagit emot den, eller så är den avslutad."))
    had_wall = row.wall is not None
    row.state = State.TAKEN
    _give_to(staff, row)
    _record(Action.TAKEN, row, by=work.staff(staff.id))
    notices.mark_seen(staff, about=row.about)
    if not had_wall:
        _no_longer_for_others(row)
    db.session.flush()


def take_over(staff: Staff, row: Consultation) -> None:
    """From a colleague, who is told. Raises Conflict when nobody has it, or it has ended."""
    _hold(row)
    before = row.taken_by
    if before is None or not rules.may_answer(row.state):
        raise Conflict(_("Ingen har den just nu. Titta på den en gång till."))
    if before.id == staff.id:
        return
    _give_to(staff, row)
    audit.record(
        Action.TAKEN_OVER, by=work.staff(staff.id), municipality_id=row.municipality_id,
        to_staff_id=before.id, about=row.about,
    )  # fmt: skip
    notices.post(
        Kind.CONSULTATION_TAKEN_OVER, [before], about=row.about,
        cause=f"consultation:{row.id}:{clock.now().timestamp():.0f}",
    )  # fmt: skip
    db.session.flush()


def _no_longer_for_others(row: Consultation) -> None:
    """It has come behind a wall: to those behind the other it leads to what they may not see."""
    now = clock.now()
    receivers = Receivers(now, queries.policy_of(row.municipality).is_closed)
    when = When.now(now, None if row.opened_wide_at else row.due_at)
    still = Whom(receivers, cast(Knock, row), ()).behind(when)
    notices.no_longer_for_others(
        row.about, besides={row.taken_by_id or "", *(one.person.id for one in still)}
    )


def _give_to(staff: Staff, row: Consultation) -> None:
    if staff.profession is None:
        raise Conflict(_("Bara den som arbetar i elevhälsan kan ta emot den."))
    row.taken_by_id, row.wall = staff.id, staff.profession.wall
    db.session.expire(row, ["taken_by"])
    waits.give(row.about, staff.id)


def release(staff: Staff, row: Consultation) -> None:
    """The others can take it. Raises Conflict when she has not got it, or has answered."""
    _require_hers(staff, row)
    if not rules.may_release(row.state, has_contact=row.contacted_at is not None):
        raise Conflict(_("Du har redan svarat. Avsluta i stället."))
    _give_back(row)
    _record(Action.RELEASED, row, by=work.staff(staff.id))
    db.session.flush()


def _give_back(row: Consultation) -> None:
    row.state, row.taken_by_id = State.WAITING, None
    row.wall = row.wanted.wall if row.wanted else None
    waits.give(row.about, None)


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
    _record(Action.ANSWERED, row, by=work.staff(staff.id))
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
    _record(action, row, by=work.staff(staff.id), reason=outcome.value)
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


# --- what comes by itself ------------------------------------------------------------------------


def climb_waits(wait_ids: Collection[str], now: datetime) -> set[str]:
    """For the sweep: a rung of each of these. Returns those for which something was done."""
    found = db.session.execute(
        select(Consultation, Wait)
        .join(Wait, Wait.about_id == Consultation.id)
        .where(Wait.id.in_(wait_ids), Wait.next_rung_at <= now)
        .order_by(Wait.next_rung_at, Wait.id)
        .with_for_update(of=(Consultation, Wait), skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row, wait in found:
        _climb(row, wait, now)
    db.session.flush()
    return {wait.id for _row, wait in found}


def _climb(row: Consultation, wait: Wait, now: datetime) -> None:
    """Those who can act are reminded. When the date has passed it opens to all of the municipality
    behind its wall, whoever coordinates is told too, and whoever asked has a new date; again each
    weekday until somebody has been in contact."""
    policy = queries.policy_of(row.municipality)
    receivers = Receivers(now, policy.is_closed)
    is_late = wait.due_at <= now
    if not is_late:
        wait.rung_hours, wait.next_rung_at = rules.REMINDED, wait.due_at
    else:
        wait.rung_hours = max(wait.rung_hours + 1, rules.LATE)
        wait.again_at = wait.next_rung_at = rules.again_at(now, policy.is_closed)
        if wait.awaited is Awaited.CONSULTATION:
            _open_wide(row, now)
    cause = f"wait:{wait.id}:{wait.rung_hours}"
    kind = _kind_of(wait, is_late=is_late)
    senast = None if is_late else wait.due_at
    told = _tell(kind, row, receivers, now, cause=cause, senast=senast)
    insert_each_once(
        [
            ClimbedRung(
                wait_id=wait.id, hours=wait.rung_hours, at=now, told=told, is_late=is_late,
                again_at=wait.again_at,
            )
        ]
    )  # fmt: skip


def _kind_of(wait: Wait, *, is_late: bool) -> Kind:
    if wait.awaited is Awaited.CONSULTATION_FOLLOW_UP:
        return Kind.CONSULTATION_FOLLOW_UP
    return Kind.CONSULTATION_LATE if is_late else Kind.CONSULTATION_WAITS


def _open_wide(row: Consultation, now: datetime) -> None:
    """Somebody took it and has not been in contact in time: now whoever is first may."""
    if row.opened_wide_at is None:
        row.opened_wide_at = now
        _record(Action.OPENED_WIDE, row, by=work.SYSTEM)
    if row.state is State.TAKEN and row.contacted_at is None:
        _give_back(row)
        _record(Action.RELEASED, row, by=work.SYSTEM)
    db.session.flush()


def _tell(
    kind: Kind,
    row: Consultation,
    receivers: Receivers,
    now: datetime,
    *,
    cause: str,
    senast: datetime | None,
) -> dict[str, int]:
    """Whoever has it, and who covers for her, or those who may take it, each when at work and in
    time; whoever coordinates of what is late, and when there is nobody else.

    senast: None: it has passed. Returns how many, by profession or "coordinator".
    """
    # What is asked of a knock here, a consultation has too, by the same names.
    whom, when = Whom(receivers, cast(Knock, row), ()), When.now(now, senast)
    hears = [*whom.taker(when), *whom.covers(when)] if row.taken_by_id else []
    hears = list({one.person.id: one for one in hears}.values()) or whom.behind(when)
    coordinators = whom.coordinators(When.now(now)) if senast is None or not hears else []
    known = {one.person.id for one in hears}
    others = [one for one in coordinators if one.person.id not in known]
    notices.post_all(
        [*_told(kind, row, hears, cause), *_told(kind, row, others, cause, Audience.COORDINATOR)]
    )
    counted: dict[str, int] = {}
    for one in hears:
        name = str(one.person.profession or Audience.COORDINATOR)
        counted[name] = counted.get(name, 0) + 1
    if others:
        counted[Audience.COORDINATOR] = len(others)
    return counted


def _told(
    kind: Kind,
    row: Consultation,
    hears: Collection[Hears],
    cause: str,
    told_as: Audience | None = None,
) -> list[notices.Told]:
    moments: dict[datetime, list[notices.Receiver]] = {}
    for one in hears:
        receiver = notices.Receiver(
            one.person.id, row.municipality_id, one.person.profession is not None
        )
        moments.setdefault(one.at, []).append(receiver)
    return [
        notices.ToStaff(kind, some, cause, row.about, told_as, at, row.due_at)
        for at, some in moments.items()
    ]


# --- whose time is up ----------------------------------------------------------------------------


def tidy() -> int:
    """Take away the texts that have had their days, and the numbers of what ended so long ago; what
    was answered and nobody has closed is closed with them. Each batch committed. Returns how many
    texts and numbers. Safe to call any number of times."""
    done = 0
    while gone := _tidy_some(clock.now() - rules.TEXT_KEPT):
        done += gone
        work.commit()
    work.commit()
    return done


def _tidy_some(before: datetime) -> int:
    try:
        return _take_texts(before) + _take_numbers(before) + _close_old(before)
    except Exception as error:  # noqa: BLE001  (the next round tries again)
        work.rollback()
        log.error("tidying consultations failed: %s", without_words(error))
        return 0


def _take_texts(before: datetime) -> int:
    rows = db.session.scalars(
        select(ConsultationText)
        .where(ConsultationText.at <= before, ConsultationText.text.is_not(None))
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.text = None
    db.session.flush()
    return len(rows)


def _take_numbers(before: datetime) -> int:
    rows = db.session.scalars(
        select(Consultation)
        .where(
            Consultation.closed_at <= before,
            or_(Consultation.phone.is_not(None), Consultation.call_when.is_not(None)),
        )
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.phone = row.call_when = None
    db.session.flush()
    return len(rows)


def _close_old(before: datetime) -> int:
    """Whoever asked has been answered, and no day is set for more."""
    rows = db.session.scalars(
        select(Consultation)
        .where(
            Consultation.state == State.TAKEN,
            Consultation.contacted_at <= before,
        )
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.state, row.closed_at = State.CLOSED, clock.now()
        waits.end(row.about)
        _record(Action.CLOSED, row, by=work.SYSTEM, reason="by_itself")
    db.session.flush()
    return len(rows)


def _record(
    action: Action, row: Consultation, *, by: work.Actor, reason: str | None = None
) -> None:
    audit.record(
        action,
        by=by,
        municipality_id=row.municipality_id,
        about=row.about,
        reason=reason,
    )
