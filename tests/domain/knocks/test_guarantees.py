"""A guarantee is a clock of its own beside the promise: watched, told of, and ended by contact with
whom it is about. Where there is none, nothing is asked or done."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import answering, asking, guarantees, undoing
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, Way
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people.directory import load
from elevhalsa.domain.places import queries as places
from elevhalsa.domain.places import service
from elevhalsa.domain.places.models import Guarantee
from elevhalsa.domain.places.words import Unit
from elevhalsa.domain.promise.service import climbed_of
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.statistics.queries import guarantee_figures as figures
from elevhalsa.domain.statistics.rules import shown
from elevhalsa.extensions import db
from tests.domain.helpers import at, counted_queries, sweep

MONDAY = at("2026-11-23 09:30")
PROMISE = at("2026-11-24 09:30")
GUARANTEE = at("2026-11-27 00:00")
"""Three weekdays."""
HOUR = timedelta(hours=1)


def put(profession: Profession | None = None, **values) -> Guarantee:
    given: dict[str, Any] = {
        "amount": 3, "unit": Unit.WEEKDAYS, "starts_on": date(2026, 1, 1), "ends_on": None,
        "verified_on": date(2026, 11, 1), "source": "Beslut 1", "url": None,
    } | values  # fmt: skip
    service.put_guarantee(values.pop("owner", None), "Garantin", profession, **given)
    db.session.commit()
    return db.session.scalars(select(Guarantee).order_by(Guarantee.id)).all()[-1]


@pytest.fixture
def school(make):
    return make.school()


@pytest.fixture
def nurse(make, school):
    return make.nurse(school)


@pytest.fixture
def doctor(make, school):
    return make.staff(Profession.DOCTOR, [school])


def knocks(make, school, **asked) -> Knock:
    """As the door does: with what the directory says holds."""
    asked = {"wanted": Profession.DOCTOR, "way": Way.CALL, "phone": "0701740605"} | asked
    with clock.frozen(MONDAY):
        directory = load()
        place = next(one for one in directory.municipalities if one.id == school.municipality_id)
        some = directory.guarantees_for(place, asked["wanted"], clock.today())
        knock = asking.knock(school, make.asked(**asked), guarantees=some).knock
        db.session.commit()
    return knock


def talks(staff, knock, kind=AttemptKind.TALKED) -> None:
    with clock.frozen(MONDAY + HOUR):
        answering.log_attempt(staff, knock, kind)
        db.session.commit()


def told(kind: Kind) -> set[str | None]:
    found = select(Notice.staff_id).where(Notice.kind == kind, Notice.channel == Channel.APP)
    return set(db.session.scalars(found))


def test_the_promise_stands_and_the_guarantee_is_waited_for_besides(make, school, doctor):
    put(Profession.DOCTOR)
    knock = knocks(make, school)
    assert (knock.due_at, knock.deadline_at, knock.awaits) == (
        PROMISE, PROMISE, Awaited.FIRST_CONTACT,
    )  # fmt: skip
    [wait] = guarantees.open_of(knock)
    assert (wait.due_at, wait.guarantee and wait.guarantee.name) == (GUARANTEE, "Garantin")


def test_one_that_is_nearer_than_the_promise_is_the_date_that_is_shown(make, school, doctor):
    put(amount=6, unit=Unit.HOURS)
    knock = knocks(make, school)
    assert (knock.due_at, knock.deadline_at) == (PROMISE, MONDAY + 6 * HOUR)
    assert knock.awaits is Awaited.FIRST_CONTACT
    talks(doctor, knock)
    assert knock.awaits is None


@pytest.mark.parametrize(
    ("who", "values", "holds"),
    [
        (None, {}, True),
        (Profession.DOCTOR, {}, True),
        (Profession.NURSE, {}, False),
        (None, {"starts_on": date(2026, 11, 24)}, False),
        (None, {"ends_on": date(2026, 11, 22)}, False),
        (None, {"ends_on": date(2026, 11, 23)}, True),
    ],
)
def test_it_holds_for_whom_and_when_it_says(make, school, doctor, who, values, holds):
    put(who, **values)
    assert bool(guarantees.open_of(knocks(make, school))) is holds


def test_another_municipalitys_is_not_ours(make, school, doctor):
    put(owner=make.municipality())
    assert guarantees.open_of(knocks(make, school)) == []
    assert places.guarantees_of(school.municipality_id) == []


def test_contact_with_another_ends_the_promise_and_with_the_right_one_the_guarantee(
    make, school, nurse, doctor
):
    put(Profession.DOCTOR)
    knock = knocks(make, school)
    talks(nurse, knock)
    assert (knock.awaits, knock.deadline_at) == (Awaited.GUARANTEE, GUARANTEE)
    with clock.frozen(MONDAY + 2 * HOUR):
        asking.write(knock, "Jag vill ändå träffa läkaren", form_id=new_id())
        assert knock.awaits is Awaited.ANSWER
        answering.release(nurse, knock)
        db.session.commit()
    talks(doctor, knock, AttemptKind.MET)
    assert (knock.awaits, guarantees.open_of(knock)) == (None, [])


def test_an_answer_that_the_pupil_reads_is_contact_and_a_call_without_answer_is_none(
    make, school, doctor
):
    put()
    by_app, by_phone = knocks(make, school, way=Way.APP), knocks(make, school)
    with clock.frozen(MONDAY + HOUR):
        answering.answer(doctor, by_app, "Hej", form_id=new_id())
        answering.log_attempt(doctor, by_phone, AttemptKind.CALLED_NO_ANSWER)
        db.session.commit()
        assert by_app.awaits is Awaited.GUARANTEE
        asking.saw(by_app)
        db.session.commit()
    assert by_app.awaits is None
    assert by_phone.awaits is Awaited.NEW_ATTEMPT
    assert len(guarantees.open_of(by_phone)) == 1


def test_who_can_act_is_reminded_before_and_the_coordinator_told_at_the_end_once(
    make, school, nurse, doctor
):
    coordinator = make.coordinator()
    put(Profession.DOCTOR)
    knock = knocks(make, school)
    talks(nurse, knock)
    for hours in range(0, 24 * 6, 3):
        with clock.frozen(MONDAY + hours * HOUR):
            sweep()
            assert sweep() == 0
            if MONDAY + hours * HOUR < GUARANTEE:
                assert told(Kind.GUARANTEE_LATE) == set()
    assert told(Kind.GUARANTEE_NEAR) == {nurse.id}
    assert told(Kind.GUARANTEE_LATE) == {nurse.id, coordinator.id}
    assert knock.is_overdue(MONDAY + 24 * 6 * HOUR)
    assert knock.due_at == PROMISE


def test_its_rungs_are_on_the_track_each_once_and_say_who_was_told(make, school, nurse, doctor):
    coordinator = make.coordinator()
    put(Profession.DOCTOR)
    knock = knocks(make, school)
    talks(nurse, knock)
    for day in ("2026-11-26 10:00", "2026-11-27 10:00", "2026-11-28 10:00"):
        with clock.frozen(at(day)):
            sweep()
            assert sweep() == 0
    [(near, _wait), (late, wait)] = climbed_of(knock.about)
    assert (near.is_late, near.told) == (False, {"nurse": 1})
    assert (late.is_late, late.told) == (True, {"nurse": 1, "coordinator": 1})
    assert late.again_at == wait.again_at == wait.next_rung_at == at("2026-11-30 10:00")
    assert coordinator.id in told(Kind.GUARANTEE_LATE)


def listen(knock: Knock) -> None:
    """Its pupil has given a number for reminders."""
    reminders.set_fallback(knock, phone="0701740605", email=None)
    db.session.commit()


def reminded(knock: Knock) -> int:
    """How many times its pupil has been told something."""
    pushes = (Notice.staff_id.is_(None), Notice.channel == Channel.PUSH)
    return len(db.session.scalars(select(Notice).where(Notice.about_id == knock.id, *pushes)).all())


def test_one_that_is_late_is_not_told_again_because_it_was_closed_and_that_undone(
    make, school, nurse, doctor
):
    put(Profession.DOCTOR)
    knock = knocks(make, school)
    talks(nurse, knock)
    with clock.frozen(at("2026-11-27 10:00")):
        sweep()
        answering.close(nurse, knock, Outcome.TALKED, shown=knock.newest)
        [undo] = [one for one in undoing.open_to(nurse) if one.what == "close"]
        undoing.undo(nurse, undo.id)
        db.session.commit()
        assert sweep() == 0
    assert guarantees.open_of(knock)[0].next_rung_at == at("2026-11-30 10:00")


def test_its_pupil_is_told_once_that_we_are_late_with_it(make, school, nurse, doctor):
    put(Profession.DOCTOR)
    knock = knocks(make, school)
    talks(nurse, knock)
    listen(knock)
    for day in ("2026-11-26 10:00", "2026-11-27 10:00", "2026-11-30 10:00", "2026-12-01 10:00"):
        with clock.frozen(at(day)):
            sweep()
        assert reminded(knock) == (day > "2026-11-27")
    assert knock.is_overdue(at("2026-12-01 10:00"))


def test_one_that_passes_before_the_promise_is_late_and_is_told_once(make, school, doctor):
    put(amount=6, unit=Unit.HOURS)
    knock = knocks(make, school)
    listen(knock)
    with clock.frozen(MONDAY + 7 * HOUR):
        sweep()
    assert knock.is_overdue(MONDAY + 7 * HOUR)
    assert not knock.is_late(MONDAY + 7 * HOUR)
    assert reminded(knock) == 1


def test_what_is_late_by_the_promise_too_is_told_once_of_both(make, school, doctor):
    put(amount=24, unit=Unit.HOURS)
    knock = knocks(make, school)
    listen(knock)
    with clock.frozen(PROMISE + HOUR):
        sweep()
    assert reminded(knock) == 1


def test_how_it_is_kept_is_counted_for_the_coordinator_and_few_are_not_told(
    make, school, nurse, doctor
):
    coordinator, abroad = make.coordinator(), make.municipality()
    guarantee = put(Profession.DOCTOR)
    some = [knocks(make, school) for _ in range(6)]
    for knock in some[:4]:
        talks(doctor, knock)
    with clock.frozen(MONDAY + HOUR):
        answering.take(nurse, some[4])
        answering.close(nurse, some[4], Outcome.TALKED, shown=some[4].newest)
        db.session.commit()
    with clock.frozen(MONDAY + 2 * HOUR):
        mine = figures(coordinator)[guarantee.id]
        assert (mine.open, mine.late, mine.recent.knocks) == (1, 0, 0)
    with clock.frozen(GUARANTEE + HOUR):
        mine = figures(coordinator)[guarantee.id]
        assert (mine.open, mine.late, mine.recent) == (1, 1, shown(6, 4))
        assert figures(make.staff(None, municipality_id=abroad.id)) == {}
    with clock.frozen(GUARANTEE + timedelta(days=31)):
        assert figures(coordinator)[guarantee.id].recent == shown(0, 0)
    assert [guarantees.all_kept(knock) for knock in some] == [True] * 4 + [False] * 2
    assert guarantees.all_kept(make.knock(school).knock) is None


def test_what_ended_with_the_knock_is_waited_for_again_when_that_is_undone(
    make, school, nurse, doctor
):
    put(Profession.DOCTOR)
    knock = knocks(make, school)
    talks(nurse, knock)
    with clock.frozen(MONDAY + 2 * HOUR):
        answering.close(nurse, knock, Outcome.TALKED, shown=knock.newest)
        db.session.commit()
        assert guarantees.open_of(knock) == []
        [undo] = [one for one in undoing.open_to(nurse) if one.what == "close"]
        undoing.undo(nurse, undo.id)
        db.session.commit()
    assert (knock.awaits, knock.deadline_at) == (Awaited.GUARANTEE, GUARANTEE)


def test_without_any_a_knock_asks_the_database_no_more(make, school, doctor):
    knocks(make, school)
    asked = make.asked(wanted=Profession.DOCTOR)
    with clock.frozen(MONDAY), counted_queries() as statements:
        asking.knock(school, asked)
        db.session.flush()
    assert not [one for one in statements if "guarantee " in one.lower()]


@pytest.mark.parametrize("values", [{"amount": 0}, {"ends_on": date(2025, 1, 1)}])
def test_what_is_no_guarantee_is_not_taken(app, values):
    with pytest.raises(InvalidInput):
        put(**values)
