"""Who answers on the days ahead, and when nobody does, against the same asked a day at a time."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from elevhalsa.core.calendar import closed_days
from elevhalsa.core.walls import Profession, professions_behind
from elevhalsa.domain.serving import gaps, rules
from elevhalsa.domain.serving.gaps import Gap, Horizon, Outlook, Post
from elevhalsa.domain.serving.rules import Covering, Days, Person, Stay

from .test_roster import BEGINS, IS_CLOSED, A, B, people

LENGTH = 21
PROFESSIONS = (Profession.NURSE, Profession.DOCTOR, Profession.COUNSELLOR)
POSTS = [Post(school, profession) for school in (A, B) for profession in PROFESSIONS]
staffs = st.lists(
    st.builds(
        lambda person, profession: replace(person, profession=profession),
        people,
        st.sampled_from([*PROFESSIONS, None]),
    ),
    max_size=4,
    unique_by=lambda person: person.id,
)


def outlook(*staff: Person, first: date = BEGINS, days: int = LENGTH, posts=POSTS) -> Outlook:
    return Outlook(staff, Horizon(first, IS_CLOSED, days), posts)


def counted(first: date = BEGINS, length: int = LENGTH) -> list[date]:
    days = [first + timedelta(days=n) for n in range(length)]
    return [day for day in days if not IS_CLOSED(day)]


def days_of(ahead: Outlook, bits: int) -> list[date]:
    return ahead.horizon.dates(bits)


@given(staff=staffs)
def test_who_answers_and_when_nobody_does_is_as_when_asked_day_by_day(staff):
    ahead = outlook(*staff)
    nobody: dict[Post, list[date]] = {post: [] for post in POSTS}
    alone: dict[Post, list[date]] = {post: [] for post in POSTS}
    for day in counted():
        for post in POSTS:
            there = {
                person.id: person.profession
                for person in staff
                if rules.answers_on(person, post.school_id, day, IS_CLOSED)
            }
            of_it = [one for one, known in there.items() if known is post.profession]
            assert sorted(ahead.who_answers(post, day)) == sorted(of_it)
            if not of_it:
                nobody[post].append(day)
            if not set(professions_behind(post.profession.wall)) & set(there.values()):
                alone[post].append(day)
    for post in POSTS:
        found = [gap for gap in ahead.gaps if gap.post == post]
        assert [day for gap in found for day in days_of(ahead, gap.days)] == nobody[post]
        assert [day for gap in found for day in days_of(ahead, gap.alone)] == alone[post]
    home = {(school, wall): days for school, wall, days in ahead.empty_behind()}
    for post in POSTS:
        assert days_of(ahead, home[post.school_id, post.profession.wall]) == alone[post]


@given(staff=staffs)
def test_a_gap_is_as_long_as_it_can_be_and_the_nearest_come_first(staff):
    ahead = outlook(*staff)
    days = list(ahead.horizon.days)
    firsts = []
    for gap in ahead.gaps:
        first, last = ahead.horizon.ends(gap.days)
        start, end = days.index(first), days.index(last)
        assert days_of(ahead, gap.days) == days[start : end + 1]
        for beside in (start - 1, end + 1):
            if 0 <= beside < len(days):
                assert ahead.who_answers(gap.post, days[beside])
        firsts.append(first)
    assert firsts == sorted(firsts)


@given(staff=staffs)
def test_who_is_fit_to_cover_stands_behind_the_wall_and_mends_a_day_by_it(staff):
    ahead = outlook(*staff)
    for gap in ahead.gaps:
        behind = professions_behind(gap.post.profession.wall)
        first, last = ahead.horizon.ends(gap.days)
        cover = Covering("absent", frozenset([gap.post.school_id]), Days(first, last))
        fitting = ahead.fitting(gap)
        for person in staff:
            mended = outlook(
                *(p for p in staff if p is not person),
                replace(person, covering=(*person.covering, cover)),
            )
            helps = person.profession in behind and any(
                person.id in mended.who_answers(Post(gap.post.school_id, person.profession), day)
                and person.id
                not in ahead.who_answers(Post(gap.post.school_id, person.profession), day)
                for day in days_of(ahead, gap.days)
            )
            assert (person.id in fitting) is helps


@given(staff=staffs)
def test_the_picture_has_each_day_without_anybody_in_its_week(staff):
    ahead = outlook(*staff)
    weeks = ahead.horizon.weeks
    assert sum(bits.bit_count() for _monday, bits in weeks) == len(ahead.horizon.days)
    for post in POSTS:
        row = gaps.cells(ahead, post)
        of_it = [gap for gap in ahead.gaps if gap.post == post]
        for (monday, _bits), cell in zip(weeks, row, strict=True):
            week = {monday + timedelta(days=n) for n in range(7)}
            missing = [d for gap in of_it for d in days_of(ahead, gap.days) if d in week]
            alone = [d for gap in of_it for d in days_of(ahead, gap.alone) if d in week]
            assert (cell.missing, cell.alone) == (len(missing), len(alone))
            assert cell.counted == len([d for d in counted() if d in week])


@given(staff=staffs)
def test_what_is_shown_together_is_every_gap_once_and_has_one_cause(staff):
    ahead = outlook(*staff)
    holders = {post: (f"{post.profession} {post.school_id}"[:7],) for post in POSTS}
    shown = gaps.together(ahead.gaps, holders)
    assert [ahead.horizon.ends(one.days)[0] for one in shown] == sorted(
        ahead.horizon.ends(one.days)[0] for one in shown
    )
    parts = [
        Gap(Post(school, one.profession), run, run & one.alone)
        for one in shown
        for school in one.school_ids
        for run in ahead.horizon.runs(one.days)
    ]
    assert sorted(parts, key=repr) == sorted(ahead.gaps, key=repr)
    for one in shown:
        assert {holders[Post(school, one.profession)] for school in one.school_ids} == {one.holders}
        assert one.times == len(list(ahead.horizon.runs(one.days)))


@given(staff=staffs)
def test_what_is_accepted_of_a_gap_is_all_its_days_alone_and_mostly_those(staff):
    ahead = outlook(*staff)
    for one in gaps.together(ahead.gaps, dict.fromkeys(POSTS, ("n",))):
        if not one.alone:
            continue
        kept = 0
        for weekdays, days in gaps.as_accepted(one, ahead.horizon):
            bits = ahead.horizon.on_weekdays(weekdays, days)
            assert gaps.most_are(bits, one.alone)
            kept |= bits
        assert one.alone & ~kept == 0
        if one.times == 1:
            assert kept == one.alone


def test_days_off_each_week_are_one_gap_that_comes_again_and_a_fortnight_is_its_own():
    days = [Stay(A, weekday, 480, 960, Days(None, None)) for weekday in (0, 1, 2)]
    away = Days(date(2026, 5, 4), date(2026, 5, 15))
    post = Post(A, Profession.NURSE)
    person = nurse("n", A, stays=tuple(days), away=(away,))
    ahead = outlook(person, first=date(2026, 4, 6), days=90, posts=[post])
    weekly, fortnight = sorted(
        gaps.together(ahead.gaps, {post: ("n",)}), key=lambda one: one.times, reverse=True
    )
    assert fortnight.days == ahead.horizon.within(date(2026, 4, 30), date(2026, 5, 15))
    assert weekly.times == len(ahead.gaps) - 1 > 8
    thursdays_and_fridays, every = 0b11000, 0b1111111
    assert gaps.as_accepted(weekly, ahead.horizon) == [
        (thursdays_and_fridays, Days(date(2026, 4, 9), None))
    ]
    assert gaps.as_accepted(fortnight, ahead.horizon) == [
        (every, Days(date(2026, 4, 30), date(2026, 5, 15)))
    ]
    assert weekly.days | fortnight.days == ahead.horizon.all & ~ahead.answered(post)


def nurse(name: str, *schools: str, **values) -> Person:
    return Person(name, Profession.NURSE, False, Days(None, None), frozenset(schools), **values)


def test_two_weeks_away_over_midsummer_are_one_gap_of_the_days_that_count():
    away = Days(date(2026, 6, 15), date(2026, 6, 26))
    posts = [Post(A, Profession.NURSE), Post(A, Profession.DOCTOR)]
    ahead = outlook(nurse("n", A, away=(away,)), first=date(2026, 6, 1), days=60, posts=posts[:1])
    (gap,) = ahead.gaps
    assert ahead.horizon.ends(gap.days) == (away.first, away.last)
    assert gap.days.bit_count() == 9  # midsommarafton is the tenth
    assert gap.alone == gap.days


def test_with_a_doctor_at_work_somebody_is_home_behind_the_wall():
    away = Days(BEGINS, None)
    doctor = replace(nurse("d", A), profession=Profession.DOCTOR)
    ahead = outlook(nurse("n", A, away=(away,)), doctor, posts=[Post(A, Profession.NURSE)])
    (gap,) = ahead.gaps
    assert gap == Gap(Post(A, Profession.NURSE), ahead.horizon.all, 0)


def test_a_post_that_nobody_holds_any_more_is_a_gap_to_the_end():
    left = replace(nurse("n", A), works=Days(None, BEGINS - timedelta(days=9)))
    (gap,) = outlook(left, posts=[Post(A, Profession.NURSE)]).gaps
    assert gap.days.bit_count() == len(counted())


# --- when the coordinators are told --------------------------------------------------------------

YEAR = date(2026, 1, 1)
dates = st.integers(0, 729).map(lambda n: YEAR + timedelta(days=n))


@given(first=dates, ahead=st.integers(0, 40), works=st.sets(st.integers(0, 45)))
def test_a_step_is_due_on_its_day_or_on_the_last_one_before_it_that_somebody_works(
    first, ahead, works
):
    today = first - timedelta(days=ahead)
    at_work = {today + timedelta(days=n) for n in works}
    due = gaps.step_due(first, today, at_work)
    passed = [step for step in gaps.STEPS if step >= ahead]
    if passed:
        assert due is not None and due <= min(passed)
    if due is not None and due not in passed:
        day = first - timedelta(days=due)
        assert not any(today < one <= day for one in at_work)


def test_over_christmas_who_works_is_told_before_it():
    is_closed = closed_days()
    gap = date(2026, 12, 28)  # a Monday: two days before it is Saturday, Annandag jul
    told: dict[int | None, date] = {}
    for ahead in range(20, -1, -1):
        today = gap - timedelta(days=ahead)
        if is_closed(today):
            continue
        works = [today + timedelta(days=n) for n in range(40)]
        step = gaps.step_due(gap, today, [day for day in works if not is_closed(day)])
        told.setdefault(step, today)
    assert told == {
        None: date(2026, 12, 8),
        14: date(2026, 12, 14),
        7: date(2026, 12, 21),
        2: date(2026, 12, 23),
    }
