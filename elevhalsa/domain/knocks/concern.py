"""Oro för eleven: that a concern was reported to the social services, on what ground, and when it
is followed up. What the report says stands with them and never here. Nothing here commits but
``remind``.
"""

import csv
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import ColumnElement, exists, or_, select

from elevhalsa import work
from elevhalsa.core import clock, labels
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import IN_DATA, Wall
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.identity.words import AgeBand
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import ConcernStep
from elevhalsa.domain.rows import insert_once, lock
from elevhalsa.extensions import db

from . import ladder, queries, thread
from .models import ConcernReport, Knock
from .receivers import Receivers, When, Whom
from .words import PupilTold, ReportedBy

USUALLY_AFTER = timedelta(days=14)
"""From the report to its follow-up, unless another day is chosen."""
MOST_AHEAD = timedelta(days=180)
REMINDED_EVERY = timedelta(days=7)
LAW = Path(__file__).resolve().parents[2] / "data" / "concern_law.csv"


@dataclass(frozen=True)
class Step:
    """One step of the checklist, as data: a municipality can change its text and where it leads."""

    key: str
    for_adult: bool
    wall: Wall | None
    """Behind which it holds; None: behind any."""
    law: str
    says: str
    source: str
    verified_on: date | None
    """When somebody saw the source say so; None: nobody has."""
    link: str | None = None
    is_own: bool = False
    """The text is the municipality's."""


@cache
def _usual() -> tuple[Step, ...]:
    with LAW.open(encoding="utf-8", newline="") as file:
        return tuple(
            Step(
                key=row["nyckel"],
                for_adult=row["ålder"] == "over18",
                wall=IN_DATA.get(row["sekretessområde"]),
                law=row["lag"],
                says=row["säger"],
                source=row["källa"],
                verified_on=(
                    date.fromisoformat(row["kontrollerad"]) if row["kontrollerad"] else None
                ),
            )
            for row in csv.DictReader(file, delimiter=";")
        )


def steps(municipality_id: str, wall: Wall | None = None) -> list[Step]:
    """The checklist of a municipality, behind one wall; with None, all of it."""
    query = select(ConcernStep).where(ConcernStep.municipality_id == municipality_id)
    own = {row.key: row for row in db.session.scalars(query)}
    return [
        replace(step, says=row.says or step.says, link=row.link, is_own=row.says is not None)
        if (row := own.get(step.key))
        else step
        for step in _usual()
        if wall is None or step.wall in (None, wall)
    ]


def say(staff: Staff, key: str, *, says: str, link: str) -> None:
    """What a coordinator's municipality says in one step, and where it leads; an empty text is the
    usual one.

    Raises NotFound when there is no such step, InvalidInput for what is no address of the web.
    """
    usual = next((step for step in _usual() if step.key == key), None)
    if usual is None:
        raise NotFound(_("Det steget finns inte."))
    if link and not link.startswith("https://"):
        raise InvalidInput(_("Länken ska börja med https://."))
    mine = select(ConcernStep).where(
        ConcernStep.municipality_id == staff.municipality_id, ConcernStep.key == key
    )
    row = db.session.scalar(mine.with_for_update())
    if row is None:
        row = ConcernStep(municipality_id=staff.municipality_id, key=key)
        db.session.add(row)
    own = says.strip()
    row.says, row.link = own if own and own != usual.says else None, link or None
    audit.record(
        Action.CONCERN_STEP_CHANGED,
        by=work.staff(staff.id),
        municipality_id=staff.municipality_id,
        reason=key,
    )


def reports_of(knock: Knock) -> list[ConcernReport]:
    """The newest first. Read by whoever may read the knock."""
    query = select(ConcernReport).where(ConcernReport.knock_id == knock.id)
    return list(db.session.scalars(query.order_by(ConcernReport.at.desc(), ConcernReport.id)))


def ticked(row: ConcernReport) -> list[str]:
    """What was ticked of the checklist, in its usual words."""
    return [step.says for step in _usual() if step.key in row.steps.split()]


def open_of(knock: Knock) -> list[ConcernReport]:
    """Those that nobody has followed up."""
    return [report for report in reports_of(knock) if report.followed_up_at is None]


def waits() -> ColumnElement[bool]:
    """As a condition on a knock: something about it is to be followed up, so that it stays."""
    return exists().where(
        ConcernReport.knock_id == Knock.id, ConcernReport.followed_up_at.is_(None)
    )


def report(
    staff: Staff,
    knock: Knock,
    *,
    is_adult: bool,
    ticked: Collection[str],
    way: ReportedBy,
    reported_on: date,
    reference: str,
    told: PupilTold,
    follow_up_on: date,
    form_id: str,
) -> bool:
    """Keep that a concern was reported. The same form again adds nothing and gives False.

    Raises InvalidInput for a report of a day to come, a follow-up before it or too far ahead, or an
    age that is not the one that the pupil's e-ID says.
    """
    today = clock.today()
    if knock.age_band and is_adult is not (knock.age_band is AgeBand.ADULT):
        raise InvalidInput(
            _("E-legitimationen säger: %(age)s.", age=labels.of(knock.age_band)), "age"
        )
    if reported_on > today:
        raise InvalidInput(_("Dagen för anmälan har inte kommit än."))
    if not reported_on <= follow_up_on <= today + MOST_AHEAD:
        raise InvalidInput(_("Välj en dag för uppföljning inom ett halvår."))
    lock(knock)
    asked = steps(knock.municipality_id, staff.wall)
    known = [step.key for step in asked if step.for_adult is is_adult]
    row = ConcernReport(
        id=new_id(),
        knock_id=knock.id,
        form_hash=thread.hash_form(form_id),
        staff_id=staff.id,
        is_adult=is_adult,
        steps=" ".join(key for key in known if key in ticked),
        way=way,
        reported_on=reported_on,
        reference=reference or None,
        told=told,
        follow_up_on=follow_up_on,
        at=clock.now(),
    )
    if not insert_once(row):
        return False
    audit.record(
        Action.CONCERN_REPORTED,
        by=work.staff(staff.id),
        municipality_id=knock.municipality_id,
        about=knock.about,
        reason=told.value,
    )
    return True


def follow_up(staff: Staff, knock: Knock, report_id: str) -> bool:
    """Somebody has asked what came of it: nobody is reminded any more. False when it was done
    already. Raises NotFound when the knock has no such report."""
    lock(knock)
    row = next((one for one in reports_of(knock) if one.id == report_id), None)
    if row is None:
        raise NotFound(_("Den anmälan finns inte här."))
    if row.followed_up_at:
        return False
    row.followed_up_at = clock.now()
    audit.record(
        Action.CONCERN_FOLLOWED_UP,
        by=work.staff(staff.id),
        municipality_id=knock.municipality_id,
        about=knock.about,
    )
    return True


def remind() -> int:
    """Remind of each report whose day has come, and again each week: whoever reported it, or those
    who may read the knock when she may not. Each committed. Returns how many were looked at.

    Safe to call any number of times: a report has one cause a day.
    """
    now, today = clock.now(), clock.today()
    due = select(ConcernReport.id).where(
        ConcernReport.followed_up_at.is_(None),
        ConcernReport.follow_up_on <= today,
        or_(
            ConcernReport.reminded_on.is_(None),
            ConcernReport.reminded_on <= today - REMINDED_EVERY,
        ),
    )
    done = 0
    for report_id in list(db.session.scalars(due)):
        row = db.session.get(ConcernReport, report_id, with_for_update=True, populate_existing=True)
        if row and row.followed_up_at is None and row.reminded_on != today:
            _remind_of(row, now=Receivers(now), today=today)
            done += 1
        work.commit()
    return done


def _remind_of(row: ConcernReport, *, now: Receivers, today: date) -> None:
    knock = db.session.get_one(Knock, row.knock_id)
    whom = Whom(now, knock, queries.avoided_by([knock.id])[knock.id])
    when = When.now(clock.now())
    hears = whom.behind(when)
    mine = [one for one in [*whom.taker(when), *hears] if one.person.id == row.staff_id][:1]
    if not (mine or hears):
        return  # looked for again the next time
    cause = f"concern:{row.id}:{today}"
    notices.post_all(ladder.telling(Kind.FOLLOW_UP, knock, mine or hears, [], cause=cause))
    row.reminded_on = today
