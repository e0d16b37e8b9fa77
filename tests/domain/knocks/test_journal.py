"""What belongs in the record system is noted before it goes, and leaves in a file with a trace."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import NotAllowed
from elevhalsa.core.walls import KEEPS_RECORDS, SCHOOL_PROFESSIONS, Profession, Wall
from elevhalsa.domain import purging
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, danger, journal, unrecorded
from elevhalsa.domain.knocks.models import Avoided, Knock
from elevhalsa.domain.knocks.words import AttemptKind, Journal, Measure, Outcome
from elevhalsa.domain.meetings import service as meetings
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay
from elevhalsa.domain.notices.models import Kind, Notice
from elevhalsa.extensions import db
from tests.domain.helpers import at

MONDAY = at("2026-11-23 09:30")
LONG_AFTER = MONDAY + timedelta(days=400)


def answered_and_closed(make, profession: Profession):
    school = make.school()
    staff = make.staff(profession, [school])
    knock = make.knock(school, wanted=profession, text="Hemliga ord").knock
    answering.answer(staff, knock, "Hej.", form_id=new_id())
    answering.close(staff, knock, Outcome.TALKED, shown=knock.newest)
    db.session.commit()
    return staff, knock


@pytest.mark.parametrize("profession", SCHOOL_PROFESSIONS)
def test_nothing_of_who_must_keep_records_is_purged_before_it_is_noted(make, profession):
    with clock.frozen(MONDAY):
        staff, knock = answered_and_closed(make, profession)
        assert journal.is_due(knock) == (profession in KEEPS_RECORDS)
    with clock.frozen(LONG_AFTER):
        assert purging.purge() == (profession not in KEEPS_RECORDS)
        if profession in KEEPS_RECORDS:
            journal.note(staff, knock, Journal.NOTHING)
            db.session.commit()
            assert purging.purge() == 1


def in_danger(staff, knock):
    danger.note(
        staff, knock, [Measure.TALKED], "", done_at=clock.now(), tells=False, form_id=new_id()
    )


def meets(staff, knock):
    time = Offer(clock.now() + timedelta(hours=2), 30, MeetingWay.ROOM, "Rum 1")
    proposal = meetings.propose(staff, knock, [time])
    meetings.pick(knock, proposal.id, proposal.slots[0].id)


@pytest.mark.parametrize("contact", [in_danger, meets])
def test_every_way_to_have_been_in_contact_is_one_that_is_asked_about(make, contact):
    with clock.frozen(MONDAY):
        school = make.school()
        nurse = make.nurse(school)
        knock = make.knock(school, wanted=Profession.NURSE).knock
        answering.take(nurse, knock)
        contact(nurse, knock)
        db.session.commit()
    with clock.frozen(MONDAY + timedelta(hours=3)):
        asking.withdraw(knock, shown=knock.newest)
        db.session.commit()
        assert journal.is_due(knock)
        assert unrecorded.of(nurse) == [knock]
    with clock.frozen(LONG_AFTER):
        assert purging.purge() == 0
        assert set(unrecorded_reminded()) == {nurse.id}


def unrecorded_reminded():
    unrecorded.remind()
    kind = Notice.kind == Kind.JOURNAL_DUE
    return db.session.scalars(select(Notice.staff_id).where(kind)).all()


KINDS = {None: None, "answer": Profession.NURSE, "talk": Profession.COUNSELLOR}
WORLDS = st.lists(
    st.tuples(st.sampled_from(list(KINDS)), st.sampled_from(["no mark", "before", "after"])),
    min_size=2, max_size=4,
)  # fmt: skip


@settings(
    max_examples=settings.default.max_examples // 8, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(WORLDS)
def test_the_word_on_one_knock_is_of_that_knock_alone(make, world):
    school = make.school()
    staff = {one: make.staff(one, [school]) for one in KINDS.values() if one}
    due = set()
    with clock.frozen(MONDAY):
        wanted = [KINDS[how] or Profession.NURSE for how, _mark in world]
        knocks = [make.knock(school, wanted=one).knock for one in wanted]
    for knock, (how, mark) in zip(knocks, world, strict=True):
        nurse = staff[Profession.NURSE] if Profession.NURSE in staff else make.nurse(school)
        staff[Profession.NURSE] = nurse
        who = staff.get(KINDS[how]) if how else None
        for hours, what in ((1, "before"), (2, how), (3, "after")):
            with clock.frozen(MONDAY + timedelta(hours=hours)):
                if what == mark:
                    journal.note(nurse, knock, Journal.RECORDED)
                elif what == how and who:
                    answering.answer(who, knock, "Hej.", form_id=new_id())
        if who and who.keeps_records and mark != "after":
            due.add(knock.id)
    db.session.commit()
    assert {knock.id for knock in knocks if journal.is_due(knock)} == due
    with clock.frozen(MONDAY + timedelta(hours=5)):
        for knock in knocks:
            if knock.is_open:
                asking.withdraw(knock, shown=knock.newest)
        db.session.commit()
    with clock.frozen(LONG_AFTER):
        purging.purge()
    ours = Knock.id.in_([knock.id for knock in knocks])
    assert set(db.session.scalars(select(Knock.id).where(ours))) == due


def test_whom_another_pupil_avoids_or_who_serves_another_school_is_still_or_not_the_reader(make):
    with clock.frozen(MONDAY):
        staff, knock = answered_and_closed(make, Profession.NURSE)
        counsellor = make.counsellor(knock.school)
        others = make.knock(knock.school).knock
        db.session.add(Avoided(knock_id=others.id, staff_id=staff.id))
        db.session.commit()
        assert not journal.may_note(counsellor, knock)
        # It is moved to a school that she does not serve, and knocks at hers are none of its.
        knock.school_id, knock.taken_by_id = make.school().id, None
        db.session.commit()
        assert journal.may_note(counsellor, knock)


def test_only_who_keeps_records_says_so_unless_none_of_them_can(make):
    with clock.frozen(MONDAY):
        school = make.school()
        psychologist, counsellor = (
            make.staff(Profession.PSYCHOLOGIST, [school]), make.counsellor(school),
        )  # fmt: skip
        knock = make.knock(school, wanted=Profession.PSYCHOLOGIST).knock
        answering.answer(psychologist, knock, "Hej.", form_id=new_id())
        asking.withdraw(knock, shown=knock.newest)
        db.session.commit()
        with pytest.raises(NotAllowed):
            journal.note(counsellor, knock, Journal.NOTHING)
        db.session.rollback()
        assert journal.is_due(knock)
        psychologist.active = False
        db.session.commit()
        journal.note(counsellor, knock, Journal.NOTHING)
        assert not journal.is_due(knock)


def test_the_extract_tells_of_the_meeting_and_where_it_was_moved(make):
    with clock.frozen(MONDAY):
        school = make.school()
        nurse = make.nurse(school)
        knock = make.knock(school, wanted=Profession.NURSE).knock
        answering.answer(nurse, knock, "Hej.", form_id=new_id())
        meets(nurse, knock)
        answering.cross_wall(
            nurse, knock, Wall.PSYCHOSOCIAL, consent=True, reason="", shown=knock.newest
        )
        text = journal.extract(nurse, knock).as_text()
    assert f"11.30, {nurse.name}" in text
    assert "Flyttad till Psykosociala delen" in text


def test_a_contact_after_the_note_is_to_be_noted_too(make):
    with clock.frozen(MONDAY):
        staff, knock = answered_and_closed(make, Profession.NURSE)
        journal.note(staff, knock, Journal.RECORDED)
        db.session.commit()
        assert not journal.is_due(knock)
    with clock.frozen(MONDAY + timedelta(hours=1)):
        asking.write(knock, "En sak till", form_id=new_id())
        answering.log_attempt(staff, knock, AttemptKind.TALKED)
        db.session.commit()
        assert journal.is_due(knock)
        journal.note(staff, knock, Journal.NOTHING)
        db.session.commit()
        mark = journal.of(knock)
        assert mark
        assert (mark.what, mark.staff_id) == (Journal.NOTHING, staff.id)
        assert not journal.is_due(knock)


def test_what_nobody_did_anything_with_needs_no_note(make):
    school = make.school()
    make.nurse(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school, wanted=Profession.NURSE).knock
        asking.withdraw(knock, shown=None)
        db.session.commit()
    with clock.frozen(LONG_AFTER):
        assert purging.purge() == 1


def test_the_extract_holds_all_that_was_said_and_is_an_event(make):
    with clock.frozen(MONDAY):
        staff, knock = answered_and_closed(make, Profession.NURSE)
        knock.is_protected = True
        made = journal.extract(staff, knock)
        text = made.as_text()
        for words in (
            "Hemliga ord", "Hej.", staff.name, knock.school.name, "måndag 23 november kl. 09.30",
            "Svarade i appen", "Skyddade uppgifter: Ja",
        ):  # fmt: skip
            assert words in text, words
        query = select(AuditEvent).where(AuditEvent.action == Action.EXPORTED)
        [event] = db.session.scalars(query)
        assert (event.staff_id, event.about_id, event.reason) == (staff.id, knock.id, "journal")
