"""Staff set times each week; pupils book them: one each, of those who may have the knock."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotAllowed
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, passing
from elevhalsa.domain.knocks.models import Avoided, Knock
from elevhalsa.domain.knocks.words import Outcome, State
from elevhalsa.domain.meetings import feed, queries, service, standing
from elevhalsa.domain.meetings.models import Proposal, Slot, StandingTime
from elevhalsa.domain.meetings.queries import meetings_of
from elevhalsa.domain.meetings.service import Offer
from elevhalsa.domain.meetings.words import MeetingWay, ProposalState, Standing
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.people.words import Gender
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.serving.models import Absence, Cover
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored, together

MONDAY = at("2026-11-23 09:30")
TUESDAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _monday():
    with clock.frozen(MONDAY):
        yield


def wanted(school, **values: Any) -> standing.Wanted:
    """Tuesdays ten to eleven, three meetings."""
    given: dict[str, Any] = {
        "school_id": school.id, "weekday": 1, "starts_at": 600, "ends_at": 660, "minutes": 20,
        "way": MeetingWay.ROOM, "place": "rum 7", "starts_on": None, "ends_on": None,
    }  # fmt: skip
    return standing.Wanted(**given | values)


@pytest.fixture
def town(make):
    class Town:
        school = make.school()
        nurse = make.nurse(school)

        def knock(self, **asked: Any) -> Knock:
            return make.knock(self.school, **{"wanted": Profession.NURSE} | asked).knock

        def sets(self, staff: Staff | None = None, **values: Any) -> StandingTime:
            return standing.put(staff or self.nurse, wanted(self.school, **values))

        def away(self, staff: Staff, first: date, last: date) -> None:
            db.session.add(Absence(staff_id=staff.id, starts_on=first, ends_on=last))
            db.session.flush()

    return Town()


def starts(knock: Knock) -> list[str]:
    return [f"{clock.local(one.span.starts_at):%d %H.%M}" for one in standing.free_for(knock)]


def book(knock: Knock, number: int = 0, **values: Any) -> Slot:
    return service.book(knock, standing.free_for(knock)[number].key, **values)


# --- staff ---------------------------------------------------------------------------------------


def test_a_time_is_set_changed_and_taken_away_and_its_place_is_encrypted(town):
    time = town.sets()
    standing.put(town.nurse, wanted(town.school, weekday=2), time)
    db.session.commit()
    assert [(one.weekday, one.place) for one in standing.of(town.nurse)] == [(2, "rum 7")]
    assert "rum 7" not in db.session.execute(text("SELECT place FROM standing_time")).scalar_one()
    standing.remove(time)
    db.session.flush()
    assert standing.of(town.nurse) == []


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("ends_at", {"ends_at": 600}),
        ("minutes", {"minutes": 61}),
        ("minutes", {"minutes": 4}),
        ("place", {"place": None}),
        ("place", {"way": MeetingWay.VIDEO, "place": "http://exempel.invalid"}),
        ("ends_on", {"starts_on": date(2026, 12, 2), "ends_on": date(2026, 12, 1)}),
        ("ends_on", {"ends_on": date(2026, 11, 22)}),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(town, field, bad):
    with pytest.raises(InvalidInput) as refused:
        town.sets(**bad)
    assert refused.value.field == field


def test_times_are_set_at_ones_own_schools_and_nobody_changes_anothers(town, make):
    with pytest.raises(InvalidInput, match="dina skolor"):
        standing.put(town.nurse, wanted(make.school()))
    time = town.sets()
    with pytest.raises(Exception, match="finns inte"):
        standing.one_of(make.nurse(town.school), time.id)


# --- what can be booked --------------------------------------------------------------------------


def test_the_next_four_weeks_of_a_time_can_be_booked(town):
    town.sets()
    knock = town.knock()
    assert starts(knock)[:4] == ["24 10.00", "24 10.20", "24 10.40", "01 10.00"]
    assert len(starts(knock)) == 12
    assert len(standing.next_of(standing.free_for(knock))) == 9


def test_nothing_is_free_on_closed_days_in_absence_outside_its_days_or_at_once(town):
    town.sets(weekday=0, starts_at=11 * 60, ends_at=14 * 60, minutes=60)
    town.away(town.nurse, date(2026, 11, 30), date(2026, 11, 30))
    assert starts(town.knock())[:4] == ["23 13.00", "07 11.00", "07 12.00", "07 13.00"]
    with clock.frozen(at("2026-12-18 09:00")):
        town.sets(weekday=3)  # 24 December is closed, 31 December too
        assert [one for one in starts(town.knock()) if one[:2] in ("24", "31")] == []
        assert "07 10.00" in starts(town.knock())
    town.sets(weekday=4, ends_on=date(2026, 11, 27))
    assert [one for one in starts(town.knock()) if one[:2] in ("27", "04")] == [
        "27 10.00", "27 10.20", "27 10.40"
    ]  # fmt: skip


def test_what_another_pupil_has_or_is_offered_is_not_free(town):
    town.sets()
    other, third, knock = town.knock(), town.knock(), town.knock()
    book(other)
    proposal = service.propose(
        town.nurse, third, [Offer(at("2026-11-24 10:35"), 30, MeetingWay.ROOM, "rum 7")]
    )
    assert starts(knock)[0] == "01 10.00"
    service.none_fits(third, proposal.id)
    assert starts(knock)[:2] == ["24 10.20", "24 10.40"]


def test_of_one_that_nobody_has_the_times_are_of_those_who_may_take_it(town, make):
    doctor = make.staff(Profession.DOCTOR, [town.school])
    elsewhere, counsellor = make.nurse(make.school()), make.counsellor(town.school)
    times = {who.id: town.sets(who) for who in (town.nurse, doctor, counsellor)}
    db.session.add(StandingTime(id=new_id(), staff_id=elsewhere.id, **vars(wanted(town.school))))

    def whose(**asked: Any) -> set[str]:
        knock = town.knock(**asked)
        return {one.standing.staff_id for one in standing.free_for(knock)}

    assert whose() == {town.nurse.id}
    assert whose(wanted=None) == set(times)
    assert whose(wanted=Profession.COUNSELLOR) == {counsellor.id}
    assert whose(wanted=None, wanted_staff_id=doctor.id) == {doctor.id}
    assert whose(wanted=None, avoid_staff_ids=(town.nurse.id,)) == {doctor.id, counsellor.id}
    assert whose(avoid_staff_ids=(town.nurse.id,)) == set()
    doctor.gender = Gender.WOMAN
    assert whose(wanted=None, wished_gender=Gender.WOMAN) == {doctor.id}
    assert whose(wanted=None, wished_gender=Gender.MAN) == set(times)


def test_the_times_of_whom_the_pupil_avoids_cannot_be_booked_by_their_key_either(town):
    time = town.sets()
    key = standing.free_for(town.knock())[0].key
    knock = town.knock(avoid_staff_ids=(town.nurse.id,))
    with pytest.raises(service.NotFree):
        service.book(knock, key)
    assert (knock.state, knock.wall) == (State.WAITING, Wall.MEDICAL)
    assert time.id in key


def test_when_somebody_has_it_the_times_are_hers_alone(town, make):
    colleague = make.nurse(town.school)
    town.sets(), town.sets(colleague, weekday=2)
    knock = town.knock()
    answering.take(colleague, knock)
    assert {one.standing.staff_id for one in standing.free_for(knock)} == {colleague.id}
    passing.step_aside(colleague, knock)
    assert {one.standing.staff_id for one in standing.free_for(knock)} == {town.nurse.id}


def test_a_knock_is_given_to_nobody_who_is_not_at_work_before_its_time(town, make):
    with clock.frozen(at("2026-11-23 09:00")):
        knock, had = town.knock(), town.knock()
        answering.take(town.nurse, had)
        town.sets(weekday=3)
        assert starts(knock)[0] == "26 10.00"
        town.away(town.nurse, date(2026, 11, 23), date(2026, 11, 24))
        assert starts(knock) == []
        assert starts(had)[0] == "26 10.00"


def test_who_covers_a_school_is_booked_there_on_the_days_of_the_cover(town, make):
    cover = make.nurse(make.school())
    db.session.add(Cover(absent_id=town.nurse.id, cover_id=cover.id, school_id=None,
                         starts_on=date(2026, 11, 23), ends_on=date(2026, 11, 27),
                         accepted_at=MONDAY))  # fmt: skip
    db.session.flush()
    town.sets(cover)
    assert starts(town.knock()) == ["24 10.00", "24 10.20", "24 10.40"]


def test_new_pupils_cannot_book_all_of_a_day_and_those_she_has_can(town):
    town.sets(ends_on=TUESDAY)
    for _number in range(2):
        book(town.knock())
    new, hers = town.knock(), town.knock()
    answering.take(town.nurse, hers)
    assert (starts(new), starts(hers)) == ([], ["24 10.40"])
    with pytest.raises(service.NotFree):
        service.book(new, standing.free_for(hers)[0].key)


def test_what_has_ended_or_was_set_aside_has_no_times(town):
    town.sets()
    knock, flooded = town.knock(), town.knock()
    flooded.flood = new_id()
    answering.take(town.nurse, knock)
    answering.close(town.nurse, knock, Outcome.TALKED, shown=None)
    assert (standing.free_for(knock), standing.free_for(flooded)) == ([], [])
    with pytest.raises(Conflict):
        service.book(knock, "x~1764000000")


# --- booking -------------------------------------------------------------------------------------


def test_a_booked_time_is_an_agreed_meeting_with_whoever_has_the_time(town):
    town.sets()
    knock = town.knock(wanted=None)
    due = knock.deadline_at
    slot = book(knock, 1)
    db.session.commit()
    agreed = meetings_of(knock).agreed
    assert agreed and agreed.picked is slot
    assert (slot.starts_at, slot.minutes, slot.place) == (at("2026-11-24 10:20"), 20, "rum 7")
    assert (knock.taken_by_id, knock.wall) == (town.nurse.id, Wall.MEDICAL)
    # it is no contact: the first word is still promised
    assert (knock.awaits, knock.deadline_at) == (Awaited.FIRST_CONTACT, due)
    assert (knock.kept_at, knock.reached_at, knock.contacted_at) == (None, None, None)
    told = select(Notice.staff_id).where(
        Notice.kind == Kind.MEETING_ANSWER, Notice.channel == Channel.APP
    )
    assert db.session.scalars(told).all() == [town.nurse.id]
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == Action.MEETING_BOOKED)
    ).one()
    assert event.to_staff_id == town.nurse.id


def test_booking_the_same_twice_is_booking_it_once(town):
    town.sets()
    knock = town.knock()
    key = standing.free_for(knock)[0].key
    first = service.book(knock, key)
    assert service.book(knock, key) is first
    with clock.frozen(at("2026-11-24 09:55")):  # too late to book it now
        assert service.book(knock, key) is first
    assert db.session.scalars(select(Proposal)).all() == [first.proposal]


def test_another_standing_time_takes_the_place_of_the_first_and_of_what_was_offered(town):
    town.sets()
    knock = town.knock()
    first = book(knock)
    offered = service.propose(
        town.nurse, knock, [Offer(at("2026-11-25 10:00"), 30, MeetingWay.WALK, "entrén")]
    )
    second = book(knock, 4)
    assert (first.proposal.state, offered.state) == (ProposalState.MOVED, ProposalState.REPLACED)
    assert second.proposal.meeting_id == first.proposal.meeting_id
    agreed = meetings_of(knock).agreed
    assert agreed and agreed.picked is second
    assert "24 10.00" in starts(town.knock())


def test_a_call_needs_a_number(town):
    town.sets(way=MeetingWay.PHONE, place=None)
    knock = town.knock()
    with pytest.raises(InvalidInput) as refused:
        book(knock)
    assert refused.value.field == "phone"
    slot = book(knock, phone="070 174 06 05")
    assert slot.proposal.phone_to_call == "0701740605"


def test_of_two_who_book_the_same_time_one_gets_it_and_the_other_is_told(app, town):
    town.sets()
    one, other = town.knock(), town.knock()
    db.session.commit()
    ids = [one.id, other.id]
    key = standing.free_for(one)[0].key

    def books(knock_id: str):
        def task(meet):
            knock = db.session.get_one(Knock, knock_id)
            meet()
            return service.book(knock, key).id

        return task

    results = together(app, *(books(one) for one in ids))
    assert sorted(isinstance(result, str) for result in results) == [False, True]
    assert sum(isinstance(result, service.NotFree) for result in results) == 1
    db.session.expire_all()
    lost = next(i for i, result in zip(ids, results, strict=True) if not isinstance(result, str))
    left = db.session.get_one(Knock, lost)
    assert left.state is State.WAITING
    assert starts(left)[0] == "24 10.20"


def test_times_are_proposed_past_what_was_booked_at_the_same_moment(app, town):
    town.sets()
    knock, mine = town.knock(), town.knock()
    answering.take(town.nurse, mine)
    db.session.commit()
    key, ids, me = standing.free_for(knock)[0].key, (knock.id, mine.id), town.nurse.id

    def books(meet):
        booked = db.session.get_one(Knock, ids[0])
        meet()
        service.book(booked, key)

    def proposes(meet):
        mine, staff = db.session.get_one(Knock, ids[1]), db.session.get_one(Staff, me)
        meet()
        service.propose(staff, mine, [Offer(at("2026-11-24 10:00"), 20, MeetingWay.ROOM, "rum 7")])

    results = together(app, books, proposes)
    refused = [one for one in results if isinstance(one, Exception)]
    assert len(refused) == 1
    assert isinstance(refused[0], service.NotFree | service.OddTimes)


# --- whose it is ---------------------------------------------------------------------------------


def test_a_meeting_of_a_knock_that_nobody_has_is_of_whoever_made_it_if_they_may_have_it(town, make):
    town.sets()
    knock = town.knock()
    book(knock)
    answering.release(town.nurse, knock)
    first, last = MONDAY, MONDAY + timedelta(days=7)
    assert len(queries.busy(town.nurse, None, first, last).agreed) == 1
    colleague = make.nurse(town.school)
    answering.take(colleague, knock)
    assert queries.busy(town.nurse, None, first, last).agreed == []
    assert len(queries.busy(colleague, None, first, last).agreed) == 1
    answering.cross_wall(
        colleague, knock, Wall.PSYCHOSOCIAL, consent=True, reason=None, shown=knock.newest
    )
    assert queries.busy(town.nurse, None, first, last).agreed == []


# --- away ----------------------------------------------------------------------------------------


def test_who_is_away_tells_those_pupils_and_they_book_a_time_after_it(town, make):
    town.sets()
    taken, other_day, others = town.knock(), town.knock(), town.knock()
    slot = book(taken)
    later = book(other_day, 2)
    assert later.starts_at == at("2026-12-01 10:00")
    theirs = make.nurse(town.school)
    town.sets(theirs, starts_at=700, ends_at=720)
    answering.take(theirs, others)
    book(others)
    assert service.while_away(town.nurse) == []
    town.away(town.nurse, TUESDAY, TUESDAY)
    assert service.while_away(town.nurse) == [slot]
    for minute, goes_on in ((19, [slot]), (20, [])):
        with clock.frozen(at(f"2026-11-24 10:{minute}")):
            assert service.while_away(town.nurse) == goes_on
    named = [slot.proposal_id, later.proposal_id, meetings_of(others).agreed.id]
    assert service.cannot_come(town.nurse, town.nurse, named) == 1
    assert service.cannot_come(town.nurse, town.nurse, named) == 0
    assert meetings_of(taken).last_stands is Standing.CANCELLED
    assert meetings_of(other_day).agreed is later.proposal
    assert meetings_of(others).agreed
    assert taken.awaits is Awaited.FIRST_CONTACT
    assert starts(taken)[0] == "01 10.20"


def test_who_had_contact_waits_for_a_new_time_and_a_released_knock_is_given_to_nobody(town):
    town.sets()
    answered, released = town.knock(), town.knock()
    answering.answer(town.nurse, answered, "Hej!", form_id=new_id())
    slots = [book(knock) for knock in (answered, released)]
    answering.release(town.nurse, released)
    town.away(town.nurse, TUESDAY, TUESDAY)
    named = [slot.proposal_id for slot in slots]
    assert service.cannot_come(town.nurse, town.nurse, named) == 2
    assert answered.awaits is Awaited.ANSWER
    assert (released.state, released.taken_by_id) == (State.WAITING, None)
    assert meetings_of(released).last_stands is Standing.CANCELLED


def test_a_coordinator_has_the_pupils_told_and_knows_how_many_but_not_of_who_avoids_her(town, make):
    town.sets()
    coordinator, elsewhere = make.coordinator(), make.municipality()
    stranger = make.staff(None, municipality_id=elsewhere.id)
    knocks = [town.knock(), town.knock()]
    for knock in knocks:
        book(knock)
    db.session.add(Avoided(knock_id=knocks[1].id, staff_id=coordinator.id))
    town.away(town.nurse, TUESDAY, TUESDAY)
    assert service.count_while_away(coordinator, town.nurse) == 1
    for nobody in (stranger, make.nurse(town.school)):
        with pytest.raises(NotAllowed):
            service.count_while_away(nobody, town.nurse)
        with pytest.raises(NotAllowed):
            service.cannot_come(nobody, town.nurse)
    assert service.cannot_come(coordinator, town.nurse) == 1
    assert service.count_while_away(coordinator, town.nurse) == 0
    assert [meetings_of(knock).last_stands for knock in knocks] == [Standing.CANCELLED] * 2
    assert all(starts(knock)[0].startswith("01") for knock in knocks)


# --- one's own calendar --------------------------------------------------------------------------


def test_a_feed_has_times_and_no_more_than_was_chosen_and_only_of_what_one_may_see(town, make):
    town.sets()
    mine, crossed, theirs = town.knock(), town.knock(), town.knock()
    slot = book(mine)
    book(crossed)
    answering.cross_wall(
        town.nurse, crossed, Wall.PSYCHOSOCIAL, consent=True, reason=None, shown=crossed.newest
    )
    answering.take(make.nurse(town.school), theirs)
    key = feed.make(town.nurse, shows_school=False, shows_times=False)
    db.session.commit()
    found = feed.find(key)
    assert found
    (event,) = feed.events_of(found)
    assert (event.span, event.school, event.is_free) == (slot.span, None, False)
    assert key not in everything_stored()
    again = feed.make(town.nurse, shows_school=True, shows_times=True)
    assert feed.find(key) is None
    town.away(town.nurse, date(2026, 12, 1), date(2026, 12, 1))
    events = feed.events_of(feed.find(again))
    assert {event.school for event in events} == {town.school.name}
    free = [
        f"{clock.local(e.span.starts_at):%d %H.%M} {e.span.minutes}" for e in events if e.is_free
    ]
    assert free == ["24 10.00 60", "08 10.00 60", "15 10.00 60"]
    town.nurse.ends_on = date(2026, 11, 22)
    assert feed.find(again) is None
    feed.revoke(town.nurse)
    assert feed.of(town.nurse) is None
