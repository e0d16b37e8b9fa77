"""To open what a pupil hides, in danger to life: at once and by one person, with a written reason.

Another behind the same wall reviews it the next weekday, or whoever oversees when there is none;
whoever oversees sees that it happened and never what; the pupil is told when it is safe, and at the
latest on a day that only a new reason moves. Nothing here commits.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, delete, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import SCHOOL_WALLS, Profession, Wall, professions_behind
from elevhalsa.domain.about import About, Subject
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.knocks import answering, floods, ladder, queries, thread
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.receivers import Hears, Receivers, When, Whom
from elevhalsa.domain.knocks.words import Triage
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people import duties
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.words import Duty
from elevhalsa.domain.promise import rules as promise
from elevhalsa.domain.promise import service as waits
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.rows import insert_once, lock
from elevhalsa.extensions import db

from . import rules
from .models import Reveal
from .rules import Fault
from .words import Ground, Hidden, Verdict

REMINDED, LATE = 1, 2
"""The rungs of a review, as of a guarantee (``Wait.rung_hours``)."""
MORNING = time(8)
"""When a pupil is told on a day that was chosen, Swedish time."""


# --- what there is -------------------------------------------------------------------------------


def hidden_of(knock: Knock) -> tuple[Hidden, ...]:
    """What there is that staff do not see, never what it says."""
    return rules.hidden(
        has_login=knock.identity_id is not None,
        hides=knock.hides_identity,
        has_address=reminders.has_address(knock.id),
    )


@dataclass(frozen=True)
class Contents:
    """What was hidden, for whoever has opened it. None: it was not opened, or there is none."""

    name: str | None = None
    number: str | None = None
    phone: str | None = None
    email: str | None = None


def of(staff: Staff, knock: Knock) -> list[Reveal]:
    """What has been opened of a knock, behind the wall of who asks; the newest first."""
    query = select(Reveal).where(Reveal.knock_id == knock.id, Reveal.wall == staff.wall)
    return list(db.session.scalars(query.order_by(Reveal.at.desc(), Reveal.id)))


def get(staff: Staff, knock: Knock, reveal_id: str) -> Reveal:
    """Raises NotFound."""
    found = next((one for one in of(staff, knock) if one.id == reveal_id), None)
    if found is None:
        raise NotFound(_("Det finns inget sådant här."))
    return found


def contents(staff: Staff, row: Reveal) -> Contents | None:
    """What it opened, for whoever opened it and as long as that holds. None: for nobody else."""
    if not rules.may_see(row.facts, staff.id, clock.now()):
        return None
    opened, login = row.opened, row.knock.login
    address = reminders.address_of(row.knock_id) if Hidden.REMINDER in opened else None
    return Contents(
        name=login.name if login and Hidden.NAME in opened else None,
        number=login.number if login and Hidden.NUMBER in opened else None,
        phone=address.phone if address else None,
        email=address.email if address else None,
    )


def told(knock: Knock) -> list[Reveal]:
    """What its pupil has been told, the newest first."""
    query = select(Reveal).where(Reveal.knock_id == knock.id, Reveal.told_at.is_not(None))
    return list(db.session.scalars(query.order_by(Reveal.at.desc(), Reveal.id)))


def forget(knock: Knock) -> None:
    """The knock is purged: what was waited for of its reveals goes with them."""
    mine = select(Reveal.id).where(Reveal.knock_id == knock.id)
    ids = list(db.session.scalars(mine))
    db.session.execute(
        delete(Wait).where(Wait.about_kind == Subject.REVEAL, Wait.about_id.in_(ids))
    )


# --- to open -------------------------------------------------------------------------------------


def reveal(
    staff: Staff,
    knock: Knock,
    what: Collection[Hidden],
    ground: Ground,
    reason: str,
    *,
    form_id: str,
) -> Reveal:
    """Open at once what the pupil hides, for whoever may read the knock. The same form again opens
    nothing more. The knock is marked as urgent while it is open.

    Raises InvalidInput without anything to open or a reason, Conflict when it is not hidden (any
    more) or who opens stands behind no wall.
    """
    lock(knock)
    words = thread.checked(reason) if reason.strip() else ""
    if not what:
        raise InvalidInput(_("Kryssa i det du behöver."), "what")
    if len(words) < rules.REASON_LEAST:
        raise InvalidInput(_("Skriv varför, med en mening eller två."), "reason")
    if staff.profession is None or not set(what) <= set(hidden_of(knock)):
        raise Conflict(_("Det där är inte dolt längre. Titta på knackningen."))
    now, policy = clock.now(), policy_of(knock.municipality)
    last = rules.told_at_the_latest(clock.local(now).date())
    row = Reveal(
        id=new_id(),
        knock_id=knock.id,
        form_hash=thread.hash_form(form_id),
        staff_id=staff.id,
        profession=staff.profession,
        wall=staff.profession.wall,
        what=" ".join(one for one in Hidden if one in what),
        ground=ground,
        reason=words,
        at=now,
        due_at=rules.review_due(now, policy.is_closed),
        tell_on=last,
        tell_by=last,
    )
    if not insert_once(row):
        return _made_before(staff, knock, form_id)
    db.session.expire(knock, ["login"])  # from now on the database's walls let it through
    _record(Action.REVEALED, staff, row, "_".join(row.opened))
    if knock.is_open:
        floods.stand_alone(knock)
        if knock.triage is not Triage.URGENT:
            answering.triage(staff, knock, Triage.URGENT)
    waits.begin(
        Awaited.REVIEW,
        row.about,
        municipality_id=knock.municipality_id,
        due_at=row.due_at,
        next_rung_at=promise.reminder_at(now, row.due_at, is_closed=policy.is_closed),
        began_at=now,
    )
    _tell_on(row, knock.municipality_id)
    hears = reviewers(row, knock)
    told = ladder.telling(Kind.REVEALED, knock, hears, [], cause=f"reveal:{row.id}")
    notices.post_all([*told, *_to_overseer(Kind.REVEALED, row, knock, f"reveal:{row.id}")])
    return row


def _made_before(staff: Staff, knock: Knock, form_id: str) -> Reveal:
    made = thread.hash_form(form_id)
    return next(one for one in of(staff, knock) if one.form_hash == made)


def reviewers(row: Reveal, knock: Knock) -> list[Hears]:
    """Those who may review it because they may read the knock, and when each hears of it."""
    now = clock.now()
    avoided = queries.avoided_by([knock.id])[knock.id]
    whom, when = Whom(Receivers(now), knock, avoided, besides=row.staff_id), When.now(now)
    found = {one.person.id: one for one in [*whom.taker(when), *whom.behind(when)]}
    behind = professions_behind(row.wall)
    return [one for one in found.values() if one.person.profession in behind]


def _overseer(knock: Knock) -> Staff | None:
    """The municipality's responsible person, unless the pupil avoids them."""
    found = duties.responsible(knock.municipality_id, Duty.OVERSIGHT)
    return None if found and found.id in queries.avoided_by([knock.id])[knock.id] else found


def _to_overseer(kind: Kind, row: Reveal, knock: Knock, cause: str) -> list[notices.Told]:
    """Of no knock: whoever oversees reads none."""
    found = _overseer(knock)
    return [notices.ToStaff(kind, [found], cause, due_at=row.due_at)] if found else []


# --- to review -----------------------------------------------------------------------------------


def may_review(staff: Staff, row: Reveal) -> bool:
    """Of one behind the same wall, who may read the knock."""
    return rules.may_review(
        row.facts, staff.id, reads=staff.wall is row.wall, oversees=False, others=True,
        is_late=row.due_at <= clock.now(),
    )  # fmt: skip


def review(staff: Staff, knock: Knock, reveal_id: str, verdict: Verdict, note: str) -> None:
    """Another has looked at it. Raises NotFound; Conflict when she may not, or somebody has."""
    row = get(staff, knock, reveal_id)
    lock(row)
    _require_unreviewed(row)
    if not may_review(staff, row):
        raise Conflict(_("Du öppnade det själv. En annan granskar."))
    _reviewed(staff, row, verdict, note)


def _require_unreviewed(row: Reveal) -> None:
    if row.verdict is not None:
        raise Conflict(_("Det är redan granskat."))


def _reviewed(staff: Staff, row: Reveal, verdict: Verdict, note: str) -> None:
    words = thread.checked(note) if note.strip() else None
    row.verdict, row.note = verdict, words
    row.reviewer_id, row.reviewed_at = staff.id, clock.now()
    waits.end(row.about, (Awaited.REVIEW,))
    _record(Action.REVEAL_REVIEWED, staff, row, verdict.value)


@dataclass(frozen=True)
class Happened:
    """That something was opened, for whoever oversees: never of whom, nor why."""

    id: str
    at: datetime
    name: str
    """Whose deed it was."""
    profession: Profession
    what: tuple[Hidden, ...]
    due_at: datetime
    verdict: Verdict | None
    reviewed_at: datetime | None
    told_at: datetime | None
    tell_by: date
    may_review: bool = False
    """By whoever asks: nobody behind the wall can, or has in time."""


def for_overseer(overseer: Staff) -> list[Happened]:
    """All of a municipality, or behind the wall that one answers for; without those of a pupil who
    avoids the overseer. The newest first. That they were shown is an event."""
    found = _happened(overseer)
    if duties.held_by(overseer):
        audit.record(Action.LOG_SHOWN, reason="reveals", municipality_id=overseer.municipality_id)
    return found


def happened(overseer: Staff, reveal_id: str) -> Happened:
    """Raises NotFound."""
    found = next((one for one in _happened(overseer) if one.id == reveal_id), None)
    if found is None:
        raise NotFound(_("Det finns inget sådant här."))
    return found


def _happened(overseer: Staff) -> list[Happened]:
    seats = duties.held_by(overseer)
    oversees = duties.holds(overseer, Duty.OVERSIGHT)
    behind: list[Wall] = (
        list(SCHOOL_WALLS) if oversees else [seat.wall for seat in seats if seat.wall]
    )
    query = (
        select(
            Reveal.id, Reveal.at, Reveal.profession, Reveal.what, Reveal.due_at, Reveal.verdict,
            Reveal.reviewed_at, Reveal.told_at, Reveal.tell_by, Staff, Knock,
        )
        .join(Knock, Knock.id == Reveal.knock_id)
        .join(Staff, Staff.id == Reveal.staff_id)
        .where(
            Knock.municipality_id == overseer.municipality_id,
            Reveal.wall.in_(behind),
            ~queries.avoids(overseer.id),
        )
        .order_by(Reveal.at.desc(), Reveal.id)
        .options(*queries.WITHOUT_WORDS)
    )  # fmt: skip
    with work.beyond(work.Beyond.REVEAL):
        rows = db.session.execute(query).all()
        return [_seen_by(overseer, row, oversees=oversees) for row in rows]


def _seen_by(overseer: Staff, row: Row[*tuple[Any, ...]], *, oversees: bool) -> Happened:
    is_late = row.due_at <= clock.now()
    may = oversees and rules.may_review(
        rules.Opened(row.Staff.id, row.at, row.verdict),
        overseer.id,
        reads=False,
        oversees=True,
        others=not is_late and bool(reviewers(db.session.get_one(Reveal, row.id), row.Knock)),
        is_late=is_late,
    )
    return Happened(
        id=row.id,
        at=row.at,
        name=row.Staff.name,
        profession=row.profession,
        what=tuple(one for one in Hidden if one in row.what.split()),
        due_at=row.due_at,
        verdict=row.verdict,
        reviewed_at=row.reviewed_at,
        told_at=row.told_at,
        tell_by=row.tell_by,
        may_review=may,
    )


def review_as_overseer(overseer: Staff, reveal_id: str, verdict: Verdict, note: str) -> None:
    """When nobody behind the wall can, or has in time. Raises NotFound; Conflict when somebody has,
    or still can."""
    found = happened(overseer, reveal_id)
    with work.beyond(work.Beyond.REVEAL):
        row = db.session.get_one(Reveal, reveal_id)
        lock(row)
        _require_unreviewed(row)
        if not found.may_review:
            raise Conflict(_("Någon i samma del kan granska det än."))
        _reviewed(overseer, row, verdict, note)
        db.session.flush()


# --- to tell the pupil ---------------------------------------------------------------------------


def tell_now(staff: Staff, knock: Knock, reveal_id: str) -> None:
    """It is safe: the pupil is told. Telling twice is telling once. Raises NotFound."""
    row = get(staff, knock, reveal_id)
    lock(row)
    if row.told_at is None:
        _tell(row, knock, by=work.staff(staff.id))


def wait_to_tell(staff: Staff, knock: Knock, reveal_id: str, day: date, reason: str) -> None:
    """Not before that day. Raises NotFound; InvalidInput for a day that cannot be, or past the last
    one without a reason; Conflict when the pupil has been told."""
    row = get(staff, knock, reveal_id)
    lock(row)
    if row.told_at:
        raise Conflict(_("Eleven har redan fått veta det."))
    words = thread.checked(reason) if reason.strip() else ""
    fault = rules.fault_of_day(
        day, today=clock.today(), last=row.tell_by,
        has_reason=len(words) >= rules.REASON_LEAST,
    )  # fmt: skip
    if fault:
        raise InvalidInput(_said_of(fault, row), "reason" if fault is Fault.NO_REASON else "day")
    row.tell_on, row.tell_by = day, max(day, row.tell_by)
    row.wait_reason = words or row.wait_reason
    waits.end(row.about, (Awaited.TELLING,))
    _tell_on(row, knock.municipality_id)
    _record(Action.REVEAL_POSTPONED, staff, row, f"to_{day}")


def _said_of(fault: Fault, row: Reveal) -> str:
    if fault is Fault.PASSED:
        return _("Välj en dag som kommer. Ska eleven få veta det i dag väljer du Berätta nu.")
    if fault is Fault.TOO_FAR:
        return _("Vänta högst %(days)s dagar åt gången.", days=rules.TOLD_WITHIN.days)
    return _("Det är senare än sista dagen. Skriv varför det inte är säkert att berätta.")


def _tell_on(row: Reveal, municipality_id: str) -> None:
    """The sweep tells on the day, and reminds whoever can move it of the last."""
    at = datetime.combine(row.tell_on, MORNING, clock.STOCKHOLM)
    waits.begin(
        Awaited.TELLING,
        row.about,
        municipality_id=municipality_id,
        due_at=at,
        next_rung_at=max(clock.now(), at - timedelta(days=1)),
    )


def _tell(row: Reveal, knock: Knock, *, by: work.Actor) -> None:
    row.told_at = clock.now()
    waits.end(row.about, (Awaited.TELLING,))
    audit.record(
        Action.REVEAL_TOLD,
        by=by,
        municipality_id=knock.municipality_id,
        about=knock.about,
    )
    ladder.tell_pupil(knock, Kind.REVEALED, cause=f"reveal:{row.id}")


def _record(action: Action, staff: Staff, row: Reveal, reason: str) -> None:
    audit.record(
        action,
        by=work.staff(staff.id),
        municipality_id=staff.municipality_id,
        about=About.knock(row.knock_id),
        reason=reason,
    )


# --- what comes by itself ------------------------------------------------------------------------


def climb_waits(wait_ids: Collection[str], now: datetime) -> set[str]:
    """For the sweep: a rung of each of these. Returns those for which something was done."""
    found = db.session.execute(
        select(Reveal, Wait)
        .join(Wait, Wait.about_id == Reveal.id)
        .where(Wait.id.in_(wait_ids), Wait.next_rung_at <= now)
        .order_by(Wait.next_rung_at, Wait.id)
        .with_for_update(of=(Reveal, Wait), skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row, wait in found:
        climb = _climb_review if wait.awaited is Awaited.REVIEW else _climb_telling
        climb(row, wait, now)
    db.session.flush()
    return {wait.id for _row, wait in found}


def _climb_review(row: Reveal, wait: Wait, now: datetime) -> None:
    """Those who can review are reminded; when its date has passed whoever oversees is too, and both
    again each weekday until somebody has."""
    knock, is_late = row.knock, wait.due_at <= now
    wait.rung_hours = max(wait.rung_hours + 1, LATE) if is_late else REMINDED
    wait.again_at = rules.review_due(now, policy_of(knock.municipality).is_closed)
    wait.next_rung_at = wait.again_at if is_late else wait.due_at
    hears, cause = reviewers(row, knock), f"wait:{wait.id}:{wait.rung_hours}"
    told = ladder.telling(Kind.REVIEW_WAITS, knock, hears, [], cause=cause)
    if is_late or not hears:
        told += _to_overseer(Kind.REVIEW_WAITS, row, knock, cause)
    notices.post_all(told)


def _climb_telling(row: Reveal, wait: Wait, now: datetime) -> None:
    """The day before, those who can move it hear that it comes; on the day the pupil is told."""
    knock = row.knock
    if wait.due_at <= now:
        _tell(row, knock, by=work.SYSTEM)
        return
    wait.rung_hours, wait.next_rung_at = REMINDED, wait.due_at
    hears = [*reviewers(row, knock), *_herself(row, knock)]
    told = ladder.telling(Kind.TELLING_NEAR, knock, hears, [], cause=f"wait:{wait.id}:1")
    notices.post_all(told)


def _herself(row: Reveal, knock: Knock) -> list[Hears]:
    """Whoever opened it, while she may read the knock."""
    now = clock.now()
    whom = Whom(Receivers(now), knock, queries.avoided_by([knock.id])[knock.id])
    some = [*whom.taker(When.now(now)), *whom.behind(When.now(now))]
    return [one for one in some if one.person.id == row.staff_id][:1]
