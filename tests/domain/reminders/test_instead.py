"""What goes out when pushes do not help: to an address that the pupil gave for it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from elevhalsa.core import clock
from elevhalsa.core.errors import InvalidInput
from elevhalsa.domain.knocks import asking
from elevhalsa.domain.knocks.models import Knock
from elevhalsa.domain.notices import outbox
from elevhalsa.domain.notices.models import Channel, Notice
from elevhalsa.domain.reminders import service
from elevhalsa.extensions import db
from tests.domain.helpers import at, everything_stored
from tests.domain.reminders.conftest import (
    MONDAY,
    Killed,
    KilledWhileSending,
    Town,
    rows_of,
    run,
)
from tests.mailbox import Mailbox
from tests.push_service import PushService
from tests.sms_gateway import Gateway
from workers import jobs

PHONE = "070-174 06 05"
EMAIL = "elev@exempel.se"
HOURS_LATER = MONDAY + timedelta(hours=4)
PARENTS = select(Notice.id).where(Notice.channel == Channel.PUSH)


def knock(town: Town, *, phone: str | None = PHONE, email: str | None = None) -> Knock:
    row = town.knock()
    service.set_fallback(row, phone=phone, email=email)
    db.session.commit()
    return row


def answer(town: Town, row: Knock) -> None:
    with clock.frozen(MONDAY):
        town.answer(row, "Kom till rum 7")
        run()


def later(hours: float = 4) -> None:
    with clock.frozen(MONDAY + timedelta(hours=hours)):
        run()


def test_a_push_that_nobody_looked_at_becomes_an_sms_after_some_hours(
    town: Town, push: PushService, gateway: Gateway
) -> None:
    row = knock(town)
    town.phone(row)
    answer(town, row)
    assert len(push.accepted) == 1
    later(3.99)
    assert gateway.sent == []
    later()
    later(9)
    assert gateway.sent == [
        {
            "from": "Exempel",
            "to": "+46701740605",
            "message": "Du har ett svar. Öppna appen där du knackade.",
        }
    ]


def test_one_who_has_looked_gets_no_sms(town: Town, gateway: Gateway) -> None:
    row = knock(town)
    town.phone(row)
    answer(town, row)
    with clock.frozen(MONDAY + timedelta(hours=1)):
        asking.saw(row)
        db.session.commit()
    later()
    assert gateway.said == []
    assert rows_of(Channel.SMS)[0].error == "seen"


def test_without_a_browser_it_goes_at_once(town: Town, gateway: Gateway) -> None:
    answer(town, knock(town))
    assert len(gateway.sent) == 1


@pytest.mark.parametrize("status", [403, 404, 410, 413])
def test_when_the_push_is_refused_or_gone_it_goes_at_once(
    town: Town, push: PushService, gateway: Gateway, status: int
) -> None:
    push.answer = status
    row = knock(town)
    town.phone(row)
    answer(town, row)
    assert len(gateway.sent) == 1


def test_it_waits_while_another_browser_has_it(
    town: Town, push: PushService, gateway: Gateway
) -> None:
    row = knock(town)
    town.phone(row)
    gone = town.phone(row)
    del push.browsers["/push/" + gone.browser.endpoint.rpartition("/")[2]]
    answer(town, row)
    assert len(push.accepted) == 1
    assert gateway.sent == []
    later()
    assert len(gateway.sent) == 1


def test_a_push_that_is_still_tried_does_not_hold_it_up_for_ever(
    town: Town, push: PushService, gateway: Gateway
) -> None:
    push.answer = 503
    row = knock(town)
    town.phone(row)
    answer(town, row)
    assert gateway.sent == []
    later()
    assert len(gateway.sent) == 1


def test_what_a_dead_worker_left_behind_is_covered(
    app: Flask,
    town: Town,
    push: PushService,
    gateway: Gateway,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = knock(town)
    town.phone(row)
    with clock.frozen(MONDAY):
        town.answer(row)
        monkeypatch.setattr(app.extensions["elevhalsa"], "pusher", KilledWhileSending())
        with pytest.raises(Killed):
            jobs.send_notices(*db.session.scalars(PARENTS))
        monkeypatch.undo()
    later()
    later(5)
    assert push.attempts == 0
    assert len(gateway.sent) == 1


def test_without_an_address_nothing_is_posted(town: Town, push: PushService) -> None:
    row = knock(town, phone=None)
    town.phone(row)
    answer(town, row)
    assert len(push.accepted) == 1
    assert rows_of(Channel.SMS) == rows_of(Channel.EMAIL) == []


def test_an_address_that_was_taken_back_is_not_used(town: Town, gateway: Gateway) -> None:
    row = knock(town)
    town.phone(row)
    answer(town, row)
    service.set_fallback(row, phone=None, email=None)
    db.session.commit()
    later()
    assert gateway.said == []


def test_at_night_it_waits_until_the_morning(town: Town, gateway: Gateway) -> None:
    row = knock(town)
    with clock.frozen(at("2026-11-23 22:00")):
        town.answer(row)
        run()
    with clock.frozen(at("2026-11-24 06:59")):
        run()
    assert gateway.said == []
    with clock.frozen(at("2026-11-24 07:00")):
        run()
    assert len(gateway.sent) == 1


def test_the_pupils_own_quiet_hours_hold_for_it_too(town: Town, gateway: Gateway) -> None:
    row = knock(town)
    phone = town.phone(row)
    service.set_quiet(phone.row, 10 * 60, 17 * 60)
    service.forget_gone(phone.row)
    db.session.commit()
    with clock.frozen(at("2026-11-23 16:59")):
        town.answer(row)
        run()
    assert gateway.said == []
    with clock.frozen(at("2026-11-23 17:00")):
        run()
    assert len(gateway.sent) == 1


def test_what_the_pupil_lets_sound_at_night_sounds_so_too(town: Town, gateway: Gateway) -> None:
    row = knock(town)
    phone = town.phone(row)
    service.set_kinds(phone.row, ["answer"], ["answer"])
    service.forget_gone(phone.row)
    db.session.commit()
    with clock.frozen(at("2026-11-23 22:00")):
        town.answer(row)
        run()
    assert len(gateway.sent) == 1


def test_a_letter_reveals_nothing_either(town: Town, mailbox: Mailbox) -> None:
    row = knock(town, phone=None, email=EMAIL)
    town.phone(row)
    answer(town, row)
    mailbox.letters.clear()  # to staff
    later()
    (letter,) = mailbox.letters
    assert mailbox.receivers[-1] == EMAIL
    assert letter["Subject"] == "Du har ett svar"
    assert letter["From"] == "Påminnelse <svara-inte@exempel.invalid>"
    assert letter.get_content().strip() == "Du har ett svar. Öppna appen där du knackade."
    whole = letter.as_string()
    for secret in ("lev", "hälsa", "http", row.id, "rum 7", "127.0.0.1"):
        assert secret not in whole.replace(EMAIL, "")


def test_a_letter_goes_where_an_sms_cannot(town: Town, gateway: Gateway, mailbox: Mailbox) -> None:
    gateway.answer = 403
    answer(town, knock(town, email=EMAIL))
    assert gateway.sent == []
    assert mailbox.receivers[-1] == EMAIL


def test_a_gateway_that_is_busy_is_tried_again(town: Town, gateway: Gateway) -> None:
    gateway.answer = 500
    answer(town, knock(town))
    assert len(gateway.said) == 1
    gateway.answer = 200
    later(0.1)
    later(0.2)
    assert len(gateway.sent) == 1


def test_an_sms_that_may_have_left_is_not_sent_again(
    app: Flask, town: Town, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = knock(town)
    with clock.frozen(MONDAY):
        town.answer(row)
        monkeypatch.setattr(app.extensions["elevhalsa"], "texter", KilledWhileSending())
        with pytest.raises(Killed):
            jobs.send_notices(*db.session.scalars(PARENTS))
        monkeypatch.undo()
    with clock.frozen(MONDAY + outbox.CLAIM_LASTS):
        run()
    assert gateway.said == []
    assert rows_of(Channel.SMS)[0].error == "unknown"


def test_addresses_are_checked_and_encrypted(town: Town) -> None:
    row = knock(town, email=" Elev@Exempel.SE ")
    address = service.address_of(row.id)
    assert (address.phone, address.email) == ("0701740605", "Elev@exempel.se")
    stored = everything_stored()
    assert "0701740605" not in stored
    assert "Elev@" not in stored
    for phone, email in (("ring mig", None), (None, "elev"), (None, "elev@localhost")):
        with pytest.raises(InvalidInput):
            service.set_fallback(row, phone=phone, email=email)
    service.set_fallback(row, phone=" ", email="")
    assert service.address_of(row.id) is None
