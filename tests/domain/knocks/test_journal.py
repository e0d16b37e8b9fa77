"""What belongs in the record system is noted before it goes, and leaves in a file with a trace."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import KEEPS_RECORDS, SCHOOL_PROFESSIONS, Profession
from elevhalsa.domain import purging
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, journal
from elevhalsa.domain.knocks.words import AttemptKind, Journal, Outcome
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
