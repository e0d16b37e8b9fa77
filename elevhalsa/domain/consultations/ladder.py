"""What comes by itself while somebody waits for a talk: who is told, and when, and anew when it is
late. Nothing here commits."""

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.receivers import Hears, Receivers, When, Whom
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.promise.models import ClimbedRung, Wait
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.rows import insert_each_once
from elevhalsa.extensions import db

from . import moves, queries, rules
from .models import Consultation
from .words import State


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
    told = tell(kind, row, receivers, now, cause=cause, senast=senast)
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
        moves.record(Action.OPENED_WIDE, row, by=work.SYSTEM)
    if row.state is State.TAKEN and row.contacted_at is None:
        moves.give_back(row)
        moves.record(Action.RELEASED, row, by=work.SYSTEM)
    db.session.flush()


def tell(
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


def no_longer_for_others(row: Consultation) -> None:
    """It has come behind a wall: to those behind the other it leads to what they may not see."""
    now = clock.now()
    receivers = Receivers(now, queries.policy_of(row.municipality).is_closed)
    when = When.now(now, None if row.opened_wide_at else row.due_at)
    still = Whom(receivers, cast(Knock, row), ()).behind(when)
    notices.no_longer_for_others(
        row.about, besides={row.taken_by_id or "", *(one.person.id for one in still)}
    )
