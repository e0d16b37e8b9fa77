"""Without a decision what is over is locked; with one it goes. What is held does neither."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.core.walls import Profession
from elevhalsa.domain import purging
from elevhalsa.domain.audit import sealing
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, asking, devices, holds, journal, queries
from elevhalsa.domain.knocks.models import Avoided, Knock
from elevhalsa.domain.knocks.words import AttemptKind, Journal, Outcome
from elevhalsa.domain.places.models import Municipality
from elevhalsa.domain.purging import Counts
from elevhalsa.domain.retention import queries as decided
from elevhalsa.domain.retention import service
from elevhalsa.domain.retention.models import RetentionRun
from elevhalsa.domain.retention.words import Hold, RecordKind
from elevhalsa.domain.statistics.models import KnockFigure
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored
from tests.factories import Make
from workers import jobs

MONDAY = at("2026-11-23 09:30")
OVER = MONDAY + timedelta(days=181)
DECISION: dict[str, Any] = {
    "days": 180, "reference": "EX 2026/7 § 3", "decided_on": date(2026, 1, 1),
    "decided_by": "Exempelnämnden", "note": "", "by": work.OPERATOR,
}  # fmt: skip


class Town:
    """A municipality without a decision, and what ended there long ago."""

    def __init__(self, make: Make) -> None:
        self.place = make.municipality(has_decision=False)
        self.school = make.school(municipality_id=self.place.id)
        self.me = make.staff(
            Profession.COUNSELLOR, [self.school], municipality_id=self.place.id, coordinates=True
        )
        self.make = make
        self.receipt = self.ended()

    def ended(self) -> asking.Receipt:
        with clock.frozen(MONDAY):
            receipt = self.make.knock(self.school, text="hemliga ord")
            answering.take(self.me, receipt.knock)
            answering.close(self.me, receipt.knock, Outcome.TALKED, shown=receipt.knock.newest)
            db.session.commit()
        return receipt

    @property
    def knock(self) -> Knock:
        return db.session.get_one(Knock, self.receipt.knock.id, populate_existing=True)

    def decides(self, **values: Any) -> None:
        service.decide(self.place, RecordKind.KNOCK, **DECISION | values)
        db.session.commit()


@pytest.fixture
def town(make: Make) -> Town:
    return Town(make)


def events(action: Action) -> int:
    query = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)
    return db.session.scalar(query) or 0


def run(place: Municipality) -> purging.Done:
    done = purging.Done()
    for one in purging.run(place):
        done += one
    return done


def test_without_a_decision_it_is_locked_to_staff_and_open_to_its_pupil(town):
    with clock.frozen(OVER):
        assert run(town.place) == purging.Done(locked=1)
        assert run(town.place) == purging.Done()
        with pytest.raises(NotFound):
            queries.get_for(town.me, town.knock.id)
        assert queries.inbox(town.me, queries.Tab.DONE).knocks == []
        assert events(Action.LOCKED) == 1
        # Her own: OSL 12 kap. 1 §.
        found = devices.find_by_code(town.receipt.code)
        assert [message.text for message in found.messages] == ["hemliga ord"]


def test_a_pupil_who_writes_opens_it_again_and_somebody_reads(town):
    with clock.frozen(OVER):
        run(town.place)
        asking.write(town.knock, "hej igen", form_id=new_id())
        db.session.commit()
        assert town.knock.locked_at is None
        assert queries.get_for(town.me, town.knock.id).is_open
        assert run(town.place) == purging.Done()


def test_the_decision_that_it_waited_for_purges_it(town):
    with clock.frozen(OVER):
        run(town.place)
        town.decides()
        assert purging.counts(town.place).due == 1
        assert run(town.place) == purging.Done(purged=1)
    assert db.session.scalar(select(func.count()).select_from(Knock)) == 0
    assert db.session.scalar(select(func.count()).select_from(KnockFigure)) == 1
    assert "hemliga ord" not in everything_stored()
    sealing.seal(town.place.id)
    db.session.commit()
    *_on, report = sealing.check(town.place.id, [])
    assert not report.faults


def test_a_decision_on_more_days_opens_it_again_until_they_are_over(town):
    with clock.frozen(OVER):
        run(town.place)
        town.decides(days=365)
        assert run(town.place) == purging.Done(unlocked=1)
        assert queries.get_for(town.me, town.knock.id)
        assert run(town.place) == purging.Done()
    with clock.frozen(MONDAY + timedelta(days=366)):
        assert run(town.place) == purging.Done(purged=1)


@pytest.mark.parametrize("has_decision", [True, False])
def test_what_somebody_has_asked_for_is_locked_and_not_purged_until_it_is_decided(
    town, has_decision
):
    if has_decision:
        town.decides()
    holds.hold(town.me, town.knock, is_held=True)
    assert not holds.hold(town.me, town.knock, is_held=True)
    db.session.commit()
    with clock.frozen(OVER):
        assert (purging.counts(town.place).due, purging.counts(town.place).to_lock) == (0, 1)
        assert run(town.place) == purging.Done(locked=1)
        assert run(town.place) == purging.Done()
        found = purging.counts(town.place)
        assert (found.held[Hold.LEGAL], found.locked, found.to_lock) == (1, 1, 0)
        with pytest.raises(NotFound):
            queries.get_for(town.me, town.knock.id)
        holds.hold(town.me, town.knock, is_held=False)
        db.session.commit()
        assert run(town.place) == purging.Done(purged=has_decision)


def test_nothing_is_locked_before_it_is_in_the_record_system(town, make):
    nurse = make.staff(Profession.NURSE, [town.school], municipality_id=town.place.id)
    with clock.frozen(MONDAY):
        knock = make.knock(town.school, wanted=Profession.NURSE).knock
        answering.take(nurse, knock)
        answering.log_attempt(nurse, knock, AttemptKind.TALKED)
        asking.withdraw(knock, shown=None)
        db.session.commit()
    with clock.frozen(OVER):
        assert run(town.place) == purging.Done(locked=1)  # the other
        found = purging.counts(town.place)
        assert (found.held[Hold.JOURNAL], found.unrecorded, found.locked) == (1, 1, 1)
        journal.note(nurse, queries.get_for(nurse, knock.id), Journal.RECORDED)
        db.session.commit()
        assert run(town.place) == purging.Done(locked=1)


def test_nobody_counts_what_its_pupil_keeps_from_her(town):
    db.session.add(Avoided(knock_id=town.knock.id, staff_id=town.me.id))
    db.session.commit()
    with clock.frozen(OVER):
        none = Counts(0, 0, 0, 0, dict.fromkeys(Hold, 0), 0)
        assert purging.counts(town.place, town.me) == none
        assert purging.counts(town.place).to_lock == 1


def test_a_new_decision_ends_the_one_before_and_both_can_be_told_of(town):
    town.decides()
    assert not service.decide(town.place, RecordKind.KNOCK, **DECISION)
    town.decides(days=90, note="Kortare tid.")
    rows = decided.history(town.place.id)
    assert [(row.days, row.until is None) for row in rows] == [(90, True), (180, False)]
    assert decided.keeping(town.place.id) == decided.Keeping(90, True)
    assert events(Action.RETENTION_DECIDED) == 2
    assert service.end(town.place, RecordKind.KNOCK, by=work.OPERATOR)
    assert not service.end(town.place, RecordKind.KNOCK, by=work.OPERATOR)
    db.session.commit()
    assert decided.keeping(town.place.id) == decided.Keeping(90, False)
    assert "Exempelnämnden" not in everything_stored()


@pytest.mark.parametrize(
    ("values", "field"),
    [({"days": 0}, "days"), ({"days": 3651}, "days"), ({"reference": ""}, "reference"),
     ({"decided_by": ""}, "decided_by"), ({"decided_on": date(2999, 1, 1)}, "decided_on")],
)  # fmt: skip
def test_a_decision_that_does_not_say_itself_is_refused(town, values, field):
    with pytest.raises(InvalidInput) as refused:
        town.decides(**values)
    assert refused.value.field == field


def test_a_run_that_is_broken_off_goes_on_where_it_was_and_counts_each_once(town, monkeypatch):
    town.decides()
    for _ in range(4):
        town.ended()
    with clock.frozen(OVER):
        asked_id, my_id = service.ask(town.me).id, town.me.id
        assert service.ask(town.me).id == asked_id, "one press more asks for nothing more"
        db.session.commit()
        monkeypatch.setattr(purging, "BATCH", 2)
        going = purging.run(town.place)
        assert next(going).purged == 2
        del going  # the process dies
        db.session.remove()
        row = db.session.get_one(RetentionRun, asked_id)
        assert (row.purged, row.ended_at, row.staff_id) == (2, None, my_id)
        db.session.remove()
        jobs.run_retention(asked_id)
        row = db.session.get_one(RetentionRun, asked_id)
        assert (row.purged, row.ended_at is None) == (5, False)
    assert db.session.scalar(select(func.count()).select_from(KnockFigure)) == 5


def test_the_worker_does_by_itself_what_is_due_and_writes_down_only_what_it_did(town):
    with clock.frozen(MONDAY):
        jobs.tidy()
    assert decided.runs(town.place) == []
    db.session.rollback()
    with clock.frozen(OVER):
        jobs.tidy()
    db.session.rollback()
    (row,) = decided.runs(town.place)
    assert (row.locked, row.purged, row.actor) == (1, 0, work.ActorKind.SYSTEM)
    assert row.ended_at
