"""Whom the pupil avoids, wherever in the municipality they work and whatever else they are, never
knows of it: not through the ladder, a cover, another school, a colleague or a count."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.errors import Conflict, NotAllowed, NotFound
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import answering, asking, passing, queries, rungs, transferring
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.queries import Tab
from elevhalsa.domain.knocks.words import TakeOverReason
from elevhalsa.domain.notices.models import Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.serving import queries as serving
from elevhalsa.domain.serving.models import Cover
from elevhalsa.domain.statistics import queries as statistics
from elevhalsa.extensions import db
from tests.domain.helpers import at

MONDAY = at("2026-11-23 09:30")


class Town:
    def __init__(self, make) -> None:
        self.make = make
        self.school, self.other, self.third = make.school(), make.school(), make.school()
        self.staff = [
            make.counsellor(self.school),
            make.counsellor(self.school, self.other),
            make.counsellor(self.other),
            make.counsellor(),
            make.staff(Profession.PSYCHOLOGIST, [self.third], coordinates=True),
            make.nurse(self.school),
            make.staff(Profession.NURSE, [self.other], coordinates=True),
            make.coordinator(),
        ]


@pytest.fixture
def town(make):
    with clock.frozen(MONDAY):
        return Town(make)


def assert_knows_nothing(staff: Staff, knock: Knock) -> None:
    """Of all that one person is told, may read, take or count."""
    now = clock.now()
    matter = queries.matter_of(knock)
    who = serving.At(now)
    assert staff not in who.may_be_told(matter)
    assert staff not in who.coordinators(matter)
    assert not serving.may_have_again(matter, staff, now)
    assert not db.session.scalars(select(Notice).where(Notice.staff_id == staff.id)).all()
    with pytest.raises(NotFound):
        queries.get_for(staff, knock.id)
    assert all(not queries.inbox(staff, tab).knocks for tab in Tab)
    counted = queries.summary(staff)
    assert (counted.waiting, counted.mine, counted.nearest) == (0, 0, None)
    if staff.coordinates:
        for one in statistics.school_figures(staff):
            assert (one.open, one.late, one.knocks_30_days, one.kept_30_days) == (0, 0, 0, 0)
    holder = knock.taken_by
    if holder:
        assert staff.id not in {one.staff.id for one in passing.colleagues(holder, knock)}
        with pytest.raises(NotAllowed):
            passing.hand_over(holder, knock, staff, shown=knock.newest)
        with pytest.raises((NotAllowed, Conflict)):
            passing.take_over(staff, knock, TakeOverReason.NO_WORD)
    if staff.profession:
        with pytest.raises(Conflict):
            answering.take(staff, knock)
    assert knock.taken_by is holder


@given(
    avoided=st.sets(st.integers(0, 7), min_size=1),
    wanted=st.sampled_from([None, Profession.COUNSELLOR, Profession.NURSE]),
    covers=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=3),
    steps=st.lists(st.sampled_from(["take", "release", "transfer", "write", "wait"]), max_size=5),
)
@settings(
    max_examples=settings.default.max_examples // 5,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_who_is_avoided_never_knows_of_it(town, avoided, wanted, covers, steps):
    shunned = [town.staff[number] for number in avoided]
    now = MONDAY
    with db.session.begin_nested() as undo:
        db.session.add_all(
            Cover(absent_id=town.staff[absent].id, cover_id=town.staff[cover].id,
                  starts_on=MONDAY.date(), ends_on=MONDAY.date() + timedelta(days=9),
                  accepted_at=MONDAY)
            for absent, cover in covers
            if absent != cover
        )  # fmt: skip
        db.session.flush()
        with clock.frozen(now):
            ids = tuple(staff.id for staff in shunned)
            asked = town.make.asked(wanted=wanted, avoid_staff_ids=ids, text="hej")
            knock = asking.knock(town.school, asked).knock
        for step in [*steps, "wait"]:
            now += timedelta(hours=26 if step == "wait" else 1)
            with clock.frozen(now):
                _do(town, knock, step)
                db.session.flush()
                for staff in shunned:
                    assert_knows_nothing(staff, knock)
        undo.rollback()


def _do(town: Town, knock: Knock, step: str) -> None:
    told = serving.At(clock.now()).may_be_told(queries.matter_of(knock))
    if step == "take" and knock.taken_by is None and told:
        answering.take(told[0], knock)
    elif step == "release" and knock.taken_by:
        answering.release(knock.taken_by, knock)
    elif step == "transfer" and (knock.taken_by or told):
        mover = knock.taken_by or told[0]
        transferring.transfer(mover, knock, transferring.schools_for(knock)[0], shown=knock.newest)
    elif step == "write":
        asking.write(knock, "hej igen", form_id=town.make.asked().form_id)
    elif step == "wait":
        while rungs.climb(knock, clock.now()):
            db.session.flush()
