"""A teacher asks, without a pupil's name; elevhälsan answers in its own queue, in its own time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotFound
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.consultations import links, queries, service, tidying
from elevhalsa.domain.consultations.models import Consultation, ConsultationText
from elevhalsa.domain.consultations.rules import Asked
from elevhalsa.domain.consultations.words import Concerns, Form, Outcome, Role, State, Theme
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.promise import sweep as sweeping
from elevhalsa.domain.promise.models import ClimbedRung, Wait
from elevhalsa.domain.serving import service as serving
from elevhalsa.extensions import db
from elevhalsa.work import ActorKind
from tests.domain.helpers import at, everything_stored, together
from workers.jobs import CLIMBERS

MONDAY = at("2026-11-23 09:30")
TEXT = "Hur får vi lugn efter lunch?"
NUMBER = "0701740605"


def asked(**others) -> Asked:
    values = {
        "form_id": new_id(), "role": Role.TEACHER, "theme": Theme.CALM,
        "concerns": Concerns.GROUP, "form": Form.PHONE, "wanted": None, "phone": NUMBER,
        "call_when": "efter kl. 14", "text": TEXT,
    }  # fmt: skip
    return Asked(**values | others)


class Street:
    def __init__(self, make) -> None:
        self.make, self.school, self.other = make, make.school(), make.school()
        self.nurse, self.counsellor = make.nurse(self.school), make.counsellor(self.school)
        self.elsewhere = make.nurse(self.other)
        self.coordinator = make.coordinator()

    def asks(self, **others) -> Consultation:
        row = service.ask(self.school, asked(**others)).row
        db.session.commit()
        return row


@pytest.fixture
def street(make) -> Street:
    with clock.frozen(MONDAY):
        return Street(make)


def told_of(kind: Kind) -> set[str | None]:
    query = select(Notice.staff_id).where(Notice.kind == kind, Notice.channel == Channel.APP)
    return set(db.session.scalars(query))


def sweeps() -> int:
    return sweeping.sweep(CLIMBERS)


def test_who_asks_is_given_a_date_and_those_of_the_school_are_told(street):
    with clock.frozen(MONDAY):
        row = street.asks()
    assert row.due_at == at("2026-11-25 09:30")
    assert told_of(Kind.CONSULTATION_NEW) == {street.nurse.id, street.counsellor.id}
    assert service.open_by_code(service.code_of(row.id)) is row
    assert service.find_by_tokens([service.token_of(row.id)]) == [row]


def test_the_same_form_again_is_the_same_question_and_with_other_words_it_is_refused(street):
    with clock.frozen(MONDAY):
        said = asked()
        first = service.ask(street.school, said)
        again = service.ask(street.school, said)
        assert (again.row.id, again.code, again.is_new) == (first.row.id, first.code, False)
        with pytest.raises(service.FormReused):
            service.ask(street.school, asked(form_id=said.form_id, text="Något annat"))
    assert len(db.session.scalars(select(Consultation)).all()) == 1


def test_whoever_asks_for_the_nurse_is_not_seen_behind_the_other_wall(street):
    with clock.frozen(MONDAY):
        row = street.asks(wanted=Profession.NURSE)
        assert told_of(Kind.CONSULTATION_NEW) == {street.nurse.id}
        assert queries.queue_of(street.nurse).waiting == [row]
        assert queries.queue_of(street.counsellor).waiting == []
        for who in (street.counsellor, street.elsewhere, street.coordinator):
            with pytest.raises(NotFound):
                queries.get_for(who, row.id)


def test_once_taken_it_is_behind_the_wall_of_whoever_took_it(street):
    with clock.frozen(MONDAY):
        row = street.asks()
        service.take(street.counsellor, row)
        service.take(street.counsellor, row)  # pressed twice
        db.session.commit()
        assert row.wall is Wall.PSYCHOSOCIAL
        with pytest.raises(NotFound):
            queries.get_for(street.nurse, row.id)
        with pytest.raises(Conflict):
            service.take(street.nurse, row)
        db.session.rollback()
        service.release(street.counsellor, row)
        db.session.commit()
        assert queries.queue_of(street.nurse).waiting == [row]


def test_an_answer_ends_the_waiting_and_what_came_of_it_closes_it(street):
    with clock.frozen(MONDAY):
        row = street.asks()
        with pytest.raises(Conflict):
            service.answer(street.nurse, row, "Hej", form_id=new_id())
        db.session.rollback()
        service.take(street.nurse, row)
        form_id = new_id()
        for _time in range(2):
            service.answer(street.nurse, row, "Prova korta pass.", form_id=form_id)
        db.session.commit()
        assert [one.text for one in row.texts] == [TEXT, "Prova korta pass."]
        assert row.contacted_at == MONDAY
        assert queries.waits_of(row) == []
        service.note(street.nurse, row, Outcome.ADVICE, minutes=12, again_on=None)
        db.session.commit()
    assert (row.state, row.minutes, row.closed_at) == (State.CLOSED, 12, MONDAY)
    with clock.frozen(MONDAY + timedelta(days=9)):
        assert sweeps() == 0


def test_a_follow_up_is_remembered_on_its_day_and_told_of_when_it_is_forgotten(street):
    with clock.frozen(MONDAY):
        row = street.asks()
        service.take(street.nurse, row)
        for day in (None, clock.today(), clock.today() + timedelta(days=300)):
            with pytest.raises(InvalidInput):
                service.note(street.nurse, row, Outcome.FOLLOW_UP, minutes=None, again_on=day)
        service.note(
            street.nurse, row, Outcome.FOLLOW_UP, minutes=15, again_on=at("2026-12-01 00:00").date()
        )
        db.session.commit()
        assert row.is_open
    with clock.frozen(at("2026-11-30 12:00")):
        assert sweeps() == 0
    with clock.frozen(at("2026-12-01 08:01")):
        assert sweeps() == 1
        assert told_of(Kind.CONSULTATION_FOLLOW_UP) == {street.nurse.id}
    with clock.frozen(at("2026-12-02 00:01")):
        assert sweeps() == 1
        assert street.coordinator.id in told_of(Kind.CONSULTATION_FOLLOW_UP)
        assert row.taken_by_id == street.nurse.id
    with clock.frozen(at("2026-12-02 09:00")):
        service.note(street.nurse, row, Outcome.TEAM_MEETING, minutes=10, again_on=None)
        db.session.commit()
    assert (row.state, row.minutes) == (State.CLOSED, 25)


def test_what_a_colleague_has_can_be_taken_over_and_she_is_told(street):
    other = street.make.nurse(street.school)
    with clock.frozen(MONDAY):
        row = street.asks()
        with pytest.raises(Conflict):
            service.take_over(other, row)
        db.session.rollback()
        service.take(street.nurse, row)
        service.take_over(other, row)
        db.session.commit()
    assert row.taken_by_id == other.id
    assert told_of(Kind.CONSULTATION_TAKEN_OVER) == {street.nurse.id}


def test_who_no_longer_needs_it_takes_it_back_and_whoever_has_it_is_told(street):
    with clock.frozen(MONDAY):
        row = street.asks()
        service.take(street.nurse, row)
        service.withdraw(row)
        service.withdraw(row)
        db.session.commit()
        assert row.state is State.WITHDRAWN
        assert told_of(Kind.CONSULTATION_WITHDRAWN) == {street.nurse.id}
        assert queries.waits_of(row) == []
        with pytest.raises(Conflict):
            service.answer(street.nurse, row, "Hej", form_id=new_id())


def test_a_school_where_nobody_can_answer_is_told_to_the_coordinator_at_once(street):
    alone = street.make.school()
    with clock.frozen(MONDAY):
        service.ask(alone, asked())
        db.session.commit()
    query = select(Notice.staff_id, Notice.told_as).where(
        Notice.kind == Kind.CONSULTATION_NEW, Notice.channel == Channel.APP
    )
    assert {tuple(row) for row in db.session.execute(query)} == {
        (street.coordinator.id, Audience.COORDINATOR)
    }


@pytest.mark.parametrize(
    ("asked_at", "reminded", "due", "again"),
    [
        ("2026-12-23 15:00", "2026-12-29 03:00", "2026-12-29 15:00", "2026-12-30 15:00"),
        ("2026-06-18 09:30", "2026-06-22 21:30", "2026-06-23 09:30", "2026-06-24 09:30"),
    ],
    ids=["christmas", "midsummer"],
)
def test_the_rungs_come_by_the_clock_over_holidays_and_without_a_queue(
    street, asked_at, reminded, due, again
):
    with clock.frozen(at(asked_at)):
        row = street.asks()
        service.take(street.nurse, row)  # and is then never in contact
        db.session.commit()
    assert row.due_at == at(due)
    hour, moment, climbed = timedelta(hours=1), at(asked_at), []
    while moment < at(again) + 2 * hour:
        moment += hour
        with clock.frozen(moment + timedelta(seconds=30)):
            climbed += [moment] * sweeps()
    assert len(climbed) == 3  # once before, when it is late, and once more
    assert at(reminded) - hour <= climbed[0] <= at(reminded) + hour
    assert climbed[1] == at(due)
    assert told_of(Kind.CONSULTATION_WAITS) == {street.nurse.id}
    late = told_of(Kind.CONSULTATION_LATE)
    assert {street.nurse.id, street.counsellor.id, street.elsewhere.id} <= late
    assert street.coordinator.id in late
    assert (row.state, row.taken_by_id, row.wall) == (State.WAITING, None, None)
    rungs = db.session.scalars(select(ClimbedRung).order_by(ClimbedRung.hours)).all()
    assert [one.is_late for one in rungs] == [False, True, True]
    wait = db.session.scalars(select(Wait)).one()
    assert wait.again_at and wait.again_at > at(again)
    with clock.frozen(at(again) + 3 * hour):  # somebody elsewhere is first
        assert queries.queue_of(street.elsewhere).waiting == [row]
        service.take(street.elsewhere, row)
        service.answer(street.elsewhere, row, "Förlåt att det dröjde.", form_id=new_id())
        db.session.commit()
    with clock.frozen(at(again) + timedelta(days=20)):
        assert sweeps() == 0


def test_two_sweeps_at_once_climb_each_rung_once(app, street):
    with clock.frozen(MONDAY):
        street.asks()
    with clock.frozen(at("2026-11-25 09:31")):
        done = together(app, *[lambda _meet: sweeps()] * 2)
        sweeps()
    assert {*done} == {0, 1}
    told = db.session.scalars(
        select(Notice.staff_id).where(
            Notice.kind == Kind.CONSULTATION_LATE, Notice.channel == Channel.APP
        )
    ).all()
    assert len(told) == len(set(told)) > 0
    rungs = db.session.scalars(select(ClimbedRung.hours)).all()
    assert len(rungs) == len(set(rungs))


def test_texts_go_after_thirty_days_and_the_number_thirty_days_after_the_end(street):
    with clock.frozen(MONDAY):
        row = street.asks()
        service.take(street.nurse, row)
        service.answer(street.nurse, row, "Ett svar.", form_id=new_id())
        db.session.commit()
    with clock.frozen(MONDAY + timedelta(days=29)):
        assert tidying.tidy() == 0
    with clock.frozen(MONDAY + timedelta(days=30, minutes=1)):
        assert tidying.tidy() == 3  # two texts, and it is closed by itself
        assert tidying.tidy() == 0
        assert db.session.scalars(select(ConsultationText.text)).all() == [None, None]
        assert (row.state, row.phone) == (State.CLOSED, NUMBER)
    with clock.frozen(MONDAY + timedelta(days=61)):
        tidying.tidy()
    db.session.expire_all()
    assert (row.phone, row.call_when, row.theme) == (None, None, Theme.CALM)
    assert row.contacted_at == MONDAY


def test_nothing_that_was_written_stands_in_clear_anywhere_or_in_the_trace(street):
    with clock.frozen(MONDAY):
        row = street.asks()
        service.take(street.nurse, row)
        service.answer(street.nurse, row, "Ett svar som är hemligt.", form_id=new_id())
        service.show(street.nurse, row)
        db.session.commit()
    stored = everything_stored()
    for secret in (TEXT, NUMBER, "efter kl. 14", "Ett svar som är hemligt.",
                   service.code_of(row.id), service.token_of(row.id)):  # fmt: skip
        assert secret not in stored
    reasons = set(
        db.session.scalars(select(AuditEvent.reason).where(AuditEvent.reason.is_not(None)))
    )
    assert reasons == set()
    done = set(db.session.scalars(select(AuditEvent.action)))
    assert {Action.CONSULTATION_ASKED, Action.TAKEN, Action.ANSWERED, Action.SHOWN} <= done


def test_a_new_address_ends_the_one_of_before_which_is_still_known_as_ended(street):
    with clock.frozen(MONDAY):
        old = links.renew(street.coordinator, street.school)
        token = old.token
        new = links.renew(street.coordinator, street.school)
        db.session.commit()
        assert queries.links_of(street.school.municipality) == {street.school.id: new}
        found = links.link_of(token)
        assert found is old
        assert (old.ended_at, old.token) == (MONDAY, None)
        assert links.close_door(street.coordinator, street.school)
        assert not links.close_door(street.coordinator, street.school)
        assert queries.links_of(street.school.municipality) == {}
        elsewhere = street.make.school(municipality_id=street.make.municipality().id)
        with pytest.raises(Conflict):
            links.renew(street.coordinator, elsewhere)


def test_another_promise_holds_for_what_is_asked_from_then_on(street):
    with clock.frozen(MONDAY):
        before = street.asks()
        assert links.decide_hours(street.coordinator, 24)
        assert not links.decide_hours(street.coordinator, 24)
        after = street.asks()
        for hours in (0, 121):
            with pytest.raises(InvalidInput):
                links.decide_hours(street.coordinator, hours)
    assert (before.due_at, after.due_at) == (at("2026-11-25 09:30"), at("2026-11-24 09:30"))


def test_the_coordinator_sees_counts_and_no_share_of_few(street):
    with clock.frozen(MONDAY):
        rows = [street.asks() for _number in range(5)]
        counts = queries.counts(street.school.municipality)
        assert (counts.waiting, counts.late, counts.asked, counts.short) == (5, 0, 5, None)
        for row in rows[:4]:
            service.take(street.nurse, row)
            service.note(street.nurse, row, Outcome.ADVICE, minutes=10, again_on=None)
        db.session.commit()
        assert queries.counts(street.school.municipality).short is None
        service.take(street.nurse, rows[4])
        service.note(street.nurse, rows[4], Outcome.PUPIL, minutes=40, again_on=None)
        db.session.commit()
        counts = queries.counts(street.school.municipality)
    assert (counts.waiting, counts.in_time, counts.short) == (0, 100, 80)


def test_staff_of_the_web_see_as_the_queries_say_also_by_the_databases_own_walls(street):
    with clock.frozen(MONDAY):
        for wanted in (None, Profession.NURSE, Profession.COUNSELLOR):
            street.asks(wanted=wanted)
        taken = street.asks()
        service.take(street.nurse, taken)
        db.session.commit()
        for who in (street.nurse, street.counsellor, street.elsewhere, street.coordinator):
            staff_id = who.id
            visible = {
                row.id for row in db.session.scalars(
                    select(Consultation).where(queries.visible_to(who))
                )
            }  # fmt: skip
            home, wall = who.municipality_id, who.wall
            with work.unit(writes=False):
                work.act_as(work.staff(staff_id), municipality_id=home, wall=wall)
                query = select(Consultation.id)
                if db.engine.dialect.name == "sqlite":
                    query = query.where(queries.visible_to(who))
                assert set(db.session.scalars(query)) == visible
            db.session.rollback()


def unseen(kind: Kind) -> set[str | None]:
    query = select(Notice.staff_id).where(
        Notice.kind == kind, Notice.channel == Channel.APP, Notice.seen_at.is_(None)
    )
    return set(db.session.scalars(query))


def test_what_is_taken_is_nothing_new_to_who_took_it_or_behind_the_other_wall(street):
    with clock.frozen(MONDAY):
        another = street.make.counsellor(street.school)
        row = street.asks()
        assert unseen(Kind.CONSULTATION_NEW) == {
            street.nurse.id, street.counsellor.id, another.id
        }  # fmt: skip
        service.take(street.counsellor, row)
        db.session.commit()
    assert unseen(Kind.CONSULTATION_NEW) == {another.id}


def test_when_who_has_it_is_away_past_its_date_who_covers_or_the_others_are_told(street):
    with clock.frozen(MONDAY):
        another = street.make.nurse(street.school)
        row = street.asks()
        service.take(street.nurse, row)
        first = MONDAY.date()
        serving.be_away(street.nurse, street.nurse, first, first + timedelta(days=4))
        db.session.commit()
        (wait,) = queries.waits_of(row)
    with clock.frozen(wait.next_rung_at):
        sweeps()
    assert told_of(Kind.CONSULTATION_WAITS) == {another.id}


def test_the_same_word_on_a_talk_twice_is_one_word_and_counts_its_minutes_once(street):
    with clock.frozen(MONDAY):
        for outcome, day in (
            (Outcome.FOLLOW_UP, MONDAY.date() + timedelta(days=3)),
            (Outcome.ADVICE, None),
        ):
            row = street.asks()
            service.take(street.nurse, row)
            for _time in range(2):
                service.note(street.nurse, row, outcome, minutes=10, again_on=day)
                db.session.commit()
            assert (row.outcome, row.minutes) == (outcome, 10)
            with pytest.raises(Conflict):
                service.note(street.counsellor, row, outcome, minutes=10, again_on=day)
            db.session.rollback()


def test_who_was_not_reached_in_time_was_tried_for_in_time(street):
    with clock.frozen(MONDAY):
        for number in range(queries.FEWEST):
            row = street.asks()
            service.take(street.nurse, row)
            outcome = Outcome.ADVICE if number else Outcome.NOT_REACHED
            service.note(street.nurse, row, outcome, minutes=5, again_on=None)
        db.session.commit()
    with clock.frozen(MONDAY + timedelta(days=20)):
        assert queries.counts(street.school.municipality).in_time == 100


def test_what_is_done_by_who_asks_is_told_in_the_trace_as_theirs(street):
    with clock.frozen(MONDAY):
        row = street.asks()
        service.open_by_code(service.code_of(row.id))
        service.withdraw(row)
        db.session.commit()
    kinds = db.session.scalars(select(AuditEvent.actor).distinct()).all()
    assert kinds == [ActorKind.ASKER]
