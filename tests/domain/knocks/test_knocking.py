"""A pupil knocks: once, however often the form is sent."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, devices, pins, queries
from elevhalsa.domain.knocks.asking import FormReused
from elevhalsa.domain.knocks.models import Knock, Message
from elevhalsa.domain.knocks.words import Author, State, Way
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.places.models import School
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored, together

from .waits import next_rung_of

THURSDAY = at("2026-06-18 09:30")


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def test_a_knock_has_its_promise_from_the_start(make):
    school = make.school()
    make.counsellor(school)
    with clock.frozen(THURSDAY):
        knock = make.knock(school, text="hej").knock
    assert knock.due_at == knock.deadline_at == at("2026-06-22 09:30")
    assert next_rung_of(knock) == at("2026-06-18 16:00"), "the first rung, while they are at work"
    assert knock.state is State.WAITING
    assert knock.wall is Wall.PSYCHOSOCIAL
    assert [(m.author, m.text) for m in knock.messages] == [(Author.PUPIL, "hej")]


def test_a_municipality_may_promise_faster_and_let_eves_count(make):
    home = make.municipality(promise_hours=8, eves_closed=False)
    school = make.school(municipality_id=home.id)
    with clock.frozen(at("2026-06-18 20:00")):
        assert make.knock(school).knock.due_at == at("2026-06-19 04:00")


def test_a_knock_without_words_is_a_knock(make):
    knock = make.knock(make.school()).knock
    assert knock.messages == []
    assert knock.pupil_wrote_at is None


def test_the_same_form_twice_gives_the_same_receipt_and_one_knock(make):
    school = make.school()
    asked = make.asked(text="hej")
    first = asking.knock(school, asked)
    db.session.commit()
    again = asking.knock(school, asked)
    db.session.commit()
    assert (first.is_new, again.is_new) == (True, False)
    assert (first.knock.id, first.code) == (again.knock.id, again.code)
    assert (count(Knock), count(Message)) == (1, 1)


def test_the_same_form_twenty_times_at_once_is_one_knock(app, make):
    school = make.school()
    make.counsellor(school)
    asked = make.asked(text="hej")

    def send(_meet):
        receipt = asking.knock(db.session.get(School, school_id), asked)
        return receipt.knock.id, receipt.code, receipt.is_new

    school_id = school.id
    answers = together(app, *[send] * 20)
    assert len({answer[:2] for answer in answers}) == 1  # type: ignore[index]
    assert [new for _id, _code, new in answers].count(True) == 1  # type: ignore[has-type, misc]
    assert (count(Knock), count(Message)) == (1, 1)
    knocked = select(func.count()).where(AuditEvent.action == Action.KNOCKED)
    assert db.session.scalar(knocked) == 1
    assert count(Notice) == 2  # one counsellor, two channels


def test_a_changed_form_with_the_same_id_is_refused_and_nothing_is_lost(make):
    school = make.school()
    asked = make.asked(text="hej")
    asking.knock(school, asked)
    db.session.commit()
    changed = make.asked(form_id=asked.form_id, text="hej igen")
    with pytest.raises(FormReused):
        asking.knock(school, changed)
    with pytest.raises(FormReused):
        asking.knock(make.school(), changed)
    assert count(Knock) == 1


def test_the_code_opens_the_knock_however_it_is_typed_and_is_noted(make):
    receipt = make.knock(make.school())
    typed = receipt.code.upper().replace(" ", "-").replace("Å", "A").replace("Ö", "o")
    assert devices.find_by_code(typed).id == receipt.knock.id
    assert devices.find_by_code("abborre 0000 abborre abborre abborre") is None
    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == Action.OPENED_BY_CODE)
    ).all()
    assert [event.about_id for event in events] == [receipt.knock.id]


def test_nothing_that_a_pupil_said_can_be_read_in_the_database(make):
    school = make.school()
    staff = make.counsellor(school)
    receipt = make.knock(
        school,
        way=Way.CALL,
        text="hemlighet ett",
        phone="0701740605",
        email="hemlighet.tva@exempel.invalid",
        safe_times="hemlighet tre",
        name="Hemlighet Fyra",
        school_class="8H",
    )
    asking.write(receipt.knock, "hemlighet fem", form_id=new_id())
    answering.answer(staff, receipt.knock, "hemlighet sex", form_id=new_id())
    pins.choose(receipt.knock, "4711")
    stored = everything_stored()
    for word in ("emlighet", "0701740605", "8H\n", "4711\n", receipt.code, staff.name, staff.email):
        assert word not in stored


def test_everybody_behind_the_wall_at_the_school_is_told_and_nobody_else(make):
    school, other = make.school(), make.school()
    counsellor, second = make.counsellor(school), make.counsellor(school)
    make.nurse(school)
    make.counsellor(other)
    make.coordinator()
    left = make.counsellor(school)
    left.active = False
    db.session.commit()
    knock = make.knock(school, text="hej").knock
    rows = db.session.scalars(select(Notice)).all()
    assert {(row.staff_id, row.channel) for row in rows} == {
        (person.id, channel)
        for person in (counsellor, second)
        for channel in (Channel.APP, Channel.EMAIL)
    }
    assert {row.kind for row in rows} == {Kind.NEW_KNOCK}
    assert {row.about_id for row in rows} == {knock.id}


def test_when_it_does_not_matter_both_sides_are_told(make):
    school = make.school()
    people = {make.counsellor(school).id, make.nurse(school).id}
    make.knock(school, wanted=None)
    assert set(db.session.scalars(select(Notice.staff_id))) == people


def test_who_is_avoided_is_not_told(make):
    school = make.school()
    avoided, other = make.counsellor(school), make.counsellor(school)
    knock = make.knock(school, avoid_staff_ids=(avoided.id, avoided.id)).knock
    assert set(db.session.scalars(select(Notice.staff_id))) == {other.id}
    assert knock.opened_wide_at is None


def test_when_the_only_one_is_avoided_it_opens_wide_at_once_and_the_coordinator_is_told(make):
    school = make.school()
    avoided, elsewhere = make.counsellor(school), make.counsellor(make.school())
    coordinator = make.coordinator()
    nurse_elsewhere = make.nurse(make.school())
    knock = make.knock(school, avoid_staff_ids=(avoided.id,)).knock
    assert knock.opened_wide_at is not None
    assert set(db.session.scalars(select(Notice.staff_id))) == {elsewhere.id, coordinator.id}
    assert queries.get_for(elsewhere, knock.id)
    assert nurse_elsewhere.id not in {
        s.id for s in serving.At(clock.now()).may_be_told(queries.matter_of(knock))
    }


def test_when_the_school_has_no_such_profession_it_opens_wide_at_once(make):
    school = make.school()
    make.nurse(school)
    coordinator, elsewhere = make.coordinator(), make.counsellor(make.school())
    knock = make.knock(school, wanted=Profession.COUNSELLOR).knock
    assert knock.opened_wide_at is not None
    assert set(db.session.scalars(select(Notice.staff_id))) == {elsewhere.id, coordinator.id}


def test_when_nobody_at_all_is_left_the_coordinator_still_knows(make):
    coordinator = make.coordinator()
    knock = make.knock(make.school()).knock
    assert knock.opened_wide_at is not None
    assert set(db.session.scalars(select(Notice.staff_id))) == {coordinator.id}


def test_the_pupil_writes_more_and_the_one_who_took_it_is_told_once(make):
    school = make.school()
    staff = make.counsellor(school)
    knock = make.knock(school, text="hej").knock
    answering.take(staff, knock)
    form_id = new_id()
    asking.write(knock, "  en sak till ", form_id=form_id)
    asking.write(knock, "en sak till", form_id=form_id)
    db.session.commit()
    assert [m.text for m in knock.messages] == ["hej", "en sak till"]
    told = db.session.scalars(select(Notice).where(Notice.kind == Kind.PUPIL_WROTE)).all()
    assert {(n.staff_id, n.channel) for n in told} == {
        (staff.id, c) for c in (Channel.APP, Channel.EMAIL)
    }


def test_the_same_text_sent_many_times_at_once_is_one_message(app, make):
    knock_id = make.knock(make.school()).knock.id
    form_id = new_id()

    def write(_meet):
        asking.write(db.session.get(Knock, knock_id), "hej", form_id=form_id)

    assert together(app, *[write] * 5) == [None] * 5
    assert count(Message) == 1


def test_texts_of_the_same_moment_are_shown_in_the_order_they_came(make):
    with clock.frozen(THURSDAY):
        knock = make.knock(make.school(), text="0").knock
        for number in range(1, 10):
            asking.write(knock, f"{number}", form_id=new_id())
    db.session.commit()
    db.session.expire_all()
    assert [m.text for m in knock.messages] == [f"{number}" for number in range(10)]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 5001])
def test_a_text_that_says_nothing_or_too_much_is_refused(make, text):
    school = make.school()
    staff = make.counsellor(school)
    knock = make.knock(school).knock
    with pytest.raises(InvalidInput):
        asking.write(knock, text, form_id=new_id())
    with pytest.raises(InvalidInput):
        answering.answer(staff, knock, text, form_id=new_id())
    assert knock.state is State.WAITING
    assert knock.messages == []


def test_a_pupil_can_take_the_knock_back_once_and_write_again(make):
    school = make.school()
    staff = make.counsellor(school)
    knock = make.knock(school).knock
    answering.take(staff, knock)
    asking.withdraw(knock, shown=knock.newest)
    asking.withdraw(knock, shown=knock.newest)
    db.session.commit()
    assert knock.state is State.WITHDRAWN
    assert next_rung_of(knock) is None
    assert knock.purge_at is not None
    told = db.session.scalars(select(Notice).where(Notice.kind == Kind.WITHDRAWN)).all()
    assert [(n.staff_id, n.channel) for n in told] == [(staff.id, Channel.APP)]
    with pytest.raises(Conflict):
        answering.answer(staff, knock, "hej", form_id=new_id())
    asking.write(knock, "hej", form_id=new_id())
    assert (knock.state, knock.taken_by_id) == (State.TAKEN, staff.id)


def test_who_takes_it_back_a_second_time_is_heard_a_second_time(make):
    school = make.school()
    staff = make.counsellor(school)
    knock = make.knock(school).knock
    answering.take(staff, knock)
    for minutes in (0, 5):
        with clock.frozen(clock.now() + timedelta(minutes=minutes)):
            asking.write(knock, "hej", form_id=new_id())
            asking.withdraw(knock, shown=knock.newest)
    told = db.session.scalars(select(Notice).where(Notice.kind == Kind.WITHDRAWN)).all()
    assert [notice.staff_id for notice in told] == [staff.id] * 2


def test_a_closed_knock_cannot_be_taken_back(make):
    from elevhalsa.domain.knocks.words import Outcome

    school = make.school()
    staff = make.counsellor(school)
    knock = make.knock(school).knock
    answering.take(staff, knock)
    answering.close(staff, knock, Outcome.TALKED, shown=knock.newest)
    with pytest.raises(Conflict):
        asking.withdraw(knock, shown=knock.newest)


def test_taking_it_back_twice_at_once_is_taking_it_back_once(app, make):
    knock_id = make.knock(make.school()).knock.id

    def withdraw(meet):
        row = db.session.get(Knock, knock_id)
        meet()
        asking.withdraw(row, shown=row.newest)

    assert together(app, withdraw, withdraw) == [None, None]
    withdrawn = select(func.count()).where(AuditEvent.action == Action.WITHDRAWN)
    assert db.session.scalar(withdrawn) == 1
