"""What figures will need is kept of a purged knock, and says the same as the knock did."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, exists, func, select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import answering, asking, journal, rungs
from elevhalsa.domain.knocks.models import Attempt, Knock
from elevhalsa.domain.knocks.words import AttemptKind, Journal, Outcome, Way
from elevhalsa.domain.notices import outbox
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import About, Channel, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.models import Break
from elevhalsa.domain.purging import purge
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.statistics.models import KnockFigure
from elevhalsa.extensions import db
from tests.domain.helpers import at

MONDAY = at("2026-11-23 09:30")
LONG_AFTER = MONDAY + timedelta(days=400)


@dataclass(frozen=True)
class Story:
    """A knock from its first hour to its end, in hours from MONDAY."""

    knocks_at: int
    wanted: Profession | None
    way: Way
    attempts: tuple[tuple[int, AttemptKind], ...]
    sees: bool
    """The pupil reads what was answered."""
    climbs: bool
    """Somebody watched the promise at the end."""
    outcome: Outcome | None


attempts = st.lists(st.tuples(st.integers(0, 90), st.sampled_from(AttemptKind)), max_size=3).map(
    lambda some: tuple(sorted(some))
)
stories = st.builds(
    Story,
    knocks_at=st.integers(0, 24 * 12),
    wanted=st.sampled_from([None, Profession.NURSE, Profession.COUNSELLOR]),
    way=st.sampled_from(Way),
    attempts=attempts,
    sees=st.booleans(),
    climbs=st.booleans(),
    outcome=st.none() | st.sampled_from(Outcome),
)


def tell(make, school, people: dict[Profession | None, Staff], story: Story) -> None:
    by = people[story.wanted]
    now = MONDAY + timedelta(hours=story.knocks_at)
    with clock.frozen(now):
        knock = make.knock(school, wanted=story.wanted, way=story.way).knock
    for hours, kind in story.attempts:
        with clock.frozen(now + timedelta(hours=hours)):
            if kind is AttemptKind.ANSWERED_IN_APP:
                answering.answer(by, knock, "hej", form_id=new_id())
            else:
                answering.log_attempt(by, knock, kind)
    with clock.frozen(now + timedelta(hours=91)):
        while story.climbs and rungs.climb(knock, clock.now()):
            pass
        if story.sees:
            db.session.refresh(knock)
            asking.saw(knock)
        if story.outcome:
            answering.take(by, knock)
            answering.close(by, knock, story.outcome, shown=knock.newest)
        else:
            asking.withdraw(knock, shown=knock.newest)
        journal.note(by, knock, Journal.NOTHING)
        db.session.commit()


def told_by_the_live() -> Counter:
    """Asked of the knocks themselves, in SQL."""
    attempted = exists().where(Attempt.knock_id == Knock.id)
    by = (
        select(Staff.profession)
        .join(Attempt, Attempt.staff_id == Staff.id)
        .where(Attempt.knock_id == Knock.id)
        .limit(1)
        .scalar_subquery()
    )
    contact = func.coalesce(Knock.kept_at, Knock.reached_at, Knock.closed_at)
    rows = db.session.execute(
        select(
            Knock.school_id, Knock.wanted, Knock.wall, Knock.way, Knock.outcome,
            func.coalesce(Knock.kept_at <= Knock.due_at, False),
            Knock.due_at < contact,
            Knock.reached_at.is_not(None),
            Knock.opened_wide_at.is_not(None),
            attempted, by,
        )
    )  # fmt: skip
    return Counter(
        (*row[:5], *map(bool, row[5:10]), row[10] and Profession(row[10])) for row in rows
    )


def told_by_the_purged() -> Counter:
    figures = db.session.scalars(select(KnockFigure))
    return Counter(
        (f.school_id, f.wanted, f.wall, f.way, f.outcome, f.kept, f.late, f.reached,
         f.opened_wide, f.answered_by is not None, f.answered_by)
        for f in figures
    )  # fmt: skip


@settings(
    max_examples=settings.default.max_examples // 12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(some=st.lists(stories, min_size=1, max_size=6))
def test_the_figures_of_purged_knocks_say_what_the_knocks_said(make, some):
    school = make.school()
    counsellor = make.counsellor(school)
    people = {
        None: counsellor,
        Profession.COUNSELLOR: counsellor,
        Profession.NURSE: make.nurse(school),
    }
    db.session.execute(delete(KnockFigure))
    for story in some:
        tell(make, school, people, story)
    live = told_by_the_live()
    with clock.frozen(LONG_AFTER):
        assert purge() == len(some)
    assert told_by_the_purged() == live


def figure_of(knock: Knock) -> KnockFigure:
    with clock.frozen(LONG_AFTER):
        assert purge() == 1
    return db.session.scalars(select(KnockFigure)).one()


def answered(make, school, *, hours: float, moment: datetime = MONDAY, **asked: object) -> Knock:
    """Knocked at a moment, answered in the app so many hours later, and closed."""
    counsellor = make.counsellor(school)
    with clock.frozen(moment):
        knock = make.knock(school, **asked).knock
    with clock.frozen(moment + timedelta(hours=hours)):
        answering.answer(counsellor, knock, "hej", form_id=new_id())
        answering.close(counsellor, knock, Outcome.TALKED, shown=knock.newest)
        db.session.commit()
    return knock


@pytest.mark.parametrize(
    ("hours", "counted", "kept"), [(0, 0, True), (0.1, 1, True), (24, 24, True), (25.5, 26, False)]
)
def test_how_long_it_took_is_kept_in_whole_hours(make, hours, counted, kept):
    figure = figure_of(answered(make, make.school(), hours=hours))
    assert (figure.hours_to_contact, figure.kept, figure.late) == (counted, kept, not kept)


def test_a_knock_during_a_break_of_the_own_school_is_one_of_the_break(make):
    school, other = make.school(), make.school()
    days = {"starts_on": date(2026, 11, 23), "ends_on": date(2026, 11, 24), "name": "lovdag"}
    db.session.add(Break(municipality_id=make.home.id, school_id=school.id, **days))
    db.session.commit()
    for place in (school, other):
        answered(make, place, hours=1)
    answered(make, school, hours=1, moment=at("2026-11-25 00:30"))
    with clock.frozen(LONG_AFTER):
        assert purge() == 3
    found = db.session.execute(select(KnockFigure.school_id, KnockFigure.in_break)).all()
    assert Counter(tuple(row) for row in found) == Counter(
        {(school.id, True): 1, (other.id, False): 1, (school.id, False): 1}
    )


def test_that_a_pupil_was_told_of_our_lateness_is_kept_when_it_reached_somebody(make):
    """A message that only stood in the app, unseen, has told nobody anything."""
    school = make.school()
    counsellor = make.counsellor(school)
    for left in ("not at all", "to a phone", "seen in the app", "after the answer"):
        with clock.frozen(MONDAY):
            knock = make.knock(school).knock
            reminders.set_fallback(knock, phone="0701740605", email=None)
            db.session.commit()
        with clock.frozen(MONDAY + timedelta(hours=25)):
            while rungs.climb(knock, clock.now()):
                pass
            db.session.flush()
            if left == "seen in the app":
                notices.mark_seen_by_pupil(About.knock(knock.id))
        push = select(Notice).where(
            Notice.staff_id.is_(None), Notice.channel == Channel.PUSH, Notice.about_id == knock.id
        )
        posted = db.session.scalars(push).one()
        if left in ("to a phone", "after the answer"):
            sent_at = MONDAY + timedelta(hours=26 if left == "to a phone" else 28)
            values = {"channel": Channel.SMS, "parent_id": posted.id, "sent_at": sent_at}
            same = ("municipality_id", "kind", "about_kind", "about_id", "created_at", "not_before")
            values |= {name: getattr(posted, name) for name in same}
            db.session.add(Notice(cause=f"test:{left}", **values))
        with clock.frozen(MONDAY + timedelta(hours=27)):
            answering.answer(counsellor, knock, "hej", form_id=new_id())
            answering.close(counsellor, knock, Outcome.TALKED, shown=knock.newest)
            db.session.commit()
        with clock.frozen(LONG_AFTER):
            outbox.forget_old()  # as every hour: what was told is counted all the same
            assert purge() == 1
    told = db.session.execute(select(KnockFigure.told, KnockFigure.late).order_by(KnockFigure.id))
    assert [tuple(row) for row in told] == [
        (False, True), (True, True), (True, True), (False, True),
    ]  # fmt: skip
