"""Staff sign in by a link that works once, into a session that ends by itself or is ended."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.people import service
from elevhalsa.domain.people.models import StaffSession
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored, together

MONDAY = at("2026-11-23 09:30")


def after(**span: float):
    return clock.frozen(MONDAY + timedelta(**span))


@pytest.fixture
def staff(make):
    return make.nurse(make.school())


def link_to(staff) -> str:
    with clock.frozen(MONDAY):
        token = service.make_link(staff)
        db.session.commit()
        return token


def signed_in(staff) -> str:
    token = link_to(staff)
    with clock.frozen(MONDAY):
        session = service.redeem(token)
        db.session.commit()
        return session


def actions() -> list[Action]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_staff_are_found_by_their_address_however_it_is_typed(staff):
    assert service.find_by_email(f"  {staff.email.upper()} ", None) == [staff]
    assert service.find_by_email("nobody@exempel.invalid", None) == []
    staff.active = False
    db.session.commit()
    assert service.find_by_email(staff.email, None) == []


def test_a_link_signs_in_once(staff):
    link = link_to(staff)
    with after(minutes=14):
        session = service.redeem(link)
        assert service.redeem(link) is None
        assert service.live_session(session).staff is staff
    assert actions() == [Action.INVITED, Action.SIGNED_IN]


def test_a_link_works_for_a_quarter_of_an_hour(staff):
    link = link_to(staff)
    with after(minutes=14, seconds=59):
        assert service.find_link(link)
    with after(minutes=15):
        assert service.find_link(link) is None
        assert service.redeem(link) is None


def test_looking_at_a_link_does_not_use_it_up(staff):
    link = link_to(staff)
    with clock.frozen(MONDAY):
        assert service.find_link(link)
        assert service.find_link(link)
        assert service.redeem(link)


def test_of_two_who_use_a_link_at_once_one_gets_in(app, staff):
    link = link_to(staff)

    def redeem(meet):
        found = service.find_link(link)
        meet()
        return found and service.redeem(link)

    with clock.frozen(MONDAY):
        answers = together(app, redeem, redeem)
    assert sorted(isinstance(answer, str) for answer in answers) == [False, True]
    assert len(db.session.scalars(select(StaffSession)).all()) == 1


def test_only_hashes_of_links_and_sessions_are_kept(staff):
    session = signed_in(staff)
    link = link_to(staff)
    stored = everything_stored()
    assert session not in stored
    assert link not in stored
    with clock.frozen(MONDAY):
        assert service.live_session(link) is None
        assert service.redeem(session) is None


def test_a_link_to_somebody_who_has_left_does_not_work(staff):
    link = link_to(staff)
    staff.active = False
    db.session.commit()
    with clock.frozen(MONDAY):
        assert service.redeem(link) is None


def test_a_session_ends_after_an_hour_without_use(staff):
    token = signed_in(staff)
    with after(minutes=59, seconds=59):
        assert service.live_session(token)
    with after(minutes=60):
        assert service.live_session(token) is None


def test_a_session_in_use_lasts_until_ten_hours_have_passed(staff):
    token = signed_in(staff)
    for half_hour in range(1, 20):
        with after(minutes=30 * half_hour):
            session = service.live_session(token)
            service.seen(session.id)
            db.session.commit()
    with after(hours=9, minutes=59):
        assert service.live_session(token)
    with after(hours=10):
        assert service.live_session(token) is None


def test_use_is_noted_once_a_minute_at_most(staff):
    token = signed_in(staff)
    with after(seconds=59):
        assert not service.needs_seen(service.live_session(token))
    with after(seconds=60):
        assert service.needs_seen(service.live_session(token))


def test_a_session_can_be_ended_and_others_go_on(staff):
    first, second = signed_in(staff), signed_in(staff)
    with clock.frozen(MONDAY):
        service.revoke(service.live_session(first))
        db.session.commit()
        assert service.live_session(first) is None
        assert service.live_session(second)
        assert len(service.sessions_of(staff)) == 1
    assert actions()[-1] is Action.SIGNED_OUT


def test_all_sessions_of_a_lost_phone_can_be_ended(staff, make):
    tokens = [signed_in(staff), signed_in(staff)]
    other = signed_in(make.nurse())
    with clock.frozen(MONDAY):
        assert service.revoke_all(staff, by=work.OPERATOR) == 2
        db.session.commit()
        assert [service.live_session(token) for token in tokens] == [None, None]
        assert service.live_session(other)
        assert service.sessions_of(staff) == []


def test_who_has_left_is_signed_out_at_once(staff):
    token = signed_in(staff)
    staff.active = False
    db.session.commit()
    with clock.frozen(MONDAY):
        assert service.live_session(token) is None


def test_sessions_are_listed_newest_first_without_those_that_have_ended(staff):
    signed_in(staff)
    with after(minutes=5):
        newer = service.redeem(link_to(staff))
        db.session.commit()
        listed = service.sessions_of(staff)
        assert listed[0].id == service.live_session(newer).id
        assert len(listed) == 2
    with after(minutes=61):
        assert len(service.sessions_of(staff)) == 1
