"""Rate limits know visitors apart for a day, and never where they come from."""

from datetime import timedelta
from typing import Any

import pytest
from limits import parse_many

from elevhalsa.core import clock
from elevhalsa.extensions import visitor_key
from elevhalsa.web import limits
from tests.domain.helpers import at

MONDAY = at("2026-11-23 09:30")


@pytest.fixture
def key(app):
    def key_of(address: str, **others: Any) -> str:
        with app.test_request_context(environ_base={"REMOTE_ADDR": address, **others}):
            return visitor_key()

    with clock.frozen(MONDAY):
        yield key_of


def test_two_addresses_have_two_counters_and_one_address_has_one(key):
    assert key("192.0.2.1") == key("192.0.2.1")
    assert key("192.0.2.1") != key("192.0.2.2")


def test_the_key_does_not_tell_the_address(key):
    assert len(key("192.0.2.1")) == 32
    assert int(key("192.0.2.1"), 16)


def test_the_key_is_another_the_next_day(key):
    today = key("192.0.2.1")
    with clock.frozen(MONDAY + timedelta(days=1)):
        assert key("192.0.2.1") != today


def test_the_key_is_the_same_whatever_the_browser_says_of_itself(key):
    assert key("192.0.2.1", HTTP_USER_AGENT="a") == key("192.0.2.1", HTTP_USER_AGENT="b")


def test_a_forwarded_address_is_not_believed_unless_a_proxy_is_configured(key):
    assert key("192.0.2.1", HTTP_X_FORWARDED_FOR="198.51.100.7") == key("192.0.2.1")


@pytest.mark.parametrize("limit", [limits.CODE, limits.SIGN_IN, limits.WRITE])
def test_every_limit_can_be_read(limit):
    assert parse_many(limit)


def test_codes_are_limited_so_that_guessing_one_takes_ages():
    slowest = min(limit.amount * 3600 / limit.get_expiry() for limit in parse_many(limits.CODE))
    years = 2**50 / (slowest * 24 * 365)
    assert years > 1_000_000
