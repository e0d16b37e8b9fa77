"""The lov baton: handed over, accepted, and home again by itself with all that went along."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from elevhalsa.core.walls import Profession, Wall
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.cover import moves, queries, service
from elevhalsa.domain.cover.models import Carried
from elevhalsa.domain.knocks import answering, asking, passing
from elevhalsa.domain.knocks.models import Avoided, Knock
from elevhalsa.domain.knocks.queries import visible_to
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, State
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.serving import queries as serving
from elevhalsa.domain.serving import service as arranging
from elevhalsa.domain.serving.words import Standing
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored
from workers import jobs

THURSDAY = at("2026-06-18 10:00")
"""The day before midsommarafton."""
TODAY = THURSDAY.date()
FIRST, LAST = TODAY + timedelta(days=4), TODAY + timedelta(days=43)
IN_JULY, IN_AUGUST = at("2026-07-06 10:00"), at("2026-08-03 00:02")


class School:
    """A school with its nurse, a nurse elsewhere, a counsellor and a coordinator."""

    def __init__(self, make) -> None:
        self.make = make
        self.school, self.other = make.school(), make.school()
        self.nurse = make.nurse(self.school)
        self.cover = make.nurse(self.other)
        self.counsellor = make.counsellor(self.school)
        self.coordinator = make.coordinator()

    def knock(self, **asked) -> Knock:
        """One that the nurse has."""
        knock = self.make.knock(self.school, wanted=Profession.NURSE, **asked).knock
        answering.take(self.nurse, knock)
        db.session.commit()
        return knock

    def hands_over(self, *to, schools=None, first=FIRST, last=LAST, accepted=True) -> str:
        before = {one.baton_id for one in queries.given_by(self.nurse)}
        service.hand_over(
            self.nurse, self.nurse, to or [self.cover], schools, first, last, is_away=True
        )
        db.session.flush()
        new = {one.baton_id for one in queries.given_by(self.nurse)} - before
        baton_id = new.pop() if new else ""
        for number, one in enumerate(to or [self.cover] if accepted else []):
            with clock.frozen(clock.now() + timedelta(minutes=number)):
                service.accept(one, baton_id)
        db.session.commit()
        return baton_id


@pytest.fixture
def here(make):
    with clock.frozen(THURSDAY):
        yield School(make)


def at_work(moment) -> None:
    """What the worker does every minute, at one."""
    with clock.frozen(moment):
        jobs.carry_batons()
    db.session.rollback()  # so that the test sees what the worker did


def told(kind: Kind) -> set[str]:
    query = select(Notice.staff_id).where(Notice.kind == kind, Notice.channel == Channel.APP)
    return {one for one in db.session.scalars(query) if one}


def test_what_she_had_goes_on_the_first_day_and_is_home_the_day_after_the_last(here):
    knock = here.knock()
    here.hands_over()
    at_work(THURSDAY)
    assert knock.taken_by_id == here.nurse.id
    at_work(at("2026-06-22 00:01"))
    assert (knock.state, knock.taken_by_id) == (State.TAKEN, here.cover.id)
    assert told(Kind.COVER_BEGINS) == {here.cover.id}
    with clock.frozen(IN_JULY):
        answering.log_attempt(here.cover, knock, AttemptKind.MET)
        db.session.commit()
    at_work(at("2026-07-31 23:59"))
    assert knock.taken_by_id == here.cover.id
    at_work(at("2026-08-01 00:01"))
    assert (knock.state, knock.taken_by_id) == (State.TAKEN, here.nurse.id)
    assert told(Kind.COVER_BACK) == {here.nurse.id}
    with clock.frozen(IN_AUGUST):
        (happened,) = queries.what_happened(here.nurse)
        assert happened.knock is knock
        assert [(kind, who.id) for kind, who, _at in happened.done] == [
            (AttemptKind.MET, here.cover.id)
        ]
        assert queries.given_by(here.nurse) == []


def test_until_it_is_accepted_it_does_not_hold_and_that_can_be_seen(here):
    knock = here.knock()
    here.hands_over(accepted=False)
    assert told(Kind.COVER_ASKED) == {here.cover.id}
    at_work(IN_JULY)
    assert knock.taken_by_id == here.nurse.id
    assert reads(here.cover, IN_JULY) == set()
    for seen in (
        queries.given_by(here.nurse),
        queries.of_municipality(here.nurse.municipality_id),
        queries.asked_of(here.cover),
    ):
        assert [one.standing for one in seen] == [Standing.ASKED]


def test_who_says_no_covers_nobody_and_the_giver_is_told(here):
    here.knock()
    baton_id = here.hands_over(accepted=False)
    service.decline(here.cover, baton_id)
    db.session.commit()
    assert told(Kind.COVER_ANSWERED) == {here.nurse.id}
    assert [one.standing for one in queries.given_by(here.nurse)] == [Standing.DECLINED]
    with pytest.raises(Conflict):
        service.accept(here.cover, baton_id)
    assert queries.asked_of(here.cover) == []


def test_a_baton_that_holds_already_goes_with_the_yes(here):
    knock = here.knock()
    here.hands_over(first=TODAY)
    assert knock.taken_by_id == here.cover.id


def test_what_the_pupil_keeps_from_the_cover_waits_for_the_others_and_comes_back(here):
    colleague = here.make.nurse(here.school)
    knock = here.knock(avoid_staff_ids=(here.cover.id,))
    here.hands_over()
    at_work(IN_JULY)
    assert (knock.state, knock.taken_by_id) == (State.WAITING, None)
    assert reads(here.cover, IN_JULY) == set()
    with clock.frozen(IN_JULY):
        told_of = db.session.scalars(
            select(Notice.staff_id).where(
                Notice.is_about(knock.about), Notice.created_at >= IN_JULY
            )
        )
        assert set(told_of) == {colleague.id}
    at_work(IN_AUGUST)
    assert (knock.state, knock.taken_by_id) == (State.TAKEN, here.nurse.id)


def test_what_another_has_taken_meanwhile_is_theirs_and_what_happened_says_so(here):
    colleague = here.make.nurse(here.school)
    knock = here.knock(avoid_staff_ids=(here.cover.id,))
    here.hands_over()
    at_work(IN_JULY)
    with clock.frozen(IN_JULY):
        answering.take(colleague, knock)
        db.session.commit()
    at_work(IN_AUGUST)
    assert knock.taken_by_id == colleague.id
    with clock.frozen(IN_AUGUST):
        assert [one.knock for one in queries.what_happened(here.nurse)] == [knock]


def test_several_schools_go_to_several_covers(here):
    second = here.make.school()
    nurse = here.make.nurse(here.school, second)
    here.nurse = nurse
    third = here.make.nurse()
    knocks = []
    for school in (here.school, second):
        knock = here.make.knock(school, wanted=Profession.NURSE).knock
        answering.take(nurse, knock)
        knocks.append(knock)
    here.hands_over(here.cover, schools=[here.school])
    here.hands_over(third, schools=[second])
    at_work(IN_JULY)
    assert [knock.taken_by_id for knock in knocks] == [here.cover.id, third.id]
    with clock.frozen(IN_JULY):
        served = [s.id for s in serving.schools_of(here.cover, clock.now())]
        assert set(served) == {here.school.id, here.other.id}
    at_work(IN_AUGUST)
    assert {knock.taken_by_id for knock in knocks} == {nurse.id}


def test_the_note_is_read_by_the_two_alone(here):
    knock = here.knock()
    service.write_note(here.nurse, knock, "Ring inte hem.")
    here.hands_over()
    assert "Ring inte hem." not in everything_stored()
    at_work(IN_JULY)
    assert passing.latest(knock).note == "Ring inte hem."
    with clock.frozen(IN_JULY), pytest.raises(Conflict):
        service.write_note(here.nurse, knock, "Nytt")


def test_taken_back_early_it_is_home_at_once_and_the_cover_is_told(here):
    knock = here.knock()
    baton_id = here.hands_over()
    at_work(IN_JULY)
    with clock.frozen(IN_JULY):
        service.take_back(here.nurse, here.nurse, baton_id, here.cover.id, is_here=True)
        db.session.commit()
        assert knock.taken_by_id == here.nurse.id
        assert arranging.absences_of(here.nurse) == []
        assert reads(here.cover, IN_JULY) == set()
    assert told(Kind.COVER_ENDED) == {here.cover.id}


def test_extending_asks_the_cover_and_what_went_stays_there(here):
    knock = here.knock()
    baton_id = here.hands_over()
    later = LAST + timedelta(days=7)
    with pytest.raises(InvalidInput):
        service.extend(here.nurse, here.nurse, baton_id, here.cover.id, LAST)
    service.extend(here.nurse, here.nurse, baton_id, here.cover.id, later)
    db.session.flush()
    asked = queries.asked_of(here.cover)[-1]
    assert (asked.first, asked.last, asked.standing) == (
        LAST + timedelta(days=1), later, Standing.ASKED,
    )  # fmt: skip
    service.accept(here.cover, asked.baton_id)
    db.session.commit()
    at_work(IN_JULY)
    at_work(IN_AUGUST)
    assert knock.taken_by_id == here.cover.id
    at_work(IN_AUGUST + timedelta(days=7))
    assert knock.taken_by_id == here.nurse.id


def test_a_cover_who_falls_ill_gives_it_to_the_others_for_those_days(here):
    knock = here.knock()
    here.hands_over()
    at_work(IN_JULY)
    with clock.frozen(IN_JULY):
        arranging.be_away(here.cover, here.cover, IN_JULY.date(), IN_JULY.date())
        db.session.commit()
    at_work(IN_JULY)
    assert (knock.state, knock.taken_by_id) == (State.WAITING, None)
    assert told(Kind.COVER_LOST) == {here.nurse.id, here.coordinator.id}
    at_work(IN_JULY + timedelta(days=1))
    assert knock.taken_by_id == here.cover.id


def test_a_cover_whose_account_ends_gives_it_to_the_others(here):
    knock = here.knock()
    here.hands_over()
    at_work(IN_JULY)
    here.cover.ends_on = IN_JULY.date()
    db.session.commit()
    at_work(IN_JULY + timedelta(days=1))
    assert knock.state is State.WAITING
    assert told(Kind.COVER_LOST) == {here.nurse.id, here.coordinator.id}
    assert [one.standing for one in queries.given_by(here.nurse)] == [Standing.CANNOT]


def test_a_cover_who_cannot_after_all_says_so_and_the_coordinator_knows(here):
    knock = here.knock()
    baton_id = here.hands_over()
    at_work(IN_JULY)
    with clock.frozen(IN_JULY):
        service.decline(here.cover, baton_id)
        db.session.commit()
        assert [one.standing for one in queries.given_by(here.nurse)] == [Standing.GIVEN_BACK]
    assert knock.state is State.WAITING
    assert told(Kind.COVER_LOST) == {here.nurse.id, here.coordinator.id}


@pytest.mark.parametrize("how", ["gives it back", "account ends", "let go at once"])
def test_of_two_covers_what_one_leaves_goes_to_the_other_and_only_then_waits_for_all(here, how):
    second = here.make.nurse(here.make.school())
    knock = here.knock()
    service.write_note(here.nurse, knock, "Ring inte hem.")
    baton_id = here.hands_over(here.cover, second)
    at_work(IN_JULY)
    assert knock.taken_by_id == here.cover.id
    tomorrow = IN_JULY + timedelta(days=1)
    with clock.frozen(IN_JULY):
        if how == "gives it back":
            service.decline(here.cover, baton_id)
        else:
            here.cover.ends_on = IN_JULY.date()
        db.session.commit()
    if how == "let go at once":
        with clock.frozen(tomorrow):
            jobs.return_what_was_left()
    at_work(tomorrow)
    assert (knock.state, knock.taken_by_id) == (State.TAKEN, second.id)
    arrived = passing.latest(knock)
    assert (arrived.from_staff, arrived.note) == (here.nurse, "Ring inte hem.")
    with clock.frozen(tomorrow):
        service.decline(second, baton_id)
        db.session.commit()
    assert (knock.state, knock.taken_by_id) == (State.WAITING, None)
    at_work(IN_AUGUST)
    assert knock.taken_by_id == here.nurse.id


def test_what_a_cover_puts_back_waits_for_all_and_is_not_given_to_the_other(here):
    knock = here.knock()
    here.hands_over(here.cover, here.make.nurse(here.make.school()))
    at_work(IN_JULY)
    with clock.frozen(IN_JULY):
        answering.release(here.cover, knock)
        db.session.commit()
    at_work(IN_JULY)
    assert (knock.state, knock.taken_by_id) == (State.WAITING, None)


def test_a_covers_own_baton_carries_what_is_hers_and_not_what_she_covers(here):
    knock, third = here.knock(), here.make.nurse(here.make.school())
    own = here.make.knock(here.other, wanted=Profession.NURSE).knock
    answering.take(here.cover, own)
    here.hands_over()
    at_work(IN_JULY)
    with clock.frozen(IN_JULY):
        days = IN_JULY.date(), IN_JULY.date()
        service.hand_over(here.cover, here.cover, [third], None, *days, is_away=False)
        (asked,) = queries.asked_of(third)
        service.accept(third, asked.baton_id)
        db.session.commit()
        along = [one for one, _note in queries.that_go_along(here.cover)]
    at_work(IN_JULY)
    assert (knock.taken_by_id, own.taken_by_id) == (here.cover.id, third.id)
    assert knock not in along
    at_work(IN_AUGUST)
    assert (knock.taken_by_id, own.taken_by_id) == (here.nurse.id, here.cover.id)


def test_what_crossed_the_wall_meanwhile_is_not_to_come_back(here):
    knock = here.knock()
    here.hands_over()
    at_work(IN_JULY)
    with clock.frozen(IN_JULY):
        answering.cross_wall(
            here.cover, knock, Wall.PSYCHOSOCIAL, consent=True, reason=None, shown=knock.newest
        )
        db.session.commit()
    at_work(IN_JULY)
    assert db.session.scalars(select(Carried.back_at)).one() == IN_JULY
    at_work(IN_AUGUST)
    assert knock.taken_by_id != here.nurse.id
    with clock.frozen(IN_AUGUST):
        assert queries.what_happened(here.nurse) == []


def test_what_the_pupil_keeps_from_her_since_is_not_told_to_whoever_came_back(here):
    knock = here.knock()
    here.hands_over()
    at_work(IN_JULY)
    with clock.frozen(IN_JULY):
        answering.close(here.cover, knock, Outcome.TALKED, shown=knock.newest)
        db.session.commit()
    at_work(IN_AUGUST)
    with clock.frozen(IN_AUGUST):
        assert queries.what_happened(here.nurse) != []
        db.session.add(Avoided(knock_id=knock.id, staff_id=here.nurse.id))
        db.session.commit()
        assert queries.what_happened(here.nurse) == []


def test_of_who_is_shut_out_for_good_the_baton_ends_and_what_went_waits_for_the_others(here):
    knock = here.knock()
    here.hands_over()
    at_work(IN_JULY)
    here.nurse.active = False
    db.session.commit()
    at_work(IN_JULY)
    assert [one.standing for one in queries.given_by(here.nurse)] == [Standing.CANNOT]
    assert (knock.state, knock.taken_by_id) == (State.WAITING, None)


def test_what_was_closed_meanwhile_is_opened_again_to_whoever_came_back(here):
    knock = here.knock()
    here.hands_over()
    at_work(IN_JULY)
    with clock.frozen(IN_JULY):
        answering.close(here.cover, knock, Outcome.TALKED, shown=knock.newest)
        db.session.commit()
    at_work(IN_AUGUST)
    assert knock.state is State.CLOSED
    with clock.frozen(IN_AUGUST + timedelta(hours=10)):
        asking.write(knock, "Hej igen", form_id=new_id())
        db.session.commit()
    assert (knock.state, knock.taken_by_id) == (State.TAKEN, here.nurse.id)


def test_the_worker_does_it_once_however_often_it_looks(here):
    knock = here.knock()
    here.hands_over()
    counts = []
    for moment in (IN_JULY, IN_JULY, IN_AUGUST, IN_AUGUST):
        at_work(moment)
        rows = (Notice, AuditEvent)
        counts.append([db.session.scalar(select(func.count()).select_from(t)) for t in rows])
    assert counts[0] == counts[1] != counts[2] == counts[3]
    events = select(AuditEvent.to_staff_id).where(AuditEvent.action == Action.CARRIED)
    went = db.session.scalars(events.order_by(AuditEvent.id)).all()
    assert went == [here.cover.id, here.nurse.id]
    assert knock.taken_by_id == here.nurse.id


def test_a_knock_that_cannot_be_moved_keeps_no_other_back_and_goes_next_time(here, monkeypatch):
    """As when the process is killed between two of them."""
    first, second = here.knock(), here.knock()
    here.hands_over()
    carry, dying = passing.carry, first.id

    def dies(knock, *args, **values):
        done = carry(knock, *args, **values)
        if knock.id == dying:
            raise ZeroDivisionError
        return done

    monkeypatch.setattr(passing, "carry", dies)
    at_work(IN_JULY)
    assert (first.taken_by_id, second.taken_by_id) == (here.nurse.id, here.cover.id)
    monkeypatch.undo()
    at_work(IN_JULY)
    assert first.taken_by_id == here.cover.id


def test_odd_days_are_said_at_their_field(here):
    for first, last, field in ((-1, 3, "begins"), (5, 4, "ends"), (0, 366, "ends")):
        days = [TODAY + timedelta(days=number) for number in (first, last)]
        with pytest.raises(InvalidInput) as refused:
            service.hand_over(here.nurse, here.nurse, [here.cover], None, *days, is_away=False)
        assert refused.value.field == field


def test_it_goes_to_nobody_behind_the_other_wall_elsewhere_or_who_leaves_before(here):
    stranger = here.make.staff(Profession.NURSE, [], municipality_id=here.make.municipality().id)
    leaver = here.make.nurse(here.school)
    leaver.ends_on = FIRST
    for one in (here.counsellor, here.coordinator, stranger, here.nurse, leaver):
        with pytest.raises(InvalidInput) as refused:
            service.hand_over(here.nurse, here.nurse, [one], None, FIRST, LAST, is_away=False)
        assert refused.value.field == "to"
    with pytest.raises(InvalidInput) as refused:
        service.hand_over(
            here.nurse, here.nurse, [here.cover], [here.other], FIRST, LAST, is_away=False
        )
    assert refused.value.field == "schools"


def test_who_has_gone_behind_the_other_wall_since_cannot_say_yes(here):
    knock = here.knock()
    baton_id = here.hands_over(accepted=False)
    here.cover.profession = Profession.COUNSELLOR
    db.session.commit()
    with pytest.raises(NotAllowed):
        service.accept(here.cover, baton_id)
    at_work(IN_JULY)
    assert knock.taken_by_id == here.nurse.id


def test_asked_twice_is_asked_once_and_days_that_overlap_are_refused(here):
    for _press in range(2):
        here.hands_over(accepted=False)
    assert len(queries.given_by(here.nurse)) == 1
    with pytest.raises(InvalidInput) as refused:
        here.hands_over(first=LAST, last=LAST, accepted=False)
    assert refused.value.field == "to"


def test_only_whoever_was_asked_answers_and_only_the_giver_or_a_coordinator_takes_back(here):
    baton_id = here.hands_over(accepted=False)
    with pytest.raises(NotFound):
        service.accept(here.counsellor, baton_id)
    with pytest.raises(NotAllowed):
        service.take_back(here.cover, here.nurse, baton_id, here.cover.id, is_here=False)
    service.take_back(here.coordinator, here.nurse, baton_id, here.cover.id, is_here=False)
    with pytest.raises(Conflict):
        service.accept(here.cover, baton_id)


def reads(staff, moment) -> set[str]:
    """The knocks of other schools than one's own that one may read."""
    with clock.frozen(moment):
        mine = {assignment.school_id for assignment in staff.assignments}
        found = db.session.scalars(select(Knock).where(visible_to(staff)))
        return {knock.id for knock in found if knock.school_id not in mine}


# --- for anything that may happen ----------------------------------------------------------------

DAYS = 6
spans = st.tuples(st.integers(0, DAYS - 1), st.integers(0, DAYS - 1)).map(sorted)


class Town:
    """Two schools, four nurses, a doctor and a counsellor; knocks that one of them has taken."""

    def __init__(self, make) -> None:
        self.schools = [make.school(), make.school()]
        here, there = self.schools
        self.nurses = [make.nurse(here, there), make.nurse(there), make.nurse(here), make.nurse()]
        self.staff = [
            *self.nurses, make.staff(Profession.DOCTOR, [there]), make.counsellor(here, there),
        ]  # fmt: skip
        make.coordinator()
        self.knocks = [
            make.knock(school, wanted=wanted).knock
            for school in self.schools
            for wanted in (Profession.NURSE, Profession.COUNSELLOR)
            for _number in range(2)
        ]


@pytest.fixture
def town(make):
    with clock.frozen(THURSDAY):
        return Town(make)


@given(data=st.data())
@settings(
    max_examples=max(settings.default.max_examples // 12, 5),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_no_baton_gives_a_knock_to_whom_it_is_kept_from_and_all_come_back(town, data, monkeypatch):
    people = st.integers(0, len(town.staff) - 1)
    baton = st.tuples(
        people, people, st.sampled_from([None, 0, 1]), spans, st.booleans(), st.booleans()
    )
    batons = data.draw(st.lists(baton, min_size=1, max_size=5))
    away = data.draw(st.lists(st.tuples(people, spans), max_size=4))
    avoided = data.draw(st.sets(st.tuples(st.integers(0, 7), people), max_size=8))
    holders = data.draw(st.lists(people, min_size=8, max_size=8))
    monkeypatch.setattr("elevhalsa.work.commit", db.session.flush)
    monkeypatch.setattr(moves, "apart", _within_the_transaction)
    with db.session.begin_nested() as undo:
        had = _prepare(town, batons, away, avoided, holders)
        before = set(db.session.scalars(select(Notice.id)))
        for number in range(DAYS + 1):
            with clock.frozen(THURSDAY + timedelta(days=number)):
                for _look in range(2):
                    moves.carry_and_return()
                    db.session.expire_all()
                    _nothing_is_where_it_must_not_be(town, avoided, before)
        assert {knock.id: knock.taken_by_id for knock in town.knocks if knock.id in had} == had
        undo.rollback()
    db.session.expire_all()


def _within_the_transaction(act) -> bool:
    done: bool = act()
    db.session.flush()
    return done


def _prepare(town: Town, batons, away, avoided, holders) -> dict[str, str]:
    """Returns who has which knock."""
    for number, who in avoided:
        db.session.add(Avoided(knock_id=town.knocks[number].id, staff_id=town.staff[who].id))
    db.session.flush()
    had = {}
    with clock.frozen(THURSDAY):
        for knock, who in zip(town.knocks, holders, strict=True):
            if not knock.taken_by_id and _may_have(town, knock, town.staff[who].id, avoided):
                answering.take(town.staff[who], knock)
                had[knock.id] = town.staff[who].id
        for who, (first, last) in away:
            days = [TODAY + timedelta(days=number) for number in (first, last)]
            arranging.be_away_besides(town.staff[who], town.staff[who], *days)
        for handed in batons:
            _hand(town, *handed)
    db.session.flush()
    return had


def _hand(
    town: Town, giver: int, cover: int, school: int | None, days, says_yes: bool, is_away: bool
) -> None:
    absent, to = town.staff[giver], town.staff[cover]
    mine = {assignment.school_id for assignment in absent.assignments}
    schools = None if school is None else [town.schools[school]]
    if schools and schools[0].id not in mine:
        return
    span = [TODAY + timedelta(days=number) for number in days]
    try:
        service.hand_over(absent, absent, [to], schools, *span, is_away=is_away)
    except InvalidInput:
        return
    db.session.flush()
    if says_yes:
        for asked in queries.asked_of(to):
            service.accept(to, asked.baton_id)


def _may_have(town: Town, knock: Knock, staff_id: str, avoided) -> bool:
    """The rule, said plainly: behind the wall, and the pupil does not keep it from them."""
    who = next(n for n, one in enumerate(town.staff) if one.id == staff_id)
    return town.staff[who].wall is knock.wall and (town.knocks.index(knock), who) not in avoided


def _nothing_is_where_it_must_not_be(town: Town, avoided, told_before: set[str]) -> None:
    for knock in town.knocks:
        assert knock.taken_by_id is None or _may_have(town, knock, knock.taken_by_id, avoided)
        told_now = db.session.scalars(
            select(Notice).where(
                Notice.is_about(knock.about), Notice.staff_id.in_([s.id for s in town.staff])
            )
        )
        for notice in told_now:
            assert notice.id in told_before or _may_have(town, knock, notice.staff_id, avoided)
