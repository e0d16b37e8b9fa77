"""The baton is handed over, accepted or not, taken back and extended. Who acts is the first
argument; nothing here commits. What somebody had moves with it (``moves``): at once, and every
minute by the worker.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.core.i18n import day as said
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.rows import insert_once, lock
from elevhalsa.domain.serving import service as serving
from elevhalsa.domain.serving.models import Cover
from elevhalsa.domain.serving.rules import Days
from elevhalsa.domain.serving.service import MOST_DAYS, require_arranges
from elevhalsa.domain.serving.words import Standing
from elevhalsa.extensions import db

from . import moves, queries
from .models import Carried
from .queries import Asked


def hand_over(
    by: Staff,
    giver: Staff,
    receivers: Collection[Staff],
    schools: Sequence[School] | None,
    first: date,
    last: date,
    *,
    is_away: bool,
) -> None:
    """Ask colleagues to answer instead of ``giver`` from one day to another, both included. It
    holds for each who says yes (``accept``). The same asked twice is asked once.

    schools: None: all that the giver has. is_away: the giver is away on those days.
    Raises InvalidInput for days that have passed or end before they begin, for schools that are not
    the giver's, for nobody, and for whoever may not be asked (``queries.colleagues``), does not
    work here then, or was asked for some of the days already.
    """
    require_arranges(by, giver)
    lock(giver)
    _check_days(first, last)
    mine = {assignment.school_id for assignment in giver.assignments}
    if schools is not None and (not schools or {school.id for school in schools} - mine):
        raise InvalidInput(_("Välj bland skolorna i listan."), "schools")
    if not receivers:
        raise InvalidInput(_("Välj minst en kollega."), "to")
    if {one.id for one in receivers} - {one.staff.id for one in queries.colleagues(giver)}:
        raise InvalidInput(_("Välj en kollega inom samma sekretessområde."), "to")
    school_ids: list[str | None] = [None] if schools is None else [school.id for school in schools]
    asked = [one for one in receivers if _is_new(giver, one, school_ids, Days(first, last))]
    if is_away:
        serving.be_away_besides(by, giver, first, last)
    ask(by, giver, asked, school_ids, Days(first, last))


def _check_days(first: date, last: date) -> None:
    if first < clock.today():
        raise InvalidInput(_("Dagen har varit. Välj i dag eller en senare dag."), "begins")
    if last < first:
        raise InvalidInput(_("Sista dagen är före den första."), "ends")
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput(_("Välj högst ett år i taget."), "ends")


def _is_new(giver: Staff, receiver: Staff, school_ids: list[str | None], days: Days) -> bool:
    """False when the same has been asked already."""
    if days.last and not receiver.works_on(days.last):
        raise InvalidInput(_("%(who)s arbetar inte här alla dagarna.", who=receiver.name), "to")
    rows = db.session.scalars(
        select(Cover).where(
            Cover.absent_id == giver.id, Cover.cover_id == receiver.id, Cover.ended_at.is_(None)
        )
    ).all()
    clashing = [
        row
        for row in rows
        if days.meets(Days(row.starts_on, row.ends_on))
        and (row.school_id is None or None in school_ids or row.school_id in school_ids)
    ]
    same = {
        row.school_id for row in clashing if (row.starts_on, row.ends_on) == (days.first, days.last)
    }
    if clashing and same == set(school_ids):
        return False
    if clashing:
        raise InvalidInput(
            _("%(who)s är redan tillfrågad för dagar fram till %(day)s.",
              who=receiver.name, day=said(max(row.ends_on for row in clashing))),
            "to",
        )  # fmt: skip
    return True


def ask(
    by: Staff, giver: Staff, receivers: Collection[Staff], school_ids: list[str | None], days: Days
) -> None:
    """Ask each, and tell them. school_ids: as ``Cover.school_id``. The caller has looked
    whether they may be asked."""
    baton_id = new_id()
    for receiver in receivers:
        rows = [
            Cover(
                id=new_id(),
                baton_id=baton_id,
                absent=giver,
                cover=receiver,
                school_id=school_id,
                starts_on=days.first,
                ends_on=days.last,
            )
            for school_id in school_ids
        ]
        db.session.add_all(rows)
        db.session.flush()
        moves.note(rows[0], by=work.staff(by.id))
    notices.post(Kind.COVER_ASKED, list(receivers), cause=f"cover asked:{baton_id}")


def accept(staff: Staff, baton_id: str) -> None:
    """Say yes. Saying it twice is saying it once.

    Raises NotFound for what one was not asked, Conflict when it has been taken back or is over,
    NotAllowed when one stands behind another wall by now.
    """
    asked = queries.one_asked(staff, baton_id)
    if staff.wall is None or staff.wall is not asked.absent.wall:
        raise NotAllowed(_("Du kan inte vara ersättare här."))
    _hold(asked)
    if asked.rows[0].ended_at or asked.last < clock.today():
        raise Conflict(_("Batongen är tillbakatagen, eller så är dagarna över."))
    if asked.rows[0].accepted_at:
        return
    for row in asked.rows:
        row.accepted_at = clock.now()
    _answered(staff, asked)


def decline(staff: Staff, baton_id: str) -> None:
    """Say no; of what one has said yes to, that one cannot after all: it waits for the others, and
    the coordinators know. Raises NotFound as ``accept``."""
    asked = queries.one_asked(staff, baton_id)
    _hold(asked)
    if asked.rows[0].ended_at:
        return
    held = asked.rows[0].accepted_at is not None
    for row in asked.rows:
        moves.end(row, Standing.GIVEN_BACK if held else Standing.DECLINED)
    if held:
        moves.tell_of_loss(asked.rows[0], cause=f"cover lost:{baton_id}:{staff.id}")
    _answered(staff, asked, is_told=not held)


def _answered(staff: Staff, asked: Asked, *, is_told: bool = True) -> None:
    moves.note(asked.rows[0], by=work.staff(staff.id))
    giver = asked.absent
    if is_told and giver.works_on(clock.today()):
        cause = f"cover answer:{asked.baton_id}:{staff.id}"
        notices.post(Kind.COVER_ANSWERED, [giver], cause=cause)
    moves.settle(giver)


def take_back(by: Staff, giver: Staff, baton_id: str, cover_id: str, *, is_here: bool) -> None:
    """End it before its days are over: what went along comes back. Whoever was asked is told.

    is_here: the giver is at work again, whatever was said of absence.
    Raises NotFound for what that person has not handed over.
    """
    require_arranges(by, giver)
    asked = queries.one_given(giver, baton_id, cover_id)
    _hold(asked)
    if asked.rows[0].ended_at:
        return
    for row in asked.rows:
        moves.end(row, Standing.TAKEN_BACK)
    moves.note(asked.rows[0], by=work.staff(by.id))
    if asked.cover.works_on(clock.today()):
        cause = f"cover ended:{baton_id}:{cover_id}"
        notices.post(Kind.COVER_ENDED, [asked.cover], cause=cause)
    if is_here:
        today = clock.today()
        for absence in serving.absences_of(giver):
            if absence.starts_on <= today:
                serving.come_back(by, giver, absence)
    moves.settle(giver)


def extend(by: Staff, giver: Staff, baton_id: str, cover_id: str, last: date) -> None:
    """Ask the same cover, for the same schools, for the days after its last until another. What
    has been accepted holds as it did. Where the giver is away on the last day, so on those.

    Raises InvalidInput for a day that is not later, NotFound and more as ``take_back``.
    """
    require_arranges(by, giver)
    asked = queries.one_given(giver, baton_id, cover_id)
    if not asked.is_live:
        raise NotFound(_("Batongen finns inte längre."))
    if last <= asked.last:
        raise InvalidInput(_("Välj en dag efter %(day)s.", day=said(asked.last)), "last")
    away = any(one.ends_on >= asked.last >= one.starts_on for one in serving.absences_of(giver))
    schools = [row.school for row in asked.rows if row.school]
    hand_over(by, giver, [asked.cover], schools or None, asked.last + timedelta(days=1), last,
              is_away=away)  # fmt: skip


def _hold(asked: Asked) -> None:
    for row in asked.rows:
        lock(row)


def note_of(staff: Staff, knock: Knock) -> str | None:
    """What one has written for the cover."""
    row = _carried(staff, knock)
    return row.note if row else None


def _carried(staff: Staff, knock: Knock) -> Carried | None:
    mine = (Carried.knock_id == knock.id, *queries.is_open_of(staff.id))
    return db.session.scalar(select(Carried).where(*mine))


def write_note(staff: Staff, knock: Knock, text: str) -> None:
    """What the cover is to know of one knock; it goes along with it, and is read by the two alone.
    An empty one takes it away. Raises Conflict when one has it no longer."""
    lock(knock)
    if knock.taken_by_id != staff.id or not knock.is_open:
        raise Conflict(_("Du har inte knackningen längre."))
    text = text.strip()
    if text:
        insert_once(
            Carried(id=new_id(), knock_id=knock.id, giver_id=staff.id, school_id=knock.school_id)
        )
    row = _carried(staff, knock)
    if row:
        row.note = text or None
