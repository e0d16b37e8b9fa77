"""What remains of a knock that is purged: a row of figures."""

from datetime import datetime

from sqlalchemy import and_, case, delete, or_, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.knocks import guarantees, identified
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.notices.models import About, Kind, Notice
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.reveals import service as reveals
from elevhalsa.extensions import db

from . import rules
from .models import KnockFigure


def replace_by_figures(knock: Knock) -> None:
    """Its content goes, with all that points at it; a row of figures and its trace remain. Whether
    it is due is asked by whoever calls (domain.purging)."""
    if not knock.was_dismissed:  # of a flood no figure says anything of a school
        db.session.add(_figure(knock))
    audit.record(
        Action.PURGED, by=work.SYSTEM, municipality_id=knock.municipality_id, about=knock.about
    )
    reveals.forget(knock)
    db.session.execute(delete(Notice).where(Notice.is_about(knock.about)))
    db.session.execute(delete(Wait).where(Wait.about_id == knock.id))
    db.session.execute(delete(Knock).where(Knock.id == knock.id))
    db.session.expunge(knock)
    if knock.identity_id:
        identified.forget_unused(knock.identity_id)


def _figure(knock: Knock) -> KnockFigure:
    day = clock.local(knock.knocked_at).date()
    first_day, last_day = rules.period_of(day)
    return KnockFigure(
        municipality_id=knock.municipality_id,
        school_id=knock.school_id,
        first_day=first_day,
        last_day=last_day,
        in_break=places.current_break(knock.school_id, knock.municipality_id, day) is not None,
        wanted=knock.wanted,
        answered_by=_answered_by(knock),
        wall=knock.wall,
        way=knock.way,
        kept=knock.was_kept,
        late=knock.came_late(knock.closed_at or clock.now()),
        told=rules.was_told(knock.contacted_at, _told_late(knock.id)),
        guarantees_kept=guarantees.all_kept(knock),
        opened_wide=knock.opened_wide_at is not None,
        reached=knock.reached_at is not None,
        hours_to_contact=(
            rules.whole_hours(
                policy_of(knock.municipality).counted_hours(knock.knocked_at, knock.kept_at)
            )
            if knock.kept_at
            else None
        ),
        outcome=knock.outcome,
    )


def _answered_by(knock: Knock) -> Profession | None:
    attempts = sorted(knock.attempts, key=lambda attempt: not attempt.on_chosen_way)
    return attempts[0].staff.profession if attempts else None


def _told_late(knock_id: str) -> list[datetime]:
    """When messages to the pupil that we are late left for a browser or an address, and when the
    pupil had the page on a screen after one was due. What left for a browser that has been
    forgotten since is not known any more: the figure says who was told at least."""
    sent = and_(Notice.parent_id.is_not(None), Notice.sent_at.is_not(None))
    return list(
        db.session.scalars(
            select(case((sent, Notice.sent_at), else_=Notice.seen_at)).where(
                Notice.is_about(About.knock(knock_id)),
                Notice.kind == Kind.PROMISE_LATE,
                Notice.staff_id.is_(None),
                or_(sent, Notice.seen_at.is_not(None)),
            )
        )
    )
