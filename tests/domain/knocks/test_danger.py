"""Fara för liv: what was done is kept with the knock; nobody whom the wall keeps out is told."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.walls import SCHOOL_WALLS, Wall
from elevhalsa.domain import purging
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, danger
from elevhalsa.domain.knocks.models import DangerNote, Knock
from elevhalsa.domain.knocks.words import Measure, Outcome, Triage
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.serving.models import Absence
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored

MONDAY = at("2026-11-23 09:30")
WORDS = "Hemliga ord om vad som gjordes"


def notes(staff, knock: Knock, *measures: Measure, **values) -> int:
    given: dict[str, Any] = {
        "text": "", "done_at": clock.now(), "tells": False, "form_id": new_id(),
    } | values  # fmt: skip
    told = danger.note(staff, knock, measures, **given)
    db.session.commit()
    return told


def told_of(kind: Kind) -> set[str | None]:
    found = select(Notice.staff_id).where(Notice.kind == kind, Notice.channel == Channel.APP)
    return set(db.session.scalars(found))


def test_who_is_told_hears_of_it_at_work_and_only_who_hears_now_is_counted(make):
    school = make.school()
    staff, colleague = make.counsellor(school), make.counsellor(school)
    for moment, told in ((MONDAY, 1), (at("2026-11-23 21:00"), 0)):
        with clock.frozen(moment):
            knock = make.knock(school, wanted=staff.profession).knock
            assert notes(staff, knock, Measure.CALLED_112, tells=True) == told
        mine = (Notice.about_id == knock.id, Notice.kind == Kind.DANGER)
        [letter] = db.session.scalars(select(Notice).where(*mine, Notice.channel == Channel.EMAIL))
        assert letter.staff_id == colleague.id
        assert letter.not_before == (moment if told else at("2026-11-24 08:00"))


def test_a_note_is_kept_once_makes_it_urgent_is_an_event_of_each_thing_and_is_purged(make):
    school = make.school()
    staff = make.counsellor(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school, text="Jag orkar inte mer").knock
        due = knock.due_at
        form_id, done_at = new_id(), MONDAY - timedelta(minutes=5)
        for _twice in range(2):
            notes(staff, knock, Measure.TALKED, Measure.CALLED_112, text=WORDS,
                  form_id=form_id, done_at=done_at)  # fmt: skip
        [note] = danger.notes_of(knock)
        assert note.done == [Measure.CALLED_112, Measure.TALKED]
        assert (note.text, note.done_at, note.at) == (WORDS, done_at, MONDAY)
        assert (knock.triage, knock.due_at) == (Triage.URGENT, due)
        assert WORDS not in everything_stored()
        mine = AuditEvent.action.in_([Action.DANGER_NOTED, Action.TRIAGED])
        events = db.session.scalars(select(AuditEvent).where(mine).order_by(AuditEvent.id)).all()
        assert [e.reason for e in events] == ["called_112", "talked", "urgent"]
        assert {(e.staff_id, e.about_id) for e in events} == {(staff.id, knock.id)}
        answering.take(staff, knock)
        answering.close(staff, knock, Outcome.TALKED, shown=knock.newest)
        db.session.commit()
    with clock.frozen(MONDAY + timedelta(days=400)):
        assert purging.purge() == 1
    assert db.session.scalar(select(func.count()).select_from(DangerNote)) == 0


def test_colleagues_hear_of_it_only_if_chosen_and_nobody_else_does(make):
    school = make.school()
    staff, colleague, away, avoided = (make.counsellor(school) for _ in range(4))
    make.nurse(school)
    make.coordinator()
    make.counsellor(make.school())
    with clock.frozen(MONDAY):
        until = MONDAY.date() + timedelta(days=13)
        db.session.add(Absence(staff_id=away.id, starts_on=MONDAY.date(), ends_on=until))
        knock = make.knock(school, avoid_staff_ids=(avoided.id,)).knock
        assert notes(staff, knock, Measure.CALLED_112) == 0
        assert told_of(Kind.DANGER) == set()
        assert notes(staff, knock, Measure.CALLED_112, tells=True) == 1
        assert told_of(Kind.DANGER) == {colleague.id}


def test_of_what_has_ended_a_note_is_kept_and_nothing_else_changes(make):
    school = make.school()
    staff = make.counsellor(school)
    knock = make.knock(school).knock
    asking.withdraw(knock, shown=None)
    notes(staff, knock, text=WORDS)
    assert knock.triage is None
    assert [note.text for note in danger.notes_of(knock)] == [WORDS]


def test_a_note_of_nothing_is_none(make):
    school = make.school()
    staff, knock = make.counsellor(school), make.knock(school).knock
    with pytest.raises(InvalidInput):
        notes(staff, knock, text="  ")
    assert danger.notes_of(knock) == []


def test_what_was_written_last_is_all_since_the_last_answer_and_some_of_before(make):
    school = make.school()
    staff = make.counsellor(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school, text="1").knock
    for minute in range(1, 8):
        with clock.frozen(MONDAY + timedelta(minutes=minute)):
            if minute == 3:
                answering.answer(staff, knock, "svar", form_id=new_id())
            else:
                asking.write(knock, f"{minute + 1}", form_id=new_id())
            db.session.commit()
    assert [m.text for m in danger.latest_texts(knock)] == ["8", "7", "6", "5"]
    assert danger.last_seen(knock) == MONDAY + timedelta(minutes=7)


@pytest.mark.parametrize("wall", SCHOOL_WALLS)
def test_every_law_that_is_named_says_where_it_was_read_or_that_nobody_has_read_it(wall):
    known = danger.grounds(None)
    assert all(ground.law and ground.says and ground.source for ground in known)
    assert {ground.wall for ground in known} == {
        None,
        *SCHOOL_WALLS,
        Wall.SOCIAL_SERVICES,
        Wall.HEALTH_CARE,
    }
    assert {g.wall for g in danger.grounds(wall)} == {None, wall}
    assert all(g.verified_on is None or g.verified_on <= clock.today() for g in known)
