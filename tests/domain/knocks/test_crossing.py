"""Moving a knock to the other area of secrecy: with consent or a written reason, and a trace."""

import pytest
from sqlalchemy import select, text

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, queries
from elevhalsa.domain.knocks.models import Crossing
from elevhalsa.domain.knocks.words import AttemptKind, State, Way
from elevhalsa.domain.notices.models import Notice
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored

from .waits import next_rung_of

MONDAY = at("2026-11-23 09:30")
REASON = "Hemligt skäl: eleven behöver läkare i dag"


@pytest.fixture
def town(make):
    school = make.school()
    return make.counsellor(school), make.nurse(school), make.knock(school, text="hej").knock


def test_with_consent_it_waits_behind_the_other_wall_and_the_first_side_cannot_read_it(town):
    counsellor, nurse, knock = town
    answering.take(counsellor, knock)
    answering.cross_wall(
        counsellor, knock, Wall.MEDICAL, consent=True, reason=None, shown=knock.newest
    )
    db.session.commit()
    assert (knock.wall, knock.state, knock.taken_by_id) == (Wall.MEDICAL, State.WAITING, None)
    assert queries.get_for(nurse, knock.id)
    with pytest.raises(NotFound):
        queries.get_for(counsellor, knock.id)
    told = select(Notice.staff_id).where(Notice.cause.contains("crossed"))
    assert set(db.session.scalars(told)) == {nurse.id}


@pytest.mark.parametrize("reason", [None, "", "  kort  ", " " * 40])
def test_without_consent_or_a_written_reason_it_stays(town, reason):
    counsellor, _nurse, knock = town
    answering.take(counsellor, knock)
    with pytest.raises(InvalidInput):
        answering.cross_wall(
            counsellor, knock, Wall.MEDICAL, consent=False, reason=reason, shown=knock.newest
        )
    assert (knock.wall, knock.taken_by_id) == (Wall.PSYCHOSOCIAL, counsellor.id)


def test_the_reason_is_kept_encrypted_and_the_trace_only_says_that_there_is_one(town):
    counsellor, _nurse, knock = town
    answering.take(counsellor, knock)
    answering.cross_wall(
        counsellor, knock, Wall.MEDICAL, consent=False, reason=f"  {REASON} ", shown=knock.newest
    )
    db.session.commit()
    crossing = db.session.scalars(select(Crossing)).one()
    assert (crossing.from_wall, crossing.to_wall) == (Wall.PSYCHOSOCIAL, Wall.MEDICAL)
    assert (crossing.consent, crossing.reason, crossing.staff_id) == (False, REASON, counsellor.id)
    assert "Hemligt" not in db.session.execute(text("SELECT reason FROM crossing")).scalar_one()
    assert "Hemligt" not in everything_stored()
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == Action.WALL_CROSSED)
    ).one()
    assert (event.reason, event.staff_id, event.about_id) == (
        "written_reason", counsellor.id, knock.id,
    )  # fmt: skip


def test_who_has_not_taken_it_cannot_move_it(town):
    counsellor, _nurse, knock = town
    with pytest.raises(Conflict):
        answering.cross_wall(
            counsellor, knock, Wall.MEDICAL, consent=True, reason=None, shown=knock.newest
        )


def test_the_promise_stands_when_nobody_has_been_in_touch(town):
    counsellor, _nurse, knock = town
    due = knock.due_at
    answering.take(counsellor, knock)
    answering.cross_wall(
        counsellor, knock, Wall.MEDICAL, consent=True, reason=None, shown=knock.newest
    )
    assert (knock.due_at, knock.deadline_at) == (due, due)


def test_after_contact_the_new_side_has_a_day_of_its_own(make):
    school = make.school()
    counsellor = make.counsellor(school)
    make.nurse(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school, way=Way.CALL).knock
    with clock.frozen(at("2026-11-23 13:00")):
        answering.log_attempt(counsellor, knock, AttemptKind.TALKED)
        answering.cross_wall(
            counsellor, knock, Wall.MEDICAL, consent=True, reason=None, shown=knock.newest
        )
    assert knock.awaits is Awaited.ANSWER
    assert knock.deadline_at == at("2026-11-24 13:00")
    assert next_rung_of(knock) is not None
    assert knock.due_at == at("2026-11-24 09:30")


def test_it_is_not_open_to_the_whole_other_side_because_this_side_had_nobody(make):
    school = make.school()
    nurse, nurse_elsewhere = make.nurse(school), make.nurse(make.school())
    counsellor_elsewhere = make.counsellor(make.school())
    knock = make.knock(school).knock  # wants a counsellor; the school has none
    assert knock.opened_wide_at is not None
    answering.take(counsellor_elsewhere, knock)
    answering.cross_wall(
        counsellor_elsewhere, knock, Wall.MEDICAL, consent=True, reason=None, shown=knock.newest
    )
    db.session.commit()
    assert queries.get_for(nurse, knock.id)
    with pytest.raises(NotFound):
        queries.get_for(nurse_elsewhere, knock.id)


def test_it_can_come_back_and_each_crossing_is_kept(town):
    counsellor, nurse, knock = town
    answering.take(counsellor, knock)
    answering.cross_wall(
        counsellor, knock, Wall.MEDICAL, consent=True, reason=None, shown=knock.newest
    )
    answering.answer(nurse, knock, "hej", form_id=new_id())
    answering.cross_wall(
        nurse, knock, Wall.PSYCHOSOCIAL, consent=False, reason=REASON, shown=knock.newest
    )
    db.session.commit()
    assert knock.wall is Wall.PSYCHOSOCIAL
    assert {(c.from_wall, c.consent) for c in db.session.scalars(select(Crossing))} == {
        (Wall.PSYCHOSOCIAL, True),
        (Wall.MEDICAL, False),
    }


def on_its_way_to(staff):
    """What is to leave for somebody when they are at work, or stands as new in their app."""
    waits = select(Notice).where(Notice.staff_id == staff.id, Notice.seen_at.is_(None))
    return list(db.session.scalars(waits))


@pytest.mark.parametrize("wanted", [Profession.COUNSELLOR, None])
def test_what_was_to_reach_the_side_it_has_left_in_the_morning_never_does(make, wanted):
    school = make.school()
    counsellor, colleague = make.counsellor(school), make.counsellor(school)
    nurse = make.nurse(school)
    with clock.frozen(at("2026-11-22 20:00")):
        knock = make.knock(school, wanted=wanted).knock
        assert on_its_way_to(colleague)
        if wanted:
            answering.take(counsellor, knock)
            answering.cross_wall(
                counsellor, knock, Wall.MEDICAL, consent=True, reason=None, shown=knock.newest
            )
        else:
            answering.take(nurse, knock)
        db.session.commit()
        assert on_its_way_to(colleague) == []
        assert on_its_way_to(nurse)
