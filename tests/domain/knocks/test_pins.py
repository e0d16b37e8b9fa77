"""The pupil's own digits: who may choose, change and take them away, and what a guess costs."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.security import check_password_hash, generate_password_hash

from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.domain.audit.models import Action, AuditEvent
from elevhalsa.domain.knocks import answering, devices, pins
from elevhalsa.domain.knocks.models import Knock, Pin
from elevhalsa.extensions import db
from tests.domain.helpers import at, together
from tests.running import SECRETS

MONDAY = at("2026-11-23 09:30")
PIN, NEW, WRONG = "4711", "258046", "0000"


@pytest.fixture
def knock(make):
    with clock.frozen(MONDAY):
        made = make.knock(make.school()).knock
        pins.choose(made, PIN)
        db.session.commit()
        yield made


def test_digits_are_changed_only_by_who_knows_the_old_ones(knock):
    with pytest.raises(InvalidInput, match="stämde inte"):
        pins.change(knock, WRONG, NEW)
    pins.check(knock, PIN)
    pins.change(knock, PIN, NEW)
    pins.check(knock, NEW)
    with pytest.raises(InvalidInput, match="stämde inte"):
        pins.check(knock, PIN)


def test_digits_are_taken_away_only_by_who_knows_them(knock):
    with pytest.raises(InvalidInput, match="stämde inte"):
        pins.remove(knock, WRONG)
    assert pins.has(knock)
    pins.remove(knock, PIN)
    assert not pins.has(knock)
    pins.remove(knock, PIN)


def test_choosing_anew_is_no_way_past_the_digits_there_are(knock):
    with pytest.raises(InvalidInput, match="stämde inte"):
        pins.choose(knock, NEW)
    assert db.session.get(Pin, knock.id).failures == 1
    pins.check(knock, PIN)


@pytest.mark.parametrize("way", [pins.choose, lambda k, d: pins.change(k, d, NEW), pins.remove,
                                 pins.check])  # fmt: skip
def test_every_way_to_guess_is_counted_and_locked_by_the_same_count(knock, way):
    for _time in range(5):
        with pytest.raises(InvalidInput, match="stämde inte"):
            way(knock, WRONG)
    with pytest.raises(InvalidInput, match=r"många försök.*09\.35"):
        pins.check(knock, PIN)
    with pytest.raises(InvalidInput, match="många försök"):
        way(knock, PIN)


def test_nothing_is_hashed_while_the_lock_holds(knock, monkeypatch):
    for _time in range(5):
        with pytest.raises(InvalidInput):
            pins.check(knock, WRONG)
    monkeypatch.setattr(pins, "check_password_hash", lambda *_: pytest.fail("hashed"))
    with pytest.raises(InvalidInput, match="många försök"):
        pins.check(knock, PIN)


def test_a_lock_that_lasts_past_midnight_tells_the_day(knock):
    with clock.frozen(at("2026-11-23 23:58")):
        for _time in range(5):
            with pytest.raises(InvalidInput):
                pins.check(knock, WRONG)
        with pytest.raises(InvalidInput, match=r"efter tisdag 24 november kl\. 00\.03"):
            pins.check(knock, PIN)


def test_without_the_key_a_copy_of_the_database_gives_no_digits_away(knock):
    stored = db.session.get(Pin, knock.id).digits_hash
    assert not any(
        check_password_hash(part, PIN) for part in (stored, stored.removesuffix(pins.KEYED))
    )
    try:
        keyring.configure([SECRETS["ENCRYPTION_KEYS"]], "another key than before " * 2)
        with pytest.raises(InvalidInput, match="stämde inte"):
            pins.check(knock, PIN)
    finally:
        keyring.configure([SECRETS["ENCRYPTION_KEYS"]], SECRETS["HASH_KEY"])


def test_digits_of_before_the_key_still_open_and_are_keyed_then(knock):
    pin = db.session.get(Pin, knock.id)
    pin.digits_hash = generate_password_hash(PIN, method=pins.METHOD)
    with pytest.raises(InvalidInput, match="stämde inte"):
        pins.check(knock, WRONG)
    pins.check(knock, PIN)
    assert pin.digits_hash.endswith(pins.KEYED)
    pins.check(knock, PIN)


def test_new_digits_are_asked_for_on_every_device_that_had_it_open(knock):
    here, _token = devices.make()
    devices.show(here, knock, pin_given=True)
    db.session.commit()
    pins.change(knock, PIN, NEW)
    db.session.expire_all()
    assert devices.opening(here, knock.id).needs_pin


def test_guesses_made_at_once_in_several_ways_are_all_counted(app, knock):
    knock_id = knock.id

    def guess(way):
        def one(meet):
            row = db.session.get(Knock, knock_id)
            meet()
            try:
                way(row)
            except InvalidInput:
                return "wrong"  # and the count is committed

        return one

    ways = [lambda row: pins.check(row, WRONG), lambda row: pins.remove(row, WRONG),
            lambda row: pins.change(row, WRONG, NEW)]  # fmt: skip
    assert together(app, *map(guess, ways)) == ["wrong"] * 3
    db.session.expire_all()
    assert db.session.get(Pin, knock_id).failures == 3


def test_who_has_the_knock_takes_forgotten_digits_away_and_it_is_known(make, knock):
    counsellor, other = make.counsellor(knock.school), make.counsellor(knock.school)
    answering.take(counsellor, knock)
    with pytest.raises(Conflict):
        pins.reset(other, knock)
    assert pins.has(knock)
    with clock.frozen(MONDAY + timedelta(hours=1)):
        pins.reset(counsellor, knock)
        pins.reset(counsellor, knock)
        db.session.commit()
    assert not pins.has(knock)
    assert knock.unlocked_at == MONDAY + timedelta(hours=1)
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.PIN_RESET))
    assert (event.staff_id, event.about_id) == (counsellor.id, knock.id)
