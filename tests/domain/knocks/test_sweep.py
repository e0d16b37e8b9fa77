"""The sweep: what the ladder says is done, once, however often and by however many it is run."""

import pytest
from sqlalchemy import func, select, text

from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import Profession
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, ladder, queries
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.knocks.words import AttemptKind, Outcome, State, Way
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.promise.models import Wait
from elevhalsa.domain.promise.service import climbed_of
from elevhalsa.domain.promise.sweep import due
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.domain.serving import queries as serving
from elevhalsa.domain.serving.models import Absence
from elevhalsa.extensions import db
from tests.domain.helpers import at, counted_queries, sweep, together

from .waits import AT_LAST, next_rung_of, wait_of

MONDAY = at("2026-11-23 09:30")
JUST_BEFORE = at("2026-11-24 09:29")
DUE = at("2026-11-24 09:30")
MUCH_LATER = at("2026-11-27 09:30")


def run() -> int:
    return sweep()


def told(kind: Kind) -> set[str]:
    query = select(Notice.staff_id).where(Notice.kind == kind, Notice.channel == Channel.APP)
    return set(db.session.scalars(query))


def opened_wide() -> int:
    query = select(func.count()).where(AuditEvent.action == Action.OPENED_WIDE)
    return db.session.scalar(query)


@pytest.fixture
def town(make):
    """A school with a counsellor, a counsellor and a nurse elsewhere, and a coordinator."""
    make.home.ladder = AT_LAST

    class Town:
        school = make.school()
        counsellor = make.counsellor(school)
        elsewhere = make.counsellor(make.school())
        nurse = make.nurse(school)
        coordinator = make.coordinator()

        def knock(self, **asked) -> Knock:
            with clock.frozen(MONDAY):
                return make.knock(self.school, **asked).knock

    return Town()


def test_before_the_promise_breaks_nothing_is_done(town):
    town.knock()
    with clock.frozen(JUST_BEFORE):
        assert run() == 0
    assert told(Kind.PROMISE_LATE) == set()


def test_when_the_promise_breaks_it_opens_wide_and_everybody_is_told_once(town):
    knock = town.knock()
    with clock.frozen(DUE):
        assert run() == 1
        assert run() == 0
    assert knock.opened_wide_at == DUE
    assert (wait_of(knock).rung_hours, next_rung_of(knock)) == (24, at("2026-11-24 13:30"))
    assert told(Kind.PROMISE_LATE) == {
        town.counsellor.id, town.elsewhere.id, town.coordinator.id,
    }  # fmt: skip
    assert queries.get_for(town.elsewhere, knock.id)
    assert opened_wide() == 1


def test_a_sweep_that_comes_late_still_does_it(town):
    knock = town.knock()
    with clock.frozen(MUCH_LATER):
        assert run() == 1
    assert knock.opened_wide_at == MUCH_LATER


def test_a_promise_that_was_kept_is_left_alone(town):
    knock = town.knock()
    with clock.frozen(MONDAY):
        answering.answer(town.counsellor, knock, "hej", form_id=new_id())
        db.session.commit()
    with clock.frozen(MUCH_LATER):
        assert due() == []
        assert run() == 0


def test_to_take_it_is_not_to_keep_the_promise_and_it_waits_again(town):
    knock = town.knock()
    with clock.frozen(MONDAY):
        answering.take(town.counsellor, knock)
        db.session.commit()
    with clock.frozen(DUE):
        assert run() == 1
    assert knock.opened_wide_at == DUE
    assert (knock.state, knock.taken_by_id) == (State.WAITING, None)
    assert town.counsellor.id in told(Kind.PROMISE_LATE)


def test_who_took_it_back_or_was_helped_is_not_swept(town):
    withdrawn, closed = town.knock(), town.knock()
    asking.withdraw(withdrawn, shown=withdrawn.newest)
    answering.take(town.counsellor, closed)
    answering.close(town.counsellor, closed, Outcome.NOT_NEEDED, shown=None)
    db.session.commit()
    with clock.frozen(MUCH_LATER):
        assert run() == 0


def test_after_no_answer_the_taker_is_reminded_in_time_and_what_is_late_is_known_to_all(town):
    knock = town.knock(way=Way.CALL, phone="0701740605")
    reminders.set_fallback(knock, phone="0701740605", email=None)
    with clock.frozen(MONDAY):
        answering.log_attempt(town.counsellor, knock, AttemptKind.CALLED_NO_ANSWER)
        db.session.commit()
    with clock.frozen(at("2026-11-24 08:00")):
        assert run() == 1
        assert run() == 0
        assert told(Kind.ATTEMPT_DUE) == {town.counsellor.id}
        assert told(Kind.PROMISE_LATE) == set()
        assert not knock.is_overdue(clock.now())
    for day in ("2026-11-24", "2026-11-25"):
        with clock.frozen(at(f"{day} 09:31")):
            assert run() == 1
            assert run() == 0
            assert knock.is_overdue(clock.now())
    assert told(Kind.ATTEMPT_DUE) == {town.counsellor.id, town.coordinator.id}
    assert told(Kind.PROMISE_LATE) == {None}, "the pupil, and once"
    rungs = [(row.told, row.is_late, row.again_at) for row, _wait in climbed_of(knock.about)]
    everybody = {"counsellor": 1, "coordinator": 1}
    assert rungs == [
        ({"counsellor": 1}, False, None),
        (everybody, True, at("2026-11-25 09:31")),
        (everybody, True, at("2026-11-26 09:31")),
    ]
    assert knock.deadline_at == at("2026-11-24 09:30")


@pytest.mark.parametrize("has_colleague", [True, False])
def test_when_the_taker_is_away_a_colleague_hears_of_the_new_attempt_or_else_the_coordinator(
    town, make, has_colleague
):
    colleague = make.counsellor(town.school) if has_colleague else town.coordinator
    knock = town.knock(way=Way.CALL, phone="0701740605")
    with clock.frozen(MONDAY):
        answering.log_attempt(town.counsellor, knock, AttemptKind.CALLED_NO_ANSWER)
        away = {"starts_on": DUE.date(), "ends_on": at("2026-12-18 00:00").date()}
        db.session.add(Absence(staff_id=town.counsellor.id, **away))
        db.session.commit()
    with clock.frozen(JUST_BEFORE):
        assert run() == 1
    assert told(Kind.ATTEMPT_DUE) == {colleague.id}


def test_a_municipalitys_own_ladder_is_climbed_a_rung_at_a_time(town, make):
    make.home.ladder = [
        {"hours": 0, "audience": ["staff"]},
        {"hours": 12, "audience": ["staff"]},
        {"hours": 20, "audience": ["taker", "cover", "coordinator"]},
        {"hours": 24, "audience": ["coordinator"], "opens_wide": True},
    ]
    knock = town.knock()
    assert next_rung_of(knock) == at("2026-11-23 16:00")
    with clock.frozen(at("2026-11-23 16:00")):
        assert run() == 1
    assert (wait_of(knock).rung_hours, next_rung_of(knock)) == (12, at("2026-11-24 05:30"))
    with clock.frozen(MUCH_LATER):
        assert run() == 2
    assert wait_of(knock).rung_hours == 24
    assert town.coordinator.id in told(Kind.PROMISE_LATE)


def test_one_knock_that_fails_does_not_hide_the_others(town, make, caplog):
    broken = make.municipality(name="Trasig", ladder=AT_LAST)
    school = make.school(municipality_id=broken.id)
    with clock.frozen(MONDAY):
        bad = make.knock(school).knock
    broken.ladder = [{"hours": "strax", "audience": ["staff"]}]
    with clock.frozen(at("2026-11-23 09:31")):
        good = [make.knock(town.school).knock for _ in range(3)]
    db.session.commit()
    with clock.frozen(MUCH_LATER):
        assert run() == 3
        assert all(knock.opened_wide_at for knock in good)
        assert "sweep failed for one knock" in caplog.text
        assert "strax" not in caplog.text, "what an error said is in no log"
        broken.ladder = AT_LAST
        db.session.commit()
        assert run() == 1
    assert wait_of(bad).rung_hours == 24


def test_two_sweeps_at_once_do_everything_once(app, town):
    for _ in range(8):
        town.knock()

    with clock.frozen(DUE):
        done = together(app, lambda _meet: run(), lambda _meet: run())
    assert sum(done) == 8  # type: ignore[arg-type]
    assert opened_wide() == 8
    late = select(func.count()).where(Notice.kind == Kind.PROMISE_LATE)
    assert db.session.scalar(late) == 8 * 3 * 2  # in the app and by letter
    assert db.session.scalars(select(Wait.rung_hours)).all() == [24] * 8


def test_the_longest_waiting_is_seen_first_and_no_more_than_asked_for(town):
    first = town.knock()
    with clock.frozen(at("2026-11-23 09:00")):
        earlier = asking.knock(town.school, _asked()).knock
        db.session.commit()
    with clock.frozen(DUE):
        second, late = (wait_of(knock).id for knock in (earlier, first))
        assert [wait_id for wait_id, _kind in due()] == [second, late]
        assert [wait_id for wait_id, _kind in due(limit=1)] == [second]
        assert [wait_id for wait_id, _kind in due(limit=1, besides={second})] == [late]


def _asked():
    from tests.factories import Make

    return Make().asked()


def test_whom_the_pupil_avoids_is_not_told_as_coordinator_either(make):
    school = make.school()
    both = make.staff(Profession.COUNSELLOR, [school], coordinates=True)
    elsewhere, other = make.counsellor(make.school()), make.coordinator()
    with clock.frozen(MONDAY):
        make.knock(school, avoid_staff_ids=(both.id,))
    with clock.frozen(MUCH_LATER):
        run()
    told_of = set(db.session.scalars(select(Notice.staff_id).where(Notice.staff_id.is_not(None))))
    assert told_of == {elsewhere.id, other.id}


def test_a_coordinator_who_is_away_is_told_only_when_all_are(make):
    school = make.school()
    first, second = make.coordinator(), make.coordinator()
    knock = make.knock(school).knock
    matter = queries.matter_of(knock)

    def away(staff):
        db.session.add(Absence(staff_id=staff.id, starts_on=MONDAY.date(), ends_on=MONDAY.date()))
        db.session.flush()
        return {one.id for one in serving.At(MONDAY).coordinators(matter)}

    assert away(first) == {second.id}
    assert away(second) == {first.id, second.id}


def test_who_was_reached_in_another_way_is_not_told_that_we_are_late(town):
    knock = town.knock(way=Way.SMS, phone="0701740605")
    with clock.frozen(at("2026-11-23 11:00")):
        answering.answer(town.counsellor, knock, "hej", form_id=new_id())
        asking.saw(knock)
        db.session.commit()
    with clock.frozen(MUCH_LATER):
        assert run() == 1
        assert not knock.is_late(clock.now())
    assert told(Kind.PROMISE_LATE) == set()
    assert (knock.opened_wide_at, knock.taken_by_id) == (None, town.counsellor.id)
    assert wait_of(knock) is None


def test_however_few_rungs_there_are_one_is_climbed_when_the_promise_breaks(town, make):
    make.home.ladder = []
    knock = town.knock()
    with clock.frozen(MUCH_LATER):
        assert run() == 1
        assert due() == []
    assert knock.opened_wide_at == MUCH_LATER
    assert town.coordinator.id in told(Kind.PROMISE_LATE)


def test_what_a_newer_release_waits_for_does_not_stop_the_sweep(town):
    knock, newer = town.knock(), town.knock()
    db.session.execute(
        text("UPDATE wait SET about_kind = 'a newer thing' WHERE about_id = :id"), {"id": newer.id}
    )
    db.session.commit()
    with clock.frozen(MUCH_LATER):
        assert run() == 1
    assert knock.opened_wide_at is not None


def test_twenty_knocks_that_are_late_are_told_of_in_hardly_more_statements_than_two(town):
    def statements(number: int) -> int:
        for _ in range(number):
            town.knock()
        with clock.frozen(MUCH_LATER), counted_queries() as asked:
            assert run() == number
        return len(asked)

    for_two, for_twenty = statements(2), statements(20)
    assert for_twenty - for_two <= 18, "each adds its audit event and nothing else"


def test_of_two_knocks_in_one_sweep_each_is_kept_from_whom_its_own_pupil_avoids(town):
    avoiding = town.knock(avoid_staff_ids=(town.counsellor.id,))
    other = town.knock()
    with clock.frozen(MUCH_LATER):
        assert run() == 2

    def told_of(knock: Knock) -> set[str]:
        query = select(Notice.staff_id).where(
            Notice.kind == Kind.PROMISE_LATE, Notice.about_id == knock.id
        )
        return set(db.session.scalars(query))

    assert told_of(avoiding) == {town.elsewhere.id, town.coordinator.id}
    assert told_of(other) == {town.elsewhere.id, town.coordinator.id, town.counsellor.id}


def test_a_rung_that_fails_takes_none_of_what_was_done_beside_it(town, monkeypatch):
    first, bad, last = town.knock(), town.knock(), town.knock()
    whole = ladder.open_wide

    def breaks(knock: Knock) -> None:
        whole(knock)
        if knock.id == bad.id:
            raise RuntimeError("in the middle")

    monkeypatch.setattr(ladder, "open_wide", breaks)
    with clock.frozen(MUCH_LATER):
        assert run() == 2
    assert opened_wide() == 2
    assert (first.opened_wide_at, bad.opened_wide_at, last.opened_wide_at) == (
        MUCH_LATER, None, MUCH_LATER
    )  # fmt: skip
    assert wait_of(bad).rung_hours == 0
