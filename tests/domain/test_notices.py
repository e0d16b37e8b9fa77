"""The same cause is told once, whoever is first."""

from elevhalsa import work
from elevhalsa.domain.notices import service
from elevhalsa.domain.notices.models import About, Channel, Kind, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db

from .helpers import together


def test_of_two_that_tell_the_same_at_once_both_go_on_and_it_is_told_once(app, make) -> None:
    school = make.school()
    ids = [make.nurse(school).id, make.nurse(school).id]

    def tell(meet):
        staff = [db.session.get_one(Staff, staff_id) for staff_id in ids]
        meet()
        service.post(Kind.NEW_KNOCK, staff, cause="x", about=About.knock("x"))
        return len(work.waiting_jobs().get(service.JOB, []))

    results = together(app, tell, tell)
    assert sorted(results) == [0, 2], "who was first wakes a worker for the letters"  # type: ignore[type-var]
    assert db.session.query(Notice).count() == 4


def test_what_is_told_again_with_somebody_more_is_told_to_that_one(app, make) -> None:
    school = make.school()
    first, more = make.nurse(school), make.nurse(school)
    service.post(Kind.NEW_KNOCK, [first], cause="x", about=About.knock("x"))
    service.post(Kind.NEW_KNOCK, [first, more], cause="x", about=About.knock("x"))
    db.session.commit()
    letters = db.session.query(Notice).filter(Notice.channel == Channel.EMAIL)
    assert {letter.staff_id for letter in letters} == {first.id, more.id}
    assert letters.count() == 2
