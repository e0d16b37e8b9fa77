"""The walls, in every query: each kind of person against each kind of knock."""

from itertools import product

import pytest

from elevhalsa.core import clock
from elevhalsa.core.errors import NotAllowed, NotFound
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.knocks import answering, asking, passing, queries
from elevhalsa.domain.knocks.models import Avoided, Knock
from elevhalsa.domain.knocks.queries import Tab
from elevhalsa.domain.knocks.words import Outcome, State
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db


class Town:
    """One of each: two schools and a third in another municipality, and whoever may look."""

    def __init__(self, make) -> None:
        self.make = make
        self.school, self.other_school = make.school(), make.school()
        abroad = make.municipality()
        self.abroad_school = make.school(municipality_id=abroad.id)
        self.nurse = make.nurse(self.school)
        self.counsellor = make.counsellor(self.school)
        self.viewers = {
            "nurse": self.nurse,
            "counsellor": self.counsellor,
            "doctor of both": make.staff(Profession.DOCTOR, [self.school, self.other_school]),
            "psychologist of none": make.staff(Profession.PSYCHOLOGIST),
            "special educator elsewhere": make.staff(
                Profession.SPECIAL_EDUCATOR, [self.other_school]
            ),
            "coordinator": make.coordinator(),
            "coordinator with a school": make.staff(None, [self.school]),
            "nurse who coordinates too": make.staff(
                Profession.NURSE, [self.school], coordinates=True
            ),
            "nurse abroad": make.staff(
                Profession.NURSE, [self.abroad_school], municipality_id=abroad.id
            ),
            "counsellor abroad who is listed here": make.staff(
                Profession.COUNSELLOR, [self.school], municipality_id=abroad.id
            ),
        }

    def knocks_of_every_kind(self) -> list[Knock]:
        found = []
        for school, wanted, avoided, wide, taker, state in product(
            (self.school, self.other_school, self.abroad_school),
            (None, Profession.NURSE, Profession.COUNSELLOR),
            ((), (self.nurse.id,)),
            (False, True),
            (None, self.nurse, self.counsellor),
            (State.WAITING, State.TAKEN, State.CLOSED, State.WITHDRAWN),
        ):
            if (taker is None) == (state is State.TAKEN) or (taker and state is State.WAITING):
                continue
            if taker and (
                (wanted and wanted.wall is not taker.wall)
                or school is self.abroad_school
                or taker.id in avoided
            ):
                continue
            found.append(self.knock_of(school, wanted, avoided, wide, taker, state))
        db.session.commit()
        return found

    def knock_of(self, school, wanted, avoided, wide, taker, state) -> Knock:
        asked = self.make.asked(wanted=wanted, avoid_staff_ids=avoided)
        knock = asking.knock(school, asked).knock
        knock.opened_wide_at = clock.now() if wide else None
        knock.state = state
        if taker:
            knock.taken_by, knock.taken_at, knock.wall = taker, clock.now(), taker.wall
        if not knock.is_open:
            knock.closed_at = clock.now()
        return knock


def may_read(viewer: Staff, knock: Knock, avoided: set[tuple[str, str]]) -> bool:
    """The rule, said once more and in another way than in the queries."""
    if viewer.profession is None:
        return False
    if viewer.municipality_id != knock.municipality_id:
        return False
    if knock.wall is not None and knock.wall is not viewer.profession.wall:
        return False
    if (knock.id, viewer.id) in avoided:
        return False
    serves = knock.school_id in {assignment.school_id for assignment in viewer.assignments}
    return serves or knock.opened_wide_at is not None or knock.taken_by_id == viewer.id


def all_pages(viewer: Staff, tab: Tab, school_id: str | None = None) -> list[str]:
    found, after = [], None
    while True:
        page = queries.inbox(viewer, tab, school_id=school_id, after=after)
        found += [knock.id for knock in page.knocks]
        after = page.next_key
        if after is None:
            return found


def test_every_query_keeps_to_the_walls(make):
    town = Town(make)
    knocks = town.knocks_of_every_kind()
    avoided = {(row.knock_id, row.staff_id) for row in db.session.query(Avoided)}
    assert len(knocks) > 100
    something_seen = 0
    for name, viewer in town.viewers.items():
        readable = [knock for knock in knocks if may_read(viewer, knock, avoided)]
        something_seen += bool(readable)
        ids = {knock.id for knock in readable}
        got = set()
        for knock in knocks:
            try:
                got.add(queries.get_for(viewer, knock.id).id)
            except NotFound:
                continue
        assert got == ids, name
        waiting = [k for k in readable if k.state is State.WAITING]
        mine = [k for k in readable if k.state is State.TAKEN and k.taken_by_id == viewer.id]
        others = [k for k in readable if k.state is State.TAKEN and k.taken_by_id != viewer.id]
        done = [k for k in readable if not k.is_open]
        tabs = {Tab.WAITING: waiting, Tab.MINE: mine, Tab.OTHERS: others, Tab.DONE: done}
        assert tabs.keys() == set(Tab)
        for tab, expected in tabs.items():
            shown = all_pages(viewer, tab)
            assert sorted(shown) == sorted(k.id for k in expected), (name, tab)
            at_school = all_pages(viewer, tab, town.other_school.id)
            assert set(at_school) == {
                k.id for k in expected if k.school_id == town.other_school.id
            }, (name, tab)
        summary = queries.summary(viewer)
        owed = [k for k in mine if k.awaits]
        assert (summary.waiting, summary.mine) == (len(waiting), len(owed)), name
        dates = [k.deadline_at for k in waiting + owed]
        assert summary.nearest == min(dates, default=None), name
    assert something_seen == len(town.viewers) - 2  # all but those who only coordinate


def test_nobody_is_told_of_what_they_may_not_read(make):
    town = Town(make)
    for knock in town.knocks_of_every_kind():
        if knock.state is State.WAITING:
            told = {
                staff.id for staff in serving.At(clock.now()).may_be_told(queries.matter_of(knock))
            }
            for viewer in town.viewers.values():
                if viewer.municipality_id != knock.municipality_id:
                    assert viewer.id not in told
                    continue
                try:
                    queries.get_for(viewer, knock.id)
                except NotFound:
                    assert viewer.id not in told
                else:
                    assert viewer.id in told


def test_colleagues_are_those_behind_the_same_wall_whom_the_pupil_does_not_avoid(make):
    town = Town(make)
    second = make.staff(Profession.DOCTOR, [town.school])
    avoided = make.nurse(town.school)
    left = make.staff(Profession.NURSE, [town.school], active=False)
    knock = make.knock(town.school, wanted=Profession.NURSE, avoid_staff_ids=(avoided.id,)).knock
    answering.take(town.nurse, knock)
    found = {one.staff.id for one in passing.colleagues(town.nurse, knock)}
    also = [town.viewers["doctor of both"], town.viewers["nurse who coordinates too"]]
    assert found == {second.id, *(person.id for person in also)}
    for person in (town.counsellor, avoided, left, town.viewers["coordinator"],
                   town.viewers["nurse abroad"], town.nurse):  # fmt: skip
        with pytest.raises(NotAllowed):
            passing.hand_over(town.nurse, knock, person, shown=knock.newest)
    assert knock.taken_by_id == town.nurse.id


def test_when_it_does_not_matter_both_sides_read_until_one_takes_it(make):
    school = make.school()
    nurse, counsellor = make.nurse(school), make.counsellor(school)
    knock = make.knock(school, wanted=None).knock
    assert queries.get_for(nurse, knock.id) is queries.get_for(counsellor, knock.id)
    answering.take(nurse, knock)
    db.session.commit()
    assert queries.get_for(nurse, knock.id).wall is Wall.MEDICAL
    with pytest.raises(NotFound):
        queries.get_for(counsellor, knock.id)
    answering.release(nurse, knock)
    db.session.commit()
    with pytest.raises(NotFound):
        queries.get_for(counsellor, knock.id)


def test_who_handed_a_knock_over_to_another_school_reads_it_only_while_serving_its_school(make):
    school, other = make.school(), make.school()
    here, elsewhere = make.counsellor(school), make.counsellor(other)
    knock = make.knock(school).knock
    with pytest.raises(NotFound):
        queries.get_for(elsewhere, knock.id)
    answering.take(here, knock)
    passing.hand_over(here, knock, elsewhere, shown=knock.newest)
    db.session.commit()
    assert queries.get_for(elsewhere, knock.id)
    answering.close(elsewhere, knock, Outcome.MET, shown=knock.newest)
    db.session.commit()
    assert queries.get_for(elsewhere, knock.id)


@pytest.mark.parametrize("strange", ["", "x", "' OR 1=1 --", "å" * 300])
def test_an_id_that_leads_nowhere_says_nothing(make, strange):
    staff = make.counsellor(make.school())
    with pytest.raises(NotFound):
        queries.get_for(staff, strange)
