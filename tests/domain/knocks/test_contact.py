"""Reading, answering, calling: what keeps the promise and what reaches the pupil."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, queries
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.rules import needs_word_from_staff
from elevhalsa.domain.knocks.words import AttemptKind, Author, Outcome, State, Triage, Way
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db
from tests.domain.helpers import at, together

from .waits import next_rung_of

MONDAY = at("2026-11-23 09:30")
LATER = at("2026-11-23 14:00")
EVENING = at("2026-11-23 18:00")


@pytest.fixture
def monday():
    with clock.frozen(MONDAY):
        yield


def one(make, **asked):
    school = make.school()
    staff = make.counsellor(school)
    with clock.frozen(MONDAY):
        return staff, make.knock(school, **asked).knock


def events(action: Action) -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)))


def test_reading_is_noted_each_time_and_the_pupil_is_told_of_the_first(make):
    staff, knock = one(make, text="hej")
    assert notices.unseen_count(staff) == 1
    with clock.frozen(LATER):
        answering.read(staff, knock)
    with clock.frozen(EVENING):
        answering.read(staff, knock)
    db.session.commit()
    db.session.expire_all()
    assert (knock.read_at, knock.read_by) == (LATER, Profession.COUNSELLOR)
    assert knock.messages[0].seen_at == LATER
    assert [event.staff_id for event in events(Action.READ)] == [staff.id] * 2
    assert notices.unseen_count(staff) == 0
    assert knock.state is State.WAITING


def test_two_who_read_at_once_are_both_noted_and_one_is_the_first(app, make):
    school = make.school()
    people = [make.nurse(school), make.counsellor(school)]
    knock_id = make.knock(school, wanted=None, text="hej").knock.id

    def reading(staff_id):
        def work(meet):
            staff = db.session.get(Staff, staff_id)
            row = queries.get_for(staff, knock_id)
            meet()
            answering.read(staff, row)
            return staff.profession

        return work

    answers = together(app, *(reading(person.id) for person in people))
    row = db.session.get(Knock, knock_id)
    assert len(events(Action.READ)) == 2
    assert set(answers) == {Profession.NURSE, Profession.COUNSELLOR}
    assert row.read_by in answers
    assert row.messages[0].seen_at is not None


def test_an_answer_keeps_the_promise_and_reaches_when_it_is_read(make):
    staff, knock = one(make, text="hej")
    with clock.frozen(LATER):
        answering.answer(staff, knock, "  hej på dig ", form_id=new_id())
    assert (knock.kept_at, knock.reached_at, next_rung_of(knock)) == (LATER, None, None)
    assert knock.messages[-1].text == "hej på dig"
    with clock.frozen(EVENING):
        asking.saw(knock)
    db.session.commit()
    db.session.expire_all()
    assert (knock.kept_at, knock.reached_at) == (LATER, EVENING)
    assert knock.messages[-1].seen_at == EVENING


def test_looking_again_does_not_move_the_moment_of_reaching(make):
    staff, knock = one(make)
    with clock.frozen(LATER):
        answering.answer(staff, knock, "hej", form_id=new_id())
        asking.saw(knock)
        db.session.commit()
    with clock.frozen(EVENING):
        answering.answer(staff, knock, "hej igen", form_id=new_id())
        asking.saw(knock)
        db.session.commit()
    assert knock.reached_at == LATER
    assert [m.seen_at for m in knock.messages] == [LATER, EVENING]


def test_looking_before_there_is_an_answer_reaches_nobody(make):
    _staff, knock = one(make, text="hej")
    asking.saw(knock)
    db.session.commit()
    assert knock.reached_at is None
    assert knock.messages[0].seen_at is None


def test_an_answer_that_comes_while_the_pupil_looks_is_not_counted_as_seen(app, make):
    staff, knock = one(make)
    answering.answer(staff, knock, "ett", form_id=new_id())
    db.session.commit()
    knock_id, staff_id = knock.id, staff.id

    def look(meet):
        row = db.session.get(Knock, knock_id)
        shown = [message.text for message in row.messages]
        meet()
        asking.saw(row)
        return shown

    def answer(meet):
        meet()
        answering.answer(
            db.session.get(Staff, staff_id), db.session.get(Knock, knock_id), "två",
            form_id=new_id(),
        )  # fmt: skip

    shown, _none = together(app, look, answer)
    db.session.expire_all()
    seen = [m.text for m in db.session.get(Knock, knock_id).messages if m.seen_at]
    assert seen == shown


def test_the_same_answer_sent_twice_is_one_message_and_one_attempt(make):
    staff, knock = one(make)
    form_id = new_id()
    answering.answer(staff, knock, "hej", form_id=form_id)
    answering.answer(staff, knock, "hej", form_id=form_id)
    db.session.commit()
    assert len(knock.messages) == len(knock.attempts) == len(events(Action.ANSWERED)) == 1


def test_an_answer_in_the_app_does_not_keep_a_promise_to_call(make):
    staff, knock = one(make, way=Way.CALL, phone="0701740605")
    answering.answer(staff, knock, "hej", form_id=new_id())
    assert knock.kept_at is None
    assert next_rung_of(knock) is not None


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (Way.CALL, AttemptKind.TALKED),
        (Way.SMS, AttemptKind.SMS_SENT),
        (Way.EMAIL, AttemptKind.EMAIL_SENT),
        (Way.MEET, AttemptKind.MET),
    ],
)
def test_an_attempt_on_the_chosen_way_keeps_the_promise(make, monday, way, kind):
    staff, knock = one(make, way=way)
    answering.log_attempt(staff, knock, kind)
    db.session.commit()
    assert knock.kept_at == MONDAY
    assert next_rung_of(knock) is None
    assert knock.attempts[0].on_chosen_way
    assert (knock.reached_at is not None) == (kind in (AttemptKind.TALKED, AttemptKind.MET))


def test_a_button_that_is_pressed_twice_notes_one_attempt(make):
    staff, knock = one(make, way=Way.CALL, phone="0701740605")
    for seconds in (0, 1, 61):
        with clock.frozen(MONDAY + timedelta(seconds=seconds)):
            answering.log_attempt(staff, knock, AttemptKind.CALLED_NO_ANSWER)
    with clock.frozen(MONDAY + timedelta(seconds=62)):
        answering.log_attempt(staff, knock, AttemptKind.TALKED)
    db.session.commit()
    kinds = [attempt.kind for attempt in knock.attempts]
    assert kinds == [AttemptKind.CALLED_NO_ANSWER] * 2 + [AttemptKind.TALKED]


def test_talking_reaches_although_the_pupil_asked_for_another_way(make, monday):
    staff, knock = one(make, way=Way.SMS)
    answering.log_attempt(staff, knock, AttemptKind.TALKED)
    assert (knock.kept_at, knock.reached_at, next_rung_of(knock)) == (None, MONDAY, None)


def test_no_answer_keeps_the_promise_but_a_new_attempt_is_due_within_a_day(make):
    staff, knock = one(make, way=Way.CALL, phone="0701740605")
    with clock.frozen(LATER):
        answering.log_attempt(staff, knock, AttemptKind.CALLED_NO_ANSWER)
    tomorrow = at("2026-11-24 14:00")
    assert (knock.kept_at, knock.reached_at) == (LATER, None)
    assert (knock.state, knock.retry_due) == (State.TAKEN, True)
    reminded = at("2026-11-24 08:00")  # before it is due, as whoever has it begins to work
    assert (knock.deadline_at, next_rung_of(knock)) == (tomorrow, reminded)
    assert knock.due_at == at("2026-11-24 09:30")
    with clock.frozen(EVENING):
        answering.log_attempt(staff, knock, AttemptKind.TALKED)
    assert (knock.kept_at, knock.reached_at) == (LATER, EVENING)
    assert (knock.retry_due, next_rung_of(knock)) == (False, None)


def test_no_answer_on_another_way_than_the_chosen_leaves_the_promise_as_it_was(make):
    staff, knock = one(make, way=Way.SMS)
    answering.log_attempt(staff, knock, AttemptKind.CALLED_NO_ANSWER)
    assert (knock.kept_at, knock.retry_due) == (None, False)
    assert knock.deadline_at == knock.due_at


def test_an_answer_in_the_app_is_noted_by_sending_it_only(make):
    staff, knock = one(make)
    with pytest.raises(InvalidInput):
        answering.log_attempt(staff, knock, AttemptKind.ANSWERED_IN_APP)
    assert knock.state is State.WAITING


def test_every_kind_of_attempt_can_be_noted_with_its_word(make):
    staff, knock = one(make)
    kinds = [kind for kind in AttemptKind if kind is not AttemptKind.ANSWERED_IN_APP]
    for kind in kinds:
        answering.log_attempt(staff, knock, kind)
    db.session.commit()
    assert [event.reason for event in events(Action.ATTEMPTED)] == kinds


def test_marking_as_urgent_does_not_move_the_promise(make):
    staff, knock = one(make)
    due = knock.due_at
    answering.triage(staff, knock, Triage.URGENT)
    assert (knock.triage, knock.due_at, knock.deadline_at) == (Triage.URGENT, due, due)
    answering.triage(staff, knock, None)
    db.session.commit()
    assert knock.triage is None
    assert [event.reason for event in events(Action.TRIAGED)] == ["urgent", None]


def test_a_closed_knock_takes_no_more_answers_attempts_or_marks(make):
    staff, knock = one(make)
    answering.take(staff, knock)
    answering.close(staff, knock, Outcome.TALKED, shown=knock.newest)
    for verb in (
        lambda: answering.answer(staff, knock, "hej", form_id=new_id()),
        lambda: answering.log_attempt(staff, knock, AttemptKind.TALKED),
        lambda: answering.triage(staff, knock, Triage.URGENT),
        lambda: answering.release(staff, knock),
        lambda: answering.close(staff, knock, Outcome.MET, shown=knock.newest),
        lambda: answering.cross_wall(
            staff, knock, Wall.MEDICAL, consent=True, reason=None, shown=knock.newest
        ),
    ):
        with pytest.raises(Conflict, match="avslutad"):
            verb()
    assert knock.outcome is Outcome.TALKED


def test_staff_owe_a_word_when_the_pupils_text_is_the_newer(make):
    staff, knock = one(make, text="hej")

    def owed() -> bool:
        return needs_word_from_staff(knock.pupil_wrote_at, knock.staff_wrote_at)

    assert owed()
    with clock.frozen(LATER):
        answering.answer(staff, knock, "hej", form_id=new_id())
        assert not owed()
        asking.write(knock, "tack", form_id=new_id())
        assert owed()
    assert [m.author for m in knock.messages] == [Author.PUPIL, Author.STAFF, Author.PUPIL]
