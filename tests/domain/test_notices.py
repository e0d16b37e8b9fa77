"""The same cause is told once, whoever is first."""

import threading

from elevhalsa import work
from elevhalsa.domain.notices import service
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db

from .helpers import together


def test_of_two_that_tell_the_same_at_once_both_go_on_and_it_is_told_once(
    app, make, monkeypatch
) -> None:
    school = make.school()
    ids = [make.nurse(school).id, make.nurse(school).id]
    insert = service._insert
    has_met: set[int] = set()

    def tell(meet):
        def both_have_read(*rows: Notice) -> bool:
            if threading.get_ident() not in has_met:
                has_met.add(threading.get_ident())
                meet()
            return insert(*rows)

        monkeypatch.setattr(service, "_insert", both_have_read)
        staff = [db.session.get_one(Staff, staff_id) for staff_id in ids]
        service.post(Kind.NEW_KNOCK, staff, cause="x", channels=(Channel.APP, Channel.EMAIL))
        return len(work.waiting_jobs().get(service.JOB, []))

    results = together(app, tell, tell)
    assert sorted(results) == [0, 2], "who was first wakes a worker for the letters"
    assert db.session.query(Notice).count() == 4
