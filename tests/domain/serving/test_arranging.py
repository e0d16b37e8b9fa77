"""What staff say of their own week and absence, and a coordinator of theirs."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core import clock
from elevhalsa.core.calendar import closed_days
from elevhalsa.core.errors import InvalidInput, NotAllowed, NotFound
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.serving import queries, service
from elevhalsa.domain.serving.rules import Days, Stay, hours_on, not_among
from elevhalsa.extensions import db
from tests.domain.helpers import at

MONDAY = at("2026-07-13 10:00")
TODAY = MONDAY.date()
NINE, TWELVE, THREE = time(9), time(12), time(15)


@pytest.fixture(autouse=True)
def monday():
    with clock.frozen(MONDAY):
        yield


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def hours(staff, on: date) -> list[str]:
    """When the roster says that somebody works."""
    person = queries.roster(staff.municipality_id, on, on, closed_days()).person(staff.id)
    spans = hours_on(person, on, closed_days())
    return [f"{span.starts_at:%H:%M}-{span.ends_at:%H:%M}" for span in spans]


def test_a_week_is_two_schools_on_several_days(make):
    near, far = make.school(), make.school()
    nurse = make.nurse(near, far)
    service.add_places(nurse, nurse, near, [0, 1], starts_at=NINE, ends_at=TWELVE)
    service.add_places(nurse, nurse, far, [1], starts_at=TWELVE, ends_at=THREE)
    db.session.commit()
    assert hours(nurse, day(0)) == ["09:00-12:00"]
    assert hours(nurse, day(1)) == ["09:00-15:00"]
    assert hours(nurse, day(2)) == []
    shown = [(p.weekday, p.school.name, p.starts_at) for p in service.places_of(nurse)]
    assert shown == [(0, near.name, 540), (1, near.name, 540), (1, far.name, 720)]


def test_the_same_row_twice_is_one_row(make):
    school = make.school()
    nurse = make.nurse(school)
    for _press in range(2):
        service.add_places(nurse, nurse, school, [0], starts_at=NINE, ends_at=TWELVE)
        db.session.commit()
    assert len(service.places_of(nurse)) == 1
    assert len(events(Action.PLACE_CHANGED)) == 1


ODD: list[tuple[dict[str, Any], str]] = [
    ({"starts_at": TWELVE, "ends_at": TWELVE}, "ends_at"),
    ({"ends_on": day(-1)}, "ends_on"),
    ({"starts_on": day(9), "ends_on": day(8)}, "ends_on"),
    ({"weekdays": [0, 2], "starts_at": time(11)}, "weekdays"),
    ({"school": None}, "school"),
]


def test_what_cannot_be_is_said_at_its_field(make):
    school = make.school()
    nurse = make.nurse(school)
    service.add_places(nurse, nurse, school, [2], starts_at=NINE, ends_at=TWELVE)
    for values, field in ODD:
        fine = {"school": school, "weekdays": [0], "starts_at": NINE, "ends_at": TWELVE} | values
        with pytest.raises(InvalidInput) as refused:
            service.add_places(nurse, nurse, fine.pop("school"), fine.pop("weekdays"), **fine)
        assert refused.value.field == field


def test_nobody_is_placed_where_they_do_not_work(make):
    school, elsewhere = make.school(), make.school()
    nurse = make.nurse(school)
    with pytest.raises(InvalidInput) as refused:
        service.add_places(nurse, nurse, elsewhere, [0], starts_at=NINE, ends_at=TWELVE)
    assert refused.value.field == "school"


def test_a_row_is_changed_ended_and_removed(make):
    school = make.school()
    nurse = make.nurse(school)
    service.add_places(nurse, nurse, school, [0, 1], starts_at=NINE, ends_at=TWELVE)
    monday, tuesday = service.places_of(nurse)
    service.change_place(nurse, nurse, monday, starts_at=TWELVE, ends_at=THREE, starts_on=None,
                         ends_on=day(7))  # fmt: skip
    service.remove_place(nurse, nurse, tuesday)
    db.session.commit()
    assert hours(nurse, day(7)) == ["12:00-15:00"]
    assert hours(nurse, day(14)) == ["08:00-16:30"]  # of one who has said nothing of that time
    with pytest.raises(NotFound):
        service.place_of(nurse, tuesday.id)
    reasons = [event.reason for event in events(Action.PLACE_CHANGED)]
    assert reasons == ["added", "changed", "removed"]


def test_who_no_longer_has_a_school_is_not_there_and_may_be_elsewhere_at_that_time(make):
    near, far = make.school(), make.school()
    nurse = make.nurse(near, far)
    service.add_places(nurse, nurse, near, [0], starts_at=NINE, ends_at=TWELVE)
    service.add_places(nurse, nurse, far, [1], starts_at=NINE, ends_at=TWELVE)
    nurse.assignments = [one for one in nurse.assignments if one.school_id == near.id]
    db.session.commit()
    assert [place.school_id for place in service.places_of(nurse)] == [near.id]
    assert (hours(nurse, day(0)), hours(nurse, day(1))) == (["09:00-12:00"], [])
    service.add_places(nurse, nurse, near, [1], starts_at=NINE, ends_at=TWELVE)
    assert hours(nurse, day(1)) == ["09:00-12:00"]


def test_a_row_is_not_changed_into_another(make):
    school = make.school()
    nurse = make.nurse(school)
    service.add_places(nurse, nurse, school, [0], starts_at=NINE, ends_at=TWELVE)
    service.add_places(nurse, nurse, school, [0], starts_at=TWELVE, ends_at=THREE)
    first, _second = service.places_of(nurse)
    with pytest.raises(InvalidInput) as refused:
        service.change_place(nurse, nurse, first, starts_at=NINE, ends_at=time(13),
                             starts_on=None, ends_on=None)  # fmt: skip
    assert "Krockar med" in str(refused.value)
    assert "måndag 12.00–15.00" in str(refused.value)


def test_who_is_away_answers_nobody_until_they_come_back(make):
    nurse = make.nurse(make.school())
    service.be_away(nurse, nurse, day(0), day(3))
    db.session.commit()
    assert hours(nurse, day(0)) == hours(nurse, day(3)) == []
    with clock.frozen(MONDAY + timedelta(days=2)):
        service.come_back(nurse, nurse, service.absences_of(nurse)[0])
        db.session.commit()
        assert service.absences_of(nurse) == []
    assert hours(nurse, day(1)) == []
    assert hours(nurse, day(2)) == ["08:00-16:30"]


def test_an_absence_that_has_not_begun_leaves_nothing_when_it_is_taken_back(make):
    nurse = make.nurse(make.school())
    service.be_away(nurse, nurse, day(1), day(1))
    absence = service.absences_of(nurse)[0]
    service.come_back(nurse, nurse, absence)
    db.session.commit()
    with pytest.raises(NotFound):
        service.absence_of(nurse, absence.id)
    assert [e.reason for e in events(Action.ABSENCE_CHANGED)] == ["added", "removed"]


def test_odd_days_of_absence_are_said_at_their_field(make):
    nurse = make.nurse(make.school())
    service.be_away(nurse, nurse, day(5), day(6))
    for first, last, field in ((-1, 3, "first"), (3, 2, "last"), (0, 366, "last"), (4, 9, "first")):
        with pytest.raises(InvalidInput) as refused:
            service.be_away(nurse, nurse, day(first), day(last))
        assert refused.value.field == field


def test_two_presses_are_one_absence_and_a_longer_one_fills_what_is_left(make):
    nurse = make.nurse(make.school())
    for _press in range(2):
        service.be_away(nurse, nurse, day(2), day(3))
    service.be_away_besides(nurse, nurse, day(0), day(5))
    found = [(one.starts_on, one.ends_on) for one in service.absences_of(nurse)]
    assert found == [(day(0), day(1)), (day(2), day(3)), (day(4), day(5))]


def test_a_coordinator_says_it_for_anybody_of_the_municipality_and_nobody_else_does(make):
    school = make.school()
    nurse, colleague, coordinator = make.nurse(school), make.nurse(school), make.coordinator()
    elsewhere = make.municipality()
    stranger = make.staff(None, municipality_id=elsewhere.id)
    service.be_away(coordinator, nurse, day(1), day(1))
    service.add_places(coordinator, nurse, school, [0], starts_at=NINE, ends_at=TWELVE)
    db.session.commit()
    event = events(Action.ABSENCE_CHANGED)[0]
    assert (event.staff_id, event.to_staff_id) == (coordinator.id, nurse.id)
    place, absence = service.places_of(nurse)[0], service.absences_of(nurse)[0]
    for other in (colleague, stranger):
        for act in (
            lambda who: service.be_away(who, nurse, day(5), day(5)),
            lambda who: service.come_back(who, nurse, absence),
            lambda who: service.remove_place(who, nurse, place),
            lambda who: service.add_places(who, nurse, school, [1], starts_at=NINE, ends_at=TWELVE),
        ):
            with pytest.raises(NotAllowed):
                act(other)


def events(action: Action) -> list[AuditEvent]:
    query = db.select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
    return list(db.session.scalars(query))


numbers = st.integers(0, 8)
ends = st.one_of(st.none(), numbers)


def as_days(first: int | None, last: int | None) -> Days:
    return Days(None if first is None else day(first), None if last is None else day(last))


@given(a=st.tuples(ends, ends), b=st.tuples(ends, ends))
def test_days_meet_when_there_is_one_in_both(a, b):
    first, second = as_days(*a), as_days(*b)
    if any(None not in pair and pair[0] > pair[1] for pair in (a, b)):
        return  # no days at all: never stored
    both = [n for n in range(-1, 10) if day(n) in first and day(n) in second]
    assert first.meets(second) is second.meets(first) is bool(both)


@given(
    first=numbers,
    length=numbers,
    some=st.lists(st.tuples(numbers, numbers).map(sorted), max_size=4),
)
def test_the_days_that_are_left_are_those_in_none_of_some(first, length, some):
    taken = [as_days(*pair) for pair in some]
    left = not_among(day(first), day(first + length), taken)
    for number in range(first - 2, first + length + 3):
        wanted = first <= number <= first + length and not any(day(number) in t for t in taken)
        assert sum(day(number) in days for days in left) == wanted


hours_of_a_day = st.tuples(st.integers(0, 5), st.integers(1, 5)).map(lambda p: (p[0], p[0] + p[1]))


@given(a=hours_of_a_day, b=hours_of_a_day, same_day=st.booleans())
def test_two_rows_clash_when_nobody_could_be_at_both(a, b, same_day):
    one = Stay("a", 0, a[0], a[1], Days(None, None))
    other = Stay("b", 0 if same_day else 1, b[0], b[1], Days(None, None))
    both = same_day and bool(set(range(*a)) & set(range(*b)))
    assert one.clashes_with(other) is other.clashes_with(one) is both
