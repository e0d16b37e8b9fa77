"""The whole ladder with the clock in hand: over midsummer, Christmas, Easter and both changes of
the clock. Counted hours run at night, people do not."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.calendar import closed_days
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import answering, asking, passing, transferring
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import Triage, Urgency
from elevhalsa.domain.notices import outbox
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import School
from elevhalsa.domain.promise.models import ClimbedRung, Wait
from elevhalsa.domain.serving import rules as serving
from elevhalsa.domain.serving.models import Absence, Cover, Place
from elevhalsa.domain.serving.queries import roster
from elevhalsa.extensions import db
from tests.domain.helpers import an_outbox, at, sweep

from .waits import wait_of

MONDAY = at("2026-11-23 09:30")
LATER = timedelta(seconds=1)


def play(until: datetime) -> None:
    """The sweep looks whenever something is due, and once more, until then."""
    query = select(Wait.next_rung_at).where(Wait.next_rung_at <= until).order_by(Wait.next_rung_at)
    while moment := db.session.scalar(query.limit(1)):
        with clock.frozen(moment):
            sweep()
            assert sweep() == 0, "what is done is done"


def told(knock: Knock, kind: Kind | None = None) -> dict[tuple[str, str], datetime]:
    """Which rung and whom -> when the letter may leave."""
    query = select(Notice).where(
        Notice.about_id == knock.id, Notice.channel == Channel.EMAIL, Notice.staff_id.is_not(None)
    )
    rows = db.session.scalars(query.where(Notice.kind == kind) if kind else query)
    return {(row.cause.split(":")[2], row.staff_id): row.not_before for row in rows}


def until(staff: Staff, school: School, *, weekday: int, hour: int) -> None:
    """Works that day alone, from 8 until then."""
    times = {"weekday": weekday, "starts_at": 8 * 60, "ends_at": hour * 60}
    db.session.add(Place(staff_id=staff.id, school_id=school.id, **times))
    db.session.commit()


def climbed(knock: Knock) -> list[ClimbedRung]:
    query = select(ClimbedRung).join(Wait, Wait.id == ClimbedRung.wait_id)
    return list(
        db.session.scalars(query.where(Wait.about_id == knock.id).order_by(ClimbedRung.hours))
    )


@pytest.mark.parametrize(
    ("knocked", "reminded", "late_soon", "due", "anew"),
    [
        # midsummer's eve, the weekend: the rung of 20 hours falls at 5.30 on Monday
        ("2026-06-18 09:30", "2026-06-18 16:00", "2026-06-22 08:00", "2026-06-22 09:30",
         "2026-06-22 13:30"),
        # Christmas
        ("2026-12-23 15:00", "2026-12-23 16:00", "2026-12-28 11:00", "2026-12-28 15:00",
         "2026-12-29 10:30"),
        # Easter, and the clock goes forward
        ("2027-03-25 10:00", "2027-03-25 16:00", "2027-03-30 08:00", "2027-03-30 10:00",
         "2027-03-30 14:00"),
        # the clock goes forward, and back
        ("2026-03-27 10:00", "2026-03-27 16:00", "2026-03-30 08:00", "2026-03-30 10:00",
         "2026-03-30 14:00"),
        ("2026-10-23 10:00", "2026-10-23 16:00", "2026-10-26 08:00", "2026-10-26 10:00",
         "2026-10-26 14:00"),
        # an evening: each rung falls when they are at work
        ("2026-11-23 21:00", "2026-11-24 09:00", "2026-11-24 16:00", "2026-11-24 21:00",
         "2026-11-25 12:00"),
        # a Saturday
        ("2026-11-28 11:00", "2026-11-30 12:00", "2026-11-30 16:00", "2026-12-01 00:00",
         "2026-12-01 12:00"),
    ],
)  # fmt: skip
def test_each_rung_is_told_at_work_and_the_senast_stands(
    make, knocked, reminded, late_soon, due, anew
):
    school = make.school()
    nurse, coordinator, elsewhere = make.nurse(school), make.coordinator(), make.nurse()
    with clock.frozen(at(knocked)):
        knock = make.knock(school, wanted=Profession.NURSE).knock
    assert knock.due_at == at(due)
    play(at(due) - LATER)
    assert told(knock, Kind.STILL_WAITS) == {
        ("12", nurse.id): at(reminded), ("20", nurse.id): at(late_soon),
    }  # fmt: skip
    assert (knock.opened_wide_at, told(knock, Kind.PROMISE_LATE)) == (None, {})
    play(at(due))
    assert knock.opened_wide_at == at(due), "exactly then, whoever sleeps"
    late = told(knock, Kind.PROMISE_LATE)
    assert set(late) == {("24", one.id) for one in (nurse, coordinator, elsewhere)}
    at_work = max(at(due), at(due).replace(hour=8, minute=0))
    if at(due).hour >= 17:
        at_work = at(anew).replace(hour=8, minute=0)
    assert set(late.values()) == {at_work}
    wait = wait_of(knock)
    assert wait.again_at == wait.next_rung_at == at(anew), "four hours of work, then the quarter"
    assert wait.due_at == at(due)
    assert [row.hours for row in climbed(knock)] == [12, 20, 24]


def test_a_rung_waits_for_whoever_works_longer_that_day_than_when_it_was_planned(make):
    school = make.school()
    nurse = make.nurse(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school, wanted=Profession.NURSE).knock
    assert wait_of(knock).next_rung_at == at("2026-11-23 16:00")
    db.session.add(
        Place(staff_id=nurse.id, school_id=school.id, weekday=0, starts_at=480, ends_at=1200)
    )
    db.session.commit()
    play(at("2026-11-23 19:29"))
    assert told(knock, Kind.STILL_WAITS) == {}
    play(at("2026-11-23 19:30"))
    assert told(knock, Kind.STILL_WAITS) == {("12", nurse.id): at("2026-11-23 19:30")}


def test_after_the_promise_they_are_told_every_four_hours_of_work_and_then_once_a_day(make):
    school = make.school()
    nurse, coordinator = make.nurse(school), make.coordinator()
    with clock.frozen(MONDAY):
        knock = make.knock(school, wanted=Profession.NURSE).knock
    play(at("2026-12-01 23:00"))
    rows = climbed(knock)
    assert [(row.hours, row.at) for row in rows[2:]] == [
        (24, at("2026-11-24 09:30")),
        (28, at("2026-11-24 13:30")),
        (32, at("2026-11-25 09:00")),
        (36, at("2026-11-25 13:00")),
        (40, at("2026-11-26 12:30")),
        (44, at("2026-11-27 12:00")),
        (48, at("2026-11-30 11:30")),
        (52, at("2026-12-01 11:00")),
    ]
    assert all(row.told == {"nurse": 1, "coordinator": 1} for row in rows[2:])
    assert all(row.again_at == following.at for row, following in pairwise(rows[2:]))
    for hours in (24, 28, 52):
        assert {who for rung, who in told(knock) if rung == f"{hours}"} == {
            nurse.id, coordinator.id,
        }  # fmt: skip
    with clock.frozen(at("2026-12-02 09:00")):
        answering.answer(nurse, knock, "hej", form_id=new_id())
        db.session.commit()
    play(at("2026-12-10 00:00"))
    assert len(climbed(knock)) == len(rows), "contact ends it"


def test_who_has_it_and_the_cover_are_told_at_twenty_hours_and_nobody_else(make):
    school, another = make.school(), make.school()
    taker, colleague, cover = make.nurse(school), make.nurse(school), make.nurse(another)
    with clock.frozen(at("2026-11-23 12:30")):
        knock = make.knock(school, wanted=Profession.NURSE).knock
        answering.take(taker, knock)
        db.session.add(
            Cover(absent_id=taker.id, cover_id=cover.id, starts_on=date(2026, 11, 24),
                  ends_on=date(2026, 11, 27), accepted_at=clock.now())
        )  # fmt: skip
        db.session.commit()
    play(at("2026-11-24 12:00"))
    last = {who: moment for (rung, who), moment in told(knock).items() if rung == "20"}
    assert last == dict.fromkeys([taker.id, cover.id], at("2026-11-24 08:30"))
    reminded = {who for rung, who in told(knock) if rung == "12"}
    assert reminded == {taker.id, colleague.id}, "the cover is not there yet"


def test_when_the_taker_is_away_those_who_may_take_it_over_are_told(make):
    school = make.school()
    taker, colleague = make.nurse(school), make.nurse(school)
    with clock.frozen(at("2026-11-23 12:30")):
        knock = make.knock(school, wanted=Profession.NURSE).knock
        answering.take(taker, knock)
        tuesday = date(2026, 11, 24)
        db.session.add(Absence(staff_id=taker.id, starts_on=tuesday, ends_on=tuesday))
        db.session.commit()
    play(at("2026-11-24 12:00"))
    assert {who for rung, who in told(knock) if rung == "20"} == {colleague.id}


def test_one_who_works_until_noon_is_told_before_noon_and_the_other_later(make):
    school = make.school()
    short, usual = make.nurse(school), make.nurse(school)
    db.session.add(
        Place(staff_id=short.id, school_id=school.id, weekday=0, starts_at=8 * 60, ends_at=12 * 60)
    )
    db.session.commit()
    with clock.frozen(MONDAY):
        knock = make.knock(school, wanted=Profession.NURSE).knock
    assert wait_of(knock).next_rung_at == at("2026-11-23 11:30")
    play(at("2026-11-23 12:00"))
    assert {who: moment for (rung, who), moment in told(knock).items() if rung == "12"} == {
        short.id: at("2026-11-23 11:30"), usual.id: at("2026-11-23 16:00"),
    }  # fmt: skip


def test_at_the_school_that_it_is_moved_to_who_works_until_noon_is_told_before_noon(make):
    school, another = make.school(), make.school()
    make.nurse(school)
    short = make.nurse(another)
    until(short, another, weekday=0, hour=12)
    with clock.frozen(MONDAY):
        knock = make.knock(school, wanted=Profession.NURSE).knock
        transferring.transfer_own(knock, another)
        db.session.commit()
    play(at("2026-11-23 12:00"))
    assert told(knock)["12", short.id] == at("2026-11-23 11:30")


def test_to_whom_it_is_handed_over_hears_of_the_next_rung_before_going_home(make):
    school, another = make.school(), make.school()
    usual, short = make.nurse(school), make.nurse(another)
    until(short, another, weekday=1, hour=11)
    with clock.frozen(at("2026-11-23 16:00")):
        knock = make.knock(school, wanted=Profession.NURSE).knock
        answering.take(usual, knock)
        db.session.commit()
    play(at("2026-11-24 08:30"))
    with clock.frozen(at("2026-11-24 08:30")):
        passing.hand_over(usual, knock, short, shown=None)
        db.session.commit()
    play(at("2026-11-24 12:00"))
    assert {who: moment for (rung, who), moment in told(knock).items() if rung == "20"} == {
        short.id: at("2026-11-24 10:30")
    }


def test_who_falls_ill_after_it_was_planned_is_not_told_and_the_others_are(make):
    school = make.school()
    ill, well = make.nurse(school), make.nurse(school)
    with clock.frozen(at("2026-11-23 15:50")):
        knock = make.knock(school, wanted=Profession.NURSE).knock
        tuesday = date(2026, 11, 24)
        db.session.add(Absence(staff_id=ill.id, starts_on=tuesday, ends_on=tuesday))
        db.session.commit()
    play(at("2026-11-24 09:00"))
    assert {who for rung, who in told(knock) if rung == "12"} == {well.id}


def test_two_rungs_in_one_night_are_one_word_in_the_morning(make):
    school = make.school()
    nurse = make.nurse(school)
    with clock.frozen(at("2026-11-23 17:00")):
        knock = make.knock(school, wanted=Profession.NURSE).knock
    play(at("2026-11-24 08:00"))
    assert told(knock) == {("0", nurse.id): at("2026-11-24 08:00")}
    assert [row.told for row in climbed(knock)] == [{}], "the rung of 5 o'clock told nobody more"


@pytest.mark.parametrize("by", ["pupil", "staff"])
def test_what_is_urgent_is_reminded_of_in_half_the_time_and_opens_wide_before_the_senast(make, by):
    school = make.school()
    nurse, coordinator, elsewhere = make.nurse(school), make.coordinator(), make.nurse()
    with clock.frozen(at("2026-11-23 08:30")):
        urgency = Urgency.URGENT if by == "pupil" else None
        knock = make.knock(school, wanted=Profession.NURSE).knock
        knock.urgency = urgency
        if by == "staff":
            answering.triage(nurse, knock, Triage.URGENT)
        else:
            wait_of(knock).next_rung_at = clock.now()
        db.session.commit()
    play(at("2026-11-24 08:29"))
    assert [(row.hours, row.at) for row in climbed(knock)] == [
        (12, at("2026-11-23 14:30")), (20, at("2026-11-23 18:30")),
    ]  # fmt: skip
    assert knock.opened_wide_at == at("2026-11-23 18:30")
    assert {who for rung, who in told(knock) if rung == "20"} == {
        nurse.id, elsewhere.id, coordinator.id
    }  # fmt: skip
    assert not told(knock, Kind.PROMISE_LATE)
    play(at("2026-11-24 08:30"))
    assert {who for _rung, who in told(knock, Kind.PROMISE_LATE)} == {
        nurse.id, elsewhere.id, coordinator.id
    }  # fmt: skip


def test_what_turns_urgent_when_its_rungs_should_have_been_climbed_climbs_them_at_once(make):
    school = make.school()
    nurse = make.nurse(school)
    with clock.frozen(MONDAY):
        knock = make.knock(school, wanted=Profession.NURSE).knock
    with clock.frozen(at("2026-11-24 08:30")):
        answering.triage(nurse, knock, Triage.URGENT)
        db.session.commit()
        sweep()
    assert [row.hours for row in climbed(knock)] == [12, 20]
    assert knock.opened_wide_at == at("2026-11-24 08:30")


def test_of_what_is_urgent_at_night_the_coordinator_hears_too_and_each_when_first_at_work(
    make, monkeypatch
):
    school = make.school()
    nurse, early = make.nurse(school), make.staff(None, [school])
    db.session.add(
        Place(staff_id=early.id, school_id=school.id, weekday=1, starts_at=7 * 60, ends_at=12 * 60)
    )
    db.session.commit()
    with clock.frozen(at("2026-11-23 22:00")):
        monkeypatch.setattr(Knock, "is_urgent", True)
        knock = make.knock(school, wanted=Profession.NURSE).knock
    assert told(knock) == {
        ("0", nurse.id): at("2026-11-24 08:00"), ("0", early.id): at("2026-11-24 07:00"),
    }  # fmt: skip


def test_each_later_text_has_a_ladder_of_its_own(make):
    school = make.school()
    nurse, coordinator = make.nurse(school), make.coordinator()
    with clock.frozen(MONDAY):
        knock = make.knock(school, wanted=Profession.NURSE).knock
        answering.answer(nurse, knock, "hej", form_id=new_id())
        asking.write(knock, "en sak till", form_id=new_id())
        db.session.commit()
    play(at("2026-11-24 09:30"))
    assert [(row.hours, row.is_late) for row in climbed(knock)] == [
        (12, False), (20, False), (24, True),
    ]  # fmt: skip
    with clock.frozen(at("2026-11-24 10:00")):
        answering.answer(nurse, knock, "förlåt", form_id=new_id())
        asking.write(knock, "och en", form_id=new_id())
        db.session.commit()
    play(at("2026-11-25 10:00"))
    assert len(climbed(knock)) == 6
    assert {who for _rung, who in told(knock, Kind.PROMISE_LATE)} == {nurse.id, coordinator.id}


def test_nobody_is_told_of_what_was_answered_while_they_slept(make, app):
    """The word that waits for the morning is not sent when nobody waits any more."""
    school = make.school()
    nurse, other = make.nurse(school), make.nurse(school)
    with clock.frozen(at("2026-11-23 22:00")):
        knock = make.knock(school, wanted=Profession.NURSE).knock
        answering.answer(nurse, knock, "hej", form_id=new_id())
        db.session.commit()

    sent: list[str] = []

    class Letters(outbox.Sender[str]):
        def takes(self, notice):
            return True

        def prepare(self, notice):
            return notice.staff_id

        def send(self, ready):
            sent.append(ready)

    with clock.frozen(at("2026-11-24 08:00")):
        an_outbox(app, Letters()).deliver_waiting(seconds=60)
    assert sent == []
    assert other.id in {who for _rung, who in told(knock)}


# --- whoever they are ----------------------------------------------------------------------------

spans = st.tuples(st.integers(0, 4), st.integers(12, 30), st.integers(1, 18))
days_away = st.tuples(st.integers(0, 12), st.integers(0, 6))
staffs = st.lists(
    st.tuples(
        st.sampled_from([Profession.NURSE, Profession.DOCTOR, Profession.COUNSELLOR, None]),
        st.lists(spans, max_size=3),
        st.lists(days_away, max_size=2),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)
FIRST = date(2026, 6, 15)
"""The week of midsummer."""


@settings(
    max_examples=settings.default.max_examples // 8,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    people=staffs,
    knocked=st.integers(0, 7 * 24 * 2),
    takes=st.booleans(),
    urgent=st.booleans(),
    avoids=st.booleans(),
)
def test_whoever_works_when_nobody_is_told_at_home_and_somebody_is_told_in_time(
    make, people, knocked, takes, urgent, avoids
):
    home = make.municipality()
    school, other = (make.school(municipality_id=home.id) for _ in range(2))
    coordinator = make.staff(None, municipality_id=home.id)
    stranger = make.staff(Profession.NURSE, [])  # of another municipality
    staff = [_person(make, home, school, other, one) for one in people]
    begins = at(f"{FIRST} 00:00") + knocked * timedelta(minutes=30)
    avoided = [staff[0].id] if avoids and staff[0].profession else []
    with clock.frozen(begins):
        knock = make.knock(school, wanted=Profession.NURSE, avoid_staff_ids=tuple(avoided)).knock
        if urgent:
            knock.urgency, wait_of(knock).next_rung_at = Urgency.URGENT, clock.now()
        nurses = [one for one in staff if one.profession is Profession.NURSE]
        if takes and nurses and nurses[-1].id not in avoided:
            answering.take(nurses[-1], knock)
            db.session.commit()
    play(knock.due_at + timedelta(days=3))
    closed = closed_days()
    known = roster(home.id, FIRST - timedelta(days=9), FIRST + timedelta(days=60), closed)
    rows = list(db.session.scalars(select(Notice).where(Notice.about_id == knock.id)))
    by_work = [row for row in rows if row.channel is Channel.EMAIL]
    for row in by_work:
        person = known.person(row.staff_id)
        assert serving.is_at_work(person, row.not_before, closed) or row.not_before > begins + (
            serving.AHEAD
        )
    may = {one.id for one in staff if one.profession in (Profession.NURSE, Profession.DOCTOR)}
    know = {coordinator.id, *(one.id for one in staff if one.coordinates)}
    assert {row.staff_id for row in by_work} <= (may | know) - {*avoided, stranger.id}
    assert len({(row.staff_id, row.cause) for row in rows}) == len(rows)
    steps = climbed(knock)
    assert [row.hours for row in steps] == sorted({row.hours for row in steps})
    posted = sorted((int(row.cause.split(":")[2]), row.created_at) for row in by_work)
    assert [at for _hours, at in posted] == sorted(at for _hours, at in posted)
    in_time = [row for row in by_work if row.not_before < knock.due_at and row.staff_id in may]
    assert in_time or know & {row.staff_id for row in by_work}
    assert next(row.at for row in steps if row.is_late) == knock.due_at


def _person(make, home, school, other, said) -> Staff:
    profession, places, away, is_here = said
    row = make.staff(profession, [school if is_here else other], municipality_id=home.id)
    db.session.add_all(
        Place(staff_id=row.id, school_id=school.id, weekday=weekday, starts_at=start * 30,
              ends_at=min((start + long) * 30, 24 * 60))
        for weekday, start, long in places
    )  # fmt: skip
    db.session.add_all(
        Absence(staff_id=row.id, starts_on=FIRST + timedelta(days=first),
                ends_on=FIRST + timedelta(days=first + long))
        for first, long in away
    )  # fmt: skip
    db.session.commit()
    return row
