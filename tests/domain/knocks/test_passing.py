"""What a colleague has is seen, handed over with a note, taken over in its time; and undone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, NotAllowed, NotFound
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, passing, queries, undoing
from elevhalsa.domain.knocks.models import Attempt, Avoided, Knock, Undo
from elevhalsa.domain.knocks.queries import Tab
from elevhalsa.domain.knocks.rules import HURRY, cannot_wait, free_from
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, State, TakeOverReason, Triage, Way
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.promise.service import open_about
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.serving.models import Absence
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored, sweep, together

MONDAY = at("2026-11-23 09:30")
DUE = at("2026-11-24 09:30")
MINUTE = timedelta(minutes=1)
NOTE = "Hemlig anteckning till kollegan"

MOMENTS = st.datetimes().map(lambda moment: moment.replace(tzinfo=clock.STOCKHOLM))


# --- the rules -----------------------------------------------------------------------------------


@given(MOMENTS, MOMENTS, st.booleans())
def test_from_one_who_is_here_it_is_taken_over_when_the_date_has_passed_and_else_at_once(
    senast, now, is_here
):
    free = free_from(senast, now, holder_is_here=is_here)
    assert (free <= now) is (not is_here or senast <= now)


@given(st.sampled_from([None, *Triage]), st.integers(-600, 600))
def test_what_is_urgent_or_soon_due_does_not_wait_to_be_sent(triage, minutes):
    senast = MONDAY + timedelta(minutes=minutes)
    urgent = triage is Triage.URGENT
    assert cannot_wait(triage, senast, MONDAY) is (urgent or minutes * MINUTE < HURRY)
    assert cannot_wait(triage, None, MONDAY) is urgent


# --- what a colleague has ------------------------------------------------------------------------


@pytest.fixture
def town(make):
    class Town:
        school = make.school()
        mine = make.counsellor(school)
        colleague = make.counsellor(school)
        elsewhere = make.counsellor(make.school())
        nurse = make.nurse(school)

        def knock(self, **asked) -> Knock:
            with clock.frozen(MONDAY):
                return make.knock(self.school, **{"text": "hej"} | asked).knock

        def taken(self, **asked) -> Knock:
            knock = self.knock(**asked)
            with clock.frozen(MONDAY):
                answering.take(self.mine, knock)
                db.session.commit()
            return knock

    return Town()


def others(staff: Staff) -> list[Knock]:
    return queries.inbox(staff, Tab.OTHERS).knocks


def test_what_a_colleague_has_taken_is_seen_behind_the_same_wall_and_by_nobody_avoided(town, make):
    avoided = make.counsellor(town.school)
    knock = town.taken(avoid_staff_ids=(avoided.id,))
    assert others(town.colleague) == [knock]
    for staff in (town.mine, town.nurse, town.elsewhere, avoided):
        assert others(staff) == []


def test_the_figures_count_what_is_mine_and_waits(town):
    knock = town.taken()
    assert queries.summary(town.mine).mine == 1
    assert queries.summary(town.mine).nearest == DUE
    answering.answer(town.mine, knock, "hej", form_id=new_id())
    assert queries.summary(town.mine).mine == 0
    assert queries.has_any(town.mine)


def test_from_a_colleague_who_is_here_it_is_taken_over_after_the_date_only(town, make):
    make.home.ladder = []  # or the sweep would put it back first
    knock = town.taken()
    with clock.frozen(DUE - MINUTE):
        assert passing.free_from(knock, clock.now()) == DUE
        with pytest.raises(Conflict, match="senast tisdag 24 november"):
            passing.take_over(town.colleague, knock, TakeOverReason.NO_WORD)
    with clock.frozen(DUE):
        passing.take_over(town.colleague, knock, TakeOverReason.NO_WORD)
        db.session.commit()
    assert (knock.state, knock.taken_by_id, knock.deadline_at) == (
        State.TAKEN, town.colleague.id, DUE
    )  # fmt: skip
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.TAKEN_OVER))
    assert (event.staff_id, event.to_staff_id, event.reason) == (
        town.colleague.id, town.mine.id, "no_word"
    )  # fmt: skip
    told = select(Notice.staff_id).where(Notice.kind == Kind.TAKEN_OVER)
    assert set(db.session.scalars(told)) == {town.mine.id}


@pytest.mark.parametrize("gone", ["away", "left", "ended"])
def test_from_a_colleague_who_is_not_here_it_is_taken_over_at_once(town, gone):
    knock = town.taken()
    if gone == "away":
        day = MONDAY.date()
        db.session.add(Absence(staff_id=town.mine.id, starts_on=day, ends_on=day))
    elif gone == "left":
        town.mine.active = False
    else:
        town.mine.ends_on = MONDAY.date() - timedelta(days=1)
    with clock.frozen(MONDAY + MINUTE):
        passing.take_over(town.colleague, knock, TakeOverReason.AWAY)
        passing.take_over(town.colleague, knock, TakeOverReason.AWAY)
    assert knock.taken_by_id == town.colleague.id
    [wait] = db.session.scalars(open_about(knock.about))
    assert (wait.staff_id, wait.due_at) == (town.colleague.id, DUE)
    told = db.session.scalars(select(Notice.staff_id).where(Notice.kind == Kind.TAKEN_OVER))
    assert set(told) == ({town.mine.id} if gone == "away" else set())


def test_behind_another_wall_or_when_avoided_nothing_is_taken_over(town):
    knock = town.taken()
    db.session.add(Avoided(knock_id=knock.id, staff_id=town.colleague.id))
    with clock.frozen(DUE + MINUTE):
        for staff in (town.nurse, town.colleague):
            with pytest.raises(NotAllowed):
                passing.take_over(staff, knock, TakeOverReason.NO_WORD)
    assert knock.taken_by_id == town.mine.id


def test_of_two_who_take_over_at_once_one_has_it_and_the_other_is_told(app, town, make):
    third = make.counsellor(town.school)
    knock_id = town.taken().id
    day = MONDAY.date()
    db.session.add(Absence(staff_id=town.mine.id, starts_on=day, ends_on=day))
    db.session.commit()

    def taking_over(staff_id):
        def work(meet):
            row = db.session.get(Knock, knock_id)
            meet()
            passing.take_over(db.session.get(Staff, staff_id), row, TakeOverReason.AWAY)

        return work

    with clock.frozen(MONDAY + MINUTE):
        answers = together(app, taking_over(town.colleague.id), taking_over(third.id))
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]


def test_the_schools_own_stand_first_and_who_is_away_last(town, make):
    away = make.counsellor(town.school)
    knock = town.taken()
    day = MONDAY.date()
    db.session.add(Absence(staff_id=away.id, starts_on=day, ends_on=day))
    with clock.frozen(MONDAY):
        found = passing.colleagues(town.mine, knock)
    assert [c.staff.id for c in found] == [town.colleague.id, town.elsewhere.id, away.id]
    assert [(c.serves_school, c.is_away) for c in found] == [
        (True, False), (False, False), (True, True)
    ]  # fmt: skip


def test_a_note_goes_with_it_and_is_kept_encrypted(town):
    knock = town.taken()
    with clock.frozen(MONDAY):
        passing.hand_over(town.mine, knock, town.colleague, shown=knock.newest, note=f" {NOTE} ")
        db.session.commit()
    assert passing.latest(knock).note == NOTE
    assert "Hemlig" not in everything_stored()


def test_who_knows_the_pupil_steps_aside_and_the_others_have_it_by_the_same_date(town):
    knock = town.taken()
    with clock.frozen(MONDAY + MINUTE):
        passing.step_aside(town.mine, knock)
        db.session.commit()
    assert (knock.state, knock.deadline_at) == (State.WAITING, DUE)
    with pytest.raises(NotFound):
        queries.get_for(town.mine, knock.id)
    told = select(Notice.staff_id).where(Notice.cause.contains("aside"))
    assert set(db.session.scalars(told)) == {town.colleague.id}
    assert passing.asides(knock) == [MONDAY + MINUTE]


def test_who_never_had_it_steps_aside_without_a_word_to_the_pupil(town):
    knock = town.knock()
    passing.step_aside(town.mine, knock)
    passing.step_aside(town.mine, knock)
    db.session.commit()
    assert passing.asides(knock) == []
    assert db.session.scalars(select(Notice).where(Notice.cause.contains("aside"))).all() == []
    with clock.frozen(DUE):
        sweep()
    assert town.mine.id not in {notice.staff_id for notice in letters(Kind.PROMISE_LATE)}, (
        "nor when it opens wide"
    )


def test_where_nobody_else_is_left_it_opens_wide_and_others_are_told(town):
    knock = town.taken()
    with clock.frozen(MONDAY):
        passing.step_aside(town.colleague, knock)
        passing.step_aside(town.mine, knock)
        db.session.commit()
    assert knock.opened_wide_at == MONDAY
    told = select(Notice.staff_id).where(Notice.cause.contains("aside"))
    assert set(db.session.scalars(told)) == {town.elsewhere.id}


# --- undoing -------------------------------------------------------------------------------------


def undo_of(staff: Staff) -> Undo:
    [row] = undoing.open_to(staff)
    return row


def letters(kind: Kind) -> list[Notice]:
    query = select(Notice).where(Notice.kind == kind, Notice.channel == Channel.EMAIL)
    return list(db.session.scalars(query))


def facts(knock: Knock) -> tuple[object, ...]:
    db.session.flush()
    waits = [
        (w.awaited, w.due_at, w.next_rung_at is not None, w.staff_id)
        for w in db.session.scalars(open_about(knock.about))
    ]
    return (
        knock.state, knock.taken_by_id, knock.taken_at, knock.kept_at, knock.reached_at,
        knock.closed_at, knock.purge_at, knock.outcome, knock.awaits, knock.deadline_at,
        len(knock.attempts), waits,
    )  # fmt: skip


DONE = {
    "close": lambda town, knock: answering.close(
        town.mine, knock, Outcome.TALKED, shown=knock.newest
    ),
    "hand over": lambda town, knock: passing.hand_over(
        town.mine, knock, town.colleague, shown=knock.newest
    ),
    "no answer": lambda town, knock: answering.log_attempt(
        town.mine, knock, AttemptKind.CALLED_NO_ANSWER
    ),
    "talked": lambda town, knock: answering.log_attempt(town.mine, knock, AttemptKind.TALKED),
}


@pytest.mark.parametrize("before", ["nothing", "no answer", "contacted and asked"])
@pytest.mark.parametrize("verb", DONE)
def test_what_is_undone_is_as_if_it_had_not_been_done(town, verb, before):
    knock = town.taken(way=Way.CALL, phone="0701740605")
    with clock.frozen(MONDAY + 10 * MINUTE):
        if before == "no answer":
            DONE["no answer"](town, knock)
        elif before == "contacted and asked":
            DONE["talked"](town, knock)
            asking.write(knock, "en sak till", form_id=new_id())
        db.session.execute(db.delete(Undo))
        db.session.commit()
    was = facts(knock)
    with clock.frozen(MONDAY + 20 * MINUTE):
        DONE[verb](town, knock)
        db.session.commit()
    assert facts(knock) != was
    with clock.frozen(MONDAY + 24 * MINUTE):
        undoing.undo(town.mine, undo_of(town.mine).id)
        db.session.commit()
    assert facts(knock) == was
    actions = set(db.session.scalars(select(AuditEvent.action)))
    assert Action.UNDONE in actions
    assert actions & {Action.CLOSED, Action.HANDED_OVER, Action.ATTEMPTED}
    with clock.frozen(MONDAY + 24 * MINUTE):
        assert undoing.open_to(town.mine) == []


@pytest.mark.parametrize("verb", DONE)
def test_after_five_minutes_or_by_another_nothing_is_undone(town, verb):
    knock = town.taken()
    with clock.frozen(MONDAY):
        DONE[verb](town, knock)
        row_id = undo_of(town.mine).id
        with pytest.raises(NotFound):
            undoing.undo(town.colleague, row_id)
    with clock.frozen(MONDAY + 5 * MINUTE):
        assert undoing.open_to(town.mine) == []
        with pytest.raises(Conflict, match="fem minuter"):
            undoing.undo(town.mine, row_id)
        assert undoing.forget_expired() == 1


def test_a_hand_over_is_told_after_the_minutes_and_falls_away_when_it_is_undone(town):
    knock = town.taken()
    with clock.frozen(MONDAY):
        DONE["hand over"](town, knock)
        db.session.commit()
        [letter] = letters(Kind.HANDED_OVER)
        assert letter.not_before == MONDAY + 5 * MINUTE
        undoing.undo(town.mine, undo_of(town.mine).id)
        db.session.commit()
    [letter] = letters(Kind.HANDED_OVER)
    assert letter.given_up_at is not None
    assert letters(Kind.HAND_OVER_UNDONE) == []
    left = select(Notice).where(Notice.kind == Kind.HANDED_OVER, Notice.channel == Channel.APP)
    assert db.session.scalars(left).all() == []


def test_what_is_urgent_leaves_at_once_and_is_corrected_when_it_is_undone(town):
    knock = town.taken()
    with clock.frozen(MONDAY):
        answering.triage(town.mine, knock, Triage.URGENT)
        DONE["hand over"](town, knock)
        [letter] = letters(Kind.HANDED_OVER)
        assert letter.not_before == MONDAY
        letter.sent_at = MONDAY  # as the worker does
        db.session.commit()
        undoing.undo(town.mine, undo_of(town.mine).id)
        db.session.commit()
    assert [letter.staff_id for letter in letters(Kind.HAND_OVER_UNDONE)] == [town.colleague.id]


def test_what_the_colleague_has_begun_on_is_not_taken_back(town):
    knock = town.taken()
    with clock.frozen(MONDAY):
        DONE["hand over"](town, knock)
    with clock.frozen(MONDAY + MINUTE):
        answering.answer(town.colleague, knock, "hej", form_id=new_id())
        with pytest.raises(Conflict, match="Något nytt"):
            undoing.undo(town.mine, undo_of(town.mine).id)


def test_what_the_pupil_has_opened_again_is_not_closed_and_so_not_undone(town):
    knock = town.taken()
    with clock.frozen(MONDAY):
        DONE["close"](town, knock)
        row_id = undo_of(town.mine).id
    with clock.frozen(MONDAY + MINUTE):
        asking.write(knock, "vänta", form_id=new_id())
        with pytest.raises(Conflict, match="Något nytt"):
            undoing.undo(town.mine, row_id)
    assert knock.awaits is Awaited.ANSWER


def test_a_closing_that_is_undone_is_swept_as_before(town):
    knock = town.taken()
    with clock.frozen(MONDAY):
        DONE["close"](town, knock)
        undoing.undo(town.mine, undo_of(town.mine).id)
        db.session.commit()
    with clock.frozen(DUE):
        assert sweep() == 3
    assert (knock.state, knock.opened_wide_at) == (State.WAITING, DUE)


@pytest.mark.parametrize("ended", ["closed", "taken back"])
def test_an_attempt_at_what_has_ended_since_is_not_undone_so_that_nobody_waits_for_it(town, ended):
    knock = town.taken(way=Way.CALL, phone="0701740605")
    with clock.frozen(MONDAY):
        DONE["talked"](town, knock)
        row_id = undo_of(town.mine).id
    with clock.frozen(MONDAY + MINUTE):
        if ended == "closed":
            answering.close(town.mine, knock, Outcome.TALKED, shown=knock.newest)
        else:
            asking.withdraw(knock, shown=knock.newest)
        with pytest.raises(Conflict, match="Något nytt"):
            undoing.undo(town.mine, row_id)
    assert knock.awaits is None
    assert not db.session.scalars(open_about(knock.about)).all()


def test_who_stepped_aside_after_a_hand_over_does_not_get_it_back(town):
    knock = town.taken()
    with clock.frozen(MONDAY):
        DONE["hand over"](town, knock)
        row_id = undo_of(town.mine).id
        passing.step_aside(town.mine, knock)
        with pytest.raises(Conflict, match="Något nytt"):
            undoing.undo(town.mine, row_id)
    assert knock.taken_by_id == town.colleague.id


def test_only_the_last_attempt_can_be_undone(town):
    knock = town.taken(way=Way.CALL, phone="0701740605")
    with clock.frozen(MONDAY):
        DONE["no answer"](town, knock)
    first = undoing_id = None
    with clock.frozen(MONDAY + MINUTE):
        first = undo_of(town.mine).id
        DONE["talked"](town, knock)
        with pytest.raises(Conflict, match="Något nytt"):
            undoing.undo(town.mine, first)
        undoing_id = undoing.open_to(town.mine)[0].id
        undoing.undo(town.mine, undoing_id)
        assert (knock.awaits, knock.kept_at) == (Awaited.NEW_ATTEMPT, MONDAY)
        undoing.undo(town.mine, first)
    assert (knock.awaits, knock.kept_at, knock.deadline_at) == (Awaited.FIRST_CONTACT, None, DUE)
    assert db.session.scalars(select(Attempt)).all() == []
