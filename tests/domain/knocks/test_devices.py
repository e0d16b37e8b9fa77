"""Which browser opens which knock: by code, by PIN, for half an hour or a year."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from elevhalsa.core import clock
from elevhalsa.core.errors import InvalidInput
from elevhalsa.domain.knocks import devices, pins
from elevhalsa.domain.knocks.models import Device, DeviceKnock, Knock, Pin
from elevhalsa.domain.knocks.rules import pin_lock_minutes
from elevhalsa.domain.reminders import service as reminders
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored, together

MONDAY = at("2026-11-23 09:30")
PIN, WRONG = "4711", "0000"


def after(**span: float):
    return clock.frozen(MONDAY + timedelta(**span))


@pytest.fixture
def knock(make):
    with clock.frozen(MONDAY):
        return make.knock(make.school()).knock


def shown(knock: Knock, *, pin_given: bool = False) -> tuple[Device, str]:
    with clock.frozen(MONDAY):
        device, token = devices.make()
        devices.show(device, knock, pin_given=pin_given)
        db.session.commit()
        return device, token


def test_a_device_is_known_by_a_secret_of_which_only_a_hash_is_kept(knock):
    device, token = shown(knock)
    assert token not in everything_stored()
    with clock.frozen(MONDAY):
        assert devices.find(token).id == device.id
        assert devices.find("x" + token) is None
        assert devices.find("") is devices.find(None) is None


def test_a_device_opens_what_it_has_shown_the_code_of_and_nothing_else(make, knock):
    other = make.knock(make.school()).knock
    device, _token = shown(knock)
    assert devices.knocks_of(device) == [knock]
    assert devices.opening(device, knock.id).knock is knock
    assert devices.opening(device, other.id) is None


def test_a_borrowed_device_forgets_after_half_an_hour_without_use(knock):
    device, token = shown(knock)
    with after(minutes=29):
        assert devices.find(token)
        devices.keep_alive(device)
        db.session.commit()
    with after(minutes=58):
        assert devices.find(token)
    with after(minutes=59):
        assert devices.find(token) is None


def test_a_pupils_own_device_remembers_for_a_year(knock):
    device, token = shown(knock)
    with clock.frozen(MONDAY):
        devices.remember(device)
        db.session.commit()
    with after(days=364):
        assert devices.find(token)
        devices.keep_alive(device)
        db.session.commit()
    with after(days=700):
        assert devices.find(token)
    with after(days=364 + 365):
        assert devices.find(token) is None


def test_use_is_noted_once_a_minute_at_most(knock):
    device, _token = shown(knock)
    before = device.expires_at
    with after(seconds=50):
        devices.keep_alive(device)
        assert device.expires_at == before
    with after(seconds=70):
        devices.keep_alive(device)
        assert device.expires_at > before


def test_a_forgotten_device_opens_nothing_and_the_knock_remains(knock):
    device, token = shown(knock)
    devices.forget(device)
    db.session.commit()
    with clock.frozen(MONDAY):
        assert devices.find(token) is None
    assert db.session.get(Knock, knock.id)


def test_expired_devices_are_swept_away_and_others_kept(knock):
    shown(knock)
    own, token = shown(knock)
    with clock.frozen(MONDAY):
        devices.remember(own)
        db.session.commit()
    with after(hours=1):
        assert devices.forget_expired() == 1
        db.session.commit()
        assert devices.find(token)
    assert db.session.scalar(select(func.count()).select_from(DeviceKnock)) == 1


def test_showing_the_code_twice_at_once_is_showing_it_once(app, knock):
    with clock.frozen(MONDAY):
        device, _token = devices.make()
        db.session.commit()
        device_id, knock_id = device.id, knock.id

        def show(meet):
            here, row = db.session.get(Device, device_id), db.session.get(Knock, knock_id)
            meet()
            devices.show(here, row, pin_given=False)

        assert together(app, show, show, show) == [None] * 3
    assert db.session.scalar(select(func.count()).select_from(DeviceKnock)) == 1


def test_without_a_pin_none_is_asked_for(knock):
    device, _token = shown(knock)
    assert not devices.opening(device, knock.id).needs_pin
    pins.check(knock, "anything")


def test_a_pin_is_asked_for_on_each_device_and_again_after_a_quarter_of_an_hour(knock):
    pins.choose(knock, PIN)
    db.session.commit()
    device, _token = shown(knock)
    with clock.frozen(MONDAY):
        assert devices.opening(device, knock.id).needs_pin
        pins.check(knock, f" {PIN} ")
        devices.show(device, knock, pin_given=True)
        assert not devices.opening(device, knock.id).needs_pin
    with after(minutes=14):
        assert not devices.opening(device, knock.id).needs_pin
    with after(minutes=15):
        assert devices.opening(device, knock.id).needs_pin
    other, _token = shown(knock)
    assert devices.opening(other, knock.id).needs_pin


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "١٢٣٤", " 1234", "12 34"])
def test_a_pin_is_four_to_eight_plain_digits(knock, pin):
    with pytest.raises(InvalidInput):
        pins.choose(knock, pin)
    assert not pins.has(knock)


def test_after_five_wrong_the_pin_is_locked_even_for_the_right_one(knock):
    pins.choose(knock, PIN)
    with clock.frozen(MONDAY):
        for _ in range(5):
            with pytest.raises(InvalidInput, match="stämde inte"):
                pins.check(knock, WRONG)
            db.session.commit()
        with pytest.raises(InvalidInput, match=r"09\.35"):
            pins.check(knock, PIN)
    with after(minutes=5):
        pins.check(knock, PIN)
    pin = db.session.get(Pin, knock.id)
    assert (pin.failures, pin.locked_until) == (0, None)


def test_the_lock_grows_with_each_wrong_guess(knock):
    pins.choose(knock, PIN)
    with clock.frozen(MONDAY):
        for _ in range(5):
            with pytest.raises(InvalidInput):
                pins.check(knock, WRONG)
            db.session.commit()
    with after(minutes=5):
        with pytest.raises(InvalidInput, match="stämde inte"):
            pins.check(knock, WRONG)
        db.session.commit()
    with after(minutes=14), pytest.raises(InvalidInput, match="många"):
        pins.check(knock, PIN)


def test_many_wrong_guesses_at_once_are_all_counted(app, knock):
    pins.choose(knock, PIN)
    db.session.commit()
    knock_id = knock.id

    def guess(meet):
        row = db.session.get(Knock, knock_id)
        meet()
        try:
            pins.check(row, WRONG)
        except InvalidInput:
            return "wrong"  # and the count is committed

    assert together(app, *[guess] * 4) == ["wrong"] * 4
    db.session.expire_all()
    assert db.session.get(Pin, knock_id).failures == 4


def test_locks_double_from_five_minutes_to_a_day():
    assert [pin_lock_minutes(n) for n in (0, 4, 5, 6, 7, 12, 13, 14, 500)] == [
        0, 0, 5, 10, 20, 640, 1280, 1440, 1440,
    ]  # fmt: skip


def test_a_pin_saved_twice_at_once_is_saved(app, knock):
    knock_id = knock.id

    def save(meet):
        here = db.session.get(Knock, knock_id)
        meet()
        pins.choose(here, PIN)

    assert together(app, save, save) == [None, None]
    pins.check(db.session.get(Knock, knock_id), PIN)


def test_an_address_for_reminders_saved_twice_at_once_is_saved(app, knock):
    knock_id = knock.id

    def save(meet):
        here = db.session.get(Knock, knock_id)
        meet()
        reminders.set_fallback(here, phone="0701740605", email=None)

    assert together(app, save, save) == [None, None]
    assert reminders.address_of(knock_id).phone == "0701740605"


def test_a_phone_of_ones_own_that_opens_nothing_any_more_is_forgotten_after_a_month(knock):
    device, token = shown(knock)
    with after():
        devices.remember(device)
        db.session.commit()
    with after(days=40):
        assert devices.forget_expired() == 0
        db.session.execute(delete(DeviceKnock))
        assert devices.forget_expired() == 1
        assert devices.find(token) is None


def test_one_just_used_is_kept_though_what_it_opened_is_gone(knock):
    device, _token = shown(knock)
    with after():
        devices.remember(device)
        db.session.execute(delete(DeviceKnock))
    with after(days=29):
        assert devices.forget_expired() == 0


def test_a_pupil_closes_it_on_every_other_device(knock):
    here, token = shown(knock)
    there, _other = shown(knock)
    with after():
        assert devices.others(here, knock) == 1
        assert devices.close_elsewhere(here, knock) == 1
        assert devices.close_elsewhere(here, knock) == devices.others(here, knock) == 0
        assert devices.knocks_of(devices.find(token)) == [knock]
        assert devices.knocks_of(there) == []
    with after(hours=1):
        assert devices.others(None, knock) == 0, "a borrowed one has forgotten by then"
