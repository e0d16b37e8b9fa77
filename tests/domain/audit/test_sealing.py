"""A row of the trace that is removed, changed, moved or added is found; what is allowed is not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, func, insert, select, text, update

from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring
from elevhalsa.domain.about import Subject
from elevhalsa.domain.audit import rules, sealing
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action, AuditChain, AuditEvent, AuditPurge, AuditSeal
from elevhalsa.domain.audit.rules import Fault, FaultKind
from elevhalsa.extensions import db
from tests import postgres
from tests.conftest import KEYS
from tests.domain.helpers import at

NOON = at("2026-11-23 12:00")
pytestmark = pytest.mark.both

PLACE = "place-one"
OTHER = "place-two"


@pytest.fixture
def database_url(database_url: str) -> str:
    """As whoever owns the database: what they change is what is found."""
    return postgres.as_owner(database_url)


@pytest.fixture(autouse=True)
def _off_guard(app):
    """Somebody with the database can take its triggers away: what they keep is tried elsewhere."""
    names = {"sqlite": ["DROP TRIGGER audit_event_no_update", "DROP TRIGGER audit_event_no_delete"],
             "postgresql": ["ALTER TABLE audit_event DISABLE TRIGGER USER"]}  # fmt: skip
    for statement in names[db.engine.dialect.name]:
        db.session.execute(text(statement))
    db.session.commit()


def happens(minutes: float, place: str | None = PLACE, number: int | None = None) -> int:
    """An event so many minutes after noon. number: its id, taken before it commits."""
    values = {
        "at": NOON + timedelta(minutes=minutes), "actor": "pupil", "action": Action.KNOCKED,
        "municipality_id": place, "about_id": f"knock-{minutes}-{number}",
    }  # fmt: skip
    if number is not None:
        values["id"] = number
    made = db.session.scalars(insert(AuditEvent).values(**values).returning(AuditEvent.id)).one()
    db.session.commit()
    return made


def sealed(minutes: float, place: str | None = PLACE) -> int:
    with clock.frozen(NOON + timedelta(minutes=minutes)):
        return sealing.seal(place)


def faults(place: str | None = PLACE) -> list[Fault]:
    db.session.rollback()
    *_parts, report = sealing.check(place)
    by_parts = []
    while True:
        report_of_part = sealing.check_some(place, 2)
        by_parts += report_of_part.faults
        if report_of_part.is_whole:
            break
    db.session.rollback()
    assert sorted(set(by_parts)) == sorted(set(report.faults))
    return sorted(set(report.faults))


@pytest.fixture
def three(app) -> list[int]:
    """Three seals of three events each."""
    numbers = []
    for hour in range(3):
        numbers += [happens(60 * hour + minute) for minute in range(3)]
        assert sealed(60 * hour + 10) == 3
    return numbers


def test_what_nobody_touched_is_whole_and_its_head_is_told(three):
    happens(125)
    *_parts, report = sealing.check(PLACE)
    assert (report.faults, report.rows, report.seals, report.waiting) == ([], 9, 3, 1)
    newest = db.session.get(AuditSeal, (PLACE, 3))
    assert report.head == (3, newest.mark)
    assert faults() == []


def test_what_the_release_before_sealed_is_read_as_it_was_written(app, monkeypatch):
    monkeypatch.setattr(sealing, "VERSION", 1)
    number = happens(0)
    assert sealed(10) == 1
    monkeypatch.undo()
    happens(20)
    assert sealed(30) == 1
    of_another_kind(number, 0)  # a column that was not there then
    db.session.commit()
    assert faults() == []
    change(number, 0)
    db.session.commit()
    assert faults() == [Fault(FaultKind.CHANGED, number)]


def test_each_place_and_what_belongs_to_none_has_a_chain_of_its_own(three):
    happens(0, OTHER)
    happens(0, None)
    assert (sealed(10, OTHER), sealed(10, None), sealed(200)) == (1, 1, 0)
    assert faults(OTHER) == faults(None) == faults() == []
    chains = select(AuditSeal.chain, func.count()).group_by(AuditSeal.chain)
    assert dict(db.session.execute(chains).all()) == {PLACE: 3, OTHER: 1, "-": 1}


def of_another_kind(one: int, _other: int) -> None:
    kind = update(AuditEvent).where(AuditEvent.id == one).values(about_kind=Subject.REFERRAL)
    db.session.execute(kind)


def change(one: int, _other: int) -> None:
    db.session.execute(update(AuditEvent).where(AuditEvent.id == one).values(staff_id="somebody"))


def back_in_time(one: int, _other: int) -> None:
    db.session.execute(update(AuditEvent).where(AuditEvent.id == one).values(at=NOON))


def to_another_place(one: int, _other: int) -> None:
    db.session.execute(update(AuditEvent).where(AuditEvent.id == one).values(municipality_id=OTHER))


def remove(one: int, _other: int) -> None:
    db.session.execute(delete(AuditEvent).where(AuditEvent.id == one))


def swap(one: int, other: int) -> None:
    for before, after in ((one, -1), (other, one), (-1, other)):
        db.session.execute(
            update(AuditEvent)
            .where(AuditEvent.id == before)
            .values(id=after)
            .execution_options(synchronize_session=False)
        )


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (change, [(FaultKind.CHANGED, 4)]),
        (of_another_kind, [(FaultKind.CHANGED, 4)]),
        (back_in_time, [(FaultKind.CHANGED, 4)]),
        (to_another_place, [(FaultKind.REMOVED, 4)]),
        (remove, [(FaultKind.REMOVED, 4)]),
        (swap, [(FaultKind.REORDERED, 4), (FaultKind.REORDERED, 5)]),
    ],
)
def test_a_row_that_is_changed_removed_or_moved_is_named(three, harm: Callable, found):
    harm(three[4], three[5])
    db.session.commit()
    assert faults() == [Fault(kind, three[place]) for kind, place in found]


def test_a_row_that_is_put_in_afterwards_is_found_between_others_and_at_the_end(three):
    between = happens(1, number=three[-1] + 1000)
    assert faults() == [Fault(FaultKind.INSERTED, between)]
    assert sealed(300) == 0, "no seal may be given to it"
    happens(190, number=between + 1)
    assert sealed(300) == 1
    assert faults() == [Fault(FaultKind.INSERTED, between)]


def test_what_is_no_moment_and_no_word_is_a_change_and_no_error(three):
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"UPDATE audit_event SET action = 'x' WHERE id = {three[1]}"))
    else:
        db.session.execute(text(f"UPDATE audit_event SET at = 'never' WHERE id = {three[1]}"))
    db.session.commit()
    assert faults() == [Fault(FaultKind.CHANGED, three[1])]


def test_a_seal_that_is_removed_or_changed_is_found(three):
    db.session.execute(delete(AuditSeal).where(AuditSeal.number == 2))
    db.session.commit()
    assert Fault(FaultKind.SEAL_REMOVED, 2) in faults()
    db.session.execute(update(AuditSeal).where(AuditSeal.number == 1).values(members=""))
    db.session.commit()
    assert Fault(FaultKind.SEAL_CHANGED, 1) in faults()


def test_seals_made_without_the_key_are_found(three):
    """By somebody who has the database and this code."""
    change(three[8], 0)
    for table in (AuditSeal, AuditChain):
        db.session.execute(delete(table))
    db.session.commit()
    keyring.configure(KEYS["encryption_keys"], "a guess that is long enough to be a key")
    try:
        assert sealed(200) == 9
        assert faults() == []
    finally:
        keyring.configure(KEYS["encryption_keys"], KEYS["hash_key"])
    assert faults() == [Fault(FaultKind.SEAL_CHANGED, 1)]


def test_the_newest_seals_cut_off_with_their_rows_are_found_by_what_was_written_down(three):
    mark = db.session.get(AuditSeal, (PLACE, 3)).mark
    db.session.execute(delete(AuditSeal).where(AuditSeal.number == 3))
    db.session.execute(delete(AuditEvent).where(AuditEvent.id.in_(three[6:])))
    db.session.commit()
    assert Fault(FaultKind.CUT, 3) in faults()
    second = db.session.get(AuditSeal, (PLACE, 2))
    db.session.execute(update(AuditChain).values(number=2, mark=second.mark))
    db.session.commit()
    assert faults() == []
    *_parts, report = sealing.check(PLACE, [(3, mark[:16])])
    assert report.faults == [Fault(FaultKind.CUT, 3)]
    *_parts, report = sealing.check(PLACE, [(2, second.mark[:16])])
    assert report.faults == []


def test_what_commits_late_is_sealed_with_the_next_and_is_neither_lost_nor_moved(app):
    first = happens(0)
    happens(1, number=first + 5)
    assert sealed(3) == 2
    happens(0.5, number=first + 2)  # its number was given before
    assert sealed(6) == 1
    happens(5, number=first + 9)
    assert sealed(9) == 1
    assert faults() == []
    remove(first + 2, 0)
    db.session.commit()
    assert faults() == [Fault(FaultKind.REMOVED, first + 2)]


def test_what_has_just_happened_waits_to_settle(app):
    happens(0)
    assert sealed(0.5) == 0
    assert sealed(1.5) == 1


def test_many_are_sealed_in_batches(app, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 4)
    for _turn in range(2):
        for minute in range(10):
            happens(minute % 3)
        assert sealed(20) == 10
    assert faults() == []
    assert db.session.scalar(select(func.count()).select_from(AuditSeal)) == 6


def test_a_purge_that_is_allowed_leaves_the_rest_whole_and_says_so(three):
    with clock.frozen(NOON + timedelta(minutes=200)):
        assert sealing.purge(PLACE, NOON + timedelta(minutes=80)) == 6
        assert sealing.purge(PLACE, NOON + timedelta(minutes=80)) == 0
    assert sealed(210) == 1
    assert faults() == []
    left = db.session.scalars(select(AuditEvent.id).order_by(AuditEvent.id)).all()
    assert left[:3] == three[6:]
    event = db.session.get(AuditEvent, left[3])
    assert (event.action, event.reason) == (Action.LOG_PURGED, "seal_2")
    remove(three[7], 0)
    happens(30, number=three[2])
    db.session.commit()
    assert faults() == [Fault(FaultKind.CHANGED, three[2]), Fault(FaultKind.REMOVED, three[7])]


def test_a_purge_that_broke_off_is_gone_on_with(three, monkeypatch):
    monkeypatch.setattr(sealing, "changed", lambda _statement: 1 / 0)
    with clock.frozen(NOON + timedelta(minutes=200)), pytest.raises(ZeroDivisionError):
        sealing.purge(PLACE, NOON + timedelta(minutes=80))
    db.session.rollback()
    monkeypatch.undo()
    assert faults() == []
    with clock.frozen(NOON + timedelta(minutes=201)):
        assert sealing.purge(PLACE, NOON + timedelta(minutes=80)) == 6


def test_a_purge_that_was_not_ours_is_found(three):
    db.session.add(
        AuditPurge(chain=PLACE, number=1, municipality_id=PLACE, before=NOON, reach=three[2],
                   purged_at=NOON, mark="0" * 64)
    )  # fmt: skip
    remove(three[0], 0)
    db.session.commit()
    assert faults() == [Fault(FaultKind.PURGE_CHANGED, 1), Fault(FaultKind.REMOVED, three[0])]


def test_every_column_of_an_event_is_sealed():
    """One that is added makes a new version, and what older ones sealed is read by theirs."""
    assert set(rules.FIELDS[rules.VERSION]) == set(AuditEvent.__table__.columns.keys())
    assert set(AuditSeal.__table__.columns.keys()) - {"municipality_id", "mark"} == {
        "chain", "number", "version", "previous", "sealed_at", "up_to", "reach", "members",
    }  # fmt: skip


def test_an_event_that_is_recorded_meanwhile_waits_for_nobody(app):
    """Recording reads and locks nothing: it is one statement."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement.partition(" ")[0])

    event.listen(db.engine, "before_cursor_execute", note)
    audit.record(Action.KNOCKED, municipality_id=PLACE)
    event.remove(db.engine, "before_cursor_execute", note)
    assert [one for one in seen if one != "BEGIN"] == ["INSERT"]


# --- whatever order things come in ----------------------------------------------------------------

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("event"), st.integers(0, 20)),
        st.tuples(st.just("late"), st.integers(1, 30)),
        st.tuples(st.just("seal"), st.just(0)),
        st.tuples(st.just("wait"), st.integers(1, 45)),
        st.tuples(st.just("purge"), st.integers(20, 90)),
    ),
    min_size=4,
    max_size=14,
)


@example(
    steps=[("late", 2), ("seal", 0), ("wait", 20), ("purge", 20), ("late", 1)], harm=change, which=0
)
@given(steps=STEPS, harm=st.sampled_from([change, remove, swap]), which=st.integers(0, 50))
@settings(
    max_examples=settings.default.max_examples // 8, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_whatever_the_order_it_is_whole_until_one_row_is_touched(app, steps, harm, which):
    for table in (AuditEvent, AuditSeal, AuditChain, AuditPurge):
        db.session.execute(delete(table))
    db.session.commit()
    now, number = 0.0, 1000
    given = set()
    """Numbers that came late: none is given twice, though its row has been purged."""
    for what, size in [*steps, ("event", 0), ("event", 0), ("wait", 5), ("seal", 0)]:
        if what == "event":
            number += size + 2
            happens(now, number=number)
        elif what == "late":  # began so long ago, with a number of then
            if number - 1 not in given:
                given.add(number - 1)
                happens(now - size, number=number - 1)
        elif what == "wait":
            now += size
        elif what == "seal":
            sealed(now)
        else:
            with clock.frozen(NOON + timedelta(minutes=now)):
                sealing.purge(PLACE, NOON + timedelta(minutes=now - size))
    assert faults() == []
    sealed_ids = set().union(
        *(rules.read_members(text) for text in db.session.scalars(select(AuditSeal.members)))
    )
    there = [n for n in db.session.scalars(select(AuditEvent.id)) if n in sealed_ids]
    one, other = there[which % len(there)], there[(which + 1) % len(there)]
    if one == other and harm is swap:
        return
    harm(one, other)
    db.session.commit()
    assert faults() != []
