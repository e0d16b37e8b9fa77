"""Whoever is there or away, covers or is avoided: what the form said before it was sent is what the
knock is given, and who is told of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import asking, promised
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.promised import Promised
from elevhalsa.domain.notices.models import Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places.queries import open_school
from elevhalsa.domain.serving.models import Absence, Cover, Place
from elevhalsa.extensions import db
from elevhalsa.pages.door.before import Before, before
from elevhalsa.web import tenant
from elevhalsa.web.answers import Answers
from tests.domain.helpers import at
from tests.factories import Make

FIRST = date(2026, 6, 15)  # midsummer lies in the week
days = st.integers(0, 11).map(lambda n: FIRST + timedelta(days=n))
ranges = st.tuples(days, days).map(sorted)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "profession": st.sampled_from(
                [Profession.NURSE, Profession.DOCTOR, Profession.COUNSELLOR]
            ),
            "is_here": st.booleans(),
            "away": st.lists(ranges, max_size=2),
            "covers": st.none() | st.tuples(st.integers(0, 4), ranges),
            "weekdays": st.sets(st.integers(0, 4), max_size=3),
            "hours": st.sampled_from([(480, 990), (600, 720), (780, 1200)]),
            "is_avoided": st.sampled_from([False, False, False, True]),
        }
    ),
    min_size=1,
    max_size=5,
)


def made(make: Make, people: list[dict], hours: int, names: bool) -> tuple[str, list[Staff]]:
    home = make.municipality(promise_hours=hours, show_names=names)
    school, other = (make.school(municipality_id=home.id) for _one in range(2))
    make.staff(None, municipality_id=home.id)
    staff = [
        make.staff(
            one["profession"], [school if one["is_here"] else other], municipality_id=home.id
        )
        for one in people
    ]
    for person, one in zip(staff, people, strict=True):
        for first, last in one["away"]:
            db.session.add(Absence(staff_id=person.id, starts_on=first, ends_on=last))
        for weekday in one["weekdays"]:
            starts_at, ends_at = one["hours"]
            db.session.add(
                Place(
                    staff_id=person.id, school_id=school.id, weekday=weekday,
                    starts_at=starts_at, ends_at=ends_at,
                )
            )  # fmt: skip
        if one["covers"] and one["covers"][0] < len(staff):
            absent = staff[one["covers"][0]]
            first, last = one["covers"][1]
            if absent is not person and absent.wall is person.wall:
                db.session.add(
                    Cover(
                        absent_id=absent.id, cover_id=person.id, starts_on=first, ends_on=last,
                        accepted_at=at("2026-06-01 09:00"),
                    )
                )  # fmt: skip
    db.session.commit()
    return school.id, staff


def told_of(knock: Knock) -> list[Staff]:
    ids = select(Notice.staff_id).where(Notice.is_about(knock.about))
    return list(db.session.scalars(select(Staff).where(Staff.id.in_(ids))))


@dataclass(frozen=True)
class Case:
    people: list[dict]
    hours: int
    names: bool
    day: date
    minute: int
    waits: int
    """Minutes from when the form came until it is sent."""
    number: int
    """Of the choice that is made."""

    @property
    def shown_at(self) -> datetime:
        return at(f"{self.day} {self.minute // 60:02}:{self.minute % 60:02}")

    @property
    def sent_at(self) -> datetime:
        return self.shown_at + timedelta(minutes=self.waits)

    @property
    def is_too_late(self) -> bool:
        return timedelta(minutes=self.waits) > promised.HOLDS


CASES = st.builds(
    Case, PEOPLE, st.sampled_from([3, 8, 24]), st.booleans(), days, st.integers(0, 1439),
    st.integers(0, 40), st.integers(0, 9),
)  # fmt: skip


class House:
    """A school with these people, and what is done there."""

    def __init__(self, make: Make, case: Case) -> None:
        self.make, self.case = make, case
        self.school_id, self.staff = made(make, case.people, case.hours, case.names)
        pairs = zip(self.staff, case.people, strict=True)
        self.avoided = tuple(person.id for person, one in pairs if one["is_avoided"])

    def says(self, now: datetime, shown: Promised | None = None) -> Before:
        schools = [s for m in tenant.directory().municipalities for s in m.schools]
        school = next(school for school in schools if school.id == self.school_id)
        found = before(school, now, shown=shown, avoided=self.avoided)
        assert found
        return found

    def knocks(self, choice: str, carried: str, *, knows_nobody: bool) -> Knock:
        person = next((one for one in self.staff if one.id == choice), None)
        wanted = next((word for word in Profession if word == choice), None)
        asked = self.make.asked(
            wanted=person.profession if person else wanted,
            wanted_staff_id=person and person.id,
            avoid_staff_ids=self.avoided,
        )
        place = open_school(self.school_id)
        assert place
        return asking.knock(place, asked, shown=carried, knows_nobody=knows_nobody).knock


@settings(
    max_examples=settings.default.max_examples // 8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=CASES)
def test_what_the_form_said_is_what_is_done(app, make, case):
    house = House(make, case)
    app.extensions["elevhalsa_directory"].clear()
    with app.test_request_context(), clock.frozen(case.shown_at):
        said = house.says(case.shown_at)
    choice = sorted(said.by_choice)[case.number % len(said.by_choice)]
    carried = said.promise.signed(house.school_id)
    with app.test_request_context(), clock.frozen(case.sent_at):
        try:
            knows = case.is_too_late or said.by_choice[choice].is_nobody
            knock = house.knocks(choice, carried, knows_nobody=knows)
        except asking.NobodyInTime:
            # Whoever could have has gone home meanwhile: it is said first.
            said = house.says(case.sent_at, said.promise)
            assert said.by_choice[choice].is_nobody
            knock = house.knocks(choice, carried, knows_nobody=True)
        if case.is_too_late:
            said = house.says(case.sent_at)
        db.session.commit()
    assert knock.due_at == said.promise.due_at
    assert knock.due_shown is None or case.is_too_late
    so_it_is(knock, said.by_choice[choice], house)


def so_it_is(knock: Knock, said: Answers, house: House) -> None:
    """Who is told, and whether it opens wide."""
    assert (knock.opened_wide_at is not None) is said.is_nobody
    told = told_of(knock)
    professionals = [one for one in told if one.profession]
    assert not {one.id for one in told} & set(house.avoided)
    assert all(knock.wall in (None, one.wall) for one in professionals)
    if said.is_nobody:
        assert any(one.coordinates for one in told)
        return
    assert professionals
    assert said.who is None or said.who in {one.profession for one in professionals}
    named = [one for one in professionals if one.name == said.name]
    assert said.name is None or [one.profession for one in named] == [said.who]
    assert said.reads_at is None or said.reads_at < knock.due_at
