"""Of two who take a knock at once one gets it, and the other is told by whom."""

import pytest
from sqlalchemy import func, select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict
from elevhalsa.core.walls import Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, passing, queries
from elevhalsa.domain.knocks.models import Attempt, Knock
from elevhalsa.domain.knocks.thread import NewText
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, State
from elevhalsa.domain.notices.models import Kind, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db
from tests.domain.helpers import at, sweep, together

from .waits import next_rung_of

MONDAY = at("2026-11-23 09:30")
AFTER_THE_PROMISE = at("2026-11-24 10:00")


def taking(knock_id: str, staff_id: str):
    def work(meet):
        staff = db.session.get(Staff, staff_id)
        row = queries.get_for(staff, knock_id)
        meet()
        answering.take(staff, row)
        return staff_id

    return work


def test_two_who_take_at_the_same_time_get_one_winner_and_its_name(app, make):
    school = make.school()
    people = [make.counsellor(school), make.counsellor(school)]
    knock_id = make.knock(school).knock.id
    names = {person.id: person.name for person in people}
    answers = together(app, *(taking(knock_id, person_id) for person_id in names))
    refusals = [answer for answer in answers if isinstance(answer, Conflict)]
    winners = [answer for answer in answers if isinstance(answer, str)]
    assert len(refusals) == len(winners) == 1
    assert names[winners[0]] in str(refusals[0])
    assert db.session.get(Knock, knock_id).taken_by_id == winners[0]
    taken = select(AuditEvent.staff_id).where(AuditEvent.action == Action.TAKEN)
    assert db.session.scalars(taken).all() == winners


def test_a_nurse_and_a_counsellor_at_once_leave_it_behind_one_wall(app, make):
    school = make.school()
    nurse, counsellor = make.nurse(school), make.counsellor(school)
    walls = {nurse.id: Wall.MEDICAL, counsellor.id: Wall.PSYCHOSOCIAL}
    knock_id = make.knock(school, wanted=None).knock.id
    answers = together(app, *(taking(knock_id, person_id) for person_id in walls))
    winners = [answer for answer in answers if isinstance(answer, str)]
    assert len(winners) == 1
    row = db.session.get(Knock, knock_id)
    assert (row.taken_by_id, row.wall) == (winners[0], walls[winners[0]])


def test_taking_twice_is_taking_once(make):
    school = make.school()
    staff = make.counsellor(school)
    knock = make.knock(school).knock
    answering.take(staff, knock)
    taken_at = knock.taken_at
    answering.take(staff, knock)
    db.session.commit()
    assert knock.taken_at == taken_at
    taken = select(func.count()).where(AuditEvent.action == Action.TAKEN)
    assert db.session.scalar(taken) == 1


def test_who_comes_second_is_told_who_took_it_and_when(make):
    school = make.school()
    first, second = make.counsellor(school), make.counsellor(school)
    with clock.frozen(at("2026-11-23 09:30")):
        knock = make.knock(school).knock
        answering.take(first, knock)
    with pytest.raises(Conflict, match=rf"{first.name}.* 09\.30"):
        answering.take(second, knock)


def test_a_closed_knock_cannot_be_taken_again_not_even_by_who_had_it(make):
    school = make.school()
    staff = make.counsellor(school)
    knock = make.knock(school).knock
    answering.take(staff, knock)
    answering.close(staff, knock, Outcome.TALKED, shown=knock.newest)
    with pytest.raises(Conflict):
        answering.take(staff, knock)


def test_behind_the_other_wall_it_cannot_be_taken(make):
    school = make.school()
    nurse = make.nurse(school)
    knock = make.knock(school).knock
    with pytest.raises(Conflict):
        answering.take(nurse, knock)
    assert knock.taken_by_id is None


def taken_and_late(make, people):
    """A knock that the first took on Monday and then left until the promise broke."""
    with clock.frozen(MONDAY):
        knock = make.knock(make.school()).knock  # nobody at the school: open wide from the start
        answering.take(people[0], knock)
        db.session.commit()
    return knock


def test_before_the_promise_breaks_it_cannot_be_taken_over(make):
    people = [make.counsellor(), make.counsellor()]
    knock = taken_and_late(make, people)
    with clock.frozen(at("2026-11-24 09:29")), pytest.raises(Conflict):
        answering.take(people[1], knock)


def test_after_the_promise_broke_a_colleague_can_take_over(make):
    people = [make.counsellor(), make.counsellor()]
    knock = taken_and_late(make, people)
    with clock.frozen(AFTER_THE_PROMISE):
        sweep()
        assert knock.id in {k.id for k in queries.inbox(people[1], queries.Tab.WAITING).knocks}
        answering.take(people[1], knock)
    assert knock.taken_by_id == people[1].id


def test_once_contact_was_made_nobody_can_take_over(make):
    people = [make.counsellor(), make.counsellor()]
    knock = taken_and_late(make, people)
    with clock.frozen(MONDAY):
        answering.answer(people[0], knock, "hej", form_id=new_id())
    with clock.frozen(AFTER_THE_PROMISE):
        sweep()
        with pytest.raises(Conflict):
            answering.take(people[1], knock)


def test_of_two_who_take_over_at_once_one_gets_it(app, make):
    people = [make.counsellor(), make.counsellor(), make.counsellor()]
    knock_id = taken_and_late(make, people).id
    eager = [person.id for person in people[1:]]
    with clock.frozen(AFTER_THE_PROMISE):
        sweep()
        answers = together(app, *(taking(knock_id, person_id) for person_id in eager))
    assert sorted(type(answer) is str for answer in answers) == [False, True]
    assert db.session.get(Knock, knock_id).taken_by_id in answers


def test_an_answer_that_is_sent_while_the_promise_breaks_is_not_refused(app, make):
    people = [make.counsellor(), make.counsellor()]
    knock_id = taken_and_late(make, people).id
    taker_id = people[0].id

    def answer(meet):
        staff = db.session.get(Staff, taker_id)
        row = queries.get_for(staff, knock_id)
        meet()
        answering.answer(staff, row, "hej", form_id=new_id())

    def climb(meet):
        meet()
        sweep()

    with clock.frozen(AFTER_THE_PROMISE):
        assert together(app, answer, climb) == [None, None]
    row = db.session.get(Knock, knock_id)
    assert (row.state, row.taken_by_id) == (State.TAKEN, taker_id)
    assert [message.text for message in row.messages] == ["hej"]


def test_a_knock_can_be_put_back_and_taken_by_a_colleague(make):
    school = make.school()
    first, second = make.counsellor(school), make.counsellor(school)
    knock = make.knock(school, wanted=None).knock
    due = knock.due_at
    answering.take(first, knock)
    answering.release(first, knock)
    db.session.commit()
    assert (knock.state, knock.taken_by_id, knock.due_at) == (State.WAITING, None, due)
    assert knock.wall is Wall.PSYCHOSOCIAL
    told = select(Notice.staff_id).where(Notice.cause.contains("released"))
    assert set(db.session.scalars(told)) == {second.id}
    answering.take(second, knock)
    assert knock.taken_by_id == second.id


def test_what_is_not_mine_i_cannot_put_back_hand_over_or_close(make):
    school = make.school()
    mine, other = make.counsellor(school), make.counsellor(school)
    knock = make.knock(school).knock
    with pytest.raises(Conflict, match="Ta emot"):
        answering.close(other, knock, Outcome.TALKED, shown=knock.newest)
    answering.take(mine, knock)
    for verb in (
        lambda: answering.release(other, knock),
        lambda: answering.close(other, knock, Outcome.TALKED, shown=knock.newest),
        lambda: passing.hand_over(other, knock, mine, shown=knock.newest),
        lambda: answering.cross_wall(
            other, knock, Wall.MEDICAL, consent=True, reason=None, shown=knock.newest
        ),
        lambda: answering.answer(other, knock, "hej", form_id=new_id()),
        lambda: answering.log_attempt(other, knock, AttemptKind.TALKED),
    ):
        with pytest.raises(Conflict, match=mine.name):
            verb()
    assert db.session.scalar(select(func.count()).select_from(Attempt)) == 0


def test_to_answer_is_to_take(make):
    school = make.school()
    staff = make.counsellor(school)
    knock = make.knock(school).knock
    answering.answer(staff, knock, "hej", form_id=new_id())
    assert (knock.state, knock.taken_by_id) == (State.TAKEN, staff.id)


def test_two_who_answer_at_once_give_one_answer(app, make):
    school = make.school()
    ids = [make.counsellor(school).id, make.counsellor(school).id]
    knock_id = make.knock(school).knock.id

    def replying(staff_id):
        def work(meet):
            staff = db.session.get(Staff, staff_id)
            row = queries.get_for(staff, knock_id)
            meet()
            answering.answer(staff, row, f"hej från {staff_id}", form_id=new_id())

        return work

    answers = together(app, *map(replying, ids))
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
    row = db.session.get(Knock, knock_id)
    assert [m.staff_id for m in row.messages] == [row.taken_by_id]


def test_when_the_pupil_takes_it_back_while_staff_answers_one_of_them_is_first(app, make):
    school = make.school()
    staff_id = make.counsellor(school).id
    knock_id = make.knock(school).knock.id

    def answer(meet):
        staff = db.session.get(Staff, staff_id)
        row = queries.get_for(staff, knock_id)
        meet()
        answering.answer(staff, row, "hej", form_id=new_id())

    def withdraw(meet):
        row = db.session.get(Knock, knock_id)
        meet()
        asking.withdraw(row, shown=None)

    answered, withdrawn = together(app, answer, withdraw)
    row = db.session.get(Knock, knock_id)
    if isinstance(answered, Conflict):
        assert (withdrawn, row.state, row.messages) == (None, State.WITHDRAWN, [])
    else:  # the pupil is shown the answer before it is taken back
        assert isinstance(withdrawn, NewText)
        assert (row.state, len(row.messages)) == (State.TAKEN, 1)
    assert next_rung_of(row) is None


def test_a_hand_over_tells_the_colleague(make):
    school = make.school()
    first, second = make.counsellor(school), make.counsellor(make.school())
    knock = make.knock(school).knock
    answering.take(first, knock)
    passing.hand_over(first, knock, second, shown=knock.newest)
    db.session.commit()
    assert knock.taken_by_id == second.id
    told = select(Notice.staff_id).where(Notice.kind == Kind.HANDED_OVER)
    assert set(db.session.scalars(told)) == {second.id}
    assert queries.get_for(second, knock.id) is knock
