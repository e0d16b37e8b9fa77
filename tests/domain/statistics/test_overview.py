"""What a coordinator may know of the schools: counts of the own municipality, masked."""

from elevhalsa.core import clock
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks import answering, asking
from elevhalsa.domain.knocks.words import AttemptKind
from elevhalsa.domain.statistics import queries
from elevhalsa.extensions import db
from tests.domain.helpers import at

MONDAY = at("2026-11-23 09:30")


def test_a_coordinator_gets_counts_of_their_own_municipality_only(make):
    school, empty = make.school(), make.school()
    abroad = make.municipality()
    make.knock(make.school(municipality_id=abroad.id))
    make.knock(school)
    figures = queries.school_figures(make.coordinator())
    assert [(f.school.id, f.open, f.late) for f in figures] == [
        (school.id, 1, 0),
        (empty.id, 0, 0),
    ]


def test_a_coordinator_counts_what_is_open_late_and_kept(make):
    school = make.school()
    staff, coordinator = make.counsellor(school), make.coordinator()
    with clock.frozen(MONDAY):
        kept, late_answer, _no_answer, withdrawn = (make.knock(school).knock for _ in range(4))
        answering.log_attempt(staff, kept, AttemptKind.TALKED)
        answering.answer(staff, kept, "hej", form_id="f" * 22)
        asking.withdraw(withdrawn, shown=withdrawn.newest)
    with clock.frozen(at("2026-11-24 12:00")):
        answering.answer(staff, late_answer, "hej", form_id="g" * 22)
        make.knock(school)
        db.session.commit()
        (row,) = queries.school_figures(coordinator)
    assert (row.open, row.late) == (4, 1)
    assert (row.knocks_30_days, row.kept_30_days) == (3, 1)


def test_what_a_pupil_does_not_want_the_coordinator_to_know_of_is_not_counted(make):
    school = make.school()
    avoided = make.staff(Profession.NURSE, [school], coordinates=True)
    with clock.frozen(MONDAY):
        make.knock(school, avoid_staff_ids=(avoided.id,))
    with clock.frozen(at("2026-11-24 12:00")):
        counted = [queries.school_figures(who) for who in (avoided, make.coordinator())]
    assert [(f.open, f.late, f.knocks_30_days) for (f,) in counted] == [(0, 0, 0), (1, 1, 1)]
