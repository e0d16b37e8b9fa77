"""The promise over the whole of it: whoever works here, is away, covers or leaves, whatever a pupil
asks for and avoids, and whatever is done in any order, over midsummer, Christmas, Easter and both
changes of the clock.

- Somebody who may read a knock is told of it in time, or nobody could: then it is open to all of
  the municipality behind its wall, and a coordinator knows, of a count.
- Nobody behind another wall, avoided, gone, or of another municipality is ever told.
- No rung is climbed twice, and none after a higher one.
- What somebody waits for has a *senast* and a next rung; what waits for nobody has ended.
- What the form showed is what is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import ElevhalsaError
from elevhalsa.core.walls import Profession, across
from elevhalsa.domain.cover import moves as batons
from elevhalsa.domain.cover import queries as asking_cover
from elevhalsa.domain.cover import service as covers
from elevhalsa.domain.knocks import (
    answering,
    asking,
    departures,
    guarantees,
    passing,
    promised,
    queries,
    transferring,
)
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.prospect import Prospect, look
from elevhalsa.domain.knocks.words import (
    AttemptKind,
    Outcome,
    State,
    TakeOverReason,
    Triage,
    Urgency,
    Way,
)
from elevhalsa.domain.notices.models import Notice
from elevhalsa.domain.notices.words import Audience
from elevhalsa.domain.operations import row_security
from elevhalsa.domain.people.models import Staff
from elevhalsa.domain.places import service as placing
from elevhalsa.domain.places.models import Guarantee, School
from elevhalsa.domain.places.words import Unit
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.serving import queries as serves
from elevhalsa.domain.serving import service as serving
from elevhalsa.domain.serving.models import Absence, Cover, Place
from elevhalsa.extensions import db
from tests.factories import Make

from .helpers import at, sweep

DAY = timedelta(days=1)
STARTS = [
    at(moment)
    for moment in (
        "2026-11-23 09:30", "2026-11-28 11:00", "2026-06-18 09:30", "2026-06-19 13:00",
        "2026-07-14 21:00", "2026-12-23 15:00", "2026-04-02 16:20", "2026-03-27 22:00",
        "2026-03-29 01:30", "2026-10-23 10:00", "2026-10-25 01:45",
    )
]  # fmt: skip
PROFESSIONS = st.sampled_from([Profession.NURSE, Profession.DOCTOR, Profession.COUNSELLOR])
DAYS = st.tuples(st.integers(-2, 6), st.integers(0, 12))
"""From when, counted from the first day, and how many days more."""


@dataclass
class Town:
    """A municipality, another beside it, and all that happens there."""

    make: Make
    now: datetime
    schools: list[School]
    staff: list[Staff]
    knocks: list[Knock] = field(default_factory=list)
    rungs: dict[str, int] = field(default_factory=dict)
    """The highest of each wait so far."""
    told: set[str] = field(default_factory=set)
    """Ids of the notices that have been looked at."""
    was_out: bool = False
    """Nobody has swept for a while."""

    # --- what happens -------------------------------------------------------------------------

    def does(self, verb: Callable[[], object]) -> bool:
        """False when it may not be done; then nothing is."""
        with clock.frozen(self.now):
            try:
                verb()
                db.session.commit()
            except ElevhalsaError:
                db.session.rollback()
                return False
            finally:
                self.looks()
        return True

    def knocks_on(
        self,
        school: School,
        wanted: Profession | None,
        avoids: tuple[Staff, ...],
        urgency: Urgency | None,
        way: Way,
        shown_ago: timedelta,
    ) -> None:
        policy = policy_of(school.municipality)
        shown = promised.at(policy, self.now - shown_ago)
        asked = self.make.asked(
            wanted=wanted, avoid_staff_ids=tuple(one.id for one in avoids), way=way,
            phone="0701740605", text="Hej", urgency=urgency,
        )  # fmt: skip
        with clock.frozen(self.now):
            day = clock.today()
            some = [one for one in db.session.scalars(select(Guarantee))
                    if one.holds_for(school.municipality_id, wanted, day)]  # fmt: skip
            knock = asking.knock(
                school, asked, shown=shown.signed(school.id), guarantees=some
            ).knock
            db.session.commit()
            expected = shown.due_at if shown_ago <= promised.HOLDS else policy.due_at(self.now)
            assert knock.due_at == expected
            others = [guarantees.dates(some, since, policy)
                      for since in (shown.since, self.now)]  # fmt: skip
            was, new = ([due for _one, due in dated] for dated in others)
            held = shown_ago <= promised.HOLDS
            assert [wait.due_at for wait in guarantees.open_of(knock)] == (was if held else new)
            showed = min([shown.due_at, *was])
            assert (knock.due_shown is None) == (knock.deadline_at == showed)
            self.knocks.append(knock)
            self.was_told_in_time(knock)
            self.looks()

    def goes_on(self, until: datetime) -> None:
        """The worker sweeps each minute; only the minutes in which something is due matter, and,
        where somebody covers, the first of each day."""
        while True:
            due = db.session.scalar(
                select(Wait.next_rung_at)
                .where(Wait.next_rung_at.is_not(None))
                .order_by(Wait.next_rung_at)
                .limit(1)
            )
            baton = db.session.scalar(select(Cover.id).where(Cover.baton_id.is_not(None)).limit(1))
            db.session.rollback()
            stops = [due] if due else []
            if baton:
                tomorrow = clock.local(self.now).date() + DAY
                stops.append(datetime.combine(tomorrow, time(0, 1), tzinfo=clock.STOCKHOLM))
            if not stops or min(stops) > until:
                break
            self.now = max(self.now, min(stops))
            self.sweeps()
        self.now = max(self.now, until)

    def sweeps(self) -> None:
        with clock.frozen(self.now):
            departures.return_what_was_left()
            batons.carry_and_return()
            sweep()
            before = self.notices()
            assert sweep() == 0
            left = select(Wait.id).where(Wait.next_rung_at <= self.now)
            assert not db.session.scalars(left).all()
            assert self.notices() == before
            self.looks()

    # --- what holds ---------------------------------------------------------------------------

    def notices(self) -> set[str]:
        return set(db.session.scalars(select(Notice.id)))

    def prospect(self, knock: Knock) -> Prospect:
        policy = policy_of(knock.municipality)
        roster = queries.roster_between(
            knock.school_id, knock.municipality_id, policy, self.now, knock.due_at
        )
        return look(
            roster, knock.school_id, knock.wall, knock.wanted, start=self.now, end=knock.due_at,
            avoided=queries.avoided_by([knock.id])[knock.id],
        )  # fmt: skip

    def of(self, knock: Knock) -> list[Notice]:
        return list(db.session.scalars(select(Notice).where(Notice.is_about(knock.about))))

    def coordinators(self, knock: Knock) -> set[str]:
        """Ids of those who work here and whom the pupil does not avoid."""
        avoided = queries.avoided_by([knock.id])[knock.id]
        today = clock.local(self.now).date()
        return {
            one.id
            for one in self.staff
            if one.coordinates and one.id not in avoided and one.works_on(today)
        }

    def a_coordinator_knows(self, knock: Knock) -> bool:
        """While there is any."""
        some = self.coordinators(knock)
        return not some or bool(some & {notice.staff_id for notice in self.of(knock)})

    def was_told_in_time(self, knock: Knock) -> None:
        told = [notice for notice in self.of(knock) if notice.staff_id]
        professionals = {
            notice.staff_id for notice in told
            if notice.told_as is not Audience.COORDINATOR and notice.not_before <= knock.due_at
        }  # fmt: skip
        prospect = self.prospect(knock)
        if not prospect.is_nobody:
            assert professionals & {person.id for person in prospect.people}
            return
        assert knock.opened_wide_at
        assert self.a_coordinator_knows(knock)

    def looks(self) -> None:
        """Whatever has been done."""
        db.session.expire_all()
        self._nobody_was_told_who_must_not_know()
        self._nothing_is_on_its_way_to_who_may_not_know_any_more()
        self._each_rung_once_in_order()
        for knock in self.knocks:
            self._has_a_next_step(knock)

    def _nobody_was_told_who_must_not_know(self) -> None:
        by_id = {knock.id: knock for knock in self.knocks}
        people = {one.id: one for one in db.session.scalars(select(Staff))}
        for notice in db.session.scalars(select(Notice)):
            if notice.id in self.told:
                continue
            self.told.add(notice.id)
            knock = by_id.get(notice.about_id or "")
            who = people.get(notice.staff_id or "")
            if knock is None or who is None:
                continue
            assert who.municipality_id == knock.municipality_id
            assert who.id not in queries.avoided_by([knock.id])[knock.id]
            assert who.works_on(clock.local(self.now).date())
            if notice.told_as is Audience.COORDINATOR or not who.is_professional:
                assert who.coordinates
            else:
                assert knock.wall in (None, who.wall)

    def _nothing_is_on_its_way_to_who_may_not_know_any_more(self) -> None:
        """It has gone to the other side since, or somebody has stepped aside."""
        by_id = {knock.id: knock for knock in self.knocks}
        rows = db.session.execute(
            select(Notice, Staff).join(Staff, Staff.id == Notice.staff_id).where(
                Notice.seen_at.is_(None), Notice.not_before > self.now,
                Notice.told_as.is_distinct_from(Audience.COORDINATOR),
            )
        )  # fmt: skip
        for notice, who in rows:
            knock = by_id.get(notice.about_id or "")
            if knock is not None and who.is_professional:
                assert knock.wall in (None, who.wall)
                assert who.id not in queries.avoided_by([knock.id])[knock.id]

    def _each_rung_once_in_order(self) -> None:
        for wait in db.session.scalars(select(Wait)):
            assert wait.rung_hours >= self.rungs.get(wait.id, 0)
            self.rungs[wait.id] = wait.rung_hours

    def _has_a_next_step(self, knock: Knock) -> None:
        waits = [
            wait for wait in db.session.scalars(select(Wait).where(Wait.about_id == knock.id))
            if wait.ended_at is None
        ]  # fmt: skip
        if not knock.is_open:
            assert waits == []
            return
        assert waits or knock.state is State.TAKEN
        for wait in waits:
            assert wait.next_rung_at or wait.due_at <= self.now
            assert wait.staff_id == knock.taken_by_id
        waits.sort(key=lambda wait: (wait.due_at, wait.id))
        others = [wait for wait in waits if wait.awaited is not Awaited.GUARANTEE]
        assert knock.awaits == next((wait.awaited for wait in others or waits), None)
        if waits:
            assert knock.deadline_at == waits[0].due_at

    def ends(self) -> None:
        """All that has been promised has come or is late: what is late is known."""
        self.goes_on(max([self.now, *(knock.deadline_at for knock in self.knocks)]) + 4 * DAY)
        for knock in self.knocks:
            if not knock.is_late(self.now):
                continue
            assert knock.opened_wide_at
            assert self.a_coordinator_knows(knock)
        for wait in db.session.scalars(select(Wait).where(Wait.ended_at.is_(None))):
            if wait.due_at < self.now - 2 * DAY:
                self.somebody_knows(wait)

    def somebody_knows(self, wait: Wait) -> None:
        """What is overdue has been told, since it began, to one who may act and is there, or to a
        coordinator, or is to be when they are at work; if there is any."""
        [knock] = [knock for knock in self.knocks if knock.id == wait.about_id]
        told = {notice.staff_id for notice in self.of(knock) if wait.began_at <= notice.created_at}
        with clock.frozen(self.now):
            people = serves.At(self.now).may_be_told(queries.matter_of(knock))
        able = {one.id for one in people}
        assert told & able or told & self.coordinators(knock) or not self.coordinators(knock)


# --- what is drawn -------------------------------------------------------------------------------


@st.composite
def people(draw: Any) -> list[dict[str, Any]]:
    """Who works here: a profession, schools, a week or none, absence, a last day."""
    return draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "profession": PROFESSIONS,
                    "schools": st.sampled_from([(0,), (0, 1), (1,)]),
                    "coordinates": st.sampled_from([False, False, True]),
                    "ends_on": st.none() | st.integers(0, 3),
                    "week": st.none() | st.sets(st.integers(0, 4), min_size=1, max_size=3),
                    "away": st.none() | DAYS,
                }
            ),
            min_size=1,
            max_size=4,
        )
    )


COVERS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), DAYS, st.booleans()), max_size=2)
GUARANTEE = st.none() | st.tuples(st.none() | PROFESSIONS, st.integers(1, 4), st.sampled_from(Unit))
NUMBER = st.integers(0, 5)
WAITS = st.sampled_from([5, 31, 60, 250, 600, 1440, 3000]).map(lambda n: timedelta(minutes=n))
AVOIDS = st.sampled_from([(), (), (0,), (1,), (0, 1, 2, 3)])
KNOCK = st.tuples(
    st.just("knock"), st.integers(0, 1), st.none() | PROFESSIONS, AVOIDS,
    st.sampled_from([Way.APP, Way.CALL]), st.sampled_from([0, 29, 31]),
    st.sampled_from([None, None, *Urgency]),
)  # fmt: skip
ACTS = (
    "take", "take", "release", "hand_over", "take_over", "answer", "call", "talk", "urgent",
    "close", "aside", "cross", "transfer",
)  # fmt: skip
EVENT = st.one_of(
    KNOCK,
    st.tuples(st.sampled_from(ACTS), NUMBER, NUMBER, NUMBER),
    st.tuples(st.sampled_from(["write", "withdraw", "moves"]), NUMBER),
    st.tuples(st.sampled_from(["wait", "wait", "outage"]), WAITS),
    st.tuples(st.just("away"), NUMBER, st.integers(0, 4)),
    st.tuples(st.just("baton"), NUMBER, NUMBER, DAYS),
    st.tuples(st.sampled_from(["yes", "yes", "no", "back"]), NUMBER),
)
DOES: dict[str, Callable[[Staff, Knock, Staff], object]] = {
    "take": lambda me, knock, _to: answering.take(me, knock),
    "release": lambda me, knock, _to: answering.release(me, knock),
    "hand_over": lambda me, knock, to: passing.hand_over(me, knock, to, shown=knock.newest),
    "take_over": lambda me, knock, _to: passing.take_over(me, knock, TakeOverReason.AGREED),
    "answer": lambda me, knock, _to: answering.answer(me, knock, "Hej!", form_id=new_id()),
    "call": lambda me, knock, _to: answering.log_attempt(me, knock, AttemptKind.CALLED_NO_ANSWER),
    "talk": lambda me, knock, _to: answering.log_attempt(me, knock, AttemptKind.TALKED),
    "urgent": lambda me, knock, _to: answering.triage(me, knock, Triage.URGENT),
    "close": lambda me, knock, _to: answering.close(me, knock, Outcome.TALKED, shown=knock.newest),
    "aside": lambda me, knock, _to: passing.step_aside(me, knock),
    "cross": lambda me, knock, _to: answering.cross_wall(
        me, knock, across(me.wall)[0], consent=True, reason=None, shown=knock.newest
    ),
    "transfer": lambda me, knock, to: transferring.transfer(
        me, knock, transferring.schools_for(knock)[0], keeps=to is me, shown=knock.newest
    ),
}


def _town(start: datetime, drawn: list[dict[str, Any]], covered: list[Any], guarantee: Any) -> Town:
    make, first = Make(), clock.local(start).date()
    schools = [make.school(), make.school()]
    abroad = make.municipality()
    make.staff(
        Profession.COUNSELLOR, [make.school(municipality_id=abroad.id)], municipality_id=abroad.id
    )
    staff = [_person(make, schools, first, one) for one in drawn]
    for absent, cover, (offset, more), is_accepted in covered:
        giver, taker = staff[absent % len(staff)], staff[cover % len(staff)]
        if giver is taker or giver.wall is not taker.wall:
            continue
        days = _days(first, offset, more)
        accepted_at = start if is_accepted else None
        db.session.add(
            Cover(absent_id=giver.id, cover_id=taker.id, accepted_at=accepted_at, **days)
        )
    if guarantee:
        profession, amount, unit = guarantee
        placing.put_guarantee(
            None, "Garantin", profession, first, amount=amount, unit=unit, ends_on=None,
            verified_on=first, source="Beslut", url=None,
        )  # fmt: skip
    staff.append(make.coordinator())
    db.session.commit()
    return Town(make, start, schools, staff)


def _person(make: Make, schools: list[School], first: date, drawn: dict[str, Any]) -> Staff:
    ends_on = None if drawn["ends_on"] is None else first + drawn["ends_on"] * DAY
    one = make.staff(
        drawn["profession"], [schools[number] for number in drawn["schools"]],
        coordinates=drawn["coordinates"], ends_on=ends_on,
    )  # fmt: skip
    for weekday in sorted(drawn["week"] or ()):
        school_id = schools[drawn["schools"][0]].id
        db.session.add(
            Place(staff_id=one.id, school_id=school_id, weekday=weekday, starts_at=480, ends_at=900)
        )
    if drawn["away"]:
        db.session.add(Absence(staff_id=one.id, **_days(first, *drawn["away"])))
    return one


def _days(first: date, offset: int, more: int) -> dict[str, date]:
    starts_on = first + offset * DAY
    return {"starts_on": starts_on, "ends_on": starts_on + more * DAY}


def _happens(town: Town, event: tuple[Any, ...]) -> None:
    what, *rest = event
    if what == "knock":
        school, wanted, avoided, way, minutes, urgency = rest
        avoids = tuple(town.staff[number] for number in avoided if number < len(town.staff))
        shown_ago = timedelta(minutes=minutes)
        town.knocks_on(town.schools[school], wanted, avoids, urgency, way, shown_ago)
    elif what in ("wait", "outage"):
        if what == "outage":
            town.was_out = True
            town.now += rest[0]
            town.sweeps()
        else:
            town.goes_on(town.now + rest[0])
    elif what == "away":
        one = town.staff[rest[0] % len(town.staff)]
        today = clock.local(town.now).date()
        town.does(lambda: serving.be_away(one, one, today, today + rest[1] * DAY))
    elif what == "baton":
        _hands_over(town, *rest)
    elif what in ("yes", "no", "back"):
        _answers_about(town, what, rest[0])
    elif town.knocks:
        _done(town, what, rest)


def _hands_over(town: Town, giver: int, receiver: int, days: tuple[int, int]) -> None:
    """As far as the pages let her: to somebody of the same side, from today on at the earliest."""
    give, take = (town.staff[number % len(town.staff)] for number in (giver, receiver))
    first = clock.local(town.now).date() + max(0, days[0]) * DAY
    last = first + days[1] * DAY
    town.does(lambda: covers.hand_over(give, give, [take], None, first, last, is_away=True))


def _answers_about(town: Town, what: str, number: int) -> None:
    with clock.frozen(town.now):
        asked = [one for staff in town.staff for one in asking_cover.asked_of(staff)]
    if not asked:
        return
    one = asked[number % len(asked)]
    deeds: dict[str, Callable[[], object]] = {
        "yes": lambda: covers.accept(one.cover, one.baton_id),
        "no": lambda: covers.decline(one.cover, one.baton_id),
        "back": lambda: covers.take_back(
            one.absent, one.absent, one.baton_id, one.cover.id, is_here=True
        ),
    }
    town.does(deeds[what])


def _done(town: Town, what: str, rest: list[int]) -> None:
    knock = town.knocks[rest[0] % len(town.knocks)]
    if what == "write":
        town.does(lambda: asking.write(knock, "Hej igen", form_id=new_id()))
    elif what == "withdraw":
        town.does(lambda: asking.withdraw(knock, shown=knock.newest))
    elif what == "moves":
        town.does(lambda: transferring.transfer_own(knock, transferring.schools_for(knock)[0]))
    else:
        me, to = (town.staff[number % len(town.staff)] for number in rest[1:])
        town.does(lambda: DOES[what](me, queries.get_for(me, knock.id), to))


@pytest.fixture
def cleared(app: Flask) -> Callable[[], None]:
    """Takes all away but the audit, from which nothing can be taken, and what is the database's."""
    stays = {"audit_event", *row_security.OWNERS}

    def clear() -> None:
        db.session.rollback()
        for table in reversed(db.metadata.sorted_tables):
            if table.name not in stays:
                db.session.execute(delete(table))
        db.session.commit()

    return clear


UNHURRIED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow,
                           HealthCheck.data_too_large],
)  # fmt: skip
WHOLE = given(
    start=st.sampled_from(STARTS),
    drawn=people(),
    covered=COVERS,
    guarantee=GUARANTEE,
    first=KNOCK,
    events=st.lists(EVENT, max_size=12),
)


@settings(UNHURRIED, max_examples=settings.default.max_examples // 12)
@WHOLE
def test_the_promise_is_kept_or_it_is_known_that_it_is_not(
    cleared: Callable[[], None],
    start: datetime,
    drawn: list[dict[str, Any]],
    covered: list[Any],
    guarantee: Any,
    first: tuple[Any, ...],
    events: list[tuple[Any, ...]],
) -> None:
    cleared()
    town = _town(start, drawn, covered, guarantee)
    for event in (first, *events):
        _happens(town, event)
    town.ends()


@pytest.mark.trial
@settings(
    UNHURRIED, max_examples=settings.default.max_examples, phases=(Phase.reuse, Phase.generate)
)
@WHOLE
def test_in_many_more_towns_too(cleared: Callable[[], None], **town: Any) -> None:
    test_the_promise_is_kept_or_it_is_known_that_it_is_not.hypothesis.inner_test(  # type: ignore[attr-defined]
        cleared, **town
    )
