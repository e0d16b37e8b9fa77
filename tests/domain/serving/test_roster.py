"""When somebody is at work, and when she is told, against the same said minute by minute."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core.calendar import closed_days
from elevhalsa.core.clock import STOCKHOLM
from elevhalsa.core.walls import Profession
from elevhalsa.domain.serving import rules
from elevhalsa.domain.serving.rules import Covering, Days, Person, Roster, Span, Stay
from tests.domain.helpers import at

IS_CLOSED = closed_days()
BEGINS = date(2026, 3, 20)  # a clock change and Easter lie in the weeks after it
STEP = timedelta(minutes=30)
A, B = "school-a", "school-b"
ALWAYS = Days(None, None)

days = st.integers(0, 20).map(lambda n: BEGINS + timedelta(days=n))
ranges = st.tuples(days, days).map(sorted).map(lambda two: Days(*two))
half_hours = st.integers(0, 48).map(lambda n: n * 30)
open_ranges = st.one_of(ranges, st.just(Days(None, None)), days.map(lambda d: Days(d, None)))
stays = st.builds(
    lambda school, weekday, hours, when: Stay(school, weekday, min(hours), max(hours), when),
    st.sampled_from([A, B]),
    st.integers(0, 6),
    st.tuples(half_hours, half_hours).filter(lambda two: two[0] != two[1]),
    open_ranges,
)
people = st.builds(
    Person,
    id=st.uuids().map(str),
    profession=st.sampled_from([Profession.NURSE, Profession.COUNSELLOR]),
    coordinates=st.just(False),
    works=st.one_of(st.just(Days(None, None)), days.map(lambda d: Days(None, d))),
    school_ids=st.sets(st.sampled_from([A, B])).map(frozenset),
    stays=st.lists(stays, max_size=5).map(tuple),
    away=st.lists(ranges, max_size=2).map(tuple),
    covering=st.lists(
        st.builds(Covering, st.just("absent"), st.just(frozenset([B])), ranges), max_size=2
    ).map(tuple),
)
moments = st.builds(
    lambda day, minutes: (
        datetime.combine(day, datetime.min.time(), STOCKHOLM) + timedelta(minutes=minutes)
    ),
    days,
    half_hours,
)


def works_at(person: Person, moment: datetime) -> bool:
    """The rule, said plainly, of one moment."""
    local = moment.astimezone(STOCKHOLM)
    day, minute = local.date(), local.hour * 60 + local.minute
    if IS_CLOSED(day) or any(day in one for one in person.away) or day not in person.works:
        return False
    now = [stay for stay in person.stays if day in stay.days]
    if not now:
        return day.weekday() < 5 and 480 <= minute < 990
    return any(s.weekday == day.weekday() and s.starts_at <= minute < s.ends_at for s in now)


def steps(start: datetime, end: datetime) -> list[datetime]:
    """Each half hour from one moment to another, the second not included."""
    start, end = start.astimezone(rules.STOCKHOLM), end.astimezone(rules.STOCKHOLM)
    count = int((end.timestamp() - start.timestamp()) // STEP.total_seconds())
    first = start.timestamp()
    return [
        datetime.fromtimestamp(first + n * STEP.total_seconds(), STOCKHOLM)
        for n in range(max(0, count))
    ]


@given(person=people, moment=moments)
def test_hours_are_those_of_the_places_or_the_usual_ones(person, moment):
    assert rules.is_at_work(person, moment, IS_CLOSED) is works_at(person, moment)


@given(person=people, start=moments, end=moments)
def test_the_first_moment_at_work_is_the_first(person, start, end):
    works = [one for one in steps(start, end) if works_at(person, one)]
    assert rules.first_at_work(person, start, end, IS_CLOSED) == (works[0] if works else None)


@given(person=people, nominal=moments, since=moments)
def test_somebody_is_told_at_work_as_near_before_as_can_be_or_else_right_after(
    person, nominal, since
):
    since, nominal = sorted((since, nominal))
    until = nominal + timedelta(days=10)
    told = rules.when_to_tell(person, nominal, since, IS_CLOSED, until=until)
    before = [one for one in steps(since, nominal) if works_at(person, one)]
    if works_at(person, nominal):
        assert told == nominal
    elif before:
        assert told and since <= told < nominal
        assert works_at(person, told)
        assert before[-1] - STEP <= told <= before[-1] + STEP
    else:
        after = [one for one in steps(nominal, until) if works_at(person, one)]
        assert told == (after[0] if after else None)


@given(
    crowd=st.lists(people, max_size=4),
    avoided=st.integers(0, 3),
    start=moments,
    hours=st.integers(1, 72),
)
def test_a_roster_says_who_answers_at_a_school_between_two_moments(crowd, avoided, start, hours):
    roster = Roster(crowd, IS_CLOSED)
    end = start + timedelta(hours=hours)
    left_out = {one.id for one in crowd[avoided : avoided + 1]}
    wanted = [Profession.NURSE]

    def answers_at(person: Person, moment: datetime) -> bool:
        day = moment.astimezone(STOCKHOLM).date()
        covers = any(day in one.days and B in one.school_ids for one in person.covering)
        return works_at(person, moment) and (B in person.school_ids or covers)

    nurses = [p for p in crowd if p.profession in wanted and p.id not in left_out]
    moments = {p.id: [m for m in steps(start, end) if answers_at(p, m)] for p in nurses}
    found = roster.who_answers_between(B, wanted, start, end, left_out)
    assert [one.id for one in found] == [p.id for p in nurses if moments[p.id]]
    first = roster.first_at_work(B, wanted, start, end, left_out)
    assert first == min((some[0] for some in moments.values() if some), default=None)


def test_she_can_be_met_at_the_school_where_she_is_and_called_while_she_is_at_work():
    week = (Stay(A, 1, 480, 720, ALWAYS), Stay(B, 1, 780, 960, ALWAYS))
    nurse = Person("n", Profession.NURSE, False, ALWAYS, frozenset((A, B)), stays=week)
    covers = (Covering("another", frozenset((A,)), ALWAYS),)
    covering = replace(nurse, school_ids=frozenset((B,)), stays=week[1:], covering=covers)
    said_nothing = replace(nurse, stays=())

    def met(person: Person, hour: int, *, on_site: bool, school: str = A) -> bool:
        span = Span(at(f"2026-11-24 {hour:02}:00"), at(f"2026-11-24 {hour:02}:20"))
        return rules.can_be_met(person, school, span, IS_CLOSED, on_site=on_site)

    assert [hour for hour in range(8, 17) if met(nurse, hour, on_site=True)] == [8, 9, 10, 11]
    assert [hour for hour in range(8, 17) if met(nurse, hour, on_site=False)] == [
        8, 9, 10, 11, 13, 14, 15,
    ]  # fmt: skip
    assert [hour for hour in range(8, 17) if met(covering, hour, on_site=True)] == [13, 14, 15]
    assert met(said_nothing, 17, on_site=True)
    assert not met(replace(nurse, away=(ALWAYS,)), 9, on_site=True)
    assert not met(replace(nurse, school_ids=frozenset((B,))), 9, on_site=False)


def test_hours_that_touch_are_one_and_those_of_the_clock_change_are_wall_clock_hours():
    monday = (Stay(A, 0, 480, 600, Days(None, None)), Stay(B, 0, 600, 960, Days(None, None)))
    person = Person("x", Profession.NURSE, False, Days(None, None), frozenset([A]), monday)
    for day in (date(2026, 3, 23), date(2026, 3, 30)):  # before and after the clock change
        hours = rules.hours_on(person, day, IS_CLOSED)
        assert hours == (Span(at(f"{day} 08:00"), at(f"{day} 16:00")),)
    assert rules.hours_on(person, date(2026, 4, 6), IS_CLOSED) == ()  # annandag påsk
