"""Flytta min dörr: once, within ten minutes, to one other device, and never past a PIN."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from elevhalsa.core import clock, codes
from elevhalsa.core.errors import InvalidInput, NotFound
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import devices, handoff, pins
from elevhalsa.domain.knocks.models import Device, Handoff, Knock
from elevhalsa.extensions import db
from elevhalsa.work import ActorKind
from tests.domain.helpers import at, everything_stored, together

MONDAY = at("2026-11-23 09:30")


def after(**span: float):
    return clock.frozen(MONDAY + timedelta(**span))


@pytest.fixture(autouse=True)
def monday():
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def knocks(make) -> list[Knock]:
    school = make.school()
    return [make.knock(school).knock, make.knock(school).knock]


@pytest.fixture
def ipad(knocks) -> Device:
    device, _token = devices.make()
    for knock in knocks:
        devices.show(device, knock, pin_given=False)
    db.session.commit()
    return device


def made(device: Device, *, forget: bool = False) -> handoff.Secrets:
    row = handoff.make(device, forget=forget)
    db.session.commit()
    return handoff.secrets_of(row)


def refused(**given: str) -> bool:
    try:
        handoff.use(None, **given)
    except InvalidInput:
        return True
    return False


def test_what_is_said_aloud_is_two_words_and_four_digits_of_at_least_thirty_bits(ipad):
    first, digits, last = made(ipad).code.split()
    assert {first, last} <= set(codes.WORDS)
    assert digits.isdigit() and len(digits) == 4
    assert len(codes.WORDS) ** 2 * 10_000 >= 2**handoff.LEAST_BITS


def test_neither_the_code_nor_the_token_is_stored(ipad):
    secrets = made(ipad)
    stored = everything_stored()
    assert secrets.token not in stored
    assert secrets.code not in stored
    assert codes.normalise(secrets.code) not in stored


def test_the_old_device_can_show_the_same_code_again(ipad):
    secrets = made(ipad)
    db.session.expire_all()
    assert handoff.secrets_of(handoff.of(ipad)) == secrets


def test_the_code_opens_all_that_the_old_device_had_however_it_is_spelled(ipad, knocks):
    typed = made(ipad).code.upper().replace(" ", " - ").replace("Å", "A").replace("Ö", "O")
    assert set(handoff.use(None, code=typed)) == set(knocks)


def test_the_token_opens_the_same(ipad, knocks):
    assert set(handoff.use(None, token=made(ipad).token)) == set(knocks)


def test_a_code_works_once_whether_it_was_typed_or_read(ipad):
    secrets = made(ipad)
    handoff.use(None, code=secrets.code)
    db.session.commit()
    assert refused(code=secrets.code)
    assert refused(token=secrets.token)
    assert not handoff.waits(handoff.of(ipad))


def test_a_code_works_for_ten_minutes(ipad, knocks):
    secrets = made(ipad)
    with after(minutes=10):
        assert not handoff.waits(handoff.of(ipad))
        assert refused(code=secrets.code)
        assert refused(token=secrets.token)
    with after(minutes=9, seconds=59):
        assert handoff.waits(handoff.of(ipad))
        assert set(handoff.use(None, code=secrets.code)) == set(knocks)


@pytest.mark.parametrize(
    "given", [{}, {"code": " "}, {"code": "sol 1234 måne"}, {"token": "x" * 22}]
)
def test_what_is_no_code_opens_nothing(ipad, given):
    made(ipad)
    assert refused(**given)


def test_a_token_is_no_code_and_a_code_no_token(ipad):
    secrets = made(ipad)
    assert refused(code=secrets.token)
    assert refused(token=secrets.code)


def test_a_new_code_takes_the_place_of_the_one_before(ipad, knocks):
    old, new = made(ipad), made(ipad)
    assert refused(code=old.code)
    assert set(handoff.use(None, code=new.code)) == set(knocks)
    assert len(list(db.session.scalars(select(Handoff)))) == 1


def test_a_device_that_opens_nothing_can_make_no_code(app):
    device, _token = devices.make()
    with pytest.raises(NotFound):
        handoff.make(device, forget=False)


def test_the_device_that_made_the_code_does_not_use_it_up_by_mistake(ipad, knocks):
    secrets = made(ipad, forget=True)
    for given in ({"code": secrets.code}, {"token": secrets.token}):
        with pytest.raises(InvalidInput, match="gjord här"):
            handoff.use(ipad, **given)
    assert set(handoff.use(None, code=secrets.code)) == set(knocks)


def test_a_device_with_a_code_of_its_own_can_use_anothers(make, ipad, knocks):
    phone, _token = devices.make()
    devices.show(phone, make.knock(make.school()).knock, pin_given=False)
    made(phone)
    assert set(handoff.use(phone, code=made(ipad).code)) == set(knocks)


def test_the_old_device_keeps_its_knocks_unless_it_was_told_to_forget(ipad, knocks):
    handoff.use(None, code=made(ipad).code)
    db.session.commit()
    assert set(devices.knocks_of(ipad)) == set(knocks)


def test_the_old_device_forgets_when_it_was_told_to_but_not_before(ipad, knocks):
    devices.remember(ipad)
    secrets = made(ipad, forget=True)
    assert set(devices.knocks_of(ipad)) == set(knocks)
    handoff.use(None, code=secrets.code)
    db.session.commit()
    assert devices.knocks_of(ipad) == []
    assert handoff.of(ipad).used_at == MONDAY
    assert (ipad.remembered, ipad.expires_at) == (False, MONDAY + devices.BORROWED)
    assert all(db.session.get(Knock, knock.id) for knock in knocks)


def test_a_knock_with_a_pin_still_asks_for_it_on_the_new_device(ipad, knocks):
    locked = knocks[0]
    pins.choose(locked, "4711")
    devices.show(ipad, locked, pin_given=True)
    phone, _token = devices.make()
    for knock in handoff.use(None, code=made(ipad).code):
        devices.show(phone, knock, pin_given=False)
    assert devices.opening(phone, locked.id).needs_pin
    assert not devices.opening(ipad, locked.id).needs_pin


def test_two_that_use_it_at_once_get_it_once(app, ipad, knocks):
    code = made(ipad).code
    wanted = {knock.id for knock in knocks}

    def take(meet):
        meet()
        try:
            return {knock.id for knock in handoff.use(None, code=code)}
        except InvalidInput:
            return "too late"

    results = together(app, take, take, take)
    assert sorted(results, key=str) == sorted(["too late", "too late", wanted], key=str)


def test_two_taps_at_once_leave_one_code(app, ipad):
    device_id = ipad.id

    def tap(meet):
        here = db.session.get(Device, device_id)
        meet()
        return handoff.secrets_of(handoff.make(here, forget=False)).code

    codes_shown = together(app, tap, tap)
    db.session.expire_all()
    left = list(db.session.scalars(select(Handoff)))
    assert len(left) == 1
    assert handoff.secrets_of(left[0]).code in codes_shown


def test_moving_is_an_event_of_every_knock_without_any_content(ipad, knocks):
    handoff.use(None, code=made(ipad, forget=True).code)
    db.session.commit()
    events = list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.MOVED)))
    assert {event.about_id for event in events} == {knock.id for knock in knocks}
    assert {(event.actor, event.reason, event.staff_id) for event in events} == {
        (ActorKind.PUPIL, None, None)
    }


def test_codes_whose_time_has_passed_are_swept_away(make, ipad, knocks):
    made(ipad)
    with after(minutes=5):
        other, _token = devices.make()
        devices.show(other, knocks[0], pin_given=False)
        made(other)
    with after(minutes=10):
        assert handoff.forget_expired() == 1
        assert handoff.of(ipad) is None
        assert handoff.of(other)


def test_a_code_goes_with_its_device(ipad):
    secrets = made(ipad)
    devices.forget(ipad)
    db.session.commit()
    assert refused(code=secrets.code)
    assert db.session.scalar(select(Handoff)) is None


def test_a_device_in_use_for_moving_does_not_forget_meanwhile(ipad):
    with after(minutes=25):
        made(ipad)
    assert ipad.expires_at == MONDAY + timedelta(minutes=25) + devices.BORROWED
