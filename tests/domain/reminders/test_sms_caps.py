"""SMS go to the countries that the municipality has named, and no more than it has agreed to."""

import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from elevhalsa.core import clock, phones
from elevhalsa.core.errors import InvalidInput
from elevhalsa.domain.notices.models import Channel, Kind, Notice
from elevhalsa.domain.operations import health, queries
from elevhalsa.domain.operations.health import Health
from elevhalsa.domain.reminders import rules, service
from elevhalsa.extensions import db
from tests.domain.reminders.conftest import MONDAY, Town, rows_of, run
from tests.mailbox import Mailbox
from tests.sms_gateway import Gateway

PHONE = "070-174 06 05"
ABROAD = "+47 912 34 567"


@pytest.fixture
def place(town: Town):
    return town.knock().municipality


def reminds(town: Town, *, phone: str, email: str | None = None) -> None:
    """Of an answer to a new knock."""
    row = town.knock()
    service.set_fallback(row, phone=phone, email=email)
    town.answer(row, "Kom till rum 7")
    db.session.commit()
    run()


@given(st.integers(0, 10), st.integers(0, 500), st.integers(0, 500))
def test_a_cap_holds_whatever_the_other_says(number, municipality, most):
    stopped = rules.sms_stopped(to_number=number, of_municipality=municipality, most=most)
    assert stopped is (number >= rules.SMS_A_NUMBER or municipality >= most)


@pytest.mark.parametrize(
    ("number", "countries", "may"),
    [
        ("0701740605", ["46"], True),
        ("0701740605", ["47"], False),
        ("081234567", ["46"], False),
        ("+4791234567", ["46"], False),
        ("+4791234567", ["46", "47"], True),
        ("+358401234567", ["46", "47"], False),
    ],
)
def test_only_mobile_numbers_of_the_named_countries_get_sms(number, countries, may):
    assert phones.may_get_sms(number, countries) is may


def test_a_number_of_another_country_is_refused_and_told_what_to_choose(town: Town, place) -> None:
    row = town.knock()
    with pytest.raises(
        InvalidInput, match=r"börjar med \+46, eller välj ett annat sätt"
    ) as refused:
        service.set_fallback(row, phone=ABROAD, email=None)
    assert refused.value.field == "phone"
    place.sms_countries = "46 47"
    service.set_fallback(row, phone=ABROAD, email=None)
    assert service.address_of(row.id).phone == "+4791234567"


def test_a_number_that_was_kept_before_gets_none_and_a_letter_goes(
    town: Town, place, gateway: Gateway, mailbox: Mailbox
) -> None:
    place.sms_countries = "46 47"
    with clock.frozen(MONDAY):
        row = town.knock()
        service.set_fallback(row, phone=ABROAD, email="elev@exempel.se")
        place.sms_countries = "46"
        town.answer(row, "Kom till rum 7")
        db.session.commit()
        run()
        run()
    assert gateway.sent == []
    assert "elev@exempel.se" in mailbox.receivers


def test_one_number_gets_so_many_a_day_whoever_gave_it(
    town: Town, place, gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    with clock.frozen(MONDAY), caplog.at_level(logging.WARNING):
        for spelled in (PHONE, "+46 70 174 06 05", "0701740605", PHONE, PHONE, PHONE, PHONE):
            reminds(town, phone=spelled)
        assert len(gateway.sent) == rules.SMS_A_NUMBER
        reminds(town, phone="070-174 06 06")
        assert len(gateway.sent) == rules.SMS_A_NUMBER + 1
        assert {row.error for row in rows_of(Channel.SMS) if row.given_up_at} == {"sms cap"}
        assert next(c for c in health.of_database() if c.name == "sms").health is Health.DEGRADED
        assert queries.figures().sms_stopped_seconds_ago == 0
    assert any("cap on SMS" in record.getMessage() for record in caplog.records)
    assert not any("0701" in record.getMessage() for record in caplog.records)
    with clock.frozen(MONDAY + timedelta(hours=25)):
        reminds(town, phone=PHONE)
        assert len(gateway.sent) == rules.SMS_A_NUMBER + 2
        assert next(c for c in health.of_database() if c.name == "sms").health is Health.OK


def test_a_municipality_sends_so_many_a_day_and_then_letters(
    town: Town, place, gateway: Gateway, mailbox: Mailbox, make
) -> None:
    coordinator = make.coordinator()
    place.sms_a_day = 2
    db.session.commit()
    with clock.frozen(MONDAY):
        for number in range(4):
            reminds(town, phone=f"070-174 06 0{number}", email=f"elev-{number}@exempel.se")
        run()
    assert len(gateway.sent) == 2
    assert {"elev-2@exempel.se", "elev-3@exempel.se"} <= set(mailbox.receivers)
    told = db.session.scalars(
        select(Notice).where(Notice.kind == Kind.SMS_STOPPED, Notice.channel == Channel.EMAIL)
    ).all()
    assert [row.staff_id for row in told] == [coordinator.id]
    assert all(row.about_id is None for row in told)
